"""Section 9: what is at stake for each party, per initiative and for the whole scenario, and where interests clash."""

from collections import defaultdict
from typing import Any

from reference.evaluation import Evaluation
from reference.present_value import annual_equivalent

Rows = list[dict[str, Any]]
INCOME = ("revenue_change_eur", "backfill_revenue_eur")
TIE = 1e-9


def interest_rows(run: Evaluation, *, baseline: Rows, impact: Rows, thresholds: Rows) -> Rows:
    """Per party, initiative (None: the whole scenario) and dimension: value, share of size, stance."""
    sizes = {row["party"]: row["size_eur"] for row in baseline}
    rows = []
    for name in (*run.flows, None):
        rows += _money_rows(run, impact, sizes, name)
        rows += [
            row for p in run.facts.providers for staff in (True, False) for row in _capacity_row(run, p, staff, name)
        ]
    return rows + _norm_rows(run, thresholds)


def _materiality(run: Evaluation, dimension: str) -> float:
    limits = run.scenario.get("materiality") or {}
    own = {"revenue": 0.001, "margin": 0.001, "staff_capacity": 0.01, "facility_capacity": 0.01}[dimension]
    return limits.get(dimension, limits.get("default", own))


def _stance(weight: float, limit: float) -> str:
    return "gains" if weight > limit else "loses" if weight < -limit else "neutral"


def _row(party: str, name: str | None, dimension: str, **columns: Any) -> dict[str, Any]:
    return {"party": party, "initiative": name, "dimension": dimension, "share_of_size": None} | columns


def _money_rows(run: Evaluation, impact: Rows, sizes: dict[str, float | None], name: str | None) -> Rows:
    """Revenue (providers), margin (providers and payers), annual equivalent in euro; kilometres saved (patients).

    Open on the page: the stance where the size is unknown (not compared), and the sign of travel; a change is seen from
    the party, so fewer kilometres are a gain.
    """
    by_year: dict[tuple[str, str], dict[int, float]] = defaultdict(lambda: dict.fromkeys(run.years, 0.0))
    for row in impact:
        if row["initiative"] == name and row["year"] is not None:
            by_year[row["party"], row["measure"]][row["year"]] += row["mean"]
    rows = []
    for party, size in sizes.items():
        dimensions = {"margin": ("margin_change_eur",)}
        if party in run.facts.providers:
            dimensions["revenue"] = INCOME
        for dimension, measures in dimensions.items():
            value = sum(annual_equivalent(run, by_year[party, measure]) for measure in measures)
            share, limit = (value / size if size else None), _materiality(run, dimension)
            stance = None if share is None else _stance(share, limit)
            edge = None if share is None else abs(abs(share) - limit)
            rows.append(_row(party, name, dimension, value=value, share_of_size=share, stance=stance, edge=edge))
    saved = -annual_equivalent(run, by_year["patients", "patient_km_change"])
    return [*rows, _row("patients", name, "travel", value=saved, stance=None)]


def _capacity_row(run: Evaluation, provider: str, staff: bool, name: str | None) -> Rows:
    """−(gap1 − gap0) ÷ usable in the worst year; its stance counts only the change of max(0, gap).

    Reading (n): the resource and year with the largest gap after ÷ usable. One initiative is seen after the earlier
    ones. Where several are equally bad any of them may be shown.
    """
    found = []
    for year in run.years:
        for resource in run.baseline.resources:
            gap, usable = run.baseline.gap(provider, resource, year), run.baseline.usable(provider, resource, year)
            if bool(run.facts.resources.get(resource, {}).get("is_staff")) is not staff or gap is None or not usable:
                continue
            before, after = (gap + change for change in _changes(run, name, (year, provider, resource)))
            scarcer = max(0.0, after) - max(0.0, before)
            found.append((after / usable, (before - after) / usable, -scarcer / usable, (resource, year)))
    if not found:
        return []
    worst = max(pressure for pressure, *_ in found)
    equally = [(value, weight, place) for pressure, value, weight, place in found if pressure >= worst - TIE]
    dimension = "staff_capacity" if staff else "facility_capacity"
    limit = _materiality(run, dimension)
    return [
        _row(
            provider,
            name,
            dimension,
            value=equally[0][0],
            values=[value for value, *_ in equally],
            resource=equally[0][2][0],
            year=equally[0][2][1],
            places=[place for *_, place in equally],
            stance=_stance(equally[0][1], limit),
            edge=0.0 if len(equally) > 1 else abs(abs(equally[0][1]) - limit),
        )
    ]


def _changes(run: Evaluation, name: str | None, key: tuple[int, str, str]) -> tuple[float, float]:
    """Change of the load before and after an initiative, or by all of them."""
    of = {one: run.load_by_initiative[one].get(key, 0.0) for one in run.flows}
    if name is None:
        return 0.0, sum(of.values())
    earlier = list(run.flows)[: list(run.flows).index(name)]
    before = sum(of[one] for one in earlier)
    return before, before + of[name]


def _norm_rows(run: Evaluation, thresholds: Rows) -> Rows:
    """Open on the page: the value of the dimension. Read as norms resolved less norms breached, at the horizon."""
    worth = {"breach_resolved": 1.0, "breach_caused": -1.0}
    counts: dict[str, float] = defaultdict(float)
    for row in thresholds:
        if row["norm"] is not None and row["year"] == run.years[-1]:
            counts[row["provider"]] += worth.get(row["status"], 0.0)
    stance = {1: "gains", -1: "loses"}
    return [
        _row(p, None, "volume_norms", value=n, stance=stance.get((n > 0) - (n < 0), "neutral"))
        for p, n in counts.items()
    ]


def conflict_rows(interests: Rows) -> Rows:
    """Two parties over an initiative: one gains and the other loses margin; strength is the smaller of their shares."""
    margins = [row for row in interests if row["dimension"] == "margin" and row["initiative"] is not None]
    rows = []
    for loser in (row for row in margins if row["stance"] == "loses"):
        for gainer in (row for row in margins if row["stance"] == "gains"):
            if loser["initiative"] == gainer["initiative"]:
                shares = loser["share_of_size"], gainer["share_of_size"]
                rows.append(
                    {
                        "initiative": loser["initiative"],
                        "loser": loser["party"],
                        "gainer": gainer["party"],
                        "strength": min(abs(share) for share in shares),
                        "loser_share": shares[0],
                        "gainer_share": shares[1],
                    }
                )
    return rows
