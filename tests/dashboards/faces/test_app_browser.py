"""The interactive face in a real browser: what an executive meets who turns something."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import looking
import pytest
from on_air import on_air
from playwright.sync_api import Browser, BrowserContext, Page
from small_release import CONTENT, HOSPITALS, SCENARIO, make_current, write_release

from dashboards.faces.app.application import application
from dashboards.faces.app.following import Following
from dashboards.faces.app.proposals import NotKeptError
from dashboards.pages import PAGES
from dashboards.what_if import query_of

pytestmark = pytest.mark.browser

PREFIX = "/regio/care/"
WITHIN_A_SECOND = 10_000  # a test never asserts a time: this only ends one that would hang
_SHARE = "initiatives.rhythm.eligible_share"


@dataclass(frozen=True)
class Site:
    """A running server, the folder it follows, and what readers kept."""

    address: str
    published: Path
    kept: dict[str, str]

    def page(self, name: str, *, language: str = "en") -> str:
        return f"{self.address}{language}/{SCENARIO}/{name}.html"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    published = tmp_path_factory.mktemp("published")
    make_current(published, write_release(published / "releases"))
    kept: dict[str, str] = {}

    def keep(name: str, text: str) -> str:
        if name in kept:
            raise NotKeptError("taken", name)
        kept[name] = text
        return f"scenarios/{name}.yaml"

    app = application(Following(published / "current", languages=("nl", "en")), prefix=PREFIX, keep=keep)
    with on_air(app) as port:
        yield Site(f"http://127.0.0.1:{port}{PREFIX}", published, kept)


class Watched:
    """A browser's page, with everything it said and asked for elsewhere."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((site.address, "data:", "blob:")) else self.asked.append(request.url)
            ),
        )

    def open(self, address: str) -> Page:
        self.page.goto(address)
        if "what-if" in address:
            self.page.wait_for_selector("#gains .main-svg")
        self.page.wait_for_function(looking.DRAWN)
        return self.page


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1366, "height": 768})
    made.set_default_timeout(WITHIN_A_SECOND)
    yield made
    made.close()


@pytest.fixture
def watched(context: BrowserContext, site: Site) -> Iterator[Watched]:
    page = context.new_page()
    yield Watched(page, site)
    page.close()


def bars(page: Page) -> list[float]:
    return page.evaluate("document.querySelector('#gains .js-plotly-plot').data[0].x")


def turn(page: Page, name: str, key: str = "ArrowRight") -> None:
    """Turns a slider by the keyboard and waits until the figure has changed."""
    before = bars(page)
    page.get_by_role("slider", name=name).focus()
    page.keyboard.press(key)
    page.wait_for_function(
        "before => JSON.stringify(document.querySelector('#gains .js-plotly-plot').data[0].x) !== before",
        arg=page.evaluate("x => JSON.stringify(x)", before),
    )


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_page_loads_quietly_and_alone(watched: Watched, site: Site, language: str) -> None:
    drawn = (page.address for page in PAGES if page.kind != "positions")  # there only where positions were handed in
    for name in [*drawn, f"party-{HOSPITALS[0]}"]:
        page = watched.open(site.page(name, language=language))
        assert page.locator("h1").inner_text(), name
        assert page.locator("html").get_attribute("lang") == language
        assert page.evaluate("document.documentElement.scrollWidth") <= 1366, name
        assert (watched.said, watched.asked) == ([], []), name


def test_a_slider_changes_the_figure_the_words_and_the_address(watched: Watched, site: Site) -> None:
    page = watched.open(site.page("what-if"))
    title, before = page.locator("h1").inner_text(), bars(page)
    for _ in range(3):
        turn(page, "Eligible share (%)")
    assert bars(page) != before
    page.wait_for_url("**?set=**")
    assert page.locator("#changes li").inner_text() == "Arrhythmia, eligible share: 30% → 33%"
    assert page.locator(".lever.changed .name").inner_text() == "Eligible share (%)"
    assert page.locator("h1").inner_text() != title
    assert watched.said == []


def test_a_link_reproduces_the_setting_and_reset_ends_it(watched: Watched, context: BrowserContext, site: Site) -> None:
    page = watched.open(site.page("what-if"))
    turn(page, "Tariff of the replacing care (€)")
    page.wait_for_url("**?set=**")
    address, shown = page.url, bars(page)
    filed_title = "Nothing changed"

    other = Watched(context.new_page(), site).open(address)
    assert bars(other) == pytest.approx(shown)
    assert other.get_by_role("slider", name="Tariff").get_attribute("aria-valuenow") == "27"
    other.get_by_role("link", name="Back to the scenario as filed").click()
    other.wait_for_selector("#gains .main-svg")
    assert filed_title in other.locator("#changes").inner_text()
    assert other.url == site.page("what-if")
    other.close()


def test_the_other_pages_and_the_other_language_are_under_the_same_setting(watched: Watched, site: Site) -> None:
    page = watched.open(site.page("what-if") + query_of([f"{_SHARE}=[0.5, 0.6, 0.7]"]))
    page.locator("header").get_by_role("link", name="Nederlands").click()
    page.wait_for_selector("#gains .main-svg")
    assert "30 % → 60 %" in page.locator("#changes").inner_text().replace("\u00a0", " ")
    page.locator("header").get_by_role("link", name="Aan tafel").click()
    page.wait_for_function(looking.DRAWN)
    assert "wat als: één wijziging" in page.locator("header").inner_text()
    page.locator("header").get_by_role("link", name="Wat als").click()
    page.wait_for_selector("#gains .main-svg")
    assert "30 % → 60 %" in page.locator("#changes").inner_text().replace("\u00a0", " ")


def test_contracts_and_hands_can_be_supposed(watched: Watched, site: Site) -> None:
    page = watched.open(site.page("what-if"))
    page.get_by_text("Form of contract").click()
    before = bars(page)
    page.get_by_role("radiogroup", name="Noordziekenhuis").get_by_label("lump sum").check()
    page.wait_for_function(
        "before => JSON.stringify(document.querySelector('#gains .js-plotly-plot').data[0].x) !== before",
        arg=page.evaluate("x => JSON.stringify(x)", before),
    )
    page.locator("summary", has_text="Capacity").click()
    page.get_by_role("slider", name="% of today").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("Two changes").wait_for()
    assert "101% of today" in page.locator("#changes").inner_text()


def test_an_impossible_setting_is_told_and_the_figures_stay(watched: Watched, site: Site) -> None:
    nearly = [f"{_SHARE}=0.99", "initiatives.rhythm.uptake.maximum=1", "initiatives.rhythm.returns=0"]
    page = watched.open(site.page("what-if") + query_of(nearly))
    before = bars(page)
    page.get_by_role("slider", name="Eligible share (%)").focus()
    page.keyboard.press("ArrowRight")
    alert = page.locator("#fault")
    alert.get_by_text("relative_intensity").wait_for()
    told = alert.inner_text()
    assert all(part in told.lower() for part in ("found", "expected", "relative_intensity")), told
    assert "Traceback" not in told
    assert bars(page) == before
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => document.getElementById('fault').textContent === ''")


def test_an_address_with_a_fault_opens_the_scenario_as_filed_and_says_so(watched: Watched, site: Site) -> None:
    page = watched.open(site.page("what-if") + query_of([f"{_SHARE}=7"]))
    assert "between 0 and 1" in page.locator("#fault").inner_text()
    assert "Nothing changed" in page.locator("#changes").inner_text()


def test_a_typed_number_is_taken_on_enter_and_told_with_its_unit(watched: Watched, site: Site) -> None:
    page = watched.open(site.page("what-if"))
    slider = page.get_by_role("slider", name="Eligible share (%)")
    assert slider.get_attribute("aria-valuetext") == "30%"
    before = bars(page)
    page.get_by_role("spinbutton", name="Eligible share (%)").fill("45")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "before => JSON.stringify(document.querySelector('#gains .js-plotly-plot').data[0].x) !== before",
        arg=page.evaluate("x => JSON.stringify(x)", before),
    )
    assert "30% → 45%" in page.locator("#changes").inner_text().replace("\u00a0", " ")
    assert slider.get_attribute("aria-valuetext") == "45%"
    assert page.evaluate("document.activeElement.type") == "number"


def test_a_figure_of_a_setting_says_what_was_changed(watched: Watched, site: Site) -> None:
    page = watched.open(site.page("what-if") + query_of([f"{_SHARE}=0.6"]))
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download the figure (SVG)").first.click()
    said = " ".join(ET.parse(taken.value.path()).getroot().itertext()).replace("\u00a0", " ")
    assert "30% → 60%" in said
    assert "release" in said


def test_a_setting_is_taken_along_and_kept_under_a_new_name_only(watched: Watched, site: Site) -> None:
    page = watched.open(site.page("what-if"))
    turn(page, "Eligible share (%)")
    page.get_by_label("Short name").fill("More Care")
    page.get_by_role("button", name="Download (YAML)").click()
    page.get_by_text("Choose another name").wait_for()
    page.get_by_label("Short name").fill("more-care")
    page.get_by_label("Title").fill("More care")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download (YAML)").click()
    page.get_by_role("button", name="Propose to whoever runs the region").click()
    page.get_by_text("Kept as scenarios/more-care.yaml").wait_for()
    page.get_by_role("button", name="Propose to whoever runs the region").click()
    page.get_by_text("never overwritten").wait_for()

    assert taken.value.suggested_filename == "more-care.yaml"
    assert Path(taken.value.path()).read_text(encoding="utf-8") == site.kept["more-care"]
    assert "0.31" in site.kept["more-care"]


def test_an_open_page_follows_a_new_release(watched: Watched, site: Site) -> None:
    before = (site.published / "current").resolve()
    page = watched.open(site.page("what-if"))
    newer = write_release(site.published / "releases", name="20261124T060000Z-0000000f", scenario=CONTENT | {"seed": 9})
    try:
        make_current(site.published, newer)
        turn(page, "Eligible share (%)")
        page.get_by_text(f"A new release was published ({newer.name})").wait_for()
        page.locator("#rests").get_by_text(newer.name).wait_for()
    finally:
        make_current(site.published, before)


def test_on_a_narrow_screen_the_answer_comes_before_the_controls(browser: Browser, site: Site) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    Watched(page, site).open(site.page("what-if", language="nl"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 391
    answer, controls = page.locator("#answer").bounding_box(), page.locator("#settings").bounding_box()
    assert answer["y"] < controls["y"]
    page.close()
