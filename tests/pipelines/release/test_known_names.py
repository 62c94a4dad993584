"""Every name in a position, a consent and `region.yaml` that stands for something is held against the release.

The places come from the types of the schemas: a key that is added later and names something is in them. Scenarios have
the same in `tests/models/test_scenario_references.py`.
"""

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from pydantic import BaseModel
from small_region import HOSPITALS, PAYER, REGION

from data_contracts.problem import Fault, Problem
from data_contracts.references import Known, named_places
from models.disclosure.consents import Consent
from models.positions.position import Position
from pipelines.cli import main
from pipelines.release import releases
from pipelines.release.known_names import names_of, setting_faults
from pipelines.release.positions import read_positions
from pipelines.release.views import auditing, consenting
from pipelines.workspace.workspace import RegionConfig, Workspace

MINE, OTHER, THIRD = list(HOSPITALS)
POSITION: dict[str, Any] = {
    "party": MINE, "urgency": 3,
    "interests": [{"words": "w", "dimension": "department", "specialism": "0320"}],
    "red_lines": [
        {"dimension": "department", "specialism": "0320", "keep": True},
        {"dimension": "staff_capacity", "resource": "gp_hours", "at_most_fte": 2},
        {"initiative": "ritme", "refuse": True},
    ],
    "carries": [{"initiative": "ritme"}],
}  # fmt: skip
CONSENT: dict[str, Any] = {
    "party": MINE, "figure": "units", "initiative": "ritme", "audience": "room:ritme", "round": "1",
    "purpose": {"nl": "w", "en": "w"},
}  # fmt: skip
SETTINGS: dict[str, Any] = yaml.safe_load(REGION) | {
    "disclosure": {
        "groups": {"noordzuid": [MINE, OTHER]}, "coalitions": [[MINE, OTHER]], "positions": [MINE, PAYER],
        "put_forward": "naar-de-huisarts",
    }
}  # fmt: skip
WRITTEN: dict[type[BaseModel], dict[str, Any]] = {Position: POSITION, Consent: CONSENT, RegionConfig: SETTINGS}
PLACES = [(kind, path) for kind in WRITTEN for path, _ in named_places(kind)]


@pytest.fixture(scope="module")
def known(refreshed: Workspace) -> Known:
    with duckdb.connect(str(releases.require_current(refreshed.published).database), read_only=True) as connection:
        return names_of(connection)


def holders(content: Any, path: tuple[str, ...]) -> Iterator[tuple[Any, Any]]:
    """Yields every place of a text that a path of the schema leads to: what holds it, and under which key."""
    first, *rest = path
    keys = range(len(content)) if isinstance(content, list) else list(content) if first == "*" else [first]
    for key in keys:
        if isinstance(content, list) or key in content:
            yield from holders(content[key], tuple(rest)) if rest else [(content, key)]


def told(workspace: Workspace, kind: type[BaseModel], content: dict[str, Any], known: Known) -> list[Fault]:
    """Returns what is said of a text, written where such texts stand."""
    folders = {Position: workspace.positions, Consent: workspace.consents}
    path = workspace.root / "region.yaml" if kind is RegionConfig else folders[kind] / "one.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    try:
        if kind is RegionConfig:
            return setting_faults(Workspace.open(workspace.root), known)
        if kind is Position:
            read_positions(workspace, known)
        else:
            release = releases.require_current(workspace.published)
            facts = auditing.read_facts(release, auditing.settings_of(workspace.region))
            consenting.read_consents(workspace, facts, round_="1")
    except Problem as problem:
        return list(problem.faults)
    return []


@pytest.fixture
def fresh(refreshed: Workspace, tmp_path: Path) -> Workspace:
    """The release of the small region, in a folder to write texts in."""
    (tmp_path / "region.yaml").write_text(REGION)
    (tmp_path / "published").symlink_to(refreshed.root / "published")
    return Workspace.open(tmp_path)


@pytest.mark.parametrize("kind", WRITTEN)
def test_what_names_what_is_there_is_right_and_names_something_at_every_place(
    fresh: Workspace, known: Known, kind: type[BaseModel]
) -> None:
    assert told(fresh, kind, WRITTEN[kind], known) == []
    assert [path for path, _ in named_places(kind) if not list(holders(WRITTEN[kind], path))] == []


@pytest.mark.parametrize(
    ("kind", "path"), PLACES, ids=lambda value: getattr(value, "__name__", None) or ".".join(value)
)
def test_a_misspelt_name_is_told_with_file_line_key_and_the_nearest(
    fresh: Workspace, known: Known, kind: type[BaseModel], path: tuple[str, ...]
) -> None:
    content = copy.deepcopy(WRITTEN[kind])
    for holder, key in holders(content, path):
        right = holder[key]
        holder[key] = f"{right}x"
        (fault,) = told(fresh, kind, content, known)
        assert f"{right}x" in str(fault.found)
        assert "the unknown" in str(fault.found)
        assert "onbekende" in fault.said("nl")["found"]
        assert str(fault.action) == f"did you mean {right!r}?"
        assert fault.source in {"one.yaml", "region.yaml"}
        assert fault.line > 0
        assert fault.key.split(".")[-1] == str(key) or isinstance(key, int)
        holder[key] = right


def test_the_room_that_a_consent_opens_to_is_one_that_there_is(fresh: Workspace, known: Known) -> None:
    (fault,) = told(fresh, Consent, CONSENT | {"audience": "room:ritmo"}, known)
    assert (fault.key, str(fault.action)) == ("audience", "did you mean 'ritme'?")
    assert "de kamer van het onbekende initiatief ritmo" in fault.sentence("nl")


def test_a_specialism_that_nobody_delivers_may_be_wanted_and_one_that_there_is_not_may_not(
    fresh: Workspace, known: Known
) -> None:
    def wanting(code: str) -> dict[str, Any]:
        return POSITION | {"interests": [{"words": "w", "dimension": "department", "specialism": code}]}

    assert told(fresh, Position, wanting("0327"), known) == []
    assert [fault.key for fault in told(fresh, Position, wanting("0237"), known)] == ["interests.0.specialism"]


def test_initiatives_are_not_judged_where_a_scenario_was_refused(refreshed: Workspace, tmp_path: Path) -> None:
    database = tmp_path / "release.duckdb"
    shutil.copy(releases.require_current(refreshed.published).database, database)
    with duckdb.connect(str(database)) as connection:
        connection.execute("UPDATE scenario_file SET status = 'refused'")
        assert not {"initiative", "scenario"} & set(names_of(connection))
        connection.execute("DELETE FROM provider")
        assert set(names_of(connection)) == {"resource", "specialism"}


def test_a_refresh_tells_a_setting_that_names_nobody_and_no_view_is_made(
    region: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (region.root / "region.yaml").read_text()
    (region.root / "region.yaml").write_text(f'{text}disclosure: {{coalitions: [["{MINE}", "06010120"]]}}\n')
    with pytest.raises(SystemExit) as ended:
        main(["refresh", "--workspace", str(region.root)])
    assert ended.value.code == 1
    said = capsys.readouterr()
    assert "Published release" in said.out
    assert "the unknown party 06010120" in said.err
    assert "did you mean '0601010" in said.err
    workspace = Workspace.open(region.root)
    with pytest.raises(Problem, match="the unknown party 06010120"):
        auditing.audit_release(workspace, releases.require_current(workspace.published))
