"""What the region and its groups have together (`region_impact`, `region_gap`), and the draws behind it (`draw`).

What several parties have together is added up draw by draw: percentiles of parties do not add up, and chances do not
multiply, because parties win and lose in the same futures.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from models.baseline import near
from models.capacity import gap
from models.forms import PERCENTILES, Form, Ledger, Sum
from models.outcome import PAYER_MARGIN, PAYER_MEASURES, PROVIDER_MARGIN, PROVIDER_MEASURES, Outcome
from models.region.codes import Array, Integers, Mask
from models.summary import frame, percentiles, spread, stacked

KINDS: Mapping[str, tuple[str, ...]] = {
    "hospitals": ("university_hospital", "top_clinical_hospital", "general_hospital"),
    "general_practice": ("gp_organisation", "gp_practice", "out_of_hours_gp"),
}
"""Groups of providers, by the kinds that belong to them."""
MOST_DRAWS, LEAST_DRAWS = 1_000, 100
MOST_FIGURES = 8_000_000
"""How many figures the table of draws holds at most, as long as that leaves `LEAST_DRAWS` in a row."""
DECIMALS = 3
"""To which draws are rounded: a tenth of a cent, some seconds of an hour."""
MARGIN, PRESENT, KM = "margin_change_eur", "present_value_eur", "patient_km_change"


@dataclass(frozen=True)
class _Side:
    """Providers or payers of a group: where their amounts are, what of them is told, and what makes their margin."""

    ledger: Ledger
    members: Mask
    measures: tuple[str, ...]
    margin: Mapping[str, int]

    def forms(self, measure: str) -> list[Form]:
        """Returns a measure of the members, all in one row."""
        forms = self.ledger.signed(self.margin) if measure == MARGIN else self.ledger.forms(measure)
        own = (form.only(self.members[form.rows]) for form in forms)
        return [form.named(np.zeros_like(form.rows)) for form in own if form.rows.size]


def region_impact(outcome: Outcome) -> pl.DataFrame:
    """Returns what each group gains and loses together, against no agreement: the sum over the group, draw by draw."""
    parts = []
    for group, sides in _groups(outcome):
        measures = dict.fromkeys(measure for side in sides for measure in side.measures)
        for measure in (*measures, MARGIN):
            total = _together(outcome, [form for side in sides for form in side.forms(measure)])
            parts.append(_rows(outcome, group, measure, total))
            if measure == MARGIN:
                worth = spread(total.present_value(outcome.setting.discount))
                parts.append(frame("region_impact", _keys(outcome, group, PRESENT) | worth))
    parts.append(_rows(outcome, "region", KM, _together(outcome, outcome.patients.forms(KM))))
    return stacked("region_impact", parts)


def _groups(outcome: Outcome) -> Iterator[tuple[str, list[_Side]]]:
    """Yields each group that has any members, with its providers and its payers."""
    region = outcome.setting.region
    kinds = np.array(region.providers.kinds, dtype=object)
    everybody = np.ones(len(region.providers.ids), dtype=bool)

    def providers(members: Mask) -> _Side:
        return _Side(outcome.providers, members, PROVIDER_MEASURES, PROVIDER_MARGIN)

    payers = _Side(outcome.payers, np.ones(len(region.payers.ids), dtype=bool), PAYER_MEASURES, PAYER_MARGIN)
    yield "region", [providers(everybody), payers]
    yield "providers", [providers(everybody)]
    for group, own in KINDS.items():
        members = np.isin(kinds, own)
        if members.any():
            yield group, [providers(members)]
    yield "payers", [payers]


def _together(outcome: Outcome, forms: list[Form]) -> Sum:
    return outcome.sum(forms, np.zeros(1, dtype=np.int64))


def _rows(outcome: Outcome, group: str, measure: str, total: Sum) -> pl.DataFrame:
    mean, around = total.spread()
    figures = {"mean": mean[0]} | {f"p{p}": values[0] for p, values in zip(PERCENTILES, around, strict=True)}
    return frame("region_impact", _keys(outcome, group, measure) | {"year": outcome.setting.years} | figures)


def _keys(outcome: Outcome, group: str, measure: str) -> dict[str, Any]:
    return {"scenario": outcome.setting.scenario.scenario, "group": group, "measure": measure}


# -- hands ----


def region_gap(outcome: Outcome) -> pl.DataFrame:
    """Returns what the region lacks of each resource: the sum of the providers' shortages, draw by draw.

    Hands that are idle at one provider do not make up for those that another lacks. A pool's members count each.
    """
    region = outcome.setting.region
    parts = [frame("region_gap", {})]
    for resource, name in enumerate(region.resources.ids):
        providers = _known(outcome, resource)
        if not providers.size:
            continue
        gaps = _gaps(outcome, resource, providers)
        before, after = (_short(outcome, gaps[agreed], gaps["usable"]) for agreed in ("without", "agreed"))
        hours = region.resources.hours_per_fte[resource]
        figures: dict[str, Any] = {}
        for column, (short, _) in (("fte_before", before), ("fte_after", after)):
            fte = short / hours
            figures[column] = fte.mean(axis=-1)
            around = zip(PERCENTILES, percentiles(fte), strict=True)
            figures |= {f"{column}_p{p}": values for p, values in around}
        keys = {"scenario": outcome.setting.scenario.scenario, "resource": name, "year": outcome.setting.years}
        parts.append(frame("region_gap", keys | figures | {"providers_short": after[1]}))
    return pl.concat(parts)


def _known(outcome: Outcome, resource: int) -> Integers:
    """Returns the providers of whom both load and capacity are known."""
    loads = outcome.loads
    return np.flatnonzero(loads.load_known[:, resource] & ~np.isnan(loads.available[:, resource]))


def _gaps(outcome: Outcome, resource: int, providers: Integers) -> dict[str, Sum]:
    """Returns usable capacity, and the gap without and with the agreement, of some providers."""
    told = {}
    for world, changes in (("without", outcome.loads_without), ("agreed", outcome.agreement.capacity.changes)):
        own = gap(outcome.loads, changes.forms(resource), resource, providers)
        told[world] = outcome.sum([own.before, own.usable.times(-1), *own.change], providers)
        told["usable"] = outcome.sum([own.usable], providers)
    return told


def _short(outcome: Outcome, gaps: Sum, usable: Sum) -> tuple[Array, Array]:
    """Returns the sum of all shortages, shape (years, draws), and how many providers are short, the mean by year."""
    rounding = near(usable.mean())
    amounts, counts = [], []
    for year in range(outcome.setting.years.size):
        each = gaps.at(year)
        short = each > rounding[:, year, None]
        amounts.append(np.where(short, each, 0.0).sum(axis=0))
        counts.append(short.sum(axis=0).mean())
    return np.stack(amounts), np.array(counts)


# -- draws ----


@dataclass(frozen=True)
class _Drawn:
    """Some figures by party, year and draw."""

    subject: str
    resource: str | None
    parties: tuple[str, ...]
    total: Sum

    def rows(self, outcome: Outcome, draws: int) -> pl.DataFrame:
        """Returns the rows that vary, the first so many draws of each."""
        values = np.stack([self.total.at(year) for year in range(outcome.setting.years.size)], axis=1)
        party, year = np.nonzero(np.ptp(values, axis=-1) > near(np.abs(values).max(axis=-1)))
        lists = np.round(values[party, year, :draws], DECIMALS) + 0.0  # no -0
        return frame(
            "draw",
            {
                "scenario": outcome.setting.scenario.scenario,
                "subject": self.subject,
                "party": [self.parties[place] for place in party],
                "resource": self.resource,
                "year": outcome.setting.years[year],
                "draws": pl.Series(lists).arr.to_list() if party.size else pl.Series([], dtype=pl.List(pl.Float64)),
            },
        )


def draw(outcome: Outcome) -> pl.DataFrame:
    """Returns figures draw by draw, the same future in the same place of every row (`draw`)."""
    if outcome.setting.told[1] == 1:
        return stacked("draw", ())
    every = list(_drawn(outcome))
    figures = sum(len(one.parties) for one in every) * outcome.setting.years.size
    draws = min(MOST_DRAWS, max(LEAST_DRAWS, MOST_FIGURES // max(figures, 1)))
    return stacked("draw", [one.rows(outcome, draws) for one in every])


def _drawn(outcome: Outcome) -> Iterator[_Drawn]:
    region = outcome.setting.region
    parties = tuple(region.providers.ids[row] for row in outcome.parties)
    margin = outcome.sum(outcome.providers.signed(PROVIDER_MARGIN), outcome.parties)
    yield _Drawn(MARGIN, None, parties, margin)
    spend = outcome.sum(outcome.payers.signed(PAYER_MARGIN), outcome.all_payers)
    yield _Drawn(MARGIN, None, region.payers.ids, spend)
    revenue = outcome.sum(outcome.providers.forms("revenue_change_eur"), outcome.parties)
    yield _Drawn("revenue_change_eur", None, parties, revenue)
    for resource, name in enumerate(region.resources.ids):
        providers = _known(outcome, resource)
        if providers.size:
            who = tuple(region.providers.ids[row] for row in providers)
            yield _Drawn("gap_after", name, who, _gaps(outcome, resource, providers)["agreed"])
