"""A Firefox of this machine without a window, driven by its own protocol (Marionette): messages `length:json` over TCP.

Playwright drives only a Firefox of its own making; the one that a reader has speaks Marionette.
"""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

SECONDS = 60.0
_SETTINGS = """user_pref("marionette.port", {port});
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.page", 0);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 9);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 9);
"""


def program() -> str | None:
    """The Firefox of this machine; None where there is none."""
    return next(filter(None, map(shutil.which, ("firefox", "firefox-esr"))), None)


class Firefox:
    """One session: opens a page, runs a script in it, presses keys."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire, self._number = wire, 0
        self._heard()  # who it is
        self._ask("WebDriver:NewSession", capabilities={"alwaysMatch": {"acceptInsecureCerts": False}})

    def open(self, page: Path, *, drawn: str) -> None:
        """Opens a file and waits until a function of the page says that its figures stand."""
        self._ask("WebDriver:Navigate", url=page.as_uri())
        until = time.monotonic() + SECONDS
        while not self.run(f"return ({drawn})()"):
            if time.monotonic() > until:
                raise TimeoutError(f"{page.name} is not drawn after {SECONDS:.0f} seconds")
            time.sleep(0.1)

    def run(self, script: str) -> Any:
        """What a script returns."""
        return self._ask("WebDriver:ExecuteScript", script=script, args=[])["value"]

    def resize(self, width: int, height: int) -> None:
        """Gives the window another size."""
        self._ask("WebDriver:SetWindowRect", width=width, height=height)

    def press(self, key: str) -> None:
        """Presses and lets go of a key."""
        strokes = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self._ask("WebDriver:PerformActions", actions=[{"type": "key", "id": "keyboard", "actions": strokes}])

    def close(self) -> None:
        """Ends the browser."""
        self._ask("Marionette:Quit", flags=["eForceQuit"])

    def _ask(self, command: str, **parameters: object) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, command, parameters])
        self._wire.sendall(f"{len(message.encode())}:{message}".encode())
        _, _, failed, result = self._heard()
        if failed:
            raise RuntimeError(f"{command}: {failed['message']}")
        return result

    def _heard(self) -> Any:
        digits = b""
        while (letter := self._wire.recv(1)) != b":":
            if not letter:
                raise ConnectionError("Firefox ended by itself")
            digits += letter
        message = b""
        while len(message) < int(digits):
            message += self._wire.recv(int(digits) - len(message))
        return json.loads(message)


@contextmanager
def running(found: str, profile: Path) -> Iterator[Firefox]:
    """A Firefox with an empty profile, ended afterwards; it is answered by no network."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (profile / "user.js").write_text(_SETTINGS.format(port=port))
    process = subprocess.Popen(
        [found, "--headless", "--no-remote", "--marionette", "--profile", str(profile)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with closing(_connected(port, process)) as wire:
            wire.settimeout(SECONDS)
            firefox = Firefox(wire)
            yield firefox
            firefox.close()
    finally:
        process.kill()
        process.wait()


def _connected(port: int, process: subprocess.Popen[bytes]) -> socket.socket:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise ConnectionError("Firefox does not start")
