"""From before to after in steps: each step a bar that starts where the one above it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from dashboards.figures.canvas import RowLabel, extent, money_axis, row_layout
from dashboards.figures.drawing import Drawing, PlotlyLayout
from dashboards.figures.theme import Colour, colour_of
from dashboards.words.wording import Wording

_RIGHT = 132


@dataclass(frozen=True)
class BridgeStep:
    """One step: what it is, and what it adds or takes (euro, seen from the party)."""

    name: str
    change_eur: float


def waterfall(steps: Sequence[BridgeStep], *, words: Wording, before: RowLabel | None, total: RowLabel) -> Drawing:
    """Returns the steps from top to bottom, then their total; the zero line is the situation without an agreement.

    Args:
        steps: The steps in order.
        words: The language.
        before: The words of the situation at the start; its figure is far larger than the steps and gets no bar.
        total: The words of the outcome; its bar is the sum of the steps.
    """
    ends = list(accumulate(step.change_eur for step in steps))
    starts = [0.0, *ends[:-1]] if ends else []
    changes = [*(step.change_eur for step in steps), ends[-1] if ends else 0.0]
    offset = 0 if before is None else 1
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": changes,
        "base": [*starts, 0.0],
        "y": [place + offset for place in range(len(changes))],
        "marker": {"color": [colour_of(change).value for change in changes]},
        "hoverinfo": "skip",
    }
    labels = [RowLabel(step.name, "", words.numbers.money(step.change_eur, signed=True)) for step in steps]
    layout = row_layout([*([before] if before else []), *labels, total], words=words, right=_RIGHT)
    layout["shapes"] = _links(ends, offset=offset)
    layout["xaxis"] = money_axis(*extent([*starts, *ends]), words=words, title="figures.against_no_agreement")
    return Drawing([bars], layout)


def _links(ends: list[float], *, offset: int) -> list[PlotlyLayout]:
    """Returns the thin lines that carry the end of a step to the start of the next."""
    line = {"color": Colour.NEUTRAL.value, "width": 1}
    return [
        {"type": "line", "x0": end, "x1": end, "y0": place + offset + 0.28, "y1": place + offset + 0.72, "line": line}
        for place, end in enumerate(ends)
    ]
