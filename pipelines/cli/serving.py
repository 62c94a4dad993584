"""The HTTP server that `serve` runs: waitress, with a fixed number of threads behind any number of connections.

What belongs here: sockets, threads and limits of a request. What is answered is the application's. A connection that
says nothing takes no thread: only a request that has arrived as a whole does.
"""

import logging
import socket
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from data_contracts.problem import Problem
from data_contracts.text import Text

THREADS = 16
"""Answers under way at once; who comes next waits for a moment."""
CONNECTIONS = 800
"""Held open at once; below the 1,024 files that a process may have open."""
LONGEST_REQUEST_BYTES, LONGEST_HEADER_BYTES = 1_000_000, 64_000
_WAITING = 256
_SILENT_SECONDS, _SWEEP_SECONDS = 30, 10
_FORWARDED = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}


class Server:
    """Answers requests until it is told to stop.

    Args:
        application: what answers.
        host: address to listen on.
        port: to listen on; 0 for a free one, see `port` afterwards.
        trusted_proxy: address of the proxy whose `X-Forwarded-` headers say who asks and by which name; of anybody else
            they are dropped.

    Raises:
        Problem: the address or the port cannot be had.
    """

    def __init__(self, application: Flask, *, host: str, port: int, trusted_proxy: str | None = None) -> None:
        listener = _listener(host, port)
        self.port: int = listener.getsockname()[1]
        self._connections: dict[int, Any] = {}
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # many readers are no news
        proxy = {"trusted_proxy": trusted_proxy, "trusted_proxy_count": 1, "trusted_proxy_headers": _FORWARDED}
        self._server = create_server(
            application,
            map=self._connections,
            sockets=[listener],
            threads=THREADS,
            connection_limit=CONNECTIONS,
            channel_timeout=_SILENT_SECONDS,
            cleanup_interval=_SWEEP_SECONDS,
            max_request_body_size=LONGEST_REQUEST_BYTES,
            max_request_header_size=LONGEST_HEADER_BYTES,
            asyncore_use_poll=True,
            ident=None,
            **(proxy if trusted_proxy else {}),
        )

    def serve_forever(self) -> None:
        """Answers until `stop`, or until an interrupt reaches this thread; answers under way get five seconds."""
        self._server.run()
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._connections)

    def stop(self) -> None:
        """Has the thread that serves close every connection and return; may be called from any other thread."""
        self._server.trigger.pull_trigger(lambda: wasyncore.close_all(self._connections))


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_WAITING)
    except (OSError, OverflowError) as fault:
        raise Problem(
            f"{host} port {port}: {fault.strerror or fault}" if isinstance(fault, OSError) else str(fault),
            expected=Text(
                en="an address of this machine and a port that nobody uses",
                nl="een adres van deze machine en een poort die niemand gebruikt",
            ),
            action=Text(
                en="give another with --port, or --port 0 for a free one",
                nl="geef een andere met --port, of --port 0 voor een vrije",
            ),
        ) from None
