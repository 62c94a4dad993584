"""The page Package: whether everybody can be made whole, the rules, the payments, the packages, and an agreement."""

import json
from collections.abc import Mapping
from dataclasses import replace

import polars as pl
import pytest
from fake_release import DELTA, GPS, INITIATIVES, KREEK, MAASDIJK, RULES, SCENARIO, STAKES

from dashboards.data import Release
from dashboards.figures import loss_frontier, realised_against_agreed, zone_of_agreement
from dashboards.pages import Card, Page, Table, at_the_table, package, sources
from dashboards.telling.deals import Deals
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import wording
from data_contracts.text import Language
from models.tables import RESULT_TABLES

AF, SURGERY = (row[0] for row in INITIATIVES)
DEAL_TABLES = ("settlement_summary", "settlement", "settlement_risk", "break_even")
CARDS = ["zone", "package", "frontier", "exchange", "change", "rules", "payments", "risk", "needs", "tariffs"]
FOLDED = ["change", "risk", "needs", "tariffs"]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def card(page: Page, key: str) -> Card:
    return next(card for card in page.cards if card.key == key)


def texts(table: Table | None) -> list[list[str]]:
    assert table is not None
    return [[plain(cell.text) for cell in row] for row in table.rows]


def with_tables(findings: Synopsis, tables: Mapping[str, pl.DataFrame], **changed: object) -> Synopsis:
    results = replace(findings.results, tables={**findings.results.tables, **tables}, **changed)  # type: ignore[arg-type]
    return Synopsis(findings.release, results, findings.words)


def without(findings: Synopsis, *names: str) -> Synopsis:
    return with_tables(findings, {name: findings.results.table(name).clear() for name in names})


def changed(findings: Synopsis, table: str, **columns: object) -> Synopsis:
    rows = findings.results.table(table).with_columns(**{name: pl.lit(value) for name, value in columns.items()})
    return with_tables(findings, {table: rows.cast(RESULT_TABLES[table].schema())})


def told(page: Page) -> str:
    """Everything that a page says in sentences and cells."""
    said = [page.answer, page.lead, *(text for figure in page.key_figures for text in (figure.value, figure.detail))]
    for box in page.cards:
        said += [box.finding, box.note, *box.points]
        said += [
            text for table in [box.table, *(extra.table for extra in box.extras)] if table for text in _said(table)
        ]
    return plain(" ".join(said))


def _said(table: Table) -> list[str]:
    return [text for row in table.rows for cell in row for text in (cell.text, cell.more)]


# ---- The whole page


def test_it_stands_between_capacity_and_what_if_with_its_boxes_in_order(english: Synopsis) -> None:
    boxes = package(english).cards
    assert [box.key for box in boxes] == CARDS
    assert [box.key for box in boxes if box.is_folded] == FOLDED  # what a board does not read first


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("nl", "Niemand hoeft erop achteruit te gaan: wie verliest heeft € 3,1 mln nodig", "één van de twee"),
        ("en", "Everybody can be made whole: those who lose need €3.1m", "one of the two"),
    ],
)
def test_the_answer_says_whether_there_is_room_and_which_package_is_best(
    release: Release, language: Language, first: str, second: str
) -> None:
    answer = plain(package(Synopsis(release, release.scenarios[0], wording(language))).answer)
    assert answer.startswith(first)
    assert second in answer


def test_what_is_short_is_the_answer_where_the_gains_do_not_suffice(english: Synopsis) -> None:
    page = package(changed(english, "settlement_summary", short_eur=2e6, short_with_fund_eur=1.5e6))
    assert plain(page.answer).startswith(
        "Not everybody can be made whole: over all years €1.5m is short, even after the transition"
    )
    assert page.key_figures[1].tone == "loss"


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("emptied", [DEAL_TABLES, ("settlement", "settlement_risk", "break_even"), ("portfolio",)])
def test_what_is_not_there_is_said(release: Release, language: Language, emptied: tuple[str, ...]) -> None:
    findings = without(Synopsis(release, release.scenarios[0], wording(language)), *emptied)
    page = package(findings)
    assert page.answer
    assert all(box.finding or box.points for box in page.cards)


def test_a_scenario_that_was_never_settled_says_so(single: Synopsis) -> None:
    page = package(single)
    assert "too old" in page.answer
    assert [box.key for box in page.cards] == ["package"]
    assert "too old" in page.cards[0].finding


def test_without_flows_there_is_nothing_to_divide(english: Synopsis) -> None:
    page = package(without(english, "settlement", "settlement_risk", "break_even"))
    assert page.answer.startswith("There is nothing to divide: no care moves")
    assert page.key_figures == ()


def test_without_initiatives_there_is_nothing_to_choose(english: Synopsis) -> None:
    page = package(without(english, "settlement", "settlement_risk", "break_even", "initiative", "portfolio_choice"))
    assert [box.finding for box in page.cards] == ["There are no initiatives to choose from."]


def test_who_does_not_lose_needs_nothing(english: Synopsis) -> None:
    page = package(changed(english, "settlement_summary", need_with_fund_eur=0.0, need_eur=0.0))
    assert page.answer.startswith("Nobody loses by this deal")


# ---- The zone


def test_the_zone_is_drawn_without_and_with_the_fund(english: Synopsis) -> None:
    box = card(package(english), "zone")
    assert texts(box.extras[0].table) == [
        ["Without the fund", "€3.6m", "€5.7m", "€0"],
        ["With €500,000 from the fund", "€3.1m", "€5.7m", "€0"],
    ]
    assert box.picture is not None
    assert "needed €3.1m, can be given €5.7m" in plain(box.picture.alternative)
    assert len(box.picture.figure.data) == 4
    assert box.trace is not None


def test_without_a_fund_there_is_one_case_and_a_sentence(english: Synopsis) -> None:
    box = card(package(changed(english, "settlement_summary", fund_eur=0.0)), "zone")
    assert len(texts(box.extras[0].table)) == 1
    assert any("no transition fund" in point for point in box.points)


def test_a_range_is_orange_where_money_is_short_and_blue_where_there_is_room(english: Synopsis) -> None:
    cases = pl.DataFrame({"case": ["a", "b"], "need": [3.0e6, 1.0e6], "ability": [1.0e6, 2.0e6], "short": [2.0e6, 0.0]})
    figure = zone_of_agreement(cases, words=english.words)
    assert [line.line.color for line in figure.data[:2]] == ["#E69F00", "#56B4E9"]
    said = plain(" ".join(note.text for note in figure.layout.annotations))
    assert "€2.0m" in said
    assert "€1.0m</b><br>room" in said


# ---- The rules


def test_the_rules_stand_side_by_side_with_the_parties_of_the_first_page(english: Synopsis) -> None:
    box = card(package(english), "rules")
    assert box.picture is not None
    bars = [trace for trace in box.picture.figure.data if trace.type == "bar"]
    assert len(bars) == len(RULES)
    assert all(len(trace.x) <= 7 for trace in bars)
    rows = Deals(english).rule_rows.filter(pl.col("rule") == "none")
    assert rows["after_eur"].sum() == pytest.approx(sum(STAKES.values()) + 500_000)
    assert rows["members"].sum() == len(STAKES)


def test_the_rules_say_who_is_worse_off_who_would_leave_and_how_sure_it_is(english: Synopsis) -> None:
    rows = texts(card(package(english), "rules").extras[0].table)
    assert rows[0] == ["No payments between parties", "3 of 15", "€3.1m", "fewer than 1 in 20"]
    assert rows[1] == ["Losers whole first", "nobody", "no group", "8 in 10"]
    table = card(package(english), "rules").extras[0].table
    assert table is not None
    assert table.rows[0][2].more == "Maasdijk Ziekenhuis, Kreekziekenhuis, Insurer unknown"
    assert "shared equally among those it needs" in table.rows[4][0].more


def test_the_finding_names_the_rules_that_hold_or_the_one_that_comes_nearest(english: Synopsis) -> None:
    assert card(package(english), "rules").finding.startswith("Nobody is worse off than without an agreement by")
    table = english.results.table("settlement")
    below = table.with_columns(below_no_agreement=(pl.col("rule") != "shapley") | (pl.col("party") == MAASDIJK))
    finding = card(package(with_tables(english, {"settlement": below})), "rules").finding
    assert finding == (
        "No division leaves everybody whole. With ‘by who cannot be missed’ the fewest parties are worse off: 1 of 15."
    )


# ---- Who pays whom, and the risk


def test_the_payments_add_up_both_ways(english: Synopsis) -> None:
    table = card(package(english), "payments").table
    assert table is not None
    *payers, together, _ = table.rows
    for place in range(1, len(table.headings) - 1):
        assert sum(row[place].value or 0.0 for row in payers) == pytest.approx(together[place].value or 0.0)
    assert together[-2].value == pytest.approx(3_600_000)
    assert any(row[0].text == "Transition fund" for row in payers)
    assert len(payers) <= 8


def test_a_rule_without_payments_says_who_holds_the_risk(english: Synopsis) -> None:
    none = english.results.table("settlement_summary").with_columns(chosen=pl.col("rule") == "none")
    unpaid = english.results.table("settlement").with_columns(payment_eur=pl.lit(0.0), from_fund_eur=pl.lit(0.0))
    page = package(with_tables(english, {"settlement_summary": none, "settlement": unpaid}))
    assert card(page, "payments").finding == "Under this scenario's rule nobody pays another."
    risk = card(page, "risk")
    assert risk.finding.startswith("Nothing is paid: each party holds its own risk.")
    assert risk.table is not None
    assert len(risk.table.headings) == 4


def test_the_risk_says_whose_outcome_a_price_by_the_unit_makes_surer(english: Synopsis) -> None:
    box = card(package(english), "risk")
    assert "in 8 of 10 draws" in box.finding
    assert "surer for Maasdijk Ziekenhuis: a band of €1.5m instead of €3.0m" in plain(box.points[0])
    assert "Less sure becomes that of Polderzorg" in box.points[0]


def test_one_computation_tells_no_chances(english: Synopsis) -> None:
    page = package(with_tables(english, {}, draws=0))
    assert card(page, "risk").finding == "This scenario was computed once: nothing can be said about chances."
    assert texts(card(page, "rules").extras[0].table)[0][-1] == "one computation, no chance"


# ---- What each would need


def test_needs_are_by_the_moved_unit_and_tariffs_by_the_received_one(english: Synopsis) -> None:
    page = package(english)
    assert texts(card(page, "needs").table)[0][:3] == [
        "Maasdijk Ziekenhuis", "Stable atrial fibrillation to the GP", "€92.50",
    ]  # fmt: skip
    tariffs = card(page, "tariffs")
    assert tariffs.finding.startswith("Four of the 9 tariffs")
    assert texts(tariffs.table) == [
        ["Stable atrial fibrillation to the GP", "GP organisations (8)", "€24.00 to €28.00", "€26.00", "4 of 8"],
        ["Complex surgery to Delta", "Delta Topklinisch Centrum", "tariff does not matter: lump sum", "€9,000", "none"],
    ]


# ---- Packages


def test_the_frontier_rises_to_where_more_loss_brings_nothing_more(english: Synopsis) -> None:
    box = card(package(english), "frontier")
    assert plain(box.finding) == ("If nobody loses anything the best package is worth €0; without a loss cap €1.9m.")
    assert box.picture is not None
    stairs, points = box.picture.figure.data
    assert stairs.line.shape == "hv"
    assert list(points.text) == ["0 of 2: €0", "1 of 2: €700,000"]


def test_a_cap_beyond_the_figure_is_named_at_its_edge(english: Synopsis) -> None:
    points = Deals(english).frontier
    near, far = (loss_frontier(points, words=english.words, own_cap=cap, of=2) for cap in (0.005, 0.5))
    assert (len(near.layout.shapes), len(far.layout.shapes)) == (1, 0)
    assert near.layout.annotations[0].text == "this scenario's cap: 0.5%"
    assert far.layout.annotations[0].text.endswith("→")


def test_packages_tell_the_choice_the_exchange_and_what_would_have_to_give(english: Synopsis) -> None:
    page = package(english)
    assert texts(card(page, "package").table) == [["Stable atrial fibrillation to the GP", "2027", "€700,000"]]
    assert "The smallest payment that makes one: €1.9m" in plain(card(page, "exchange").finding)
    assert card(page, "exchange").points[0].startswith("Kreekziekenhuis loses")
    assert card(page, "change").finding == "All two together break two limits; this at least would have to give way:"
    assert len(card(page, "change").points) == 2


def test_packages_without_worth_or_swaps_are_said(english: Synopsis) -> None:
    nothing = english.results.table("portfolio").with_columns(net_value_eur=pl.lit(0.0))
    swapless = english.results.table("exchange_swap").clear()
    page = package(with_tables(english, {"portfolio": nothing, "exchange_swap": swapless}))
    assert card(page, "frontier").finding == "No package is worth anything, whatever the loss cap."
    assert card(page, "frontier").picture is None
    assert any("No two parties" in point for point in card(page, "exchange").points)


# ---- An agreement


def agreement(findings: Synopsis, *periods: tuple[str, str, float, float, bool]) -> Synopsis:
    """The scenario as an agreement: initiative, period, agreed and realised to date, whether that is material."""
    rows = [
        (SCENARIO, initiative, period, agreed, moved, moved - agreed, moved / agreed - 1, "estimated", 1, 1, agreed,
         moved, 0.25, material, "2027-09-30" if material else None)
        for initiative, period, agreed, moved, material in periods
    ]  # fmt: skip
    progress = pl.DataFrame(rows, schema=RESULT_TABLES["progress"].schema(), orient="row")
    filed = json.dumps({"agreed": {"release": "R1", "date": "2027-01-15"}})
    scenario = findings.results.table("scenario").with_columns(parameters=pl.lit(filed))
    return with_tables(findings, {"scenario": scenario, "progress": progress})


def test_a_proposal_has_no_progress(english: Synopsis) -> None:
    assert "progress" not in [box.key for box in package(english).cards]


def test_an_agreement_of_which_nothing_moved_yet_says_so(english: Synopsis) -> None:
    box = card(package(agreement(english)), "progress")
    assert box.finding.startswith("No period is known yet")
    assert box.points == ("Agreed on 15 January 2027, on release R1.",)


def test_progress_says_what_is_off_since_when_and_how_it_is_known(english: Synopsis) -> None:
    findings = agreement(
        english,
        (AF, "2027Q1", 100.0, 90.0, False),
        (AF, "2027Q3", 300.0, 120.0, True),
        (SURGERY, "2027Q3", 20.0, 21.0, False),
    )
    box = card(package(findings), "progress")
    assert "1 of 2 initiatives are materially off" in box.finding
    assert "40% of what was agreed, materially since 30 September 2027" in plain(box.finding)
    assert any("estimated" in point for point in box.points)
    assert len(texts(box.extras[0].table)) == 3
    figure = realised_against_agreed(Deals(findings).progress, words=english.words)
    assert list(figure.data[1].x) == pytest.approx([0.4, 1.05])
    assert list(figure.data[1].marker.color) == ["#E69F00", "#111827"]


def test_an_agreement_on_plan_says_so(dutch: Synopsis) -> None:
    box = card(package(agreement(dutch, (AF, "2027Q1", 100.0, 99.0, False))), "progress")
    assert box.finding == "Tot nu toe verschuift de zorg zoals afgesproken."
    assert box.picture is not None
    assert "volgens afspraak" in box.picture.alternative


# ---- Who accepted its own figures


def test_sources_and_how_sure_say_who_signed_and_whose_figures_changed_since(english: Synopsis) -> None:
    box = card(sources(english.release, english.results, english.words), "sign_offs")
    assert box.finding.startswith("Two parties have accepted their own baseline figures. Since then the figures")
    assert "Kreekziekenhuis" in box.finding
    assert "Maasdijk" not in box.finding  # its last signature holds
    rows = texts(box.table)
    assert [row[0] for row in rows] == ["Maasdijk Ziekenhuis", "Kreekziekenhuis", "Maasdijk Ziekenhuis"]
    assert rows[0][-1] == "the same"
    sure = card(at_the_table(english), "sure").points
    assert "Two of the 14 parties have accepted their own baseline figures. Changed since: Kreekziekenhuis." in sure


def test_without_a_signature_that_is_said(dutch: Synopsis) -> None:
    nobody = replace(dutch.release, tables=dict(dutch.release.tables, sign_off=dutch.release.table("sign_off").clear()))
    findings = Synopsis(nobody, dutch.results, dutch.words)
    assert card(sources(nobody, dutch.results, dutch.words), "sign_offs").finding.startswith("Nog geen enkele partij")
    said = "Nog geen enkele partij heeft de eigen uitgangscijfers geaccordeerd."
    assert said in card(at_the_table(findings), "sure").points


# ---- In both languages


def test_nothing_is_left_in_the_other_language(dutch: Synopsis, english: Synopsis) -> None:
    for findings, foreign in ((dutch, (" the ", " of the ")), (english, (" de ", " niet "))):
        page = package(agreement(findings, (AF, "2027Q3", 300.0, 120.0, True)))
        assert not [word for word in foreign if word in told(page).replace("De Lange", "")]
        assert "None" not in told(page)
        assert "nan" not in told(page).split()


def test_parties_of_the_deal_are_named(english: Synopsis) -> None:
    said = told(package(english))
    assert not [party for party in (MAASDIJK, DELTA, KREEK, *GPS) if party in said]


# ---- The limits in the sentence, and packages on top of each other


@pytest.mark.parametrize(
    ("portfolio", "said"),
    [
        ({"loss_cap": 0.01}, "with at most 1% of revenue lost per party a year and no extra shortage of hands"),
        (
            {"loss_cap": 0.01, "shortage_tolerance_fte": 0.5},
            "with at most 1% of revenue lost per party a year and at most 0.5 FTE of extra shortage per kind of hands",
        ),
    ],
)
def test_the_best_package_is_told_with_the_limits_within_which_it_is_best(
    english: Synopsis, portfolio: dict[str, float], said: str
) -> None:
    table = english.results.table("scenario").with_columns(parameters=pl.lit(json.dumps({"portfolio": portfolio})))
    assert said in plain(package(with_tables(english, {"scenario": table})).answer)


def test_packages_that_would_lie_on_top_of_each_other_are_one_mark(english: Synopsis) -> None:
    points = pl.DataFrame(
        {"loss_cap": [0.0, 0.00018, 0.000443, 0.000444], "value_eur": [0.0, 3.2e5, 5.1e5, 5.13e5],
         "initiatives": [0, 1, 2, 2], "own_cap": [False] * 4}
    )  # fmt: skip
    figure = loss_frontier(points, words=english.words, own_cap=0.01, of=8)
    assert [plain(text) for text in figure.data[1].text] == ["0 of 8: €0", "1 of 8: €320,000", "2 of 8: €513,000"]
    assert list(figure.data[0].y)[:4] == points["value_eur"].to_list()  # the stairs keep every step
