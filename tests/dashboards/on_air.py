"""An application answered for by the server that `serve` uses, for as long as a test looks at it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server


@contextmanager
def on_air(application: Flask) -> Iterator[int]:
    """Yields the port at which it answers."""
    connections: dict[int, Any] = {}
    server = create_server(application, map=connections, host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server.effective_port
    server.trigger.pull_trigger(lambda: wasyncore.close_all(connections))
    thread.join()
    server.task_dispatcher.shutdown()
