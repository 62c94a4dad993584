"""Waiting times of hospitals as the NZa gives them, XML or JSON; and XML that is meant to harm."""

import json
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl
import pytest

from data_contracts.contract import load_contract
from pipelines.judging import Register, validate
from pipelines.reading import sources
from pipelines.reading.formats import Unreadable
from pipelines.reading.formats.xml_records import read_xml
from pipelines.reading.sources import Translated

Record = dict[str, object]


def record(*, provider: str = "06020502", location: str = "A", days: int | None = 21, **other: object) -> Record:
    """One record as the publisher gives it; what is unknown is not there."""
    given: Record = {
        "Date": "2026-06-23T09:27:31.822Z",
        "WaitingTime": days,
        "InsufficientObservations": "Nee" if days is not None else "Ja",
        "KVKNumber": "41055629",
        "CareProvider": "Ziekenhuis & Kliniek",
        "CareProvider_AGBCode": provider,
        "Location": location,
        "Treatment": "Polikliniek Orthopedie",
        "TreatmentType": "Polikliniekbezoek",
        "Specialism": "Orthopedie (305)",
    } | other
    return {name: value for name, value in given.items() if value is not None}


RECORDS = [
    record(location="A", days=20),
    record(location="B", days=31),
    record(location="C", days=None),
    record(days=90, TreatmentType="Behandeling", Treatment="Nieuwe knie"),
    record(days=None, Specialism="Cardiologie (320)"),
    record(provider="6010101", days=7),
    record(days=9, Specialism="Overig"),
]


def as_xml(records: list[Record]) -> str:
    rows = "".join(
        "<TL_REST>" + "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in one.items()) + "</TL_REST>\n"
        for one in records
    )
    return f'<?xml version="1.0" encoding="utf-8"?>\n<TL_RESTs xmlns="http://example.org">{rows}</TL_RESTs>'


FORMS = {
    "wachttijden.xml": as_xml,
    "zonder kop.xml": lambda records: as_xml(records).partition("\n")[2],
    "wachttijden.json": json.dumps,
    "wachttijden in een object.json": lambda records: json.dumps({"TL_RESTs": {"TL_REST": records}}),
}


def translated(path: Path) -> Translated:
    mapping = sources.match(path, mappings=sources.load_mappings())
    assert mapping is not None
    assert mapping.source == "nl_nza_wachttijden_msz"
    (made,) = sources.translate(sources.read_source(path, mapping), mapping, period="2026Q2")
    return made


@pytest.mark.parametrize("name", FORMS)
def test_one_wait_a_provider_and_specialism(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(FORMS[name](RECORDS))
    made = translated(path)
    register = Register({"providers.provider_id": frozenset({"06020502", "06010101"})})
    judged = validate(made.raw, load_contract("waiting_list"), register=register, period="2026Q2")
    rows = judged.accepted.sort("provider_id", "specialism").select("provider_id", "specialism", "wait_days").rows()
    assert rows == [("06010101", "0305", 7.0), ("06020502", "0305", 25.5), ("06020502", "0320", None)]
    assert judged.rejected == 0
    left = {one.reason.en: one.count for one in made.left_out}
    assert sorted(left.values()) == [1, 1]
    assert made.put_together == 2
    assert made.rows_in == len(RECORDS) == judged.accepted.height + made.put_together + made.rows_left_out
    notes = {note.rule: note.text.en for note in made.notes}
    assert notes["unfilled"] == "1 rows have no wait_days: too few observations in every location."


class TestXml:
    def read(self, folder: Path, content: str | bytes) -> pl.DataFrame:
        path = folder / "some.xml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_xml(path).frame

    def refusal(self, folder: Path, content: str | bytes) -> str:
        with pytest.raises(Unreadable) as caught:
            self.read(folder, content)
        return caught.value.message.en

    def test_elements_in_elements_and_attributes_are_columns(self, tmp_path: Path) -> None:
        frame = self.read(tmp_path, '<r><a id="1"><b>x</b><c><d> y </d></c></a><a id="2"><b/><b>z</b><b>q</b></a></r>')
        assert frame.columns == ["@id", "b", "c.d", "row_number"]
        assert frame.rows() == [("1", "x", "y", 1), ("2", "z;q", None, 2)]

    def test_other_encodings(self, tmp_path: Path) -> None:
        assert self.read(tmp_path, "<r><a><b>é</b></a></r>".encode("utf-16"))["b"].to_list() == ["é"]
        latin = '<?xml version="1.0" encoding="iso-8859-1"?><r><a><b>é</b></a></r>'.encode("latin-1")
        assert self.read(tmp_path, latin)["b"].to_list() == ["é"]

    def test_an_entity_bomb_is_refused_before_it_grows(self, tmp_path: Path) -> None:
        levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
        bomb = f'<!DOCTYPE r [<!ENTITY e0 "ha">{levels}]><r><a><b>&e9;</b></a></r>'
        assert "declares a document type" in self.refusal(tmp_path, bomb)

    def test_nothing_outside_the_file_is_read(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("secret")
        outside = f'<!DOCTYPE r [<!ENTITY e SYSTEM "file://{secret}">]><r><a><b>&e;</b></a></r>'
        assert "declares a document type" in self.refusal(tmp_path, outside)

    @pytest.mark.parametrize(
        ("content", "found"),
        [
            ("<r/>", "without records"),
            ("<r><a><b>1</a></r>", "no whole XML"),
            ("<r><a><b>1</b></a>", "no whole XML"),
            ("<r>" * 100_000, "elements within each other"),
            ("<r><a>" + "".join(f"<c{n}>1</c{n}>" for n in range(1_100)) + "</a></r>", "different elements"),
            ("<r><a><b>" + "x" * (2**20 + 10) + "</b></a></r>", "an element with more than"),
            (b"<r><a><b>\xff\xfe\x00</b></a></r>", "no whole XML"),
        ],
    )
    def test_what_is_no_table_is_refused(self, tmp_path: Path, content: str | bytes, found: str) -> None:
        assert found in self.refusal(tmp_path, content)

    def test_a_web_page_is_none(self, tmp_path: Path) -> None:
        path = tmp_path / "wachttijden.xml"
        path.write_text("<!DOCTYPE html><html><body><table><tr><td>1</td></tr></table></body></html>")
        assert sources.match(path, mappings=sources.load_mappings()) is None
