"""What is at stake for each party, and where interests clash or meet (section 9).

Everything here is a mean over the draws. A value is seen from the party: positive is a gain. Its stance says whether
it is large enough to matter to that party (materiality), its intensity how many times that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from models.baseline import NEAR
from models.departments import PRODUCTION, BaseDepartments, parted
from models.forms import Ledger, Sum
from models.outcome import PATIENTS, PAYER_MARGIN, PROVIDER_MARGIN, InitiativeOutcome, Outcome
from models.quality import quality_sums
from models.region.codes import Array, Integers, Mask, sums
from models.standings import Functions
from models.summary import frame, lowest, stacked
from models.transfer import segments_of

REVENUE = {"revenue_change_eur": 1, "backfill_revenue_eur": 1}
LEAST_CUSHION = 0.005
"""Share of its size that a provider's cushion is at least taken for (model page, section 9)."""
SUPPOSED_CUSHION = 0.015
"""Share of its size that stands for a margin that was not delivered (model page, section 9)."""
MOST_CONFLICTS = 20_000
"""How many conflicts of an initiative are told, the strongest; a region of thousands of practices has millions."""
SIDE = ("dimension", "specialism", "resource", "year", "value", "share")
"""What is told of each side of a conflict, besides who it is."""


@dataclass(frozen=True)
class Stakes:
    """One dimension of some parties.

    Attributes:
        dimension: revenue, margin, cushion, department, function, staff_capacity, facility_capacity, spend, travel or
            quality:<measure>.
        party: names.
        value: in the dimension's unit.
        share: of the dimension's yardstick, NaN where there is none.
        limit: what the weight is neutral within.
        weight: what the stance is taken of: the share, else the value; None: the share, the sign where it is empty.
        intensity: how strong it is; NaN where that means nothing. None: the share over its limit.
        specialism, resource: behind each value; empty where that means nothing.
        year: the year behind it; None where that means nothing.
    """

    dimension: str
    party: Sequence[str]
    value: Array
    share: Array
    limit: float
    weight: Array | None = None
    intensity: Array | None = None
    specialism: Sequence[str | None] = ()
    resource: Sequence[str] = ()
    year: Integers | None = None

    def stances(self) -> list[str]:
        """Returns gains, loses or neutral for each party."""
        weight, limit = self.weight, np.full(self.value.size, self.limit)
        if weight is None:
            known = ~np.isnan(self.share)
            weight, limit = np.where(known, self.share, self.value), np.where(known, limit, 0.0)
        beyond = limit + NEAR * np.maximum(1.0, limit)
        return np.select([weight > beyond, weight < -beyond], ["gains", "loses"], "neutral").tolist()

    def intensities(self) -> Array:
        """Returns how strong each is."""
        if self.intensity is not None:
            return self.intensity
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.abs(self.share) / self.limit


def interest(outcome: Outcome) -> pl.DataFrame:
    """Returns what is at stake for each party, for the whole scenario and for each initiative (`interest`)."""
    return stacked("interest", _Interests(outcome).frames())


def rows_of(outcome: Outcome, initiative: str | None, stakes: Stakes) -> pl.DataFrame:
    """Returns the rows of one dimension."""
    columns: dict[str, Any] = {
        "scenario": outcome.setting.scenario.scenario,
        "party": list(stakes.party),
        "initiative": initiative,
        "dimension": stakes.dimension,
        "specialism": list(stakes.specialism) or None,
        "value": stakes.value,
        "share": stakes.share,
        "intensity": stakes.intensities(),
        "stance": stakes.stances(),
        "resource": list(stakes.resource) or None,
        "year": stakes.year,
    }
    return frame("interest", columns)


class _Interests:
    """The interests of one outcome."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.setting = outcome.setting
        self.region = outcome.setting.region
        self.limits = outcome.setting.scenario.materiality
        self.base = BaseDepartments(outcome.setting)

    def frames(self) -> Iterator[pl.DataFrame]:
        """Yields the rows of the scenario, then of each initiative."""
        functions, everybody = Functions(self.outcome), np.arange(len(self.region.providers.ids))
        gaps = _Gaps(self.outcome)
        every = self.outcome.initiatives
        own = _Contribution(self.outcome.providers, self.outcome.payers, self.outcome.patients, _departments(every))
        for stakes in (
            *self._of(own, everybody),
            self._function(functions.of_scenario(), self.outcome.parties),
            *self._capacity(gaps.of_scenario(), everybody),
            self._spend(self.outcome.payers, every),
        ):
            yield rows_of(self.outcome, None, stakes)
        of_initiatives = functions.of_initiatives()
        for place, result in enumerate(every):
            own = _Contribution(result.providers, result.payers, result.patients, result.departments)
            for stakes in (
                *self._of(own, result.parties),
                self._function(of_initiatives[place], result.parties),
                *self._capacity(gaps.of_initiative(place), result.parties),
                self._spend(result.payers, [result]),
                *self._quality(result),
            ):
                yield rows_of(self.outcome, result.move.initiative.id, stakes)

    def _of(self, own: "_Contribution", parties: Integers) -> Iterator[Stakes]:
        yield from self._money(own, parties)
        yield self._cushion(own, parties)
        yield from self._of_departments(own.departments, parties)
        yield self._travel(own.patients)

    def _money(self, own: "_Contribution", parties: Integers) -> Iterator[Stakes]:
        providers, payers = self.region.providers, self.region.payers
        for dimension, rows, forms, ids, sizes in (
            ("revenue", parties, own.providers.signed(REVENUE), providers.ids, providers.size),
            ("margin", parties, own.providers.signed(PROVIDER_MARGIN), providers.ids, providers.size),
            (
                "margin",
                self.outcome.all_payers,
                own.payers.signed(PAYER_MARGIN),
                payers.ids,
                self.outcome.payer_size[0],
            ),
        ):
            value = annual_equivalent(self.outcome, self.outcome.sum(forms, rows))
            share = over(value, sizes[rows])
            yield Stakes(dimension, [ids[row] for row in rows], value, share, self.limits.limit(dimension))

    def _cushion(self, own: "_Contribution", parties: Integers) -> Stakes:
        """Returns each provider's worst year against what it has to live on."""
        change = self.outcome.sum(own.providers.signed(PROVIDER_MARGIN), parties).mean()
        worst = lowest(change)
        value = change[np.arange(parties.size), worst]
        share = over(value, cushion(self.region.providers.margin, self.region.providers.size)[parties])
        names = [self.region.providers.ids[row] for row in parties]
        year = self.setting.years[worst]
        return Stakes("cushion", names, value, share, self.limits.limit("cushion"), year=year)

    def _of_departments(self, ledger: Ledger, parties: Integers) -> Iterator[Stakes]:
        """Yields each department's change of production value in the year in which it is largest in size."""
        rows = np.unique(
            np.concatenate([np.zeros(0, dtype=np.int64), *(form.rows for form in ledger.forms(PRODUCTION))])
        )
        rows = rows[np.isin(parted(self.setting, rows)[0], parties)]
        if not rows.size:
            return
        change = self.outcome.sum(ledger.forms(PRODUCTION), rows).mean()
        year = lowest(-np.abs(change))
        value = change[np.arange(rows.size), year]
        place = np.minimum(np.searchsorted(self.base.rows, rows), max(self.base.rows.size - 1, 0))
        there = self.base.rows[place] == rows if self.base.rows.size else np.zeros(rows.size, dtype=bool)
        base = np.where(there, self.base.production[place], 0.0) if self.base.rows.size else np.zeros(rows.size)
        provider, specialism = parted(self.setting, rows)
        yield Stakes(
            "department",
            [self.region.providers.ids[p] for p in provider],
            value,
            over(value, base),
            self.limits.limit("department"),
            specialism=[self.region.segments.specialisms.ids[s] for s in specialism],
            year=self.setting.years[year],
        )

    def _function(self, change: Array, parties: Integers) -> Stakes:
        """Returns what a provider gains less what it loses of norms and departments at the horizon."""
        value = change[parties]
        names = [self.region.providers.ids[row] for row in parties]
        none = np.full(value.size, np.nan)
        return Stakes("function", names, value, none, 0.0, weight=value, intensity=np.abs(value))

    def _capacity(self, gaps: tuple[Array, Array, Array], parties: Integers) -> Iterator[Stakes]:
        """Yields staff and facilities, in the resource and year in which most scarce hands are lost, else won."""
        resources = self.region.resources
        value, scarce, usable = (part[parties] for part in gaps)
        for dimension, kind in (("staff_capacity", resources.is_staff), ("facility_capacity", ~resources.is_staff)):
            if not kind.any():
                continue
            with np.errstate(divide="ignore", invalid="ignore"):
                raw, scarcity = (
                    np.where(usable[:, kind] > 0, part[:, kind] / usable[:, kind], np.nan) for part in (value, scarce)
                )
            scarcity = np.where(np.abs(scarcity) <= NEAR, 0.0, scarcity)
            known = np.flatnonzero(~np.isnan(scarcity).all(axis=(1, 2)))
            if not known.size:
                continue
            place = _decisive(raw[known], scarcity[known])
            resource, year = np.unravel_index(place, scarcity.shape[1:])
            weight, share = scarcity[known, resource, year], raw[known, resource, year]
            limit = self.limits.limit(dimension)
            with np.errstate(divide="ignore", invalid="ignore"):
                intensity = np.abs(weight) / limit
            yield Stakes(
                dimension,
                [self.region.providers.ids[parties[row]] for row in known],
                share,
                share,
                limit,
                weight=weight,
                intensity=intensity,
                resource=np.array(resources.ids, dtype=object)[kind][resource].tolist(),
                year=self.setting.years[year],
            )

    def _spend(self, payers: Ledger, results: Sequence[InitiativeOutcome]) -> Stakes:
        """Returns what payers save, against what they spend on the care that the initiatives select."""
        change = self.outcome.sum(payers.forms("spend_change_eur"), self.outcome.all_payers)
        value = 0.0 - annual_equivalent(self.outcome, change)
        cells = self.region.cells
        chosen = np.zeros(cells.units.size, dtype=bool)
        for result in results:
            for played, _ in result.worlds:
                donors = np.zeros(len(self.region.providers.ids), dtype=bool)
                donors[played.move.donors] = True
                segments = segments_of(played.move.planned, self.region)
                chosen |= donors[cells.provider] & segments[cells.segment]
        worth = cells.units * self.region.base_price[0] * chosen
        spent = sums(cells.payer, worth, size=len(self.region.payers.ids))
        return Stakes("spend", list(self.region.payers.ids), value, over(value, spent), self.limits.limit("spend"))

    def _travel(self, patients: Ledger) -> Stakes:
        """Returns what patients gain: kilometres that they need not travel in the horizon year."""
        further = self.outcome.sum(patients.forms("patient_km_change"), np.zeros(1, dtype=np.int64)).mean()[:, -1]
        none = np.full(1, np.nan)
        value = 0.0 - further
        return Stakes("travel", [PATIENTS], value, none, self.limits.limit("travel"), weight=value, intensity=none)

    def _quality(self, result: InitiativeOutcome) -> Iterator[Stakes]:
        """Yields what an initiative declares to be worth to patients; better is positive."""
        for measure, total in quality_sums(self.setting, result):
            value = np.array([total.mean() if measure.better == "more" else 0.0 - total.mean()])
            none = np.full(1, np.nan)
            yield Stakes(f"quality:{measure.measure}", [PATIENTS], value, none, 0.0, weight=value, intensity=none)


@dataclass(frozen=True)
class _Contribution:
    """Amounts of the whole scenario, or of one initiative."""

    providers: Ledger
    payers: Ledger
    patients: Ledger
    departments: Ledger


def _departments(results: Sequence[InitiativeOutcome]) -> Ledger:
    total = Ledger()
    for result in results:
        total.merge(result.departments)
    return total


def over(value: Array, yardstick: Array) -> Array:
    """Returns values as shares of a yardstick, NaN where that is not above 0 or not known."""
    known = yardstick > 0
    return np.where(known, value / np.where(known, yardstick, 1.0), np.nan)


def cushion(margin: Array, size: Array) -> Array:
    """Returns what providers have to live on in a year: their delivered margin, or what stands for it, in euro."""
    least = np.where(size > 0, LEAST_CUSHION * size, np.nan)
    supposed = np.where(size > 0, SUPPOSED_CUSHION * size, np.nan)
    return np.where(np.isnan(margin), supposed, np.fmax(margin, least))


def annual_equivalent(outcome: Outcome, total: Sum) -> Array:
    """Returns the mean annual equivalent of each row of a sum, shape (rows,)."""
    return total.mean() @ outcome.setting.discount / outcome.setting.annuity


def _decisive(raw: Array, scarcity: Array) -> Integers:
    """Returns the place that decides for each party: where most that is scarce is lost, else won, else likewise raw.

    Args:
        raw: fall of the gap, shape (parties, resources, years), NaN where unknown.
        scarcity: fall of the shortage, likewise.
    """
    raw, scarcity = (part.reshape(part.shape[0], -1) for part in (raw, scarcity))

    def lowest_or_highest(part: Array) -> Integers:
        least = lowest(part)
        negative = np.take_along_axis(part, least[:, None], axis=1)[:, 0] < -NEAR
        return np.where(negative, least, lowest(-part))

    some: Mask = (np.nan_to_num(scarcity) != 0).any(axis=1)
    return np.where(some, lowest_or_highest(scarcity), lowest_or_highest(raw))


class _Gaps:
    """What initiatives change of gaps, as means: −(gap after − gap before), the same of shortages, and usable capacity.

    All of shape (providers, resources, years); for one initiative before and after are those of its place in its world.
    """

    def __init__(self, outcome: Outcome) -> None:
        loads, region = outcome.loads, outcome.setting.region
        self.outcome = outcome
        self.shape = (len(region.providers.ids), len(region.resources.ids), outcome.setting.years.size)
        demand = outcome.setting.demand.tracks[:, : self.shape[2]].mean(axis=-1)
        self.usable, self.alone = np.zeros(self.shape), np.zeros(self.shape)
        for r in range(self.shape[1]):
            growth = loads.growth(r)[: self.shape[2]].mean(axis=-1)
            self.usable[:, r] = loads.usable[:, r][:, None] * growth
            load = np.where(loads.load_known[:, r][:, None], loads.coefficients[:, r] @ demand, np.nan)
            self.alone[:, r] = load - self.usable[:, r]
        self.agreed = self._steps([played.loads for played in outcome.agreement.initiatives])
        self.without = self._steps([played.loads for played in outcome.no_agreement.initiatives])

    def _steps(self, ledgers: Sequence[Ledger]) -> list[Array]:
        """Returns the gaps before the first initiative of a world and after each."""
        gaps = [self.alone]
        everybody = np.arange(self.shape[0])
        for ledger in ledgers:
            after = gaps[-1].copy()
            for r in range(self.shape[1]):
                if forms := ledger.forms(r):
                    after[:, r] += self.outcome.sum(forms, everybody).mean()
            gaps.append(after)
        return gaps

    def of_scenario(self) -> tuple[Array, Array, Array]:
        """Returns what the agreement changes against no agreement."""
        return (*_change(self.without[-1], self.agreed[-1]), self.usable)

    def of_initiative(self, place: int) -> tuple[Array, Array, Array]:
        """Returns what an initiative changes: with the agreement, less without where it happens too."""
        raw, scarce = _change(self.agreed[place], self.agreed[place + 1])
        anyway = place - (len(self.agreed) - len(self.without))
        if anyway >= 0:
            other_raw, other_scarce = _change(self.without[anyway], self.without[anyway + 1])
            raw, scarce = raw - other_raw, scarce - other_scarce
        return raw, scarce, self.usable


def _change(before: Array, after: Array) -> tuple[Array, Array]:
    """Returns the fall of gaps, and of shortages."""
    return before - after, np.maximum(0.0, before) - np.maximum(0.0, after)


# -- clashes, and what is shared ----


def conflict(interests: pl.DataFrame) -> pl.DataFrame:
    """Returns each pair of parties of which one loses and the other gains over an initiative (`conflict`).

    Args:
        interests: the table `interest`.
    """
    table = interests.filter(pl.col("initiative").is_not_null(), pl.col("party") != PATIENTS)
    losers, gainers = (_most_intense(table, stance, side) for stance, side in (("loses", "loser"), ("gains", "gainer")))
    parts = [frame("conflict", {})]
    for name in table["initiative"].unique(maintain_order=True):
        own = (side.filter(pl.col("initiative") == name) for side in (losers, gainers))
        parts.append(_pairs(*own).select(parts[0].columns))
    return pl.concat(parts).sort("strength", descending=True, nulls_last=True, maintain_order=True)


def conflicts_cut(interests: pl.DataFrame) -> dict[str, int]:
    """Returns the initiatives on which more parties clash than are told, each with how many pairs do.

    Args:
        interests: the table `interest`.
    """
    table = interests.filter(pl.col("initiative").is_not_null(), pl.col("party") != PATIENTS)
    sides = (
        table.group_by("initiative", "party", maintain_order=True)
        .agg(loses=(pl.col("stance") == "loses").any(), gains=(pl.col("stance") == "gains").any())
        .group_by("initiative", maintain_order=True)
        .agg(
            pl.col("loses", "gains").sum().cast(pl.Int64), both=(pl.col("loses") & pl.col("gains")).sum().cast(pl.Int64)
        )
        .select("initiative", pairs=pl.col("loses") * pl.col("gains") - pl.col("both"))
    )
    return {name: pairs for name, pairs in sides.iter_rows() if pairs > MOST_CONFLICTS}


def _most_intense(table: pl.DataFrame, stance: str, side: str) -> pl.DataFrame:
    """Returns for each party and initiative the dimension with this stance that is most intense."""
    rows = table.filter(pl.col("stance") == stance)
    first = rows.sort("intensity", descending=True, nulls_last=True, maintain_order=True).unique(
        ["initiative", "party"], keep="first", maintain_order=True
    )
    renamed = {column: f"{side}_{column}" for column in SIDE} | {"party": side, "intensity": f"{side}_intensity"}
    return first.select("scenario", "initiative", "party", "intensity", *SIDE).rename(renamed)


def _pairs(losers: pl.DataFrame, gainers: pl.DataFrame) -> pl.DataFrame:
    """Returns the pairs of one initiative, at most so many, the strongest."""
    known = [side.fill_null(-1.0).to_numpy() for side in (losers["loser_intensity"], gainers["gainer_intensity"])]
    least = _least_strength(*known)
    pairs = losers.filter(known[0] >= least).join(
        gainers.filter(known[1] >= least), on=["scenario", "initiative"], maintain_order="left_right"
    )
    sides = ("loser_intensity", "gainer_intensity")
    strength = pl.when(pl.all_horizontal(pl.col(sides).is_not_null())).then(pl.min_horizontal(sides))
    others = pairs.filter(pl.col("loser") != pl.col("gainer")).with_columns(strength=strength)
    return others.sort("strength", descending=True, nulls_last=True, maintain_order=True).head(MOST_CONFLICTS)


def _least_strength(losers: Array, gainers: Array) -> float:
    """Returns a strength that at least as many pairs reach as are told, below any where there are not so many."""
    if losers.size * gainers.size <= MOST_CONFLICTS:
        return -1.0
    levels = np.unique(np.concatenate([losers, gainers]))
    many = [
        (losers >= level).sum() * (gainers >= level).sum() > MOST_CONFLICTS + min(losers.size, gainers.size)
        for level in levels
    ]
    return float(levels[max(np.flatnonzero(many), default=0)])


def shared_interests(interests: pl.DataFrame) -> pl.DataFrame:
    """Returns on which initiatives several parties gain, each with what it gains most.

    Args:
        interests: the table `interest`.

    Returns:
        One row a scenario, initiative and party that gains on it, of initiatives on which at least two do: dimension,
        specialism, resource, year, value, share, intensity; the most intense first.
    """
    rows = interests.filter(
        pl.col("initiative").is_not_null(), pl.col("party") != PATIENTS, pl.col("stance") == "gains"
    )
    strongest = (
        rows.with_columns(pl.col("intensity").fill_null(0.0))
        .sort("intensity", descending=True, maintain_order=True)
        .unique(["scenario", "initiative", "party"], keep="first", maintain_order=True)
    )
    several = strongest.filter(pl.len().over("scenario", "initiative") > 1)
    return several.select("scenario", "initiative", "party", *SIDE, "intensity")


def tensions(interests: pl.DataFrame) -> pl.DataFrame:
    """Returns where one party loses on one dimension what it gains on another.

    Args:
        interests: the table `interest`.

    Returns:
        One row a scenario, party, initiative (null = whole scenario) and pair of dimensions: `loses_on`, `loss`
        (value), `gains_on`, `gain` (value).
    """
    keys = ["scenario", "party", "initiative"]
    losses = interests.filter(pl.col("stance") == "loses").select(*keys, loses_on="dimension", loss="value")
    gains = interests.filter(pl.col("stance") == "gains").select(*keys, gains_on="dimension", gain="value")
    return losses.join(gains, on=keys, nulls_equal=True, maintain_order="left_right")
