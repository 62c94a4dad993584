"""Measures the dashboards: time to the first figure, from a slider to the figure, size of the bundle, memory of serve.

Run: python -m benchmarks.dashboards [WORKSPACE]; without one the demonstration region is made and refreshed first.
Needs a Chrome or Chromium: CARE_TRANSFER_BROWSER names it, else it is found by its name.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from pipelines.demo import make_region
from pipelines.release import releases
from pipelines.workspace.workspace import Workspace

SCENARIO = "right-care-2027"
READERS, ROUNDS, TURNS = 50, 6, 20
COMMAND = "import sys; from pipelines.cli import main; main(sys.argv[1:])"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run")  # fmt: skip
TURN = """() => new Promise(done => {
    const box = document.querySelector('#gains .js-plotly-plot'), start = performance.now();
    box.once('plotly_afterplot', () => {
        const [asked] = performance.getEntriesByType('resource').slice(-1);
        done([performance.now() - start, asked.responseEnd - asked.requestStart]);
    });
    performance.clearResourceTimings();
    const handle = document.querySelector('.lever [role=slider]');
    handle.focus();
    handle.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}));
})"""
SHOWN = "document.querySelector('.plot .main-svg, #gains .main-svg')"


@contextmanager
def serving(workspace: Workspace) -> Iterator[tuple[str, int]]:
    """Runs `serve` in a process of its own; yields its address and process id."""
    arguments = ["serve", "--workspace", str(workspace.root), "--port", "0"]
    process = subprocess.Popen([sys.executable, "-c", COMMAND, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().strip(), process.pid
    process.terminate()
    process.wait()


def memory_mib(process: int, field: str = "VmRSS") -> float:
    """Returns the memory of a process now (VmRSS), or at its peak (VmHWM)."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def first_figure(page: Page, address: str) -> float:
    """Returns the seconds from asking for a page to its first figure."""
    start = time.perf_counter()
    page.goto(address)
    page.wait_for_function(f"() => {SHOWN}")
    return time.perf_counter() - start


def turns(page: Page) -> tuple[float, float]:
    """Returns the median milliseconds from a turned slider to the figure, and of these the server's."""
    found = []
    for _ in range(TURNS):
        found.append(page.evaluate(TURN))
        page.wait_for_timeout(400)  # the sentences and the table that follow are not part of it
    return statistics.median(total for total, _ in found), statistics.median(server for _, server in found)


def readers(address: str) -> int:
    """Lets fifty readers open pages at once, several rounds; returns how many answers were not good."""
    names = ("at-the-table", "interests", "flows", "capacity", "what-if", "sources", "no-agreement")
    pages = [f"{address}{language}/{SCENARIO}/{name}.html" for language in ("nl", "en") for name in names]
    asked = [pages[(reader + turn) % len(pages)] for turn in range(ROUNDS) for reader in range(READERS)]
    # one in ten reads the page under a setting of its own
    asked = [f"{one}?set=draws%3D{100 + place}" if place % 10 == 0 else one for place, one in enumerate(asked)]

    def bad(one: str) -> bool:
        with urllib.request.urlopen(one, timeout=120) as answer:
            return answer.status != 200 or not answer.read()

    with ThreadPoolExecutor(READERS) as pool:
        return sum(pool.map(bad, asked))


def bundle_mib(workspace: Workspace) -> tuple[float, int]:
    """Returns the size of the static bundle and its number of files."""
    files = [
        path for path in releases.require_current(workspace.published).dashboards.parent.rglob("*") if path.is_file()
    ]
    return sum(path.stat().st_size for path in files) / 2**20, len(files)


def measured(workspace: Workspace) -> None:
    """Prints the table."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    browser = os.environ.get("CARE_TRANSFER_BROWSER") or next(filter(None, map(shutil.which, names)), None)
    index = releases.require_current(workspace.published).dashboards.as_uri()
    with serving(workspace) as (address, process), sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=list(FLAGS))
        page = opened.new_page(viewport={"width": 1366, "height": 768})
        print(f"first figure, bundle from disk: {first_figure(page, index):.2f} s")
        table, what_if = (f"{address}nl/{SCENARIO}/{name}.html" for name in ("at-the-table", "what-if"))
        for name, place in (("at the table", table), ("what if", what_if)):
            first, again = first_figure(page, place), first_figure(page, place)
            print(f"first figure, served, {name}: {first:.2f} s, again {again:.2f} s")
        page.wait_for_timeout(2000)
        total, server = turns(page)
        print(f"slider to figure, median of {TURNS}: {total:.0f} ms, of which the server {server:.0f} ms")
        opened.close()
        before, start = memory_mib(process), time.perf_counter()
        bad = readers(address)
        took = time.perf_counter() - start
        print(
            f"serve: {before:.0f} MiB with one reader, {memory_mib(process):.0f} MiB after {READERS} "
            f"(peak {memory_mib(process, 'VmHWM'):.0f} MiB); {READERS * ROUNDS} pages in {took:.1f} s, {bad} failed"
        )
    size, files = bundle_mib(workspace)
    print(f"bundle: {size:.1f} MiB in {files} files")


def main() -> None:
    """Measures a workspace that is given, else the demonstration region in a temporary folder."""
    if len(sys.argv) > 1:
        measured(Workspace.open(sys.argv[1]))
        return
    from pipelines.orchestration.refresh import refresh  # noqa: PLC0415 - Dagster takes seconds to import

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "demo"
        make_region(target)
        workspace = Workspace.open(target)
        refresh(workspace)
        measured(workspace)


if __name__ == "__main__":
    main()
