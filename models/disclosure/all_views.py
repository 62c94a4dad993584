"""The audit of all views of a region together: every scenario of a release, with what was sent before in the round."""

from collections.abc import Mapping, Sequence
from itertools import chain

from models.disclosure.audit import PUBLIC, Audited, AuditInput, audit
from models.disclosure.cells import Cell, Cells, Key
from models.disclosure.coarseness import EVERYBODY, Figure
from models.disclosure.consents import Allowed, open_keys, opened
from models.disclosure.ladders import Settings
from models.disclosure.picture import Picture
from models.disclosure.primary import attackers_of, figures_of
from models.disclosure.record import AuditRecord
from models.disclosure.scenario_facts import ScenarioFacts

TOGETHER = frozenset({EVERYBODY, PUBLIC})
"""The audiences of what all parties, or anyone, see together."""


def case_of(
    facts: Sequence[ScenarioFacts],
    settings: Settings,
    *,
    before: Sequence[AuditRecord] = (),
    more: Sequence[Figure] = (),
    consents: Sequence[Allowed] = (),
    together: bool = True,
) -> AuditInput:
    """Returns what an audit of all views looks at.

    Args:
        facts: every scenario of the release; two scenarios shown to one audience are as two releases.
        settings: the region's.
        before: what the audits earlier in the round left behind.
        more: figures that somebody wants to show besides.
        consents: those that are in effect.
        together: whether what all parties see together is told anew; else it is as it was told earlier in the round.
    """
    pictures = (Picture(one, settings.minimum_count) for one in facts)
    parts: list[AuditRecord | Picture] = [*before, *pictures]
    cells: dict[Key, Cell] = {cell.key: cell for part in parts for cell in part.cells}
    figures = opened((figure for one in facts for figure in figures_of(one, settings)), facts, consents)
    open_to = {key: parties for part in parts for key, parties in part.open_to.items()}
    for key, parties in open_keys(facts, consents).items():
        open_to[key] = open_to.get(key, frozenset()) | parties
    return AuditInput(
        cells=Cells.of(cells.values()),
        known=tuple(dict.fromkeys(chain.from_iterable(part.known for part in parts))),
        figures=(*(one for one in figures if together or one.audience.isdisjoint(TOGETHER)), *more),
        attackers=attackers_of(facts, settings),
        known_to={key: parties for part in parts for key, parties in part.known_to.items()},
        open_to=open_to,
        history=tuple(dict.fromkeys(one for record in before for one in record.sent)),
        own=tuple(dict.fromkeys(chain.from_iterable(part.own for part in parts))),
    )


def audit_views(
    facts: Sequence[ScenarioFacts],
    settings: Settings,
    *,
    before: Sequence[AuditRecord] = (),
    consents: Sequence[Allowed] = (),
    together: bool = True,
) -> Audited:
    """Returns how finely each figure of all views may be told: never finer than earlier in the round."""
    held: Mapping[str, int] = _coarsest(before)
    return audit(case_of(facts, settings, before=before, consents=consents, together=together), coarseness=held)


def _coarsest(before: Sequence[AuditRecord]) -> dict[str, int]:
    """Returns how coarsely each family was told at the coarsest."""
    found: dict[str, int] = {}
    for record in before:
        for family, level in record.coarseness.items():
            found[family] = max(found.get(family, 0), level)
    return found
