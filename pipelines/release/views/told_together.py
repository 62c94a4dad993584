"""What all parties were told together in a round, kept so that a new release does not tell it again too soon.

Two releases that differ in one party's data tell that party by their difference. So what all see is told anew within a
round only when the data of at least three parties changed, when a consent took effect, or under other settings; until
then every view, a party's own too, repeats what was told. `disclosure/<round>/together.json` stays in the middle.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from pipelines.judging.from_contract import ddl
from pipelines.workspace.durable import read_kept
from pipelines.workspace.workspace import Workspace

FILE = "together.json"
ENOUGH_CHANGED = 3
"""What all see is told anew only when the data of so many parties changed."""
OF_A_PROVIDER = ("volume", "revenue", "capacity", "unit_cost", "waiting_list", "cost_structure", "resource_use",
                 "list_price")  # fmt: skip
"""The tables in which a provider's own data stand."""
ORIGIN = ("supplier", "delivery")
"""Columns that say where a row came from: the same data may be delivered again."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class ToldTogether:
    """What all parties, and of it the public, were told.

    Attributes:
        release: of which release.
        basis: the hash of the settings and consents under which it was told.
        data: a hash of what each party delivered; of a contract, under both its parties.
        shown, withheld: rows of what was told, by kind of view (`table`, `public`).
    """

    release: str
    basis: str
    data: Mapping[str, str]
    shown: Mapping[str, Rows]
    withheld: Mapping[str, Rows]

    def is_stale(self, release: str, basis: str, data: Mapping[str, str]) -> bool:
        """Returns whether it may be told anew: of the same release, under other settings, or of enough new data."""
        return release == self.release or basis != self.basis or changed_parties(self.data, data) >= ENOUGH_CHANGED


def read_together(workspace: Workspace, round_: str) -> ToldTogether | None:
    """Returns what all were told in a round; None before anything was."""
    path = workspace.disclosure / round_ / FILE
    return ToldTogether(**read_kept(path)) if path.is_file() else None


def keep_together(workspace: Workspace, round_: str, told: ToldTogether) -> None:
    """Keeps what all are told in a round, in one step."""
    path = workspace.disclosure / round_ / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    unfinished.write_text(json.dumps(vars(told), ensure_ascii=False), encoding="utf-8")
    unfinished.chmod(0o600)
    unfinished.replace(path)


def withdraw_together(workspace: Workspace, round_: str) -> None:
    """Has nothing repeated of what all were told: it was withdrawn, and the next round replaces it."""
    told = read_together(workspace, round_)
    if told is not None:
        keep_together(workspace, round_, replace(told, release="", shown={}, withheld={}))


def delivered(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Returns a hash of what each party of a release delivered: a provider's by its id, a contract's as `P|Q`.

    It stays in the middle: who guesses could try it.
    """
    known = connection.execute("SELECT table_name, column_name FROM duckdb_columns() ORDER BY ALL").fetchall()
    columns: dict[str, list[str]] = {}
    for table, column in known:
        columns.setdefault(table, []).append(column)
    found: dict[str, list[str]] = {}
    for table, whose in _parts(columns):
        said = ", ".join(ddl.quoted(name) for name in columns[table] if name not in ORIGIN)
        query = (
            f"SELECT {whose}, sum(hash({said})) FROM {ddl.quoted(table)} WHERE provider_id IS NOT NULL "
            "GROUP BY 1 ORDER BY 1"
        )
        for party, amount in connection.execute(query).fetchall():
            found.setdefault(party, []).append(f"{table}={amount}")
    return {party: ";".join(parts) for party, parts in found.items()}


def _parts(columns: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    yield from ((table, "provider_id") for table in OF_A_PROVIDER if table in columns)
    if "contract" in columns:
        yield "contract", "provider_id || '|' || payer_id"


def changed_parties(before: Mapping[str, str], now: Mapping[str, str]) -> int:
    """Returns of how many parties at least the data must have changed to make one into the other.

    A contract is data of two parties: where one of them changed anyway it counts no further, and of the rest all that
    one provider, or one payer, has with others may be the change of that one.
    """
    differ = {name for name in {*before, *now} if before.get(name) != now.get(name)}
    providers = {name for name in differ if "|" not in name}
    pairs = [name.split("|") for name in differ if "|" in name]
    left = [pair for pair in pairs if providers.isdisjoint(pair)]
    return len(providers) + min((len({pair[side] for pair in left}) for side in (0, 1)), default=0)
