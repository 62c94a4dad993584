"""A scenario held against a region: every provider, payer, kind and resource it names must be there.

All faults are found before anything is computed. Care that nobody delivered is no fault (it moves nothing); it is
flagged when the scenario is evaluated.
"""

from collections.abc import Iterable, Iterator

from data_contracts.problem import Fault, nearest
from data_contracts.text import Told
from data_contracts.yaml_file import Document, Keys
from models.region import Region
from models.region.ageing import AgeingError
from models.scenario.parties import donors_of, recipients_of
from models.scenario.reading import Places, document_of, original, placed_initiatives
from models.scenario.schema import EVERY, Donors, Initiative, Recipients, Scenario, Selection, SharedBudget, Suppose


def check_against(
    scenario: Scenario, region: Region, *, text: str = "", source: str = "scenario", places: Places | None = None
) -> list[Fault]:
    """Returns every fault of a scenario with respect to a region, in the order of the file.

    Args:
        scenario: as read.
        region: the facts it is to be evaluated on.
        text: the scenario's own text, so that faults name their line.
        source: name of the file, for the messages.
        places: where the items of the scenario's lists stand in the text, if it is what is left of a faulty one.
    """
    document = document_of(text, source=source) if text else Document(source, {})
    return [
        document.fault(original(keys, places or {}), found=found, expected=expected, action=action)
        for keys, found, expected, action in _faults(scenario, region)
    ]


_Misfit = tuple[Keys, Told, Told, Told]
"""What does not fit the region: the place, what was found there, what was expected, what to do."""


def _faults(scenario: Scenario, region: Region) -> Iterator[_Misfit]:
    if scenario.base_year != region.base_year:
        yield (
            ("base_year",),
            str(scenario.base_year),
            f"the year of the facts, {region.base_year}",
            "Build the region for this base year or change the scenario.",
        )
    yield from _ageing(scenario, region)
    for path, initiative in placed_initiatives(scenario):
        yield from _of_initiative(initiative, path, region)
    yield from _closing(scenario, region)
    for place, budget in enumerate(scenario.shared_budgets):
        at: Keys = ("shared_budgets", place)
        yield from _known(budget.members, region.providers.ids, (*at, "members"), "provider")
        yield from _known(budget.payers, region.payers.ids, (*at, "payers"), "payer")
    yield from _overlapping(scenario.shared_budgets, region)
    for place, pool in enumerate(scenario.pools):
        yield from _known(pool.providers, region.providers.ids, ("pools", place, "providers"), "provider")
        yield from _known([pool.resource], region.resources.ids, ("pools", place, "resource"), "resource")
        if pool.id in region.providers.ids:
            action = "Give the pool a name of its own: it is reported beside the providers."
            yield ("pools", place, "id"), f"{pool.id}, which is a provider", "a name that no provider has", action
    yield from _supposed(scenario.suppose, region)


def _ageing(scenario: Scenario, region: Region) -> Iterator[_Misfit]:
    """Yields a fault for each type of care whose growth cannot be had from the region's population and spending."""
    growth = scenario.baseline.demand_growth
    if growth.source is None:
        return
    path: Keys = ("baseline", "demand_growth")
    asked = dict.fromkeys(growth.care_type_of(code) for code in (None, *growth.own_paths))
    for care_type in asked:
        try:
            region.ageing.projection(care_type, horizon=scenario.horizon)
        except AgeingError as fault:
            yield (*path, "from" if care_type is None else "care_type"), fault.found, fault.expected, fault.action


def _known(names: Iterable[str], known: Iterable[str], path: Keys, what: str) -> Iterator[_Misfit]:
    there = set(known)
    for name in names:
        if name not in there:
            yield path, f"the unknown {what} {name}", f"a {what} of the region", nearest(name, there)


def _supposed(suppose: Suppose, region: Region) -> Iterator[_Misfit]:
    ids = region.providers.ids
    for provider in suppose.contract:
        yield from _known([provider], ids, ("suppose", "contract", provider), "provider")
    for resource, factors in suppose.capacity.items():
        path: Keys = ("suppose", "capacity", resource)
        yield from _known([resource], region.resources.ids, path, "resource")
        for provider in factors:
            yield from _known([provider], (*ids, EVERY), (*path, provider), "provider")


def _closing(scenario: Scenario, region: Region) -> Iterator[_Misfit]:
    if isinstance(scenario.scale_down, str):
        return
    for place, closing in enumerate(scenario.scale_down):
        path: Keys = ("scale_down", place, "provider")
        yield from _known([closing.provider], region.providers.ids, path, "provider")


def _of_initiative(initiative: Initiative, path: Keys, region: Region) -> Iterator[_Misfit]:
    ids, to = region.providers.ids, initiative.recipients
    yield from _side(initiative.donors, (*path, "from"), region)
    if to is not None:
        yield from _side(to, (*path, "to"), region)
        yield from _known(to.shares or (), ids, (*path, "to", "shares"), "provider")
        if to.resource:
            yield from _known([to.resource], region.resources.ids, (*path, "to", "resource"), "resource")
    for part, key in ((initiative.replacement, "replacement"), (initiative.support, "support")):
        yield from _known(part.resources if part else (), region.resources.ids, (*path, key, "resources"), "resource")
    if initiative.support:
        yield from _known([initiative.support.provider], ids, (*path, "support", "provider"), "provider")
    parties = (*ids, *region.payers.ids)
    yield from _known(initiative.transition_cost_eur, parties, (*path, "transition_cost_eur"), "party")
    yield from _nobody(initiative, path, region)


def _side(side: Donors | Recipients, path: Keys, region: Region) -> Iterator[_Misfit]:
    kinds = {kind for kind in region.providers.kinds if kind}
    yield from _known(side.providers or (), region.providers.ids, (*path, "providers"), "provider")
    yield from _known(side.kind or (), kinds, (*path, "kind"), "kind")


def _nobody(initiative: Initiative, path: Keys, region: Region) -> Iterator[_Misfit]:
    """Yields a fault where known providers and kinds together leave nobody."""
    if initiative.recipients is not None and not recipients_of(initiative, region).size:
        yield (*path, "to"), "nobody", "at least one recipient", "Providers and kind together are an intersection."
    elif not donors_of(initiative, region).size:
        yield (*path, "from"), "nobody", "at least one donor that is not a recipient", "Name another donor."


def _overlapping(budgets: tuple[SharedBudget, ...], region: Region) -> Iterator[_Misfit]:
    """Yields a fault for each pair of budgets that claim the same payer, care and year."""
    for place, budget in enumerate(budgets):
        for other in budgets[:place]:
            payers = set(budget.payers) & set(other.payers)
            years = budget.first_year <= other.last_year and other.first_year <= budget.last_year
            care = region.segments.matching(budget.care) & region.segments.matching(other.care)
            if payers and years and (care.any() or _same(budget.care, other.care)):
                yield (
                    ("shared_budgets", place),
                    f"the care of {other.id} for payer {', '.join(sorted(payers))} in the same years",
                    "one budget for each payer, care and year",
                    "Take the care, the payer or the years out of one of them.",
                )


def _same(one: tuple[Selection, ...], other: tuple[Selection, ...]) -> bool:
    return any(selection in other for selection in one)
