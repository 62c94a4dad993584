"""An evaluation written out as rows, one list per result table, with the columns of the product page."""

from collections import defaultdict
from typing import Any

from reference.contracts import contract_in, revenue
from reference.evaluation import Evaluation, party_name
from reference.facts import segment_of
from reference.interests import conflict_rows, interest_rows
from reference.present_value import present_value
from reference.thresholds import threshold_rows

Rows = list[dict[str, Any]]

COST_MEASURES = ("incremental_cost_eur", "support_cost_eur", "transition_cost_eur")
PROVIDER_MEASURES = (
    "revenue_change_eur",
    "avoided_cost_eur",
    "stranded_cost_eur",
    "backfill_revenue_eur",
    *COST_MEASURES,
)


def result_tables(run: Evaluation) -> dict[str, Rows]:
    baseline, impact, thresholds = party_baseline(run), party_impact(run), threshold_rows(run)
    interests = interest_rows(run, baseline=baseline, impact=impact, thresholds=thresholds)
    return {
        "party_baseline": baseline,
        "transfer_flow": transfer_flow(run),
        "transfer_flow_detail": transfer_flow_detail(run),
        "party_impact": impact,
        "capacity_gap": capacity_gap(run),
        "feasible_share": feasible_share(run),
        "threshold": thresholds,
        "interest": interests,
        "conflict": conflict_rows(interests),
    }


def payer_ids(run: Evaluation) -> list[str | None]:
    """Every payer that is registered, or pays for anything, or has a contract."""
    cells = {cell[1] for cell in run.facts.units}
    contracts = {row["payer_id"] for row in run.facts.contracts}
    return sorted(set(run.facts.payers) | cells | contracts, key=lambda q: (q is None, q or ""))


def spread(value: float) -> dict[str, float]:
    """Without draws the mean and every percentile are the one figure."""
    return {"mean": value, "p10": value, "p50": value, "p90": value}


def spread_column(name: str, value: float | None) -> dict[str, float | None]:
    return {name: value, f"{name}_p10": value, f"{name}_p50": value, f"{name}_p90": value}


# -- party_baseline ----


def party_baseline(run: Evaluation) -> Rows:
    """Production, revenue under the contracts, cost and units without an agreement; the size beside them."""
    rows = []
    for year in run.years:
        per_party = _baseline_of_year(run, year)
        for party, figures in per_party.items():
            rows.append(
                {"party": party, "year": year, **figures, **_size(run, party), "margin_eur": _margin(run, party)}
            )
    return rows


def _baseline_of_year(run: Evaluation, year: int) -> dict[str, dict[str, float | None]]:
    facts = run.facts
    production: dict[tuple[str, str | None], float] = defaultdict(float)
    units: dict[str, float] = defaultdict(float)
    cost: dict[str, float] = defaultdict(float)
    for cell, amount in run.baseline.units(year).items():
        production[cell[0], cell[1]] += amount * facts.price(cell[0], cell[1], cell[4])
        units[cell[0]] += amount
        units[party_name(cell[1])] += amount
        cost[cell[0]] += amount * facts.unit_cost(cell[0], cell[1], segment_of(cell))
    figures = {}
    for provider in facts.providers:
        made, paid = _sums(run, production, [(provider, q) for q in payer_ids(run)], year)
        figures[provider] = {
            "production_eur": made,
            "revenue_eur": paid,
            "cost_eur": cost[provider],
            "units": units[provider],
        }
    for payer in payer_ids(run):
        made, paid = _sums(run, production, [(p, payer) for p in facts.providers], year)
        name = party_name(payer)
        figures[name] = {"production_eur": made, "revenue_eur": paid, "cost_eur": paid, "units": units[name]}
    return figures


def _sums(
    run: Evaluation, production: dict[Any, float], pairs: list[tuple[str, str | None]], year: int
) -> tuple[float, float | None]:
    made = sum(production.get(pair, 0.0) for pair in pairs)
    paid = [revenue(contract_in(run.facts, p, q, year), production.get((p, q), 0.0), year) for p, q in pairs]
    return made, None if any(amount is None for amount in paid) else sum(paid)


def _size(run: Evaluation, party: str) -> dict[str, Any]:
    """annual_revenue_eur; a provider's delivered revenue, a payer's base-year spend in the region where it is empty."""
    facts = run.facts
    row = facts.providers.get(party) or facts.payers.get(party) or {}
    if row.get("annual_revenue_eur") is not None:
        return {"size_eur": float(row["annual_revenue_eur"]), "size_source": "delivered"}
    source = "sum_of_revenue" if party in facts.providers else "spend_in_region"
    if party in facts.providers:
        size = facts.delivered_revenue.get(party)
    else:
        size = _baseline_of_year(run, run.baseline.first)[party]["revenue_eur"]
    # Who earns or spends nothing has no size to take a share of.
    return {"size_eur": size or None, "size_source": source if size else None}


def _margin(run: Evaluation, party: str) -> float | None:
    delivered = run.facts.providers.get(party, {}).get("annual_margin_eur")
    return None if delivered is None else float(delivered)


# -- flows ----


def transfer_flow(run: Evaluation) -> Rows:
    sums: dict[tuple[Any, ...], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
    for initiative, flows in run.flows.items():
        for flow in flows:
            row = sums[initiative, flow.year, flow.donor, flow.to, flow.cell[2], flow.cell[4]]
            for place, amount in enumerate((flow.moved, flow.returned, flow.received, flow.donor_value)):
                row[place] += amount
    keys = ("initiative", "year", "from_id", "to_id", "specialism", "care_product")
    names = ("units_moved", "units_returned", "units_received", "revenue_moved_eur")
    return [
        dict(zip(keys, key, strict=True))
        | {k: v for name, value in zip(names, values, strict=True) for k, v in spread_column(name, value).items()}
        for key, values in sums.items()
    ]


def transfer_flow_detail(run: Evaluation) -> Rows:
    sums: dict[tuple[Any, ...], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for initiative, flows in run.flows.items():
        for flow in flows:
            row = sums[initiative, flow.year, flow.donor, flow.to, party_name(flow.payer), flow.cell[5]]
            for place, amount in enumerate((flow.moved, flow.donor_value, flow.paid_value)):
                row[place] += amount
    keys = ("initiative", "year", "from_id", "to_id", "payer_id", "area")
    names = ("units_moved", "revenue_moved_eur", "value_eur")
    return [dict(zip(keys, key, strict=True)) | dict(zip(names, values, strict=True)) for key, values in sums.items()]


# -- party_impact ----


def party_impact(run: Evaluation) -> Rows:
    """Per initiative and for the whole scenario: what was booked, the margin it makes, and its present value."""
    booked = dict(run.impact)
    parties = [*run.facts.providers, *(party_name(q) for q in payer_ids(run))]
    names = [i["id"] for i in run.scenario.get("initiatives") or []]
    for party in parties:
        for year in run.years:
            for name in names:
                booked[party, year, name, "margin_change_eur"] = _margin_change(run, party, year, name)
    whole: dict[tuple[str, int, None, str], float] = defaultdict(float)
    for (party, year, _, measure), amount in booked.items():
        whole[party, year, None, measure] += amount
    rows = [
        {"party": party, "year": year, "initiative": name, "measure": measure, **spread(amount)}
        for (party, year, name, measure), amount in (booked | whole).items()
    ]
    for party in parties:
        for name in (*names, None):
            value = present_value(
                run, {y: (booked | whole).get((party, y, name, "margin_change_eur"), 0.0) for y in run.years}
            )
            rows.append(
                {"party": party, "year": None, "initiative": name, "measure": "present_value_eur", **spread(value)}
            )
    return rows


def _margin_change(run: Evaluation, party: str, year: int, name: str) -> float:
    """Section 4: ΔR + backfill revenue − incremental + avoided − support − transition; a payer's is minus its spend."""

    def of(measure: str) -> float:
        return run.impact.get((party, year, name, measure), 0.0)

    if party not in run.facts.providers:
        return -of("spend_change_eur") - of("transition_cost_eur")
    gains = of("revenue_change_eur") + of("backfill_revenue_eur") + of("avoided_cost_eur")
    return gains - sum(of(measure) for measure in COST_MEASURES)


# -- capacity ----


def capacity_gap(run: Evaluation) -> Rows:
    """A row where capacity, load or a change of load is known; then the pools, as providers of their own."""
    rows = []
    for year in run.years:
        for provider in run.facts.providers:
            for resource in sorted(run.baseline.resources):
                row = _gap_row(run, [provider], resource, year)
                if row["available"] is not None or row["load_before"] is not None or row["load_change"] != 0:
                    rows.append({"provider": provider, **row})
        pools = run.scenario.get("pools") or []
        rows += [{"provider": pool["id"], **_gap_row(run, pool["providers"], pool["resource"], year)} for pool in pools]
    return rows


def _total(amounts: list[float | None]) -> float | None:
    """A pool's figure: unknown if a member's is."""
    return None if any(amount is None for amount in amounts) else sum(amounts)


def _gap_row(run: Evaluation, providers: list[str], resource: str, year: int) -> dict[str, Any]:
    available = _total([run.baseline.available(p, resource, year) for p in providers])
    usable = _total([run.baseline.usable(p, resource, year) for p in providers])
    load = _total([run.baseline.load(p, resource, year) for p in providers])
    change = sum(run.load_change[year].get((p, resource), 0.0) for p in providers)
    load_after = None if load is None else load + change
    gap = None if load is None or usable is None else load - usable
    gap_after = None if gap is None else gap + change
    described = run.facts.resources.get(resource, {})
    hours = described.get("hours_per_fte") if described.get("is_staff") else None
    return {
        "resource": resource,
        "year": year,
        "available": available,
        "usable": usable,
        "load_before": load,
        **spread_column("load_after", load_after),
        "gap_before": gap,
        **spread_column("gap_after", gap_after),
        **spread_column("load_change", change),
        "gap_fte_after": None if gap_after is None or not hours else gap_after / hours,
        "shortage_probability_before": None if gap is None else float(gap > 0),
        "shortage_probability_after": None if gap_after is None else float(gap_after > 0),
    }


def feasible_share(run: Evaluation) -> Rows:
    return [
        {
            "initiative": initiative,
            "recipient": party,
            "year": year,
            "feasible_share": bearing.share,
            "binding_resource": bearing.binding[0] if bearing.binding else None,
            "binding_candidates": bearing.binding,
        }
        for (initiative, year), found in run.bearings.items()
        for party, bearing in found.items()
    ]
