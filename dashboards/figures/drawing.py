"""A figure as plain dictionaries: what a page sends, made without Plotly's objects, which take longer than all else.

What belongs here: the one type that every figure is. Whether Plotly takes a figure as it is meant is checked where that
costs nobody time: by the tests for every figure of the demonstration region, and whenever somebody asks for `figure`.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import plotly.graph_objects as go

PlotlyLayout = dict[str, Any]


@dataclass(frozen=True)
class Drawing:
    """One figure.

    Attributes:
        traces: What is drawn, as Plotly takes it.
        about: Its layout, as Plotly takes it.
    """

    traces: list[PlotlyLayout]
    about: PlotlyLayout

    @cached_property
    def figure(self) -> go.Figure:
        """Plotly's own object, for who shows the figure in a notebook or reads it.

        Raises:
            ValueError: a trace or the layout holds what Plotly does not know.
        """
        return go.Figure(self.traces, self.about)

    @property
    def data(self) -> Any:  # noqa: ANN401 - Plotly's traces have no type of their own
        """The traces as Plotly's objects."""
        return self.figure.data

    @property
    def layout(self) -> Any:  # noqa: ANN401 - as above
        """The layout as Plotly's object."""
        return self.figure.layout

    def plain(self) -> dict[str, Any]:
        """Returns the figure as a script in a browser takes it."""
        return {"data": self.traces, "layout": self.about}

    def _repr_mimebundle_(self, *args: object, **kwargs: object) -> Any:  # noqa: ANN401 - a notebook's protocol
        """Returns what a notebook shows."""
        return self.figure._repr_mimebundle_(*args, **kwargs)
