"""Questions in other people's SQL, answered from releases behind a locked door.

The release is attached read-only to a database of its own, then everything outside is shut off and the settings are
locked: no file but the attached releases can be read, none written, no extension loaded. Only statements that read are
run, within a limit of time, memory and threads.
"""

import re
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb
import polars as pl

from data_contracts.connections import NO_REPLACEMENTS
from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.judging.from_contract.ddl import literal, quoted
from pipelines.release.releases import DATABASE

NAME = "care_transfer"
"""What the release is called in SQL; its tables need no name before them."""

SECONDS = 60.0
"""How long a question may take, unless the asker gives another limit."""

_MEMORY, _THREADS = "4GB", 2
_EXPLAIN = re.compile(r"(?i)^EXPLAIN(\s+ANALYZE)?(\s*\([^)]*\))?\s*")
_AFTER_FROM = re.compile(r'(?i)\b(?:FROM|JOIN)\s+"?(\w+)')
_READS = Text(
    en="one or more queries in DuckDB's SQL that only read: SELECT, FROM, SHOW, DESCRIBE, SUMMARIZE, PIVOT, EXPLAIN",
    nl="een of meer vragen in SQL van DuckDB die alleen lezen: SELECT, FROM, SHOW, DESCRIBE, SUMMARIZE, PIVOT, EXPLAIN",
)
_CORRECT = Text(
    en="correct it; SHOW TABLES and DESCRIBE <table> tell the names",
    nl="verbeter haar; SHOW TABLES en DESCRIBE <tabel> noemen de namen",
)

Part = Literal["question", "attached", "preparation"]


@dataclass(frozen=True)
class Answer:
    """What one statement gave.

    Attributes:
        frame: the rows.
        meanings: comments of the columns that are those of a table that was asked, by name.
    """

    frame: pl.DataFrame
    meanings: dict[str, str]


def ask(query: str, *, database: Path, others: Sequence[Path] = (), seconds: float = SECONDS) -> list[Answer]:
    """Returns the answers to the statements of a text, in their order.

    Args:
        query: SQL; several statements are divided by `;`.
        database: the release whose tables it asks.
        others: databases of releases that a statement `ATTACH 'PATH' AS name (READ_ONLY)` may name.
        seconds: how long each statement may take.

    Raises:
        Problem: it cannot be understood, does more than read (then nothing of it was run), or takes too long.
    """
    statements = _statements(query)
    parts = [_part(statement) for statement in statements]
    attached = [s.query for s, part in zip(statements, parts, strict=True) if part == "attached"]
    with _told(), _locked(database, attached, others) as connection:
        asked = [s for s, part in zip(statements, parts, strict=True) if part != "attached"]
        answers = [_answered(connection, statement, seconds=seconds) for statement in asked]
    return [answer for answer in answers if answer is not None]


def _statements(query: str) -> list[duckdb.Statement]:
    with _told(), duckdb.connect(config={"enable_external_access": "false"}) as parser:
        parser.execute(NO_REPLACEMENTS)
        statements = parser.extract_statements(query)  # parsing an IMPORT opens files: also behind the lock
    if not statements:
        raise Problem(
            Text(en="no statement", nl="geen opdracht"),
            expected=_READS,
            action=Text(en="ask something, such as: SHOW TABLES", nl="vraag iets, zoals: SHOW TABLES"),
        )
    return statements


def _part(statement: duckdb.Statement) -> Part:
    """Returns what a statement is for.

    Raises:
        Problem: it does more than read.
    """
    kind, text = statement.type.name, statement.query.strip()
    if kind == "SELECT":
        return "question"
    if kind == "ATTACH":
        return "attached"
    if kind == "CREATE" and not text:  # a PIVOT without IN is two statements to the parser and one to a person
        return "preparation"
    if kind == "EXPLAIN" and all(inner.type.name == "SELECT" for inner in _statements(_explained(text))):
        return "question"
    raise Problem(
        Text(
            en=f"a statement that does more than read: {text[:80]}",
            nl=f"een opdracht die meer doet dan lezen: {text[:80]}",
        ),
        expected=_READS,
        action=Text(en="ask without changing", nl="vraag zonder te veranderen"),
    )


def _explained(text: str) -> str:
    """Returns what is explained: EXPLAIN ANALYZE runs it."""
    return _EXPLAIN.sub("", text, count=1)


@contextmanager
def _locked(database: Path, attached: Iterable[str], others: Sequence[Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens a database of its own that sees the releases and nothing else, and can change no setting."""
    with tempfile.TemporaryDirectory(prefix="care-transfer-sql-") as spill, duckdb.connect() as connection:
        connection.execute(NO_REPLACEMENTS)
        connection.execute(f"ATTACH {literal(str(database.resolve()))} AS {NAME} (READ_ONLY)")
        for statement in attached:
            _attach(connection, statement, (database, *others))
        connection.execute(f"USE {NAME}")
        for name, value in _settings(spill).items():
            connection.execute(f"SET {name} = {value}")
        connection.execute("SET lock_configuration = true")
        yield connection


def _settings(spill: str) -> dict[str, str]:
    """Returns what is set before the lock; external access last of all, for it cannot be had again."""
    return {
        "memory_limit": literal(_MEMORY),
        "threads": str(_THREADS),
        "TimeZone": literal("Europe/Amsterdam"),
        "temp_directory": literal(spill),
        "python_enable_replacements": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "enable_external_access": "false",
    }


def _attach(connection: duckdb.DuckDBPyConnection, statement: str, known: Sequence[Path]) -> None:
    """Attaches a release of this workspace under the name that a statement gives it, read-only whatever it says.

    Raises:
        Problem: the path is that of no release here.
    """
    words = statement.strip().rstrip(";").split("'")
    path = Path(words[1]).resolve() if len(words) > 2 else Path()
    release = next((one.resolve() for one in known if path == one.resolve()), None)
    after = words[2].split() if len(words) > 2 else []
    if release is None or len(after) < 2 or after[0].upper() != "AS":
        raise Problem(
            Text(
                en=f"an ATTACH of what is no release here: {statement.strip()[:120]}",
                nl=f"een ATTACH van wat hier geen uitgave is: {statement.strip()[:120]}",
            ),
            expected=Text(
                en=f"ATTACH 'published/releases/<id>/{DATABASE}' AS earlier (READ_ONLY)",
                nl=f"ATTACH 'published/releases/<id>/{DATABASE}' AS eerder (READ_ONLY)",
            ),
            action=Text(en="take an id of: care-transfer releases", nl="neem een id uit: care-transfer releases"),
        )
    name = after[1].split("(")[0].strip('"')
    connection.execute(f"ATTACH {literal(str(release))} AS {quoted(name)} (READ_ONLY)")


def _answered(connection: duckdb.DuckDBPyConnection, statement: duckdb.Statement, *, seconds: float) -> Answer | None:
    """Returns the answer to one statement; None for what only prepares the next."""
    stop = threading.Timer(seconds, connection.interrupt)
    stop.start()
    try:
        frame = connection.execute(statement).pl()
    except duckdb.InterruptException:
        raise Problem(
            Text(
                en=f"a question that was not answered in {seconds:g} seconds",
                nl=f"een vraag die in {seconds:g} seconden niet beantwoord was",
            ),
            expected=Text(en="a question that is", nl="een vraag waarbij dat wel lukt"),
            action=Text(
                en="ask for less, or give it longer: --timeout SECONDS",
                nl="vraag minder, of geef meer tijd: --timeout SECONDEN",
            ),
        ) from None
    finally:
        stop.cancel()
    return Answer(frame, _meanings(connection, statement.query, frame)) if _part(statement) == "question" else None


def _meanings(connection: duckdb.DuckDBPyConnection, query: str, frame: pl.DataFrame) -> dict[str, str]:
    """Returns the comments of the columns of an answer that carry the name of a column of a table that was asked."""
    tables = _tables_asked(connection, query)
    known = connection.execute(
        "SELECT column_name, any_value(comment) FROM duckdb_columns() "
        "WHERE database_name = ? AND list_contains(?, table_name) AND comment IS NOT NULL "
        "GROUP BY column_name HAVING count(DISTINCT comment) = 1",
        [NAME, sorted(tables)],
    ).fetchall()
    return {name: comment for name, comment in known if name in frame.columns}


def _tables_asked(connection: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    """Returns the tables that a query names; where the parser cannot tell, what stands after FROM and JOIN.

    It cannot of SHOW and the like, which name no table, nor of a join with USING, whose columns it does not find.
    """
    try:
        return set(connection.get_table_names(query))
    except duckdb.Error:
        return set(_AFTER_FROM.findall(query))


@contextmanager
def _told() -> Iterator[None]:
    """Tells what DuckDB says of a question in three parts."""
    try:
        yield
    except duckdb.PermissionException as error:
        raise Problem(
            _first_lines(error),
            expected=Text(
                en="a question to the tables of releases: files, the network and settings are shut off here",
                nl="een vraag aan de tabellen van uitgaven: bestanden, netwerk en instellingen zijn hier dicht",
            ),
            action=Text(
                en="ask the tables; to bring data of your own, open the release in a program of your own",
                nl="vraag de tabellen; voor eigen gegevens erbij opent u de uitgave in een programma van uzelf",
            ),
        ) from None
    except duckdb.Error as error:
        raise Problem(_first_lines(error), expected=_READS, action=_CORRECT) from None


def _first_lines(error: duckdb.Error) -> str:
    return str(error).strip()
