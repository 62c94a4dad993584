"""The application: which address gives what. All lies under one prefix, so that a reverse proxy can stand before it.

`<prefix>` the first page, `<prefix><language>/<scenario>/<page>.html` every page as in the static bundle, behind a
`?set=...` the same page under a setting of *What if*, `<prefix>health` whether all is well.
"""

import hashlib
import logging
from collections.abc import Collection

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from dashboards.data import ReleaseError
from dashboards.faces.app import gate, notices
from dashboards.faces.app.deadline import BusyError, Deadline
from dashboards.faces.app.following import Following, OnAir
from dashboards.faces.app.live import Live
from dashboards.faces.app.proposals import Keep
from dashboards.faces.markup import HtmlDocument
from dashboards.faces.static import PagePlace, figures_file
from dashboards.pages import PageRef
from dashboards.what_if import settings_of
from dashboards.words.wording import LANGUAGES
from data_contracts.text import Language
from models.scenario import ScenarioError

HEALTH = "health"
_TYPES = {"css": "text/css", "js": "text/javascript", "html": "text/html"}


def application(
    following: Following,
    *,
    prefix: str = "/",
    keep: Keep | None = None,
    hosts: Collection[str] = (),
    deadline: Deadline | None = None,
) -> Flask:
    """Returns the whole interactive face as a WSGI application.

    Args:
        following: the current release.
        prefix: what every address begins with, such as `/care/`; a proxy passes it on as it is.
        keep: keeps a setting as a scenario of the workspace; None: settings can only be taken along as a file.
        hosts: names by which readers reach it, beside this machine's own: of a proxy, such as `care.example.org`.
        deadline: how long who asks waits; None: as usual.
    """
    server = Flask("care_transfer", static_folder=None)
    site = _Site(following, prefix=prefix, deadline=deadline or Deadline())
    server.add_url_rule(f"{prefix}{HEALTH}", "health", site.health)
    server.add_url_rule(f"{prefix}assets/<name>", "asset", site.asset)
    server.add_url_rule(prefix, "first", site.page, defaults={"path": ""})
    server.add_url_rule(f"{prefix}<path:path>", "page", site.page)
    if prefix != "/":
        server.add_url_rule("/", "root", site.elsewhere)
    server.register_error_handler(Exception, site.fault)
    site.live = Live(server, following, prefix=prefix, keep=keep, deadline=site.deadline)
    names = frozenset(host.lower() for host in hosts)
    gate.stand_before(server, hosts=names, scripts=site.live.scripts(), language=site.language, root=prefix)
    return server


class _Site:
    """Answers every request that is not a control of *What if*."""

    live: Live

    def __init__(self, following: Following, *, prefix: str, deadline: Deadline) -> None:
        self._following = following
        self.deadline = deadline
        self._prefix = prefix

    def page(self, path: str) -> Response:
        """Returns a page, or the figures of one."""
        on_air = self._following.now()
        path = path or "index.html"
        settings = settings_of(request.query_string.decode("utf-8", errors="replace"))
        place, ref = on_air.pages.at.get(path) or on_air.pages.figures_at(path) or (None, None)
        if place is None or ref is None:
            return self._missing(on_air)
        if ref.kind == "what_if" and place.scenario and path.endswith(".html"):
            return _sent(self.live.document(on_air, place, ref), "html")
        key = (on_air.release.id, place, ref, settings)
        document = self.deadline.within(key, lambda: _drawn(on_air, place, ref, settings=settings))
        return self._shown(document, ref, is_page=path.endswith(".html"))

    def _shown(self, document: HtmlDocument, ref: PageRef, *, is_page: bool) -> Response:
        answer = _sent(document.html, "html") if is_page else _sent(figures_file(document.figures), "js")
        if ref.party is not None:
            answer.headers["Cache-Control"] = "private, no-store"
        return answer

    def _missing(self, on_air: OnAir) -> Response:
        return notices.missing(on_air.release.id, language=self.language(), root=self._prefix).answer()

    def asset(self, name: str) -> Response:
        """Returns a file that all pages share."""
        shared = self._following.now().assets
        if name not in shared:
            return self._missing(self._following.now())
        answer = _sent(shared[name], name.rpartition(".")[2])
        answer.set_etag(hashlib.sha256(answer.data).hexdigest())
        answer.make_conditional(request)
        return answer

    def health(self) -> tuple[dict[str, object], int]:
        """Returns whether the current release can be shown, and which it is."""
        try:
            return {"ok": True, "release": self._following.now().release.id}, 200
        except ReleaseError as fault:
            return {"ok": False, "release": None, "problem": fault.faults[0].sentence()}, 503

    def elsewhere(self) -> Response:
        """Returns where the pages are, to who asks above the prefix."""
        return Response(status=302, headers={"Location": self._prefix})

    def fault(self, fault: Exception) -> Response | HTTPException:
        """Returns what a person is told when something goes wrong."""
        language = self.language()
        if isinstance(fault, ReleaseError):
            return notices.no_release(fault, language=language, root=self._prefix).answer()
        if isinstance(fault, BusyError):
            return notices.busy(language=language, root=self._prefix).answer()
        if isinstance(fault, ScenarioError):
            return notices.impossible(fault, language=language, root=self._prefix).answer()
        if isinstance(fault, HTTPException):
            return fault
        logging.getLogger(__name__).error("While answering %s", request.path, exc_info=fault)
        return notices.failed(language=language, root=self._prefix).answer()

    def language(self) -> Language:
        """Returns the language that an address asks for, else the reader's browser, else the region's first."""
        asked = request.path.removeprefix(self._prefix).partition("/")[0]
        known = [language for language in LANGUAGES if language == asked]
        preferred = request.accept_languages.best_match(self._following.languages)
        first = self._following.languages[0]
        return known[0] if known else next((one for one in LANGUAGES if one == preferred), first)


def _drawn(on_air: OnAir, place: PagePlace, ref: PageRef, *, settings: tuple[str, ...]) -> HtmlDocument:
    """Returns a page, of the scenario as filed or under some settings."""
    if not settings or not place.scenario:
        return on_air.pages.drawn(place, ref)
    document = on_air.under(place.scenario, settings).drawn(place, ref)
    on_air.tidy()
    return document


def _sent(text: str, kind: str) -> Response:
    answer = Response(text, content_type=f"{_TYPES[kind]}; charset=utf-8")
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer
