"""`sign-off`: a party accepts its own baseline."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.output import out, print_json, print_table

if TYPE_CHECKING:
    from pipelines.release import releases
    from pipelines.release.sign_offs import SignOff

_SEEN = """
SELECT 'volume' AS what, sum(units) AS value, 'units' AS unit FROM volume
    WHERE provider_id = $party AND left(period, 4) = $year
UNION ALL SELECT 'revenue', sum(revenue_eur), 'euro' FROM revenue
    WHERE $party IN (provider_id, payer_id) AND left(period, 4) = $year
UNION ALL SELECT 'annual revenue', annual_revenue_eur, 'euro' FROM provider WHERE provider_id = $party
UNION ALL SELECT 'annual revenue', annual_revenue_eur, 'euro' FROM payer WHERE payer_id = $party
UNION ALL SELECT 'available ' || resource, sum(available), NULL FROM capacity
    WHERE provider_id = $party AND left(period, 4) = $year GROUP BY resource
"""


@app.command("sign-off")
def sign(
    provider: Annotated[str, typer.Argument(help="Id of the party, a provider or a payer.", metavar="PROVIDER")],
    workspace: WorkspaceOption = None,
    *,
    by: Annotated[str | None, typer.Option("--by", help="Who signs. Default: who is logged in.")] = None,
    release: Annotated[str | None, typer.Option("--release", help="Id of the release. Default: the current.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Records that a party has seen and accepts its own baseline: who, when, which release, and a hash of it."""
    from pipelines.release import releases
    from pipelines.release.sign_offs import sign_off

    place = opened(workspace)
    chosen = releases.find(place.published, release) if release else releases.require_current(place.published)
    signed = sign_off(place, chosen, party=provider, who=by or getpass.getuser())
    if as_json:
        print_json(signed.model_dump())
    else:
        _tell(chosen, signed)


def _tell(release: releases.ReleaseFolder, signed: SignOff) -> None:
    """Prints what was signed: the sums of the baseline that the hash stands for."""
    import polars as pl

    from pipelines.warehouse.building import reading

    with reading(release.database) as connection:
        values = {"party": signed.party, "year": str(release.manifest.base_year)}
        seen = connection.execute(_SEEN, values).pl()
    print_table(
        seen.with_columns(pl.col("value").cast(pl.Float64)).drop_nulls("value"),
        title=f"Baseline of {signed.party} in {release.manifest.base_year}",
    )
    out().print(
        f"\nSigned by {signed.who} on {signed.when:%Y-%m-%d %H:%M} (UTC), release {signed.release}, "
        f"hash {signed.hash[:12]}.\nThe next refresh shows it on the Sources page.",
        soft_wrap=True,
        markup=False,
    )
