"""Errors that a person can act on: what was found, what was expected, what to do.

Everything that the pipeline refuses on purpose is a `Problem`. It may carry many findings, because all faults of one
input are collected and told together. Whatever else is raised is a fault of the program: the command line writes it to
a log.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One fault: where it is, what was found there, what was expected, and what to do about it."""

    found: str
    expected: str
    action: str
    where: str = ""

    def __str__(self) -> str:
        """Returns the finding as four short lines (three without a place)."""
        lines = [f"{self.where}:"] if self.where else []
        return "\n".join([*lines, f"found: {self.found}", f"expected: {self.expected}", f"what to do: {self.action}"])


class Problem(Exception):  # noqa: N818 - not every problem is an error of the program
    """What was asked cannot be done; says why and what to do, in findings of three parts."""

    def __init__(self, found: str, *, expected: str, action: str, where: str = "") -> None:
        """Starts a problem with one finding."""
        self.findings: tuple[Finding, ...] = (Finding(found, expected=expected, action=action, where=where),)
        super().__init__(str(self.findings[0]))

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> "Problem":
        """Returns one problem with all findings of an input (at least one)."""
        first, *rest = findings
        problem = cls(first.found, expected=first.expected, action=first.action, where=first.where)
        problem.findings = (first, *rest)
        problem.args = ("\n\n".join(str(finding) for finding in problem.findings),)
        return problem
