"""Rows that are no rows of the table are refused for that alone, by both judges alike."""

from pathlib import Path

import pytest
import xlsxwriter

from data_contracts.contract import load_contract
from pipelines.intake.one_file import validate_file
from pipelines.judging import Register, Validated
from pipelines.judging.large import Order, judge, sifting

HEAD = "provider_id;period;payer_id;specialism;diagnosis;care_product;units"
CAPACITY = "provider_id;period;resource;available;used"

both_judges = pytest.mark.parametrize("large", [False, True], ids=["small", "large"])


def judged(path: Path, lines: list[str], *, head: str = HEAD, dataset: str = "volume", large: bool) -> Validated:
    contract = load_contract(dataset)
    file = path / f"{dataset}.csv"
    file.write_text("\n".join([head, *lines]) + "\n")
    if not large:
        found = validate_file(file, contract, register=Register(), period=None)
    else:

        def known(heading: str) -> str | None:
            column = contract.for_heading(heading)
            return column.name if column else None

        (path / "parts").mkdir()
        order = Order(contract, Register(), None, provenance={})
        found = judge(file, "csv", order=order, known=known, folder=path / "parts")
    assert found.accepted_rows + found.rejected == found.rows
    return found


def told(found: Validated) -> list[tuple[int, str]]:
    return found.rejections.select("row_number", "rule").rows()


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sifting, "ROWS_AT_A_TIME", 3)


@both_judges
@pytest.mark.parametrize(
    ("column", "total"),
    [
        ("diagnosis", "Totaal 401"),
        ("diagnosis", "401 Totaal"),
        ("diagnosis", "Subtotaal: 401"),
        ("diagnosis", "Totaal van 401"),
        ("specialism", "Total 0320"),
        ("specialism", "320 Totaal"),
        ("care_product", "Gemiddelde 099999001"),
        ("payer_id", "3311 Count"),
        ("period", "Totaal 2025Q1"),
        ("diagnosis", "Totaal resultaat"),
        ("diagnosis", "Grand Total"),
    ],
)
def test_a_total_of_another_key_is_a_totals_row(column: str, total: str, large: bool, tmp_path: Path) -> None:
    items = [["06010101", "2025Q1", "3311", "0320", "401", f"09999900{n}", "500"] for n in (1, 2)]
    row = list(items[0])
    row[HEAD.split(";").index(column)] = total
    row[-1] = "1000"
    others = [["06010101", "2025Q1", "3311", "0320", str(n), "099999001", "5"] for n in range(500, 520)]
    found = judged(tmp_path, [";".join(one) for one in (*items, *others, row)], large=large)
    assert told(found) == [(24, "totals_row")]
    assert f"Found: '{total}'" in found.rejections["message_en"][0]


@both_judges
@pytest.mark.parametrize("code", ["Totaal 999", "SOM3", "result1", "count-4", "4012"])
def test_a_key_that_totals_nothing_of_the_file_is_a_key(code: str, large: bool, tmp_path: Path) -> None:
    row = f"06010101;2025Q1;3311;0320;{code};099999001;5"
    assert judged(tmp_path, [row, row.replace(code, "401")], large=large).accepted_rows == 2


@both_judges
@pytest.mark.parametrize(
    "headings",
    [
        "postcode;year;age class;inhabitants;insured years",
        "area;jaar;leeftijdsklasse;inwoners;kosten",
        "Afdeling;Maand;Soort;Kosten;Baten",
    ],
)
def test_everything_below_the_headings_of_another_table_is_refused(headings: str, large: bool, tmp_path: Path) -> None:
    first = [f"06010101;2025Q{n};nurse_hours;900;800" for n in (1, 2, 3, 4)]
    second = ["06010102;2025Q1;9101;79801011;5", "06010102;2025Q1;9102;1;1"]
    found = judged(tmp_path, [*first, headings, *second], head=CAPACITY, dataset="capacity", large=large)
    assert told(found) == [(6, "another_table"), (7, "another_table"), (8, "another_table")]
    (message,) = set(found.rejections["message_en"])
    assert message == (
        "Found: another table, with headings of its own, from row 6 on. Expected: one table in a file. "
        "What to do: send what stands from that row on as a file of its own."
    )
    assert found.rejections["message_nl"][0].startswith(
        "Gevonden: een andere tabel, met eigen kolomkoppen, vanaf rij 6"
    )


@both_judges
def test_headings_that_stand_there_again_cost_one_row(large: bool, tmp_path: Path) -> None:
    rows = [f"06010101;2025Q{n};nurse_hours;900;800" for n in (1, 2, 3, 4)]
    found = judged(tmp_path, [*rows[:2], CAPACITY, *rows[2:]], head=CAPACITY, dataset="capacity", large=large)
    assert told(found) == [(4, "headings_again")]
    assert found.accepted_rows == 4


@both_judges
def test_a_row_of_words_is_no_heading_where_it_says_nothing(large: bool, tmp_path: Path) -> None:
    rows = ["06010101;2025Q1;nurse_hours;900;800", "06010101;onbekend;nurse_hours;n.v.t.;onbekend"]
    found = judged(tmp_path, [*rows, "06010101;2025Q2;nurse_hours;1;1"], head=CAPACITY, dataset="capacity", large=large)
    assert (found.accepted_rows, {rule for _, rule in told(found)} & {"another_table"}) == (2, set())


def test_a_second_table_on_a_sheet(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "capacity.xlsx") as book:
        sheet = book.add_worksheet("Data")
        first = [CAPACITY.split(";"), ["06010101", "2025", "nurse_hours", 900, 800]]
        second = [["Gebied", "Jaar", "Inwoners"], ["9101", "2025", 79_801_011]]
        for number, cells in enumerate([*first, [], *second]):
            sheet.write_row(number, 0, cells)
    found = validate_file(tmp_path / "capacity.xlsx", load_contract("capacity"), register=Register(), period=None)
    assert (found.rows, found.accepted_rows, told(found)) == (3, 1, [(4, "another_table"), (5, "another_table")])


@both_judges
def test_the_title_of_another_table_is_its_first_row(large: bool, tmp_path: Path) -> None:
    first = [f"06010101;2025Q{n};nurse_hours;900;800" for n in (1, 2, 3, 4)]
    second = ["Inwoners;;;;", "postcode;year;age class;inhabitants;insured years", "9101;2025;0;79801011;5"]
    found = judged(tmp_path, [*first, *second], head=CAPACITY, dataset="capacity", large=large)
    assert told(found) == [(6, "another_table"), (7, "another_table"), (8, "another_table")]


@both_judges
def test_words_that_are_headings_elsewhere_may_be_names(large: bool, tmp_path: Path) -> None:
    rows = ["06010101;Ziekenhuis;general_hospital;Gemeente", "06010102;Naam;other;Plaats"]
    found = judged(tmp_path, rows, head="provider_id;name;kind;municipality", dataset="providers", large=large)
    assert (found.accepted_rows, told(found)) == (2, [])
