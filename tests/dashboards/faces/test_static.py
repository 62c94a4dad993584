"""The static bundle: which files, what they hold, and that nothing in them reaches for the network."""

import base64
import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
from fake_release import MAASDIJK, RELEASE, SCENARIO, SINGLE, write_release

from dashboards.data import ReleaseError
from dashboards.faces.static import write_bundle

_LIMIT = 4_000_000


class _Addresses(HTMLParser):
    """Collects what a page loads and what it links to."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.linked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        for name in ("src", "data", "poster"):
            self.loaded += [found[name] or ""] if name in found else []
        if "href" in found:
            (self.linked if tag == "a" else self.loaded).append(found["href"] or "")


def addresses(page: Path) -> _Addresses:
    parser = _Addresses()
    parser.feed(page.read_text("utf-8"))
    return parser


def pages(bundle: Path) -> list[Path]:
    return sorted(bundle.rglob("*.html"))


def test_there_is_a_set_of_pages_per_scenario_and_language(bundle: Path) -> None:
    for language in ("nl", "en"):
        names = {path.name for path in (bundle / language / SCENARIO).iterdir()}
        assert {"at-the-table.html", "no-agreement.html", "sources.html", f"party-{MAASDIJK}.html"} <= names
        assert (bundle / language / SINGLE / "at-the-table.html").is_file()
    assert (bundle / "index.html").is_file()


def test_every_link_and_every_file_a_page_loads_is_in_the_bundle(bundle: Path) -> None:
    for page in pages(bundle):
        found = addresses(page)
        for address in [*found.loaded, *found.linked]:
            if address == "data:," or address.startswith("#"):
                continue
            assert not re.match(r"[a-z]+:|//", address), (page, address)
            assert (page.parent / address.split("#")[0]).resolve().is_file(), (page, address)


def test_nothing_names_an_address_to_load_from(bundle: Path) -> None:
    for path in [
        *pages(bundle),
        *bundle.glob("assets/*.css"),
        bundle / "assets/page.js",
        bundle / "assets/template.js",
    ]:
        text = path.read_text("utf-8")
        assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|\bsrc=\"http", text), path


def test_the_drawing_library_is_there_once_and_the_bundle_is_small(bundle: Path) -> None:
    files = [path for path in bundle.rglob("*") if path.is_file()]
    assert len([path for path in files if path.stat().st_size > 1_000_000]) == 1
    assert sum(path.stat().st_size for path in files) < _LIMIT


def test_a_scenario_keeps_its_figures_in_one_packed_file_a_language(bundle: Path) -> None:
    page = (bundle / f"nl/{SCENARIO}/at-the-table.html").read_text("utf-8")
    text = (bundle / f"nl/{SCENARIO}/figures.js").read_text("utf-8")
    found = re.fullmatch(r'window\.careTransferFigures = "([A-Za-z0-9+/=]+)";\n', text)
    assert found is not None
    figures = json.loads(gzip.decompress(base64.b64decode(found[1])))
    named, tables = (set(re.findall(rf'data-{what}="([^"]+)"', page)) for what in ("figure", "table"))
    assert named
    assert tables
    assert named | tables <= figures.keys()
    assert not any("template" in figures[name]["layout"] for name in named)
    assert all(figures[name].startswith('<div class="scroll"><table') for name in tables)  # the long ones on request
    assert len(text) < len(json.dumps(figures)) / 3


def test_a_further_scenario_costs_little(bundle: Path) -> None:
    for folder in (bundle / "nl" / SCENARIO, bundle / "en" / SCENARIO):
        assert sum(path.stat().st_size for path in folder.iterdir()) < 500_000


def test_every_page_says_that_the_region_is_invented_and_which_release_it_is(bundle: Path) -> None:
    for page in pages(bundle):
        text = page.read_text("utf-8")
        dutch = '<html lang="nl">' in text
        said = "alle namen en cijfers zijn verzonnen" if dutch else "all names and figures are invented"
        assert said in text, page
        assert said in (bundle / f"assets/paper-{'nl' if dutch else 'en'}.css").read_text(
            "utf-8"
        )  # every printed sheet
        assert RELEASE in text, page


def test_a_real_region_carries_no_banner(tmp_path: Path) -> None:
    database = write_release(tmp_path / "real.duckdb")
    with duckdb.connect(str(database)) as connection:
        connection.execute("UPDATE release SET invented = false")
    index = write_bundle(database, tmp_path / "bundle", languages=("nl",))
    assert "verzonnen.</p>" not in index.read_text("utf-8")


def test_names_from_data_cannot_become_markup(bundle: Path) -> None:
    for page in pages(bundle):
        text = page.read_text("utf-8")
        assert "<Zuid>" not in text, page
        assert "</Zuid" not in text, page


def test_a_sign_stays_with_its_euro(bundle: Path) -> None:
    visible = re.sub(
        r"<script.*?</script>|<style.*?</style>", "", (bundle / "index.html").read_text("utf-8"), flags=re.DOTALL
    )
    assert "−€" not in visible
    assert "−\u2060€" in visible


def test_the_same_release_gives_the_same_bytes(database: Path, bundle: Path, tmp_path: Path) -> None:
    again = write_bundle(database, tmp_path / "again").parent
    for page in pages(bundle):
        assert (again / page.relative_to(bundle)).read_bytes() == page.read_bytes(), page


def test_one_language_has_no_switch(database: Path, tmp_path: Path) -> None:
    index = write_bundle(database, tmp_path / "english", languages=("en",))
    assert '<html lang="en">' in index.read_text("utf-8")
    assert not (tmp_path / "english/nl").exists()
    assert "Nederlands" not in index.read_text("utf-8")


def test_one_party_gets_its_own_pages_and_nothing_of_the_others(database: Path, tmp_path: Path) -> None:
    index = write_bundle(database, tmp_path / "own", party=MAASDIJK)
    written = {str(path.relative_to(index.parent)) for path in pages(index.parent)}
    assert written == {"index.html", *(f"{language}/{SCENARIO}/party-{MAASDIJK}.html" for language in ("nl", "en"))}
    for page in pages(index.parent):
        text = page.read_text("utf-8")
        assert not re.search("Delta Topklinisch Centrum|Kreekziekenhuis|Polderzorg", text)
        assert not re.search("Bronnen|Sources", text)


def test_an_unknown_party_is_refused_before_anything_is_written(database: Path, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"no party '123' .*\nexpected: the id of a provider or payer"):
        write_bundle(database, tmp_path / "nobody", party="123")
    assert not (tmp_path / "nobody").exists()


def test_a_release_without_scenarios_opens_on_its_sources(tmp_path: Path) -> None:
    database = write_release(tmp_path / "early.duckdb", scenarios=False)
    index = write_bundle(database, tmp_path / "early")
    assert "Elk cijfer" not in index.read_text("utf-8")
    assert "Zet een scenario in de map" in index.read_text("utf-8")
    assert (tmp_path / "early/en/sources.html").is_file()


def test_the_index_is_the_scenario_that_moves_most(database: Path, tmp_path: Path) -> None:
    turned = tmp_path / "turned.duckdb"
    turned.write_bytes(database.read_bytes())
    with duckdb.connect(str(turned)) as connection:
        connection.execute("CREATE TABLE other AS SELECT * FROM scenario ORDER BY draws")
        connection.execute("DROP TABLE scenario")
        connection.execute("ALTER TABLE other RENAME TO scenario")
    index = write_bundle(turned, tmp_path / "bundle")
    assert "Maasdijk Ziekenhuis verliest" in index.read_text("utf-8")
