"""The values that a scenario may hold: numbers, ranges and distributions with their limits, codes, tariffs.

The text knows no numbers (every scalar stays the text it is), so it is here that `0.3` becomes one.
"""

import math
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from models.parameters import ARGUMENTS, BOUNDED, MOST_OUTSIDE, PERCENTILES, Parameter, point

SHARES_TOLERANCE = 1.000001e-6
"""How far from 1 shares may add up: what rounding to six decimals leaves."""


def fault(message: str, *, at: str = "", action: str = "Correct the value.") -> PydanticCustomError:
    """Returns a validation error whose message is 'found ...; expected ...' in our own words.

    Args:
        message: what was found and what was expected.
        at: the key to which it belongs, below the part that raises it, with dots between.
        action: what to do.
    """
    return PydanticCustomError("scenario", "{message}", {"message": message, "at": at, "action": action})


def number(raw: object) -> float:
    """Returns the finite number that was written; raises a fault where there is none."""
    try:
        read = float(raw)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise fault(f"{raw!r}; expected a number with a decimal point") from None
    if not math.isfinite(read):
        raise fault(f"{raw!r}; expected a finite number")
    return read


def _named(raw: dict[str, Any]) -> Parameter:
    if "dist" not in raw:
        return _percentiles(raw)
    shape = str(raw["dist"])
    if shape not in ARGUMENTS:
        raise fault(f"dist {raw.get('dist')!r}; expected one of {', '.join(ARGUMENTS)}")
    wanted = ARGUMENTS[shape]
    if set(raw) - {"dist"} != set(wanted):
        raise fault(f"{', '.join(sorted(set(raw) - {'dist'})) or 'no keys'} beside dist; expected {', '.join(wanted)}")
    return Parameter(shape, tuple(number(raw[name]) for name in wanted))  # type: ignore[arg-type]


def _percentiles(raw: dict[str, Any]) -> Parameter:
    """Reads an expert's range: most likely the mode, in 8 of 10 cases between p10 and p90."""
    if set(raw) != set(PERCENTILES):
        found = ", ".join(str(key) for key in raw) or "no keys"
        raise fault(f"the keys {found}; expected p10, mode and p90, or dist with what it needs")
    return Parameter("percentiles", tuple(number(raw[name]) for name in PERCENTILES))


def _unlimited(raw: object) -> Parameter:
    """Reads a parameter as people write it: a number, `[low, mode, high]`, `{p10, mode, p90}` or `{dist: ..., ...}`."""
    if isinstance(raw, Parameter):
        return raw
    if isinstance(raw, dict):
        return _named(raw)
    if isinstance(raw, list | tuple):
        if len(raw) != 3:
            raise fault(f"a list of {len(raw)}; expected a number or [low, mode, high]")
        return Parameter("pert", tuple(number(item) for item in raw))
    return point(number(raw))


def _ordered(parameter: Parameter) -> None:
    """Refuses ranges that run backwards and spreads that are not positive."""
    arguments, rising = parameter.arguments, list(parameter.arguments) == sorted(parameter.arguments)
    if parameter.shape in {"pert", "uniform", "triangular"} and not rising:
        raise fault(f"{list(arguments)}; expected low, mode and high in rising order")
    if parameter.shape == "percentiles" and not rising:
        found = ", ".join(f"{name} {value:g}" for name, value in zip(PERCENTILES, arguments, strict=True))
        raise fault(f"{found}; expected p10, mode and p90 in rising order: no such range has its mode outside them")
    if parameter.shape in {"normal", "lognormal"} and arguments[1] < 0:
        raise fault(f"a spread of {arguments[1]}; expected 0 or more")
    if parameter.shape == "lognormal" and arguments[0] <= 0:
        raise fault(f"a median of {arguments[0]}; expected more than 0")
    if parameter.shape == "beta" and min(arguments) <= 0:
        raise fault(f"beta with {list(arguments)}; expected both above 0")


def _within(low: float, high: float) -> BeforeValidator:
    """Returns a validator that reads a parameter and keeps it between two limits."""

    def read(raw: object) -> Parameter:
        parameter = _unlimited(raw)
        _ordered(parameter)
        limited = replace(parameter, low=low, high=high)
        least, most = parameter.natural
        if (parameter.shape in BOUNDED or parameter.is_number) and (least < low or most > high):
            raise fault(f"{least if least < low else most:g}; expected between {low:g} and {high:g}")
        if not low <= limited.central <= high:
            raise fault(f"most likely {limited.central:g}; expected between {low:g} and {high:g}")
        if limited.outside > MOST_OUTSIDE:
            raise fault(
                f"a distribution with {limited.outside:.0%} outside {low:g} to {high:g}; "
                f"expected at most {MOST_OUTSIDE:.0%} outside (that is cut off, and said)"
            )
        return limited

    return BeforeValidator(read)


def _codes(raw: object) -> tuple[str, ...]:
    items = raw if isinstance(raw, list | tuple) else [raw]
    if not items or any(not isinstance(item, str) or not item for item in items):
        raise fault(f"{raw!r}; expected a code or a list of codes, as text")
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
        raise fault(f"{raw!r}; expected true, false or {word}")

    return BeforeValidator(read)


YEAR_DIGITS = 4
YES_NO = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_AMOUNT = _within(0.0, math.inf)
Share = Annotated[Parameter, _within(0.0, 1.0)]
Ratio = Annotated[Parameter, _within(0.0, math.inf)]
Amount = Annotated[Parameter, _AMOUNT]
Growth = Annotated[Parameter, _within(-1.0, math.inf)]
Years = Annotated[Parameter, _within(0.0, math.inf)]
AnyNumber = Annotated[Parameter, _within(-math.inf, math.inf)]
DatedTariff = dict[int, Parameter]
"""A tariff by the year from which it holds, in rising order."""
Tariff = Annotated[Parameter | Literal["own_price"] | DatedTariff, BeforeValidator(_tariff)]
RespectCapacity = Annotated[bool | Literal["reallocate"], _flag_or("reallocate")]
Codes = Annotated[tuple[str, ...], BeforeValidator(_codes)]
PlainShare = Annotated[float, Field(ge=0, le=1)]
