"""`serve --view` and `serve --views`: views to their readers, never without a proxy beyond this machine."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.cli.serve import Reach, answer_until_stopped

if TYPE_CHECKING:
    from pipelines.workspace.workspace import Workspace

HEADER = "X-Care-Transfer-View"
"""In which header a proxy names the reader's view, where nothing else is said."""
THIS_MACHINE = "127.0.0.1"
REFUSED = "views-refused.jsonl"


@dataclass(frozen=True)
class Identity:
    """Who reads: one view for all, or what a proxy says.

    Attributes:
        view: the one view; None where the proxy names it.
        is_behind_proxy: whether a proxy stands before the server.
        header: in which header it names the view; `HEADER` where nothing is said.
    """

    view: str | None
    is_behind_proxy: bool
    header: str | None


def serve_views(place: Workspace, reach: Reach, identity: Identity) -> None:
    """Serves views until the command is stopped.

    Raises:
        Problem: a view that is not there, or readers beyond this machine without a proxy that says who they are.
    """
    _require_safe(reach, identity)
    from dashboards.faces.app.views_served import Reader, views_application
    from pipelines.cli.serving import Server

    if identity.view is not None:
        _require_view(place, identity.view)
    reader = Reader(
        lambda: made_views(place),
        only=identity.view,
        header=identity.header or HEADER,
        proxy=reach.trusted_proxy or THIS_MACHINE,
    )
    answering = views_application(
        reader, prefix=reach.prefix, hosts=(reach.host, *reach.public_hosts), note=lambda said: _note(place, said)
    )
    answer_until_stopped(Server(answering, host=reach.host, port=reach.port), reach)


def made_views(place: Workspace) -> dict[str, Path]:
    """Returns the folder of every view that stands in `views/`, by its name."""
    found = {}
    for path in sorted(place.views.glob("*/disclosure.json")):
        if not path.parent.name.startswith("."):
            found[str(json.loads(path.read_text(encoding="utf-8"))["view"])] = path.parent
    return found


def _require_safe(reach: Reach, identity: Identity) -> None:
    if identity.view is None and not identity.is_behind_proxy:
        raise Problem(
            Text(en="--views without --behind-proxy", nl="--views zonder --behind-proxy"),
            expected=Text(en="a proxy that says who reads", nl="een proxy die zegt wie er leest"),
            action=Text(
                en="set one up as docs/middle.md shows, and give --behind-proxy --identity-header",
                nl="richt er een in zoals docs/middle.md laat zien, en geef --behind-proxy --identity-header",
            ),
        )
    if not identity.is_behind_proxy and not _is_this_machine(reach.host):
        raise Problem(
            Text(en=f"a view on {reach.host} without --behind-proxy", nl=f"een weergave op {reach.host} zonder proxy"),
            expected=Text(
                en="an address of this machine, or a proxy that lets nobody else in",
                nl="een adres van deze machine, of een proxy die niemand anders binnenlaat",
            ),
            action=Text(en="leave --host out, or give --behind-proxy", nl="laat --host weg, of geef --behind-proxy"),
        )


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _require_view(place: Workspace, name: str) -> None:
    made = made_views(place)
    if name not in made:
        raise Problem(
            Text(en=f"no view {name!r} that was made", nl=f"geen weergave {name!r} die is gemaakt"),
            expected=Text(en=f"one of {', '.join(made) or 'none yet'}", nl=f"een van {', '.join(made) or 'nog geen'}"),
            action=Text(en=f"make it: care-transfer view {name}", nl=f"maak hem: care-transfer view {name}"),
        )


def _note(place: Workspace, said: Mapping[str, str]) -> None:
    """Keeps a line on who asked for what is not his."""
    path = place.disclosure / REFUSED
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), **said}) + "\n")
