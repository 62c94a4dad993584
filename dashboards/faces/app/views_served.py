"""Views over HTTP: each reader gets the files of the view that is his, and of no other.

Who a reader is the proxy says, in a header that nobody else is believed in. What is sent are files of the view's own
folder; nothing is computed, filtered or chosen here, so a mistake here can show one view for another but never a part
of one. An address of another view is answered as one that does not exist, and noted.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, request, send_file

from dashboards.faces.app.gate import HEADERS, is_known, policy, this_machine

Note = Callable[[Mapping[str, str]], None]
PAGES = "dashboards"
DOWNLOADS = ("care_transfer.duckdb", "disclosure.json")
"""What a reader may take along besides the pages."""
SENT = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


@dataclass(frozen=True)
class Reader:
    """How a server knows who reads.

    Attributes:
        folders: the folder of each view, by the view's name.
        only: the one view that everybody reads; None where the proxy says who is who.
        header: in which header the proxy says it.
        proxy: the address from which that header is believed.
    """

    folders: Callable[[], Mapping[str, Path]]
    only: str | None = None
    header: str = ""
    proxy: str = ""

    def view(self) -> str | None:
        """Returns the view of whoever asks; None where the proxy names none, or somebody else speaks for it."""
        if self.only is not None:
            return self.only
        if request.remote_addr != self.proxy:
            return None
        return request.headers.get(self.header)


def views_application(reader: Reader, *, prefix: str, hosts: Iterable[str], note: Note) -> Flask:
    """Returns what answers: `/` leads to the reader's own view, `/<view>/…` are its files.

    Args:
        reader: how it is known who reads.
        prefix: what every address begins with, with a slash at both ends.
        hosts: names by which readers reach the server, beside this machine's own.
        note: keeps what was asked for and not given.
    """
    server = Flask("views", static_folder=None)
    names, rules = this_machine() | frozenset(hosts), policy()

    @server.before_request
    def refused() -> Response | None:
        if request.method not in {"GET", "HEAD"}:
            return _nothing(405)
        if not is_known(request.host, names):
            return _nothing(421)
        origin = request.headers.get("Origin")
        return None if origin is None or is_known(urlsplit(origin).netloc, names) else _nothing(403)

    @server.route(prefix)
    def start() -> Response:
        view = _own(reader)
        if view is None:
            return _unknown(reader, note)
        return Response(headers={"Location": f"{prefix}{view[1].name}/"}, status=302)

    @server.route(f"{prefix}<folder>/", defaults={"path": "index.html"})
    @server.route(f"{prefix}<folder>/<path:path>")
    def file(folder: str, path: str) -> Response:
        view = _own(reader)
        if view is None or view[1].name != folder:
            return _unknown(reader, note)
        found = _file_of(view[1], path)
        return _nothing(404) if found is None else _sent(found)

    @server.after_request
    def told(answer: Response) -> Response:
        answer.headers.extend({**HEADERS, "Content-Security-Policy": rules})
        answer.headers["Cache-Control"] = "private, no-store"
        return answer

    return server


def _own(reader: Reader) -> tuple[str, Path] | None:
    """Returns the view of whoever asks and its folder, if there is such a view."""
    name = reader.view()
    folder = reader.folders().get(name) if name else None
    return None if name is None or folder is None else (name, folder)


def _file_of(folder: Path, path: str) -> Path | None:
    """Returns a file of a view by its address: a page, what a page needs, or what may be taken along."""
    if path in DOWNLOADS:
        found = folder / path
        return found if found.is_file() else None
    pages = (folder / PAGES).resolve()
    found = (pages / path).resolve()
    inside = found.is_relative_to(pages) and found.suffix in SENT
    return found if inside and found.is_file() else None


def _sent(path: Path) -> Response:
    if path.name in DOWNLOADS:
        return send_file(path, as_attachment=True, conditional=False, etag=False, max_age=0)
    return Response(path.read_bytes(), content_type=SENT[path.suffix])


def _unknown(reader: Reader, note: Note) -> Response:
    """Notes who asked for what is not his, and answers as if it were not there."""
    said = request.headers.get(reader.header, "") if reader.header else ""
    note({"asked": request.path, "view": said, "from": request.remote_addr or ""})
    return _nothing(404)


def _nothing(status: int) -> Response:
    return Response("Niet gevonden. / Not found.\n", status=status, content_type="text/plain; charset=utf-8")
