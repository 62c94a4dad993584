"""What a region has of a dataset right now: what was accepted, or before the first refresh what lies in its inbox."""

import tempfile
from functools import partial
from pathlib import Path

import polars as pl

from data_contracts.contract import load_contract
from pipelines.intake.arriving import wait_until_settled
from pipelines.intake.inbox import arriving, discover
from pipelines.intake.kept import accepted
from pipelines.intake.one_file import read_and_validate
from pipelines.judging import Register
from pipelines.judging.from_contract.storage import polars_schema
from pipelines.workspace.workspace import Workspace


def rows_at_hand(workspace: Workspace, dataset: str) -> pl.DataFrame:
    """Returns the accepted rows of a dataset, the newest last; nothing is kept of what is read from the inbox.

    Rows of the inbox count as accepted even where they name a provider that is not registered yet.
    """
    contract = load_contract(dataset)
    names = [column.name for column in contract.columns]
    files = accepted(workspace.lake, dataset)
    if files:
        return pl.concat([pl.read_parquet(path, glob=False).select(names) for path in files], how="vertical_relaxed")
    wait_until_settled(partial(arriving, workspace))
    register = Register(country=workspace.region.country)
    found = [pl.DataFrame(schema={name: polars_schema(contract)[name] for name in names})]
    for delivery in (one for one in discover(workspace) if one.dataset == dataset):
        with tempfile.TemporaryDirectory(prefix="care-transfer-") as folder:
            read = read_and_validate(delivery, register=register, folder=Path(folder))
        if read.refusal is None and read.stored is None:
            found.append(read.accepted.select(names))
    return pl.concat(found, how="vertical_relaxed")
