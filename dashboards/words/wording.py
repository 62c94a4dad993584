"""The words of one language: every text a person reads, and the numbers written the way that language writes them.

What belongs here: reading `texts/<language>.toml` and filling its patterns. No sentence is composed here (see
`sentences`) and no word is written in Python anywhere in the dashboards.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from dashboards.words.format import NumberStyle
from data_contracts.text import Language

LANGUAGES: tuple[Language, ...] = ("nl", "en")


class UnknownTextError(KeyError):
    """A text that the language file does not hold: found, expected, what to do."""


@dataclass(frozen=True)
class Wording:
    """One language: `text` gives the words, `numbers` the figures."""

    language: Language
    numbers: NumberStyle
    texts: dict[str, str]

    def text(self, key: str, **values: object) -> str:
        """Returns the text under a dotted key, with its places filled.

        Raises:
            UnknownTextError: The key is in no section of the language file.
        """
        if key not in self.texts:
            raise UnknownTextError(
                f"Found no text '{key}' in {self.language}.toml; expected one for every word on a page. "
                "Add the key to both language files."
            )
        return self.texts[key].format(**values) if values else self.texts[key]

    def known(self, section: str, name: str | None, *, otherwise: str | None = None) -> str:
        """Returns the text for a name that comes from data, or that name itself where the language file has none."""
        return self.texts.get(f"{section}.{name}", otherwise if otherwise is not None else (name or ""))

    def unit_of(self, resource: str, *, delivered: str | None) -> str:
        """Returns the unit in which a resource is told: its own word, else that of its delivered unit."""
        return self.known("resource_units", resource, otherwise=self.known("units", delivered or ""))

    def amount(self, *, fte: float | None, plain: float | None, unit: str | None) -> str:
        """Returns full-time equivalents for staff, else an amount with the unit of its resource."""
        if fte is not None:
            return self.numbers.full_time(fte)
        return f"{self.numbers.quantity(plain)} {unit or ''}".strip()

    def count(self, key: str, number: int, **values: object) -> str:
        """Returns the text under `<key>.one` or `<key>.more`, or under `<key>.none` where there is such a text."""
        form = "one" if number == 1 else "none" if not number and f"{key}.none" in self.texts else "more"
        return self.text(f"{key}.{form}", number=self.numbers.counted(number), **values)


@cache
def wording(language: Language) -> Wording:
    """Returns the words of a language, read once."""
    sections = tomllib.loads(files("dashboards").joinpath(f"words/texts/{language}.toml").read_text(encoding="utf-8"))
    numbers = sections.pop("numbers")
    months, counts = (tuple(numbers.pop(name)) for name in ("months", "counts"))
    return Wording(language, NumberStyle(months=months, counts=counts, **numbers), dict(_flat(sections)))


def capitalised(text: str) -> str:
    """Returns the text with a capital first letter and the rest as it was; één becomes Eén, as Dutch has it.

    The first letter of a text that begins with a quotation mark is the one behind it.
    """
    if text.startswith("‘"):
        return f"‘{capitalised(text[1:])}"
    return f"Eé{text[2:]}" if text.startswith("éé") else text[:1].upper() + text[1:]


def _flat(section: dict[str, Any], *, prefix: str = "") -> list[tuple[str, str]]:
    """Returns the texts of nested sections under dotted keys."""
    pairs: list[tuple[str, str]] = []
    for key, value in section.items():
        if isinstance(value, dict):
            pairs += _flat(value, prefix=f"{prefix}{key}.")
        else:
            pairs.append((f"{prefix}{key}", str(value)))
    return pairs
