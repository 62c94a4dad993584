"""The release on air: always the current one, read when it first shows up, forgotten once nobody reads it any more.

A request asks for `Following.now()` and keeps what it gets until it has answered, so that one answer never mixes two
releases. Of a release everything is read at once or at its first what-if, read-only, and the file is closed again; what
was drawn is remembered, within so many bytes.
"""

import json
import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from dashboards.data import Release, ReleaseError, ScenarioResults, read_release
from dashboards.faces.markup import HtmlDocument
from dashboards.faces.static import Bundle, PagePlace, assets
from dashboards.pages import PageRef
from dashboards.what_if import Lever, Trial, levers_of, query_of
from dashboards.what_if.remembering import Remembered
from dashboards.what_if.trial import ANSWERS_BYTES, ReleaseFacts
from dashboards.words.wording import wording
from data_contracts.text import Language, Text

DATABASE = "care_transfer.duckdb"
PAGES_BYTES = 64 << 20
"""Of the drawn pages of a release."""
SETTINGS_BYTES = 192 << 20
"""Of all that was computed and drawn for the other pages of settings, of all scenarios together."""


class NoReleaseError(ReleaseError):
    """Nothing was published yet."""


class Pages(Bundle):
    """The pages of a release, each drawn when it is asked for, with the figures of each by themselves."""

    def __init__(self, release: Release, languages: tuple[Language, ...], *, query: str = "") -> None:
        super().__init__(release, languages)
        self.query = query
        self.asked = frozenset(results.name for results in release.scenarios) if query else frozenset()
        self._drawn = Remembered(PAGES_BYTES)
        self.at = self.addresses()

    def drawn(self, place: PagePlace, ref: PageRef) -> HtmlDocument:
        """Returns a page with its figures."""
        return self._drawn.get((place, ref), lambda: self.document(place, ref))

    def path(self, place: PagePlace, ref: PageRef) -> str:
        """Returns where a page lies."""
        return self._path(place, ref)

    def figures_at(self, path: str) -> tuple[PagePlace, PageRef] | None:
        """Returns the page whose figures lie at a path."""
        return self.at.get(path.removesuffix(_FIGURES) + ".html") if path.endswith(_FIGURES) else None

    def _figures(self, place: PagePlace, ref: PageRef) -> str:
        return self._path(place, ref).removesuffix(".html") + _FIGURES + self.query


_FIGURES = ".figures.js"


class OnAir:
    """One release while it is current: its pages, and its scenarios tried under other settings."""

    def __init__(self, folder: Path, languages: tuple[Language, ...]) -> None:
        self.folder = folder
        self.release = read_release(folder / DATABASE)
        self.pages = Pages(self.release, languages)
        self.assets = assets(self.release, languages) | _live_assets()
        self.languages = languages
        self._answers, self._under = Remembered(ANSWERS_BYTES), Remembered(SETTINGS_BYTES)
        self._facts = ReleaseFacts(folder / DATABASE, made=self._leave_out)
        self._leave_out(self.release, self.pages.findings)
        self._trials, self._levers = Remembered(), Remembered()

    def scenario(self, name: str | None) -> ScenarioResults | None:
        """Returns a scenario's results as published; None if the release has no such scenario."""
        return next((results for results in self.release.scenarios if results.name == name), None)

    def trial(self, name: str) -> Trial:
        """Returns a scenario ready to be tried.

        Raises:
            LookupError: the release has no such scenario, or does not hold what is in its file.
        """
        results = self.scenario(name)
        if results is None:
            raise LookupError(f"Found no scenario {name!r}; expected one of release {self.release.id}.")
        return self._trials.get(name, lambda: self._made_trial(results))

    def _made_trial(self, results: ScenarioResults) -> Trial:
        return Trial(results, content=_content(results), facts=self._facts, answers=self._answers)

    def _leave_out(self, *held: object) -> None:
        """Has what a release holds anyway count for nothing where answers are weighed."""
        self._answers.leave_out(*held)
        self._under.leave_out(*held)

    def tidy(self) -> None:
        """Forgets what was used longest ago where what is remembered has grown beyond its limits."""
        self._answers.tidy()
        self._under.tidy()

    def levers(self, name: str) -> tuple[Lever, ...]:
        """Returns what can be turned in a scenario."""
        return self._levers.get(name, lambda: self._made_levers(self.trial(name)))

    def _made_levers(self, trial: Trial) -> tuple[Lever, ...]:
        touched = self.pages.findings[trial.results.name, self.languages[0]].capacity_years
        resources = tuple(touched["resource"].unique().sort().to_list())
        return levers_of(trial.filed, trial.results, resources=resources, region=trial.region)

    def under(self, name: str, settings: Sequence[str]) -> Pages:
        """Returns the pages of a scenario on the figures of some settings.

        Raises:
            LookupError: as of `trial`.
            ScenarioError: with every fault of the settings.
        """
        return self._under.get((name, tuple(settings)), lambda: self._made_under(name, tuple(settings)))

    def _made_under(self, name: str, settings: tuple[str, ...]) -> Pages:
        results = self.trial(name).whole(settings)
        titles = {language: _titled(results, language, len(settings)) for language in results.titles}
        release = replace(self.release, scenarios=(replace(results, titles=titles),))
        return Pages(release, self.languages, query=query_of(settings))


class Following:
    """The current release, whichever that is at the moment.

    Args:
        current: the link to the current release's folder; it may move at any time, or not be there.
        languages: of the pages, the first of which a reader meets who asks for none.
    """

    def __init__(self, current: Path, *, languages: Sequence[Language]) -> None:
        self._current = current
        self.languages = tuple(languages)
        self._on_air: OnAir | None = None
        self._reading = threading.Lock()

    def now(self) -> OnAir:
        """Returns the current release; a request keeps it until it has answered.

        Raises:
            NoReleaseError: nothing was published yet.
            ReleaseError: what is current is no release that can be read.
        """
        for _ in range(_TRIES):
            folder = Path(os.path.realpath(self._current))
            on_air = self._on_air
            if on_air is not None and on_air.folder == folder and folder.is_dir():
                return on_air
            try:
                return self._read(folder)
            except ReleaseError:
                if Path(os.path.realpath(self._current)) == folder:
                    raise
        return self._read(Path(os.path.realpath(self._current)))

    def _read(self, folder: Path) -> OnAir:
        """Returns a release, read by one request for all that wait for it; the one before is let go of."""
        with self._reading:
            if self._on_air is not None and self._on_air.folder == folder and folder.is_dir():
                return self._on_air
            self._on_air = None
            if not self._current.exists():
                raise NoReleaseError(
                    Text(en=f"no release at {self._current.name}", nl=f"geen uitgave op {self._current.name}"),
                    expected=Text(en="a published release", nl="een gepubliceerde uitgave"),
                    action=Text(en="publish one: care-transfer refresh", nl="publiceer er een: care-transfer refresh"),
                )
            try:
                self._on_air = OnAir(folder, self.languages)
            except (duckdb.Error, OSError, KeyError, ValueError, TypeError) as fault:
                raise ReleaseError(
                    f"{folder.name}: {_first_line(fault)}",
                    expected=Text(en="the release as it was published", nl="de uitgave zoals zij is gepubliceerd"),
                    action=Text(
                        en="publish again: care-transfer refresh --force; or go back: care-transfer releases "
                        "rollback ID",
                        nl="publiceer opnieuw: care-transfer refresh --force; of ga terug: care-transfer releases "
                        "rollback ID",
                    ),
                ) from fault
            return self._on_air


_LIVE = ("live.css", "live.js")
_TRIES = 3
"""A release may be replaced, and the one before removed, while it is being read: then the new one is read."""


def _live_assets() -> dict[str, str]:
    """Returns the files that only the interactive face has."""
    return {name: files("dashboards").joinpath(f"faces/assets/{name}").read_text(encoding="utf-8") for name in _LIVE}


def _content(results: ScenarioResults) -> dict[str, Any]:
    """Returns the plain values of a scenario's file, as the release holds them."""
    found = results.table("scenario")["parameters"].to_list()
    content = json.loads(found[0]) if found and found[0] else None
    if not isinstance(content, dict) or "initiatives" not in content:
        raise LookupError(f"Found no file of the scenario {results.name!r} in this release; expected its parameters.")
    return content


def _titled(results: ScenarioResults, language: Language, number: int) -> str:
    words = wording(language)
    changes = words.count("what_if.turned", number)
    return words.text("what_if.titled", title=results.titles[language], changes=changes)


def _first_line(fault: Exception) -> str:
    return (str(fault).strip().splitlines() or [type(fault).__name__])[0][:200]
