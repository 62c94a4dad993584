"""A scenario held against a region: whatever it names must be there, and what it asks for must be possible.

All faults are found before anything is computed. Care that nobody delivered is no fault (it moves nothing); it is
flagged when the scenario is evaluated.
"""

from collections.abc import Iterable, Iterator

from data_contracts.problem import Fault, nearest
from data_contracts.references import Reference, Subject, references, stray_name
from data_contracts.text import Text
from data_contracts.yaml_file import Keys, YamlDocument
from models.region import Region
from models.region.ageing import AgeingError
from models.region.codes import Array, sums
from models.region.region import NONE_BELOW
from models.scenario.contradictions import Misfit, placed_initiatives
from models.scenario.parsing import Places, document_of, original
from models.scenario.parties import donors_of, recipients_of
from models.scenario.schema import (
    EVERY,
    NORM_PREFIX,
    Evidence,
    Initiative,
    Scenario,
    Selection,
    SharedBudget,
    possible_keys,
)


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
    document = document_of(text, source=source) if text else YamlDocument(source, {})
    return [
        document.fault(original(keys, places or {}), found=found, expected=expected, action=action)
        for keys, found, expected, action in _misfits(scenario, region)
    ]


def _misfits(scenario: Scenario, region: Region) -> Iterator[Misfit]:
    if scenario.base_year != region.base_year:
        yield (
            ("base_year",),
            str(scenario.base_year),
            Text(en=f"the year of the facts, {region.base_year}", nl=f"het jaar van de cijfers, {region.base_year}"),
            Text(
                en="build the region for this base year or change the scenario",
                nl="bouw de regio voor dit basisjaar of wijzig het scenario",
            ),
        )
    for reference in references(scenario):
        yield from _unknown(reference, region)
    yield from _ageing(scenario, region)
    yield from _evidence(scenario.evidence, Scenario, ("evidence",))
    for path, initiative in placed_initiatives(scenario):
        yield from _nobody(initiative, path, region)
        yield from _evidence(initiative.evidence, Initiative, (*path, "evidence"))
    yield from _norms(scenario, region)
    yield from _overlapping(scenario.shared_budgets, region)
    for place, pool in enumerate(scenario.pools):
        if pool.id in region.providers.ids:
            yield (
                ("pools", place, "id"),
                Text(en=f"{pool.id}, which is a provider", nl=f"{pool.id}, dat een zorgaanbieder is"),
                Text(en="a name that no provider has", nl="een naam die geen zorgaanbieder heeft"),
                Text(
                    en="give the pool a name of its own: it is reported beside the providers",
                    nl="geef de pool een eigen naam: hij staat in de resultaten naast de zorgaanbieders",
                ),
            )


def _unknown(reference: Reference, region: Region) -> Iterator[Misfit]:
    """Yields a fault for each name that stands for nothing in the region."""
    if reference.subject == "kind":
        yield from _unknown_kinds(reference, region)
        return
    known = _known(reference.subject, region)
    for name in reference.names:
        if name in known or (reference.subject == "specialism" and _shaped_alike(name, known)):
            continue
        yield stray_name(reference, name, action=_instead(name, known, region))


def _instead(name: str, known: Iterable[str], region: Region) -> Text:
    """Returns what to name instead: whom a provider merged into, else the nearest name."""
    successor = region.merged.get(name)
    if successor is None:
        return nearest(name, known)
    return Text(
        en=f"name {successor}, into which it merged", nl=f"noem {successor}, waarin deze zorgaanbieder is opgegaan"
    )


def _known(subject: Subject, region: Region) -> frozenset[str]:
    """Returns the names that there are of a subject."""
    providers, payers = region.providers.ids, region.payers.ids
    names: dict[Subject, tuple[str | None, ...]] = {
        "provider": providers,
        "provider_or_every": (*providers, EVERY),
        "payer": payers,
        "party": (*providers, *payers),
        "resource": region.resources.ids,
        "kind": region.providers.kinds,
        "specialism": region.segments.specialisms.ids,
    }
    return frozenset(name for name in names[subject] if name)


def _shaped_alike(code: str, known: Iterable[str]) -> bool:
    """Returns whether a code could be one that nobody delivers: as long as a known one, and of digits as it is.

    It grows nothing, which a flag says; a code of another shape is a slip.
    """
    shapes = {(len(other), other.isdigit()) for other in known}
    return not shapes or (len(code), code.isdigit()) in shapes


def _unknown_kinds(reference: Reference, region: Region) -> Iterator[Misfit]:
    """Yields a fault for each misspelt kind, or one where no provider is of any of the kinds."""
    there = _known("kind", region)
    words = there | _kinds_there_can_be()
    misspelt = [name for name in reference.names if name not in words]
    for name in misspelt:
        yield (
            reference.path,
            Text(en=f"the unknown kind {name}", nl=f"de onbekende soort {name}"),
            Text(en="a kind of provider", nl="een soort zorgaanbieder"),
            nearest(name, words),
        )
    if not misspelt and not there.intersection(reference.names):
        names, others = ", ".join(reference.names), ", ".join(sorted(there)) or "-"
        yield (
            reference.path,
            Text(en=f"no provider of the kind {names}", nl=f"geen zorgaanbieder van de soort {names}"),
            Text(
                en="at least one kind that a provider of the region has",
                nl="minstens één soort die een zorgaanbieder van de regio heeft",
            ),
            Text(
                en=f"name a kind that is there ({others}), or deliver the provider",
                nl=f"noem een soort die er is ({others}), of lever de zorgaanbieder aan",
            ),
        )


def _kinds_there_can_be() -> frozenset[str]:
    from data_contracts.contract import load_contract  # noqa: PLC0415 - read only where a kind is not there

    return frozenset(allowed.value for allowed in load_contract("providers").column("kind").allowed)


def _ageing(scenario: Scenario, region: Region) -> Iterator[Misfit]:
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


def _evidence(given: Iterable[Evidence], part: type[Scenario | Initiative], path: Keys) -> Iterator[Misfit]:
    """Yields a fault for each piece of evidence for a key that the part does not have: it would prove nothing."""
    known = possible_keys(part)
    for place, item in enumerate(given):
        if not any(_fits(item.parameter, key) for key in known):
            plain = [key for key in known if "*" not in key]
            yield (
                (*path, place, "parameter"),
                Text(en=f"evidence for {item.parameter}", nl=f"onderbouwing van {item.parameter}"),
                Text(en="the name of a key beside it", nl="de naam van een sleutel ernaast"),
                nearest(item.parameter, plain),
            )


def _fits(name: str, key: str) -> bool:
    """Returns whether a name is that of a key, or of a part above it; `*` in the key is any name, with dots or not."""
    given, wanted = name.split("."), key.split(".")
    if "*" not in wanted:
        return given == wanted[: len(given)]
    place = wanted.index("*")
    return given[:place] == wanted[: min(place, len(given))]


def _nobody(initiative: Initiative, path: Keys, region: Region) -> Iterator[Misfit]:
    """Yields a fault where known providers and kinds together leave nobody."""
    nobody = Text(en="nobody", nl="niemand")
    if initiative.recipients is not None and not recipients_of(initiative, region).size:
        yield (
            (*path, "to"),
            nobody,
            Text(en="at least one recipient", nl="minstens één ontvanger"),
            Text(
                en="name others: providers and kind together are an intersection",
                nl="noem anderen: providers en kind samen zijn een doorsnede",
            ),
        )
    elif not donors_of(initiative, region).size:
        yield (
            (*path, "from"),
            nobody,
            Text(
                en="at least one donor that is not a recipient",
                nl="minstens één afstaande partij die niet zelf ontvangt",
            ),
            Text(en="name another donor", nl="noem een andere afstaande partij"),
        )


def _norms(scenario: Scenario, region: Region) -> Iterator[Misfit]:
    """Yields a fault where norms are enforced that the whole region together cannot meet, or whose name is taken."""
    year = scenario.baseline.enforce_norms
    if year is None:
        return
    path: Keys = ("baseline", "enforce_norms")
    units = _most_units(scenario, region, year)
    given = units >= NONE_BELOW
    if given.any() and not (units >= region.norms.minimum)[given].any():
        norms = ", ".join(norm for norm, some in zip(region.norms.ids, given, strict=True) if some)
        yield (
            path,
            Text(
                en=f"norms that nobody can meet in {year}, not even with all care of the region in one place: {norms}",
                nl=f"normen die niemand in {year} kan halen, ook niet met alle zorg van de regio op één plek: {norms}",
            ),
            Text(en="at least one norm that somebody can meet", nl="minstens één norm die iemand kan halen"),
            Text(
                en="check the minimum and the care of the norm, or leave the key out",
                nl="controleer het minimum en de zorg van de norm, of laat de sleutel weg",
            ),
        )
    taken = {f"{NORM_PREFIX}{norm}" for norm in region.norms.ids}
    for place, initiative in placed_initiatives(scenario):
        if initiative.id in taken:
            yield (
                (*place, "id"),
                Text(
                    en=f"{initiative.id}, the name of a norm that is enforced",
                    nl=f"{initiative.id}, de naam van een norm die geldt",
                ),
                Text(en="an id of its own", nl="een eigen id"),
                Text(en="give it another id", nl="geef het een ander id"),
            )


def _most_units(scenario: Scenario, region: Region, year: int) -> Array:
    """Returns per norm the units of the whole region in a year, demand growing as fast as is thought possible."""
    growth = scenario.baseline.demand_growth
    rates = [growth.default.support[1], *(rate.support[1] for rate in growth.specialism.values())]
    fastest = 1.0 if growth.source is not None else max(0.0, *rates)
    units = sums(region.cells.segment, region.cells.units, size=len(region.segments))
    return region.norm_segments @ units * (1 + fastest) ** (year - scenario.base_year)


def _overlapping(budgets: tuple[SharedBudget, ...], region: Region) -> Iterator[Misfit]:
    """Yields a fault for each pair of budgets that claim the same payer, care and year."""
    for place, budget in enumerate(budgets):
        for other in budgets[:place]:
            payers = set(budget.payers) & set(other.payers)
            years = budget.first_year <= other.last_year and other.first_year <= budget.last_year
            care = region.segments.matching(budget.care) & region.segments.matching(other.care)
            if payers and years and (care.any() or _same(budget.care, other.care)):
                names = ", ".join(sorted(payers))
                yield (
                    ("shared_budgets", place),
                    Text(
                        en=f"the care of {other.id} for payer {names} in the same years",
                        nl=f"de zorg van {other.id} voor financier {names} in dezelfde jaren",
                    ),
                    Text(
                        en="one budget for each payer, care and year", nl="één budget per financier, soort zorg en jaar"
                    ),
                    Text(
                        en="take the care, the payer or the years out of one of them",
                        nl="haal de zorg, de financier of de jaren uit een van de twee",
                    ),
                )


def _same(one: tuple[Selection, ...], other: tuple[Selection, ...]) -> bool:
    return any(selection in other for selection in one)
