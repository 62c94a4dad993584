"""The second opinion on accepted rows: Great Expectations, on every delivery before it may be published.

What passes gets a verdict beside the lake, so that it is not asked again. What breaks a rule that refuses is refused
after all, as a whole: the row checks and Great Expectations then disagree, and the cautious one wins. Files are asked
about together, a suite a dataset; only if that finds a breach is each asked about by itself.
"""

import json
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from data_contracts.connections import NO_REPLACEMENTS
from data_contracts.contract import load_contract
from data_contracts.text import Text
from pipelines.intake.log import Record, commit, counting, lake_path
from pipelines.judging.from_contract.ddl import literal
from pipelines.workspace.durable import write_text
from pipelines.workspace.headway import tell
from pipelines.workspace.places import Lake

if TYPE_CHECKING:
    from pipelines.judging.suite import Checked

VERDICTS = "_verdicts"
HELD_ROWS = 1_000_000
"""Up to so many rows are held in memory while they are asked about; more are read from their files every time."""
MEMORY_LIMIT = "1500MB"
"""What DuckDB may hold while it asks; beyond that it spills to disk."""
_SPILL = ".reading-asked-"
RULE = "great_expectations"


@dataclass(frozen=True)
class BrokenRule:
    """One rule that accepted rows break, so that they may not be used."""

    rule: str
    column: str | None
    unexpected: int
    message: str


@dataclass(frozen=True)
class Verdict:
    """What Great Expectations said of one delivery's accepted rows."""

    supplier: str
    period: str
    dataset: str
    file: str
    fingerprint: str
    expectations: int
    breaches: tuple[BrokenRule, ...]

    @property
    def passed(self) -> bool:
        """Whether the rows may be used."""
        return not self.breaches


def vet(lake: Lake, *, periods: Collection[str] | None = None) -> list[Verdict]:
    """Asks about every delivery that counts and has no verdict yet; one that fails is refused from here on.

    Args:
        lake: accepted rows and the log.
        periods: only deliveries of these folders.

    Returns:
        The new verdicts.
    """
    asked = [record for record in counting(lake) if periods is None or record.period in periods]
    unasked = sorted((r for r in asked if verdict_on(lake, r) is None), key=lambda record: record.dataset)
    groups = [(dataset, list(group)) for dataset, group in groupby(unasked, key=lambda record: record.dataset)]
    found: list[Verdict] = []
    for number, (dataset, records) in enumerate(groups):
        tell("Asking Great Expectations", dataset, done=number, total=len(groups))
        found += _verdicts(lake, dataset, records)
    tell("Reading deliveries", "noting what came")
    return found


def verdict_on(lake: Lake, record: Record) -> Verdict | None:
    """Returns the verdict on a delivery as it was last read, if it has one."""
    try:
        content = json.loads(_path(lake, record).read_text(encoding="utf-8"))
        verdict = Verdict(**{**content, "breaches": tuple(BrokenRule(**breach) for breach in content["breaches"])})
    except (FileNotFoundError, ValueError, KeyError, TypeError):  # none yet, or damaged: asked again
        return None
    return verdict if verdict.fingerprint == record.fingerprint else None


def _verdicts(lake: Lake, dataset: str, records: list[Record]) -> Iterator[Verdict]:
    """Yields a verdict a delivery, asked together if that finds nothing that blocks, else one by one."""
    together = _ask(lake, dataset, records)
    apart = len(records) > 1 and any(one.blocks for one in together)
    for record in records:
        yield _settle(lake, record, _ask(lake, dataset, [record]) if apart else together)


def _ask(lake: Lake, dataset: str, records: Iterable[Record]) -> "list[Checked]":
    """Returns what every expectation that can refuse finds in the accepted rows of some deliveries."""
    from pipelines.judging.suite import run_suite  # noqa: PLC0415 - Great Expectations takes seconds to import

    asked = list(records)
    files = ", ".join(literal(lake_path(lake, record)) for record in asked)
    kept = "TABLE" if sum(record.accepted for record in asked) <= HELD_ROWS else "VIEW"
    with tempfile.TemporaryDirectory(prefix=_SPILL, dir=lake.folder) as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": folder,
        }
        with duckdb.connect(config=settings) as connection:
            connection.execute(NO_REPLACEMENTS)
            rows = f"SELECT * FROM read_parquet([{files}], union_by_name => true)"
            connection.execute(f"CREATE {kept} accepted AS {rows}")
            return run_suite(connection, load_contract(dataset), table="accepted", warnings=False)


def _settle(lake: Lake, record: Record, checked: "list[Checked]") -> Verdict:
    """Writes the verdict on a delivery; one that fails becomes a refused delivery."""
    breaches = tuple(BrokenRule(one.rule, one.column, one.unexpected, one.message) for one in checked if one.blocks)
    about = {name: getattr(record, name) for name in ("supplier", "period", "dataset", "file", "fingerprint")}
    verdict = Verdict(**about, expectations=len(checked), breaches=breaches)
    if not verdict.passed:
        commit(lake, _refused(record, breaches))
    _write(_path(lake, record), verdict)
    return verdict


def _refused(record: Record, breaches: tuple[BrokenRule, ...]) -> Record:
    """Returns the record of a delivery that was accepted row by row and refused as a whole."""
    broken = ", ".join(f"{breach.rule} ({breach.unexpected})" for breach in breaches)
    message = Text(
        en=f"Found: accepted rows that break {broken}. Expected: none. The file was kept out; report this.",
        nl=f"Gevonden: aanvaarde rijen die in strijd zijn met {broken}. Verwacht: geen. Het bestand telt niet mee; "
        "meld dit.",
    )
    return replace(record, status="refused", accepted=0, rejected=record.rows, rule=RULE, message=message)


def _path(lake: Lake, record: Record) -> Path:
    folder = lake.folder / VERDICTS / record.supplier / record.period / record.dataset
    return folder / f"{record.short_hash}.json"


def _write(path: Path, verdict: Verdict) -> None:
    """Writes a verdict in one step."""
    write_text(path, json.dumps(asdict(verdict), indent=1))
