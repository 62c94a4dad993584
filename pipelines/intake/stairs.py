"""On which step of the staircase a region stands: which columns of which datasets are filled in."""

import polars as pl

from data_contracts.contract import load_contract
from data_contracts.staircase import Filled, staircase
from pipelines.intake.kept import accepted
from pipelines.workspace.places import Lake


def filled_in(lake: Lake) -> Filled:
    """Returns, of every dataset that a step asks for, the columns in which any accepted row has something.

    Lines of claims fill volume and revenue, for both are counted from them.
    """
    asked = {dataset for step in staircase() for way in step.ways for dataset in way}
    found = {dataset: _filled(lake, dataset) for dataset in asked}
    if lines := _filled(lake, "declarations"):
        found["volume"] |= lines | {"period"}
        found["revenue"] |= lines | {"period"} | ({"revenue_eur"} if "amount_eur" in lines else set())
    return found


def _filled(lake: Lake, dataset: str) -> set[str]:
    names = [column.name for column in load_contract(dataset).columns]
    filled: set[str] = set()
    for path in accepted(lake, dataset):
        frame = pl.scan_parquet(path, glob=False)
        there = [name for name in names if name not in filled and name in frame.collect_schema().names()]
        counts = frame.select(pl.col(there).is_not_null().any()).collect() if there else pl.DataFrame()
        filled |= {name for name in there if counts[name].item()}
    return filled
