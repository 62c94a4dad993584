"""Files that are packed with gzip, as publishers do with large CSV files: unpacked into a folder of their own, bounded.

What is inside is recognised and read as any other file. An archive with several files in it (zip, tar) is none of this.
"""

import gzip
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data_contracts.text import Text
from pipelines.reading.formats.raw import Unreadable

GZIP = b"\x1f\x8b"
MAXIMUM_BYTES = 2**30
"""Unpacked: as large as a CSV file may be."""
MAXIMUM_RATIO = 200
"""Unpacked to packed, beyond 100 MB: tables of text stay under fifty, bombs reach a thousand."""

_FREE_BYTES = 100 * 2**20
_CHUNK = 4 * 2**20


def is_gzip(path: Path) -> bool:
    """Returns whether a file is packed with gzip."""
    with path.open("rb") as file:
        return file.read(2) == GZIP


@contextmanager
def unpacked(path: Path, *, head: int | None = None) -> Iterator[Path]:
    """Yields a file as it is, or what a gzip file holds, for as long as it is used.

    Args:
        path: the file.
        head: of a gzip file, only so many bytes from its beginning.

    Raises:
        Unreadable: the gzip file is damaged, or holds far more than a delivery does.
    """
    if not is_gzip(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="care-transfer-") as folder:
        inside = Path(folder) / (path.stem if path.suffix.lower() == ".gz" else path.name)
        _unpack(path, inside, head=head)
        yield inside


def _unpack(path: Path, target: Path, *, head: int | None) -> None:
    limit = min(MAXIMUM_BYTES, max(_FREE_BYTES, MAXIMUM_RATIO * path.stat().st_size))
    written = 0
    try:
        with gzip.open(path, "rb") as packed, target.open("wb") as plain:
            while chunk := packed.read(_CHUNK if head is None else min(_CHUNK, head - written)):
                written += len(chunk)
                if written > limit:
                    raise _too_large(limit)
                plain.write(chunk)
    except (gzip.BadGzipFile, EOFError, zlib.error) as fault:
        raise _damaged() from fault


def _too_large(limit: int) -> Unreadable:
    megabytes = limit // 2**20
    return Unreadable(
        Text(
            en=f"a gzip file that unpacks to more than {megabytes} MB",
            nl=f"een gzip-bestand dat uitpakt tot meer dan {megabytes} MB",
        ),
        expected=Text(
            en=f"a table of at most {MAXIMUM_BYTES // 2**20} MB, packed no tighter than text is",
            nl=f"een tabel van hoogstens {MAXIMUM_BYTES // 2**20} MB, niet sterker ingepakt dan tekst",
        ),
        action=Text(en="send it as Parquet, or in parts", nl="stuur het als Parquet, of in delen"),
    )


def _damaged() -> Unreadable:
    return Unreadable(
        Text(en="a gzip file that is damaged or was cut off", nl="een gzip-bestand dat beschadigd of afgekapt is"),
        expected=Text(en="a complete gzip file", nl="een volledig gzip-bestand"),
        action=Text(
            en="download it again, or unpack it and send the file that is inside",
            nl="download het opnieuw, of pak het uit en stuur het bestand dat erin zit",
        ),
    )
