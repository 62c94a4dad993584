"""*What if* in Dash: the page's surroundings, its controls, and what happens when one is turned.

The page is opened by its address alone: language, scenario and setting stand in it. Every answer is of the release that
is current when it is asked for.
"""

import re
from typing import Any

from dash import ALL, MATCH, ClientsideFunction, Input, Output, State, no_update
from flask import Flask

from dashboards.data import ReleaseError
from dashboards.faces.app import answer_shown
from dashboards.faces.app.components import Component, Dash, dcc, html
from dashboards.faces.app.deadline import BusyError, Deadline
from dashboards.faces.app.following import Following, OnAir
from dashboards.faces.app.levers_shown import control_value, controls, value_of_control
from dashboards.faces.app.proposals import Keep, NotKeptError
from dashboards.faces.markup import live_document
from dashboards.faces.static import PagePlace
from dashboards.pages import PageRef, make_page
from dashboards.telling.synopsis import Synopsis
from dashboards.what_if import Lever, canonical, changes_of, query_of, scenario_file, settings_of
from dashboards.what_if.levers import Value
from dashboards.words.wording import Wording, wording
from data_contracts.text import Language
from models.scenario import ScenarioError

_NAME = re.compile("[a-z0-9][a-z0-9-]{0,79}")
LONGEST_TITLE = 200
_SHOWN = 100
_GRAPH = {"displayModeBar": False, "responsive": True}
_CUT = "<!-- cut -->"
_SCRIPTS = ("page.js", "live.js")


class _Dash(Dash):  # type: ignore[misc]
    """Dash, of whose page only the parts are wanted: what it needs in the head, in the middle and at the end."""

    def interpolate_index(self, **parts: str) -> str:
        """Returns the parts of the page, to be put into surroundings of our own."""
        program = "\n".join(parts[name] for name in ("config", "scripts", "renderer"))
        return _CUT.join([parts["css"], parts["app_entry"], program])


class Live:
    """The page *What if* of whichever release is current.

    Args:
        server: where Dash answers.
        following: the current release.
        prefix: what every address begins with.
        keep: keeps a setting as a scenario; None where nobody may.
        deadline: makes what takes long.
    """

    def __init__(
        self, server: Flask, following: Following, *, prefix: str, keep: Keep | None, deadline: Deadline
    ) -> None:
        self._deadline = deadline
        self._following = following
        self._prefix = prefix
        self._keep = keep
        self._dash = _Dash(
            "care_transfer",
            server=server,
            routes_pathname_prefix=prefix,
            requests_pathname_prefix=prefix,
            serve_locally=True,
            include_assets_files=False,
            assets_folder="no-assets",
            assets_url_path="dash-assets",
            suppress_callback_exceptions=True,
            update_title=None,
        )
        address, room = dcc.Location(id="address", refresh=False), html.Div(id="room")
        self._dash.layout = html.Div([address, room])
        self._connect()

    def document(self, on_air: OnAir, place: PagePlace, ref: PageRef) -> str:
        """Returns the page's HTML: the surroundings of every page, with room for the controls."""
        words = wording(place.language)
        findings = on_air.pages.findings[str(place.scenario), place.language]
        frame = on_air.pages.frame(place, ref)
        styles, inside, scripts = self._dash.index().split(_CUT)
        own = "\n".join(f'<script src="{frame.root}assets/{name}"></script>' for name in _SCRIPTS)
        live_style = f'<link rel="stylesheet" href="{frame.root}assets/live.css">\n'
        page = make_page(findings, ref)
        return live_document(
            page, frame, words, inside=inside, scripts=f"{own}\n{scripts}", styles=f"{styles}\n{live_style}"
        )

    def scripts(self) -> list[str]:
        """Returns the hashes of the programs that stand in the page, as a content security policy quotes them."""
        return list(self._dash.csp_hashes())

    def _connect(self) -> None:
        """Tells Dash which control changes what."""
        turned = Input({"type": "lever", "key": ALL}, "value")
        which, opened = State({"type": "lever", "key": ALL}, "id"), State("opened", "data")
        self._dash.callback(Output("room", "children"), Input("address", "pathname"), State("address", "search"))(
            self._open
        )
        self._dash.callback(
            Output("answer", "children"),
            Output("gains", "figure"),
            Output("gains-box", "aria-label"),
            Output("hands", "figure"),
            Output("hands-box", "aria-label"),
            Output("changes", "children"),
            Output("fault", "children"),
            Output("query", "data"),
            turned, which, opened,
            prevent_initial_call=True,
        )(self._turned)  # fmt: skip
        self._dash.callback(
            Output("lead", "children"), Output("parties", "children"), Output("rests", "children"),
            Input("query", "data"), opened,
            prevent_initial_call=True,
        )(self._told)  # fmt: skip
        self._dash.callback(
            Output("file", "data"), Output("kept", "children"), Input("download", "n_clicks"),
            State("save-name", "value"), State("save-title", "value"), State("query", "data"), opened,
            prevent_initial_call=True,
        )(self._download)  # fmt: skip
        if self._keep is not None:
            self._dash.callback(
                Output("kept", "children", allow_duplicate=True), Input("keep", "n_clicks"),
                State("save-name", "value"), State("save-title", "value"), State("query", "data"), opened,
                prevent_initial_call=True,
            )(self._kept)  # fmt: skip
        self._dash.clientside_callback(
            ClientsideFunction("careTransfer", "address"), Output("link", "href"), Input("query", "data")
        )
        self._dash.clientside_callback(
            ClientsideFunction("careTransfer", "marked"),
            Output({"type": "box", "key": MATCH}, "className"),
            Input({"type": "lever", "key": MATCH}, "value"),
            State({"type": "box", "key": MATCH}, "data-filed"),
            prevent_initial_call=True,
        )

    # --- opening ----------------------------------------------------------------------------------------------------

    def _open(self, path: str, search: str | None) -> Component:
        """Returns the whole room for an address."""
        try:
            on_air = self._following.now()
            place, _ = on_air.pages.at[path.removeprefix(self._prefix)]
            settings, opened = settings_of(search or ""), _Opened(on_air, place)
            return self._deadline.within(
                ("room", on_air.release.id, path, settings),
                lambda: opened.room(settings, may_keep=self._keep is not None),
            )
        except (ReleaseError, LookupError) as fault:
            return html.P(_said(fault, _language_of(path.removeprefix(self._prefix))), role="alert")
        except BusyError:
            return html.P(wording(place.language).text("serving.busy"), role="alert")

    # --- turning ----------------------------------------------------------------------------------------------------

    def _turned(
        self, shown: list[Value | None], which: list[dict[str, str]], opened: dict[str, Any]
    ) -> tuple[Component, ...]:
        """Returns everything that answers to a control; where it cannot, why, and all else as it was."""
        try:
            room = self._room(opened)
        except (ReleaseError, LookupError) as fault:
            return (*[no_update] * 6, html.P(_said(fault, opened["language"])), no_update)
        by_key = {place["key"]: value for place, value in zip(which, shown, strict=True)}
        values = {lever.key: value_of_control(lever, by_key.get(lever.key)) for lever in room.levers}
        stood = {lever.key: value_of_control(lever, opened["stood"].get(lever.key)) for lever in room.levers}
        settings = changes_of(room.levers, values, linked=opened["linked"], stood=stood)
        try:
            answer = self._deadline.within(
                ("answer", room.on_air.release.id, room.place, settings, tuple(values.items())),
                lambda: room.answer(settings, values),
            )
        except ScenarioError as refused:
            return (*[no_update] * 6, answer_shown.fault(refused, room.filed), no_update)
        except BusyError:
            return (*[no_update] * 6, html.P(room.words.text("serving.busy")), no_update)
        return (*answer, room.news(opened["release"]), query_of(settings))

    def _told(self, query: str, opened: dict[str, Any]) -> tuple[Component, ...]:
        """Returns what follows once the figures stand: the sentences, the table of all parties, what it rests on."""
        try:
            room, settings = self._room(opened), settings_of(query)
            key = ("rest", room.on_air.release.id, room.place, settings)
            return self._deadline.within(key, lambda: room.rest(settings))
        except (ReleaseError, LookupError, ScenarioError, BusyError):
            return (no_update,) * 3

    def _room(self, opened: dict[str, Any]) -> "_Opened":
        """Returns the page of a browser on the release that is current now."""
        place = PagePlace(opened["language"], opened["scenario"])
        on_air = self._following.now()
        on_air.trial(opened["scenario"])
        return _Opened(on_air, place)

    # --- keeping ----------------------------------------------------------------------------------------------------

    def _download(
        self, _: int, name: str | None, title: str | None, query: str, opened: dict[str, Any]
    ) -> tuple[Any, Any]:
        """Returns the file of a setting, or why there is none."""
        text, told = self._file(name, title, query, opened)
        if text is None:
            return no_update, told
        return {"content": text, "filename": f"{name}.yaml", "type": "application/yaml"}, ""

    def _kept(self, _: int, name: str | None, title: str | None, query: str, opened: dict[str, Any]) -> Component:
        """Keeps a setting in the workspace; returns where, or why not."""
        words = wording(opened["language"])
        text, told = self._file(name, title, query, opened)
        if text is None or self._keep is None:
            return told
        try:
            return words.text("what_if.kept", file=self._keep(str(name), text))
        except NotKeptError as fault:
            found = words.numbers.number(fault.found) if isinstance(fault.found, int) else fault.found
            return words.text(f"what_if.not_kept.{fault.reason}", found=found, most=words.numbers.number(fault.most))

    def _file(
        self, name: str | None, title: str | None, query: str | None, opened: dict[str, Any]
    ) -> tuple[str | None, Any]:
        """Returns the text of a scenario file, or None and why there is none."""
        words = wording(opened["language"])
        if not _NAME.fullmatch(str(name or "")):
            return None, words.text("what_if.bad_name", found=repr(name or "")[:_SHOWN])
        title = str(title or name)
        if len(title) > LONGEST_TITLE or not title.isprintable():
            return None, words.text("what_if.bad_title", found=words.numbers.number(len(title)), most=LONGEST_TITLE)
        try:
            room, settings = self._room(opened), settings_of(query or "")
            room.trial.check_proposal(settings)
            text = scenario_file(room.trial.content, settings, name=str(name), title=title, levers=room.levers)
        except ScenarioError as refused:
            return None, answer_shown.fault(refused, room.filed)
        except (ReleaseError, LookupError) as fault:
            return None, _said(fault, opened["language"])
        return text, ""


def _language_of(path: str) -> Language:
    """Returns the language that an address begins with; an address without one is answered in Dutch."""
    return "en" if path.startswith("en/") else "nl"


def _said(fault: ReleaseError | LookupError, language: Language) -> str:
    """Returns why there is nothing to show, as one line in a reader's language."""
    return fault.faults[0].sentence(language) if isinstance(fault, ReleaseError) else str(fault).strip("'\"")


class _Opened:
    """The page of one scenario in one language, on one release."""

    def __init__(self, on_air: OnAir, place: PagePlace) -> None:
        self.on_air = on_air
        self.place = place
        self.name = str(place.scenario)
        self.words: Wording = wording(place.language)
        self.trial = on_air.trial(self.name)

    @property
    def levers(self) -> tuple[Lever, ...]:
        """What can be turned."""
        return self.on_air.levers(self.name)

    @property
    def filed(self) -> Synopsis:
        """What the scenario says as filed, on the draws of a trial."""
        return self.trial.findings(self.on_air.release, (), self.words)

    def room(self, settings: tuple[str, ...], *, may_keep: bool) -> Component:
        """Returns controls and answers for the settings of an address; faults are told, and the filed setting shown."""
        told: list[Any] = []
        linked = canonical(settings, self.levers)
        try:
            scenario = self.trial.scenario(settings)
            self.trial.answer(settings)
        except ScenarioError as refused:
            told, linked = answer_shown.fault(refused, self.filed), ()
            scenario = self.trial.filed
        values = {lever.key: lever.at(scenario) for lever in self.levers}
        stood = {lever.key: control_value(lever, values[lever.key]) for lever in self.levers}
        kept = {"release": self.on_air.release.id, "scenario": self.name, "language": self.place.language}
        stores = [
            dcc.Store("opened", data={**kept, "linked": list(linked), "stood": stood}),
            dcc.Store("query", data=query_of(linked)),
        ]
        left = html.Section(self._left(values, may_keep=may_keep), className="levers", id="settings")
        right = html.Section(self._right(linked, values, told), className="answers", id="right")
        return html.Div([*stores, left, right], className="what-if")

    def _left(self, values: dict[str, Value], *, may_keep: bool) -> list[Component]:
        words = self.words
        address = self.on_air.pages.path(self.place, PageRef("what_if")).rpartition("/")[2]
        head = html.Div(
            [html.H2(words.text("what_if.settings")), html.A(words.text("what_if.reset"), href=address, id="reset")],
            className="head",
        )
        return [head, *controls(self.levers, values, self.filed), self._saving(may_keep=may_keep)]

    def _saving(self, *, may_keep: bool) -> Component:
        words = self.words
        label_name = html.Label([words.text("what_if.save_name"), dcc.Input(id="save-name", type="text", maxLength=80)])
        label_title = html.Label(
            [words.text("what_if.save_title"), dcc.Input(id="save-title", type="text", maxLength=LONGEST_TITLE)]
        )
        buttons = [html.Button(words.text("what_if.download"), id="download", type="button")]
        if may_keep:
            buttons.append(html.Button(words.text("what_if.keep"), id="keep", type="button"))
        told = html.Div(id="kept", role="status")
        link = html.P(html.A(words.text("what_if.link"), id="link", href=""))
        inside = [label_name, label_title, html.Div(buttons, className="buttons"), told, dcc.Download(id="file"), link]
        return html.Details([html.Summary(words.text("what_if.save")), *inside], className="group saving", open=True)

    def _right(self, settings: tuple[str, ...], values: dict[str, Value], told: list[Any]) -> list[Component]:
        words = self.words
        headline, gains, gains_said, hands, hands_said, changes = self.answer(settings, values)
        lead, parties, rests = self.rest(settings)
        return [
            html.Div(told, id="fault", role="alert"),
            html.Div(headline, id="answer", **{"aria-live": "polite"}),
            html.P(lead, id="lead", className="lead"),
            html.Div(changes, id="changes"),
            html.Div(
                [
                    self._card("gains", gains, gains_said, note="what_if.gains_note"),
                    self._card("hands", hands, hands_said, note="what_if.hands_note"),
                ],
                className="cards",
            ),
            html.Details(
                [html.Summary(words.text("what_if.table")), html.Div(parties, id="parties", className="scroll")]
            ),
            self._others(),
            html.Div(rests, id="rests", className="note"),
        ]

    def _card(self, name: str, figure: dict[str, Any], said: str, *, note: str) -> Component:
        graph = dcc.Graph(id=name, figure=figure, config=_GRAPH)
        drawn = html.Div(graph, id=f"{name}-box", role="img", className="plot", **{"aria-label": said})
        inside = [
            html.H2(self.words.text(f"{name}.kicker"), className="kicker"),
            html.Div(drawn, className="plot-scroll"),
        ]
        return html.Section([*inside, html.P(self.words.text(note), className="note")], className="card")

    def _others(self) -> Component:
        """Returns links to the other pages; the browser puts the setting behind them."""
        frame = self.on_air.pages.frame(self.place, PageRef("what_if"))
        links = [html.Li(html.A(link.text, href=link.address)) for link in frame.pages if not link.is_here]
        return html.Nav([html.H2(self.words.text("what_if.other_pages")), html.Ul(links)], className="others")

    def answer(self, settings: tuple[str, ...], values: dict[str, Value]) -> tuple[Any, ...]:
        """Returns what must answer at once: headline, both figures with their texts, and what was changed.

        Raises:
            ScenarioError: with every fault of the settings.
        """
        now, filed = self.trial.findings(self.on_air.release, settings, self.words), self.filed
        gains, hands = answer_shown.gains(now, filed), answer_shown.hands(now, filed)
        return (
            answer_shown.headline(now, filed),
            gains.figure,
            gains.alternative,
            hands.figure,
            hands.alternative,
            answer_shown.changes(self.levers, values, settings, now),
        )

    def rest(self, settings: tuple[str, ...]) -> tuple[Component, ...]:
        """Returns the sentences under the answer, the table of all parties, and what all of it rests on.

        Raises:
            ScenarioError: with every fault of the settings.
        """
        now, filed = self.trial.findings(self.on_air.release, settings, self.words), self.filed
        rests = self.words.text("what_if.draws", draws=now.results.draws, release=self.on_air.release.id)
        return answer_shown.lead(now), answer_shown.parties(now, filed), rests

    def news(self, opened: str) -> list[Component]:
        """Returns that another release than the one the page was opened on is current now; else nothing."""
        if opened == self.on_air.release.id:
            return []
        words = self.words
        told = words.text("what_if.new_release", release=self.on_air.release.id)
        return [html.P([told, " ", html.A(words.text("what_if.reload"), href="")])]
