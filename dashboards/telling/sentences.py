"""Titles and sentences made from the results: the answer in words, in the language of the findings.

What belongs here: choosing which sentence the figures call for and filling it. The words are in `texts/`, the figures
come from `findings`; nothing is drawn. A sentence never says a figure that is not known.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from dashboards.data import PAYER, UNKNOWN
from dashboards.telling.certainty import doubt, holds_until, turning_point
from dashboards.telling.costs import cushion_hit, hardest_hit
from dashboards.telling.fit import Fit
from dashboards.telling.paths import Paths
from dashboards.telling.synopsis import GAINS, LOSES, NEUTRAL, Synopsis
from dashboards.words.wording import Wording, capitalised
from data_contracts.staircase import unlocks

Row = Mapping[str, Any]
_HARDLY = 0.05  # fewer full-time equivalents than this are none
_EURO = 0.5  # less is nothing
_NAMED = 3  # so many names before "and others"


# --- the whole scenario ---------------------------------------------------------------------------------------------


def table_answer(findings: Synopsis) -> str:
    """Returns the title of the first page: how much fits if not all, who loses what and when, who lacks hands."""
    words = findings.words
    if not findings.outcomes.height:
        return nothing_moves(findings)
    fit, loss = Fit(findings), _felt(findings)
    if fit.is_tight:
        said = (fit.sentence(), loss) if findings.known.money else (loss, fit.sentence())
        return words.text("fit.joined", first=capitalised(said[0]), second=capitalised(said[1]))
    return capitalised(words.text("answer.joined", first=loss, second=hands_answer(findings)))


def nothing_moves(findings: Synopsis) -> str:
    """Returns that no care moves, or that what would move was not delivered."""
    return findings.words.text("answer.nothing_moves" if findings.known.care else "answer.nothing_found")


def money_unknown(findings: Synopsis) -> str:
    """Returns for whose care no price was delivered, so that nothing can be said in money."""
    return findings.words.text("answer.money_unknown", names=named(findings, findings.known.without_price))


def named(findings: Synopsis, parties: Sequence[str]) -> str:
    """Returns the names of parties with commas, after so many how many others there are."""
    frame = findings.named(pl.DataFrame({"party": list(parties)}, schema={"party": pl.String}))
    return listed(frame["name"].to_list(), findings.words)


def table_lead(findings: Synopsis) -> str:
    """Returns who else loses most of its cushion, what moves, and who gains most lastingly."""
    words, numbers = findings.words, findings.words.numbers
    count, priced = findings.initiatives.height, findings.known.money
    one, more = "lead.moves_one", "lead.moves_more"
    if not priced:
        one, more = "lead.moves_one_unpriced", "lead.moves_more_unpriced"
    moved = words.text(
        one if count == 1 else more,
        number=capitalised(numbers.counted(count)),
        year=findings.results.horizon,
        units=numbers.quantity(findings.units_moved, digits=2),
        value=numbers.money(findings.revenue_moved_eur),
    )
    if not priced:
        return f"{moved} {words.text('lead.money_unknown')}"
    return " ".join(filter(None, [cushion_hit(findings.once(Paths)), moved, _gain(findings)]))


def share_of_size(row: Row, words: Wording, *, signed: bool = False) -> str:
    """Returns a share of the party's size, saying of what: its revenue, or its spending in the region."""
    if row["share"] is None:
        return words.text("one_party.unsized")
    share = row["share"] if signed else abs(row["share"])
    source = row.get("size_source") or "delivered"
    return f"{words.numbers.part_of(share, signed=signed)} {words.text(f'share_of.{source}')}"


def without_counts(findings: Synopsis) -> str:
    """Returns how many lose, gain, and stay as they are without an agreement."""
    return _stances(findings, findings.without.filter(pl.col("kind") != PAYER))


def _stances(findings: Synopsis, outcomes: pl.DataFrame) -> str:
    words = findings.words
    counts = {stance: outcomes.filter(pl.col("stance") == stance).height for stance in (LOSES, GAINS, NEUTRAL)}
    materiality = words.numbers.share(findings.results.materiality)
    said = {stance: words.count(f"gains.{stance}", count, materiality=materiality) for stance, count in counts.items()}
    key = "gains.both" if counts[NEUTRAL] else "gains.both_clear"
    return capitalised(words.text(key, losers=said[LOSES], gainers=said[GAINS], neutral=said[NEUTRAL]))


def gains_alternative(rows: pl.DataFrame, words: Wording) -> str:
    """Returns what the bars of gain and loss show, row by row."""
    return words.text("gains.alternative", rows="; ".join(_gain_row(row, words) for row in rows.to_dicts()))


def hands_finding(findings: Synopsis) -> str:
    """Returns where it jams, or that it does not, or that nobody can say."""
    words = findings.words
    worst = findings.worst_shortage
    if worst is not None:
        return _jam(worst, words)
    unknown = findings.known.unknown_hands
    if unknown:
        seen = set(unknown) < set(findings.known.receiving)
        return words.text("hands.nobody_known" if seen else "hands.unknown", names=named(findings, unknown))
    if not findings.capacity.height:
        return words.text("hands.untouched" if findings.known.care else "hands.care_unknown")
    return words.text("hands.nobody")


def hands_not_known(rows: pl.DataFrame, words: Wording) -> str:
    """Returns for whom no capacity was delivered; nothing if it is known for all."""
    names = rows.filter(~pl.col("known"))["name"].unique(maintain_order=True).to_list()
    return words.text("hands.not_known", names=listed(names, words)) if names else ""


def futures_finding(rows: pl.DataFrame, words: Wording) -> str:
    """Returns how the result of the first party of a figure changes by the last year, without and with an agreement."""
    last = rows.filter(pl.col("party") == rows["party"][0]).row(-1, named=True)
    without, agreed = (words.numbers.money(last[f"{end}_eur"], signed=True) for end in ("without", "with"))
    share = words.numbers.share(last["without_share"], signed=True)
    return words.text(
        "without.answer", name=last["name"], year=last["year"], without=without, agreed=agreed, share=share
    )


def futures_alternative(rows: pl.DataFrame, words: Wording) -> str:
    """Returns what the two lines of each party show: its last year."""
    last = rows.group_by("name", maintain_order=True).last()
    said = [
        words.text(
            "without.row",
            name=row["name"],
            year=row["year"],
            **{end: words.numbers.money(row[f"{end}_eur"], signed=True) for end in ("without", "with")},
        )
        for row in last.to_dicts()
    ]
    return words.text("without.alternative", rows="; ".join(said))


def no_agreement_answer(findings: Synopsis) -> str:
    """Returns the title of the page without an agreement."""
    words = findings.words
    if not _has_providers(findings.without):
        return words.text("no_agreement.answer_unknown")
    spending = findings.extra_spending_eur
    said = _without_agreement(findings)
    if spending < 0.5:
        return said
    year, base = findings.results.horizon, findings.results.base_year
    more = words.text("no_agreement.spending", value=words.numbers.money(spending), year=year, base=base)
    return words.text("answer.joined", first=said, second=more)


def _has_providers(without: pl.DataFrame) -> bool:
    """Returns whether anything is known of a provider without an agreement; payers alone say nothing of providers."""
    return without.filter(pl.col("kind") != PAYER).height > 0


def _without_agreement(findings: Synopsis) -> str:
    """Returns which provider's result worsens most without an agreement."""
    words, year = findings.words, findings.results.horizon
    losers = findings.without.filter((pl.col("stance") == LOSES) & (pl.col("kind") != PAYER)).to_dicts()
    if not losers:
        return words.text("no_agreement.answer_nobody", year=year)
    worst = losers[0]
    change = words.numbers.money(abs(worst["value_eur"]))
    share = share_of_size(worst, words)
    base = findings.results.base_year
    return words.text("no_agreement.answer", name=worst["name"], change=change, year=year, base=base, share=share)


def no_agreement_hands(findings: Synopsis) -> str:
    """Returns the shortage without an agreement that is the largest share of what can be deployed."""
    words, rows = findings.words, findings.shortages_without
    if not rows.height:
        return words.text("no_agreement.hands_none" if findings.known.any_hands else "no_agreement.hands_unknown")
    row = rows.row(0, named=True)
    unit = None if row["unit"] == row["resource_name"] else row["unit"]
    amount = words.amount(fte=row["fte_after"], plain=row["shortage_after"], unit=unit)
    group = words.text("party.group", number=row["members"], kind=row["name"])
    name = row["name"] if row["members"] == 1 else group
    return words.text(
        "no_agreement.hands", name=name, amount=amount, resource=row["resource_name"], year=row["year"],
        share=words.numbers.share(row["shortage_after"] / row["usable"]),
    )  # fmt: skip


def sure_points(findings: Synopsis) -> tuple[str, ...]:
    """Returns how sure the figures are: draws, the widest doubt, evidence, what is missing, what came true before."""
    words, numbers = findings.words, findings.words.numbers
    draws = findings.results.draws
    first = words.text("sure.draws", draws=numbers.number(draws)) if draws else words.text("sure.single")
    own = (
        doubt(findings),
        turning_point(findings),
        holds_until(findings),
        _evidence(findings),
        _signed(findings),
        _missing(findings),
        _flags(findings),
    )
    return tuple(filter(None, [first, *own, words.text("sure.tried")]))


# --- one party ------------------------------------------------------------------------------------------------------


def bridge_finding(steps: pl.DataFrame, words: Wording, *, year: int, size_eur: float | None, payer: bool) -> str:
    """Returns how much revenue (or spending) changes in a year and which initiative weighs most.

    Args:
        steps: One row an initiative: title, value (seen from the party: less spending is a gain).
        words: The language.
        year: The year.
        size_eur: The party's size, for the share.
        payer: Whether the party is a payer.
    """
    total = float(steps["value"].sum())
    if abs(total) < 0.5 or not steps.height:
        return words.text("bridge.finding_none", year=year)
    heaviest = steps.sort(pl.col("value") * total, descending=True)["title"][0]  # of those that pull the same way
    key = ("less" if total > 0 else "more") if payer else ("up" if total > 0 else "down")
    share = words.numbers.share(abs(total) / size_eur) if size_eur else words.text("one_party.unsized")
    return words.text(
        f"bridge.finding_{key}", year=year, value=words.numbers.money(abs(total)), share=share, initiative=heaviest
    )


def result_finding(
    measures: Mapping[str, float], words: Wording, *, name: str, year: int, unsettled: bool = False
) -> str:
    """Returns what is left of a year's revenue change after costs; `unsettled` where the draws cannot tell its sign."""
    if unsettled:
        return words.text("result.finding_nothing", name=name, year=year)
    margin, revenue = measures.get("margin_change_eur", 0.0), measures.get("revenue_change_eur", 0.0)
    saved = measures.get("avoided_cost_eur", 0.0)
    value = words.numbers.money(abs(margin))
    if margin >= 0:
        return words.text("result.finding_gain", name=name, value=value, year=year)
    if revenue >= -0.5 or not 0 < saved < -revenue:
        return words.text("result.finding_plain_loss", name=name, value=value, year=year)
    cents = words.numbers.euro.format(number=words.numbers.number(saved / -revenue, decimals=2))
    return words.text("result.finding_loss", name=name, value=value, year=year, avoided=cents)


def years_finding(years: pl.DataFrame, words: Wording, *, size_eur: float | None) -> str:
    """Returns the heaviest year, or the best where none is a loss."""
    worst, best = years.sort("mean").row(0, named=True), years.sort("mean").row(-1, named=True)
    if all(row["p10"] < -_EURO < _EURO < row["p90"] for row in (worst, best) if abs(row["mean"]) > _EURO):
        return words.text("years.finding_nothing")
    row, key = (worst, "years.finding") if worst["mean"] < -0.5 else (best, "years.finding_gain")
    share = words.numbers.share(row["mean"] / size_eur, signed=True) if size_eur else words.text("one_party.unsized")
    return words.text(key, year=row["year"], value=words.numbers.money(row["mean"], signed=True), share=share)


def stranded_finding(years: pl.DataFrame, words: Wording) -> str:
    """Returns the peak of the costs that stay behind, and what is left of them in the last year."""
    peak, last = years.sort("stranded").row(-1, named=True), years.sort("year").row(-1, named=True)
    money = words.numbers.money
    return words.text(
        "stranded.finding",
        year=peak["year"],
        value=money(peak["stranded"]),
        horizon=last["year"],
        left=money(last["stranded"]),
    )


def own_capacity_finding(rows: pl.DataFrame, words: Wording, *, name: str, blind: bool) -> str:
    """Returns what a provider runs short of, that it fits, or that nobody can say.

    Args:
        rows: its resources that the scenario touches, in their worst years.
        words: the language.
        name: the provider's name.
        blind: whether care comes or goes and nothing is known of the hands that it takes (`Known.blind`).
    """
    if not rows.height:
        return words.text("own_capacity.unknown" if blind else "own_capacity.none", name=name)
    short = rows.filter(pl.col("known") & (pl.col("shortage_after") > pl.col("shortage_before"))).to_dicts()
    unknown = rows.filter(~pl.col("known"))["resource_name"].to_list()
    if short:
        row = short[0]
        unit = None if row["unit"] == row["resource_name"] else row["unit"]
        amount = words.amount(fte=row["fte_after"], plain=row["shortage_after"], unit=unit)
        return words.text(
            "own_capacity.short", name=name, amount=amount, resource=row["resource_name"], year=row["year"]
        )
    if unknown:
        return words.text("own_capacity.not_known", names=listed(unknown, words))
    return words.text("own_capacity.unknown" if blind else "own_capacity.fits", name=name)


def norms_finding(rows: pl.DataFrame, words: Wording) -> str:
    """Returns how many functions stop, norms are no longer met and departments come at risk."""
    norm = pl.col("norm").is_not_null()
    counts = {
        "norms.stops": rows.filter(norm & (pl.col("status") == "stopped")).height,
        "norms.norms": rows.filter(norm & (pl.col("status") == "breach_caused")).height,
        "norms.closes": rows.filter(~norm & (pl.col("status") == "stopped")).height,
        "norms.departments": rows.filter(pl.col("status") == "at_risk").height,
    }
    said = [words.count(key, count) for key, count in counts.items() if count]
    return " ".join(map(capitalised, said)) or words.text("norms.fine")


# --- building blocks ------------------------------------------------------------------------------------------------


def listed(names: Sequence[str], words: Wording, *, most: int = _NAMED) -> str:
    """Returns names with commas; after so many it says how many others there are."""
    first = ", ".join(names[:most])
    rest = len(names) - most
    return words.count("sure.and_more", rest, names=first) if rest > 0 else first


def crosses_zero(row: Row) -> bool:
    """Returns whether the band of a party's result holds both gain and loss."""
    return row["low_eur"] is not None and row["low_eur"] < -0.5 and row["high_eur"] > 0.5


def _felt(findings: Synopsis) -> str:
    """Returns who is hit hardest and when; where nobody is, who loses for its size."""
    return (hardest_hit(findings.once(Paths)) if findings.known.money else "") or _loss(findings)


def _loss(findings: Synopsis) -> str:
    words = findings.words
    if not findings.known.money:
        return money_unknown(findings)
    row = findings.largest_loss
    if row is None:
        unknown = findings.known.without_price
        key = "answer.nobody_known_loses" if unknown else "answer.nobody_loses"
        return words.text(key, names=named(findings, unknown))
    loss = words.numbers.money(abs(row["value_eur"]), spread=_spread(row))
    if row["share"] is None:
        return words.text("answer.loses_unsized", name=row["name"], loss=loss, year=findings.results.horizon)
    share = share_of_size(row, words)
    return words.text("answer.loses", name=row["name"], loss=loss, share=share, year=findings.results.horizon)


def hands_answer(findings: Synopsis) -> str:
    """Returns who ends up short of most hands because of the agreement, that nobody does, or that it is not known."""
    words = findings.words
    row = findings.worst_shortage
    if row is not None:
        before, extra = row["fte_before"] or 0.0, row["fte_after"] - (row["fte_before"] or 0.0)
        key = "short_more" if before >= _HARDLY else "short"
        return words.text(
            f"answer.{key}" if row["members"] == 1 else f"answer.{key}_group",
            name=row["name"],
            amount=words.numbers.full_time(row["fte_after"]),
            resource=row["resource_name"],
            extra=words.numbers.full_time(extra),
        )
    unknown = findings.known.unknown_hands
    if not unknown:
        return words.text("answer.nobody_short")
    seen = set(unknown) < set(findings.known.receiving)
    return words.text("answer.nobody_known_short" if seen else "answer.unknown_short", names=named(findings, unknown))


def _gain(findings: Synopsis) -> str:
    """Returns who gains most once everything has run its course; a gain within the draws on both sides is none."""
    words, rows = findings.words, findings.once(Paths).parties
    gainers = rows.filter((pl.col("lasting_low") > 0.5) & (pl.col("party") != UNKNOWN)).sort("lasting_eur", "party")
    if not gainers.height:
        return words.text("lead.nobody_gains")
    row = gainers.row(-1, named=True)
    gain = words.numbers.money(row["lasting_eur"], spread=row["lasting_high"] - row["lasting_low"])
    return words.text("lead.gains", name=row["name"], gain=gain)


def _gain_row(row: Row, words: Wording) -> str:
    value = words.numbers.money(row["value_eur"], spread=_spread(row), signed=True)
    share = words.numbers.share(row["share"], signed=True)
    if row["low_eur"] is None:
        return words.text("gains.row", name=row["name"], value=value, share=share)
    band = words.numbers.money_between(row["low_eur"], row["high_eur"])
    return words.text("gains.row_band", name=row["name"], value=value, share=share, band=band)


def _jam(row: Row, words: Wording) -> str:
    before = float(row["fte_before"] or 0.0)
    return words.text(
        "hands.short" if row["members"] == 1 else "hands.short_group",
        name=row["name"],
        amount=words.numbers.full_time(row["fte_after"]),
        resource=row["resource_name"],
        year=row["year"],
        before=words.numbers.plain_full_time(before) if before >= _HARDLY else words.text("key.none"),
    )


def shortages_before(findings: Synopsis) -> str:
    """Returns how many are short of hands without an agreement; beds and rooms are no hands."""
    if not findings.known.any_hands:
        said = capitalised(findings.words.text("without.shortages_unknown"))
        return f"{said} {unlocks('hands').of(findings.words.language)}"
    table = findings.results.table("capacity_gap").filter(pl.col("year") == findings.results.horizon)
    staff = table.join(findings.resources.filter("is_staff"), on="resource", how="semi")
    count = staff.filter(pl.col("gap_before") > 0)["provider"].n_unique()
    key = "without.shortages_none"
    return capitalised(findings.words.count("without.shortages", count) if count else findings.words.text(key))


def _evidence(findings: Synopsis) -> str:
    counts = findings.confidence
    number, assumed = sum(counts.values()), counts.get("assumption", 0)
    if not number:
        return ""
    numbers = findings.words.numbers
    key = "sure.assumptions" if assumed else "sure.evidence"
    unsourced = numbers.number(findings.unsourced)
    return findings.words.text(key, assumed=numbers.number(assumed), number=numbers.number(number), unsourced=unsourced)


def _signed(findings: Synopsis) -> str:
    """Returns how many parties accepted their own figures, and whose figures are no longer those that they signed."""
    words, signed = findings.words, findings.signed
    of = findings.outcomes.filter(pl.col("party") != UNKNOWN).height
    if not of:
        return ""
    said = capitalised(words.count("sure.signed", signed.height, of=words.numbers.number(of)))
    changed = signed.filter(~pl.col("holds").fill_null(value=False))["name"].to_list()
    if not changed:
        return said
    return f"{said} {words.text('sure.signed_changed', names=listed(changed, words))}"


def _missing(findings: Synopsis) -> str:
    words = findings.words
    if not findings.release.table("coverage").height:
        return ""
    missing = findings.missing
    if not missing.height:
        return words.text("sure.complete")
    names = [delivery_name(row, words) for row in missing.to_dicts()]
    return capitalised(words.count("sure.missing", missing.height, names=listed(names, words, most=2)))


def delivery_name(row: Row, words: Wording) -> str:
    """Returns a delivery in words: supplier, dataset, period."""
    period = words.numbers.period(row["period"]) if row["period"] else words.text("sources.no_period")
    return f"{row['supplier']} {words.known('datasets', row['dataset'])} ({period})"


def _flags(findings: Synopsis) -> str:
    count = findings.results.table("flag").height
    return capitalised(findings.words.count("sure.flags", count)) if count else ""


def _spread(row: Row) -> float | None:
    if row["low_eur"] is None or row["high_eur"] is None:
        return None
    return float(row["high_eur"] - row["low_eur"])
