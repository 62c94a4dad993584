"""The static face: one folder of HTML that opens from disk, without a server and without a network.

What belongs here: which files there are, where they lie and what links to what. `index.html` is *At the table* in the
first language, of the scenario that moves most; beside it a folder a language with a folder a scenario, and the shared
files once. What only a script reads, the drawing library and the data of the figures, is packed: compressed, and
written as text that a page opened from disk may load. Text and tables stand in the pages themselves.
"""

import base64
import gzip
import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
from pathlib import Path

from plotly.offline import get_plotlyjs

from dashboards.data import Release, ReleaseError, ScenarioResults, read_release
from dashboards.faces.markup import Frame, HtmlDocument, Link, document, paper
from dashboards.figures.theme import template
from dashboards.pages import (
    DEPARTMENT_ADDRESS,
    PAGES,
    PARTY_ADDRESS,
    Page,
    PageRef,
    department,
    entry,
    has_positions,
    party_page,
    sources,
    specialisms,
)
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import LANGUAGES, Wording, wording
from data_contracts.text import Language, Text


def write_bundle(
    database: Path, target: Path, *, languages: Sequence[Language] = LANGUAGES, party: str | None = None
) -> Path:
    """Writes the dashboards of a release into a folder and returns the page to open.

    Args:
        database: The release's DuckDB file.
        target: The folder to write to; made if it is not there.
        languages: The languages, the first of which `index.html` is in.
        party: Only the pages of this party, for its own board: nothing of the others goes along.

    Raises:
        ReleaseError: The file is no release, or no scenario of it touches the party.
    """
    return write_pages(read_release(database), target, languages=languages, party=party)


def write_pages(
    release: Release, target: Path, *, languages: Sequence[Language] = LANGUAGES, party: str | None = None
) -> Path:
    """Writes the dashboards of a release that was read, as `write_bundle` does.

    Raises:
        ReleaseError: No scenario of it touches the party.
    """
    bundle = Bundle(release, tuple(languages), party)
    shared = ((f"assets/{name}", text) for name, text in assets(bundle.release, languages).items())
    for name, content in chain(shared, bundle.files()):
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return target / "index.html"


OWN_ASSETS = ("page.css", "page.js")


@dataclass(frozen=True)
class PagePlace:
    """Where a page lies: its language, its scenario (None: a release without one), and whether it is the index."""

    language: Language
    scenario: str | None
    is_index: bool = False


class Bundle:
    """All documents of one release, and the addresses between them."""

    query, asked = "", frozenset[str]()
    """What is asked behind the address of every page of some scenarios; nothing in a bundle of files."""

    def __init__(self, release: Release, languages: tuple[Language, ...], party: str | None = None) -> None:
        self.release = release
        self.languages = languages
        self.party = party
        self.folders = _unique_names([results.name for results in release.scenarios])
        self.findings = {
            (results.name, language): Synopsis(release, results, wording(language))
            for results in release.scenarios
            for language in languages
        }
        self.parties = {results.name: self._parties(results) for results in release.scenarios}
        self.specialisms = {results.name: self._specialisms(results) for results in release.scenarios}
        if party is not None and not any(self.parties.values()):
            raise ReleaseError(
                Text(
                    en=f"no party {party!r} in any scenario of release {release.id}",
                    nl=f"geen partij {party!r} in enig scenario van uitgave {release.id}",
                ),
                expected=Text(
                    en="the id of a provider or payer that a scenario touches",
                    nl="de code van een zorgaanbieder of verzekeraar die een scenario raakt",
                ),
                action=Text(en="take one from the table party_impact", nl="neem er een uit de tabel party_impact"),
            )

    def files(self) -> Iterator[tuple[str, str]]:
        """Yields the path of every file of this release within the bundle, and its content."""
        figures: dict[str, dict[str, str]] = {}
        for path, (place, ref) in self.addresses().items():
            drawn = self.document(place, ref)
            figures.setdefault(self._figures(place, ref), {}).update(drawn.figures)
            yield path, drawn.html
        for path, found in figures.items():
            if found:
                yield path, figures_file(found)

    def addresses(self) -> dict[str, tuple["PagePlace", PageRef]]:
        """Returns the path of every page within the bundle: where it lies and which it is; the index first."""
        places = list(self._places())
        first = next(((place, ref) for place, ref in places if place.scenario == self._main_scenario()), places[0])
        index = (PagePlace(first[0].language, first[0].scenario, is_index=True), first[1])
        return {self._path(place, ref): (place, ref) for place, ref in (index, *places)}

    def _places(self) -> Iterator[tuple["PagePlace", PageRef]]:
        scenarios: list[str | None] = [results.name for results in self.release.scenarios]
        for scenario in scenarios or [None]:
            for language in self.languages:
                yield from ((PagePlace(language, scenario), ref) for ref in self._refs(scenario))

    def _refs(self, scenario: str | None) -> Iterator[PageRef]:
        """Yields the pages of a scenario, in the order of the navigation, the specialisms and the parties last."""
        for ref in (PageRef(found.kind) for found in PAGES):
            if self._exists(scenario, ref):
                yield ref
        for specialism in self.specialisms[scenario] if scenario else ():
            yield PageRef("department", specialism=specialism)
        for party in self.parties[scenario] if scenario else ():
            yield PageRef("party", party)

    def _page(self, place: "PagePlace", ref: PageRef) -> Page:
        if place.scenario is None:
            return sources(self.release, None, wording(place.language))
        findings = self.findings[place.scenario, place.language]
        if ref.party is not None:
            return party_page(findings, ref.party, alone=self.party is not None)
        if ref.specialism is not None:
            return department(findings, ref.specialism)
        return entry(ref.kind).make(findings)

    def _main_scenario(self) -> str | None:
        """Returns the scenario with pages that moves most, in production value of its last year; None without one."""
        moved = {
            results.name: self.findings[results.name, self.languages[0]].revenue_moved_eur
            for results in self.release.scenarios
            if self.party is None or self.parties[results.name]
        }
        return max(moved, key=lambda name: moved[name], default=None)

    def _parties(self, results: ScenarioResults) -> dict[str, str]:
        """Returns the parties that have a page in a scenario, with the name of their file."""
        every = self.findings[results.name, self.languages[0]].outcomes["party"].to_list()
        named = _unique_names(every)
        return {party: named[party] for party in every if self.party in (None, party)}

    def _specialisms(self, results: ScenarioResults) -> dict[str, str]:
        """Returns the specialisms that have a page in a scenario, with the name of their file."""
        if self.party is not None:
            return {}
        return _unique_names(specialisms(self.findings[results.name, self.languages[0]]))

    # --- addresses --------------------------------------------------------------------------------------------------

    def _path(self, place: PagePlace, ref: PageRef) -> str:
        """Returns where a page lies within the bundle."""
        if place.is_index:
            return "index.html"
        return f"{self._folder(place)}/{self._name(place.scenario, ref)}.html"

    def _name(self, scenario: str | None, ref: PageRef) -> str:
        """Returns the name of a page's file, without its ending."""
        if ref.party is not None and scenario:
            return f"{PARTY_ADDRESS}-{self.parties[scenario][ref.party]}"
        if ref.specialism is not None and scenario:
            return f"{DEPARTMENT_ADDRESS}-{self.specialisms[scenario][ref.specialism]}"
        return entry(ref.kind).address

    def _folder(self, place: PagePlace) -> str:
        return f"{place.language}/{self.folders[place.scenario]}" if place.scenario else place.language

    def _figures(self, place: PagePlace, ref: PageRef) -> str:  # noqa: ARG002 - of all pages together; elsewhere one by one
        """Returns where the figures of a page lie: those of a scenario's pages in one language together."""
        return f"{self._folder(place)}/figures.js"

    def _exists(self, scenario: str | None, ref: PageRef) -> bool:
        if scenario is None:
            return ref.kind == "sources"
        if ref.kind == "party":
            return ref.party in self.parties[scenario]
        if ref.kind == "department":
            return ref.specialism in self.specialisms[scenario]
        if ref.kind == "positions":
            return self.party is None and any(
                has_positions(one) for one in self.release.scenarios if one.name == scenario
            )
        return self.party is None

    def _link(self, folder: str, place: PagePlace, ref: PageRef) -> str | None:
        """Returns the address of a page as seen from a folder of the bundle; None where the bundle does not hold it."""
        if not self._exists(place.scenario, ref):
            return None
        address = posixpath.relpath(self._path(place, ref), folder)
        query = self.query if place.scenario in self.asked else ""
        return address + query + (f"#{ref.card}" if ref.card else "")

    # --- documents --------------------------------------------------------------------------------------------------

    def document(self, place: PagePlace, ref: PageRef) -> HtmlDocument:
        """Returns a page of the bundle as HTML."""
        return document(self._page(place, ref), self.frame(place, ref), wording(place.language))

    def frame(self, place: PagePlace, ref: PageRef) -> Frame:
        """Returns what stands around a page: where it is, where one can go from it."""
        words = wording(place.language)
        results = next((found for found in self.release.scenarios if found.name == place.scenario), None)
        folder = posixpath.dirname(self._path(place, ref)) or "."
        at = PagePlace(place.language, place.scenario)
        return Frame(
            root="" if folder == "." else posixpath.relpath(".", folder) + "/",
            scenario=results.titles[place.language] if results else "",
            region=self.release.region[place.language],
            released=words.numbers.day(self.release.created_at),
            release=self.release.id,
            base_year=results.base_year if results else self.release.base_year,
            invented=self.release.invented,
            pages=self._page_links(ref, at, folder=folder, words=words),
            scenarios=self._scenario_links(ref, at, folder=folder),
            languages=self._language_links(ref, at, folder=folder),
            address=lambda ref: self._link(folder, at, ref),
            key="index" if place.is_index else self._name(place.scenario, ref),
            file="_".join([*([results.name] if results else []), self._name(place.scenario, ref), self.release.id]),
            figures=posixpath.relpath(self._figures(place, ref), folder),
        )

    def _page_links(self, ref: PageRef, at: PagePlace, *, folder: str, words: Wording) -> list[Link]:
        links = []
        for kind in (found.kind for found in PAGES):
            address = self._link(folder, at, PageRef(kind))
            if address:
                links.append(
                    Link(
                        words.text(f"pages.{kind}"),
                        address,
                        is_here=kind == {"department": "departments"}.get(ref.kind, ref.kind),
                    )
                )
        return links if len(links) > 1 else []

    def _scenario_links(self, ref: PageRef, at: PagePlace, *, folder: str) -> list[Link]:
        """Returns this page in every scenario that has it, else that scenario's first page."""
        if len(self.release.scenarios) < 2:
            return []
        links = []
        for results in self.release.scenarios:
            there = PagePlace(at.language, results.name)
            address = self._link(folder, there, ref) or self._link(folder, there, PageRef("at_the_table"))
            if address:
                links.append(Link(results.titles[at.language], address, is_here=results.name == at.scenario))
        return links if len(links) > 1 else []

    def _language_links(self, ref: PageRef, at: PagePlace, *, folder: str) -> list[Link]:
        if len(self.languages) < 2:
            return []
        return [
            Link(
                wording(language).text("language.name"),
                self._link(folder, PagePlace(language, at.scenario), ref) or "",
                is_here=language == at.language,
                language=language,
            )
            for language in self.languages
        ]


def assets(release: Release, languages: Sequence[Language]) -> dict[str, str]:
    """Returns the files that every page shares, by name; plotly.js is by far the largest and stands there once."""
    layout = json.dumps(template().to_plotly_json(), separators=(",", ":"))
    own = {
        name: files("dashboards").joinpath(f"faces/assets/{name}").read_text(encoding="utf-8") for name in OWN_ASSETS
    }
    papers = {f"paper-{language}.css": paper(release, wording(language)) for language in languages}
    shared = {"plotly.packed.js": _library(), "template.js": f"window.careTransferTemplate = {layout};\n"}
    return shared | own | papers


@cache
def _library() -> str:
    """Returns the drawing library, packed; packing takes a second, and it is always the same."""
    library = get_plotlyjs()
    licence = library[: library.index("*/") + 2]
    return f'{licence}\nwindow.careTransferPlotly = "{packed(library)}";\n'


def figures_file(found: Mapping[str, str]) -> str:
    """Returns the file with the figures of pages, by the name that they know them by."""
    data = ",".join(f"{json.dumps(key)}:{figure}" for key, figure in found.items())
    return f'window.careTransferFigures = "{packed(f"{{{data}}}")}";\n'


def packed(text: str) -> str:
    """Returns a text compressed (gzip) and written in letters and digits (base64): the same text, the same bytes."""
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode("ascii")


def _unique_names(ids: Sequence[str]) -> dict[str, str]:
    """Returns a file name for every id: letters, digits and hyphens, no two alike."""
    names: dict[str, str] = {}
    for found in ids:
        name = plain = re.sub(r"[^A-Za-z0-9]+", "-", found).strip("-").lower() or "x"
        number = 2
        while name in names.values():
            name, number = f"{plain}-{number}", number + 1
        names[found] = name
    return names
