"""What every figure rests on: deliveries, refusals, assumptions and their evidence, remarks, and the release itself."""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from dashboards.data import UNKNOWN, Release, ScenarioResults
from dashboards.pages.data_quality import odd_card, usability_card
from dashboards.pages.first_steps import stairs_card
from dashboards.pages.page import Card, Extra, KeyFigure, Page, PageRef, Table, TableCell, Tone, cells, headings
from dashboards.pages.sign_offs import sign_off_card
from dashboards.telling import sentences
from dashboards.telling.certainty import parameter_said
from dashboards.words.wording import Wording

Row = Mapping[str, Any]
_FLAG_ROWS = 200
_TONES: dict[str, Tone] = {
    "complete": "good",
    "accepted": "good",
    "verified": "good",
    "partial": "warning",
    "accepted_in_part": "warning",
    "stale": "warning",
    "assumption": "warning",
    "missing": "bad",
    "refused": "bad",
    "superseded": "quiet",
    "not_expected": "quiet",
}


def sources(release: Release, results: ScenarioResults | None, words: Wording) -> Page:
    """Returns the page of sources for one scenario; without a scenario only what belongs to the release."""
    steps = stairs_card(release, words)
    cards = [
        *([steps] if steps else []),
        _coverage(release, words),
        _deliveries(release, words),
        _refused(release, words),
    ]
    cards += [odd_card(release, words), usability_card(release, words), sign_off_card(release, words)]
    if results is not None:
        cards += [_assumptions(release, results, words), _flags(release, results, words)]
    return Page(
        ref=PageRef("sources"),
        title=words.text("pages.sources"),
        answer=_answer(release, words),
        lead=words.text("sources.lead" if results else "sources.no_scenario_lead"),
        key_figures=_key_figures(release, results, words),
        cards=(*cards, _lineage(release, results, words)),
    )


def _answer(release: Release, words: Wording) -> str:
    numbers = words.numbers
    counting = _counting(release)
    rows, rejected = (numbers.number(_sum(counting, column)) for column in ("rows", "rejected"))
    expected = _expected(release)
    if not expected.height:
        deliveries = numbers.number(counting.height)
        return words.text("sources.answer_plain", deliveries=deliveries, rejected=rejected, rows=rows)
    came = expected.filter(pl.col("status").is_in(["complete", "partial"])).height
    return words.text(
        "sources.answer",
        delivered=numbers.number(came),
        expected=numbers.number(expected.height),
        rejected=rejected,
        rows=rows,
    )


def _key_figures(release: Release, results: ScenarioResults | None, words: Wording) -> tuple[KeyFigure, ...]:
    number = words.numbers.number
    counting, every = _counting(release), release.table("delivery")
    judged = [every.filter(pl.col("status") == one).height for one in ("accepted", "accepted_in_part", "refused")]
    accepted, part, refused = judged
    expected, missing = _expected(release), _missing(release)
    detail = words.text(
        "key.deliveries_detail",
        accepted=number(accepted),
        part=number(part),
        refused=number(refused),
        replaced=number(every.height - sum(judged)),
    )
    rows, rejected = _sum(counting, "rows"), _sum(counting, "rejected")
    figures = [
        KeyFigure(words.text("key.deliveries"), number(every.height), detail),
        KeyFigure(
            words.text("key.rows"),
            number(_sum(counting, "accepted")),
            words.text("key.rows_detail", rejected=number(rejected), rows=number(rows)),
        ),
        KeyFigure(
            words.text("key.missing"),
            number(missing.height),
            words.text("key.missing_detail", expected=number(expected.height)),
            "warning" if missing.height else "plain",
        ),
    ]
    return (*figures, *_assumption_figure(results, words))


def _assumption_figure(results: ScenarioResults | None, words: Wording) -> list[KeyFigure]:
    if results is None:
        return []
    evidence = results.table("evidence")
    number = words.numbers.number
    assumed = evidence.filter(pl.col("confidence").fill_null("assumption") == "assumption")
    unsourced = number(assumed["source"].null_count())
    detail = words.text("key.assumptions_detail", number=number(evidence.height), unsourced=unsourced)
    tone: Tone = "warning" if assumed.height else "plain"
    return [KeyFigure(words.text("key.assumptions"), number(assumed.height), detail, tone)]


def _coverage(release: Release, words: Wording) -> Card:
    """The matrix of what was expected: a row a supplier and dataset, a column a period."""
    expected = _expected(release)
    kicker = words.text("sources.coverage")
    if not expected.height:
        return Card("coverage", kicker, words.text("sources.coverage_none"))
    complete = expected.filter(pl.col("status") == "complete").height
    number = words.numbers.number
    finding = words.text("sources.coverage_finding", complete=number(complete), expected=number(expected.height))
    missing = [sentences.delivery_name(row, words) for row in _missing(release).to_dicts()]
    if missing:
        finding += " " + words.text("sources.coverage_worst", names=sentences.listed(missing, words))
    return Card("coverage", kicker, finding, table=_coverage_table(release, words))


def _coverage_table(release: Release, words: Wording) -> Table:
    coverage = release.table("coverage").with_columns(pl.col("period").fill_null(""))
    periods = coverage["period"].unique().sort().to_list()
    body = tuple(
        (
            TableCell(part["supplier"][0]),
            TableCell(words.known("datasets", part["dataset"][0])),
            *_coverage_cells(dict(zip(part["period"], part["status"], strict=True)), periods, words),
        )
        for part in coverage.partition_by("supplier", "dataset", maintain_order=True)
    )
    names = [
        words.numbers.period(period, short=True) if period else words.text("sources.no_period") for period in periods
    ]
    titles = (words.text("sources.supplier"), words.text("sources.dataset"), *names)
    return Table(words.text("sources.coverage_table"), headings(titles), body)


def _coverage_cells(statuses: dict[str, str], periods: list[str], words: Wording) -> list[TableCell]:
    return [
        TableCell(words.known("coverage", statuses[period]), _TONES.get(statuses[period], "plain"))
        if statuses.get(period)
        else TableCell("")
        for period in periods
    ]


def _deliveries(release: Release, words: Wording) -> Card:
    """One row a supplier; every delivery on request."""
    every, kicker = release.table("delivery"), words.text("sources.deliveries")
    if not every.height:
        return Card("deliveries", kicker, words.text("sources.deliveries_none"))
    number = words.numbers.number
    finding = words.text(
        "sources.deliveries_finding",
        number=number(every.height),
        suppliers=number(every["supplier"].n_unique()),
        superseded=number(every.filter(pl.col("status") == "superseded").height),
    )
    label = words.text("sources.deliveries_all", number=number(every.height))
    return Card(
        key="deliveries",
        kicker=kicker,
        finding=finding,
        table=_suppliers_table(every, words),
        extras=(Extra(label, table=_deliveries_table(every, words)),),
    )


def _suppliers_table(every: pl.DataFrame, words: Wording) -> Table:
    number = words.numbers.number
    suppliers = every.group_by("supplier", maintain_order=True).agg(
        pl.len().alias("count"), pl.col("rows", "accepted", "rejected").sum(), pl.col("received_at").max()
    )
    body = tuple(
        (
            *cells(row["supplier"], number(row["count"]), number(row["rows"]), number(row["accepted"])),
            TableCell(number(row["rejected"]), "warning" if row["rejected"] else "plain"),
            TableCell(words.numbers.day(row["received_at"])),
        )
        for row in suppliers.sort("supplier").to_dicts()
    )
    titles = (words.text(f"sources.{key}") for key in ("supplier", "count", "rows", "accepted", "rejected", "last"))
    return Table(words.text("sources.deliveries_table"), headings(titles, numbers=range(1, 5)), body)


def _deliveries_table(every: pl.DataFrame, words: Wording) -> Table:
    number = words.numbers.number
    keys = ("supplier", "dataset", "period", "file", "received", "rows", "accepted", "rejected", "grade", "status")
    body = tuple(
        (
            *cells(row["supplier"], words.known("datasets", row["dataset"]), words.numbers.period(row["period"])),
            TableCell(row["file"] or ""),
            TableCell(words.numbers.day(row["received_at"])),
            *cells(*(number(row[column]) for column in ("rows", "accepted", "rejected")), row["grade"] or ""),
            TableCell(_status(row, words), _TONES.get(row["status"], "plain")),
        )
        for row in every.sort("supplier", "dataset", "period", "received_at").to_dicts()
    )
    titles = (words.text(f"sources.{key}") for key in keys)
    return Table(words.text("sources.deliveries"), headings(titles, numbers=range(5, 8)), body)


def _status(row: Row, words: Wording) -> str:
    """Returns the status of a delivery, with the reason where it was refused whole."""
    status = words.known("delivery", row["status"])
    reason = row[f"message_{words.language}"] if row["status"] == "refused" else None
    return f"{status}: {reason}" if reason else status


def _refused(release: Release, words: Wording) -> Card:
    """Refused rows by supplier and reason, and the first of them one by one."""
    counted = _named_refusals(release.table("rejection_count"), release)
    kicker = words.text("sources.refused")
    if not counted.height:
        return Card("refused", kicker, words.text("sources.refused_none"))
    most = counted.group_by("rule").agg(pl.col("rejected").sum()).sort("rejected", "rule", descending=[True, False])
    rule, count = most.row(0)
    number, shown = words.numbers.number, release.table("rejection")
    finding = words.text(
        "sources.refused_finding",
        number=number(_sum(_counting(release), "rejected")),
        rule=words.known("rules", rule),
        most=number(count),
    )
    label = words.text("sources.refused_rows", number=number(shown.height))
    return Card(
        key="refused",
        kicker=kicker,
        finding=finding,
        table=_refused_table(counted, words),
        note=words.text("sources.refused_note"),
        extras=(Extra(label, table=_refused_rows(_named_refusals(shown, release), words, caption=label)),),
    )


def _refused_table(counted: pl.DataFrame, words: Wording) -> Table:
    by_supplier = (
        counted.group_by("supplier", "dataset", "rule")
        .agg(pl.col("rejected").sum())
        .sort("rejected", "supplier", "dataset", "rule", descending=[True, False, False, False])
    )
    body = tuple(
        cells(
            row["supplier"],
            words.known("datasets", row["dataset"]),
            words.known("rules", row["rule"]),
            words.numbers.number(row["rejected"]),
        )
        for row in by_supplier.to_dicts()
    )
    titles = (words.text(f"sources.{key}") for key in ("supplier", "dataset", "rule", "number"))
    return Table(words.text("sources.refused_table"), headings(titles, numbers=(3,)), body)


def _refused_rows(rows: pl.DataFrame, words: Wording, *, caption: str) -> Table:
    body = tuple(
        cells(
            row["supplier"],
            row["file"] or "",
            str(row["row"]) if row["row"] is not None else "",
            row["column"] or "",
            row["value"] or "",
            row[f"message_{words.language}"] or row["message_en"] or row["rule"] or "",
        )
        for row in rows.to_dicts()
    )
    titles = (words.text(f"sources.{key}") for key in ("supplier", "file", "row", "column", "value", "reason"))
    return Table(caption, headings(titles, numbers=(2,)), body)


def _named_refusals(refusals: pl.DataFrame, release: Release) -> pl.DataFrame:
    """Returns refusals with the supplier, dataset, period and file of their delivery."""
    deliveries = release.table("delivery").select("supplier", "dataset", "period", "file", delivery="hash")
    return refusals.join(
        deliveries.unique("delivery", keep="first", maintain_order=True),
        on="delivery",
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("supplier").fill_null(pl.col("delivery")), pl.col("dataset", "rule").fill_null(""))


def _assumptions(release: Release, results: ScenarioResults, words: Wording) -> Card:
    """Every parameter with its source and its mark: an assumption is never shown as a fact."""
    evidence, kicker = results.table("evidence"), words.text("sources.assumptions")
    if not evidence.height:
        return Card("assumptions", kicker, words.text("sources.assumptions_none"))
    marks = evidence["confidence"].fill_null("assumption")
    counts = {mark: words.numbers.number(int((marks == mark).sum())) for mark in ("verified", "general", "assumption")}
    finding = words.text(
        "sources.assumptions_finding",
        verified=counts["verified"],
        general=counts["general"],
        assumed=counts["assumption"],
    )
    caption = words.text("sources.assumptions_table")
    return Card(
        "assumptions", kicker, finding, table=evidence_table(evidence, release, results, words, caption=caption)
    )


def evidence_table(
    evidence: pl.DataFrame, release: Release, results: ScenarioResults, words: Wording, *, caption: str
) -> Table:
    """Returns parameters with their value, their range, their source and their mark, one row each."""
    titles_of = results.table("initiative").select("initiative", title=f"title_{words.language}")
    named = evidence.join(titles_of, on="initiative", how="left", maintain_order="left")
    names = dict(release.parties.select("party", "name").iter_rows())
    keys = ("initiative", "parameter", "value", "source", "year", "mark")
    return Table(
        caption,
        headings(words.text(f"sources.{key}") for key in keys),
        tuple(_assumption_row(row, words, names=names) for row in named.to_dicts()),
    )


def _assumption_row(row: Row, words: Wording, *, names: Mapping[str, str]) -> tuple[TableCell, ...]:
    mark = row["confidence"] or "assumption"
    source = " · ".join(filter(None, (row["source"], row["url"])))
    return (
        TableCell(row["title"] or row["initiative"] or words.text("sources.whole")),
        TableCell(parameter_said(row["parameter"], words, names=names)),
        TableCell(_value(row["value"], words)),
        TableCell(source or words.text("sources.no_source"), "plain" if source else "quiet"),
        TableCell(str(row["source_year"]) if row["source_year"] else ""),
        TableCell(words.known("confidence", mark), _TONES.get(mark, "plain")),
    )


def _value(text: str | None, words: Wording) -> str:
    """Returns a parameter's value as the language writes it: a number, or a most likely value with its range."""
    try:
        value = json.loads(text or "null")
    except ValueError:
        return text or ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return words.numbers.exact(value)
    if isinstance(value, list) and len(value) == 3 and all(isinstance(item, int | float) for item in value):
        low, mode, high = map(words.numbers.exact, value)
        return words.text("sources.range", mode=mode, low=low, high=high)
    return text or ""


def _flags(release: Release, results: ScenarioResults, words: Wording) -> Card:
    """Remarks counted by kind, and the first of them one by one."""
    flags, kicker = results.table("flag"), words.text("sources.flags")
    if not flags.height:
        return Card("flags", kicker, words.text("sources.flags_none"))
    number, message = words.numbers.number, f"message_{words.language}"
    kinds = flags.group_by("flag", maintain_order=True).agg(pl.len().alias("count"), pl.col(message).first())
    body = tuple(
        cells(words.known("flags", row["flag"]), number(row["count"]), row[message] or "")
        for row in kinds.sort("count", descending=True, maintain_order=True).to_dicts()
    )
    titles = (words.text(f"sources.{key}") for key in ("flag", "number", "example"))
    finding = words.text("sources.flags_finding", number=number(flags.height), kinds=number(kinds.height))
    label = words.text("sources.flags_all", number=number(min(flags.height, _FLAG_ROWS)))
    return Card(
        key="flags",
        kicker=kicker,
        finding=finding,
        table=Table(words.text("sources.flags_table"), headings(titles, numbers=(1,)), body),
        extras=(Extra(label, table=_flags_table(flags.head(_FLAG_ROWS), release, words, caption=label)),),
    )


def _flags_table(flags: pl.DataFrame, release: Release, words: Wording, *, caption: str) -> Table:
    names = dict(release.parties.select("party", "name").iter_rows()) | {UNKNOWN: words.text("party.unknown")}
    body = tuple(
        cells(
            words.known("flags", row["flag"]),
            names.get(row["id"], row["id"]) or row["subject"] or "",
            row[f"message_{words.language}"] or "",
        )
        for row in flags.to_dicts()
    )
    titles = (words.text(f"sources.{key}") for key in ("flag", "subject", "message"))
    return Table(caption, headings(titles), body)


def _lineage(release: Release, results: ScenarioResults | None, words: Wording) -> Card:
    moment = words.numbers.moment(release.created_at)
    rows = [
        ("release", release.id),
        ("created", moment),
        ("region", release.region[words.language]),
        ("base_year", str(release.base_year)),
    ]
    if results is not None:
        rows += [
            ("scenario", f"{results.titles[words.language]} ({results.name})"),
            ("horizon", str(results.horizon)),
            ("draws", words.numbers.number(results.draws)),
            ("discount", words.numbers.share(results.discount_rate)),
        ]
    named = [(words.text(f"sources.{key}"), value) for key, value in rows]
    named += [(words.text("sources.version", name=name), str(version)) for name, version in release.versions.items()]
    titles = (words.text("sources.item"), words.text("sources.is"))
    table = Table(words.text("sources.lineage_table"), headings(titles), tuple(cells(*row) for row in named))
    finding = words.text("sources.lineage_finding", id=release.id, date=moment)
    return Card("lineage", words.text("sources.lineage"), finding, table=table)


def _counting(release: Release) -> pl.DataFrame:
    """Returns the deliveries that were not replaced by a later one."""
    return release.table("delivery").filter(pl.col("status").fill_null("") != "superseded")


def _expected(release: Release) -> pl.DataFrame:
    return release.table("coverage").filter(pl.col("status").fill_null("not_expected") != "not_expected")


def _missing(release: Release) -> pl.DataFrame:
    return release.table("coverage").filter(pl.col("status").is_in(["missing", "stale"]))


def _sum(frame: pl.DataFrame, column: str) -> int:
    return int(frame[column].sum() or 0)
