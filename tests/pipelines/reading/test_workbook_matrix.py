"""Who wrote the workbook, what was typed, what kind of column: each cell is right, or refused with the reason.

The same table stands in docs/deliver.md. LibreOffice makes its workbooks itself; where it is not installed its columns
are not looked at.
"""

from pathlib import Path

import pytest
from workbook_matrix import TYPED, WRITERS, as_markdown, libreoffice, matrix

DOCS = Path(__file__).parents[3] / "docs"
RIGHT = {
    "1.200": {"code": {"1.200", "1200"}, "integer": {"1200"}, "money": {"1200.00", "1.20"}, "share": {"1200.0", "1.2"}},
    "1.200 beside 1.234,50": {
        "code": {"1.200", "1200"},
        "integer": {"1200"},
        "money": {"1200.00"},
        "share": {"1200.0"},
    },
    "1.234,50": {"code": {"1.234,50"}, "money": {"1234.50"}, "share": {"1234.5"}},
    "12,5": {"code": {"12,5"}, "money": {"12.50"}, "share": {"12.5"}},
    "0601": {"code": {"0601"}, "integer": {"601"}, "money": {"601.00"}, "share": {"601.0"}},
    "1-3": {"code": {"1-3"}, "date": {"1 March"}},
    "30:00": {},
    "=1+1": {"code": {"2"}, "integer": {"2"}, "money": {"2.00"}, "share": {"2.0"}},
    "12 %": {"share": {"0.12"}},
    "1E5": {"code": {"1E5"}, "integer": {"100000"}, "money": {"100000.00"}, "share": {"100000.0"}},
    "2025": {"code": {"2025"}, "integer": {"2025"}, "money": {"2025.00"}, "share": {"2025.0"}, "period": {"2025"}},
}
"""What may come out, by what was typed and kind of column. `1.200` alone is what the program shows: 1200, or 1.2."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, str]]:
    return matrix(tmp_path_factory.mktemp("matrix"))


def test_each_cell_is_right_or_refused(found: dict[tuple[str, str], dict[str, str]]) -> None:
    assert {typed for typed, _ in found} == set(TYPED) == set(RIGHT)
    read = {
        (typed, kind, writer): value.strip("*")
        for (typed, kind), became in found.items()
        for writer, value in became.items()
        if value.startswith("**")
    }
    wrong = {place: value for place, value in read.items() if value not in RIGHT[place[0]].get(place[1], set())}
    assert not wrong
    assert len(read) > 60


@pytest.mark.parametrize("name", ["deliver.md", "aanleveren.md"])
def test_it_stands_in_the_docs(name: str, found: dict[tuple[str, str], dict[str, str]]) -> None:
    if libreoffice() is None:
        pytest.skip("LibreOffice is not installed: its columns of the table cannot be made")
    table = as_markdown(found)
    assert table.count("\n") > 30
    assert WRITERS[1] in table
    assert table in (DOCS / name).read_text(encoding="utf-8")
