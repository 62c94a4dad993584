"""What stands on each page, independent of the face that shows it."""

from dataclasses import replace

import polars as pl
import pytest
from fake_release import DELTA, GPS, LAB, MAASDIJK

from dashboards.data import Release
from dashboards.pages import Card, Page, Table, at_the_table, no_agreement, party_page, sources
from dashboards.telling.paths import Paths
from dashboards.telling.synopsis import SHOWN, Synopsis
from dashboards.words.wording import wording


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def card(page: Page, key: str) -> Card:
    return next(card for card in page.cards if card.key == key)


def column(table: Table | None, heading: str) -> list[str]:
    assert table is not None
    place = [heading.text for heading in table.headings].index(heading)
    return [plain(row[place].text) for row in table.rows]


def every_page(findings: Synopsis) -> list[Page]:
    parties = [party_page(findings, party) for party in findings.outcomes["party"]]
    return [
        at_the_table(findings),
        no_agreement(findings),
        *parties,
        sources(findings.release, findings.results, findings.words),
    ]


def test_every_figure_states_its_finding_and_has_its_table_behind_it(dutch: Synopsis, english: Synopsis) -> None:
    pictured = [
        card for findings in (dutch, english) for page in every_page(findings) for card in page.cards if card.picture
    ]
    assert len(pictured) > 40
    for box in pictured:
        assert box.picture is not None
        assert len(box.picture.alternative) > 40, box.key
        assert any(extra.table and extra.table.rows for extra in box.extras), box.key


def test_no_box_stands_empty_and_no_row_is_ragged(english: Synopsis) -> None:
    for page in every_page(english):
        assert page.answer
        for box in page.cards:
            assert box.picture or box.table or box.points or box.finding, box.key
            tables = [box.table, *(extra.table for extra in box.extras)]
            assert all(len(row) == len(table.headings) for table in tables if table for row in table.rows), box.key


def test_the_first_page_answers_in_its_order(english: Synopsis) -> None:
    page = at_the_table(english)
    assert [box.key for box in page.cards] == ["plan", "gains", "hands", "without", "clash", "meet", "region", "sure"]
    assert [figure.label for figure in page.key_figures] == [
        "All parties together, lasting a year", "Largest loss in one year",
        "Largest extra shortage", "Care moved in 2032",
    ]  # fmt: skip
    assert plain(page.key_figures[1].detail) == "Maasdijk Ziekenhuis, 2029: 38% of its cushion"
    assert plain(page.key_figures[3].detail) == "€2.4m of production value; patients travel 410,000 km less"


def test_the_first_page_shows_seven_and_keeps_the_others_one_click_away(english: Synopsis) -> None:
    gains, hands = card(at_the_table(english), "gains"), card(at_the_table(english), "hands")
    assert hands.picture is not None
    assert hands.extras[-1].table is not None
    names_values_and_mark = 2 * SHOWN + 1
    assert len(hands.picture.figure.layout.annotations) <= names_values_and_mark
    assert gains.extras[-1].table is not None
    assert len(gains.extras[-1].table.rows) == english.outcomes.height
    assert len(hands.extras[-1].table.rows) == english.capacity_each.height
    links = [row[0].link.party for row in gains.extras[-1].table.rows if row[0].link]
    assert set(links) == set(english.outcomes["party"])


def test_every_party_stands_once_at_the_table_and_no_group_nets(english: Synopsis) -> None:
    paths = Paths(english)
    assert paths.rows["members"].sum() == paths.parties.height == english.outcomes.height
    groups = paths.rows.filter(pl.col("members") > 1)
    assert groups.height > 0
    assert groups.filter(pl.col("name").str.contains("without a loss") & (pl.col("lasting_eur") < 0)).is_empty()
    lost = sum(min(0.0, row["worst_eur"]) for row in paths.parties.to_dicts())
    shown = sum(min(0.0, row["worst_eur"]) for row in paths.rows.to_dicts())
    assert shown >= lost - 1e-6  # the worst year of many is never worse than the worst years of each


def test_the_plan_says_why_and_how_much_fits(english: Synopsis, dutch: Synopsis) -> None:
    box = card(at_the_table(english), "plan")
    assert box.table is not None
    said = [[plain(cell.text) for cell in row] for row in box.table.rows]
    assert said[0] == [
        "Stable atrial fibrillation to the GP", "not given", "62%", "Practice nurses; 4 of 8 full"
    ]  # fmt: skip
    assert said[1][2:] == ["all of it", "–"]
    assert "past in 2032 niet alles" in at_the_table(dutch).answer
    assert box.finding == ""  # the title says it


def test_what_it_costs_names_year_cushion_and_what_stops(english: Synopsis, dutch: Synopsis) -> None:
    box = card(at_the_table(english), "gains")
    assert box.table is not None
    maasdijk = [plain(cell.text) for cell in box.table.rows[0]]
    assert maasdijk == [
        "Maasdijk Ziekenhuis", "−€1.5m in 2029", "−38%", "−€3.3m", "−€1.5m", "1.6 FTE less", "1", "‘complexe chirurgie’"
    ]  # fmt: skip
    assert plain(box.finding).startswith("One party loses more than ")
    assert "Eén partij verliest in haar slechtste jaar" in plain(card(at_the_table(dutch), "gains").finding)


def test_the_region_is_told_by_year_with_its_turn_its_bridge_and_what_lasts(english: Synopsis) -> None:
    box = card(at_the_table(english), "region")
    said = plain(box.finding)
    assert "the worst year for all parties together is 2027: −€" in said.lower()
    assert "from 2028 on no year is a loss; to be bridged up to and including 2027: €380,000" in said
    assert said.endswith("lasting +€600,000 a year.")
    assert box.extras[0].table is not None
    assert len(box.extras[0].table.rows) == 8


def test_a_scenario_that_moves_nothing_says_so_and_draws_nothing(english: Synopsis) -> None:
    emptied = {name: table.clear() for name, table in english.results.tables.items()}
    page = at_the_table(Synopsis(english.release, replace(english.results, tables=emptied), english.words))
    assert (page.answer, page.cards, page.key_figures) == ("This scenario moves no care", (), ())


def test_a_scenario_computed_once_claims_no_band(single: Synopsis) -> None:
    page = at_the_table(single)
    assert "no band" in card(page, "gains").note
    assert "no band" in card(page, "sure").points[0]
    assert page.key_figures[1].value == "none"


def test_a_hospital_sees_its_bridge_its_years_and_what_stays_behind(english: Synopsis) -> None:
    page = party_page(english, MAASDIJK)
    assert [box.key for box in page.cards] == [
        "departments", "hands", "futures", "norms", "hands-years", "bridge", "result", "years", "stranded", "rests"
    ]  # fmt: skip
    steps = card(page, "bridge").extras[0].table
    assert column(steps, "Step") == [
        "Stable atrial fibrillation to the GP",
        "Complex surgery to Delta",
        "Change",
    ]
    assert column(steps, "Amount") == ["−€2.4m", "−€900,000", "−€3.3m"]
    assert plain(card(page, "bridge").finding) == (
        "In 2032 revenue falls by €3.3m (1.4%); Stable atrial fibrillation to the GP weighs most."
    )
    assert plain(card(page, "stranded").finding).startswith("At the peak (2029) €1.5m of cost stays behind")


def test_norms_and_departments_show_what_is_not_well(english: Synopsis) -> None:
    norms = card(party_page(english, MAASDIJK), "norms")
    assert norms.finding == (
        "One volume norm is no longer met because of the agreement. One department comes into the danger zone."
    )
    assert column(norms.table, "Norm or department") == ["‘Complexe chirurgie’", "Department of cardiology"]
    assert column(norms.table, "Chance") == ["2 in 10", "3 in 10"]
    assert column(norms.table, "Minimum") == ["50", ""]


def test_an_insurer_has_no_costs_and_no_hands(english: Synopsis) -> None:
    page = party_page(english, "3311")
    assert [box.key for box in page.cards] == ["futures", "bridge", "years", "rests"]
    assert column(card(page, "bridge").extras[0].table, "Amount") == ["+€1.5m", "−€500,000", "+€1.0m"]
    assert plain(page.key_figures[2].label) == "Lower spending in 2032"


def test_what_was_not_delivered_is_said_and_not_drawn_as_zero(english: Synopsis, dutch: Synopsis) -> None:
    practice = card(party_page(english, GPS[0]), "bridge")
    assert practice.picture is not None
    assert "not delivered" in practice.picture.alternative
    laboratory = card(party_page(dutch, LAB), "hands")
    assert laboratory.picture is None
    assert "geen capaciteitsgegevens geleverd" in laboratory.finding


def test_no_half_row_is_left_empty(english: Synopsis) -> None:
    for party in (MAASDIJK, DELTA, GPS[0], LAB, "3311"):
        widths = [box.columns for box in party_page(english, party).cards]
        filled = 0
        for width in widths:
            filled = (filled + width) % 12 if filled + width <= 12 else -1
            assert filled >= 0, (party, widths)
        assert filled == 0, (party, widths)


def test_the_alternative_is_a_page_of_its_own(dutch: Synopsis) -> None:
    page = no_agreement(dutch)
    assert page.answer.startswith("Zonder akkoord is het resultaat van Delta Topklinisch Centrum")
    results = card(page, "results")
    assert "Huisartsenorganisatie Wijk 1" not in column(results.extras[0].table, "Partij")  # no production delivered
    hands = card(page, "hands")
    assert "Kreekziekenhuis" in plain(hands.finding)
    heads = [heading.text for heading in hands.extras[0].table.headings]  # type: ignore[union-attr]
    assert not any("met akkoord" in head for head in heads)
    assert heads[-3:] == ["Tekort", "Tekort in fte", "Kans op tekort"]
    assert {len(row) for row in hands.extras[0].table.rows} == {len(heads)}  # type: ignore[union-attr]


def test_sources_count_what_came_and_what_was_refused(english: Synopsis) -> None:
    page = sources(english.release, english.results, english.words)
    assert page.answer == "4 of 6 expected deliveries are in; 12 of 12,023 rows were refused"
    assert page.key_figures[0].detail == "3 accepted, 1 in part, 1 refused, 1 replaced or withdrawn"
    deliveries = card(page, "deliveries").extras[0].table
    assert sorted(column(deliveries, "Status")) == [
        "accepted", "accepted", "accepted", "accepted in part",
        "refused: Empty file; expected: a row of headings", "replaced",
    ]  # fmt: skip
    refused = card(page, "refused")
    assert column(refused.table, "Rule") == ["not a number"]
    assert column(refused.table, "Number") == ["12"]
    assert refused.extras[0].table is not None
    assert plain(refused.extras[0].table.rows[0][-1].text) == "Not a number: '<10'. Give a number or leave it empty."


def test_coverage_is_a_matrix_of_words(dutch: Synopsis) -> None:
    table = card(sources(dutch.release, dutch.results, dutch.words), "coverage").table
    assert table is not None
    assert [heading.text for heading in table.headings] == [
        "Leverancier", "Gegevensset", "zonder periode", "2025 kw 1", "2025 kw 2"
    ]  # fmt: skip
    assert ["Delta", "capaciteit", "", "ontbreekt", ""] in [[cell.text for cell in row] for row in table.rows]


def test_an_assumption_is_never_shown_as_a_fact(english: Synopsis) -> None:
    table = card(sources(english.release, english.results, english.words), "assumptions").table
    assert column(table, "Mark") == ["verified", "general knowledge", "assumption", "assumption"]
    assert column(table, "Value")[:3] == ["0.3 (0.15 to 0.45)", "0.05 (0.02 to 0.1)", "0.8 (0.6 to 0.95)"]
    assert column(table, "Parameter")[2:] == ["highest uptake", "growth of demand"]
    assert column(table, "Source")[2:] == ["no source given", "no source given"]
    evidence = english.results.table("evidence").with_columns(confidence=pl.lit(None, pl.String))
    unmarked = replace(english.results, tables={**english.results.tables, "evidence": evidence})
    table = card(sources(english.release, unmarked, english.words), "assumptions").table
    assert set(column(table, "Mark")) == {"assumption"}


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("baseline.demand_growth.default", "growth of demand"),
        ("baseline.demand_growth.specialism.0320", "growth of demand: cardiology"),
        ("baseline.capacity_growth.resource.gp_hours", "growth of capacity: GPs"),
        (f"transition_cost_eur.{MAASDIJK}", "transition cost: Maasdijk Ziekenhuis"),
        ("replacement.resources.gp_hours", "effort for the replacing care: GPs"),
        ("something.new", "something.new"),
    ],
)
def test_parameters_are_named_in_words(english: Synopsis, key: str, said: str) -> None:
    evidence = english.results.table("evidence").head(1).with_columns(parameter=pl.lit(key))
    results = replace(english.results, tables={**english.results.tables, "evidence": evidence})
    page = sources(english.release, results, english.words)
    assert column(card(page, "assumptions").table, "Parameter") == [said]


def test_a_release_without_a_scenario_still_has_its_sources(release: Release) -> None:
    page = sources(release, None, wording("en"))
    assert "assumptions" not in {box.key for box in page.cards}
    assert "Put a scenario in the folder" in page.lead


def with_tables(release: Release, **rows: list[dict[str, object]]) -> Release:
    """The release, with rows in tables that it has none of."""
    frames = {name: pl.DataFrame(part, schema=release.table(name).schema) for name, part in rows.items()}
    return replace(release, tables={**release.tables, **frames})


FINDINGS = [
    {"supplier": "maasdijk", "period": period, "dataset": "volume", "column": "area", "rule": "many_areas_empty",
     "file": "volume.csv", "count": 1, "message_nl": f"Leeg in {period}", "message_en": f"Empty in {period}"}
    for period in ("2025Q1", "2025Q2")
]  # fmt: skip
THRESHOLD = {
    "rule": "many_areas_empty", "dataset": "volume", "threshold": "most_empty", "value": 0.25, "mark": "assumption",
    "description_nl": "Bekend", "description_en": "Known", "reason_nl": "Zichtbaar", "reason_en": "Visible",
}  # fmt: skip
USABLE = [
    {"provider_id": MAASDIJK, "result": "capacity_gap", "title_nl": "Tekort", "title_en": "Shortage", "usability": kind,
     "because_nl": because, "because_en": because}
    for kind, because in (("usable", None), ("with_care", "three quarters"), ("not_usable", "no capacity"))
]  # fmt: skip


def test_columns_that_are_missing_are_told_one_by_one(release: Release) -> None:
    two = [FINDINGS[0], {**FINDINGS[0], "column": "patients", "message_en": "Other"}]
    odd = card(sources(with_tables(release, data_finding=two, data_rule=[THRESHOLD]), None, wording("en")), "odd")
    assert column(odd.table, "What is odd") == ["Empty in 2025Q1", "Other"]


def test_sources_tell_what_looks_odd_by_the_newest_and_why_a_rule_speaks(release: Release) -> None:
    odd = card(sources(with_tables(release, data_finding=FINDINGS, data_rule=[THRESHOLD]), None, wording("en")), "odd")
    assert "2 remarks on accepted data, from 1" in odd.finding
    assert column(odd.table, "What is odd") == ["Empty in 2025Q2"]
    assert column(odd.table, "Times") == ["2"]
    remarks, rules = odd.extras
    assert column(remarks.table, "What is odd") == ["Empty in 2025Q1", "Empty in 2025Q2"]
    assert (
        [cell.text for cell in rules.table.rows[0]] == ["Known", "0.25", "Visible", "assumption"]
        if rules.table
        else False
    )


def test_sources_tell_for_whom_a_result_can_be_used_and_why_not(release: Release) -> None:
    page = sources(with_tables(release, usability=USABLE), None, wording("nl"))
    usable = card(page, "usability")
    assert "1 bruikbaar, 1 met voorbehoud en 1 niet" in usable.finding
    assert column(usable.table, "niet bruikbaar") == ["1"]
    (reasons,) = usable.extras
    assert column(reasons.table, "Omdat") == ["no capacity", "three quarters"]


def test_a_release_that_says_nothing_of_its_quality_says_that(release: Release) -> None:
    page = sources(release, None, wording("en"))
    assert card(page, "odd").finding == "Nothing about the accepted data looks odd."
    assert "does not say" in card(page, "usability").finding


def test_a_scenario_that_moves_only_what_fits_says_so(english: Synopsis, dutch: Synopsis) -> None:
    for findings, said in (
        (english, "Of ‘Stable atrial fibrillation to the GP’ only what fits goes ahead"),
        (dutch, "Er wordt alleen verplaatst wat past: bij één van de twee initiatieven is dat in 2032 niet alles"),
    ):
        held = findings.results.table("scenario").with_columns(parameters=pl.lit('{"respect_capacity": "reallocate"}'))
        tables = {**findings.results.tables, "scenario": held}
        if findings is english:
            tables["initiative"] = tables["initiative"].head(1)
        page = at_the_table(Synopsis(findings.release, replace(findings.results, tables=tables), findings.words))
        assert page.answer.startswith(said)
        assert "missing" not in page.answer


def test_what_the_draws_leave_open_of_the_region_is_about_nothing_everywhere(english: Synopsis) -> None:
    whole = pl.col("party").is_null()
    paths = english.results.table("path_summary").with_columns(
        lasting_eur_p10=pl.when(whole).then(-1e5).otherwise("lasting_eur_p10"),
        lasting_eur_p90=pl.when(whole).then(3e5).otherwise("lasting_eur_p90"),
    )
    results = replace(english.results, tables={**english.results.tables, "path_summary": paths})
    page = at_the_table(Synopsis(english.release, results, english.words))
    assert page.key_figures[0].value == english.words.text("key.about_nothing")
    assert card(page, "region").finding.endswith("lasting about nothing.")


def test_what_a_worst_year_costs_is_a_bar_too(english: Synopsis) -> None:
    """The deepest worst year is the whole bar, the others a part of it; who loses in no year has none."""
    table = card(at_the_table(english), "gains").table
    cells = [row[1] for row in table.rows]
    losses = [-cell.value for cell in cells if cell.bar is not None]
    assert max(cell.bar or 0.0 for cell in cells) == 1.0
    assert [cell.bar for cell in cells if cell.bar is not None] == pytest.approx([one / max(losses) for one in losses])
    assert all((cell.bar is None) == (cell.tone != "loss") for cell in cells)
