"""What changed between two releases, and because of what: each changed figure with the deliveries that moved it.

A release holds its facts and its scenarios whole, so the way from the older to the newer can be walked: delivery after
delivery replaces its rows in the older facts, in the order of their receipt, and the scenarios are evaluated again at
every step. What a figure changes by at a step is what that delivery did to it. Then come rows that were judged anew
(contracts, registers), the scenario's own text, and last the program. The steps add up to the whole change.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

import polars as pl

from dashboards.data import facts_for_model
from data_contracts.contract import load_contract
from data_contracts.problem import Problem, one_of
from data_contracts.text import Text
from models.anyway import ANYWAY_SCHEMA, happens_anyway
from models.impact import evaluate
from models.scenario import Scenario, ScenarioError, parse_scenario
from pipelines.evaluation.evaluating import Regions
from pipelines.release.releases import DeliveryInput, ReleaseFolder
from pipelines.warehouse.building import reading
from pipelines.workspace.headway import tell

MOST_STEPS = 40
"""Above this many changed deliveries they are taken together by supplier, above as many suppliers all at once."""
CHANGED_SHARE = 1e-9
COUNTING = ("accepted", "accepted_in_part")

Tables = Mapping[str, pl.DataFrame]
Group = tuple[str, str, str]
_PLACE = ["provider_id", "period"]
FIGURE = ("scenario", "party", "figure", "year")
"""What names a figure; `figure` is a measure of party_impact, `revenue_eur` or `margin_eur` (without an agreement), or
`gap_before <resource>` (without an agreement) or `gap_after <resource>`."""
RESULTS = ("party_impact", "party_baseline", "capacity_gap", "initiative", "threshold")
"""The result tables that a comparison looks at."""

FIGURES_SCHEMA: dict[str, type[pl.DataType]] = {
    "scenario": pl.String,
    "party": pl.String,
    "figure": pl.String,
    "year": pl.Int64,
    "value": pl.Float64,
}
CAUSES_SCHEMA: dict[str, type[pl.DataType]] = {
    **{name: FIGURES_SCHEMA[name] for name in FIGURE},
    "before": pl.Float64,
    "after": pl.Float64,
    "cause": pl.String,
    "change": pl.Float64,
}


@dataclass(frozen=True)
class DeliveryChange:
    """A supplier, period and dataset that counts otherwise in the newer release.

    `what` is new, replaced, withdrawn (it no longer counts) or refused (a newer file of it was refused; the older
    counts on); `before` and `after` are the hashes that counted.
    """

    supplier: str
    period: str
    dataset: str
    what: str
    file: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Whether other rows count than before; of a file that was refused the older rows count on."""
        return self.before != self.after

    @property
    def is_background(self) -> bool:
        """Whether no result rests on a column of its dataset."""
        return not any(column.required_for for column in load_contract(self.dataset).columns)

    @property
    def cause(self) -> str:
        """What it is called where it moved a figure."""
        return f"{self.supplier} {self.period} {self.dataset} ({self.what})"


@dataclass(frozen=True)
class ReleaseDifference:
    """What changed from one release to another.

    Attributes:
        older, newer: their ids.
        deliveries: what was delivered, replaced or withdrawn.
        scenarios: by name: added, removed, changed or newly refused.
        program: contracts and versions that changed.
        anyway: what happens without an agreement in only one of the two, of scenarios that both have: one row each as
            `models.anyway` has it, and `change`: appeared or gone.
        figures: one row a figure and cause, largest changes first: before, after, cause, change.
    """

    older: str
    newer: str
    deliveries: tuple[DeliveryChange, ...]
    scenarios: Mapping[str, str]
    program: tuple[str, ...]
    figures: pl.DataFrame
    anyway: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ANYWAY_SCHEMA | {"change": pl.String}))

    @property
    def counting(self) -> tuple[DeliveryChange, ...]:
        """The deliveries that count otherwise: not those refused, nor background that moved no figure."""
        causes = frozenset(self.figures["cause"].to_list())
        return tuple(one for one in self.deliveries if one.counts and (not one.is_background or one.cause in causes))


@dataclass(frozen=True)
class _Held:
    """What a release holds: its facts and its scenarios, read whole, and its figures as published."""

    facts: Tables
    scenarios: Mapping[str, Scenario]
    figures: pl.DataFrame
    anyway: pl.DataFrame

    @classmethod
    def by(cls, release: ReleaseFolder) -> "_Held":
        with reading(release.database) as connection:
            texts = connection.execute("SELECT scenario, parameters FROM scenario ORDER BY 1").fetchall()
            results = {name: connection.execute(f"SELECT * FROM {name}").pl() for name in RESULTS}
            facts = facts_for_model(connection)
        return cls(
            facts, {name: _parsed(text, name, release) for name, text in texts}, figures_of(results), _anyway(results)
        )


def difference(older: ReleaseFolder, newer: ReleaseFolder, *, scenario: str | None = None) -> ReleaseDifference:
    """Returns what changed from one release to another, every changed figure with its causes.

    Raises:
        Problem: neither release has the scenario asked for.
    """
    held = (_Held.by(older), _Held.by(newer))
    known = {name for one in held for name in one.scenarios}
    if scenario is not None and scenario not in known:
        raise Problem(
            Text(en=f"no scenario {scenario!r}", nl=f"geen scenario {scenario!r}"),
            expected=one_of(sorted(known)),
            action=Text(en="correct the name", nl="verbeter de naam"),
        )
    wanted = known if scenario is None else {scenario}
    names = sorted(wanted & held[0].scenarios.keys() & held[1].scenarios.keys())
    changed = tuple(_delivery_changes(older, newer))
    return ReleaseDifference(
        older.id,
        newer.id,
        changed,
        dict(_scenario_changes(*held)),
        tuple(_program_changes(older, newer)),
        _figures(*held, changed, names=names),
        _anyway_changes(*held, names=names),
    )


def _anyway(results: Tables) -> pl.DataFrame:
    return happens_anyway(results["initiative"], results["threshold"])


def _anyway_changes(older: _Held, newer: _Held, *, names: Sequence[str]) -> pl.DataFrame:
    """Returns what happens without an agreement in only one of the releases; another year is another row."""
    before, after = (held.anyway.filter(pl.col("scenario").is_in(names)) for held in (older, newer))
    gone, appeared = (
        one.join(other, on=list(ANYWAY_SCHEMA), how="anti", nulls_equal=True).with_columns(change=pl.lit(change))
        for change, one, other in (("gone", before, after), ("appeared", after, before))
    )
    return pl.concat([gone, appeared])


def figures_of(results: Tables) -> pl.DataFrame:
    """Returns the figures that a comparison looks at, one row a scenario, party, figure and year (means).

    The whole scenario's revenue, spend and margin in its last year and its present value; without an agreement revenue
    in the base year, and revenue and margin in the last year; gaps in the last year, without and with it.
    """
    impact = results["party_impact"].filter(pl.col("initiative").is_null())
    last = pl.col("year") == pl.col("year").max().over("scenario")
    yearly = ["revenue_change_eur", "spend_change_eur", "margin_change_eur", "patient_km_change"]
    parts = [
        impact.filter(pl.col("measure") == "present_value_eur"),
        impact.filter(pl.col("measure").is_in(yearly) & last),
    ]
    without = results["party_baseline"]
    base = without.filter(pl.col("year") == pl.col("year").min().over("scenario"))
    future = without.filter(last, pl.col("year") > pl.col("year").min().over("scenario"))
    gap = results["capacity_gap"].filter(last).rename({"provider": "party"})
    shaped = [part.select("scenario", "party", "year", figure="measure", value="mean") for part in parts]
    shaped += [
        part.select("scenario", "party", "year", figure=pl.lit(name), value=name)
        for part, name in ((base, "revenue_eur"), (future, "revenue_eur"), (future, "margin_eur"))
    ]
    shaped += [
        gap.select("scenario", "party", "year", figure=pl.concat_str(pl.lit(f"{name} "), "resource"), value=name)
        for name in ("gap_before", "gap_after")
    ]
    return pl.concat([part.select(pl.col(name).cast(kind) for name, kind in FIGURES_SCHEMA.items()) for part in shaped])


def _parsed(text: str, name: str, release: ReleaseFolder) -> Scenario:
    """Returns a scenario without its `agreed`, which says when it was agreed on and changes no figure."""
    try:
        return parse_scenario(text, source=name).model_copy(update={"agreed": None})
    except ScenarioError as fault:
        raise Problem(
            Text(
                en=f"the scenario {name} of release {release.id}, which this version cannot read: {fault}",
                nl=f"het scenario {name} van uitgave {release.id}, dat deze versie niet kan lezen: {fault}",
            ),
            expected=Text(
                en="a release made by this version or one near it",
                nl="een uitgave van deze versie of een die er dichtbij ligt",
            ),
            action=Text(en="compare two later releases", nl="vergelijk twee latere uitgaven"),
        ) from None


def _delivery_changes(older: ReleaseFolder, newer: ReleaseFolder) -> Iterator[DeliveryChange]:
    before, after = (_counting(release) for release in (older, newer))
    tried = {
        (one.supplier, one.period, one.dataset): one for one in newer.manifest.deliveries if one.status == "refused"
    }
    seen = {one.hash for one in older.manifest.deliveries}
    for group in sorted(before.keys() | after.keys() | tried.keys()):
        old, new = (tuple(sorted(one.hash for one in side.get(group, ()))) for side in (before, after))
        refused = tried.get(group)
        if old == new and (refused is None or refused.hash in seen):
            continue
        what = "refused" if old == new else "new" if not old else "withdrawn" if not new else "replaced"
        file = next(
            (one.file for one in (*after.get(group, ()), *before.get(group, ()))), refused.file if refused else ""
        )
        yield DeliveryChange(*group, what, file if old != new or refused is None else refused.file, old, new)


def _counting(release: ReleaseFolder) -> dict[Group, list[DeliveryInput]]:
    groups: dict[Group, list[DeliveryInput]] = {}
    for one in release.manifest.deliveries:
        if one.status in COUNTING:
            groups.setdefault((one.supplier, one.period, one.dataset), []).append(one)
    return groups


def _scenario_changes(older: _Held, newer: _Held) -> Iterator[tuple[str, str]]:
    for name in sorted(older.scenarios.keys() | newer.scenarios.keys()):
        if name not in older.scenarios:
            yield name, "added"
        elif name not in newer.scenarios:
            yield name, "removed or refused"
        elif older.scenarios[name] != newer.scenarios[name]:
            yield name, "changed"


def _program_changes(older: ReleaseFolder, newer: ReleaseFolder) -> Iterator[str]:
    for what, sides in (
        ("contract", (older.manifest.contracts, newer.manifest.contracts)),
        ("version", (older.manifest.versions, newer.manifest.versions)),
    ):
        for name in sorted(sides[0].keys() | sides[1].keys()):
            if sides[0].get(name) != sides[1].get(name):
                yield f"{what} of {name}"


def _figures(older: _Held, newer: _Held, changed: Sequence[DeliveryChange], *, names: Sequence[str]) -> pl.DataFrame:
    """Returns every changed figure with what each step of the way did to it."""
    published = _joined(older.figures, newer.figures).filter(pl.col("scenario").is_in(names))
    moved = published.filter(~_same("before", "after"))
    if moved.is_empty():
        return pl.DataFrame(schema=CAUSES_SCHEMA)
    scenarios = sorted(moved["scenario"].unique())
    causes = pl.concat([_causes(older, newer, changed, scenario=name) for name in scenarios])
    known = causes.group_by(FIGURE).agg(explained=pl.col("change").sum())
    rest = moved.join(known, on=FIGURE, how="left", nulls_equal=True).with_columns(
        cause=pl.lit("program"),
        change=pl.col("after").fill_null(0.0) - pl.col("before").fill_null(0.0) - pl.col("explained").fill_null(0.0),
    )
    every = moved.join(causes, on=FIGURE, nulls_equal=True).select(list(CAUSES_SCHEMA))
    every = pl.concat([every, rest.select(list(CAUSES_SCHEMA))])
    size = (pl.col("after").fill_null(0.0) - pl.col("before").fill_null(0.0)).abs()
    matters = pl.col("change").abs() > CHANGED_SHARE * pl.max_horizontal(
        pl.col("before").abs(), pl.col("after").abs(), 1.0
    )
    return every.filter(matters).sort(
        "scenario", size, "party", "figure", pl.col("change").abs(), descending=[False, True, False, False, True]
    )


def _joined(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    both = before.rename({"value": "before"}).join(
        after.rename({"value": "after"}), on=FIGURE, how="full", coalesce=True, nulls_equal=True
    )
    return both.select(*FIGURE, "before", "after")


def _same(one: str, other: str) -> pl.Expr:
    first, second = pl.col(one), pl.col(other)
    near = (first - second).abs() <= CHANGED_SHARE * pl.max_horizontal(first.abs(), second.abs(), 1.0)
    return pl.when(first.is_null() | second.is_null()).then(first.is_null() & second.is_null()).otherwise(near)


def _causes(older: _Held, newer: _Held, changed: Sequence[DeliveryChange], *, scenario: str) -> pl.DataFrame:
    """Returns what each step from the older to the newer facts, and then the scenario's text, did to every figure."""
    schema = {name: kind for name, kind in CAUSES_SCHEMA.items() if name not in {"before", "after"}}
    parts, before = [pl.DataFrame(schema=schema)], _evaluated(older.facts, older.scenarios[scenario])
    for cause, facts, text in _way(older, newer, changed, scenario=scenario):
        tell("Finding causes", f"{scenario}: {cause}")
        after = _evaluated(facts, text)
        step = _joined(before, after).with_columns(
            cause=pl.lit(cause), change=pl.col("after").fill_null(0.0) - pl.col("before").fill_null(0.0)
        )
        parts.append(step.select(list(schema)))
        before = after
    return pl.concat(parts)


def _way(
    older: _Held, newer: _Held, changed: Sequence[DeliveryChange], *, scenario: str
) -> Iterator[tuple[str, Tables, Scenario]]:
    """Yields each step: its name, the facts after it, and the scenario's text after it."""
    facts, text = older.facts, older.scenarios[scenario]
    counting = [one for one in changed if one.counts]
    changing = frozenset(delivery for one in counting for delivery in (*one.before, *one.after))
    for cause, group in _steps(counting):
        facts = reduce(lambda tables, one: with_delivery(tables, one, newer.facts, changing=changing), group, facts)
        yield cause, facts, text
    if not _equal(facts, newer.facts):
        yield "rows judged anew", newer.facts, text
    if text != newer.scenarios[scenario]:
        yield "scenario", newer.facts, newer.scenarios[scenario]


def _steps(changed: Sequence[DeliveryChange]) -> Iterator[tuple[str, Sequence[DeliveryChange]]]:
    """Yields the deliveries one by one, or taken together where they are many."""
    if len(changed) <= MOST_STEPS:
        yield from ((one.cause, [one]) for one in changed)
        return
    suppliers = sorted({one.supplier for one in changed})
    if len(suppliers) > MOST_STEPS:
        yield f"{len(changed)} deliveries", changed
        return
    for supplier in suppliers:
        group = [one for one in changed if one.supplier == supplier]
        yield f"{supplier} ({len(group)} deliveries)", group


def with_delivery(tables: Tables, change: DeliveryChange, newer: Tables, *, changing: frozenset[str]) -> Tables:
    """Returns the facts with one delivery's rows as in the newer release, and what gives way to them or comes back.

    Of a provider and period that it speaks of, an earlier period that stands in, or volume that lines go before, was
    never delivered otherwise; it changes because of this delivery, and in the same step.

    Args:
        tables: facts by name.
        change: the delivery.
        newer: facts of the newer release.
        changing: every delivery that counts in only one of the releases; the rows of the others wait for their step.
    """
    own = pl.col("supplier") == change.supplier
    gone, comes = own & pl.col("delivery").is_in(change.before), own & pl.col("delivery").is_in(change.after)

    def renewed(name: str, table: pl.DataFrame) -> pl.DataFrame:
        removed, added = table.filter(gone), newer[name].filter(comes)
        if removed.is_empty() and added.is_empty():
            return table
        kept = table.filter(~gone)
        if set(_PLACE) <= set(table.columns):
            places = pl.concat([rows.select(_PLACE) for rows in (removed, added)]).unique()
            settled = ~pl.col("delivery").is_in(changing)
            kept = pl.concat([kept.filter(~settled), kept.filter(settled).join(places, on=_PLACE, how="anti")])
            added = pl.concat([added, newer[name].filter(settled).join(places, on=_PLACE, how="semi")])
        return pl.concat([kept, added], how="diagonal")

    return {name: renewed(name, table) for name, table in tables.items()}


def _equal(one: Tables, other: Tables) -> bool:
    return all(
        one[name].height == other[name].height and one[name].sort(pl.all()).equals(other[name].sort(pl.all()))
        for name in other
    )


def _evaluated(facts: Tables, scenario: Scenario) -> pl.DataFrame:
    """Returns a scenario's figures on given facts; none where the facts do not know its parties or its base year."""
    try:
        evaluation = evaluate(Regions(facts).of(scenario.base_year), scenario)
    except ScenarioError:
        return pl.DataFrame(schema=FIGURES_SCHEMA)
    return figures_of({name: evaluation.table(name) for name in ("party_impact", "party_baseline", "capacity_gap")})
