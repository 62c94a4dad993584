"""What each initiative contributes by itself, and what a package does when it is evaluated whole.

What belongs here: from a region and a scenario to the numbers of `contributions`, by the model itself. Every run uses
the scenario's own draws: each parameter has its stream by its key path, so an initiative by itself is drawn as it is in
the whole scenario.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.capacity import Gap, gap, pooled
from models.forms import PERCENTILES, Ledger, Sum
from models.outcome import PAYER_MARGIN, PROVIDER_MARGIN, InitiativeOutcome, Outcome
from models.portfolio.contributions import Contributions, Effects, LimitRow, Option, Package
from models.portfolio.limits import UNBOUNDED, Limits
from models.region.codes import Array, Integers, Mask
from models.run import run
from models.scenario.parties import recipients_of
from models.scenario.schema import Initiative, Scenario
from models.standings import Standings
from models.world import World

P90 = PERCENTILES.index(90)
LAST_HORIZON = 2300
"""The model looks no further (a scenario's horizon neither)."""


def options_of(scenario: Scenario) -> tuple[Option, ...]:
    """Returns every initiative at every start it may have: its `start_choices`, else the start of its uptake.

    A later start is valued over as many years as the initiative's first: its value counts as many years past the
    horizon as it starts later. Where demand follows a population forecast the horizon is part of the forecast, and a
    later start is valued to the horizon; `years_short` says how many years fewer that is.
    """
    options = []
    for initiative in scenario.initiatives:
        starts = sorted(set(initiative.start_choices)) or [initiative.uptake.start]
        for start in starts:
            later = start - starts[0]
            until = min(scenario.horizon + later, LAST_HORIZON) if _may_look_on(scenario) else scenario.horizon
            years = max(0, until - start + 1)
            first = max(0, scenario.horizon - starts[0] + 1)
            options.append(Option(initiative.id, start, until, years, max(0, first - years)))
    return tuple(options)


def _may_look_on(scenario: Scenario) -> bool:
    """Returns whether the growth of demand is known past the horizon: rates are, a population forecast is not."""
    return scenario.baseline.demand_growth.source != "population"


def package_scenario(scenario: Scenario, starts: Mapping[str, int]) -> Scenario:
    """Returns the scenario with only these initiatives, in its own order, each starting in the year given."""
    chosen = (_starting(i, starts[i.id]) for i in scenario.initiatives if i.id in starts)
    return scenario.model_copy(update={"initiatives": tuple(chosen)})


def _starting(initiative: Initiative, start: int) -> Initiative:
    return initiative.model_copy(update={"uptake": initiative.uptake.model_copy(update={"start": start})})


def limits_of(scenario: Scenario, *, loss_cap: float | None = None) -> Limits:
    """Returns the limits that a scenario sets; a fund that it does not name is no limit, a fund of 0 is."""
    cap = scenario.portfolio.loss_cap if loss_cap is None else loss_cap
    fund = scenario.settlement.transition_fund_eur
    return Limits(
        loss_cap=UNBOUNDED if cap is None else cap,
        fund_eur=UNBOUNDED if fund is None else fund,
    )


@dataclass(frozen=True)
class _Holders:
    """Who may not get shorter of one resource.

    Attributes:
        resource: its position.
        names: of the providers, or of the pool.
        providers: their positions.
        members: positions of a pool's members; None for providers each by itself.
    """

    resource: int
    names: tuple[str, ...]
    providers: Integers
    members: Integers | None = None

    def gap(self, outcome: Outcome) -> Gap:
        """Returns load and capacity of growth alone, and as change what the agreement changes of it."""
        return self._gap(outcome, outcome.agreement.capacity.changes)

    def gap_without(self, outcome: Outcome) -> Gap:
        """Returns the same with as change what happens without an agreement."""
        return self._gap(outcome, outcome.loads_without)

    def _gap(self, outcome: Outcome, changes: Ledger) -> Gap:
        told, who = (gap, self.providers) if self.members is None else (pooled, self.members)
        return told(outcome.loads, changes.forms(self.resource), self.resource, who)


class Evaluating:
    """The initiatives of an evaluated scenario, by themselves and in packages.

    Args:
        outcome: of the scenario with all of its initiatives; its facts, draws and years are used.
    """

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.region, self.scenario = outcome.setting.region, outcome.setting.scenario
        self.options = options_of(self.scenario)
        self._years = outcome.setting.years
        self._without = {self.scenario.horizon: outcome.no_agreement}  # no agreement holds whatever is chosen
        self._everybody = np.arange(len(self.region.providers.ids))

    @cached_property
    def contributions(self) -> Contributions:
        """What each option contributes by itself; one evaluation each."""
        rows, met = self._norms
        before = self._norm_units(self.outcome, self.outcome.no_agreement, rows)
        return Contributions(
            options=self.options,
            parties=(*self.region.providers.ids, *self.region.payers.ids),
            size=np.nan_to_num(np.concatenate([self.region.providers.size, self.outcome.payer_size[0]])),
            annuity=self.outcome.setting.annuity,
            effects=self._alone(),
            capacities=tuple(self._capacity_places()),
            room=self._room(),
            per_fte=self._per_fte,
            usable=self._by_place(lambda one, _: Sum([one.usable], one.rows, self.outcome.setting.told).mean()),
            norms=tuple(self._norm_places()),
            norm_before=before[met],
            norm_minimum=np.broadcast_to(self._minimum(rows)[:, None], met.shape)[met],
        )

    def whole(self, package: Package) -> Effects:
        """Returns the effects of a package evaluated whole: one initiative after another, in the scenario's order."""
        outcome = self._run(package)
        effects = self._effects(outcome, package)
        caused = sum(
            "breach_caused" in finding.status[: self._years.size] for finding in Standings(outcome).norm_findings
        )
        return Effects(
            effects.annual, effects.level, effects.transition, effects.shortage, effects.norm_units, breaches=caused
        )

    def outcome_of(self, package: Package) -> Outcome:
        """Returns the outcome of a package evaluated whole."""
        return self._run(package)

    def _run(self, package: Package) -> Outcome:
        """Returns the outcome of a package, over all years that count in the value of any of its options."""
        chosen = [self.options[place] for place in package]
        scenario = package_scenario(self.scenario, {option.initiative: option.start for option in chosen})
        horizon = max([self.scenario.horizon, *(option.valued_until for option in chosen)])
        made = scenario.model_copy(update={"horizon": horizon})
        outcome = run(self.region, made, self.outcome.setting.sample, without=self._without.get(horizon))
        self._without[horizon] = outcome.no_agreement
        return outcome

    def _alone(self) -> Effects:
        """Returns the effects of every option by itself, the options as first axis."""
        options, parties = len(self.options), self._everybody.size + self.outcome.all_payers.size
        effects = Effects(
            annual=np.zeros((options, parties)),
            level=np.zeros((options, parties)),
            transition=np.zeros(options),
            shortage=np.zeros((options, self._per_fte.size)),
            norm_units=np.zeros((options, int(self._norms[1].sum()))),
        )
        for place in range(options):
            effects.put(place, self._effects(self._run((place,)), (place,)))
        return effects

    def _effects(self, outcome: Outcome, package: Package) -> Effects:
        """Returns what an outcome of a package does."""
        discount, within = outcome.setting.discount, self._years.size
        last = {self.options[place].initiative: self.options[place].valued_until for place in package}
        longest = max(last.values(), default=self.scenario.horizon)
        annual, level, transition = (np.zeros(self._everybody.size + self.outcome.all_payers.size) for _ in range(3))
        for result in outcome.initiatives:
            margin = self._margin(outcome, result)
            counted = outcome.setting.years <= last.get(result.move.initiative.id, longest)
            annual += margin[:, :within] @ discount[:within]
            level += margin[:, counted] @ discount[counted]
            transition += self._transition(outcome, result)[:, :within] @ discount[:within]
        annuity = self.outcome.setting.annuity
        rows, met = self._norms
        without, agreed = (self._norm_units(outcome, w, rows) for w in (outcome.no_agreement, outcome.agreement))
        units = (agreed - without)[:, :within][met]
        return Effects(annual / annuity, level / annuity, transition.sum(), self._shortage(outcome), units)

    def _margin(self, outcome: Outcome, result: InitiativeOutcome) -> Array:
        """Returns one initiative's mean margin change by party, shape (parties, years)."""
        providers = outcome.sum(result.providers.signed(PROVIDER_MARGIN), self._everybody).mean()
        return np.concatenate([providers, outcome.sum(result.payers.signed(PAYER_MARGIN), outcome.all_payers).mean()])

    def _transition(self, outcome: Outcome, result: InitiativeOutcome) -> Array:
        providers = outcome.sum(result.providers.forms("transition_cost_eur"), self._everybody).mean()
        payers = outcome.sum(result.payers.forms("transition_cost_eur"), outcome.all_payers).mean()
        return np.concatenate([providers, payers])

    # -- capacity: who receives or supports, and whose load and capacity are known ----

    @cached_property
    def _holders(self) -> tuple[_Holders, ...]:
        """Recipients and supporters by resource, a pool in the place of its members; only where the gap is known."""
        asked = self._asked()
        found = []
        for resource in range(len(self.region.resources.ids)):
            every = self.outcome.agreement.capacity.pools
            pools = [(pool.id, members) for pool, own, members in every if own == resource]
            inside = np.concatenate([members for _, members in pools]) if pools else np.zeros(0, dtype=np.int64)
            alone = np.setdiff1d(asked, inside)
            known = _known(gap(self.outcome.loads, (), resource, alone)) if alone.size else np.zeros(0, dtype=bool)
            names = tuple(self.region.providers.ids[place] for place in alone[known])
            found.append(_Holders(resource, names, alone[known]))
            for name, members in pools:
                own = _Holders(resource, (name,), members, members)
                if np.isin(members, asked).any() and _known(own.gap(self.outcome)).all():
                    found.append(own)
        return tuple(holders for holders in found if holders.names)

    def _asked(self) -> Integers:
        """Returns everybody of whom some initiative asks capacity: recipients and supporters."""
        parties = [np.zeros(0, dtype=np.int64)]
        for initiative in self.scenario.initiatives:
            parties.append(recipients_of(initiative, self.region))
            if initiative.support is not None:
                parties.append(np.array([self.region.providers.ids.index(initiative.support.provider)]))
        return np.unique(np.concatenate(parties))

    def _capacity_places(self) -> Iterator[LimitRow]:
        for holders in self._holders:
            resource = self.region.resources.ids[holders.resource]
            for name in holders.names:
                yield from (LimitRow(name, resource, int(year)) for year in self._years)

    @cached_property
    def _per_fte(self) -> Array:
        """Amount of its resource in one full-time equivalent, by place; NaN where that is not people."""
        hours, staff = self.region.resources.hours_per_fte, self.region.resources.is_staff
        each = [np.full(len(h.names), hours[h.resource] if staff[h.resource] else np.nan) for h in self._holders]
        return np.repeat(np.concatenate([np.zeros(0), *each]), self._years.size)

    def _by_place(self, of: Callable[[Gap, Gap], Array], outcome: Outcome | None = None) -> Array:
        """Returns a figure of every place, from its gap with and without the agreement, shape (places,)."""
        within, told = self._years.size, outcome or self.outcome
        figures = [of(h.gap(told), h.gap_without(told))[:, :within].reshape(-1) for h in self._holders]
        return np.concatenate([np.zeros(0), *figures])

    def _room(self) -> Array:
        """Returns how much more each place can bear: to no shortage, to the one it has, and the tolerance on top."""
        before = self._by_place(lambda _, without: self._told(without))
        tolerance = self.scenario.portfolio.shortage_tolerance_fte * np.nan_to_num(self._per_fte)
        room: Array = np.maximum(0.0, before) - before + tolerance
        return room

    def _shortage(self, outcome: Outcome) -> Array:
        """Returns what is added to each gap: its mean, or the rise of its 90th percentile."""
        return self._by_place(lambda own, without: self._told(own, outcome) - self._told(without, outcome), outcome)

    def _told(self, one: Gap, outcome: Outcome | None = None) -> Array:
        """Returns what the scenario asks to be held of a gap: mean or 90th percentile, shape (rows, years)."""
        forms = [one.before, one.usable.times(-1), *one.change]
        total = Sum(forms, one.rows, (outcome or self.outcome).setting.told)
        return total.mean() if self.scenario.portfolio.shortage == "expected" else total.spread()[1][P90]

    @staticmethod
    def _norm_units(outcome: Outcome, world: World, rows: Integers) -> Array:
        """Returns the mean units of some providers under some norms in a world, shape (rows, years)."""
        forms = [world.norms.growth_alone(rows), *world.norms.changes.forms("units")]
        return outcome.sum(forms, rows).mean()

    # -- volume norms: those that a party of some initiative meets without an agreement ----

    @cached_property
    def _norms(self) -> tuple[Integers, Mask]:
        """Every provider that takes part under every norm (provider * norms + norm), and in which years it meets it."""
        norms = len(self.region.norms.ids)
        rows = (self.outcome.parties[:, None] * norms + np.arange(norms)).reshape(-1)
        return rows, self._norm_units(self.outcome, self.outcome.no_agreement, rows) >= self._minimum(rows)[:, None]

    def _minimum(self, rows: Integers) -> Array:
        norms = self.region.norms
        return np.array([float(norms.minimum[row % len(norms.ids)]) for row in rows.tolist()])

    def _norm_places(self) -> Iterator[LimitRow]:
        norms = self.region.norms.ids
        rows, met = self._norms
        for row, year in np.argwhere(met):
            provider, norm = divmod(int(rows[row]), len(norms))
            yield LimitRow(self.region.providers.ids[provider], norms[norm], int(self._years[year]))


def _known(own: Gap) -> Mask:
    known: Mask = own.load_known & own.capacity_known
    return known
