"""Section 6: volume norms and the viability of departments."""

from collections import defaultdict
from typing import Any

from reference.evaluation import Evaluation
from reference.facts import Cell, segment_of

NONE_BELOW = 0.5  # under half a unit counts as none


def threshold_rows(run: Evaluation) -> list[dict[str, Any]]:
    return norm_rows(run) + department_rows(run)


def norm_rows(run: Evaluation) -> list[dict[str, Any]]:
    norms: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in run.facts.norm_rows:
        norms[row["norm"]].append(row)
    rows = []
    for year in run.years:
        before_units, after_units = run.baseline.units(year), run.left[year]
        for norm, matching in norms.items():
            minimum = max(float(row["minimum_units"]) for row in matching)
            for provider in run.facts.providers:
                before = _norm_units(before_units, provider, matching)
                after = _norm_units(after_units, provider, matching)
                rows.append(
                    {
                        "provider": provider,
                        "norm": norm,
                        "specialism": None,
                        "year": year,
                        "status": norm_status(before, after, minimum),
                        "probability": 1.0,
                        "minimum_units": minimum,
                        "units_before": before,
                        "units_after": after,
                    }
                )
    return rows


def _norm_units(units: dict[Cell, float], provider: str, matching: list[dict[str, Any]]) -> float:
    """A location's units over all cells that match any of the norm's rows."""
    return sum(
        amount
        for cell, amount in units.items()
        if cell[0] == provider
        and any(
            row.get("specialism") in (None, cell[2]) and row.get("care_product") in (None, cell[4]) for row in matching
        )
    )


def norm_status(before: float, after: float, minimum: float) -> str:
    """Reading (g): nothing before and enough after is `met`."""
    had, has = before >= NONE_BELOW, after >= NONE_BELOW
    if not has:
        return "stopped" if had else "not_offered"
    if after >= minimum:
        return "breach_resolved" if had and before < minimum else "met"
    if not had:
        return "started_below"
    return "breach_caused" if before >= minimum else "breach_remains"


def department_rows(run: Evaluation) -> list[dict[str, Any]]:
    """Per provider and specialism, per year: margin ÷ base-year production below the floor, or units down too far.

    Reading (e): the drop is against no agreement in the same year. The formula is taken as it stands: unit cost is the
    base-year average of every unit, those that came in lighter or stayed heavier too, and refilled care counts nowhere.
    """
    limits = run.scenario.get("thresholds") or {}
    floor, drop = limits.get("viability_floor", -0.05), limits.get("viability_volume_drop", 0.30)
    base_production = _per_department(run, run.facts.units, _production_of)
    rows = []
    for year in run.years:
        before = _per_department(run, run.baseline.units(year), _one)
        after = _per_department(run, run.left[year], _one)
        margin = _per_department(run, run.left[year], _margin_of)
        for department in sorted(set(before) | set(after), key=str):
            key = (*department, year)
            left = margin[department] - run.department_stranded[key]
            base = base_production.get(department, 0.0)
            share = left / base if base > 0 else None
            fallen = 1 - after[department] / before[department] if before.get(department, 0.0) > 0 else 0.0
            at_risk = (share is not None and share < floor) or fallen > drop
            rows.append(
                {
                    "provider": department[0],
                    "norm": None,
                    "specialism": department[1],
                    "year": year,
                    "status": "at_risk" if at_risk else "viable",
                    "probability": 1.0,
                    "minimum_units": None,
                    "units_before": before.get(department, 0.0),
                    "units_after": after.get(department, 0.0),
                    # for the comparison: how far from either edge
                    "edge": min(abs(fallen - drop), 1.0 if share is None else abs(share - floor)),
                }
            )
    return rows


def _per_department(run: Evaluation, units: dict[Cell, float], value: Any) -> dict[tuple[str, str | None], float]:
    sums: dict[tuple[str, str | None], float] = defaultdict(float)
    for cell, amount in units.items():
        sums[cell[0], cell[2]] += amount * value(run, cell)
    return sums


def _one(_run: Evaluation, _cell: Cell) -> float:
    return 1.0


def _production_of(run: Evaluation, cell: Cell) -> float:
    return run.facts.price(cell[0], cell[1], cell[4])


def _margin_of(run: Evaluation, cell: Cell) -> float:
    return _production_of(run, cell) - run.facts.unit_cost(cell[0], cell[1], segment_of(cell))
