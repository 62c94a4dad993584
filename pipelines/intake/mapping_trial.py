"""Trying a source mapping on a file: what it recognises, makes and leaves out, and what contracts say of that."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from data_contracts.contract import load_contract
from data_contracts.text import Text
from pipelines.judging import PROVIDERS, Register, Validated, validate
from pipelines.reading import sources
from pipelines.reading.conversion.calendar import canonical_period
from pipelines.reading.formats.raw import RawTable, Unreadable
from pipelines.reading.sources import Mapping, Translated


@dataclass(frozen=True)
class Yielded:
    """One dataset of a file: what the mapping made of it, and what its contract says."""

    made: Translated
    judged: Validated

    @property
    def passes(self) -> bool:
        """Returns whether everything that was made is accepted."""
        return self.judged.refusal is None and not self.judged.rejected


@dataclass(frozen=True)
class MappingTrial:
    """A mapping tried on a file.

    Attributes:
        mapping: which.
        misfit: why the mapping does not recognise the file; None if it does.
        before: the file as read; None if it cannot be.
        yields: one a dataset.
        problem: why it cannot be read or mapped; None if it can.
    """

    mapping: Mapping
    misfit: Text | None
    before: RawTable | None = None
    yields: tuple[Yielded, ...] = ()
    problem: Unreadable | None = None

    @property
    def passes(self) -> bool:
        """Returns whether the file is recognised, maps, and all of it is accepted."""
        return self.misfit is None and self.problem is None and all(one.passes for one in self.yields)


def try_mapping(path: Path, mapping: Mapping, *, period: str, register: Register) -> MappingTrial:
    """Returns what a mapping makes of a file.

    Args:
        path: the file; files that it is read with lie beside it.
        mapping: the mapping.
        period: the period that it would be delivered for.
        register: what rows may refer to, beside the providers that the file itself holds.
    """
    misfit = sources.misfit(path, mapping)
    try:
        before = sources.read_source(path, mapping)
        beside = sources.find_companions(path, mapping)
        companions = {name: sources.read_source(file, mapping, table=name) for name, file in beside.items()}
        made = sources.translate(before, mapping, period=period, companions=companions)
    except Unreadable as problem:
        return MappingTrial(mapping, misfit, problem=problem)
    known = _with_own_providers(register, made)
    judged = (validate(one.raw, load_contract(one.dataset), register=known, period=period) for one in made)
    return MappingTrial(mapping, misfit, before, tuple(map(Yielded, made, judged)))


def own_period(path: Path, mapping: Mapping, *, otherwise: str) -> str:
    """Returns the period that a file is of by its name, or by the periods of its rows if they are of one year.

    Args:
        path: the file.
        mapping: the mapping.
        otherwise: what is taken where the file does not say it.
    """
    if (named := mapping.recognise.year_of(path.name)) is not None:
        return named
    try:
        raw = sources.read_source(path, mapping)
        beside = sources.find_companions(path, mapping)
        companions = {name: sources.read_source(file, mapping, table=name) for name, file in beside.items()}
        made = sources.translate(raw, mapping, period=otherwise, companions=companions)
    except Unreadable:
        return otherwise
    cells = {cell for one in made for cell in one.frame.get_column("period", default=_NO_CELLS).drop_nulls().unique()}
    said = {period for cell in cells if (period := canonical_period(str(cell))) is not None}
    if len(said) == 1:
        return said.pop()
    years = {period[:4] for period in said}
    return years.pop() if len(years) == 1 else otherwise


_NO_CELLS = pl.Series([], dtype=pl.String)


def _with_own_providers(register: Register, made: list[Translated]) -> Register:
    """Returns a register with the providers that the file brings: they are read first."""
    own = next((one.frame.get_column("provider_id", default=None) for one in made if one.dataset == "providers"), None)
    if own is None:
        return register
    providers = register.known.get(PROVIDERS, frozenset()) | frozenset(own.drop_nulls().cast(pl.String).to_list())
    return Register({**register.known, PROVIDERS: providers}, register.own_providers)
