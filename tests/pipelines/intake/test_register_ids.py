"""A code in a register that other parts of the program would give a meaning is refused by itself, not the release."""

from pathlib import Path

import polars as pl
from delivering import PROVIDERS, VOLUME, accepted_rows, deliver, make_workspace, put, with_register

from pipelines.intake import deliveries
from pipelines.intake.deliveries import Ingested
from pipelines.release import publication
from pipelines.release.checks import CHECKS, run_check
from pipelines.warehouse import building as warehouse
from pipelines.workspace.workspace import Workspace

HEAD = "agb;naam;soort\n"
GOOD = "06010101;Ziekenhuis Noord;general_hospital\n"


def test_rows_with_a_code_that_is_no_code_are_refused_and_the_others_are_published(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    bad = "".join(f"{code};Kliniek {code};general_hospital\n" for code in ("../../x", "patients", "a/b"))
    put(workspace, "region/2025/providers.csv", HEAD + GOOD + bad)
    put(workspace, "region/2025/payers.csv", "uzovi;naam\n3311;Een\n../x;Twee\n")
    deliveries.ingest(workspace)
    with warehouse.reading(publication.start(workspace).database) as connection:
        assert connection.execute("SELECT provider_id FROM provider").fetchall() == [("06010101",)]
        assert connection.execute("SELECT payer_id FROM payer").fetchall() == [("3311",)]
        refused = connection.execute("SELECT value, rule, message_en FROM rejection ORDER BY value").fetchall()
    assert [(value, rule) for value, rule, _ in refused] == [
        (value, "id_is_plain") for value in ("../../x", "../x", "a/b", "patients")
    ]
    assert "Use letters, digits, spaces, dots, hyphens and underscores" in refused[0][2]


def reasons(workspace: Workspace, outcome: Ingested) -> list[tuple[int, str]]:
    return deliveries.rejections(workspace.lake, of=[outcome.record.hash]).select("row", "rule").rows()


def test_a_provider_with_a_payers_code_is_refused_whichever_came_first(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    found = deliver(workspace, HEAD + GOOD + "3311;Kliniek;general_hospital\n", place="region/2025/providers.csv")
    assert found.record.accepted == 2
    put(workspace, "region/2025/payers.csv", "uzovi;naam\n3311;Een\n")
    again = {one.record.dataset: one for one in deliveries.ingest(workspace)}
    assert reasons(workspace, again["providers"]) == [(3, "code_of_another_party")]
    message = deliveries.rejections(workspace.lake)["message_en"][0]
    assert "a code of its own; this one is in the dataset payers" in message
    with warehouse.reading(publication.start(workspace).database) as connection:
        assert connection.execute("SELECT provider_id FROM provider").fetchall() == [("06010101",)]
        assert connection.execute("SELECT payer_id FROM payer").fetchall() == [("3311",)]


def test_rows_whose_payer_is_a_provider_or_a_word_of_the_program_are_refused(tmp_path: Path) -> None:
    workspace = with_register(tmp_path)
    rows = "".join(f"06010101;2025Q1;{payer};0320;7\n" for payer in ("06010102", "patients", "3311", "unknown"))
    found = deliver(workspace, f"provider_id;period;payer_id;specialism;units\n{rows}")
    assert reasons(workspace, found) == [(2, "code_of_another_party"), (3, "code_of_another_party")]
    assert accepted_rows(workspace)["payer_id"].to_list() == ["3311", None]


def test_a_repeated_key_in_a_new_version_leaves_the_row_that_was_accepted_before(tmp_path: Path) -> None:
    workspace = with_register(tmp_path)
    put(workspace, "noord/2025Q1/volume.csv", VOLUME)
    deliveries.ingest(workspace)
    first = deliveries.records(workspace.lake).row(by_predicate=pl.col("dataset") == "providers", named=True)
    second = PROVIDERS.replace("Zuid", "Nieuw Zuid") + "06010101 ;Iets anders;other\n"
    found = deliver(workspace, second, place="region/2025/providers.csv")
    assert reasons(workspace, found) == [(2, "duplicate_key"), (4, "duplicate_key")]
    assert (found.record.accepted, found.record.rejected) == (1, 2)
    (note,) = [one for one in found.record.remarks if one.rule == "earlier_row_stands"]
    assert "those of before count (06010101)" in note.text.en
    assert deliveries.records(workspace.lake).filter(dataset="volume")["accepted"].to_list() == [2]
    draft = publication.start(workspace)
    with warehouse.reading(draft.database) as connection:
        rows = connection.execute("SELECT provider_id, name, delivery FROM provider ORDER BY provider_id").fetchall()
        assert rows == [
            ("06010101", "Ziekenhuis Noord", first["hash"]),
            ("06010102", "Ziekenhuis Nieuw Zuid", found.record.hash),
        ]
        held = [one for one in CHECKS if one.name in {"rows_add_up", "accepted_rows_loaded", "party_ids_differ"}]
        assert [one.name for one in held if not run_check(connection, one).passed] == []


def test_a_row_that_stands_gives_way_to_the_next_that_is_right_and_to_its_absence(tmp_path: Path) -> None:
    workspace = with_register(tmp_path)
    bad = PROVIDERS + "06010101;Iets anders;other\n"
    deliver(workspace, bad, place="region/2025/providers.csv")
    deliver(workspace, bad + "06010103;Oost;other\n", place="region/2025/providers.csv")
    names = accepted_rows(workspace, "providers")
    assert sorted(names["name"]) == ["Oost", "Ziekenhuis Noord", "Ziekenhuis Zuid"]
    deliver(workspace, "provider_id;name;kind\n06010102;Ziekenhuis Zuid;other\n", place="region/2025/providers.csv")
    assert accepted_rows(workspace, "providers")["provider_id"].to_list() == ["06010102"]
