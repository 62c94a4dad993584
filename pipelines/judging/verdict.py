"""What validation returns: rows that are accepted, reasons why others are not, and what to tell the supplier."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import polars as pl

from data_contracts.contract import HOME, DataContract
from data_contracts.text import Text
from pipelines.judging.from_contract.storage import polars_schema
from pipelines.judging.grade import Grade, grade
from pipelines.reading.conversion.converted import Misfit
from pipelines.reading.formats.raw import REJECTION_SCHEMA, ROW_NUMBER, Note, Taken

MISSING_COLUMN = "missing_optional_column"
"""The remark on a column that was not delivered although results need it."""


@dataclass(frozen=True)
class Register:
    """What a delivery's rows may refer to.

    Attributes:
        known: identifiers by `dataset.column`; what is absent is not checked.
        own_providers: the providers that the supplier speaks for; none means any.
        of_others: by provider, the supplier of the region that speaks for it, where this supplier is not of the region.
        near: the supplier of the region whose name is nearest to this one's, where it is not of the region.
        refused_providers: by provider, why its own row in the register was refused.
        country: of the region; it decides what codes look like.
    """

    known: Mapping[str, frozenset[str]] = field(default_factory=dict)
    own_providers: frozenset[str] = frozenset()
    of_others: Mapping[str, str] = field(default_factory=dict)
    near: str | None = None
    refused_providers: Mapping[str, Text] = field(default_factory=dict)
    country: str = HOME

    @cached_property
    def fingerprint(self) -> str:
        """Returns a hash that changes with any identifier: rows refused for an unknown one are then read again."""
        digest = hashlib.sha256()
        for reference in sorted(self.known):
            digest.update(f"{reference}:{','.join(sorted(self.known[reference]))};".encode())
        digest.update(self.country.encode() if self.country != HOME else b"")
        return digest.hexdigest()


@dataclass(frozen=True)
class Breach:
    """A rule that rows break, and the column it is about (None: the whole row)."""

    column: str | None
    misfit: Misfit


@dataclass(frozen=True)
class Refusal:
    """Why a file was refused whole."""

    rule: str
    message: Text


@dataclass(frozen=True)
class Stored:
    """Accepted rows that are too many to hold: the file they were written to, how many, and of which periods.

    `reasons` and `refused_rows` are there where the refused rows are too many as well: all of them, in files.
    """

    accepted: Path
    rows: int
    periods: tuple[str, ...]
    reasons: Path | None = None
    refused_rows: Path | None = None


@dataclass(frozen=True)
class Validated:
    """A delivery held against its contract; `accepted` plus rejected is what was delivered, always.

    Attributes:
        dataset: the contract's dataset.
        rows: data rows delivered.
        accepted: the rows that count: the contract's columns, typed, and `row_number`.
        rejections: one row a reason, as `REJECTION_SCHEMA`.
        refused_rows: the refused rows as delivered: the file's own columns as text, and `row_number`.
        refused_keys: of a dataset without periods, the keys of refused rows whose key itself is right.
        notes: what was restored, ignored or assumed.
        warnings: what is odd about accepted rows.
        warned_rows: how many accepted rows carry a warning.
        refusal: why the whole file was refused, if it was; then no row is accepted.
        format: what the file turned out to be.
        taken: what a source mapping took of the file's own rows, if one made these.
        stored: where the accepted rows are, if they are too many to be in `accepted`.
    """

    dataset: str
    rows: int
    accepted: pl.DataFrame
    rejections: pl.DataFrame
    refused_rows: pl.DataFrame
    notes: tuple[Note, ...] = ()
    warnings: tuple[Note, ...] = ()
    warned_rows: int = 0
    refusal: Refusal | None = None
    format: str = ""
    taken: Taken | None = None
    stored: Stored | None = None
    refused_keys: pl.DataFrame = field(default_factory=pl.DataFrame)

    @property
    def accepted_rows(self) -> int:
        """Returns the number of rows that count."""
        return self.stored.rows if self.stored is not None else self.accepted.height

    @property
    def periods(self) -> tuple[str, ...]:
        """Returns the periods of the rows that count, if they have any."""
        if self.stored is not None:
            return self.stored.periods
        return tuple(self.accepted["period"].unique().sort()) if "period" in self.accepted.columns else ()

    @property
    def rejected(self) -> int:
        """Returns the number of rows refused."""
        return self.rows - self.accepted_rows

    @property
    def grade(self) -> Grade:
        """Returns the grade of the delivery by itself; beside other deliveries something may yet look odd."""
        missing = any(note.rule == MISSING_COLUMN for note in self.notes)
        accepted = 0 if self.refusal is not None else self.accepted_rows
        return grade(rows=self.rows, accepted=accepted, odd=bool(self.warnings), column_missing=missing)


def refused_unseen(dataset: str, refusal: Refusal) -> Validated:
    """Returns a file that was refused before it was opened."""
    return _refused(dataset, refusal, accepted=pl.DataFrame(schema={ROW_NUMBER: pl.Int64}))


def refused(
    contract: DataContract, refusal: Refusal, *, rows: int = 0, notes: tuple[Note, ...] = (), file_format: str = ""
) -> Validated:
    """Returns a file refused whole: one rejection without a row, that says why."""
    made = _refused(contract.dataset, refusal, accepted=no_rows(contract))
    return replace(made, rows=rows, notes=notes, format=file_format)


def _refused(dataset: str, refusal: Refusal, *, accepted: pl.DataFrame) -> Validated:
    message = {"message_nl": refusal.message.nl, "message_en": refusal.message.en}
    reason = {ROW_NUMBER: None, "column": None, "value": None, "rule": refusal.rule, **message}
    return Validated(
        dataset=dataset,
        rows=0,
        accepted=accepted,
        rejections=pl.DataFrame([reason], schema=REJECTION_SCHEMA),
        refused_rows=pl.DataFrame(schema={ROW_NUMBER: pl.Int64}),
        refusal=refusal,
    )


def no_rows(contract: DataContract) -> pl.DataFrame:
    """Returns the typed table of a contract without rows, with `row_number`."""
    return pl.DataFrame(schema={**polars_schema(contract), ROW_NUMBER: pl.Int64})
