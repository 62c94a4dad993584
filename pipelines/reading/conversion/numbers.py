"""Text to numbers. Whether a comma or a point is the decimal sign is decided for the whole column, never cell by cell.

Some numbers show it themselves: `1.234,50`, `12,5`, `0.25`, `1.234.567`. One such number decides for those in the
column that could be read both ways (`1.200`). If nothing in the column decides, other columns of the same file may;
if those do not, the cell is refused, for a factor of a thousand is not to be guessed.

A cell that the file stores as a number has a decimal point, unless texts beside it show that the program that stored it
did not know the sender's notation: it then kept `1.234,50` as text and made 1.2 of `1.200`, and 12 of `12.000`.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import polars as pl

from data_contracts.contract import Kind
from data_contracts.text import Text
from pipelines.reading.conversion.converted import (
    EMPTY_WORDS,
    Converted,
    Misfit,
    Remark,
    formula_without_value,
    misfit,
    trimmed_cell,
)

Sign = Literal[",", "."]
STORED_IN_DOUBT = "stored_numbers_in_doubt"
SIGNS: tuple[Sign, Sign] = (",", ".")

_SPACE = " \u00a0\u202f"
_GROUP_SIGNS = "[ '’\u00a0\u2009\u202f]"
_CURRENCY = r"(?i)€|\beur(o|os)?\b"
_OTHER_CURRENCY = r"(?i)[$£¥₣]|\b(?:usd|gbp|chf|sek|nok|dkk|us|cad|aud|jpy|pounds?|dollars?)\b"
_WHOLE_EURO = r"[.,](-{1,2}|–|—|=)$"
_SHORT_OF_THOUSANDS = r"^[1-9]\d{0,2}(?:\.\d{1,3})?$"
"""What is left of `1.200`, `12.000` or `1.234` when the point is taken for a decimal one."""
_SCIENTIFIC = r"^\d+(?:[.,]\d+)?[eE][+-]?\d{1,3}$"

_CLOCK = r"^-?\d+:[0-5]\d(?::[0-5]\d)?$"
_DATE = r"^\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}:\d{2}(?:\.\d+)?)?$"
"""A date as readers write those that a file stores as such."""

_CENTS = pl.Decimal(precision=18, scale=2)
_FINE = pl.Decimal(precision=38, scale=12)
_BEYOND_MONEY = 10.0**16

_EMPTY_ACTION = Text(
    en="leave the cell empty when the number is not known", nl="laat de cel leeg als het getal niet bekend is"
)
_NUMBER = Text(en="a number", nl="een getal")


@dataclass(frozen=True)
class Notation:
    """The numbers of one column taken apart: what is left of each when signs and currency are gone, and its form."""

    cells: pl.DataFrame

    @property
    def decimal_signs(self) -> frozenset[Sign]:
        """Returns the decimal signs that numbers of this column show beyond doubt."""
        text = self.cells.filter(~pl.col("stored"))
        return frozenset(sign for sign in SIGNS if (text["form"] == f"decimal{sign}").any())

    @property
    def could_be_thousands(self) -> pl.Series:
        """Returns which cells are stored as a number that may be what a program made of thousands."""
        one = pl.col("stored") & ~pl.col("percent") & pl.col("bare").str.contains(_SHORT_OF_THOUSANDS)
        return self.cells.select(one.fill_null(value=False)).to_series()

    def with_stored_in_doubt(self) -> "Notation":
        """Returns the column with such cells as what they are: open to two readings."""
        doubted = pl.when(self.could_be_thousands).then(pl.lit("stored either")).otherwise("form")
        return Notation(self.cells.with_columns(form=doubted))


def take_apart(text: pl.Series, *, stored: pl.Series | None = None) -> Notation:
    """Returns a column's notation; `stored` marks cells that the file stores as numbers, with a decimal point."""
    number = pl.lit(value=False) if stored is None else pl.lit(stored.fill_null(value=False))
    cells = text.to_frame("value").lazy().select(trimmed_cell(pl.col("value")))
    for step in _steps():
        cells = cells.with_columns(*step)
    return Notation(cells.with_columns(stored=number).with_columns(form=_form()).collect())


@cache
def _steps() -> tuple[tuple[pl.Expr, ...], ...]:
    """Returns what is done to a cell, step by step, until only digits and signs between them are left in `bare`."""
    value, bare = pl.col("value"), pl.col("bare")
    no_currency = value.str.replace_all(_CURRENCY, "").str.strip_chars(_SPACE).str.replace(_WHOLE_EURO, "")
    no_percent = no_currency.str.replace(r"\s*%$", "").str.replace("^[−–]", "-").str.strip_chars(_SPACE)
    currency = value.str.contains(_CURRENCY) | value.str.contains(_WHOLE_EURO)
    negative = bare.str.contains(r"^-") | bare.str.contains(r"^\(.*\)$") | bare.str.contains(r"\d\s*-$")
    unsigned = bare.str.replace(r"^\((.*)\)$", "$1").str.replace(r"^[+-]\s*", "").str.replace(r"\s*-$", "")
    grouped = bare.str.contains(f"^\\d{{1,3}}(?:{_GROUP_SIGNS}\\d{{3}})+(?:[.,]\\d+)?$")
    ungrouped = pl.when(grouped).then(bare.str.replace_all(_GROUP_SIGNS, "")).otherwise(bare)
    return (
        (no_percent.alias("bare"), currency.alias("currency"), value.str.contains(r"%\s*$").alias("percent")),
        (unsigned.alias("bare"), negative.alias("negative")),
        (ungrouped.alias("bare"),),
    )


@cache
def _form() -> pl.Expr:
    """Returns the form of each number: what it says about the decimal sign."""
    bare, stored = pl.col("bare"), pl.col("stored")
    form = pl.when(bare.is_null()).then(pl.lit("empty")).when(bare.str.contains(r"^\d+$")).then(pl.lit("whole"))
    form = form.when(bare.str.contains(_SCIENTIFIC)).then(pl.lit("scientific"))
    form = form.when(stored & bare.str.contains(r"^\d*\.\d+$")).then(pl.lit("decimal."))
    for sign, other in ((",", r"\."), (r"\.", ",")):
        name = sign.removeprefix("\\")
        could_be_both = bare.str.contains(f"^[1-9]\\d{{0,2}}{sign}\\d{{3}}$")
        form = form.when(could_be_both).then(pl.lit(f"either{name}"))
        shows = bare.str.contains(f"^\\d*{sign}\\d+$") | bare.str.contains(
            f"^[1-9]\\d{{0,2}}(?:{other}\\d{{3}})+{sign}\\d+$"
        )
        many_groups = bare.str.contains(f"^[1-9]\\d{{0,2}}(?:{other}\\d{{3}}){{2,}}$")
        form = form.when(shows | many_groups).then(pl.lit(f"decimal{name}"))
    return form.otherwise(pl.lit("none"))


def stored_in_doubt(name: str, rows: pl.Series) -> Remark:
    """Returns the warning that numbers may be short of thousands, as texts of another column show."""
    text = Text(
        en=(
            f"{name}: stored numbers that may have been a thousand times as large (1.2 made of 1.200): {{count}}. "
            "Texts in another column have a decimal sign that the program that stored these does not know. They were "
            "accepted: compare them with the file that this was made of."
        ),
        nl=(
            f"{name}: opgeslagen getallen die misschien duizend keer zo groot waren (1.2 gemaakt van 1.200): "
            "{count}. Teksten in een andere kolom hebben een decimaalteken dat het programma dat deze opsloeg niet "
            "kent. Ze zijn geaccepteerd: vergelijk ze met het bestand waar dit van gemaakt is."
        ),
    )
    return Remark(STORED_IN_DOUBT, rows, text, odd=True)


def convert_numbers(notation: Notation, *, kind: Kind, signs: frozenset[Sign] | None = None) -> Converted:
    """Returns the numbers of a column.

    Args:
        notation: the column taken apart.
        kind: integer, number, money (decimal with two places) or share (a percentage is divided by 100).
        signs: the decimal signs that the column shows, or where it shows none, the file; by default those of the cells.
    """
    decisive = notation.decimal_signs if signs is None else signs
    sign: Sign | None = next(iter(decisive)) if len(decisive) == 1 else None
    read = notation.cells.lazy().with_columns(plain=_plain(sign))
    number = pl.col("plain").cast(pl.Float64, strict=False)
    signed = pl.when(pl.col("negative")).then(-number).otherwise(number)
    read = read.with_columns(number=pl.when(pl.col("percent")).then(signed / 100).otherwise(signed))
    cells = read.with_columns(number=pl.when(pl.col("number").is_finite()).then("number")).collect()
    faults = tuple(_faults(cells, kind=kind))
    broken = pl.repeat(value=False, n=cells.height, eager=True)
    for found in faults:
        broken = broken | found.rows
    return Converted(_typed(cells, broken=broken, kind=kind), faults)


@cache
def _plain(sign: Sign | None) -> pl.Expr:
    """Returns every number that can be read, with a decimal point and without groups."""
    bare, form = pl.col("bare"), pl.col("form")
    with_comma = bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    with_point = bare.str.replace_all(",", "", literal=True)
    without_signs = bare.str.replace_all("[.,]", "")
    plain = pl.when(form.is_in(["whole"])).then(bare).when(form == "scientific").then(bare.str.replace(",", "."))
    plain = plain.when(form == "decimal,").then(with_comma).when(form == "decimal.").then(with_point)
    either = form.is_in(["either,", "either."])
    plain = plain.when(either & pl.col("currency")).then(without_signs)  # money has two decimals or none
    if sign is None:
        return plain
    return plain.when(either).then(with_comma if sign == "," else with_point)


def _typed(cells: pl.DataFrame, *, broken: pl.Series, kind: Kind) -> pl.Series:
    number = pl.when(~broken).then("number")
    if kind == "integer":
        return cells.select(number.cast(pl.Int64, strict=False)).to_series()
    if kind == "money":
        exact = pl.col("plain").cast(_FINE, strict=False).round(2, mode="half_away_from_zero")
        exact = pl.when(pl.col("negative")).then(-exact).otherwise(exact)
        # a number in powers of ten is rounded by its fifteen digits, not by the binary number nearest to it
        other = pl.col("number").round_sig_figs(15).cast(pl.String).cast(_FINE, strict=False)
        rounded = other.round(2, mode="half_away_from_zero")
        simple = (pl.col("form") != "scientific") & ~pl.col("percent")
        return cells.select(
            pl.when(~broken & simple)
            .then(exact.cast(_CENTS, strict=False))
            .when(~broken)
            .then(rounded.cast(_CENTS, strict=False))
        ).to_series()
    return cells.select(number).to_series()


def _faults(cells: pl.DataFrame, *, kind: Kind) -> list[Misfit]:
    """Returns what cannot be read, the most telling rule for each cell."""
    unread = cells["number"].is_null() & cells["value"].is_not_null()
    faults = _unread(cells, unread) if unread.any() else []
    if kind == "integer":
        faults.append(_no_whole_number(cells.with_columns(number=pl.when(~pl.col("percent")).then("number"))))
    if kind != "share" and cells["percent"].any():
        faults.append(_percentage(cells["percent"] & cells["number"].is_not_null()))
    if kind == "money":
        faults.append(_beyond((cells["number"].abs() >= _BEYOND_MONEY).fill_null(value=False)))
    return [found for found in faults if found.rows.any()]


def _unread(cells: pl.DataFrame, unread: pl.Series) -> list[Misfit]:
    """Returns why cells could not be read as numbers."""
    value, form = cells["value"], cells["form"]
    words = value.str.to_lowercase()
    either = form.is_in(["either,", "either."]) & unread
    stored = (form == "stored either") & unread
    formula = formula_without_value(value)
    shown = unread & value.str.contains(_CLOCK)
    date = unread & value.str.contains(_DATE)
    foreign = unread & value.str.contains(_OTHER_CURRENCY) & value.str.contains(r"\d")
    error = unread & value.str.starts_with("#")
    suppressed = unread & value.str.contains(r"^[<>≤≥]\s*=?\s*\d")
    empty_word = unread & (
        words.is_in([*EMPTY_WORDS, "n.b.", "nb", "na", "nan", "none", "nihil", "geen", "?", ".", "x", "*"])
    )
    rest = unread & ~either & ~stored & ~error & ~suppressed & ~empty_word & ~formula.rows & ~shown & ~date & ~foreign
    return [
        formula,
        _ambiguous(either),
        _ambiguous_stored(stored),
        _duration(shown),
        _date(date),
        _foreign(foreign),
        _formula_error(error),
        _suppressed(suppressed),
        misfit("text_in_number", empty_word, expected=_NUMBER, action=_EMPTY_ACTION),
        misfit("not_a_number", rest, expected=_NUMBER, action=_number_action()),
    ]


def _number_action() -> Text:
    return Text(
        en="write digits with at most one decimal sign, such as 1234.50 or 1234,50",
        nl="schrijf cijfers met hoogstens één decimaalteken, zoals 1234,50 of 1234.50",
    )


def _ambiguous(rows: pl.Series) -> Misfit:
    return misfit(
        "ambiguous_number",
        rows,
        expected=Text(
            en=(
                "a number that can be read in one way; nothing in this column or file shows "
                "whether the sign marks thousands or decimals"
            ),
            nl=(
                "een getal dat maar op één manier te lezen is; niets in deze kolom of dit "
                "bestand toont of het teken duizendtallen of decimalen scheidt"
            ),
        ),
        action=Text(
            en="write it without a sign for thousands (1200) or with two decimals (1200.00 or 1200,00)",
            nl="schrijf het zonder duizendtalteken (1200) of met twee decimalen (1200,00 of 1200.00)",
        ),
    )


def _ambiguous_stored(rows: pl.Series) -> Misfit:
    return misfit(
        "ambiguous_number",
        rows,
        expected=Text(
            en=(
                "a number that can be read in one way; texts in this column have another decimal sign than the program "
                "that stored this number knows, so it may have been a thousand times as large (1.2 made of 1.200)"
            ),
            nl=(
                "een getal dat maar op één manier te lezen is; teksten in deze kolom hebben een ander decimaalteken "
                "dan het programma kent dat dit getal opsloeg, dus het was misschien duizend keer zo groot (1.2 "
                "gemaakt van 1.200)"
            ),
        ),
        action=Text(
            en="send the file that this was made of, or write the whole column in one notation",
            nl="stuur het bestand waar dit van gemaakt is, of schrijf de hele kolom op één manier",
        ),
    )


def _duration(rows: pl.Series) -> Misfit:
    return misfit(
        "duration",
        rows,
        expected=Text(en="a number; this is a time or a duration", nl="een getal; dit is een tijd of een tijdsduur"),
        action=Text(
            en="write hours as a number (2000:00 is 2000, 1:30 is 1.5)",
            nl="schrijf uren als getal (2000:00 is 2000, 1:30 is 1,5)",
        ),
    )


def _date(rows: pl.Series) -> Misfit:
    return misfit(
        "number_as_date",
        rows,
        expected=Text(
            en="a number; a spreadsheet made a date of it", nl="een getal; een rekenblad maakte er een datum van"
        ),
        action=Text(
            en="give the column the format Number and fill the cell in again",
            nl="geef de kolom de opmaak Getal en vul de cel opnieuw in",
        ),
    )


def _foreign(rows: pl.Series) -> Misfit:
    return misfit(
        "other_currency",
        rows,
        expected=Text(en="an amount in euro", nl="een bedrag in euro"),
        action=Text(
            en="convert the amount to euro, or let a source mapping do so (`signs` and `factor`)",
            nl="reken het bedrag om naar euro, of laat een bronbeschrijving dat doen (`signs` en `factor`)",
        ),
    )


def _formula_error(rows: pl.Series) -> Misfit:
    return misfit(
        "formula_error",
        rows,
        expected=_NUMBER,
        action=Text(
            en="mend the formula in the spreadsheet, or leave the cell empty",
            nl="herstel de formule in het rekenblad, of laat de cel leeg",
        ),
    )


def _suppressed(rows: pl.Series) -> Misfit:
    return misfit(
        "suppressed_number",
        rows,
        expected=Text(en="the number itself", nl="het getal zelf"),
        action=Text(
            en="send the number (small numbers are hidden before anything is shown), or leave the cell empty",
            nl="stuur het getal (kleine aantallen worden afgeschermd voordat iets getoond wordt), of laat de cel leeg",
        ),
    )


def _no_whole_number(cells: pl.DataFrame) -> Misfit:
    number = cells["number"]
    rows = number.is_not_null() & ((number != number.round(0)) | (number.abs() >= 2.0**53))
    return misfit(
        "not_a_whole_number",
        rows,
        expected=Text(en="a whole number", nl="een geheel getal"),
        action=Text(en="correct the number", nl="verbeter het getal"),
    )


def _percentage(rows: pl.Series) -> Misfit:
    return misfit(
        "percentage",
        rows,
        expected=Text(en="a number, not a percentage", nl="een getal, geen percentage"),
        action=Text(en="check whether this is the right column", nl="ga na of dit de juiste kolom is"),
    )


def _beyond(rows: pl.Series) -> Misfit:
    return misfit(
        "number_too_large",
        rows,
        expected=Text(en="an amount in euros below 10^16", nl="een bedrag in euro's onder 10^16"),
        action=Text(en="correct the amount", nl="verbeter het bedrag"),
    )
