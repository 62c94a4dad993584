"""A setting as a scenario of its own: the text of a new file, in which what was turned by hand says so."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.what_if.levers import Lever
from models.scenario.parsing import read_content
from models.scenario.settings import with_changes, written

_BY_HAND = "Set by hand in What if; filed: {filed}"


def scenario_file(
    content: Mapping[str, Any], settings: Sequence[str], *, name: str, title: str, levers: Sequence[Lever]
) -> str:
    """Returns the text of a scenario file that says what the settings do.

    Args:
        content: the scenario as filed.
        settings: what was changed.
        name: of the new scenario; the titles of both languages become the title.
        title: what people call it.
        levers: to say which values were set by hand: they are assumptions now, whatever they rested on before.

    Raises:
        ScenarioError: with every fault of the settings.
    """
    changed = with_changes(dict(content), settings)
    changed |= {"scenario": name, "title": {"nl": title, "en": title}, "agreed": None}
    by_key = {lever.key: lever for lever in levers}
    for setting in settings:
        lever = by_key.get(setting.partition("=")[0])
        if lever is not None and lever.parameter is not None:
            _mark(changed, lever)
    read_content(changed, source=name)
    return written(changed)


def _mark(content: dict[str, Any], lever: Lever) -> None:
    """Puts in the place of a parameter's evidence that a person set it."""
    one = next(item for item in content["initiatives"] if item["id"] == lever.group)
    kept = [item for item in one.get("evidence") or [] if item["parameter"] != lever.name]
    filed = lever.span or lever.filed
    said = {"parameter": lever.name, "source": _BY_HAND.format(filed=filed), "confidence": "assumption"}
    one["evidence"] = [*kept, said]
