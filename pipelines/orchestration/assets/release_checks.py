"""A release's own checks as Dagster asset checks, each on the asset after which it can run."""

from collections.abc import Iterable

import dagster as dg

from pipelines.release.checks import CHECKS, Stage
from pipelines.release.releases import CheckResult

OWNER = "team:modellers"


def release_check_specs(stage: Stage, *, asset: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """Returns the checks of a stage; a blocking one that fails stops what comes after, so that nothing is published."""
    return [
        dg.AssetCheckSpec(
            check.name,
            asset=asset,
            blocking=check.blocking,
            description=check.description.en,
            metadata={"owner": OWNER},
        )
        for check in CHECKS
        if check.stage == stage
    ]


def release_check_results(results: Iterable[CheckResult], *, asset: dg.AssetKey) -> list[dg.AssetCheckResult]:
    """Returns check results in Dagster's form."""
    return [
        dg.AssetCheckResult(
            asset_key=asset,
            check_name=result.name,
            passed=bool(result.passed),
            severity=dg.AssetCheckSeverity.ERROR if result.blocking else dg.AssetCheckSeverity.WARN,
            description=result.found or None,
        )
        for result in results
    ]
