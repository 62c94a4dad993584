"""Sign-off: who, when, which release; and whether what was signed is still what is counted with."""

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from small_region import HOSPITALS, deliver, volume, write_region

from data_contracts.contract import load_contract, published_contracts
from data_contracts.problem import Problem
from pipelines.judging.from_contract import ddl
from pipelines.orchestration.refresh import refresh
from pipelines.release import releases, sign_offs
from pipelines.release.sign_offs import baseline_hash, read_sign_offs, sign_off
from pipelines.workspace.workspace import Workspace


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A region in which two hospitals and the insurer signed, after which one of the hospitals sent a correction."""
    workspace = write_region(tmp_path_factory.mktemp("signed"))
    release = refresh(workspace).release
    for party in (*list(HOSPITALS)[:2], "3311"):
        sign_off(workspace, release, party=party, who="bestuur")
    refresh(workspace)
    changed = next(iter(HOSPITALS))
    frame = volume(changed, "2025Q1")
    deliver(workspace, f"{HOSPITALS[changed]}/2025Q1/volume.csv", frame.with_columns(units=frame["units"] + 1))
    refresh(workspace)
    return workspace


def table(release: releases.ReleaseFolder) -> dict[str, bool]:
    with duckdb.connect(str(release.database.resolve()), read_only=True) as connection:
        return dict(connection.execute('SELECT party, holds FROM sign_off ORDER BY "when"').fetchall())


def test_a_sign_off_reaches_the_next_release_and_its_manifest(signed: Workspace) -> None:
    second = releases.list_releases(signed.published)[1]
    assert table(second) == {"06010101": True, "06010102": True, "3311": True}
    content = json.loads((second.path / "manifest.json").read_text())
    assert [(one["party"], one["who"], one["holds"]) for one in content["sign_offs"]] == [
        ("06010101", "bestuur", True),
        ("06010102", "bestuur", True),
        ("3311", "bestuur", True),
    ]
    assert content["sign_offs"][0]["release"] == releases.list_releases(signed.published)[2].id


def test_a_changed_baseline_no_longer_holds_for_whom_it_concerns(signed: Workspace) -> None:
    # the insurer's figures hold too: units of the hospital changed under its name
    assert table(releases.require_current(signed.published)) == {"06010101": False, "06010102": True, "3311": False}


def test_a_party_signs_a_release_once(signed: Workspace) -> None:
    first = releases.list_releases(signed.published)[2]
    with pytest.raises(Problem, match=r"has signed release .* before, by bestuur"):
        sign_off(signed, first, party="06010101", who="iemand")
    assert len(read_sign_offs(signed)) == 3


def test_an_unknown_party_is_named_with_the_nearest(signed: Workspace) -> None:
    with pytest.raises(Problem, match=r"did you mean '060101"):
        sign_off(signed, releases.require_current(signed.published), party="0601010l", who="iemand")


def test_a_contract_that_grows_by_a_column_breaks_no_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    contract = load_contract("providers")
    note = replace(next(column for column in contract.columns if column.name == "name"), name="a_note", required=False)
    with duckdb.connect() as connection:
        for table in published_contracts():
            for statement in ddl.create_published_table(table):
                connection.execute(statement)
        kind = "'06010101' AS provider_id, 'Noord' AS name, 'gp_organisation' AS kind"
        connection.execute(f"INSERT INTO provider BY NAME SELECT {kind}, 'a' AS supplier, 'b' AS delivery")
        before = baseline_hash(connection, "06010101", base_year=2025)
        grown = replace(contract, columns=(note, *contract.columns))
        every = [grown if one.dataset == "providers" else one for one in published_contracts()]
        monkeypatch.setattr(sign_offs, "published_contracts", lambda: every)
        connection.execute("ALTER TABLE provider ADD COLUMN a_note VARCHAR")
        assert baseline_hash(connection, "06010101", base_year=2025) == before
        connection.execute("UPDATE provider SET a_note = 'said'")
        assert baseline_hash(connection, "06010101", base_year=2025) != before


def test_without_sign_offs_the_table_is_there_and_empty(tmp_path: Path) -> None:
    workspace = write_region(tmp_path / "region")
    assert table(refresh(workspace).release) == {}
