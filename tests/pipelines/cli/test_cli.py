"""The commands as a person types them: what they print, their exit codes, and never a traceback."""

import csv
import io
import json
import os
from pathlib import Path

import polars as pl
import pytest
from small_region import deliver, volume

from pipelines.cli import main
from pipelines.release import releases
from pipelines.workspace.lock import LOCK_FILE
from pipelines.workspace.workspace import WORKSPACE_VARIABLE, Workspace


class Ran:
    """What a command printed, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
        assert "Traceback" not in out + err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Runs one command line, in an empty folder."""
    monkeypatch.delenv(WORKSPACE_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str | Path) -> Ran:
        monkeypatch.setattr("sys.argv", ["care-transfer", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return Ran(int(caught.value.code or 0), printed.out, printed.err)

    return command


def three_parts(ran: Ran) -> list[str]:
    """The labels of a told problem."""
    return [line.split(":")[0].strip() for line in ran.err.splitlines() if ":" in line and line.startswith("  ")]


# ---- help, init ----


def test_help_names_every_command(run) -> None:
    ran = run("--help")
    assert ran.code == 0
    for command in ("demo", "init", "check", "refresh", "sql", "report", "releases", "whatif"):
        assert command in ran.out


def test_a_command_that_is_not_understood_exits_with_2(run) -> None:
    assert run("refrsh").code == 2
    assert run("sql").code == 1


def test_init_makes_a_workspace_and_says_what_is_next(run, tmp_path: Path) -> None:
    ran = run("init", tmp_path / "new")
    assert ran.code == 0
    assert "care-transfer refresh --workspace" in ran.out
    assert Workspace.open(tmp_path / "new").region.region == "my-region"
    again = run("init", tmp_path / "new")
    assert again.code == 1
    assert three_parts(again) == ["found", "expected", "what to do"]


def test_a_new_workspace_can_be_refreshed_before_anything_was_delivered(run, tmp_path: Path) -> None:
    run("init", tmp_path / "new")
    ran = run("refresh", "--workspace", tmp_path / "new")
    assert ran.code == 0
    assert "No new deliveries." in ran.out
    assert "Published release" in ran.out


# ---- where the workspace is ----


def test_without_a_workspace_every_command_says_what_to_do(run) -> None:
    for command in (["refresh"], ["sql", "SELECT 1"], ["report"], ["releases"], ["whatif", "x"]):
        ran = run(*command)
        assert ran.code == 1
        assert three_parts(ran) == ["found", "expected", "what to do"]
        assert "care-transfer init DIR" in ran.err


def test_the_workspace_may_be_this_folder_or_in_the_environment(
    run, refreshed: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(refreshed.root)
    assert run("releases").code == 0
    monkeypatch.chdir("/")
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(refreshed.root))
    assert run("releases").code == 0


def test_before_the_first_release_commands_say_how_to_make_one(run, tmp_path: Path) -> None:
    run("init", tmp_path / "new")
    for command in (["sql", "SELECT 1"], ["report"], ["whatif", "x"]):
        ran = run(*command, "--workspace", tmp_path / "new")
        assert ran.code == 1
        assert "care-transfer refresh" in ran.err
    assert run("releases", "--workspace", tmp_path / "new").out == "Nothing was published yet.\n"


# ---- check ----


def test_check_passes_a_good_file(run, region: Workspace) -> None:
    ran = run("check", region.inbox / "noord" / "2025Q1" / "volume.csv", "--workspace", region.root)
    assert ran.code == 0
    assert "12 rows, 12 accepted, 0 refused" in ran.out


def test_check_names_every_refused_row(run, region: Workspace, tmp_path: Path) -> None:
    volume("06010101", "2025Q1", units=-1.0).head(2).write_csv(tmp_path / "volume.csv")
    ran = run("check", tmp_path / "volume.csv", "--workspace", region.root)
    assert ran.code == 1
    assert "2 rows, 0 accepted, 2 refused" in ran.out
    rows = [line.split() for line in ran.out.splitlines() if line.strip()[:1].isdigit()]
    assert [row[:3] for row in rows] == [["2-3", "units", "-1.0"]]
    dutch = run("check", tmp_path / "volume.csv", "--workspace", region.root, "--lang", "nl")
    assert "Gevonden" in dutch.out


def test_check_prints_json(run, region: Workspace, tmp_path: Path) -> None:
    volume("06019999", "2025Q1").write_csv(tmp_path / "volume.csv")
    ran = run("check", tmp_path / "volume.csv", "--workspace", region.root, "--json")
    found = json.loads(ran.out)
    assert (ran.code, found["rows"], found["accepted"], found["rejected"]) == (1, 12, 0, 12)
    assert {reason["value"] for reason in found["rejections"]} == {"06019999"}
    assert set(found["rejections"][0]) >= {"row_number", "column", "value", "rule", "message_nl", "message_en"}


def test_check_needs_no_workspace(run, tmp_path: Path) -> None:
    volume("06019999", "2025Q1").write_csv(tmp_path / "volume.csv")
    assert run("check", tmp_path / "volume.csv").code == 0


def test_a_folder_is_checked_with_the_registers_that_lie_in_it(run, tmp_path: Path) -> None:
    files = {
        "b/volume.csv": "provider_id;period;specialism;units\n06010101;2025;0320;5\n06010109;2025;0320;5\n",
        "zorgaanbieders.csv": "provider_id;name;kind\n06010101;Noord;general_hospital\n",
        "omzet 2025.csv": "provider_id;period;payer_id;units;revenue_eur\n06010101;2025;3311;5;100,00\n",
        ".verborgen.csv": "x;y\n",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    ran = run("check", tmp_path, "--json")
    told = {one["file"]: (one["dataset"], one["accepted"], one["rejected"]) for one in json.loads(ran.out)}
    assert told == {
        "b/volume.csv": ("volume", 1, 1),
        "omzet 2025.csv": ("revenue", 1, 0),
        "zorgaanbieders.csv": ("providers", 1, 0),
    }
    assert ran.code == 1
    text = run("check", tmp_path, "--lang", "nl").out
    assert "zorgaanbieders.csv als providers (CSV" in text
    assert "06010109" in text


def test_an_empty_folder_and_a_file_that_is_no_table_are_told(run, tmp_path: Path) -> None:
    assert three_parts(run("check", tmp_path)) == ["found", "expected", "what to do"]
    (tmp_path / "notes.pdf").write_bytes(b"%PDF-1.4")
    ran = run("check", tmp_path, "--lang", "nl")
    assert (ran.code, "een PDF-document" in ran.out) == (1, True)


def test_check_refuses_an_unknown_dataset_and_a_missing_file(run, tmp_path: Path) -> None:
    volume("06010101", "2025Q1").write_csv(tmp_path / "x.csv")
    ran = run("check", tmp_path / "x.csv", "--dataset", "volum")
    assert ran.code == 1
    assert "did you mean 'volume'?" in ran.err
    assert three_parts(run("check", tmp_path / "nothing.csv")) == ["found", "expected", "what to do"]


# ---- refresh ----


def test_refresh_tells_what_was_refused_and_publishes_the_rest(run, region: Workspace) -> None:
    deliver(region, "noord/2025Q1/volume.csv", volume("06010101", "2025Q1", units=-1.0))
    ran = run("refresh", "--workspace", region.root)
    assert ran.code == 0
    assert "1 delivery read: 12 rows, 0 accepted, 12 refused." in ran.out
    assert "out of range (12)" in ran.out
    assert "Reports to send back" in ran.out
    assert "Published release" in ran.out
    assert "Building the warehouse" in ran.err


def test_refresh_with_nothing_new_publishes_nothing(run, region: Workspace) -> None:
    before = releases.require_current(region.published).id
    ran = run("refresh", "--workspace", region.root, "--json")
    found = json.loads(ran.out)
    assert (ran.code, found["published"], found["release"], found["deliveries"]) == (0, False, before, [])


def test_refresh_exits_with_1_when_a_scenario_was_not_evaluated(run, region: Workspace) -> None:
    (region.scenarios / "stuk.yaml").write_text("scenario: stuk\n")
    ran = run("refresh", "--workspace", region.root)
    assert ran.code == 1
    assert "stuk.yaml" in ran.err
    assert "Published release" in ran.out


def test_two_refreshes_at_once_are_refused(run, region: Workspace) -> None:
    import fcntl  # noqa: PLC0415 - what another process would do

    descriptor = os.open(region.state / LOCK_FILE, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    ran = run("refresh", "--workspace", region.root)
    os.close(descriptor)
    assert ran.code == 1
    assert "one refresh at a time" in ran.err


# ---- sql ----


def test_sql_prints_a_table_csv_or_json(run, refreshed: Workspace) -> None:
    query = "SELECT specialism, sum(units) AS units FROM volume GROUP BY 1 ORDER BY 1"
    table = run("sql", query, "--workspace", refreshed.root)
    assert [line.split() for line in table.out.splitlines()] == [
        ["specialism", "units"],
        ["0301", "480"],
        ["0320", "960"],
    ]
    rows = list(csv.DictReader(io.StringIO(run("sql", query, "--csv", "--workspace", refreshed.root).out)))
    assert rows == [{"specialism": "0301", "units": "480.0"}, {"specialism": "0320", "units": "960.0"}]
    found = json.loads(run("sql", query, "--json", "--workspace", refreshed.root).out)
    assert found == [{"specialism": "0301", "units": 480.0}, {"specialism": "0320", "units": 960.0}]


@pytest.mark.parametrize(
    "query",
    [
        "SELEC 1",
        "SELECT * FROM volumes",
        "DELETE FROM volume",
        "CREATE TABLE x AS SELECT 1",
        "SELECT 1; DROP TABLE volume",
        "",
    ],
)
def test_sql_that_cannot_be_answered_says_why(run, refreshed: Workspace, query: str) -> None:
    ran = run("sql", query, "--workspace", refreshed.root)
    assert ran.code == 1
    assert "found" in three_parts(ran)
    assert "what to do" in three_parts(ran)


def test_sql_prints_at_most_so_many_rows_and_says_so(run, refreshed: Workspace) -> None:
    ran = run("sql", "SELECT * FROM range(1000)", "--workspace", refreshed.root)
    assert len(ran.out.splitlines()) == 201
    assert "The first 200 of 1,000 rows" in ran.err


def test_sql_changes_nothing(run, refreshed: Workspace) -> None:
    database = releases.require_current(refreshed.published).database
    before = database.read_bytes()
    run("sql", "UPDATE volume SET units = 0", "--workspace", refreshed.root)
    assert database.read_bytes() == before


# ---- report, releases ----


def test_report_says_where_the_dashboards_are(run, refreshed: Workspace) -> None:
    ran = run("report", "--workspace", refreshed.root)
    assert Path(ran.out.strip()) == releases.require_current(refreshed.published).dashboards


def test_report_of_one_party_holds_only_its_pages(run, region: Workspace) -> None:
    ran = run("report", "--party", "06010101", "--lang", "nl", "--workspace", region.root)
    page = Path(ran.out.strip())
    assert (ran.code, page.name, page.is_file()) == (0, "index.html", True)
    assert "Ziekenhuis noord" in page.read_text()
    assert page.is_relative_to(region.root / "reports")


def test_report_of_an_unknown_party_says_how_to_find_the_known(run, region: Workspace) -> None:
    ran = run("report", "--party", "06010109", "--workspace", region.root)
    assert ran.code == 1
    assert "did you mean '060101" in ran.err
    assert "SELECT provider_id, name FROM provider" in ran.err


def test_releases_are_listed_and_rolled_back(run, region: Workspace) -> None:
    first = releases.require_current(region.published).id
    second = json.loads(run("refresh", "--force", "--workspace", region.root, "--json").out)["release"]
    listed = json.loads(run("releases", "list", "--workspace", region.root, "--json").out)
    assert [(row["id"], row["current"]) for row in listed] == [(second, "current"), (first, "")]
    ran = run("releases", "rollback", first, "--workspace", region.root)
    assert (ran.code, ran.out) == (0, f"{first} is current.\n")
    assert releases.require_current(region.published).id == first
    assert run("releases", "rollback", "never", "--workspace", region.root).code == 1


# ---- whatif ----


def test_whatif_prints_impact_and_gaps_and_publishes_nothing(run, region: Workspace) -> None:
    before = [release.id for release in releases.list_releases(region.published)]
    ran = run("whatif", "naar-de-huisarts", "--workspace", region.root)
    assert ran.code == 0
    assert "Ziekenhuis noord" in ran.out
    assert [release.id for release in releases.list_releases(region.published)] == before


def hospital_change(run, region: Workspace, *settings: str) -> float:
    options = [word for setting in settings for word in ("--set", setting)]
    ran = run("whatif", "naar-de-huisarts.yaml", *options, "--workspace", region.root, "--json")
    impact = {row["party"]: row["change_eur"] for row in json.loads(ran.out)["impact"]}
    return impact["06010101"]


def test_whatif_says_what_to_know_with_its_figures(run, region: Workspace) -> None:
    change = ("--set", 'initiatives.0.eligible_share={"dist": "normal", "mean": 0.8, "sd": 0.11}')
    printed = run("whatif", "naar-de-huisarts", *change, "--workspace", region.root)
    assert "To know with these figures" in printed.out
    assert "of the given distribution lies outside what is possible here" in printed.out
    as_json = run("whatif", "naar-de-huisarts", *change, "--workspace", region.root, "--json")
    flags = {flag["flag"]: flag for flag in json.loads(as_json.out)["flags"]}
    assert "afgesneden" in flags["distribution_cut_off"]["message_nl"]


def test_whatif_sets_values_by_their_keys(run, region: Workspace) -> None:
    half = hospital_change(run, region, "draws=0", "initiatives.ritme.eligible_share=0.25")
    whole = hospital_change(run, region, "draws=0", "initiatives.0.eligible_share=0.5")
    assert whole == pytest.approx(2 * half)
    assert half == pytest.approx(-160 * 0.25 * 0.95 * 400)


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("initiatives.ritme.eligible_shar=0.3", "eligible_share"),
        ("initiatives.hart.eligible_share=0.3", "ritme"),
        ("initatives.ritme.eligible_share=0.3", "initiatives"),
        ("draws", "KEY=VALUE"),
        ("initiatives.ritme.eligible_share=[1", "YAML"),
        ("initiatives.ritme.eligible_share=1.3", "eligible_share"),
    ],
)
def test_whatif_says_what_is_wrong_with_a_setting(run, region: Workspace, setting: str, told: str) -> None:
    ran = run("whatif", "naar-de-huisarts", "--set", setting, "--workspace", region.root)
    assert ran.code == 1
    assert told in ran.err


def test_whatif_of_a_broken_or_unknown_scenario_says_why(run, region: Workspace) -> None:
    ran = run("whatif", "naar-de-huisart", "--workspace", region.root)
    assert "did you mean 'naar-de-huisarts'?" in ran.err
    broken = region.scenarios / "stuk.yaml"
    broken.write_text((region.scenarios / "naar-de-huisarts.yaml").read_text().replace("general_hospital", "hospice"))
    ran = run("whatif", broken, "--workspace", region.root)
    assert ran.code == 1
    assert "stuk.yaml, line" in ran.err


# ---- when something goes wrong that nobody foresaw ----


def test_a_fault_of_the_program_is_told_in_short_with_a_log(run, region: Workspace) -> None:
    current = releases.require_current(region.published)
    current.database.write_bytes(b"no database")
    ran = run("report", "--party", "06010101", "--workspace", region.root)
    assert ran.code == 1
    assert three_parts(ran) == ["found", "expected", "what to do"]


def test_a_log_holds_what_a_developer_needs(run, region: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("pipelines.warehouse.building.build_facts", faulty)
    ran = run("refresh", "--force", "--workspace", region.root)
    assert ran.code == 1
    log = Path(ran.err.rsplit("with this log: ", maxsplit=1)[1].strip())
    assert "Traceback" in log.read_text()
    assert log.is_relative_to(region.state)
    assert releases.require_current(region.published).id


def test_check_tells_a_reason_once_with_the_rows_that_share_it(run, region: Workspace, tmp_path: Path) -> None:
    rows = "".join(f"6020199;2025Q1;3311;0320;401;{product};{units}\n" for product, units in enumerate((1, 2, 3, 4)))
    file = tmp_path / "volume.csv"
    file.write_text("agb;periode;uzovi;specialisme;diagnose;zorgproduct;aantal\n" + rows, encoding="utf-8")
    ran = run("check", file, "--workspace", region.root, "--lang", "nl")
    assert ran.code == 1
    assert "4 rijen, 0 geaccepteerd, 4 geweigerd." in ran.out
    assert ran.out.count("Gevonden:") == 1
    assert "2-5" in ran.out


def test_before_any_provider_is_registered_a_file_is_checked_by_itself(run, tmp_path: Path) -> None:
    run("init", tmp_path / "new")
    file = tmp_path / "volume.csv"
    file.write_text("agb;periode;aantal\n06020101;2025Q1;12\n", encoding="utf-8")
    ran = run("check", file, "--workspace", tmp_path / "new")
    assert ran.code == 0
    assert "1 rows, 1 accepted" in ran.out
    assert "No provider is registered here yet" in ran.out
    alone = run("check", file)
    assert "No provider is registered" not in alone.out


def test_source_new_says_the_next_command_so_that_it_can_be_pasted(run, tmp_path: Path) -> None:
    run("init", tmp_path / "new")
    file = tmp_path / "productie kliniek.csv"
    headings = "AGB;Periode;Verzekeraar;Specialisme;Diagnose;ZPcode;Postcode;Patienten;Stuks"
    row = "06020101;2025Q1;3311;0320;401;979001011;301;2;3"
    file.write_text(f"{headings}\n{row}\n", encoding="utf-8")
    ran = run("source", "new", file, "--workspace", tmp_path / "new")
    assert ran.code == 0
    assert f"source test '{file}'" in ran.err


def test_a_file_that_is_read_again_is_told_again(run, region: Workspace) -> None:
    deliver(
        region, "midden/2025Q1/volume.csv", volume("06010102", "2025Q1").with_columns(provider_id=pl.lit("06010199"))
    )
    first = run("refresh", "--workspace", region.root)
    assert "code not in the register (12)" in first.out
    register = pl.read_csv(next(region.inbox.glob("bureau/*/providers.csv")), infer_schema=False)
    more = register.head(1).with_columns(provider_id=pl.lit("06010199"))
    deliver(region, "bureau/2025Q2/providers.csv", pl.concat([register, more]))
    again = json.loads(run("refresh", "--workspace", region.root, "--json").out)
    told = {
        (one["supplier"], one["dataset"]): one["rejected"] for one in again["deliveries"] if one["period"] == "2025Q1"
    }
    assert told["midden", "volume"] == 0


@pytest.mark.parametrize(
    ("arguments", "found", "expected"),
    [
        (("sign-off",), "missing argument", "care-transfer sign-off"),
        (("settle", "x", "--rule", "foo"), "'foo' is not one of 'none'", "care-transfer settle"),
        (("package", "x", "--loss-cap", "-1"), "--loss-cap", "care-transfer package"),
        (("settle", "x", "--bogus"), "no such option: --bogus", "care-transfer settle"),
        (("refrsh",), "no such command 'refrsh'", "care-transfer"),
        (("releases", "diff", "a"), "missing argument 'B'", "care-transfer releases diff"),
    ],
)
def test_a_command_line_that_is_not_understood_is_told_in_three_parts(run, arguments, found, expected) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert three_parts(ran) == ["found", "expected", "what to do"]
    assert "Value error" not in ran.err
    assert "Input should" not in ran.err
    lines = ran.err.splitlines()
    assert found in lines[0]
    assert f"expected: {expected}" in lines[1]
    assert "--help" in lines[2]


def test_a_command_without_more_shows_its_help(run) -> None:
    assert run().code == 2
    assert "Commands" in run().out
    assert "rollback" in run("releases", "--help").out


def test_help_lists_the_commands_in_the_order_of_the_work(run) -> None:
    shown = run("--help").out
    places = [
        shown.index(f"│ {name} ")
        for name in ("demo", "init", "check", "refresh", "report", "whatif", "settle", "review")
    ]
    assert places == sorted(places)
