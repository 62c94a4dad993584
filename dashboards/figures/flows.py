"""Care from donors to recipients: bands as wide as what moves between them."""

import polars as pl

from dashboards.figures.canvas import separators, shortened
from dashboards.figures.drawing import Drawing, PlotlyLayout
from dashboards.figures.theme import FONT, FONT_SIZE, Colour
from dashboards.words.wording import Wording

_HEIGHT = 430
_LETTERS = 34
_BAND, _BAND_REST = "rgba(0,114,178,0.28)", "rgba(107,114,128,0.22)"


def care_flows(links: pl.DataFrame, *, words: Wording) -> Drawing:
    """Returns who gives care away at the left and who receives it at the right.

    Args:
        links: One row a donor and recipient in the order shown: from_name, from_eur, from_rest, to_name, to_eur,
            to_rest, units, value_eur.
        words: The language.
    """
    donors, recipients = (_side(links, side) for side in ("from", "to"))
    place = {(side, row["name"]): n for n, (side, row) in enumerate([*donors, *recipients])}
    trace = {
        "type": "sankey",
        "arrangement": "fixed",
        "textfont": {"family": FONT, "size": FONT_SIZE, "color": Colour.INK.value},
        "node": {
            "label": [_label(row, words=words) for _, row in [*donors, *recipients]],
            "color": [(Colour.NEUTRAL if row["rest"] else Colour.INK).value for _, row in [*donors, *recipients]],
            "pad": 26,
            "thickness": 12,
            "line": {"width": 0},
            "hoverinfo": "none",
        },
        "link": {
            "source": [place["from", name] for name in links["from_name"]],
            "target": [place["to", name] for name in links["to_name"]],
            "value": links["value_eur"].to_list(),
            "color": [_BAND_REST if rest else _BAND for rest in links["from_rest"] | links["to_rest"]],
            "customdata": [_hover(row, words=words) for row in links.to_dicts()],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    }
    layout = {"height": _HEIGHT, "separators": separators(words), "margin": {"l": 4, "r": 4, "t": 14, "b": 14}}
    return Drawing([trace], layout)


def _side(links: pl.DataFrame, side: str) -> list[tuple[str, PlotlyLayout]]:
    """Returns the rows of one side, the largest first and the others last."""
    columns = {"name": f"{side}_name", "value": f"{side}_eur", "rest": f"{side}_rest"}
    rows = (
        links.select(**columns)
        .unique(maintain_order=True)
        .sort("rest", "value", "name", descending=[False, True, False])
    )
    return [(side, row) for row in rows.to_dicts()]


def _label(row: PlotlyLayout, *, words: Wording) -> str:
    return f"<b>{shortened(row['name'], _LETTERS)}</b><br>{words.numbers.money(row['value'])}"


def _hover(row: PlotlyLayout, *, words: Wording) -> str:
    units = words.numbers.quantity(row["units"], digits=2)
    value = words.numbers.money(row["value_eur"])
    return words.text("flows.hover", donor=row["from_name"], recipient=row["to_name"], value=value, units=units)
