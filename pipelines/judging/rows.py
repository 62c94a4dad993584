"""Which rows break what the contract says of its columns: required, range, key, references, period.

Every check takes the whole table at once and returns the rows that break one rule. Nothing here is a second list of
rules: all of it follows from the contract's columns.
"""

from collections.abc import Mapping

import polars as pl

from data_contracts.contract import Column, DataContract
from data_contracts.text import Text
from pipelines.judging.verdict import Breach, Register
from pipelines.reading.conversion import Misfit
from pipelines.reading.conversion.converted import misfit
from pipelines.reading.formats.raw import ROW_NUMBER, three_parts

RESERVED = ("patients", "pool")
"""Names that the results keep for themselves: no party has one for a code. `unknown` is read as empty."""

_SHOWN_ROWS = 5
_PLACE = "_place"


def column_breaches(typed: pl.DataFrame, columns: tuple[Column, ...], *, unread: dict[str, pl.Series]) -> list[Breach]:
    """Returns where required cells are empty and where numbers are out of range; cells that could not be read aside."""
    breaches = []
    for column in columns:
        values = typed[column.name]
        if column.required:
            empty = values.is_null() & ~unread[column.name]
            breaches.append(Breach(column.name, _required(column, empty)))
        if column.minimum is not None or column.maximum is not None:
            breaches.append(Breach(column.name, _out_of_range(column, values)))
    return [breach for breach in breaches if breach.misfit.rows.any()]


def _required(column: Column, rows: pl.Series) -> Misfit:
    found = misfit(
        "required",
        rows,
        expected=Text(
            en=f"a value: {column.description.en.rstrip('.')}", nl=f"een waarde: {column.description.nl.rstrip('.')}"
        ),
        action=Text(en=f"fill in {column.name}", nl=f"vul {column.name} in"),
    )
    text = Text(
        en=found.text.en.replace("'{value}'", f"nothing in {column.name}"),
        nl=found.text.nl.replace("'{value}'", f"niets in {column.name}"),
    )
    return Misfit(found.rule, found.rows, text)


def _out_of_range(column: Column, values: pl.Series) -> Misfit:
    below = values < column.minimum if column.minimum is not None else None
    above = values > column.maximum if column.maximum is not None else None
    sides = [side.fill_null(value=False) for side in (below, above) if side is not None]
    rows = sides[0] if len(sides) == 1 else sides[0] | sides[1]
    hint = Text(en="correct the number", nl="verbeter het getal")
    if column.kind == "share":
        hint = Text(
            en="write a share from 0 to 1, or put a % behind it (12% is 0.12)",
            nl="schrijf een aandeel van 0 tot 1, of zet er een % achter (12 % is 0,12)",
        )
    if column.name == "units" and column.minimum == 0:
        hint = Text(
            en="correct the number; a credit is no row of its own: take it off the row that it takes back, or deliver "
            "the lines (dataset declarations) with the number of the line taken back in corrects",
            nl="verbeter het getal; een creditering is geen eigen rij: haal die af van de rij die zij terugneemt, of "
            "lever de regels (dataset declarations) met in corrects het nummer van de teruggenomen regel",
        )
    return misfit("range", rows, expected=_limits(column), action=hint)


def _limits(column: Column) -> Text:
    low = None if column.minimum is None else f"{column.minimum:g}"
    high = None if column.maximum is None else f"{column.maximum:g}"
    if low is not None and high is not None:
        return Text(en=f"a number from {low} to {high}", nl=f"een getal van {low} tot en met {high}")
    if low is not None:
        return Text(en=f"a number of {low} or more", nl=f"een getal van {low} of meer")
    return Text(en=f"a number of at most {high}", nl=f"een getal van hoogstens {high}")


def period_breach(typed: pl.DataFrame, contract: DataContract, *, period: str | None) -> list[Breach]:
    """Returns rows of another period than the delivery's; a year's delivery may hold its quarters."""
    column = next((column for column in contract.columns if column.kind == "period"), None)
    if column is None or period is None:
        return []
    values = typed[column.name]
    own = values.str.starts_with(period) if len(period) == 4 else values == period
    rows = (~own).fill_null(value=False)
    if not rows.any():
        return []
    quarters = (
        Text(en=" or one of its quarters", nl=" of een van de kwartalen") if len(period) == 4 else Text(en="", nl="")
    )
    found = misfit(
        "other_period",
        rows,
        expected=Text(
            en=f"{period}{quarters.en}, the period of the folder", nl=f"{period}{quarters.nl}, de periode van de map"
        ),
        action=Text(
            en="correct the period, or put these rows in a file in the folder of their own period",
            nl="verbeter de periode, of zet deze rijen in een bestand in de map van hun eigen periode",
        ),
    )
    return [Breach(column.name, found)]


def key_breaches(typed: pl.DataFrame, contract: DataContract, *, judged: pl.Series) -> list[Breach]:
    """Returns rows that repeat a key: of equal rows all but the first, of contradicting rows all.

    Args:
        typed: the typed table with `row_number`.
        contract: says what the key is; null is a value of its own in it.
        judged: the rows whose key could be read.
    """
    key = list(contract.key)
    numbered = typed.with_row_index(_PLACE)  # one delivered row may make several, so its number says not which
    candidates = numbered.filter(judged)
    double = candidates.filter(candidates.select(key).is_duplicated())
    if double.is_empty():
        return []
    rest = [name for name in typed.columns if name not in {*key, ROW_NUMBER}]
    same = pl.struct(rest).n_unique() == 1 if rest else pl.lit(value=True)
    rows = pl.col(ROW_NUMBER).unique().sort()
    shown = rows.head(_SHOWN_ROWS).cast(pl.String).str.join(", ")
    more = pl.when(rows.len() > _SHOWN_ROWS).then(pl.lit(", ...")).otherwise(pl.lit(""))
    first = pl.col(_PLACE).sort_by(ROW_NUMBER).first()
    groups = double.group_by(key, maintain_order=True).agg(_PLACE, same=same, shown=shown + more, first=first)
    members = groups.select(_PLACE, "same", "shown", "first").explode(_PLACE)
    placed = numbered.select(_PLACE).join(members, on=_PLACE, how="left", maintain_order="left")
    repeats = (placed["same"] & (placed[_PLACE] != placed["first"])).fill_null(value=False)
    conflicts = (~placed["same"]).fill_null(value=False)
    found = [_repeat(repeats, placed["shown"]), _conflict(conflicts, placed["shown"], key)]
    return [Breach(None, one) for one in found if one.rows.any()]


def _repeat(rows: pl.Series, shown: pl.Series) -> Misfit:
    made = misfit(
        "duplicate_row",
        rows,
        expected=Text(en="every row once", nl="elke rij één keer"),
        action=Text(
            en="remove the repetition; the first of them was accepted",
            nl="verwijder de herhaling; de eerste is geaccepteerd",
        ),
    )
    text = Text(
        en=made.text.en.replace("'{value}'", "the same row in rows {value}"),
        nl=made.text.nl.replace("'{value}'", "dezelfde rij in de rijen {value}"),
    )
    return Misfit(made.rule, made.rows, text, found=shown)


def _conflict(rows: pl.Series, shown: pl.Series, key: list[str]) -> Misfit:
    names = ", ".join(key)
    made = misfit(
        "duplicate_key",
        rows,
        expected=Text(en=f"one row for each {names}", nl=f"één rij voor elke {names}"),
        action=Text(
            en="add the rows up, or remove the one that is wrong; none of them was accepted",
            nl="tel de rijen op, of verwijder de foute; geen ervan is geaccepteerd",
        ),
    )
    text = Text(
        en=made.text.en.replace("'{value}'", "the same key with other figures in rows {value}"),
        nl=made.text.nl.replace("'{value}'", "dezelfde sleutel met andere cijfers in de rijen {value}"),
    )
    return Misfit(made.rule, made.rows, text, found=shown)


def unknown_references(typed: pl.DataFrame, columns: tuple[Column, ...], register: Register) -> dict[str, pl.Series]:
    """Returns, by column, the rows that refer to something the register does not hold."""
    unknown = {}
    for column in columns:
        known = register.known.get(column.references or "")
        if known is None or column.name not in typed.columns:
            continue
        values = typed[column.name]
        rows = values.is_not_null() & ~values.is_in(pl.Series(sorted(known), dtype=pl.String).implode())
        if rows.any():
            unknown[column.name] = rows
    return unknown


def unknown_providers(
    column: Column, values: pl.Series, rows: pl.Series, *, refused: Mapping[str, Text]
) -> list[Breach]:
    """Returns the refusal of rows whose provider is not in the register: their figures would belong to nobody.

    Args:
        column: the column.
        values: the providers.
        rows: which of them are unknown.
        refused: by provider, why its own row in the register was refused.
    """
    because = {
        name: (rows & (values == name)).fill_null(value=False) for name in values.filter(rows).unique().to_list()
    }
    told = [_refused_too(name, because[name], refused[name]) for name in sorted(because) if name in refused]
    rest = rows
    for one in told:
        rest = rest & ~one.rows
    return [Breach(column.name, one) for one in (*told, _unknown_provider(rest)) if one.rows.any()]


def _refused_too(name: str, rows: pl.Series, why: Text) -> Misfit:
    found = _unknown_provider(rows)
    return Misfit(
        "provider_refused",
        rows,
        three_parts(
            Text(
                en=f"a provider ({name}) whose own row in the register was refused: {why.en}",
                nl=f"een zorgaanbieder ({name}) van wie de eigen rij in het register is geweigerd: {why.nl}",
            ),
            Text(
                en="a provider from the register (dataset providers)",
                nl="een zorgaanbieder uit het register (dataset providers)",
            ),
            Text(
                en="mend that row; this file is then read again by itself",
                nl="herstel die rij; dit bestand wordt dan vanzelf opnieuw gelezen",
            ),
        ),
        found=found.found,
    )


def _unknown_provider(rows: pl.Series) -> Misfit:
    return misfit(
        "reference",
        rows,
        expected=Text(
            en="a provider from the register (dataset providers)",
            nl="een zorgaanbieder uit het register (dataset providers)",
        ),
        action=Text(
            en="correct the code, or have the provider added to the register; the file is then read again by itself",
            nl=(
                "verbeter de code, of laat de zorgaanbieder aan het register toevoegen; het "
                "bestand wordt dan vanzelf opnieuw gelezen"
            ),
        ),
    )


def codes_of_others(typed: pl.DataFrame, columns: tuple[Column, ...], register: Register) -> list[Breach]:
    """Returns the rows whose code is that of a party of the other side: results go by party, so one would be two."""
    breaches = []
    for column in columns:
        if not (taken := codes_taken(column, register)):
            continue
        rows = typed[column.name].is_in(pl.Series(sorted(taken), dtype=pl.String).implode()).fill_null(value=False)
        if rows.any():
            breaches.append(Breach(column.name, _code_of_another(column, rows)))
    return breaches


def codes_taken(column: Column, register: Register) -> frozenset[str]:
    """Returns the codes that may not stand in a column: those of the other side, and in a reference reserved names."""
    if column.differs_from is None:
        return frozenset()
    reserved = RESERVED if column.references else ()
    return register.known.get(column.differs_from, frozenset()).union(reserved)


def _code_of_another(column: Column, rows: pl.Series) -> Misfit:
    return misfit(
        "code_of_another_party",
        rows,
        expected=Text(
            en=f"a code of its own; this one is in the dataset {_dataset(column)}, or is a word of the program",
            nl=f"een eigen code; deze staat in de dataset {_dataset(column)}, of is een woord van het programma",
        ),
        action=Text(
            en=f"correct {column.name}; every provider and every payer has a code that no other party has",
            nl=f"verbeter {column.name}; elke aanbieder en elke betaler heeft een code die geen andere partij heeft",
        ),
    )


def _dataset(column: Column) -> str:
    return (column.differs_from or "").partition(".")[0]
