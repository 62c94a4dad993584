"""Headings to columns: which column of the contract each heading means, and what is missing, double or unknown."""

from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from data_contracts.contract import Column, DataContract, normalised
from data_contracts.text import Text
from pipelines.judging.meaning import neutral_notes
from pipelines.judging.verdict import MISSING_COLUMN, Refusal
from pipelines.reading.conversion.calendar import is_period_heading
from pipelines.reading.formats.raw import Note, RawTable, three_parts

_SHOWN = 20
_SHOWN_PERIODS = 3


@dataclass(frozen=True)
class Matched:
    """The columns of a file that the contract knows.

    Attributes:
        text: the cells as delivered, under the contract's names, in contract order.
        columns: the contract's columns that are there.
        source: the name in the raw frame, by contract name.
        notes: unknown columns, and missing ones that some results need.
    """

    text: pl.DataFrame
    columns: tuple[Column, ...]
    source: dict[str, str]
    notes: tuple[Note, ...]


def match_columns(raw: RawTable, contract: DataContract) -> Matched | Refusal:
    """Returns the matched columns, or why the file cannot be one of this dataset: every fault at once."""
    meant = [
        (name, heading, contract.for_heading(heading)) for name, heading in zip(raw.columns, raw.headings, strict=True)
    ]
    unknown = [heading for _, heading, column in meant if column is None]
    counts = Counter(column.name for _, _, column in meant if column is not None)
    double = [name for name, count in counts.items() if count > 1]
    missing = [column for column in contract.columns if column.heading_required and column.name not in counts]
    if missing:
        return Refusal("missing_column", _missing(missing, raw, contract, known=bool(counts)))
    if double:
        headings = {
            name: [h for _, h, column in meant if column is not None and column.name == name] for name in double
        }
        return Refusal("double_column", _double(headings))
    source = {column.name: name for name, _, column in meant if column is not None}
    columns = tuple(column for column in contract.columns if column.name in source)
    text = raw.frame.select(pl.col(source[column.name]).alias(column.name) for column in columns)
    told = (*_unknown_notes(unknown), *neutral_notes(raw, contract), *_missing_notes(contract, source))
    return Matched(text, columns, source, told)


def near_headings(column: Column, headings: tuple[str, ...]) -> list[str]:
    """Returns the headings that look most like a column's name or one of its aliases."""
    by_shape = {normalised(heading): heading for heading in headings if heading}
    names = [normalised(name) for name in (column.name, *column.aliases)]
    matches = [match for name in names for match in get_close_matches(name, list(by_shape), n=2, cutoff=0.6)]
    return [by_shape[match] for match in dict.fromkeys(matches)][:3]


def _missing(missing: list[Column], raw: RawTable, contract: DataContract, *, known: bool) -> Text:
    names = ", ".join(column.name for column in missing)
    headings = ", ".join(f"'{heading}'" for heading in raw.headings[:_SHOWN] if heading)
    headings += ", ..." if len(raw.headings) > _SHOWN else ""
    free = tuple(heading for heading in raw.headings if contract.for_heading(heading) is None)
    near = {column.name: near_headings(column, free) for column in missing}
    english = "; ".join(f"perhaps {_listed(found)} is {name}" for name, found in near.items() if found)
    dutch = "; ".join(f"misschien is {_listed(found)} {name}" for name, found in near.items() if found)
    if periods := [heading for heading in free if is_period_heading(heading)]:
        first = ", ".join(f"'{heading}'" for heading in periods[:_SHOWN_PERIODS])
        english = (
            f"put the periods that stand as columns ({first}) in rows, months added up to a quarter (2025Q1); a source "
            "mapping does so with the step `long` (docs/sources.md, 'Periods that stand as columns')"
        )
        dutch = (
            f"zet de perioden die als kolommen staan ({first}) in rijen, maanden opgeteld tot een kwartaal (2025Q1); "
            "een bronbeschrijving doet dat met de stap `long` (docs/bronnen.md, 'Perioden die als kolommen staan')"
        )
    if not known:
        english = english or f"check that this is a file of {contract.dataset}; the headings are on the first line"
        dutch = dutch or f"ga na of dit een bestand met {contract.dataset} is; de kolomkoppen staan op de eerste regel"
    return three_parts(
        Text(
            en=f"no column {names}; the headings are {headings or '(none)'}",
            nl=f"geen kolom {names}; de kolomkoppen zijn {headings or '(geen)'}",
        ),
        Text(en=_expected(missing, contract, "en"), nl=_expected(missing, contract, "nl")),
        Text(
            en=english or "add the column, or correct its heading", nl=dutch or "voeg de kolom toe, of verbeter de kop"
        ),
    )


def _expected(missing: list[Column], contract: DataContract, language: str) -> str:
    """Returns under which headings the missing columns are recognised."""
    word = "of" if language == "nl" else "or"
    named = [f" {word} ".join(f"'{name}'" for name in (column.name, *column.aliases[:3])) for column in missing]
    every = ", ".join(column.name for column in contract.columns if column.heading_required)
    tail = f"; verplicht zijn {every}" if language == "nl" else f"; required are {every}"
    return "; ".join(named) + tail


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _double(headings: dict[str, list[str]]) -> Text:
    shown = "; ".join(f"{name}: {_listed(found)}" for name, found in headings.items())
    return three_parts(
        Text(en=f"more than one column for {shown}", nl=f"meer dan één kolom voor {shown}"),
        Text(en="every column once", nl="elke kolom één keer"),
        Text(en="remove or rename the one that is not meant", nl="verwijder of hernoem de kolom die niet bedoeld is"),
    )


def _unknown_notes(unknown: list[str]) -> list[Note]:
    named = [heading for heading in unknown if heading]
    if not named:
        return []
    shown = _listed(named[:_SHOWN]) + (", ..." if len(named) > _SHOWN else "")
    text = Text(en=f"Columns that were not used: {shown}.", nl=f"Kolommen die niet zijn gebruikt: {shown}.")
    return [Note(rule="unknown_columns", count=len(named), text=text)]


def _missing_notes(contract: DataContract, source: dict[str, str]) -> list[Note]:
    """Returns, for every missing column that results need, which those are."""
    notes = []
    for column in contract.columns:
        if column.name not in source and column.required_for and not column.empty_has_meaning:
            results = ", ".join(column.required_for)
            text = Text(
                en=f"There is no column {column.name}; without it these results suffer: {results}.",
                nl=f"Er is geen kolom {column.name}; zonder die kolom lijden deze uitkomsten: {results}.",
            )
            notes.append(Note(rule=MISSING_COLUMN, count=1, text=text, column=column.name, odd=True))
    return notes


_THOUSANDS = r"^(-?\d{1,3}\.\d{3})$"


def as_delivered(raw: RawTable, rows: pl.Series) -> pl.DataFrame:
    """Returns rows of the file as delivered: those that are true in `rows`.

    A number that the file itself stores as one has no text of its own: it is written so that its point cannot be taken
    for a sign between thousands (1.234 as 1.2340).
    """
    plain = [
        pl.when(pl.lit(stored.fill_null(value=False)))
        .then(pl.col(name).str.replace(_THOUSANDS, "${1}0"))
        .otherwise(name)
        for name, stored in raw.stored_numbers.items()
    ]
    named = [one.alias(name) for name, one in zip(raw.stored_numbers, plain, strict=True)]
    return raw.frame.with_columns(named).filter(rows)
