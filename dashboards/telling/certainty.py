"""How sure the figures are: what a parameter is called, which assumptions would turn a sign, until when this holds."""

from collections.abc import Mapping

import polars as pl

from dashboards.data import UNKNOWN
from dashboards.telling.paths import Paths
from dashboards.telling.synopsis import NEUTRAL, Synopsis
from dashboards.words.wording import Wording

_STRUCTURE = ("default", "specialism", "resource", "provider")  # keys that only say what the next one is
_TURNING = 3  # so many assumptions are named
_EURO = 0.5  # less is nothing


def turning_point(findings: Synopsis) -> str:
    """Returns which assumptions, each by itself at its p10 or p90, turn the sign of a party's result over all years.

    Told of the party among those that matter for which most is at stake; that none does where none does.
    """
    words, table = findings.words, findings.results.table("sensitivity")
    told = findings.told.filter((pl.col("stance") != NEUTRAL) & (pl.col("party") != UNKNOWN))
    rows = table.join(told.select("party", "name", "value_eur"), on="party", how="inner")
    if not rows.height:
        return ""
    turns = (pl.min_horizontal("low_eur", "high_eur") < -_EURO) & (pl.max_horizontal("low_eur", "high_eur") > _EURO)
    turning = rows.filter(turns).sort(
        pl.col("value_eur").abs(), (pl.col("high_eur") - pl.col("low_eur")).abs(), "parameter",
        descending=[True, True, False],
    )  # fmt: skip
    if not turning.height:
        return words.text("sure.turns_none")
    own = turning.filter(pl.col("party") == turning["party"][0])
    said = [parameter_told(key, findings) for key in own["parameter"].head(_TURNING)]
    return words.text("sure.turns", name=own["name"][0], parameters="; ".join(said))


def holds_until(findings: Synopsis) -> str:
    """Returns until when contracts of the parties hold, and that their renewal is supposed from then on."""
    words = findings.words
    rows = findings.results.table("contract_impact").filter(~pl.col("in_term"))
    if not rows.height:
        return ""
    first = rows.sort("year", "provider").row(0, named=True)
    running = rows.filter(pl.col("year") == findings.results.horizon)["provider"].n_unique()
    return words.count("sure.holds", running, year=first["year"] - 1)


def doubt(findings: Synopsis) -> str:
    """Returns between what the worst year of the hardest hit party lies; or that its sign is not settled."""
    rows = findings.once(Paths).parties.filter((pl.col("worst_high") - pl.col("worst_low")) > _EURO)
    if not findings.results.draws or not rows.height:
        return ""
    row, numbers = rows.row(0, named=True), findings.words.numbers
    low, high = row["worst_low"], row["worst_high"]
    key = "sure.sign" if low < -_EURO and high > _EURO else "sure.band"
    ends = {name: numbers.money(end, spread=high - low, signed=True) for name, end in (("low", low), ("high", high))}
    return findings.words.text(key, name=row["name"], year=row["worst_year"], **ends)


def parameter_told(key: str, findings: Synopsis) -> str:
    """Returns a parameter in words, of an initiative with its title."""
    words = findings.words
    names = dict(findings.release.parties.select("party", "name").iter_rows())
    titles = dict(findings.initiatives.iter_rows())
    parts = key.split(".")
    if parts[0] == "initiatives" and len(parts) > 2 and parts[1] in titles:
        said = parameter_said(".".join(parts[2:]), words, names=names)
        return words.text("sure.of_initiative", parameter=said, initiative=titles[parts[1]])
    return parameter_said(key, words, names=names)


def parameter_said(key: str, words: Wording, *, names: Mapping[str, str]) -> str:
    """Returns a parameter's key in words: what it is, and of which specialism, resource or party."""
    parts = key.removeprefix("baseline.").split(".")
    for cut in range(len(parts), 0, -1):
        known = words.known("parameters", ".".join(parts[:cut]), otherwise="")
        if known:
            break
    else:
        return key
    rest = [part for part in parts[cut:] if part not in _STRUCTURE]
    if not rest:
        return known
    last = words.known("specialisms", rest[-1], otherwise="") or words.known("resources", rest[-1], otherwise="")
    return words.text("sources.parameter_of", parameter=known, what=last or names.get(rest[-1], rest[-1]))
