"""What may leave the middle: figures as linear statements, who could work out what from them, and what to blur (trust).

`cells` are the confidential figures, `statements` what a shown figure says of them, `figures` what a view holds and how
it may be told more coarsely, `attackers` who puts what together, `programs` the two linear programs a cell, `audit` the
rule and the coarsening. `picture` makes cells, identities and figures of a scenario's results by the primary rules.
"""
