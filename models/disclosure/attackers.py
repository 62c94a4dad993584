"""Who may put what together: each party, a donor with a payer, named coalitions, and the public."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations


@dataclass(frozen=True)
class Attacker:
    """Parties that know all of their own rows and see every view of each of them.

    Attributes:
        parties: who; nobody for the public.
        targets: the parties of whom no larger attacker knows more.
        weaker: the other parties; against this attacker only those of their figures are held that are open to somebody,
            and so not held against every larger attacker.
    """

    parties: frozenset[str]
    targets: frozenset[str]
    weaker: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The parties in words, `public` if there are none."""
        return " + ".join(sorted(self.parties)) or "public"


def largest_coalition(members: int) -> int:
    """Returns how many parties of a kind with so many members may be taken to put together what they know.

    At least three stay outside where there are six or more; of five two are taken to, of four one, of fewer one.
    """
    return max(1, members - 3)


def coalitions(group: Sequence[str], named: Iterable[frozenset[str]]) -> frozenset[frozenset[str]]:
    """Returns the largest parts of the named coalitions that the members of one kind or group can form.

    A named coalition that leaves fewer outside than it should is broken into all of its parts that leave enough.
    """
    most = largest_coalition(len(group))
    own = frozenset(group)
    found: set[frozenset[str]] = set()
    for coalition in named:
        inside = sorted(own & coalition)
        if len(inside) > 1:
            found.update(frozenset(part) for part in combinations(inside, min(most, len(inside))))
    return frozenset(found)


def maximal(sets: Iterable[frozenset[str]], parties: Iterable[str]) -> list[Attacker]:
    """Returns each attacker with the parties against whom it is one of the strongest."""
    every = sorted(set(sets), key=lambda one: (len(one), sorted(one)))
    everyone = frozenset(parties)
    found = []
    for one in every:
        larger = [other for other in every if one < other]
        targets = frozenset(party for party in everyone - one if all(party in other for other in larger))
        found.append(Attacker(one, targets, everyone - one - targets))
    return found


def attackers(
    parties: Sequence[str],
    *,
    donors: Iterable[str] = (),
    payers: Sequence[str] = (),
    groups: Mapping[str, Sequence[str]] | None = None,
    named: Iterable[frozenset[str]] = (),
) -> list[Attacker]:
    """Returns the attackers of an audit.

    Args:
        parties: everybody.
        donors: those who give care away in some initiative.
        payers: who pays.
        groups: the members of each kind or group.
        named: coalitions that the region's settings name.
    """
    alone = (frozenset({party}) for party in parties)
    pairs = (frozenset({donor, payer}) for donor in donors for payer in payers)
    listed = list(named)
    joined = chain.from_iterable(coalitions(group, listed) for group in (groups or {}).values())
    return maximal(chain([frozenset()], alone, pairs, joined), parties)
