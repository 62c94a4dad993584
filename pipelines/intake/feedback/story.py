"""What a report on one delivery says, before it is a page or a workbook: read back from the log and quarantine.

Everything in it is kept in files, so that the report can be written again when the region as a whole shows something
odd about a delivery: same inputs, same report.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from dashboards.words.wording import wording
from data_contracts.contract import DATASETS, load_contract
from data_contracts.text import Language, Text
from data_contracts.usability import load_usability
from pipelines.intake.log import Record
from pipelines.reading.formats.raw import REJECTION_SCHEMA, ROW_NUMBER, Note

REASONS_FILE, REJECTED_FILE, FINDINGS_FILE = "reasons.parquet", "rejected.parquet", "findings.parquet"
LANGUAGES: tuple[Language, Language] = ("nl", "en")


@dataclass(frozen=True)
class Oddity:
    """Something odd about accepted rows: what, where, in which rows, and which results suffer."""

    rule: str
    column: str | None
    count: int
    rows: str
    message: Text
    results: tuple[str, ...]


@dataclass(frozen=True)
class Suffers:
    """One result that suffers, and the columns that spoil it."""

    title: Text
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """One delivery's report.

    Attributes:
        record: what became of the delivery.
        reasons: one row a reason, as `REJECTION_SCHEMA`, of rows only.
        refused_rows: the refused rows as delivered, with `row_number`.
        beside_others: what shows only beside other deliveries, as `pipelines.intake.findings.FINDING_SCHEMA`.
    """

    record: Record
    reasons: pl.DataFrame
    refused_rows: pl.DataFrame
    beside_others: pl.DataFrame

    @classmethod
    def read(cls, folder: Path, record: Record, *, beside_others: pl.DataFrame | None = None) -> "Story":
        """Returns the story of a delivery from its quarantine folder."""
        told = _frame(folder / FINDINGS_FILE, pl.DataFrame()) if beside_others is None else beside_others
        reasons = _frame(folder / REASONS_FILE, pl.DataFrame(schema=REJECTION_SCHEMA))
        return cls(
            record=record,
            reasons=reasons.filter(pl.col(ROW_NUMBER).is_not_null()),
            refused_rows=_frame(folder / REJECTED_FILE, pl.DataFrame(schema={ROW_NUMBER: pl.Int64})),
            beside_others=told,
        )

    @property
    def notes(self) -> list[Note]:
        """Returns what was restored, left out, ignored or assumed."""
        return [note for note in self.record.remarks if not note.odd]

    @cached_property
    def oddities(self) -> list[Oddity]:
        """Returns what is odd about accepted rows: of the delivery by itself, then beside others."""
        own = [self._of_note(note) for note in self.record.remarks if note.odd]
        return [*own, *(_of_finding(row) for row in self.beside_others.iter_rows(named=True))]

    @cached_property
    def suffering(self) -> list[Suffers]:
        """Returns the results that suffer from what is odd, missing or refused, each with the columns that spoil it."""
        spoiled: dict[str, list[str]] = {}
        for result, column in [*self._spoiled_by_oddities(), *self._spoiled_by_refusals()]:
            columns = spoiled.setdefault(result, [])
            if column not in columns:
                columns.append(column)
        titles = {result.name: result.title for result in load_usability().results}
        return [Suffers(titles[name], tuple(columns)) for name, columns in spoiled.items() if name in titles]

    @property
    def grade(self) -> str:
        """Returns the grade: the delivery's own, and B where only the region shows something odd."""
        return "B" if self.record.grade == "A" and self.beside_others.height else self.record.grade

    @property
    def correction(self) -> str:
        """Returns the name under which corrected rows are sent back, without what follows the point."""
        return correction_name(self.record.dataset, self.record.short_hash)

    def heading_of(self, column: str | None) -> str | None:
        """Returns the heading under which a contract's column was delivered, if it was."""
        if column is None or self.record.dataset not in DATASETS:
            return None
        contract = load_contract(self.record.dataset)
        for name in self.refused_rows.columns:
            meant = contract.for_heading(name)
            if meant is not None and meant.name == column:
                return name
        return None

    def _of_note(self, note: Note) -> Oddity:
        contract = load_contract(self.record.dataset)
        results = contract.spoiled_by(column=note.column, rule=note.rule)
        return Oddity(note.rule, note.column, note.count, ", ".join(map(str, note.rows)), note.text, results)

    def _spoiled_by_oddities(self) -> list[tuple[str, str]]:
        return [(result, odd.column or self.record.dataset) for odd in self.oddities for result in odd.results]

    def _spoiled_by_refusals(self) -> list[tuple[str, str]]:
        """Returns the results that need a column for which rows, or the whole file, were refused."""
        if self.record.dataset not in DATASETS or not self.record.rejected:
            return []
        contract = load_contract(self.record.dataset)
        whole = not self.record.counts or self.reasons["column"].null_count()
        columns = [c.name for c in contract.columns] if whole else self.reasons["column"].unique().sort().to_list()
        return [(result, column) for column in columns for result in contract.spoiled_by(column=column)]


def correction_name(dataset: str, short_hash: str) -> str:
    """Returns the name of a file that holds corrected rows of an earlier delivery."""
    return f"{dataset}-correction-{short_hash}"


def rule_name(rule: str, language: Language) -> str:
    """Returns what a rule is called for people; its own name where it has no other."""
    return wording(language).known("rules", rule)


def _frame(path: Path, otherwise: pl.DataFrame) -> pl.DataFrame:
    return pl.read_parquet(path, glob=False) if path.is_file() else otherwise


def _of_finding(row: dict[str, object]) -> Oddity:
    results = tuple(str(row["results"]).split(", ")) if row["results"] else ()
    return Oddity(
        rule=str(row["rule"]),
        column=str(row["column"]) if row["column"] else None,
        count=int(str(row["count"])),
        rows=str(row["rows"] or ""),
        message=Text(en=str(row["message_en"]), nl=str(row["message_nl"])),
        results=results,
    )
