"""What a person is told when a command fails: what was found, what was expected, what to do; else where the log is."""

import os
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich import text as styled

from data_contracts.problem import Fault, Problem
from data_contracts.text import Language, Text, in_language
from pipelines.cli.output import err

FAILED = 1
NOT_UNDERSTOOD = 2
_LABELS = {
    "found": Text(en="found", nl="gevonden"),
    "expected": Text(en="expected", nl="verwacht"),
    "action": Text(en="what to do", nl="wat te doen"),
}
_LIBRARY_WORDS = re.compile(r"Value error, |^Invalid value for ")


_USAGE: type = typer.BadParameter.__mro__[1]
"""What Typer raises for a command line that it does not understand."""


def told(fault: Exception) -> int:
    """Tells a person what went wrong; returns the exit code."""
    if isinstance(fault, BrokenPipeError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - nobody reads on; nothing to close
        return FAILED
    if isinstance(fault, _USAGE):
        _print_usage(fault)
        return NOT_UNDERSTOOD
    faults = list(_faults(fault))
    if faults:
        print_faults(faults)
    else:
        _print_unexpected(fault)
    return FAILED


def print_faults(faults: list[Fault]) -> None:
    """Prints faults in three parts each."""
    console = err()
    language = language_of(os.environ)
    for fault in faults:
        if fault.where:
            console.print(styled.Text(fault.where, style="bold"), soft_wrap=True)
        for part, told in fault.said(language).items():
            label = in_language(_LABELS[part], language)
            console.print(styled.Text.assemble((f"{label:>12}: ", "dim"), told), soft_wrap=True)


def language_of(environment: Mapping[str, str]) -> Language:
    """Returns the language in which a machine is set to tell messages: Dutch where it says so, else English."""
    locale = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "nl" if locale.startswith("nl") else "en"


def _faults(fault: Exception) -> Iterator[Fault]:
    """Yields what an expected error has to say; nothing for an unexpected one."""
    from pipelines.workspace.disk import is_full, no_room

    if is_full(fault):
        yield from no_room(_place()).faults
    elif isinstance(fault, Problem):
        yield from fault.faults
    elif isinstance(fault, PermissionError | FileNotFoundError | IsADirectoryError | NotADirectoryError):
        yield Fault(
            found=f"{fault.strerror}: {fault.filename}",
            expected=Text(
                en="a file or folder that can be read and written",
                nl="een bestand of map die gelezen en beschreven kan worden",
            ),
            action=Text(en="check the path and who may use it", nl="controleer het pad en wie het mag gebruiken"),
        )
    elif isinstance(fault, OSError) and fault.strerror:
        yield Fault(
            found=fault.strerror,
            expected=Text(en="room and rights to write", nl="ruimte en rechten om te schrijven"),
            action=Text(en="make room, then try again", nl="maak ruimte en probeer het opnieuw"),
        )
    else:
        yield from _faults_of_a_release(fault)


def _faults_of_a_release(fault: Exception) -> Iterator[Fault]:
    """Yields what is wrong with the file of a release, where DuckDB could not open it."""
    import duckdb

    if isinstance(fault, duckdb.IOException) and "set lock" in str(fault):
        yield Fault(
            found=str(fault).splitlines()[0],
            expected=Text(
                en="a release that nobody has open for writing",
                nl="een uitgave die niemand open heeft om in te schrijven",
            ),
            action=Text(
                en="close the program that holds it, then try again",
                nl="sluit het programma dat haar vasthoudt en probeer het opnieuw",
            ),
        )
    elif isinstance(fault, duckdb.IOException) and "valid DuckDB" in str(fault):
        yield Fault(
            found=str(fault).splitlines()[0],
            expected=Text(en="the release as it was published", nl="de uitgave zoals zij is gepubliceerd"),
            action=Text(
                en="publish it again: care-transfer refresh --force; or go back: care-transfer releases rollback ID",
                nl="publiceer opnieuw: care-transfer refresh --force; of ga terug: care-transfer releases rollback ID",
            ),
        )


def _print_usage(fault: Any) -> None:  # noqa: ANN401 - Typer gives the class of these no public name
    """Says what of a command line was not understood, and how it is written; help that was shown already suffices."""
    message = _LIBRARY_WORDS.sub("", fault.format_message()).replace("Input should", "it should").strip()
    if not message:
        return
    usage = fault.ctx.get_usage().removeprefix("Usage: ").strip() if fault.ctx is not None else "a command"
    command = fault.ctx.command_path if fault.ctx is not None else "care-transfer"
    print_faults(
        [
            Fault(
                found=_small(message),
                expected=_in_both(" ".join(usage.split())),
                action=Text(en=f"see: {command} --help", nl=f"zie: {command} --help"),
            )
        ],
    )


def _in_both(words: str) -> Text:
    return Text(en=words, nl=words)


def _small(message: str) -> str:
    return message[:1].lower() + message[1:].removesuffix(".")


def _print_unexpected(fault: Exception) -> None:
    """Writes the traceback to a log and says where."""
    log = write_log("".join(traceback.format_exception(fault)))
    print_faults(
        [
            Fault(
                found=Text(
                    en=f"a fault in the program: {type(fault).__name__}: {_first_line(fault)}",
                    nl=f"een fout in het programma: {type(fault).__name__}: {_first_line(fault)}",
                ),
                expected=Text(
                    en="nothing of the kind; what was published before is untouched",
                    nl="niets van dien aard; wat eerder is uitgegeven, is onaangetast",
                ),
                action=Text(
                    en=f"try again; if it stays, report it with this log: {log}",
                    nl=f"probeer het opnieuw; blijft het, meld het dan met dit logbestand: {log}",
                ),
            )
        ]
    )


def _first_line(fault: Exception) -> str:
    text = str(fault).strip()
    return text.splitlines()[0][:200] if text else "no message"


def write_log(text: str) -> Path:
    """Writes a log into the workspace at hand, else into the temporary folder; returns the file."""
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}.log"
    for folder in _log_folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        except OSError:
            continue
        return folder / name
    return Path(name)


def _place() -> Path:
    """Returns the workspace at hand, else the folder that the command runs in."""
    from pipelines.workspace.workspace import WorkspaceError, find_workspace

    with suppress(WorkspaceError):
        return _workspace_argument() or find_workspace()
    return Path.cwd()


def _log_folders() -> Iterator[Path]:
    from pipelines.workspace.workspace import Workspace, WorkspaceError, find_workspace

    with suppress(WorkspaceError):
        yield Workspace.open(_workspace_argument() or find_workspace()).state / "logs"
    yield Path(tempfile.gettempdir()) / "care-transfer-logs"


def _workspace_argument() -> Path | None:
    """Returns the folder given with --workspace on the command line, if any."""
    for argument, value in zip(sys.argv, sys.argv[1:], strict=False):
        if argument in {"--workspace", "-w"}:
            return Path(value)
    given = next((argument for argument in sys.argv if argument.startswith("--workspace=")), None)
    return Path(given.partition("=")[2]) if given else None
