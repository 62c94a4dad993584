"""Reading JSON as a table of text: a list of records somewhere in the file, GeoJSON features among them.

Numbers stay as they are written. A record within a record becomes columns named with points (`properties.id`); a list
in a cell stays the text of a JSON list. A key that a record lacks is an empty cell.
"""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data_contracts.text import Text
from pipelines.reading.formats.raw import ROW_NUMBER, RawTable, Unreadable, unique_names

MAXIMUM_BYTES = 512 * 2**20
DEEPEST = 32
"""Lists and objects within each other; beyond that a table of them takes minutes, and in the end all memory."""

_FLATTENED = 8
_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def looks_like_json(path: Path) -> bool:
    """Returns whether a file begins as a JSON list or object does."""
    with path.open("rb") as file:
        head = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    return head[:1] in {b"[", b"{"}


def read_records(path: Path, *, records: str = "") -> RawTable:
    """Returns the records of a JSON file as text cells; the row number counts them from 1.

    Args:
        path: the file.
        records: where the list is: keys with points between them, such as `features`; empty for the file itself, or
            for what is in it where it is an object with a single key.

    Raises:
        Unreadable: the file is no JSON, too large, or has no list of records there.
    """
    found = _at(_parsed(path), records)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise _no_records(records)
    frame = _flat(pl.DataFrame({"record": found}, strict=False, infer_schema_length=None) if found else pl.DataFrame())
    headings = tuple(frame.columns)
    frame = frame.rename(dict(zip(headings, unique_names(headings), strict=True)))
    rows = pl.int_range(1, len(found) + 1, dtype=pl.Int64, eager=True).alias(ROW_NUMBER)
    return RawTable(frame=frame.with_columns(rows), headings=headings, format="JSON")


def _parsed(path: Path) -> Any:  # noqa: ANN401 - whatever a JSON file holds
    """Returns the content, all numbers as they are written."""
    size = path.stat().st_size
    if size > MAXIMUM_BYTES:
        raise Unreadable(
            Text(en=f"a JSON file of {size:,} bytes", nl=f"een JSON-bestand van {size} bytes"),
            expected=Text(en=f"at most {MAXIMUM_BYTES:,} bytes", nl=f"hoogstens {MAXIMUM_BYTES} bytes"),
            action=Text(en="send it as Parquet or CSV", nl="stuur het als Parquet of CSV"),
        )
    content = path.read_bytes()
    if _depth(content) > DEEPEST:
        raise _too_deep()
    try:
        return json.loads(content.decode("utf-8-sig"), parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as fault:
        raise Unreadable(
            _no_json(fault),
            expected=Text(en="a complete JSON file in UTF-8", nl="een volledig JSON-bestand in UTF-8"),
            action=Text(en="download or export it again", nl="download of exporteer het opnieuw"),
        ) from fault


def _depth(content: bytes) -> int:
    """Returns how many lists and objects lie within each other at most, without parsing the file."""
    brackets = _TEXT.sub(b"", content).translate(None, delete=_NO_BRACKETS)
    steps = np.where(np.isin(np.frombuffer(brackets, dtype=np.uint8), np.frombuffer(b"[{", dtype=np.uint8)), 1, -1)
    return int(np.cumsum(steps).max(initial=0))


def _too_deep() -> Unreadable:
    return Unreadable(
        Text(
            en=f"a JSON file with more than {DEEPEST} lists and objects within each other",
            nl=f"een JSON-bestand met meer dan {DEEPEST} lijsten en objecten in elkaar",
        ),
        expected=Text(en="a JSON list of objects", nl="een JSON-lijst van objecten"),
        action=Text(en="check which file this is", nl="ga na welk bestand dit is"),
    )


def _no_json(fault: Exception) -> Text:
    """Returns what was found in a file that cannot be parsed, with the line where it goes wrong if that is known."""
    if not isinstance(fault, json.JSONDecodeError):
        return Text(en="a file that is no JSON", nl="een bestand dat geen JSON is")
    return Text(
        en=f"a file that is no JSON from line {fault.lineno} on, at character {fault.colno}",
        nl=f"een bestand dat vanaf regel {fault.lineno} geen JSON is, bij teken {fault.colno}",
    )


def _at(content: Any, records: str) -> Any:  # noqa: ANN401
    for key in filter(None, records.split(".")):
        content = content.get(key) if isinstance(content, dict) else None
    while not records and isinstance(content, dict) and len(content) == 1:
        (content,) = content.values()
    return content


def _no_records(records: str) -> Unreadable:
    place = f"'{records}'" if records else "the file"
    plaats = f"'{records}'" if records else "het bestand"
    return Unreadable(
        Text(en=f"no list of records in {place}", nl=f"geen lijst van records in {plaats}"),
        expected=Text(en="a JSON list of objects", nl="een JSON-lijst van objecten"),
        action=Text(en="check which file this is", nl="ga na welk bestand dit is"),
    )


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Returns records within records as columns of their own, everything as text."""
    for _ in range(_FLATTENED):
        nested = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Struct)]
        if not nested:
            break
        for name in nested:
            inner = frame[name].struct.fields
            own = "" if name == "record" else f"{name}."
            parts = [frame[name].struct.field(field).alias(f"{own}{field}") for field in inner]
            frame = frame.drop(name).with_columns(parts)
    return frame.select(_as_text(name, dtype) for name, dtype in frame.schema.items())


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    """Returns a column as text; lists of plain values as the text of a JSON list."""
    if isinstance(dtype, pl.List) and not dtype.inner.is_nested():
        return (
            pl.struct(pl.col(name).alias("list")).struct.json_encode().str.extract(r'(?s)^\{"list":(.*)\}$').alias(name)
        )
    return pl.lit(None, dtype=pl.String).alias(name) if dtype.is_nested() else pl.col(name).cast(pl.String)
