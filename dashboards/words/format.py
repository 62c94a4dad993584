"""Numbers, shares, probabilities and dates as a language writes them.

What belongs here: turning one value into text. The words and signs come from the language's texts
(`texts/<language>.toml`, section `numbers`), the rounding is decided here: a figure is never written more precisely
than its uncertainty allows. Empty values are said ("unknown"), never written as zero.
"""

import datetime as dt
import math
import re
from dataclasses import dataclass

NBSP = "\u00a0"
MINUS = "\u2212"
_WHOLE_FROM = 10  # amounts from here on have no decimals
_TINY = 0.005  # per cent: below this even two decimals say nothing
_SHARE_DECIMALS = ((1e-12, 1), (0.095, 2), (9.95, 1), (math.inf, 0))
_TIMES_FROM = 1.5  # a larger share is told as so many times
_ALMOST = 0.05  # below this chance, or this close to 1, tenths would say "never" or "always"
_SIGNED_EURO = re.compile("([+\u2212])€")


def unbroken(text: str) -> str:
    """Returns a text in which a sign stays on the line of its euro."""
    return _SIGNED_EURO.sub("\\1\u2060€", text)


@dataclass(frozen=True)
class NumberStyle:
    """How one language writes numbers; `{number}` stands for the digits in each pattern."""

    decimal: str
    thousands: str
    euro: str
    million: str
    billion: str
    percent: str
    percent_tiny: str
    part: str
    times: str
    fte: str
    kilometres: str
    chance: str
    chance_low: str
    chance_high: str
    unknown: str
    span: str
    quarter: str
    quarter_short: str
    months: tuple[str, ...]
    counts: tuple[str, ...]
    date: str
    time: str

    def number(self, value: float | None, *, decimals: int = 0, signed: bool = False) -> str:
        """Returns a plain number with this language's separators and a real minus sign."""
        if value is None or math.isnan(value):
            return self.unknown
        digits = f"{abs(value):,.{decimals}f}"
        text = digits.replace(",", " ").replace(".", self.decimal).replace(" ", self.thousands)
        return _sign(value if float(digits.replace(",", "")) else 0.0, signed=signed) + text

    def exact(self, value: float) -> str:
        """Returns a number as it was given, up to four decimals: a parameter is not rounded to what it is worth."""
        decimals = next(places for places in range(5) if places == 4 or round(value, places) == value)
        return self.number(value, decimals=decimals)

    def counted(self, count: int) -> str:
        """Returns a count as a running text has it: in words as long as the language has one for it."""
        return self.counts[count] if 0 <= count < len(self.counts) else self.number(count)

    def quantity(self, value: float | None, *, digits: int = 3, signed: bool = False) -> str:
        """Returns an amount of something (hours, units, inhabitants) to so many significant digits."""
        if value is None or math.isnan(value):
            return self.unknown
        unit = _unit(value, digits=digits, spread=None)
        rounded = _rounded(value, unit)
        whole = abs(value) >= _WHOLE_FROM or rounded == round(rounded)
        return self.number(rounded, decimals=0 if whole else _decimals(unit, most=1), signed=signed)

    def money(self, value: float | None, *, spread: float | None = None, digits: int = 2, signed: bool = False) -> str:
        """Returns euro: `€ 1,2 mln`, `€ 340.000`.

        Args:
            value: The amount in euro.
            spread: Width of the p10-p90 band; the amount is rounded to what it allows. None: to `digits`.
            digits: Significant digits when there is no band.
            signed: Whether a gain carries a plus sign; a loss always carries a minus sign.
        """
        if value is None or math.isnan(value):
            return self.unknown
        unit = _unit(value, digits=digits, spread=spread)
        rounded = _rounded(value, unit)
        return _sign(rounded, signed=signed) + self.euro.format(
            number=self._scaled(abs(rounded), unit=unit, most=2 if spread or digits > 3 else 1)
        )

    def money_between(self, low: float | None, high: float | None) -> str:
        """Returns a band of euro amounts, low to high, each rounded to what the band allows."""
        if low is None or high is None:
            return self.unknown
        low, high = sorted((low, high))
        spread = high - low
        return self.span.format(low=self.money(low, spread=spread), high=self.money(high, spread=spread))

    def share(self, value: float | None, *, signed: bool = False) -> str:
        """Returns a share (0.006) as a percentage: no decimals from 10 %, one below, two where one says nothing."""
        if value is None or math.isnan(value):
            return self.unknown
        percentage = abs(value) * 100
        if 0 < percentage < _TINY:
            return self.percent_tiny
        decimals = next(decimals for limit, decimals in _SHARE_DECIMALS if percentage < limit)
        return self.percent.format(number=self.number(value * 100, decimals=decimals, signed=signed))

    def ratio(self, value: float | None, *, signed: bool = False) -> str:
        """Returns a share as a percentage, one above 150 % as so many times: `33 %`, `4,9 keer`."""
        if value is None or math.isnan(value) or abs(value) <= _TIMES_FROM:
            return self.share(value, signed=signed)
        decimals = 0 if abs(value) >= _WHOLE_FROM else 1
        return self.times.format(number=self.number(value, decimals=decimals, signed=signed))

    def part_of(self, value: float | None, *, signed: bool = False) -> str:
        """Returns a share so that what it is a share of may follow: `33 % van`, `4,9 keer`."""
        if value is None or math.isnan(value):
            return self.unknown
        said = self.ratio(value, signed=signed)
        return said if abs(value) > _TIMES_FROM else self.part.format(share=said)

    def rate(self, value: float) -> str:
        """Returns a share that somebody set (a limit, 0.02) as it was set: 2 %."""
        return self.percent.format(number=self.exact(round(value * 100, 6)))

    def full_time(self, value: float | None, *, signed: bool = False) -> str:
        """Returns full-time equivalents: `7,4 fte`, `12 fte`."""
        if value is None or math.isnan(value):
            return self.unknown
        return self.fte.format(number=_sign(value, signed=signed) + self.plain_full_time(abs(value)))

    def plain_full_time(self, value: float) -> str:
        """Returns full-time equivalents without the unit, where it stands beside another."""
        return self.number(value, decimals=0 if abs(value) >= 9.95 else 1)

    def probability(self, value: float | None) -> str:
        """Returns a chance as people count it: `3 op de 10`; near 0 or 1 it says fewer or more than so many in 20."""
        if value is None or math.isnan(value):
            return self.unknown
        if value < _ALMOST:
            return self.chance_low
        if value > 1 - _ALMOST:
            return self.chance_high
        return self.chance.format(number=min(9, max(1, round(value * 10))))

    def period(self, value: str | None, *, short: bool = False) -> str:
        """Returns a period such as `2025` or `2025Q3` in words, or short for the head of a column."""
        if not value:
            return self.unknown
        year, mark, quarter = value.partition("Q")
        pattern = self.quarter_short if short else self.quarter
        return pattern.format(year=year, number=quarter) if mark else year

    def day(self, value: dt.datetime | dt.date | str | None) -> str:
        """Returns a date with the month written out; text that is no date comes back as it was."""
        moment = _moment(value)
        if moment is None:
            return str(value) if value else self.unknown
        return self.date.format(day=moment.day, month=self.months[moment.month - 1], year=moment.year)

    def moment(self, value: dt.datetime | str | None) -> str:
        """Returns a date with the time of day (UTC as stored)."""
        moment = _moment(value)
        if moment is None or not isinstance(moment, dt.datetime):
            return self.day(value)
        return self.time.format(date=self.day(moment), hour=f"{moment.hour:02d}", minute=f"{moment.minute:02d}")

    def _scaled(self, amount: float, *, unit: float, most: int) -> str:
        """Returns the digits of a non-negative amount, in thousands, millions or billions."""
        for size, pattern in ((1e9, self.billion), (1e6, self.million)):
            if amount >= size:
                return pattern.format(number=self.number(amount / size, decimals=_decimals(unit / size, most=most)))
        return self.number(amount)


def _sign(value: float, *, signed: bool) -> str:
    if value < 0:
        return MINUS
    return "+" if signed and value > 0 else ""


def _unit(value: float, *, digits: int, spread: float | None) -> float:
    """Returns the power of ten to round to: of `digits` significant digits, or of what a band allows (one to three)."""
    if value == 0:
        return 1.0
    first = math.floor(math.log10(abs(value)))
    if not spread or spread <= 0:
        return float(10.0 ** (first - digits + 1))
    allowed = math.floor(math.log10(spread / 2))
    return float(10.0 ** min(max(allowed, first - 2), first))


def _rounded(value: float, unit: float) -> float:
    return round(value / unit) * unit


def _decimals(unit: float, *, most: int) -> int:
    return max(0, min(most, -math.floor(math.log10(unit) + 1e-9)))


def _moment(value: dt.datetime | dt.date | str | None) -> dt.datetime | dt.date | None:
    if not isinstance(value, str):
        return value
    try:
        return dt.datetime.fromisoformat(value)
    except ValueError:
        return None
