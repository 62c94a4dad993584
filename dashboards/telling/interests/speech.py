"""Interests, clashes and tensions in words that a board member can read aloud.

What belongs here: from a side (one party, or several of a kind) to words. A *predicate* is what it does, without its
name ("loses EUR 1.2 m of revenue in 2030"); a clause is name and predicate; a sentence holds one or two and ends in a
full stop. Every amount is of a year that is named.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dashboards.data import PATIENTS, UNKNOWN
from dashboards.telling.interests.clashes import ClashPair, ClashSide
from dashboards.telling.interests.stakes import (
    CAPACITY,
    CUSHION,
    DEPARTMENT,
    FUNCTION,
    MARGIN,
    SPEND,
    TRAVEL,
    YEARLY,
    is_payer,
)
from dashboards.telling.sentences import share_of_size
from dashboards.telling.synopsis import GAINS, LOSES, NEUTRAL
from dashboards.words.wording import Wording, capitalised

Row = Mapping[str, Any]
_HARDLY = 0.05  # fewer full-time equivalents than this are none
_EURO = 0.5  # less is nothing
_SOME = 0.5  # fewer units of a facility than this are none


class Speech:
    """Says sides and pairs in one language.

    Args:
        words: the language.
        base_year: the first year of every path.
    """

    def __init__(self, words: Wording, *, base_year: int) -> None:
        self.words = words
        self.base_year = base_year
        self._predicates: dict[str, Callable[[ClashSide], str]] = {
            CUSHION: self._cushion, DEPARTMENT: self._department, FUNCTION: self._function, TRAVEL: self._travel,
            **dict.fromkeys(YEARLY, self._yearly), **dict.fromkeys(CAPACITY, self._capacity),
        }  # fmt: skip

    # --- sentences --------------------------------------------------------------------------------------------------

    def stake(self, side: ClashSide) -> str:
        """Returns what is at stake, of an initiative or the whole scenario."""
        return self._of(side.first["title"], self.clause(side))

    def clash(self, pair: ClashPair) -> str:
        """Returns over what two sides clash, what the one loses and what the other gains."""
        return self._pair("clash.conflict", pair)

    def meeting(self, pair: ClashPair) -> str:
        """Returns what two sides both gain on an initiative."""
        return self._pair("meet.shared", pair)

    def tension(self, pair: ClashPair) -> str:
        """Returns what a party loses and what it gains against that."""
        loss, gain = self.predicate(pair.one), self.predicate(pair.other)
        said = self.words.text("clash.tension", name=self.name(pair.one), loss=loss, gain=gain)
        return self._of(pair.title, said)

    def clause(self, side: ClashSide) -> str:
        """Returns who, and what it loses or gains; that the draws leave it open where they do."""
        said = f"{self.name(side)} {self.predicate(side)}"
        return self.words.text("stake.open", said=said) if side.is_open else said

    # --- who --------------------------------------------------------------------------------------------------------

    def name(self, side: ClashSide) -> str:
        """Returns the name of a party, or how many there are of a kind."""
        row = side.first
        if row["party"] in {PATIENTS, UNKNOWN}:
            return self.words.text(f"clash.{row['party']}")
        if not side.is_many:
            return str(row["name"])
        plural = self.words.known("kinds_plural", row["kind"], otherwise=self.words.text("kinds_plural.other"))
        return self.words.text("clash.group", number=self.words.numbers.counted(len(side.rows)), kind=plural)

    # --- what -------------------------------------------------------------------------------------------------------

    def predicate(self, side: ClashSide) -> str:
        """Returns what a side loses or gains, without its name; of a declared quality how much there is of it."""
        return self._predicates.get(side.first["dimension"], self._quality)(side)

    def told(self, side: ClashSide) -> tuple[float, int]:
        """Returns the amount of a stake in euro that is told, and its year: the largest in the stake's direction."""
        path = [sum(values) for values in zip(*(row["path"] or [0.0] for row in side.rows), strict=True)]
        best = max(path) if side.first["stance"] == GAINS else min(path)
        if side.first["stance"] == NEUTRAL:
            best = max(path, key=abs)
        return best, self.base_year + path.index(best)

    def shortage(self, row: Row) -> str:
        """Returns by how much a shortage of hands or rooms grows or shrinks, with its unit; empty if not known."""
        return self._extra([row], is_mixed=False)

    def _yearly(self, side: ClashSide) -> str:
        """Returns revenue, result or spending of the year in which it changes most."""
        many = _many(side)
        row, stance = side.first, side.first["stance"]
        value, year = self.told(side)
        if stance == NEUTRAL and abs(value) < _EURO:
            return self.words.text(f"stake.nothing.{many}")
        pays = is_payer(row["kind"], row["party"])
        key = "spending" if pays and row["dimension"] == MARGIN else row["dimension"]
        money = self.words.numbers.money(value if stance == NEUTRAL else abs(value), signed=stance == NEUTRAL)
        share = self._of_care(side, value) if row["dimension"] == SPEND else self._of_size(side, value)
        return self.words.text(f"stake.{key}.{stance}.{many}", value=money, year=year, share=share)

    def _of_size(self, side: ClashSide, value: float) -> str:
        sizes = [row["size_eur"] for row in side.rows]
        share = value / sum(sizes) if all(sizes) else None
        source = side.first["size_source"]
        return share_of_size({"share": share, "size_source": source}, self.words)

    def _of_care(self, side: ClashSide, value: float) -> str:
        """Returns a change of spending as a share of what the care in question cost in the base year."""
        base = _yardstick(side)
        if base is None:
            return self.words.text("stake.no_base")
        return self.words.text("stake.of_care", part=self.words.numbers.part_of(abs(value) / base))

    def _cushion(self, side: ClashSide) -> str:
        """Returns what is lost in the worst year, and how much of the cushion that is."""
        many = _many(side)
        row, base = side.first, _yardstick(side)
        value = sum(row["value"] for row in side.rows)
        part = self.words.numbers.part_of(abs(value) / base if base else None)
        money = self.words.numbers.money(abs(value))
        stance = row["stance"]
        return self.words.text(f"stake.cushion.{stance}.{many}", value=money, year=row["year"], part=part)

    def _department(self, side: ClashSide) -> str:
        """Returns how much of its production a department loses or gains, in the year in which that is most."""
        many = _many(side)
        row, base = side.first, _yardstick(side)
        value = sum(row["value"] for row in side.rows)
        share = self.words.numbers.share(abs(value) / base) if base else self.words.text("stake.new_department")
        stance = row["stance"]
        return self.words.text(f"stake.department.{stance}.{many}", value=self.words.numbers.money(abs(value)),
            year=row["year"], share=share, department=self.words.known("specialisms", row["specialism"]),
        )  # fmt: skip

    def _function(self, side: ClashSide) -> str:
        count = round(sum(abs(row["value"]) for row in side.rows))
        stance, many = side.first["stance"], _many(side)
        if stance == NEUTRAL:
            return self.words.text(f"stake.function_neutral.{many}")
        names = sorted({name for row in side.rows for name in row["functions"]})
        if names:
            return self.words.text(f"stake.function_named.{many}", functions=", ".join(names))
        return self.words.count(f"stake.function_{stance}.{many}", count)

    def _travel(self, side: ClashSide) -> str:
        row, stance = side.first, side.first["stance"]
        distance = self.words.numbers.kilometres.format(number=self.words.numbers.quantity(abs(row["value"]), digits=2))
        return self.words.text(f"stake.travel.{stance}", distance=distance)

    def _quality(self, side: ClashSide) -> str:
        """Returns a declared measure of what patients gain or lose, by its own name."""
        row, stance = side.first, side.first["stance"]
        measure = str(row["dimension"]).partition(":")[2].replace("_", " ")
        amount = self.words.numbers.quantity(abs(row["value"]), digits=2)
        return self.words.text(f"stake.quality.{stance}", measure=measure, amount=amount)

    # --- hands and rooms --------------------------------------------------------------------------------------------

    def _capacity(self, side: ClashSide) -> str:
        """Returns the shortage that grows or shrinks, by name; a share of what is usable where nothing more is known.

        Of several that lack different hands the full-time equivalents are added up, but no other units.
        """
        many = _many(side)
        row, stance, kind = side.first, side.first["stance"], side.first["dimension"]
        if stance == NEUTRAL:
            return self.words.text(f"stake.{kind}.neutral.{many}")
        is_mixed = len({member["resource"] for member in side.rows}) > 1
        extra = self._extra(side.rows, is_mixed=is_mixed)
        if not extra:
            share = sum(abs(member["value"]) for member in side.rows) / len(side.rows)
            return self.words.text(f"stake.{kind}.{stance}_unnamed.{many}", share=self.words.numbers.share(share))
        if side.is_many or row["initiative"] is not None:
            said = f"{stance}_mixed" if is_mixed else stance
            resource, year = row["resource_name"], row["year"]
            return self.words.text(f"stake.capacity.{said}.{many}", extra=extra, resource=resource, year=year)
        before, after = (self._shortage(row, when) for when in ("before", "after"))
        said = "slightly" if stance == LOSES and before == after else stance
        return self.words.text(
            f"stake.capacity.whole.{said}",
            resource=row["resource_name"], year=row["year"], before=before, after=after, freed=extra,
        )  # fmt: skip

    def _extra(self, rows: Sequence[Row], *, is_mixed: bool) -> str:
        """Returns by how much the shortages of some parties together grow or shrink; empty where that is not known."""
        if any(row["usable"] is None or row["limit"] is None for row in rows):
            return ""
        if is_mixed and not all(row["is_staff"] and row["hours_per_fte"] for row in rows):
            return ""
        units = [row["intensity"] * row["limit"] * row["usable"] for row in rows]
        hours = [row["hours_per_fte"] if row["is_staff"] else None for row in rows]
        fte = [amount / per for amount, per in zip(units, hours, strict=True) if per]
        return self._amount(rows[0], fte=sum(fte) if len(fte) == len(rows) else None, plain=sum(units))

    def _shortage(self, row: Row, when: str) -> str:
        """Returns a shortage with its unit, or that there is none to speak of."""
        fte, plain = row[f"fte_{when}"], row[f"shortage_{when}"] or 0.0
        is_none = fte < _HARDLY if fte is not None else plain < _SOME
        return self.words.text("key.none") if is_none else self._amount(row, fte=fte, plain=plain)

    def _amount(self, row: Row, *, fte: float | None, plain: float) -> str:
        unit = None if row["unit"] == row["resource_name"] else row["unit"]
        return self.words.amount(fte=fte, plain=plain, unit=unit)

    # --- around them ------------------------------------------------------------------------------------------------

    def _pair(self, key: str, pair: ClashPair) -> str:
        one, other = self.clause(pair.one), self.clause(pair.other)
        return self.words.text(key, initiative=pair.title, one=one, other=other)

    def _of(self, title: str | None, said: str) -> str:
        if title is None:
            return self.words.text("clash.whole", said=capitalised(said))
        return self.words.text("clash.of_initiative", initiative=title, said=said)


def _many(side: ClashSide) -> str:
    return "many" if side.is_many else "single"


def _yardstick(side: ClashSide) -> float | None:
    """Returns what the shares of a side are taken of, together; None where one has none."""
    if any(not row["share"] for row in side.rows):
        return None
    return float(sum(row["value"] / row["share"] for row in side.rows))
