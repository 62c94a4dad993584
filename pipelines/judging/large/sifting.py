"""The judgement of a large file: plain rows by SQL, the others some at a time by the judge of all files.

The outcome is that of the same rows in a small file. What decides about a row beyond its own cells is looked up in the
whole file first: which decimal sign its numbers show, which keys occur twice, whether it holds personal numbers (asked
of rows from all over the file).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

import duckdb
import polars as pl

from data_contracts.connections import NO_REPLACEMENTS
from data_contracts.contract import DataContract
from data_contracts.text import Text
from pipelines.judging.aside import Elsewhere, second_table, total_of
from pipelines.judging.columns_meant import Matched, match_columns
from pipelines.judging.from_contract.ddl import literal, quoted
from pipelines.judging.from_contract.keys import repeated_hashes
from pipelines.judging.from_contract.storage import STORAGE
from pipelines.judging.judgement import HIDDEN, Rest, fit_to_judge, validate
from pipelines.judging.large.plain import PlainCell, accepted_at_sight, beyond_thousands, cells, shows_a_sign
from pipelines.judging.large.staging import Staged, stage_csv, stage_parquet
from pipelines.judging.verdict import Refusal, Register, Stored, Validated, no_rows, refused
from pipelines.reading.conversion import NUMERIC, SIGNS, Beyond, Sign, convert_columns, shown_in
from pipelines.reading.formats.headings import Known
from pipelines.reading.formats.parquet import damaged
from pipelines.reading.formats.raw import ROW_NUMBER, Note, RawTable, added_up
from pipelines.workspace.headway import tell

MEMORY_LIMIT = "1500MB"
"""What DuckDB may hold; beyond that it spills to disk."""
ROWS_AT_A_TIME = 250_000
MOST_OF_ONE_KEY = 250_000
"""In a large file: rows of one key are compared with each other."""
SAMPLED_ROWS = 100_000
REFUSALS_TOLD = 100_000
"""Refused rows that a report can tell of; where there are more, all of them are kept in files of their own."""

ACCEPTED, REASONS, REFUSED = "accepted-{}.parquet", "reasons-{}.parquet", "refused-{}.parquet"

_LAKE_FORMAT = (
    "FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 2000, "
    "WRITE_BLOOM_FILTER false"
)
"""Written a quarter faster than without the last three: no dictionary is begun of columns that hardly repeat."""

_ONE_AT_A_TIME = Lock()


@dataclass(frozen=True)
class Order:
    """What is asked: the contract, the register, the period of the folder, and what to write beside every row."""

    contract: DataContract
    register: Register
    period: str | None
    provenance: Mapping[str, str]


def judge(path: Path, kind: str, *, order: Order, known: Known, folder: Path) -> Validated:
    """Returns a large file held against its contract; its accepted rows lie in a file in a folder.

    Args:
        path: the file.
        kind: `csv` or `parquet`.
        order: what it is held against.
        known: returns the column that a heading means, or None.
        folder: where files may be written; what is not returned can be removed afterwards.

    Raises:
        Unreadable: the file is no table.
    """
    order = replace(order, contract=order.contract.of_country(order.register.country))
    with _ONE_AT_A_TIME, _database(folder) as connection:
        try:
            staged = _staged(path, kind, known=known, folder=folder)
            return _Judge(connection, staged, order, folder).outcome()
        except (duckdb.InvalidInputException, duckdb.IOException, duckdb.ConversionException) as fault:
            if kind == "parquet":
                raise damaged() from fault
            raise


@contextmanager
def _database(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(folder),
        "preserve_insertion_order": False,
    }
    with duckdb.connect(str(folder / "judging.duckdb"), config=settings) as connection:
        connection.execute(NO_REPLACEMENTS)
        yield connection


def _staged(path: Path, kind: str, *, known: Known, folder: Path) -> Staged:
    if kind == "parquet":
        return stage_parquet(path, folder=folder)
    return stage_csv(path, folder=folder, known=known, told=lambda rows: tell("ingest", f"{rows:,} rows laid out"))


@dataclass(frozen=True)
class _Judge:
    """One large file on its way through the checks."""

    connection: duckdb.DuckDBPyConnection
    staged: Staged
    order: Order
    folder: Path

    def outcome(self) -> Validated:
        """Returns what becomes of the file."""
        sample = self._sample()
        matched = fit_to_judge(
            sample, self.order.contract, values=lambda name: self.staged.values(self.connection, name)
        )
        if isinstance(matched, Refusal):
            return self._refused(matched)
        self._set_others_apart(self._look(matched), matched)
        rest = self._rest(matched)
        parts = self._parted(matched, rest.beyond)
        if isinstance(parts, Refusal):
            return self._refused(parts)
        gathered = _Gathered(self.folder)
        for number in range(parts):
            found = self._judged(self._rows_of(f"part = {number}"), rest=rest)
            if found.refusal is not None:
                return self._refused(found.refusal)
            gathered.add(found, said_of_file=matched.notes)
        return self._finished(gathered, matched)

    def _refused(self, refusal: Refusal) -> Validated:
        table, rows = self.staged.table, self.staged.rows + self.staged.unlaid_rows
        return refused(self.order.contract, refusal, rows=rows, notes=table.notes, file_format=table.format)

    def _judged(self, raw: RawTable, *, rest: Rest) -> Validated:
        order = self.order
        return validate(raw, order.contract, register=order.register, period=order.period, rest=rest)

    def _sample(self) -> RawTable:
        """Returns rows from all over the file."""
        step = max(1, self.staged.rows // SAMPLED_ROWS)
        rows = self.staged.rows_where(self.connection, f"{ROW_NUMBER} % {step} = 0 OR {ROW_NUMBER} <= {step}")
        return replace(rows, refused=self.staged.unlaid)

    def _look(self, matched: Matched) -> list[PlainCell]:
        """Creates the views `given`, with the cells as delivered, and `looked`, with their values where they are plain.

        Each has the whole row as delivered beside it, in one column, so that its names and the contract's do not clash.
        """
        types = self.staged.types(self.connection)
        named = [f"{quoted(self.staged.names[heading])} AS {quoted(name)}" for name, heading in matched.source.items()]
        delivered = ", ".join(f"{quoted(name)} := {quoted(name)}" for name in self.staged.names.values())
        packed = f"struct_pack({delivered}) AS packed"
        self._run(f"CREATE VIEW given AS SELECT {', '.join(named)}, {ROW_NUMBER}, {packed} FROM {self.staged.source}")
        kinds = {column: types[heading] for column, heading in matched.source.items()}
        columns = cells(self.order.contract, kinds)
        values = [f"{cell.value} AS {quoted(cell.column.name)}" for cell in columns]
        plain = [f"{cell.plain} AS p{number}" for number, cell in enumerate(columns)]
        self._run(f"CREATE VIEW valued AS SELECT {', '.join(values)}, {ROW_NUMBER} FROM given")
        self._run(f"CREATE VIEW looked AS SELECT {', '.join([*values, *plain])}, {ROW_NUMBER}, packed FROM given")
        return columns

    def _set_others_apart(self, columns: Sequence[PlainCell], matched: Matched) -> None:
        """Fills the table `other` with the rows that are not accepted at sight, as delivered.

        Every condition is asked of its own columns first, which takes a fifth of the time of asking all of every row:
        DuckDB then looks at each different value once. Only those that some row breaks are asked of every row. Of
        values that are still text, rules are asked together: converting them takes longer than looking at them.
        """
        order = self.order
        sight = accepted_at_sight(order.contract, order.register, period=order.period)
        odd = [f"p{number}" for number, cell in enumerate(columns) if self._broken("given", [cell.plain])]
        if self.staged.is_text:
            odd += self._broken("valued", sight)
        else:
            odd += [condition for condition in sight if self._broken("valued", [condition])]
        odd += self._in_doubt(columns, matched)
        chosen = " OR ".join(f"({condition}) IS NOT TRUE" for condition in odd) or "FALSE"
        self._run(f"CREATE TABLE other AS SELECT {ROW_NUMBER}, packed FROM looked WHERE {chosen}")

    def _in_doubt(self, columns: Sequence[PlainCell], matched: Matched) -> list[str]:
        """Returns the conditions under which no stored number is put in doubt by a text beside it."""
        delivered = self.staged.types(self.connection)
        types = {column: delivered[heading] for column, heading in matched.source.items()}
        if not any(self._number(f"SELECT count(*) FROM given WHERE {c}") for c in shows_a_sign(columns, types)):
            return []
        return list(beyond_thousands(columns, types))

    def _broken(self, view: str, conditions: Sequence[str]) -> list[str]:
        """Returns the conditions that some row does not meet, asked in one go."""
        if len(conditions) == 1:  # asked by itself, for DuckDB to answer it by different values, or by statistics
            return [c for c in conditions if self._number(f"SELECT count(*) FROM {view} WHERE {c}") < self.staged.rows]
        counts = ", ".join(f"count_if({condition})" for condition in conditions)
        (found,) = self.connection.execute(f"SELECT {counts} FROM {view}").fetchall()
        return [condition for condition, rows in zip(conditions, found, strict=True) if rows < self.staged.rows]

    def _rows_of(self, condition: str, *, table: str = "parted") -> RawTable:
        """Returns rows that are not accepted at sight, as a reader returns them."""
        source = f"(SELECT unnest(packed), {ROW_NUMBER} FROM {table} WHERE {condition})"
        return replace(self.staged, source=source).rows_where(self.connection, "TRUE")

    def _windows(self) -> Iterator[RawTable]:
        """Yields all rows of the table `other`, some at a time."""
        rows = self._number("SELECT count(*) FROM other")
        for start in range(0, rows, ROWS_AT_A_TIME):
            yield self._rows_of(f"rowid BETWEEN {start} AND {start + ROWS_AT_A_TIME - 1}", table="other")

    def _rest(self, matched: Matched) -> Rest:
        """Returns what the whole file shows; from a second table on no row is accepted at sight."""
        contract = self.order.contract
        first = [second_table(raw, contract, matched.source) for raw in self._windows()]
        start = min((row for row in first if row is not None), default=None)
        if start is not None:
            self._run(
                f"INSERT INTO other SELECT {ROW_NUMBER}, packed FROM looked WHERE {ROW_NUMBER} >= {start} "
                f"AND {ROW_NUMBER} NOT IN (SELECT {ROW_NUMBER} FROM other)"
            )
        return Rest(self._shown(matched), Elsewhere(self._totalled(matched), start))

    def _totalled(self, matched: Matched) -> dict[str, frozenset[str]]:
        """Returns the keys of the file that a row which says it is a total names, by column."""
        found = {}
        for column in matched.columns:
            if column.key and column.kind in {"text", "period"}:
                named = {value for raw in self._windows() for value in _totals_named(raw, matched.source[column.name])}
                values = ", ".join(literal(value) for value in sorted(named))
                key = f"regexp_replace(ltrim(lower(trim({quoted(column.name)}::VARCHAR)), '0'), '\\.0$', '')"
                query = f"SELECT DISTINCT {key} FROM given WHERE {key} IN ({values})"
                rows = self.connection.execute(query).fetchall() if named else []
                found[column.name] = frozenset(str(value) for (value,) in rows)
        return found

    def _shown(self, matched: Matched) -> Beyond:
        """Returns what the whole file shows that rows are converted by."""
        shown = self._shown_by_plain_rows(matched)
        for raw in self._windows():
            text, stored = _as_matched(raw, self.order.contract)
            shown = shown.and_of(shown_in(text, matched.columns, stored_numbers=stored))
        return shown

    def _shown_by_plain_rows(self, matched: Matched) -> Beyond:
        texts = {name for name, kind in self.staged.types(self.connection).items() if kind == "VARCHAR"}
        signs: dict[str, frozenset[Sign]] = {}
        others = []
        for column in matched.columns:
            name, heading = quoted(column.name), matched.source[column.name]
            if column.kind in NUMERIC and heading in texts:
                signs[column.name] = frozenset(sign for sign in SIGNS if self._any_plain(f"contains({name}, '{sign}')"))
            elif column.kind == "text" and self._any_plain(f"{name} IS NOT NULL"):
                others.append(column.name)
        return Beyond(signs, frozenset(others))

    def _any_plain(self, condition: str) -> bool:
        """Returns whether a row that is accepted at sight meets a condition on its cells as delivered."""
        plain = f"{ROW_NUMBER} NOT IN (SELECT {ROW_NUMBER} FROM other)"
        return self._number(f"SELECT count(*) FROM (SELECT 1 FROM given WHERE {condition} AND {plain} LIMIT 1)") > 0

    def _parted(self, matched: Matched, beyond: Beyond) -> int | Refusal:
        """Fills the table `parted` with `other` and all rows that share a key with another; returns how many parts.

        Rows with one key are in one part: a file in which one key has more rows than a part may have is refused.
        """
        keys = [column for column in matched.columns if column.key]
        names = ", ".join(quoted(column.name) for column in keys)
        types = ", ".join(f"{quoted(column.name)} {STORAGE[column.kind].duckdb}" for column in keys)
        self._run(f"CREATE TABLE other_key ({types}, {ROW_NUMBER} BIGINT)")
        for raw in self._windows():
            text, stored = _as_matched(raw, self.order.contract)
            made = convert_columns(text, tuple(keys), stored_numbers=stored, beyond=beyond)
            self._insert("other_key", pl.DataFrame([made[c.name].values.alias(c.name) for c in keys]), raw)
        hashed = f"{ROW_NUMBER}, hash({names}) AS key"
        others = f"SELECT {hashed} FROM other_key"
        self._run(
            f"CREATE TABLE keyed AS SELECT {ROW_NUMBER}, key, packed FROM other JOIN ({others}) USING ({ROW_NUMBER})"
        )
        at_sight = f"ANTI JOIN other USING ({ROW_NUMBER})"
        every = f"SELECT key FROM (SELECT {hashed} FROM valued {at_sight}) UNION ALL SELECT key FROM ({others})"
        twice = repeated_hashes(self.connection, every, rows=self.staged.rows)
        if twice.height:
            self.connection.register("twice", twice)
            repeated = f"SELECT count(*) AS n FROM ({every}) SEMI JOIN twice USING (key) GROUP BY key"
            most = self._number(f"SELECT max(n) FROM ({repeated})")
            if most > MOST_OF_ONE_KEY:
                return _one_key(most)
            twins = f"SELECT {hashed}, packed FROM looked {at_sight}"
            self._run(f"INSERT INTO keyed SELECT * FROM ({twins}) SEMI JOIN twice USING (key)")
            self.connection.unregister("twice")
        parts = -(-self._number("SELECT count(*) FROM keyed") // ROWS_AT_A_TIME)
        self._run(f"CREATE TABLE parted AS SELECT *, key % {max(parts, 1)} AS part FROM keyed ORDER BY part")
        return parts

    def _insert(self, table: str, frame: pl.DataFrame, raw: RawTable) -> None:
        self.connection.register("incoming", frame.with_columns(raw.frame[ROW_NUMBER]))
        self._run(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
        self.connection.unregister("incoming")

    def _finished(self, gathered: "_Gathered", matched: Matched) -> Validated:
        """Writes the accepted rows to one file and puts everything together."""
        contract, staged = self.order.contract, self.staged
        accepted = self.folder / "accepted.parquet"
        rows = self._write_accepted(gathered, accepted)
        periods = self._periods(accepted) if contract.has_period and rows else ()
        unlaid = staged.unlaid if contract.is_published else staged.unlaid.with_columns(value=pl.lit(HIDDEN))
        return Validated(
            dataset=contract.dataset,
            rows=staged.rows + staged.unlaid_rows,
            accepted=no_rows(contract),
            rejections=pl.concat([unlaid, *gathered.rejections]).sort(ROW_NUMBER, maintain_order=True),
            refused_rows=gathered.told_rows(staged.table),
            notes=(*staged.table.notes, *matched.notes, *added_up(gathered.notes), *self._not_told(gathered)),
            warnings=gathered.warnings,
            warned_rows=gathered.warned_rows,
            format=staged.table.format,
            stored=Stored(accepted, rows, periods, *gathered.all_refused(self.connection)),
        )

    def _not_told(self, gathered: "_Gathered") -> tuple[Note, ...]:
        missing = gathered.refused - gathered.told + self.staged.unlaid_rows - self.staged.unlaid.height
        if missing <= 0:
            return ()
        text = Text(
            en=f"Refused rows that this report does not list, because there are so many: {missing}.",
            nl=f"Geweigerde rijen die dit verslag niet noemt, omdat het er zo veel zijn: {missing}.",
        )
        return (Note(rule="refusals_not_listed", count=missing, text=text),)

    def _write_accepted(self, gathered: "_Gathered", target: Path) -> int:
        """Writes the plain rows, and those that were judged and accepted; returns how many."""
        columns = ", ".join(quoted(column.name) for column in self.order.contract.columns)
        plain = f"SELECT {columns}, {ROW_NUMBER} FROM valued ANTI JOIN parted USING ({ROW_NUMBER})"
        judged = f"SELECT * FROM read_parquet({literal(self.folder / ACCEPTED.format('*'))})"
        union = f"{plain} UNION ALL BY NAME {judged}" if gathered.parts else plain
        about = "".join(f", {literal(value)} AS {quoted(name)}" for name, value in self.order.provenance.items())
        written = self.connection.execute(
            f"COPY (SELECT *{about} FROM ({union})) TO {literal(target)} ({_LAKE_FORMAT})"
        ).fetchone()
        return int(written[0]) if written else 0

    def _periods(self, accepted: Path) -> tuple[str, ...]:
        query = f"SELECT DISTINCT period FROM read_parquet({literal(accepted)}) ORDER BY period"
        return tuple(period for (period,) in self.connection.execute(query).fetchall())

    def _run(self, statement: str) -> None:
        self.connection.execute(statement)

    def _number(self, query: str) -> int:
        found = self.connection.execute(query).fetchone()
        return int(found[0]) if found else 0


def _one_key(rows: int) -> Refusal:
    """Returns the refusal of a file in which one key stands in very many rows."""
    return Refusal(
        "one_key_repeated",
        Text(
            en=f"One key stands in {rows} rows of this file; expected a key of its own for every row, {ROWS_AT_A_TIME} "
            "at most for one. The file is no table of this dataset, or a query made every row many times. Send it "
            "again with every row once.",
            nl=f"Eén sleutel staat in {rows} rijen van dit bestand; verwacht: elke rij een eigen sleutel, hooguit "
            f"{ROWS_AT_A_TIME} voor één. Het bestand is geen tabel van deze dataset, of een query heeft elke rij vaak "
            "gemaakt. Stuur het opnieuw met elke rij één keer.",
        ),
    )


class _Gathered:
    """What was found of the rows that were judged some at a time; what is accepted or refused lies in files."""

    def __init__(self, folder: Path) -> None:
        """Starts with nothing."""
        self._folder = folder
        self.parts = self.refused = self.told = self.warned_rows = 0
        self.rejections: list[pl.DataFrame] = []
        self._refused_rows: list[pl.DataFrame] = []
        self.notes: list[Note] = []
        self._warnings: list[Note] = []

    def add(self, found: Validated, *, said_of_file: tuple[Note, ...]) -> None:
        """Adds what was found of some rows."""
        number = f"{self.parts:06}"
        found.accepted.write_parquet(self._folder / ACCEPTED.format(number), compression="lz4")
        found.rejections.write_parquet(self._folder / REASONS.format(number))
        found.refused_rows.write_parquet(self._folder / REFUSED.format(number))
        self._tell(found)
        self.notes += [note for note in found.notes if note not in said_of_file]
        self._warnings += found.warnings
        self.parts, self.warned_rows = self.parts + 1, self.warned_rows + found.warned_rows

    def _tell(self, found: Validated) -> None:
        """Keeps refused rows that a report can tell of, up to as many as it should."""
        rows = found.refused_rows.head(REFUSALS_TOLD - self.told)
        self.rejections.append(found.rejections.filter(pl.col(ROW_NUMBER).is_in(rows[ROW_NUMBER].implode())))
        self._refused_rows.append(rows)
        self.refused, self.told = self.refused + found.refused_rows.height, self.told + rows.height

    @property
    def warnings(self) -> tuple[Note, ...]:
        """Returns the warnings, in the order in which rules stand in the contract."""
        return added_up(self._warnings)

    def told_rows(self, table: RawTable) -> pl.DataFrame:
        """Returns the refused rows that a report tells of, as delivered."""
        nothing = table.frame.select(*(pl.col(name).cast(pl.String) for name in table.columns), pl.col(ROW_NUMBER))
        return pl.concat([nothing.clear(), *self._refused_rows]).sort(ROW_NUMBER)

    def all_refused(self, connection: duckdb.DuckDBPyConnection) -> tuple[Path | None, Path | None]:
        """Returns files of all refused rows and their reasons, if a report does not tell of all."""
        if self.refused == self.told:
            return None, None
        paths = self._folder / "every_reason.parquet", self._folder / "every_refused_row.parquet"
        for pattern, path in zip((REASONS, REFUSED), paths, strict=True):
            source = f"SELECT * FROM read_parquet({literal(self._folder / pattern.format('*'))}) ORDER BY {ROW_NUMBER}"
            connection.execute(f"COPY ({source}) TO {literal(path)} (FORMAT parquet, COMPRESSION zstd)")
        return paths


def _totals_named(raw: RawTable, column: str) -> list[str]:
    """Returns what the cells of a column say they are the total of."""
    return [str(value) for value in total_of(raw.frame[column]).drop_nulls().unique() if value]


def _as_matched(raw: RawTable, contract: DataContract) -> tuple[pl.DataFrame, Mapping[str, pl.Series]]:
    """Returns cells under the contract's names, and which of them the file stores as numbers."""
    matched = match_columns(raw, contract)
    assert isinstance(matched, Matched)  # the whole file was found fit to judge
    stored = {n: raw.stored_numbers[heading] for n, heading in matched.source.items() if heading in raw.stored_numbers}
    return matched.text, stored
