"""At sight only says yes: what it says of a file is what the judge of one file says, and of others nothing."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from delivering import VOLUME, put, with_register
from nearly_plain import OTHER, OWN, REGISTER, SUPPLIERS, differences, held_against

from data_contracts.contract import load_contracts
from pipelines.intake import at_sight as looking
from pipelines.intake import ingestion
from pipelines.intake.at_sight import at_sight, waves
from pipelines.intake.inbox import Delivery
from pipelines.intake.one_file import read_and_validate
from pipelines.judging import Validated
from pipelines.judging.aside import TOTAL_WORDS
from pipelines.reading.formats.simple_csv import simple_csv

HEADINGS = "provider_id;period;specialism;care_product;area;patients;units"
ROW = f"{OWN};2025Q1;0320;990000012;3011;3;12,50"
SECOND = f"{OWN};2025Q1;0320;990000013;3011;4;6"


def file(folder: Path, name: str, content: str | bytes, *, supplier: str = "noord", period: str = "2025Q1") -> Delivery:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Delivery(supplier, period, name.partition(".")[0].partition("-")[0], path, digest, datetime.now(tz=UTC))


def sighted(folder: Path, files: Mapping[str, str | bytes]) -> set[str]:
    """Returns which of some files of one supplier and period go at sight, by name."""
    deliveries = [file(folder, name, content) for name, content in files.items()]
    return {path.name for path in at_sight(deliveries, suppliers=SUPPLIERS, register=REGISTER)}


def volume(*rows: str, headings: str = HEADINGS) -> str:
    return "\n".join([headings, *rows]) + "\n"


@pytest.mark.parametrize("seed", range(45))
def test_a_file_at_sight_has_the_outcome_of_the_judge_of_one_file(seed: int, tmp_path: Path) -> None:
    """Nearly plain files, good and bad together; `nearly_plain.py` holds as many as one likes."""
    made, _, found = held_against(seed, tmp_path)
    assert made
    assert not found, "\n".join(found)


def test_plain_files_go_at_sight_also_beside_bad_ones(tmp_path: Path) -> None:
    assert sighted(
        tmp_path,
        {
            "volume-a.csv": volume(ROW, SECOND),
            "volume-b.csv": volume(ROW, SECOND.replace("0320", "n.v.t.")),
            "volume-c.csv": volume(ROW, SECOND).replace("\n", "\r\n"),
            "volume-d.csv": b"\xef\xbb\xbf" + volume(ROW, SECOND).encode(),
            "volume-e.csv": volume(ROW, SECOND, headings=HEADINGS.replace("patients", "Aantal patiënten")).encode(
                "cp1252"
            ),
        },
    ) == {"volume-a.csv", "volume-c.csv", "volume-d.csv", "volume-e.csv"}


def test_a_lost_zero_is_put_back_at_sight_and_told_of_its_file(tmp_path: Path) -> None:
    short = SECOND.replace("0320", "320")
    files = [file(tmp_path, "volume-a.csv", volume(ROW, short)), file(tmp_path, "volume-b.csv", volume(ROW, SECOND))]
    found = at_sight(files, suppliers=SUPPLIERS, register=REGISTER)
    told = [[(n.rule, n.column, n.count) for n in found[one.path].notes if n.column == "specialism"] for one in files]
    assert told == [[("leading_zero_restored", "specialism", 1)], []]
    assert found[files[0].path].accepted["specialism"].to_list() == ["0320", "0320"]


@pytest.mark.parametrize(
    "content",
    [
        volume(),
        volume(ROW, ROW),
        volume(ROW, SECOND, ""),
        volume(ROW, SECOND + ";"),
        volume(ROW, "bedragen in duizenden;;;;;;"),
        volume(ROW, HEADINGS),
        volume(ROW, SECOND.replace("0320", "320.0")),
        volume(ROW, SECOND.replace("2025Q1", "2025Q2")),
        volume(ROW, SECOND.replace(OWN, OTHER)),
        volume(ROW, SECOND.replace(OWN, "06019999")),
        volume(ROW, SECOND.replace(";6", ";1.000")),
        volume(ROW, SECOND.replace(";6", ";-6")),
        volume(ROW, SECOND.replace(";6", ";")),
        volume(ROW, SECOND.replace("0320", '"0320"')),
        volume(ROW, SECOND.replace("0320", "0320 ")),
        volume(ROW, SECOND.replace("3011", "Totaal")),
        volume(ROW, SECOND).replace("\n", "\r"),
        volume(ROW, SECOND, headings=HEADINGS.replace("area", "bsn")),
        volume(ROW, SECOND, headings=HEADINGS.replace("area", "specialism")),
        volume(ROW, SECOND, headings=HEADINGS.replace("patients", "")),
        "Overzicht\n" + volume(ROW, SECOND),
        "sep=;\n" + volume(ROW, SECOND),
        volume(ROW, SECOND).encode("utf-16"),
        volume(ROW.replace("990000012", "123456782"), SECOND.replace("990000013", "111222333")),
    ],
)
def test_of_what_is_not_plain_nothing_is_said(content: str | bytes, tmp_path: Path) -> None:
    assert sighted(tmp_path, {"volume.csv": content}) == set()


def test_who_and_what_else_is_read_by_itself(tmp_path: Path) -> None:
    """A supplier that the region does not name, another ending, a file that changed, one that has gone."""
    good = volume(ROW, SECOND)
    unnamed = file(tmp_path, "volume-1.csv", good, supplier="vreemd")
    ending = file(tmp_path, "volume-2.txt", good)
    changed = replace(file(tmp_path, "volume-3.csv", good), hash="0" * 64)
    gone = file(tmp_path, "volume-4.csv", good)
    gone.path.unlink()
    assert at_sight([unnamed, ending, changed, gone], suppliers=SUPPLIERS, register=REGISTER) == {}


def test_what_is_said_of_a_file_with_columns_missing_is_the_same(tmp_path: Path) -> None:
    delivery = file(tmp_path, "volume.csv", f"provider_id;period;care_product;units\n{OWN};2025Q1;990000012;3\n")
    found = at_sight([delivery], suppliers=SUPPLIERS, register=REGISTER)
    if delivery.path in found:
        register = replace(REGISTER, own_providers=frozenset(SUPPLIERS[0].providers))
        alone = read_and_validate(delivery, register=register, folder=tmp_path)
        assert list(differences(found[delivery.path], alone)) == []


def test_a_fault_of_the_program_leaves_files_to_be_read_by_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise pl.exceptions.ComputeError("a fault")

    monkeypatch.setattr(looking, "accepted_whole", failing)
    assert sighted(tmp_path, {"volume.csv": volume(ROW, SECOND)}) == set()
    assert "1 files of volume at sight" in caplog.text


def test_a_line_that_is_longer_than_any_row_is_not_simple() -> None:
    def known(heading: str) -> str | None:
        return heading if heading in {"a", "b"} else None

    assert simple_csv(b"a;b\n1;2\n", known=known) is not None
    assert simple_csv(b"a;b\n1;" + b"2" * 2**20 + b"\n", known=known) is None


def test_only_what_is_to_be_read_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = with_register(tmp_path / "region")
    looked_at: list[str] = []

    def watched(deliveries: list[Delivery], **more: Any) -> dict[Path, Validated]:
        looked_at.extend(one.path.name for one in deliveries)
        return at_sight(deliveries, **more)

    monkeypatch.setattr(ingestion, "at_sight", watched)
    put(workspace, "noord/2025Q1/volume.csv", VOLUME)
    ingestion.ingest(workspace)
    assert looked_at == ["volume.csv"]
    put(workspace, "noord/2025Q2/volume.csv", VOLUME.replace("2025Q1", "2025Q2"))
    put(workspace, "vreemd/2025Q1/volume.csv", VOLUME.replace("12;10", "13;10"))
    ingestion.ingest(workspace)
    assert sorted(looked_at) == ["volume.csv"] * 3
    ingestion.ingest(workspace)
    assert len(looked_at) == 3


def test_waves_hold_so_many_files_and_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deliveries = [file(tmp_path, f"volume-{number}.csv", "x" * 10) for number in range(7)]
    monkeypatch.setattr(looking, "WAVE_FILES", 3)
    assert [len(wave) for wave in waves(deliveries)] == [3, 3, 1]
    monkeypatch.setattr(looking, "WAVE_BYTES", 25)
    assert [len(wave) for wave in waves(deliveries)] == [2, 2, 2, 1]
    assert list(waves([])) == []


def test_no_allowed_value_of_a_key_is_a_word_for_total() -> None:
    """At sight a key with a list of values is not looked through for totals."""
    allowed = [
        one.value
        for contract in load_contracts().values()
        for column in contract.columns
        if column.key
        for one in column.allowed
    ]
    assert not pl.Series(allowed, dtype=pl.String).str.to_lowercase().str.contains(TOTAL_WORDS).any()
