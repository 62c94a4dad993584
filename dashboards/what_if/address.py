"""A setting in an address: `?set=KEY=VALUE&set=KEY=VALUE`, the keys and values of `care-transfer whatif --set`."""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode

from dashboards.what_if.levers import AS_DELIVERED, Lever, Value
from models.scenario.schema import EVERY

_NAME = "set"
MOST_SETTINGS = 500
"""More is no setting that a person made."""


def settings_of(query: str) -> tuple[str, ...]:
    """Returns the settings in the part of an address behind its question mark, in their order."""
    pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True)
    return tuple(value for name, value in pairs if name == _NAME)[:MOST_SETTINGS]


def query_of(settings: Iterable[str]) -> str:
    """Returns what comes behind an address to reproduce settings: with its question mark, or nothing."""
    pairs = [(_NAME, setting) for setting in settings]
    return f"?{urlencode(pairs)}" if pairs else ""


def canonical(settings: Iterable[str], levers: Iterable[Lever]) -> tuple[str, ...]:
    """Returns settings under the keys of the levers: a factor for a resource is that for every provider of it."""
    known = {lever.key for lever in levers}
    pairs = [setting.partition("=") for setting in settings]
    long = [f"{key}.{EVERY}" for key, _, _ in pairs]
    return tuple(
        f"{every if every in known and not value.strip().startswith('{') else key}{equals}{value}"
        for (key, equals, value), every in zip(pairs, long, strict=True)
    )


def changes_of(
    levers: Iterable[Lever], values: Mapping[str, Value], *, linked: Iterable[str], stood: Mapping[str, Value]
) -> tuple[str, ...]:
    """Returns the settings that the levers make, with those of the link that no lever was moved since.

    Args:
        levers: all of them.
        values: where each stands now, by key.
        linked: the settings that the page was opened with.
        stood: where each lever stood when the page was opened.
    """
    of_link = {setting.partition("=")[0]: setting for setting in linked}
    settings = dict(of_link)
    for lever in levers:
        value = values.get(lever.key, lever.filed)
        if value == stood.get(lever.key, lever.filed):
            continue
        settings.pop(lever.key, None)
        setting = None if value == AS_DELIVERED else lever.setting(value)
        if setting is not None:
            settings[lever.key] = setting
    return tuple(settings.values())
