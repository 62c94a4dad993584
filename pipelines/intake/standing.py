"""Rows of a register that stand: accepted before, and refused in the newer version of their file.

A row that a supplier gets wrong in a new version does not take away the one that was right: it counts, under the
delivery that brought it, until a newer row of its key is accepted. A row that is left out of a new version is gone.
"""

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from data_contracts.contract import load_contract
from data_contracts.text import Text
from pipelines.intake.inbox import Delivery
from pipelines.intake.log import Record, lake_path, read_log
from pipelines.judging import Validated
from pipelines.reading.formats.raw import Note
from pipelines.workspace.places import Lake

STANDS = "earlier_row_stands"
"""The remark on a delivery beside which rows of an earlier one count."""

_SHOWN = 5


def standing_rows(lake: Lake, delivery: Delivery, validated: Validated, *, received_at: str) -> pl.DataFrame:
    """Returns the rows of what a delivery replaces whose keys it holds in refused rows only.

    One row a key: the columns of the lake, `delivery` naming the one that brought it; no rows where nothing stands.

    Args:
        lake: what was accepted before.
        delivery: the newer one.
        validated: what became of it.
        received_at: when it arrived, as in the log.
    """
    replaced = _replaced(read_log(lake), delivery, received_at) if validated.refused_keys.height else None
    if replaced is None or not validated.accepted_rows or not lake_path(lake, replaced).is_file():
        return pl.DataFrame()
    key = list(load_contract(delivery.dataset).key)
    open_keys = validated.refused_keys.join(validated.accepted.select(key), on=key, how="anti", nulls_equal=True)
    rows = pl.read_parquet(lake_path(lake, replaced), glob=False)
    return rows.join(open_keys, on=key, how="semi", nulls_equal=True)


def told(validated: Validated, rows: pl.DataFrame) -> Validated:
    """Returns a verdict that says which rows of an earlier delivery count beside it."""
    if rows.is_empty():
        return validated
    key = list(load_contract(validated.dataset).key)
    keys = [" ".join(str(one) for one in row if one is not None) for row in rows.select(key).head(_SHOWN).iter_rows()]
    shown = ", ".join(keys) + (", ..." if rows.height > _SHOWN else "")
    text = Text(
        en=f"Rows that were refused here and accepted in the delivery before: those of before count ({shown}). Correct "
        "the rows, or leave them out if they no longer hold.",
        nl=f"Rijen die hier geweigerd zijn en in de levering hiervoor geaccepteerd: die van daarvoor tellen ({shown}). "
        "Verbeter de rijen, of laat ze weg als ze niet meer gelden.",
    )
    note = Note(rule=STANDS, count=rows.height, text=text, odd=True)
    return replace(validated, warnings=(*validated.warnings, note))


def _replaced(log: Iterable[Record], delivery: Delivery, received_at: str) -> Record | None:
    """Returns the delivery that one replaces, if it still counted when that came."""
    before = [
        record
        for record in log
        if record.group == delivery.group
        and record.counts
        and record.withdrawn_at is None
        and record.hash != delivery.hash
        and record.received_at <= received_at
    ]
    return max(before, key=lambda record: record.order, default=None)
