"""Why rows of a delivery were refused, as a person reads it: one line a reason, with the rows that share it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from data_contracts.text import Language
from pipelines.cli.output import ColumnStyle, err, print_table

if TYPE_CHECKING:
    import polars as pl

MOST_RANGES = 6
"""So many runs of rows are named beside one reason."""
_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "row": "row", "column": "column", "value": "value", "rule": "rule", "reason": "reason",
        "more": "The first {shown} of {all} reasons; --json prints every row.",
    },
    "nl": {
        "row": "rij", "column": "kolom", "value": "waarde", "rule": "regel", "reason": "reden",
        "more": "De eerste {shown} van {all} redenen; --json geeft elke rij.",
    },
}  # fmt: skip


def print_reasons(rejections: pl.DataFrame, *, most: int, lang: Language, title: str | None = None) -> None:
    """Prints why rows were refused, at most so many reasons; the rows that share column, value and reason together."""
    import polars as pl

    from dashboards.words.wording import wording

    words, count = _WORDS[lang], wording(lang).numbers.number
    reasons = together(rejections, lang=lang)
    runs = pl.Series("row", [_runs(rows) for rows in reasons["rows"].head(most)], dtype=pl.String)
    shown = [ColumnStyle(name, words[name]) for name in ("row", "column", "value", "rule", "reason")]
    print_table(reasons.head(most).with_columns(runs), title=title, columns=shown)
    if reasons.height > most:
        err().print(words["more"].format(shown=most, all=count(reasons.height)))


def together(rejections: pl.DataFrame, *, lang: Language) -> pl.DataFrame:
    """Returns a row for each column, value, rule and reason, in the order of the file; `rows` are their row numbers."""
    import polars as pl

    alike = ["column", "value", "rule", pl.col(f"message_{lang}").alias("reason")]
    numbered = rejections.sort("row_number", maintain_order=True)
    return numbered.group_by(alike, maintain_order=True).agg(rows=pl.col("row_number").unique(maintain_order=True))


def _runs(rows: pl.Series) -> str:
    """Returns row numbers as a person writes them: 2-5, 9; of many runs the first."""
    import polars as pl

    ordered = rows.to_frame("row").with_columns(run=pl.col("row") - pl.int_range(pl.len()))
    runs = ordered.group_by("run", maintain_order=True).agg(first=pl.col("row").first(), last=pl.col("row").last())
    texts = (str(first) if first == last else f"{first}-{last}" for _, first, last in runs.iter_rows())
    return ", ".join(islice(texts, MOST_RANGES)) + (", ..." if runs.height > MOST_RANGES else "")
