"""What keeps other pages out: who may ask, what a browser is told, and that our own pages stand under those rules."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, ConsoleMessage, Page
from small_release import HOSPITALS, SCENARIO, make_current, write_release

from dashboards.faces.app.application import application
from dashboards.faces.app.following import Following
from dashboards.pages import PAGES
from dashboards.words.wording import LANGUAGES, wording

PREFIX = "/care/"
WHAT_IF = f"{PREFIX}nl/{SCENARIO}/what-if.html"
PARTY = f"nl/{SCENARIO}/party-{HOSPITALS[0]}"
CALLBACK = f"{PREFIX}_dash-update-component"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    published = tmp_path_factory.mktemp("gate")
    make_current(published, write_release(published / "releases"))
    following = Following(published / "current", languages=("nl", "en"))
    return application(following, prefix=PREFIX, hosts=("care.example.org",)).test_client()


# ---- headers ----


@pytest.mark.parametrize("path", [PREFIX, WHAT_IF, f"{PREFIX}assets/page.css", f"{PREFIX}nowhere", f"{PREFIX}health"])
def test_every_answer_says_what_a_browser_may_do_with_it(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    rules = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] == "'none'"
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert "unsafe-eval" not in headers["Content-Security-Policy"]
    assert "unsafe-hashes" not in rules["script-src"] + rules["style-src"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("ending", [".html", ".figures.js"])
def test_a_partys_own_page_is_kept_by_nobody_on_the_way(client: FlaskClient, ending: str) -> None:
    answer = client.get(f"{PREFIX}{PARTY}{ending}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert client.get(PREFIX).headers["Cache-Control"] == "private, no-cache"


# ---- who may ask ----


@pytest.mark.parametrize("host", ["localhost:8050", "127.0.0.1", "[::1]:8050", "192.168.1.20:8050", "Care.Example.org"])
def test_a_name_that_is_known_is_answered(client: FlaskClient, host: str) -> None:
    assert client.get(PREFIX, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("host", ["rebound.example.net", "care.example.org.example.net", "localhost.example.net"])
def test_a_name_that_leads_here_unasked_is_told(client: FlaskClient, host: str, language: str) -> None:
    answer = client.get(f"{PREFIX}{language}/", headers={"Host": host})
    assert answer.status_code == 421
    assert f"--public-host {host}" in answer.text
    assert wording(language).text("serving.host_title") in answer.text
    assert "Kleinland" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example.net"},
        {"Origin": "http://localhost:9999"},  # another program on this machine
        {"Origin": "null"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_what_another_page_sends_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.post(CALLBACK, json={}, headers=headers)
    assert answer.status_code == 403
    assert wording("nl").text("serving.foreign_title").replace("'", "&#x27;") in answer.text


def test_a_form_of_another_page_is_refused_whatever_it_says(client: FlaskClient) -> None:
    assert client.post(CALLBACK, data="{}", content_type="text/plain").status_code == 403


@pytest.mark.parametrize(
    ("host", "origin"),
    [("localhost", "http://localhost"), ("care.example.org", "https://care.example.org"), ("localhost", None)],
)
def test_our_own_page_may_send(client: FlaskClient, host: str, origin: str | None) -> None:
    headers = {"Host": host} | ({"Origin": origin} if origin else {})
    answer = client.post(CALLBACK, json={}, headers=headers)
    assert answer.status_code != 403
    assert answer.headers["Cache-Control"] == "private, no-store"


# ---- in a browser ----


@pytest.fixture
def said(browser: Browser) -> tuple[Page, list[str]]:
    """A page, and everything that its console says."""
    page, heard = browser.new_page(), []

    def hear(message: ConsoleMessage) -> None:
        heard.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda fault: heard.append(str(fault)))
    return page, heard


@pytest.mark.browser
@pytest.mark.parametrize(
    "address", [entry.address for entry in PAGES if entry.kind != "positions"] + [f"party-{HOSPITALS[0]}"]
)
def test_figures_stand_and_the_console_is_clean(served: str, said: tuple[Page, list[str]], address: str) -> None:
    page, heard = said
    page.goto(f"{served}nl/{SCENARIO}/{address}.html")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.querySelectorAll('details').forEach(box => { box.open = true; })")
    page.wait_for_function(
        "() => Array.from(document.querySelectorAll('.plot')).every(box => box.querySelector('.main-svg'))"
    )
    missing = sorted(set(re.findall(r"a hash \(('sha256-[^']+')\)", " ".join(heard))))
    assert not heard, f"the policy lacks {missing}: {heard}"
    apart = page.evaluate(
        """Array.from(document.querySelectorAll('.svg-container')).filter(box => {
             const layers = box.querySelectorAll(':scope > .main-svg');
             const at = Array.from(layers, layer => layer.getBoundingClientRect());
             return at.some(one => Math.abs(one.top - at[0].top) > 1 || Math.abs(one.left - at[0].left) > 1);
           }).length"""
    )
    assert apart == 0


@pytest.mark.browser
def test_the_small_text_of_a_figure_is_grey_and_bold_where_it_should_be(served: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(served)
    page.wait_for_selector(".main-svg tspan")
    drawn = page.evaluate(
        """Array.from(document.querySelectorAll('.main-svg tspan[style]'), part => {
             const style = getComputedStyle(part);
             return [part.getAttribute('style'), style.fontWeight, style.fill]; })"""
    )
    assert {weight for said, weight, _ in drawn if said == "font-weight:bold"} == {"700"}
    assert {fill for said, _, fill in drawn if said.startswith(" fill:")} == {"rgb(107, 114, 128)"}


@pytest.mark.browser
def test_a_figure_is_taken_along_under_the_policy(served: str, said: tuple[Page, list[str]]) -> None:
    page, heard = said
    page.goto(served)
    for kind in ("SVG", "PNG"):
        with page.expect_download() as kept:
            page.locator(".pictures button", has_text=kind).first.click()
        assert Path(kept.value.path()).stat().st_size > 5_000
    assert not heard


@pytest.mark.browser
def test_a_page_of_somebody_else_can_neither_frame_nor_run_anything(
    served: str, browser: Browser, tmp_path: Path
) -> None:
    other = tmp_path / "other.html"
    other.write_text(f'<iframe src="{served}"></iframe>')
    page = browser.new_page()
    page.goto(other.as_uri())
    page.wait_for_load_state("networkidle")
    assert all("Kleinland" not in frame.content() for frame in page.frames)
    page.goto(served)
    page.evaluate(
        "const one = document.createElement('script'); one.textContent = 'window.ran = 1'; document.body.append(one)"
    )
    assert page.evaluate("window.ran") is None
