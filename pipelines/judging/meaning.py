"""What a file says beside its columns that changes what they mean: asked, never thrown away.

A column of which each row says whether it counts, a title that amounts are in thousands, a heading that begins as one
of the contract's: the file is held with a question. The list of such words is in `data_contracts/meanings.yaml`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import polars as pl

from data_contracts.contract import DataContract, normalised
from data_contracts.meanings import Meaning, of_heading, of_title
from data_contracts.text import Text
from pipelines.judging.verdict import Refusal
from pipelines.reading.formats.raw import Note, RawTable, three_parts

RULE = "what_does_it_mean"
UNCLEAR_HEADING = "unclear_heading"
_SHOWN = 8
_SHOWN_CHARACTERS = 80

Values = Callable[[str], Sequence[str]]
"""Returns the different values of a column of the file, by its name in the raw table."""


def question(raw: RawTable, contract: DataContract, *, values: Values) -> Refusal | None:
    """Returns the question with which a file is held; None if it says nothing that changes what it means.

    What a source mapping made is not asked: the mapping is the answer.
    """
    if raw.taken is not None:
        return None
    return next((Refusal(RULE, asked) for asked in _questions(raw, contract, values)), None)


def _questions(raw: RawTable, contract: DataContract, values: Values) -> Iterator[Text]:
    for text in raw.said:
        if found := of_title(text, contract):
            yield _of_text(text, found[0])
    for text in _remarks(raw):
        if found := of_title(text, contract):
            yield _of_text(text if contract.is_published else found[1], found[0])
    there = {column.name for heading in raw.headings if (column := contract.for_heading(heading))}
    for name, heading in _unknown(raw, contract).items():
        begun = _begins(heading, contract)
        if begun is not None and begun not in there and (found := of_title(heading, contract)):
            yield _of_text(heading, found[0])
        if meaning := of_heading(heading, contract):
            telling = [value for value in values(name) if not meaning.is_neutral(value)]
            if telling:
                yield _of_column(heading, telling, meaning)


def neutral_notes(raw: RawTable, contract: DataContract) -> Iterator[Note]:
    """Yields what is told of columns that could change the meaning of rows, and in this file do not."""
    if raw.taken is not None:
        return
    for heading in _unknown(raw, contract).values():
        if meaning := of_heading(heading, contract):
            text = Text(
                en=f"Column '{heading}' says {meaning.what.en}; in this file it says nothing that changes a figure.",
                nl=f"Kolom '{heading}' zegt {meaning.what.nl}; in dit bestand zegt die niets dat een cijfer verandert.",
            )
            yield Note(rule="neutral_column", count=1, text=text)


def _unknown(raw: RawTable, contract: DataContract) -> dict[str, str]:
    """Returns the headings that the contract does not know, by the name of their column."""
    pairs = zip(raw.columns, raw.headings, strict=True)
    return {name: heading for name, heading in pairs if heading and contract.for_heading(heading) is None}


def _remarks(raw: RawTable) -> Iterable[str]:
    """Returns what stands alone in a row: a remark below the table, or among its rows."""
    lines = raw.refused["value"].drop_nulls().unique().to_list()
    fields = ([part.strip('" ') for part in re.split(r"[;,\t|]", line) if part.strip('" ')] for line in lines)
    unlaid = [one[0] for one in fields if len(one) == 1]
    if len(raw.columns) < 2:
        return unlaid
    cells = pl.col(raw.columns).str.strip_chars()
    alone = pl.sum_horizontal((cells.fill_null("") != "").cast(pl.Int32)) == 1
    found = raw.frame.filter(alone).select(pl.coalesce(pl.when(cells != "").then(cells)).alias("said"))["said"]
    return [*unlaid, *found.drop_nulls().unique().to_list()]


def _begins(heading: str, contract: DataContract) -> str | None:
    """Returns the column of the contract whose name or alias a heading begins with, as whole words."""
    starts = {normalised(heading[:end]) for end in _ends_of_words(heading)}
    found = (
        column.name
        for column in contract.columns
        if starts & {normalised(name) for name in (column.name, *column.aliases)}
    )
    return next(found, None)


def _ends_of_words(heading: str) -> Iterator[int]:
    return (place for place in range(1, len(heading)) if heading[place - 1].isalnum() and not heading[place].isalnum())


def unclear_headings(raw: RawTable, contract: DataContract, *, there: Iterable[str]) -> Refusal | None:
    """Returns the refusal of a file that lacks a column which results need, while an unused heading begins as it.

    `there`: the columns of the contract that the file has.
    """
    wanted = {column.name for column in contract.columns if column.required_for} - set(there)
    found = {
        heading: column
        for heading in _unknown(raw, contract).values()
        if (column := _begins(heading, contract)) in wanted and raw.taken is None
    }
    if not found:
        return None
    en = ", ".join(f"'{heading}' is {column}" for heading, column in found.items())
    nl = ", ".join(f"'{heading}' {column} is" for heading, column in found.items())
    names = ", ".join(dict.fromkeys(str(column) for column in found.values()))
    return Refusal(
        UNCLEAR_HEADING,
        three_parts(
            Text(
                en=f"no column {names}, and a heading that is not used although it begins like one "
                f"({', '.join(map(repr, found))})",
                nl=f"geen kolom {names}, en een kop die niet gebruikt wordt hoewel die zo begint "
                f"({', '.join(map(repr, found))})",
            ),
            Text(en=f"to know whether {en}", nl=f"te weten of {nl}"),
            Text(
                en=f"give the column the heading {names} if it is, or leave it out if it is not",
                nl=f"geef de kolom de kop {names} als dat zo is, of laat die weg als dat niet zo is",
            ),
        ),
    )


def _of_text(text: str, meaning: Meaning) -> Text:
    shown = text[:_SHOWN_CHARACTERS] + ("..." if len(text) > _SHOWN_CHARACTERS else "")
    return three_parts(
        Text(en=f"'{shown}', which says {meaning.what.en}", nl=f"'{shown}', dat zegt {meaning.what.nl}"),
        Text(
            en="an answer: does it hold for the figures of this file",
            nl="een antwoord: geldt dat voor de cijfers van dit bestand",
        ),
        Text(
            en=f"{meaning.answer.en}; if it does not hold, leave the text out",
            nl=f"{meaning.answer.nl}; geldt het niet, laat de tekst dan weg",
        ),
    )


def _of_column(heading: str, telling: Sequence[str], meaning: Meaning) -> Text:
    shown = ", ".join(f"'{value[:_SHOWN_CHARACTERS]}'" for value in telling[:_SHOWN])
    shown += ", ..." if len(telling) > _SHOWN else ""
    return three_parts(
        Text(
            en=f"column '{heading}' with {shown}, which says {meaning.what.en}",
            nl=f"kolom '{heading}' met {shown}, die zegt {meaning.what.nl}",
        ),
        Text(
            en="an answer: what do these values mean for the figures of their rows",
            nl="een antwoord: wat betekenen deze waarden voor de cijfers van hun rijen",
        ),
        Text(
            en=f"{meaning.answer.en}; if it means nothing for them, leave the column out",
            nl=f"{meaning.answer.nl}; betekent de kolom er niets voor, laat die dan weg",
        ),
    )
