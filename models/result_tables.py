"""From an outcome to the published result tables, one maker a table."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from pydantic import BaseModel

from data_contracts.text import Text
from models.baseline import near
from models.capacity import Gap, gap, pooled
from models.closing import whole_steps
from models.contract_changes import contract_impact
from models.department_changes import department_impact
from models.flows import flows
from models.forms import PERCENTILES, Form, Ledger, Sum
from models.interests import MOST_CONFLICTS, conflict, conflicts_cut, interest
from models.no_agreement import NoAgreement
from models.outcome import (
    PATIENTS,
    PAYER_MARGIN,
    PAYER_MEASURES,
    PROVIDER_MARGIN,
    PROVIDER_MEASURES,
    Outcome,
)
from models.overlap import initiative_overlap
from models.parameters import Parameter
from models.paths import path_summary
from models.portfolio.package_tables import TABLES as PORTFOLIO
from models.portfolio.package_tables import portfolio_tables
from models.quality import quality
from models.region.codes import Array, Integers, Mask
from models.remarks import remarks
from models.room import Room
from models.scenario.schema import Evidence, Initiative, Scenario, parameters
from models.sensitivity import present_values, sensitivity
from models.standings import Standing, Standings
from models.summary import PartlyKnown, each, frame, percentiles, spread, spread_of, stacked
from models.together import draw, region_gap, region_impact
from models.travel_areas import travel_area


def as_written(part: object) -> Any:  # noqa: ANN401
    """Returns a scenario or a part of it as plain values with the keys of its file, parameters as people write them."""
    if isinstance(part, Parameter):
        return part.as_written()
    if isinstance(part, Text):
        return {"nl": part.nl, "en": part.en}
    if isinstance(part, BaseModel):
        fields = type(part).model_fields
        return {field.alias or name: as_written(getattr(part, name)) for name, field in fields.items()}
    if isinstance(part, dict):
        return {name: as_written(value) for name, value in part.items()}
    if isinstance(part, tuple | list):
        return [as_written(item) for item in part]
    return part


def scenario(outcome: Outcome) -> pl.DataFrame:
    """Returns the scenario's own row."""
    own = outcome.setting.scenario
    return frame(
        "scenario",
        {
            "scenario": [own.scenario],
            "title_nl": [own.names.nl],
            "title_en": [own.names.en],
            "base_year": [own.base_year],
            "horizon": [own.horizon],
            "draws": [own.draws],
            "seed": [own.seed],
            "discount_rate": [own.discount_rate],
            "parameters": [json.dumps(as_written(own), ensure_ascii=False)],
        },
    )


def initiative(outcome: Outcome) -> pl.DataFrame:
    """Returns one row an initiative."""
    ids = np.array(outcome.setting.region.providers.ids, dtype=object)
    moves = [result.move for result in outcome.initiatives]
    own = [move.initiative for move in moves]
    purposes = [(i.purpose.nl, i.purpose.en) if i.purpose else (None, None) for i in own]
    return frame(
        "initiative",
        {
            "scenario": outcome.setting.scenario.scenario,
            "initiative": [i.id for i in own],
            "title_nl": [i.names.nl for i in own],
            "title_en": [i.names.en for i in own],
            "purpose_nl": [nl for nl, _ in purposes],
            "purpose_en": [en for _, en in purposes],
            "kind": [i.kind for i in own],
            "role": ["agreed" if result.agreed else "baseline" for result in outcome.initiatives],
            "order": list(range(1, len(own) + 1)),
            "donors": [json.dumps(list(ids[move.donors])) for move in moves],
            "recipients": [json.dumps(list(ids[move.recipients])) for move in moves],
            "parameters": [json.dumps(as_written(i), ensure_ascii=False) for i in own],
        },
    )


def evidence(outcome: Outcome) -> pl.DataFrame:
    """Returns where each parameter comes from; one that nobody gave evidence for is an assumption."""
    rows = list(_evidence(outcome.setting.scenario))
    columns = ("initiative", "parameter", "value", "source", "url", "source_year", "confidence")
    figures: dict[str, Any] = {name: [row[place] for row in rows] for place, name in enumerate(columns)}
    return frame("evidence", {"scenario": outcome.setting.scenario.scenario, **figures})


def _evidence(own: Scenario) -> Iterator[tuple[Any, ...]]:
    given = {item.parameter: item for item in own.evidence}
    growth = own.baseline.model_copy(update={"initiatives": ()})
    for path, parameter in parameters(growth, "baseline"):
        if parameter.central or not parameter.is_number:
            yield None, path, json.dumps(parameter.as_written()), *_source(path, given)
    for budget in own.shared_budgets:
        given = {item.parameter: item for item in budget.evidence}
        for path, parameter in parameters(budget):
            yield (
                None,
                f"shared_budgets.{budget.id}.{path}",
                json.dumps(parameter.as_written()),
                *_source(path, given),
            )
    for one in own.every_initiative:
        given = {item.parameter: item for item in (*_of_quality(one), *one.evidence)}
        untouched = {name for name in type(one).model_fields if name not in one.model_fields_set}
        for path, parameter in parameters(one):
            if path.split(".")[0] not in untouched:
                yield one.id, path, json.dumps(parameter.as_written()), *_source(path, given)


def _of_quality(one: Initiative) -> Iterator[Evidence]:
    """Yields the evidence that stands beside a declared measure, under the path of the measure."""
    for item in one.quality:
        for evidence in item.evidence:
            yield evidence.model_copy(update={"parameter": f"quality.{item.id}.{evidence.parameter}"})


def _source(path: str, given: Mapping[str, Evidence]) -> tuple[str | None, str | None, int | None, str]:
    """Returns source, address, year and confidence of a parameter: its own evidence, else that of the key above it."""
    while path:
        if path in given:
            item = given[path]
            return item.source, item.url, item.year, item.confidence
        path = path.rpartition(".")[0]
    return None, None, None, "assumption"


def party_baseline(outcome: Outcome) -> pl.DataFrame:
    """Returns every provider and payer in every year without an agreement."""
    return NoAgreement(outcome).table()


def party_impact(outcome: Outcome) -> pl.DataFrame:
    """Returns what each party gains and loses: the whole scenario, then each initiative's contribution."""
    nobody = np.zeros(1, dtype=np.int64)
    parts = list(_impact_of(outcome, None, outcome.parties, outcome.providers, outcome.payers))
    parts.append(_impact_rows(outcome, None, [PATIENTS], "patient_km_change", _km(outcome, outcome.patients, nobody)))
    for result in outcome.initiatives:
        name = result.move.initiative.id
        parts += _impact_of(outcome, name, result.parties, result.providers, result.payers)
        parts.append(
            _impact_rows(outcome, name, [PATIENTS], "patient_km_change", _km(outcome, result.patients, nobody))
        )
    return stacked("party_impact", parts)


def headline_impact(outcome: Outcome) -> pl.DataFrame:
    """Returns of `party_impact` the present value of the whole scenario, where anything changes it, and the travel."""
    names, values = present_values(outcome)
    nobody = np.zeros(1, dtype=np.int64)
    worth = frame("party_impact", _impact_keys(outcome, None, names, "present_value_eur") | spread(values))
    km = _impact_rows(outcome, None, [PATIENTS], "patient_km_change", _km(outcome, outcome.patients, nobody))
    return stacked("party_impact", (worth, km))


def _km(outcome: Outcome, patients: Ledger, nobody: Integers) -> Sum:
    return outcome.sum(patients.forms("patient_km_change"), nobody)


def _impact_of(
    outcome: Outcome, name: str | None, parties: Integers, providers: Ledger, payers: Ledger
) -> Iterator[pl.DataFrame]:
    """Yields the rows of providers and payers; for the whole scenario also of those whom nothing touches.

    Of an initiative a party has rows of the measures that it has any of: in a region of thousands of practices the
    others would be most of the table.
    """
    region = outcome.setting.region
    for rows, ledger, ids, measures, margin in (
        (parties, providers, region.providers.ids, PROVIDER_MEASURES, PROVIDER_MARGIN),
        (outcome.all_payers, payers, region.payers.ids, PAYER_MEASURES, PAYER_MARGIN),
    ):
        names = [ids[row] for row in rows]
        told: dict[tuple[tuple[int, int], ...], pl.DataFrame] = {}
        for measure in measures:
            if forms := ledger.forms(measure):
                same = tuple((id(form.tracks), id(form.coefficients)) for form in forms)
                if same not in told:
                    own = rows if name is None else rows[np.isin(rows, np.concatenate([form.rows for form in forms]))]
                    told[same] = _impact_rows(
                        outcome, name, [ids[row] for row in own], measure, outcome.sum(forms, own)
                    )
                yield told[same].with_columns(measure=pl.lit(measure))  # where all is closed, what is kept is the same
            elif name is None:
                yield _no_impact(outcome, names, measure)
        total = outcome.sum(ledger.signed(margin), rows)
        yield _impact_rows(outcome, name, names, "margin_change_eur", total)
        present = spread(total.present_value(outcome.setting.discount))
        yield frame("party_impact", _impact_keys(outcome, name, names, "present_value_eur") | present)
        if name is None:
            untouched = [ids[row] for row in np.setdiff1d(np.arange(len(ids)), rows)]
            for measure in (*measures, "margin_change_eur", "present_value_eur"):
                yield _no_impact(outcome, untouched, measure)


def _impact_rows(outcome: Outcome, name: str | None, parties: list[str], measure: str, total: Sum) -> pl.DataFrame:
    mean, around = total.spread()
    figures = {"mean": mean.reshape(-1)}
    figures |= {f"p{p}": values.reshape(-1) for p, values in zip(PERCENTILES, around, strict=True)}
    return frame("party_impact", _impact_keys(outcome, name, parties, measure) | figures)


def _impact_keys(outcome: Outcome, name: str | None, parties: list[str], measure: str) -> dict[str, Any]:
    years = outcome.setting.years
    yearly = measure != "present_value_eur"
    return {
        "scenario": outcome.setting.scenario.scenario,
        "party": each(parties, years.size if yearly else 1),
        "year": np.tile(years, len(parties)) if yearly else None,
        "initiative": name,
        "measure": measure,
    }


def _no_impact(outcome: Outcome, parties: list[str], measure: str) -> pl.DataFrame:
    keys = _impact_keys(outcome, None, parties, measure)
    zeros = np.zeros(len(keys["party"]))
    return frame("party_impact", keys | dict.fromkeys(("mean", "p10", "p50", "p90"), zeros))


def headline_gap(outcome: Outcome) -> pl.DataFrame:
    """Returns of `capacity_gap` the providers whose load changes, and the pools; of gap and change the means alone."""
    return capacity_gap(outcome, is_whole=False)


def capacity_gap(outcome: Outcome, *, is_whole: bool = True) -> pl.DataFrame:
    """Returns load and gap before and after, of every provider and pool whose load or capacity is known or changes.

    Args:
        outcome: of the evaluation.
        is_whole: whether those whose load does not change are told too, and every percentile.
    """
    region, loads, agreed = outcome.setting.region, outcome.loads, outcome.agreement.capacity
    parts = []
    for resource in range(len(region.resources.ids)):
        there = is_whole & (loads.load_known[:, resource] | ~np.isnan(loads.available[:, resource]))
        for form in (*agreed.changes.forms(resource), *outcome.loads_without.forms(resource)):
            there[form.rows] = True
        providers = np.flatnonzero(there)
        if providers.size:
            names = [region.providers.ids[p] for p in providers]
            own = _Gaps.of(outcome, resource, providers)
            parts.append(own.frame(outcome, resource, names, is_whole=is_whole))
    parts += [
        _Gaps.of(outcome, resource, members, pool=True).frame(outcome, resource, [pool.id], is_whole=is_whole)
        for pool, resource, members in agreed.pools
    ]
    return stacked("capacity_gap", parts)


@dataclass(frozen=True)
class _Gaps:
    """Load and capacity of one resource for some providers, or for a pool, without and with the agreement."""

    without: Gap
    agreed: Gap

    @classmethod
    def of(cls, outcome: Outcome, resource: int, providers: Integers, *, pool: bool = False) -> "_Gaps":
        """Returns them for some providers, or for a pool of them."""
        ledgers = (outcome.loads_without, outcome.agreement.capacity.changes)
        told = pooled if pool else gap
        return cls(*(told(outcome.loads, ledger.forms(resource), resource, providers) for ledger in ledgers))

    def frame(self, outcome: Outcome, resource: int, names: list[str], *, is_whole: bool) -> pl.DataFrame:
        """Returns the rows."""
        region, own = outcome.setting.region, self.agreed
        both = own.load_known & own.capacity_known
        shortage = [own.before, own.usable.times(-1)]

        def told(forms: Sequence[Form], known: Mask) -> Sum:
            return PartlyKnown(list(forms), own.rows, outcome.setting.told, known)

        before, after = told([*shortage, *self.without.change], both), told([*shortage, *own.change], both)
        anyway = [form.times(-1) for form in self.without.change]
        change = told([*own.change, *anyway], np.ones_like(both))
        usable = told([own.usable], own.capacity_known).mean()
        rounding = near(np.nan_to_num(usable))
        load = spread_of(told([own.before, *own.change], own.load_known), "load_after")
        figures: dict[str, Any] = {
            "scenario": outcome.setting.scenario.scenario,
            "provider": [name for name in names for _ in outcome.setting.years],
            "resource": region.resources.ids[resource],
            "year": np.tile(outcome.setting.years, len(names)),
            "available": told([own.available], own.capacity_known).mean().reshape(-1),
            "usable": usable.reshape(-1),
            "load_before": told([own.before, *self.without.change], own.load_known).mean().reshape(-1),
            **load,
            "gap_before": before.mean().reshape(-1),
            **(_gap_spread(outcome, own, after, load) if is_whole else {"gap_after": after.mean().reshape(-1)}),
            **(spread_of(change, "load_change") if is_whole else {"load_change": change.mean().reshape(-1)}),
            "gap_fte_after": after.mean().reshape(-1) / region.resources.hours_per_fte[resource],
            "shortage_probability_before": before.above(rounding).reshape(-1),
            "shortage_probability_after": after.above(rounding).reshape(-1),
        }
        return frame("capacity_gap", figures)


def _gap_spread(outcome: Outcome, own: Gap, after: Sum, load: Mapping[str, Array]) -> dict[str, Array]:
    """Returns mean and percentiles of the gap: those of the load less usable capacity, where that is not uncertain."""
    if np.ptp(own.usable.tracks, axis=-1).any():
        return spread_of(after, "gap_after")
    both = own.load_known & own.capacity_known
    usable = PartlyKnown([own.usable], own.rows, outcome.setting.told, both).mean().reshape(-1)
    return {name.replace("load_after", "gap_after"): values - usable for name, values in load.items()}


def feasible_share(outcome: Outcome) -> pl.DataFrame:
    """Returns what share of each initiative fits, by recipient and supporter, and of the initiative as a whole."""
    region, years = outcome.setting.region, outcome.setting.years
    resources = np.array([*region.resources.ids, None], dtype=object)
    order = np.argsort(np.array(region.resources.ids, dtype=object), kind="stable")
    ids = np.array(region.providers.ids, dtype=object)
    parts = []
    for result in outcome.initiatives:
        party, share, binding, recipients, full = _feasible(result.rooms(years.size), order)
        count = party.size
        nothing = np.full((count, years.size), np.nan)
        columns = {
            "scenario": outcome.setting.scenario.scenario,
            "initiative": result.move.initiative.id,
            "recipient": np.repeat(np.array([*ids[party], None], dtype=object), years.size).tolist(),
            "year": np.tile(years, count + 1),
            "feasible_share": share.reshape(-1),
            "binding_resource": resources[binding.reshape(-1)].tolist(),
            "recipients": np.concatenate([nothing, recipients[None]]).reshape(-1),
            "full_recipients": np.concatenate([nothing, full[None]]).reshape(-1),
        }
        parts.append(frame("feasible_share", columns))
    return stacked("feasible_share", parts)


def _feasible(rooms: Iterator[Room], order: Integers) -> tuple[Integers, Array, Integers, Array, Array]:
    """Returns who is asked, then by year the mean share and binding resource of each and of the initiative, and counts.

    The counts are how many recipients have a part, and how many of them are full.
    """
    party: Integers = np.zeros(0, dtype=np.int64)
    by_year: list[list[Any]] = [[], [], [], []]
    for room in rooms:
        party = room.party
        figures = (
            np.concatenate([room.share, room.of_initiative[None]]).mean(axis=-1),
            np.concatenate([room.binding, room.binding_of_initiative(order)[None]]),
            room.with_part,
            room.full,
        )
        for told, figure in zip(by_year, figures, strict=True):
            told.append(figure)
    share, binding, recipients, full = (np.concatenate(told, axis=-1) for told in by_year)
    return party, share, binding.astype(np.int64), recipients, full


def closure(outcome: Outcome) -> pl.DataFrame:
    """Returns what is freed on balance of what closes in steps, where given care frees any of it (`closure`)."""
    region, balance = outcome.setting.region, outcome.agreement.balance
    parts = []
    for resource in balance.stepped.tolist():
        providers, frees = balance.givers(resource)
        row, year = np.nonzero(frees)
        if not row.size:
            continue
        step = float(region.resources.step[resource])
        freed = balance.on_balance(resource, providers)[row, year]
        around = percentiles(balance.on_balance_draws(resource, providers))
        whole = whole_steps(freed, step)
        columns = {
            "scenario": outcome.setting.scenario.scenario,
            "provider": [region.providers.ids[p] for p in providers[row]],
            "resource": region.resources.ids[resource],
            "year": outcome.setting.years[year],
            "freed": freed,
            "freed_p10": around[0][row, year],
            "freed_p90": around[2][row, year],
            "step": np.full(freed.size, step),
            "whole_steps": whole,
            "below_step": np.maximum(0.0, np.maximum(0.0, freed) - whole * step),
        }
        parts.append(frame("closure", columns))
    return stacked("closure", parts)


def threshold(outcome: Outcome) -> pl.DataFrame:
    """Returns where every provider stands against every norm, and whether its departments stay viable."""
    findings = list(Standings(outcome).findings())
    if not findings:
        return stacked("threshold", ())
    years = outcome.setting.years
    region = outcome.setting.region

    def column(of: Callable[[Standing], Any]) -> list[Any]:
        return [of(finding) for finding in findings for _ in range(years.size)]

    norms, specialisms = region.norms, region.segments.specialisms.ids
    return frame(
        "threshold",
        {
            "scenario": outcome.setting.scenario.scenario,
            "provider": column(lambda f: region.providers.ids[f.provider]),
            "norm": column(lambda f: None if f.norm is None else norms.ids[f.norm]),
            "specialism": column(lambda f: None if f.specialism is None else specialisms[f.specialism]),
            "year": np.tile(years, len(findings)),
            "status_before": [status for finding in findings for status in finding.status_before],
            "status": [status for finding in findings for status in finding.status],
            "probability_before": np.concatenate([finding.probability_before for finding in findings]),
            "probability": np.concatenate([finding.probability for finding in findings]),
            "minimum_units": column(lambda f: None if f.norm is None else float(norms.minimum[f.norm])),
            "units_before": np.concatenate([finding.before for finding in findings]),
            "units_after": np.concatenate([finding.after for finding in findings]),
        },
    )


def _flow_table(outcome: Outcome, *, detail: bool) -> pl.DataFrame:
    moves = (result.move for result in outcome.initiatives)
    return stacked("transfer_flow_detail" if detail else "transfer_flow", flows(outcome.setting, moves, detail=detail))


def flag(outcome: Outcome) -> pl.DataFrame:
    """Returns what a reader of the figures must know."""
    rows = list(remarks(outcome))
    columns = ("subject", "id", "flag", "value", "message_nl", "message_en")
    return frame(
        "flag",
        {
            "scenario": outcome.setting.scenario.scenario,
            **{name: [getattr(row, name) for row in rows] for name in columns},
        },
    )


def flag_of_conflicts(interests: pl.DataFrame, scenario: str) -> pl.DataFrame:
    """Returns the flags that say where more parties clash than the table of conflicts tells.

    Args:
        interests: the table `interest`.
        scenario: its name.
    """
    cut = conflicts_cut(interests)
    columns = {
        "scenario": scenario,
        "subject": "initiative",
        "id": list(cut),
        "flag": "conflicts_cut",
        "value": [float(pairs) for pairs in cut.values()],
        "message_nl": [
            f"{pairs} paren van partijen botsen; de {MOST_CONFLICTS} scherpste staan in de tabel."
            for pairs in cut.values()
        ],
        "message_en": [
            f"{pairs} pairs of parties clash; the table holds the {MOST_CONFLICTS} sharpest." for pairs in cut.values()
        ],
    }
    return frame("flag", columns)


MAKERS: dict[str, Callable[[Outcome], pl.DataFrame]] = {
    "scenario": scenario,
    "initiative": initiative,
    "evidence": evidence,
    "party_baseline": party_baseline,
    "transfer_flow": partial(_flow_table, detail=False),
    "transfer_flow_detail": partial(_flow_table, detail=True),
    "party_impact": party_impact,
    "capacity_gap": capacity_gap,
    "feasible_share": feasible_share,
    "path_summary": path_summary,
    "contract_impact": contract_impact,
    "department_impact": department_impact,
    "region_impact": region_impact,
    "region_gap": region_gap,
    "travel_area": travel_area,
    "draw": draw,
    "closure": closure,
    "quality": quality,
    "threshold": threshold,
    "interest": interest,
    "sensitivity": sensitivity,
    "initiative_overlap": initiative_overlap,
    "flag": flag,
}
"""What makes each result table; a table that no maker is named for is not computed from a single scenario."""

FROM_TABLE: dict[str, tuple[str, Callable[[pl.DataFrame], pl.DataFrame]]] = {"conflict": ("interest", conflict)}
"""What makes a result table from another one, with the name of that."""

TOGETHER: dict[str, Callable[[Outcome], Mapping[str, pl.DataFrame]]] = dict.fromkeys(PORTFOLIO, portfolio_tables)
"""What makes several result tables at once, by the name of each."""


HEADLINES: dict[str, Callable[[Outcome], pl.DataFrame]] = {
    "party_impact": headline_impact,
    "capacity_gap": headline_gap,
}
"""What makes the rows of a result table that a headline needs."""
