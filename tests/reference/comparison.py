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
_SPREAD = ("", "_p10", "_p50", "_p90")


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
    "party_baseline": Comparison(
        keys=("party", "year"),
        numbers=("production_eur", "revenue_eur", "cost_eur", "units", "size_eur", "margin_eur"),
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
    "capacity_gap": Comparison(
        keys=("provider", "resource", "year"),
        numbers=(*_CAPACITY, "shortage_probability_before", "shortage_probability_after"),
        missing=dict.fromkeys(_spread("load_change"), 0.0),
    ),
    "feasible_share": Comparison(
        keys=("initiative", "recipient", "year"),
        numbers=("feasible_share",),
        missing={"feasible_share": 1.0},
    ),
    "threshold": Comparison(
        keys=("provider", "norm", "specialism", "year"),
        numbers=("probability", "minimum_units", "units_before", "units_after"),
        texts=("status",),
    ),
    "interest": Comparison(
        keys=("party", "initiative", "dimension"),
        numbers=("value", "share_of_size"),
        texts=("stance",),
        missing={"value": 0.0},
    ),
    "conflict": Comparison(
        keys=("initiative", "loser", "gainer"),
        numbers=("strength", "loser_share", "gainer_share"),
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
        reference = reference | {"value": model["value"]}
    for column in how.numbers:
        if not _same(model[column], reference[column]) and not _on_edge(name, column, reference):
            yield f"{where}: {column} is {model[column]}, reference {reference[column]}"
    for column in how.texts:
        if model[column] != reference[column] and not _on_edge(name, column, reference):
            yield f"{where}: {column} is {model[column]!r}, reference {reference[column]!r} ({_shown(reference)})"
    if reference.get("places") and (model["resource"], model["year"]) not in reference["places"]:
        yield f"{where}: tightest is {model['resource']!r} in {model['year']}, reference one of {reference['places']}"
    if name == "feasible_share":
        allowed = reference["binding_candidates"] or (None,)
        if model["binding_resource"] not in allowed:
            yield f"{where}: binding_resource is {model['binding_resource']!r}, reference one of {allowed}"


def _on_edge(name: str, column: str, reference: Row) -> bool:
    """Whether rounding decides: units at a norm's minimum, a gap of 0, a share at its floor."""
    if name == "capacity_gap" and column.startswith("shortage_probability"):
        gap = reference["gap_before" if column.endswith("before") else "gap_after"]
        return gap is not None and abs(gap) < EDGE * max(1.0, reference["usable"])
    if name == "threshold" and column == "status":
        if reference["norm"] is None:
            return reference["edge"] < EDGE
        units = reference["units_before"], reference["units_after"]
        return any(abs(u - edge) < EDGE * max(1.0, u) for u in units for edge in (reference["minimum_units"], 0.5))
    if name == "interest" and column == "stance":
        return reference["stance"] is None or reference.get("edge", 1.0) < EDGE
    return False


def _shown(row: Row) -> str:
    return ", ".join(f"{k}={v}" for k, v in row.items() if isinstance(v, float))


def mean_differences(found: Mapping[str, pl.DataFrame], draws: list[Mapping[str, list[Row]]]) -> list[str]:
    """The same for a model run with draws, beside one run of the reference for each draw: only what is a mean.

    A row that is missing in some draws counts there as what a missing row says.
    """
    lines = []
    for name, how in COMPARISONS.items():
        columns = [column for column in how.numbers if not column.endswith(("_p10", "_p50", "_p90"))]
        columns = [column for column in columns if column not in NO_MEAN]
        if name in ONLY_WITHOUT_DRAWS:
            continue
        runs = [_by_key(name, run[name], how) for run in draws]
        for key, model in _by_key(name, found[name].to_dicts(), how).items():
            there = [run.get(key) or how.missing for run in runs]
            if None in there:
                continue  # a party, norm or department that the reference knows nothing of
            for column in columns:
                wanted = _mean([row.get(column) for row in there])
                if not _same(model[column], wanted):
                    where = f"{name} {dict(zip(how.keys, key, strict=True))}"
                    lines.append(f"{where}: mean {column} is {model[column]}, reference {wanted}")
    return lines


NO_MEAN = ("p10", "p50", "p90", "probability")  # a status and its probability are checked without draws
ONLY_WITHOUT_DRAWS = ("interest", "conflict")


def _mean(values: list[float | None]) -> float | None:
    return None if None in values else sum(values) / len(values)
