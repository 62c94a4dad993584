"""The departments over the region: all specialisms beside all providers, and a page a specialism for who works in it.

What belongs here: which department loses or gains which part of its work at which provider, which functions are at
stake there, and which initiative takes what to whom.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from dashboards.pages.page import Card, Page, PageRef, Table, TableCell, cells, headings, tone_of
from dashboards.pages.party_departments import function_cell, share_cell, units_cells, value_cell
from dashboards.pages.trace import with_traces
from dashboards.telling import sentences
from dashboards.telling.departments import STOPS, RegionDepartments, destinations, limit
from dashboards.telling.synopsis import GAINS, LOSES, Synopsis
from dashboards.words.wording import Wording, capitalised

Row = Mapping[str, Any]
_NAMED = 4
_SHADES = (0.02, 0.05)  # shares of its work from which a tile is coloured stronger
_COLUMNS = ("provider", "share", "functions", "goes_to", "now", "before", "after", "value")


def departments(findings: Synopsis) -> Page:
    """Returns the page with every department that the scenario touches, specialism by provider."""
    found, words = findings.once(RegionDepartments), findings.words
    page = Page(
        ref=PageRef("departments"),
        title=words.text("pages.departments"),
        answer=_overview_answer(found),
        lead=words.text("departments.lead") if found.specialisms else "",
        key_figures=(),
        cards=_overview(found) if found.specialisms else (),
    )
    return with_traces(page, findings)


def department(findings: Synopsis, specialism: str) -> Page:
    """Returns the page of one specialism over the region."""
    found, words = findings.once(RegionDepartments), findings.words
    rows = found.rows.filter((pl.col("specialism") == specialism) & pl.col("touched"))
    name = words.known("specialisms", specialism)
    boxes = (_providers(rows, found, name=name), _moves(specialism, found), _functions(specialism, found))
    page = Page(
        ref=PageRef("department", specialism=specialism),
        title=capitalised(name),
        answer=_answer(rows, words, name=name),
        lead=words.text("departments.lead_one", name=name, year=findings.results.horizon),
        key_figures=(),
        cards=tuple(box for box in boxes if box is not None),
    )
    return with_traces(page, findings)


# --- all of them ------------------------------------------------------------------------------------------------------


def _overview_answer(found: RegionDepartments) -> str:
    words, findings = found.findings.words, found.findings
    if not findings.known.care:
        return sentences.nothing_moves(findings)
    if not found.specialisms:
        known = found.rows.height > 0
        return words.text("departments.answer_none" if known else "departments.answer_unknown")
    least = limit(findings)
    said = words.numbers.rate(least) if least else words.numbers.unknown
    losing, unpriced = found.rows.filter((pl.col("stance") == LOSES) & pl.col("priced")), _unpriced(found)
    if not losing.height:
        priced = found.rows.filter(pl.col("touched") & pl.col("priced")).height
        key = "nobody" if not unpriced else "nobody_known" if priced else "no_price"
        return words.text(f"departments.answer_{key}", limit=said)
    first = losing.row(0, named=True)
    share = words.numbers.share(abs(first["share"])) if first["share"] is not None else words.numbers.unknown
    counted = words.count("departments.answer_losing", losing.height, limit=said)
    return capitalised(
        words.text("departments.answer_most", counted=counted, specialism=first["specialism_name"],
                   name=first["name"], share=share, year=first["year"])
    )  # fmt: skip


def _overview(found: RegionDepartments) -> tuple[Card, ...]:
    """The box with a tile a specialism and provider."""
    words, rows = found.findings.words, found.rows.filter("touched")
    providers = rows.group_by("party", "name").agg(pl.len()).sort("len", "party", descending=[True, False])
    names = [words.text("departments.specialism"), *providers["name"]]
    body = tuple(_tile_row(code, rows, providers["party"].to_list(), words) for code in found.specialisms)
    table = Table(words.text("departments.overview_table"), headings(names), body, look="tiles")
    return (
        Card(
            key="departments",
            kicker=words.text("departments.kicker_all"),
            finding=words.text("departments.overview_finding"),
            table=table,
            note=words.text("departments.overview_note"),
            points=_not_told(found),
        ),
    )


def _tile_row(code: str, rows: pl.DataFrame, parties: list[str], words: Wording) -> tuple[TableCell, ...]:
    own = {row["party"]: row for row in rows.filter(pl.col("specialism") == code).to_dicts()}
    name = capitalised(words.known("specialisms", code))
    first = TableCell(name, link=PageRef("department", specialism=code))
    return (first, *(_tile(own.get(party), words) for party in parties))


def _tile(row: Row | None, words: Wording) -> TableCell:
    if row is None or row["share"] is None or not row["priced"]:
        return TableCell("–" if row is None or row["priced"] else words.numbers.unknown, "quiet")
    shade = 1 + sum(abs(row["share"]) >= least for least in _SHADES)
    tone = tone_of(row["share"], stance=row["stance"])
    text = words.numbers.share(row["share"], signed=True)
    return TableCell(text, tone, value=row["share"], shade=shade if tone != "plain" else 0, more=str(row["year"]))


def _not_told(found: RegionDepartments) -> tuple[str, ...]:
    """Returns of whom no price or too little production was delivered to say how departments stand."""
    findings, unpriced = found.findings, _unpriced(found)
    said = (findings.words.text("departments.unpriced", names=sentences.named(findings, unpriced)),) if unpriced else ()
    there = findings.results.table("threshold").filter(pl.col("specialism").is_not_null())["provider"].unique().sort()
    left = [party for party in there if not findings.known.departments(party)]
    if not left:
        return said
    return (*said, findings.words.text("departments.too_little", names=sentences.named(findings, left)))


def _unpriced(found: RegionDepartments) -> list[str]:
    """Returns the providers of whose departments the work changes, nobody knows by how much of its value."""
    return found.rows.filter(pl.col("touched") & ~pl.col("priced"))["party"].unique().sort().to_list()


# --- one specialism ---------------------------------------------------------------------------------------------------


def _answer(rows: pl.DataFrame, words: Wording, *, name: str) -> str:
    """Returns where the specialism loses most of its work, and where it gains most."""
    lost, won = (
        rows.filter((pl.col("stance") == stance) & pl.col("share").is_not_null() & pl.col("priced")).sort(
            "share", descending=stance == GAINS
        )
        for stance in (LOSES, GAINS)
    )
    said = [
        words.text(
            f"departments.{key}", name=row["name"], share=words.numbers.share(abs(row["share"])), year=row["year"]
        )
        for key, side in (("loses", lost), ("gains", won))
        for row in side.head(1).to_dicts()
    ]
    told = "; ".join(said) or words.text("departments.hardly" if rows["priced"].all() else "departments.told_no_price")
    return words.text("departments.answer_one", specialism=capitalised(name), told=told)


def _providers(rows: pl.DataFrame, found: RegionDepartments, *, name: str) -> Card:
    words, results = found.findings.words, found.findings.results
    titles = (words.text(f"departments.{key}", year=results.horizon, base=results.base_year) for key in _COLUMNS)
    known = rows.filter("priced")
    losing, gaining = (known.filter(pl.col("stance") == stance).height for stance in (LOSES, GAINS))
    finding = words.text(
        "departments.counts", losing=words.numbers.counted(losing), gaining=words.numbers.counted(gaining),
        all=words.numbers.counted(known.height),
    )  # fmt: skip
    return Card(
        key="departments",
        kicker=words.text("departments.kicker_one", name=name),
        finding=capitalised(finding) if known.height else words.text("departments.no_price"),
        table=Table(
            words.text("departments.table_one", name=capitalised(name), year=results.horizon),
            headings(titles, numbers=(1, 4, 5, 6, 7)),
            tuple(_provider_row(row, found) for row in rows.to_dicts()),
        ),
        note=words.text("departments.note"),
    )


def _provider_row(row: Row, found: RegionDepartments) -> tuple[TableCell, ...]:
    words = found.findings.words
    linked = row["party"] in found.findings.outcomes["party"]
    to = destinations(found, row["party"], row["specialism"])
    return (
        TableCell(row["name"], link=PageRef("party", row["party"]) if linked else None, more=row["kind_name"]),
        share_cell(row, words),
        function_cell(row, found, words),
        TableCell(sentences.listed(to, words, most=_NAMED) if to else "–"),
        *units_cells(row, words),
        value_cell(row, words),
    )  # fmt: skip


def _moves(specialism: str, found: RegionDepartments) -> Card | None:
    """Returns, per initiative, how much care of the specialism it moves, from whom and to whom."""
    words, findings = found.findings.words, found.findings
    flows = found.flows.filter(pl.col("specialism") == specialism)
    if not flows.height:
        return None
    summed = flows.group_by("initiative").agg(
        pl.col("units_moved").sum(),
        donors=pl.col("from_id").n_unique(),
        recipients=pl.col("to_id").drop_nulls().n_unique(),
    )
    rows = findings.initiatives.join(summed, on="initiative", how="inner", maintain_order="left")
    body = tuple(
        (
            TableCell(row["title"]),
            TableCell(words.numbers.quantity(row["units_moved"]), value=row["units_moved"]),
            *cells(words.numbers.number(row["donors"]), words.numbers.number(row["recipients"])),
        )
        for row in rows.to_dicts()
    )
    titles = (words.text(f"departments.{key}") for key in ("initiative", "moved", "donors", "recipients"))
    table = Table(
        words.text("departments.moves_table", year=findings.results.horizon), headings(titles, numbers=(1, 2, 3)), body
    )
    return Card("moves", words.text("departments.moves"), columns=12, table=table)


def _functions(specialism: str, found: RegionDepartments) -> Card | None:
    """Returns the norms of the specialism that are at stake, provider by provider."""
    words, numbers = found.findings.words, found.findings.words.numbers
    rows = found.functions.filter(pl.col("specialism") == specialism).pipe(found.findings.named)
    if not rows.height:
        return None
    body = tuple(
        (
            TableCell(capitalised(row["norm_name"])),
            TableCell(row["name"]),
            TableCell(words.text(f"status.{row['status']}"), "bad" if row["status"] in STOPS else "plain"),
            *cells(numbers.quantity(row["minimum_units"]), numbers.quantity(row["units_before"]),
                   numbers.quantity(row["units_after"])),
        )
        for row in rows.sort("norm_name", "name").to_dicts()
    )  # fmt: skip
    titles = (words.text(key) for key in ("departments.function_of", "departments.provider", "norms.status",
                                          "norms.minimum", "norms.before", "norms.after"))  # fmt: skip
    caption = words.text("norms.table", year=found.findings.results.horizon)
    ends = rows.filter(pl.col("status").is_in(STOPS)).height
    finding = capitalised(words.count("departments.ends", ends))
    return Card(
        "norms", words.text("norms.kicker"), finding, table=Table(caption, headings(titles, numbers=(3, 4, 5)), body)
    )
