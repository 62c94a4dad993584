"""Pages of a static bundle as PDF: *At the table* and a page a party, one A4 each, to be taken along on paper.

What belongs here: which pages of a bundle are made for paper, what their files are called, and when a page is ready to
be printed. How it fits its sheet is the page's own matter (`assets/page.js`, `assets/page.css`).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from dashboards.faces.browser import BrowserError, running
from dashboards.pages import PARTY_ADDRESS, entry

SECONDS = 60.0
_READY = """[...document.querySelectorAll('.undrawn')].some(told => !told.hidden) ? 'undrawn'
    : [...document.querySelectorAll('.plot')].every(
        box => box.closest('details:not([open])') || box.querySelector('.main-svg')) ? 'drawn' : null"""


def sheets(bundle: Path) -> list[Path]:
    """Returns the pages of a bundle that go on paper, one sheet each: *At the table* first, then the parties."""
    names = (entry("at_the_table").address, f"{PARTY_ADDRESS}-*")
    return [page for name in names for page in sorted(bundle.glob(f"*/*/{name}.html"))]


def printed(pages: Sequence[Path], target: Path, *, program: Path, seconds: float = SECONDS) -> Iterator[Path]:
    """Prints pages of a bundle, each into a PDF of its own, and yields the PDF files one by one.

    Args:
        pages: The pages, as `sheets` gives them.
        target: The folder to write to; made if it is not there.
        program: The browser that prints.
        seconds: How long it may take at most to start, to draw a page, to print it.

    Raises:
        BrowserError: The browser does not start, draw or print a page; what was printed before stays.
    """
    target.mkdir(parents=True, exist_ok=True)
    with running(program, seconds=seconds) as tab:
        for page in pages:
            if tab.show(page, ready=_READY) != "drawn":
                raise BrowserError("the browser is too old to draw the figures: it is from before 2023")
            path = target / _name(page)
            unfinished = path.with_suffix(".unfinished")
            unfinished.write_bytes(tab.printed())
            yield unfinished.replace(path)


def _name(page: Path) -> str:
    """Returns what the PDF of a page is called: its scenario, which page it is, its language."""
    language, scenario = page.parent.parent.name, page.parent.name
    return f"{scenario}_{page.stem}_{language}.pdf"
