"""An evaluation written out as rows, one list per result table, with the columns of the product page."""

import math
from collections import defaultdict
from typing import Any

from reference.contracts import contract_in, revenue
from reference.costs import whole_steps
from reference.evaluation import Evaluation
from reference.feasibility import Room, Rooms, most_binding
from reference.feasibility import feasible_share as share_of_initiative
from reference.interests import conflict_rows, interest_rows
from reference.path import path_rows
from reference.plan import mode
from reference.present_value import present_value
from reference.rounding import above
from reference.spread import mean, spread, spread_column
from reference.thresholds import threshold_rows
from reference.world import UNKNOWN_PAYER, Moment, World, party_name

Rows = list[dict[str, Any]]
OF_A_WORLD = ("production_change_eur",)  # booked for the path of W0, no measure of party_impact


def result_tables(run: Evaluation) -> dict[str, Rows]:
    baseline, thresholds, quality = party_baseline(run), threshold_rows(run), quality_rows(run)
    sizes = {row["party"]: row["size_eur"] for row in baseline}
    interests = interest_rows(run, sizes=sizes, quality=quality, payers=[party_name(q) for q in payer_ids(run)])
    return {
        "initiative": [{"initiative": part.name, "role": part.role} for part in run.parts],
        "party_baseline": baseline,
        "transfer_flow": transfer_flow(run),
        "transfer_flow_detail": transfer_flow_detail(run),
        "party_impact": party_impact(run),
        "path_summary": path_rows(run, parties_of(run)),
        "capacity_gap": capacity_gap(run),
        "feasible_share": feasible_share(run),
        "closure": closure(run),
        "quality": quality,
        "threshold": thresholds,
        "interest": interests,
        "conflict": conflict_rows(interests),
    }


def payer_ids(run: Evaluation) -> list[str | None]:
    """Every payer that is registered, or pays for anything, or has a contract."""
    cells = {cell[1] for cell in run.facts.units}
    contracts = {row["payer_id"] for row in run.facts.contracts}
    return sorted(set(run.facts.payers) | cells | contracts, key=lambda q: (q is None, q or ""))


def parties_of(run: Evaluation) -> list[str]:
    return [*run.facts.providers, *(party_name(q) for q in payer_ids(run))]


# -- party_baseline ----


def party_baseline(run: Evaluation) -> Rows:
    """Section 1: the world without an agreement, W0; the size and the delivered margin beside it."""
    rows = []
    for year in run.years:
        of_draws = [_baseline_of_year(run, draw, year) for draw in range(len(run.draws))]
        for party in parties_of(run):
            figures = {name: _mean_known([of[party][name] for of in of_draws]) for name in of_draws[0][party]}
            delivered = _delivered_margin(run, party) if year == run.years[0] else None
            rows.append(
                {"party": party, "year": year, **figures, **_size(run, party), "delivered_margin_eur": delivered}
            )
    return rows


def _mean_known(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if len(known) == len(values) else None


def _baseline_of_year(run: Evaluation, draw: int, year: int) -> dict[str, dict[str, float | None]]:
    """Growth under the contracts, and on top what the baseline's initiatives change."""
    play, booked = run.before.plays[year][draw], run.booked_before[draw]
    production, units = play.growth.production(year), _units(run.before, draw, year)
    cost: dict[str, float] = defaultdict(float)
    for (provider, _), amount in run.costs_before.growth_cost(draw, year).items():
        cost[provider] += amount
    figures = {}
    for party in parties_of(run):
        is_provider = party in run.facts.providers
        change = _changes(booked, party, year)
        made, paid = _under_contracts(run, production, _pairs(run, party), year)
        received = None if paid is None else paid + _income(change, is_provider=is_provider)
        spent = cost[party] + _outgoing(change) if is_provider else received
        figures[party] = {
            "production_eur": made + change["production_change_eur"],
            "revenue_eur": received,
            "cost_eur": spent,
            "margin_eur": None if received is None or spent is None else received - spent,
            "units": units[party],
        }
    return figures


def _pairs(run: Evaluation, party: str) -> list[tuple[str, str | None]]:
    if party in run.facts.providers:
        return [(party, q) for q in payer_ids(run)]
    payer = None if party == UNKNOWN_PAYER else party
    return [(p, payer) for p in run.facts.providers]


def _units(world: World, draw: int, year: int) -> dict[str, float]:
    """Units delivered or paid for: what the initiatives left, and what was refilled."""
    play = world.plays[year][draw]
    units: dict[str, float] = defaultdict(float)
    refilled = [(refill.cell, refill.units) for step in play.steps.values() for refill in step.refills]
    for cell, amount in [*play.left.items(), *refilled]:
        units[cell[0]] += amount
        units[party_name(cell[1])] += amount
    return units


def _changes(booked: dict[Any, float], party: str, moment: Moment) -> dict[str, float]:
    """Everything that one world books for a party at a moment, all initiatives together."""
    found: dict[str, float] = defaultdict(float)
    for (who, when, _, measure), amount in booked.items():
        if (who, when) == (party, moment):
            found[measure] += amount
    return found


def _income(change: dict[str, float], *, is_provider: bool) -> float:
    return change["revenue_change_eur"] + change["backfill_revenue_eur"] if is_provider else change["spend_change_eur"]


def _outgoing(change: dict[str, float]) -> float:
    """Section 4: what the baseline's initiatives add to a provider's cost."""
    added = sum(change[f"{kind}_cost_eur"] for kind in ("incremental", "support", "transition"))
    return added - change["avoided_cost_eur"]


def _under_contracts(
    run: Evaluation, production: dict[Any, float], pairs: list[tuple[str, str | None]], year: int
) -> tuple[float, float | None]:
    made = sum(production.get(pair, 0.0) for pair in pairs)
    paid = [revenue(contract_in(run.facts, p, q, year), production.get((p, q), 0.0), year) for p, q in pairs]
    return made, None if any(amount is None for amount in paid) else sum(amount or 0.0 for amount in paid)


def _size(run: Evaluation, party: str) -> dict[str, Any]:
    """Section 4: annual_revenue_eur; where it is empty a provider's delivered revenue, a payer's base-year spend."""
    facts = run.facts
    row = facts.providers.get(party) or facts.payers.get(party) or {}
    if row.get("annual_revenue_eur") is not None:
        return {"size_eur": float(row["annual_revenue_eur"]), "size_source": "delivered"}
    if party in facts.providers:
        size, source = facts.delivered_revenue.get(party), "sum_of_revenue"
    else:
        first = run.years[0]
        size = _under_contracts(run, run.draws[0].production(first), _pairs(run, party), first)[1]
        source = "spend_in_region"
    # Who earns or spends nothing has no size to take a share of.
    return {"size_eur": size or None, "size_source": source if size else None}


def _delivered_margin(run: Evaluation, party: str) -> float | None:
    delivered = run.facts.providers.get(party, {}).get("annual_margin_eur")
    return None if delivered is None else float(delivered)


# -- flows ----


def transfer_flow(run: Evaluation) -> Rows:
    """Section 2, the flows of W1: moved (M·w), returned, received (A), and the value that leaves the donor."""
    keys = ("initiative", "year", "from_id", "to_id", "specialism", "care_product")
    names = ("units_moved", "units_returned", "units_received", "revenue_moved_eur")
    found: dict[tuple[Any, ...], list[list[float]]] = {}
    for draw, name, flow in _flows(run):
        row = found.setdefault(
            (name, flow.year, flow.donor, flow.to, flow.cell[2], flow.cell[4]),
            [[0.0] * len(run.draws) for _ in names],
        )
        for place, amount in enumerate((flow.moved, flow.returned, flow.received, flow.donor_value)):
            row[place][draw] += amount
    return [
        dict(zip(keys, key, strict=True))
        | {k: v for name, values in zip(names, columns, strict=True) for k, v in spread_column(name, values).items()}
        for key, columns in found.items()
    ]


def _flows(run: Evaluation) -> list[tuple[int, str, Any]]:
    return [
        (draw, name, flow)
        for year in run.years
        for draw, play in enumerate(run.after.plays[year])
        for name, step in play.steps.items()
        for flow in step.flows
    ]


def transfer_flow_detail(run: Evaluation) -> Rows:
    sums: dict[tuple[Any, ...], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for _, name, flow in _flows(run):
        row = sums[name, flow.year, flow.donor, flow.to, party_name(flow.payer), flow.cell[5]]
        for place, amount in enumerate((flow.moved, flow.donor_value, flow.paid_value)):
            row[place] += amount / len(run.draws)
    keys = ("initiative", "year", "from_id", "to_id", "payer_id", "area")
    names = ("units_moved", "revenue_moved_eur", "value_eur")
    return [dict(zip(keys, key, strict=True)) | dict(zip(names, values, strict=True)) for key, values in sums.items()]


# -- party_impact ----


def party_impact(run: Evaluation) -> Rows:
    """Per initiative and for the whole scenario: what each contributes, year by year, and its present value."""
    draws = [_with_totals(run, booked) for booked in run.contributions]
    keys = {key for booked in draws for key in booked}
    return [
        {
            "party": party,
            "year": year,
            "initiative": name,
            "measure": measure,
            **spread([booked.get((party, year, name, measure), 0.0) for booked in draws]),
        }
        for party, year, name, measure in keys
    ]


def _with_totals(run: Evaluation, booked: dict[Any, float]) -> dict[Any, float]:
    """With the total over the initiatives, and the present value of every margin change."""
    found: dict[Any, float] = defaultdict(float)
    for (party, year, name, measure), amount in booked.items():
        if year in run.years and measure not in OF_A_WORLD and (party, measure) != ("patients", "margin_change_eur"):
            found[party, year, name, measure] += amount
            found[party, year, None, measure] += amount
    for party in parties_of(run):
        for name in (*run.names, None):
            by_year = {y: found.get((party, y, name, "margin_change_eur"), 0.0) for y in run.years}
            found[party, None, name, "present_value_eur"] = present_value(run, by_year)
    return found


# -- capacity ----


def capacity_gap(run: Evaluation) -> Rows:
    """Section 5: a row where capacity, load or a change of load is known; then the pools, as providers of their own."""
    rows = []
    for year in run.years:
        for provider in run.facts.providers:
            for resource in run.draws[0].resources:
                row = _gap_row(run, [provider], resource, year)
                if row["available"] is not None or row["load_before"] is not None or row["load_change"] != 0:
                    rows.append({"provider": provider, **row})
        pools = run.scenario.get("pools") or []
        rows += [{"provider": pool["id"], **_gap_row(run, pool["providers"], pool["resource"], year)} for pool in pools]
    return rows


def _per_draw(run: Evaluation, amount: Any) -> list[float] | None:
    """A figure of each draw; unknown if it is in any."""
    values = [amount(draw) for draw in range(len(run.draws))]
    return None if any(value is None for value in values) else values


def _total(amounts: list[float | None]) -> float | None:
    """Section 2: a pool's figure is unknown if a member's is."""
    return None if any(amount is None for amount in amounts) else sum(amount or 0.0 for amount in amounts)


def _gap_row(run: Evaluation, providers: list[str], resource: str, year: int) -> dict[str, Any]:
    def grown(what: str) -> list[float] | None:
        return _per_draw(run, lambda d: _total([getattr(run.draws[d], what)(p, resource, year) for p in providers]))

    def changed(world: World) -> list[float]:
        return [sum(play.changed.get((p, resource), 0.0) for p in providers) for play in world.plays[year]]

    available, usable, load = grown("available"), grown("usable"), grown("load")
    in_w0, in_w1 = changed(run.before), changed(run.after)
    before, after = _added(load, in_w0), _added(load, in_w1)
    gap_before, gap_after = _less(before, usable), _less(after, usable)
    described = run.facts.resources.get(resource, {})
    hours = described.get("hours_per_fte") if described.get("is_staff") else None
    return {
        "resource": resource,
        "year": year,
        "available": _mean_of(available),
        "usable": _mean_of(usable),
        "load_before": _mean_of(before),
        **spread_column("load_after", after),
        "gap_before": _mean_of(gap_before),
        **spread_column("gap_after", gap_after),
        **spread_column("load_change", [one - other for one, other in zip(in_w1, in_w0, strict=True)]),
        "gap_fte_after": None if gap_after is None or not hours else mean(gap_after) / hours,
        "shortage_probability_before": _chance_of_shortage(before, usable),
        "shortage_probability_after": _chance_of_shortage(after, usable),
    }


def _mean_of(values: list[float] | None) -> float | None:
    return None if values is None else mean(values)


def _added(values: list[float] | None, more: list[float]) -> list[float] | None:
    return None if values is None else [one + other for one, other in zip(values, more, strict=True)]


def _less(values: list[float] | None, less: list[float] | None) -> list[float] | None:
    if values is None or less is None:
        return None
    return [one - other for one, other in zip(values, less, strict=True)]


def _chance_of_shortage(load: list[float] | None, usable: list[float] | None) -> float | None:
    if load is None or usable is None:
        return None
    return mean([float(above(one, other)) for one, other in zip(load, usable, strict=True)])


def feasible_share(run: Evaluation) -> Rows:
    """Section 5: of each recipient and supporter, and of the initiative (recipient None), in W1."""
    rows = []
    for year in run.years:
        for name in run.names:
            of_draws = [play.steps[name].rooms for play in run.after.plays[year]]
            for party in sorted({party for rooms in of_draws for party in rooms.of}):
                found = [rooms.of.get(party, Room(math.inf)) for rooms in of_draws]
                row = _share_row(name, party, year, [room.share for room in found])
                rows.append(row | _binding([room.binding for room in found]))
            row = _share_row(name, None, year, [share_of_initiative(rooms) for rooms in of_draws])
            rows.append(row | _binding([most_binding(rooms) for rooms in of_draws]) | _counted(of_draws))
    return rows


def _share_row(name: str, party: str | None, year: int, shares: list[float | None]) -> dict[str, Any]:
    """Unknown in one draw is unknown."""
    known = [share for share in shares if share is not None]
    return {
        "initiative": name,
        "recipient": party,
        "year": year,
        "feasible_share": mean(known) if len(known) == len(shares) else None,
        "recipients": None,
        "full_recipients": None,
        "on_edge": False,
    }


def _binding(found: list[tuple[str, ...]]) -> dict[str, Any]:
    """Of one draw the resource that binds and those that bind as much; of many draws not told here."""
    if len(found) > 1:
        return {"binding_resource": None, "binding_candidates": None}
    return {"binding_resource": found[0][0] if found[0] else None, "binding_candidates": found[0]}


def _counted(of_draws: list[Rooms]) -> dict[str, Any]:
    """Recipients with a part, and how many of them are full (ρ < 1), means over the draws."""
    ratios = [[rooms.of[j].ratio for j, part in rooms.parts.items() if part > 0] for rooms in of_draws]
    full = [sum(ratio is not None and ratio < 1 for ratio in one) for one in ratios]
    on_edge = len(of_draws) > 1 or any(ratio is not None and abs(ratio - 1) < 1e-6 for one in ratios for ratio in one)
    return {"recipients": mean([len(one) for one in ratios]), "full_recipients": mean(full), "on_edge": on_edge}


def closure(run: Evaluation) -> Rows:
    """Section 4: per provider and resource with a step: what is freed on balance in W1, and the whole steps in it."""
    rows = []
    for year in run.years:
        for provider in run.facts.providers:
            for resource in run.draws[0].resources:
                step = run.facts.step(resource)
                if step is None or not above(run.costs_after.mean_freed(provider, resource, year), 0.0):
                    continue
                on_balance = run.costs_after.freed_on_balance(provider, resource, year)
                fits = whole_steps(mean(on_balance), step)
                columns = spread_column("freed", on_balance)
                columns.pop("freed_p50")
                rows.append(
                    {"provider": provider, "resource": resource, "year": year, **columns}
                    | {"step": step, "whole_steps": fits}
                    | {"below_step": max(0.0, max(0.0, mean(on_balance)) - fits * step)}
                )
    return rows


def quality_rows(run: Evaluation) -> Rows:
    """Section 12a: M · per_moved_unit, per measure, initiative and year; of a baseline initiative W1 less W0."""
    rows = []
    for part in run.parts:
        for number, declared in enumerate(part.of(run.draws[0]).get("quality") or []):
            for year in run.years:
                values = [_quality(run, part, number, year, draw) for draw in range(len(run.draws))]
                rows.append(
                    {
                        "initiative": part.name,
                        "measure": declared["measure"],
                        "year": year,
                        "unit": declared["unit"],
                        "better": declared["better"],
                        **spread(values),
                    }
                )
    return rows


def _quality(run: Evaluation, part: Any, number: int, year: int, draw: int) -> float:
    per_unit = mode(part.of(run.draws[draw])["quality"][number]["per_moved_unit"])
    moved = sum(flow.moved for flow in run.after.plays[year][draw].steps[part.name].flows)
    if part.role == "baseline":
        moved -= sum(flow.moved for flow in run.before.plays[year][draw].steps[part.name].flows)
    return moved * per_unit
