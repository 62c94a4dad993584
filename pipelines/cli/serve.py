"""`serve`: the interactive dashboards of the current release, for as long as the command runs."""

from __future__ import annotations

import re
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.cli.app import WorkspaceOption, app, opened
from pipelines.cli.output import out

if TYPE_CHECKING:
    from pipelines.cli.serving import Server
    from pipelines.workspace.workspace import Workspace

_EVERY_ADDRESS = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not listened on
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?")
_PREFIX = re.compile("(/[A-Za-z0-9._~-]+)*/")


@app.command()
def serve(  # noqa: PLR0913 - one option a thing that an operator may want otherwise
    workspace: WorkspaceOption = None,
    *,
    host: Annotated[str, typer.Option("--host", help="Address to listen on; 0.0.0.0 for every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 for a free one.")] = 8050,
    prefix: Annotated[
        str, typer.Option("--prefix", help="What every address begins with, behind a reverse proxy, such as /care/.")
    ] = "/",
    public_host: Annotated[
        list[str] | None,
        typer.Option("--public-host", help="A name by which readers reach it, such as care.example.org; repeat it."),
    ] = None,
    trusted_proxy: Annotated[
        str | None, typer.Option("--trusted-proxy", help="Address of the proxy whose X-Forwarded headers are believed.")
    ] = None,
    allow_save: Annotated[
        bool, typer.Option("--allow-save", help="Let readers propose a what-if as a new file in scenarios/proposed/.")
    ] = False,
    view: Annotated[
        str | None, typer.Option("--view", help="One view only, such as table; as `care-transfer view` made it.")
    ] = None,
    views: Annotated[bool, typer.Option("--views", help="To each reader the view that a proxy says is his.")] = False,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="A proxy stands before this server and says who reads.")
    ] = False,
    identity_header: Annotated[
        str | None,
        typer.Option("--identity-header", help="In which header the proxy names the reader's view."),
    ] = None,
) -> None:
    """Serves the dashboards and What if, read-only; follows every new release. Stop with Ctrl+C."""
    names = tuple(map(_host_checked, public_host or ()))
    reach = Reach(host, port, prefix=_checked(prefix), public_hosts=names, trusted_proxy=trusted_proxy)
    if view is None and not views:
        keep_serving(opened(workspace), reach, allow_save=allow_save)
        return
    from pipelines.cli.serving_views import Identity, serve_views

    identity = Identity(view, is_behind_proxy=behind_proxy, header=identity_header)
    serve_views(opened(workspace), reach, identity)


@dataclass(frozen=True)
class Reach:
    """How readers reach the server.

    Attributes:
        host, port: where it listens.
        prefix: what every address begins with, with a slash at both ends.
        public_hosts: names by which readers reach it, beside those of this machine.
        trusted_proxy: address of the proxy whose forwarded headers are believed; None: nobody's.
    """

    host: str = "127.0.0.1"
    port: int = 8050
    prefix: str = "/"
    public_hosts: tuple[str, ...] = ()
    trusted_proxy: str | None = None


def keep_serving(place: Workspace, reach: Reach, *, allow_save: bool = False) -> None:
    """Serves a workspace until the command is stopped; prints the address first.

    Ctrl+C stops it, and so does a service manager, also where a shell that started it in the background has it ignore
    the first.

    Raises:
        Problem: the address cannot be had.
    """
    from dashboards.faces.app.application import application
    from dashboards.faces.app.following import Following
    from pipelines.cli.proposals import Proposals
    from pipelines.cli.serving import Server

    following = Following(place.published.current, languages=tuple(place.region.languages))
    keep = Proposals(place).keep if allow_save else None
    answering = application(following, prefix=reach.prefix, keep=keep, hosts=(reach.host, *reach.public_hosts))
    answer_until_stopped(Server(answering, host=reach.host, port=reach.port, trusted_proxy=reach.trusted_proxy), reach)


def answer_until_stopped(server: Server, reach: Reach) -> None:
    """Prints where a server listens and answers until the command is stopped."""
    shown = "127.0.0.1" if reach.host in _EVERY_ADDRESS else reach.host
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    out().print(f"http://{shown}:{server.port}{reach.prefix}", soft_wrap=True)
    with suppress(KeyboardInterrupt):
        server.serve_forever()


def _checked(prefix: str) -> str:
    """Returns a prefix with a slash at both ends.

    Raises:
        Problem: it cannot stand in an address.
    """
    found = f"/{prefix.strip('/')}/" if prefix.strip("/") else "/"
    if not _PREFIX.fullmatch(found):
        raise Problem(
            f"--prefix {prefix!r}",
            expected=Text(
                en="a path of letters, digits and hyphens, such as /care/",
                nl="een pad van letters, cijfers en koppeltekens, zoals /care/",
            ),
            action=Text(
                en="give the path under which the proxy passes requests on",
                nl="geef het pad waaronder de proxy verzoeken doorgeeft",
            ),
        )
    return found


def _host_checked(name: str) -> str:
    """Returns a name as a browser sends it, with or without a port.

    Raises:
        Problem: it is more than a name, such as a whole address.
    """
    if _HOST.fullmatch(name):
        return name.lower()
    raise Problem(
        f"--public-host {name!r}",
        expected=Text(
            en="a name such as care.example.org, with a port if readers type one",
            nl="een naam zoals care.example.org, met een poort als lezers die intypen",
        ),
        action=Text(
            en="leave out what stands before the name (https://) and behind it (a path)",
            nl="laat weg wat voor de naam staat (https://) en erachter (een pad)",
        ),
    )
