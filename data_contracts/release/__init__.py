"""Every table of a release: what one row is, and what each column holds, in both languages.

The one place where a published table is defined. Facts follow from the data contracts; what the model computes stands
in `results.yaml`, where the rows came from and what the release is in `origin.yaml`, what is there for people who query
in `people.yaml`, what only a view of it has in `view.yaml`. Whoever fills a table, reads it or explains it looks it up
here by name, when its module is imported: a misspelt table or column is an error there, with the nearest name, and
never an empty figure.

Signs: a change is seen from the party (a gain is positive, a loss negative); what is named a cost is a positive amount;
a payer's spend change is positive when it pays more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, get_args

from data_contracts.contract import Column, DataContract, load_contract, published_contracts
from data_contracts.problem import Problem, nearest
from data_contracts.text import Text
from data_contracts.yaml_file import read_yaml

Kind = Literal["text", "integer", "number", "boolean", "date", "moment", "numbers"]
"""What a published column holds; `moment` is a date and time (UTC), `numbers` a list."""
Layer = Literal["fact", "result", "origin", "people", "view"]
Additive = Literal["sum", "last", "never"]
"""How rows of a figure are added up over time: as a sum, by taking the last, or not at all."""

INTERFACE = 2
"""Number of the public interface (docs/interface.txt): raised when a name in it changes, see docs/promises.md."""

FILES: dict[Layer, str] = {
    "result": "results.yaml",
    "origin": "origin.yaml",
    "people": "people.yaml",
    "view": "view.yaml",
}
_SHARED = "shared"
_FOLDER = Path(__file__).parent

_FACT_KINDS: dict[str, Kind] = {
    "text": "text",
    "period": "text",
    "integer": "integer",
    "year": "integer",
    "number": "number",
    "share": "number",
    "money": "number",
    "boolean": "boolean",
    "date": "date",
}


class UnknownNameError(Problem):
    """A table or a column that no release has."""


@dataclass(frozen=True)
class ReleaseColumn:
    """One column of a published table.

    Attributes:
        name: with its unit where a bare number could be mistaken.
        kind: what it holds.
        meaning: what it says, and when it is empty.
        unit: in which a number is counted, in English; its Dutch name is in `data_contracts.contract_words`.
        references: `table.column` where its value stands, if it is not empty.
        additive: how it is added up over time; None for what is no figure.
    """

    name: str
    kind: Kind
    meaning: Text
    unit: str | None = None
    references: str | None = None
    additive: Additive | None = None


@dataclass(frozen=True)
class ReleaseTable:
    """One published table.

    Attributes:
        name: of the table in DuckDB.
        layer: whether its rows were delivered, computed, say where others came from, are there for people who query, or
            stand in a view only.
        title: what people call it.
        grain: what one row is.
        key: the columns that together identify a row, an empty cell being a value too; none where there is no key.
        columns: in their order.
        over: of a view in DuckDB, the tables that it is computed from when it is asked.
    """

    name: str
    layer: Layer
    title: Text
    grain: Text
    key: tuple[str, ...]
    columns: tuple[ReleaseColumn, ...]
    over: tuple[str, ...] = ()

    @property
    def is_view(self) -> bool:
        """Whether it is a view in DuckDB."""
        return bool(self.over)

    @cached_property
    def by_name(self) -> Mapping[str, ReleaseColumn]:
        """Returns the columns by their names, in their order."""
        return {column.name: column for column in self.columns}

    def column(self, name: str) -> ReleaseColumn:
        """Returns a column; raises `UnknownNameError` with the nearest name if there is none."""
        if name not in self.by_name:
            raise _unknown(f"{self.name}.{name}", name, self.by_name, what=Text(en="column", nl="kolom"))
        return self.by_name[name]

    def kinds(self, *names: str) -> dict[str, Kind]:
        """Returns what some columns hold, in the order asked; of all columns, if none is named.

        Raises:
            UnknownNameError: one of them does not exist.
        """
        return {name: self.column(name).kind for name in names or self.by_name}


def release_table(name: str) -> ReleaseTable:
    """Returns a table of a release; raises `UnknownNameError` with the nearest name if there is none."""
    for layer in get_args(Layer):
        if name in (there := tables_of(layer)):
            return there[name]
    raise _unknown(name, name, release_tables(), what=Text(en="table", nl="tabel"))


def release_tables() -> dict[str, ReleaseTable]:
    """Returns every table of a release or a view of it by its name: facts, results, origin, people, views."""
    return {name: table for layer in get_args(Layer) for name, table in tables_of(layer).items()}


@cache
def tables_of(layer: Layer) -> Mapping[str, ReleaseTable]:
    """Returns the tables of a layer by their names, in the order of the documentation."""
    if layer == "fact":
        return {contract.table: _fact(contract) for contract in published_contracts()}
    content = read_yaml(_FOLDER / FILES[layer]).mapping(keys="shared, tables")
    tables = [_declared(one, layer, content[_SHARED]) for one in content["tables"]]
    return {table.name: table for table in tables}


def _unknown(found: str, name: str, known: Mapping[str, object], *, what: Text) -> UnknownNameError:
    return UnknownNameError(
        Text(en=f"the {what.en} {found}", nl=f"de {what.nl} {found}"),
        expected=Text(en=f"a {what.en} of a release", nl=f"een {what.nl} van een uitgave"),
        action=nearest(name, known),
    )


def _declared(given: Mapping[str, Any], layer: Layer, shared: Mapping[str, Any]) -> ReleaseTable:
    columns = [
        column
        for name, one in given["columns"].items()
        for column in _spread(name, shared[name] if one == _SHARED else one)
    ]
    return ReleaseTable(
        given["table"],
        layer,
        title=Text(**given["title"]),
        grain=Text(**given["grain"]),
        key=tuple(given.get("key", ())),
        columns=tuple(columns),
        over=tuple(given.get("over", ())),
    )


def _spread(name: str, given: Mapping[str, Any]) -> Iterator[ReleaseColumn]:
    """Yields a column, and of a figure with a spread its mean under the bare name, then its percentiles."""
    en, nl = given["en"], given["nl"]
    percentiles = given.get("spread", ())
    mean = Text(en=f"{en}: mean over the draws", nl=f"{nl}: gemiddelde over de doorrekeningen")
    yield ReleaseColumn(
        name,
        given["type"],
        mean if percentiles else Text(en=en, nl=nl),
        given.get("unit"),
        given.get("references"),
        given.get("additive"),
    )
    for at in percentiles:
        said = Text(en=f"{en}: {at}th percentile over the draws", nl=f"{nl}: {at}e percentiel over de doorrekeningen")
        yield ReleaseColumn(f"{name}_p{at}", given["type"], said, given.get("unit"), additive="never")


PROVENANCE = {
    "supplier": Text(en="Supplier that delivered the row.", nl="Aanleveraar die de rij heeft geleverd."),
    "delivery": Text(
        en="Delivery that the row came with, as in the table delivery.",
        nl="Levering waarmee de rij is gekomen, zoals in de tabel delivery.",
    ),
}
"""What a release adds to a contract's columns, to say where a row came from."""

CARRIED_FROM = "carried_from"
CARRIED_FROM_MEANING = Text(
    en="Period that the row was delivered for, where it stands in for a period that was not delivered; else empty.",
    nl="Periode waarvoor de rij is geleverd, als zij een periode vervangt die niet is geleverd; anders leeg.",
)
"""What a table with periods has besides: whether a row stands in for a period that was not delivered."""


def _fact(contract: DataContract) -> ReleaseTable:
    """Returns the published table of a contract: its columns that speak of no person, and where a row came from."""
    columns = [
        _fact_column(contract.table, column) for column in contract.columns if column.classification != "personal"
    ]
    columns += [ReleaseColumn(name, "text", meaning) for name, meaning in PROVENANCE.items()]
    columns += [ReleaseColumn(CARRIED_FROM, "text", CARRIED_FROM_MEANING)] if contract.has_period else []
    return ReleaseTable(
        contract.table,
        "fact",
        title=contract.description,
        grain=contract.grain,
        key=contract.key,
        columns=tuple(columns),
    )


def _fact_column(table: str, column: Column) -> ReleaseColumn:
    dataset, _, target = (column.references or "").partition(".")
    refers = f"{load_contract(dataset).table}.{target}" if target else _NAMED.get(column.name)
    kind = _FACT_KINDS[column.kind]
    adds = _facts_add_up().get(f"{table}.{column.name}", "never") if _is_figure(column, kind) else None
    return ReleaseColumn(column.name, kind, column.description, column.unit, refers, adds)


_NAMED = {"specialism": "specialism.specialism"}
"""To which table for people a delivered code refers."""


def _is_figure(column: Column, kind: Kind) -> bool:
    return kind in {"number", "integer"} and column.kind != "year"


@cache
def _facts_add_up() -> Mapping[str, Additive]:
    """Returns how figures of delivered facts add up over time, by `table.column`; the others never do."""
    content = read_yaml(_FOLDER / "facts.yaml").mapping(keys="additive")
    return {name: adds for adds, names in content["additive"].items() for name in names}
