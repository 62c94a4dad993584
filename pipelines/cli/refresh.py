"""`refresh`: the whole way, in this process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from data_contracts.problem import Fault
from data_contracts.text import Text, in_language
from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.faults import FAILED, language_of, print_faults, write_log
from pipelines.cli.output import ColumnStyle, err, out, print_json, print_table
from pipelines.cli.progress_display import shown
from pipelines.cli.stopping import ending_soon

if TYPE_CHECKING:
    import polars as pl

    from pipelines.orchestration.refresh import Refreshed
    from pipelines.workspace.workspace import Workspace

_COLUMNS = (
    ColumnStyle("supplier", "supplier"),
    ColumnStyle("period", "period"),
    ColumnStyle("file", "file"),
    ColumnStyle("status", "status"),
    ColumnStyle("rows", "rows"),
    ColumnStyle("accepted", "accepted"),
    ColumnStyle("rejected", "refused"),
    ColumnStyle("message_en", "why"),
)


@app.command()
def refresh(
    workspace: WorkspaceOption = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Publish again although nothing changed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Reads what is new, evaluates every scenario, publishes one release.

    Refused files and rows do not stop it: they are told, and kept in quarantine with a report to send back.
    """
    place = opened(workspace)
    done = run(place, force=force)
    stray = stray_settings(place, done)
    if as_json:
        print_json(_as_json(done, stray))
    else:
        tell_outcome(place, done)
        print_faults(stray)
    if stray or not complete(done):
        raise typer.Exit(FAILED)


def stray_settings(workspace: Workspace, done: Refreshed) -> list[Fault]:
    """Returns a fault for each name in `region.yaml` that stands for nothing in the release."""
    from pipelines.release.known_names import names_of, setting_faults
    from pipelines.warehouse.building import reading

    with reading(done.release.database) as connection:
        return setting_faults(workspace, names_of(connection))


def run(workspace: Workspace, *, force: bool = False) -> Refreshed:
    """Runs a refresh with its progress on stderr."""
    with ending_soon(), shown():
        from pipelines.orchestration import refresh as work

        return work.refresh(workspace, force=force)


def complete(done: Refreshed) -> bool:
    """Returns whether all was done that was asked: everything read, every scenario evaluated."""
    return not done.faults and not done.refused_scenarios


def tell_outcome(workspace: Workspace, done: Refreshed) -> None:
    """Prints what was read, what was refused, and which release is current."""
    _tell_damage(workspace, done)
    _tell_deliveries(workspace, done.read)
    if not done.withdrawn.is_empty():
        print_table(done.withdrawn, title="Withdrawn: taken out of the inbox, no longer counted", columns=_COLUMNS)
    _tell_missing(workspace, done.missing)
    if done.arriving.files:
        err().print(in_language(done.arriving.said(workspace.inbox), language_of(os.environ)), markup=False)
    for scenario in done.refused_scenarios:
        err().print(f"[bold]Scenario not evaluated:[/] {scenario.file}")
        err().print(scenario.message, markup=False)
    if done.faults:
        _tell_faults(workspace, done)
    state = "Published" if done.published else "Nothing changed since"
    out().print(f"{state} release {done.release.id}: {done.release.path}", soft_wrap=True)
    _tell_stairs(workspace)


def _tell_stairs(workspace: Workspace) -> None:
    """Says on which step of the staircase the region stands, and what unlocks the next."""
    from data_contracts.staircase import standing
    from pipelines.intake.stairs import filled_in

    for text in standing(filled_in(workspace.lake)):
        out().print(text.en, soft_wrap=True, markup=False)


def _tell_damage(workspace: Workspace, done: Refreshed) -> None:
    """Says which files of the workspace were damaged, and releases that are."""
    from pipelines.release import releases

    for one in done.set_aside:
        place = one.path.relative_to(workspace.root)
        whose = f"{one.supplier} {one.period} {one.dataset}"
        err().print(f"Damaged, set aside, read again from the inbox: {place} ({whose})", markup=False, soft_wrap=True)
    for release in releases.damaged_releases(workspace.published):
        what = f"Damaged release {release.path.name}: {release.file} is not what was published. It is read no more."
        err().print(what, markup=False, soft_wrap=True)


def _tell_deliveries(workspace: Workspace, read: pl.DataFrame) -> None:
    """Prints the files that were refused, whole or in part, and the count of all."""
    import polars as pl

    if read.is_empty():
        out().print("No new deliveries.")
        return
    bad = read.filter((pl.col("rejected") > 0) | (pl.col("status") == "refused"))
    out().print(
        f"{read.height:,} {'delivery' if read.height == 1 else 'deliveries'} read: {int(read['rows'].sum()):,} rows, "
        f"{int(read['accepted'].sum()):,} accepted, {int(read['rejected'].sum()):,} refused."
    )
    if not bad.is_empty():
        print_table(_with_reasons(workspace, bad), title="Refused, whole or in part", columns=_COLUMNS)
        out().print(f"Reports to send back: {workspace.lake.quarantine}", soft_wrap=True)


def _tell_missing(workspace: Workspace, missing: pl.DataFrame) -> None:
    """Names who is late: of whom nothing came at all, and of whom something is missing."""
    import polars as pl

    expected = {supplier.supplier: len(supplier.datasets) for supplier in workspace.region.suppliers}
    for supplier in missing["supplier"].unique(maintain_order=True):
        of_one = missing.filter(pl.col("supplier") == supplier)
        lacking = of_one["dataset"].unique(maintain_order=True).to_list()
        periods = [period for period in of_one["period"].unique(maintain_order=True) if period is not None]
        whole = len(lacking) == expected.get(supplier) and set(periods) >= set(workspace.region.periods)
        what = (
            "nothing of any period" if whole else f"{', '.join(lacking)}{' of ' if periods else ''}{', '.join(periods)}"
        )
        out().print(f"Still missing from {supplier}: {what}.", markup=False, soft_wrap=True)


def _with_reasons(workspace: Workspace, bad: pl.DataFrame) -> pl.DataFrame:
    """Returns deliveries with why: the file's own message, else the rules that its rows broke, the commonest first."""
    import polars as pl

    from dashboards.words.wording import wording
    from pipelines.intake import deliveries

    key = ["supplier", "period", "dataset", "file", "delivery"]
    reasons = deliveries.rejections(workspace.lake, of=bad["hash"].to_list()).filter(pl.col("row").is_not_null())
    counted = (
        reasons.group_by(*key, "rule").agg(pl.len().alias("times")).sort("times", "rule", descending=[True, False])
    )
    named = counted.with_columns(pl.Series("rule", [wording("en").known("rules", rule) for rule in counted["rule"]]))
    told = named.group_by(key, maintain_order=True).agg(rules=pl.format("{} ({})", "rule", "times").str.join("; "))
    joined = bad.join(
        told, left_on=[*key[:-1], "hash"], right_on=key, how="left", maintain_order="left", nulls_equal=True
    )
    return joined.with_columns(message_en=pl.coalesce("message_en", "rules"))


def _tell_faults(workspace: Workspace, done: Refreshed) -> None:
    """Says which steps failed by a fault of the program, and where the log is; or that the disk is full."""
    from pipelines.workspace.disk import no_room, says_full

    if any(says_full(fault.message) or says_full(fault.detail) for fault in done.faults):
        print_faults(list(no_room(workspace.root).faults))
        return
    log = write_log("\n\n".join(f"{fault.step}\n{fault.detail}" for fault in done.faults))
    print_faults(
        [
            Fault(
                found=Text(
                    en=f"a fault in the program: {fault.message}", nl=f"een fout in het programma: {fault.message}"
                ),
                expected=Text(
                    en="nothing of the kind; the other suppliers were read",
                    nl="niets van dien aard; de andere leveranciers zijn gelezen",
                ),
                action=Text(en=f"report it with this log: {log}", nl=f"meld het met dit logbestand: {log}"),
                source=fault.step,
            )
            for fault in done.faults
        ]
    )


def _as_json(done: Refreshed, stray: list[Fault]) -> dict[str, object]:
    return {
        "release": done.release.id,
        "path": str(done.release.path),
        "published": done.published,
        "deliveries": done.read.to_dicts(),
        "withdrawn": done.withdrawn.to_dicts(),
        "scenarios": [scenario.model_dump() for scenario in done.release.manifest.scenarios],
        "checks": [check.model_dump() for check in done.release.manifest.checks],
        "faults": [fault.message for fault in done.faults],
        "settings": [fault.sentence() for fault in stray],
        "set_aside": [str(one.path) for one in done.set_aside],
        "missing": done.missing.select("supplier", "period", "dataset").to_dicts(),
        "arriving": [str(path) for path in done.arriving.files],
    }
