"""Where a dataset was not delivered, no page says that all is well with what rests on it: unknown is not nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from small_release import CONTENT, DATABASE, GPS, HOSPITALS, facts, write_release

from dashboards.data import Release, read_release
from dashboards.pages.page import Card, Page, PageRef, Table
from dashboards.pages.registry import PAGES, make_page, specialisms
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import LANGUAGES, wording
from data_contracts.text import Language
from models.scenario.errors import ScenarioError

MONEY = (
    "answer.nobody_loses", "key.no_loss_detail", "lead.nobody_gains", "one_party.nothing", "one_party.and_nothing",
    "one_party.spends_same", "costs.path_nothing", "costs.path_no_loss_payer", "key.about_nothing",
    "years.finding_nothing", "result.finding_nothing", "bridge.finding_none",
    "key.none_stays_behind", "clash.none", "meet.none",
    "clash.no_tension", "interests.answer_none", "interests.no_clash",
    "deal.answer.nobody_loses", "deal.answer.nothing", "settlement.nothing", "stake.nothing.single",
    "stake.nothing.many", "costs.no_loss", "costs.count_nobody", "region.no_loss",
)  # fmt: skip
HANDS = (
    "answer.nobody_short", "key.no_shortage_detail", "hands.nobody", "hands.untouched", "own_capacity.none",
    "own_capacity.fits", "capacity.enough", "fit.all", "clash.none", "meet.none", "clash.no_tension",
    "interests.answer_none", "interests.no_clash",
)  # fmt: skip
DEPARTMENTS = ("departments.none", "departments.none_loses", "departments.answer_none", "departments.answer_nobody")
OF_A_RECIPIENT = ("costs.path_no_loss", "key.no_loss_year")
"""Who is paid a tariff for what comes may be told so without a price of what left."""
EVEN_THEN = ("without.shortages_none", "no_agreement.hands_none")
CARE = ("answer.nothing_moves", "deal.answer.nothing", "settlement.nothing", "no_agreement.answer_nobody")
RESTS_ON: Mapping[str, Sequence[str]] = {
    "volume": (*MONEY, *HANDS, *CARE, *DEPARTMENTS, *OF_A_RECIPIENT, "no_agreement.anyway_none"),
    "revenue": (*MONEY, *DEPARTMENTS),
    "capacity": (*HANDS, *EVEN_THEN),
    "resource": (),
    "contract": (),
    "payer": (),
    "provider": (),
}
"""Which sentences reassure about what each dataset shows; nothing rests on a dataset whose absence has a stand-in."""


def without(path: Path, *tables: str, scenario: Mapping[str, Any] = CONTENT) -> Release:
    """The small release as it is if some datasets had not been delivered."""
    given = {name: frame.clear() if name in tables else frame for name, frame in facts().items()}
    return read_release(write_release(path, scenario=scenario, tables=given) / DATABASE)


def said(release: Release, language: Language) -> str:
    """Everything that stands on any page of the first scenario."""
    findings = Synopsis(release, release.scenarios[0], wording(language))
    kinds = [entry.kind for entry in PAGES if entry.kind not in {"what_if", "sources"}]
    refs = [PageRef(kind) for kind in kinds] + [PageRef("party", party) for party in findings.outcomes["party"]]
    refs += [PageRef("department", specialism=code) for code in specialisms(findings)]
    return "\n".join(part for ref in refs for part in _of_page(make_page(findings, ref)))


def _of_page(page: Page) -> list[str]:
    figures = [text for figure in page.key_figures for text in (figure.value, figure.detail)]
    return [page.answer, page.lead, *figures, *(text for card in page.cards for text in _of_card(card))]


def _of_card(card: Card) -> list[str]:
    tables = [table for table in (card.table, *(extra.table for extra in card.extras)) if table]
    return [card.finding, *card.points, *(text for table in tables for text in _of_table(table))]


def _of_table(table: Table) -> list[str]:
    return [cell.text for row in table.rows for cell in row]


def reassurances(text: str, keys: Sequence[str], language: Language) -> list[str]:
    """Those of some sentences that stand in a text, whatever fills their places."""
    texts = wording(language).texts
    patterns = {key: r".+?".join(map(re.escape, re.split(r"\{.*?\}", texts[key]))) for key in keys}
    return [key for key, pattern in patterns.items() if re.search(pattern, text, re.IGNORECASE)]


@pytest.mark.parametrize("absent", RESTS_ON)
def test_nothing_reassures_on_absence(absent: str, tmp_path: Path) -> None:
    if absent == "provider":
        with pytest.raises(ScenarioError, match="found no provider of the kind general_hospital"):
            without(tmp_path, absent)
        return
    release = without(tmp_path, absent)
    for language in LANGUAGES:
        assert reassurances(said(release, language), RESTS_ON[absent], language) == []


def test_every_dataset_of_the_region_is_absent_in_turn() -> None:
    assert set(RESTS_ON) == set(facts())


def findings_of(release: Release, language: Language = "en") -> Synopsis:
    return Synopsis(release, release.scenarios[0], wording(language))


def test_without_a_price_nothing_is_said_in_money_and_what_to_deliver_is(tmp_path: Path) -> None:
    findings = findings_of(without(tmp_path, "revenue"))
    page = make_page(findings, PageRef("at_the_table"))
    assert page.answer.startswith(
        "What it does in money is not known: no price was delivered for the care of Noordziekenhuis, Zuidziekenhuis. "
    )
    assert "Deliver revenue, or a reference price" in page.lead
    assert [figure.value for figure in page.key_figures if "€" in figure.value] == []
    party = make_page(findings, PageRef("party", HOSPITALS[0]))
    assert party.answer == (
        "What it does in money for Noordziekenhuis is not known: no price was delivered for the care that moves"
    )
    dutch = make_page(findings_of(findings.release, "nl"), PageRef("party", HOSPITALS[0]))
    assert dutch.answer == (
        "Wat het in geld doet voor Noordziekenhuis is niet bekend: voor de zorg die verhuist is geen prijs geleverd"
    )


def test_one_donor_without_a_price_leaves_what_is_known_of_the_others(tmp_path: Path) -> None:
    """The small hospital's care is another product, of which nobody delivered revenue."""
    tables = facts()
    other = pl.when(pl.col("provider_id") == HOSPITALS[1]).then(pl.lit("099999002")).otherwise("care_product")
    tables["volume"] = tables["volume"].with_columns(
        care_product=other, units=pl.when(pl.col("provider_id") == HOSPITALS[1]).then(100.0).otherwise("units")
    )
    tables["revenue"] = tables["revenue"].filter(pl.col("provider_id") == HOSPITALS[0])
    findings = findings_of(read_release(write_release(tmp_path, tables=tables) / DATABASE))
    assert findings.known.money
    assert findings.known.without_price == (HOSPITALS[1],)
    assert HOSPITALS[1] not in findings.shown["party"]
    assert "Noordziekenhuis loses" in make_page(findings, PageRef("at_the_table")).answer
    assert "not known" in make_page(findings, PageRef("party", HOSPITALS[1])).answer


def test_without_capacity_it_is_told_whose(tmp_path: Path) -> None:
    findings = findings_of(without(tmp_path, "capacity"))
    assert findings.known.unknown_hands == GPS
    assert "cannot be said: no capacity was delivered, or not what this care takes (Huisartsen Noord" in (
        make_page(findings, PageRef("at_the_table")).answer
    )


def test_a_replacement_that_names_no_hands_is_no_care_without_hands(tmp_path: Path) -> None:
    initiative = dict(CONTENT["initiatives"][0])
    initiative["replacement"] = {"tariff_eur": 26, "cost_per_unit_eur": 24}
    release = without(tmp_path, scenario={**CONTENT, "initiatives": [initiative]})
    for language in LANGUAGES:
        assert reassurances(said(release, language), HANDS, language) == []


def test_of_some_known_hands_it_is_said_as_far_as_is_known(tmp_path: Path) -> None:
    tables = facts()
    tables["capacity"] = tables["capacity"].filter(pl.col("provider_id") == GPS[0]).with_columns(available=1e6)
    findings = findings_of(read_release(write_release(tmp_path, tables=tables) / DATABASE))
    assert "as far as is known nobody runs notably short of hands because of the agreement; not known of " in (
        make_page(findings, PageRef("at_the_table")).answer
    )


def test_what_is_known_may_reassure(tmp_path: Path) -> None:
    """Everything delivered and room enough: the sentences that reassure are said."""
    tables = facts()
    tables["capacity"] = tables["capacity"].with_columns(available=1e6)
    findings = findings_of(read_release(write_release(tmp_path, tables=tables) / DATABASE))
    assert "nobody runs notably short of hands because of the agreement" in (
        make_page(findings, PageRef("at_the_table")).answer
    )
    assert findings.known.money
    assert not findings.known.unknown_money
    assert not findings.known.unknown_hands


def test_a_figure_that_a_release_calls_not_usable_is_not_told(tmp_path: Path) -> None:
    database = write_release(tmp_path) / DATABASE
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "CREATE TABLE usability AS SELECT ? AS provider_id, 'revenue_change_eur' AS result, '' AS title_nl, "
            "'' AS title_en, 'not_usable' AS usability, '' AS because_nl, '' AS because_en",
            [HOSPITALS[0]],
        )
    findings = findings_of(read_release(database))
    assert HOSPITALS[0] in findings.known.unknown_money
    assert findings.outcomes.filter(pl.col("party") == HOSPITALS[0])["value_eur"].to_list() == [None]


def test_withheld_values_of_a_view_are_no_absent_prices(tmp_path: Path) -> None:
    release = without(tmp_path)
    flows = release.scenarios[0].table("transfer_flow").with_columns(revenue_moved_eur=pl.lit(None, dtype=pl.Float64))
    results = replace(release.scenarios[0], tables={**release.scenarios[0].tables, "transfer_flow": flows})
    assert Synopsis(release, results, wording("en")).known.money


@pytest.mark.parametrize(
    ("revenue_eur", "verdict", "english", "dutch"),
    [
        (
            25_000_000.0,
            False,
            "Production delivered is 8.0% of annual revenue: too little to say how departments stand.",
            "De geleverde productie is 8,0 % van de jaaromzet: te weinig om iets over afdelingen te zeggen.",
        ),
        (
            2_500_000.0,
            True,
            "Production delivered is 80% of annual revenue.",
            "De geleverde productie is 80 % van de jaaromzet.",
        ),
    ],
)
def test_of_a_small_part_of_its_production_no_verdict_on_departments(
    tmp_path: Path, *, revenue_eur: float, verdict: bool, english: str, dutch: str
) -> None:
    """Noordziekenhuis delivers 5,000 units at EUR 400, EUR 2.0 million, and half of them move to the GP."""
    tables = facts()
    tables["provider"] = tables["provider"].with_columns(annual_revenue_eur=pl.lit(revenue_eur))
    scenario = {**CONTENT, "thresholds": {"viability_volume_drop": 0.05}}
    release = read_release(write_release(tmp_path, scenario=scenario, tables=tables) / DATABASE)
    for language, said_of_it in (("en", english), ("nl", dutch)):
        page = make_page(findings_of(release, language), PageRef("party", HOSPITALS[0]))  # type: ignore[arg-type]
        told = [text for card in page.cards for text in (card.finding, *card.points)]
        assert any(text.replace("\u00a0", " ").startswith(said_of_it) for text in told)
        departments = next(card for card in page.cards if card.key == "departments")
        assert (departments.table is not None) == verdict
        norms = [card.finding for card in page.cards if card.key == "norms"]
        assert bool(norms) == verdict


# --- half-filled states -----------------------------------------------------------------------------------------------


def state(path: Path, **tables: pl.DataFrame) -> Release:
    """The small release with other facts than those it has."""
    return read_release(write_release(path, tables={**facts(), **tables}) / DATABASE)


def test_care_without_a_price_is_told_in_units_and_never_as_nothing(tmp_path: Path) -> None:
    for language, told in (("nl", "zorgproducten; de prijs is niet bekend."), ("en", "the price is not known.")):
        findings = findings_of(without(tmp_path / language, "revenue"), language)  # type: ignore[arg-type]
        page = make_page(findings, PageRef("flows"))
        care = next(card for card in page.cards if card.key == "care")
        assert care.finding.endswith(told)
        assert care.picture is None
        assert "€" not in " ".join(_of_page(page))


def test_one_quarter_that_makes_more_than_the_year_is_told_as_a_contradiction(tmp_path: Path) -> None:
    quarter = {name: facts()[name].with_columns(period=pl.lit("2025Q1")) for name in ("volume", "revenue", "capacity")}
    page = make_page(findings_of(state(tmp_path, **quarter)), PageRef("party", HOSPITALS[0]))
    points = next(card for card in page.cards if card.key == "rests").points
    assert any("200% of annual revenue: both cannot be right" in point.replace("\u00a0", "") for point in points)
    assert any("1 of 4 quarters were delivered" in point for point in points)


def test_one_specialism_of_a_house_says_nothing_of_departments(tmp_path: Path) -> None:
    large = facts()["provider"].with_columns(annual_revenue_eur=pl.col("annual_revenue_eur") * 100)
    findings = findings_of(state(tmp_path, provider=large))
    assert "cannot be said: of no provider was enough production" in make_page(findings, PageRef("departments")).answer
    assert specialisms(findings) == ()
    page = make_page(findings, PageRef("party", HOSPITALS[0]))
    assert "norms" not in [card.key for card in page.cards]


def test_without_areas_travel_is_not_told_as_none(tmp_path: Path) -> None:
    page = make_page(findings_of(without(tmp_path)), PageRef("flows"))
    (finding,) = (card.finding for card in page.cards if card.key == "map")
    assert finding.startswith("How much further patients travel cannot be said: the places of the areas or of the ")
    assert not [figure for figure in page.key_figures if "km" in figure.value]


def test_the_only_initiative_is_not_one_of_the_one(tmp_path: Path) -> None:
    findings = findings_of(without(tmp_path))
    pages = [make_page(findings, PageRef("capacity")), make_page(findings, PageRef("package"))]
    said = " ".join(text for page in pages for text in _of_page(page))
    assert "one of the one" not in said.lower()
    assert "The one initiative, ‘Arrhythmia’, does not fit wholly" in said
