"""Scenarios side by side: party by party, and the assumptions that differ, strongest first."""

import json
from dataclasses import replace

import polars as pl
from fake_release import DELTA, HORIZON, INITIATIVES, MAASDIJK, SCENARIO

from dashboards.data import Release
from dashboards.pages.at_the_table import at_the_table
from dashboards.pages.compare import compare
from dashboards.pages.page import Card, Page
from dashboards.telling.comparing import SideBySide
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import wording
from models.tables import RESULT_TABLES


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def card(page: Page, key: str) -> Card:
    return next(card for card in page.cards if card.key == key)


def paced(release: Release) -> Release:
    """A second scenario beside the first: the same two initiatives, with less of the one, and only what fits."""
    first = release.scenarios[0]
    tables = dict(first.tables)
    shares = {"eligible_share": 0.1, "returns": 0.05}
    name = INITIATIVES[0][0]
    tables["initiative"] = tables["initiative"].with_columns(
        parameters=pl.when(pl.col("initiative") == name).then(pl.lit(json.dumps(shares))).otherwise("parameters")
    )
    tables["path_summary"] = tables["path_summary"].with_columns(worst_year_eur=pl.col("worst_year_eur") / 100)
    tables["interest"] = tables["interest"].with_columns(stance=pl.lit("neutral"))
    tables["threshold"] = tables["threshold"].clear()
    tables["scenario"] = tables["scenario"].with_columns(parameters=pl.lit('{"respect_capacity": true}'))
    swings = [(SCENARIO, MAASDIJK, f"initiatives.{name}.eligible_share", -0.5, -4e6, -1e6),
              (SCENARIO, MAASDIJK, f"initiatives.{name}.returns", -0.5, -3e6, -2e6)]  # fmt: skip
    columns = ["scenario", "party", "parameter", "rank_correlation", "low_eur", "high_eur"]
    sensitivity = pl.DataFrame(swings, schema=columns, orient="row")
    empty = RESULT_TABLES["sensitivity"].empty()
    tables["sensitivity"] = pl.concat([empty, sensitivity], how="diagonal_relaxed")
    second = replace(first, name="paced", titles={"nl": "Stap voor stap", "en": "Step by step"}, tables=tables)
    return replace(release, scenarios=(first, second))


def test_the_title_counts_who_loses_under_each(release: Release) -> None:
    both = paced(release)
    page = compare(Synopsis(both, both.scenarios[0], wording("en")))
    assert page.answer == (
        "Under ‘Right care 2027’ one party loses a notable part of its cushion, or a function; under ‘Step by step’ "
        "no party loses a notable part of its cushion, or a function"
    )
    dutch = compare(Synopsis(both, both.scenarios[1], wording("nl")))
    assert dutch.answer.startswith(
        "Onder ‘Stap voor stap’ verliest geen partij een merkbaar deel van haar buffer of een functie;"
    )


def test_parties_stand_side_by_side_the_largest_difference_first(release: Release) -> None:
    both = paced(release)
    beside = SideBySide(Synopsis(both, both.scenarios[0], wording("en")))
    table = card(compare(beside.findings), "parties").table
    assert table is not None
    assert [plain(cell.text) for cell in table.rows[0]] == [
        "Maasdijk Ziekenhuis", "−€1.5m in 2029", "−€1.5m", "‘complexe chirurgie’", "−€20,000 in 2029", "−€1.5m", "–"
    ]  # fmt: skip
    assert table.rows[0][1].more.endswith("of its cushion")
    apart = [
        abs((rows[0] or {}).get("worst_eur", 0.0) - (rows[1] or {}).get("worst_eur", 0.0)) for _, rows in beside.parties
    ]
    assert apart == sorted(apart, reverse=True)


def test_what_lasts_is_the_amount_of_the_first_page(release: Release) -> None:
    """Both round to the band, so that nobody finds two amounts of one party."""
    both = paced(release)
    first = both.scenarios[0]
    wide = first.tables["path_summary"].with_columns(
        lasting_eur=pl.lit(654_321.0), lasting_eur_p10=pl.lit(100_000.0), lasting_eur_p90=pl.lit(1_400_000.0)
    )
    banded = replace(first, tables={**first.tables, "path_summary": wide})
    findings = Synopsis(replace(both, scenarios=(banded, both.scenarios[1])), banded, wording("en"))
    there = {row[0].text: plain(row[2].text) for row in card(compare(findings), "parties").table.rows}
    table = next(one.table for one in at_the_table(findings).cards if one.key == "gains")
    here = {row[0].text: plain(row[4].text) for row in table.rows if row[0].text in there}
    assert here
    assert here == {name: there[name] for name in here}
    assert set(here.values()) == {"+€700,000"}


def test_a_party_that_one_scenario_leaves_alone_has_nothing_there(release: Release) -> None:
    beside = SideBySide(Synopsis(release, release.scenarios[0], wording("en")))
    rows = dict(beside.parties)
    assert rows[MAASDIJK][1] is None
    assert rows[DELTA][1] is not None
    page = compare(beside.findings)
    table = card(page, "parties").table
    assert table is not None
    assert "left alone" in {cell.text for row in table.rows for cell in row}
    assert [plain(point) for point in card(page, "initiatives").points] == [
        "Only in ‘Right care 2027’: Stable atrial fibrillation to the GP; Complex surgery to Delta.",
        "Only in ‘One computation’: One initiative.",
    ]


def test_assumptions_that_differ_come_by_how_much_they_matter(release: Release) -> None:
    both = paced(release)
    findings = Synopsis(both, both.scenarios[0], wording("en"))
    keys = [one.key for one in SideBySide(findings).differences]
    name = INITIATIVES[0][0]
    assert keys[:2] == [f"initiatives.{name}.eligible_share", f"initiatives.{name}.returns"]
    assert {"respect_capacity", "materiality.default"} <= set(keys)
    assert "horizon" not in keys  # both end in the same year
    table = card(compare(findings), "differences").table
    assert table is not None
    assert [cell.text for cell in table.rows[0]] == [
        "‘Stable atrial fibrillation to the GP’, eligible share", "not given", "0.1"
    ]  # fmt: skip
    assert findings.results.horizon == HORIZON


def test_one_scenario_alone_is_told(release: Release) -> None:
    alone = replace(release, scenarios=release.scenarios[:1])
    page = compare(Synopsis(alone, alone.scenarios[0], wording("nl")))
    assert page.answer == "Deze uitgave heeft één scenario: er is niets om naast te leggen"
    assert page.cards == ()
