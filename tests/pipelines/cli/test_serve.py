"""The command `serve` and its server: on a real workspace, with many readers, and when it cannot begin."""

import json
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest
from flask import Flask

from data_contracts.problem import Problem
from pipelines.cli import main
from pipelines.cli.serving import LONGEST_REQUEST_BYTES, THREADS, Server
from pipelines.orchestration.refresh import refresh
from pipelines.release import releases
from pipelines.workspace.workspace import Workspace

COMMAND = "import sys; from pipelines.cli import main; main(sys.argv[1:])"
PATIENCE = 60


@contextmanager
def serving(
    region: Workspace,
    *options: str,
    command: tuple[str, ...] = ("serve",),
    stop: signal.Signals = signal.SIGINT,
    background: bool = False,
) -> Iterator[str]:
    """Runs the command as a person would; yields the address that it prints."""
    arguments = [*command, "--workspace", str(region.root), "--port", "0", *options]
    code = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); {COMMAND}" if background else COMMAND
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        yield next(line.strip() for line in process.stdout if line.startswith("http"))
    finally:
        process.send_signal(stop)
        assert process.wait(PATIENCE) == 0
        process.stdout.close()


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
        return answer.read().decode("utf-8")


def test_the_command_serves_the_region_and_follows_it(region: Workspace) -> None:
    first = releases.require_current(region.published)
    with serving(region, "--prefix", "care") as address:
        assert address.endswith("/care/")
        assert json.loads(get(f"{address}health")) == {"ok": True, "release": first.id}
        assert "Kleinland" in get(address)
        (region.scenarios / "naar-de-huisarts.yaml").write_text(
            (region.scenarios / "naar-de-huisarts.yaml").read_text().replace("seed: 1", "seed: 2")
        )
        refresh(region)  # while somebody reads: neither waits for the other
        newer = releases.require_current(region.published)
        assert newer.id != first.id
        assert newer.id in get(f"{address}health")
        releases.rollback(region.published, first.id)
        assert first.id in get(f"{address}health")
        assert "What if" in get(f"{address}en/naar-de-huisarts/what-if.html")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--prefix", "/a b/"], "a path of letters"),
        (["--port", "taken"], "a port that nobody uses"),
        (["--public-host", "https://care.example.org/"], "leave out what stands before the name"),
    ],
)
def test_what_cannot_begin_says_why(
    region: Workspace, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        given = [str(taken.getsockname()[1]) if option == "taken" else option for option in options]
        with pytest.raises(SystemExit) as ended:
            main(["serve", "--workspace", str(region.root), *given])
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert told in said
    assert "Traceback" not in said


def test_the_demonstration_is_served_when_asked(region: Workspace) -> None:
    with serving(region, command=("demo", "--serve")) as address:
        assert json.loads(get(f"{address}health"))["ok"]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_when_told_to_also_in_the_background(region: Workspace, stop: signal.Signals) -> None:
    with serving(region, stop=stop, background=True) as address:
        assert json.loads(get(f"{address}health"))["ok"]


def test_many_readers_take_no_more_threads_than_a_few() -> None:
    application, most, now, counting = Flask("test"), [0], [0], threading.Lock()
    released = threading.Event()

    @application.get("/")
    def page() -> str:
        with counting:
            now[0] += 1
            most[0] = max(most[0], now[0])
        if most[0] >= THREADS:
            released.set()
        released.wait(PATIENCE)
        with counting:
            now[0] -= 1
        return "read"

    server = Server(application, host="127.0.0.1", port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with ThreadPoolExecutor(50) as readers:
        answers = list(readers.map(get, [f"http://127.0.0.1:{server.port}/"] * 50))
    server.stop()

    assert answers == ["read"] * 50
    assert most[0] == THREADS


def test_silent_connections_keep_nobody_waiting(region: Workspace) -> None:
    """Many connections that never say a word, and some that say half a word: readers are answered all the same."""
    with serving(region) as address, ExitStack() as held:
        at = urlsplit(address)
        for number in range(64):
            silent = held.enter_context(socket.create_connection((at.hostname, at.port)))
            if number % 2:
                silent.sendall(b"GET / HTTP/1.1\r\nHost: localho")
        assert json.loads(get(f"{address}health"))["ok"]
        assert "Kleinland" in get(address)


def test_a_name_is_answered_when_it_was_given_and_a_proxy_is_believed_when_it_was_named(region: Workspace) -> None:
    forwarded = {"Host": "127.0.0.1", "X-Forwarded-Host": "other.example.org", "X-Forwarded-Proto": "https"}
    with serving(region, "--public-host", "care.example.org") as address:
        assert asked(address, {"Host": "care.example.org"}) == 200
        assert asked(address, {"Host": "other.example.org"}) == 421
        assert asked(address, forwarded) == 200  # nobody's word is taken for it
    with serving(region, "--trusted-proxy", "127.0.0.1") as address:
        assert asked(address, forwarded) == 421


def asked(address: str, headers: dict[str, str]) -> int:
    """The status of an answer."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=PATIENCE) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def test_what_is_sent_has_an_end(region: Workspace) -> None:
    with serving(region, "--allow-save") as address:
        at = urlsplit(address)
        with socket.create_connection((at.hostname, at.port), timeout=PATIENCE) as sender:
            head = f"POST {at.path}_dash-update-component HTTP/1.1\r\nHost: {at.netloc}\r\nContent-Length: "
            sender.sendall(f"{head}{LONGEST_REQUEST_BYTES + 1}\r\n\r\n".encode())
            assert sender.recv(100).startswith(b"HTTP/1.1 413")
        assert json.loads(get(f"{address}health"))["ok"]


def test_a_port_in_use_is_told_in_three_parts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Problem) as refused:
        Server(Flask("test"), host="127.0.0.1", port=taken.getsockname()[1])
    (finding,) = refused.value.faults
    assert all((finding.found, finding.expected, finding.action))
