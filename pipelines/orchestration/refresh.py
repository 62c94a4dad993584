"""One refresh, in this process: exactly the assets that Dagster runs on schedule, then one release.

Only what changed is read: first the register and other reference data, then the periods with new files. When nothing
changed since the last release, nothing is built.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import groupby

import dagster as dg
import polars as pl

from pipelines.intake import by_supplier as intake
from pipelines.intake import deliveries
from pipelines.intake.arriving import Arriving, wait_until_settled
from pipelines.intake.mending import SetAside, mend
from pipelines.intake.pending import all_read, held_against, pending
from pipelines.orchestration.assets import ingest
from pipelines.orchestration.assets.warehouse import FORCE_TAG
from pipelines.orchestration.definitions import build_definitions
from pipelines.orchestration.jobs import REFRESH_JOB, publish_keys
from pipelines.release import inputs, publication, releases
from pipelines.release.releases import ReleaseFolder
from pipelines.release.views import auditing
from pipelines.workspace.lock import exclusive
from pipelines.workspace.workspace import Workspace

MOST_ROUNDS = 3
"""When the register changes, rows refused for an unknown provider are read again: a second round, hardly ever more."""

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
"""The tags of a run of several partitions."""
_KEY = ["supplier", "period", "dataset", "file", "hash"]


@dataclass(frozen=True)
class FailedStep:
    """A step that failed for a reason that is no one's delivery: a fault of the program."""

    step: str
    message: str
    detail: str


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did: the files it read, the release that is current now, and what it could not do.

    `read` has one row a file, with its supplier, period, dataset, status and counts; `withdrawn` likewise, the files
    that were found to be taken out of the inbox; `set_aside` are damaged files whose deliveries were read again;
    `arriving` are the files that were not read because they were still on their way; `missing` has a row a supplier,
    period and dataset that is expected and of which nothing counts.
    """

    read: pl.DataFrame
    withdrawn: pl.DataFrame
    release: ReleaseFolder
    published: bool
    faults: tuple[FailedStep, ...]
    set_aside: tuple[SetAside, ...] = ()
    arriving: Arriving = field(default_factory=Arriving)
    missing: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=deliveries.COVERAGE_SCHEMA))

    @property
    def refused_scenarios(self) -> list[releases.ScenarioInput]:
        """The scenario files that were not evaluated, with their messages."""
        return [scenario for scenario in self.release.manifest.scenarios if scenario.status == "refused"]


def refresh(workspace: Workspace, *, force: bool = False) -> Refreshed:
    """Reads what is new, evaluates every scenario, publishes one release.

    Args:
        workspace: the region.
        force: publish again although nothing changed.

    Raises:
        Busy: another process is refreshing this workspace.
        NotPublished: the release's own checks fail; the last good release stays current.
    """
    wait_until_settled(partial(deliveries.arriving, workspace))
    with exclusive(workspace), _instance() as instance:
        releases.clean_leftovers(workspace.published)
        releases.mend_current(workspace.published)
        intake.clean_leftovers(workspace)
        aside = tuple(mend(workspace.lake))
        runner = _Runner(workspace, instance)
        before = deliveries.records(workspace.lake).select(*_KEY, "fingerprint", "withdrawn_at")
        faults = tuple(_read(runner))
        after = deliveries.records(workspace.lake)
        same = None if force else releases.same_inputs(workspace.published, fingerprint=inputs.fingerprint(workspace))
        if same is None:
            runner.publish(force=force)
        release = publication.finish(workspace, same) if same else releases.require_current(workspace.published)
        return Refreshed(
            read=after.join(before, on=[*_KEY, "fingerprint"], how="anti", nulls_equal=True),
            withdrawn=after.drop_nulls("withdrawn_at").join(before, on=[*_KEY, "withdrawn_at"], how="anti"),
            release=release,
            published=same is None,
            faults=faults,
            set_aside=aside,
            arriving=deliveries.arriving(workspace),
            missing=deliveries.coverage(workspace.lake, workspace.region).filter(pl.col("status") == "missing"),
        )


@contextmanager
def _instance() -> Iterator[dg.DagsterInstance]:
    """Returns the deployment's Dagster instance where DAGSTER_HOME names one, else one that is gone afterwards."""
    if os.environ.get("DAGSTER_HOME"):
        with dg.DagsterInstance.get() as instance:
            yield instance
    else:
        with dg.DagsterInstance.ephemeral() as instance:
            yield instance


def _read(runner: "_Runner") -> Iterator[FailedStep]:
    """Notes what was withdrawn, then reads everything that is pending: reference data first, then all periods.

    What the rows are held against may change while they are read (a register that comes in two files): then once more.
    """
    workspace = runner.workspace
    deliveries.withdraw_missing(workspace.lake, deliveries.look(workspace))
    for _ in range(MOST_ROUNDS):
        yield from runner.ingest(one for one in _pending(workspace) if one.periods is None)
        against = held_against(workspace)
        yield from runner.ingest(one for one in _pending(workspace) if one.periods is not None)
        if held_against(workspace) == against:
            all_read(workspace)
            return


@dataclass(frozen=True)
class _Unread:
    """What one run reads: some assets, and the first and the last of their periods, if they have any."""

    keys: tuple[dg.AssetKey, ...]
    periods: tuple[str, str] | None

    @property
    def tags(self) -> dict[str, str]:
        """Returns what tells Dagster which partitions the run is of."""
        return dict(zip(_RANGE, self.periods, strict=True)) if self.periods else {}


def _pending(workspace: Workspace) -> list[_Unread]:
    """Returns the runs that read what is pending: of reference data one, and one of periods that follow each other."""
    folders = {(delivery.supplier, delivery.period) for delivery in pending(workspace)}
    asked = dict(ingest.requests(workspace, folders))
    runs = [_Unread(tuple(asked[None]), None)] if None in asked else []
    for there, together in groupby(workspace.region.periods, key=lambda period: period in asked):
        if there:
            periods = list(together)
            keys = dict.fromkeys(key for period in periods for key in asked[period])
            runs.append(_Unread(tuple(keys), (periods[0], periods[-1])))
    return runs


def _faults_told(result: dg.ExecuteInProcessResult) -> Iterator[FailedStep]:
    """Yields the faults of the program that kept a supplier's files from being read, as its check tells them."""
    for check in result.get_asset_check_evaluations():
        if ingest.FAULT in check.metadata:
            detail = str(check.metadata[ingest.FAULT].value)
            yield FailedStep(check.asset_key.path[-1], (check.description or "").splitlines()[-1], detail)


@dataclass(frozen=True)
class _Runner:
    """Runs selections of the assets in this process."""

    workspace: Workspace
    instance: dg.DagsterInstance

    def ingest(self, unread: Iterable[_Unread]) -> Iterator[FailedStep]:
        """Reads some periods of some suppliers; yields the faults of the program, not those of the deliveries."""
        for one in unread:
            result = self._run(one.keys, tags=one.tags)
            yield from _faults_told(result)
            for event in result.filter_events(lambda event: event.is_step_failure):
                error = event.step_failure_data.error
                if error is not None and error.cls_name != "DagsterAssetCheckFailedError":
                    yield FailedStep(str(event.step_key), (error.cause or error).message.strip(), error.to_string())

    def publish(self, *, force: bool) -> None:
        """Builds and publishes one release.

        Raises:
            NotPublished: a blocking check of the release fails.
        """
        try:
            self._run(publish_keys(self.workspace), tags={FORCE_TAG: "yes"} if force else None, raise_on_error=True)
        except dg.DagsterError:  # a check that blocks: told in our words
            publication.require_passed(self._failed())
            raise

    def _failed(self) -> list[releases.CheckResult]:
        """Returns the checks of what a run could not finish: the release, or, once that is current, its views."""
        published = self.workspace.published
        if any(published.releases.glob(f"*{releases.PARTIAL}")):
            draft = releases.find_draft(published)
            return [result for stage in publication.STAGES for result in publication.check(draft, stage=stage)]
        audited = auditing.audit_release(self.workspace, releases.require_current(published))
        return [audited.check(kind) for kind in self.workspace.region.disclosure.publish]

    @cached_property
    def _job(self) -> dg.JobDefinition:
        return build_definitions(self.workspace).resolve_job_def(REFRESH_JOB)

    def _run(
        self,
        keys: Sequence[dg.AssetKey],
        *,
        tags: dict[str, str] | None = None,
        raise_on_error: bool = False,
    ) -> dg.ExecuteInProcessResult:
        return self._job.execute_in_process(
            instance=self.instance,
            asset_selection=list(keys),
            run_config=_QUIET,
            tags=tags,
            raise_on_error=raise_on_error,
        )
