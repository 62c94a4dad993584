"""The HTTP server that `serve` runs: a fixed number of threads, so that many readers take no more memory than a few.

What belongs here: sockets and threads. What is answered is the application's.
"""

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler

from pipelines.workspace.errors import Problem

THREADS = 16
"""Answers under way at once; who comes next waits for a moment."""
WAITING = 256
"""How many may wait."""
_PATIENCE_SECONDS = 30


class Server(BaseWSGIServer):
    """Answers requests by a pool of threads until it is told to stop.

    Args:
        application: what answers.
        host: address to listen on.
        port: to listen on; 0 for a free one, see `port` afterwards.

    Raises:
        Problem: the address or the port cannot be had.
    """

    multithread = True
    daemon_threads = True

    def __init__(self, application: Flask, *, host: str, port: int) -> None:
        listener = _listener(host, port)
        super().__init__(host, listener.getsockname()[1], application, handler=_Quiet, fd=listener.fileno())
        listener.close()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="reader")

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the types of socketserver
        """Hands a request to a thread that is free, or will be."""
        self._pool.submit(self._answer, request, client_address)

    def stop(self) -> None:
        """Stops listening and lets go of whoever still waits."""
        self.server_close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _answer(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        try:
            self.finish_request(request, client_address)
        except Exception:  # noqa: BLE001 - a reader who went away stops nobody else
            self.handle_error(request, client_address)
        finally:
            self.shutdown_request(request)


class _Quiet(WSGIRequestHandler):
    """Says nothing of requests that went well, and does not wait for ever for a reader."""

    timeout = _PATIENCE_SECONDS

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=WAITING)
    except (OSError, OverflowError) as fault:
        raise Problem(
            f"{host} port {port}: {fault.strerror or fault}" if isinstance(fault, OSError) else str(fault),
            expected="an address of this machine and a port that nobody uses",
            action="give another with --port, or --port 0 for a free one",
        ) from None
