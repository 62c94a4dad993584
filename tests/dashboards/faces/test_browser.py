"""The static bundle in a real browser, opened from disk: what a board member meets."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import looking
import paper
import pytest
from fake_release import MAASDIJK, RELEASE, SCENARIO
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

pytestmark = pytest.mark.browser


class Watched:
    """A page of the bundle, with everything it said and asked for."""

    def __init__(self, page: Page, bundle: Path) -> None:
        self.page = page
        self.bundle = bundle
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", self._noted)

    def open(self, name: str) -> Page:
        self.page.goto((self.bundle / name).as_uri())
        self.page.wait_for_function(looking.DRAWN)
        return self.page

    def _heard(self, message: ConsoleMessage) -> None:
        self.said.append(f"{message.type}: {message.text}")

    def _noted(self, request: Request) -> None:
        if not request.url.startswith(("file:", "data:")):
            self.asked.append(request.url)


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport=looking.DESKTOP)
    yield made
    made.close()


@pytest.fixture
def watched(context: BrowserContext, bundle: Path) -> Iterator[Watched]:
    page = context.new_page()
    yield Watched(page, bundle)
    page.close()


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_page_draws_itself_quietly_and_alone(watched: Watched, bundle: Path, language: str) -> None:
    for path in sorted((bundle / language).rglob("*.html")):
        name = str(path.relative_to(bundle))
        page = watched.open(name)
        assert page.locator("h1").inner_text(), name
        assert page.evaluate("document.documentElement.scrollWidth") <= looking.DESKTOP["width"], name
        assert page.evaluate(looking.CUT_OFF) == [], name
        assert (watched.said, watched.asked) == ([], []), name


def test_the_index_answers_at_once(watched: Watched) -> None:
    page = watched.open("index.html")
    assert "Maasdijk Ziekenhuis verliest" in page.locator("h1").inner_text()
    plan, first = page.locator("#plan table").bounding_box(), page.locator("#gains h2").bounding_box()
    assert plan is not None
    assert first is not None
    for box in (plan, first):  # what is proposed, whether it fits, and how many lose: without scrolling
        assert box["y"] + box["height"] <= looking.DESKTOP["height"]


@pytest.mark.parametrize(
    ("language", "kicker", "verb"),
    [("nl", "WAAR BELANGEN BOTSEN", "botsen"), ("en", "WHERE INTERESTS CLASH", "Interests clash")],
)
def test_where_interests_clash_is_told_in_three_sentences(
    watched: Watched, language: str, kicker: str, verb: str
) -> None:
    box = watched.open(f"{language}/{SCENARIO}/at-the-table.html").locator(".kind-clash")
    assert box.locator(".kicker").inner_text() == kicker
    told = box.locator("ul.points li").all_inner_texts()
    assert len(told) == 3
    assert verb in told[0]
    assert all(sentence.endswith(".") for sentence in told)
    box.locator("summary").click()
    assert set(told) <= set(box.locator("tbody th").all_inner_texts())


def test_the_language_switch_keeps_the_reader_on_the_page(watched: Watched) -> None:
    page = watched.open(f"nl/{SCENARIO}/party-{MAASDIJK}.html")
    page.get_by_role("link", name="English").click()
    assert page.url.endswith(f"en/{SCENARIO}/party-{MAASDIJK}.html")
    assert page.locator("html").get_attribute("lang") == "en"
    assert "loses" in page.locator("h1").inner_text()


def test_the_alternative_and_the_sources_are_one_click_away(watched: Watched) -> None:
    page = watched.open("index.html")
    page.get_by_role("link", name="Zonder akkoord?").click()
    assert page.locator("h1").inner_text().startswith("Zonder akkoord")
    page.get_by_role("link", name="Bronnen").click()
    assert page.get_by_role("table").count() > 4


def test_another_scenario_shows_the_same_page(watched: Watched) -> None:
    page = watched.open(f"en/{SCENARIO}/at-the-table.html")
    page.get_by_text("Other scenario").click()
    page.get_by_role("link", name="One computation").click()
    assert page.locator("h1").inner_text().startswith("No party loses")


def test_a_keyboard_reaches_everything(watched: Watched) -> None:
    page = watched.open(f"en/{SCENARIO}/at-the-table.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Go to the content"
    reached = set()
    for _ in range(90):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent"))
    wanted = {"Other scenario", "No agreement?", "Sources", "Nederlands", "All parties (15)", "Print"}
    assert wanted <= reached
    page.get_by_text("All parties (15)").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(looking.DRAWN)
    assert page.get_by_role("link", name="Kreekziekenhuis").is_visible()


def test_escape_closes_the_choice_of_scenarios(watched: Watched) -> None:
    page = watched.open(f"en/{SCENARIO}/at-the-table.html")
    page.get_by_text("Other scenario").click()
    assert page.get_by_role("link", name="One computation").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("link", name="One computation").is_visible()


def test_figures_have_a_name_that_states_the_finding(watched: Watched) -> None:
    page = watched.open(f"nl/{SCENARIO}/at-the-table.html")
    names = page.get_by_role("img").evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    assert len(names) >= 3
    assert any("Delta Topklinisch Centrum" in name and "fte" in name for name in names)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_agreement_is_one_sheet_of_paper(watched: Watched, language: str) -> None:
    page = watched.open(f"{language}/{SCENARIO}/no-agreement.html")
    assert paper.sizes(page.pdf(prefer_css_page_size=True, print_background=True)) == [(297, 210)]


def test_a_party_tells_its_story_to_the_keyboard_and_leads_to_its_page(watched: Watched) -> None:
    page = watched.open(f"en/{SCENARIO}/interests.html")
    story = page.locator("#interests summary", has_text="Maasdijk Ziekenhuis").first
    story.focus()
    page.keyboard.press("Enter")
    told = page.locator("#interests details.story[open] li").all_inner_texts()
    assert told[0].startswith("Maasdijk Ziekenhuis loses")
    page.get_by_role("link", name="To its own page").first.click()
    assert page.url.endswith(f"/party-{MAASDIJK}.html")


@pytest.mark.parametrize(
    ("language", "row"),
    [
        ("nl", "Huisartsenorganisaties (8);0;0;0;0,53"),
        ("en", "GP organisations (8),0,0,0,0.53"),
    ],
)
def test_a_table_can_be_taken_along_as_the_language_writes_numbers(watched: Watched, language: str, row: str) -> None:
    page = watched.open(f"{language}/{SCENARIO}/capacity.html")
    page.locator("details.folded > summary").click()
    button = page.locator('[id="resource:practice_nurse_hours"] button.download').first
    with page.expect_download() as kept:
        button.click()
    text = Path(kept.value.path()).read_text("utf-8-sig")
    assert kept.value.suggested_filename.startswith(f"{SCENARIO}_capacity_{RELEASE}_")
    assert row in text
    assert len(text.splitlines()) == 2


@pytest.mark.parametrize(
    ("language", "title", "row"),
    [
        ("nl", "KAN IEDERS VERLIES WORDEN GOEDGEMAAKT?", "Met € 500.000 uit het fonds;3100000;5650000;0"),
        ("en", "CAN EVERYBODY BE MADE WHOLE?", '"With €500,000 from the fund",3100000,5650000,0'),
    ],
)
def test_the_package_answers_draws_and_can_be_taken_along(
    watched: Watched, language: str, title: str, row: str
) -> None:
    page = watched.open(f"{language}/{SCENARIO}/package.html")
    assert page.locator("#zone .kicker").inner_text() == title
    assert page.locator("#rules .plot .bars .points path, #rules .plot .barlayer path").count() >= 25
    page.locator("#zone summary").first.click()
    with page.expect_download() as kept:
        page.locator("#zone button.download").first.click()
    assert row in Path(kept.value.path()).read_text("utf-8-sig").replace("\u00a0", " ").replace("\u2060", "")
    assert (watched.said, watched.asked) == ([], [])


@pytest.mark.parametrize(
    ("language", "title", "source"),
    [
        (
            "nl",
            "Zonder akkoord verandert het resultaat van Delta",
            "uitgave 20261121T060000Z-ab12cd34 · Demonstratieregio",
        ),
        ("en", "Without an agreement the result of Delta", "release 20261121T060000Z-ab12cd34 · Demonstration region"),
    ],
)
def test_a_figure_is_taken_along_with_its_title_and_its_source(
    watched: Watched, language: str, title: str, source: str
) -> None:
    page = watched.open(f"{language}/{SCENARIO}/at-the-table.html")
    taken = {}
    for kind in ("SVG", "PNG"):
        with page.expect_download() as kept:
            page.locator("#without .pictures button", has_text=kind).click()
        taken[kind] = kept.value
    drawing = ET.parse(taken["SVG"].path()).getroot()
    lines = [" ".join(part.itertext()) for part in drawing.findall("{http://www.w3.org/2000/svg}text")]
    assert " ".join(lines).startswith(title)
    assert source in " ".join(lines)
    assert "Maasdijk Ziekenhuis" in " ".join(drawing.itertext())
    assert float(drawing.get("height")) > float(drawing.find(".//{http://www.w3.org/2000/svg}svg").get("height"))
    assert taken["SVG"].suggested_filename == f"{SCENARIO}_at-the-table_{RELEASE}_without_2.svg"
    points = Path(taken["PNG"].path()).read_bytes()
    assert points[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(points[16:20]) == 2 * int(float(drawing.get("width")))
    assert (watched.said, watched.asked) == ([], [])


def test_what_was_found_is_the_heading_and_its_topic_a_label(watched: Watched) -> None:
    page = watched.open(f"en/{SCENARIO}/at-the-table.html")
    assert page.locator("#gains h2").inner_text().startswith("One party loses more than")
    assert page.locator("#gains p.kicker").inner_text() == "WHAT IT COSTS AND BRINGS EACH"


def test_a_name_that_is_taken_along_is_no_formula(watched: Watched) -> None:
    page = watched.open(f"nl/{SCENARIO}/package.html")
    page.locator("#zone summary").first.click()
    page.evaluate("() => { document.querySelector('#zone tbody th').textContent = '=HYPERLINK(\"x\")'; }")
    with page.expect_download() as kept:
        page.locator("#zone button.download").first.click()
    (named,) = [line for line in Path(kept.value.path()).read_text("utf-8-sig").splitlines() if "HYPERLINK" in line]
    assert named.startswith('"\'=HYPERLINK(""x"")"')


def test_a_figure_leads_to_its_deliveries_and_assumptions(watched: Watched) -> None:
    page = watched.open(f"en/{SCENARIO}/flows.html")
    page.locator("#map details.trace summary").click()
    assert "Release 20261121T060000Z-ab12cd34" in page.locator("#map details.trace").inner_text()
    page.locator("#map details.trace a").last.click()
    assert page.url.endswith("sources.html#assumptions")
    assert page.locator("#assumptions .kicker").inner_text() == "PARAMETERS AND EVIDENCE"


def test_a_browser_that_cannot_unpack_says_so_and_keeps_the_tables(browser: Browser, bundle: Path) -> None:
    page = browser.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto((bundle / f"en/{SCENARIO}/flows.html").as_uri())
    assert "browser of 2023 or later" in page.locator(".undrawn").inner_text()
    page.get_by_text("Table behind this figure").first.click()
    assert page.get_by_role("cell", name="GP organisations (8)").first.is_visible()
    page.close()
