"""Keeping a setting as a proposal for the workspace: what the page asks of whoever serves it."""

from collections.abc import Callable
from typing import Literal

Reason = Literal["taken", "too_large", "too_often", "too_many", "failed"]

Keep = Callable[[str, str], str]
"""Takes a name and the text of a scenario; returns the name of the new file. Raises `NotKeptError`."""


class NotKeptError(Exception):
    """A scenario that was not kept; the message says what was found.

    Args:
        reason: its name is taken, it is too large, there were too many this hour, too many wait to be looked at, or it
            could not be written.
        found: the name, a number, or what the machine said.
        most: how large or how many it may be.
    """

    def __init__(self, reason: Reason, found: str | int, *, most: int = 0) -> None:
        self.reason: Reason = reason
        self.found, self.most = found, most
        super().__init__(str(found))
