"""What data must look like: the contract of a dataset, read from its Open Data Contract Standard v3 file.

The YAML files beside this module are the only place where a delivered column or a rule about it is defined; everything
else (types, checks, tables, templates, dictionary) is derived from what `load_contract` returns. What the standard has
no place of its own for stands in its `customProperties`: the Dutch text (`descriptionNl`, `granularityNl`, `labelNl`,
`messageNl`), the Dutch names that a file's name may begin with (`namesNl`), `kind` where it says more than
`logicalType`, `unit`, `codeLength`, `requiredFor`, `headingRequired` (a column that must be there though its cells may
be empty), `emptyHasMeaning` (one that may be left out), `succeeds` (the column of another row of the same dataset that
the values name), `differsFrom` (the column of another dataset of which no value may stand here), and a rule's `tier`.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, cast, get_args

from open_data_contract_standard.model import (
    CustomProperty,
    DataQuality,
    EnumValue,
    OpenDataContractStandard,
    SchemaObject,
    SchemaProperty,
)
from pydantic import ValidationError

from data_contracts.problem import Problem, nearest, one_of
from data_contracts.text import Text
from data_contracts.yaml_file import YamlProblem, parse_yaml

Kind = Literal["text", "integer", "number", "money", "share", "boolean", "date", "year", "period"]
Classification = Literal["public", "confidential", "personal"]
Severity = Literal["refuse_row", "refuse_file", "warn"]
Tier = Literal["structural", "logical", "analytical"]

DATASETS = (
    "providers",
    "payers",
    "areas",
    "resources",
    "volume",
    "revenue",
    "declarations",
    "contracts",
    "capacity",
    "resource_use",
    "cost_structure",
    "unit_costs",
    "list_prices",
    "waiting_list",
    "volume_norms",
    "care_products",
    "regional_spending",
    "population",
    "realised_transfers",
)

LOGICAL_TYPES: dict[Kind, str] = {
    "text": "string",
    "period": "string",
    "integer": "integer",
    "year": "integer",
    "number": "number",
    "money": "number",
    "share": "number",
    "boolean": "boolean",
    "date": "date",
}

HOME = "NL"
"""The country whose codes the contracts describe."""

_WORDS = frozenset({"name", "municipality", "unit", "source", "group"})
"""Columns of text for people; all other text is codes."""
_BREAKING_ROWS = "SELECT * FROM {batch} WHERE "


class ContractError(Problem):
    """A contract, or another file beside it, that cannot be used or does not hold what is asked of it."""


def unusable(file: str, fault: Exception, *, expected: Text) -> ContractError:
    """Returns that a file of the program's own cannot be used, and why."""
    return ContractError(
        Text(en=f"a fault: {fault}", nl=f"een fout: {fault}"),
        expected=expected,
        action=Text(en="correct the file", nl="verbeter het bestand"),
        source=file,
    )


@dataclass(frozen=True)
class AllowedValue:
    """One value that a column may hold, with its name for people."""

    value: str
    label: Text


@dataclass(frozen=True)
class Column:
    """One column of a dataset.

    `required` columns are filled in every row; a column with `heading_required` is in every file, though cells of it
    may be empty. Where `empty_has_meaning` an empty cell says something (any, none, the usual), so that nothing lacks
    where the column is not there. A column that `succeeds` another names the row of the same dataset that follows this
    one. A column that `differs_from` that of another dataset holds none of its values: results go by party, and one
    code would be two.
    """

    name: str
    kind: Kind
    required: bool
    key: bool
    unit: str | None
    code_length: int | None
    minimum: float | None
    maximum: float | None
    allowed: tuple[AllowedValue, ...]
    description: Text
    aliases: tuple[str, ...]
    classification: Classification
    required_for: tuple[str, ...]
    references: str | None
    succeeds: str | None
    differs_from: str | None
    heading_required: bool
    empty_has_meaning: bool

    @property
    def is_code(self) -> bool:
        """Whether its values are codes, to be kept sign by sign: text without a list that is no name or remark."""
        return self.kind == "text" and not self.allowed and self.name not in _WORDS

    def allowed_value(self, text: str) -> str | None:
        """Returns the allowed value that a text means, by value or by its name in either language; else None."""
        return self._allowed_values.get(normalised(text))

    @cached_property
    def _allowed_values(self) -> dict[str, str]:
        return {
            normalised(name): allowed.value
            for allowed in self.allowed
            for name in (allowed.label.nl, allowed.label.en, allowed.value)
        }


@dataclass(frozen=True)
class Rule:
    """A rule about rows, beyond what a column's type, required, range, allowed values and key already say.

    `violation` is an SQL predicate over the typed columns, true for a row that breaks the rule (null is not a breach).
    `expectation` and `arguments` are the Great Expectations expectation that the rule stands for.
    """

    name: str
    severity: Severity
    tier: Tier
    column: str | None
    violation: str
    message: Text
    expectation: str

    @property
    def arguments(self) -> dict[str, str]:
        """The expectation's arguments: the query that finds the breaking rows, by their `row_number` alone."""
        return {"unexpected_rows_query": f"SELECT row_number FROM {{batch}} WHERE {self.violation}"}


@dataclass(frozen=True)
class DataContract:
    """The contract of one dataset: what a row is, its columns in order, and the rules they obey."""

    dataset: str
    table: str
    version: str
    grain: Text
    description: Text
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    fingerprint: str
    dutch_names: tuple[str, ...] = ()

    @property
    def has_period(self) -> bool:
        """Whether rows belong to a period, so that a delivery speaks only of its own."""
        return any(column.kind == "period" for column in self.columns)

    @property
    def is_published(self) -> bool:
        """Whether a release holds its rows: not if each speaks of one person; then only what they count up to is."""
        return all(column.classification != "personal" for column in self.columns)

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the columns that together identify a row; null is a value of its own in them."""
        return tuple(column.name for column in self.columns if column.key)

    def column(self, name: str) -> Column:
        """Returns the column of this name; raises `ContractError` if there is none."""
        found = next((column for column in self.columns if column.name == name), None)
        if found is None:
            names = [column.name for column in self.columns]
            raise ContractError(
                Text(en=f"the column {name!r} of {self.dataset}", nl=f"de kolom {name!r} van {self.dataset}"),
                expected=one_of(names),
                action=nearest(name, names),
            )
        return found

    def spoiled_by(self, *, column: str | None, rule: str = "") -> tuple[str, ...]:
        """Returns the results that suffer where a column, or a rule with all columns it looks at, is broken."""
        violation = next((one.violation for one in self.rules if one.name == rule), "")
        words = {*re.findall(r"\w+", violation), column}
        needed = (result for one in self.columns if one.name in words for result in one.required_for)
        return tuple(dict.fromkeys(needed))

    def of_country(self, country: str) -> "DataContract":
        """Returns the contract as it holds in a country: how many digits a code has is known of the Dutch ones only."""
        if country == HOME:
            return self
        return replace(self, columns=tuple(replace(column, code_length=None) for column in self.columns))

    def for_heading(self, heading: str) -> Column | None:
        """Returns the column that a heading means, by name or alias, whatever its case, spacing or accents."""
        return self._headings.get(normalised(heading))

    @cached_property
    def _headings(self) -> dict[str, Column]:
        return {normalised(name): column for column in self.columns for name in (column.name, *column.aliases)}


def normalised(text: str) -> str:
    """Returns a text without case, accents, spaces and punctuation: what headings are compared by."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())


def published_contracts() -> list[DataContract]:
    """Returns the contracts of the datasets whose rows a release holds, in the order of the documentation."""
    return [contract for contract in load_contracts().values() if contract.is_published]


def load_contracts() -> dict[str, DataContract]:
    """Returns every contract by dataset name, in the order in which the datasets are documented."""
    return {dataset: load_contract(dataset) for dataset in DATASETS}


@cache
def load_contract(dataset: str) -> DataContract:
    """Returns the contract of a dataset; raises `ContractError` for an unknown dataset or a faulty file."""
    if dataset not in DATASETS:
        raise ContractError(
            Text(en=f"the dataset {dataset!r}", nl=f"de dataset {dataset!r}"),
            expected=one_of(DATASETS),
            action=nearest(dataset, DATASETS),
        )
    return read_contract(contract_path(dataset))


def contract_path(dataset: str) -> Path:
    """Returns the file of a dataset's contract."""
    return Path(__file__).parent / f"{dataset}.odcs.yaml"


def read_contract(path: Path) -> DataContract:
    """Returns the contract in a file; raises `ContractError` that names what is wrong with it."""
    content = path.read_bytes()
    try:
        return _contract(_standard(content, source=path.name), fingerprint=hashlib.sha256(content).hexdigest())
    except (ValidationError, KeyError, TypeError, ValueError, YamlProblem) as fault:
        expected = Text(
            en="a contract of the Open Data Contract Standard v3 with both languages",
            nl="een contract volgens de Open Data Contract Standard v3 in beide talen",
        )
        raise unusable(path.name, fault, expected=expected) from fault


def _standard(content: bytes, *, source: str) -> OpenDataContractStandard:
    return OpenDataContractStandard(**parse_yaml(content, source=source).content)


def _contract(standard: OpenDataContractStandard, *, fingerprint: str) -> DataContract:
    tables: list[SchemaObject] = standard.schema_ or []
    (table,) = tables
    properties = table.properties or []
    extra = _extra(table.customProperties)
    return DataContract(
        dataset=_given(table.name, "schema name"),
        table=_given(table.physicalName, "physicalName"),
        version=_given(standard.version, "version"),
        grain=Text(en=_given(table.dataGranularityDescription, "granularity"), nl=extra["granularityNl"]),
        description=Text(en=_given(table.description, "description"), nl=extra["descriptionNl"]),
        columns=tuple(_column(source) for source in properties),
        rules=tuple(_rules(table)),
        fingerprint=fingerprint,
        dutch_names=tuple(extra["namesNl"]),
    )


def _column(source: SchemaProperty) -> Column:
    extra = _extra(source.customProperties)
    options = source.logicalTypeOptions or {}
    return Column(
        name=_given(source.name, "name"),
        kind=_kind(source, extra.get("kind")),
        required=bool(source.required),
        key=bool(source.primaryKey),
        unit=extra.get("unit"),
        code_length=extra.get("codeLength"),
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        allowed=tuple(_allowed(value) for value in source.enum or ()),
        description=Text(en=_given(source.description, f"description of {source.name}"), nl=extra["descriptionNl"]),
        aliases=tuple(_given(synonym.synonym, "synonym") for synonym in source.synonyms or ()),
        classification=cast("Classification", _one_of(source.classification, get_args(Classification))),
        required_for=tuple(extra.get("requiredFor", ())),
        references=_references(source),
        succeeds=extra.get("succeeds"),
        differs_from=extra.get("differsFrom"),
        heading_required=bool(source.required) or bool(extra.get("headingRequired", False)),
        empty_has_meaning=bool(extra.get("emptyHasMeaning", False)),
    )


def _kind(source: SchemaProperty, named: str | None) -> Kind:
    plain = "text" if source.logicalType == "string" else source.logicalType
    kind = cast("Kind", _one_of(named or plain, get_args(Kind)))
    if LOGICAL_TYPES[kind] != source.logicalType:
        raise ValueError(f"{source.name}: kind {kind} is a {LOGICAL_TYPES[kind]}, not a {source.logicalType}")
    return kind


def _allowed(source: EnumValue) -> AllowedValue:
    label = Text(en=_given(source.label, "label"), nl=_extra(source.customProperties)["labelNl"])
    return AllowedValue(value=str(source.value), label=label)


def _references(source: SchemaProperty) -> str | None:
    targets = [relationship.to for relationship in source.relationships or ()]
    return str(targets[0]) if targets else None


def _rules(table: SchemaObject) -> list[Rule]:
    """The rules of the columns, in column order, then those of the whole row."""
    owned = [(source.name, quality) for source in table.properties or () for quality in source.quality or ()]
    return [_rule(quality, column=name) for name, quality in [*owned, *((None, q) for q in table.quality or ())]]


def _rule(quality: DataQuality, *, column: str | None) -> Rule:
    name = _given(quality.name, "name of a rule")
    extra = _extra(quality.customProperties)
    return Rule(
        name=name,
        severity=cast("Severity", _one_of(quality.severity, get_args(Severity))),
        tier=cast("Tier", _one_of(extra.get("tier"), get_args(Tier))),
        column=column,
        violation=_violation(quality.implementation, rule=name),
        message=Text(en=_given(quality.description, f"description of {name}"), nl=extra["messageNl"]),
        expectation="unexpected_rows_expectation",
    )


def _violation(implementation: str | dict[str, Any] | None, *, rule: str) -> str:
    """The predicate in a rule's query, the only place where it is written down."""
    query = implementation["kwargs"]["unexpected_rows_query"] if isinstance(implementation, dict) else ""
    if not query.startswith(_BREAKING_ROWS):
        raise ValueError(f"rule {rule}: the query must start with '{_BREAKING_ROWS}'")
    return str(query.removeprefix(_BREAKING_ROWS))


def _extra(properties: list[CustomProperty] | None) -> Mapping[str, Any]:
    """The custom properties by name; one that is asked for and not there raises with its name."""
    return {_given(entry.property, "property"): entry.value for entry in properties or ()}


def _given(text: str | None, what: str) -> str:
    if not text:
        raise ValueError(f"{what} is missing")
    return text


def _one_of(value: str | None, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"'{value}' is not one of {', '.join(allowed)}")
    return str(value)
