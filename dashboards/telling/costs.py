"""Sentences about the paths of the parties: who loses what and when, what stops, what lasts, when the region turns.

What belongs here: choosing the sentence that the figures call for. Every amount names its year, its measure and its
basis; what lies within the draws on both sides of nothing is called about nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from dashboards.telling.findings import LOSES
from dashboards.telling.paths import Paths, is_payer
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


def functions_said(names: Sequence[str], words: Wording) -> str:
    """Returns what a party gives up, by name; a dash where it gives up nothing."""
    if not names:
        return "–"
    rest = len(names) - _NAMED
    first = ", ".join(names[:_NAMED])
    return words.count("sure.and_more", rest, names=first) if rest > 0 else first


def hardest_hit(paths: Paths) -> str:
    """Returns who is hit hardest and how: what it gives up, its worst year against its cushion; empty if nobody is.

    A function that stops comes before money, and money before work that moves; without a full stop.
    """
    words = paths.findings.words
    row = _hardest(paths.parties)
    if row is None:
        return ""
    money = _worst_clause(row, words)
    if not row["functions"]:
        return words.text("costs.loses", name=row["name"], loss=money)
    functions = functions_said(row["functions"], words)
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
    limit = words.numbers.share(paths.cushion_limit) if paths.cushion_limit else words.numbers.unknown
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


def path_sentence(row: Row, words: Wording) -> str:
    """Returns a party's worst year, when it turns, and what lasts, as one sentence."""
    if row["worst_eur"] is None or row["lasting_eur"] is None:
        return words.text("costs.path_unknown")
    lasting = _lasting({f"lasting_eur{end}": row[f"lasting_{key}"] for end, key in
                        (("", "eur"), ("_p10", "low"), ("_p90", "high"))}, words)  # fmt: skip
    if row["worst_eur"] > -_EURO:
        return f"{capitalised(words.text('costs.path_no_loss', lasting=lasting))}."
    turn = words.text("region.turns", year=row["turn_year"]) if row["turn_year"] else words.text("region.never")
    said = words.text("costs.path", loss=_worst_clause(row, words), turn=turn, lasting=lasting)
    return f"{capitalised(said)}."


def _hardest(rows: pl.DataFrame) -> Row | None:
    felt = rows.filter(
        (pl.col("functions").list.len() > 0) | ((pl.col("cushion") == LOSES) & (pl.col("worst_high") < -_EURO))
    )
    order = felt.sort(
        pl.col("functions").list.len() == 0, pl.col("cushion_share"), "worst_eur", "party", nulls_last=True
    )
    return order.row(0, named=True) if order.height else None


def _worst_clause(row: Row, words: Wording) -> str:
    """Returns how much is lost in the worst year, and of a provider what share of its cushion that is."""
    value = row["worst_eur"]
    if value is None or value > -_EURO:
        return ""
    amount = words.numbers.money(-value, spread=_spread(row))
    if is_payer(row) or row["cushion_share"] is None:
        return words.text("costs.worst_plain", value=amount, year=row["worst_year"])
    share = words.numbers.share(abs(row["cushion_share"]))
    return words.text("costs.worst_of_cushion", value=amount, year=row["worst_year"], share=share)


def _lasting(row: Row, words: Wording) -> str:
    value, low, high = (row[name] for name in ("lasting_eur", "lasting_eur_p10", "lasting_eur_p90"))
    if abs(value) < _EURO or (low is not None and low < -_EURO and high > _EURO):
        return words.text("region.lasting_nothing")
    spread = None if low is None else high - low
    return words.text("region.lasting", value=words.numbers.money(value, spread=spread, signed=True))


def _spread(row: Row) -> float | None:
    if row["worst_low"] is None or row["worst_high"] is None:
        return None
    return float(row["worst_high"] - row["worst_low"])
