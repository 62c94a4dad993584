"""Files that mean harm: bombs, entities, paths that lead outside, what is no file at all. Each costs itself, in bounds.

More stand elsewhere: links, and files that change while they are read (`test_deliveries`); ten gigabytes without a line
end (`test_large`); cells that a spreadsheet would run (`test_feedback`); more bombs (`test_readers`).
"""

import io
import json
import os
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from fuzz.judging import faults, message_faults, new_region, record_faults
from fuzz.making import Broken
from fuzz.tables import PERIOD
from pipelines.intake import deliveries
from pipelines.intake.deliveries import Record
from pipelines.intake.log import read_log
from pipelines.workspace.workspace import Workspace

VOLUME = "provider_id;period;specialism;care_product;units\n"
ROW = "06010101;2025;0320;099999001;5\n"
SECRET = "wachtwoord-van-de-beheerder"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return new_region(tmp_path / "region")


def delivered(workspace: Workspace, name: str, content: bytes, *, rows: int | None = None) -> Record:
    """Delivers a file and a good one beside it; returns what became of it after looking at everything that was made."""
    beside = Broken(0, 2, "volume.csv", (VOLUME + ROW).encode(), rows=1, dataset="volume")
    found = faults(workspace, [Broken(0, 1, name, content, rows=rows, marks=("hostile",)), beside])
    assert found == []
    (record,) = [record for record in read_log(workspace.lake) if record.supplier == "s00001"]
    return record


def refusal(record: Record) -> str:
    assert record.message is not None
    return record.message.en


def archive(**parts: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, part in parts.items():
            made.writestr(name.replace("__", "/"), part)
    return target.getvalue()


def workbook(rows: list[list[object]]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return target.getvalue()


def changed(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """Returns a workbook with one of its parts changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    return archive(**{name: change(one) if name == part else one for name, one in parts.items()})


GOOD_BOOK = workbook([["provider_id", "period", "units"], ["06010101", PERIOD, 5]])


class TestEntities:
    ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    LAUGHS = f'<!DOCTYPE l [<!ENTITY a0 "ha">{ENTITIES}]>'

    def outside(self, tmp_path: Path) -> str:
        secret = tmp_path / "secret.txt"
        secret.write_text(SECRET)
        return f'<!DOCTYPE l [<!ENTITY a11 SYSTEM "{secret.as_uri()}">]>'

    @pytest.mark.parametrize("kind", ["laughs", "outside"])
    def test_in_xml(self, workspace: Workspace, tmp_path: Path, kind: str) -> None:
        declared = self.LAUGHS if kind == "laughs" else self.outside(tmp_path)
        record_of_one = "<W><CareProvider_AGBCode>&a11;</CareProvider_AGBCode></W>"
        text = f'<?xml version="1.0"?>{declared}<ArrayOf>{record_of_one}</ArrayOf>'
        record = delivered(workspace, "wachttijden.xml", text.encode())
        assert record.status == "refused"
        assert self.nothing_of_it_is_kept(workspace)

    @pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
    @pytest.mark.parametrize("kind", ["laughs", "outside"])
    def test_in_a_workbook(self, workspace: Workspace, tmp_path: Path, kind: str, part: str) -> None:
        declared = (self.LAUGHS if kind == "laughs" else self.outside(tmp_path)).encode()

        def declare(one: bytes) -> bytes:
            return one.replace(b"?>", b"?>" + declared, 1).replace(b"units", b"units&a11;")

        record = delivered(workspace, "volume.xlsx", changed(GOOD_BOOK, part, declare))
        assert record.status == "refused"
        assert self.nothing_of_it_is_kept(workspace)

    def nothing_of_it_is_kept(self, workspace: Workspace) -> bool:
        kept = (path for path in workspace.root.rglob("*") if path.is_file() and "inbox" not in path.parts)
        return not any(SECRET.encode() in path.read_bytes() for path in kept)


class TestBombs:
    def test_a_workbook_that_unpacks_to_gigabytes(self, workspace: Workspace) -> None:
        record = delivered(
            workspace, "volume.xlsx", changed(GOOD_BOOK, "xl/worksheets/sheet1.xml", lambda _: bytes(2**28))
        )
        assert "unpacks to a size no delivery has" in refusal(record)

    def test_an_archive_of_archives(self, workspace: Workspace) -> None:
        inner = archive(**{"volume.csv": (VOLUME + ROW).encode()})
        for _ in range(5):
            inner = archive(**{"volume.zip": inner})
        assert "a zip archive that is no workbook (it holds volume.zip)" in refusal(
            delivered(workspace, "volume.zip", inner)
        )

    def test_lists_within_lists(self, workspace: Workspace) -> None:
        for number, depth in enumerate((40, 900, 200_000)):
            content = '[{"a":' + '{"b":' * depth + "1" + "}" * depth + "}]"
            place = workspace.inbox / f"diep{number}" / PERIOD / "wachttijden.json"
            place.parent.mkdir(parents=True)
            place.write_text(content)
        for outcome in deliveries.ingest(workspace):
            assert list(record_faults(workspace, outcome.record)) == []
        assert {record.status for record in read_log(workspace.lake) if record.supplier.startswith("diep")} == {
            "refused"
        }

    def test_brackets_in_a_text_are_no_depth(self, workspace: Workspace) -> None:
        one = {
            "CareProvider_AGBCode": "06010101",
            "TreatmentType": "Polikliniekbezoek",
            "Specialism": "Cardiologie (0320)",
            "WaitingTime": 12,
            "InsufficientObservations": False,
            "Note": '\\"' + "[{" * 500,
        }
        assert delivered(workspace, "wachttijden.json", json.dumps([one]).encode()).accepted == 1

    def test_a_workbook_that_is_formatted_to_its_last_row_and_empty(self, workspace: Workspace) -> None:
        target = io.BytesIO()
        with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["provider_id", "period", "units"])
            sheet.write_row(1, 0, ["06010101", PERIOD, 5])
            sheet.write_blank(1_048_575, 2, None, book.add_format({"bold": True}))
        assert delivered(workspace, "volume.xlsx", target.getvalue(), rows=1).accepted == 1

    def test_a_cell_in_the_last_corner(self, workspace: Workspace) -> None:
        target = io.BytesIO()
        with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["provider_id", "period", "units"])
            sheet.write_string(1_048_575, 16_383, "x")
        assert "reaches to cell XFD1048576" in refusal(delivered(workspace, "volume.xlsx", target.getvalue()))

    def test_ten_thousand_columns_are_read(self, workspace: Workspace) -> None:
        extra = ";".join(f"k{n}" for n in range(10_000))
        content = f"provider_id;period;units;{extra}\n06010101;{PERIOD};5{';1' * 10_000}\n"
        assert delivered(workspace, "volume.csv", content.encode(), rows=1).accepted == 1

    @pytest.mark.parametrize("heading", ["1", ""])
    def test_a_hundred_thousand_columns_are_refused(self, workspace: Workspace, heading: str) -> None:
        content = f"provider_id;period;units;{f'{heading};' * 100_000}\n06010101;{PERIOD};5{';1' * 100_001}\n"
        assert "a table of 100,00" in refusal(delivered(workspace, "volume.csv", content.encode()))


class TestPaths:
    def test_names_in_an_archive_lead_nowhere(self, workspace: Workspace, tmp_path: Path) -> None:
        evil = (tmp_path / "evil.csv").as_posix()
        content = archive(**{"../../../evil.csv": ROW.encode(), evil: ROW.encode(), "C:\\evil.csv": ROW.encode()})
        assert "a zip archive that is no workbook" in refusal(delivered(workspace, "volume.zip", content))
        assert not list(tmp_path.rglob("*evil*"))

    @pytest.mark.parametrize("target", ["../../../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd"])
    def test_a_workbook_whose_sheet_lies_outside(self, workspace: Workspace, target: str) -> None:
        content = changed(
            GOOD_BOOK,
            "xl/_rels/workbook.xml.rels",
            lambda part: part.replace(b"worksheets/sheet1.xml", target.encode()),
        )
        assert delivered(workspace, "volume.xlsx", content).accepted == 0

    def test_a_folder_with_the_name_of_a_file(self, workspace: Workspace) -> None:
        folder = workspace.inbox / "noord" / PERIOD / "volume.csv"
        folder.mkdir(parents=True)
        (folder / "volume.csv").write_text(VOLUME + ROW)
        (record,) = [one.record for one in deliveries.ingest(workspace) if one.record.supplier == "noord"]
        assert record.rule == "wrong_place"
        assert list(record_faults(workspace, record)) == []

    @pytest.mark.parametrize(
        "name", ["volume\n.csv", "volume 🏥.csv", os.fsdecode(b"volume\xff\xfe.csv"), "volume\u202e.csv"]
    )
    def test_names_of_any_bytes(self, workspace: Workspace, name: str) -> None:
        assert delivered(workspace, name, (VOLUME + ROW).encode(), rows=1).accepted == 1

    def test_a_supplier_that_would_lie_elsewhere(self, workspace: Workspace) -> None:
        for supplier in ("-rf", "...", "a\nb", "$(id)", os.fsdecode(b"\xff")):
            place = workspace.inbox / supplier / PERIOD / "volume.csv"
            place.parent.mkdir(parents=True)
            place.write_text(VOLUME + ROW)
        outcomes = [one for one in deliveries.ingest(workspace) if one.delivery.path.name == "volume.csv"]
        assert len(outcomes) == 4  # one that begins with a point is what programs leave behind
        for outcome in outcomes:
            assert outcome.record.rule == "supplier_name"
            assert list(message_faults(outcome.record.message)) == []  # type: ignore[arg-type]


class TestNoFiles:
    """Opening one of these would wait for a writer that never comes."""

    def of(self, workspace: Workspace, name: str) -> Path:
        place = workspace.inbox / "noord" / PERIOD / name
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def test_a_pipe_and_a_socket_are_refused_and_never_opened(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        os.mkfifo(self.of(workspace, "volume.csv"))
        os.mkfifo(self.of(workspace, "01_DBC.csv"))
        monkeypatch.chdir(self.of(workspace, "revenue.csv").parent)  # a socket's path must be short
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("revenue.csv")
            records = [one.record for one in deliveries.ingest(workspace) if one.record.supplier == "noord"]
        assert {record.rule for record in records} == {"no_file"}
        assert len(records) == 3
        for record in records:
            assert list(record_faults(workspace, record)) == []

    def test_beside_a_pipe_a_companion_is_looked_for_in_vain(self, workspace: Workspace) -> None:
        os.mkfifo(self.of(workspace, "01_DBC.csv"))
        head = "PEILDATUM,JAAR,ZORGPRODUCT_CD,ZORGACTIVITEIT_CD,ZORGPROFIELKLASSE_CD,SOM_AANTAL_ZAT\n"
        self.of(workspace, "02_DBC_PROFIEL.csv").write_text(head + "2026-08-01,2024,099999001,190001,1,5\n")
        records = {
            one.record.file: one.record for one in deliveries.ingest(workspace) if one.record.supplier == "noord"
        }
        assert "0 files *01_DBC* beside it" in refusal(records["02_DBC_PROFIEL.csv"])

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
    def test_a_device_is_refused(self, workspace: Workspace) -> None:
        place = self.of(workspace, "volume.csv")
        try:
            os.mknod(place, 0o20666, os.makedev(1, 5))  # endless zeros
        except PermissionError:
            pytest.skip("no devices may be made here")
        (record,) = [one.record for one in deliveries.ingest(workspace) if one.record.supplier == "noord"]
        assert record.rule == "no_file"

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_without_permission_is_refused(self, workspace: Workspace) -> None:
        place = self.of(workspace, "volume.csv")
        place.write_text(VOLUME + ROW)
        place.chmod(0)
        (record,) = [one.record for one in deliveries.ingest(workspace) if one.record.supplier == "noord"]
        assert record.rule == "no_permission"
