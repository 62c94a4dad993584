"""A template made a region's own: its kinds and parties filled in, and what is left for people to say.

A template names kinds that a region may not have, and says `fill-in` where only the region knows. Here the kinds that
are there are kept, a party is put where one is asked, and whatever had to be chosen is said, in the text and to whoever
asks for it, so that nobody takes it for the region's choice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.evaluation.shipped import FILL_IN, Template

_FROM = re.compile(r"^(?P<lead>\s+from: )\{kind: \[(?P<kinds>[^\]]*)\]\}(?P<rest>.*)$", re.MULTILINE)
_TO_KIND = re.compile(
    r"^(?P<lead>\s+to: )\{kind: \[(?P<kinds>[^\]]*)\], allocate: nearest\}(?P<rest>.*)$", re.MULTILINE
)
_TO_PARTY = re.compile(rf'^(?P<lead>\s+to: )\{{providers: \["{FILL_IN}"\]\}}(?P<rest>.*)$', re.MULTILINE)
_SUPPORT = re.compile(rf'^(?P<lead>\s+provider: )"{FILL_IN}"(?P<rest>.*)$', re.MULTILINE)
_CARE = re.compile(rf'^\s+care: .*"{FILL_IN}".*$', re.MULTILINE)
_SPECIALISM = re.compile(r'"(\d{4})"')
_RESOURCES = re.compile(r"resources: \{([^}]*)\}")
_NAMED = re.compile(r"([a-z_]+):")

HOSPITALS = ("general_hospital", "top_clinical_hospital", "university_hospital", "independent_treatment_centre")
SHOWN_CODES = 8


@dataclass(frozen=True)
class OwnParty:
    """A provider of the region: its code, name, kind, and whether its place is known."""

    provider_id: str
    name: str
    kind: str
    has_place: bool


@dataclass(frozen=True)
class OwnRegion:
    """What a region has that a template may name.

    Attributes:
        parties: its providers, the largest first.
        resources: the resources it has.
        delivered: by specialism, the diagnoses it delivered, the most frequent first.
    """

    parties: tuple[OwnParty, ...]
    resources: frozenset[str] = frozenset()
    delivered: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def of_kinds(self, kinds: Sequence[str]) -> tuple[OwnParty, ...]:
        """Returns the providers of some kinds."""
        return tuple(party for party in self.parties if party.kind in kinds)


@dataclass(frozen=True)
class OwnTemplate:
    """A template with the region's own kinds and providers.

    Attributes:
        text: ready to stand under `initiatives:`.
        left: what people still have to say, or to confirm.
        resources: resources that it names and the region does not have.
    """

    text: str
    left: tuple[Text, ...]
    resources: tuple[str, ...]


@dataclass
class _Making:
    text: str
    left: list[Text] = field(default_factory=list)

    def replace(self, pattern: re.Pattern[str], with_what: str, remark: str = "") -> None:
        """Puts something else behind the key of the first line that a pattern finds."""
        said = f"   # {remark}" if remark else ""

        def line(found: re.Match[str]) -> str:
            return f"{found['lead']}{with_what}{said or found['rest']}"

        self.text = pattern.sub(line, self.text, count=1)


def own_template(template: Template, region: OwnRegion) -> OwnTemplate:
    """Returns a template filled in for a region.

    Raises:
        Problem: the region has nobody to give care away, or nobody to receive it.
    """
    making = _Making(template.text)
    recipients = _wanted(_TO_KIND, making.text)
    donors = _donors(making, region, spare=recipients)
    _recipients(making, region, donors, wanted=recipients)
    if _SUPPORT.search(making.text):
        making.replace(_SUPPORT, f'"{donors[0].provider_id}"', f"{donors[0].name}: confirm who it is")
        making.left.append(_confirm("support.provider", donors[0]))
    if found := _CARE.search(making.text):
        making.left.append(_care_left(found.group(), region))
    named = {name for part in _RESOURCES.findall(making.text) for name in _NAMED.findall(part)}
    return OwnTemplate(making.text, tuple(making.left), tuple(sorted(named - region.resources)))


def _wanted(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    found = pattern.search(text)
    return tuple(kind.strip() for kind in found["kinds"].split(",")) if found else ()


def _donors(making: _Making, region: OwnRegion, *, spare: Sequence[str]) -> tuple[OwnParty, ...]:
    """Puts who gives care away: the kinds that are there, else a hospital, else anybody who does not receive it."""
    kinds = _wanted(_FROM, making.text)
    there = [kind for kind in kinds if region.of_kinds([kind])]
    if there and (len(region.of_kinds(there)) < len(region.parties)):
        making.replace(_FROM, f"{{kind: [{', '.join(there)}]}}")
        return region.of_kinds(there)
    others = [party for party in region.parties if party.kind in HOSPITALS and party.kind not in spare]
    others += [party for party in region.parties if party not in others]
    if len(others) < 2:
        raise _too_few(others)
    making.replace(_FROM, f'{{providers: ["{others[0].provider_id}"]}}', _stand_in(others[0], kinds))
    making.left.append(_confirm("from", others[0]))
    return (others[0],)


def _recipients(making: _Making, region: OwnRegion, donors: Sequence[OwnParty], *, wanted: Sequence[str]) -> None:
    """Puts who receives it: the kinds that are there and give nothing away, else another party."""
    pattern = _TO_KIND if wanted else _TO_PARTY
    if not pattern.search(making.text):
        return
    giving = {party.provider_id for party in donors}
    free = [party for party in region.of_kinds(wanted) if party.provider_id not in giving]
    if free:
        kinds = sorted({party.kind for party in free}, key=wanted.index)
        making.replace(_TO_KIND, f"{{kind: [{', '.join(kinds)}], allocate: {_allocation(making, free, donors)}}}")
        return
    others = [party for party in region.parties if party.provider_id not in giving]
    if not others:
        raise _too_few(region.parties)
    chosen = next((party for party in others if party.kind == "diagnostic_laboratory"), others[0])
    making.replace(pattern, f'{{providers: ["{chosen.provider_id}"]}}', _stand_in(chosen, wanted))
    making.left.append(_confirm("to", chosen))


def _allocation(making: _Making, recipients: Sequence[OwnParty], donors: Sequence[OwnParty]) -> str:
    """Returns how care is divided: to the nearest where places are known, else equally, which is said."""
    unknown = [party.name for party in (*recipients, *donors) if not party.has_place]
    if not unknown:
        return "nearest"
    making.left.append(
        Text(
            en=f"to.allocate is equal, for the places of {', '.join(unknown[:SHOWN_CODES])} are not known: deliver "
            "latitude and longitude and write nearest, or give shares",
            nl=f"to.allocate is equal, want de plaatsen van {', '.join(unknown[:SHOWN_CODES])} zijn niet bekend: lever "
            "breedte- en lengtegraad en schrijf nearest, of geef aandelen",
        )
    )
    return "equal"


def _stand_in(party: OwnParty, kinds: Sequence[str]) -> str:
    asked = f"this region has no {' or '.join(kinds)}" if kinds else "only the region knows who"
    return f"stand-in, to be confirmed: {party.name}; {asked}"


def _confirm(key: str, party: OwnParty) -> Text:
    return Text(
        en=f"{key} names {party.name} ({party.provider_id}) as a stand-in: confirm or change it",
        nl=f"{key} noemt {party.name} ({party.provider_id}) als invulling: bevestig of verander dat",
    )


def _care_left(line: str, region: OwnRegion) -> Text:
    """Returns what is left to say of the care, with the codes that the region delivered of these specialisms."""
    specialisms = _SPECIALISM.findall(line)
    codes = [code for specialism in specialisms for code in region.delivered.get(specialism, ())][:SHOWN_CODES]
    known_en = f"; delivered here: {', '.join(codes)}" if codes else "; none was delivered here yet"
    known_nl = f"; hier aangeleverd: {', '.join(codes)}" if codes else "; hier is er nog geen aangeleverd"
    what = "diagnosis" if specialisms else "care_product"
    return Text(
        en=f"care.{what} says {FILL_IN} and moves nothing until codes stand there{known_en}",
        nl=f"care.{what} zegt {FILL_IN} en verplaatst niets tot er codes staan{known_nl}",
    )


def _too_few(parties: Sequence[OwnParty]) -> Problem:
    names = ", ".join(party.name for party in parties) or "-"
    return Problem(
        Text(
            en=f"a region with {len(parties)} provider(s) ({names})",
            nl=f"een regio met {len(parties)} aanbieder(s) ({names})",
        ),
        expected=Text(
            en="one who gives care away and another who receives it",
            nl="een die zorg afstaat en een ander die haar ontvangt",
        ),
        action=Text(en="deliver the dataset providers first", nl="lever eerst de dataset providers aan"),
    )
