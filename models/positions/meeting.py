"""What the middle reads in positions beside the figures, and what of it the table may learn."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from models.positions.deal_room import DealRoom
from models.positions.lines import Line
from models.positions.position import Position
from models.region.codes import Array
from models.scenario.schema import StopIf

URGENT = 4
"""From this urgency on a party says that it cannot wait."""
TWO = 2
"""With two parties a shared interest names the other: then it is not told."""
HOLDS = 1e-9


@dataclass(frozen=True)
class Held:
    """One red line against a scenario: whether it holds on the mean, and in what share of the draws; or None."""

    line: Line
    holds: bool | None
    share_of_draws: float | None
    holds_without: bool


def held(line: Line, mean: Array, draws: Array | None = None) -> Held:
    """Returns whether a line holds.

    Args:
        line: which.
        mean: what the scenario adds to each amount, shape (amounts,).
        draws: the same by draw, shape (amounts, draws); None if not known.
    """
    without = bool((line.limits <= HOLDS).all())
    if not line.known:
        return Held(line, None, None, without)
    slack = HOLDS * np.maximum(1.0, np.abs(line.limits))
    on_mean = bool((mean >= line.limits - slack).all())
    if draws is None:
        return Held(line, on_mean, None, without)
    kept = (draws >= (line.limits - slack)[:, None]).all(axis=0)
    return Held(line, on_mean, float(kept.mean()), without)


Row = tuple[str, str | None, str | None, str | None, float | None, int | None]
"""What is read in positions: subject, party, about, of, value and year, as the table `meeting` has them."""
Kind = Literal["urgent_nothing_at_stake", "no_line_on_largest_loss", "line_fails_already", "line_unknown"]


@dataclass(frozen=True)
class Disagreement:
    """Where a party's words and the figures disagree."""

    party: str
    kind: Kind
    about: str


def disagreements(
    positions: Iterable[Position], interest: pl.DataFrame, lines: Iterable[Held]
) -> tuple[Disagreement, ...]:
    """Returns where words and figures disagree.

    Args:
        positions: what was handed in.
        interest: the table of that name, of one scenario.
        lines: every red line against that scenario.
    """
    whole = interest.filter(pl.col("initiative").is_null())
    found: list[Disagreement] = []
    for position in positions:
        own = whole.filter(pl.col("party") == position.party)
        losses = own.filter(pl.col("stance") == "loses")
        if position.urgency >= URGENT and own.filter(pl.col("stance") != "neutral").is_empty():
            found.append(Disagreement(position.party, "urgent_nothing_at_stake", str(position.urgency)))
        if not losses.is_empty():
            worst = _worst(losses)
            if worst not in {red.dimension for red in position.red_lines}:
                found.append(Disagreement(position.party, "no_line_on_largest_loss", worst))
    for one in lines:
        if one.holds is None:
            found.append(Disagreement(one.line.party, "line_unknown", one.line.red.name))
        elif not one.holds_without:
            found.append(Disagreement(one.line.party, "line_fails_already", one.line.red.name))
    return tuple(found)


def _worst(losses: pl.DataFrame) -> str:
    """Returns the dimension that a party loses most on: by intensity where it is told, else by share of size."""
    by = next(name for name in ("intensity", "share", "share_of_size", "value") if name in losses.columns)
    ranked = losses.with_columns(weight=pl.col(by).abs().fill_null(0.0)).sort("weight", descending=True)
    return str(ranked["dimension"][0])


def ledger(interest: pl.DataFrame) -> pl.DataFrame:
    """Returns who gives and who gets over all initiatives.

    Returns:
        One row a party: `gives_in` and `gets_in`, the initiatives in which it loses or gains margin, and `balance_eur`.
    """
    rows = interest.filter(pl.col("dimension") == "margin", pl.col("initiative").is_not_null())
    stance, name = pl.col("stance"), pl.col("initiative")
    return rows.group_by("party", maintain_order=True).agg(
        gives_in=name.filter(stance == "loses"),
        gets_in=name.filter(stance == "gains"),
        balance_eur=pl.col("value").sum(),
    )


def shared_interests(positions: Sequence[Position]) -> Mapping[tuple[str, str | None], tuple[str, ...]]:
    """Returns what several parties want: by dimension and specialism, who."""
    found: dict[tuple[str, str | None], list[str]] = {}
    for position in positions:
        for wish in {(one.dimension, one.specialism) for one in position.interests}:
            found.setdefault(wish, []).append(position.party)
    return {wish: tuple(parties) for wish, parties in sorted(found.items(), key=str) if len(parties) > 1}


@dataclass(frozen=True)
class TableAnswer:
    """What the table learns of the positions, once in a round and only after every named party has handed in.

    Attributes:
        has_room: whether there is room; None if the search could not tell.
        lines_kept: of how many parties every line is kept by what was put forward.
        parties: of how many that gave lines.
        open: urgency of those who made it open, by party.
        shared: what at least three parties want, of those who made their wishes open.
    """

    has_room: bool | None
    lines_kept: int
    parties: int
    open: Mapping[str, int]
    shared: tuple[tuple[str, str | None, int], ...]


def table_answer(
    positions: Sequence[Position], named: Iterable[str], *, has_room: bool | None, kept: Mapping[str, bool]
) -> TableAnswer | None:
    """Returns what the table learns; None until every named party has handed in.

    Args:
        positions: what was handed in.
        named: who was asked.
        has_room: whether there is room; None if the search could not tell.
        kept: of each party that gave lines, whether what was put forward keeps all of them.
    """
    if not set(named) <= {position.party for position in positions}:
        return None
    openly = [position for position in positions if position.openness.wishes == "table"]
    shared = shared_interests(openly)
    told = [(what, specialism, len(who)) for (what, specialism), who in shared.items() if len(who) > TWO]
    return TableAnswer(
        has_room=has_room,
        lines_kept=sum(kept.values()),
        parties=len(kept),
        open={position.party: position.urgency for position in openly},
        shared=tuple(told),
    )


FAILING = ("breach_remains", "started_below", "at_risk", "stopped")
"""How a norm or department stands that does not hold."""


def crossings(threshold: pl.DataFrame) -> Mapping[str, int]:
    """Returns when each party first falls below a norm, or a department of it is at risk, without an agreement.

    Args:
        threshold: the table of that name, of one scenario.
    """
    failing = threshold.filter(pl.col("status_before").is_in(FAILING))
    return dict(failing.group_by("provider").agg(pl.col("year").min()).sort("provider").iter_rows())


Reason = Literal["no_room", "urgency_gap", "shared_interests"]


def reasons_to_stop(rule: StopIf, positions: Sequence[Position], room: DealRoom | None) -> tuple[Reason, ...]:
    """Returns why it is better to stop here, before energy is spent; nothing where it is not, or is not known."""
    found: list[Reason] = []
    if rule.no_room and room is not None and room.proven and not room.is_open:
        found.append("no_room")
    urgencies = [position.urgency for position in positions]
    if rule.urgency_gap is not None and len(urgencies) > 1 and max(urgencies) - min(urgencies) >= rule.urgency_gap:
        found.append("urgency_gap")
    below = rule.shared_interests_below
    if below is not None and len(positions) > 1 and len(shared_interests(positions)) < below:
        found.append("shared_interests")
    return tuple(found)


def meeting_rows(
    rule: StopIf, positions: Sequence[Position], room: DealRoom | None, frames: Mapping[str, pl.DataFrame],
    lines: Sequence[Held],
) -> Iterator[Row]:  # fmt: skip
    """Yields everything that the middle reads in positions beside the figures of one scenario.

    Args:
        rule: when it is better to stop.
        positions: what was handed in.
        room: within all red lines; None if it was not looked for.
        frames: `interest` and `threshold` of the scenario.
        lines: every red line against it.
    """
    urgencies, shared = [position.urgency for position in positions], shared_interests(positions)
    told: Mapping[Reason, float | None] = {
        "no_room": None, "urgency_gap": float(max(urgencies) - min(urgencies)) if urgencies else None,
        "shared_interests": float(len(shared)),
    }  # fmt: skip
    yield from (("stop", None, why, None, told[why], None) for why in reasons_to_stop(rule, positions, room))
    for one in disagreements(positions, frames["interest"], lines):
        yield "disagreement", one.party, one.kind, one.about, None, None
    crossed = crossings(frames["threshold"])
    for position in positions:
        yield "urgency", position.party, None, None, float(position.urgency), crossed.get(position.party)
        for carried in position.carries:
            yield "carries", position.party, carried.initiative, None, float(carried.drive), None
    for (dimension, specialism), who in shared.items():
        yield "shared", None, dimension, specialism, float(len(who)), None
