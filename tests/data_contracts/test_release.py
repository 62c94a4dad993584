"""Every published table is declared once, whole, in both languages; a misspelt name is an error with the nearest."""

from itertools import chain
from typing import get_args

import pytest

from data_contracts.contract import published_contracts
from data_contracts.release import (
    Additive,
    Kind,
    Layer,
    ReleaseColumn,
    ReleaseTable,
    UnknownNameError,
    release_table,
    release_tables,
    tables_of,
)
from data_contracts.text import Text

TABLES = list(release_tables().values())
COLUMNS = [(table, column) for table in TABLES for column in table.columns]


def test_facts_results_and_origin_make_up_a_release_and_share_no_name() -> None:
    names = [name for layer in get_args(Layer) for name in tables_of(layer)]
    assert len(names) == len(set(names)) == len(TABLES)
    assert set(tables_of("fact")) == {contract.table for contract in published_contracts()}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_is_declared_whole(table: ReleaseTable) -> None:
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))
    assert set(table.key) <= set(names)
    assert all((table.title.en, table.title.nl, table.grain.en, table.grain.nl))
    assert all(column.kind in get_args(Kind) for column in table.columns)
    assert all(column.additive in (None, *get_args(Additive)) for column in table.columns)


def test_every_text_is_there_in_both_languages_and_not_the_same_twice() -> None:
    """But for a text of one word that both languages have."""
    texts: list[Text] = [*chain.from_iterable((t.title, t.grain) for t in TABLES), *(c.meaning for _, c in COLUMNS)]
    assert [text for text in texts if text.en == text.nl and " " in text.en] == []
    assert all(text.en and text.nl for text in texts)


def test_a_figure_of_a_result_says_how_it_is_added_up_and_an_amount_its_unit() -> None:
    numbers = [(table, column) for table, column in COLUMNS if table.layer == "result" and column.kind == "number"]
    assert [f"{table.name}.{column.name}" for table, column in numbers if column.additive is None] == []
    amounts = [column for _, column in numbers if column.name.split("_p")[0].endswith("_eur")]
    assert {column.unit for column in amounts} == {"EUR", "EUR per care product"}


def test_what_refers_to_another_table_refers_to_a_column_that_is_there() -> None:
    for _, column in COLUMNS:
        if column.references:
            table, name = column.references.split(".")
            assert release_table(table).column(name).kind == column.kind


def test_a_figure_with_a_spread_has_its_mean_under_the_bare_name_and_three_percentiles() -> None:
    flow = release_table("transfer_flow")
    assert flow.column("units_moved").additive == "sum"
    assert flow.column("units_moved").meaning.nl.endswith(": gemiddelde over de doorrekeningen")
    tenth = ReleaseColumn(
        "units_moved_p10",
        "number",
        Text(
            en="Units that leave the donor, what is returned or forgone included: 10th percentile over the draws",
            nl="Eenheden die bij de donor weggaan, met wat terugkomt of vervalt: 10e percentiel over de doorrekeningen",
        ),
        unit="care products",
        additive="never",
    )
    assert flow.column("units_moved_p10") == tenth


def test_no_column_of_a_person_is_published() -> None:
    names = {f"{table.name}.{column.name}" for table, column in COLUMNS}
    assert not {name for name in names if "pseudonym" in name} - {"declaration_count.without_pseudonym"}


def test_a_misspelt_table_or_column_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError) as table:
        release_table("capacity_gaps")
    (fault,) = table.value.faults
    assert fault.said("en") == {
        "found": "the table capacity_gaps",
        "expected": "a table of a release",
        "action": "did you mean 'capacity_gap'?",
    }
    with pytest.raises(UnknownNameError) as column:
        release_table("capacity_gap").kinds("provider", "gap_afther")
    (fault,) = column.value.faults
    assert fault.said("nl") == {
        "found": "de kolom capacity_gap.gap_afther",
        "expected": "een kolom van een uitgave",
        "action": "bedoelt u 'gap_after'?",
    }
