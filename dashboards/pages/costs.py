"""Boxes of the first page: what is proposed and whether it fits, what it costs and brings each, the region by year."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from dashboards.figures import result_by_year
from dashboards.pages.page import Card, Extra, Heading, Illustration, PageRef, Table, TableCell, Tone, headings, tone_of
from dashboards.telling.costs import costs_finding, functions_said, region_finding, worst_band_said, worst_year_said
from dashboards.telling.fit import Fit, fit_finding
from dashboards.telling.paths import Paths, is_payer, lasting_spread
from dashboards.telling.sentences import money_unknown
from dashboards.telling.synopsis import LOSES, Synopsis
from dashboards.words.wording import Wording, capitalised
from data_contracts.staircase import unlocks

Row = Mapping[str, Any]
_EURO = 0.5
_HARDLY = 0.05  # fewer full-time equivalents than this are none
_COLUMNS = ("party", "worst", "cushion", "revenue", "lasting", "hands", "departments", "functions")


def plan_card(findings: Synopsis, *, columns: int = 12) -> Card:
    """Returns what is proposed, why, how much of it fits and what binds; in the order of the scenario."""
    words, fit = findings.words, Fit(findings)
    titles = (words.text(f"fit.{key}", year=fit.year) for key in ("initiative", "purpose", "share", "binds"))
    table = Table(
        caption=words.text("fit.table", year=fit.year),
        headings=headings(titles, numbers=(2,)),
        rows=tuple(_plan_row(row, fit, words) for row in fit.initiatives.to_dicts()),
    )
    told = "" if fit.is_tight else fit_finding(fit)  # else it stands in the title
    return Card("plan", words.text("fit.kicker"), told, columns, table=table)


def _unknown(findings: Synopsis) -> str:
    """Returns that money is not known, and which data would tell it."""
    return f"{money_unknown(findings)}. {unlocks('money').of(findings.words.language)}"


def costs_card(findings: Synopsis, *, columns: int = 12) -> Card:
    """Returns what the agreement costs and brings each party, at the levels at which it is felt."""
    words, paths = findings.words, findings.once(Paths)
    caption = words.text("costs.table")
    if not findings.known.money:
        return Card("gains", words.text("costs.kicker"), _unknown(findings), columns)
    return Card(
        key="gains",
        kicker=words.text("costs.kicker"),
        finding=costs_finding(paths),
        columns=columns,
        table=_table(paths, paths.rows, caption=caption),
        note=_note(findings),
        extras=(
            Extra(
                words.text("gains.all", number=paths.parties.height),
                table=_table(paths, paths.parties, caption=caption, banded=findings.results.draws > 0),
            ),
        ),
    )


def region_card(findings: Synopsis, *, columns: int = 12) -> Card | None:
    """Returns the region by year: the worst year, the turn, what has to be bridged, what lasts; None if not known."""
    words, paths = findings.words, findings.once(Paths)
    if paths.region is None or not paths.region_years.height:
        return None
    years, money = paths.region_years, words.numbers.money
    said = "; ".join(
        words.text("years.row", year=row["year"], value=money(row["mean"], signed=True)) for row in years.to_dicts()
    )
    rows = tuple(
        (
            TableCell(str(row["year"])),
            TableCell(money(row["mean"], signed=True), tone_of(row["mean"]), value=row["mean"]),
        )
        for row in years.to_dicts()
    )
    titles = (words.text("years.year"), words.text("region.value"))
    table = Table(words.text("region.table"), headings(titles, numbers=(1,)), rows)
    picture = Illustration(result_by_year(years, words=words), words.text("region.alternative", rows=said))
    return Card(
        key="region",
        kicker=words.text("region.kicker"),
        finding=region_finding(paths),
        columns=columns,
        extras=(Extra(words.text("region.by_year"), picture=picture, table=table),),
    )


def _note(findings: Synopsis) -> str:
    said = findings.words.text("costs.note", year=findings.results.horizon)
    return said if findings.results.draws else f"{said} {findings.words.text('costs.note_single')}"


def _plan_row(row: Row, fit: Fit, words: Wording) -> tuple[TableCell, ...]:
    share = row["share"]
    binds = row["resource_name"] or ""
    full = ""
    if row["full"] is not None and row["recipients"] is not None and row["full"] >= _EURO:
        full = words.text(
            "fit.full", full=words.numbers.number(row["full"]), recipients=words.numbers.number(row["recipients"])
        )
    tone: Tone = "plain" if share is None or fit.in_words(share) == words.text("fit.cell_all") else "warning"
    return (
        TableCell(row["title"]),
        TableCell(row["purpose"] or words.text("fit.no_purpose")),
        TableCell(fit.in_words(share), tone, value=share),
        TableCell(words.text("fit.bound", resource=capitalised(binds), full=full).strip(" ;") if binds else "–"),
    )


def _table(paths: Paths, rows: pl.DataFrame, *, caption: str, banded: bool = False) -> Table:
    words, year = paths.findings.words, paths.findings.results.horizon
    titles: tuple[Heading, ...] = headings(
        (words.text(f"costs.{column}", year=year) for column in _COLUMNS), numbers=range(1, 7)
    )
    longest = max((-worst for worst in rows["worst_eur"].to_list() if worst is not None), default=0.0)
    body = (_costs_row(row, words, banded=banded, longest=longest) for row in rows.to_dicts())
    return Table(caption, titles, tuple(body))


def _bar(worst: float | None, longest: float) -> float | None:
    """Returns how long the bar of a worst year is beside the deepest of the table; no loss has none."""
    return -worst / longest if worst is not None and worst < -_EURO and longest > _EURO else None


def _costs_row(row: Row, words: Wording, *, banded: bool, longest: float) -> tuple[TableCell, ...]:
    numbers, share = words.numbers, row["cushion_share"]
    single = row["members"] == 1
    worst, kind = row["worst_eur"], row["kind_name"] if banded else ""
    known = single and share is not None and worst is not None and worst < -_EURO
    return (
        TableCell(row["name"], link=PageRef("party", row["party"]) if single else None, more=kind),
        TableCell(worst_year_said(row, words), tone_of(worst if worst is None or worst < -_EURO else 0.0), value=worst,
             more=worst_band_said(row, words) if banded else "", bar=_bar(worst, longest)),
        TableCell(numbers.ratio(share, signed=True) if known else "–", "loss" if row["cushion"] == LOSES else "plain",
             value=share if known else None),
        _changed(row, words),
        _money(row["lasting_eur"], words, spread=lasting_spread(row)),
        _hands(row, words),
        TableCell(numbers.number(row["departments"]) if row["departments"] else "–", value=float(row["departments"])),
        TableCell(functions_said(row["functions"], words), "bad" if row["functions"] else "plain"),
    )  # fmt: skip


def _hands(row: Row, words: Wording) -> TableCell:
    """Returns by how much a shortage of hands grows; else, by how much it shrinks."""
    more, less = row["hands_more"], row["hands_less"]
    resource = row["hands_resource"] or ""
    if more is not None and more >= _HARDLY:
        return TableCell(words.numbers.full_time(more), "warning", value=more, more=resource)
    if less is not None and less >= _HARDLY:
        said = words.text("costs.hands_less", amount=words.numbers.full_time(less))
        return TableCell(said, value=-less, more=resource)
    return TableCell("–")


def _changed(row: Row, words: Wording) -> TableCell:
    """Returns the change of revenue in the last year; of a group that holds falls and rises both, not netted."""
    lost, won = row["change_lost_eur"], row["change_won_eur"]
    if row["members"] > 1 and lost is not None and lost < -_EURO and won > _EURO:
        money = words.numbers.money
        return TableCell(money(lost, signed=True), "loss", value=lost, more=money(won, signed=True))
    return _money(row["change_year_eur"], words, unit="costs.spending" if is_payer(row) else "")


def _money(value: float | None, words: Wording, *, spread: float | None = None, unit: str = "") -> TableCell:
    if value is None:
        return TableCell(words.numbers.unknown)
    if abs(value) < _EURO:
        return TableCell("–", value=value)
    said = words.numbers.money(value, spread=spread, signed=True)
    return TableCell(said, tone_of(value), value=value, more=words.text(unit) if unit else "")
