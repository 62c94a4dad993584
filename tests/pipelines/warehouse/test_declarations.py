"""What lines of declarations come down to: the same on DuckDB, on Polars and on a Spark cluster of two workers."""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from typing import Protocol

import duckdb
import narwhals as nw
import polars as pl
import pytest
import spark_cluster
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.contract import load_contract
from pipelines.judging.from_contract.storage import polars_schema
from pipelines.warehouse.declarations import cluster
from pipelines.warehouse.declarations.on_duckdb import DuckDB
from pipelines.warehouse.declarations.on_spark import SharedLake, Spark
from pipelines.warehouse.declarations.reduction import Engine, Lines, Reduction, code_of, reduce_lines, taken_back
from pipelines.workspace.engine import SparkEngine

QUARTERS = ["2025Q1", "2025Q2", "2025Q3", "2025Q4"]
SCHEMA = {**polars_schema(load_contract("declarations")), "delivery_order": pl.Int64()}


class Run(Protocol):
    """Reduces lines on some engine; `several` says whether they may come from more than one delivery."""

    def __call__(
        self, lines: pl.DataFrame, periods: Sequence[str], *, several: bool = True
    ) -> tuple[pl.DataFrame, Reduction]: ...


class Polars:
    """The same expressions on another engine."""

    def bring(self, frame: pl.DataFrame) -> Lines:
        return nw.from_native(frame.lazy())

    def keep(self, lines: Lines) -> Lines:
        return nw.from_native(lines.to_native().collect().lazy())

    def newest(self, lines: Lines, key: str, order: str) -> Lines:
        return nw.from_native(lines.to_native().filter(pl.col(order) == pl.col(order).max().over(key)))

    def numbered(self, lines: Lines, columns: Sequence[str], name: str) -> Lines:
        return nw.from_native(lines.to_native().with_columns(pl.struct(columns).hash().alias(name)))


class Unlucky(Polars):
    """An engine that gives every row the same number."""

    def numbered(self, lines: Lines, columns: Sequence[str], name: str) -> Lines:
        return nw.from_native(lines.to_native().with_columns(pl.lit(len(columns)).alias(name)))


def on_polars(lines: pl.DataFrame, periods: Sequence[str], *, several: bool = True) -> tuple[pl.DataFrame, Reduction]:
    return on(Polars(), lines, periods, several=several)


def without_luck(
    lines: pl.DataFrame, periods: Sequence[str], *, several: bool = True
) -> tuple[pl.DataFrame, Reduction]:
    return on(Unlucky(), lines, periods, several=several)


def on_duckdb(lines: pl.DataFrame, periods: Sequence[str], *, several: bool = True) -> tuple[pl.DataFrame, Reduction]:
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        return on(DuckDB(connection, Path(folder)), lines, periods, several=several)


def on(engine: Engine, lines: pl.DataFrame, periods: Sequence[str], *, several: bool) -> tuple[pl.DataFrame, Reduction]:
    found = reduce_lines(engine.bring(lines), periods=periods, engine=engine, several=several)
    return found.cells.collect(backend="polars").to_native(), found


@pytest.fixture(
    scope="module", params=[on_polars, on_duckdb, without_luck, pytest.param("spark", marks=pytest.mark.spark)]
)
def engine(request: pytest.FixtureRequest) -> Run:
    """Each engine in turn; the cluster is started once."""
    return request.getfixturevalue("on_spark") if request.param == "spark" else request.param


@pytest.fixture(scope="module")
def on_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A real master with two workers, and a session that lays out in a folder that all see."""
    if reason := spark_cluster.why_not():
        pytest.skip(reason)
    lake = tmp_path_factory.mktemp("lake")
    folders = (lake / f"run-{number}" for number in count())

    def run(lines: pl.DataFrame, periods: Sequence[str], *, several: bool = True) -> tuple[pl.DataFrame, Reduction]:
        engine = Spark(session, next(folders), SharedLake(lake, lake))
        found = on(engine, lines, periods, several=several)
        engine.forget()
        return found

    with spark_cluster.running(tmp_path_factory.mktemp("cluster")) as started:
        config = SparkEngine(kind="spark", master=started.master, settings=spark_cluster.SETTINGS)
        with cluster.connected(config) as session:
            yield run


def line(number: str, **given: object) -> dict[str, object]:
    """A line of one hospital, unless said otherwise: one unit of 100 euro, closed in the first quarter."""
    usual = {
        "declaration_id": number,
        "provider_id": "06010101",
        "payer_id": "3311",
        "patient_pseudonym": f"p{number}",
        "end_date": date(2025, 2, 1),
        "specialism": "0320",
        "diagnosis": "401",
        "care_product": "099999001",
        "area": "3011",
        "units": 1.0,
        "amount_eur": Decimal("100.00"),
        "delivery_order": 0,
    }
    return {**usual, **given}


def correction(number: str, of: str, **given: object) -> dict[str, object]:
    return line(number, corrects=of, units=-1.0, amount_eur=Decimal("-100.00"), **given)


def lines_of(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in SCHEMA} for row in rows], schema=SCHEMA)


def figures(engine: Run, *rows: dict[str, object], periods: Sequence[str] = QUARTERS) -> dict[str, tuple[object, ...]]:
    """Returns lines, patients, units and revenue by period: what all cells of it come down to."""
    cells, _ = engine(lines_of(*rows), periods)
    return {
        period: (lines, patients, units, revenue)
        for period, lines, patients, units, revenue in cells.select(
            "period", "lines", "patients", "units", "revenue_eur"
        ).iter_rows()
    }


def test_lines_of_one_cell_add_up_and_patients_count_once(engine: Run) -> None:
    again = line("2", patient_pseudonym="p1", amount_eur=Decimal("0.01"))
    assert figures(engine, line("1"), again, line("3")) == {"2025Q1": (3, 2, 3.0, Decimal("200.01"))}


def test_a_corrected_line_and_its_correction_count_for_nothing(engine: Run) -> None:
    assert figures(engine, line("1"), line("2"), correction("3", "1")) == {"2025Q1": (1, 1, 1.0, Decimal("100.00"))}


def test_a_correction_of_a_correction_brings_the_line_back(engine: Run) -> None:
    chain = [line("1"), correction("2", "1"), line("3", corrects="2")]
    assert figures(engine, *chain) == {"2025Q1": (1, 1, 1.0, Decimal("100.00"))}
    assert figures(engine, *chain, correction("4", "3")) == {}


def test_a_correction_in_a_later_delivery_reaches_back(engine: Run) -> None:
    later = correction("9", "1", end_date=date(2025, 8, 1), delivery_order=1)
    assert figures(engine, line("1"), line("2"), later) == {"2025Q1": (1, 1, 1.0, Decimal("100.00"))}


def test_a_correction_of_a_line_that_is_nowhere_is_counted_and_changes_nothing(engine: Run) -> None:
    cells, found = engine(lines_of(line("1"), correction("2", "7")), QUARTERS)
    assert cells["lines"].to_list() == [1]
    assert found.unknown.rows() == [("06010101", 20251)]


def test_of_a_line_delivered_twice_the_newest_counts(engine: Run) -> None:
    newer = line("1", amount_eur=Decimal("80.00"), delivery_order=1)
    cells, found = engine(lines_of(line("1"), line("2"), newer), QUARTERS)
    assert cells.select("lines", "revenue_eur", "delivery_order").rows() == [(2, Decimal("180.00"), 1)]
    assert found.repeated == 1
    assert found.totals["lines"].sum() == 2


def test_a_line_counts_in_the_period_in_which_the_care_ended(engine: Run) -> None:
    ends = [date(2025, 3, 31), date(2025, 4, 1), date(2025, 12, 31), date(2024, 12, 31)]
    rows = [line(str(n), end_date=end) for n, end in enumerate(ends)]
    assert sorted(figures(engine, *rows)) == ["2024Q4", "2025Q1", "2025Q2", "2025Q4"]
    assert sorted(figures(engine, *rows, periods=["2024", "2025"])) == ["2024", "2025"]
    assert sorted(figures(engine, *rows, periods=["2024", *QUARTERS])) == ["2024", "2025Q1", "2025Q2", "2025Q4"]


def test_care_that_is_not_closed_does_not_count(engine: Run) -> None:
    cells, found = engine(lines_of(line("1"), line("2", end_date=None)), QUARTERS)
    assert cells["lines"].to_list() == [1]
    assert sorted(found.totals.select("period_code", "period", "lines").rows()) == [(0, None, 1), (20251, "2025Q1", 1)]


def test_patients_are_unknown_where_a_line_has_no_pseudonym(engine: Run) -> None:
    other = line("3", patient_pseudonym=None, area="3012")
    cells, _ = engine(lines_of(line("1"), line("2"), other), QUARTERS)
    assert sorted(cells.select("area", "patients").rows()) == [("3011", 2), ("3012", None)]


def test_a_line_without_an_amount_gives_volume_and_no_price(engine: Run) -> None:
    cells, _ = engine(lines_of(line("1"), line("2", amount_eur=None), line("3", amount_eur=None, area=None)), QUARTERS)
    rows = cells.select("area", "units", "priced_units", "revenue_eur").sort("area", nulls_last=True).rows()
    assert rows == [("3011", 2.0, 1.0, Decimal("100.00")), (None, 1.0, None, None)]


@pytest.mark.parametrize("several", [True, False])
def test_lines_of_which_each_lacks_something_else_come_down_to_one_cell(engine: Run, *, several: bool) -> None:
    """No column is then the same as another: what is known of all lines is nothing."""
    amount = Decimal("100.50")
    rows = lines_of(
        line("1", amount_eur=amount), line("2", amount_eur=amount, patient_pseudonym=None), line("3", amount_eur=None)
    )
    cells, _ = engine(rows, QUARTERS, several=several)
    found = cells.select("lines", "patients", "units", "revenue_eur", "priced_units").rows()
    assert found == [(3, None, 3.0, Decimal("201.00"), 2.0)]


def test_an_unknown_payer_or_area_is_a_cell_of_its_own(engine: Run) -> None:
    cells, _ = engine(lines_of(line("1"), line("2", payer_id=None), line("3", payer_id=None, area=None)), QUARTERS)
    assert cells["lines"].to_list() == [1, 1, 1]


def test_corrections_that_name_each_other_end_and_touch_no_ordinary_line() -> None:
    circle = pl.DataFrame({"declaration_id": ["a", "b", "c"], "corrects": ["b", "a", "a"]})
    assert set(taken_back(circle)["declaration_id"]) <= {"a", "b"}


def test_a_correction_beside_a_circle_of_corrections_takes_its_line_out(engine: Run) -> None:
    rows = [line("line"), line("other"), correction("a", "b"), correction("b", "a"), correction("d", "line")]
    cells, _ = engine(lines_of(*rows), QUARTERS)
    assert cells["lines"].to_list() == [1]


def test_lines_sent_again_are_told_apart_some_keys_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.warehouse.declarations.on_duckdb.KEYS_AT_A_TIME", 3)
    rows = [line(str(n), delivery_order=order) for n in range(10) for order in (0, 1)]
    cells, found = on_duckdb(lines_of(*rows, line("once")), QUARTERS)
    assert (cells["lines"].to_list(), cells["units"].to_list(), found.repeated) == ([11], [11.0], 10)


def counts(number: int, corrects: Sequence[int | None]) -> bool:
    """Whether a line stands: no correction that stands names it. Later lines correct earlier ones, so this ends."""
    return not any(counts(other, corrects) for other, named in enumerate(corrects) if named == number)


@st.composite
def chains(draw: st.DrawFn) -> list[int | None]:
    """Which line each line corrects: none, or one before it."""
    size = draw(st.integers(1, 12))
    return [draw(st.none() | st.integers(0, number - 1)) if number else None for number in range(size)]


@pytest.mark.parametrize("number", range(3))
def test_a_chain_of_corrections_ends_as_it_would_by_hand(engine: Run, number: int) -> None:
    """Three long ones of a fixed chance, for engines on which every one takes seconds."""
    chance = Random(number)
    ends_by_hand(engine, [None, *(chance.choice([None, *range(line)]) for line in range(1, 25))])


@pytest.mark.parametrize("quick", [on_polars, on_duckdb, without_luck])
@settings(max_examples=25, deadline=None)
@given(corrects=chains())
def test_any_chain_of_corrections_ends_as_it_would_by_hand(quick: Run, corrects: list[int | None]) -> None:
    ends_by_hand(quick, corrects)


def ends_by_hand(engine: Run, corrects: list[int | None]) -> None:
    """Asserts that the lines that count are those that a plain recursion counts."""
    rows = [
        line(str(n), patient_pseudonym=str(n)) if named is None else correction(str(n), str(named))
        for n, named in enumerate(corrects)
    ]
    expected = sum(named is None and counts(n, corrects) for n, named in enumerate(corrects))
    cells, _ = engine(lines_of(*rows), QUARTERS)
    assert cells["lines"].sum() == expected


def test_a_period_has_a_number() -> None:
    assert (code_of("2025"), code_of("2025Q3")) == (20250, 20253)
