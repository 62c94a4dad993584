"""The values that a scenario may hold: numbers, ranges and distributions with their limits, codes, tariffs.

The text knows no numbers (every scalar stays the text it is), so it is here that `0.3` becomes one.
"""

import math
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from data_contracts.references import Refers
from data_contracts.text import Text
from data_contracts.yaml_faults import refusal
from models.parameters import ARGUMENTS, BOUNDED, MOST_OUTSIDE, PERCENTILES, Parameter, point

SHARES_TOLERANCE = 1.000001e-6
"""How far from 1 shares may add up: what rounding to six decimals leaves."""


def fault(en: str, nl: str, *, at: str = "", action: Text | None = None) -> PydanticCustomError:
    """Returns a validation error in our own words.

    Args:
        en: 'what was found; expected what should be'.
        nl: the same in Dutch, 'wat er staat; verwacht wat er hoort'.
        at: the key to which it belongs, below the part that raises it, with dots between.
        action: what to do; to correct the value, if nothing is given.
    """
    (found_en, expected_en), (found_nl, expected_nl) = en.split("; expected ", 1), nl.split("; verwacht ", 1)
    return refusal(Text(en=found_en, nl=found_nl), expected=Text(en=expected_en, nl=expected_nl), action=action, at=at)


def number(raw: object) -> float:
    """Returns the finite number that was written; raises a fault where there is none."""
    try:
        read = float(raw)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise fault(
            f"{raw!r}; expected a number with a decimal point", f"{raw!r}; verwacht een getal met een decimale punt"
        ) from None
    if not math.isfinite(read):
        raise fault(f"{raw!r}; expected a finite number", f"{raw!r}; verwacht een eindig getal")
    return read


def _named(raw: dict[str, Any]) -> Parameter:
    if "dist" not in raw:
        return _percentiles(raw)
    shape = str(raw["dist"])
    if shape not in ARGUMENTS:
        raise fault(
            f"dist {shape!r}; expected one of {', '.join(ARGUMENTS)}",
            f"dist {shape!r}; verwacht een van {', '.join(ARGUMENTS)}",
        )
    wanted = ARGUMENTS[shape]
    if set(raw) - {"dist"} != set(wanted):
        given = ", ".join(sorted(set(raw) - {"dist"}))
        raise fault(
            f"{given or 'no keys'} beside dist; expected {', '.join(wanted)}",
            f"{given or 'geen sleutels'} naast dist; verwacht {', '.join(wanted)}",
        )
    return Parameter(shape, tuple(number(raw[name]) for name in wanted))  # type: ignore[arg-type]


def _percentiles(raw: dict[str, Any]) -> Parameter:
    """Reads an expert's range: most likely the mode, in 8 of 10 cases between p10 and p90."""
    if set(raw) != set(PERCENTILES):
        found = ", ".join(str(key) for key in raw)
        raise fault(
            f"the keys {found or '(none)'}; expected p10, mode and p90, or dist with what it needs",
            f"de sleutels {found or '(geen)'}; verwacht p10, mode en p90, of dist met wat daarbij hoort",
        )
    return Parameter("percentiles", tuple(number(raw[name]) for name in PERCENTILES))


def _unlimited(raw: object) -> Parameter:
    """Reads a parameter as people write it: a number, `[low, mode, high]`, `{p10, mode, p90}` or `{dist: ..., ...}`."""
    if isinstance(raw, Parameter):
        return raw
    if isinstance(raw, dict):
        return _named(raw)
    if isinstance(raw, list | tuple):
        if len(raw) != 3:
            raise fault(
                f"a list of {len(raw)}; expected a number or [low, mode, high]",
                f"een lijst van {len(raw)}; verwacht een getal of [laag, waarschijnlijkst, hoog]",
            )
        return Parameter("pert", tuple(number(item) for item in raw))
    return point(number(raw))


def _ordered(parameter: Parameter) -> None:
    """Refuses ranges that run backwards and spreads that are not positive."""
    arguments, rising = parameter.arguments, list(parameter.arguments) == sorted(parameter.arguments)
    if parameter.shape in {"pert", "uniform", "triangular"} and not rising:
        raise fault(
            f"{list(arguments)}; expected low, mode and high in rising order",
            f"{list(arguments)}; verwacht laag, waarschijnlijkst en hoog in oplopende volgorde",
        )
    if parameter.shape == "percentiles" and not rising:
        found = ", ".join(f"{name} {value:g}" for name, value in zip(PERCENTILES, arguments, strict=True))
        raise fault(
            f"{found}; expected p10, mode and p90 in rising order: no such range has its mode outside them",
            f"{found}; verwacht p10, mode en p90 in oplopende volgorde: de waarschijnlijkste waarde ligt ertussen",
        )
    if parameter.shape in {"normal", "lognormal"} and arguments[1] < 0:
        raise fault(
            f"a spread of {arguments[1]}; expected 0 or more", f"een spreiding van {arguments[1]}; verwacht 0 of meer"
        )
    if parameter.shape == "lognormal" and arguments[0] <= 0:
        raise fault(
            f"a median of {arguments[0]}; expected more than 0", f"een mediaan van {arguments[0]}; verwacht meer dan 0"
        )
    if parameter.shape == "beta" and min(arguments) <= 0:
        raise fault(
            f"beta with {list(arguments)}; expected both above 0", f"beta met {list(arguments)}; verwacht beide boven 0"
        )


def _within(low: float, high: float) -> BeforeValidator:
    """Returns a validator that reads a parameter and keeps it between two limits."""

    def read(raw: object) -> Parameter:
        parameter = _unlimited(raw)
        _ordered(parameter)
        limited = replace(parameter, low=low, high=high)
        least, most = parameter.natural
        if (parameter.shape in BOUNDED or parameter.is_number) and (least < low or most > high):
            found = least if least < low else most
            raise fault(
                f"{found:g}; expected between {low:g} and {high:g}", f"{found:g}; verwacht tussen {low:g} en {high:g}"
            )
        if not low <= limited.central <= high:
            raise fault(
                f"most likely {limited.central:g}; expected between {low:g} and {high:g}",
                f"waarschijnlijkst {limited.central:g}; verwacht tussen {low:g} en {high:g}",
            )
        if limited.outside > MOST_OUTSIDE:
            raise fault(
                f"a distribution with {limited.outside:.0%} outside {low:g} to {high:g}; "
                f"expected at most {MOST_OUTSIDE:.0%} outside (that is cut off, and said)",
                f"een verdeling waarvan {limited.outside * 100:.0f} % buiten {low:g} tot {high:g} ligt; "
                f"verwacht hooguit {MOST_OUTSIDE * 100:.0f} % erbuiten (dat wordt afgesneden en gemeld)",
            )
        return limited

    return BeforeValidator(read)


def _a_year() -> BeforeValidator:
    """Returns a validator of a yearly rate, which tells whoever wrote per cents how to write them."""
    within = _within(-1.0, 1.0)

    def read(raw: object) -> Parameter:
        parameter = _unlimited(raw)
        most = max(parameter.arguments, key=abs)
        if parameter.shape in BOUNDED | {"percentiles"} and abs(most) > 1:
            raise fault(
                f"{most:g}; expected a rate a year between -1 and 1",
                f"{most:g}; verwacht een groei per jaar tussen -1 en 1",
                action=Text(
                    en=f"{most:g} is {most * 100:g} % a year; {most:g} % is {most / 100:g}",
                    nl=f"{most:g} is {most * 100:g} % per jaar; {most:g} % is {most / 100:g}",
                ),
            )
        return within.func(parameter)  # type: ignore[call-arg]

    return BeforeValidator(read)


def _codes(raw: object) -> tuple[str, ...]:
    items = raw if isinstance(raw, list | tuple) else [raw]
    if not items or any(not isinstance(item, str) or not item for item in items):
        raise fault(
            f"{raw!r}; expected a code or a list of codes, as text",
            f"{raw!r}; verwacht een code of een lijst van codes, als tekst",
        )
    return tuple(str(item) for item in items)


def _tariff(raw: object) -> object:
    """Reads a price for each unit: a parameter, one from each of some years on, or `own_price`."""
    if raw == "own_price":
        return raw
    if isinstance(raw, dict) and raw and all(_is_year(key) for key in raw):
        return {int(year): _AMOUNT.func(raw[year]) for year in sorted(raw, key=int)}  # type: ignore[call-arg]
    return _AMOUNT.func(raw)  # type: ignore[call-arg]


def _is_year(key: object) -> bool:
    return str(key).isdigit() and len(str(key)) == YEAR_DIGITS


def _flag_or(word: str) -> BeforeValidator:
    """Returns a validator that reads a word for itself and leaves all else to be read as yes or no."""

    def read(raw: object) -> object:
        if raw == word or isinstance(raw, bool):
            return raw
        if str(raw).lower() in YES_NO:
            return YES_NO[str(raw).lower()]
        raise fault(f"{raw!r}; expected true, false or {word}", f"{raw!r}; verwacht true, false of {word}")

    return BeforeValidator(read)


YEAR_DIGITS = 4
YES_NO = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def _written(low: float, high: float) -> dict[str, Any]:
    """Returns how an editor should see a parameter between two limits: every way in which it may be written."""
    limits = {"minimum": low, "maximum": high}
    number_between = {"type": "number"} | {name: limit for name, limit in limits.items() if math.isfinite(limit)}
    of = {shape: {name: {"type": "number"} for name in names} for shape, names in ARGUMENTS.items()}
    return {
        "anyOf": [
            number_between,
            {
                "type": "array",
                "items": number_between,
                "minItems": 3,
                "maxItems": 3,
                "title": "[low, most likely, high]",
            },
            _keys(dict.fromkeys(PERCENTILES, number_between), title="in 8 of 10 cases between p10 and p90"),
            *(_keys({"dist": {"const": shape}, **names}, title=shape) for shape, names in of.items()),
        ]
    }


def _keys(properties: dict[str, Any], *, title: str) -> dict[str, Any]:
    return {
        "type": "object",
        "title": title,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


MOST_EUR, MOST_TIMES, MOST_YEARS = 1e11, 1e6, 100.0
"""Beyond these a figure is a slip, not an amount, a ratio or a term: a nation spends 1e11 euro on care in a year."""

_AMOUNT = _within(0.0, MOST_EUR)
_DATED = {
    "type": "object",
    "title": "by year, each from that year on",
    "patternProperties": {"^[0-9]{4}$": _written(0.0, MOST_EUR)},
    "additionalProperties": False,
}
_CODE = {"type": ["string", "integer"]}
Share = Annotated[Parameter, _within(0.0, 1.0), WithJsonSchema(_written(0.0, 1.0))]
Ratio = Annotated[Parameter, _within(0.0, MOST_TIMES), WithJsonSchema(_written(0.0, MOST_TIMES))]
Amount = Annotated[Parameter, _AMOUNT, WithJsonSchema(_written(0.0, MOST_EUR))]
Growth = Annotated[Parameter, _a_year(), WithJsonSchema(_written(-1.0, 1.0))]
Years = Annotated[Parameter, _within(0.0, MOST_YEARS), WithJsonSchema(_written(0.0, MOST_YEARS))]
AnyNumber = Annotated[Parameter, _within(-MOST_EUR, MOST_EUR), WithJsonSchema(_written(-MOST_EUR, MOST_EUR))]
DatedTariff = dict[int, Parameter]
"""A tariff by the year from which it holds, in rising order."""
Tariff = Annotated[
    Parameter | Literal["own_price"] | DatedTariff,
    BeforeValidator(_tariff),
    WithJsonSchema({"anyOf": [*_written(0.0, MOST_EUR)["anyOf"], {"const": "own_price"}, _DATED]}),
]
RespectCapacity = Annotated[bool | Literal["reallocate"], _flag_or("reallocate")]
Codes = Annotated[
    tuple[str, ...],
    BeforeValidator(_codes),
    WithJsonSchema({"anyOf": [_CODE, {"type": "array", "items": _CODE, "minItems": 1}]}),
]
ProviderId = Annotated[str, Refers("provider")]
ProviderOrEvery = Annotated[str, Refers("provider_or_every")]
PartyId = Annotated[str, Refers("party")]
ResourceName = Annotated[str, Refers("resource")]
SpecialismCode = Annotated[str, Refers("specialism")]
InitiativeId = Annotated[str, Refers("initiative")]
ProviderIds = Annotated[Codes, Refers("provider")]
PayerIds = Annotated[Codes, Refers("payer")]
Kinds = Annotated[Codes, Refers("kind")]
PlainShare = Annotated[float, Field(ge=0, le=1)]
Year = Annotated[int, Field(ge=1990, le=2300)]
"""A calendar year in a scenario: neither a count of years nor a year with a digit too many."""
PastYear = Annotated[int, Field(ge=1900, le=2300)]
"""A year of a source, or since when something is so."""
