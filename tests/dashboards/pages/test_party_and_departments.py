"""A party's own page says what matters most to it; the departments stand side by side, and each on its own page."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from fake_release import BASE, DELTA, GPS, HORIZON, MAASDIJK, SCENARIO

from dashboards.figures import small_futures, two_futures
from dashboards.pages import PAGES, Card, Page, PageRef, make_page, party_page
from dashboards.telling.departments import RegionDepartments
from dashboards.telling.one_party import party_title
from dashboards.telling.paths import Paths
from dashboards.telling.synopsis import Synopsis
from dashboards.words.format import NBSP
from dashboards.words.wording import wording
from models.tables import RESULT_TABLES


def plain(text: str) -> str:
    return text.replace(NBSP, " ")


def card(page: Page, key: str) -> Card:
    return next(card for card in page.cards if card.key == key)


def changed(findings: Synopsis, table: str, frame: pl.DataFrame) -> Synopsis:
    """The same findings with another table."""
    results = replace(findings.results, tables={**findings.results.tables, table: frame})
    return Synopsis(findings.release, results, findings.words)


def of_party(findings: Synopsis, **values: Any) -> Synopsis:
    """The findings with other values in the path of Maasdijk."""
    table = findings.results.table("path_summary")
    rows = [
        pl.when(pl.col("party") == MAASDIJK).then(pl.lit(value, table.schema[name])).otherwise(name).alias(name)
        for name, value in values.items()
    ]
    return changed(findings, "path_summary", table.with_columns(rows))


def without_norms(findings: Synopsis) -> Synopsis:
    """No function stops and no norm is missed."""
    return changed(findings, "threshold", findings.results.table("threshold").filter(pl.col("norm").is_null()))


# --- the title --------------------------------------------------------------------------------------------------------


def test_a_function_that_stops_comes_first_and_then_the_worst_year(english: Synopsis, dutch: Synopsis) -> None:
    assert plain(party_title(english, MAASDIJK)) == (
        "Maasdijk Ziekenhuis loses the function ‘complexe chirurgie’, and €1.5m in 2029, 38% of its cushion"
    )
    assert plain(party_title(dutch, MAASDIJK)) == (
        "Maasdijk Ziekenhuis verliest de functie complexe chirurgie en levert in 2029 € 1,5 mln in, 38 % van de buffer"
    )


def test_of_money_and_a_department_the_most_intense_comes_first(english: Synopsis) -> None:
    calm = without_norms(english)
    assert plain(party_title(calm, MAASDIJK)).startswith("Maasdijk Ziekenhuis loses €1.5m in 2029")  # 7.7 against 4.5
    interests = calm.results.table("interest").with_columns(
        intensity=pl.when(pl.col("dimension") == "department").then(20.0).otherwise("intensity")
    )
    assert plain(party_title(changed(calm, "interest", interests), MAASDIJK)) == (
        "Maasdijk Ziekenhuis loses 9.0% of its work in cardiology in 2032; it loses €1.5m in 2029, 38% of its cushion"
    )


def test_a_gp_organisation_hears_of_its_hands_before_its_money(english: Synopsis, dutch: Synopsis) -> None:
    said = plain(party_title(english, GPS[0]))
    assert said.startswith("Huisartsenorganisatie Wijk 1 will be short of 0.3 FTE of practice nurses in 2032")
    assert "komt in 2032 0,3 fte praktijkondersteuners tekort (zonder akkoord" in plain(party_title(dutch, GPS[0]))
    boxes = [box.key for box in party_page(english, GPS[0]).cards]
    assert boxes[0] == "hands"
    assert party_page(english, GPS[0]).key_figures[0].tone == "warning"


def test_an_insurer_spends_and_its_share_is_of_this_care(english: Synopsis) -> None:
    assert plain(party_title(english, "3311")) == (
        "Zorgverzekeraar Maasland lastingly spends €1.0m a year less (what this care costs now is not known)"
    )
    spend = {"party": "3311", "initiative": None, "dimension": "spend", "value": 900_000.0, "share": 0.03}
    row = pl.DataFrame([spend | {"scenario": SCENARIO}], schema_overrides={"initiative": pl.String})
    table = pl.concat([english.results.table("interest"), row], how="diagonal_relaxed")
    assert plain(party_title(changed(english, "interest", table), "3311")).endswith(
        "a year less (3.3% of what this care costs now)"
    )


def test_what_the_draws_cannot_tell_is_about_nothing(english: Synopsis) -> None:
    unsure = {
        "worst_year_eur_p10": -2e6, "worst_year_eur_p90": 5e5, "lasting_eur_p10": -1e6, "lasting_eur_p90": 1e6,
    }  # fmt: skip
    calm = changed(without_norms(english), "interest", english.results.table("interest").clear())
    page = party_page(of_party(calm, **unsure), MAASDIJK)
    assert page.answer == "For Maasdijk Ziekenhuis about nothing changes"
    assert page.lead.endswith("In money every year stays about the same.")
    assert [figure.value for figure in page.key_figures[:2]] == ["about nothing", "about nothing"]


def test_a_lasting_gain_is_no_loss_and_says_its_share(english: Synopsis) -> None:
    calm = changed(without_norms(english), "interest", english.results.table("interest").clear())
    gains = {"worst_year_eur": 0.0, "lasting_eur": 2.44e6, "lasting_eur_p10": 2e6, "lasting_eur_p90": 3e6}
    assert plain(party_title(of_party(calm, **gains), MAASDIJK)) == (
        "Maasdijk Ziekenhuis lastingly keeps €2.4m a year (1.0% of revenue)"
    )


def test_the_lead_says_when_it_turns_what_to_bridge_and_what_lasts(english: Synopsis) -> None:
    turning = of_party(english, turn_year=2031, low_point_eur=-4_200_000.0)
    lead = plain(party_page(turning, MAASDIJK).lead)
    assert "From 2031 on no year is a loss; to be bridged until then: €4.2m; lasting −€1.5m a year." in lead
    assert lead.startswith("General hospital; size €244m (stated yearly revenue). Cushion: €3.9m a year.")


def test_no_title_of_a_party_nor_its_key_figures_name_a_mean_over_years(english: Synopsis) -> None:
    for party in english.outcomes["party"]:
        page = party_page(english, party)
        assert "present value" not in page.answer.lower()
        assert not [figure for figure in page.key_figures if figure.label == "Result, per year"]


# --- two futures ------------------------------------------------------------------------------------------------------


def test_two_futures_share_their_axis_their_base_and_their_cost_rule(english: Synopsis) -> None:
    years = english.futures.filter(pl.col("party") == MAASDIJK)
    assert years["without_eur"][0] == years["with_eur"][0] == 0.0
    change = english.yearly(MAASDIJK, "margin_change_eur")["mean"]
    assert (years["with_eur"] - years["without_eur"]).to_list() == pytest.approx(change.to_list())
    figure = two_futures(years, words=english.words)
    without, agreed = figure.data
    assert (without.line.dash, without.yaxis, agreed.yaxis) == ("dot", "y", "y")
    low, high = figure.layout.yaxis.range
    assert low <= 0 <= high
    said = [note.text for note in figure.layout.annotations]
    assert any("no agreement" in text for text in said)
    assert abs(figure.layout.annotations[0].y - figure.layout.annotations[1].y) >= 0.2 - 1e-9


def test_small_futures_are_panels_on_one_scale(english: Synopsis) -> None:
    rows = english.named(english.futures.filter(pl.col("party").is_in([MAASDIJK, DELTA])))
    figure = small_futures(rows, words=english.words)
    assert len(figure.data) == 8  # two lines and the ends of a band each
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range


def test_who_delivers_no_production_has_no_futures(english: Synopsis) -> None:
    assert english.futures.filter(pl.col("party") == GPS[0]).is_empty()
    assert "futures" not in [box.key for box in party_page(english, GPS[0]).cards]


# --- departments ------------------------------------------------------------------------------------------------------


def test_a_hospital_sees_its_departments_now_and_then(english: Synopsis) -> None:
    box = card(party_page(english, MAASDIJK), "departments")
    assert box.table is not None
    (row,) = box.table.rows
    assert [plain(cell.text) for cell in row] == [
        "Cardiology", "−9.0% in 2032", "in the danger zone", "9,500", "9,800", "7,100", "−€2.7m"
    ]  # fmt: skip
    assert row[0].link == PageRef("department", specialism="0320")
    assert plain(box.finding) == "One department loses more than 2% of its work, cardiology most of all: 9.0% in 2032."
    assert "At one other department nothing changes." in box.note


def test_what_hangs_on_a_function_is_told(english: Synopsis) -> None:
    norms = card(party_page(english, MAASDIJK), "norms")
    assert norms.points == ("‘Complexe chirurgie’ belongs to surgery.",)
    flow = {
        "scenario": SCENARIO, "initiative": "surgery-to-delta", "from_id": MAASDIJK, "to_id": DELTA,
        "specialism": "0303", "units_moved": 31.0, "revenue_moved_eur": 9e5,
    }  # fmt: skip
    told = changed(english, "department_flow", pl.DataFrame([flow]))
    points = card(party_page(told, MAASDIJK), "norms").points
    assert points[0].endswith("care of that department goes to Delta Topklinisch Centrum.")


def test_a_function_that_stops_is_never_called_in_no_danger(english: Synopsis, dutch: Synopsis) -> None:
    for findings, said in ((english, "One function stops because of the agreement."), (dutch, "Eén functie stopt")):
        table = findings.results.table("threshold").with_columns(
            status=pl.when(pl.col("status") == "breach_caused").then(pl.lit("stopped")).otherwise("status")
        )
        norms = card(party_page(changed(findings, "threshold", table), MAASDIJK), "norms")
        assert norms.finding.startswith(said)


def test_what_can_be_closed_as_a_whole_is_said_with_its_year(english: Synopsis) -> None:
    rows = [
        {"scenario": SCENARIO, "provider": MAASDIJK, "resource": "bed_days", "year": year, "step": 2190.0,
         "whole_steps": steps}
        for year, steps in ((2028, 0.0), (2029, 2.0), (HORIZON, 3.0))
    ]  # fmt: skip
    closing = pl.concat([RESULT_TABLES["closure"].empty(), pl.DataFrame(rows)], how="diagonal_relaxed")
    points = card(party_page(changed(english, "closure", closing), MAASDIJK), "departments").points
    assert plain(points[0]).startswith(
        "From 2029 on enough comes free to close something as a whole: bed days, 2 times 2,190"
    )
    none = closing.with_columns(whole_steps=0.0)
    (point,) = card(party_page(changed(english, "closure", none), MAASDIJK), "departments").points
    assert "nothing comes free at Maasdijk Ziekenhuis that can be closed as a whole" in point


def test_every_department_is_in_the_navigation_and_leads_to_its_own_page(english: Synopsis) -> None:
    assert "departments" in [entry.kind for entry in PAGES]
    page = make_page(english, PageRef("departments"))
    assert plain(page.answer) == (
        "One department loses more than 2% of its work; most of all cardiology at Maasdijk Ziekenhuis: 9.0% in 2032"
    )
    (row,) = card(page, "departments").table.rows  # type: ignore[union-attr]
    assert row[0].link == PageRef("department", specialism="0320")
    own = make_page(english, PageRef("department", specialism="0320"))
    assert plain(own.answer) == "Cardiology: Maasdijk Ziekenhuis loses 9.0% of its work (2032)"
    assert card(own, "departments").table.rows[0][0].link == PageRef("party", MAASDIJK)  # type: ignore[union-attr]


def test_a_specialism_that_is_not_touched_has_no_page(english: Synopsis) -> None:
    with pytest.raises(LookupError, match="expected one that the scenario touches"):
        make_page(english, PageRef("department", specialism="0303"))


def test_where_no_department_is_known_that_is_said(english: Synopsis) -> None:
    bare = changed(english, "threshold", english.results.table("threshold").clear())
    page = make_page(bare, PageRef("departments"))
    assert "cannot be said" in page.answer
    assert page.cards == ()
    assert not bare.once(RegionDepartments).specialisms


def test_departments_are_those_of_their_own_language() -> None:
    for language, names in (("nl", ["niertumoroperatie"]), ("en", ["kidney tumour surgery"])):
        words = wording(language)  # type: ignore[arg-type]
        assert [words.known("norm_names", "kidney_tumour")] == names


def test_what_pages_share_is_made_once(english: Synopsis) -> None:
    assert english.once(Paths) is english.once(Paths)


def test_base_and_horizon_are_named(english: Synopsis) -> None:
    table = card(party_page(english, MAASDIJK), "departments").table
    assert table is not None
    titles: Sequence[str] = [heading.text for heading in table.headings]
    assert str(BASE) in titles[3]
    assert str(HORIZON) in titles[4]
