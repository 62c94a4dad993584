"""Yearly accounts of care providers: the wide workbook over many sheets, and the older one on one; made files."""

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl
import pytest
from delivering import workbook_of

from data_contracts.contract import load_contract
from pipelines.judging import Register, validate
from pipelines.reading import sources
from pipelines.reading.formats import Unreadable
from pipelines.reading.formats.opendocument import read_opendocument
from pipelines.reading.sources import Translated

Cell = str | float | None

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
)
FOOT = "</office:spreadsheet></office:body></office:document-content>"


def cell(value: Cell) -> str:
    if value is None:
        return "<table:table-cell/>"
    kind = 'string"' if isinstance(value, str) else f'float" office:value="{value}"'
    return f'<table:table-cell office:value-type="{kind}><text:p>{escape(str(value))}</text:p></table:table-cell>'


def sheet(name: str, rows: list[list[Cell]]) -> str:
    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    tail = (
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>'
    )
    return f'<table:table table:name="{name}"><table:table-column/>{lines}{tail}</table:table>'


def ods(path: Path, content: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return path


def wide(path: Path, **sheets: list[list[Cell]]) -> Path:
    return ods(path, HEAD + "".join(sheet(name, rows) for name, rows in sheets.items()) + FOOT)


SHEETS: dict[str, list[list[Cell]]] = {
    "VariableDefinition": [["Order", "VariableName"], [1, "qNawKvk"], [2, "jeu10420_jeu10420"]],
    "RowData_01": [
        ["Code", "qNawNaam", "qPersTotTot_AantalFte"],
        ["A1", "Ziekenhuis & Noord", 1234.5],
        ["A2", "Kliniek Zuid", None],
        ["A3", "Zorg Oost", 3],
    ],
    "RowData_02": [
        ["Code", "jeu10420_jeu10420", "jeuRopbr990_Micro_jeuRopbr990_Micro"],
        ["A3", None, 50_000],
        ["A1", 345_678_901.0, None],
        ["A2", None, None],
    ],
    "RowData_09": [
        ["Code", "veel anders", "qNawKvk", "qNawPlaatsLrza"],
        ["A1", "x", "41055629", "Nijmegen"],
        ["A2", "x", "1234567", "Zuid"],
        ["A3", "x", None, "Oost"],
    ],
}
OWN = """
extends: nl_digimv
parameters:
  provider_by_kvk: {"41055629": "06020502"}
  kind_by_kvk: {"41055629": university_hospital}
  latitude_by_kvk: {"41055629": "51.82"}
  longitude_by_kvk: {"41055629": "5.86"}
"""


def translated(path: Path, *, own: str = "") -> dict[str, Translated]:
    if own:
        (path.parent / "sources").mkdir()
        (path.parent / "sources" / "nl_digimv.yaml").write_text(own)
    mapping = sources.match(path, mappings=sources.load_mappings(path.parent))
    assert mapping is not None
    assert mapping.source == "nl_digimv"
    raw = sources.read_source(path, mapping)
    return {one.dataset: one for one in sources.translate(raw, mapping, period="2023")}


def accepted(made: Translated) -> pl.DataFrame:
    register = Register({"providers.provider_id": frozenset({"06020502", "KVK41055629", "KVK01234567"})})
    judged = validate(made.raw, load_contract(made.dataset), register=register, period="2023")
    assert judged.rejected == 0
    return judged.accepted


class TestManySheets:
    def test_variables_are_found_by_name_and_rows_by_code(self, tmp_path: Path) -> None:
        made = translated(wide(tmp_path / "DigiMV2023_MultipleTables.ods", **SHEETS))
        providers = accepted(made["providers"]).sort("provider_id")
        assert providers.select("provider_id", "name", "kind", "municipality").rows() == [
            ("KVK01234567", "Kliniek Zuid", "other", "Zuid"),
            ("KVK41055629", "Ziekenhuis & Noord", "other", "Nijmegen"),
        ]
        assert [None if money is None else float(money) for money in providers["annual_revenue_eur"]] == [
            None,
            345_678_901.0,
        ]
        assert [(one.reason.en, one.count) for one in made["providers"].left_out] == [("no KvK number", 1)]
        notes = [note.text.en for note in made["providers"].notes]
        assert "3 sheets were read as one table, row by row by 'Code'." in notes

    def test_staff_exists_only_where_it_was_filed(self, tmp_path: Path) -> None:
        made = translated(wide(tmp_path / "DigiMV2023.ods", **SHEETS))
        staff = accepted(made["capacity"])
        assert staff.select("provider_id", "resource", "available").rows() == [
            ("KVK41055629", "staff_hours", pytest.approx(1234.5 * 1450))
        ]

    def test_a_region_says_who_is_who(self, tmp_path: Path) -> None:
        made = translated(wide(tmp_path / "DigiMV2023.ods", **SHEETS), own=OWN)
        (provider,) = accepted(made["providers"]).to_dicts()
        assert provider["provider_id"] == "06020502"
        assert provider["kind"] == "university_hospital"
        assert (provider["latitude"], provider["longitude"]) == (51.82, 5.86)

    def test_accounts_without_staff_still_have_revenue(self, tmp_path: Path) -> None:
        sheets = {**SHEETS, "RowData_01": [[*row[:2], "x"] for row in SHEETS["RowData_01"]]}
        path = wide(tmp_path / "DigiMV2024.ods", **sheets)
        mapping = sources.match(path, mappings=sources.load_mappings())
        assert mapping is not None
        raw = sources.read_source(path, mapping)
        (providers,) = sources.translate(raw, mapping, period="2024", datasets={"providers"})
        assert accepted(providers)["annual_revenue_eur"].count() == 1
        with pytest.raises(Unreadable, match="no column for 'qPersTotTot_AantalFte'"):
            sources.translate(raw, mapping, period="2024", datasets={"capacity"})

    def test_without_a_shared_code_rows_go_by_their_place(self, tmp_path: Path) -> None:
        path = wide(
            tmp_path / "a.ods",
            R1=[["a", "b"], ["1", "x"], [None, None], ["3", "z"]],
            R2=[["c", "d"], ["p", "q"], ["r", "s"], ["t", None]],
        )
        table = read_opendocument(path, sheets="^R", wanted=lambda heading: heading in {"b", "d"})
        rows = table.frame.select("a", "b", "c", "d", "row_number").rows()
        assert rows == [("1", "x", "p", "q", 2), (None, None, "r", "s", 3), ("3", "z", "t", None, 4)]

    def test_rows_that_do_not_belong_together_are_refused(self, tmp_path: Path) -> None:
        path = wide(tmp_path / "a.ods", R1=[["a", "b"], ["1", "x"]], R2=[["c", "d"], ["p", "q"], ["r", "s"]])
        with pytest.raises(Unreadable, match="different numbers of rows and no shared first column"):
            read_opendocument(path, sheets="^R", wanted=lambda _: True)


class TestOneSheet:
    def test_the_older_workbook(self, tmp_path: Path) -> None:
        path = tmp_path / "DigiMV2020_20211020.xlsx"
        headings = ["Code", "Name", "qPersTotTot_AantalFte", "jeu10420_jeu10420", "jeuRopbr990_Micro_jeuRopbr990_Micro"]
        rows: list[list[object]] = [
            headings,
            ["41055629", "Ziekenhuis", "12,5", "345678901", ""],
            ["1234567", "Klein", "", "", "50000"],
        ]
        workbook_of(path, Uitleg=[["Dit bestand bevat de verantwoording."]], Data=rows)
        made = translated(path)
        providers = accepted(made["providers"]).sort("provider_id")
        assert providers["provider_id"].to_list() == ["KVK01234567", "KVK41055629"]
        assert [float(money) for money in providers["annual_revenue_eur"]] == [50_000.0, 345_678_901.0]


class TestHostileWorkbooks:
    @pytest.mark.parametrize(
        ("content", "found"),
        [
            ("<!DOCTYPE x [<!ENTITY a 'b'>]>" + HEAD.partition("?>")[2] + FOOT, "damaged or incomplete"),
            (HEAD, "damaged or incomplete"),
            (HEAD + FOOT, "no sheet with data"),
            (
                HEAD + '<table:table table:name="R"><table:table-row>' + cell("a") + cell("b") + "</table:table-row>"
                '<table:table-row table:number-rows-repeated="99999999">' + cell("1") + cell("2") + "</table:table-row>"
                "</table:table>" + FOOT,
                "a size no delivery has",
            ),
            (
                HEAD + '<table:table table:name="R"><table:table-row><table:table-cell office:value-type="string" '
                'table:number-columns-repeated="99999999"><text:p>a</text:p></table:table-cell></table:table-row>'
                "</table:table>" + FOOT,
                "a size no delivery has",
            ),
        ],
    )
    def test_they_are_refused(self, tmp_path: Path, content: str, found: str) -> None:
        path = ods(tmp_path / "a.ods", content)
        with pytest.raises(Unreadable, match=found):
            read_opendocument(path, sheets="^R", wanted=lambda _: True)

    def test_a_bomb_is_seen_before_it_is_unpacked(self, tmp_path: Path) -> None:
        path = tmp_path / "a.ods"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("mimetype", "x")
            archive.writestr("content.xml", HEAD + " " * (120 * 2**20) + FOOT)
        with pytest.raises(Unreadable, match="a size no delivery has"):
            read_opendocument(path, sheets="^R", wanted=lambda _: True)
