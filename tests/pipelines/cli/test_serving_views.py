"""Views over HTTP: each reader his own, another's address answered as none, and nobody believed but the proxy."""

import json
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from dashboards.faces.app.views_served import Reader, views_application
from pipelines.cli import main
from pipelines.cli.serve import Reach
from pipelines.cli.serving import Server
from pipelines.cli.serving_views import Identity, made_views, serve_views
from pipelines.workspace.workspace import Workspace

PROXY = "127.0.0.1"


@pytest.fixture
def region(tmp_path):
    """A workspace with two views, as `care-transfer view` leaves them."""
    (tmp_path / "region.yaml").write_text("region: r\nname: r\nbase_year: 2025\n", encoding="utf-8")
    for folder, name in (("table", "table"), ("party-1", "party:1")):
        pages = tmp_path / "views" / folder / "dashboards"
        (pages / "nl").mkdir(parents=True)
        (pages / "index.html").write_text(f"<p>{name}</p>", encoding="utf-8")
        (pages / "nl" / "what-you-see.html").write_text("nl", encoding="utf-8")
        (pages.parent / "disclosure.json").write_text(json.dumps({"view": name}), encoding="utf-8")
        (pages.parent / "care_transfer.duckdb").write_bytes(b"of " + name.encode())
    return Workspace.open(tmp_path)


@pytest.fixture
def asked(region):
    """Asks the server that takes its readers from the proxy; keeps what was noted."""
    noted = []
    reader = Reader(lambda: made_views(region), header="X-Reader", proxy=PROXY)
    server = views_application(reader, prefix="/care/", hosts=("127.0.0.1",), note=noted.append)
    client = server.test_client()

    def ask(path, reader="party:1", address=PROXY, method="GET", host="localhost", **headers):
        given = headers if reader is None else {"X-Reader": reader, **headers}
        return client.open(path, method=method, headers=given, base_url=f"http://{host}/",
                           environ_overrides={"REMOTE_ADDR": address})  # fmt: skip

    ask.noted = noted
    return ask


def test_a_reader_is_led_to_his_own_view(asked):
    answer = asked("/care/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/care/party-1/")
    assert asked("/care/party-1/").text == "<p>party:1</p>"
    assert asked("/care/party-1/nl/what-you-see.html").text == "nl"
    assert asked("/care/party-1/care_transfer.duckdb").data == b"of party:1"


def test_a_link_to_another_view_is_not_there_and_is_noted(asked):
    answer = asked("/care/table/")
    assert answer.status_code == 404
    assert "table" not in answer.text
    assert asked.noted == [{"asked": "/care/table/", "view": "party:1", "from": PROXY}]


@pytest.mark.parametrize("reader", [None, "", "party:2", "party:1, table", "../table", "party:1\t"])
def test_who_is_nobody_sees_nothing(asked, reader):
    for path in ("/care/", "/care/party-1/", "/care/party-1/care_transfer.duckdb"):
        answer = asked(path, reader=reader)
        assert answer.status_code == 404
        assert "party:1" not in answer.text


def test_a_header_from_anybody_but_the_proxy_is_not_believed(asked):
    assert asked("/care/party-1/", address="192.0.2.7").status_code == 404
    assert asked("/care/party-1/", address="192.0.2.7", **{"X-Forwarded-For": PROXY}).status_code == 404
    assert asked.noted[0]["from"] == "192.0.2.7"


@pytest.mark.parametrize(
    "path", ["../table/dashboards/index.html", "../../region.yaml", "%2e%2e/disclosure.json",
             "nl/../../disclosure.json", "/etc/passwd", "nl/what-you-see.txt"],
)  # fmt: skip
def test_no_path_leads_out_of_a_views_pages(asked, path):
    answer = asked(f"/care/party-1/{path}")
    assert answer.status_code in {302, 308, 404}
    assert b"of table" not in answer.data
    assert b"base_year" not in answer.data


def test_headers_that_keep_other_pages_out(asked):
    answer = asked("/care/party-1/")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_another_host_and_another_method_are_refused(asked):
    assert asked("/care/", host="evil.example").status_code == 421
    assert asked("/care/party-1/", method="POST").status_code == 405


def test_a_page_of_another_origin_gets_nothing(asked):
    for origin in ("https://evil.example", "null", "http://evil.example:8050"):
        assert asked("/care/party-1/", Origin=origin).status_code == 403
    assert asked("/care/party-1/", Origin="http://localhost").status_code == 200


class HeaderSetting(BaseHTTPRequestHandler):
    """A proxy as nginx is one: who logs in as somebody gets that one's view in the header, whatever he sent himself."""

    views: ClassVar[dict[str, str]] = {"Basic bm9vcmQ6": "party:1", "Basic dGFmZWw6": "table"}
    behind: ClassVar[int] = 0

    def do_GET(self):
        headers = {name: value for name, value in self.headers.items() if name != "X-Care-Transfer-View"}
        headers["X-Care-Transfer-View"] = self.views.get(self.headers.get("Authorization", ""), "")
        asking = HTTPConnection("127.0.0.1", self.behind)
        asking.request("GET", self.path, headers=headers)
        answer = asking.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name in ("Location", "Cache-Control", "Content-Type"):
            if answer.getheader(name):
                self.send_header(name, answer.getheader(name))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing."""


@pytest.fixture
def through_a_proxy(region):
    """Asks a server behind a proxy that sets the header, both over real sockets."""
    reader = Reader(lambda: made_views(region), header="X-Care-Transfer-View", proxy=PROXY)
    answering = views_application(reader, prefix="/", hosts=("care.example.org",), note=lambda _: None)
    server = Server(answering, host="127.0.0.1", port=0)
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), type("Proxy", (HeaderSetting,), {"behind": server.port}))
    threads = [Thread(target=one.serve_forever) for one in (server, proxy)]
    for thread in threads:
        thread.start()

    def ask(path, login=None, **headers):
        asking = HTTPConnection("127.0.0.1", proxy.server_address[1])
        given = {"Host": "care.example.org", **headers, **({"Authorization": login} if login else {})}
        asking.request("GET", path, headers=given)
        answer = asking.getresponse()
        return answer.status, answer.getheader("Location"), answer.read().decode()

    yield ask
    proxy.shutdown()
    proxy.server_close()
    server.stop()
    for thread in threads:
        thread.join()


def test_behind_a_proxy_that_sets_the_header_each_reads_his_own(through_a_proxy):
    north, table = "Basic bm9vcmQ6", "Basic dGFmZWw6"
    assert through_a_proxy("/", north)[:2] == (302, "/party-1/")
    assert through_a_proxy("/party-1/", north)[2] == "<p>party:1</p>"
    assert through_a_proxy("/table/", table)[2] == "<p>table</p>"
    assert through_a_proxy("/table/", north)[0] == 404
    assert through_a_proxy("/party-1/")[0] == 404


def test_a_header_that_a_reader_sends_himself_is_replaced_by_the_proxy(through_a_proxy):
    said = {"X-Care-Transfer-View": "table"}
    assert through_a_proxy("/table/", "Basic bm9vcmQ6", **said)[0] == 404
    assert through_a_proxy("/", **said)[0] == 404


def test_beyond_this_machine_only_behind_a_proxy(region):
    for reach, identity, told in (
        (Reach(), Identity(None, is_behind_proxy=False, header=None), "--views without --behind-proxy"),
        (Reach(host="0.0.0.0"), Identity("table", is_behind_proxy=False, header=None), "a view on 0.0.0.0"),
        (Reach(), Identity("tafel", is_behind_proxy=False, header=None), "no view 'tafel' that was made"),
    ):
        with pytest.raises(Exception, match=told):
            serve_views(region, reach, identity)


def test_the_command_says_so_too(region, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--views", "-w", str(region.root)])
    assert ended.value.code == 1
    assert "a proxy that says who reads" in capsys.readouterr().err
