"""`serve`: the interactive dashboards of the current release, for as long as the command runs."""

import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.app import WorkspaceOption, app, opened
from pipelines.cli.output import out
from pipelines.workspace.errors import Problem
from pipelines.workspace.workspace import Workspace

if TYPE_CHECKING:
    from dashboards.faces.app import Keep

_EVERY_ADDRESS = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not listened on
_PREFIX = re.compile("(/[A-Za-z0-9._~-]+)*/")


@app.command()
def serve(
    workspace: WorkspaceOption = None,
    *,
    host: Annotated[str, typer.Option("--host", help="Address to listen on; 0.0.0.0 for every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 for a free one.")] = 8050,
    prefix: Annotated[
        str, typer.Option("--prefix", help="What every address begins with, behind a reverse proxy, such as /care/.")
    ] = "/",
    allow_save: Annotated[
        bool, typer.Option("--allow-save", help="Let readers keep a what-if as a new file in scenarios/.")
    ] = False,
) -> None:
    """Serves the dashboards and What if, read-only; follows every new release. Stop with Ctrl+C."""
    keep_serving(opened(workspace), host=host, port=port, prefix=prefix, allow_save=allow_save)


def keep_serving(
    place: Workspace, *, host: str = "127.0.0.1", port: int = 8050, prefix: str = "/", allow_save: bool = False
) -> None:
    """Serves a workspace until the command is stopped; prints the address first.

    Ctrl+C stops it, and so does a service manager, also where a shell that started it in the background has it ignore
    the first.

    Raises:
        Problem: the address cannot be had, or the prefix cannot stand in one.
    """
    root = _checked(prefix)
    from dashboards.faces.app import Following, application  # noqa: PLC0415 - Dash takes a second to import
    from pipelines.cli.serving import Server  # noqa: PLC0415

    following = Following(place.published.current, languages=tuple(place.region.languages))
    keep = keeper(place) if allow_save else None
    server = Server(application(following, prefix=root, keep=keep), host=host, port=port)
    shown = "127.0.0.1" if host in _EVERY_ADDRESS else host
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    out().print(f"http://{shown}:{server.port}{root}", soft_wrap=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.stop()


def keeper(place: Workspace) -> "Keep":
    """Returns what keeps a scenario as a new file of the workspace; an existing file is never written."""
    from dashboards.faces.app import NotKeptError  # noqa: PLC0415

    def _not_kept(path: Path, fault: OSError) -> NotKeptError:
        taken = path.is_file()
        return NotKeptError("taken" if taken else "failed", path.stem if taken else fault.strerror or str(fault))

    def keep(name: str, text: str) -> str:
        path = place.scenarios / f"{name}.yaml"
        if path.stem in {file.stem for file in place.scenario_files()}:
            raise NotKeptError("taken", name)
        try:
            place.scenarios.mkdir(exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as fault:
            raise _not_kept(path, fault) from None
        return f"{place.scenarios.name}/{path.name}"

    return keep


def _checked(prefix: str) -> str:
    """Returns a prefix with a slash at both ends.

    Raises:
        Problem: it cannot stand in an address.
    """
    found = f"/{prefix.strip('/')}/" if prefix.strip("/") else "/"
    if not _PREFIX.fullmatch(found):
        raise Problem(
            f"--prefix {prefix!r}",
            expected="a path of letters, digits and hyphens, such as /care/",
            action="give the path under which the proxy passes requests on",
        )
    return found
