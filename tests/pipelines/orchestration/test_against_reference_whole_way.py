"""The whole way beside the reference: a random region as a supplier's files, refreshed, read from the release."""

from pathlib import Path

import polars as pl
import pytest
import yaml
from reference import evaluate_reference
from reference.comparison import differences, report
from reference.worlds import World, make_world

from data_contracts.contract import load_contracts
from pipelines.orchestration.refresh import refresh
from pipelines.release import releases
from pipelines.warehouse.building import reading
from pipelines.workspace.workspace import Workspace


def one_way(table: pl.DataFrame) -> pl.DataFrame:
    """Leaves the quarters out where the year is there as well: which of the two counts is the warehouse's question."""
    year = pl.col("period").str.slice(0, 4)
    whole = (pl.col("period") == year).any().over("provider_id", year)
    return table.filter((pl.col("period") == year) | ~whole)


def deliver(world: World, root: Path) -> Workspace:
    """Writes a world as one supplier's CSV files, a period a folder, and its scenario."""
    base_year = world.scenario["base_year"]
    settings = {"name": "Random", "base_year": base_year, "suppliers": ["region"]}
    (root / "scenarios").mkdir(parents=True)
    (root / "region.yaml").write_text(yaml.safe_dump(settings))
    (root / "scenarios" / "world.yaml").write_text(world.text)
    for contract in load_contracts().values():
        table = world.tables.get(contract.table)
        if table is not None and contract.dataset == "revenue":  # a row of neither says nothing, and is refused as that
            table = table.filter(pl.any_horizontal(pl.col("units", "revenue_eur").is_not_null()))
        if table is not None and contract.has_period:
            table = one_way(table)
        if table is not None and table.height:
            periods = table.partition_by("period", as_dict=True) if contract.has_period else {(base_year,): table}
            for (period,), rows in periods.items():
                folder = root / "inbox" / "region" / str(period)
                folder.mkdir(parents=True, exist_ok=True)
                rows.write_csv(folder / f"{contract.dataset}.csv")
    return Workspace.open(root)


@pytest.mark.parametrize("seed", [3, 5, 8])  # in 5 care is prevented: nobody receives it
def test_a_release_says_what_the_reference_says(seed: int, tmp_path: Path) -> None:
    world = make_world(seed)
    workspace = deliver(world, tmp_path / "region")
    refresh(workspace)
    expected = evaluate_reference(world.tables, world.scenario)
    with reading(releases.require_current(workspace.published).database) as connection:
        assert connection.execute("SELECT count(*) FROM rejection").fetchall() == [(0,)]
        found: dict[str, pl.DataFrame] = {name: connection.table(name).pl() for name in expected}
    lines = differences(found, expected)
    assert not lines, f"world {seed}:\n{report(lines)}"
