"""Rows that are no rows of the table: totals of others, headings again, and a second table below the first.

They are refused for that alone. Some of them are known only by what stands elsewhere in the file; where rows are judged
some at a time, `Elsewhere` says that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import takewhile

import polars as pl

from data_contracts.contract import DataContract, load_contracts, normalised
from data_contracts.text import Text
from pipelines.judging.verdict import Breach
from pipelines.reading.conversion import NUMERIC, Misfit
from pipelines.reading.conversion.converted import EMPTY_WORDS, misfit
from pipelines.reading.formats.raw import ROW_NUMBER, RawTable

_TOTAL = r"(?i)^\W*(?:(?:grand|sub|eind|generaal|regio)[\s-]*)?(?:totaal|totalen|totals?)\b"
_ONLY_TOTAL = (
    r"(?i)^\W*(?:(?:grand|sub|eind|generaal|regio|algemeen|overall)[\s-]*)?"
    r"(?:totaal|totalen|totals?|som|sum|resultaat|result)(?:[\s-]*(?:generaal|resultaat|result))?\W*$"
)
_OF_WORD = (
    r"(?:(?:grand|sub|eind)[\s-]*)?(?:totaal|totalen|totals?|som|sum|gemiddelde|gemiddeld|average|mean|aantal|count"
    r"|resultaat|result)(?:\s+(?:van|of|voor|for))?"
)
_OF_ANOTHER = rf"(?i)^\W*(?:{_OF_WORD}\W+(\S.*?)|(\S.*?)\W+{_OF_WORD})\W*$"
"""A word for total, and what it is the total of, before or behind it: `Totaal 401`, `401 Total`."""
TOTAL_WORDS = "tota|som|sum|gemiddeld|average|mean|aantal|count|result"
"""What is in a word for total, in small letters."""
_NO_WORD = r"[0-9]"
_CODE = r"^\s*[0-9]+\s*$"


@dataclass(frozen=True)
class Elsewhere:
    """What stands elsewhere in a file of which these rows are a part.

    Attributes:
        keys: values of a key column that a total may be of, as `total_of` gives them.
        second_table: the number of the row from which on the rows are another table's.
    """

    keys: Mapping[str, frozenset[str]] = field(default_factory=dict)
    second_table: int | None = None


def totals_rows(
    text: pl.DataFrame, contract: DataContract, *, others: pl.DataFrame, elsewhere: Elsewhere
) -> list[Breach]:
    """Returns the rows that sum up others: they say so, and lack what a row of their own would have or name another.

    Args:
        text: the contract's columns as delivered.
        contract: says which columns are keys.
        others: the columns of the file that the contract does not know.
        elsewhere: what the rest of the file holds.
    """
    keys = [column for column in contract.columns if column.key and column.name in text.columns]
    required = [pl.col(c.name).str.strip_chars().fill_null("") == "" for c in keys if c.required and c.kind == "text"]
    lacks_key = pl.any_horizontal(required) if required else pl.lit(value=False)
    owners = [c.name for c in keys if c.references == "providers.provider_id" or (c.required and c.kind == "text")]
    table = pl.concat([text, others.select(pl.all().name.prefix("other: "))], how="horizontal")
    says_so = [name for name in table.columns if table[name].str.contains(_TOTAL).any()]
    of_keys = [c.name for c in keys if c.kind in {"text", "period"}]
    tests = [lacks_key & pl.col(name).str.contains(_TOTAL) for name in says_so]
    tests += [pl.col(name).str.contains(_TOTAL) for name in says_so if name in owners]
    tests += [pl.col(name).str.contains(_ONLY_TOTAL) for name in of_keys]
    of_another = {name: rows for name in of_keys if (rows := _of_another(table[name], elsewhere.keys.get(name))).any()}
    tests += [pl.lit(rows) for rows in of_another.values()]
    rows = table.select(pl.any_horizontal(*tests, pl.lit(value=False)).fill_null(value=False)).to_series()
    if not rows.any():
        return []
    found = misfit(
        "totals_row",
        rows,
        expected=Text(en="rows of single items only", nl="alleen rijen van afzonderlijke posten"),
        action=Text(
            en="leave totals out: this program adds up by itself, and a total would count twice",
            nl="laat totalen weg: dit programma telt zelf op, en een totaal zou dubbel tellen",
        ),
    )
    label = _first_match([*says_so, *of_keys], of_another)
    return [Breach(None, Misfit(found.rule, found.rows, found.text, found=table.select(label).to_series()))]


def _first_match(names: list[str], of_another: Mapping[str, pl.Series]) -> pl.Expr:
    """Returns the first cell of a row that says it is a total."""
    cells = [
        pl.when(
            pl.col(name).str.contains(_TOTAL)
            | pl.col(name).str.contains(_ONLY_TOTAL)
            | (pl.lit(of_another[name]) if name in of_another else pl.lit(value=False))
        ).then(name)
        for name in names
    ]
    return pl.coalesce(cells)


def total_of(cells: pl.Series) -> pl.Series:
    """Returns what cells say they are the total of, as keys are compared; empty where they say no such thing."""
    if not cells.str.to_lowercase().str.contains(TOTAL_WORDS).any():
        return pl.Series([None], dtype=pl.String).new_from_index(0, cells.len())
    groups = cells.to_frame("cell").select(
        pl.coalesce(pl.col("cell").str.extract(_OF_ANOTHER, 1), pl.col("cell").str.extract(_OF_ANOTHER, 2))
    )
    return compared(groups.to_series())


def compared(cells: pl.Series) -> pl.Series:
    """Returns keys as they are compared to what a total names: without case, space around, and noughts in front."""
    return cells.str.strip_chars().str.to_lowercase().str.strip_chars_start("0").str.replace(r"\.0$", "")


def _of_another(cells: pl.Series, elsewhere: frozenset[str] | None) -> pl.Series:
    """Returns which cells name another key of the file beside a word for total."""
    named = total_of(cells)
    if named.null_count() == named.len():
        return pl.repeat(value=False, n=cells.len(), eager=True)
    keys = pl.concat([compared(cells).drop_nulls(), pl.Series(sorted(elsewhere or ()), dtype=pl.String)]).unique()
    return (named.is_in(keys.implode()) & (named != "")).fill_null(value=False)


def other_table(raw: RawTable, contract: DataContract, source: Mapping[str, str], elsewhere: Elsewhere) -> list[Breach]:
    """Returns the rows that are the headings again, and those from which on another table begins.

    Args:
        raw: the file as read.
        contract: what it should be.
        source: the name of each column of the contract in the file.
        elsewhere: what the rest of the file holds.
    """
    repeated = _same_headings(raw)
    first = elsewhere.second_table or second_table(raw, contract, source)
    numbers = raw.frame[ROW_NUMBER]
    below = numbers >= first if first is not None else pl.repeat(value=False, n=numbers.len(), eager=True)
    return [
        Breach(None, one)
        for one in (_another_table(below, first), _headings_again(repeated & ~below))
        if one.rows.any()
    ]


def second_table(raw: RawTable, contract: DataContract, source: Mapping[str, str]) -> int | None:
    """Returns the number of the row from which on another table stands, its title or headings; None if there is none.

    The cells of its headings are headings that some dataset knows, and no figure stands where the contract has a code;
    or all of them are words, also where the contract has numbers, dates and periods.
    """
    if raw.taken is not None or not raw.columns:
        return None
    names = list(raw.columns)
    filled = pl.sum_horizontal((pl.col(n).str.strip_chars().fill_null("") != "").cast(pl.Int32) for n in names)
    known = pl.sum_horizontal(_plain(n).is_in(_known_headings()).fill_null(value=False).cast(pl.Int32) for n in names)
    codes = [source[c.name] for c in contract.columns if c.name in source and c.is_code and c.required]
    no_code = [~pl.col(name).str.contains(_CODE).fill_null(value=False) for name in codes]
    rows = pl.all_horizontal((known >= 2) & (known * 2 >= filled), *no_code)
    counted = [source[c.name] for c in contract.columns if c.name in source and c.kind in {*NUMERIC, "date", "period"}]
    if len(counted) >= 2:
        words = pl.all_horizontal(_is_word(name) for name in counted)
        digits = pl.any_horizontal(pl.col(n).str.contains(_NO_WORD).fill_null(value=False) for n in names)
        rows = rows | (words & ~digits)
    found = raw.frame.filter(rows & ~pl.lit(_same_headings(raw)))[ROW_NUMBER]
    if found.is_empty():
        return None
    headings = int(str(found.min()))
    above = raw.frame.filter(pl.col(ROW_NUMBER) < headings).select(ROW_NUMBER, alone=filled == 1).sort(ROW_NUMBER)
    titles = takewhile(lambda row: row[1], reversed(above.rows()))
    return min((number for number, _ in titles), default=headings)


def _plain(name: str) -> pl.Expr:
    return pl.col(name).str.to_lowercase().str.replace_all("[^a-z0-9]", "")


def _is_word(name: str) -> pl.Expr:
    cell = pl.col(name).str.strip_chars().str.to_lowercase()
    return (cell.str.contains(r"^\pL[\pL _()/.-]{2,}$") & ~cell.is_in(EMPTY_WORDS)).fill_null(value=False)


def is_known_heading(cells: pl.Series) -> pl.Series:
    """Returns which cells are a heading that some contract knows."""
    return cells.to_frame("cell").select(_plain("cell").is_in(_known_headings()).fill_null(value=False)).to_series()


@cache
def _known_headings() -> list[str]:
    """Returns every heading that some contract knows."""
    return sorted(
        {
            normalised(name)
            for contract in load_contracts().values()
            for column in contract.columns
            for name in (column.name, *column.aliases)
        }
    )


def _same_headings(raw: RawTable) -> pl.Series:
    """Returns the rows in which every heading of the file stands in its own column."""
    pairs = [(name, heading) for name, heading in zip(raw.columns, raw.headings, strict=True) if heading]
    if not pairs:
        return pl.repeat(value=False, n=raw.frame.height, eager=True)
    same = [pl.col(name).str.strip_chars() == heading for name, heading in pairs]
    return raw.frame.select(pl.all_horizontal(same).fill_null(value=False)).to_series()


def _another_table(rows: pl.Series, first: int | None) -> Misfit:
    found = misfit(
        "another_table",
        rows,
        expected=Text(en="one table in a file", nl="één tabel in een bestand"),
        action=Text(
            en="send what stands from that row on as a file of its own",
            nl="stuur wat vanaf die rij staat als een eigen bestand",
        ),
    )
    return _said(
        found,
        Text(
            en=f"another table, with headings of its own, from row {first} on",
            nl=f"een andere tabel, met eigen kolomkoppen, vanaf rij {first}",
        ),
    )


def _headings_again(rows: pl.Series) -> Misfit:
    found = misfit(
        "headings_again",
        rows,
        expected=Text(en="headings once, above the rows", nl="kolomkoppen één keer, boven de rijen"),
        action=Text(en="remove the row", nl="verwijder de rij"),
    )
    return _said(found, Text(en="the row of headings again", nl="nogmaals de rij met kolomkoppen"))


def _said(one: Misfit, found: Text) -> Misfit:
    """Returns a fault that says what was found in words, not by a value."""
    text = Text(en=one.text.en.replace("'{value}'", found.en), nl=one.text.nl.replace("'{value}'", found.nl))
    return Misfit(one.rule, one.rows, text)
