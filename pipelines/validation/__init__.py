"""Holds a delivery against its contract: which rows count, which do not and why, in both languages.

`validate` is the door in. Row-level refusals come from the contract's columns and rules, nowhere else; what Great
Expectations says of the same rules afterwards is in `pipelines.validation.suite`.
"""

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from data_contracts.contract import Column, Contract, Rule, Text
from pipelines.contracts.storage import STORAGE
from pipelines.conversion import Fault, convert_columns
from pipelines.conversion.outcome import Converted
from pipelines.readers.raw import REJECTION_SCHEMA, ROW_NUMBER, Note, RawTable, Unreadable, three_parts
from pipelines.validation.columns import Matched, as_delivered, match_columns
from pipelines.validation.outcome import Refusal, Register, Validated, refused, refused_unseen
from pipelines.validation.personal import refusal_for_personal_numbers
from pipelines.validation.rows import (
    Breach,
    column_breaches,
    key_breaches,
    period_breach,
    totals_rows,
    unknown_provider,
    unknown_references,
)
from pipelines.validation.rules import breaking_rows

__all__ = ["Refusal", "Register", "Validated", "refused", "refused_unseen", "unreadable", "validate"]

PROVIDERS = "providers.provider_id"
"""The one register that rows must refer to: figures of an unknown provider would belong to nobody."""

_SHOWN_ROWS = 20
_SHOWN_CHARACTERS = 200


def unreadable(contract: Contract, problem: Unreadable) -> Validated:
    """Returns the refusal of a file that could not be read as a table."""
    return refused(contract, Refusal("unreadable", problem.message))


def validate(raw: RawTable, contract: Contract, *, register: Register, period: str | None = None) -> Validated:
    """Returns a delivery held against its contract.

    Args:
        raw: the file as read.
        contract: what it should be.
        register: the identifiers that rows may refer to.
        period: the period that the delivery is for; rows of another one are refused.
    """
    matched = _fit_to_judge(raw, contract)
    if isinstance(matched, Refusal):
        return refused(contract, matched, rows=raw.rows, notes=raw.notes, file_format=raw.format)
    numbers = {
        name: raw.stored_numbers[column] for name, column in matched.source.items() if column in raw.stored_numbers
    }
    converted = convert_columns(matched.text, matched.columns, stored_numbers=numbers)
    typed = _typed(raw, contract, converted)
    broken = breaking_rows(typed, contract)
    whole = _whole_file_refusal(contract, broken, typed)
    if whole is not None:
        return refused(contract, whole, rows=raw.rows, notes=(*raw.notes, *matched.notes), file_format=raw.format)
    breaches = _breaches(raw, contract, matched=matched, converted=converted, typed=typed, period=period)
    unknown = unknown_references(typed, matched.columns, register)
    for column in matched.columns:
        if column.references == PROVIDERS and column.name in unknown:
            breaches.append(unknown_provider(column, unknown[column.name]))
    breaches += [_rule_breach(rule, broken[rule.name]) for rule in _with(contract, broken, "refuse_row")]
    warned = [(rule.column, rule.name, rule.message, broken[rule.name]) for rule in _with(contract, broken, "warn")]
    warned += [
        _unknown_warning(c, unknown[c.name]) for c in matched.columns if c.references != PROVIDERS and c.name in unknown
    ]
    return _outcome(raw, contract, matched=matched, converted=converted, typed=typed, breaches=breaches, warned=warned)


def _fit_to_judge(raw: RawTable, contract: Contract) -> Matched | Refusal:
    """Returns the matched columns, or why the file is refused before its rows are looked at."""
    if raw.rows == 0:
        return Refusal("no_rows", _no_rows(raw))
    return refusal_for_personal_numbers(raw, contract) or match_columns(raw, contract)


def _no_rows(raw: RawTable) -> Text:
    return three_parts(
        Text(en=f"a row of headings ({len(raw.headings)}) and no rows below it", nl=f"een rij met kolomkoppen ({len(raw.headings)}) en geen rijen daaronder"),
        Text(en="at least one row", nl="minstens één rij"),
        Text(en="check the export: often a filter was still on", nl="controleer de export: vaak stond er nog een filter aan"),
    )  # fmt: skip


def _typed(raw: RawTable, contract: Contract, converted: dict[str, Converted]) -> pl.DataFrame:
    """Returns the contract's columns, typed; a column that was not delivered is empty."""
    height = raw.frame.height
    columns = []
    for column in contract.columns:
        dtype = STORAGE[column.kind].polars
        given = converted.get(column.name)
        values = (
            pl.Series(column.name, [None], dtype=dtype).new_from_index(0, height) if given is None else given.values
        )
        columns.append(values.alias(column.name).cast(dtype))
    return pl.DataFrame(columns).with_columns(raw.frame[ROW_NUMBER])


def _whole_file_refusal(contract: Contract, broken: Iterable[str], typed: pl.DataFrame) -> Refusal | None:
    del typed
    rules = list(_with(contract, broken, "refuse_file"))
    return Refusal(rules[0].name, rules[0].message) if rules else None


def _with(contract: Contract, broken: Iterable[str], severity: str) -> list[Rule]:
    names = set(broken)
    return [rule for rule in contract.rules if rule.name in names and rule.severity == severity]


def _rule_breach(rule: Rule, rows: pl.Series) -> Breach:
    return Breach(rule.column, Fault(rule.name, rows, rule.message))


def _breaches(
    raw: RawTable,
    contract: Contract,
    *,
    matched: Matched,
    converted: dict[str, Converted],
    typed: pl.DataFrame,
    period: str | None,
) -> list[Breach]:
    """Returns everything that rows break in the contract's columns; a totals row breaks only that."""
    used = set(matched.source.values())
    others = raw.frame.select(name for name in raw.columns if name not in used)
    totals = totals_rows(matched.text, contract, others=others)
    breaches = [Breach(name, found) for name, column in converted.items() for found in column.faults]
    unread = {name: _any_row(column.faults, height=typed.height) for name, column in converted.items()}
    breaches += column_breaches(typed, matched.columns, unread=unread)
    of_other_period = period_breach(typed, contract, period=period)
    breaches += [of_other_period] if of_other_period is not None else []
    in_key = [breach.fault for breach in breaches if breach.column in contract.key]
    is_total = totals.fault.rows if totals is not None else _any_row((), height=typed.height)
    breaches += key_breaches(typed, contract, judged=~(_any_row(in_key, height=typed.height) | is_total))
    rest = [Breach(b.column, replace(b.fault, rows=b.fault.rows & ~is_total)) for b in breaches]
    return [*([totals] if totals is not None else []), *rest]


def _any_row(faults: Iterable[Fault], *, height: int) -> pl.Series:
    """Returns the rows that have any of the faults."""
    rows = pl.repeat(value=False, n=height, eager=True)
    for found in faults:
        rows = rows | found.rows
    return rows


def _unknown_warning(column: Column, rows: pl.Series) -> tuple[str | None, str, Text, pl.Series]:
    dataset = (column.references or "").split(".")[0]
    text = Text(
        en=f"{column.name} is not in the dataset {dataset}; the rows were accepted, and stand on their own.",
        nl=f"{column.name} staat niet in de dataset {dataset}; de rijen zijn geaccepteerd en staan op zichzelf.",
    )
    return column.name, f"unknown_{column.name}", text, rows


def _outcome(
    raw: RawTable,
    contract: Contract,
    *,
    matched: Matched,
    converted: dict[str, Converted],
    typed: pl.DataFrame,
    breaches: list[Breach],
    warned: list[tuple[str | None, str, Text, pl.Series]],
) -> Validated:
    """Puts accepted rows, rejections, notes and warnings together."""
    bad = _any_row((breach.fault for breach in breaches), height=typed.height)
    rejections = [_rejections(breach, raw, matched) for breach in breaches]
    warned = [(column, rule, text, rows & ~bad) for column, rule, text, rows in warned]
    warnings = tuple(_warning(*one, numbers=typed[ROW_NUMBER]) for one in warned if one[3].any())
    odd = pl.repeat(value=False, n=typed.height, eager=True)
    for _, _, _, rows in warned:
        odd = odd | rows
    notes = [note for column in converted.values() for note in column.notes]
    return Validated(
        dataset=contract.dataset,
        rows=raw.rows,
        accepted=typed.filter(~bad),
        rejections=pl.concat([raw.refused, *rejections]).sort(ROW_NUMBER, maintain_order=True),
        refused_rows=as_delivered(raw, typed[ROW_NUMBER].filter(bad)),
        notes=(*raw.notes, *matched.notes, *notes),
        warnings=warnings,
        warned_rows=int(odd.sum()),
        format=raw.format,
    )


def _warning(column: str | None, rule: str, text: Text, rows: pl.Series, *, numbers: pl.Series) -> Note:
    first = tuple(numbers.filter(rows).head(_SHOWN_ROWS).to_list())
    return Note(rule=rule, count=int(rows.sum()), text=text, column=column, rows=first)


def _rejections(breach: Breach, raw: RawTable, matched: Matched) -> pl.DataFrame:
    """Returns one row a refused row, for one breach, with the value as delivered and the message in both languages."""
    source = matched.source.get(breach.column or "")
    delivered = (
        raw.frame[source]
        if source is not None
        else pl.Series([None], dtype=pl.String).new_from_index(0, raw.frame.height)
    )
    found = breach.fault.found if breach.fault.found is not None else delivered
    table = pl.DataFrame(
        {
            ROW_NUMBER: raw.frame[ROW_NUMBER],
            "value": delivered.alias("value"),
            "found": found.alias("found"),
            "rows": breach.fault.rows,
        }
    ).filter("rows")
    return table.select(
        ROW_NUMBER,
        column=pl.lit(breach.column, dtype=pl.String),
        value="value",
        rule=pl.lit(breach.fault.rule),
        message_nl=_filled(breach.fault.text.nl),
        message_en=_filled(breach.fault.text.en),
    ).cast(dict(REJECTION_SCHEMA))  # fmt: skip


def _filled(template: str) -> pl.Expr:
    """Returns a message with what was found in its place."""
    before, mark, after = template.partition("{value}")
    if not mark:
        return pl.lit(template)
    return pl.concat_str(pl.lit(before), pl.col("found").str.slice(0, _SHOWN_CHARACTERS).fill_null(""), pl.lit(after))
