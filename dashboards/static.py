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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from plotly.offline import get_plotlyjs

from dashboards.data import Release, ReleaseError, ScenarioResults, read_release
from dashboards.findings import Findings
from dashboards.markup import Document, Frame, Link, document, paper
from dashboards.pages import PAGES, PARTY_ADDRESS, Page, PageRef, entry, party_page, sources
from dashboards.theme import template
from dashboards.wording import LANGUAGES, Language, Wording, wording


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
    bundle = _Bundle(read_release(database), tuple(languages), party)
    _write_assets(target / "assets")
    for language in languages:
        sheet = paper(bundle.release, wording(language))
        (target / "assets" / f"paper-{language}.css").write_text(sheet, encoding="utf-8")
    for name, content in bundle.files():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return target / "index.html"


@dataclass(frozen=True)
class _Place:
    """Where a page lies: its language, its scenario (None: a release without one), and whether it is the index."""

    language: Language
    scenario: str | None
    is_index: bool = False


class _Bundle:
    """All documents of one release, and the addresses between them."""

    def __init__(self, release: Release, languages: tuple[Language, ...], party: str | None) -> None:
        self.release = release
        self.languages = languages
        self.party = party
        self.folders = _unique_names([results.name for results in release.scenarios])
        self.findings = {
            (results.name, language): Findings(release, results, wording(language))
            for results in release.scenarios
            for language in languages
        }
        self.parties = {results.name: self._parties(results) for results in release.scenarios}
        if party is not None and not any(self.parties.values()):
            raise ReleaseError(
                f"Found no party {party!r} in any scenario of release {release.id}; expected the id of a provider or "
                "payer that a scenario touches. Take one from the table `party_impact`."
            )

    def files(self) -> Iterator[tuple[str, str]]:
        """Yields the path of every file of this release within the bundle, and its content."""
        figures: dict[str, dict[str, str]] = {}
        for place, results, page in self._pages():
            drawn = self._document(page, place, results)
            figures.setdefault(self._figures(place), {}).update(drawn.figures)
            yield self._path(place, page.ref), drawn.html
        for path, found in figures.items():
            if found:
                data = ",".join(f"{json.dumps(key)}:{figure}" for key, figure in found.items())
                yield path, f'window.careTransferFigures = "{packed(f"{{{data}}}")}";\n'

    def _pages(self) -> Iterator[tuple[_Place, ScenarioResults | None, Page]]:
        if not self.release.scenarios:
            yield from self._without_scenario()
        for results in self.release.scenarios:
            for language in self.languages:
                pages = list(self._scenario_pages(self.findings[results.name, language]))
                if pages and (results.name, language) == (self._main_scenario(), self.languages[0]):
                    yield _Place(language, results.name, is_index=True), results, pages[0]
                for page in pages:
                    yield _Place(language, results.name), results, page

    def _main_scenario(self) -> str:
        """Returns the scenario with pages that moves most, in production value of its last year."""
        moved = {
            results.name: self.findings[results.name, self.languages[0]].revenue_moved_eur
            for results in self.release.scenarios
            if self.party is None or self.parties[results.name]
        }
        return max(moved, key=lambda name: moved[name])

    def _without_scenario(self) -> Iterator[tuple[_Place, None, Page]]:
        for place, language in enumerate(self.languages):
            page = sources(self.release, None, wording(language))
            if place == 0:
                yield _Place(language, None, is_index=True), None, page
            yield _Place(language, None), None, page

    def _scenario_pages(self, findings: Findings) -> Iterator[Page]:
        for found in PAGES if self.party is None else ():
            yield found.make(findings)
        for party in self.parties[findings.results.name]:
            yield party_page(findings, party, alone=self.party is not None)

    def _parties(self, results: ScenarioResults) -> dict[str, str]:
        """Returns the parties that have a page in a scenario, with the name of their file."""
        every = self.findings[results.name, self.languages[0]].outcomes["party"].to_list()
        named = _unique_names(every)
        return {party: named[party] for party in every if self.party in (None, party)}

    # --- addresses --------------------------------------------------------------------------------------------------

    def _path(self, place: _Place, ref: PageRef) -> str:
        """Returns where a page lies within the bundle."""
        if place.is_index:
            return "index.html"
        return f"{self._folder(place)}/{self._name(place.scenario, ref)}.html"

    def _name(self, scenario: str | None, ref: PageRef) -> str:
        """Returns the name of a page's file, without its ending."""
        if ref.party is not None and scenario:
            return f"{PARTY_ADDRESS}-{self.parties[scenario][ref.party]}"
        return entry(ref.kind).address

    def _folder(self, place: _Place) -> str:
        return f"{place.language}/{self.folders[place.scenario]}" if place.scenario else place.language

    def _figures(self, place: _Place) -> str:
        """Returns where the figures of a scenario lie, those of all its pages in one language together."""
        return f"{self._folder(place)}/figures.js"

    def _exists(self, scenario: str | None, ref: PageRef) -> bool:
        if scenario is None:
            return ref.kind == "sources"
        if ref.kind == "party":
            return ref.party in self.parties[scenario]
        return self.party is None

    def _link(self, folder: str, place: _Place, ref: PageRef) -> str | None:
        """Returns the address of a page as seen from a folder of the bundle; None where the bundle does not hold it."""
        if not self._exists(place.scenario, ref):
            return None
        return posixpath.relpath(self._path(place, ref), folder) + (f"#{ref.card}" if ref.card else "")

    # --- documents --------------------------------------------------------------------------------------------------

    def _document(self, page: Page, place: _Place, results: ScenarioResults | None) -> Document:
        words = wording(place.language)
        folder = posixpath.dirname(self._path(place, page.ref)) or "."
        at = _Place(place.language, place.scenario)
        frame = Frame(
            root="" if folder == "." else posixpath.relpath(".", folder) + "/",
            scenario=results.titles[place.language] if results else "",
            region=self.release.region[place.language],
            released=words.numbers.day(self.release.created_at),
            release=self.release.id,
            base_year=results.base_year if results else self.release.base_year,
            invented=self.release.invented,
            pages=self._page_links(page, at, folder=folder, words=words),
            scenarios=self._scenario_links(page, at, folder=folder),
            languages=self._language_links(page, at, folder=folder),
            address=lambda ref: self._link(folder, at, ref),
            key=self._name(place.scenario, page.ref),
            file="_".join(
                [*([results.name] if results else []), self._name(place.scenario, page.ref), self.release.id]
            ),
            figures=posixpath.relpath(self._figures(place), folder),
        )
        return document(page, frame, words)

    def _page_links(self, page: Page, at: _Place, *, folder: str, words: Wording) -> list[Link]:
        links = []
        for kind in (found.kind for found in PAGES):
            address = self._link(folder, at, PageRef(kind))
            if address:
                links.append(Link(words.text(f"pages.{kind}"), address, is_here=page.ref.kind == kind))
        return links if len(links) > 1 else []

    def _scenario_links(self, page: Page, at: _Place, *, folder: str) -> list[Link]:
        """Returns this page in every scenario that has it, else that scenario's first page."""
        if len(self.release.scenarios) < 2:
            return []
        links = []
        for results in self.release.scenarios:
            there = _Place(at.language, results.name)
            address = self._link(folder, there, page.ref) or self._link(folder, there, PageRef("at_the_table"))
            if address:
                links.append(Link(results.titles[at.language], address, is_here=results.name == at.scenario))
        return links if len(links) > 1 else []

    def _language_links(self, page: Page, at: _Place, *, folder: str) -> list[Link]:
        if len(self.languages) < 2:
            return []
        return [
            Link(
                wording(language).text("language.name"),
                self._link(folder, _Place(language, at.scenario), page.ref) or "",
                is_here=language == at.language,
                language=language,
            )
            for language in self.languages
        ]


def _write_assets(folder: Path) -> None:
    """Writes the files that every page shares; plotly.js is by far the largest and stands there once."""
    folder.mkdir(parents=True, exist_ok=True)
    library = get_plotlyjs()
    licence = library[: library.index("*/") + 2]
    packed_library = f'{licence}\nwindow.careTransferPlotly = "{packed(library)}";\n'
    (folder / "plotly.packed.js").write_text(packed_library, encoding="utf-8")
    layout = json.dumps(template().to_plotly_json(), separators=(",", ":"))
    (folder / "template.js").write_text(f"window.careTransferTemplate = {layout};\n", encoding="utf-8")
    for name in ("page.css", "page.js"):
        source = files("dashboards").joinpath(f"assets/{name}")
        (folder / name).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")


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
