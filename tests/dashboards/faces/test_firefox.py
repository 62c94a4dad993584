"""Five pages in Firefox, which some boards have: drawn, nothing beyond the edge, findings as headings, by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import firefox
import looking
import pytest
from fake_release import MAASDIJK, SCENARIO

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(firefox.program() is None, reason="no Firefox on this machine: apt-get install firefox-esr"),
]
PAGES = ("at-the-table", f"party-{MAASDIJK}", "departments", "capacity", "package")
TAB, ENTER = "\ue004", "\ue007"
_BEYOND = """const edge = document.documentElement.clientWidth;
return [...document.querySelectorAll('body *')].filter(one => {
    const place = one.getBoundingClientRect();
    return place.width && place.right > edge + 1 && !one.closest('.scroll, .plot-scroll, .skip');
}).map(one => one.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[firefox.Firefox]:
    found = firefox.program()
    assert found is not None
    with firefox.running(found, tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_stands_in_firefox(opened: firefox.Firefox, bundle: Path, name: str, language: str) -> None:
    opened.resize(1366, 768)
    opened.open(bundle / f"{language}/{SCENARIO}/{name}.html", drawn=looking.DRAWN)
    assert opened.run("return document.querySelector('h1').textContent.trim()")
    assert opened.run("return [...document.querySelectorAll('.undrawn')].every(told => told.hidden)")
    assert opened.run(_BEYOND) == []
    findings = "return [...document.querySelectorAll('.finding')].every(one => one.tagName === 'H2')"
    assert opened.run(findings)
    opened.resize(500, 844)
    assert opened.run(_BEYOND) == []


def test_the_keyboard_skips_to_the_content_and_opens_what_is_folded(opened: firefox.Firefox, bundle: Path) -> None:
    opened.resize(1366, 768)
    opened.open(bundle / f"en/{SCENARIO}/capacity.html", drawn=looking.DRAWN)
    opened.press(TAB)
    assert opened.run("return document.activeElement.className") == "skip"
    opened.run("document.querySelector('details.folded > summary').focus()")
    opened.press(ENTER)
    assert opened.run("return document.querySelector('details.folded').open") is True
    assert opened.run("return document.querySelectorAll('details.folded .tiles td').length > 0") is True
