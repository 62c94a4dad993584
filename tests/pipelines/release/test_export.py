"""A release as files: every row of every table is there, and what describes them tells the truth."""

import hashlib
import json
import runpy
import stat
import subprocess
import sys

import duckdb
import polars as pl
import pytest

from data_contracts.problem import Problem
from data_contracts.release import release_tables
from pipelines.cli import main
from pipelines.release import releases
from pipelines.release.export import DESCRIPTOR, DIAGRAM, export


@pytest.fixture(scope="module")
def exported(refreshed, tmp_path_factory):
    """Returns a release, the folder it was exported to, and what describes it."""
    folder = tmp_path_factory.mktemp("export") / "files"
    release = releases.require_current(refreshed.published)
    export(release.database, folder, name="small", release=release.id)
    return release, folder, json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))


def test_only_who_exported_can_open_it(exported):
    _, folder, _ = exported
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_every_row_of_every_table_is_there(exported):
    release, folder, package = exported
    assert package["version"] == release.id
    with duckdb.connect(str(release.database), read_only=True) as connection:
        names = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        assert names <= {resource["name"] for resource in package["resources"]}
        for resource in package["resources"]:
            here, there = f"read_parquet('{folder / resource['path']}')", f'"{resource["name"]}"'
            columns = [field["name"] for field in resource["schema"]["fields"]]
            assert connection.sql(f"FROM {there}").columns == columns == connection.sql(f"FROM {here}").columns
            for one, other in ((here, there), (there, here)):
                (missing,) = connection.execute(f"SELECT count(*) FROM (FROM {one} EXCEPT ALL FROM {other})").fetchone()
                assert missing == 0, resource["name"]


def test_what_describes_a_file_is_true_of_it(exported):
    _, folder, package = exported
    for resource in package["resources"]:
        path = folder / resource["path"]
        assert resource["hash"] == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        assert resource["bytes"] == path.stat().st_size
        frame, table = pl.read_parquet(path), release_tables()[resource["name"]]
        assert [field["name"] for field in resource["schema"]["fields"]] == frame.columns
        assert all(field["description"] and field["description_nl"] for field in resource["schema"]["fields"])
        told = resource["schema"].get("primaryKey", [])
        assert told in ([], list(table.key))
        assert not told or frame.select(told).null_count().sum_horizontal().item() == 0
        assert frame.select(told).is_unique().all() if told else True


def test_references_name_what_is_there(exported):
    _, folder, package = exported
    rows = {resource["name"]: resource for resource in package["resources"]}
    told = [(one["name"], key) for one in package["resources"] for key in one["schema"].get("foreignKeys", ())]
    assert ("volume", "provider") in {(name, key["reference"]["resource"]) for name, key in told}
    for name, key in told:
        target = rows[key["reference"]["resource"]]
        assert target["schema"]["primaryKey"] == key["reference"]["fields"]
        assert f"{name} }}o--o| {target['name']}" in (folder / DIAGRAM).read_text(encoding="utf-8")


def test_the_starts_run_where_they_lie(exported):
    _, folder, _ = exported
    said = subprocess.run([sys.executable, "start.py"], cwd=folder, check=True, capture_output=True, text=True).stdout
    assert "scenario" in said
    assert "eur" in said
    cells = json.loads((folder / "start.ipynb").read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    whole = folder / "notebook.py"
    whole.write_text(code.replace("Path.cwd()", f"Path({str(folder)!r})"), encoding="utf-8")
    assert runpy.run_path(str(whole))["release"].sql("SHOW TABLES").fetchall()
    assert "release$party_impact" in (folder / "start.R").read_text(encoding="utf-8")


def test_the_command_replaces_its_own_and_nothing_else(refreshed, tmp_path, capsys):
    folder = tmp_path / "files"
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            main(["export", str(folder), "-w", str(refreshed.root), "--json"])
        assert ended.value.code == 0
        made = json.loads(capsys.readouterr().out)
        assert {
            "table": "volume",
            "file": "volume.parquet",
            "rows": pl.read_parquet(folder / "volume.parquet").height,
        } in made
    other = tmp_path / "mine"
    other.mkdir()
    (other / "letter.txt").write_text("keep", encoding="utf-8")
    release = releases.require_current(refreshed.published)
    with pytest.raises(Problem, match="something else stands there"):
        export(release.database, other, name="small", release=release.id)
    assert [path.name for path in other.iterdir()] == ["letter.txt"]
