"""What stands in a PDF as Chromium writes it: its pages, their size in millimetres, and its text.

Text is written as numbers of glyphs; each font says which letters they stand for (its `ToUnicode` table).
"""

import re
import unicodedata
import zlib
from collections.abc import Iterator
from pathlib import Path

_OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_FONT = re.compile(rb"/(F\d+) (\d+) 0 R")
_RUN = re.compile(rb"/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>")
_POINTS_IN_MM = 72 / 25.4


def sizes(pdf: bytes) -> list[tuple[int, int]]:
    """Width and height of every page, in whole millimetres."""
    boxes = [
        re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", content)
        for _, content in _OBJECT.findall(pdf)
        if re.search(rb"/Type\s*/Page\b", content)
    ]
    return [(_mm(box[1]), _mm(box[2])) for box in boxes if box is not None]


def text(path: Path) -> str:
    """All text of a PDF, page by page, without any space: where words end is not always written.

    Letters that were drawn as one (fi) are two again.
    """
    objects = {int(number): content for number, content in _OBJECT.findall(path.read_bytes())}
    fonts = {
        name: _letters(objects, int(number)) for content in objects.values() for name, number in _FONT.findall(content)
    }
    return "".join("".join(_written(_unpacked(content), fonts)) for content in objects.values())


def _mm(points: bytes) -> int:
    return round(float(points) / _POINTS_IN_MM)


def _unpacked(content: bytes) -> bytes:
    found = _STREAM.search(content)
    if found is None:
        return b""
    try:
        return zlib.decompress(found[1]) if b"/FlateDecode" in content else found[1]
    except zlib.error:
        return b""


def _letters(objects: dict[int, bytes], font: int) -> dict[int, str]:
    """What the glyphs of a font stand for."""
    table = re.search(rb"/ToUnicode (\d+) 0 R", objects.get(font, b""))
    said = _unpacked(objects[int(table[1])]).decode("latin-1") if table else ""
    letters: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", said, re.DOTALL):
        letters |= {int(glyph, 16): _utf16(letter) for glyph, letter in re.findall(r"<(\w+)> <(\w+)>", block)}
    for block in re.findall(r"beginbfrange(.*?)endbfrange", said, re.DOTALL):
        for first, last, letter in re.findall(r"<(\w+)> <(\w+)> <(\w+)>", block):
            start = int(first, 16)
            letters |= {glyph: chr(int(letter, 16) + glyph - start) for glyph in range(start, int(last, 16) + 1)}
    return letters


def _utf16(digits: str) -> str:
    return bytes.fromhex(digits).decode("utf-16-be")


def _written(content: bytes, fonts: dict[bytes, dict[int, str]]) -> Iterator[str]:
    letters: dict[int, str] = {}
    for font, digits in _RUN.findall(content):
        if font:
            letters = fonts.get(font, {})
        glyphs = digits.decode()
        shown = (letters.get(int(glyphs[at : at + 4], 16), "") for at in range(0, len(glyphs), 4))
        yield unicodedata.normalize("NFKC", "".join("".join(shown).split()))
