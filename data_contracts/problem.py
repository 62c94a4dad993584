"""What a person can act on: what was found, what was expected, what to do.

Everything that the program refuses on purpose is a `Problem` that carries one or more faults, because all faults of one
input are collected and told together. Whatever else is raised is a fault of the program: the command line writes it to
a log.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Self

from data_contracts.text import Language, Text, Told, in_language

_SHOWN = 5
"""So many of the known names are told, where none comes near."""


@dataclass(frozen=True)
class Fault:
    """One fault of what a person gave.

    Attributes:
        found: what stands there.
        expected: what should.
        action: what to do, the nearest valid name included; begins small and ends without a full stop.
        source: the file as people know it, or the check or step that found it; empty where there is none.
        line: line in the file, from 1; 0 where the fault has no single place.
        key: key path, such as `initiatives.af-to-gp.uptake.start`.
    """

    found: Told
    expected: Text
    action: Text
    source: str = ""
    line: int = 0
    key: str = ""

    @property
    def where(self) -> str:
        """Returns the file, the line and the key, as far as they are known."""
        line = f"line {self.line}" if self.line else ""
        return ", ".join(part for part in (self.source, line, self.key) if part)

    def __str__(self) -> str:
        """Returns the fault as four short lines (three without a place)."""
        lines = [f"{self.where}:"] if self.where else []
        return "\n".join([*lines, f"found: {self.found}", f"expected: {self.expected}", f"what to do: {self.action}"])

    def said(self, language: Language) -> dict[str, str]:
        """Returns the three parts in one language, by their names."""
        return {name: in_language(getattr(self, name), language) for name in ("found", "expected", "action")}

    def sentence(self, language: Language = "en") -> str:
        """Returns the fault as one readable line, in one language."""
        place = f"{self.source}:{self.line}" if self.line else self.source
        found, expected, action = self.said(language).values()
        middle = f"gevonden {found}; verwacht {expected}" if language == "nl" else f"found {found}; expected {expected}"
        stop = "" if action.endswith(("?", ".")) else "."
        return (
            ": ".join(part for part in (place, self.key, middle) if part) + f". {action[:1].upper()}{action[1:]}{stop}"
        )


class Problem(Exception):  # noqa: N818 - not every problem is an error of the program
    """What was asked cannot be done; says why and what to do, in faults of three parts."""

    faults: tuple[Fault, ...]

    def __init__(self, found: Told, *, expected: Text, action: Text, source: str = "") -> None:
        """Starts a problem with one fault."""
        super().__init__()
        self._hold((Fault(found, expected, action, source),))

    @classmethod
    def of(cls, faults: Iterable[Fault]) -> Self:
        """Returns one problem with all faults of an input (at least one)."""
        problem = cls.__new__(cls)
        problem._hold(tuple(faults))
        return problem

    def _hold(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        self.args = (self._message(),)

    def _message(self) -> str:
        return "\n\n".join(str(fault) for fault in self.faults)


def one_of(names: Iterable[str]) -> Text:
    """Returns what was expected where only some names are known."""
    listed = ", ".join(names)
    return Text(en=f"one of {listed}", nl=f"een van {listed}")


def near(name: str, known: Iterable[str]) -> str | None:
    """Returns the known name that comes nearest to a wrong one, if any comes near."""
    return next(iter(get_close_matches(name, list(known), n=1)), None)


def nearest(name: str, known: Iterable[str]) -> Text:
    """Returns what to do about an unknown name: the nearest known one, else the first few that are known."""
    names = sorted(set(known))
    if (close := near(name, names)) is not None:
        return Text(en=f"did you mean {close!r}?", nl=f"bedoelt u {close!r}?")
    if not names:
        return Text(
            en="remove it: nothing of this kind is known here", nl="haal het weg: hier is niets van dien aard bekend"
        )
    shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    return Text(
        en=f"correct or remove it; known are: {shown}", nl=f"verbeter het of haal het weg; bekend zijn: {shown}"
    )
