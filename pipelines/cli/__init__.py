"""The command line: `care-transfer`. One module a group of commands; this one starts it and catches what goes wrong.

A command imports what it works with when it runs, so that help and completion answer at once: at the top of these
modules stands only what options are made of. A test holds what may not be loaded.
"""

import logging
import os
import sys
from collections.abc import Sequence

from pipelines.cli import (
    agreements,
    backup,
    case,
    check,
    demo,
    doctor,
    export,
    init,
    package,
    positions,
    refresh,
    releases,
    report,
    scenarios,
    serve,
    settle,
    sign_off,
    source,
    sql,
    view,
    whatif,
)
from pipelines.cli.app import app
from pipelines.cli.faults import told

__all__ = ["main"]

_COMMANDS = (
    demo,
    init,
    check,
    source,
    refresh,
    releases,
    report,
    serve,
    sql,
    export,
    scenarios,
    whatif,
    package,
    settle,
    sign_off,
    agreements,
    view,
    positions,
    case,
    doctor,
    backup,
)
"""In the order of the work, as help shows them."""
_ORDER = [module.__name__ for module in _COMMANDS]
app.registered_commands.sort(key=lambda command: _ORDER.index(getattr(command.callback, "__module__", _ORDER[-1])))


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command; whatever goes wrong is told in plain words, never as a traceback.

    Exit codes: 0 what was asked was done, 1 it was not (and why was said), 2 the command was not understood.
    """
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    logging.getLogger().addHandler(logging.NullHandler())  # libraries' remarks are not for the terminal
    try:
        given = None if arguments is None else list(arguments)
        ended = app(args=given, prog_name="care-transfer", standalone_mode=False)
    except Exception as fault:  # noqa: BLE001 - the one place where everything is caught
        sys.exit(told(fault))
    sys.exit(ended if isinstance(ended, int) else 0)
