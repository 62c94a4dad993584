"""Of a file in no known layout: the known ones that come nearest, datasets and source mappings, and what each lacks."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path

from data_contracts.contract import load_contracts, normalised
from data_contracts.text import Text
from pipelines.reading.formats.raw import Unreadable
from pipelines.reading.sources.filled_forms import read_form
from pipelines.reading.sources.mapping import Mapping
from pipelines.reading.sources.recognition import headings_of, named
from pipelines.reading.sources.text_table import is_meant

NEAREST = 3
SHOWN = 8
_COMPARED = 60
"""Headings that are compared letter by letter."""
_LIKENESS_WEIGHT = 0.1
"""How much headings that only look alike count: they order what is otherwise equally far away."""
_NAME_WEIGHT = 0.25
"""How much a name that fits counts, beside the share of headings that are there."""


@dataclass(frozen=True)
class Near:
    """A known layout that a file resembles: its name, how much of it is there (0 to 1), and why it does not fit."""

    layout: Text
    score: float
    why: Text


def nearest(path: Path, mappings: Iterable[Mapping]) -> tuple[Near, ...]:
    """Returns the three known layouts that a file resembles most, the nearest first."""
    headings = seen_headings(path) or ()
    found = [*_of_datasets(headings), *(_of_mapping(path, mapping, headings) for mapping in mappings)]
    return tuple(sorted(found, key=lambda one: (-one.score, one.layout.en))[:NEAREST])


def told(near: Sequence[Near]) -> Text:
    """Returns a sentence on the nearest layouts and what each lacks."""
    en = "; ".join(f"({number}) {one.layout.en}: {one.why.en}" for number, one in enumerate(near, start=1))
    nl = "; ".join(f"({number}) {one.layout.nl}: {one.why.nl}" for number, one in enumerate(near, start=1))
    return Text(en=f"The nearest known layouts: {en}", nl=f"De meest gelijkende bekende opmaken: {nl}")


def seen_headings(path: Path) -> tuple[str, ...] | None:
    """Returns the headings that a file seems to have; None if it cannot be read as a table."""
    try:
        stat = path.stat()
        return _headings_once(path, (stat.st_mtime_ns, stat.st_size))
    except (OSError, Unreadable):
        return None


@lru_cache(maxsize=256)
def _headings_once(path: Path, changed: tuple[int, int]) -> tuple[str, ...]:
    del changed  # a part of the key: a file that changes is looked at again
    return headings_of(path, headings=known_headings())


def known_headings() -> tuple[str, ...]:
    """Returns every heading that a contract knows."""
    columns = (column for contract in load_contracts().values() for column in contract.columns)
    return tuple(dict.fromkeys(name for column in columns for name in (column.name, *column.aliases)))


def _of_datasets(headings: tuple[str, ...]) -> Iterator[Near]:
    for dataset, contract in load_contracts().items():
        found = {column.name for heading in headings if (column := contract.for_heading(heading)) is not None}
        required = [column.name for column in contract.columns if column.required]
        lacking = [name for name in required if name not in found]
        have = 1 - len(lacking) / len(required) if required else 1.0
        known = len(found) / max(len(headings), 1)
        alike = likeness(headings, tuple(column.name for column in contract.columns))
        score = have * known + _LIKENESS_WEIGHT * alike
        yield Near(_dataset(dataset), score, _why_no_dataset(dataset, lacking))


@lru_cache(maxsize=1024)
def likeness(headings: tuple[str, ...], names: tuple[str, ...]) -> float:
    """Returns how much headings look like some names, from 0 to 1: each name's best likeness, on average."""
    plain = [normalised(heading) for heading in headings[:_COMPARED] if heading]
    best = (max((SequenceMatcher(None, normalised(name), one).ratio() for one in plain), default=0.0) for name in names)
    return sum(best) / len(names)


def _dataset(dataset: str) -> Text:
    return Text(en=f"the dataset {dataset}", nl=f"de dataset {dataset}")


def _why_no_dataset(dataset: str, lacking: list[str]) -> Text:
    if not lacking:
        return Text(
            en=f"all required columns are there, but its name does not begin with {dataset}",
            nl=f"alle verplichte kolommen zijn er, maar de naam begint niet met {dataset}",
        )
    return Text(en=f"no column {', '.join(lacking)}", nl=f"geen kolom {', '.join(lacking)}")


def _of_mapping(path: Path, mapping: Mapping, headings: tuple[str, ...]) -> Near:
    asked = mapping.recognise
    fits_name = bool(asked.names) and named(path.name, asked.names)
    lacking = [one for one in asked.headings if not any(is_meant(one, heading) for heading in headings)]
    there = 1 - len(lacking) / len(asked.headings) if asked.headings else 0.0
    why = list(_why_not(path, mapping, lacking=lacking, fits_name=fits_name))
    text = Text(en=" and ".join(one.en for one in why), nl=" en ".join(one.nl for one in why))
    layout = Text(en=f"{mapping.title.en} [{mapping.source}]", nl=f"{mapping.title.nl} [{mapping.source}]")
    alike = likeness(headings, asked.headings) if asked.headings else 0.0
    score = (1 - _NAME_WEIGHT) * there + _NAME_WEIGHT * fits_name + _LIKENESS_WEIGHT * alike
    return Near(layout, score, text)


def _why_not(path: Path, mapping: Mapping, *, lacking: list[str], fits_name: bool) -> Iterator[Text]:
    if not fits_name and mapping.recognise.names:
        names = ", ".join(mapping.recognise.names)
        yield Text(en=f"its name is none of {names}", nl=f"de naam is geen van {names}")
    if lacking:
        shown = ", ".join(f"'{_plain(one)}'" for one in lacking[:SHOWN]) + (", ..." if len(lacking) > SHOWN else "")
        yield Text(en=f"no heading {shown}", nl=f"geen kolomkop {shown}")
    elif mapping.form is not None and fits_name:
        yield from _why_no_form(path, mapping)


def _plain(reference: str) -> str:
    """Returns a heading as a person would write it; of a pattern its words."""
    if not reference.startswith("~"):
        return reference
    words = re.sub(r"\(\?i\)|\[ _\]\??|\\[a-zA-Z]|[\\^$?+*()\[\]]", " ", reference[1:])
    return " ".join(words.split())


def _why_no_form(path: Path, mapping: Mapping) -> Iterator[Text]:
    if mapping.form is None:
        return
    try:
        read_form(path, mapping.form)
    except Unreadable as problem:
        yield problem.found
