"""How a page is looked at in a browser: when it stands, what is cut off, what axe-core finds, where pictures stay."""

from contextlib import suppress
from importlib.resources import files
from pathlib import Path

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as TooLateError

PICTURES = Path(__file__).parents[2] / "build" / "screenshots"
"""For a person to look at: nothing is compared."""
DESKTOP = {"width": 1366, "height": 768}
ZOOMED = {"width": 640, "height": 400}
"""A window of 1280 by 800 at 200 %."""
PHONE = {"width": 390, "height": 844}
DRAWN = """() => [...document.querySelectorAll('.plot')].every(
    box => box.closest('details:not([open])') || box.querySelector('.main-svg'))"""
_FITTED = """() => [...document.querySelectorAll('.js-plotly-plot')].every(
    drawn => Math.abs(drawn._fullLayout.width - drawn.clientWidth) < 2)"""
CUT_OFF = """() => [...document.querySelectorAll('.plot')].flatMap(box => {
    const frame = box.getBoundingClientRect();
    return [...box.querySelectorAll('text')].filter(text => {
        const place = text.getBoundingClientRect();
        return place.width && (place.left < frame.left - 2 || place.right > frame.right + 2
            || place.top < frame.top - 2 || place.bottom > frame.bottom + 2);
    }).map(text => text.textContent);
})"""
_BEYOND = """() => [...document.querySelectorAll('body *')].filter(one => {
    const place = one.getBoundingClientRect();
    return place.width && place.right > document.documentElement.clientWidth + 1
        && !one.closest('.scroll, .plot-scroll, .skip');
}).map(one => one.outerHTML.slice(0, 120))"""
_OPENED = "document.querySelectorAll('main details').forEach(box => { box.open = true; })"
_CLOSED = "document.querySelectorAll('main details:not([data-was])').forEach(box => { box.open = false; })"
_REMEMBERED = "document.querySelectorAll('main details[open]').forEach(box => { box.dataset.was = 'open'; })"
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
_FOUND = """async rules => (await axe.run(document, {resultTypes: ['violations'], runOnly: rules})).violations.flatMap(
    fault => fault.nodes.map(node => `${fault.impact} ${fault.id}: ${node.html.slice(0, 160)}`))"""


def open_all(page: Page) -> None:
    """Opens every box that opens, and waits for its figures; `close_all` brings back what was."""
    page.evaluate(_REMEMBERED)
    page.evaluate(_OPENED)
    page.wait_for_function(DRAWN)


def close_all(page: Page) -> None:
    page.evaluate(_CLOSED)


def found_by_axe(page: Page, *rules: str) -> list[str]:
    """What shuts people out, by axe-core: all rules of WCAG 2.2 A and AA and its own advice, or the named ones."""
    page.evaluate(_AXE)
    return page.evaluate(_FOUND, list(rules or _RULES))


def resized(page: Page, size: dict[str, int]) -> list[str]:
    """What does not fit in a window of another size: the page itself, what lies beyond its edge, words of figures."""
    page.set_viewport_size(size)
    page.wait_for_function(_FITTED)
    with suppress(TooLateError):  # a Sankey diagram takes half a second to move its words to their new places
        page.wait_for_function(f"() => ({CUT_OFF})().length === 0", timeout=2000)
    wide = page.evaluate("document.documentElement.scrollWidth")
    sideways = [f"{wide} px wide in a window of {size['width']}"] if wide > size["width"] + 1 else []
    return sideways + page.evaluate(_BEYOND) + page.evaluate(CUT_OFF)


def kept(name: str) -> Path:
    """Where a picture is kept."""
    path = PICTURES / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
