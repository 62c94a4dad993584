"""The interactive face over HTTP: every page, whichever release is current, for many readers at once."""

import gc
import re
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import duckdb
import pytest
from flask import Flask
from flask.testing import FlaskClient
from small_release import CONTENT, DATABASE, HOSPITALS, SCENARIO, make_current, write_release

from dashboards.faces.app.application import application
from dashboards.faces.app.following import Following
from dashboards.pages import PAGES
from dashboards.what_if import query_of

PREFIX = "/care/"
READERS = 50
MORE = "initiatives.rhythm.eligible_share=[0.5, 0.6, 0.7]"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One release that tests point to; nobody changes it."""
    return write_release(tmp_path_factory.mktemp("releases"))


@pytest.fixture
def published(released: Path, tmp_path: Path) -> Path:
    make_current(tmp_path, released)
    return tmp_path


@pytest.fixture
def app(published: Path) -> Flask:
    return application(Following(published / "current", languages=("nl", "en")), prefix=PREFIX)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def other(tmp_path: Path) -> Callable[[str], Path]:
    """Makes another release, of a scenario that moves nothing to speak of."""

    def make(name: str) -> Path:
        return write_release(tmp_path / "more", name=name, scenario=CONTENT | {"title": f"Scenario of {name}"})

    return make


def read(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.text[:400])
    return answer.text


def test_every_page_is_there_in_both_languages(client: FlaskClient) -> None:
    for language in ("nl", "en"):
        for page in (page for page in PAGES if page.kind != "positions"):  # there only where positions were handed in
            text = read(client, f"{PREFIX}{language}/{SCENARIO}/{page.address}.html")
            assert f'<html lang="{language}">' in text
            assert text.count("<h1>") == (0 if page.kind == "what_if" else 1)


def test_every_link_and_every_file_leads_somewhere_under_the_prefix(client: FlaskClient) -> None:
    seen, ahead = set(), [PREFIX]
    while ahead:
        address = ahead.pop()
        if address in seen:
            continue
        seen.add(address)
        text = read(client, address)
        if not address.endswith((".js", ".css")):
            found = re.findall(r'(?:href|src)="([^"]+)"', text)
            local = [urlsplit(urljoin(address, link.replace("&amp;", "&"))) for link in found if ":" not in link]
            ahead += [part.path + (f"?{part.query}" if part.query else "") for part in local]
    assert all(address.startswith(PREFIX) for address in seen)
    assert sum(address.endswith(".html") for address in seen) > 2 * len(PAGES)


def test_above_the_prefix_is_the_way_to_it(client: FlaskClient) -> None:
    assert client.get("/").headers["Location"] == PREFIX


def test_a_page_is_the_same_as_in_the_bundle_but_for_where_its_figures_lie(client: FlaskClient) -> None:
    served = read(client, f"{PREFIX}nl/{SCENARIO}/at-the-table.html")
    assert "at-the-table.figures.js" in served
    assert "careTransferFigures" in read(client, f"{PREFIX}nl/{SCENARIO}/at-the-table.figures.js")


def test_health_names_the_release(client: FlaskClient, released: Path) -> None:
    answer = client.get(f"{PREFIX}health")
    assert (answer.status_code, answer.json) == (200, {"ok": True, "release": released.name})


@pytest.mark.parametrize(("language", "told"), [("nl", "Deze pagina is er niet"), ("en", "This page is not there")])
def test_an_address_that_is_not_there_is_said_so(client: FlaskClient, language: str, told: str) -> None:
    answer = client.get(f"{PREFIX}{language}/nothing/at-the-table.html")
    assert answer.status_code == 404
    assert told in answer.text


def test_a_shared_file_is_sent_once(client: FlaskClient) -> None:
    first = client.get(f"{PREFIX}assets/page.css")
    again = client.get(f"{PREFIX}assets/page.css", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.text) == (200, 304, "")
    assert client.get(f"{PREFIX}assets/../secret").status_code == 404


# ---- following ----


def test_a_new_release_is_followed_and_a_rollback_survived(
    client: FlaskClient, published: Path, released: Path, other
) -> None:
    first = read(client, f"{PREFIX}en/{SCENARIO}/at-the-table.html")
    newer = other("20261123T060000Z-00000001")
    make_current(published, newer)
    second = read(client, f"{PREFIX}en/{SCENARIO}/at-the-table.html")
    make_current(published, released)
    third = read(client, f"{PREFIX}en/{SCENARIO}/at-the-table.html")

    assert newer.name in second
    assert "Scenario of" in second
    assert newer.name not in first
    assert third == first


def test_a_release_is_let_go_of_when_nobody_reads_it_any_more(published: Path, other) -> None:
    following = Following(published / "current", languages=("nl",))
    reader = following.now()
    watched = weakref.ref(reader)
    make_current(published, other("20261123T060000Z-00000002"))
    following.now()
    assert reader.pages.at  # who still reads it, reads on
    del reader
    gc.collect()
    assert watched() is None


def test_the_database_is_never_held(client: FlaskClient, published: Path, other) -> None:
    own = other("20261123T060000Z-00000003")
    make_current(published, own)
    read(client, f"{PREFIX}nl/{SCENARIO}/at-the-table.html{query_of([MORE])}")
    with duckdb.connect(str(own / DATABASE)) as writer:  # a reader would block it
        writer.execute("CREATE TABLE proof (x INTEGER)")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_nothing_published_is_said_and_ends_by_itself(tmp_path: Path, released: Path, language: str) -> None:
    client = application(Following(tmp_path / "current", languages=("nl", "en")), prefix=PREFIX).test_client()
    none = client.get(f"{PREFIX}{language}/{SCENARIO}/at-the-table.html")
    health = client.get(f"{PREFIX}health")
    make_current(tmp_path, released)

    assert (none.status_code, health.status_code) == (503, 503)
    assert "care-transfer refresh" in none.text
    assert health.json["ok"] is False
    assert client.get(f"{PREFIX}health").json["ok"] is True


def test_a_broken_release_is_said_and_the_next_good_one_shown(
    client: FlaskClient, published: Path, released: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for content in (b"", b"no database", None):
        if content is None:
            (broken / DATABASE).unlink()
        else:
            (broken / DATABASE).write_bytes(content)
        make_current(published, broken)
        answer = client.get(f"{PREFIX}nl/{SCENARIO}/at-the-table.html")
        assert answer.status_code == 503
        assert "rollback" in answer.text
        assert "Traceback" not in answer.text
    make_current(published, released)
    read(client, f"{PREFIX}nl/{SCENARIO}/at-the-table.html")


def test_a_release_folder_that_was_removed_is_said(client: FlaskClient, published: Path, other) -> None:
    gone = other("20261123T060000Z-00000004")
    make_current(published, gone)
    read(client, PREFIX)
    gone.rename(gone.with_name("removed"))
    assert client.get(PREFIX).status_code == 503


def test_fifty_readers_at_once_while_releases_come_and_go(app: Flask, published: Path, released: Path, other) -> None:
    newer = other("20261123T060000Z-00000005")
    begin = threading.Barrier(READERS)
    addresses = [
        f"{PREFIX}{lang}/{SCENARIO}/{page}.html" for lang in ("nl", "en") for page in ("at-the-table", "sources")
    ]
    addresses += [addresses[0] + query_of([MORE]), f"{PREFIX}nl/{SCENARIO}/what-if.html"]

    def reader(number: int) -> list[int]:
        begin.wait()
        if number % 10 == 0:
            make_current(published, newer if number % 20 else released)
        client = app.test_client()
        return [client.get(addresses[(number + step) % len(addresses)]).status_code for step in range(4)]

    with ThreadPoolExecutor(READERS) as readers:
        statuses = [status for found in readers.map(reader, range(READERS)) for status in found]
    assert set(statuses) == {200}


# ---- under a setting ----


def test_every_page_can_be_read_under_a_setting(client: FlaskClient) -> None:
    address = f"{PREFIX}en/{SCENARIO}/at-the-table.html"
    filed, set_otherwise = read(client, address), read(client, address + query_of([MORE]))
    title = re.compile("<h1>(.*?)</h1>")
    assert "what if: one change" in set_otherwise
    assert title.search(filed)[1] != title.search(set_otherwise)[1]
    assert "set=initiatives.rhythm" in set_otherwise  # its links lead to the same setting
    for page in ("interests", "capacity", "flows", f"party-{HOSPITALS[0]}", "no-agreement"):
        assert "what if: one change" in read(client, f"{PREFIX}en/{SCENARIO}/{page}.html{query_of([MORE])}")


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("initiatives.rhythm.eligible_share=1.5", "between 0 and 1"),
        ("initiatives.rhythm.eligible_shar=0.5", "eligible_share"),
        ("base_year=1999", "2025"),
        ("suppose.contract.Z=lump_sum", "unknown provider Z"),
        ("nonsense", "KEY=VALUE"),
        ("initiatives.rhythm=[", "YAML"),
    ],
)
def test_a_setting_that_cannot_be_is_told_and_is_no_fault(client: FlaskClient, setting: str, told: str) -> None:
    answer = client.get(f"{PREFIX}en/{SCENARIO}/at-the-table.html{query_of([setting])}")
    assert answer.status_code == 400
    assert told in answer.text
    assert "found" in answer.text
    assert "Traceback" not in answer.text


def test_a_fault_of_the_program_is_no_traceback(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Following, "now", lambda _: 1 / 0)
    answer = app.test_client().get(f"{PREFIX}nl/x/y.html")
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.text
    assert "fout in het programma" in answer.text
