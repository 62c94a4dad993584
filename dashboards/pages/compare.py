"""Two or three scenarios side by side: party by party, and the assumptions in which they differ, strongest first."""

from collections.abc import Iterator

import polars as pl

from dashboards.pages.page import Card, Extra, Page, PageRef, Table, TableCell, headings, tone_of
from dashboards.pages.trace import with_traces
from dashboards.telling.certainty import parameter_told
from dashboards.telling.comparing import Difference, Row, SideBySide
from dashboards.telling.costs import functions_said, worst_year_said
from dashboards.telling.fit import Fit, fit_finding
from dashboards.telling.paths import Paths, lasting_spread
from dashboards.telling.synopsis import LOSES, Synopsis
from dashboards.words.wording import Wording, capitalised

_FIRST = 10  # parties told at once
_EURO = 0.5


def compare(findings: Synopsis) -> Page:
    """Returns the page that holds a scenario beside the others of its release."""
    words, beside = findings.words, SideBySide(findings)
    several = len(beside.scenarios) > 1
    page = Page(
        ref=PageRef("compare"),
        title=words.text("pages.compare"),
        answer=_answer(beside) if several else words.text("compare.alone"),
        lead=words.text("compare.lead") if several else words.text("compare.lead_alone"),
        key_figures=(),
        cards=(_parties(beside), _fits(beside), _initiatives(beside), _differences(beside)) if several else (),
    )
    return with_traces(page, findings)


def _answer(beside: SideBySide) -> str:
    """Returns how many lose under each scenario of their cushion or a function."""
    words = beside.findings.words
    said = [
        words.count("compare.loses", _losing(one), title=one.results.titles[words.language])
        if one.known.money
        else words.text("compare.unknown", title=one.results.titles[words.language])
        for one in beside.scenarios
    ]
    return capitalised("; ".join(said))


def _losing(findings: Synopsis) -> int:
    rows = findings.once(Paths).parties
    felt = (pl.col("cushion") == LOSES).fill_null(value=False) | (pl.col("functions").list.len() > 0)
    return rows.filter(felt).height


# --- party by party ---------------------------------------------------------------------------------------------------


def _parties(beside: SideBySide) -> Card:
    words, rows = beside.findings.words, beside.parties
    caption = words.text("compare.table")
    label = words.text("gains.all", number=len(rows))
    more = (Extra(label, table=_table(beside, len(rows), caption=caption)),) if len(rows) > _FIRST else ()
    return Card(
        key="parties",
        kicker=words.text("compare.parties"),
        finding=words.text("compare.parties_finding"),
        note=words.text("compare.note"),
        table=_table(beside, _FIRST, caption=caption),
        extras=more,
    )


def _table(beside: SideBySide, most: int, *, caption: str) -> Table:
    words = beside.findings.words
    names = dict(beside.findings.release.parties.select("party", "name").iter_rows())
    titles = [words.text("gains.party")]
    for one in beside.scenarios:
        title = one.results.titles[words.language]
        titles += [words.text(f"compare.{column}", title=title) for column in ("worst", "lasting", "functions")]
    body = tuple(
        (_name(party, rows, names), *(cell for row in rows for cell in _cells(row, words)))
        for party, rows in beside.parties[:most]
    )
    numbers = [place for place in range(1, len(titles)) if place % 3]
    return Table(caption, headings(titles, numbers=numbers), body)


def _name(party: str, rows: tuple[Row | None, ...], names: dict[str, str]) -> TableCell:
    found = next(row for row in rows if row is not None)
    link = PageRef("party", party) if rows[0] is not None else None
    return TableCell(str(names.get(party, found["name"])), link=link, more=str(found["kind_name"]))


def _cells(row: Row | None, words: Wording) -> Iterator[TableCell]:
    """Yields what a scenario does to a party; that it leaves it alone where it does."""
    if row is None:
        yield from (TableCell(words.text("compare.untouched"), "quiet"), TableCell(""), TableCell(""))
        return
    worst, lasting = row["worst_eur"], row["lasting_eur"]
    share = row["cushion_share"]
    more = words.text("compare.of_cushion", part=words.numbers.part_of(abs(share))) if share else ""
    lost = worst is not None and worst < -_EURO
    yield TableCell(worst_year_said(row, words), "loss" if lost else "plain", value=worst, more=more if lost else "")
    said = words.numbers.money(lasting, spread=lasting_spread(row), signed=True)
    yield TableCell(said, tone_of(lasting if lasting and abs(lasting) > _EURO else 0.0), value=lasting)
    yield TableCell(functions_said(row["functions"], words), "bad" if row["functions"] else "plain")


# --- what differs -----------------------------------------------------------------------------------------------------


def _fits(beside: SideBySide) -> Card:
    """Whether each scenario fits."""
    words = beside.findings.words
    said = (
        words.text("compare.of_scenario", title=one.results.titles[words.language], said=fit_finding(Fit(one)))
        for one in beside.scenarios
    )
    return Card("fits", words.text("compare.fits"), columns=6, points=tuple(said))


def _initiatives(beside: SideBySide) -> Card:
    """The initiatives that only one of the scenarios has."""
    words = beside.findings.words
    said = tuple(
        words.text("compare.only", title=one.results.titles[words.language], initiatives="; ".join(titles))
        for one, titles in zip(beside.scenarios, beside.initiatives, strict=True)
        if titles
    )
    finding = "" if said else words.text("compare.same_initiatives")
    return Card("initiatives", words.text("compare.initiatives"), finding, columns=6, points=said)


def _differences(beside: SideBySide) -> Card:
    words, found = beside.findings.words, beside.differences
    kicker = words.text("compare.differences")
    if not found:
        return Card("differences", kicker, words.text("compare.no_differences"))
    titles = [words.text("compare.assumption"), *(one.results.titles[words.language] for one in beside.scenarios)]
    body = tuple(_difference(one, beside.findings) for one in found)
    table = Table(words.text("compare.differences_table"), headings(titles), body)
    return Card("differences", kicker, words.text("compare.differences_finding"), table=table)


def _difference(one: Difference, findings: Synopsis) -> tuple[TableCell, ...]:
    values = (TableCell(_written(value, findings.words)) for value in one.values)
    return (TableCell(capitalised(parameter_told(one.key, findings))), *values)


def _written(value: object, words: Wording) -> str:
    """Returns a value as the language writes it."""
    if value is None:
        return words.text("compare.absent")
    if isinstance(value, bool):
        return words.text("compare.yes" if value else "compare.no")
    if isinstance(value, int | float):
        return words.numbers.exact(value) if not isinstance(value, int) else str(value)
    if isinstance(value, list):
        return "; ".join(_written(part, words) for part in value)
    return str(value)
