"""The rules of the pages, read from the pages of an invented, a computed and random releases, in both languages."""

import re
from importlib import import_module

import polars as pl
import pytest
from random_release import random_release
from small_release import DATABASE, write_release

from dashboards.data import Release, read_release
from dashboards.pages import PageRef, make_page
from dashboards.pages.page import Card, Page
from dashboards.telling.fit import Fit
from dashboards.telling.interests import Clashes, Speech
from dashboards.telling.paths import Paths
from dashboards.telling.shortages import Shortages
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import LANGUAGES, wording

KINDS = ("at_the_table", "no_agreement", "interests", "compare")
_EURO = re.compile(r"€")
_YEAR = re.compile(r"\b20\d\d\b")


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return read_release(write_release(tmp_path_factory.mktemp("computed")) / DATABASE)


@pytest.fixture(scope="module", params=["invented", "computed", *range(3)])
def any_release(request: pytest.FixtureRequest, release: Release, computed: Release) -> Release:
    """The invented release, a computed one, and three random regions."""
    if isinstance(request.param, int):
        return random_release(release, seed=request.param)
    return release if request.param == "invented" else computed


def pages(release: Release) -> list[tuple[Synopsis, Page]]:
    found = []
    for results in release.scenarios:
        for language in LANGUAGES:
            findings = Synopsis(release, results, wording(language))
            found += [(findings, make_page(findings, PageRef(kind))) for kind in KINDS]  # type: ignore[arg-type]
    return found


def cards(page: Page) -> dict[str, Card]:
    return {card.key: card for card in page.cards}


def test_every_amount_in_a_title_is_of_a_year(any_release: Release) -> None:
    for _, page in pages(any_release):
        for clause in re.split(r"[.;] ", page.answer):
            assert not _EURO.search(clause) or _YEAR.search(clause), (page.ref.kind, clause)


def test_every_clash_tension_and_meeting_names_the_year_of_its_euro(any_release: Release) -> None:
    """Of many parties the years differ: then it says that each has its own."""
    own_year = {"nl": "ieder in", "en": "each"}
    for findings, page in pages(any_release):
        boxes = [card for key, card in cards(page).items() if key.startswith(("clash", "meet", "tension"))]
        for clause in (clause for card in boxes for point in card.points for clause in point.split("; ")):
            told = _YEAR.search(clause) or own_year[findings.words.language] in clause
            assert not _EURO.search(clause) or told, clause


def test_two_futures_share_a_zero_and_show_the_party_of_their_title(any_release: Release) -> None:
    for _, page in pages(any_release):
        box = cards(page).get("without")
        if box is None or box.picture is None:
            continue
        layout = box.picture.figure.layout
        ranges = {axis.range for name in layout if name.startswith("yaxis") for axis in [layout[name]]}
        assert len(ranges) == 1
        low, high = next(iter(ranges))
        assert low <= 0 <= high
        titles = " ".join(note.text.replace("<br>", " ") for note in layout.annotations)
        assert any(name in box.finding for name in re.findall(r"<b>(.*?)</b>", titles))


def test_the_losers_that_are_counted_are_the_rows_that_show_it(any_release: Release) -> None:
    for findings, page in pages(any_release):
        if page.ref.kind != "interests" or not page.key_figures:
            continue
        table = (
            cards(page)["interests"].extras[0].table
            if cards(page)["interests"].extras
            else cards(page)["interests"].table
        )
        assert table is not None
        losing = [row for row in table.rows if any(cell.tone == "loss" for cell in row)]
        assert page.key_figures[0].value == findings.words.numbers.number(len(losing))


def test_the_pairs_of_the_interests_are_those_of_the_first_page(any_release: Release) -> None:
    for findings, page in pages(any_release):
        if page.ref.kind != "at_the_table" or "clash" not in cards(page):
            continue
        clashes, speech = Clashes(findings), Speech(findings.words, base_year=findings.results.base_year)
        told = {speech.clash(pair) for pair in clashes.pairs(clashes.clashes)}
        of_pairs = [point for point in cards(page)["clash"].points if point in told]
        assert len(of_pairs) == min(3, clashes.clashes["initiative"].n_unique())


def test_a_remainder_at_the_table_nets_no_loser_against_a_gainer(any_release: Release) -> None:
    """What lasts in the rows that are shown is, sign by sign, what lasts for all parties of the table behind them."""
    for findings, page in pages(any_release):
        box = cards(page).get("gains")
        if page.ref.kind != "at_the_table" or box is None or box.table is None or not findings.known.money:
            continue
        every = box.extras[0].table
        assert every is not None
        for sign in (-1, 1):
            shown, behind = (
                sum(max(0.0, sign * (row[4].value or 0.0)) for row in table.rows) for table in (box.table, every)
            )
            assert shown == pytest.approx(behind)


def test_nothing_is_said_that_the_draws_cannot_tell(any_release: Release) -> None:
    """Whoever a title says to lose money in its worst year loses in nine of ten draws; a function needs no draws."""
    for findings, page in pages(any_release):
        if page.ref.kind != "at_the_table":
            continue
        rows = findings.once(Paths).parties.filter(pl.col("functions").list.len() == 0)
        unsettled = rows.filter(pl.col("worst_high") > 0)["name"].to_list()
        loses = {"nl": "levert in", "en": "loses"}[findings.words.language]
        assert not any(f"{name} {loses}" in f"{page.answer} {page.lead}" for name in unsettled)


def test_what_fits_is_the_same_share_on_the_first_page_and_on_capacity(any_release: Release) -> None:
    """Both are the release's own: recipients' mean shares do not add up to it where room decides who gets how much."""
    for results in any_release.scenarios:
        findings = Synopsis(any_release, results, wording("en"))
        first = Fit(findings).initiatives.drop_nulls("share").select("initiative", "share")
        capacity = Shortages(findings).feasible.select("initiative", "share")
        both = first.join(capacity, on="initiative", suffix="_there")
        assert both["share"].to_list() == both["share_there"].to_list()
        assert (
            capacity.height
            <= first.height
            == results.table("feasible_share")
            .filter(
                pl.col("recipient").is_null(),
                pl.col("year") == results.horizon,
                pl.col("initiative").is_in(first["initiative"].to_list()),
            )
            .height
        )


def test_a_figure_of_what_fits_leaves_no_single_initiative_out(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is left takes as much room as the remark that it is left."""
    monkeypatch.setattr(import_module("dashboards.pages.capacity"), "SHOWN", 1)
    findings = Synopsis(release, release.scenarios[0], wording("en"))
    picture = cards(make_page(findings, PageRef("capacity")))["feasible"].picture
    assert picture is not None
    assert len(picture.figure.data[0]["x"]) == Shortages(findings).feasible.height == 2
