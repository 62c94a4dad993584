"""Figures are plain dictionaries: Plotly knows every word in them, for every page of the invented release."""

import json
from collections.abc import Iterator

import pytest
from plotly.utils import PlotlyJSONEncoder

from dashboards.data import Release
from dashboards.faces.static import Bundle
from dashboards.figures.drawing import Drawing
from dashboards.pages import make_page
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import LANGUAGES, wording


def drawings(release: Release) -> Iterator[tuple[str, Drawing]]:
    for path, (place, ref) in Bundle(release, LANGUAGES).addresses().items():
        results = next(found for found in release.scenarios if found.name == place.scenario)
        page = make_page(Synopsis(release, results, wording(place.language)), ref)
        for card in page.cards:
            pictures = [card.picture, *(extra.picture for extra in card.extras)]
            yield from ((f"{path} {card.key}", one.figure) for one in pictures if one is not None)


def test_plotly_takes_every_figure_as_it_is(release: Release) -> None:
    """Plotly refuses what it does not know, and would leave out what it cannot use."""
    found = list(drawings(release))
    assert len(found) > 50
    for name, drawing in found:
        plain = json.loads(json.dumps(drawing.plain(), cls=PlotlyJSONEncoder))
        taken = json.loads(json.dumps(drawing.figure.to_dict(), cls=PlotlyJSONEncoder))
        assert taken["data"] == plain["data"], name
        assert {key: value for key, value in plain["layout"].items() if value != []} == taken["layout"], name


def test_what_plotly_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="colour"):
        _ = Drawing([{"type": "bar", "colour": "red"}], {}).figure
