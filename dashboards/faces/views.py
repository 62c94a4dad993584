"""The static pages of a view: *What you see and why* in every language, and of a party its own pages besides.

What belongs here: which files a view's folder has. They are made from the view's own database and nothing else, so what
its reader may not see is in none of them.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import polars as pl

from dashboards.data import ReleaseError, read_release
from dashboards.faces.markup import Frame, Link, document
from dashboards.faces.static import assets, write_pages
from dashboards.pages.disclosed import KEY, Disclosed, disclosed_page
from dashboards.pages.page import Page
from dashboards.words.wording import LANGUAGES, wording
from data_contracts.connections import NO_REPLACEMENTS
from data_contracts.text import Language, Text
from models.tables import schema_of

SHARED = ("page.css", "page.js")


def write_view(
    database: Path, target: Path, *, languages: Sequence[Language] = LANGUAGES, party: str | None = None
) -> Path:
    """Writes the pages of a view into a folder and returns the page to open.

    Args:
        database: The view's own DuckDB file.
        target: The folder to write to; made if it is not there.
        languages: The languages, the first of which `index.html` is in.
        party: Of a party's view: the party, whose own pages are written besides.

    Raises:
        ReleaseError: The file is no view.
    """
    own = read_view(database)
    links = tuple(_own_pages(own, target, languages, party)) if party else ()
    pages = {language: disclosed_page(own, wording(language)) for language in languages}
    for name, text in _assets(own, languages, full=bool(links)):
        _write(target / "assets" / name, text)
    for language in languages:
        said = _document(own, pages[language], language, languages, root="../", links=links)
        _write(target / language / f"{KEY}.html", said)
    first = languages[0]
    _write(target / "index.html", _document(own, pages[first], first, languages, root="", links=links))
    return target / "index.html"


def read_view(database: Path) -> Disclosed:
    """Reads a view's file and closes it again.

    Raises:
        ReleaseError: The file is not there, or is no view's.
    """
    release = read_release(database)
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute(NO_REPLACEMENTS)
        there = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        if not {"view", "shown_figure", "withheld_figure"} <= there:
            raise ReleaseError(
                Text(en=f"no view in {database.name}", nl=f"geen weergave in {database.name}"),
                expected=Text(
                    en="a file that care-transfer view made", nl="een bestand dat care-transfer view heeft gemaakt"
                ),
                action=Text(en="make it with: care-transfer view", nl="maak het met: care-transfer view"),
            )
        about = connection.execute("SELECT * FROM view").pl().row(0, named=True)
        shown, withheld = (connection.execute(f"SELECT * FROM {name}_figure").pl() for name in ("shown", "withheld"))
        lines, runs, contract, deliveries = (
            connection.execute(f"SELECT * FROM {name}").pl() if name in there else pl.DataFrame(schema=schema_of(name))
            for name in ("position", "sensitivity", "contract_impact", "delivery")
        )
        return Disclosed(
            release, shown, withheld, about,
            initiatives=_by_language(connection, "SELECT initiative, title_nl, title_en FROM initiative"),
            necessity=_by_language(connection, "SELECT initiative, nl, en FROM room_necessity"),
            consents=connection.execute("SELECT * FROM consent_in_effect").pl(),
            grades=connection.execute("SELECT * FROM supplier_grade ORDER BY supplier").pl(),
            norms=dict(connection.execute("SELECT code, name FROM norm_name").fetchall()),
            lines=lines.sort("scenario", "line"), runs=runs, contract=contract, deliveries=deliveries,
        )  # fmt: skip


def _by_language(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, dict[str, str]]:
    return {name: {"nl": nl, "en": en} for name, nl, en in connection.execute(query).fetchall()}


def _own_pages(
    own: Disclosed, target: Path, languages: Sequence[Language], party: str | None
) -> Iterator[tuple[Language, str]]:
    """Writes the pages of a party and yields, by language, where each lies; a party that nothing touches has none."""
    try:
        write_pages(own.release, target, languages=languages, party=party)
    except ReleaseError:
        return
    for language in languages:
        for page in sorted((target / language).rglob("party-*.html")):
            yield language, page.relative_to(target).as_posix()


def _assets(own: Disclosed, languages: Sequence[Language], *, full: bool) -> Iterator[tuple[str, str]]:
    """Yields the shared files: those that draw figures only where there are figures."""
    if full:
        return
    for name, text in assets(own.release, languages).items():
        if name in SHARED or name.startswith("paper-"):
            yield name, text


def _document(
    own: Disclosed,
    page: Page,
    language: Language,
    languages: Sequence[Language],
    *,
    root: str,
    links: Sequence[tuple[Language, str]],
) -> str:
    words = wording(language)
    mine = [Link(words.text("view.title"), f"{root}{language}/{KEY}.html", is_here=True)]
    mine += [Link(words.text("view.own_pages"), f"{root}{path}") for spoken, path in links if spoken == language]
    others = [
        Link(wording(one).text("language.name"), f"{root}{one}/{KEY}.html", is_here=one == language, language=one)
        for one in languages
    ]
    frame = Frame(
        root=root, scenario="", region=own.release.region[language],
        released=words.numbers.day(own.release.created_at), release=own.release.id, base_year=own.release.base_year,
        invented=own.release.invented, pages=mine if len(mine) > 1 else [], scenarios=[],
        languages=others if len(others) > 1 else [], address=lambda _: None, key=KEY,
        file=f"{str(own.about['view']).replace(':', '-')}_{own.release.id}", figures="",
    )  # fmt: skip
    return document(page, frame, words).html


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
