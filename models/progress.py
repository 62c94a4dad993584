"""Is it happening (section 12): what really moved against what was agreed, period by period, and what follows from it.

Realised units are those delivered as realised transfers; where an initiative has none in a period they are estimated
from the donors' units in the selection below their path without an agreement, and the row says so. What moved and came
back to its donor does not show there: that fall is told in units moved, and divided over initiatives for the same care,
as agreed. An estimate speaks only of donors that delivered the period: a file that is late is not care that moved, and
what was agreed for that donor is then left out on both sides. A quarter is a fourth of its year.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.forms import Form
from models.region.codes import Array, Integers, Mask
from models.scenario.parties import donors_of
from models.scenario.schema import Initiative, Scenario, Selection
from models.summary import frame
from models.tables import RESULT_TABLES
from models.world import World

if TYPE_CHECKING:
    from models.impact import Evaluation

QUARTERS = 4
DELIVERED, ESTIMATED = "delivered", "estimated"
FOLLOWS = ("revenue_change_eur", "spend_change_eur", "margin_change_eur")


def progress(plan: "Evaluation", facts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Returns how far an agreement is from its plan: the table `progress`.

    Args:
        plan: the agreed scenario, evaluated on the facts it was agreed on.
        facts: fact tables by published name, as they are now: `volume` and `realised_transfer` with their periods.
    """
    scenario = plan.outcome.setting.scenario
    parts = [_of_initiative(plan, initiative, facts) for initiative in scenario.initiatives]
    rows = pl.concat([pl.DataFrame(schema=_ROWS), *parts])
    return _shaped(_to_date(rows, threshold=_threshold(scenario)), scenario)


def progress_impact(plan: "Evaluation", followed: pl.DataFrame) -> pl.DataFrame:
    """Returns what follows for each party from what really moved: the table `progress_impact`.

    The money and the load of an initiative, in a year with realised figures, times the share of the agreed units of
    those periods that really moved. Contracts with a ceiling or a corridor follow that only nearly.
    """
    moved = (
        followed.with_columns(year=pl.col("period").str.head(4).cast(pl.Int64))
        .group_by("scenario", "initiative", "year")
        .agg(pl.col("agreed_units").sum(), pl.col("realised_units").sum(), periods=pl.col("part_of_year").sum())
        .filter(pl.col("agreed_units") > 0)
        .with_columns(share=pl.col("realised_units") / pl.col("agreed_units"))
    )
    money = plan.table("party_impact").filter(
        pl.col("initiative").is_not_null(), pl.col("measure").is_in(FOLLOWS), pl.col("mean") != 0
    )
    joined = money.join(moved, on=["scenario", "initiative", "year"]).with_columns(
        agreed=pl.col("mean") * pl.col("periods"),
        realised=pl.col("mean") * pl.col("periods") * pl.col("share"),
    )
    return joined.select(RESULT_TABLES["progress_impact"].empty().columns).sort(pl.all())


_ROWS = {
    "initiative": pl.String,
    "period": pl.String,
    "end": pl.Date,
    "part_of_year": pl.Float64,
    "agreed_units": pl.Float64,
    "realised_units": pl.Float64,
    "source": pl.String,
    "donors": pl.Int64,
    "donors_delivered": pl.Int64,
}


def _threshold(scenario: Scenario) -> float:
    return scenario.materiality.progress


def _of_initiative(plan: "Evaluation", initiative: Initiative, facts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Returns an initiative's periods with what was agreed and what was realised, whichever way that is known."""
    agreed = _Agreed(plan, initiative)
    delivered = _delivered(facts.get("realised_transfer"), initiative)
    estimated = _estimated(facts["volume"], agreed)
    known = delivered.join(agreed.by_period(delivered["period"]), on="period", how="left")
    delivered = known.group_by("period", "realised_units").agg(pl.col("agreed_units").sum(), pl.len().alias("donors"))
    delivered = delivered.with_columns(source=pl.lit(DELIVERED), donors_delivered="donors")
    own = estimated.join(delivered, on="period", how="anti").with_columns(source=pl.lit(ESTIMATED))
    rows = pl.concat([delivered, own], how="diagonal_relaxed").with_columns(_when(), initiative=pl.lit(initiative.id))
    begun = pl.col("period").str.head(4).cast(pl.Int64) >= initiative.uptake.start
    return rows.filter(begun).select(pl.col(name).cast(kind) for name, kind in _ROWS.items())


def _when() -> list[pl.Expr]:
    """Returns the last day of a period and what part of a year it is."""
    year, quarter = (
        pl.col("period").str.head(4).cast(pl.Int32),
        pl.col("period").str.extract(r"Q([1-4])$").cast(pl.Int8),
    )
    last = quarter.fill_null(QUARTERS) * 3
    return [
        pl.date(year, last, 1).dt.month_end().alias("end"),
        pl.when(quarter.is_null()).then(1.0).otherwise(1 / QUARTERS).alias("part_of_year"),
    ]


def _delivered(table: pl.DataFrame | None, initiative: Initiative) -> pl.DataFrame:
    """Returns the units that were delivered as realised transfers, one row a period.

    Of one donor and recipient a year counts beside its quarters; where others came by quarter in that year, theirs are
    added up to a year too.
    """
    if table is None or table.is_empty():
        return pl.DataFrame(schema={"period": pl.String, "realised_units": pl.Float64})
    own = table.filter(pl.col("initiative") == initiative.id)
    parts = [_without_quarters_of_years(part) for _, part in own.group_by("from_id", "to_id", maintain_order=True)]
    counted = pl.concat([own.clear(), *parts])
    year = pl.col("period").str.head(4)
    period = pl.when((pl.col("period").str.len_chars() == 4).any().over(year)).then(year).otherwise("period")
    return counted.group_by(period=period, maintain_order=True).agg(
        realised_units=pl.col("units").cast(pl.Float64).sum()
    )


def _without_quarters_of_years(rows: pl.DataFrame) -> pl.DataFrame:
    years = rows.filter(pl.col("period").str.len_chars() == 4)["period"]
    part_of_year = (pl.col("period").str.len_chars() > 4) & pl.col("period").str.head(4).is_in(years.implode())
    return rows.filter(~part_of_year)


@dataclass(frozen=True)
class _Agreed:
    """What an initiative was to move, and what its donors would have delivered without it (means)."""

    plan: "Evaluation"
    initiative: Initiative

    @cached_property
    def by_donor(self) -> pl.DataFrame:
        """One row a donor and year: `agreed` (units moved, M), `path` (units of the selection without it), `share`.

        `share` is the units moved by this initiative for each unit by which the agreement lowers the selection.
        """
        setting = self.plan.outcome.setting
        region = setting.region
        donors = donors_of(self.initiative, region)
        path = setting.base_units_by_path(
            region.cells.provider[self._cells], region.cells.units[self._cells], size=len(region.providers.ids),
            of=self._cells,
        )  # fmt: skip
        tracks = setting.demand.tracks[:, : setting.years.size].mean(axis=2)
        yearly = path[donors] @ tracks + self._without[donors]
        fall = self._fall[donors]
        rows = _grid(np.array(region.providers.ids)[donors], setting.years, path=yearly, fall=fall)
        moved = self.plan.table("transfer_flow").filter(pl.col("initiative") == self.initiative.id)
        moved = moved.group_by("year", provider_id="from_id").agg(agreed=pl.col("units_moved").sum())
        known = rows.join(moved, on=["provider_id", "year"], how="left").with_columns(pl.col("agreed").fill_null(0.0))
        some = (pl.col("agreed") > 0) & (pl.col("fall") > 0)
        return known.with_columns(share=pl.when(some).then(pl.col("agreed") / pl.col("fall")).otherwise(1.0))

    @cached_property
    def _fall(self) -> Array:
        """What the agreement takes from the selection for good (means), shape (providers, years)."""
        outcome = self.plan.outcome
        return self._change(outcome.no_agreement) - self._change(outcome.agreement)

    @cached_property
    def _without(self) -> Array:
        """What happens to the selection without an agreement (means), shape (providers, years)."""
        return self._change(self.plan.outcome.no_agreement)

    def _change(self, world: World) -> Array:
        """Returns what a world changes of the selection at each provider: what it gives, and the same care it gets."""
        region, outcome = self.plan.outcome.setting.region, self.plan.outcome
        chosen = region.segments.matching(self.initiative.care)
        everybody = np.arange(len(region.providers.ids))
        forms = []
        for played in world.initiatives:
            move, cells = played.move, played.move.moved
            by_track = move.of_donors(cells.provider, cells.units * chosen[cells.segment], size=everybody.size)
            forms.append(Form(everybody, by_track, -move.given))
            if not move.replaces:
                lines = move.received
                forms += move.arriving(move.recipients[lines.recipient], lines.units * chosen[lines.segment])
        return outcome.sum(forms, everybody).mean()

    @cached_property
    def _cells(self) -> Mask:
        region = self.plan.outcome.setting.region
        return region.segments.matching(self.initiative.care)[region.cells.segment]

    def by_period(self, periods: pl.Series) -> pl.DataFrame:
        """Returns `agreed_units` and `path_units` of each donor in given periods, and its `share`."""
        named = pl.DataFrame({"period": periods.unique()}, schema={"period": pl.String}).with_columns(
            _when(), year=pl.col("period").str.head(4).cast(pl.Int64)
        )
        part = pl.col("part_of_year")
        return named.join(self.by_donor, on="year").select(
            "period", "provider_id", "share", agreed_units=pl.col("agreed") * part, path_units=pl.col("path") * part
        )


def _grid(providers: Array, years: Integers, **columns: Array) -> pl.DataFrame:
    """Returns one row a provider and year; columns have the shape (providers, years)."""
    return pl.DataFrame(
        {
            "provider_id": np.repeat(providers, years.size).tolist(),
            "year": np.tile(years, len(providers)),
            **{name: values.reshape(-1) for name, values in columns.items()},
        },
        schema={"provider_id": pl.String, "year": pl.Int64, **dict.fromkeys(columns, pl.Float64)},
    )


def _estimated(volume: pl.DataFrame, agreed: _Agreed) -> pl.DataFrame:
    """Returns the units moved that the donors' fall below their path tells, of donors that delivered the period."""
    delivered = _of_donors(volume, agreed)
    own = delivered.filter(_selected(agreed.initiative.care))
    units = own.group_by("provider_id", "period").agg(units=pl.col("units").cast(pl.Float64).sum())
    there = delivered.select("provider_id", "period").unique()
    every = agreed.by_period(there["period"])
    known = every.join(there, on=["provider_id", "period"]).join(units, on=["provider_id", "period"], how="left")
    counts = every.group_by("period").agg(donors=pl.len())
    return (
        known.group_by("period")
        .agg(
            pl.col("agreed_units").sum(),
            realised_units=((pl.col("path_units") - pl.col("units").fill_null(0.0)) * pl.col("share")).sum(),
            donors_delivered=pl.len(),
        )
        .join(counts, on="period")
    )


def _of_donors(volume: pl.DataFrame, agreed: _Agreed) -> pl.DataFrame:
    """Returns what donors delivered themselves, of years as a whole where both a year and its quarters came."""
    donors = agreed.by_donor["provider_id"].unique()
    rows = volume.filter(pl.col("provider_id").is_in(donors.implode()))
    if "carried_from" in rows.columns:
        rows = rows.filter(pl.col("carried_from").is_null())
    parts = [_without_quarters_of_years(part) for _, part in rows.group_by("provider_id", maintain_order=True)]
    return pl.concat(parts) if parts else rows


def _selected(care: tuple[Selection, ...]) -> pl.Expr:
    """Returns whether a row of volume is care that any of the selections matches."""
    every = [
        pl.all_horizontal(
            pl.lit(value=True),
            *(
                pl.col(name).is_in(list(codes)).fill_null(value=False)
                for name in ("specialism", "diagnosis", "care_product")
                if (codes := getattr(one, name)) is not None
            ),
        )
        for one in care
    ]
    return pl.any_horizontal(*every)


def _to_date(rows: pl.DataFrame, *, threshold: float) -> pl.DataFrame:
    """Returns the rows with sums to date, and since when the deviation has been material without a break."""
    ordered = rows.sort("initiative", "end", "period").with_columns(
        agreed_to_date=pl.col("agreed_units").cum_sum().over("initiative"),
        realised_to_date=pl.col("realised_units").cum_sum().over("initiative"),
    )
    apart = (pl.col("realised_to_date") - pl.col("agreed_to_date")).abs()
    material = (apart > threshold * pl.col("agreed_to_date")) & (apart > 0.5)  # half a unit is rounding
    ordered = ordered.with_columns(material=material)
    return ordered.with_columns(spell=(~pl.col("material")).cum_sum().over("initiative")).with_columns(
        material_since=pl.when("material").then(pl.col("end").filter("material").first().over("initiative", "spell"))
    )


def _shaped(rows: pl.DataFrame, scenario: Scenario) -> pl.DataFrame:
    deviation = pl.col("realised_units") - pl.col("agreed_units")
    return frame(
        "progress",
        rows.with_columns(
            scenario=pl.lit(scenario.scenario),
            deviation=deviation,
            deviation_share=pl.when(pl.col("agreed_units") > 0).then(deviation / pl.col("agreed_units")),
            material_since=pl.col("material_since").dt.to_string("iso"),
        )
        .select(RESULT_TABLES["progress"].empty().columns)
        .to_dict(as_series=True),
    )
