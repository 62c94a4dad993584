"""Section 4: what care costs that comes and goes, what is stranded, and what is closed, in one world."""

import math
from collections import defaultdict
from typing import Any

from reference.baseline import Department
from reference.facts import Row
from reference.moving import Flow
from reference.plan import Initiative
from reference.rounding import above
from reference.world import LASTING, Moment, Play, World

Path = dict[Moment, float]
Place = tuple[str, str, str | None]  # initiative, provider, specialism
MARGINAL, PLANNED, FULL = "marginal", "planned", "full"


def response(row: Row, n: int) -> float:
    """Section 4, One response: h(n) = v + f·min(1, n/T); T = 0: v + f at once."""
    return row["variable_share"] + semi_fixed_response(row, n)


def semi_fixed_response(row: Row, n: int) -> float:
    """f·min(1, n/T), the part of the response that somebody has to close."""
    run_off = float(row["run_off_years"])
    return row["semi_fixed_share"] * (1.0 if run_off == 0 else min(1.0, n / run_off))


def following(path: Path, years: list[int], moment: Moment, part: Any) -> float:
    """Section 4: Σ_{y'≤y} (X[y'] − X[y'−1]) · part(y−y'), 0 before the path begins; lasting: part(∞) · X."""
    if moment == LASTING:
        return path[LASTING] * part(math.inf)
    total, before = 0.0, 0.0
    for year in (y for y in years if y <= int(moment)):
        total += (path[year] - before) * part(int(moment) - year)
        before = path[year]
    return total


def cost_of(path: Path, row: Row, years: list[int], moment: Moment, *, planned: bool = False) -> float:
    """Section 4: K(X)[y]; who builds for it (`planned`) pays v + f from the first year."""
    return following(path, years, moment, lambda n: response(row, math.inf if planned else n))


def counts_as_received(initiative: Initiative) -> str:
    """Section 4: replacement care with its own cost is a marginal cost by itself; planned recipients pay at once."""
    if (initiative.get("replacement") or {}).get("cost_per_unit_eur") is not None:
        return MARGINAL
    return PLANNED if initiative.get("planned") else FULL


class Costs:
    """The cost paths of one world, per draw, and what is closed of what is lost on balance."""

    def __init__(self, world: World) -> None:
        self.world, self.facts, self.years = world, world.facts, world.years
        self.moments: list[Moment] = [*self.years, LASTING]
        empty = [defaultdict(self._nothing) for _ in world.draws]
        self.given: list[dict[Place, Path]] = empty  # Σ max(0, N)·cost
        self.came_back: list[dict[Place, Path]] = [defaultdict(self._nothing) for _ in world.draws]  # negative N
        self.received: list[dict[tuple[Place, str], Path]] = [defaultdict(self._nothing) for _ in world.draws]
        self.refilled: list[dict[Place, Path]] = [defaultdict(self._nothing) for _ in world.draws]
        for moment, plays in world.plays.items():
            for draw, play in enumerate(plays):
                self._write_down(draw, moment, play)
        providers = list(self.facts.providers)
        self.kappa = {(p, m): self._kappa(p, m) for p in providers for m in self.moments}
        self.sigma = {(p, m): self._sigma(p, m) for p in providers for m in self.moments}

    def _nothing(self) -> Path:
        return dict.fromkeys(self.moments, 0.0)

    def _write_down(self, draw: int, moment: Moment, play: Play) -> None:
        """Given, received and refilled care at full average cost, per initiative, provider and specialism."""
        for part in self.world.parts:
            initiative, step = part.of(play.growth), play.steps[part.name]
            for flow in step.flows:
                into = self.given if flow.net >= 0 else self.came_back
                into[draw][part.name, flow.donor, flow.cell[2]][moment] += abs(flow.donor_cost)
                if flow.to is not None:
                    place = (part.name, flow.to, flow.cell[2])
                    self.received[draw][place, counts_as_received(initiative)][moment] += full_cost_received(flow)
            for refill in step.refills:
                place = (part.name, refill.cell[0], refill.cell[2])
                self.refilled[draw][place][moment] += refill.full_cost(play.growth)

    # -- closing something ----

    def _kappa(self, provider: str, moment: Moment) -> float:
        """Section 4: max(0, given − received − refilled − max(0, growth)) ÷ given, of means over the draws."""
        given = self._mean_at(provider, moment, self.given)
        if given <= 0:
            return 0.0
        received = sum(
            path[moment]
            for draw in self.received
            for ((_, p, _), kind), path in draw.items()
            if p == provider and kind != MARGINAL
        ) / len(self.received)
        refilled = self._mean_at(provider, moment, self.refilled)
        growth = self._mean_growth(provider, moment) + self._mean_at(provider, moment, self.came_back)
        return max(0.0, given - received - refilled - max(0.0, growth)) / given

    def _mean_at(self, provider: str, moment: Moment, paths: list[dict[Place, Path]]) -> float:
        """Over all initiatives and specialisms of a provider, the mean over the draws."""
        total = sum(path[moment] for draw in paths for (_, p, _), path in draw.items() if p == provider)
        return total / len(paths)

    def _mean_growth(self, provider: str, moment: Moment) -> float:
        """X0[y] − X0[y0] of a provider, the mean over the draws."""
        total = 0.0
        for play in self.world.plays[moment]:
            now, base = play.growth.full_cost(play.year), play.growth.full_cost(play.growth.first)
            total += sum(amount - base[place] for place, amount in now.items() if place[0] == provider)
        return total / len(self.world.draws)

    def _sigma(self, provider: str, moment: Moment) -> float:
        """Section 4: the closed share by `scale_down`."""
        how = self.world.draws[0].scenario.get("scale_down", "all")
        if how == "all":
            return 1.0
        if how == "none":
            return 0.0
        if how == "whole_steps":
            return self._whole_steps(provider, moment)
        return sum(
            float(one["share"])
            for one in how
            if one["provider"] == provider and (moment == LASTING or int(moment) >= int(one["from"]))
        )

    def _whole_steps(self, provider: str, moment: Moment) -> float:
        """The smallest floor(F/step)·step ÷ F over the resources with a step of which given care frees something."""
        shares = [1.0]
        for resource in self.world.draws[0].resources:
            step = self.facts.step(resource)
            if step is None or not above(self.mean_freed(provider, resource, moment), 0.0):
                continue
            on_balance = self.freed_on_balance(provider, resource, moment)
            mean = sum(on_balance) / len(on_balance)
            if above(mean, 0.0):
                shares.append(min(1.0, whole_steps(mean, step) * step / mean))
        return min(shares)

    def mean_freed(self, provider: str, resource: str, moment: Moment) -> float:
        """What the given care of a provider frees of a resource, the mean over the draws."""
        plays = self.world.plays[moment]
        return sum(_freed(play, provider, resource) for play in plays) / len(plays)

    def freed_on_balance(self, provider: str, resource: str, moment: Moment) -> list[float]:
        """F per draw = freed − required by received and refilled care − max(0, growth of the load)."""
        return [_freed_on_balance(play, provider, resource) for play in self.world.plays[moment]]

    # -- what it costs ----

    def avoided(self, draw: int, place: Place, moment: Moment, *, kept: bool = False) -> float:
        """Section 4: K(N·cost) − f·Σ ΔZ·min(1, n/T); `kept`: as if nobody closed anything (`none`)."""
        given, negative = self.given[draw][place], self.came_back[draw][place]
        net = {m: given[m] - negative[m] for m in self.moments}
        return self.avoided_by(net, place[1], place[2], moment, kept=kept)

    def avoided_by(
        self, net: Path, provider: str, specialism: str | None, moment: Moment, *, kept: bool = False
    ) -> float:
        """The same of any path of N·cost at a provider and specialism."""
        row = self.facts.cost_structure(provider, specialism)
        open_still = {m: self._kept_open(provider, m, kept=kept) * max(0.0, net[m]) for m in self.moments}
        whole = cost_of(net, row, self.years, moment)
        return whole - following(open_still, self.years, moment, lambda n: semi_fixed_response(row, n))

    def _kept_open(self, provider: str, moment: Moment, *, kept: bool) -> float:
        """κ·(1−σ), or κ."""
        return self.kappa[provider, moment] * (1.0 if kept else 1 - self.sigma[provider, moment])

    def net_cost(self, draw: int, place: Place, moment: Moment) -> float:
        """N · cost."""
        return self.given[draw][place][moment] - self.came_back[draw][place][moment]

    def received_cost(self, draw: int, place: Place, kind: str, moment: Moment) -> float:
        """Section 4, A recipient."""
        return self.received_by(self.received[draw][place, kind], place[1], place[2], kind, moment)

    def received_by(self, path: Path, provider: str, specialism: str | None, kind: str, moment: Moment) -> float:
        """The same of any path of received care at its cost."""
        row = self.facts.cost_structure(provider, specialism)
        if kind == MARGINAL:
            return path[moment]
        return cost_of(path, row, self.years, moment, planned=kind == PLANNED)

    def refill_cost(self, draw: int, place: Place, moment: Moment) -> float:
        """Section 4, Refill: K(extra · unit cost)."""
        row = self.facts.cost_structure(place[1], place[2])
        return cost_of(self.refilled[draw][place], row, self.years, moment)

    def growth_cost(self, draw: int, year: int) -> dict[Department, float]:
        """Section 4, Baseline: cost[y] = X0[y0] + K(X0 − X0[y0])[y], per provider and specialism."""
        growth, costs = self.world.draws[draw], {}
        paths = {y: growth.full_cost(y) for y in self.years}
        for place, base in paths[growth.first].items():
            path: Path = {y: paths[y][place] - base for y in self.years}
            costs[place] = base + cost_of(path, self.facts.cost_structure(*place), self.years, year)
        return costs


def whole_steps(amount: float, step: float) -> int:
    """How many whole steps fit; 7.9999999999 steps are eight."""
    steps = max(0.0, amount) / step
    return math.floor(steps + 1e-9 * max(1.0, steps))


def full_cost_received(flow: Flow) -> float:
    """A · cost of one recipient unit."""
    return flow.received * flow.recipient_cost


def _freed(play: Play, provider: str, resource: str) -> float:
    return sum(max(0.0, step.freed.get((provider, resource), 0.0)) for step in play.steps.values())


def _freed_on_balance(play: Play, provider: str, resource: str) -> float:
    key, growth = (provider, resource), play.growth
    now, base = growth.load(provider, resource, play.year), growth.load(provider, resource, growth.first)
    grown = 0.0 if now is None or base is None else now - base
    grown += sum(max(0.0, -step.freed.get(key, 0.0)) for step in play.steps.values())
    taken = sum(step.received.get(key, 0.0) + step.refilled.get(key, 0.0) for step in play.steps.values())
    return _freed(play, provider, resource) - taken - max(0.0, grown)
