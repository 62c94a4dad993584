"""What the lake and the quarantine hold: accepted files that count, refused rows, identifiers to refer to."""

from collections.abc import Collection, Mapping
from pathlib import Path

import polars as pl

from data_contracts.contract import load_contract, load_contracts
from data_contracts.text import Text
from pipelines.intake.feedback import REASONS_FILE, REJECTED_FILE
from pipelines.intake.log import Record, counting, lake_path, quarantine_folder, read_log, superseded_by
from pipelines.judging import PROVIDERS, Register
from pipelines.reading.conversion.categories import convert_text
from pipelines.reading.formats import ROW_NUMBER
from pipelines.workspace.places import Lake

REJECTIONS_SCHEMA: dict[str, type[pl.DataType]] = {
    "supplier": pl.String,
    "period": pl.String,
    "dataset": pl.String,
    "file": pl.String,
    "delivery": pl.String,
    "row": pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "rule": pl.String,
    "message": pl.String,
    "message_nl": pl.String,
    "message_en": pl.String,
}
"""One row a reason why a row was refused; a file refused whole has one without a row. `message` is English."""


def accepted(lake: Lake, dataset: str) -> list[Path]:
    """Returns the lake files of a dataset that count now: accepted, and not superseded.

    Each holds the contract's columns, `row_number` (in the file), `supplier` and `delivery` (the hash).
    """
    return [lake_path(lake, record) for record in counting(lake) if record.dataset == dataset]


def rejections(lake: Lake, *, of: Collection[str] | None = None) -> pl.DataFrame:
    """Returns every refused row with its reason: the columns of `REJECTIONS_SCHEMA`.

    Args:
        lake: where they lie.
        of: hashes of the deliveries to tell; by default all of them.
    """
    told = (record for record in read_log(lake) if of is None or record.hash in of)
    parts = [_rejections(lake, record) for record in told]
    return pl.concat([pl.DataFrame(schema=REJECTIONS_SCHEMA), *parts])


def _rejections(lake: Lake, record: Record) -> pl.DataFrame:
    path = quarantine_folder(lake, record) / REASONS_FILE
    if not path.is_file():
        return pl.DataFrame(schema=REJECTIONS_SCHEMA)
    about = {
        "supplier": record.supplier,
        "period": record.period,
        "dataset": record.dataset,
        "file": record.file,
        "delivery": record.hash,
    }
    reasons = pl.read_parquet(path, glob=False)
    reasons = reasons.with_columns(pl.lit(value).alias(name) for name, value in about.items())
    return reasons.rename({ROW_NUMBER: "row"}).with_columns(message="message_en").select(list(REJECTIONS_SCHEMA))


def report_of(lake: Lake, record: Record) -> Path | None:
    """Returns the report on a delivery to send back to its supplier, if there is something to say."""
    path = quarantine_folder(lake, record) / "report.html"
    return path if path.is_file() else None


def read_register(lake: Lake) -> Register:
    """Returns the identifiers of all accepted reference data; of providers also when there are none yet."""
    columns = [column for contract in load_contracts().values() for column in contract.columns]
    references = {name for column in columns for name in (column.references, column.differs_from) if name}
    files: dict[str, list[Path]] = {}
    for record in counting(lake):
        if (path := lake_path(lake, record)).is_file():  # one found damaged comes back when its delivery is read again
            files.setdefault(record.dataset, []).append(path)
    known = {}
    for reference in sorted(references):
        dataset, column = reference.split(".")
        ids = [pl.read_parquet(path, columns=[column], glob=False)[column] for path in files.get(dataset, [])]
        if ids or reference == PROVIDERS:
            known[reference] = frozenset(pl.concat(ids).drop_nulls().to_list()) if ids else frozenset()
    return Register(known, refused_providers=_refused_providers(lake, known.get(PROVIDERS, frozenset())))


def _refused_providers(lake: Lake, known: frozenset[str]) -> dict[str, Text]:
    """Returns, by provider that is not in the register, why its row there was refused."""
    contract, found = load_contract("providers"), dict[str, Text]()
    log = read_log(lake)
    replaced = superseded_by(log)
    for record in (one for one in log if one not in replaced and one.withdrawn_at is None):
        rows, reasons = (quarantine_folder(lake, record) / name for name in (REJECTED_FILE, REASONS_FILE))
        if record.dataset != contract.dataset or not record.rejected or not (rows.is_file() and reasons.is_file()):
            continue
        refused, why = pl.read_parquet(rows, glob=False), pl.read_parquet(reasons, glob=False)
        named = next((n for n in refused.columns if (c := contract.for_heading(n)) and c.name == "provider_id"), None)
        if named is None:
            continue
        column = contract.column("provider_id")
        ids = convert_text(refused[named].alias(column.name), column).values.alias("_id")
        told = refused.select(ROW_NUMBER).with_columns(ids).join(why, on=ROW_NUMBER)
        for one in told.filter(pl.col("column").is_null() | (pl.col("column") != column.name)).iter_rows(named=True):
            if one["_id"] is not None and one["_id"] not in known:
                found.setdefault(one["_id"], _why(record, one))
    return found


def _why(record: Record, reason: Mapping[str, object]) -> Text:
    """Returns where a row was refused and what was found there; of a rule's own sentence, that."""
    said = (str(reason[name]).partition(". ")[0] for name in ("message_en", "message_nl"))
    en, nl = (first.partition(": ")[2] or first for first in said)
    row = reason[ROW_NUMBER]
    return Text(en=f"{record.file}, row {row}, {en}", nl=f"{record.file}, rij {row}, {nl}")
