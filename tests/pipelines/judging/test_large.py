"""A large file has the outcome of a small one: the same rows judged in parts, and judged at once."""

import random
import resource
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path

import polars as pl
import pytest
from delivering import accepted_rows, deliver, put, with_register
from polars.testing import assert_frame_equal

from data_contracts.contract import load_contract
from pipelines.intake import deliveries, one_file
from pipelines.judging import Register, Validated, validate
from pipelines.judging.large import sifting, sizes
from pipelines.judging.large.sifting import Order, judge
from pipelines.reading.formats import ROW_NUMBER, csv_text, read_delivery

NOON = datetime(2025, 3, 1, 12, 30)  # noqa: DTZ001 - as programs store a day

REGISTER = Register(
    {
        "providers.provider_id": frozenset({"06010101", "06010102"}),
        "payers.payer_id": frozenset({"3311", "3312"}),
        "areas.area": frozenset({"3011", "3012", "GM0599"}),
    },
    own_providers=frozenset({"06010101"}),
)

DECLARATION: dict[str, list[str]] = {
    "declaratienummer": [""],
    "agb": ["06010101", "06010101", "6010101", "06010102", "06019999", "", " 06010101 ", "6010101.0"],
    "uzovi": ["3311", "3312", "3311", "9999", "-", "", "onbekend", "311", "3311.0"],
    "pseudoniem": ["p1", "p2", "p3", "", "Q-7f/9", "'p1"],
    "begindatum": ["2025-01-01", "01-02-2025", "", "20250301", "2025-02-30", "45000"],
    "einddatum": ["2025-03-01", "2025-06-30", "31-12-2025", "", "2024-12-31", "2025-13-01", "2026-05-05 00:00:00"],
    "zorgtype": ["11", "21", "Initieel", "totaal", ""],
    "specialisme": ["0320", "320", "0301", "", "heelkunde", "toverkunst"],
    "diagnose": ["401", "402", "K78", "T90.02", "554.0", "", "1E+05", "2025-03-01", "3-jan", "=A1", "true"],
    "zorgproduct": ["099999001", "99999001", "", "#N/B", "099999002"],
    "postcode": ["3011", "3012", "3011AB", "GM0599", "", "n.v.t.", "9999"],
    "aantal": ["1", "1", "1,0", "-1", "2", "1.000", "", "x", "0"],
    "bedrag": ["100,00", "1.234,50", "1.200", "€ 12,5", "-100,00", "", "99,999", "1e3", "5%", "12", "=B2*2", "30:00"],
    "corrigeert": ["", "", "", "", "D1", "D7", "-"],
    "opmerking": ["", "totaal", "vrij; tekst", 'een "aanhaling"'],
}
DECLARATION_OF_NOTHING = {name: cells[0] for name, cells in DECLARATION.items()}
VOLUME: dict[str, list[str]] = {
    "provider_id": ["06010101", "06010102", "6010101", "Totaal", ""],
    "period": ["2025Q1", "2025Q2", "2025", "2025-Q1", "2024Q4", ""],
    "specialism": ["0320", "320", "0301", ""],
    "care_product": ["099999001", "099999002", "99999001", "", "som"],
    "area": ["3011", "3012", ""],
    "patients": ["1", "2", "3,0", "", "1.5", "10", "1.000"],
    "units": ["1.000", "2.5", "3", "-1", "1,234.5", "12", "<5"],
}


def rows_of(cells: dict[str, list[str]], *, seed: int, rows: int, mess: float) -> list[dict[str, str]]:
    """Returns random rows; every cell is the first of its column, or with a chance of `mess` any of them."""
    draw = random.Random(seed)
    made = [{n: draw.choice(v) if draw.random() < mess else v[0] for n, v in cells.items()} for _ in range(rows)]
    if "declaratienummer" in cells:
        for number, row in enumerate(made):
            row["declaratienummer"] = f"D{draw.randrange(rows) if draw.random() < mess / 4 else number}"
    return made


def csv_of(rows: list[dict[str, str]], *, separator: str = ";", ragged: bool = False) -> str:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in f'"{separator}\n') else text

    lines = [separator.join(rows[0]), *(separator.join(map(cell, row.values())) for row in rows)]
    if ragged:
        lines[3:3] = ["", separator.join(["te", "kort"])]
        lines[9:9] = [lines[5] + separator + "te lang"]
    return "\n".join(lines) + "\n"


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes parts so small that a test's file has many."""
    monkeypatch.setattr(sifting, "ROWS_AT_A_TIME", 11)
    monkeypatch.setattr(csv_text.read_csv_in_parts, "__kwdefaults__", {"part_bytes": 700})


def both(path: Path, dataset: str, folder: Path, *, period: str | None = None) -> tuple[Validated, Validated]:
    """Returns what becomes of a file when it is judged at once, and when it is judged in parts."""
    contract = load_contract(dataset)

    def known(heading: str) -> str | None:
        column = contract.for_heading(heading)
        return column.name if column is not None else None

    at_once = validate(read_delivery(path, known=known), contract, register=REGISTER, period=period)
    folder.mkdir()
    order = Order(contract, REGISTER, period, provenance={})
    kind = "parquet" if path.suffix == ".parquet" else "csv"
    return at_once, judge(path, kind, order=order, known=known, folder=folder)


def same(at_once: Validated, in_parts: Validated) -> None:
    assert in_parts.refusal == at_once.refusal
    assert (in_parts.rows, in_parts.accepted_rows, in_parts.rejected) == (
        at_once.rows,
        at_once.accepted.height,
        at_once.rejected,
    )
    assert in_parts.format == at_once.format
    if at_once.refusal is None:
        assert in_parts.stored is not None
        accepted = pl.read_parquet(in_parts.stored.accepted).sort(ROW_NUMBER)
        assert_frame_equal(accepted, at_once.accepted.sort(ROW_NUMBER), check_column_order=False)
        assert in_parts.periods == at_once.periods
    order = [ROW_NUMBER, "rule", "column", "value"]
    assert_frame_equal(in_parts.rejections.sort(order), at_once.rejections.sort(order))
    if at_once.refused_rows.height:
        assert_frame_equal(in_parts.refused_rows, at_once.refused_rows)
    assert sorted(in_parts.notes, key=str) == sorted(at_once.notes, key=str)
    assert sorted(in_parts.warnings, key=str) == sorted(at_once.warnings, key=str)
    assert (in_parts.warned_rows, in_parts.grade) == (at_once.warned_rows, at_once.grade)


MESS = (0.0, 0.03, 0.3, 1.0)


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("mess", MESS)
@pytest.mark.parametrize("seed", range(3))
def test_lines_from_csv(seed: int, mess: float, tmp_path: Path) -> None:
    path = tmp_path / "declarations.csv"
    path.write_text(csv_of(rows_of(DECLARATION, seed=seed, rows=60, mess=mess), ragged=seed == 1))
    same(*both(path, "declarations", tmp_path / "parts"))


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("mess", MESS)
@pytest.mark.parametrize("period", [None, "2025", "2025Q1"])
def test_volume_from_csv(period: str | None, mess: float, tmp_path: Path) -> None:
    path = tmp_path / "volume.csv"
    path.write_text(csv_of(rows_of(VOLUME, seed=7, rows=60, mess=mess), separator="\t"))
    same(*both(path, "volume", tmp_path / "parts", period=period))


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("mess", MESS)
def test_text_cells_in_parquet(mess: float, tmp_path: Path) -> None:
    rows = [{n: v or None for n, v in row.items()} for row in rows_of(DECLARATION, seed=5, rows=60, mess=mess)]
    path = tmp_path / "declarations.parquet"
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(path)
    same(*both(path, "declarations", tmp_path / "parts"))


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("texts", [["1", "2", None], ["1.234,50", "2", "3,5"], ["7.25", "1", "x"]])
def test_stored_numbers_beside_texts(texts: list[str | None], tmp_path: Path) -> None:
    usual = {"provider_id": "06010101", "period": "2025Q1", "payer_id": "3311"}
    columns = {
        "care_product": [f"{n:09}" for n in range(99)],
        "units": [None, 1.2, 12.0, 1200.0, 0.25, 12.3456, 5.0] * 14,
    }
    frame = pl.DataFrame(
        {**columns, "units": [*columns["units"], 1.0], "revenue_eur": texts * 33, **dict.fromkeys(usual)}
    )
    frame = frame.with_columns(pl.lit(value).alias(name) for name, value in usual.items())
    frame.write_parquet(tmp_path / "revenue.parquet")
    at_once, in_parts = both(tmp_path / "revenue.parquet", "revenue", tmp_path / "parts")
    same(at_once, in_parts)
    doubted = [one.count for one in at_once.warnings if one.rule == "stored_numbers_in_doubt"]
    assert bool(doubted) == (texts[0] != "1")


@pytest.mark.usefixtures("small_parts")
def test_cells_of_every_type_in_parquet(tmp_path: Path) -> None:
    draw = random.Random(3)
    numbers = [0.0, 1.0, -0.5, 2.675, 1e-7, 1e20, float("nan"), float("inf"), 0.1 + 0.2, None, -1.0]
    frame = pl.DataFrame(
        {
            "declaration_id": [f"D{n}" for n in range(80)],
            "provider_id": pl.Series([draw.choice([6010101, 6010102, 1]) for _ in range(80)], dtype=pl.Int64),
            "payer_id": pl.Series([draw.choice([3311, 311, 3312, None]) for _ in range(80)], dtype=pl.Int32),
            "start_date": [draw.choice([date(2025, 1, 1), date(2025, 9, 9), None]) for _ in range(80)],
            "end_date": [draw.choice([NOON, NOON, None]) for _ in range(80)],
            "care_type": [draw.choice([True, False, None]) for _ in range(80)],
            "diagnosis": [draw.choice([401.0, 402.0, 402.5, None]) for _ in range(80)],
            "units": [draw.choice(numbers) for _ in range(80)],
            "amount_eur": [draw.choice(numbers) for _ in range(80)],
            "unknown": [[1, 2]] * 80,
        }
    )
    path = tmp_path / "declarations.parquet"
    frame.write_parquet(path)
    same(*both(path, "declarations", tmp_path / "parts"))
    cents = [Decimal("1.25"), Decimal("-3.10"), None]
    money = frame.with_columns(
        units=pl.Series([draw.choice([1, 2, -1]) for _ in range(80)], dtype=pl.Int8),
        amount_eur=pl.Series([draw.choice(cents) for _ in range(80)], dtype=pl.Decimal(12, 2)),
        corrects=pl.Series([draw.choice(["D1", None]) for _ in range(80)]),
    )
    money.write_parquet(path)
    same(*both(path, "declarations", tmp_path / "again"))


@pytest.mark.usefixtures("small_parts")
def test_codes_of_every_shape(tmp_path: Path) -> None:
    """Most codes are plain at sight; what only looks like one is looked at longer: a total, an exponent, a word."""
    signs = ["T", "ota", "al", "5", "e", "_", ".", "-", " ", "0", "abc", "é"]
    codes = dict.fromkeys("".join(made) for length in (1, 2, 3, 4) for made in product(signs, repeat=length))
    draw = random.Random(8)
    chosen = [*draw.sample(list(codes), 1500), "Totaal", "TOTA1", "1ota", "t0ta1", "Tota5", "5Tota", "abc5abcd"]
    rows = [{**DECLARATION_OF_NOTHING, "declaratienummer": code, "zorgproduct": code} for code in chosen]
    path = tmp_path / "declarations.csv"
    path.write_text(csv_of(rows))
    same(*both(path, "declarations", tmp_path / "parts"))


@pytest.mark.usefixtures("small_parts")
def test_columns_whose_names_differ_in_case_only(tmp_path: Path) -> None:
    rows = rows_of(VOLUME, seed=2, rows=30, mess=0.1)
    path = tmp_path / "volume.parquet"
    pl.DataFrame(rows).with_columns(pl.lit("x").alias("Note"), pl.lit("y").alias("NOTE")).write_parquet(path)
    same(*both(path, "volume", tmp_path / "parts"))


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("number", ["111222333", "123456782"])
def test_a_file_with_citizen_service_numbers_is_refused_whole(number: str, tmp_path: Path) -> None:
    valid = ["111222333", "123456782", "999990019", "000000012", number]
    rows = rows_of(DECLARATION, seed=1, rows=60, mess=0.0)
    for at, row in enumerate(rows):
        row["pseudoniem"] = valid[at % 5]
    path = tmp_path / "declarations.csv"
    path.write_text(csv_of(rows))
    at_once, in_parts = both(path, "declarations", tmp_path / "parts")
    assert at_once.refusal is not None
    assert at_once.refusal.rule == "personal_numbers"
    same(at_once, in_parts)


@pytest.mark.usefixtures("small_parts")
def test_other_headings_are_refused_and_no_rows_too(tmp_path: Path) -> None:
    for name, text in {"other": "a;b\n1;2\n", "none": "provider_id;period;units\n"}.items():
        path = tmp_path / f"{name}.csv"
        path.write_text(text)
        same(*both(path, "volume", tmp_path / name))


@pytest.mark.usefixtures("small_parts")
def test_a_row_over_several_lines_is_not_cut_and_keeps_its_number(tmp_path: Path) -> None:
    rows = rows_of(DECLARATION, seed=4, rows=40, mess=0.05)
    for row in rows[::3]:
        row["opmerking"] = "eerste regel\ntweede; regel\nderde"
    path = tmp_path / "declarations.csv"
    path.write_text(csv_of(rows))
    same(*both(path, "declarations", tmp_path / "parts"))


def test_more_refusals_than_a_report_can_tell_are_counted_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sifting, "REFUSALS_TOLD", 5)
    monkeypatch.setattr(sifting, "ROWS_AT_A_TIME", 11)
    path = tmp_path / "volume.csv"
    path.write_text("provider_id;period;units\n" + "06019999;2025Q1;1\n" * 30 + "06010101;2025Q1;1\n")
    _, found = both(path, "volume", tmp_path / "parts")
    assert (found.rows, found.accepted_rows, found.rejected) == (31, 1, 30)
    assert found.refused_rows.height == 5
    assert [note.count for note in found.notes if note.rule == "refusals_not_listed"] == [25]
    assert found.stored is not None
    assert found.stored.refused_rows is not None
    assert found.stored.reasons is not None
    assert pl.read_parquet(found.stored.refused_rows).height == 30
    assert pl.read_parquet(found.stored.reasons)[ROW_NUMBER].n_unique() == 30


HEAD = "declaration_id;provider_id;patient_pseudonym;end_date;care_product;units;amount_eur\n"


def lines(count: int, *, start: int = 0) -> str:
    return "".join(f"D{n};06010101;p{n % 7};2025-02-01;099999001;1;100,25\n" for n in range(start, start + count))


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "CSV_BYTES", 100)


@pytest.mark.usefixtures("everything_is_large")
def test_a_large_delivery_lies_in_the_lake_and_in_the_log(tmp_path: Path) -> None:
    workspace = with_register(tmp_path / "region")
    done = deliver(
        workspace, HEAD + lines(30) + "D31;06019999;p;2025-02-01;;1;1\n", place="noord/2025Q1/declarations.csv"
    )
    assert (done.record.rows, done.record.accepted, done.record.rejected) == (31, 30, 1)
    kept = accepted_rows(workspace, "declarations")
    assert kept.select("supplier", "delivery").unique().rows() == [("noord", done.delivery.hash)]
    assert kept["amount_eur"].sum() == Decimal("3007.50")
    assert deliveries.rejections(workspace.lake)["rule"].to_list() == ["reference"]
    assert not list(workspace.lake.folder.glob(".reading-*"))
    assert all(outcome.unchanged for outcome in deliveries.ingest(workspace))


@pytest.mark.usefixtures("everything_is_large")
def test_a_large_file_that_changes_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = with_register(tmp_path / "region")
    path = put(workspace, "noord/2025Q1/declarations.csv", HEAD + lines(30))
    real = one_file.judge

    def meanwhile(*given: object, **named: object) -> Validated:
        found = real(*given, **named)  # type: ignore[arg-type]
        path.write_text(HEAD + lines(31))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(one_file, "judge", meanwhile)
        (outcome,) = [one for one in deliveries.ingest(workspace) if one.delivery.path == path]
    assert outcome.record.rule == "changed_while_read"
    assert outcome.record.message is not None
    assert "changed while it was read" in outcome.record.message.en
    assert accepted_rows(workspace, "declarations").is_empty()
    (outcome,) = [one for one in deliveries.ingest(workspace) if one.delivery.path == path]
    assert outcome.record.accepted == 31


@pytest.mark.parametrize("beginning", [b"", b"a", HEAD.encode()[:-1], b"PAR1", b"PK\x03\x04"])
def test_a_file_of_ten_gigabytes_that_is_no_table_is_refused_at_sight(beginning: bytes, tmp_path: Path) -> None:
    """The file is sparse: it takes no room on the disk, and reading it to its end would take far longer than this."""
    workspace = with_register(tmp_path / "region")
    path = put(workspace, "noord/2025Q1/declarations.csv", beginning)
    with path.open("ab") as file:
        file.truncate(10 * 2**30)
    before = peak_memory()
    (outcome,) = [one for one in deliveries.ingest(workspace) if one.delivery.path == path]
    assert (outcome.record.status, outcome.record.rows) == ("refused", 0)
    assert outcome.record.rule == "unreadable"
    assert outcome.record.message is not None
    assert outcome.record.message.en.startswith("Found: ")
    assert peak_memory() - before < 200 * 2**20
    good = put(workspace, "noord/2025Q1/declarations.csv", HEAD + lines(3))
    (outcome,) = [one for one in deliveries.ingest(workspace) if one.delivery.path == good]
    assert outcome.record.accepted == 3


def peak_memory() -> int:
    """Returns the most memory that this process has held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize(
    ("rows", "columns", "large"), [(500_000, 3, False), (500_001, 3, True), (8_000, 1_000, False), (8_001, 1_000, True)]
)
def test_a_parquet_file_is_large_by_its_rows_or_by_rows_times_columns(
    rows: int, columns: int, large: bool, tmp_path: Path
) -> None:
    path = tmp_path / "volume.parquet"
    pl.DataFrame({f"c{number}": pl.repeat(1, rows, eager=True) for number in range(columns)}).write_parquet(path)
    assert (sizes.large_kind(path) == "parquet") == large


def test_a_key_in_more_rows_than_are_judged_at_once_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal rows all have one key, so that they would be judged in one part, however many they are."""
    monkeypatch.setattr(sifting, "MOST_OF_ONE_KEY", 100)
    row = {
        "provider_id": "06010101",
        "period": "2025Q1",
        "specialism": "0320",
        "care_product": "099999001",
        "units": 1.0,
    }
    for rows, refused in ((100, False), (101, True)):
        path = tmp_path / f"volume{rows}.parquet"
        pl.DataFrame([row] * rows).write_parquet(path)
        folder = tmp_path / str(rows)
        folder.mkdir()
        order = Order(load_contract("volume"), REGISTER, "2025Q1", {})
        found = judge(path, "parquet", order=order, known=lambda _: None, folder=folder)
        assert (found.refusal is not None) == refused
        if found.refusal is not None:
            assert found.refusal.rule == "one_key_repeated"
            assert "One key stands in 101 rows of this file" in found.refusal.message.en
            assert "Eén sleutel staat in 101 rijen van dit bestand" in found.refusal.message.nl
