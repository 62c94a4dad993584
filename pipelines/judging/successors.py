"""Rows that name another row of their dataset as their successor: it must exist, and the line must have an end."""

import polars as pl

from data_contracts.contract import Column, DataContract
from data_contracts.text import Text
from pipelines.judging.verdict import Breach, Register
from pipelines.reading.conversion import Misfit
from pipelines.reading.conversion.converted import misfit


def succession_breaches(typed: pl.DataFrame, contract: DataContract, register: Register) -> list[Breach]:
    """Returns the rows whose successor is unknown, or that are their own successor in the end.

    Args:
        typed: the rows of one delivery.
        contract: of their dataset.
        register: what was accepted before; a successor may stand there or in the delivery itself.
    """
    breaches = []
    for column in contract.columns:
        if column.succeeds is not None and typed[column.name].count():
            known = register.known.get(f"{contract.dataset}.{column.succeeds}", frozenset())
            breaches += _breaches(typed, column, key=column.succeeds, known=known)
    return breaches


def _breaches(typed: pl.DataFrame, column: Column, *, key: str, known: frozenset[str]) -> list[Breach]:
    names, there = typed[column.name], known | set(typed[key].drop_nulls().to_list())
    unknown = names.is_not_null() & ~names.is_in(pl.Series(sorted(there), dtype=pl.String).implode())
    next_of = dict(typed.select(key, column.name).drop_nulls().iter_rows())
    circles = (
        typed[key].is_in(pl.Series(sorted(_in_circles(next_of)), dtype=pl.String).implode()).fill_null(value=False)
    )
    found = [_unknown(unknown), _circle(circles & names.is_not_null())]
    return [Breach(column.name, one) for one in found if one.rows.any()]


def _in_circles(next_of: dict[str, str]) -> set[str]:
    """Returns those from whom the line of successors leads back to themselves."""
    return {start for start in next_of if _comes_back(start, next_of)}


def _comes_back(start: str, next_of: dict[str, str]) -> bool:
    passed: set[str] = set()
    place = next_of.get(start)
    while place is not None and place not in passed:
        if place == start:
            return True
        passed.add(place)
        place = next_of.get(place)
    return False


def _unknown(rows: pl.Series) -> Misfit:
    return misfit(
        "successor_unknown",
        rows,
        expected=Text(
            en="the code of a provider in this file or in the register",
            nl="de code van een zorgaanbieder in dit bestand of in het register",
        ),
        action=Text(
            en="correct the code, or add the successor as a row of its own and send the file again",
            nl="verbeter de code, of zet de opvolger als eigen rij in het bestand en stuur het opnieuw",
        ),
    )


def _circle(rows: pl.Series) -> Misfit:
    return misfit(
        "successor_circle",
        rows,
        expected=Text(
            en="a successor whose own line of successors does not lead back here",
            nl="een opvolger van wie de rij opvolgers niet hier terugkomt",
        ),
        action=Text(
            en="leave the successor empty for the provider that exists today",
            nl="laat de opvolger leeg bij de zorgaanbieder die vandaag bestaat",
        ),
    )
