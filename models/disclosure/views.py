"""The audit of all views of a region together: every scenario of a release, with what was sent before in the round."""

from collections.abc import Mapping, Sequence

from models.disclosure.audit import Audited, Case, Sent, audit
from models.disclosure.cells import Cell, Cells
from models.disclosure.facts import Facts
from models.disclosure.figures import Figure
from models.disclosure.ladders import Settings
from models.disclosure.picture import Picture
from models.disclosure.rules import attackers_of, figures_of


def case_of(
    facts: Sequence[Facts],
    settings: Settings,
    *,
    before: Sequence[Facts] = (),
    history: Sequence[Sent] = (),
    more: Sequence[Figure] = (),
) -> Case:
    """Returns what an audit of all views looks at.

    Args:
        facts: every scenario of the release; two scenarios shown to one audience are as two releases.
        settings: the region's.
        before: what was true when the statements of the history were made.
        history: what was sent earlier in the round.
        more: figures that somebody wants to show besides.
    """
    pictures = [Picture(one, settings.minimum_count) for one in (*facts, *before)]
    cells: dict[object, Cell] = {cell.key: cell for picture in pictures for cell in picture.cells}
    return Case(
        cells=Cells.of(cells.values()),
        known=tuple(one for picture in pictures for one in picture.known),
        figures=(*(figure for one in facts for figure in figures_of(one, settings)), *more),
        attackers=attackers_of([*facts, *before], settings),
        known_to={key: parties for picture in pictures for key, parties in picture.known_to.items()},
        open_to={key: parties for picture in pictures for key, parties in picture.open_to.items()},
        history=tuple(history),
        own=tuple(one for picture in pictures for one in picture.own),
    )


def audit_views(
    facts: Sequence[Facts],
    settings: Settings,
    *,
    before: Sequence[Facts] = (),
    history: Sequence[Sent] = (),
    coarseness: Mapping[str, int] | None = None,
) -> Audited:
    """Returns how finely each figure of all views may be told."""
    return audit(case_of(facts, settings, before=before, history=history), coarseness=coarseness)
