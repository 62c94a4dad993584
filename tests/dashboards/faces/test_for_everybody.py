"""Every page of both faces for everybody: axe-core, at 200 %, on a phone, by keyboard; pictures are kept to look at."""

from collections.abc import Callable, Iterator
from pathlib import Path

import fake_release
import looking
import pytest
import small_release
from playwright.sync_api import Browser, Page

from dashboards.pages import PAGES

pytestmark = pytest.mark.browser

EVERYWHERE = [page.address for page in PAGES if page.kind != "positions"]
"""The pages that every release has; *What they want* is there only where positions were handed in."""
STATIC = [*EVERYWHERE, f"party-{fake_release.MAASDIJK}", "party-3311", "party-41000001", "department-0320"]
SERVED = [*EVERYWHERE, f"party-{small_release.HOSPITALS[0]}"]
_FOCUSED = """() => {
    const one = document.activeElement, style = getComputedStyle(one), place = one.getBoundingClientRect();
    const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    return {what: one.outerHTML.slice(0, 100), seen: place.width > 0 && place.height > 0 && ring,
        over: one === document.body};
}"""


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens an address in a window of a laptop."""
    context = browser.new_context(viewport=looking.DESKTOP)
    page = context.new_page()

    def open_(address: str) -> Page:
        page.set_viewport_size(looking.DESKTOP)
        page.goto(address)
        if address.startswith("http") and "what-if" in address:
            page.wait_for_selector("#gains .main-svg")
        page.wait_for_function(looking.DRAWN)
        return page

    yield open_
    context.close()


def faults_of(page: Page, name: str) -> list[str]:
    """Everything that is wrong with a page, at three sizes; leaves a picture of two and a print."""
    page.screenshot(path=looking.kept(f"{name}-desktop.png"), full_page=True)
    page.pdf(path=looking.kept(f"{name}-print.pdf"), prefer_css_page_size=True, print_background=True)
    looking.open_all(page)
    faults = looking.found_by_axe(page)
    looking.close_all(page)
    faults += looking.resized(page, looking.ZOOMED)
    faults += looking.resized(page, looking.PHONE)
    page.screenshot(path=looking.kept(f"{name}-phone.png"), full_page=True)
    looking.open_all(page)
    return faults + looking.found_by_axe(page, "scrollable-region-focusable", "target-size")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_page_of_the_bundle_is_for_everybody(opened, bundle: Path, language: str) -> None:
    folder = bundle / language / fake_release.SCENARIO
    faults = {
        name: faults_of(opened((folder / f"{name}.html").as_uri()), f"bundle/{language}/{name}") for name in STATIC
    }
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_served_page_is_for_everybody(opened, served: str, language: str) -> None:
    folder = f"{served}{language}/{small_release.SCENARIO}"
    faults = {name: faults_of(opened(f"{folder}/{name}.html"), f"served/{language}/{name}") for name in SERVED}
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize("name", STATIC)
def test_the_keyboard_sees_where_it_is_from_the_content_on(opened, bundle: Path, name: str) -> None:
    page = opened((bundle / f"nl/{fake_release.SCENARIO}/{name}.html").as_uri())
    passed_by(page)


def test_the_keyboard_sees_where_it_is_among_the_controls_of_what_if(opened, served: str) -> None:
    page = opened(f"{served}nl/{small_release.SCENARIO}/what-if.html")
    assert passed_by(page) > 20


def passed_by(page: Page) -> int:
    """Skips to the content, then passes by everything that takes the focus, once; returns how much that was."""
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main, footer') !== null")
    for number in range(1, 200):
        now = page.evaluate(_FOCUSED)
        if now["over"]:
            return number
        assert now["seen"], now["what"]
        page.keyboard.press("Tab")
    raise AssertionError("the keyboard does not get out")


def test_what_a_party_takes_home_is_in_letters_of_ten_points(opened, bundle: Path) -> None:
    """Of the page's own letters, and of those in its figures, which are drawn anew for the width of the sheet."""
    page = opened((bundle / f"nl/{fake_release.SCENARIO}/party-{fake_release.MAASDIJK}.html").as_uri())
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    zoom = float(page.evaluate("getComputedStyle(document.body).zoom"))
    smallest, figures = page.evaluate(
        """() => {
            const says = one => [...one.childNodes].some(text => text.nodeType === 3 && text.data.trim());
            const shown = [...document.querySelectorAll('main *')].filter(one =>
                one.getClientRects().length && says(one) && !one.closest('.plot'));
            const letters = shown.map(one => parseFloat(getComputedStyle(one).fontSize));
            const drawn = [...document.querySelectorAll('.js-plotly-plot')].filter(box => box.getClientRects().length);
            return [Math.min(...letters), drawn.map(box => box.clientWidth / box._fullLayout.width)];
        }"""
    )
    assert smallest * zoom >= 0.92 * 10 / 0.75  # a table's second lines are 13 px on the screen
    assert figures
    assert min(figures) >= 0.97
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert page.locator(".off-paper, .paper-more").count() == 0


def test_the_sheet_of_the_table_is_in_letters_of_nine_points_and_says_what_it_leaves(opened, bundle: Path) -> None:
    page = opened((bundle / f"nl/{fake_release.SCENARIO}/at-the-table.html").as_uri())
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    zoom = float(page.evaluate("getComputedStyle(document.body).zoom"))
    smallest = page.evaluate(
        """() => Math.min(...[...document.querySelectorAll('main td, main th, main li, main h2')]
            .filter(one => one.getClientRects().length).map(one => parseFloat(getComputedStyle(one).fontSize)))"""
    )
    assert smallest * zoom * 0.75 >= 9 - 1e-9
    for key in ("plan", "clash", "gains"):
        assert page.locator(f"#{key}").is_visible(), key
    left = page.locator(".off-paper .kicker").all_inner_texts()
    assert all(text.lower() in page.locator(".paper-more").inner_text().lower() for text in left)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_on_a_phone_a_row_has_its_value_above_its_bar(opened, bundle: Path, language: str) -> None:
    """Whether it was opened there or turned to it: name and value on the screen, the bar as wide as the figure."""
    page = opened((bundle / f"{language}/{fake_release.SCENARIO}/party-{fake_release.MAASDIJK}.html").as_uri())
    box = page.locator("#hands .plot")
    tall = box.bounding_box()["height"]
    assert looking.resized(page, looking.PHONE) == []
    page.wait_for_function("document.querySelector('#hands .plot')._fullLayout.margin.l < 20")
    assert box.bounding_box()["height"] > tall
    places = box.locator(".annotation-text").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(place => [place.left, place.right])"
    )
    assert places
    assert all(left >= 0 and right <= looking.PHONE["width"] for left, right in places)
    page.set_viewport_size(looking.DESKTOP)
    page.wait_for_function("document.querySelector('#hands .plot')._fullLayout.margin.l > 20")
