"""What a cell of a workbook shows beside its value: a duration, a percentage, a rounded number, an unworked formula.

The library that reads workbooks gives a cell's value. What the sender sees also follows from the cell's number format,
and whether a formula was ever computed only from the XML. Both are looked up here, and the cell becomes the text that
the sender sees, with all its digits; what that means is decided where every text is (`pipelines.reading.conversion`).

Measured with fastexcel 0.21 (calamine): `[h]:mm` comes as a date in 1900, `12%` as 0.12, a formula without a value as
an empty cell, `1E5` as 100000. `findings/` shows it.
"""

import html
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Literal
from xml.etree import ElementTree as ET

Look = Literal["date", "duration", "clock", "percentage", "scientific", "zeros", "worded"]
"""How a number format shows a number, where that is not the number itself. The library makes dates of dates."""

KEPT_DIGITS = 15
"""What a spreadsheet keeps and shows of a number: 96.30499999999999 is 96.305, and a longer code has lost digits."""
LARGEST_EXACT = 10.0**KEPT_DIGITS
_SHOWN_FORMULA = 60
_LONGEST_ROW = 64 * 2**20

_BUILT_IN: Mapping[int, str] = {
    **dict.fromkeys((*range(14, 18), 22), "yyyy"),
    **dict.fromkeys((9, 10), "0%"),
    **dict.fromkeys((11, 48), "0E+00"),
    **dict.fromkeys((18, 20), "h:mm"),
    **dict.fromkeys((19, 21, 45, 47), "h:mm:ss"),
    46: "[h]:mm:ss",
}
"""Number formats that a workbook need not write out (ECMA-376, part 1, 18.8.30), of those that matter here."""

_WORDS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
"""What in a number format is text, a colour, a condition or a language."""

_LITERAL = re.compile(r'"([^"]*)"|\[\$([^\]-]*)(?:-[^\]]*)?\]')
_TELLING = re.compile(
    r"[$£¥]|\b(?:usd|gbp|chf|mln|mio|mrd|dzd|duizend|miljoen|thousand|million)\b|[x×*] ?1[.,]?000|\bk ?€|€ ?k\b",
    re.IGNORECASE,
)
"""Words of a number format that change what the number means: another currency, a scale."""

_LOOKS: Mapping[Look, re.Pattern[str]] = {
    "duration": re.compile(r"\[(?:h+|m+|s+)\]"),
    "date": re.compile(r"[yd]|^m+$"),
    "clock": re.compile(r"[hs]"),
    "percentage": re.compile("%"),
    "scientific": re.compile(r"e[+-]"),
    "zeros": re.compile(r"^0{2,}$"),
}
"""What is left of a number format without its words, for each look; the first that fits."""

_ATTRIBUTE = re.compile(rb'(?:^|\s)(\w+)\s*=\s*["\']([^"\']*)["\']')
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?row\s*>)", re.DOTALL)
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c\s*>)", re.DOTALL)
_FORMULA = re.compile(rb"<(?:\w+:)?f\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?f\s*>)", re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*?>(.*?)</(?:\w+:)?v\s*>", re.DOTALL)
_NUMBER_CELL = re.compile(
    rb'<(?:\w+:)?c\s(?=[^>]*?\br\s*=\s*["\']([A-Za-z]{1,3})(\d{1,7})["\'])(?![^>]*?\bt\s*=\s*["\'](?!n["\']))[^>]*[^/]>'
)
_REFERENCE = re.compile(rb"([A-Za-z]{1,3})(\d{1,7})")
_HIDDEN = re.compile(rb'\bhidden\s*=\s*["\'](?:1|true)|\bht\s*=\s*["\']0(?:\.0*)?["\']')
_HIDDEN_COLUMN = re.compile(rb'<(?:\w+:)?col\s(?=[^>]*\bhidden\s*=\s*["\'](?:1|true))([^>]*)>')
_FILTER = re.compile(rb"<(?:\w+:)?filterColumn\b")

Place = tuple[int, int]
"""Row and column of a cell, from 1."""


@dataclass(frozen=True)
class Styles:
    """How the cells of a workbook show numbers.

    Attributes:
        looks: by the number of a style, how it shows a number, and its format; those that show the number itself not.
        computed: whether the program that wrote the workbook says that it worked its formulas out.
    """

    looks: Mapping[int, tuple[Look, str]]
    computed: bool

    @cached_property
    def special(self) -> re.Pattern[bytes]:
        """Returns what is in a cell that may show something else than its value: a style, more digits, a formula."""
        numbers = "|".join(str(index) for index, (look, _) in self.looks.items() if look != "date") or "none"
        return re.compile(
            rb'\bs\s*=\s*["\'](?:' + numbers.encode() + rb')["\']|[eE]\+(?:1[5-9]|[2-9]\d)|[\d.]{16}|<(?:\w+:)?f[\s/>]'
        )


@dataclass
class Shown:
    """What a sheet shows beside its values.

    Attributes:
        texts: the text of cells that show something else than their value, by place.
        hidden_rows: rows (from 1) that do not show.
        hidden_columns: columns (from 1) that do not show.
        filtered: whether a filter is on.
    """

    texts: dict[Place, str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    filtered: bool = False


def styles_of(workbook: ET.Element, styles: ET.Element | None) -> Styles:
    """Returns how the cells of a workbook show numbers.

    Args:
        workbook: its main part.
        styles: its part with styles, if it has one.
    """
    computed = [one for one in workbook.iter() if _local(one.tag) == "calcPr"]
    said = bool(computed) and computed[0].get("fullCalcOnLoad", "0") not in {"1", "true"}
    if styles is None:
        return Styles({}, said)
    written = {
        int(one.get("numFmtId", "0")): one.get("formatCode", "") for one in styles.iter() if _local(one.tag) == "numFmt"
    }
    codes = {**_BUILT_IN, **written}
    cells = next((one for one in styles if _local(one.tag) == "cellXfs"), ())
    found = {index: codes.get(int(style.get("numFmtId", "0")), "") for index, style in enumerate(cells)}
    looks = {index: (look, code) for index, code in found.items() if (look := look_of(code)) is not None}
    return Styles(looks, said)


def look_of(code: str) -> Look | None:
    """Returns how a number format shows a number; None where it shows the number itself."""
    if _TELLING.search(_literal(code)):
        return "worded"
    bare = _WORDS.sub("", code.partition(";")[0]).lower().replace("general", "")
    return next((look for look, shape in _LOOKS.items() if shape.search(bare)), None)


def _literal(code: str) -> str:
    """Returns the words and signs that a number format puts beside a number."""
    return "".join(quoted or symbol for quoted, symbol in _LITERAL.findall(code.partition(";")[0])).strip()


def shown_number(number: float, look: Look | None, code: str) -> str | None:
    """Returns a number as a cell shows it, with all its digits; None where that is the number itself."""
    if look == "duration":
        return _duration(number, code.lower())
    if look == "clock":
        return _duration(number % 1, code.lower().replace("h", "[h]", 1))
    if look == "percentage":
        return f"{Decimal(f'{number * 100:.{KEPT_DIGITS}g}'):f}%"
    if look == "worded":
        return f"{Decimal(f'{number:.{KEPT_DIGITS}g}'):f} {_literal(code)}"
    return None if look == "date" else _rounded(number, look, code)


def _rounded(number: float, look: Look | None, code: str) -> str | None:
    """Returns a number that shows in powers of ten, with noughts in front, or with fewer digits than are stored."""
    if look == "scientific" or abs(number) >= LARGEST_EXACT:
        return f"{Decimal(repr(number)).normalize():E}" if number else None
    if look == "zeros" and number == int(number):
        return f"{int(number):0{code.partition(';')[0].count('0')}d}"
    if len(repr(abs(number)).replace(".", "").lstrip("0")) > KEPT_DIGITS:
        return f"{Decimal(f'{number:.{KEPT_DIGITS}g}'):f}"
    return None


def _duration(days: float, code: str) -> str:
    """Returns a duration in the largest unit that its format counts on: 2000:00, or 2000:00:00 with seconds."""
    seconds = round(abs(days) * 86_400)
    sign = "-" if days < 0 else ""
    minutes, rest = divmod(seconds, 60)
    if "[h" in code:
        shown = f"{minutes // 60}:{minutes % 60:02}"
        return sign + (f"{shown}:{rest:02}" if "s" in code else shown)
    if "[m" in code or "m" in code:
        return f"{sign}0:{minutes:02}:{rest:02}"
    return f"{sign}{seconds} s"


def shown_in(pieces: Iterator[bytes], styles: Styles) -> Shown:
    """Returns what a sheet shows beside its values.

    Args:
        pieces: its part, in order and without overlap.
        styles: how its cells show numbers.
    """
    shown, formulas = Shown(), _Formulas(styles.computed)
    special, position = styles.special, 0
    for piece in _whole_rows(pieces):
        shown.filtered |= bool(_FILTER.search(piece))
        shown.hidden_columns |= _hidden_columns(piece)
        for attributes, content in _ROW.findall(piece):
            row = _row_number(attributes, position + 1)
            position = row
            if _HIDDEN.search(attributes):
                shown.hidden_rows.add(row)
            if special.search(content):
                _look_at(row, content, styles=styles, shown=shown, formulas=formulas)
    shown.texts.update(formulas.without_value())
    return shown


def _whole_rows(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yields a part in pieces that end where a row does; what is longer than any row has none."""
    rest = b""
    for piece in pieces:
        rest += piece
        end = rest.rfind(b"</row>")
        end = rest.rfind(b"row>") if end < 0 else end + 2  # a part may give its tags a prefix
        end = end + 4 if end >= 0 else len(rest) if len(rest) > _LONGEST_ROW else 0
        if end:
            yield rest[:end]
            rest = rest[end:]
    yield rest


def _row_number(attributes: bytes, otherwise: int) -> int:
    given = dict(_ATTRIBUTE.findall(attributes)).get(b"r", b"")
    return int(given) if given.isdigit() else otherwise


def _hidden_columns(piece: bytes) -> set[int]:
    found: set[int] = set()
    for attributes in _HIDDEN_COLUMN.findall(piece):
        given = dict(_ATTRIBUTE.findall(attributes))
        first, last = (given.get(name, b"0") for name in (b"min", b"max"))
        if first.isdigit() and last.isdigit():
            found |= set(range(int(first), min(int(last), 16_384) + 1))
    return found


@dataclass
class _Formulas:
    """The formulas of a sheet: those without a value, and those with the value 0, which many writers put there."""

    computed: bool
    missing: dict[Place, str] = field(default_factory=dict)
    zero: dict[Place, str] = field(default_factory=dict)
    with_value: set[int] = field(default_factory=set)

    def without_value(self) -> dict[Place, str]:
        """Returns the formulas whose value is not in the file.

        A 0 is a value where the program computes, or where another formula of the column has a value that is not 0.
        """
        doubted = {} if self.computed else self.zero
        doubted = {place: text for place, text in doubted.items() if place[1] not in self.with_value}
        return {**doubted, **self.missing}

    def add(self, place: Place, kind: bytes, formula: tuple[bytes, bytes], value: bytes | None) -> None:
        """Adds one; a formula of many cells is one of each."""
        attributes, text = formula
        shown = "=" + html.unescape(text.decode("utf-8", "replace"))[:_SHOWN_FORMULA]
        places = _places(dict(_ATTRIBUTE.findall(attributes)), place)
        if not value and kind != b"str":
            self.missing.update(dict.fromkeys(places, shown))
        elif kind in {b"", b"n"} and _number(value or b"0") == 0:
            self.zero.update(dict.fromkeys(places, shown))
        else:
            self.with_value.add(place[1])


def _places(formula: Mapping[bytes, bytes], place: Place) -> list[Place]:
    """Returns the cells that a formula fills: its own, or the block of an array formula."""
    corners = _REFERENCE.findall(formula.get(b"ref", b"")) if formula.get(b"t") == b"array" else []
    if len(corners) != 2:
        return [place]
    (left, top), (right, bottom) = corners
    rows, columns = range(int(top), int(bottom) + 1), range(column_number(left), column_number(right) + 1)
    if len(rows) * len(columns) > 1_000_000:
        return [place]
    return [(row, column) for row in rows for column in columns]


def _look_at(row: int, content: bytes, *, styles: Styles, shown: Shown, formulas: _Formulas) -> None:
    """Notes the cells of a row that show something else than their value."""
    special = styles.special
    for position, cell in enumerate(_CELL.finditer(content), start=1):
        if not special.search(cell[0]):
            continue
        attributes, inside = cell[1], cell[2] or b""
        given = dict(_ATTRIBUTE.findall(attributes))
        reference = _REFERENCE.fullmatch(given.get(b"r", b""))
        place = row, column_number(reference[1]) if reference else position
        kind, value = given.get(b"t", b""), _VALUE.search(inside)
        if formula := _FORMULA.search(inside):
            formulas.add(place, kind, (formula[1], formula[2] or b""), value[1] if value else None)
        if value is None or kind not in {b"", b"n"}:
            continue
        look, code = styles.looks.get(int(given.get(b"s", b"0") or 0), (None, ""))
        number = _number(value[1])
        text = None if number is None else shown_number(number, look, code)
        if text is not None:
            shown.texts[place] = text


def number_cells(pieces: Iterator[bytes]) -> dict[int, list[int]]:
    """Returns, by column, the rows of the cells that a sheet stores as numbers; both from 1."""
    found: dict[bytes, list[int]] = {}
    for piece in _whole_rows(pieces):
        for letters, digits in _NUMBER_CELL.findall(piece):
            found.setdefault(letters, []).append(int(digits))
    return {column_number(letters): rows for letters, rows in found.items()}


def _number(value: bytes) -> float | None:
    """Returns a stored number; None for what is none, which the library that reads workbooks says."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def column_number(letters: bytes) -> int:
    """Returns a column's number (A is 1)."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _local(tag: str) -> str:
    """Returns an XML name without its namespace."""
    return tag.rpartition("}")[2]
