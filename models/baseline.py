"""The region without an agreement (section 1): how demand and capacity grow, and what load that makes.

What the Dutch call BOZO and a negotiator calls the BATNA: the path that every transfer is measured against.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.parameters import Sample
from models.region import Region
from models.region.ageing import Projection
from models.region.codes import Array, Integers, Mask, sums
from models.scenario.schema import Scenario

NEAR = 1e-9
"""A figure within this share of max(1, |limit|) of a limit counts as on it (model page, Rounding)."""
MOST_CALIBRATION = 2.0
"""Delivered use of more times the modelled use is not explained by the delivered care (model page, section 1)."""


def near(limit: Array | float) -> Array:
    """Returns how far from a limit a figure may be to count as on it."""
    return NEAR * np.maximum(1.0, np.abs(limit))


@dataclass(frozen=True)
class Growth:
    """Growth paths since the base year.

    Attributes:
        tracks: factor on the base year, shape (paths, years, draws); the first path is the default.
        path: position of the path of each specialism or resource.
    """

    tracks: Array
    path: Integers


@dataclass(frozen=True)
class Setting:
    """What every part of an evaluation shares: the facts, the scenario, and the draws.

    Attributes:
        region, scenario, sample: as given.
        demand: growth of demand by specialism.
        supply: growth of capacity by resource.
    """

    region: Region
    scenario: Scenario
    sample: Sample
    demand: Growth
    supply: Growth

    @classmethod
    def of(cls, region: Region, scenario: Scenario, sample: Sample) -> "Setting":
        """Returns the setting of one evaluation."""
        return cls(region, scenario, sample, _demand(region, scenario, sample), _supply(region, scenario, sample))

    @cached_property
    def years(self) -> Integers:
        """Calendar years, base year to horizon."""
        return np.array(self.scenario.years, dtype=np.int64)

    @cached_property
    def steps(self) -> Integers:
        """Calendar year of everything that is played: the years, then the horizon once more, when all has settled.

        The last step is the horizon year with everything run its course (section 4, what lasts). It follows the real
        years before the horizon, not the horizon itself.
        """
        return np.append(self.years, self.years[-1])

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of steps and draws: of everything that is played."""
        return self.steps.size, self.sample.size

    @property
    def told(self) -> tuple[int, int]:
        """Numbers of years and draws: of everything that is told year by year."""
        return self.years.size, self.sample.size

    @cached_property
    def discount(self) -> Array:
        """Discount factor of each year, shape (years,)."""
        return (1 + self.scenario.discount_rate) ** -(self.years - self.years[0]).astype(float)

    @cached_property
    def discount_of_steps(self) -> Array:
        """Discount factor of each step; what lasts counts in no present value."""
        return np.append(self.discount, 0.0)

    @cached_property
    def growth_of_segment(self) -> Integers:
        """Position of the growth path of each segment."""
        return self.demand.path[self.region.segments.specialism]

    @cached_property
    def production_by_pair(self) -> Array:
        """Base-year production value by provider * payers + payer and growth path."""
        region, payers = self.region, len(self.region.payers.ids)
        pair = region.cells.provider * payers + region.cells.payer
        worth = region.cells.units * region.base_price[0]
        return self.base_units_by_path(pair, worth, size=len(region.providers.ids) * payers)

    @property
    def annuity(self) -> float:
        """What a present value is divided by to get its annual equivalent."""
        return float(self.discount.sum())

    def base_units_by_path(self, rows: Integers, weights: Array, *, size: int, of: Mask | slice = slice(None)) -> Array:
        """Returns sums of base cells per row and growth path.

        Args:
            rows: row of each cell.
            weights: what to sum of each cell.
            size: number of rows.
            of: which cells count.

        Returns:
            Shape (size, paths); times `demand.tracks` it is the yearly figure without an agreement.
        """
        paths = self.demand.tracks.shape[0]
        path = self.growth_of_segment[self.region.cells.segment[of]]
        flat = sums(rows * paths + path, weights, size=size * paths)
        return flat.reshape(size, paths)


def _demand(region: Region, scenario: Scenario, sample: Sample) -> Growth:
    """Returns the growth of demand by specialism: the rates given, on top of ageing where the scenario asks for it."""
    given, path = scenario.baseline.demand_growth, "baseline.demand_growth"
    default = sample.values(f"{path}.default", given.default)
    own = {code: sample.values(f"{path}.specialism.{code}", rate) for code, rate in given.specialism.items()}
    codes = region.segments.specialisms.ids
    named = [code for code in codes if code in given.own_paths]
    rates = [default, *(own.get(code, default) if code is not None else default for code in named)]
    if given.source == "population":
        ageing = [ageing_of(region, scenario, code).yearly for code in (None, *named)]
        rates = [(1 + older) * (1 + rate) - 1 for older, rate in zip(ageing, rates, strict=True)]
    return _growth(rates, named, codes=codes, scenario=scenario)


def ageing_of(region: Region, scenario: Scenario, specialism: str | None) -> Projection:
    """Returns what ageing does to the demand for a specialism, None for all care without a rate of its own.

    Raises:
        AgeingError: the region's tables do not hold what this needs.
    """
    return region.ageing.projection(scenario.baseline.demand_growth.care_type_of(specialism), horizon=scenario.horizon)


def _supply(region: Region, scenario: Scenario, sample: Sample) -> Growth:
    """Returns the growth of capacity by resource."""
    given, codes, path = scenario.baseline.capacity_growth, region.resources.ids, "baseline.capacity_growth"
    named = [code for code in codes if code in given.resource]
    rates = [sample.values(f"{path}.default", given.default)]
    rates += [sample.values(f"{path}.resource.{code}", given.resource[code]) for code in named]
    return _growth(rates, named, codes=codes, scenario=scenario)


def _growth(
    rates: Sequence[Array], named: Sequence[str | None], *, codes: Sequence[str | None], scenario: Scenario
) -> Growth:
    """Returns growth paths from yearly rates: the default first, then those of the named codes."""
    since = np.append(np.arange(len(scenario.years)), len(scenario.years) - 1).astype(float)
    tracks = (1 + np.stack(rates)[:, None, :]) ** since[None, :, None]
    position = {code: place + 1 for place, code in enumerate(named)}
    return Growth(tracks, np.array([position.get(code, 0) for code in codes], dtype=np.int64))


def combine(coefficients: Array, tracks: Array) -> Array:
    """Returns sums of tracks, one per row of coefficients.

    Args:
        coefficients: shape (rows, tracks), or (rows, tracks, years) where they differ by year.
        tracks: shape (tracks, years, draws).

    Returns:
        Shape (rows, years, draws).
    """
    count, years, draws = tracks.shape
    if coefficients.ndim == 2:
        return (coefficients @ tracks.reshape(count, years * draws)).reshape(len(coefficients), years, draws)
    by_year = np.moveaxis(coefficients, 2, 0) @ np.moveaxis(tracks, 1, 0)
    return np.moveaxis(by_year, 0, 1)


@dataclass(frozen=True)
class Loads:
    """Load and capacity without an agreement, of every provider and resource.

    Attributes:
        calibration: c, delivered use over modelled use, else 1; shape (providers, resources).
        coefficients: base-year load by growth path, shape (providers, resources, paths).
        load_known: whether deliveries give a load.
        usable: base-year usable capacity τ·K, NaN where no capacity was delivered.
        available: base-year capacity, likewise.
        of_other_care: load of care that was not delivered, NaN where there is none.
    """

    calibration: Array
    coefficients: Array
    load_known: Mask
    usable: Array
    available: Array
    of_other_care: Array
    setting: Setting

    @classmethod
    def of(cls, setting: Setting) -> "Loads":
        """Returns the loads that volume, resource use and delivered use give together.

        Delivered use of more than twice what the delivered volume takes is load of care that was not delivered: it
        grows by the default path, and what was delivered is not blown up to explain it.
        """
        region = setting.region
        used = region.capacity.used
        modelled = _modelled_load(setting)
        total = modelled.sum(axis=2)
        most = MOST_CALIBRATION * total
        incomplete = ~np.isnan(used) & (np.nan_to_num(used) > most + near(most))
        rest = np.where(incomplete, np.nan_to_num(used) - total, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            calibration = np.where(~np.isnan(used) & (total > 0) & ~incomplete, used / total, 1.0)
        coefficients = modelled * calibration[:, :, None]
        coefficients[:, :, 0] += rest
        available = region.capacity.available
        return cls(
            calibration,
            coefficients,
            (total > 0) | ~np.isnan(used),
            available * region.capacity.target,
            available,
            np.where(incomplete & (total > 0), rest, np.nan),
            setting,
        )

    def before(self, provider: Integers, resource: int) -> Array:
        """Returns the load of growth alone, shape (providers given, steps, draws); NaN where unknown."""
        load = combine(self.coefficients[provider, resource], self.setting.demand.tracks)
        load[~self.load_known[provider, resource]] = np.nan
        return load

    def growth(self, resource: int) -> Array:
        """Returns the growth of a resource's capacity, shape (steps, draws)."""
        return self.setting.supply.tracks[self.setting.supply.path[resource]]

    def usable_capacity(self, provider: Integers, resource: int) -> Array:
        """Returns usable capacity, shape (providers given, steps, draws); NaN where unknown."""
        return self.usable[provider, resource][:, None, None] * self.growth(resource)


def _modelled_load(setting: Setting) -> Array:
    """Returns Σ u·V by growth path, shape (providers, resources, paths)."""
    region = setting.region
    segments = region.segments
    providers, resources, paths = len(region.providers.ids), len(region.resources.ids), setting.demand.tracks.shape[0]
    provider, segment, units = region.served
    use = region.uses.per_unit(provider, segments.specialism[segment], segments.care_product[segment])
    row = provider * paths + setting.growth_of_segment[segment]
    loads = [sums(row, use[:, r] * units, size=providers * paths) for r in range(resources)]
    return np.moveaxis(np.array(loads).reshape(resources, providers, paths), 0, 1)
