"""Sentences about the paths of the parties: who loses what and when, what stops, what lasts, when the region turns.

What belongs here: choosing the sentence that the figures call for. Every amount names its year, its measure and its
basis; what lies within the draws on both sides of nothing is called about nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from dashboards.telling.paths import Paths, is_payer
from dashboards.telling.synopsis import LOSES
from dashboards.words.wording import Wording, capitalised

Row = Mapping[str, Any]
_EURO = 0.5
_NAMED = 2  # so many functions by name before "and others"


def worst_year_said(row: Row, words: Wording) -> str:
    """Returns a party's worst year and what it costs; that no year is a loss where none is."""
    value = row["worst_eur"]
    if value is None:
        return words.numbers.unknown
    if value > -_EURO:
        return words.text("costs.no_loss")
    return words.text("costs.in_year", value=words.numbers.money(value, spread=_spread(row), signed=True),
                      year=row["worst_year"])  # fmt: skip


def worst_band_said(row: Row, words: Wording) -> str:
    """Returns between what a party's worst year lies in 8 of 10 draws; nothing where no band is known."""
    low, high = row["worst_low"], row["worst_high"]
    known = low is not None and high is not None and high - low > _EURO
    return words.text("key.band", band=words.numbers.money_between(low, high)) if known else ""


def _functions_listed(names: Sequence[str], words: Wording) -> str:
    """Returns what a party gives up as a sentence has it: two with "and" between them."""
    return words.text("fit.and").join(names) if len(names) == _NAMED else functions_said(names, words)


def functions_said(names: Sequence[str], words: Wording) -> str:
    """Returns what a party gives up, by name; a dash where it gives up nothing."""
    if not names:
        return "–"
    rest = len(names) - _NAMED
    first = ", ".join(names[:_NAMED])
    return words.count("sure.and_more", rest, names=first) if rest > 0 else first


def hardest_hit(paths: Paths) -> str:
    """Returns who is hit hardest and how: what it gives up, its worst year against its cushion; empty if nobody is.

    A function that stops comes before money, more functions before fewer, and of money a larger share of what a
    party lives on before a smaller one (the intensities of the model); without a full stop.
    """
    words = paths.findings.words
    row = _hardest(paths.parties)
    return (
        ""
        if row is None
        else given_up(row, words) or words.text("costs.loses", name=row["name"], loss=_worst_clause(row, words))
    )


def cushion_hit(paths: Paths) -> str:
    """Returns who loses most of its cushion, as a sentence; nothing where that is who is hit hardest, or nobody."""
    words, row, hardest = paths.findings.words, _deepest(paths.parties), _hardest(paths.parties)
    if row is None or row["cushion_share"] is None or (hardest is not None and row["party"] == hardest["party"]):
        return ""
    loss = words.text(
        "lead.cushion_loss", value=words.numbers.money(-row["worst_eur"], spread=_spread(row)),
        year=row["worst_year"], part=words.numbers.part_of(abs(row["cushion_share"])),
    )  # fmt: skip
    return words.text("lead.cushion", name=row["name"], loss=loss)


def given_up(row: Row, words: Wording) -> str:
    """Returns the functions that a party gives up and what its worst year costs; nothing where it gives up none."""
    if not row["functions"]:
        return ""
    money = _worst_clause(row, words)
    functions = _functions_listed(row["functions"], words)
    stops = words.count("costs.stops", len(row["functions"]), name=row["name"], functions=functions)
    return words.text("costs.stops_and", stops=stops, loss=money) if money else stops


def costs_finding(paths: Paths) -> str:
    """Returns how many lose of their cushion, a function, or work of a department, and lastingly gain."""
    words, rows = paths.findings.words, paths.parties
    counts = {
        "cushion": rows.filter(pl.col("cushion") == LOSES).height,
        "function": rows.filter(pl.col("functions").list.len() > 0).height,
        "department": rows.filter(pl.col("departments") > 0).height,
        "lasting": rows.filter(pl.col("lasting_low") > _EURO).height,
    }
    limit = words.numbers.rate(paths.cushion_limit) if paths.cushion_limit else words.numbers.unknown
    said = [words.count(f"costs.count_{key}", count, limit=limit) for key, count in counts.items() if count]
    counted = f"{capitalised('; '.join(said))}." if said else words.text("costs.count_nobody")
    unknown = rows.filter(pl.col("worst_eur").is_null())["name"].to_list()
    return f"{counted} {words.text('gains.not_known', names=', '.join(unknown))}" if unknown else counted


def region_finding(paths: Paths) -> str:
    """Returns the region's worst year, when it turns, what has to be bridged until then, and what lasts."""
    words, row = paths.findings.words, paths.region
    if row is None:
        return ""
    money, parts = words.numbers.money, []
    worst, bridge = row["worst_year_eur"], row["low_point_eur"]
    if worst < -_EURO:
        parts.append(words.text("region.worst", value=money(worst, signed=True), year=row["worst_year"]))
        parts.append(
            words.text("region.turns", year=row["turn_year"]) if row["turn_year"] else words.text("region.never")
        )
        parts.append(words.text("region.bridge", value=money(-min(bridge, 0.0)), year=row["low_point_year"]))
    else:
        parts.append(words.text("region.no_loss"))
    parts.append(_lasting(row, words))
    return f"{capitalised('; '.join(parts))}."


def loss_said(row: Row, words: Wording) -> str:
    """Returns what a party's worst year costs, where that matters and the draws can tell; nothing elsewhere."""
    return _worst_clause(row, words) if is_felt(row) else ""


def is_felt(row: Row) -> bool:
    """Returns whether a party's worst year is a loss that matters for what it lives on, in 9 of 10 draws."""
    return row["cushion"] == LOSES and (row["worst_high"] is None or row["worst_high"] < -_EURO)


def path_sentence(row: Row, words: Wording) -> str:
    """Returns when a party's result turns, what has to be bridged until then, and what lasts, as one sentence."""
    if row["worst_eur"] is None or row["lasting_eur"] is None:
        return words.text("costs.path_unknown")
    lasting = {
        f"lasting_eur{end}": row[f"lasting_{key}"] for end, key in (("", "eur"), ("_p10", "low"), ("_p90", "high"))
    }
    if is_unsettled(row) and abs(lasting_sign(row)) < 1:
        return words.text("costs.path_nothing")
    parts = [*_turning(row, words), _lasting(lasting, words, payer=is_payer(row))]
    return f"{capitalised('; '.join(parts))}."


def is_unsettled(row: Row) -> bool:
    """Returns whether the draws cannot tell that a party's worst year is a loss."""
    return row["worst_high"] is not None and row["worst_eur"] < -_EURO and row["worst_high"] > _EURO


def lasting_sign(row: Row) -> int:
    """Returns 1 or -1 where what lasts is a gain or a loss; 0 where it is nothing or lies on both sides of it."""
    value, low, high = (row[f"lasting_{end}"] for end in ("eur", "low", "high"))
    if value is None or abs(value) < _EURO or (low is not None and low < -_EURO and high > _EURO):
        return 0
    return 1 if value > 0 else -1


def _turning(row: Row, words: Wording) -> list[str]:
    """Returns from when no year is a loss any more, and what has to be bridged until then."""
    kind = "_payer" if is_payer(row) else ""
    if row["worst_eur"] > -_EURO:
        return [words.text(f"costs.path_no_loss{kind}")]
    year, bridge = row["turn_year"], -min(row["bridge_eur"], 0.0)
    if not year:
        return [words.text(f"costs.never{kind}")]
    turns = words.text(f"costs.turns{kind}", year=year)
    return [turns, words.text("costs.bridge", value=words.numbers.money(bridge))] if bridge > _EURO else [turns]


def _hardest(rows: pl.DataFrame) -> Row | None:
    """Returns who gives up most functions, of those alike who loses most of its cushion; else who loses most of it."""
    stopping = rows.filter(pl.col("functions").list.len() > 0)
    if not stopping.height:
        return _deepest(rows)
    order = stopping.sort(
        pl.col("functions").list.len(), "cushion_share", "worst_eur", "party",
        descending=[True, False, False, False], nulls_last=True,
    )  # fmt: skip
    return order.row(0, named=True)


def _deepest(rows: pl.DataFrame) -> Row | None:
    """Returns who loses most of its cushion among those for whom it matters and the draws can tell."""
    order = rows.sort("cushion_share", "worst_eur", "party", nulls_last=True)
    return next((row for row in order.iter_rows(named=True) if is_felt(row)), None)


def _worst_clause(row: Row, words: Wording) -> str:
    """Returns how much is lost in the worst year, and of a provider what share of its cushion that is."""
    value = row["worst_eur"]
    if value is None or value > -_EURO:
        return ""
    amount = words.numbers.money(-value, spread=_spread(row))
    if is_payer(row) or row["cushion_share"] is None:
        return words.text("costs.worst_plain", value=amount, year=row["worst_year"])
    part = words.numbers.part_of(abs(row["cushion_share"]))
    return words.text("costs.worst_of_cushion", value=amount, year=row["worst_year"], part=part)


def _lasting(row: Row, words: Wording, *, payer: bool = False) -> str:
    value, low, high = (row[name] for name in ("lasting_eur", "lasting_eur_p10", "lasting_eur_p90"))
    if abs(value) < _EURO or (low is not None and low < -_EURO and high > _EURO):
        return words.text("region.lasting_nothing")
    spread = None if low is None else high - low
    if payer:
        key = "costs.lasting_less" if value > 0 else "costs.lasting_more"
        return words.text(key, value=words.numbers.money(abs(value), spread=spread))
    return words.text("region.lasting", value=words.numbers.money(value, spread=spread, signed=True))


def _spread(row: Row) -> float | None:
    if row["worst_low"] is None or row["worst_high"] is None:
        return None
    return float(row["worst_high"] - row["worst_low"])
