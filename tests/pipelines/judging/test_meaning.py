"""What a file says beside its columns that changes what they mean is asked, by both judges alike."""

from pathlib import Path

import pytest
import xlsxwriter

from data_contracts.contract import load_contract
from data_contracts.meanings import load_meanings, of_heading, of_title
from pipelines.intake.one_file import validate_file
from pipelines.judging import Register, Validated
from pipelines.judging.large import Order, judge

DECLARATIONS = "declaration_id;provider_id;payer_id;end_date;specialism;care_product;units;amount_eur;corrects"
REVENUE = "provider_id;period;payer_id;care_product;units;{revenue}"
LINE = "06010101;2025;3311;099999001;1;500"


def judged(path: Path, dataset: str, *, large: bool = False) -> Validated:
    contract = load_contract(dataset)
    if not large:
        return validate_file(path, contract, register=Register(), period=None)
    folder = path.parent / "parts"
    folder.mkdir()
    order = Order(contract, Register(), None, provenance={})
    return judge(path, "csv", order=order, known=lambda heading: _name(dataset, heading), folder=folder)


def _name(dataset: str, heading: str) -> str | None:
    column = load_contract(dataset).for_heading(heading)
    return column.name if column else None


def refusal(found: Validated) -> tuple[str, str, str]:
    assert found.refusal is not None
    assert (found.accepted_rows, found.rejected) == (0, found.rows)
    return found.refusal.rule, found.refusal.message.en, found.refusal.message.nl


both_judges = pytest.mark.parametrize("large", [False, True], ids=["small", "large"])


@both_judges
@pytest.mark.parametrize(
    ("heading", "values", "says"),
    [
        ("indicatie debet/credit", "DDDC", "whether an amount is claimed or taken back"),
        ("D/C", "DDDC", "whether an amount is claimed or taken back"),
        ("Creditregel", "NNNJ", "whether an amount is claimed or taken back"),
        ("correction", ["no", "no", "no", "yes"], "whether a row takes another back"),
        ("Declaratiestatus", ["toegekend", "toegekend", "afgewezen", ""], "whether a row counts"),
        ("Valuta", ["EUR", "EUR", "USD", "EUR"], "in which currency amounts are"),
        ("Eenheid", ["minuten"] * 4, "in what a number is counted"),
        ("Factor schaal", [""] * 4, ""),
        ("schaalfactor", ["1", "1", "1000", "1"], "by how much numbers are to be multiplied"),
        ("Soort regel", ["detail", "detail", "detail", "totaal"], "of what kind a row is"),
        ("budget/realisatie", ["realisatie", "budget", "realisatie", "budget"], "of what kind a row is"),
    ],
)
def test_a_column_that_says_what_a_row_means_is_a_question(
    heading: str, values: str | list[str], says: str, large: bool, tmp_path: Path
) -> None:
    rows = [f"{n};06010101;3311;2025-02-01;0320;099999001;1;500;;{value}" for n, value in enumerate(values)]
    (tmp_path / "declarations.csv").write_text("\n".join([f"{DECLARATIONS};{heading}", *rows]) + "\n")
    found = judged(tmp_path / "declarations.csv", "declarations", large=large)
    if not says:
        assert found.accepted_rows == 4
        return
    rule, english, dutch = refusal(found)
    assert rule == "what_does_it_mean"
    assert f"column '{heading}' with '" in english
    assert says in english
    assert "what do these values mean for the figures of their rows" in english
    assert "wat betekenen deze waarden voor de cijfers van hun rijen" in dutch


@both_judges
@pytest.mark.parametrize(
    ("heading", "values"), [("D/C", "DDD"), ("valuta", ["EUR", "euro", ""]), ("status", ["Toegekend"] * 3)]
)
def test_a_column_that_changes_nothing_is_told_and_passes(
    heading: str, values: str | list[str], large: bool, tmp_path: Path
) -> None:
    rows = [f"{n};06010101;3311;2025-02-01;0320;099999001;1;500;;{value}" for n, value in enumerate(values)]
    (tmp_path / "declarations.csv").write_text("\n".join([f"{DECLARATIONS};{heading}", *rows]) + "\n")
    found = judged(tmp_path / "declarations.csv", "declarations", large=large)
    assert found.accepted_rows == 3
    assert [note.count for note in found.notes if note.rule == "neutral_column"] == [1]


@both_judges
@pytest.mark.parametrize(
    "title",
    [
        "Alle bedragen x € 1.000",
        "bedragen in duizenden euro's",
        "Amounts in thousands of euros",
        "Omzet 2025 (k€)",
        "in € mln",
        "Bedragen in USD",
        "Begroting 2025",
        "aantallen per dag",
    ],
)
def test_a_title_that_says_what_all_rows_mean_is_a_question(title: str, large: bool, tmp_path: Path) -> None:
    path = tmp_path / "revenue.csv"
    path.write_text(f"Uitdraai omzet\n{title}\n{REVENUE.format(revenue='revenue_eur')}\n{LINE}\n")
    rule, english, dutch = refusal(judged(path, "revenue", large=large))
    assert rule == "what_does_it_mean"
    assert english.startswith(f"Found: '{title}', which says ")
    assert "if it does not hold, leave the text out" in english
    assert "geldt het niet, laat de tekst dan weg" in dutch


@both_judges
def test_other_titles_are_quoted(large: bool, tmp_path: Path) -> None:
    path = tmp_path / "revenue.csv"
    path.write_text(f"Uitdraai omzet 2025\nGemaakt op 1-1-2026\n{REVENUE.format(revenue='omzet')}\n{LINE}\n")
    found = judged(path, "revenue", large=large)
    assert found.accepted_rows == 1
    assert (
        "Rows above the headings, taken for a title and left out ('Uitdraai omzet 2025', 'Gemaakt op 1-1-2026'): 2."
        in [note.text.en for note in found.notes]
    )


@both_judges
@pytest.mark.parametrize(
    ("heading", "rule"),
    [
        ("Omzet (x € 1.000)", "what_does_it_mean"),
        ("omzet in k€", "what_does_it_mean"),
        ("Bedrag (USD)", "what_does_it_mean"),
        ("Omzet begroot", "what_does_it_mean"),
        ("Omzet 2025", "unclear_heading"),
        ("revenue_eur (ex ante)", "unclear_heading"),
    ],
)
def test_a_heading_that_begins_as_a_column_that_is_missing(
    heading: str, rule: str, large: bool, tmp_path: Path
) -> None:
    path = tmp_path / "revenue.csv"
    path.write_text(f"{REVENUE.format(revenue=heading)}\n{LINE}\n")
    found, english, dutch = refusal(judged(path, "revenue", large=large))
    assert found == rule
    assert f"'{heading}'" in english
    assert f"'{heading}'" in dutch


@both_judges
@pytest.mark.parametrize("heading", ["Omzet begroot", "omzet vorig jaar (x € 1.000)", "Opmerking", "Kostenplaats"])
def test_an_extra_column_beside_the_one_that_counts_is_no_matter(heading: str, large: bool, tmp_path: Path) -> None:
    path = tmp_path / "revenue.csv"
    path.write_text(f"{REVENUE.format(revenue='omzet')};{heading}\n{LINE};12\n")
    assert judged(path, "revenue", large=large).accepted_rows == 1


@both_judges
def test_a_remark_below_the_table_is_asked_too(large: bool, tmp_path: Path) -> None:
    path = tmp_path / "revenue.csv"
    path.write_text(f"{REVENUE.format(revenue='omzet')}\n{LINE}\n* alle bedragen x 1.000 euro\n")
    assert refusal(judged(path, "revenue", large=large))[0] == "what_does_it_mean"


def test_the_name_of_a_sheet_is_a_title(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "revenue.xlsx") as book:
        sheet = book.add_worksheet("Omzet (x 1.000)")
        sheet.write_row(0, 0, REVENUE.format(revenue="omzet").split(";"))
        sheet.write_row(1, 0, ["06010101", "2025", "3311", "099999001", 1, 500])
    assert refusal(judged(tmp_path / "revenue.xlsx", "revenue"))[0] == "what_does_it_mean"


@pytest.mark.parametrize("amount", ["$ 500", "500 USD", "£500", "CHF 500"])
def test_an_amount_in_another_currency_is_refused(amount: str, tmp_path: Path) -> None:
    path = tmp_path / "revenue.csv"
    path.write_text(f"{REVENUE.format(revenue='omzet')}\n06010101;2025;3311;099999001;1;{amount}\n")
    assert judged(path, "revenue").rejections.select("rule", "value").rows() == [("other_currency", amount)]


def test_a_list_of_things_may_have_a_status() -> None:
    assert of_heading("status", load_contract("providers")) is None
    assert of_heading("valuta", load_contract("providers")) is not None
    assert of_title("bedragen x 1.000", load_contract("waiting_list")) is not None


def test_no_heading_of_a_contract_is_one_that_is_asked_about() -> None:
    """A column that the contract knows has its own meaning."""
    assert {one.name for one in load_meanings()} == {"sign", "state", "currency", "unit", "scale", "kind_of_row"}
    for meaning in load_meanings():
        assert meaning.what.en
        assert meaning.what.nl
        assert meaning.answer.nl
