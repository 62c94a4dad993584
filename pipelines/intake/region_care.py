"""Care and its price side by side on one sheet: what of it is volume, and what is revenue."""

from dataclasses import replace

import polars as pl

from data_contracts.contract import HOME, DataContract, load_contract, normalised
from data_contracts.region_workbook import BookSheet
from data_contracts.specialisms import code_by_name
from data_contracts.text import Text
from pipelines.reading.conversion import convert_columns
from pipelines.reading.formats import RawTable
from pipelines.reading.formats.raw import NOTED_ROWS, ROW_NUMBER, LeftOut, Note, Taken

_PRODUCT = "care_product"
_DIGITS = 15
"""What a binary number of 64 bits holds of a decimal one."""
_NO_REVENUE = Text(en="no revenue is filled in", nl="er is geen omzet ingevuld")
_OWN_PRODUCT = Text(
    en="Rows without a care product were given one of their own, made of specialism and diagnosis, so that each keeps "
    "its own price",
    nl="Rijen zonder zorgproduct kregen een eigen zorgproduct, gemaakt van specialisme en diagnose, zodat elk zijn "
    "eigen prijs houdt",
)


def heading_of(raw: RawTable, contract: DataContract, column: str) -> str | None:
    """Returns under which name of the frame a column of the contract stands, or None."""
    pairs = zip(raw.columns, raw.headings, strict=True)
    meant = ((name, contract.for_heading(heading)) for name, heading in pairs)
    return next((name for name, found in meant if found is not None and found.name == column), None)


def has_text(cells: pl.Series) -> pl.Series:
    """Returns which cells are filled in."""
    return cells.str.strip_chars().fill_null("") != ""


def _with_rows(raw: RawTable, rows: pl.Series) -> RawTable:
    """Returns a table with some of its rows."""
    stored = {name: cells.filter(rows) for name, cells in raw.stored_numbers.items()}
    return replace(raw, frame=raw.frame.filter(rows), stored_numbers=stored)


def left_out(raw: RawTable, rows: pl.Series, reason: Text) -> RawTable:
    """Returns a table without some of its rows, which are counted and told."""
    if not rows.any():
        return raw
    numbers = raw.frame[ROW_NUMBER].filter(rows)
    gone = LeftOut(reason, numbers.len(), tuple(numbers.head(NOTED_ROWS).to_list()))
    taken = raw.taken or Taken(read=raw.rows)
    taken = replace(taken, left_out=(*taken.left_out, gone))
    return replace(_with_rows(raw, ~rows), taken=taken, notes=(*raw.notes, gone.note))


def with_column(raw: RawTable, name: str, cells: pl.Expr) -> RawTable:
    """Returns a table with one column more, or with other cells in one that it has."""
    headings = raw.headings if name in raw.columns else (*raw.headings, name)
    frame = raw.frame.with_columns(cells.alias(name)).select(
        *raw.columns, *(() if name in raw.columns else (name,)), ROW_NUMBER
    )
    return replace(raw, frame=frame, headings=headings)


def with_products(raw: RawTable, *, country: str) -> RawTable:
    """Returns care of which every row with a specialism has a care product, so that it has a price of its own.

    The Dutch name of a specialism becomes its code only where that list holds: in the Netherlands.
    """
    volume = load_contract("volume")
    specialism, diagnosis, product = (heading_of(raw, volume, name) for name in ("specialism", "diagnosis", _PRODUCT))
    if specialism is None:
        return raw
    given = pl.lit(None, dtype=pl.String) if product is None else pl.col(product)
    lacking = (given.str.strip_chars().fill_null("") == "") & (pl.col(specialism).str.strip_chars().fill_null("") != "")
    rows = raw.frame.select(lacking.alias("lacking"))["lacking"]
    if not rows.any():
        return raw
    codes = code_by_name() if country == HOME else {}
    names = {name: codes.get(normalised(name), name.strip()) for name in raw.frame[specialism].drop_nulls().unique()}
    code = pl.col(specialism).replace(names)
    parts = [code, *([] if diagnosis is None else [pl.col(diagnosis).str.strip_chars()])]
    made = pl.concat_str(parts, separator="-", ignore_nulls=True)
    named = with_column(raw, product or _PRODUCT, pl.when(lacking).then(made.str.strip_chars("-")).otherwise(given))
    text = Text(en=f"{_OWN_PRODUCT.en}: {rows.sum()}.", nl=f"{_OWN_PRODUCT.nl}: {rows.sum()}.")
    return replace(named, notes=(*named.notes, Note("care_product_made", int(rows.sum()), text, column=_PRODUCT)))


def only(raw: RawTable, contract: DataContract, *, of: BookSheet) -> RawTable:
    """Returns a sheet without the columns that only another of its datasets knows."""
    pairs = list(zip(raw.columns, raw.headings, strict=True))
    kept = [(name, heading) for name, heading in pairs if contract.for_heading(heading) or of.meant(heading) is None]
    names = [name for name, _ in kept]
    stored = {name: cells for name, cells in raw.stored_numbers.items() if name in names}
    headings = tuple(heading for _, heading in kept)
    return replace(raw, frame=raw.frame.select(*names, ROW_NUMBER), headings=headings, stored_numbers=stored)


def summed(raw: RawTable, contract: DataContract) -> RawTable:
    """Returns the revenue of care: rows of one provider, payer and product added up over diagnoses and areas.

    Where a row of a product cannot be read, or stands there twice with other figures, nothing is added up: its rows
    stay as they are, and are refused as such.
    """
    amount = heading_of(raw, contract, "revenue_eur")
    if amount is None:
        return raw
    raw = left_out(raw, ~has_text(raw.frame[amount]), _NO_REVENUE)
    volume = load_contract("volume")
    care = [name for column in volume.key if (name := heading_of(raw, volume, column)) is not None]
    columns = {column: name for column in ("units", "revenue_eur") if (name := heading_of(raw, contract, column))}
    key = [name for column in contract.key if (name := heading_of(raw, contract, column)) is not None]
    numbers = _numbers(raw, contract, columns)
    frame = raw.frame.select(*key, *(name for name in care if name not in key), ROW_NUMBER).hstack(numbers)
    frame = frame.unique([*key, *care, *columns], keep="first", maintain_order=True)
    doubtful = pl.any_horizontal(pl.col("_bad"), pl.struct(care).is_duplicated()).any().over(key)
    marked = frame.with_columns(doubtful.alias("_doubtful"))
    whole = marked.filter(~pl.col("_doubtful"))
    sums = [pl.when(pl.col(one).is_not_null().all()).then(_sum(one, numbers.schema[one])) for one in columns]
    added = whole.group_by(key, maintain_order=True).agg(*sums, pl.col(ROW_NUMBER).first())
    return _as_table(raw, added, columns, key, kept=marked.filter("_doubtful")[ROW_NUMBER])


def _numbers(raw: RawTable, contract: DataContract, columns: dict[str, str]) -> pl.DataFrame:
    """Returns the numbers of some columns, and whether a row has one that cannot be read."""
    text = raw.frame.select(pl.col(name).alias(column) for column, name in columns.items())
    stored = {column: raw.stored_numbers[name] for column, name in columns.items() if name in raw.stored_numbers}
    made = convert_columns(text, tuple(contract.column(column) for column in columns), stored_numbers=stored)
    bad = pl.repeat(value=False, n=text.height, eager=True, dtype=pl.Boolean)
    for one in made.values():
        for fault in one.faults:
            bad = bad | fault.rows
    return pl.DataFrame([made[column].values.alias(column) for column in columns]).with_columns(bad.alias("_bad"))


def _sum(column: str, kind: pl.DataType) -> pl.Expr:
    """Returns a sum with the digits that its numbers have."""
    total = pl.col(column).sum()
    return total.round_sig_figs(_DIGITS) if kind.is_float() else total


def _as_table(
    raw: RawTable, added: pl.DataFrame, columns: dict[str, str], key: list[str], *, kept: pl.Series
) -> RawTable:
    """Returns sums as a table of text, before the rows that were kept as they are."""
    as_text = (pl.col(column).cast(pl.String).alias(name) for column, name in columns.items())
    sums = added.select(*key, *as_text, ROW_NUMBER)
    rows = raw.frame[ROW_NUMBER].is_in(kept.implode())
    frame = pl.concat([sums, raw.frame.filter(rows).select(sums.columns)])
    joined = raw.frame.height - frame.height
    said = dict(zip(raw.columns, raw.headings, strict=True))
    return replace(
        raw,
        frame=frame,
        headings=tuple(said[name] for name in sums.columns if name != ROW_NUMBER),
        stored_numbers={name: _stored(raw, name, rows, written=sums.height) for name in columns.values()},
        taken=replace(raw.taken or Taken(read=raw.rows), put_together=joined),
    )


def _stored(raw: RawTable, name: str, rows: pl.Series, *, written: int) -> pl.Series:
    """Returns which cells are numbers beyond doubt: the sums, and what the workbook itself stores so."""
    sums = pl.repeat(value=True, n=written, eager=True, dtype=pl.Boolean)
    others = raw.stored_numbers.get(name, pl.repeat(value=False, n=rows.len(), eager=True, dtype=pl.Boolean))
    return pl.concat([sums, others.filter(rows)])
