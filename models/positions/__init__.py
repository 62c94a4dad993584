"""What each party wants, sealed (trust page, section 4): its red lines, and whether there is room within all of them.

`position` is what a party hands in, `lines` its red lines as numbers, `measuring` what initiatives do to those numbers,
`room` the packages within all lines, `meeting` where words and figures disagree, who gives and gets, what the table
learns, and when it is better to stop.
"""
