"""An agreement followed: what moved, what became of the deal, and the release it rests on stays."""

import json
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest
from small_region import GPS, HOSPITALS, deliver, volume, write_region

from pipelines.cli import main
from pipelines.orchestration.refresh import refresh
from pipelines.release import releases
from pipelines.release.agreements import plan_of, scenarios_of
from pipelines.release.diff import DeliveryChange, ReleaseDifference
from pipelines.release.review import review
from pipelines.warehouse.building import reading
from pipelines.workspace.workspace import Workspace

NORTH, MIDDLE, SOUTH = HOSPITALS


@pytest.fixture(scope="module")
def agreed(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Agreed on the first release; then 2026 came in: north gave away what was agreed, the others nothing."""
    workspace = write_region(tmp_path_factory.mktemp("agreed"))
    first = refresh(workspace).release
    path = workspace.scenario_files()[0]
    path.write_text(path.read_text() + f"\nagreed: {{release: {first.id}, date: 2025-12-01}}\n")
    for provider, supplier in HOSPITALS.items():
        year = volume(provider, "2026Q1")
        kept = 0.85 if provider == NORTH else 1.0
        moved = pl.when(pl.col("diagnosis") == "401").then(pl.col("units") * kept).otherwise("units")
        deliver(workspace, f"{supplier}/2026Q1/volume.csv", year.with_columns(units=moved))
    corrected = volume(SOUTH, "2025Q1")
    deliver(workspace, f"{HOSPITALS[SOUTH]}/2025Q1/volume.csv", corrected.with_columns(units=corrected["units"] * 2))
    refresh(workspace)
    return workspace


def query(workspace: Workspace, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(
        str(releases.require_current(workspace.published).database.resolve()), read_only=True
    ) as connection:
        return connection.execute(sql).fetchall()


def test_every_release_says_how_far_an_agreement_is(agreed: Workspace) -> None:
    ((period, planned, realised, source, donors, material, since),) = query(
        agreed,
        "SELECT period, agreed_units, realised_units, source, donors_delivered, material, material_since FROM progress",
    )
    # a year's care of the selection, as agreed: 30 % eligible, half of it in the first of two years, a quarter of that
    base = query(agreed, "SELECT sum(units) FROM volume WHERE diagnosis = '401' AND left(period, 4) = '2025'")[0][0]
    assert (period, source, donors, material, since) == ("2026Q1", "estimated", 3, True, "2026-03-31")
    assert isinstance(planned, float)
    assert isinstance(realised, float)
    assert isinstance(base, float)
    assert planned < 0.3 * 0.5 * base / 4  # the south's correction came after the agreement: the plan is of then
    assert 0 < realised < planned / 2


def test_the_plan_is_of_the_release_it_was_agreed_on(agreed: Workspace) -> None:
    found = review(agreed, "naar-de-huisarts")
    assert found.then.id == releases.list_releases(agreed.published)[-1].id
    assert query(agreed, "SELECT count(*) FROM flag WHERE flag = 'agreed_release_gone'") == [(0,)]
    worth = found.worth.select("when", "net_value_eur").rows()
    assert [when for when, _ in worth] == ["then", "now"]
    assert worth[0][1] != pytest.approx(worth[1][1])


def test_the_plan_is_counted_in_its_own_base_year_and_whatever_else_that_release_holds(
    agreed: Workspace, tmp_path: Path
) -> None:
    workspace = Workspace.open(Path(shutil.copytree(agreed.root, tmp_path / "copy", symlinks=True)))
    with reading(releases.require_current(workspace.published).database) as connection:
        scenario = scenarios_of(connection)["naar-de-huisarts"]
    first = releases.list_releases(workspace.published)[-1]
    first.database.chmod(0o644)
    with duckdb.connect(str(first.database)) as connection:
        connection.execute("INSERT INTO scenario (scenario, parameters) VALUES ('of-another-version', '{gone: 1}')")
    written_before_sizes_were = first.manifest.model_copy(update={"files": {}})
    (first.path / releases.MANIFEST).write_text(written_before_sizes_were.model_dump_json())
    moved_on = scenario.model_copy(update={"base_year": 2026})
    plan = plan_of(workspace, moved_on, facts={})
    assert (plan.release and plan.release.id) == first.id
    assert plan.evaluation.outcome.setting.scenario.base_year == 2025


def test_an_initiative_agreed_twice_is_told_of_both(agreed: Workspace, tmp_path: Path) -> None:
    assert query(agreed, "SELECT count(*) FROM flag WHERE flag = 'agreed_twice'") == [(0,)]
    workspace = Workspace.open(Path(shutil.copytree(agreed.root, tmp_path / "copy", symlinks=True)))
    path = workspace.scenario_files()[0]
    path.with_name("nog-eens.yaml").write_text(path.read_text().replace("naar-de-huisarts", "nog-eens"))
    refresh(workspace)
    told = query(workspace, "SELECT scenario, id, value FROM flag WHERE flag = 'agreed_twice' ORDER BY ALL")
    assert told == [("naar-de-huisarts", "ritme", 2.0), ("nog-eens", "ritme", 2.0)]


def test_what_is_realised_of_an_initiative_that_no_scenario_has_is_told(agreed: Workspace, tmp_path: Path) -> None:
    workspace = Workspace.open(Path(shutil.copytree(agreed.root, tmp_path / "copy", symlinks=True)))
    rows = [{"initiative": name, "from_id": NORTH, "to_id": GPS[0], "units": 5} for name in ("ritme", "ritmo")]
    deliver(workspace, "bureau/2026Q1/realised_transfers.csv", pl.DataFrame(rows).with_columns(period=pl.lit("2026Q1")))
    refresh(workspace)
    told = query(workspace, "SELECT scenario, id, message_nl FROM flag WHERE flag = 'realised_of_no_initiative'")
    assert [(scenario, name) for scenario, name, _ in told] == [("naar-de-huisarts", "ritmo")]
    assert "Bedoelt u 'ritme'?" in str(told[0][2])
    assert query(workspace, "SELECT realised_units, source FROM progress WHERE period = '2026Q1'") == [
        (5.0, "delivered")
    ]


def test_a_review_names_the_delivery_that_changed_the_deal(agreed: Workspace) -> None:
    found = review(agreed, "naar-de-huisarts")
    changes = found.changed.figures.filter(party=SOUTH, figure="present_value_eur")
    assert "zuid 2025Q1 volume (replaced)" in changes["cause"].to_list()
    assert found.progress["initiative"].to_list() == ["ritme"]


def test_the_line_that_says_it_was_agreed_is_no_change_of_the_scenario(
    agreed: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert review(agreed, "naar-de-huisarts").changed.scenarios == {}
    for lang, said in (("en", "the scenario itself was changed"), ("nl", "het scenario zelf")):
        with pytest.raises(SystemExit):
            main(["review", "naar-de-huisarts", "--lang", lang, "-w", str(agreed.root)])
        assert said not in " ".join(capsys.readouterr().out.split())


def test_what_was_refused_and_background_that_moves_no_figure_count_as_before() -> None:
    refused = DeliveryChange("noord", "2025Q1", "volume", "refused", "volume.csv", ("a",), ("a",))
    prices = DeliveryChange("noord", "2025", "list_prices", "new", "prices.csv", (), ("b",))
    counted = DeliveryChange("noord", "2025Q2", "volume", "new", "volume.csv", (), ("c",))
    population = DeliveryChange("bureau", "2025", "population", "new", "population.csv", (), ("d",))
    moved = pl.DataFrame({"cause": [population.cause]})
    changed = ReleaseDifference("x", "y", (refused, prices, counted, population), {}, (), moved)
    assert changed.counting == (counted, population)


def test_the_check_warns_and_the_release_is_published(agreed: Workspace) -> None:
    checks = {check.name: check for check in releases.require_current(agreed.published).manifest.checks}
    assert not checks["agreements_on_plan"].passed
    assert not checks["agreements_on_plan"].blocking
    assert "ritme" in checks["agreements_on_plan"].found


def test_the_release_of_an_agreement_is_never_pruned(agreed: Workspace) -> None:
    first = releases.list_releases(agreed.published)[-1].id
    for _ in range(agreed.region.keep_releases + 1):
        refresh(agreed, force=True)
    ids = [release.id for release in releases.list_releases(agreed.published)]
    assert first in ids
    assert len(ids) == agreed.region.keep_releases + 1


@pytest.mark.parametrize(
    ("lang", "words", "world"),
    [
        ("en", "materially away from its plan", "without an agreement"),
        ("nl", "wijkt wezenlijk af", "zonder akkoord"),
    ],
)
def test_the_commands_tell_it(
    agreed: Workspace, capsys: pytest.CaptureFixture[str], lang: str, words: str, world: str
) -> None:
    for command in (["progress"], ["review", "naar-de-huisarts"]):
        with pytest.raises(SystemExit) as ended:
            main([*command, "--lang", lang, "-w", str(agreed.root)])
        assert ended.value.code in (0, None)
        printed = capsys.readouterr().out
        assert "ritme" in printed
        assert words in printed or command[0] == "review"
        assert world in printed.lower()


def test_as_json_all_is_there(agreed: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["review", "naar-de-huisarts", "--json", "-w", str(agreed.root)])
    found = json.loads(capsys.readouterr().out)
    assert {"deliveries", "figures", "flips", "worth", "forced", "progress"} <= set(found)
    assert [row["when"] for row in found["worlds"]] == ["then", "now"]
    assert all(row["margin_with_eur"] < row["margin_without_eur"] for row in found["worlds"])


def test_a_scenario_that_is_no_agreement_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = write_region(tmp_path / "region")
    refresh(workspace)
    with pytest.raises(SystemExit) as ended:
        main(["review", "naar-de-huisarts", "-w", str(workspace.root)])
    assert ended.value.code == 1
    assert "is no agreement" in capsys.readouterr().err
