"""Sign-offs: a party has seen its own baseline in a release and accepts it. Who, when, which release, and a hash.

The hash is of what the party itself delivered, or others delivered about it, for the base year: when it changes, the
party has signed something else than what is counted with, and the next release says so.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import duckdb
import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from data_contracts.contract import DataContract, published_contracts
from data_contracts.problem import Problem, nearest
from data_contracts.text import Text
from pipelines.judging.from_contract import ddl
from pipelines.release.releases import ReleaseFolder
from pipelines.warehouse.building import reading
from pipelines.workspace.workspace import Workspace

SIGN_OFF_SCHEMA: dict[str, type[pl.DataType] | pl.DataType] = {
    "party": pl.String,
    "release": pl.String,
    "who": pl.String,
    "when": pl.Datetime("us"),
    "hash": pl.String,
    "holds": pl.Boolean,
}
"""One row a sign-off; `when` is UTC, `holds` whether the party's baseline in this release is still what it signed."""

PARTIES = {"provider_id": "provider", "payer_id": "payer"}
"""The columns that name a party, and the register in which it stands."""


class SignOff(BaseModel):
    """One sign-off, as it is kept: a file of its own, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    party: str
    release: str
    who: str
    when: datetime
    hash: str


def sign_off(workspace: Workspace, release: ReleaseFolder, *, party: str, who: str) -> SignOff:
    """Records that a party accepts its own baseline in a release; returns the record.

    Raises:
        Problem: the release knows no such party, or the party has signed this release before.
    """
    with reading(release.database) as connection:
        _require_party(connection, party)
        signed = SignOff(
            party=party,
            release=release.id,
            who=who,
            when=datetime.now(UTC),
            hash=baseline_hash(connection, party, base_year=release.manifest.base_year),
        )
    path = _path(workspace, signed)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(signed.model_dump_json(indent=1))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        before = _read(path)
        raise Problem(
            Text(
                en=f"{party} has signed release {release.id} before, by {before.who} on {before.when:%Y-%m-%d}",
                nl=f"{party} heeft uitgave {release.id} al ondertekend, door {before.who} op {before.when:%Y-%m-%d}",
            ),
            expected=Text(
                en="one signature of a party for a release", nl="één ondertekening van een partij per uitgave"
            ),
            action=Text(en="nothing: it stands", nl="niets: zij staat"),
        ) from None
    return signed


def read_sign_offs(workspace: Workspace) -> list[SignOff]:
    """Returns every sign-off, oldest first.

    Raises:
        Problem: a file is not a sign-off any more.
    """
    return sorted(map(_read, sign_off_files(workspace)), key=lambda signed: (signed.when, signed.party))


def sign_off_files(workspace: Workspace) -> list[Path]:
    """Returns the files in which sign-offs are kept."""
    return sorted(_folder(workspace).glob("*/*.json"))


def sign_off_frame(connection: duckdb.DuckDBPyConnection, signed: Iterable[SignOff], *, base_year: int) -> pl.DataFrame:
    """Returns sign-offs as a table, each held against the party's baseline in an open release."""
    every = list(signed)
    now = {party: baseline_hash(connection, party, base_year=base_year) for party in {one.party for one in every}}
    rows = [
        (
            one.party,
            one.release,
            one.who,
            one.when.astimezone(UTC).replace(tzinfo=None),
            one.hash,
            one.hash == now[one.party],
        )
        for one in every
    ]
    return pl.DataFrame(rows, schema=SIGN_OFF_SCHEMA, orient="row")


def baseline_hash(connection: duckdb.DuckDBPyConnection, party: str, *, base_year: int) -> str:
    """Returns the SHA-256 of all accepted facts about a party: of the base year, and those without a period."""
    digest = hashlib.sha256()
    for contract in published_contracts():
        for column in _naming(contract):
            rows = connection.execute(_about(contract, column), {"party": party, "year": str(base_year)}).pl()
            if not rows.is_empty():
                digest.update(f"{contract.table}.{column}\n".encode())
                digest.update(_filled(rows).write_csv().encode())
    return digest.hexdigest()


def _filled(rows: pl.DataFrame) -> pl.DataFrame:
    """Returns the columns that say something, by name: a contract that grows by a column breaks no signature."""
    return rows.select(sorted(name for name in rows.columns if rows[name].null_count() < rows.height))


def _naming(contract: DataContract) -> Iterator[str]:
    """Yields the columns in which a fact table names the party that it is about."""
    names = {column.name for column in ddl.published_columns(contract)}
    yield from (column for column in PARTIES if column in names)


def _about(contract: DataContract, column: str) -> str:
    columns = ", ".join(ddl.quoted(one.name) for one in ddl.published_columns(contract))
    year = " AND left(period, 4) = $year" if contract.has_period else " AND $year IS NOT NULL"
    return f"SELECT {columns} FROM {ddl.quoted(contract.table)} WHERE {ddl.quoted(column)} = $party{year} ORDER BY ALL"


def _require_party(connection: duckdb.DuckDBPyConnection, party: str) -> None:
    known = [
        str(found)
        for column, table in PARTIES.items()
        for (found,) in connection.execute(f"SELECT {column} FROM {table} ORDER BY 1").fetchall()
    ]
    if party not in known:
        raise Problem(
            Text(en=f"no party {party!r} in the current release", nl=f"geen partij {party!r} in de huidige uitgave"),
            expected=Text(
                en=f"the id of a provider or payer, such as {', '.join(known[:3]) or 'none yet'}",
                nl=f"de code van een aanbieder of betaler, zoals {', '.join(known[:3]) or 'nog geen'}",
            ),
            action=nearest(party, known),
        )


def _folder(workspace: Workspace) -> Path:
    return workspace.root / "sign_offs"


def _path(workspace: Workspace, signed: SignOff) -> Path:
    return _folder(workspace) / quote(signed.party, safe="") / f"{signed.release}.json"


def _read(path: Path) -> SignOff:
    try:
        return SignOff.model_validate_json(path.read_bytes())
    except ValidationError:
        raise Problem(
            Text(en="a file that is not a sign-off", nl="een bestand dat geen ondertekening is"),
            expected=Text(
                en="a file written by: care-transfer sign-off", nl="een bestand geschreven door: care-transfer sign-off"
            ),
            action=Text(
                en="restore or remove it; a sign-off is never written by hand",
                nl="zet het terug of haal het weg; een ondertekening wordt nooit met de hand geschreven",
            ),
            source=str(path),
        ) from None
