"""What a delivery refers to by name is held against what there is: suppliers, providers, specialisms."""

from pathlib import Path

import polars as pl
import pytest
from delivering import REGION, accepted_rows, deliver, put, with_register

from data_contracts.contract import load_contract
from data_contracts.specialisms import code_by_name
from pipelines.intake import deliveries
from pipelines.judging import Register, Validated, validate
from pipelines.reading.formats import ROW_NUMBER, RawTable

HEAD = "provider_id;period;specialism;care_product;units;patients"


def test_a_supplier_that_the_region_does_not_name_is_told_whose_provider_it_speaks_for(tmp_path: Path) -> None:
    workspace = with_register(tmp_path)
    found = deliver(workspace, f"{HEAD}\n06010101;2025Q1;0320;099999001;7;7\n", place="noort/2025Q1/volume.csv")
    assert (found.record.accepted, found.record.rejected) == (0, 1)
    (reason,) = deliveries.rejections(workspace.lake, of=[found.record.hash]).rows(named=True)
    assert (reason["row"], reason["rule"]) == (2, "supplier_not_in_region")
    assert "no such supplier in region.yaml (did you mean 'noord'?), and a provider (06010101)" in reason["message_en"]
    assert "(bedoelt u 'noord'?), en een zorgaanbieder (06010101) voor wie 'noord' spreekt" in reason["message_nl"]


def test_rows_of_a_supplier_that_is_added_to_the_region_count_from_then_on(tmp_path: Path) -> None:
    workspace = with_register(tmp_path)
    row = "06010101;2025Q1;0320;099999001;7;7"
    assert deliver(workspace, f"{HEAD}\n{row}\n", place="extra/2025Q1/volume.csv").record.accepted == 0
    (workspace.root / "region.yaml").write_text(REGION + '  - {supplier: extra, providers: ["06010101"]}\n')
    workspace = type(workspace).open(workspace.root)
    (again,) = [one for one in deliveries.ingest(workspace) if one.delivery.supplier == "extra"]
    assert again.record.accepted == 1


def test_a_supplier_that_the_region_does_not_name_may_speak_for_its_own(tmp_path: Path) -> None:
    workspace = with_register(tmp_path)
    found = deliver(workspace, f"{HEAD}\n06010102;2025Q1;0320;099999001;7;7\n", place="zuid/2025Q1/volume.csv")
    assert "supplier_not_in_region" not in {one.rule for one in found.record.remarks}


def test_rows_of_a_provider_whose_own_row_was_refused_say_so(tmp_path: Path) -> None:
    workspace = with_register(tmp_path)
    register = "provider_id;name;kind\n06010101;Noord;general_hospital\n06010103;;general_hospital\n"
    put(workspace, "region/2025/providers.csv", register)
    deliveries.ingest(workspace)
    rows = "".join(f"06010103;2025Q1;0320;09999900{n};7;7\n" for n in range(3))
    found = deliver(workspace, f"{HEAD}\n{rows}")
    assert found.record.rejected == 3
    reasons = deliveries.rejections(workspace.lake, of=[found.record.hash])
    assert set(reasons["rule"]) == {"provider_refused"}
    assert (
        "a provider (06010103) whose own row in the register was refused: providers.csv, row 3, nothing in name"
        in reasons["message_en"][0]
    )
    assert "providers.csv, rij 3, niets in name" in reasons["message_nl"][0]


def test_a_register_row_refused_by_a_rule_of_its_own_is_told_in_that_rules_words(tmp_path: Path) -> None:
    workspace = with_register(tmp_path)
    register = "provider_id;name;kind;latitude;longitude\n06010103;Oost;general_hospital;;4,5\n"
    put(workspace, "region/2025/providers_oost.csv", register)
    deliveries.ingest(workspace)
    found = deliver(workspace, f"{HEAD}\n06010103;2025Q1;0320;099999001;7;7\n")
    (reason,) = deliveries.rejections(workspace.lake, of=[found.record.hash]).rows(named=True)
    assert "providers_oost.csv, row 2, Only one of latitude and longitude is filled in" in reason["message_en"]
    assert "providers_oost.csv, rij 2, " in reason["message_nl"]
    assert "rij 2, ." not in reason["message_nl"]


def judged(specialisms: list[str], *, country: str = "NL") -> Validated:
    columns = {"provider_id": "06010101", "period": "2025", "specialism": specialisms, "units": "5"}
    frame = pl.DataFrame({**columns, ROW_NUMBER: range(2, len(specialisms) + 2)})
    raw = RawTable(frame, tuple(columns), "CSV")
    return validate(raw, load_contract("volume"), register=Register(country=country))


def test_a_specialism_by_its_name_is_its_code() -> None:
    found = judged(["heelkunde", "Cardiology", "Maag-darm-leverziekten", "0301"])
    assert found.accepted["specialism"].to_list() == ["0303", "0320", "0318", "0301"]
    assert {note.rule: note.count for note in found.notes}["specialism_by_name"] == 3


def test_a_word_that_is_no_known_specialism_is_told() -> None:
    found = judged(["toverkunst", "0320"])
    assert found.accepted["specialism"].to_list() == ["toverkunst", "0320"]
    (warning,) = [one for one in found.warnings if one.rule == "unknown_specialism"]
    assert (warning.rows, warning.count) == ((2,), 1)


def test_codes_of_another_country_stay_what_they_are() -> None:
    assert judged(["100", "cardiology"], country="GB").accepted["specialism"].to_list() == ["100", "cardiology"]
    assert judged(["320"]).accepted["specialism"].to_list() == ["0320"]


def test_the_country_is_that_of_the_region(tmp_path: Path) -> None:
    workspace = with_register(tmp_path)
    (workspace.root / "region.yaml").write_text(f"{REGION}country: GB\n")
    workspace = type(workspace).open(workspace.root)
    deliver(workspace, f"{HEAD}\n06010101;2025Q1;100;099999001;7;7\n")
    assert accepted_rows(workspace)["specialism"].to_list() == ["100"]


@pytest.mark.parametrize(("name", "code"), [("heelkunde", "0303"), ("kno", "0302"), ("paediatrics", "0316")])
def test_names_are_known_by_their_code(name: str, code: str) -> None:
    assert code_by_name()[name] == code


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x7f", "\x85"])
def test_an_identifier_with_a_control_sign_never_enters_the_register(sign: str, tmp_path: Path) -> None:
    workspace = with_register(tmp_path)
    ids, names = ["06010101", f"0601{sign}0109", "06010104"], ["Noord", "Zuid", "Na\x00am"]
    frame = pl.DataFrame({"provider_id": ids, "name": names, "kind": "general_hospital"})
    frame.write_parquet(tmp_path / "providers.parquet")
    content = (tmp_path / "providers.parquet").read_bytes()
    found = deliver(workspace, content, place="region/2025/providers.parquet")
    reasons = deliveries.rejections(workspace.lake, of=[found.record.hash]).select("row", "column", "rule").rows()
    assert reasons == [(2, "provider_id", "lost_characters"), (3, "name", "lost_characters")]
    assert deliveries.read_register(workspace.lake).known["providers.provider_id"] == {"06010101"}
