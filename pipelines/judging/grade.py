"""The grade of a delivery: one letter a supplier can aim for. The limits stand in `data_contracts/usability.yaml`.

A: every row accepted, nothing odd. B: a row refused, or something odd. C: more than one row in a thousand refused, or a
column that results need is missing. D: more than two rows in a hundred refused. E: nothing of it counts.
"""

from typing import Literal

from data_contracts.usability import load_usability

Grade = Literal["A", "B", "C", "D", "E"]


def grade(*, rows: int, accepted: int, odd: bool, column_missing: bool) -> Grade:
    """Returns the grade of a delivery.

    Args:
        rows: rows that were judged.
        accepted: rows that count.
        odd: whether something about accepted rows is odd.
        column_missing: whether a column that results need was not delivered.
    """
    if not accepted:
        return "E"
    limits, refused = load_usability(), (rows - accepted) / rows
    if refused > limits.grade_d.value:
        return "D"
    if refused > limits.grade_c.value or column_missing:
        return "C"
    return "B" if refused or odd else "A"
