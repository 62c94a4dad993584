"""What a file really is, by its first bytes: a name says what someone meant it to be, the content what it is."""

import zipfile
from pathlib import Path

from data_contracts.text import Text
from pipelines.reading.formats.archives import NOT_WHOLE
from pipelines.reading.formats.raw import Unreadable

HEAD_BYTES = 65_536

_EXPECTED = Text(
    en="a CSV file, an Excel workbook (.xlsx) or a Parquet file",
    nl="een CSV-bestand, een Excel-werkmap (.xlsx) of een Parquet-bestand",
)
_SAVE_AS = Text(
    en="open it in the program it came from, save it as .xlsx or CSV, and send that",
    nl="open het in het programma waar het uit komt, bewaar het als .xlsx of CSV en stuur dat",
)
_UNPACK = Text(en="unpack it and send the file that is inside", nl="pak het uit en stuur het bestand dat erin zit")

_MAGIC: tuple[tuple[bytes, Text, Text], ...] = (
    (b"%PDF", Text(en="a PDF document", nl="een PDF-document"), _SAVE_AS),
    (b"{\\rtf", Text(en="a text document (RTF)", nl="een tekstdocument (RTF)"), _SAVE_AS),
    (b"\x1f\x8b", Text(en="a gzip archive", nl="een gzip-archief"), _UNPACK),
    (b"7z\xbc\xaf", Text(en="a 7-zip archive", nl="een 7-zip-archief"), _UNPACK),
    (b"Rar!", Text(en="a RAR archive", nl="een RAR-archief"), _UNPACK),
    (b"BZh", Text(en="a bzip2 archive", nl="een bzip2-archief"), _UNPACK),
    (b"\x28\xb5\x2f\xfd", Text(en="a Zstandard archive", nl="een Zstandard-archief"), _UNPACK),
    (b"\x89PNG", Text(en="a picture (PNG)", nl="een afbeelding (PNG)"), _SAVE_AS),
    (b"\xff\xd8\xff", Text(en="a picture (JPEG)", nl="een afbeelding (JPEG)"), _SAVE_AS),
    (b"SQLite format 3", Text(en="an SQLite database", nl="een SQLite-database"), _SAVE_AS),
)
_MARKUP = (b"<html", b"<!doctype html", b"<table", b"<head", b"<body", b"<meta", b"<style")


def recognise(path: Path) -> str:
    """Returns `csv`, `excel` or `parquet`, by content.

    Raises:
        Unreadable: the file is empty, or something else; the message says what.
    """
    head = _head(path)
    if not head.strip(b"\x00\t\r\n ") or head in {b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"}:
        raise _unreadable(
            Text(en="an empty file", nl="een leeg bestand"),
            Text(en="export the data again and send the file", nl="exporteer de gegevens opnieuw en stuur het bestand"),
        )
    for magic, found, action in _MAGIC:
        if head.startswith(magic):
            raise _unreadable(found, action)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK"):
        return _in_zip(path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise _old_office(path)
    _refuse_markup(head)
    return "csv"


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _unreadable(found: Text, action: Text) -> Unreadable:
    return Unreadable(found, expected=_EXPECTED, action=action)


def _in_zip(path: Path) -> str:
    """Returns `excel` for a workbook; raises what else the archive is."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except NOT_WHOLE:
        raise _unreadable(
            Text(en="a damaged or incomplete Excel workbook", nl="een beschadigde of onvolledige Excel-werkmap"),
            Text(en="save the workbook again and send it again", nl="bewaar de werkmap opnieuw en stuur hem opnieuw"),
        ) from None
    if "xl/workbook.xml" in names:
        return "excel"
    if "xl/workbook.bin" in names:
        raise _unreadable(Text(en="a binary workbook (.xlsb)", nl="een binaire werkmap (.xlsb)"), _SAVE_AS)
    if "content.xml" in names and "mimetype" in names:
        raise _unreadable(Text(en="an OpenDocument file", nl="een OpenDocument-bestand"), _SAVE_AS)
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise _unreadable(Text(en="a Word or PowerPoint document", nl="een Word- of PowerPoint-document"), _SAVE_AS)
    raise _unreadable(
        Text(
            en=f"a zip archive that is no workbook (it holds {_shown(names)})",
            nl=f"een zip-archief dat geen werkmap is (er zit {_shown(names)} in)",
        ),
        _UNPACK,
    )


def _shown(names: set[str]) -> str:
    """Returns the first names of an archive."""
    first = [name[:60] for name in sorted(names)[:3]]
    return ", ".join(first) + (", ..." if len(names) > 3 else "") if first else "-"


def _old_office(path: Path) -> Unreadable:
    """Returns what an old Office container holds: a protected new workbook, or an .xls."""
    with path.open("rb") as file:
        protected = "EncryptedPackage".encode("utf-16-le") in file.read(16 * HEAD_BYTES)
    if protected:
        return _unreadable(
            Text(en="a workbook with a password", nl="een werkmap met een wachtwoord"),
            Text(en="remove the password and send it again", nl="verwijder het wachtwoord en stuur hem opnieuw"),
        )
    return _unreadable(
        Text(en="an old Excel workbook (.xls)", nl="een oude Excel-werkmap (.xls)"),
        Text(
            en="open it in Excel, save it as Excel workbook (.xlsx), and send that",
            nl="open hem in Excel, bewaar hem als Excel-werkmap (.xlsx) en stuur die",
        ),
    )


def _refuse_markup(head: bytes) -> None:
    """Raises for a web page, XML or JSON that goes under another name."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    start = text[:4096].lower()
    if start.startswith(_MARKUP) or (start.startswith(b"<") and any(tag in start for tag in _MARKUP)):
        raise _unreadable(
            Text(en="a web page (HTML) under another name", nl="een webpagina (HTML) onder een andere naam"), _SAVE_AS
        )
    if start.startswith(b"<?xml"):
        raise _unreadable(Text(en="an XML file", nl="een XML-bestand"), _SAVE_AS)
    if start[:1] in {b"{", b"["} and b'"' in start[:200]:
        raise _unreadable(Text(en="a JSON file", nl="een JSON-bestand"), _SAVE_AS)
