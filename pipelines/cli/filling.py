"""Filling a shipped template in for a region: what it has, where the initiative goes, and what is left to people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from data_contracts.text import Language, Text
from pipelines.cli.output import out

if TYPE_CHECKING:
    import polars as pl

    from pipelines.evaluation.own_templates import OwnRegion, OwnTemplate
    from pipelines.evaluation.shipped import Template
    from pipelines.workspace.workspace import Workspace

_PUT = Text(en="{name} stands in {path}.", nl="{name} staat in {path}.")
_LEFT = Text(en="Left to fill in or confirm:", nl="Nog in te vullen of te bevestigen:")
_NOTHING = Text(en="Nothing is left to fill in.", nl="Er is niets meer in te vullen.")
_RESOURCES = Text(
    en="{names}: not delivered by the region, so shipped assumptions were put in {path}: confirm or replace them",
    nl="{names}: niet door de regio geleverd, dus zijn meegeleverde aannames gezet in {path}: bevestig of vervang ze",
)
_UNKNOWN = Text(
    en="{names}: delivered by nobody, and not shipped: deliver the dataset resources",
    nl="{names}: door niemand geleverd, en niet meegeleverd: lever de dataset resources aan",
)


def own_region(place: Workspace) -> OwnRegion:
    """Returns what a region has that templates may name."""
    import polars as pl

    from pipelines.evaluation.own_templates import OwnParty, OwnRegion
    from pipelines.intake.at_hand import rows_at_hand

    providers = rows_at_hand(place, "providers").unique("provider_id", keep="last", maintain_order=True)
    providers = providers.filter(pl.col("successor_id").is_null())
    providers = providers.sort("annual_revenue_eur", descending=True, nulls_last=True, maintain_order=True)
    parties = (
        OwnParty(row["provider_id"], row["name"], row["kind"], row["latitude"] is not None)
        for row in providers.iter_rows(named=True)
    )
    resources = rows_at_hand(place, "resources")["resource"].drop_nulls()
    return OwnRegion(tuple(parties), frozenset(resources.to_list()), _delivered(rows_at_hand(place, "volume")))


def _delivered(volume: pl.DataFrame) -> dict[str, list[str]]:
    """Returns by specialism the diagnoses that were delivered, the most frequent first."""
    import polars as pl

    pairs = (
        volume.drop_nulls(["specialism", "diagnosis"]).group_by("specialism", "diagnosis").agg(pl.col("units").sum())
    )
    ordered = pairs.sort("units", "diagnosis", descending=[True, False])
    by_specialism = ordered.group_by("specialism", maintain_order=True).agg("diagnosis")
    return {row["specialism"]: row["diagnosis"] for row in by_specialism.iter_rows(named=True)}


def put_into_region(
    place: Workspace, template: Template, *, into: Path, lang: Language
) -> tuple[OwnTemplate, list[str]]:
    """Puts a template into a scenario of a region, and the resources that it lacks into the inbox.

    Returns the template as filled in, and what is left for people, in their language.
    """
    from pipelines.evaluation.into_scenario import put_into
    from pipelines.evaluation.own_templates import own_template

    own = own_template(template, own_region(place))
    put_into(_scenario_file(place, into), own.text, template=template, base_year=place.region.base_year)
    return own, [*(text.of(lang) for text in own.left), *_resources_told(place, own, lang)]


def _scenario_file(place: Workspace, into: Path) -> Path:
    """Returns where a scenario file lies: a bare name and `scenarios/x.yaml` are of the workspace."""
    if into.is_absolute():
        return into
    return place.root / into if into.parts[0] == place.scenarios.name else place.scenarios / into


def _resources_told(place: Workspace, own: OwnTemplate, lang: Language) -> list[str]:
    """Delivers the resources that ship; returns what is to be said of those that the region lacks."""
    from data_contracts.reference_tables import reference_table
    from pipelines.workspace.new.reference_delivery import deliver_reference

    shipped = {str(row.cells["resource"]) for row in reference_table("resources")}
    period = str(place.region.base_year)
    path = deliver_reference(place.inbox, "resources", own.resources, period=period, language=lang)
    told = []
    if path is not None:
        names = ", ".join(name for name in own.resources if name in shipped)
        told.append(_RESOURCES.of(lang).format(names=names, path=path.relative_to(place.root)))
    if unknown := [name for name in own.resources if name not in shipped]:
        told.append(_UNKNOWN.of(lang).format(names=", ".join(unknown)))
    return told


def tell_filled(name: str, into: Path, left: list[str], *, lang: Language) -> None:
    """Prints where an initiative went and what is left to people."""
    out().print(_PUT.of(lang).format(name=name, path=into), soft_wrap=True, markup=False)
    out().print(_LEFT.of(lang) if left else _NOTHING.of(lang))
    for line in left:
        out().print(f"  - {line}", soft_wrap=True, markup=False)
