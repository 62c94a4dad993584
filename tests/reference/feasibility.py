"""Section 5: the room of recipients and supporter, the feasible share, and what respect_capacity lets through."""

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from reference.baseline import Growth
from reference.facts import Cell
from reference.moving import Amounts, Flow, flow_of
from reference.plan import Initiative, Scenario, recipients
from reference.rounding import near


@dataclass(frozen=True)
class Room:
    """ρ of one party (infinite: nothing required; None: of its needs none is known), and the resources that bind."""

    ratio: float | None
    binding: tuple[str, ...] = ()

    @property
    def share(self) -> float | None:
        """Section 5, Feasible share of a recipient or support party: min(1, ρ)."""
        return None if self.ratio is None else min(1.0, self.ratio)


@dataclass(frozen=True)
class Rooms:
    """The rooms of one initiative in one year, with the parts M·w_j they were measured by."""

    moved: float  # M
    parts: dict[str, float]
    of: dict[str, Room]
    support: str | None

    @property
    def supporting(self) -> Room | None:
        return self.of[self.support] if self.support else None

    @property
    def known(self) -> list[str]:
        """Recipients with a part of whose needs something is known (or who need nothing)."""
        return [j for j, part in self.parts.items() if part > 0 and self.of[j].ratio is not None]


def pool_of(scenario: Scenario, provider: str, resource: str) -> dict[str, Any] | None:
    for pool in scenario.get("pools") or []:
        if pool["resource"] == resource and provider in pool["providers"]:
            return pool
    return None


def room_of(growth: Growth, party: str, *, asked: Amounts, changed: Amounts, year: int) -> Room:
    """Section 5, Room: min over r of (max(0, gap0) − gap after the earlier initiatives) ÷ required.

    A pool's resource is judged by the pool's gap and by what is asked of all its members.
    """
    ratios: dict[str, float] = {}
    needed = [r for p, r in asked if p == party and asked[p, r] > 0]
    for resource in needed:
        pool = pool_of(growth.scenario, party, resource)
        members = pool["providers"] if pool else [party]
        gaps = [growth.gap(p, resource, year) for p in members]
        if any(gap is None for gap in gaps):
            continue  # it does not bind
        before = sum(gap for gap in gaps if gap is not None)
        now = before + sum(changed.get((p, resource), 0.0) for p in members)
        ratio = max(0.0, (max(0.0, before) - now) / sum(asked.get((p, resource), 0.0) for p in members))
        ratios[resource] = 1.0 if near(ratio, 1.0) else 0.0 if near(ratio, 0.0) else ratio
    if needed and not ratios:
        return Room(None)
    lowest = min(ratios.values(), default=math.inf)
    return Room(lowest, tuple(r for r, ratio in ratios.items() if lowest < 1 and ratio <= lowest + 1e-9))


def rooms_of(growth: Growth, initiative: Initiative, flows: list[Flow], *, asked: Amounts, changed: Amounts) -> Rooms:
    """Section 5, Room: of every recipient for its whole part, of the supporter for all of M."""
    parts = dict.fromkeys(recipients(initiative, growth.facts), 0.0)
    for flow in flows:
        if flow.to is not None:
            parts[flow.to] = parts.get(flow.to, 0.0) + flow.moved
    support = (initiative.get("support") or {}).get("provider")
    parties = [*parts, *([support] if support and support not in parts else [])]
    year = flows[0].year if flows else growth.first
    of = {p: room_of(growth, p, asked=asked, changed=changed, year=year) for p in parties}
    return Rooms(sum(flow.moved for flow in flows), parts, of, support)


def feasible_share(rooms: Rooms) -> float | None:
    """Section 5: F = min(Σ w_j · min(1, ρ_j), ρ of its support parties); who is unknown is left out."""
    if not any(rooms.parts.values()) and rooms.supporting is None:
        return 1.0
    shares = []
    known = sum(rooms.parts[j] for j in rooms.known)
    if known > 0:
        shares.append(sum(rooms.parts[j] * (rooms.of[j].share or 0.0) for j in rooms.known) / known)
    if rooms.supporting is not None and rooms.supporting.share is not None:
        shares.append(rooms.supporting.share)
    return min(shares, default=None)


def most_binding(rooms: Rooms) -> tuple[str, ...]:
    """Section 5: the resource that binds most of what does not fit; where resources bind alike, whichever it can be."""
    surely: dict[str, float] = defaultdict(float)
    at_most: dict[str, float] = defaultdict(float)
    for binding, units in _held(rooms):
        for resource in binding:
            at_most[resource] += units
            surely[resource] += units if len(binding) == 1 else 0.0
    most = max(surely.values(), default=0.0)
    return tuple(r for r, units in at_most.items() if units > 0 and units >= most * (1 - 1e-9))


def _held(rooms: Rooms) -> list[tuple[tuple[str, ...], float]]:
    """What does not fit at each recipient, and what its supporter cannot follow beyond that, with what binds there."""
    fits = {j: 1.0 if rooms.of[j].share is None else rooms.of[j].share for j in rooms.parts}
    held = [(rooms.of[j].binding, rooms.parts[j] * (1 - (share or 0.0))) for j, share in fits.items()]
    placed = sum(rooms.parts[j] * (share or 0.0) for j, share in fits.items()) if fits else rooms.moved
    if rooms.supporting is not None and rooms.supporting.share is not None:
        held.append((rooms.supporting.binding, max(0.0, placed - rooms.supporting.share * rooms.moved)))
    return held


# -- respect_capacity ----


def as_far_as_it_fits(growth: Growth, initiative: Initiative, flows: list[Flow], rooms: Rooms) -> list[Flow]:
    """Section 5: respect_capacity `true` or `reallocate`; what does not fit stays with the donor."""
    how = growth.scenario.get("respect_capacity", False)
    if not how or not flows:
        return flows
    if initiative["kind"] == "prevention":
        taken, placed = flows, sum(flow.moved for flow in flows)
    else:
        theta = _takes(rooms, reallocate=how == "reallocate")
        taken = _placed(growth, initiative, flows, rooms, theta)
        placed = sum(flow.moved for flow in taken)
    limit = _followed(rooms, sum(flow.moved for flow in flows))
    return [flow.scaled(limit / placed) for flow in taken] if placed > limit else taken


def _followed(rooms: Rooms, everything: float) -> float:
    """What the supporter can follow: ρ of all of M."""
    room = rooms.supporting
    return math.inf if room is None or room.share is None or room.share >= 1 else room.share * everything


def _takes(rooms: Rooms, *, reallocate: bool) -> dict[str, float]:
    """θ_j: min(1, ρ_j), or min(ρ_j, t) with the smallest t ≥ 1 that places all of M; unknown: its whole part."""
    fixed = {j for j, part in rooms.parts.items() if part <= 0 or rooms.of[j].ratio is None}
    ratios = {j: 1.0 if j in fixed else float(rooms.of[j].ratio or 0.0) for j in rooms.parts}
    most = _smallest_t(rooms.parts, ratios) if reallocate else 1.0
    return {j: min(ratio, most) for j, ratio in ratios.items()}


def _smallest_t(parts: dict[str, float], ratios: dict[str, float]) -> float:
    """The smallest t ≥ 1 with Σ part · min(ρ, t) = M; the largest finite ρ where even that does not place it all."""
    everything = sum(parts.values())
    reached, since = sum(part * min(ratios[j], 1.0) for j, part in parts.items()), 1.0
    for until in sorted({ratio for ratio in ratios.values() if ratio > 1}):
        growing = sum(part for j, part in parts.items() if ratios[j] >= until)
        missing = everything - reached
        if missing <= growing * (until - since):
            return since + (missing / growing if growing > 0 else 0.0)
        reached, since = reached + growing * (until - since), until
    return since


def _placed(
    growth: Growth, initiative: Initiative, flows: list[Flow], rooms: Rooms, theta: dict[str, float]
) -> list[Flow]:
    """Section 5: what fits stays at its own recipient; the rest of a cell goes to those with θ > 1, in proportion."""
    stays = [flow.scaled(min(1.0, theta[flow.to])) for flow in flows if flow.to is not None]
    over = {j: (theta[j] - 1) * rooms.parts[j] for j in theta if theta[j] > 1}
    left: dict[Cell, float] = defaultdict(float)
    for flow in flows:
        if flow.to is not None:
            left[flow.cell] += flow.moved * (1 - min(1.0, theta[flow.to]))
    unplaced = sum(left.values())
    if not over or unplaced <= 0:
        return stays
    share = min(1.0, 1 / unplaced * sum(over.values()))
    extra = {(cell, j): units * share * over[j] / sum(over.values()) for cell, units in left.items() for j in over}
    year = flows[0].year
    more = [flow_of(growth, initiative, cell=c, to=j, moved=m, year=year) for (c, j), m in extra.items() if m > 0]
    return _joined([*stays, *more])


def _joined(flows: list[Flow]) -> list[Flow]:
    """One flow per cell and recipient."""
    joined: dict[tuple[Cell, str | None], Flow] = {}
    for flow in flows:
        key = (flow.cell, flow.to)
        before = joined.get(key)
        joined[key] = flow if before is None or before.moved == 0 else before.scaled(1 + flow.moved / before.moved)
    return list(joined.values())
