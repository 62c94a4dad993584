"""Dash's components, without the types that its stubs give them: they refuse `aria-` and `data-` attributes."""

from typing import Any

import dash
from dash import dcc as _dcc
from dash import html as _html

Component = Any
"""A component, a text, or a list of them."""

html: Any = _html
dcc: Any = _dcc
Dash: Any = dash.Dash
