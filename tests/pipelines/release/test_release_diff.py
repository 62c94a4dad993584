"""What changed between two releases, and because of which delivery."""

import polars as pl
import pytest
from small_region import HOSPITALS, deliver, revenue, volume, write_region

from data_contracts.problem import Problem
from pipelines.cli import main
from pipelines.orchestration.refresh import refresh
from pipelines.release.diff import DeliveryChange, ReleaseDifference, difference, with_delivery
from pipelines.release.releases import ReleaseFolder
from pipelines.workspace.workspace import Workspace

NORTH, MIDDLE, SOUTH = HOSPITALS
ANYWAY = f"""
baseline:
  initiatives:
    - id: north-stops
      kind: concentration
      title: {{nl: Noord stopt, en: North stops}}
      from: {{providers: ["{NORTH}"]}}
      to: {{providers: ["{SOUTH}"]}}
      care: [{{specialism: "0301"}}]
      eligible_share: 1.0
      uptake: {{start: 2027}}
"""


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> list[ReleaseFolder]:
    """Four releases: as delivered; after a correction, a withdrawal and a late price; after the scenario changed; after
    something began to happen without an agreement too."""
    root = write_region(tmp_path_factory.mktemp("history")).root
    settings = root / "region.yaml"
    settings.write_text(settings.read_text().replace("keep_releases: 3", "keep_releases: 4"))
    workspace = Workspace.open(root)
    busy = volume(SOUTH, "2025Q4")
    last = f"{HOSPITALS[SOUTH]}/2025Q4/volume.csv"
    deliver(workspace, last, busy.with_columns(units=busy["units"] * 3))
    first = refresh(workspace).release
    corrected = volume(NORTH, "2025Q1")
    deliver(workspace, f"{HOSPITALS[NORTH]}/2025Q1/volume.csv", corrected.with_columns(units=corrected["units"] * 2))
    (workspace.inbox / last).unlink()
    prices = revenue(MIDDLE, "2025Q2")
    deliver(
        workspace,
        f"{HOSPITALS[MIDDLE]}/2025Q2/revenue.csv",
        prices.with_columns(revenue_eur=prices["revenue_eur"].cast(pl.Float64) * 1.1),
    )
    second = refresh(workspace).release
    path = workspace.scenario_files()[0]
    path.write_text(path.read_text().replace("returns: 0.05", "returns: 0.10"))
    third = refresh(workspace).release
    path.write_text(path.read_text().replace("initiatives:\n", f"{ANYWAY}initiatives:\n", 1))
    return [first, second, third, refresh(workspace).release]


@pytest.fixture(scope="module")
def found(history: list[ReleaseFolder]) -> ReleaseDifference:
    return difference(history[0], history[1])


def causes(found: ReleaseDifference, party: str, figure: str) -> dict[str, float]:
    rows = found.figures.filter(party=party, figure=figure)
    return dict(rows.select("cause", "change").rows())


def test_the_deliveries_that_count_otherwise_are_named(found: ReleaseDifference) -> None:
    assert {(one.supplier, one.period, one.dataset, one.what) for one in found.deliveries} == {
        ("noord", "2025Q1", "volume", "replaced"),
        ("zuid", "2025Q4", "volume", "withdrawn"),
        ("midden", "2025Q2", "revenue", "replaced"),
    }
    assert found.scenarios == {}
    assert found.program == ()


def test_each_figure_changed_because_of_its_own_delivery(found: ReleaseDifference) -> None:
    assert list(causes(found, NORTH, "present_value_eur")) == ["noord 2025Q1 volume (replaced)"]
    assert list(causes(found, SOUTH, "present_value_eur")) == ["zuid 2025Q4 volume (withdrawn)"]
    assert list(causes(found, MIDDLE, "present_value_eur")) == ["midden 2025Q2 revenue (replaced)"]
    # more volume to give away is a larger loss; the insurer sees all three
    assert causes(found, NORTH, "revenue_change_eur")["noord 2025Q1 volume (replaced)"] < 0
    assert len(causes(found, "3311", "spend_change_eur")) == 3


def test_the_causes_of_every_figure_add_up_to_its_change(found: ReleaseDifference) -> None:
    sums = found.figures.group_by("scenario", "party", "figure", "year").agg(
        pl.col("change").sum(), (pl.col("after").first() - pl.col("before").first()).alias("whole")
    )
    assert sums.height > 10
    assert (sums["change"] - sums["whole"]).abs().max() < 1e-3


def test_a_changed_scenario_is_a_cause_of_its_own(history: list[ReleaseFolder]) -> None:
    found = difference(history[1], history[2])
    assert found.deliveries == ()
    assert found.scenarios == {"naar-de-huisarts": "changed"}
    assert set(found.figures["cause"]) == {"scenario"}


def test_what_comes_to_happen_without_an_agreement_is_told_with_its_figures(history: list[ReleaseFolder]) -> None:
    found = difference(history[2], history[3])
    assert found.anyway.select("kind", "party", "what", "year", "change").rows() == [
        ("listed", None, "north-stops", None, "appeared"),
        ("department", NORTH, "0301", 2027, "appeared"),
    ]
    # 200 operations (twice 40 and three times 40) at 1,200 euro are no longer the north's without an agreement either
    (lost,) = found.figures.filter(party=NORTH, figure="revenue_eur")["change"].to_list()
    assert lost == pytest.approx(-200 * 1200.0)
    assert found.figures.filter(party=NORTH, figure="margin_eur").height == 1
    back = difference(history[3], history[2])
    assert set(back.anyway["change"]) == {"gone"}


@pytest.mark.parametrize(
    ("lang", "told", "stops"),
    [
        ("en", "Happens without an agreement too, newly: ‘North stops’", "Ziekenhuis noord stops with"),
        ("nl", "Gebeurt nu ook zonder akkoord: ‘Noord stopt’", "Ziekenhuis noord stopt vanaf 2027 met"),
    ],
)
def test_the_command_tells_it_in_both_languages(
    history: list[ReleaseFolder], capsys: pytest.CaptureFixture[str], lang: str, told: str, stops: str
) -> None:
    root = history[0].path.parents[2]
    with pytest.raises(SystemExit) as ended:
        main(["releases", "diff", history[2].id, history[3].id, "--lang", lang, "-w", str(root)])
    printed = capsys.readouterr().out
    assert ended.value.code in (0, None)
    assert told in printed
    assert stops in printed


def test_nothing_changed_between_a_release_and_itself(history: list[ReleaseFolder]) -> None:
    found = difference(history[0], history[0])
    assert (found.deliveries, found.scenarios, found.program, found.figures.height) == ((), {}, (), 0)


def test_an_unknown_scenario_is_told(history: list[ReleaseFolder]) -> None:
    with pytest.raises(Problem, match="no scenario 'x'"):
        difference(history[0], history[1], scenario="x")


COLUMNS = dict.fromkeys(["provider_id", "period", "units", "supplier", "delivery", "carried_from"], pl.String)


def rows(*cells: tuple[str, str, float, str, str, str | None]) -> dict[str, pl.DataFrame]:
    return {"volume": pl.DataFrame(cells, schema=COLUMNS | {"units": pl.Float64}, orient="row")}


def change(what: str, *, before: tuple[str, ...] = (), after: tuple[str, ...] = ()) -> DeliveryChange:
    return DeliveryChange("noord", "2025Q4", "volume", what, "volume.csv", before, after)


Q3 = (NORTH, "2025Q3", 10.0, "noord", "h3", None)
STANDS_IN = (NORTH, "2025Q4", 10.0, "noord", "h3", "2025Q3")
Q4 = (NORTH, "2025Q4", 12.0, "noord", "h4", None)
OTHER = (SOUTH, "2025Q4", 5.0, "zuid", "z", None)


def test_a_late_quarter_takes_the_place_of_what_stood_in_for_it_and_back() -> None:
    late, withdrawn = change("new", after=("h4",)), change("withdrawn", before=("h4",))
    with_it, without = rows(Q3, Q4, OTHER), rows(Q3, STANDS_IN, OTHER)
    for tables, one, newer in ((without, late, with_it), (with_it, withdrawn, without)):
        found = with_delivery(tables, one, newer, changing=frozenset({"h4"}))
        assert sorted(found["volume"].rows()) == sorted(newer["volume"].rows())


def test_lines_take_the_place_of_delivered_volume_in_one_step() -> None:
    counted = (NORTH, "2025Q4", 11.0, "noord", "lines", None)
    found = with_delivery(
        rows(Q3, Q4), change("new", after=("lines",)), rows(Q3, counted), changing=frozenset({"lines"})
    )
    assert sorted(found["volume"].rows()) == sorted([Q3, counted])


def test_what_another_delivery_changes_waits_for_its_own_step() -> None:
    other = (NORTH, "2025Q4", 3.0, "lab", "l1", None), (NORTH, "2025Q4", 4.0, "lab", "l2", None)
    changing = frozenset({"h4", "l1", "l2"})
    found = with_delivery(
        rows(STANDS_IN, other[0]), change("new", after=("h4",)), rows(Q4, other[1]), changing=changing
    )
    assert sorted(found["volume"].rows()) == sorted([Q4, other[0]])
