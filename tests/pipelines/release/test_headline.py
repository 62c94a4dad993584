"""The headline in the terminal: every party with a name and a kind; a mean of few draws is told as one."""

from typing import Any

import polars as pl
import pytest

from pipelines.cli.headline_table import headline_json, print_headline
from pipelines.release import releases
from pipelines.release.headline import Headline, headlines, party_rows, read_tables, seldom
from pipelines.warehouse.building import reading
from pipelines.workspace.workspace import Workspace

IMPACT = [
    ("s", "06010101", "revenue_change_eur", -10.0),
    ("s", "unknown", "spend_change_eur", -4.0),
    ("s", "unknown", "margin_change_eur", 4.0),
]


def release_tables(impact: list[tuple[str, str, str, float]], **draws: list[float]) -> dict[str, pl.DataFrame]:
    """Two parties of scenario `s` in 2030, with p10 and p90 equal to the mean and the draws that are given."""
    kept: list[dict[str, Any]] = [
        {"scenario": "s", "subject": "revenue_change_eur", "party": party, "year": 2030, "draws": values}
        for party, values in draws.items()
    ]
    schema = {"scenario": pl.String, "subject": pl.String, "party": pl.String, "year": pl.Int64,
              "draws": pl.List(pl.Float64)}  # fmt: skip
    return {
        "draw": pl.DataFrame(kept, schema=schema),
        "party_impact": pl.DataFrame(
            impact, schema=["scenario", "party", "measure", "mean"], orient="row"
        ).with_columns(pl.lit(2030).alias("year"), pl.lit(None, pl.String).alias("initiative"), p10="mean", p90="mean"),
        "party_baseline": pl.DataFrame({"scenario": "s", "year": 2030, "party": "06010101", "size_eur": 100.0}),
        "provider": pl.DataFrame({"provider_id": "06010101", "name": "Noord", "kind": "general_hospital"}),
        "payer": pl.DataFrame({"payer_id": "3311", "name": "Zeker"}),
    }


def test_who_has_no_name_is_told_as_what_it_is() -> None:
    rows = party_rows(release_tables(IMPACT), scenario="s", year=2030)
    assert set(rows.select("name", "kind").rows()) == {("Noord", "general_hospital"), ("payer unknown", "payer")}
    assert rows.filter(party="06010101")["share_of_size"].item() == -0.1


def few(values: list[float]) -> pl.DataFrame:
    """The row of a hospital whose revenue changes in a few draws only: p10 and p90 are nothing."""
    tables = release_tables(IMPACT[:1], **{"06010101": values} if values else {})
    nothing = tables["party_impact"].with_columns(p10=0.0, p90=0.0)
    return party_rows({**tables, "party_impact": nothing}, scenario="s", year=2030)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([0.0] * 19 + [-200.0], "in 5% of them something does, at most -200 (the mean over all is -10)"),
        ([], "the mean of -10 is of the few in which something does"),
    ],
)
def test_a_mean_of_few_draws_is_told_as_one(values: list[float], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    parties = few(values)
    assert seldom(parties).height == 1
    print_headline(Headline("s", "S", "S", 2030, parties, pl.DataFrame()))
    assert f"Noord: in most draws nothing moves; {said}." in capsys.readouterr().out


def test_a_mean_within_its_band_needs_no_such_sentence() -> None:
    assert seldom(party_rows(release_tables(IMPACT), scenario="s", year=2030)).is_empty()


@pytest.fixture(scope="module")
def published(refreshed: Workspace) -> dict[str, pl.DataFrame]:
    with reading(releases.require_current(refreshed.published).database) as connection:
        return read_tables(connection)


def printed(tables: dict[str, pl.DataFrame], capsys: pytest.CaptureFixture[str]) -> str:
    (found,) = headlines(tables)
    print_headline(found)
    return " ".join(capsys.readouterr().out.split())


def test_where_all_is_known_nothing_is_told_as_unknown(
    published: dict[str, pl.DataFrame], capsys: pytest.CaptureFixture[str]
) -> None:
    (found,) = headlines(published)
    assert found.unknown == {"money": (), "hands": ()}
    told = printed(published, capsys)
    assert "No shortage of staff, as far as capacity was delivered." in told
    assert "not known" not in told.lower()


def test_money_without_a_price_is_unknown_and_no_figure(
    published: dict[str, pl.DataFrame], capsys: pytest.CaptureFixture[str]
) -> None:
    unpriced = {**published, "transfer_flow": published["transfer_flow"].with_columns(revenue_moved_eur=0.0)}
    (found,) = headlines(unpriced)
    assert set(found.parties["kind"]) == {"gp_organisation"}
    assert headline_json(found)["unknown"] == {
        "money": ["Ziekenhuis noord", "Ziekenhuis midden", "Ziekenhuis zuid", "Verzekeraar", "payer unknown"],
        "hands": [],
    }
    told = printed(unpriced, capsys)
    assert "Not known in money, for want of a price: Ziekenhuis noord, Ziekenhuis midden" in told
    assert "Deliver revenue, or a reference price of the care that moves." in told


@pytest.mark.parametrize("blind", ["everybody", "recipients"])
def test_no_shortage_is_told_only_of_whom_it_is_known(
    published: dict[str, pl.DataFrame], capsys: pytest.CaptureFixture[str], blind: str
) -> None:
    gaps = published["capacity_gap"]
    left = gaps.clear() if blind == "everybody" else gaps.filter(pl.col("resource") != "gp_hours")
    told = printed({**published, "capacity_gap": left}, capsys)
    assert "Whether staff runs short at Huisartsen 0, Huisartsen 1, Huisartsen 2, Huisartsen 3 is not known" in told
    assert ("No shortage of staff" in told) == (blind == "recipients")
