"""Reading a text file of many millions of rows by adding it up: rows that agree in some columns become one, with sums.

The file streams past; what is held in memory is the outcome. A row whose sum is no number, or whose fields are not
those of the headings, is refused with its line as it stands.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from data_contracts.contract import normalised
from data_contracts.text import Text
from pipelines.reading.formats.compressed import unpacked
from pipelines.reading.formats.csv_text import first_layout
from pipelines.reading.formats.encoding import survey, write_as_utf8
from pipelines.reading.formats.headings import Known
from pipelines.reading.formats.raw import REJECTION_SCHEMA, ROW_NUMBER, RawTable, Unreadable, three_parts, unique_names

MAXIMUM_BYTES = 16 * 2**30
MOST_REFUSED = 10_000
"""Lines. A file with more that cannot be read is another file."""
MOST_GROUPS = 10_000_000

_EXTRA = "_more"
_AROUND = ' \t\r\n\xa0"'
"""Space, and quotation marks: no cell of such a file holds a separator, and a stray mark must not swallow lines."""
_NUMBER = r"^[+-]?\d+(?:\.\d+)?$"


def read_added_up(path: Path, *, of: Sequence[str], sums: Sequence[str], known: Known) -> RawTable:
    """Returns one row for all rows with the same values in `of`, with the sums of the columns in `sums`.

    Args:
        path: the file, perhaps packed with gzip.
        of: headings of the columns that stay.
        sums: headings of the columns that are added up; numbers with a decimal point.
        known: returns the column that a heading means, or None.

    Returns:
        The table; its row number is that of the first line of each row, and `put_together` says how many lines stand in
        the frame in another's row.

    Raises:
        Unreadable: the file is too large or no such table, or too much of it is none.
    """
    with unpacked(path) as file, tempfile.TemporaryDirectory(prefix="care-transfer-") as folder:
        if file.stat().st_size > MAXIMUM_BYTES:
            raise _too_large(file.stat().st_size)
        found = survey(file)
        text = file if found.plain else Path(folder) / "utf8.csv"
        if not found.plain:
            write_as_utf8(file, text, found=found)
        layout = first_layout(text, known=known)
        names = unique_names(layout.headings)
        keys, values = (_columns(wanted, names) for wanted in (of, sums))
        lines = _lines(text, names, separator=layout.separator, skip=layout.header_line)
        frame = _summed(lines, keys, values)
        refused = _refused(lines, names, keys, values, separator=layout.separator)
        delivered = int(frame["_lines"].sum())
        return RawTable(
            frame=frame.drop("_lines"),
            headings=(*keys, *values),
            format=f"CSV ({found.name})",
            refused=refused,
            put_together=delivered - frame.height,
        )


def _columns(wanted: Sequence[str], names: Sequence[str]) -> list[str]:
    """Returns the columns that headings mean.

    Raises:
        Unreadable: one is not there.
    """
    by_shape = {normalised(name): name for name in names}
    lacking = [one for one in wanted if normalised(one) not in by_shape]
    if lacking:
        raise _no_headings(lacking, names)
    return [by_shape[normalised(one)] for one in wanted]


def _lines(path: Path, names: Sequence[str], *, separator: str, skip: int) -> pl.LazyFrame:
    """Returns the lines as text columns, with `row_number` as an editor shows it, and what a line has too much of."""
    schema = dict.fromkeys([*names, _EXTRA], pl.String)
    lines = pl.scan_csv(
        path,
        has_header=False,
        skip_lines=skip,
        separator=separator,
        quote_char=None,
        schema=schema,
        truncate_ragged_lines=True,
        missing_columns="insert",
        glob=False,
        row_index_name=ROW_NUMBER,
        row_index_offset=skip + 1,
    )
    trimmed = [pl.col(name).str.strip_chars(_AROUND) for name in names]
    return lines.with_columns(*trimmed, pl.col(ROW_NUMBER).cast(pl.Int64)).filter(
        pl.any_horizontal(pl.col(names).fill_null("") != "")
    )


def _is_good(keys: Sequence[str], values: Sequence[str]) -> pl.Expr:
    numbers = pl.all_horizontal(pl.col(values).str.contains(_NUMBER).fill_null(value=False))
    filled = pl.all_horizontal(pl.col(keys).fill_null("") != "")
    return numbers & filled & pl.col(_EXTRA).is_null()


def _summed(lines: pl.LazyFrame, keys: Sequence[str], values: Sequence[str]) -> pl.DataFrame:
    good = lines.filter(_is_good(keys, values)).with_columns(pl.col(values).cast(pl.Float64))
    summed = good.group_by(keys).agg(
        pl.col(values).sum(), pl.col(ROW_NUMBER).min(), pl.len().cast(pl.Int64).alias("_lines")
    )
    try:
        frame = summed.head(MOST_GROUPS + 1).collect(engine="streaming")
    except pl.exceptions.PolarsError as fault:
        raise _no_table() from fault
    if frame.height > MOST_GROUPS:
        raise _no_table()
    whole = [pl.col(name).cast(pl.String).str.replace(r"\.0$", "") for name in values]
    return frame.with_columns(whole).sort(ROW_NUMBER).select(*keys, *values, ROW_NUMBER, "_lines")


def _refused(
    lines: pl.LazyFrame, names: Sequence[str], keys: Sequence[str], values: Sequence[str], *, separator: str
) -> pl.DataFrame:
    """Returns the lines that are no rows, as rejections with the line as their value.

    Raises:
        Unreadable: there are too many of them.
    """
    bad = lines.filter(~_is_good(keys, values)).head(MOST_REFUSED + 1).collect(engine="streaming")
    if bad.height > MOST_REFUSED:
        raise _no_table()
    message = three_parts(
        Text(
            en=f"a line without a value in {', '.join(keys)}, without a number in {', '.join(values)}, or with more "
            f"fields than headings",
            nl=f"een regel zonder waarde in {', '.join(keys)}, zonder getal in {', '.join(values)}, of met meer velden "
            f"dan koppen",
        ),
        Text(en=f"{len(names)} fields, as in the headings", nl=f"{len(names)} velden, zoals in de koppen"),
        Text(en="download or export the file again", nl="download of exporteer het bestand opnieuw"),
    )
    return bad.select(
        ROW_NUMBER,
        column=pl.lit(None, dtype=pl.String),
        value=pl.concat_str([*names, _EXTRA], separator=separator, ignore_nulls=True),
        rule=pl.lit("no_row_of_the_table"),
        message_nl=pl.lit(message.nl),
        message_en=pl.lit(message.en),
    ).select(pl.col(name).cast(dtype) for name, dtype in REJECTION_SCHEMA.items())


def _no_headings(lacking: Sequence[str], names: Sequence[str]) -> Unreadable:
    wanted, shown = (", ".join(f"'{name}'" for name in some) for some in (lacking, names[:20]))
    return Unreadable(
        Text(
            en=f"no heading {wanted}; the headings are {shown}",
            nl=f"geen kolomkop {wanted}; de kolomkoppen zijn {shown}",
        ),
        expected=Text(en="the publisher's layout", nl="de opmaak van de uitgever"),
        action=Text(en="check which file this is", nl="ga na welk bestand dit is"),
    )


def _too_large(size: int) -> Unreadable:
    return Unreadable(
        Text(en=f"a file of {size / 2**30:.1f} GB", nl=f"een bestand van {size / 2**30:.1f} GB"),
        expected=Text(en=f"at most {MAXIMUM_BYTES // 2**30} GB", nl=f"hoogstens {MAXIMUM_BYTES // 2**30} GB"),
        action=Text(en="send it in parts, one a year", nl="stuur het in delen, een per jaar"),
    )


def _no_table() -> Unreadable:
    return Unreadable(
        Text(
            en=f"a file of which more than {MOST_REFUSED:,} lines are no rows of its table",
            nl=f"een bestand waarvan meer dan {MOST_REFUSED} regels geen rijen van de tabel zijn",
        ),
        expected=Text(en="the publisher's file as it was downloaded", nl="het bestand zoals het is gedownload"),
        action=Text(en="download it again", nl="download het opnieuw"),
    )
