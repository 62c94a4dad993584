"""A text for people, in both languages.

Everything that a person reads is written down in Dutch and in English, side by side, in one of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

Language = Literal["en", "nl"]
KEYS: tuple[Language, ...] = ("en", "nl")
"""The keys under which a file gives a text in each language."""


@dataclass(frozen=True)
class Text:
    """A text in both languages."""

    en: str
    nl: str

    def of(self, language: Language) -> str:
        """Returns the text in one language."""
        return self.nl if language == "nl" else self.en

    def __str__(self) -> str:
        """Returns the English text."""
        return self.en

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        """Returns how a file gives a text: `{nl: …, en: …}`, neither of them empty; one plain text stands for both."""
        from pydantic_core import core_schema  # noqa: PLC0415 - whoever only writes texts needs no pydantic

        one = core_schema.str_schema(min_length=1, strict=True)
        pair = core_schema.typed_dict_schema(
            {language: core_schema.typed_dict_field(one, required=True) for language in KEYS}, extra_behavior="forbid"
        )
        written = core_schema.no_info_before_validator_function(
            _pair, pair, json_schema_input_schema=core_schema.union_schema([one, pair])
        )
        return core_schema.no_info_after_validator_function(
            lambda read: cls(**read),
            written,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda text: {language: text.of(language) for language in KEYS}
            ),
        )


Told = Text | str
"""What a person is told: in both languages, or as it is where that is a name or a figure only."""


def in_language(told: Told, language: Language) -> str:
    """Returns what is told in one language; what stands in one language only is told as it is."""
    return told.of(language) if isinstance(told, Text) else told


def _pair(given: Any) -> Any:  # noqa: ANN401 - whatever a file holds
    """Returns what was given as keys and values, for pydantic to judge."""
    if isinstance(given, str):
        return dict.fromkeys(KEYS, given)
    return {"en": given.en, "nl": given.nl} if isinstance(given, Text) else given
