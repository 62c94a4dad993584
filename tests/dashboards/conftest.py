"""A small invented release and its bundle, made once, and a real browser that talks to nobody."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import small_release
from fake_release import write_release
from on_air import on_air
from playwright.sync_api import Browser, sync_playwright

from dashboards.data import Release, read_release
from dashboards.faces.app.application import application
from dashboards.faces.app.following import Following
from dashboards.faces.browser import installed_browser
from dashboards.faces.static import write_bundle
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import wording

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_release(tmp_path_factory.mktemp("release") / "care_transfer.duckdb")


@pytest.fixture(scope="session")
def release(database: Path) -> Release:
    return read_release(database)


@pytest.fixture(scope="session")
def dutch(release: Release) -> Synopsis:
    return Synopsis(release, release.scenarios[0], wording("nl"))


@pytest.fixture(scope="session")
def english(release: Release) -> Synopsis:
    return Synopsis(release, release.scenarios[0], wording("en"))


@pytest.fixture(scope="session")
def single(release: Release) -> Synopsis:
    """The scenario that was computed once, at the modes."""
    return Synopsis(release, release.scenarios[1], wording("en"))


@pytest.fixture(scope="session")
def bundle(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a whole static bundle."""
    return write_bundle(database, tmp_path_factory.mktemp("bundle")).parent


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the interactive face of the small release; nobody may keep a setting there."""
    published = tmp_path_factory.mktemp("served")
    small_release.make_current(published, small_release.write_release(published / "releases"))
    app = application(Following(published / "current", languages=("nl", "en")), prefix="/care/")
    with on_air(app) as port:
        yield f"http://127.0.0.1:{port}/care/"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chrome or Chromium of this machine."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=installed_browser(), args=list(_FLAGS))
        yield found
        found.close()
