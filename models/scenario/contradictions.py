"""What contradicts itself in a scenario: faults that no single key shows, and no region is needed to see."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from data_contracts.text import Text, Told
from data_contracts.yaml_file import Keys
from models.scenario.schema import Initiative, Scenario

Misfit = tuple[Keys, Told, Text, Text]
"""What is wrong: the place, what was found there, what was expected, what to do."""

MOST_YEARS = 30
"""From the base year to the horizon: nobody agrees on more, and a year costs as much as the one before it."""
CORRECT_ONE = Text(en="correct one of them", nl="verbeter een van de twee")


class Named(Protocol):
    """What goes by an id."""

    @property
    def id(self) -> str:
        """Its name."""
        ...


def contradictions(scenario: Scenario) -> Iterator[Misfit]:
    """Yields what a scenario says against itself."""
    if scenario.horizon < scenario.base_year:
        expected = Text(
            en=f"the base year {scenario.base_year} or later", nl=f"het basisjaar {scenario.base_year} of later"
        )
        yield ("horizon",), str(scenario.horizon), expected, CORRECT_ONE
    last = scenario.base_year + MOST_YEARS
    if scenario.horizon > last:
        expected = Text(
            en=f"{last} or earlier, {MOST_YEARS} years after the base year",
            nl=f"{last} of eerder, {MOST_YEARS} jaar na het basisjaar",
        )
        yield ("horizon",), str(scenario.horizon), expected, CORRECT_ONE
    for name in ("shared_budgets", "pools"):
        items = getattr(scenario, name)
        yield from _repeated([(name, place) for place in range(len(items))], items)
    placed = list(placed_initiatives(scenario))
    yield from _repeated([path for path, _ in placed], [initiative for _, initiative in placed])
    for path, initiative in placed:
        yield from _starts(initiative, path, scenario.base_year)
    yield from _norms_enforced(scenario)
    yield from _closed_twice(scenario)
    yield from _pooled_twice(scenario)


def placed_initiatives(scenario: Scenario) -> Iterator[tuple[Keys, Initiative]]:
    """Yields every initiative with the place where it stands: the agreed ones, then those that happen anyway."""
    for place, initiative in enumerate(scenario.initiatives):
        yield ("initiatives", place), initiative
    for place, initiative in enumerate(scenario.baseline.initiatives):
        yield ("baseline", "initiatives", place), initiative


def _starts(initiative: Initiative, path: Keys, base_year: int) -> Iterator[Misfit]:
    """Yields each start in or before the base year: that year's facts are as delivered, nothing has moved in them."""
    places: list[tuple[Keys, int]] = [((*path, "uptake", "start"), initiative.uptake.start)]
    places += [((*path, "start_choices"), year) for year in initiative.start_choices]
    for place, year in places:
        if year <= base_year:
            yield (
                place,
                Text(en=f"uptake that starts in {year}", nl=f"een begin in {year}"),
                Text(en=f"a year after the base year {base_year}", nl=f"een jaar na het basisjaar {base_year}"),
                Text(
                    en=f"start in {base_year + 1}; what moved in {base_year} is in the facts of that year already",
                    nl=f"begin in {base_year + 1}; wat in {base_year} is verplaatst, zit al in de cijfers van dat jaar",
                ),
            )


def _norms_enforced(scenario: Scenario) -> Iterator[Misfit]:
    year, base = scenario.baseline.enforce_norms, scenario.base_year
    if year is not None and year <= base:
        yield (
            ("baseline", "enforce_norms"),
            Text(en=f"norms enforced from {year}", nl=f"normen die vanaf {year} gelden"),
            Text(en=f"a year after the base year {base}", nl=f"een jaar na het basisjaar {base}"),
            Text(
                en="give a later year, or leave it out if norms are not enforced",
                nl="geef een later jaar, of laat het weg als normen niet worden gehandhaafd",
            ),
        )


def _closed_twice(scenario: Scenario) -> Iterator[Misfit]:
    if isinstance(scenario.scale_down, str):
        return
    providers = [closing.provider for closing in scenario.scale_down]
    for place, provider in enumerate(providers):
        if provider in providers[:place]:
            found = Text(en=f"{provider} a second time", nl=f"{provider} voor de tweede keer")
            expected = Text(en="each provider once", nl="elke zorgaanbieder één keer")
            yield ("scale_down", place, "provider"), found, expected, CORRECT_ONE


def _pooled_twice(scenario: Scenario) -> Iterator[Misfit]:
    members: dict[tuple[str, str], str] = {}
    for place, pool in enumerate(scenario.pools):
        for provider in pool.providers:
            other = members.setdefault((pool.resource, provider), pool.id)
            if other != pool.id:
                yield (
                    ("pools", place, "providers"),
                    Text(
                        en=f"{provider} in the pools {other} and {pool.id}",
                        nl=f"{provider} in de pools {other} en {pool.id}",
                    ),
                    Text(
                        en=f"each provider in one pool of {pool.resource}",
                        nl=f"elke zorgaanbieder in één pool van {pool.resource}",
                    ),
                    CORRECT_ONE,
                )


def _repeated(paths: Sequence[Keys], items: Sequence[Named]) -> Iterator[Misfit]:
    seen: set[str] = set()
    for path, item in zip(paths, items, strict=True):
        if item.id in seen:
            found = Text(en=f"{item.id} a second time", nl=f"{item.id} voor de tweede keer")
            yield (*path, "id"), found, Text(en="an id of its own", nl="een eigen id"), CORRECT_ONE
        seen.add(item.id)
