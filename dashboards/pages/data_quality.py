"""Two cards of the sources: what looks odd about accepted data, and which results can be used for which provider."""

import polars as pl

from dashboards.data import Release
from dashboards.pages.page import Card, Extra, Table, TableCell, Tone, cells, headings
from dashboards.words.wording import Wording

SHOWN_FINDINGS = 200
SHOWN_REASONS = 400
_TONES: dict[str, Tone] = {"usable": "good", "with_care": "warning", "not_usable": "bad"}
_KINDS = tuple(_TONES)


def odd_card(release: Release, words: Wording) -> Card:
    """Returns what looks odd by supplier, rule and column, told by the newest; remarks and rules on request."""
    found, kicker = release.table("data_finding"), words.text("sources.odd")
    extras = tuple(extra for extra in (_remarks(found, words), _rules(release, words)) if extra is not None)
    if not found.height:
        return Card("odd", kicker, words.text("sources.odd_none"), extras=extras)
    number = words.numbers.number
    suppliers = number(found["supplier"].n_unique())
    finding = words.text("sources.odd_finding", number=number(found.height), suppliers=suppliers)
    return Card(
        key="odd",
        kicker=kicker,
        finding=finding if found.height > 1 else words.text("sources.odd_finding_one"),
        table=_by_rule(found, words),
        note=words.text("sources.odd_note"),
        extras=extras,
    )


def usability_card(release: Release, words: Wording) -> Card:
    """Returns for how many providers each result can be used; why not, by provider, on request."""
    table, kicker = release.table("usability"), words.text("sources.usability")
    if not table.height:
        return Card("usability", kicker, words.text("sources.usability_none"))
    number = words.numbers.number
    counts = {kind: number(table.filter(pl.col("usability") == kind).height) for kind in _KINDS}
    finding = words.text(
        "sources.usability_finding",
        number=number(table.height),
        usable=counts["usable"],
        care=counts["with_care"],
        not_usable=counts["not_usable"],
    )
    return Card(
        key="usability",
        kicker=kicker,
        finding=finding,
        table=_by_result(table, words),
        extras=_reasons(release, table, words),
    )


def _by_rule(found: pl.DataFrame, words: Wording) -> Table:
    message = f"message_{words.language}"
    told = (
        found.sort("period", maintain_order=True)
        .group_by("supplier", "dataset", "rule", "column", maintain_order=True)
        .agg(pl.len().alias("times"), pl.col(message).last())
        .sort("supplier", "dataset", "rule", "column")
    )
    body = tuple(
        cells(
            row["supplier"],
            words.known("datasets", row["dataset"]),
            row["column"] or "",
            words.numbers.number(row["times"]),
            row[message] or "",
        )
        for row in told.to_dicts()
    )
    titles = (words.text(f"sources.{key}") for key in ("supplier", "dataset", "column", "times", "what"))
    return Table(words.text("sources.odd_table"), headings(titles, numbers=(3,)), body)


def _remarks(found: pl.DataFrame, words: Wording) -> Extra | None:
    if not found.height:
        return None
    shown = found.head(SHOWN_FINDINGS)
    label = words.text("sources.odd_all", number=words.numbers.number(shown.height))
    body = tuple(
        cells(
            row["supplier"],
            row["file"] or "",
            words.numbers.period(row["period"]) if row["period"] else "",
            row["rows"] or "",
            row[f"message_{words.language}"] or "",
        )
        for row in shown.to_dicts()
    )
    titles = (words.text(f"sources.{key}") for key in ("supplier", "file", "period", "row", "what"))
    return Extra(label, table=Table(label, headings(titles), body))


def _rules(release: Release, words: Wording) -> Extra | None:
    """Returns from where on each rule speaks, with the reason and what that is worth as evidence."""
    rules = release.table("data_rule").filter(pl.col("threshold").is_not_null())
    if not rules.height:
        return None
    label = words.text("sources.odd_rules")
    body = tuple(
        (
            *cells(row[f"description_{words.language}"], words.numbers.exact(row["value"])),
            TableCell(row[f"reason_{words.language}"] or ""),
            TableCell(words.known("confidence", row["mark"]), "warning" if row["mark"] == "assumption" else "plain"),
        )
        for row in rules.to_dicts()
    )
    titles = (words.text(f"sources.{key}") for key in ("speaks", "threshold", "why", "mark"))
    return Extra(label, table=Table(label, headings(titles, numbers=(1,)), body))


def _by_result(table: pl.DataFrame, words: Wording) -> Table:
    title = f"title_{words.language}"
    counted = table.group_by("result", maintain_order=True).agg(
        pl.col(title).first(), *((pl.col("usability") == kind).sum().alias(kind) for kind in _KINDS)
    )
    body = tuple(
        (
            TableCell(row[title] or row["result"]),
            *(TableCell(words.numbers.number(row[kind]), _TONES[kind] if row[kind] else "plain") for kind in _KINDS),
        )
        for row in counted.to_dicts()
    )
    titles = (words.text("sources.result"), *(words.text(f"usability.{kind}") for kind in _KINDS))
    return Table(words.text("sources.usability_table"), headings(titles, numbers=(1, 2, 3)), body)


def _reasons(release: Release, table: pl.DataFrame, words: Wording) -> tuple[Extra, ...]:
    """Returns why results cannot be used as they are, what is worst first."""
    spoiled = table.filter(pl.col("usability") != "usable").sort("usability", maintain_order=True).head(SHOWN_REASONS)
    if not spoiled.height:
        return ()
    names = dict(release.parties.select("party", "name").iter_rows())
    label = words.text("sources.usability_all", number=words.numbers.number(spoiled.height))
    body = tuple(
        (
            TableCell(names.get(row["provider_id"]) or row["provider_id"]),
            TableCell(row[f"title_{words.language}"] or row["result"]),
            TableCell(words.text(f"usability.{row['usability']}"), _TONES.get(row["usability"], "plain")),
            TableCell(row[f"because_{words.language}"] or ""),
        )
        for row in spoiled.to_dicts()
    )
    titles = (words.text(f"sources.{key}") for key in ("provider", "result", "status", "because"))
    return (Extra(label, table=Table(label, headings(titles), body)),)
