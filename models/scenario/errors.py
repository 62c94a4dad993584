"""What is wrong with a scenario: every fault with its place, what was found, what was expected and what to do."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One fault in a scenario file.

    Attributes:
        source: name of the file, as the reader was given it.
        line: line in the file, from 1; 0 where the fault has no single place.
        key: key path, such as `initiatives.af-to-gp.uptake.start`.
        found: what stands there.
        expected: what should.
        action: what to do, the nearest valid name included.
    """

    source: str
    line: int
    key: str
    found: str
    expected: str
    action: str

    def __str__(self) -> str:
        """Returns the fault as one readable line."""
        place = f"{self.source}:{self.line}" if self.line else self.source
        return f"{place}: {self.key}: found {self.found}; expected {self.expected}. {self.action}"


class ScenarioError(Exception):
    """A scenario that cannot be evaluated; `findings` holds all its faults, in the order of the file."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(findings, key=lambda finding: finding.line))
        super().__init__("\n".join(str(finding) for finding in self.findings))


def nearest(name: str, candidates: Iterable[str]) -> str:
    """Returns advice that names the valid name nearest to a wrong one, or the first few valid ones."""
    known = sorted(set(candidates))
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"Did you mean {close[0]}?"
    if not known:
        return "Nothing of this kind is known in the region."
    more = ", ..." if len(known) > 5 else ""
    return f"Known are: {', '.join(known[:5])}{more}."
