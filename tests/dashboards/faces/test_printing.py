"""Sheets of paper: what goes on them, that they are one page each, and what happens when a browser does not do it."""

import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import paper
import pytest
from fake_release import GPS, MAASDIJK, RELEASE, SCENARIO, SINGLE

from dashboards.faces.browser import BrowserError, NoBrowserError, installed_browser, running
from dashboards.faces.printing import printed, sheets

pytestmark = pytest.mark.browser

LANDSCAPE, PORTRAIT = [(297, 210)], [(210, 297)]
_PAGES = ("at-the-table", f"party-{MAASDIJK}", "party-3311", f"party-{GPS[0]}")


@pytest.fixture(scope="module")
def folder(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sheets of one scenario in both languages, printed by one browser."""
    wanted = [bundle / f"{language}/{SCENARIO}/{name}.html" for language in ("nl", "en") for name in _PAGES]
    target = tmp_path_factory.mktemp("printed")
    assert len(list(printed(wanted, target, program=installed_browser()))) == len(wanted)
    return target


def test_at_the_table_and_every_party_go_on_paper(bundle: Path) -> None:
    pages = [str(page.relative_to(bundle).with_suffix("")) for page in sheets(bundle)]
    assert pages[:2] == [f"en/{SINGLE}/at-the-table", f"en/{SCENARIO}/at-the-table"]
    assert {f"{language}/{SCENARIO}/{name}" for language in ("nl", "en") for name in _PAGES} <= set(pages)
    assert not [page for page in pages if "sources" in page or "what-if" in page]


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", _PAGES)
def test_a_sheet_is_one_a4(folder: Path, language: str, name: str) -> None:
    pdf = (folder / f"{SCENARIO}_{name}_{language}.pdf").read_bytes()
    assert paper.sizes(pdf) == (LANDSCAPE if name == "at-the-table" else PORTRAIT)


@pytest.mark.parametrize(
    ("name", "language", "told"),
    [
        ("at-the-table", "nl", ["Maasdijk Ziekenhuis verliest", "Wie komt welke handen tekort", "per jaar"]),
        ("at-the-table", "en", ["Maasdijk Ziekenhuis loses", "Who lacks which hands", "a year"]),
        (
            f"party-{MAASDIJK}",
            "nl",
            ["Maasdijk Ziekenhuis verliest", "De afdelingen", "Twee toekomsten", "Op het scherm staat meer"],
        ),
        (
            f"party-{MAASDIJK}",
            "en",
            ["Maasdijk Ziekenhuis loses", "The departments", "Two futures", "More on the screen"],
        ),
    ],
)
def test_a_sheet_says_the_answer_in_its_language(folder: Path, name: str, language: str, told: list[str]) -> None:
    said = paper.text(folder / f"{SCENARIO}_{name}_{language}.pdf").lower()
    for text in told:
        assert text.lower().replace(" ", "") in said


def test_every_sheet_says_that_it_is_invented_and_which_release_it_is_of(folder: Path) -> None:
    mark = {"nl": "allenamenencijferszijnverzonnen", "en": "allnamesandfiguresareinvented"}
    for path in folder.iterdir():
        said = paper.text(path)
        assert said.count(mark[path.stem[-2:]]) == 2, path.name  # above the page and in its margin
        assert RELEASE in said


def test_nothing_of_the_browser_stays_behind_and_nothing_is_asked_of_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Noting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with HTTPServer(("127.0.0.1", 0), Noting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = tmp_path / "page.html"
        page.write_text(f'<img src="http://127.0.0.1:{server.server_port}/a"><img src="http://localhost/b">text')
        with running(installed_browser(), seconds=60) as tab:
            assert tab.show(page, ready="document.images[0].complete && 'yes'") == "yes"
            assert paper.sizes(tab.printed())
        server.shutdown()
    assert asked == []
    assert [left.name for left in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize(
    ("does", "told"), [("exit 3", "ended by itself"), ("exec sleep 60", "did not answer within 1 seconds")]
)
def test_a_browser_that_does_not_print_is_told_and_ended(tmp_path: Path, bundle: Path, does: str, told: str) -> None:
    program = tmp_path / "browser"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    with pytest.raises(BrowserError, match=told):
        list(printed(sheets(bundle)[:1], tmp_path / "out", program=program, seconds=1))
    assert list((tmp_path / "out").iterdir()) == []


def test_a_page_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BrowserError, match=r"could not open .*gone\.html"):
        list(printed([tmp_path / "gone.html"], tmp_path / "out", program=installed_browser()))


def test_a_browser_is_taken_from_the_variable_else_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CARE_TRANSFER_BROWSER", str(tmp_path / "none"))
    with pytest.raises(NoBrowserError, match=r"names .*none, which is no program"):
        installed_browser()
    monkeypatch.delenv("CARE_TRANSFER_BROWSER")
    own = tmp_path / ".cache/ms-playwright/chromium-1/chrome-linux/chrome"
    own.parent.mkdir(parents=True)
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    assert installed_browser() == own
    named = tmp_path / "chromium"
    named.write_text("#!/bin/sh\n")
    named.chmod(0o755)
    assert installed_browser() == named
