"""How both worlds are printed: what happens without an agreement too, beneath the figures that are set against it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipelines.cli.output import out

if TYPE_CHECKING:
    import polars as pl

    from dashboards.telling.worlds import Worlds
    from data_contracts.text import Language

_NAMED = {"provider": "provider_id", "payer": "payer_id", "resource": "resource", "volume_norm": "norm"}


def worlds_of(
    initiatives: pl.DataFrame, thresholds: pl.DataFrame, *, facts: Mapping[str, pl.DataFrame], lang: Language
) -> Worlds:
    """Returns both worlds of one scenario in a language.

    Args:
        initiatives: the table `initiative` of the scenario.
        thresholds: its table `threshold`.
        facts: fact tables by published name, for the names.
        lang: the language.
    """
    from dashboards.telling.worlds import Worlds
    from dashboards.words.wording import wording
    from models.anyway import happens_anyway

    titles = dict(initiatives.select("initiative", f"title_{lang}").drop_nulls().iter_rows())
    return Worlds(happens_anyway(initiatives, thresholds), titles, names_of(facts), wording(lang))


def names_of(facts: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """Returns the names of parties, resources and norms by id, as far as fact tables have them."""
    return {key: name for table, column in _NAMED.items() for key, name in _names(facts.get(table), column)}


def _names(table: pl.DataFrame | None, column: str) -> list[tuple[str, str]]:
    """Returns the ids and names of a fact table, those without a name left out."""
    if table is None or not {column, "name"} <= set(table.columns):
        return []
    return table.select(column, "name").drop_nulls().unique(column, keep="first", maintain_order=True).rows()


def print_worlds(worlds: Worlds) -> None:
    """Prints what happens without an agreement too."""
    heading, *lines = worlds.said()
    out().print(f"\n{heading}", soft_wrap=True, markup=False)
    for line in lines:
        out().print(f"  {line}", soft_wrap=True, markup=False)
