"""Pages that say what is wrong: no release, one that cannot be read, an address that is not there, a fault.

They stand by themselves: no release is needed to draw them. Found, expected, what to do; never a traceback.
"""

import datetime as dt
from dataclasses import dataclass
from html import escape
from typing import Literal

from flask import Response

from dashboards.data import ReleaseError
from dashboards.faces.app.following import NoReleaseError
from dashboards.faces.app.impossible import refusals
from dashboards.words.wording import wording
from data_contracts.text import Language
from models.scenario import ScenarioError

STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:46em;margin:12vh auto;padding:0 1.5em;color:#111827}"
"""The one style sheet that stands in a page: a notice needs no other file."""
Kind = Literal["nothing", "broken", "missing", "fault", "host", "foreign", "busy"]


@dataclass(frozen=True)
class Notice:
    """What to tell: the status of the answer, and its HTML."""

    status: int
    html: str

    def answer(self) -> Response:
        """Returns it as an answer."""
        return Response(self.html, status=self.status, content_type="text/html; charset=utf-8")


def no_release(fault: ReleaseError, *, language: Language, root: str) -> Notice:
    """Returns the page for a time without a release that can be read; a browser asks again by itself."""
    kind: Kind = "nothing" if isinstance(fault, NoReleaseError) else "broken"
    return Notice(
        503, _page(kind, language=language, root=root, again=True, found=f"{fault.faults[0].said(language)['found']}.")
    )


def missing(release: str, *, language: Language, root: str) -> Notice:
    """Returns the page for an address that the release does not have."""
    return Notice(404, _page("missing", language=language, root=root, release=release))


def unknown_host(host: str, *, language: Language, root: str) -> Notice:
    """Returns the page for who asks by a name that this server is not known by; it may be a page of somebody else."""
    return Notice(421, _page("host", language=language, root=root, host=host))


def foreign(origin: str, *, language: Language, root: str) -> Notice:
    """Returns the page for what another page had a reader's browser send."""
    return Notice(403, _page("foreign", language=language, root=root, origin=origin))


def impossible(fault: ScenarioError, *, language: Language, root: str) -> Notice:
    """Returns the page for a setting that the model refuses, with all its faults."""
    words = wording(language)
    said = refusals(fault, words)
    return Notice(400, _html(words.text("what_if.fault_title"), said, language=language, root=root))


def busy(*, language: Language, root: str) -> Notice:
    """Returns the page for an answer that is not ready in time; a browser asks again by itself."""
    return Notice(503, _page("busy", language=language, root=root, again=True))


def failed(*, language: Language, root: str) -> Notice:
    """Returns the page for a fault of the program; the traceback is in the log."""
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return Notice(500, _page("fault", language=language, root=root, time=now))


def _page(kind: Kind, *, language: Language, root: str, again: bool = False, **values: str) -> str:
    words = wording(language)
    said = [words.text(f"serving.{kind}", **values)]
    return _html(words.text(f"serving.{kind}_title"), said, language=language, root=root, again=again)


def _html(title: str, said: list[str], *, language: Language, root: str, again: bool = False) -> str:
    words = wording(language)
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in said)
    refresh = '<meta http-equiv="refresh" content="10">' if again else ""
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">{refresh}'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{paragraphs}"
        f'<p><a href="{escape(root)}">{escape(words.text("serving.first_page"))}</a></p></main></body></html>'
    )
