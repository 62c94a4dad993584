"""A scenario that cannot be evaluated."""

from collections.abc import Iterable

from data_contracts.problem import Fault, Problem


class ScenarioError(Problem):
    """A scenario that cannot be evaluated; `faults` holds all its faults, in the order of the file."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        Exception.__init__(self)
        self._hold(tuple(sorted(faults, key=lambda fault: fault.line)))

    def _message(self) -> str:
        return "\n".join(fault.sentence() for fault in self.faults)
