"""The left side of *What if*: a control for every lever, with its evidence beside it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from dashboards.faces.app.components import Component, dcc, html
from dashboards.telling.synopsis import Synopsis
from dashboards.what_if import Lever
from dashboards.what_if.levers import AS_DELIVERED, NEVER, Value
from dashboards.words.wording import Wording, capitalised

_PERCENT = 100.0
_FINE = 0.1


def control_value(lever: Lever, value: Value) -> Value:
    """Returns a lever's value as its control shows it: shares and factors in percent."""
    if lever.unit in {"share", "factor"}:
        return _plain(round(float(value) * _PERCENT, 4))
    return _plain(value) if isinstance(value, float) else value


def value_of_control(lever: Lever, shown: Value | None) -> Value:
    """Returns the value that a control stands for; as filed where it was left empty."""
    if shown is None:
        return lever.filed
    if lever.unit in {"share", "factor"}:
        return round(float(shown) / _PERCENT, 6)
    return int(shown) if lever.unit == "year" else shown


def said_value(lever: Lever, value: Value, words: Wording) -> str:
    """Returns a lever's value as the language writes it."""
    numbers = words.numbers
    if lever.unit == "form" and value == AS_DELIVERED:
        forms = ", ".join(words.text(f"what_if.form.{form}") for form in lever.delivered)
        return words.text("what_if.form.delivered", forms=forms)
    if lever.unit == "form":
        return words.text(f"what_if.form.{value}")
    if lever.unit == "norms":
        return words.text("what_if.norms_never" if value == NEVER else "what_if.norms_from", year=value)
    if lever.unit == "year":
        return str(value)
    if lever.unit == "euro":
        return numbers.euro.format(number=numbers.exact(float(value)))
    percent = numbers.percent.format(number=numbers.exact(round(float(value) * _PERCENT, 2)))
    return words.text("what_if.of_delivered", percent=percent) if lever.unit == "factor" else percent


def lever_name(lever: Lever, findings: Synopsis) -> str:
    """Returns what a lever is called beside its control."""
    words = findings.words
    if lever.group == "contract":
        return party_name(lever.name, findings)
    if lever.group == "capacity":
        return words.text("lever.capacity", name=capitalised(_resource_name(lever.name, findings)))
    return words.known("lever", lever.name)


def full_name(lever: Lever, findings: Synopsis) -> str:
    """Returns a lever's name where its group is not beside it, such as in the list of changes."""
    words = findings.words
    if lever.group == "contract":
        return f"{words.text('what_if.contracts')} {party_name(lever.name, findings)}"
    if lever.group == "capacity":
        return f"{words.text('what_if.capacities')}: {_resource_name(lever.name, findings)}"
    if lever.group == "norms":
        return words.text("what_if.norms")
    name = words.known("parameters", lever.name)
    return f"{group_title(lever.group, findings)}, {name}"


def group_title(group: str, findings: Synopsis) -> str:
    """Returns the heading of a group: an initiative's title, or what the region's facts are."""
    titles = dict(findings.initiatives.select("initiative", "title").iter_rows())
    plain = {"contract": "what_if.contracts", "capacity": "what_if.capacities", "norms": "what_if.norms"}
    return findings.words.text(plain[group]) if group in plain else titles.get(group, group)


def party_name(party: str, findings: Synopsis) -> str:
    """Returns what a party is called."""
    found = findings.release.parties.filter(findings.release.parties["party"] == party)["name"].to_list()
    return found[0] if found and found[0] else party


def controls(levers: Sequence[Lever], values: Mapping[str, Value], findings: Synopsis) -> list[Component]:
    """Returns a box a group that opens, the first one open, and every one in which something was changed."""
    boxes = []
    for place, (group, members) in enumerate(groupby(levers, key=lambda lever: lever.group)):
        inside = list(members)
        changed = any(values[lever.key] != lever.filed for lever in inside)
        summary = html.Summary(group_title(group, findings))
        shown = [_lever(lever, values[lever.key], findings) for lever in inside]
        boxes.append(html.Details([summary, *shown], open=changed or place == 0, className="group"))
    return boxes


def _lever(lever: Lever, value: Value, findings: Synopsis) -> Component:
    words = findings.words
    name = html.Span(lever_name(lever, findings), className="name")
    filed = html.Span(words.text("what_if.filed", value=said_value(lever, lever.filed, words)), className="filed")
    return html.Div(
        [html.Div([name, filed], className="head"), _control(lever, value, words), _evidence(lever, findings)],
        id={"type": "box", "key": lever.key},
        className="lever changed" if value != lever.filed else "lever",
        **{"data-filed": str(control_value(lever, lever.filed)), "data-said": _pattern(lever, words)},
    )


def _pattern(lever: Lever, words: Wording) -> str:
    """Returns how a control's number is said, with `{number}` in its place; a choice is said by its label."""
    numbers, percent = words.numbers, words.numbers.percent
    patterns = {
        "share": percent,
        "factor": words.text("what_if.of_delivered", percent=percent),
        "euro": numbers.euro,
        "year": "{number}",
        "form": "",
        "norms": "",
    }
    return patterns[lever.unit]


def _control(lever: Lever, value: Value, words: Wording) -> Component:
    place = {"type": "lever", "key": lever.key}
    if lever.choices:
        options = [{"label": said_value(lever, choice, words), "value": choice} for choice in lever.choices]
        return dcc.RadioItems(options, value, id=place, inline=True, className="forms")
    low, high = control_value(lever, lever.low), control_value(lever, lever.high)
    shown, filed = control_value(lever, value), control_value(lever, lever.filed)
    return dcc.Slider(
        id=place,
        min=low,
        max=high,
        step=_step(lever, filed),
        value=shown,
        marks={_plain(float(filed)): ""},
        included=False,
        updatemode="mouseup",
    )


def _step(lever: Lever, filed: Value) -> float | int:
    """Returns how finely a control moves: by ones, finer where the value as filed lies between."""
    if lever.unit == "year" or float(filed).is_integer():
        return 1
    return _FINE


def _evidence(lever: Lever, findings: Synopsis) -> Component:
    """Returns what a value rests on: its range, its source, and how much that is worth."""
    return html.P(list(_said(lever, findings)), className="evidence")


def _said(lever: Lever, findings: Synopsis) -> Iterator[Any]:
    words = findings.words
    if lever.unit == "form":
        yield words.text("what_if.supposed_contract", name=party_name(lever.name, findings))
    elif lever.unit == "factor":
        yield words.text("what_if.supposed_capacity")
    elif lever.unit == "norms":
        yield words.text("what_if.supposed_norms")
    elif lever.parameter is None:
        yield words.text("what_if.choice")
    elif lever.source is None:
        yield words.text("what_if.default", value=said_value(lever, lever.filed, words))
    else:
        mark = lever.source.confidence
        yield html.Span(words.known("confidence", mark), className=f"mark mark-{mark}")
        yield f" {_range(lever, words)}. "
        yield from _source(lever, words)


def _range(lever: Lever, words: Wording) -> str:
    if lever.span is None:
        return words.text("what_if.no_range")
    low, high = (said_value(lever, end, words) for end in lever.span)
    return words.text("what_if.range", low=low, high=high)


def _source(lever: Lever, words: Wording) -> Iterator[Any]:
    source = lever.source
    if source is None or not source.text:
        yield words.text("what_if.no_source")
        return
    text = f"{source.text} ({source.year})" if source.year and str(source.year) not in source.text else source.text
    is_link = (source.url or "").startswith(("https://", "http://"))
    yield html.A(text, href=source.url, rel="noreferrer", target="_blank") if is_link else text


def _resource_name(resource: str, findings: Synopsis) -> str:
    table = findings.release.table("resource")
    delivered = dict(table.select("resource", "name").iter_rows())
    return findings.words.known("resources", resource, otherwise=delivered.get(resource) or resource)


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value
