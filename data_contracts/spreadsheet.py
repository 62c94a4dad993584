"""Texts in files that a spreadsheet program opens: what somebody wrote is shown, never run."""

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A cell of a CSV file that begins with one of these is taken for a formula."""


def neutral(text: str) -> str:
    """Returns a text that a spreadsheet program shows as it stands: an apostrophe before what would be a formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text
