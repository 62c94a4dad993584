"""Does a delivery hold citizen service numbers? Then it is refused whole, before anything of it is kept.

A BSN has nine digits d1..d9 with 9·d1 + 8·d2 + … + 2·d8 − d9 divisible by eleven (the eleven-test, Dutch tax
authority). One in eleven other numbers of nine digits passes by chance, care product codes too: a column counts when
most of its values pass, and only with so many different values that chance is out of the question.
"""

import polars as pl

from data_contracts.contract import DataContract, normalised
from data_contracts.text import Text
from pipelines.judging.verdict import Refusal
from pipelines.reading.conversion.converted import trimmed
from pipelines.reading.formats.raw import RawTable, three_parts

ENOUGH_VALUES = 3
"""Different values that pass: by chance once in 1,300 files."""
ENOUGH_CODES = 10
"""The same for a column that is expected to hold codes of nine digits."""

_NAMES = {"bsn", "burgerservicenummer", "sofinummer", "bsnnummer", "bsnpatient", "patientbsn"}
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def passes_eleven_test(values: pl.Series) -> pl.Series:
    """Returns which values are nine digits (dots and spaces between them aside) that pass the eleven-test."""
    digits = values.str.replace_all(r"[. ]", "").str.replace(r"^(\d+)\.0$", "$1")
    nine = digits.str.contains(r"^\d{9}$").fill_null(value=False) & (digits != "000000000").fill_null(value=False)
    number = pl.select(pl.when(nine).then(digits)).to_series().cast(pl.Int64)
    total = sum(
        ((number // 10 ** (8 - place)) % 10 * weight for place, weight in enumerate(_WEIGHTS)), start=pl.Series([0])
    )
    return nine & (total % 11 == 0).fill_null(value=False)


def refusal_for_personal_numbers(raw: RawTable, contract: DataContract) -> Refusal | None:
    """Returns the refusal of a file in which a column holds citizen service numbers, else None."""
    long = pl.all().str.len_bytes()
    fitting = raw.frame.select(raw.columns).select(long.is_between(9, 24).sum() * 2 > (long > 0).sum()).row(0)
    columns = [pair for pair, fits in zip(zip(raw.columns, raw.headings, strict=True), fitting, strict=True) if fits]
    guilty = [heading or name for name, heading in columns if _holds_numbers(raw.frame[name], heading, contract)]
    if not guilty:
        return None
    names = ", ".join(f"'{name}'" for name in guilty)
    message = three_parts(
        Text(
            en=f"numbers that look like citizen service numbers (BSN) in {names}",
            nl=f"nummers die op burgerservicenummers (BSN) lijken in {names}",
        ),
        Text(en="no personal numbers at all", nl="helemaal geen persoonsnummers"),
        Text(
            en="remove the column, or replace it by a pseudonym, and send the file again; nothing of it was kept",
            nl=(
                "verwijder de kolom of vervang die door een pseudoniem en stuur het bestand "
                "opnieuw; er is niets van bewaard"
            ),
        ),
    )
    return Refusal("personal_numbers", message)


def _holds_numbers(column: pl.Series, heading: str, contract: DataContract) -> bool:
    values = trimmed(column).drop_nulls().unique()
    candidates = values.filter(values.str.contains(r"^[\d. ]{9,12}(\.0)?$"))
    if candidates.len() * 2 <= values.len():
        return False
    passing = candidates.filter(passes_eleven_test(candidates))
    if passing.len() * 2 <= values.len():
        return False
    known = contract.for_heading(heading)
    expects_codes = known is not None and known.code_length == 9
    enough = 1 if normalised(heading) in _NAMES else ENOUGH_CODES if expects_codes else ENOUGH_VALUES
    return passing.n_unique() >= enough
