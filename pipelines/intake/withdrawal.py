"""Withdrawn deliveries: what is taken out of the inbox no longer counts, and stays in the log with the day.

A delivery is withdrawn when no file of its supplier, period and dataset lies in the inbox any more. An inbox that is
empty as a whole is no withdrawal but a fault (a disk that is not there): nothing is then changed.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.intake.inbox import Inbox
from pipelines.intake.log import Group, Record, commit, counting
from pipelines.workspace.places import Lake


def withdraw_missing(lake: Lake, inbox: Inbox) -> list[Record]:
    """Notes in the log which deliveries were taken out of the inbox; returns them.

    Args:
        lake: what was read, and the log.
        inbox: everything that lies in it; of a folder in which a file is still arriving nothing is withdrawn.

    Raises:
        Problem: nothing lies in the inbox although deliveries had been read.
    """
    groups = {delivery.group for delivery in inbox.deliveries}
    counted = list(counting(lake))
    if counted and not groups and not inbox.waiting:
        raise Problem(
            Text(
                en=f"an empty inbox although {len(counted)} deliveries had been read from it",
                nl=f"een lege inbox, terwijl er {len(counted)} leveringen uit gelezen waren",
            ),
            expected=Text(
                en="the files that were delivered; who withdraws a delivery takes out its file, not all of them",
                nl="de bestanden die geleverd zijn; wie een levering intrekt, haalt haar bestand weg, niet alle",
            ),
            action=Text(
                en="look whether the disk is there, or put at least one file back; nothing was changed",
                nl="kijk of de schijf er is, of zet ten minste één bestand terug; er is niets veranderd",
            ),
        )
    now = datetime.now(tz=UTC).isoformat(timespec="microseconds")
    gone = [replace(record, withdrawn_at=now) for record in counted if not _is_there(record, inbox, groups)]
    for record in gone:
        commit(lake, record)
    return gone


def _is_there(record: Record, inbox: Inbox, groups: Collection[Group]) -> bool:
    return record.group in groups or (record.supplier, record.period) in inbox.waiting
