"""The steps from the lake to a release, in order: warehouse, results, dashboards, publication.

Each step works on the one draft that is being built. When nothing has changed since the last release there is no draft:
the steps then leave everything as it is, so that publishing twice is publishing once.
"""

from pathlib import Path

import duckdb

from data_contracts.problem import Fault, Problem
from data_contracts.text import Text
from pipelines.evaluation.evaluating import ScenarioFile, evaluate_all, read_scenario_files
from pipelines.evaluation.people import explain
from pipelines.intake import deliveries, feedback
from pipelines.intake.log import counting
from pipelines.release import inputs, releases
from pipelines.release.agreements import agreed_ids, follow_up, scenarios_of
from pipelines.release.checks import Stage, run_checks
from pipelines.release.positions import add_positions
from pipelines.release.releases import (
    CheckResult,
    DeliveryInput,
    DraftRelease,
    Manifest,
    ReleaseFolder,
    ScenarioInput,
    SignOffInput,
)
from pipelines.release.sign_offs import read_sign_offs, sign_off_frame
from pipelines.warehouse import building as warehouse
from pipelines.warehouse import data_quality, declarations, year_and_quarters
from pipelines.warehouse.carry_forward import carry_forward
from pipelines.warehouse.outlines import write_outlines
from pipelines.workspace.disk import require_room
from pipelines.workspace.headway import tell
from pipelines.workspace.workspace import Workspace

STAGES: tuple[Stage, ...] = ("warehouse", "impact", "progress")


class NotPublished(Problem):
    """A release whose own checks fail; the last good one stays current."""


def start(workspace: Workspace, *, force: bool = False) -> DraftRelease | ReleaseFolder:
    """Returns a new draft, or the release that already holds these inputs (never with `force`)."""
    lake, region = workspace.lake, workspace.region
    deliveries.withdraw_missing(lake, deliveries.look(workspace))
    fingerprint = inputs.fingerprint(workspace)
    same = None if force else releases.same_inputs(workspace.published, fingerprint=fingerprint)
    if same is not None:
        releases.clean_leftovers(workspace.published)
        return same
    require_room(workspace.published.folder, like=_as_large_as(workspace))
    draft = releases.start_draft(workspace.published, fingerprint=fingerprint)
    tell("Building the warehouse", draft.id)
    with warehouse.writing(draft.database, rows=sum(record.accepted for record in counting(lake))) as connection:
        delivered = [_told(count) for count in warehouse.build_facts(connection, lake)]
        both = year_and_quarters.set_aside(connection)
        warehouse.write_release_table(connection, "year_and_quarters", both)
        merged = declarations.add_to_facts(connection, lake, region)
        warehouse.write_release_table(connection, "declaration_count", merged.counts)
        loaded = warehouse.with_declarations(year_and_quarters.without(delivered, both), merged)
        carried = carry_forward(connection, region)
        warehouse.write_release_table(connection, "carried_forward", carried)
        warehouse.write_log(connection, lake, region, loaded=loaded, carried=carried)
        found = data_quality.write(connection, lake, base_year=region.base_year)
        feedback.tell_findings(lake, counting(lake), found)
        write_outlines(connection, workspace.root)
        write_sign_offs(connection, workspace)
        warehouse.write_identity(
            connection,
            region,
            release=draft.id,
            created_at=draft.created_at,
            fingerprint=fingerprint,
            versions=inputs.versions(),
        )
    return draft


def _as_large_as(workspace: Workspace) -> Path:
    """Returns the folder that a new release is about as large as: the current one, else what was delivered."""
    current = workspace.published.current
    return current if current.exists() else workspace.lake.folder


def write_sign_offs(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Writes which parties have signed their baseline, each held against the facts of this draft."""
    frame = sign_off_frame(connection, read_sign_offs(workspace), base_year=workspace.region.base_year)
    warehouse.write_release_table(connection, "sign_off", frame)


def _told(count: warehouse.Loaded) -> warehouse.Loaded:
    tell("Building the warehouse", f"{count.fact}: {count.loaded:,} rows")
    return count


def find(workspace: Workspace) -> DraftRelease | ReleaseFolder:
    """Returns the draft that is being built, or the release that already holds these inputs.

    Raises:
        Problem: neither is there: the warehouse was not built in this run.
    """
    if any(workspace.published.releases.glob(f"*{releases.PARTIAL}")):
        return releases.find_draft(workspace.published)
    same = releases.same_inputs(workspace.published, fingerprint=inputs.fingerprint(workspace))
    return same if same is not None else releases.find_draft(workspace.published)


def add_results(workspace: Workspace, target: DraftRelease | ReleaseFolder) -> list[ScenarioFile]:
    """Evaluates all scenarios into a draft; returns what became of each (of a release: what it says)."""
    if isinstance(target, ReleaseFolder):
        with warehouse.reading(target.database) as connection:
            return list(read_scenario_files(connection))
    with warehouse.writing(target.database) as connection:
        _require_table(connection, "release")
        evaluated = evaluate_all(connection, workspace)
        add_positions(connection, workspace)
        return evaluated


def follow(workspace: Workspace, target: DraftRelease | ReleaseFolder) -> list[str]:
    """Writes into a draft how far every agreement is, and what explains it; returns the agreements.

    Of a release it returns those it has.
    """
    if isinstance(target, ReleaseFolder):
        with warehouse.reading(target.database) as connection:
            return [name for name, scenario in scenarios_of(connection).items() if scenario.agreed is not None]
    with warehouse.writing(target.database) as connection:
        _require_table(connection, "scenario_file")
        agreements = follow_up(connection, workspace)
        explain(connection)
        return agreements


def draw(workspace: Workspace, target: DraftRelease | ReleaseFolder) -> Path:
    """Writes the static dashboards of a draft; returns their first page."""
    from dashboards.faces.static import write_bundle  # noqa: PLC0415 - drawing takes a second to import

    if isinstance(target, ReleaseFolder):
        return target.dashboards
    tell("Drawing the dashboards")
    return write_bundle(target.database, target.dashboards, languages=tuple(workspace.region.languages))


def check(target: DraftRelease | ReleaseFolder, *, stage: Stage) -> list[CheckResult]:
    """Returns the results of a stage's checks on a draft or a release."""
    with warehouse.reading(target.database) as connection:
        return list(run_checks(connection, stage=stage))


def finish(workspace: Workspace, target: DraftRelease | ReleaseFolder) -> ReleaseFolder:
    """Publishes a draft; a release that already holds these inputs becomes current, unless it was rolled back from.

    Raises:
        NotPublished: a blocking check fails.
    """
    if isinstance(target, ReleaseFolder):
        if not target.is_current and target.id not in releases.withdrawn(workspace.published):
            releases.make_current(workspace.published, target.id)
        return releases.require_current(workspace.published)
    tell("Checking and publishing", target.id)
    results = [result for stage in STAGES for result in check(target, stage=stage)]
    require_passed(results)
    with warehouse.reading(target.database) as connection:
        _require_table(connection, "scenario_file")
        manifest = _manifest(connection, workspace, draft=target, checks=results)
    return releases.publish(workspace.published, target, manifest=manifest, kept=_held(workspace))


def _held(workspace: Workspace) -> frozenset[str]:
    """Returns the releases that stay whatever their age: an agreement names them, or a party signed them."""
    return agreed_ids(workspace) | {signed.release for signed in read_sign_offs(workspace)}


def require_passed(results: list[CheckResult]) -> None:
    """Raises `NotPublished` if a blocking check fails, with all that do."""
    failed = [result for result in results if result.blocking and not result.passed]
    if failed:
        raise NotPublished.of(
            Fault(
                source=f"check {result.name}",
                found=Text(en=result.found, nl=result.found_nl or result.found),
                expected=Text(en=result.description, nl=result.description_nl or result.description),
                action=Text(
                    en="nothing was published, the last good release stays current; correct the cause and refresh",
                    nl="er is niets gepubliceerd, de laatste goede uitgave blijft de huidige; neem de oorzaak weg en "
                    "ververs",
                ),
            )
            for result in failed
        )


def _require_table(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Raises `Problem` if a step before did not finish."""
    if table not in warehouse.row_counts(connection):
        raise Problem(
            Text(en=f"a draft without the table {table}", nl=f"een concept zonder de tabel {table}"),
            expected=Text(
                en="a draft whose earlier steps are done", nl="een concept waarvan de eerdere stappen gedaan zijn"
            ),
            action=Text(
                en="run the whole publication: care-transfer refresh",
                nl="draai de hele publicatie: care-transfer refresh",
            ),
        )


def _manifest(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, *, draft: DraftRelease, checks: list[CheckResult]
) -> Manifest:
    """Returns what the draft was made of, read back from the draft itself."""
    region = workspace.region
    ((fingerprint,),) = connection.execute("SELECT fingerprint FROM release").fetchall()
    columns = ", ".join(f'"{name}"' for name in DeliveryInput.model_fields)
    log = connection.execute(f"SELECT {columns} FROM delivery ORDER BY ALL").pl()
    return Manifest(
        id=draft.id,
        created_at=draft.created_at,
        region=region.region,
        region_name_nl=region.name.nl,
        region_name_en=region.name.en,
        invented=region.invented,
        base_year=region.base_year,
        fingerprint=fingerprint,
        region_fingerprint=workspace.region_fingerprint,
        deliveries=tuple(DeliveryInput.model_validate(row) for row in log.iter_rows(named=True)),
        sign_offs=tuple(
            SignOffInput.model_validate(row)
            for row in connection.execute("SELECT * FROM sign_off ORDER BY ALL").pl().iter_rows(named=True)
        ),
        scenarios=tuple(ScenarioInput(**vars(file)) for file in read_scenario_files(connection)),
        contracts=inputs.contract_fingerprints(),
        versions=inputs.versions(),
        rows=warehouse.row_counts(connection),
        checks=tuple(checks),
    )
