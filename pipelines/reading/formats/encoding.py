"""Which bytes a text file is made of, found in one pass that holds no more than a chunk; and the same text as UTF-8.

Dutch deliveries come as UTF-8 (with or without mark), UTF-16 (Excel's "Unicode text") or Windows-1252.
"""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import AnyStr, BinaryIO

from data_contracts.text import Text
from pipelines.reading.formats.raw import Unreadable

CHUNK_BYTES = 4 * 2**20
LONGEST_LINE = 2**20
"""Bytes. A line longer than this is no row of a table; reading on would take all memory."""

_BROKEN = re.compile("[\udc80-\udcff]")
_UNDEFINED_IN_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Survey:
    """What one pass over a text file found.

    Attributes:
        encoding: the codec to read it with.
        name: the encoding's name for people.
        lossy: characters were lost: bytes that mean nothing in this encoding.
        plain: already UTF-8 with line feeds, so that it can be read as it lies.
    """

    encoding: str
    name: str
    lossy: bool
    plain: bool


@dataclass
class _Pass:
    """What is seen while reading."""

    broken: int = 0
    accented: int = 0
    undefined: int = 0
    line_feeds: bool = False
    carriage_returns: bool = False
    nulls: bool = False
    since_line_end: int = 0


def survey(path: Path) -> Survey:
    """Returns how a text file is encoded.

    Raises:
        Unreadable: the file is binary, or a line of it is longer than any row of a table.
    """
    with path.open("rb") as file:
        return survey_of(file)


def survey_of(file: BinaryIO) -> Survey:
    """Returns how the text of an open file is encoded.

    Raises:
        Unreadable: as `survey`.
    """
    head = file.read(4096)
    file.seek(0)
    mark, codec = next(((mark, codec) for mark, codec in _MARKS if head.startswith(mark)), (b"", ""))
    if not mark and (wide := _wide(head)):
        codec = wide
    if codec.startswith("utf-16"):
        return Survey(encoding=codec, name="UTF-16", lossy=False, plain=False)
    counts = _read_through(file)
    if counts.nulls:
        raise _binary()
    only_returns = counts.carriage_returns and not counts.line_feeds
    if not counts.broken:
        return Survey(encoding="utf-8-sig", name="UTF-8", lossy=False, plain=not only_returns)
    if counts.accented > counts.broken:
        return Survey(encoding="utf-8-sig", name="UTF-8", lossy=True, plain=False)
    return Survey(encoding="cp1252", name="Windows-1252", lossy=counts.undefined > 0, plain=False)


def write_as_utf8(path: Path, target: Path, *, found: Survey) -> None:
    """Writes the same text as UTF-8 with line feeds; what has no meaning in its encoding becomes U+FFFD.

    Raises:
        Unreadable: a line is longer than any row of a table.
    """
    since_line_end = 0
    with (
        path.open(encoding=found.encoding, errors="replace", newline=None) as source,
        target.open("w", encoding="utf-8", newline="\n") as copy,
    ):
        while text := source.read(CHUNK_BYTES):
            since_line_end = _open_line(text, "\n", since_line_end)
            copy.write(text)


def _wide(head: bytes) -> str:
    """Returns the codec of UTF-16 without a mark, of which every other byte is zero in Western text."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half < 2 or max(even, odd) * 2 < half or min(even, odd) * 10 > half:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _read_through(file: BinaryIO) -> _Pass:
    counts = _Pass()
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    while chunk := file.read(CHUNK_BYTES):
        pending, _ = decoder.getstate()
        text = "" if chunk.isascii() and not pending else decoder.decode(chunk)
        _count(chunk, text, counts)
    _count(b"", decoder.decode(b"", final=True), counts)
    return counts


def _count(chunk: bytes, text: str, counts: _Pass) -> None:
    counts.line_feeds |= b"\n" in chunk
    counts.carriage_returns |= b"\r" in chunk
    counts.nulls |= b"\0" in chunk
    if chunk:
        end = b"\n" if b"\n" in chunk or b"\r" not in chunk else b"\r"
        counts.since_line_end = _open_line(chunk, end, counts.since_line_end)
    if not text.isascii():
        broken = len(_BROKEN.findall(text))
        counts.broken += broken
        counts.accented += sum(1 for _ in re.finditer(r"[^\x00-\x7f]", text)) - broken
        counts.undefined += len(_UNDEFINED_IN_1252.findall(chunk))


def _open_line(text: AnyStr, end: AnyStr, open_before: int) -> int:
    """Returns how long the line is that is still open at the end of a text; raises when one was too long.

    A text with a line's end at least every so often is looked at only there, not line by line.
    """
    start = -open_before
    while len(text) - start > LONGEST_LINE:
        last = text.rfind(end, max(start, 0), start + LONGEST_LINE + 1)
        if last < 0:
            raise endless_line()
        start = last + 1
    last = text.rfind(end, max(start, 0))
    return len(text) - (start if last < 0 else last + 1)


def endless_line() -> Unreadable:
    """Returns what is said of a file with a line that is longer than any row of a table."""
    return Unreadable(
        Text(en=f"a line of more than {LONGEST_LINE:,} characters", nl=f"een regel van meer dan {LONGEST_LINE} tekens"),
        expected=Text(en="a table with one row on each line", nl="een tabel met één rij per regel"),
        action=Text(en="export the data as CSV, with line ends", nl="exporteer de gegevens als CSV, met regeleinden"),
    )


def _binary() -> Unreadable:
    return Unreadable(
        Text(en="bytes that are no text", nl="bytes die geen tekst zijn"),
        expected=Text(
            en="text in UTF-8, UTF-16 or Windows-1252, an Excel workbook or a Parquet file",
            nl="tekst in UTF-8, UTF-16 of Windows-1252, een Excel-werkmap of een Parquet-bestand",
        ),
        action=Text(
            en="save it as 'CSV UTF-8' or as .xlsx and send that",
            nl="bewaar het als 'CSV UTF-8' of als .xlsx en stuur dat",
        ),
    )
