"""How every figure looks: one Plotly template, and colours that each mean one thing.

What belongs here: colours, fonts, spacing. A figure takes its colours from `Colour` by meaning, never by taste.
"""

from enum import StrEnum

import plotly.graph_objects as go
import plotly.io

plotly.io.templates.default = None
"""Figures are made without a template: ours is sent once for all of them, and copying Plotly's own takes time."""

FONT = '"Segoe UI", system-ui, -apple-system, Roboto, "Helvetica Neue", Arial, sans-serif'
FONT_SIZE = 14


class Colour(StrEnum):
    """One meaning a colour, told apart by colour-blind people too (Okabe and Ito's set)."""

    LOSS = "#D55E00"
    GAIN = "#0072B2"
    SHORTAGE = "#E69F00"
    FREED = "#56B4E9"
    NEUTRAL = "#6B7280"
    BASELINE = "#000000"
    INK = "#111827"
    LINE = "#D1D5DB"
    SPACE = "#E5E7EB"
    PAPER = "#FFFFFF"


def template() -> go.layout.Template:
    """Returns the template of all figures: white, few lines, text of one size, figures in columns."""
    axis = {
        "gridcolor": Colour.SPACE.value,
        "linecolor": Colour.LINE.value,
        "zerolinecolor": Colour.INK.value,
        "zerolinewidth": 1,
        "ticks": "",
        "showgrid": False,
        "automargin": False,
        "fixedrange": True,
        "title": {"font": {"size": FONT_SIZE}, "standoff": 6},
    }
    whisker = {"color": Colour.INK.value, "thickness": 1.5, "width": 5}
    return go.layout.Template(
        data={kind: [{"error_x": whisker, "error_y": whisker}] for kind in ("bar", "scatter")},
        layout={
            "font": {"family": FONT, "size": FONT_SIZE, "color": Colour.INK.value},
            "paper_bgcolor": Colour.PAPER.value,
            "plot_bgcolor": Colour.PAPER.value,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "showlegend": False,
            "hovermode": "closest",
            "hoverlabel": {"font": {"family": FONT, "size": FONT_SIZE}, "bgcolor": Colour.PAPER.value, "align": "left"},
            "xaxis": axis,
            "yaxis": axis,
            "dragmode": False,
            "annotationdefaults": {
                "showarrow": False,
                "xref": "paper",
                "xanchor": "left",
                "yanchor": "middle",
                "align": "left",
            },
        },
    )


def colour_of(value: float | None, *, stance: str | None = None) -> Colour:
    """Returns the colour of a change: loss, gain, or neutral where the stance says that it is too small to matter."""
    if not value or stance == "neutral":
        return Colour.NEUTRAL
    return Colour.LOSS if value < 0 else Colour.GAIN
