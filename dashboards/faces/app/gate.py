"""Who may ask, and what a browser is told about every answer: the part of serving that keeps other pages out.

A page of somebody else may make a reader's browser ask for these addresses. It cannot read an answer (other origins
get none), be shown around one (frames are refused), have one run its own programs or styles (the policy names ours), or
have a name of its own stand for this machine (`Host` must be a name that this server is known by).
"""

import base64
import hashlib
import ipaddress
import socket
from collections.abc import Callable, Iterable
from functools import cache
from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from plotly.offline import get_plotlyjs

from dashboards.faces.app import notices
from dashboards.figures.region_map import LEGEND_COLOURS
from dashboards.figures.theme import Colour
from data_contracts.text import Language

Speaks = Callable[[], Language]
_READS = {"GET", "HEAD", "OPTIONS"}
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


LIBRARY_STYLES = (
    "'sha256-+QoPrsxO0auPnxSulD3bAr9CoDGgzv7YRfYE0vfxeQI='",
    "'sha256-0IJGrxhCP5NUIafylLkj5118xkZH1kp5FmNio7NOckI='",
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "'sha256-Aq43X0SlmB69maWGob4rp/UuSHhwePalkRRExtsxOJ8='",
    "'sha256-Do5Z9ZqsPvCQTUBQS9BnDm/2+on7omuzuLYk5sbA+2s='",
    "'sha256-ITR5T9OwskhdqdsliUJRmgp9ltOFAHgXe1F7eRvGnmQ='",
    "'sha256-MJs2ke1SA6Cy3tTCZu2QH0rj0r//iNqU0idy9bM4leg='",
    "'sha256-SkhFDxgIcEjMhRh19uSHWrkdnAlZ9rlskgr9yLsipa8='",
    "'sha256-VUA+tqvhK3niMn7AdszqidMFPRh9FLqxB2iINUrsiTw='",
    "'sha256-X2TqJwnIiE/ceDVeAdr7v7BOWBU6CEzE6qxlNzBzvBk='",
    "'sha256-Z8VokGxeiKThZOEmkdUgfW+jxbvItBwAXC8M1c4wqAM='",
    "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='",
    "'sha256-uDiOZWps1U7E8/0BTaQrclYMhVhRVE4dT0vb5X6nXOw='",
)
"""Style sheets that Dash's components and Plotly put into a page; they change with either. A browser's console names
what is missing (so does the test that reads it); without them a figure's layers stand below each other."""
_TEXT_STYLES = ("font-weight:bold", *(f" fill:{colour}" for colour in (Colour.NEUTRAL.value, *LEGEND_COLOURS)))
"""What a figure's text carries: `<b>` and a coloured mark, as Plotly writes them: with a space before the second."""


def this_machine() -> frozenset[str]:
    """Returns the names by which a machine knows itself."""
    return frozenset(name.lower() for name in ("localhost", socket.gethostname(), socket.getfqdn()) if name)


def is_known(host: str, names: frozenset[str]) -> bool:
    """Returns whether a request may ask for a host.

    A number always may: whoever has a name of his own lead to this machine cannot make a browser ask for a number.

    Args:
        host: as the request says it, with or without a port.
        names: in small letters, without a port or with the one that it holds for.
    """
    name = urlsplit(f"//{host}").hostname or ""
    return name in names or host.lower() in names or _is_number(name)


def comes_from_here(request: Request, names: frozenset[str]) -> bool:
    """Returns whether what a request sends was sent by one of our pages (or by a program that is no browser)."""
    origin = request.headers.get("Origin")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    if origin is None:
        return request.is_json
    asked = urlsplit(origin).netloc.lower()
    return request.is_json and (asked == request.host.lower() or asked in names)


def policy(scripts: Iterable[str] = ()) -> str:
    """Returns the content security policy: nothing but what this server sends, and texts of known hashes.

    Args:
        scripts: hashes of programs that stand in a page, quoted.
    """
    rules = {
        "default-src": ["'none'"],
        "script-src": ["'self'", _hash_of(get_plotlyjs()), *scripts],
        "style-src": ["'self'", _hash_of(notices.STYLE), *LIBRARY_STYLES],
        "style-src-attr": ["'unsafe-hashes'", *map(_hash_of, _TEXT_STYLES)],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(allowed)}" for name, allowed in rules.items())


@cache
def _hash_of(text: str) -> str:
    """Returns what a policy calls a text that it allows."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def stand_before(server: Flask, *, hosts: frozenset[str], scripts: Iterable[str], language: Speaks, root: str) -> None:
    """Has an application refuse what comes from elsewhere, and send the headers with every answer.

    Args:
        server: the application.
        hosts: names by which readers reach it, beside this machine's own.
        scripts: hashes of the programs that stand in its pages.
        language: tells the language for who asks.
        root: where the pages begin.
    """
    names, rules = this_machine() | hosts, policy(scripts)

    @server.before_request
    def refused() -> Response | None:
        if not is_known(request.host, names):
            return notices.unknown_host(request.host, language=language(), root=root).answer()
        if request.method not in _READS and not comes_from_here(request, names):
            return notices.foreign(request.headers.get("Origin", "–"), language=language(), root=root).answer()
        return None

    @server.after_request
    def told(answer: Response) -> Response:
        answer.headers.extend({**HEADERS, "Content-Security-Policy": rules})
        if request.method not in _READS:
            answer.headers["Cache-Control"] = "private, no-store"
        return answer


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
