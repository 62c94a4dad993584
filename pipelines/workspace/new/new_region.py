"""What a new region is told of itself at its beginning: its name, country, year, and who provides and who pays."""

import re
import unicodedata
from dataclasses import dataclass, field

from data_contracts.contract import load_contract
from data_contracts.problem import Problem, nearest, one_of
from data_contracts.text import Language, Text

_TIMEZONES = {"NL": "Europe/Amsterdam", "BE": "Europe/Brussels", "GB": "Europe/London", "DE": "Europe/Berlin"}
"""Of the countries for which a page says what differs (docs/countries.md); elsewhere the time of Greenwich."""

OFFICE = Text(en="region", nl="regio")
"""Who delivers the workbook and the registers, as the name of a supplier."""


@dataclass(frozen=True)
class NewProvider:
    """A provider as it is given at the beginning: its code, name, kind and place."""

    provider_id: str
    name: str
    kind: str
    municipality: str = ""

    @property
    def supplier(self) -> str:
        """Returns the name of its folder in the inbox."""
        return plain(self.name)


@dataclass(frozen=True)
class NewPayer:
    """A payer as it is given at the beginning."""

    payer_id: str
    name: str


@dataclass(frozen=True)
class NewRegion:
    """A region to begin.

    Attributes:
        name: as people say it.
        country: two capitals.
        language: of what is written for people.
        base_year: the year of the facts.
        providers, payers: who takes part, if that is known.
        invented: whether the figures are.
    """

    name: str
    country: str
    language: Language
    base_year: int
    providers: tuple[NewProvider, ...] = field(default=())
    payers: tuple[NewPayer, ...] = field(default=())
    invented: bool = False

    @property
    def timezone(self) -> str:
        """Returns the time zone of its country."""
        return _TIMEZONES.get(self.country, "Etc/UTC")

    @property
    def can_move(self) -> bool:
        """Returns whether there is somebody to give care away and another to receive it."""
        return len(self.providers) > 1

    @property
    def office(self) -> str:
        """Returns the supplier of the workbook and the registers."""
        return OFFICE.of(self.language)


def plain(name: str) -> str:
    """Returns a name as a folder: small letters, digits and hyphens."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-") or "region"


def provider_of(given: str) -> NewProvider:
    """Returns the provider in a text such as `06010101;Hospital North;general hospital;Utrecht`.

    Raises:
        Problem: it has fewer than three parts, or a kind that does not exist.
    """
    parts = [part.strip() for part in given.split(";")]
    if not 3 <= len(parts) <= 4 or not all(parts[:3]):
        raise Problem(
            Text(en=f"the provider {given!r}", nl=f"de aanbieder {given!r}"),
            expected=Text(en="code;name;kind or code;name;kind;place", nl="code;naam;soort of code;naam;soort;plaats"),
            action=Text(
                en="write it so, such as '06010101;Hospital North;general hospital;Utrecht'",
                nl="schrijf hem zo, bijvoorbeeld '06010101;Ziekenhuis Noord;algemeen ziekenhuis;Utrecht'",
            ),
        )
    return NewProvider(parts[0], parts[1], kind_of(parts[2]), parts[3] if len(parts) > 3 else "")


def kind_of(given: str) -> str:
    """Returns the kind of provider that a word in either language means.

    Raises:
        Problem: there is none.
    """
    column = load_contract("providers").column("kind")
    found = column.allowed_value(given)
    if found is not None:
        return found
    names = {allowed.label.nl: allowed for allowed in column.allowed} | {a.label.en: a for a in column.allowed}
    raise Problem(
        Text(en=f"the kind {given!r}", nl=f"de soort {given!r}"),
        expected=Text(
            en=one_of([allowed.label.en for allowed in column.allowed]).en,
            nl=one_of([allowed.label.nl for allowed in column.allowed]).nl,
        ),
        action=nearest(given, names),
    )


def payer_of(given: str) -> NewPayer:
    """Returns the payer in a text such as `3311;Insurer`.

    Raises:
        Problem: it has not two parts.
    """
    code, _, name = (part.strip() for part in given.partition(";"))
    if not code or not name:
        raise Problem(
            Text(en=f"the payer {given!r}", nl=f"de verzekeraar {given!r}"),
            expected=Text(en="code;name", nl="code;naam"),
            action=Text(en="write it so, such as '3311;Insurer North'", nl="schrijf hem zo, bijvoorbeeld '3311;Noord'"),
        )
    return NewPayer(code, name)
