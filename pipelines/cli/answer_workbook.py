"""Answers as an Excel workbook: codes stay text, numbers are numbers, what a column means is a note at its heading."""

import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import xlsxwriter

from data_contracts.problem import Problem
from data_contracts.text import Text

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

    from pipelines.release.asking import Answer

MOST_ROWS = 1_048_575
"""A sheet holds no more below its headings."""

_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_DIGITS = 15
"""A number of more digits is another number to a spreadsheet program: it is written as text."""


def write_answers(answers: "Sequence[Answer]", path: Path) -> None:
    """Writes one sheet an answer.

    Raises:
        Problem: an answer has more rows than a sheet.
    """
    for answer in answers:
        if answer.frame.height > MOST_ROWS:
            raise Problem(
                Text(
                    en=f"an answer of {answer.frame.height:,} rows",
                    nl=f"een antwoord van {answer.frame.height:,} rijen",
                ),
                expected=Text(
                    en=f"at most {MOST_ROWS:,}, as a sheet holds",
                    nl=f"hoogstens {MOST_ROWS:,}, wat een werkblad kan bevatten",
                ),
                action=Text(en="ask for less, or take --csv", nl="vraag minder, of neem --csv"),
            )
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for number, answer in enumerate(answers, start=1):
            sheet = book.add_worksheet(f"answer {number}" if len(answers) > 1 else "answer")
            sheet.freeze_panes(1, 0)
            for column, name in enumerate(answer.frame.columns):
                sheet.write_string(0, column, name, bold)
                if meaning := answer.meanings.get(name):
                    sheet.write_comment(0, column, meaning, {"width": 320, "height": 120})
                for row, value in enumerate(answer.frame[name], start=1):
                    _write(sheet, (row, column), value, day=day, moment=moment)
            sheet.autofit()


def _as_text(value: object) -> str:
    return json.dumps(value, default=str) if isinstance(value, list | dict) else str(value)


def _is_kept(value: float | Decimal) -> bool:
    """Returns whether a spreadsheet program keeps every digit of a number; a float has no more than it can keep."""
    return isinstance(value, float) or len(Decimal(value).normalize().as_tuple().digits) <= _DIGITS


def _write(sheet: "Worksheet", place: tuple[int, int], value: object, *, day: object, moment: object) -> None:
    """Writes one cell by its type; nothing for null."""
    if value is None or (isinstance(value, float) and not abs(value) < float("inf")):
        return
    if isinstance(value, bool):
        sheet.write_boolean(*place, value)
    elif isinstance(value, float | int | Decimal) and _is_kept(value):
        sheet.write_number(*place, value)
    elif isinstance(value, dt.datetime):
        sheet.write_datetime(*place, value.replace(tzinfo=None), moment)
    elif isinstance(value, dt.date):
        sheet.write_datetime(*place, value, day)
    else:
        sheet.write_string(*place, _as_text(value))
