"""Text to codes, to values of a list, and to yes or no. A code stays text; a leading zero that got lost is put back."""

from collections.abc import Iterator

import polars as pl

from data_contracts.contract import Column, normalised
from data_contracts.specialisms import code_by_name
from data_contracts.text import Text
from pipelines.reading.conversion.converted import (
    EMPTY_WORDS,
    Converted,
    Misfit,
    Remark,
    first_of_each,
    misfit,
    trimmed,
    trimmed_cell,
)

_YES = ("ja", "j", "yes", "y", "true", "waar", "1", "1.0")
_NO = ("nee", "n", "no", "false", "onwaar", "0", "0.0")
_SCIENTIFIC = r"^-?\d(?:[.,]\d+)?[eE][+-]\d+$"
_DATE = (
    r"(?i)^(?:\d{4}-\d{2}-\d{2}(?: \d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?|\d{1,2}[-/]\d{1,2}[-/]\d{4}"
    r"|\d{1,2}[- ](?:jan|feb|mrt|mar|apr|mei|may|jun|jul|aug|sep|okt|oct|nov|dec)"
    r"|(?:jan|feb|mrt|mar|apr|mei|may|jun|jul|aug|sep|okt|oct|nov|dec)-\d{2}(?:\d{2})?)$"
)
"""A date as readers write it, and as spreadsheets show what they made of a code such as 1-3 or 3-2025."""
_CLOCK = r"^-?\d+:[0-5]\d(?::[0-5]\d)?$"
_TRUTH = r"(?i)^(?:true|false|waar|onwaar)$"
_PERCENTAGE = r"^-?\d+(?:[.,]\d+)?\s?%$"
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
"""Signs that are no text: a line end may stand in a name, a NUL nowhere. A code holds no lost sign either."""
SPECIALISM = "specialism"
SPOILT = (_SCIENTIFIC, _DATE, _CLOCK, _TRUTH, _PERCENTAGE, r"^#", r"^=")
"""Shapes that no code has. What spreadsheets make of codes is refused, whatever else it looks like."""
_WITH_POINT = r"^\d+\.0$"
_SHOWN_ALLOWED = 12


def convert_text(text: pl.Series, column: Column, *, other_codes: bool = False) -> Converted:
    """Returns codes and names: trimmed, freed of what spreadsheets put around them, with lost zeros restored.

    `other_codes` says that the column holds codes elsewhere that do not end in `.0`.
    """
    cells = text.to_frame("text").lazy().select(word=_unwrapped(pl.col("text")))
    cells = cells.with_columns(nothing=pl.col("word").str.to_lowercase().is_in(EMPTY_WORDS).fill_null(value=False))
    cells = cells.with_columns(word=pl.when(~pl.col("nothing")).then("word"))
    code = pl.col("word").str.replace(r"^(\d+)\.0+$", "$1") if column.code_length else pl.col("word")
    one_short = rf"^\d{{{column.code_length - 1}}}$" if column.code_length else "^$"
    cells = cells.with_columns(word=code).with_columns(
        short=pl.col("word").str.contains(one_short).fill_null(value=False)
    )
    made = cells.with_columns(word=pl.when("short").then("0" + pl.col("word")).otherwise("word")).collect()
    remarks = [_read_as_empty(column, made["nothing"])] if made["nothing"].any() else []
    if column.name == SPECIALISM:
        made, named = _specialisms(made, column)
        remarks += [one for one in named if one.rows.any()]
    remarks += [zero_restored(column, made["short"])] if made["short"].any() else []
    plain = made["word"] if other_codes else _without_point(made["word"], column)
    faults = tuple(_code_faults(plain, column))
    for found in faults:
        plain = pl.select(pl.when(~found.rows).then(plain)).to_series()
    return Converted(plain.alias(text.name), faults, tuple(remarks))


def _specialisms(made: pl.DataFrame, column: Column) -> tuple[pl.DataFrame, tuple[Remark, ...]]:
    """Returns specialisms as codes where people wrote their names; in the Netherlands, whose codes these are."""
    words = made["word"].drop_nulls().unique()
    names = [word for word in words.filter(words.str.contains(r"^\pL")).to_list() if word]
    codes = code_by_name() if column.code_length is not None else {}
    known = {name: codes[normalised(name)] for name in names if normalised(name) in codes}
    translated = made["word"].is_in(list(known)).fill_null(value=False)
    others = made["word"].is_in([name for name in names if name not in known]).fill_null(value=False)
    word = made["word"].replace(known) if known else made["word"]
    return made.with_columns(word=word), (_named(column, translated), _unnamed(column, others))


def _named(column: Column, rows: pl.Series) -> Remark:
    text = Text(
        en=f"{column.name}: names were read as the codes they stand for (surgery as 0303); rows: {{count}}.",
        nl=f"{column.name}: namen zijn gelezen als de codes waar ze voor staan (heelkunde als 0303); rijen: {{count}}.",
    )
    return Remark("specialism_by_name", rows, text)


def _unnamed(column: Column, rows: pl.Series) -> Remark:
    text = Text(
        en=f"{column.name}: words that are no code and no name that is known; they stand as specialisms of their own, "
        "apart from those with a code. Deliver the codes of four digits; rows: {count}.",
        nl=f"{column.name}: woorden die geen code zijn en geen bekende naam; ze staan als eigen specialismen, los van "
        "die met een code. Lever de codes van vier cijfers; rijen: {count}.",
    )
    return Remark("unknown_specialism", rows, text, odd=True)


def holds_other_codes(text: pl.Series) -> bool:
    """Returns whether a column holds a value that is no number with `.0` behind it."""
    words = trimmed(text).drop_nulls().unique()
    return not words.filter(~words.str.to_lowercase().is_in(EMPTY_WORDS)).str.contains(_WITH_POINT).all()


def _without_point(words: pl.Series, column: Column) -> pl.Series:
    """Returns codes of which every one ends in `.0` without it: a program took the column for numbers."""
    if not column.is_code or not words.drop_nulls().str.contains(_WITH_POINT).all():
        return words
    return words.str.strip_suffix(".0")


def _unwrapped(cell: pl.Expr) -> pl.Expr:
    """Returns a cell without space around it, and without what makes a spreadsheet keep a code as text."""
    return trimmed_cell(cell).str.replace(r'^="(.*)"$', "$1").str.replace(r"^'", "")


def _read_as_empty(column: Column, rows: pl.Series) -> Remark:
    text = Text(
        en=f"{column.name}: words for 'nothing' (such as '-' or 'n.v.t.') were read as empty; cells: {{count}}.",
        nl=f"{column.name}: woorden voor 'niets' (zoals '-' of 'n.v.t.') zijn als leeg gelezen; cellen: {{count}}.",
    )
    return Remark("read_as_empty", rows, text)


def zero_restored(column: Column, rows: pl.Series) -> Remark:
    """Returns what is said of codes that had lost the zero they begin with."""
    digits = column.code_length
    text = Text(
        en=f"{column.name}: lost leading zeros were restored (codes have {digits} digits); rows: {{count}}.",
        nl=f"{column.name}: verloren voorloopnullen zijn hersteld (codes tellen {digits} cijfers); rijen: {{count}}.",
    )
    return Remark("leading_zero_restored", rows, text)


def _code_faults(value: pl.Series, column: Column) -> list[Misfit]:
    """Returns what spreadsheets and wrong encodings did to codes and names; a name may look like a date."""
    lost = _lost_characters(value, rf"{_CONTROL}|\ufffd" if column.is_code else _CONTROL)
    spoilt = value.str.contains("|".join(SPOILT)).any()
    if not column.is_code or not spoilt:
        return [lost] if lost.rows.any() else []
    return list(first_of_each((*_made_of_codes(value), lost)))


def _made_of_codes(value: pl.Series) -> Iterator[Misfit]:
    """Yields what a spreadsheet makes of a code when its column is not text."""
    code = Text(en="a code as text", nl="een code als tekst")
    made = {
        "code_as_number": (
            _SCIENTIFIC,
            Text(en="the spreadsheet rounded the code", nl="het rekenblad heeft de code afgerond"),
        ),
        "code_as_date": (
            f"{_DATE}|{_CLOCK}",
            Text(
                en="the spreadsheet made a date or a time of the code",
                nl="het rekenblad heeft van de code een datum of tijd gemaakt",
            ),
        ),
        "code_as_truth": (
            _TRUTH,
            Text(
                en="the spreadsheet made yes or no of the code", nl="het rekenblad heeft van de code ja of nee gemaakt"
            ),
        ),
        "code_as_percentage": (
            _PERCENTAGE,
            Text(
                en="the spreadsheet made a percentage of the code",
                nl="het rekenblad heeft van de code een percentage gemaakt",
            ),
        ),
    }
    again = Text(
        en="give the column the format Text and fill it in again",
        nl="geef de kolom de opmaak Tekst en vul hem opnieuw in",
    )
    for rule, (shape, what) in made.items():
        action = Text(en=f"{what.en}: {again.en}", nl=f"{what.nl}: {again.nl}")
        yield misfit(rule, value.str.contains(shape), expected=code, action=action)
    yield misfit(
        "formula_error",
        value.str.contains(r"^#[A-Z/0]+[!?]?$"),
        expected=code,
        action=Text(en="mend the formula in the spreadsheet", nl="herstel de formule in het rekenblad"),
    )


def broken_code(rows: pl.Series) -> Misfit:
    """Returns the codes that a program stored as a number with decimals: their last noughts are gone."""
    return misfit(
        "code_as_number",
        rows,
        expected=Text(en="a code as text", nl="een code als tekst"),
        action=Text(
            en="the program made a number with decimals of the code: give the column the format Text and fill it in "
            "again",
            nl="het programma maakte een getal met decimalen van de code: geef de kolom de opmaak Tekst en vul hem "
            "opnieuw in",
        ),
    )


def _lost_characters(value: pl.Series, signs: str) -> Misfit:
    return misfit(
        "lost_characters",
        value.str.contains(signs),
        expected=Text(en="text whose signs are whole", nl="tekst waarvan de tekens heel zijn"),
        action=Text(en="save the file as 'CSV UTF-8' or .xlsx", nl="bewaar het bestand als 'CSV UTF-8' of .xlsx"),
    )


def convert_allowed(text: pl.Series, column: Column) -> Converted:
    """Returns the values of a list, recognised by value or by name in either language."""
    value = trimmed(text)
    different = value.drop_nulls().unique()
    meaning = {word: column.allowed_value(word) for word in different.to_list()}
    values = value.replace_strict(meaning, default=None, return_dtype=pl.String) if meaning else value
    unread = values.is_null() & value.is_not_null()
    if not unread.any():
        return Converted(values)
    return Converted(values, (_not_allowed(unread, column),))


def _not_allowed(rows: pl.Series, column: Column) -> Misfit:
    first, more = column.allowed[:_SHOWN_ALLOWED], len(column.allowed) > _SHOWN_ALLOWED
    english = ", ".join(allowed.value for allowed in first) + (", ..." if more else "")
    dutch = ", ".join(f"{allowed.value} ({allowed.label.nl})" for allowed in first) + (", ..." if more else "")
    return misfit(
        "allowed",
        rows,
        expected=Text(en=f"one of {english}", nl=f"een van {dutch}"),
        action=Text(en="use one of these values", nl="gebruik een van deze waarden"),
    )


def convert_booleans(text: pl.Series) -> Converted:
    """Returns yes and no, in either language."""
    value = trimmed(text)
    lower = value.str.to_lowercase()
    meaning = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)
    values = lower.replace_strict(meaning, default=None, return_dtype=pl.Boolean)
    unread = values.is_null() & value.is_not_null()
    found = misfit(
        "not_a_boolean",
        unread,
        expected=Text(en="yes or no (ja, nee, true, false, 1, 0)", nl="ja of nee (yes, no, true, false, 1, 0)"),
        action=Text(en="write ja or nee", nl="schrijf ja of nee"),
    )
    return Converted(values, (found,) if unread.any() else ())
