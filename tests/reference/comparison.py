"""Holds result tables beside those of the reference, and says in a readable way where they differ first.

Figures agree within 1e-7 of the larger, with a floor of one euro or unit. A row that is missing on one side counts as
what such a row says when nothing happens: no change, a feasible share of 1, a norm that is not offered. A status or a
probability at the very edge of its threshold is not compared: rounding decides it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

Row = dict[str, Any]
RELATIVE, FLOOR, EDGE = 1e-7, 1.0, 1e-6
NOISE = 1e-8  # what adding up leaves: where nothing changes no year is the worst
_SPREAD = ("", "_p10", "_p50", "_p90")
_ENDS = ("", "_p10", "_p90")


def _spread(*names: str) -> tuple[str, ...]:
    return tuple(name + suffix for name in names for suffix in _SPREAD)


@dataclass(frozen=True)
class Comparison:
    """How one table is compared: its key, its figures, and what a missing row says."""

    keys: tuple[str, ...]
    numbers: tuple[str, ...]
    texts: tuple[str, ...] = ()
    missing: Row | None = None  # None: the row may not be missing


_NO_FLOW = dict.fromkeys(_spread("units_moved", "units_returned", "units_received", "revenue_moved_eur"), 0.0)
_CAPACITY = (
    "available",
    "usable",
    "load_before",
    *_spread("load_after"),
    "gap_before",
    *_spread("gap_after"),
    *_spread("load_change"),
    "gap_fte_after",
)

COMPARISONS: dict[str, Comparison] = {
    "initiative": Comparison(keys=("initiative",), numbers=(), texts=("role",)),
    "party_baseline": Comparison(
        keys=("party", "year"),
        numbers=(
            "production_eur",
            "revenue_eur",
            "cost_eur",
            "margin_eur",
            "units",
            "delivered_margin_eur",
            "size_eur",
        ),
        texts=("size_source",),
        missing=dict.fromkeys(("production_eur", "revenue_eur", "cost_eur", "units"), 0.0) | {"size_eur": None},
    ),
    "transfer_flow": Comparison(
        keys=("initiative", "year", "from_id", "to_id", "specialism", "care_product"),
        numbers=tuple(_NO_FLOW),
        missing=_NO_FLOW,
    ),
    "transfer_flow_detail": Comparison(
        keys=("initiative", "year", "from_id", "to_id", "payer_id", "area"),
        numbers=("units_moved", "revenue_moved_eur", "value_eur"),
        missing=dict.fromkeys(("units_moved", "revenue_moved_eur", "value_eur"), 0.0),
    ),
    "party_impact": Comparison(
        keys=("party", "year", "initiative", "measure"),
        numbers=("mean", "p10", "p50", "p90"),
        missing=dict.fromkeys(("mean", "p10", "p50", "p90"), 0.0),
    ),
    "path_summary": Comparison(
        keys=("party",),
        numbers=tuple(f"{name}{end}" for name in ("worst_year_eur", "low_point_eur", "lasting_eur") for end in _ENDS),
        texts=("worst_year", "low_point_year", "turn_year"),
        missing=dict.fromkeys(("worst_year_eur", "low_point_eur", "lasting_eur"), 0.0),
    ),
    "capacity_gap": Comparison(
        keys=("provider", "resource", "year"),
        numbers=(*_CAPACITY, "shortage_probability_before", "shortage_probability_after"),
        missing=dict.fromkeys(_spread("load_change"), 0.0),
    ),
    "feasible_share": Comparison(
        keys=("initiative", "recipient", "year"),
        numbers=("feasible_share", "recipients", "full_recipients"),
        missing={"feasible_share": 1.0},
    ),
    "closure": Comparison(
        keys=("provider", "resource", "year"),
        numbers=("freed", "freed_p10", "freed_p90", "step", "whole_steps", "below_step"),
        missing={"freed": 0.0},
    ),
    "quality": Comparison(
        keys=("initiative", "measure", "year"),
        numbers=("mean", "p10", "p50", "p90"),
        texts=("better",),
        missing={"mean": 0.0},
    ),
    "threshold": Comparison(
        keys=("provider", "norm", "specialism", "year"),
        numbers=("probability_before", "probability", "minimum_units", "units_before", "units_after"),
        texts=("status_before", "status"),
    ),
    "interest": Comparison(
        keys=("party", "initiative", "dimension", "specialism"),
        numbers=("value", "share", "intensity"),
        texts=("stance",),
        missing={"value": 0.0},
    ),
    "conflict": Comparison(
        keys=("initiative", "loser", "gainer"),
        numbers=("strength", *(f"{side}_{what}" for side in ("loser", "gainer") for what in ("value", "share"))),
        texts=tuple(f"{side}_{what}" for side in ("loser", "gainer") for what in ("dimension", "specialism")),
    ),
}


def differences(found: Mapping[str, pl.DataFrame], expected: Mapping[str, list[Row]]) -> list[str]:
    """One line per differing cell or row, over all tables; empty if both say the same."""
    return [line for name, rows in expected.items() for line in _table_differences(name, found[name].to_dicts(), rows)]


def report(lines: list[str], *, most: int = 25) -> str:
    """The first differences, and how many more there are."""
    rest = len(lines) - most
    return "\n".join([*lines[:most], *([f"... and {rest} more"] if rest > 0 else [])])


def _table_differences(name: str, found: list[Row], expected: list[Row]) -> Iterator[str]:
    how = COMPARISONS[name]
    ours, theirs = _by_key(name, found, how), _by_key(name, expected, how)
    for key in sorted(set(ours) | set(theirs), key=str):
        where = f"{name} {dict(zip(how.keys, key, strict=True))}"
        model, reference = ours.get(key), theirs.get(key)
        if model is None or reference is None:
            if not _may_be_missing(name, model or reference, how):
                side = "model" if model is None else "reference"
                yield f"{where}: {side} has no such row; the other has {model or reference}"
            continue
        yield from _row_differences(name, where, model, reference)


def _by_key(name: str, rows: list[Row], how: Comparison) -> dict[tuple[Any, ...], Row]:
    keyed = {tuple(row[key] for key in how.keys): row for row in rows}
    if len(keyed) != len(rows):
        raise AssertionError(f"{name} has {len(rows)} rows for {len(keyed)} keys {how.keys}.")
    return keyed


def _may_be_missing(name: str, row: Row, how: Comparison) -> bool:
    """Whether the one row there is says that nothing happens (or nothing is known)."""
    if name == "threshold":
        idle = row["norm"] is not None and row["status"] == "not_offered"
        untouched = _same(row["units_before"], row["units_after"])
        return idle or (row["norm"] is None and (untouched or row["units_before"] == 0))
    if name == "conflict":
        return row["strength"] is None or abs(row["strength"] - 1) < EDGE
    if name == "closure":
        return row["freed"] <= FLOOR * RELATIVE and row["whole_steps"] == row["below_step"] == 0
    if name == "feasible_share" and row["feasible_share"] is None:
        return False
    if name == "capacity_gap" and (row["load_before"] is not None or row["available"] is not None):
        return False
    return how.missing is not None and all(_same(row[column], value) for column, value in how.missing.items())


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return abs(one - other) <= RELATIVE * max(FLOOR, abs(one), abs(other))


def _row_differences(name: str, where: str, model: Row, reference: Row) -> Iterator[str]:
    how = COMPARISONS[name]
    if any(_same(model["value"], value) for value in reference.get("values", ())):
        reference = reference | {"value": model["value"], "share": model["share"]}
    for column in how.numbers:
        if not _same(model[column], reference[column]) and not _on_edge(name, column, model, reference):
            yield f"{where}: {column} is {model[column]}, reference {reference[column]}"
    for column in how.texts:
        if model[column] != reference[column] and not _on_edge(name, column, model, reference):
            yield f"{where}: {column} is {model[column]!r}, reference {reference[column]!r} ({_shown(reference)})"
    if (
        reference.get("places")
        and abs(reference["value"]) > NOISE
        and (model["resource"], model["year"]) not in reference["places"]
    ):
        yield f"{where}: tightest is {model['resource']!r} in {model['year']}, reference one of {reference['places']}"
    if name == "feasible_share" and reference["binding_candidates"] is not None:
        allowed = reference["binding_candidates"] or (None,)
        if model["binding_resource"] not in allowed:
            yield f"{where}: binding_resource is {model['binding_resource']!r}, reference one of {allowed}"


def _on_edge(name: str, column: str, model: Row, reference: Row) -> bool:
    """Whether rounding decides: units at a norm's minimum, a gap of 0, a share at its floor, a tie."""
    edges = {
        "capacity_gap": _shortage_on_edge,
        "threshold": _threshold_on_edge,
        "closure": _closure_on_edge,
        "path_summary": _year_on_edge,
        "conflict": _conflict_on_edge,
    }
    if name == "interest":
        return column == "stance" and reference["edge"] < EDGE
    if name == "feasible_share":
        return column.endswith("recipients") and bool(reference["on_edge"])
    return name in edges and edges[name](column, model, reference)


def _shortage_on_edge(column: str, _model: Row, reference: Row) -> bool:
    gap = reference["gap_before" if column.endswith("before") else "gap_after"]
    return column.startswith("shortage") and gap is not None and abs(gap) < EDGE * max(1.0, reference["usable"])


def _threshold_on_edge(column: str, _model: Row, reference: Row) -> bool:
    if reference["norm"] is None:
        edge = reference["edge_before" if column.endswith("before") else "edge"]
        return column.startswith(("status", "probability")) and edge < EDGE
    if not column.startswith("status"):
        return False
    units = reference["units_grown"], reference["units_before"], reference["units_after"]
    return any(abs(u - edge) < EDGE * max(1.0, u) for u in units for edge in (reference["minimum_units"], 0.5))


def _closure_on_edge(column: str, _model: Row, reference: Row) -> bool:
    steps = reference["freed"] / reference["step"]
    return column in ("whole_steps", "below_step") and abs(steps - round(steps)) < EDGE


def _year_on_edge(column: str, model: Row, reference: Row) -> bool:
    """A tie of years, or a year at half a euro below 0."""
    if column == "turn_year":
        return any(abs(amount + 0.5) < EDGE for amount in reference["yearly"])
    if not column.endswith("_year"):
        return False
    path = reference["yearly" if column == "worst_year" else "cumulative"]
    return _same(path[model[column] - reference["first_year"]], min(path))


def _conflict_on_edge(column: str, _model: Row, reference: Row) -> bool:
    """Dimensions that are equally intense."""
    return column != "strength" and bool(reference[f"{column.split('_', maxsplit=1)[0]}_tied"])


def _shown(row: Row) -> str:
    return ", ".join(f"{k}={v}" for k, v in row.items() if isinstance(v, float))
