"""Back to the start: an agreement held against the release it was agreed on. Is the deal still what it was?

What changed in the data and because of which delivery, whose interest turned, what the deal is worth then and now, what
comes without an agreement, and how far it is. All on the means; nothing is published.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from dashboards.data import facts_for_model
from dashboards.telling.worlds import both_worlds
from data_contracts.problem import Problem, one_of
from data_contracts.text import Text
from models.anyway import LISTED, happens_anyway
from models.impact import Evaluation
from models.progress import progress
from models.scenario import Scenario
from pipelines.evaluation.evaluating import Regions
from pipelines.release import releases
from pipelines.release.agreements import scenarios_of
from pipelines.release.diff import ReleaseDifference, difference
from pipelines.release.releases import ReleaseFolder
from pipelines.warehouse.building import reading
from pipelines.workspace.workspace import Workspace

SETTLED = ("net_value_eur", "need_eur", "ability_eur", "fund_eur", "short_with_fund_eur", "probability_all_whole")
FLIP_SCHEMA: dict[str, type[pl.DataType]] = {
    "party": pl.String,
    "dimension": pl.String,
    "specialism": pl.String,
    "then": pl.String,
    "now": pl.String,
    "value_then": pl.Float64,
    "value_now": pl.Float64,
}


@dataclass(frozen=True)
class Review:
    """An agreement then and now.

    Attributes:
        scenario: as it is now.
        then, now: the releases compared.
        changed: what changed between them, and because of what.
        flips: one row a party and dimension whose stance is another (gains, loses, neutral), means of both.
        worth: of the scenario's rule: net value, need, ability, fund, what is short; `then` and `now`.
        worlds: what the providers together keep (margin) in the last year, without and with the agreement; `then` and
            `now`.
        forced: what comes without an agreement, by today's facts: one row a party and norm, department or resource.
        progress: the newest row of every initiative.
        names: of parties and resources.
        units: of resources, as delivered.
    """

    scenario: Scenario
    then: ReleaseFolder
    now: ReleaseFolder
    changed: ReleaseDifference
    flips: pl.DataFrame
    worth: pl.DataFrame
    worlds: pl.DataFrame
    forced: pl.DataFrame
    progress: pl.DataFrame
    names: Mapping[str, str]
    units: Mapping[str, str]


def review(workspace: Workspace, name: str, *, against: str | None = None) -> Review:
    """Returns an agreement held against the release it was agreed on.

    Args:
        workspace: where.
        name: of the scenario, as in the current release.
        against: id of another release to hold it against.

    Raises:
        Problem: no such scenario, no agreement, or its release is gone.
    """
    now = releases.require_current(workspace.published)
    with reading(now.database) as connection:
        known, facts = scenarios_of(connection), facts_for_model(connection)
    if name not in known:
        missing = f"scenario {name!r}"
        raise Problem(
            Text(en=f"no {missing} in the current release", nl=f"geen {missing} in de huidige uitgave"),
            expected=one_of(known),
            action=Text(en="correct the name, or refresh first", nl="verbeter de naam, of ververs eerst"),
        )
    scenario = known[name]
    then = releases.find(workspace.published, against or _agreed_on(scenario))
    before, after = _evaluated(then, name), _evaluated(now, name)
    return Review(
        scenario,
        then,
        now,
        difference(then, now, scenario=name),
        flips(before.table("interest"), after.table("interest")),
        _worth(before, after),
        worlds(before, after),
        forced(after),
        _newest(progress(before, facts)),
        _names(facts),
        dict(_named(facts.get("resource"), "resource", what="unit")),
    )


def _agreed_on(scenario: Scenario) -> str:
    if scenario.agreed is None:
        raise Problem(
            Text(
                en=f"the scenario {scenario.scenario}, which is no agreement",
                nl=f"het scenario {scenario.scenario}, dat geen overeenkomst is",
            ),
            expected=Text(
                en="agreed: {release: ID, date: 2027-01-15} in its file",
                nl="agreed: {release: ID, date: 2027-01-15} in zijn bestand",
            ),
            action=Text(
                en="add it once the parties have agreed, or give a release with --against",
                nl="voeg dat toe zodra de partijen het eens zijn, of geef een uitgave met --against",
            ),
        )
    return scenario.agreed.release


def _evaluated(release: ReleaseFolder, name: str) -> Evaluation:
    """Returns a release's scenario on its own facts."""
    from models.impact import evaluate  # noqa: PLC0415 - SciPy takes a second to import

    with reading(release.database) as connection:
        scenarios, facts = scenarios_of(connection), facts_for_model(connection)
    if name not in scenarios:
        raise Problem(
            Text(
                en=f"release {release.id} without the scenario {name}",
                nl=f"uitgave {release.id} zonder het scenario {name}",
            ),
            expected=Text(
                en=f"a release that has it; this one has {', '.join(scenarios) or 'none'}",
                nl=f"een uitgave die het heeft; deze heeft {', '.join(scenarios) or 'geen'}",
            ),
            action=Text(
                en="hold it against another release with --against",
                nl="houd het met --against tegen een andere uitgave",
            ),
        )
    return evaluate(Regions(facts).of(scenarios[name].base_year), scenarios[name])


def flips(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Returns whose interest in the whole scenario turned: one row a party, dimension and specialism."""
    keys = ["party", "dimension", "specialism"]
    sides = [
        table.filter(pl.col("initiative").is_null()).select(
            *keys, pl.col("stance").alias(when), pl.col("value").alias(f"value_{when}")
        )
        for table, when in ((before, "then"), (after, "now"))
    ]
    both = sides[0].join(sides[1], on=keys, how="full", coalesce=True, nulls_equal=True)
    turned = both.filter(pl.col("then").fill_null("neutral") != pl.col("now").fill_null("neutral"))
    return turned.select(pl.col(name).cast(kind) for name, kind in FLIP_SCHEMA.items()).sort(keys)


def _worth(before: Evaluation, after: Evaluation) -> pl.DataFrame:
    """Returns what the deal is worth and what is short, then and now, under the scenario's rule of each moment."""
    rows = []
    for when, evaluation in (("then", before), ("now", after)):
        rule = evaluation.outcome.setting.scenario.settlement.rule
        row = evaluation.table("settlement_summary").filter(pl.col("rule") == rule)
        rows.append(row.select(pl.lit(when).alias("when"), "rule", *SETTLED))
    return pl.concat(rows)


def worlds(before: Evaluation, after: Evaluation) -> pl.DataFrame:
    """Returns what the providers together keep in the last year, without and with the agreement, then and now."""
    rows = []
    for when, evaluation in (("then", before), ("now", after)):
        both = both_worlds(evaluation.table("party_baseline"), evaluation.table("party_impact"))
        totals = both.select(pl.lit(when).alias("when"), pl.col("margin_without_eur", "margin_with_eur").sum())
        rows.append(totals)
    return pl.concat(rows)


def forced(evaluation: Evaluation) -> pl.DataFrame:
    """Returns what comes without an agreement: what stops, norms not met at the horizon, shortages that grow till then.

    One row a party and norm, department or resource: `start` and `end` are units, or the shortage, in base year and
    horizon; of what stops (`kind` stops_norm, stops_department) the year from which, and nothing.
    """
    years = evaluation.outcome.setting.scenario.years
    first, last = years[0], years[-1]
    norms = evaluation.table("threshold").filter(pl.col("norm").is_not_null(), pl.col("year") == last)
    below = norms.filter(pl.col("units_before") < pl.col("minimum_units"), pl.col("units_before") >= 0.5)
    missed = below.select(
        party="provider", kind=pl.lit("norm"), what="norm", start="minimum_units", end="units_before"
    ).unique(maintain_order=True)
    gaps = evaluation.table("capacity_gap")
    then, later = (
        gaps.filter(pl.col("year") == year).select("provider", "resource", pl.col("gap_before").alias(name))
        for year, name in ((first, "start"), (last, "end"))
    )
    grown = (
        then.join(later, on=["provider", "resource"])
        .filter(pl.col("end") > 0, pl.col("end") > pl.col("start"))
        .select(
            party="provider", kind=pl.lit("resource"), what="resource",
            start=pl.col("start").clip(lower_bound=0.0), end="end",
        )
    )  # fmt: skip
    return pl.concat([_stopping(evaluation), missed, grown], how="vertical_relaxed")


def _stopping(evaluation: Evaluation) -> pl.DataFrame:
    """Returns the functions and departments that stop without an agreement too."""
    anyway = happens_anyway(evaluation.table("initiative"), evaluation.table("threshold")).filter(
        pl.col("kind") != LISTED
    )
    return anyway.select(
        "party",
        kind=pl.concat_str(pl.lit("stops_"), "kind"),
        what="what",
        start=pl.col("year").cast(pl.Float64),
        end=pl.lit(0.0),
    )


def _newest(followed: pl.DataFrame) -> pl.DataFrame:
    return followed.group_by("scenario", "initiative", maintain_order=True).last()


def _names(facts: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    pairs = (pair for table, key in (("provider", "provider_id"), ("payer", "payer_id"), ("resource", "resource"),
                                     ("volume_norm", "norm")) for pair in _named(facts.get(table), key))  # fmt: skip
    return dict(pairs)


def _named(table: pl.DataFrame | None, key: str, *, what: str = "name") -> Iterator[tuple[str, str]]:
    if table is not None and {key, what} <= set(table.columns):
        yield from table.select(key, what).drop_nulls().iter_rows()
