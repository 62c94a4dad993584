"""The right side of *What if*: who gains and loses, who lacks which hands, beside the scenario as filed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.faces.app.components import Component, html
from dashboards.faces.app.impossible import refusals
from dashboards.faces.app.levers_shown import full_name, said_value
from dashboards.figures.as_filed import gains_and_filed, hands_and_filed
from dashboards.figures.theme import template
from dashboards.pages.at_the_table import hands_alternative, shown_capacity
from dashboards.pages.page import Tone, tone_of
from dashboards.telling import sentences
from dashboards.telling.synopsis import Synopsis
from dashboards.what_if import Lever
from dashboards.what_if.as_filed import filed_needs, filed_values, payers_together, side_by_side
from dashboards.what_if.levers import Value
from dashboards.words.format import unbroken
from dashboards.words.wording import Wording
from models.scenario import ScenarioError

_TEMPLATE = template().to_plotly_json()
_NOTHING: dict[str, Any] = {
    "data": [],
    "layout": {"height": 40, "xaxis": {"visible": False}, "yaxis": {"visible": False}},
}


@dataclass(frozen=True)
class Drawn:
    """A figure as the browser takes it, and the text that states its finding."""

    figure: dict[str, Any]
    alternative: str


def headline(now: Synopsis, filed: Synopsis) -> list[Component]:
    """Returns the answer in words, and the figures of the whole region beside those as filed."""
    boxes = [_net(now, filed), _loss(now, filed), _payers(now, filed), _shortage(now, filed)]
    return [html.H1(sentences.table_answer(now)), html.Dl(boxes, className="key")]


def lead(now: Synopsis) -> str:
    """Returns what moves, what it brings together, and who gains most."""
    return sentences.table_lead(now) if now.outcomes.height else ""


def gains(now: Synopsis, filed: Synopsis) -> Drawn:
    """Returns who gains and who loses now, with what was filed."""
    rows = now.shown
    if not rows.height:
        return Drawn(_NOTHING, sentences.table_answer(now))
    figure = gains_and_filed(rows, filed=filed_values(rows, filed=filed), words=now.words)
    return Drawn(_whole(figure.plain()), sentences.gains_alternative(rows, now.words))


def hands(now: Synopsis, filed: Synopsis) -> Drawn:
    """Returns who lacks which hands now, with what was needed as filed."""
    rows = shown_capacity(now.capacity.filter("known"))
    if not rows.height:
        return Drawn(_NOTHING, sentences.hands_finding(now))
    figure = hands_and_filed(rows, filed=filed_needs(rows, filed=filed), words=now.words)
    return Drawn(_whole(figure.plain()), hands_alternative(rows, now.words))


def parties(now: Synopsis, filed: Synopsis) -> Component:
    """Returns the table of every party: as filed, now, and the difference."""
    words = now.words
    titles = [words.text("gains.party"), words.text("gains.kind")]
    titles += [words.text(f"what_if.{key}") for key in ("filed_short", "now", "difference")] + [
        words.text("gains.share")
    ]
    head = html.Tr([html.Th(title, scope="col") for title in titles])
    rows = [_party(row, now) for row in side_by_side(now=now, filed=filed).to_dicts()]
    caption = html.Caption(words.text("what_if.table"))
    return html.Table([caption, html.Thead(head), html.Tbody(rows)], className="n3 n4 n5 n6")


def changes(
    levers: Sequence[Lever], values: Mapping[str, Value], linked: Sequence[str], now: Synopsis
) -> list[Component]:
    """Returns what differs from the scenario as filed: lever by lever, then what only the address says."""
    words = now.words
    said = [
        words.text(
            "what_if.change",
            name=full_name(lever, now),
            filed=said_value(lever, lever.filed, words),
            now=said_value(lever, values[lever.key], words),
        )
        for lever in levers
        if values[lever.key] != lever.filed
    ]
    own = {lever.key for lever in levers}
    for setting in linked:
        key, _, value = setting.partition("=")
        if key not in own:
            said.append(words.text("what_if.change_linked", place=key, value=value))
    if not said:
        return [html.P(words.text("what_if.changed_none"))]
    key = "what_if.changed_one" if len(said) == 1 else "what_if.changed_more"
    heading = words.text(key, number=words.numbers.counted(len(said)))
    return [html.P(heading[:1].upper() + heading[1:]), html.Ul([html.Li(one) for one in said])]


def fault(refused: ScenarioError, now: Synopsis) -> list[Component]:
    """Returns why a setting is not possible: every fault in three parts."""
    words = now.words
    title, stands = words.text("what_if.fault_title"), words.text("what_if.stands")
    return [html.Strong(title), html.Ul([html.Li(one) for one in refusals(refused, words)]), html.P(stands)]


def _whole(figure: dict[str, Any]) -> dict[str, Any]:
    return {**figure, "layout": {**figure["layout"], "template": _TEMPLATE}}


def _party(row: Mapping[str, Any], now: Synopsis) -> Component:
    numbers = now.words.numbers
    moved = abs(row["difference_eur"]) >= 0.5
    figures = [
        html.Td(numbers.money(row["filed_eur"], signed=True), className=_class(tone_of(row["filed_eur"]))),
        html.Td(numbers.money(row["now_eur"], signed=True), className=_class(tone_of(row["now_eur"]))),
        html.Td(numbers.money(row["difference_eur"], signed=True) if moved else "–"),
        html.Td(numbers.share(row["share"], signed=True)),
    ]
    return html.Tr([html.Th(row["name"], scope="row"), html.Td(row["kind_name"]), *figures])


def _class(tone: Tone) -> str:
    return f"tone-{tone}"


def _box(label: str, said: tuple[str, str], was: tuple[str, str], *, words: Wording, tone: Tone) -> Component:
    """Returns a figure of the whole region with its detail, and the same as filed."""
    (value, detail), before = (unbroken(said[0]), said[1]), unbroken(" ".join(filter(None, was)))
    shown = [html.Dd(value, className="value"), html.Dd(detail)] if detail else [html.Dd(value, className="value")]
    filed = html.Dd(words.text("what_if.filed", value=before), className="filed")
    return html.Div([html.Dt(label), *shown, filed], className=_class(tone))


def _net(now: Synopsis, filed: Synopsis) -> Component:
    words = now.words
    said, was = (
        (words.numbers.money(one.net_eur if one.known.money else None, signed=True), "") for one in (now, filed)
    )
    return _box(words.text("what_if.net"), said, was, words=words, tone=tone_of(now.net_eur))


def _loss(now: Synopsis, filed: Synopsis) -> Component:
    words = now.words
    tone: Tone = "loss" if now.largest_loss else "plain"
    return _box(words.text("what_if.loss"), _said_loss(now), _said_loss(filed), words=words, tone=tone)


def _said_loss(findings: Synopsis) -> tuple[str, str]:
    row, words = findings.largest_loss, findings.words
    if not findings.known.money:
        return words.numbers.unknown, ""
    if row is None:
        return words.text("what_if.none"), ""
    return words.numbers.money(row["value_eur"], signed=True), row["name"]


def _payers(now: Synopsis, filed: Synopsis) -> Component:
    words = now.words
    said, was = (
        (words.numbers.money(payers_together(one) if one.known.money else None, signed=True), "")
        for one in (now, filed)
    )
    return _box(words.text("what_if.payers"), said, was, words=words, tone=tone_of(payers_together(now)))


def _shortage(now: Synopsis, filed: Synopsis) -> Component:
    words = now.words
    tone: Tone = "warning" if now.worst_shortage else "plain"
    return _box(words.text("what_if.shortage"), _said_shortage(now), _said_shortage(filed), words=words, tone=tone)


def _said_shortage(findings: Synopsis) -> tuple[str, str]:
    row, words = findings.worst_shortage, findings.words
    if row is None:
        return words.numbers.unknown if findings.known.unknown_hands else words.text("what_if.none"), ""
    extra = row["fte_after"] - (row["fte_before"] or 0.0)
    return words.numbers.full_time(extra), f"{row['resource_name']}, {row['name']}"
