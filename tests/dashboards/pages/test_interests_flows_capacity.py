"""Interests, Flows and Capacity: what stands in their tiles, stories, figures and tables."""

from dataclasses import replace

import polars as pl
import pytest
from fake_release import DELTA, GPS, HORIZON, KREEK, MAASDIJK, RELEASE

from dashboards.data import Release
from dashboards.pages import PAGES, Card, Page, PageRef, Table, TableCell, capacity, flows, interests, make_page
from dashboards.pages.at_the_table import at_the_table
from dashboards.telling.movements import Movements
from dashboards.telling.shortages import Shortages
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import wording
from data_contracts.text import Language
from models.region.geography import Places
from models.travel import DETOUR


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def card(page: Page, key: str) -> Card:
    return next(card for card in page.cards if card.key == key)


def row(table: Table | None, name: str) -> tuple[TableCell, ...]:
    assert table is not None
    return next(cells for cells in table.rows if cells[0].text == name)


def without(findings: Synopsis, *tables: str) -> Synopsis:
    emptied = {name: findings.results.table(name).clear() for name in tables}
    return Synopsis(
        findings.release, replace(findings.results, tables={**findings.results.tables, **emptied}), findings.words
    )


# ---- All pages


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_page_of_the_list_is_whole_in_both_languages(release: Release, language: Language) -> None:
    for results in release.scenarios:
        findings = Synopsis(release, results, wording(language))
        for entry in PAGES:
            page = make_page(findings, PageRef(entry.kind))
            assert page.ref.kind == entry.kind
            assert page.title == wording(language).text(f"pages.{entry.kind}")
            assert page.answer
            keys = [box.key for box in page.cards]
            assert len(keys) == len(set(keys))
            for box in page.cards:
                tables = [box.table, *(extra.table for extra in box.extras)]
                assert all(len(cells) == len(table.headings) for table in tables if table for cells in table.rows)


def test_a_page_that_is_not_there_is_named(english: Synopsis) -> None:
    with pytest.raises(LookupError, match="no page of party '123'"):
        make_page(english, PageRef("party", "123"))


def test_every_figure_says_what_it_rests_on(english: Synopsis) -> None:
    for entry in PAGES:
        if entry.kind in {"sources", "what_if"}:
            continue
        for box in entry.make(english).cards:
            if box.picture is None:
                continue
            assert box.trace is not None, (entry.kind, box.key)
            assert (box.trace.release, box.trace.scenario) == (RELEASE, "Right care 2027")
            assert set(box.trace.datasets) <= {"volume", "revenue"}, "only what was delivered"
            written = [note.text for note in box.picture.figure.layout.annotations]
            assert any("partly on assumptions" in text for text in written), (entry.kind, box.key)


def test_a_figure_without_assumptions_carries_no_mark(english: Synopsis) -> None:
    page = flows(without(english, "evidence"))
    box = card(page, "care")
    assert box.trace is not None
    assert box.trace.assumptions == 0
    assert box.picture is not None
    assert not any("assumptions" in note.text for note in box.picture.figure.layout.annotations)


# ---- Interests


def test_a_tile_says_figure_share_year_and_direction(english: Synopsis) -> None:
    tiles = row(card(interests(english), "interests").table, "Maasdijk Ziekenhuis")[1:]
    revenue, result, worst, department, function, people, rooms = tiles
    assert (plain(revenue.text), revenue.more, revenue.tone) == ("−€3.3m", "2029, −1.4%", "loss")
    assert (plain(result.text), result.more) == ("−€1.5m", "2029, −0.6%")
    assert (plain(worst.text), worst.more, worst.shade) == ("−€1.5m", "2029, −38%", 2)
    assert (plain(department.text), department.more, department.tone) == ("−€2.7m", "cardiology, 2032, −9.0%", "loss")
    assert (plain(people.text), people.more, people.tone) == ("+1.6 FTE", "medical specialists", "gain")
    assert function.text == rooms.text == "not known"


def test_many_parties_of_a_kind_are_one_row_that_counts_and_each_is_one_click_away(english: Synopsis) -> None:
    box = card(interests(english), "interests")
    group = row(box.table, "GP organisations (8)")
    assert [(cell.text, cell.tone) for cell in (group[1], group[6])] == [("8 of 8", "gain"), ("8 of 8", "loss")]
    every = box.extras[0].table
    assert every is not None
    assert "Huisartsenorganisatie Wijk 8" in {cells[0].text for cells in every.rows}


def test_a_group_that_gains_and_loses_counts_both(english: Synopsis) -> None:
    table = english.results.table("interest")
    some = pl.col("party").is_in(GPS[:3]) & (pl.col("dimension") == "revenue") & pl.col("initiative").is_null()
    turned = table.with_columns(stance=pl.when(some).then(pl.lit("loses")).otherwise("stance"))
    results = replace(english.results, tables={**english.results.tables, "interest": turned})
    page = interests(Synopsis(english.release, results, english.words))
    assert row(card(page, "interests").table, "GP organisations (8)")[1].text == "3 ▼ 5 ▲ of 8"


def test_a_story_tells_what_matters_and_over_which_initiatives(dutch: Synopsis) -> None:
    story = row(card(interests(dutch), "interests").table, "Maasdijk Ziekenhuis")[0].story
    assert len(story) == 8
    assert "levert in 2029 € 1,5 mln resultaat in" in plain(story[1])
    assert ", maar krijgt in 2032 1,6 fte schaarse medisch specialisten vrij" in plain(story[5])
    assert story[-1].startswith("‘Complexe chirurgie naar Delta’")


def test_conflicts_stand_by_initiative_with_their_pairs(english: Synopsis) -> None:
    page = interests(english)
    assert page.answer.startswith("The sharpest clash is over ‘Stable atrial fibrillation to the GP’")
    assert page.key_figures[2].detail == "over one initiative"
    box = card(page, "clash:stable-af-to-gp")
    assert box.kicker == "Stable atrial fibrillation to the GP"
    assert len(box.points) == 1
    assert "eight GP organisations together add €360,000 to their result in 2029" in plain(box.points[0])
    assert {box.key for box in page.cards if box.key.startswith("clash:")} == {"clash:stable-af-to-gp"}


def test_the_pairs_that_two_pages_count_are_the_same_rows(english: Synopsis) -> None:
    page, first = interests(english), card(at_the_table(english), "clash")
    assert page.key_figures[2].value == str(english.results.table("conflict").height) == "8"
    told = [cells[0].text for cells in first.extras[0].table.rows] if first.extras[0].table else []
    boxes = [box for box in page.cards if box.key.startswith("clash:")]
    sided = sum(len(box.extras[0].table.rows) for box in boxes if box.extras[0].table)
    tensions = next(box for box in page.cards if box.key == "tension")
    assert len(told) == sided + len(tensions.points)
    assert set(tensions.points) <= set(told)


def test_without_a_conflict_the_extremes_of_each_initiative_still_stand(english: Synopsis) -> None:
    page = interests(without(english, "conflict"))
    assert page.answer.startswith("No initiative sets two parties sharply against each other; but for nine parties")
    box = card(page, "pairs")
    assert box.finding.startswith("In no initiative does one party lose")
    surgery = row(box.table, "Complex surgery to Delta")
    assert [plain(cell.text) for cell in surgery[1:]] == [
        "Maasdijk Ziekenhuis", "Loses €400,000 of its result in 2029 (0.2% of revenue)", "nobody", "", "no"
    ]  # fmt: skip


def test_a_release_without_interests_says_so(single: Synopsis) -> None:
    page = interests(single)
    assert "cannot be said" in page.answer
    assert page.cards == ()


# ---- Flows


def test_seven_things_are_drawn_and_all_are_in_the_table(english: Synopsis) -> None:
    flow = english.results.table("transfer_flow")
    pairs = [(f"0600000{donor}", gp) for donor in range(6) for gp in [*GPS, DELTA, KREEK]]
    rows = [{**flow.row(-1, named=True), "year": HORIZON, "from_id": a, "to_id": b} for a, b in pairs]
    results = replace(
        english.results, tables={**english.results.tables, "transfer_flow": pl.DataFrame(rows, flow.schema)}
    )
    page = flows(Synopsis(english.release, results, english.words))
    picture = card(page, "care").picture
    assert picture is not None
    sankey = picture.figure.data[0]
    assert len(sankey.node.label) <= 7
    assert sum("Other" in label for label in sankey.node.label) == 1
    assert sum("GP organisations (8)" in label for label in sankey.node.label) == 1
    assert sum(sankey.link.value) == pytest.approx(sum(row["revenue_moved_eur"] for row in rows))
    table = card(page, "care").extras[1].table
    assert table is not None
    assert len(table.rows) == 60


def test_the_title_says_how_much_from_whom_to_whom_and_how_far(dutch: Synopsis) -> None:
    answer = plain(flows(dutch).answer)
    assert answer == (
        "In 2032 verhuist € 2,4 mln aan zorg, vooral van Maasdijk Ziekenhuis en vooral naar Huisartsenorganisaties "
        "(8); patiënten reizen samen 410.000 km minder"
    )


def test_travel_is_the_difference_of_the_models_distances(english: Synopsis) -> None:
    moved = Movements(english)
    north, south = (
        Places(pl.Series([52.0]).to_numpy(), pl.Series([4.5]).to_numpy()),
        Places(pl.Series([51.8]).to_numpy(), pl.Series([4.5]).to_numpy()),
    )
    further = float(north.km_to(south)[0, 0]) * DETOUR
    assert dict(moved.travel.select("area", "km").iter_rows()) == {
        "NOORD": pytest.approx(further), "ZUID": pytest.approx(-further)
    }  # fmt: skip
    assert moved.unlocated_share == pytest.approx(0.1)
    assert "For 10% of the care the journey is not known." in card(flows(english), "map").note


def test_the_map_is_drawn_on_plain_axes_of_equal_scale(english: Synopsis) -> None:
    picture = card(flows(english), "map").picture
    assert picture is not None
    kinds = {trace.type for trace in picture.figure.data}
    assert kinds == {"scatter"}  # never a map trace: those fetch tiles or borders from elsewhere
    assert (picture.figure.layout.yaxis.scaleanchor, picture.figure.layout.yaxis.scaleratio) == ("x", 1)
    shapes = [trace for trace in picture.figure.data if trace.fill == "toself"]
    assert len(shapes) == 2  # one area further, one nearer
    east, north = max(shapes[0].x) - min(shapes[0].x), max(shapes[0].y) - min(shapes[0].y)
    assert (east, north) == (pytest.approx(12.3, abs=0.2), pytest.approx(20.0, abs=0.2))  # 0.18 degrees, in km
    dots = next(trace for trace in picture.figure.data if trace.mode == "markers" and trace.hovertext is not None)
    assert list(dots.marker.opacity) == [0.0, 0.0, 0.9]  # only the area without an outline is a dot


def test_a_region_without_places_says_that_travel_is_not_known(single: Synopsis) -> None:
    box = card(flows(single), "map")
    assert box.picture is None
    assert "cannot be said" in box.finding


# ---- Capacity


def test_a_shortage_is_a_tile_by_year_with_its_chance(english: Synopsis) -> None:
    table = card(capacity(english), "resource:nurse_hours").table
    assert table is not None
    assert [heading.text for heading in table.headings][1:] == [str(year) for year in range(2025, 2033)]
    delta = row(table, "Delta Topklinisch Centrum")
    assert (delta[1].text, delta[1].tone) == ("–", "quiet")
    assert (delta[-1].text, delta[-1].more, delta[-1].shade) == ("▲ 25", "almost certain", 3)
    assert delta[-1].value == pytest.approx((600_000 * 1.01**7 + 6000 - 610_000) / 1550, rel=1e-6)


def test_a_shortage_that_the_agreement_ends_says_what_it_was(english: Synopsis) -> None:
    box = card(capacity(english), "resource:clinic_hours")
    assert box.finding.startswith("With the agreement nobody is short of outpatient clinic any more")
    last = row(box.table, "Maasdijk Ziekenhuis")[-1]
    assert (last.text, last.tone, last.more) == ("0", "gain", "was 1,350")


def test_providers_of_a_kind_are_added_up_and_never_set_off(english: Synopsis) -> None:
    short = Shortages(english)
    nurses = row(card(capacity(english), "resource:practice_nurse_hours").table, "GP organisations (8)")
    assert (nurses[-1].text, nurses[-1].more) == ("▲ 2.4", "8 of the 8")
    assert short.full_time_short("fte_after") > short.full_time_short("fte_before")
    assert "Kreekziekenhuis is short of 5,290 bed days in 2032" in plain(
        card(capacity(english), "resource:bed_days").finding
    )


def test_the_board_reads_one_row_a_resource_and_the_years_are_one_click_away(english: Synopsis) -> None:
    page = capacity(english)
    table = card(page, "resources").table
    assert table is not None
    folded = [box.key for box in page.cards if box.is_folded]
    assert len(folded) == len(table.rows) == Shortages(english).resources.height
    assert all(key.startswith("resource:") for key in folded)
    nurses = next(row for row in table.rows if row[0].text == "Nurses")
    assert nurses[1].text == "2032"
    assert nurses[3].value == pytest.approx(Shortages(english).resources.filter(resource="nurse_hours")["fte_after"][0])
    larger = [row[0].text for row in table.rows if row[3].tone == "warning"]
    finding = card(page, "resources").finding
    assert finding.startswith("The agreement makes four shortages noticeably larger: ")
    assert finding.lower().endswith(f": {', '.join(larger)}.".lower())


def test_what_fits_is_weighted_by_what_is_to_come(english: Synopsis) -> None:
    feasible = Shortages(english).feasible
    first = feasible.row(0, named=True)
    assert (first["initiative"], first["tight"], first["known"]) == ("stable-af-to-gp", 4, 8)
    assert first["share"] == pytest.approx((4 * 1.0 + 4 * 0.25) / 8)
    assert first["resource_name"] == "practice nurses"
    box = card(capacity(english), "feasible")
    assert box.picture is not None
    assert list(box.picture.figure.data[0].x) == [pytest.approx(0.625), 1.0]
    tight = box.extras[1].table
    assert tight is not None
    assert len(tight.rows) == 4


def test_unknown_capacity_is_said(dutch: Synopsis, single: Synopsis) -> None:
    assert "Niet te bepalen" in card(capacity(dutch), "rest").points[0]
    assert "no capacity was delivered, or not what this care takes: Delta" in card(capacity(single), "rest").points[0]


# ---- No agreement


def test_changes_without_an_agreement_are_against_the_base_year(english: Synopsis) -> None:
    assert {entry.kind: entry.make(english).against for entry in PAGES if entry.kind == "no_agreement"} == {
        "no_agreement": "base_year"
    }
    assert interests(english).against == "no_agreement"
    assert MAASDIJK in english.outcomes["party"]
