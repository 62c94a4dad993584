"""The `region.yaml` of a region that is begun with its own names, ready to be read and changed by a person."""

import json
from collections.abc import Iterator

from data_contracts.text import Text
from pipelines.workspace.new.new_region import NewProvider, NewRegion, plain

_WORDS = {
    "head": Text(
        en="The region. A key that does not exist is refused, with the nearest one that does.",
        nl="De regio. Een sleutel die niet bestaat wordt geweigerd, met de naaste die wel bestaat.",
    ),
    "year": Text(
        en="the year of the facts that everything is measured against",
        nl="het jaar van de cijfers waaraan alles wordt afgemeten",
    ),
    "schedule": Text(
        en="when to publish: minute, hour, day, month, weekday (Monday at six)",
        nl="wanneer er wordt gepubliceerd: minuut, uur, dag, maand, weekdag (maandag om zes uur)",
    ),
    "count": Text(
        en="smaller numbers of patients are not shown", nl="kleinere aantallen patiënten worden niet getoond"
    ),
    "suppliers": Text(
        en="Who sends what; `supplier` is the name of its folder in the inbox. A file that comes beside is read too.",
        nl="Wie levert wat; `supplier` is de naam van de map in de inbox. Wat daarbuiten komt, wordt ook gelezen.",
    ),
}


def region_yaml(region: NewRegion, *, workbook: bool) -> str:
    """Returns the text of the settings.

    Args:
        region: what it is told.
        workbook: whether one workbook brings everything; else every provider has a folder of its own.
    """
    return "\n".join(_lines(region, workbook=workbook)) + "\n"


def _lines(region: NewRegion, *, workbook: bool) -> Iterator[str]:
    said = {key: text.of(region.language) for key, text in _WORDS.items()}
    yield "# yaml-language-server: $schema=schemas/region.schema.json"
    yield f"# {said['head']}"
    yield f"region: {_quoted(plain(region.name))}"
    yield f"name: {_quoted(region.name)}"
    yield f"country: {region.country}"
    yield "languages: [nl, en]"
    if region.invented:
        yield "invented: true"
    yield f"base_year: {region.base_year}    # {said['year']}"
    yield f'periods: ["{region.base_year}"]'
    yield f'schedule: "0 6 * * 1"    # {said["schedule"]}'
    yield f"timezone: {region.timezone}"
    yield f"disclosure: {{minimum_count: 10}}    # {said['count']}"
    yield f"# {said['suppliers']}"
    yield "suppliers:"
    if workbook:
        yield f"  - {{supplier: {region.office}, datasets: [providers, volume, revenue]}}"
        return
    yield f"  - {{supplier: {region.office}, datasets: [providers]}}"
    yield from (_supplier(provider) for provider in region.providers)


def _supplier(provider: NewProvider) -> str:
    about = (
        f"supplier: {provider.supplier}, name: {_quoted(provider.name)}, providers: [{_quoted(provider.provider_id)}]"
    )
    return f"  - {{{about}, datasets: [volume, revenue, capacity]}}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
