"""The interactive face: the pages of the current release over HTTP, and the page *What if* in Dash.

What belongs here: following the current release, answering requests, and the controls of *What if*. Pages that answer
to no control are the documents of the static face, drawn when they are asked for; under a setting of *What if* they are
the same pages on the figures of that setting. Nothing here writes to a release.
"""
