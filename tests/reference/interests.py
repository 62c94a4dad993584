"""Section 9: what is at stake for each party, per initiative and for the whole scenario, and where interests clash."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from reference.departments import production_change, units_per_department
from reference.evaluation import Evaluation
from reference.facts import Cell, segment_of
from reference.norms import NONE_BELOW, matches, norm_units, norms_of
from reference.plan import donors, in_selection
from reference.present_value import annual_equivalent
from reference.rounding import below, near
from reference.spread import mean
from reference.thresholds import most_frequent, norm_status
from reference.world import Part, Play, World

Rows = list[dict[str, Any]]
INCOME = ("revenue_change_eur", "backfill_revenue_eur")
LIMITS = {
    "revenue": 0.001,
    "margin": 0.001,
    "cushion": 0.05,
    "department": 0.02,
    "function": 0.0,
    "staff_capacity": 0.01,
    "facility_capacity": 0.01,
    "spend": 0.01,
    "travel": 1.0,
}
OLDER_DEFAULT = ("revenue", "margin", "staff_capacity", "facility_capacity")
LEAST_CUSHION, CUSHION_NOT_DELIVERED = 0.005, 0.015  # of size


def interest_rows(run: Evaluation, *, sizes: dict[str, float | None], quality: Rows, payers: list[str]) -> Rows:
    """Per party, initiative (None: the whole scenario) and dimension: value, share of its yardstick, stance."""
    rows: Rows = []
    for name in (*run.names, None):
        for provider in run.facts.providers:
            rows += _money(run, provider, name, sizes[provider], ("revenue", "margin"))
            rows.append(_cushion(run, provider, name, sizes[provider]))
            rows += _departments(run, provider, name)
            rows.append(_function(run, provider, name))
            rows += _capacity(run, provider, name, staff=True) + _capacity(run, provider, name, staff=False)
        for payer in payers:
            rows += _money(run, payer, name, sizes[payer], ("margin",))
            rows.append(_spend(run, payer, name))
        rows.append(_travel(run, name))
    return rows + _quality(quality)


def _row(
    run: Evaluation, party: str, name: str | None, dimension: str, *, value: float, share: float | None, **more: Any
) -> dict[str, Any]:
    """Stance and intensity by the share; without a yardstick by the sign of the value.

    Neutral is what stays below the limit. `weight` stands in for the share where the page says so (capacity).
    """
    limit = limit_of(run, dimension)
    weight = more.pop("weight", share)
    judged, against = (value, 0.0) if weight is None else (weight, limit)
    return {
        "party": party,
        "initiative": name,
        "dimension": dimension,
        "specialism": more.pop("specialism", None),
        "value": value,
        "share": share,
        "intensity": abs(weight) / limit if weight is not None and limit > 0 else None,
        "stance": stance(judged, against),
        "edge": abs(abs(judged) - against),
        "resource": None,
        "year": None,
    } | more


def limit_of(run: Evaluation, dimension: str) -> float:
    """Section 9: below which a dimension is neutral; the older `default` speaks for the dimensions that it knew."""
    own = run.scenario.get("materiality") or {}
    if own.get("default") is not None and dimension in OLDER_DEFAULT:
        return float(own.get(dimension, own["default"]))
    return float(own.get(dimension, LIMITS.get(dimension, 0.0)))


def stance(weight: float, limit: float) -> str:
    """Section 9: neutral below the limit."""
    if near(weight, 0.0) or below(abs(weight), limit):
        return "neutral"
    return "gains" if weight > 0 else "loses"


def _mean_by_year(run: Evaluation, party: str, name: str | None, *measures: str) -> dict[int, float]:
    by_year = dict.fromkeys(run.years, 0.0)
    for booked in run.contributions:
        for (who, moment, of, measure), amount in booked.items():
            if who == party and measure in measures and moment in by_year and name in (None, of):
                by_year[int(moment)] += amount / len(run.contributions)
    return by_year


def _ratio(value: float, yardstick: float | None) -> float | None:
    return value / yardstick if yardstick and yardstick > 0 else None


# -- money ----


def _money(run: Evaluation, party: str, name: str | None, size: float | None, dimensions: tuple[str, ...]) -> Rows:
    """Revenue (refill included) and margin: annual equivalent ÷ size."""
    measures = {"revenue": INCOME, "margin": ("margin_change_eur",)}
    rows = []
    for dimension in dimensions:
        value = annual_equivalent(run, _mean_by_year(run, party, name, *measures[dimension]))
        rows.append(_row(run, party, name, dimension, value=value, share=_ratio(value, size)))
    return rows


def _cushion(run: Evaluation, provider: str, name: str | None, size: float | None) -> dict[str, Any]:
    """Margin change of the worst year ÷ the delivered yearly margin, at least 0.5 % of size (not delivered: 1.5 %)."""
    by_year = _mean_by_year(run, provider, name, "margin_change_eur")
    value = min(by_year.values())
    delivered = run.facts.providers[provider].get("annual_margin_eur")
    if delivered is None:
        yardstick = None if size is None else CUSHION_NOT_DELIVERED * size
    else:
        yardstick = max(float(delivered), LEAST_CUSHION * (size or 0.0))
    worst = [year for year, amount in by_year.items() if near(amount, value)]
    share = _ratio(value, yardstick)
    places = [(None, year) for year in worst]
    return _row(run, provider, name, "cushion", value=value, share=share, year=worst[0], places=places)


def _spend(run: Evaluation, payer: str, name: str | None) -> dict[str, Any]:
    """The change of spend seen from the payer ÷ its base-year spend on the cells that the initiative selects."""
    value = -annual_equivalent(run, _mean_by_year(run, payer, name, "spend_change_eur"))
    parts = [part for part in run.parts if name in (None, part.name)]
    selected = {cell for part in parts for cell in run.facts.units if _selects(run, part, cell)}
    base = sum(
        run.facts.units[cell] * run.facts.price(cell[0], cell[1], cell[4])
        for cell in selected
        if (cell[1] if cell[1] is not None else "unknown") == payer
    )
    return _row(run, payer, name, "spend", value=value, share=_ratio(value, base))


def _selects(run: Evaluation, part: Part, cell: Cell) -> bool:
    """Donors × care; of an enforced norm the donors of either world."""
    if part.norm is not None:
        giving = {p for world in (run.before, run.after) for p in _norm_of(world, part.name).donors}
        return cell[0] in giving and matches(list(part.norm.rows), cell)
    initiative = part.of(run.draws[0])
    return cell[0] in donors(initiative, run.facts) and in_selection(initiative.get("care"), segment_of(cell))


def _norm_of(world: World, name: str) -> Any:
    return next(part.norm for part in world.parts if part.name == name)


# -- departments and functions ----


def _role(run: Evaluation, name: str | None) -> str | None:
    return next((part.role for part in run.parts if part.name == name), None)


def _difference(run: Evaluation, name: str | None, figure: Callable[[World], float]) -> float:
    """Of an agreed initiative its figure in W1; of a baseline initiative, or of everything, W1 less W0."""
    return figure(run.after) - (0.0 if _role(run, name) == "agreed" else figure(run.before))


def _departments(run: Evaluation, provider: str, name: str | None) -> Rows:
    """Per specialism: change of production value in the year in which its mean is largest in size."""
    base = run.draws[0].department_production(run.years[0])
    rows = []
    for place in _departments_touched(run, provider):
        by_year = {
            year: _difference(run, name, lambda world, y=year, at=place: _production(run, world, y, name, at))
            for year in run.years
        }
        largest = max(abs(amount) for amount in by_year.values())
        years = [y for y, amount in by_year.items() if near(abs(amount), largest)]
        value = by_year[years[0]]
        row = _row(
            run,
            provider,
            name,
            "department",
            value=value,
            share=_ratio(value, base.get(place)),
            specialism=place[1],
            year=years[0],
            places=[(None, year) for year in years],
        )
        rows.append(row)
    return rows


def _departments_touched(run: Evaluation, provider: str) -> list[tuple[str, str | None]]:
    """The provider's departments that have, give or receive anything at all."""
    cells = set(run.facts.units)
    for world in (run.before, run.after):
        cells |= {cell for plays in world.plays.values() for play in plays for cell in play.left}
    return sorted({(cell[0], cell[2]) for cell in cells if cell[0] == provider}, key=str)


def _production(run: Evaluation, world: World, year: int, name: str | None, place: tuple[str, str | None]) -> float:
    """What the initiative (or all of them) changes in a department's production in one world, the mean."""
    total = 0.0
    for play in world.plays[year]:
        for part in world.parts:
            if name in (None, part.name):
                replaced = bool(part.of(play.growth).get("replacement"))
                total += production_change(play.steps[part.name], play, replaced=replaced).get(place, 0.0)
    return total / len(run.draws)


def _function(run: Evaluation, provider: str, name: str | None) -> dict[str, Any]:
    """At the horizon: norms and departments given up or no longer met −1 each, newly met +1."""
    horizon = run.years[-1]
    if name is None:
        plays = zip(run.before.plays[horizon], run.after.plays[horizon], strict=True)
        value = _functions(run, provider, [(_State(before), _State(after)) for before, after in plays])
    else:
        value = _difference(run, name, lambda world: _functions(run, provider, _around(world, name, horizon)))
    return _row(run, provider, name, "function", value=value, share=None, intensity=abs(value))


class _State:
    """Units of one draw at the horizon, of norms (without refill) and of departments (with)."""

    def __init__(self, play: Play, *, until: str | None = None, including: bool = True) -> None:
        self.cells = play.left
        if until is not None:
            self.cells = play.steps[until].after if including else play.steps[until].before
        self.departments = units_per_department(self.cells)
        for name, step in play.steps.items():
            if name == until and not including:
                break
            for refill in step.refills:
                self.departments[refill.cell[0], refill.cell[2]] += refill.units
            if name == until:
                break


def _around(world: World, name: str, year: int) -> list[tuple[_State, _State]]:
    """The states just before and just after an initiative in one world, per draw; not in it: no difference."""
    plays = world.plays[year]
    if name not in plays[0].steps:
        return [(_State(play), _State(play)) for play in plays]
    return [(_State(play, until=name, including=False), _State(play, until=name)) for play in plays]


def _functions(run: Evaluation, provider: str, states: list[tuple[_State, _State]]) -> float:
    """By what most draws say (reading 26)."""
    total = 0.0
    for rows in norms_of(run.facts).values():
        minimum = max(float(row["minimum_units"]) for row in rows)
        pairs = [tuple(norm_units(one.cells, provider, rows) for one in pair) for pair in states]
        status = most_frequent([norm_status(had, has, minimum) for had, has in pairs])
        had_it = [not below(had, NONE_BELOW) for had, _ in pairs]
        total += _worth(status, had=sum(had_it) > len(pairs) / 2)
    for place in {place for before, _ in states for place in before.departments if place[0] == provider}:
        stops = [
            not below(before.departments[place], NONE_BELOW) and below(after.departments[place], NONE_BELOW)
            for before, after in states
        ]
        total -= sum(stops) > len(stops) / 2
    return total


def _worth(status: str, *, had: bool) -> float:
    if status in ("stopped", "breach_caused"):
        return -1.0
    newly_met = status == "breach_resolved" or (status == "met" and not had)
    return 1.0 if newly_met else 0.0


# -- capacity ----


def _capacity(run: Evaluation, provider: str, name: str | None, *, staff: bool) -> Rows:
    """Section 9: −(gap after − gap before) ÷ usable at one (resource, year); stance by the change of max(0, gap)."""
    found = []
    for year in run.years:
        for resource in run.draws[0].resources:
            is_staff = bool(run.facts.resources.get(resource, {}).get("is_staff"))
            usable = run.draws[0].usable(provider, resource, year)
            if is_staff is staff and usable and run.draws[0].gap(provider, resource, year) is not None:
                value, weight = _relief(run, provider, resource, year, name)
                found.append((value, weight, (resource, year)))
    if not found:
        return []
    chosen = _telling([(weight, place) for _, weight, place in found])
    if chosen is None:
        chosen = _telling([(value, place) for value, _, place in found]) or [place for *_, place in found]
    at = {place: (value, weight) for value, weight, place in found}
    value, weight = at[chosen[0]]
    dimension = "staff_capacity" if staff else "facility_capacity"
    return [
        _row(
            run,
            provider,
            name,
            dimension,
            value=value,
            share=value,
            weight=weight,
            resource=chosen[0][0],
            year=chosen[0][1],
            places=chosen,
            values=[at[place][0] for place in chosen],
        )
    ]


def _telling(weighed: list[tuple[float, Any]]) -> list[Any] | None:
    """Where it is lowest if it is negative anywhere, else where it is highest; None if it is 0 everywhere."""
    amounts = [weight for weight, _ in weighed]
    if all(near(weight, 0.0) for weight in amounts):
        return None
    decisive = min(amounts) if min(amounts) < -1e-9 else max(amounts)
    return [place for weight, place in weighed if near(weight, decisive)]


def _relief(run: Evaluation, provider: str, resource: str, year: int, name: str | None) -> tuple[float, float]:
    """−(gap after − gap before) ÷ usable, and s: the same of max(0, gap); of mean gaps (reading 17)."""
    alone = mean([growth.gap(provider, resource, year) or 0.0 for growth in run.draws])
    usable = mean([growth.usable(provider, resource, year) or 0.0 for growth in run.draws])
    value = weight = 0.0
    for sign, before, after in _gaps(run, (provider, resource), year, name):
        value -= sign * (after - before) / usable
        weight -= sign * (max(0.0, alone + after) - max(0.0, alone + before)) / usable
    return value, weight


def _gaps(run: Evaluation, key: tuple[str, str], year: int, name: str | None) -> list[tuple[float, float, float]]:
    """Mean change of load before and after: W0 and W1; or around an initiative in W1, less that in W0 if baseline."""
    before, after = run.before.plays[year], run.after.plays[year]
    if name is None:
        return [(1.0, *(mean([play.changed.get(key, 0.0) for play in plays]) for plays in (before, after)))]
    around = [(1.0, after)] if _role(run, name) == "agreed" else [(1.0, after), (-1.0, before)]
    found = []
    for sign, plays in around:
        pairs = [_load_around(play, key, name) for play in plays]
        found.append((sign, mean([earlier for earlier, _ in pairs]), mean([later for _, later in pairs])))
    return found


def _load_around(play: Play, key: tuple[str, str], name: str) -> tuple[float, float]:
    earlier = 0.0
    for other, step in play.steps.items():
        change = step.load_change.get(key, 0.0)
        if other == name:
            return earlier, earlier + change
        earlier += change
    return earlier, earlier


# -- patients ----


def _travel(run: Evaluation, name: str | None) -> dict[str, Any]:
    """Kilometres saved in the horizon year."""
    saved = -_mean_by_year(run, "patients", name, "patient_km_change")[run.years[-1]]
    return _row(run, "patients", name, "travel", value=saved, share=None) | _by_kilometre(run, saved)


def _by_kilometre(run: Evaluation, saved: float) -> dict[str, Any]:
    limit = limit_of(run, "travel")
    return {"stance": stance(saved, limit), "edge": abs(abs(saved) - limit), "intensity": None}


def _quality(rows: Rows) -> Rows:
    """A declared measure, the sum over the years, better is positive."""
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for row in rows:
        sign = 1.0 if row["better"] == "more" else -1.0
        sums[row["initiative"], row["measure"]] += sign * row["mean"]
    return [
        {
            "party": "patients",
            "initiative": name,
            "dimension": f"quality:{measure}",
            "specialism": None,
            "value": value,
            "share": None,
            "intensity": None,
            "stance": stance(value, 0.0),
            "edge": abs(value),
            "resource": None,
            "year": None,
        }
        for (name, measure), value in sums.items()
    ]


# -- conflict ----


def conflict_rows(interests: Rows) -> Rows:
    """Section 9, Conflict: one loses and the other gains; each side's most intense dimension; the smaller intensity."""
    sides: dict[tuple[str, str, str], Rows] = defaultdict(list)
    for row in interests:
        if row["initiative"] is not None and row["party"] != "patients" and row["stance"] != "neutral":
            sides[row["initiative"], row["party"], row["stance"]].append(row)
    return [
        _conflict(loses, gains)
        for (name, loser, how), loses in sides.items()
        if how == "loses"
        for (other, gainer, that), gains in sides.items()
        if that == "gains" and other == name and gainer != loser
    ]


def _conflict(loses: Rows, gains: Rows) -> dict[str, Any]:
    (loser, loser_tied), (gainer, gainer_tied) = _most_intense(loses), _most_intense(gains)
    intensities = [loser["intensity"], gainer["intensity"]]
    columns = ("dimension", "specialism", "resource", "year", "value", "share")
    return {
        "initiative": loser["initiative"],
        "loser": loser["party"],
        "gainer": gainer["party"],
        "strength": None if None in intensities else min(intensities),
        **{f"loser_{column}": loser[column] for column in columns},
        **{f"gainer_{column}": gainer[column] for column in columns},
        "loser_tied": loser_tied,
        "gainer_tied": gainer_tied,
    }


def _most_intense(rows: Rows) -> tuple[dict[str, Any], bool]:
    """The most intense row (one without an intensity last), and whether others are as intense."""
    most = max(row["intensity"] or 0.0 for row in rows)
    equally = [row for row in rows if near(row["intensity"] or 0.0, most)]
    return equally[0], len(equally) > 1 or ("places" in equally[0] and len(equally[0]["places"]) > 1)
