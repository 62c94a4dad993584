"""What is wrong with a workspace, and what was done about it.

Each check looks at one thing, mends what can be mended without losing anything, and tells the rest with what to do. A
check is a function from the workspace to its complaints, in the list below: one more is one more entry.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from data_contracts.problem import Fault, Problem
from data_contracts.text import Text
from pipelines.intake import by_supplier, deliveries
from pipelines.intake.mending import mend
from pipelines.release import releases
from pipelines.release.agreements import agreed_ids
from pipelines.release.sign_offs import read_sign_offs
from pipelines.workspace.lock import exclusive
from pipelines.workspace.workspace import REGION_FILE, Workspace


@dataclass(frozen=True)
class Complaint:
    """One thing that is wrong; `mended` if it no longer is."""

    fault: Fault
    mended: bool = False


Check = Callable[[Workspace], Iterator[Complaint]]


def examine(workspace: Workspace) -> list[Complaint]:
    """Returns what is wrong with a workspace, after mending what can be.

    Raises:
        Busy: a refresh is running.
    """
    with exclusive(workspace):
        return [complaint for check in CHECKS for complaint in check(workspace)]


def _unfinished(workspace: Workspace) -> Iterator[Complaint]:
    """Removes what killed runs left behind."""
    left = [*releases.clean_leftovers(workspace.published), *by_supplier.clean_leftovers(workspace)]
    if left:
        found = Text(
            en=f"left by a run that was stopped: {_some(left)}",
            nl=f"achtergelaten door een afgebroken run: {_some(left)}",
        )
        done = Text(en="removed; nothing of it counted", nl="verwijderd; er telde niets van")
        yield Complaint(
            Fault(found, Text(en="finished files only", nl="alleen voltooide bestanden"), done), mended=True
        )


def _lake(workspace: Workspace) -> Iterator[Complaint]:
    """Sets damaged files of the lake aside: their deliveries are read again."""
    for one in mend(workspace.lake):
        place = one.path.relative_to(workspace.root)
        yield Complaint(
            Fault(
                Text(en=f"damaged: {place}", nl=f"beschadigd: {place}"),
                Text(en="the file as it was written", nl="het bestand zoals het was geschreven"),
                Text(
                    en="set aside; run care-transfer refresh, which reads the delivery again from the inbox",
                    nl="opzijgezet; draai care-transfer refresh, dat de levering opnieuw uit de inbox leest",
                ),
            ),
            mended=True,
        )


def _current(workspace: Workspace) -> Iterator[Complaint]:
    """Makes `current` a link again."""
    if (mended := releases.mend_current(workspace.published)) is not None:
        yield Complaint(
            Fault(
                Text(
                    en="published/current was no link to a release",
                    nl="published/current was geen koppeling naar een uitgave",
                ),
                Text(en="a link to the release that is read", nl="een koppeling naar de uitgave die wordt gelezen"),
                Text(en=f"it points to {mended} again", nl=f"hij wijst weer naar {mended}"),
            ),
            mended=True,
        )


def _damaged_releases(workspace: Workspace) -> Iterator[Complaint]:
    """Tells of releases that are not what was published."""
    current = releases.current_release(workspace.published)
    for one in releases.damaged_releases(workspace.published):
        yield Complaint(
            Fault(
                Text(
                    en=f"the release {one.path.name} is damaged: {one.file}",
                    nl=f"de uitgave {one.path.name} is beschadigd: {one.file}",
                ),
                Text(en="its files as they were published", nl="haar bestanden zoals ze zijn gepubliceerd"),
                _instead(current),
            )
        )


def _instead(current: releases.ReleaseFolder | None) -> Text:
    if current is None:
        return Text(
            en="it is the current one: care-transfer refresh --force publishes anew, releases rollback ID goes back",
            nl="het is de huidige: care-transfer refresh --force publiceert opnieuw, releases rollback ID gaat terug",
        )
    return Text(
        en="put it back from a backup, or remove its folder; it is not read",
        nl="zet haar terug uit een reservekopie, of verwijder haar map; zij wordt niet gelezen",
    )


def _agreements(workspace: Workspace) -> Iterator[Complaint]:
    """Tells of agreements and signatures whose release is gone."""
    whole = {release.id for release in releases.list_releases(workspace.published)}
    try:
        signed = {one.release for one in read_sign_offs(workspace)}
    except Problem as problem:
        yield from (Complaint(fault) for fault in problem.faults)
        signed = set()
    for missing in sorted((agreed_ids(workspace) | signed) - whole):
        yield Complaint(
            Fault(
                Text(
                    en=f"no whole release {missing}, which was agreed or signed",
                    nl=f"geen volledige uitgave {missing}, die is afgesproken of ondertekend",
                ),
                Text(en="the release that parties agreed on", nl="de uitgave waarover partijen het eens werden"),
                Text(en="put its folder back from a backup", nl="zet haar map terug uit een reservekopie"),
            )
        )


def _arriving(workspace: Workspace) -> Iterator[Complaint]:
    """Tells of files that are still on their way."""
    coming = deliveries.arriving(workspace)
    if coming.files:
        yield Complaint(
            Fault(
                coming.said(workspace.inbox),
                Text(en="files that are whole", nl="complete bestanden"),
                Text(en="wait, or send them again", nl="wacht, of stuur ze opnieuw"),
            )
        )


def _rights(workspace: Workspace) -> Iterator[Complaint]:
    """Tells of folders that this user may not write in."""
    folders = (workspace.root, workspace.lake.folder, workspace.lake.quarantine, workspace.published.folder)
    for folder in folders:
        if folder.exists() and not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            yield Complaint(
                Fault(
                    Text(
                        en=f"{folder}: not writable by this user", nl=f"{folder}: deze gebruiker mag er niet schrijven"
                    ),
                    Text(en="a folder of the user that refreshes", nl="een map van de gebruiker die ververst"),
                    Text(
                        en=f"give it to that user, or run this as its owner (see {REGION_FILE}'s)",
                        nl=f"geef haar aan die gebruiker, of draai dit als de eigenaar (zie die van {REGION_FILE})",
                    ),
                )
            )


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" (+{len(names) - 3})" if len(names) > 3 else "")


CHECKS: tuple[Check, ...] = (_rights, _unfinished, _lake, _current, _damaged_releases, _agreements, _arriving)
"""In this order: what is removed or mended first is not complained of after."""
