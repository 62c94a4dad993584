"""Positions of a workspace: read, sealed, held against the release, and never in a view of another."""

import json

import duckdb
import pytest
from small_region import HOSPITALS, PAYER

from data_contracts.problem import Problem
from pipelines.cli import main
from pipelines.orchestration.refresh import refresh
from pipelines.release import releases
from pipelines.release.positions import open_together, read_positions, seal
from pipelines.release.views import making, naming
from pipelines.workspace.workspace import Workspace

MINE, OTHER = list(HOSPITALS)[:2]
POSITION = """\
party: "{party}"
urgency: 5
red_lines:
  - {{dimension: margin, at_least: {least}}}
  - {{initiative: ritme, refuse: true}}
"""


@pytest.fixture
def handed_in(region):
    """A workspace in which one hospital wants what cannot be."""
    region.positions.mkdir()
    (region.positions / f"{MINE}.yaml").write_text(POSITION.format(party=MINE, least=-0.00123), encoding="utf-8")
    return region


KNOWN = [*HOSPITALS, PAYER]


def test_a_refresh_holds_every_line_and_says_that_there_is_no_room(handed_in, capsys):
    assert refresh(handed_in).published
    with pytest.raises(SystemExit) as ended:
        main(["positions", "-w", str(handed_in.root), "--json"])
    assert ended.value.code == 0
    found = json.loads(capsys.readouterr().out)
    assert [(row["party"], row["dimension"], row["of"]) for row in found["positions"]] == [
        (MINE, "margin", None), (MINE, "refuse", "ritme"),
    ]  # fmt: skip
    assert found["positions"][1]["holds"] is False
    assert {row["has_room"] for row in found["deal_room"]} == {False}
    assert {row["proven"] for row in found["deal_room"]} == {True}
    assert [kept["party"] for kept in found["sealed"]] == [MINE]


def test_red_lines_are_in_no_view_of_another(handed_in):
    refresh(handed_in)
    release = releases.require_current(handed_in.published)
    made = making.make_views(handed_in, release, [naming.parse("table"), naming.parse(f"party:{OTHER}")])
    for one in made:
        found = b"".join(path.read_bytes() for path in one.path.rglob("*") if path.is_file())
        assert b"deal_room" not in found
        assert b"0.00123" not in found


def test_a_changed_position_refreshes_and_an_unchanged_one_does_not(handed_in):
    assert refresh(handed_in).published
    assert not refresh(handed_in).published


def test_a_position_of_nobody_and_a_second_one_are_told(handed_in):
    (handed_in.positions / "x.yaml").write_text(POSITION.format(party="06010109", least=-0.1), encoding="utf-8")
    (handed_in.positions / "y.yaml").write_text(POSITION.format(party=MINE, least=-0.1), encoding="utf-8")
    with pytest.raises(Problem) as caught:
        read_positions(handed_in, {"party": KNOWN})
    assert "the unknown party 06010109" in str(caught.value)
    assert f"a second position of {MINE}, after {MINE}.yaml" in str(caught.value)


def test_another_line_than_was_sealed_is_told(handed_in):
    (kept,) = seal(handed_in, read_positions(handed_in, {"party": KNOWN}))
    assert kept.hash == seal(handed_in, read_positions(handed_in, {"party": KNOWN}))[0].hash
    assert [one.party for one in open_together(handed_in, read_positions(handed_in, {"party": KNOWN}), round_="1")] == [
        MINE
    ]
    (handed_in.positions / f"{MINE}.yaml").write_text(POSITION.format(party=MINE, least=-0.5), encoding="utf-8")
    with pytest.raises(Problem, match="other than the one sealed on"):
        seal(handed_in, read_positions(handed_in, {"party": KNOWN}))
    with pytest.raises(Problem, match="other than it was sealed"):
        open_together(handed_in, read_positions(handed_in, {"party": KNOWN}), round_="1")
    with pytest.raises(Problem, match="no seals in '2'"):
        open_together(handed_in, read_positions(handed_in, {"party": KNOWN}), round_="2")


def test_a_template_is_written_once(region, capsys):
    for code in (0, 1):
        with pytest.raises(SystemExit) as ended:
            main(["positions", "template", MINE, "-w", str(region.root)])
        assert ended.value.code == code
    capsys.readouterr()
    assert Workspace.open(region.root).positions.joinpath(f"{MINE}.yaml").is_file()


def test_the_table_learns_once_everybody_who_was_asked_has_handed_in(handed_in):
    file = handed_in.root / "region.yaml"
    asked = f"disclosure: {{positions: ['{MINE}', '{OTHER}'], put_forward: naar-de-huisarts}}\n"
    file.write_text(file.read_text(encoding="utf-8") + asked, encoding="utf-8")
    workspace = Workspace.open(handed_in.root)
    refresh(workspace)

    def told(view="table"):
        release = releases.require_current(workspace.published)
        (made,) = making.make_views(workspace, release, [naming.parse(view)])
        with duckdb.connect(str(made.path / "care_transfer.duckdb"), read_only=True) as connection:
            return connection.execute(
                "SELECT measure, status, value, parties FROM shown_figure WHERE section = 'deal' ORDER BY 1"
            ).fetchall()

    assert told() == []
    (workspace.positions / f"{OTHER}.yaml").write_text(f'party: "{OTHER}"\nurgency: 2\n', encoding="utf-8")
    refresh(workspace)
    assert told() == [("has_room", "no", None, None), ("lines_kept", None, 0.0, 1)]
    assert told(f"party:{OTHER}") == told()
    page = (workspace.views / "table" / "dashboards" / "nl" / "what-you-see.html").read_text(encoding="utf-8")
    assert "geen pakket bewaart iedere rode lijn" in page
    with duckdb.connect(str(workspace.views / f"party-{OTHER}" / "care_transfer.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM position").fetchone() == (0,)
    making.make_views(workspace, releases.require_current(workspace.published), [naming.parse(f"party:{MINE}")])
    with duckdb.connect(str(workspace.views / f"party-{MINE}" / "care_transfer.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(DISTINCT party), count(*) FROM position").fetchone() == (1, 2)


# -- the laboratory: stop here, and why ----

STOP_IF = "stop_if: {no_room: true, urgency_gap: 3, shared_interests_below: 2}\n"
WISHES = """\
party: "{party}"
urgency: {urgency}
interests:
  - {{words: {{nl: "{nl}", en: "{en}"}}, dimension: {dimension}, weight: 4}}
red_lines:
  - {{dimension: margin, at_least: {least}}}
  - {{dimension: department, specialism: "0301", keep: true}}
carries: [{{initiative: ritme, drive: 2}}]
"""


@pytest.fixture
def laboratory(region):
    """Three who look into doing it together: it presses on one, another can wait, each wants something else."""
    scenario = next((region.root / "scenarios").glob("*.yaml"))
    scenario.write_text(scenario.read_text(encoding="utf-8") + STOP_IF, encoding="utf-8")
    region.positions.mkdir()
    for party, urgency, dimension, least in zip(
        HOSPITALS, (5, 2, 1), ("staff_capacity", "margin", "quality"), (-0.001, -0.9, -0.9), strict=True
    ):
        text = WISHES.format(
            party=party, urgency=urgency, dimension=dimension, least=least, nl="eigen lab", en="own lab"
        )
        (region.positions / f"{party}.yaml").write_text(text, encoding="utf-8")
    assert refresh(region).published
    return region


def test_the_laboratory_stops_on_the_first_page_and_says_why(laboratory):
    release = releases.require_current(laboratory.published)
    pages = release.path / "dashboards"
    first = (pages / "index.html").read_text(encoding="utf-8")
    assert "Stop hier, voordat er energie in gaat" in first
    assert first.index('id="stop"') < first.index('id="plan"')
    assert "de urgenties liggen 4 uit elkaar" in first
    assert "0 belangen zijn gedeeld" in first
    (page,) = pages.rglob("en/**/positions.html")
    told = page.read_text(encoding="utf-8")
    assert "Stop here, and why" in told
    assert "no package keeps every red line, and that is proven" in told
    with duckdb.connect(str(release.database), read_only=True) as connection:
        moves = connection.execute("SELECT party, unit, moved_by FROM deal_room WHERE moved_by IS NOT NULL").fetchall()
    assert [(party, unit) for party, unit, _ in moves] == [(MINE, "share")]
    assert moves[0][2] > 0
    assert "Must move by" in told
    assert "Ritme" in told or "Rhythm" in told


def test_a_line_that_fails_already_is_told_and_not_refused(region, capsys):
    region.positions.mkdir()
    text = f'party: "{MINE}"\nurgency: 3\nred_lines: [{{dimension: margin, at_least: 0.05}}]\n'
    (region.positions / "mine.yaml").write_text(text, encoding="utf-8")
    assert refresh(region).published
    with pytest.raises(SystemExit) as ended:
        main(["positions", "-w", str(region.root), "--json"])
    assert ended.value.code == 0
    found = json.loads(capsys.readouterr().out)
    assert found["positions"][0]["holds_without"] is False
    assert f"{MINE}: line_fails_already (margin)" in found["scenarios"][0]["disagreements"]


def test_a_line_on_a_dimension_that_there_is_not_is_told_with_those_that_there_are(region):
    region.positions.mkdir()
    text = f'party: "{MINE}"\nurgency: 3\nred_lines: [{{dimension: marge, at_least: 0.05}}]\n'
    (region.positions / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Problem) as caught:
        read_positions(region, {"party": KNOWN})
    assert "mine.yaml:3" in str(caught.value)
    assert "marge" in str(caught.value)
    assert "margin" in str(caught.value)


def test_a_party_reads_its_own_red_lines_and_whether_they_hold(laboratory):
    release = releases.require_current(laboratory.published)
    for party, is_mine in ((MINE, True), ("01010001", False)):
        (made,) = making.make_views(laboratory, release, [naming.parse(f"party:{party}")])
        page = (made.path / "dashboards" / "en" / "what-you-see.html").read_text(encoding="utf-8")
        assert ("Your own red lines" in page) == is_mine
        with duckdb.connect(str(made.path / "care_transfer.duckdb"), read_only=True) as connection:
            tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        assert not tables & {"meeting", "deal_room"}


def test_a_seal_that_is_damaged_is_named(handed_in):
    seal(handed_in, read_positions(handed_in, {"party": KNOWN}))
    (path,) = (handed_in.root / "sign_offs" / "positions").rglob("*.seal")
    for keep in (0.5, 0):
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
        with pytest.raises(Problem, match="damaged") as caught:
            seal(handed_in, read_positions(handed_in, {"party": KNOWN}))
        assert path.name in str(caught.value)
