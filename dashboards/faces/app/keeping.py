"""Keeping a setting as a scenario of the workspace: what the page asks of whoever serves it."""

from collections.abc import Callable
from typing import Literal

Reason = Literal["taken", "failed"]

Keep = Callable[[str, str], str]
"""Takes a name and the text of a scenario; returns the name of the new file. Raises `NotKeptError`."""


class NotKeptError(Exception):
    """A scenario that was not kept: the name is taken, or it could not be written; the message says what was found."""

    def __init__(self, reason: Reason, found: str) -> None:
        self.reason: Reason = reason
        super().__init__(found)
