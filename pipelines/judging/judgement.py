"""The judgement of one delivery: from a raw table and a contract to accepted rows, rejections, notes and warnings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import polars as pl

from data_contracts.contract import Column, DataContract, Rule, Severity
from data_contracts.text import Text
from pipelines.judging.aside import Elsewhere, other_table, totals_rows
from pipelines.judging.columns_meant import Matched, as_delivered, match_columns
from pipelines.judging.from_contract.storage import STORAGE
from pipelines.judging.meaning import Values, question, unclear_headings
from pipelines.judging.personal import refusal_for_personal_numbers
from pipelines.judging.rows import (
    codes_of_others,
    column_breaches,
    key_breaches,
    period_breach,
    unknown_providers,
    unknown_references,
)
from pipelines.judging.rules import breaking_rows
from pipelines.judging.successors import succession_breaches
from pipelines.judging.verdict import Breach, Refusal, Register, Validated, refused
from pipelines.reading.conversion import Beyond, Misfit, convert_columns
from pipelines.reading.conversion.converted import Converted
from pipelines.reading.formats.raw import NOTED_ROWS, REJECTION_SCHEMA, ROW_NUMBER, Note, RawTable, Taken, three_parts

PROVIDERS = "providers.provider_id"
"""The one register that rows must refer to: figures of an unknown provider would belong to nobody."""

HIDDEN = "(hidden)"
"""Stands for a value of a column that holds something personal."""

_SHOWN_CHARACTERS = 200


@dataclass(frozen=True)
class Rest:
    """What the rest of a file shows, where only some of its rows are judged at a time."""

    beyond: Beyond = field(default_factory=Beyond)
    elsewhere: Elsewhere = field(default_factory=Elsewhere)


@dataclass(frozen=True)
class _Delivered:
    """One delivery on its way through the checks."""

    raw: RawTable
    contract: DataContract
    matched: Matched
    converted: Mapping[str, Converted]
    typed: pl.DataFrame
    elsewhere: Elsewhere

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the contract that were delivered."""
        return self.matched.columns

    @cached_property
    def nowhere(self) -> pl.Series:
        """False for every row."""
        return pl.repeat(value=False, n=self.typed.height, eager=True)

    def rows_with(self, faults: Iterable[Misfit]) -> pl.Series:
        """Returns the rows that have any of the faults."""
        rows = self.nowhere
        for one in faults:
            rows = rows | one.rows
        return rows


@dataclass(frozen=True)
class _Oddity:
    """Rows that are accepted with a warning."""

    rule: str
    column: str | None
    rows: pl.Series
    text: Text


def validate(
    raw: RawTable, contract: DataContract, *, register: Register, period: str | None = None, rest: Rest | None = None
) -> Validated:
    """Returns a delivery held against its contract.

    Args:
        raw: the file as read.
        contract: what it should be.
        register: the identifiers that rows may refer to.
        period: the period that the delivery is for; rows of another one are refused.
        rest: what the rest of the file shows, if these rows are a part of one that was found fit to judge.
    """
    contract = contract.of_country(register.country)
    found = _validated(raw, contract, register=register, period=period, rest=rest)
    return replace(found, taken=raw.taken)


def _validated(
    raw: RawTable, contract: DataContract, *, register: Register, period: str | None, rest: Rest | None
) -> Validated:
    matched = fit_to_judge(raw, contract) if rest is None else match_columns(raw, contract)
    if isinstance(matched, Refusal):
        return refused(contract, matched, rows=raw.rows, notes=raw.notes, file_format=raw.format)
    delivered = _delivered(raw, contract, matched, rest=rest or Rest())
    broken = breaking_rows(delivered.typed, contract)
    for rule in _broken_rules(contract, broken, "refuse_file"):
        refusal = Refusal(rule.name, rule.message)
        return refused(contract, refusal, rows=raw.rows, notes=raw.notes, file_format=raw.format)
    unknown = unknown_references(delivered.typed, delivered.columns, register)
    refused_too = register.refused_providers
    breaches = _breaches(delivered, broken=broken, unknown=unknown, period=period, refused_providers=refused_too)
    breaches += succession_breaches(delivered.typed, contract, register)
    breaches += _unlisted_breaches(delivered, register)
    breaches += codes_of_others(delivered.typed, delivered.columns, register)
    oddities = _oddities(delivered, broken=broken, unknown=unknown)
    return _outcome(delivered, breaches, [*oddities, *_of_others(delivered, register)])


def fit_to_judge(raw: RawTable, contract: DataContract, *, values: Values | None = None) -> Matched | Refusal:
    """Returns the matched columns, or why the file is refused before its rows are looked at.

    `values`: the different values of a column of the whole file, where `raw` is a sample of it.
    """
    if raw.rows == 0:
        return Refusal("no_rows", _none_taken(raw.taken) if raw.taken else _no_rows(len(raw.headings)))
    if refusal := refusal_for_personal_numbers(raw, contract):
        return refusal
    matched = match_columns(raw, contract)
    if isinstance(matched, Refusal):
        return matched
    asked = question(raw, contract, values=values or (lambda name: _different(raw, name)))
    return asked or unclear_headings(raw, contract, there=matched.source) or matched


def _different(raw: RawTable, name: str) -> list[str]:
    """Returns the different values of a column, without what is empty."""
    values = raw.frame[name].drop_nulls().str.strip_chars().unique().sort()
    return values.filter(values != "").to_list()


def _none_taken(taken: Taken) -> Text:
    """Returns what to say of a file of which a source mapping leaves out every row."""
    en = "; ".join(f"{one.count} {one.reason.en}" for one in taken.left_out) or "none"
    nl = "; ".join(f"{one.count} {one.reason.nl}" for one in taken.left_out) or "geen"
    return three_parts(
        Text(
            en=f"no row for this dataset among the {taken.read} of the file (left out: {en})",
            nl=f"geen rij voor deze dataset onder de {taken.read} van het bestand (weggelaten: {nl})",
        ),
        Text(en="at least one row", nl="minstens één rij"),
        Text(
            en="check that this is the right file and the right period, or correct the source mapping",
            nl="ga na of dit het goede bestand en de goede periode is, of verbeter de bronbeschrijving",
        ),
    )


def _no_rows(headings: int) -> Text:
    return three_parts(
        Text(
            en=f"a row of headings ({headings}) and no rows below it",
            nl=f"een rij met kolomkoppen ({headings}) en geen rijen daaronder",
        ),
        Text(en="at least one row", nl="minstens één rij"),
        Text(
            en="check the export: often a filter is still on",
            nl="controleer de export: vaak staat er nog een filter aan",
        ),
    )


def _delivered(raw: RawTable, contract: DataContract, matched: Matched, *, rest: Rest) -> _Delivered:
    """Converts the matched columns; a column of the contract that was not delivered is empty."""
    numbers = {
        name: raw.stored_numbers[heading] for name, heading in matched.source.items() if heading in raw.stored_numbers
    }
    converted = convert_columns(
        matched.text, matched.columns, stored_numbers=numbers, beyond=rest.beyond, written_here=raw.written_here
    )
    columns = [_typed(column, converted.get(column.name), height=raw.frame.height) for column in contract.columns]
    typed = pl.DataFrame(columns).with_columns(raw.frame[ROW_NUMBER])
    return _Delivered(raw, contract, matched, converted, typed, rest.elsewhere)


def _typed(column: Column, converted: Converted | None, *, height: int) -> pl.Series:
    dtype = STORAGE[column.kind].polars
    empty = pl.Series([None], dtype=dtype).new_from_index(0, height)
    values = empty if converted is None else converted.values
    return values.cast(dtype).alias(column.name)


def _broken_rules(contract: DataContract, broken: Mapping[str, pl.Series], severity: Severity) -> list[Rule]:
    return [rule for rule in contract.rules if rule.name in broken and rule.severity == severity]


def _breaches(
    delivered: _Delivered,
    *,
    broken: Mapping[str, pl.Series],
    unknown: Mapping[str, pl.Series],
    period: str | None,
    refused_providers: Mapping[str, Text],
) -> list[Breach]:
    """Returns everything for which rows are refused; what is no row of the table is refused for that alone."""
    contract, typed = delivered.contract, delivered.typed
    breaches = [Breach(name, one) for name, column in delivered.converted.items() for one in column.faults]
    unread = {name: delivered.rows_with(column.faults) for name, column in delivered.converted.items()}
    breaches += column_breaches(typed, delivered.columns, unread=unread)
    breaches += period_breach(typed, contract, period=period)
    aside = _aside(delivered)
    is_aside = delivered.rows_with(breach.misfit for breach in aside)
    bad_key = delivered.rows_with(breach.misfit for breach in breaches if breach.column in contract.key)
    breaches += key_breaches(typed, contract, judged=~(bad_key | is_aside))
    breaches += [
        breach
        for c in delivered.columns
        if c.references == PROVIDERS and c.name in unknown
        for breach in unknown_providers(c, typed[c.name], unknown[c.name], refused=refused_providers)
    ]
    rules = _broken_rules(contract, broken, "refuse_row")
    breaches += [Breach(rule.column, Misfit(rule.name, broken[rule.name], rule.message)) for rule in rules]
    return [*aside, *(Breach(b.column, replace(b.misfit, rows=b.misfit.rows & ~is_aside)) for b in breaches)]


def _aside(delivered: _Delivered) -> list[Breach]:
    """Returns the rows that are no rows of the table: another table's, headings again, totals."""
    raw, contract, matched = delivered.raw, delivered.contract, delivered.matched
    tables = other_table(raw, contract, matched.source, delivered.elsewhere)
    of_another = delivered.rows_with(breach.misfit for breach in tables)
    used = set(matched.source.values())
    others = raw.frame.select(name for name in raw.columns if name not in used)
    totals = totals_rows(matched.text, contract, others=others, elsewhere=delivered.elsewhere)
    return [*tables, *(Breach(b.column, replace(b.misfit, rows=b.misfit.rows & ~of_another)) for b in totals)]


def _oddities(
    delivered: _Delivered, *, broken: Mapping[str, pl.Series], unknown: Mapping[str, pl.Series]
) -> list[_Oddity]:
    """Returns what is odd about rows without being wrong."""
    rules = _broken_rules(delivered.contract, broken, "warn")
    odd = [_Oddity(rule.name, rule.column, broken[rule.name], rule.message) for rule in rules]
    others = [c for c in delivered.columns if c.references != PROVIDERS and c.name in unknown]
    return [*odd, *(_unknown_reference(column, unknown[column.name]) for column in others)]


def _of_others(delivered: _Delivered, register: Register) -> list[_Oddity]:
    """Returns rows of providers that a supplier of the region does not speak for: they may replace what those say."""
    column = _speaks_of(delivered)
    if column is None or not register.own_providers:
        return []
    values = delivered.typed[column.name]
    rows = values.is_not_null() & ~values.is_in(pl.Series(sorted(register.own_providers)).implode())
    return [_Oddity("provider_of_another_supplier", column.name, rows, _NOT_ITS_OWN)]


def _speaks_of(delivered: _Delivered) -> Column | None:
    """Returns the column that says whose figures a row holds, in a dataset of figures."""
    column = next((c for c in delivered.columns if c.references == PROVIDERS and c.key), None)
    return column if delivered.contract.has_period else None


def _unlisted_breaches(delivered: _Delivered, register: Register) -> list[Breach]:
    """Returns rows of a supplier that the region does not name, about providers that another one speaks for."""
    column = _speaks_of(delivered)
    if column is None or not register.of_others:
        return []
    values = delivered.typed[column.name]
    rows = values.is_in(pl.Series(sorted(register.of_others), dtype=pl.String).implode()).fill_null(value=False)
    if not rows.any():
        return []
    speakers = sorted({register.of_others[one] for one in values.filter(rows).unique()})
    return [Breach(column.name, Misfit("supplier_not_in_region", rows, _unlisted(speakers, register.near)))]


_NOT_ITS_OWN = Text(
    en="These rows are about a provider that this supplier does not speak for (region.yaml); they were accepted.",
    nl="Deze rijen gaan over een zorgaanbieder voor wie deze leverancier niet spreekt (region.yaml); ze zijn "
    "geaccepteerd.",
)


def _unlisted(speakers: list[str], near: str | None) -> Text:
    """Returns what to say of rows of another supplier's provider, from a supplier that the region does not name."""
    names = ", ".join(f"'{one}'" for one in speakers)
    en = f" (did you mean '{near}'?)" if near else ""
    nl = f" (bedoelt u '{near}'?)" if near else ""
    return three_parts(
        Text(
            en=f"no such supplier in region.yaml{en}, and a provider ({{value}}) that {names} speaks for",
            nl=f"geen leverancier van die naam in region.yaml{nl}, en een zorgaanbieder ({{value}}) voor wie {names} "
            "spreekt",
        ),
        Text(
            en="figures of a provider from the supplier that speaks for it",
            nl="cijfers van een zorgaanbieder van de leverancier die voor hem spreekt",
        ),
        Text(
            en="correct the name of the folder, or add the supplier to region.yaml",
            nl="verbeter de naam van de map, of voeg de leverancier toe aan region.yaml",
        ),
    )


def _unknown_reference(column: Column, rows: pl.Series) -> _Oddity:
    dataset = (column.references or "").split(".")[0]
    text = Text(
        en=f"{column.name} is not in the dataset {dataset}; the rows were accepted, and stand on their own.",
        nl=f"{column.name} staat niet in de dataset {dataset}; de rijen zijn geaccepteerd en staan op zichzelf.",
    )
    return _Oddity(f"unknown_{column.name}", column.name, rows, text)


def _outcome(delivered: _Delivered, breaches: list[Breach], oddities: list[_Oddity]) -> Validated:
    """Puts accepted rows, rejections, notes and warnings together."""
    raw, numbers = delivered.raw, delivered.typed[ROW_NUMBER]
    bad = delivered.rows_with(breach.misfit for breach in breaches)
    doubts = [
        _Oddity(one.rule, name, one.rows, one.counted(one.rows & ~bad))
        for name, column in delivered.converted.items()
        for one in column.remarks
        if one.odd
    ]
    odd = [replace(oddity, rows=oddity.rows & ~bad) for oddity in (*doubts, *oddities)]
    any_odd = delivered.nowhere
    for oddity in odd:
        any_odd = any_odd | oddity.rows
    rejections = pl.concat([_unlaid(delivered), *(_rejections(breach, delivered) for breach in breaches)])
    said = tuple(note for note in raw.notes if note.odd)
    notes = [one.note(name) for name, column in delivered.converted.items() for one in column.remarks if not one.odd]
    return Validated(
        dataset=delivered.contract.dataset,
        rows=raw.rows,
        accepted=delivered.typed.filter(~bad),
        rejections=rejections.sort(ROW_NUMBER, maintain_order=True),
        refused_rows=_told_of(as_delivered(raw, bad), delivered),
        refused_keys=_refused_keys(delivered, bad, breaches),
        notes=(*(note for note in raw.notes if not note.odd), *delivered.matched.notes, *notes),
        warnings=(*said, *(_warning(oddity, numbers) for oddity in odd if oddity.rows.any())),
        warned_rows=int(any_odd.sum()),
        format=raw.format,
    )


def _refused_keys(delivered: _Delivered, bad: pl.Series, breaches: Iterable[Breach]) -> pl.DataFrame:
    """Returns the keys of refused rows whose key itself is right, of a dataset without periods; else none."""
    key = list(delivered.contract.key)
    if delivered.contract.has_period:
        return delivered.typed.select(key).clear()
    bad_key = delivered.rows_with(breach.misfit for breach in breaches if breach.column in key)
    return delivered.typed.filter(bad & ~bad_key).select(key).unique(maintain_order=True)


def _warning(oddity: _Oddity, numbers: pl.Series) -> Note:
    first = tuple(numbers.filter(oddity.rows).unique(maintain_order=True).head(NOTED_ROWS).to_list())
    return Note(
        rule=oddity.rule, count=int(oddity.rows.sum()), text=oddity.text, column=oddity.column, rows=first, odd=True
    )


def _rejections(breach: Breach, delivered: _Delivered) -> pl.DataFrame:
    """Returns one row a refused row, with the value as delivered and the message in both languages."""
    value = _value_delivered(breach.column, delivered)
    found = breach.misfit.found if breach.misfit.found is not None else value
    about = {ROW_NUMBER: delivered.raw.frame[ROW_NUMBER], "value": value, "found": found, "rows": breach.misfit.rows}
    rows = pl.DataFrame(about).filter("rows")
    texts = {"message_nl": breach.misfit.text.nl, "message_en": breach.misfit.text.en}
    different = rows.select(pl.col("found").unique())  # many rows say the same: their message is made once
    messages = different.with_columns(_filled(text).alias(name) for name, text in texts.items())
    told = rows.join(messages, on="found", how="left", nulls_equal=True, maintain_order="left")
    about_rule = {"column": pl.lit(breach.column, dtype=pl.String), "rule": pl.lit(breach.misfit.rule)}
    return told.with_columns(**about_rule).select(pl.col(name).cast(dtype) for name, dtype in REJECTION_SCHEMA.items())


def _told_of(refused_rows: pl.DataFrame, delivered: _Delivered) -> pl.DataFrame:
    """Returns refused rows as a report may repeat them: of people's data without what is personal, or not known.

    Such cells are empty: sent back as they are, they say that the patient is unknown.
    """
    if delivered.contract.is_published:
        return refused_rows
    public = {delivered.matched.source[c.name] for c in delivered.columns if c.classification != "personal"}
    hidden = [name for name in delivered.raw.columns if name not in public]
    return refused_rows.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in hidden)


def _unlaid(delivered: _Delivered) -> pl.DataFrame:
    """Returns the rows that could not be laid into columns, unrepeated where part of a row is personal."""
    if delivered.contract.is_published:
        return delivered.raw.refused
    return delivered.raw.refused.with_columns(value=pl.lit(HIDDEN))


def _value_delivered(column: str | None, delivered: _Delivered) -> pl.Series:
    """Returns a column as delivered; what is personal is not repeated, and a rule about the whole row has no value."""
    if column is None or column not in delivered.matched.source:
        return pl.Series([None], dtype=pl.String).new_from_index(0, delivered.typed.height)
    if delivered.contract.column(column).classification == "personal":
        return pl.Series([HIDDEN]).new_from_index(0, delivered.typed.height)
    return delivered.raw.frame[delivered.matched.source[column]]


def _filled(template: str) -> pl.Expr:
    """Returns a message with what was found in its place."""
    before, mark, after = template.partition("{value}")
    if not mark:
        return pl.lit(template)
    return pl.concat_str(pl.lit(before), pl.col("found").str.slice(0, _SHOWN_CHARACTERS).fill_null(""), pl.lit(after))
