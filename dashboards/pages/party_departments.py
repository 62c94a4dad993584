"""The boxes on departments and functions of a provider's page: whose work changes, which norms, what hangs on them."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from dashboards.pages.page import Card, PageRef, Table, TableCell, Tone, cells, headings, tone_of
from dashboards.pages.party_told import PartyStory
from dashboards.telling import sentences
from dashboards.telling.departments import STOPS, RegionDepartments, destinations, limit
from dashboards.telling.synopsis import LOSES
from dashboards.words.wording import Wording, capitalised

Row = Mapping[str, Any]
_COLUMNS = ("department", "share", "functions", "now", "before", "after", "value")
_UNREMARKABLE = ("met", "viable", "not_offered")
_NAMED = 4  # so many recipients or functions by name


def departments_card(told: PartyStory) -> Card | None:
    """Returns the provider's departments whose work changes; None where no department of it is known."""
    words, kicker = told.words, told.words.text("departments.kicker")
    found = told.findings.once(RegionDepartments)
    if told.is_payer or not _has_departments(told):
        return None
    if not told.findings.known.departments(told.party):
        share = words.numbers.share(told.findings.known.production_share(told.party))
        return Card("departments", kicker, words.text("rests.production_too_little", share=share))
    rows = found.of(told.party)
    shown = rows.filter(pl.col("touched") | ~pl.col("status").is_in(_UNREMARKABLE))
    rest = rows.height - shown.height
    note = words.count("departments.rest", rest) if rest else ""
    return Card(
        key="departments",
        kicker=kicker,
        finding=_finding(shown, told),
        table=departments_table(shown, told) if shown.height else None,
        note=" ".join(filter(None, [words.text("departments.note"), capitalised(note)])) if shown.height else "",
        points=_steps(told),
    )


def _has_departments(told: PartyStory) -> bool:
    table = told.findings.results.table("threshold")
    return table.filter((pl.col("provider") == told.party) & pl.col("specialism").is_not_null()).height > 0


def _finding(rows: pl.DataFrame, told: PartyStory) -> str:
    words, least = told.words, limit(told.findings)
    said = words.numbers.rate(least) if least else words.numbers.unknown
    losing = rows.filter(pl.col("stance") == LOSES)
    if not rows["priced"].all():
        return words.text("departments.no_price")
    if not losing.height:
        return words.text("departments.none_loses" if rows.height else "departments.none", limit=said)
    first = losing.row(0, named=True)
    share = words.numbers.share(abs(first["share"])) if first["share"] is not None else words.numbers.unknown
    counted = words.count("departments.losing", losing.height, limit=said)
    return capitalised(
        words.text("departments.most", counted=counted, name=first["specialism_name"], share=share, year=first["year"])
    )


def departments_table(rows: pl.DataFrame, told: PartyStory) -> Table:
    """Returns the table of a provider's departments, each with a link to its page over the region."""
    words, base = told.words, told.findings.results.base_year
    titles = (words.text(f"departments.{key}", year=told.year, base=base) for key in _COLUMNS)
    return Table(
        caption=words.text("departments.table", year=told.year),
        headings=headings(titles, numbers=(1, 3, 4, 5, 6)),
        rows=tuple(_row(row, told) for row in rows.to_dicts()),
    )


def _row(row: Row, told: PartyStory) -> tuple[TableCell, ...]:
    words = told.words
    link = None if told.alone else PageRef("department", specialism=row["specialism"])
    return (
        TableCell(capitalised(row["specialism_name"]), link=link),
        share_cell(row, words),
        function_cell(row, told.findings.once(RegionDepartments), words),
        *units_cells(row, words),
        value_cell(row, words),
    )  # fmt: skip


def units_cells(row: Row, words: Wording) -> tuple[TableCell, ...]:
    """Returns a department's care products in the base year, and without and with the agreement in the last."""
    names = ("units_now", "units_before", "units_after")
    return tuple(TableCell(words.numbers.quantity(row[name], digits=4), value=row[name]) for name in names)


def value_cell(row: Row, words: Wording) -> TableCell:
    """Returns the production value behind that share."""
    if row["value_eur"] is None or not row["priced"]:
        return TableCell("–" if row["priced"] else words.numbers.unknown)
    return TableCell(words.numbers.money(row["value_eur"], signed=True), value=row["value_eur"])


def share_cell(row: Row, words: Wording) -> TableCell:
    """Returns which share of its work a department loses or gains, in the year in which that is most."""
    if row["value_eur"] is None or not row["priced"]:
        return TableCell("–" if row["priced"] else words.numbers.unknown)
    share = words.numbers.share(row["share"], signed=True)
    said = words.text("departments.in_year", share=share, year=row["year"])
    return TableCell(said, tone_of(row["value_eur"], stance=row["stance"]), value=row["share"])


def function_cell(row: Row, departments: RegionDepartments, words: Wording) -> TableCell:
    """Returns the functions of a department that are at stake with their state, and its own where it is not sound."""
    own = departments.functions.filter(
        (pl.col("party") == row["party"]) & (pl.col("specialism") == row["specialism"])
    ).to_dicts()
    said = [
        words.text("departments.function", name=found["norm_name"], state=words.text(f"status.{found['status']}"))
        for found in own
    ]
    if row["status"] not in _UNREMARKABLE:
        said.insert(0, words.text(f"status.{row['status']}"))
    ends = any(found["status"] in STOPS for found in own) or row["status"] in {"at_risk", "stopped"}
    return TableCell("; ".join(said) or "–", "bad" if ends else "plain")


def _steps(told: PartyStory) -> tuple[str, ...]:
    """Returns what of a provider's wards, rooms and sessions comes free in whole parts, and from when."""
    words, rows = told.words, told.findings.once(RegionDepartments).steps(told.party)
    if not rows.height:
        return ()
    closing = rows.filter(pl.col("year").is_not_null())
    said = tuple(
        words.text(
            "departments.step", resource=row["resource_name"], year=row["year"],
            steps=words.numbers.quantity(row["steps"]), step=words.numbers.quantity(row["step"], digits=4),
            unit=row["unit"] or "",
        )
        for row in closing.to_dicts()
    )  # fmt: skip
    return said or (words.text("departments.no_step", name=told.name),)


# --- norms, and what depends on a function ----------------------------------------------------------------------------


def norms_card(told: PartyStory) -> Card | None:
    """Returns the norms and departments that are worth a word, and what hangs on each function given up."""
    rows = _thresholds(told)
    if told.is_payer or not rows.height:
        return None
    words = told.words
    return Card(
        key="norms",
        kicker=words.text("norms.kicker"),
        finding=sentences.norms_finding(rows, words),
        note=words.text("norms.other_than_met"),
        table=_norms_table(rows, told),
        points=_depends(told),
    )


def _depends(told: PartyStory) -> tuple[str, ...]:
    """Returns, per function that is given up, whose work it is part of, what else stands on it, and where it goes."""
    words, found = told.words, told.findings.once(RegionDepartments)
    lost = found.functions.filter((pl.col("party") == told.party) & pl.col("status").is_in(STOPS))
    return tuple(_hangs_on(row, told, found, words) for row in lost.to_dicts())


def _hangs_on(row: Row, told: PartyStory, found: RegionDepartments, words: Wording) -> str:
    own = found.of(told.party).filter(pl.col("specialism") == row["specialism"]).to_dicts()
    others = found.functions.filter(
        (pl.col("party") == told.party) & (pl.col("specialism") == row["specialism"]) & (pl.col("norm") != row["norm"])
    )["norm_name"].to_list()
    to = destinations(found, told.party, row["specialism"])
    specialism = words.known("specialisms", row["specialism"])
    parts = [words.text("functions.of", function=capitalised(row["norm_name"]), specialism=specialism)]
    if own and own[0]["share"] is not None:
        share = words.numbers.share(own[0]["share"], signed=True)
        parts.append(words.text("functions.work", share=share, year=own[0]["year"]))
    if others:
        parts.append(words.text("functions.others", names=sentences.listed(others, words, most=_NAMED)))
    if to:
        parts.append(words.text("functions.goes_to", names=sentences.listed(to, words, most=_NAMED)))
    return f"{'; '.join(parts)}."


def _thresholds(told: PartyStory) -> pl.DataFrame:
    """Norms and departments in the last year whose status is worth a row."""
    findings = told.findings
    return (
        findings.results.table("threshold")
        .filter((pl.col("provider") == told.party) & (pl.col("year") == told.year))
        .filter(~pl.col("status").is_in(_UNREMARKABLE))
        .filter(pl.col("norm").is_not_null() | findings.known.departments(told.party))
        .join(
            findings.release.table("volume_norm").select("norm", "name").unique("norm", keep="first"),
            on="norm", how="left",
        )
        .sort("norm", "specialism", nulls_last=True)
    )  # fmt: skip


def _norms_table(rows: pl.DataFrame, told: PartyStory) -> Table:
    words, numbers = told.words, told.words.numbers
    keys = ("what", "status", "chance", "minimum", "before", "after")
    body = tuple(
        (
            TableCell(_threshold_name(row, told)),
            TableCell(words.text(f"status.{row['status']}"), _status_tone(row["status"])),
            TableCell(numbers.probability(row["probability"]) if told.findings.results.draws else ""),
            *cells(
                numbers.quantity(row["minimum_units"]) if row["minimum_units"] is not None else "",
                numbers.quantity(row["units_before"]),
                numbers.quantity(row["units_after"]),
            ),
        )
        for row in rows.to_dicts()
    )
    titles = (words.text(f"norms.{key}") for key in keys)
    return Table(words.text("norms.table", year=told.year), headings(titles, numbers=range(3, 6)), body)


def _threshold_name(row: Row, told: PartyStory) -> str:
    if row["norm"]:
        return capitalised(told.findings.norm_name(row["norm"], row["name"]))
    return told.words.text("norms.department", specialism=told.words.known("specialisms", row["specialism"]))


def _status_tone(status: str) -> Tone:
    tones: dict[str, Tone] = {"breach_caused": "bad", "stopped": "bad", "at_risk": "bad", "breach_resolved": "good"}
    return tones.get(status, "plain")
