"""A Chrome or Chromium of this machine, driven without a window and without a network, to put pages on paper.

What belongs here: finding one, starting it with a profile that is thrown away, and talking to it (by its DevTools
protocol, over a pair of pipes: no port is opened, nothing needs to be installed). Which pages are printed is
`printing`.
"""

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

VARIABLE = "CARE_TRANSFER_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_ELSEWHERE = (
    ("/Applications", "Google Chrome.app/Contents/MacOS/Google Chrome"),
    ("/Applications", "Chromium.app/Contents/MacOS/Chromium"),
    ("~/.cache/ms-playwright", "chromium-*/chrome-linux*/chrome"),
    ("~/Library/Caches/ms-playwright", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*"),
)
_FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    # A page of ours asks for nothing; should one ever, it is not answered.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
)
_CHUNK = 1 << 20
_ABOVE = 10
"""Pipes are moved to this number or higher: 3 and 4 are what the browser reads and writes."""
_BECOME = """import os, sys
for at, end in enumerate(sys.argv[1:3], 3): os.dup2(int(end), at)
os.execv(sys.argv[3], sys.argv[3:])"""


class BrowserError(Exception):
    """The browser did not do what was asked: the message says what it did."""


class NoBrowserError(BrowserError):
    """There is no browser on this machine, or not where it was said to be."""


def installed_browser() -> Path:
    """Returns the browser of this machine.

    The variable CARE_TRANSFER_BROWSER names it; else one of the usual names, the usual places, Playwright's own.

    Raises:
        NoBrowserError: There is none, or the variable names something that is no program.
    """
    named = os.environ.get(VARIABLE)
    if named:
        program = shutil.which(named)
        if program is None:
            raise NoBrowserError(f"{VARIABLE} names {named}, which is no program")
        return Path(program)
    on_path = next(filter(None, map(shutil.which, NAMES)), None)
    found = Path(on_path) if on_path else next(_elsewhere(), None)
    if found is None:
        raise NoBrowserError("no Chrome or Chromium on this machine")
    return found


def _elsewhere() -> Iterator[Path]:
    """Yields the browsers outside the search path, the newest of each place first."""
    own = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    places = [*([(own, "chromium-*/chrome-linux*/chrome")] if own else []), *_ELSEWHERE]
    for folder, pattern in places:
        found = Path(folder).expanduser().glob(pattern)
        yield from sorted((path for path in found if os.access(path, os.X_OK)), reverse=True)


@contextmanager
def running(program: Path, *, seconds: float) -> Iterator["Tab"]:
    """Yields a tab of a browser that is started for it, with an empty profile, and ended after it.

    Args:
        program: The browser.
        seconds: How long it may take at most to start, to make a page ready, to print it.

    Raises:
        BrowserError: It does not start.
    """
    with tempfile.TemporaryDirectory(prefix="care-transfer-", ignore_cleanup_errors=True) as profile:
        to_browser, from_browser = _pipe(), _pipe()
        ours = (to_browser[1], from_browser[0])
        try:
            process = _start(program, profile, reads=to_browser[0], writes=from_browser[1])
        finally:
            os.close(to_browser[0])
            os.close(from_browser[1])
        try:
            yield Tab(_Wire(*ours, seconds=seconds))
        finally:
            for end in ours:
                os.close(end)
            _end(process)


def _pipe() -> tuple[int, int]:
    """Returns both ends of a pipe, numbered so high that they are in nobody's way."""
    ends = os.pipe()
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _ABOVE) for end in ends)
    for end in ends:
        os.close(end)
    return moved[0], moved[1]


def _start(program: Path, profile: str, *, reads: int, writes: int) -> subprocess.Popen[bytes]:
    """Starts the browser; it reads what it is told as file 3 and answers as file 4."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []  # it refuses to start as root otherwise
    arguments = [str(program), *_FLAGS, *as_root, f"--user-data-dir={profile}", "about:blank"]
    return subprocess.Popen(  # noqa: S603 - our own words, the program this machine's owner chose
        [sys.executable, "-IS", "-c", _BECOME, str(reads), str(writes), *arguments],
        pass_fds=(reads, writes),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the browser and all that it started: closing its pipes asks it to, a signal makes it."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=2)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Tab:
    """The one tab of a browser: shows a page, prints it."""

    def __init__(self, wire: "_Wire") -> None:
        self._wire = wire
        target = wire.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = wire.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def show(self, page: Path, *, ready: str) -> object:
        """Opens a file and waits until an expression says that it is ready; returns what it then says.

        Args:
            page: The file.
            ready: JavaScript; anything but null, false and 0 is ready.

        Raises:
            BrowserError: The file does not open, or is not ready in time.
        """
        opened = self._ask("Page.navigate", url=page.resolve().as_uri())
        if opened.get("errorText"):
            raise BrowserError(f"the browser could not open {page}: {opened['errorText']}")
        looking = (
            "new Promise(told => { const look = () => { const said = document.readyState === 'complete' && "
            f"({ready}); said ? told(said) : setTimeout(look, 25); }}; look(); }})"
        )
        said = self._ask("Runtime.evaluate", expression=looking, awaitPromise=True, returnByValue=True)
        return said["result"].get("value")

    def printed(self) -> bytes:
        """Returns the page as PDF, on the paper that its own style sheet asks for."""
        printed = self._ask("Page.printToPDF", printBackground=True, preferCSSPageSize=True, generateTaggedPDF=True)
        return base64.b64decode(printed["data"])

    def _ask(self, method: str, **parameters: object) -> dict[str, Any]:
        return self._wire.ask(method, session=self._session, **parameters)


class _Wire:
    """Questions and answers over a pair of pipes: JSON, each ended by a zero byte."""

    def __init__(self, to_browser: int, from_browser: int, *, seconds: float) -> None:
        self._to, self._from = to_browser, from_browser
        self._seconds = seconds
        self._number = 0
        self._heard = bytearray()

    def ask(self, method: str, *, session: str | None = None, **parameters: object) -> dict[str, Any]:
        """Asks and returns the answer; what the browser tells unasked is passed over."""
        self._number += 1
        question = {"id": self._number, "method": method, "params": parameters}
        question |= {"sessionId": session} if session else {}
        try:
            os.write(self._to, json.dumps(question).encode() + b"\0")
        except BrokenPipeError as gone:
            raise BrowserError("the browser ended by itself") from gone
        until = time.monotonic() + self._seconds
        answer = next(found for found in self._messages(until) if found.get("id") == self._number)
        if "error" in answer:
            raise BrowserError(f"the browser refused {method}: {answer['error'].get('message')}")
        result: dict[str, Any] = answer["result"]
        return result

    def _messages(self, until: float) -> Iterator[dict[str, Any]]:
        """Yields what the browser says, as it comes."""
        while True:
            end = self._heard.find(b"\0")
            if end < 0:
                self._heard += self._more(until)
                continue
            message = bytes(self._heard[:end])
            del self._heard[: end + 1]
            yield json.loads(message)

    def _more(self, until: float) -> bytes:
        left = until - time.monotonic()
        if left <= 0 or not select.select([self._from], [], [], left)[0]:
            raise BrowserError(f"the browser did not answer within {self._seconds:.0f} seconds")
        read = os.read(self._from, _CHUNK)
        if not read:
            raise BrowserError("the browser ended by itself")
        return read
