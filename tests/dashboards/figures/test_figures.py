"""Figures from small frames: what is drawn where, not how it looks."""

import math

import polars as pl
import pytest

from dashboards.figures import (
    BridgeStep,
    capacity_bullets,
    capacity_lines,
    gains_and_losses,
    result_by_year,
    run_off,
    small_futures,
    waterfall,
)
from dashboards.figures.canvas import RowLabel, shortened, ticks, wrapped
from dashboards.figures.drawing import Drawing
from dashboards.figures.theme import Colour
from dashboards.words.wording import wording

NL, EN = wording("nl"), wording("en")


def texts(figure: Drawing) -> str:
    """Everything that is written in a figure, with ordinary spaces."""
    written = [annotation.text for annotation in figure.layout.annotations]
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        written += [axis.title.text or "", *(axis.ticktext or ())]
    return " | ".join(written).replace("\u00a0", " ")


def parties(**changes: object) -> pl.DataFrame:
    row = {
        "name": ["Maasdijk", "Delta", "Huisartsen (7)"],
        "kind_name": ["algemeen ziekenhuis", "topklinisch ziekenhuis", ""],
        "members": [1, 1, 7],
        "size_eur": [244e6, None, 45e6],
        "margin_eur": [1.2e6, None, None],
        "value_eur": [-0.9e6, 0.1e6, 0.4e6],
        "low_eur": [-1.2e6, 0.05e6, None],
        "high_eur": [-0.6e6, 0.15e6, None],
        "share": [-0.0037, None, 0.0089],
        "stance": ["loses", "neutral", "gains"],
    }
    return pl.DataFrame({**row, **changes})


def test_losses_go_left_in_their_colour_and_gains_right() -> None:
    bars = gains_and_losses(parties(), words=NL).data[0]
    assert list(bars.x) == [-0.9e6, 0.1e6, 0.4e6]
    assert list(bars.marker.color) == [Colour.LOSS, Colour.NEUTRAL, Colour.GAIN]


def test_whiskers_are_the_band_and_a_sum_has_none() -> None:
    banded = gains_and_losses(parties(), words=NL).data[1]
    assert list(banded.y) == [0, 1]
    assert list(banded.error_x.array) == [pytest.approx(0.3e6), pytest.approx(0.05e6)]
    assert list(banded.error_x.arrayminus) == [pytest.approx(0.3e6), pytest.approx(0.05e6)]


def test_the_own_margin_is_a_tick_on_the_side_of_the_loss() -> None:
    ticks_of_margin = gains_and_losses(parties(), words=NL).data[2]
    assert (list(ticks_of_margin.x), list(ticks_of_margin.y)) == ([-1.2e6], [0])


def test_a_margin_far_outside_the_bars_is_left_out() -> None:
    assert len(gains_and_losses(parties(margin_eur=[9e6, None, None]), words=NL).data) == 2


def test_euro_and_share_stand_together_in_the_language_of_the_reader() -> None:
    dutch, english = texts(gains_and_losses(parties(), words=NL)), texts(gains_and_losses(parties(), words=EN))
    assert "<b>−€ 900.000</b>" in dutch
    assert "−0,4 %" in dutch
    assert "omvang niet geleverd" in dutch
    assert "<b>−€900,000</b>" in english
    assert "−0.4%" in english
    assert "million euro per year" in english


def test_names_cannot_bring_markup_into_a_figure() -> None:
    figure = gains_and_losses(parties(name=["<b>A</b> & B", "Delta", "C"]), words=EN)
    assert "&lt;b&gt;A&lt;/b&gt; &amp; B" in texts(figure)


def capacity(**changes: object) -> pl.DataFrame:
    row = {
        "name": ["Delta", "Maasdijk"],
        "resource": ["nurse_hours", "clinic_hours"],
        "resource_name": ["verpleegkundigen", "polikliniek"],
        "unit": ["uur", "uur"],
        "year": [2032, 2031],
        "members": [1, 1],
        "short": [1, 0],
        "is_staff": [True, False],
        "hours_per_fte": [1500.0, None],
        "usable": [100_000.0, 40_000.0],
        "load_before": [99_000.0, 39_000.0],
        "load_after": [106_000.0, 36_000.0],
        "load_after_p10": [103_000.0, None],
        "load_after_p90": [109_000.0, None],
        "load_change": [7_000.0, -3_000.0],
        "shortage_before": [0.0, 0.0],
        "shortage_after": [6_000.0, 0.0],
        "fte_before": [0.0, None],
        "fte_after": [4.0, None],
        "shortage_probability_after": [0.8, 0.0],
    }
    return pl.DataFrame({**row, **changes})


def test_capacity_is_drawn_against_what_is_usable() -> None:
    figure = capacity_bullets(capacity(), words=NL)
    available, change, dots = figure.data
    assert list(change.base) == [pytest.approx(0.99), pytest.approx(0.975)]
    assert list(dots.x) == [pytest.approx(1.06), pytest.approx(0.9)]
    assert available.base + available.x[0] == pytest.approx(1.0)
    assert list(dots.marker.color) == [Colour.SHORTAGE, Colour.FREED]
    assert [shape.x0 for shape in figure.layout.shapes] == [pytest.approx(0.99), pytest.approx(0.975)]
    assert {shape.line.dash for shape in figure.layout.shapes} == {"dot"}


def test_a_shortage_says_how_much_and_how_likely_in_words() -> None:
    said = texts(capacity_bullets(capacity(), words=NL))
    assert "tekort 4,0 fte" in said
    assert "was geen · 8 op de 10" in said
    assert "vrij 3.000 uur" in said
    assert "polikliniek · 2031" in said


@pytest.mark.parametrize(("chance", "said"), [(1.0, "almost certain"), (0.01, "small chance"), (0.5, "5 in 10")])
def test_a_chance_beside_a_row_is_said_shortly(chance: float, said: str) -> None:
    assert f"was none · {said}" in texts(capacity_bullets(capacity(shortage_probability_after=[chance, 0.0]), words=EN))


def test_a_shortage_that_was_there_already_says_how_large_it_was() -> None:
    rows = capacity(shortage_before=[3_000.0, 0.0], fte_before=[2.0, None])
    assert "was 2,0 · 8 op de 10" in texts(capacity_bullets(rows, words=NL))


def test_a_group_says_how_many_of_its_members_are_short() -> None:
    rows = capacity(members=[8, 1], short=[5, 0], name=["huisartsenorganisaties", "Maasdijk"])
    said = texts(capacity_bullets(rows, words=NL))
    assert "Huisartsenorganisaties (8)" in said
    assert "bij 5 van de 8" in said


def test_capacity_over_the_years_leaves_unknown_capacity_out() -> None:
    years = pl.concat([capacity().with_columns(year=pl.lit(year, dtype=pl.Int64)) for year in (2025, 2032)])
    assert len(capacity_lines(years, words=NL).data) == 6  # two panels: usable, without, with
    unknown = years.with_columns(usable=pl.lit(None, dtype=pl.Float64))
    assert len(capacity_lines(unknown, words=NL).data) == 4


def test_each_step_of_a_waterfall_starts_where_the_last_one_ended() -> None:
    steps = [BridgeStep("A", -2.4e6), BridgeStep("B", 0.9e6)]
    figure = waterfall(steps, words=EN, before=RowLabel("Before", "", "€10m"), total=RowLabel("After", "", "€8.5m"))
    bars = figure.data[0]
    assert list(bars.base) == [0.0, -2.4e6, 0.0]
    assert list(bars.x) == [-2.4e6, 0.9e6, pytest.approx(-1.5e6)]
    assert list(bars.y) == [1, 2, 3]  # the first row is the words of the situation before
    assert list(bars.marker.color) == [Colour.LOSS, Colour.GAIN, Colour.LOSS]


def test_a_waterfall_without_steps_is_empty_but_whole() -> None:
    figure = waterfall([], words=EN, before=None, total=RowLabel("After", "", "€0"))
    assert list(figure.data[0].x) == [0.0]


def test_results_by_year_carry_their_band() -> None:
    years = pl.DataFrame({"year": [2027, 2028], "mean": [-1e6, 2e6], "p10": [-2e6, 1e6], "p90": [-0.5e6, 2.5e6]})
    bars = result_by_year(years, words=NL).data[0]
    assert list(bars.y) == [-1e6, 2e6]
    assert list(bars.error_y.array) == [0.5e6, 0.5e6]
    assert list(bars.marker.color) == [Colour.LOSS, Colour.GAIN]


def test_saved_cost_is_stacked_on_what_stays_behind() -> None:
    years = pl.DataFrame(
        {"year": [2027, 2028], "stranded": [3.0, 1.0], "stranded_p10": [2.0, 1.0], "stranded_p90": [4.0, 1.0],
         "avoided": [1.0, 3.0]}
    )  # fmt: skip
    figure = run_off(years, words=EN)
    assert list(figure.data[0].y) == [3.0, 1.0]
    assert list(figure.data[1].y) == [4.0, 4.0]
    assert {annotation.text for annotation in figure.layout.annotations} == {"<b>stays behind</b>", "<b>saved</b>"}


def test_two_futures_share_a_zero_and_a_scale_and_one_has_its_band() -> None:
    years = pl.DataFrame(
        {"name": ["A", "A", "B", "B"], "year": [2025, 2032] * 2, "without_share": [0.0, -0.02, 0.0, 0.01],
         "with_share": [0.0, -0.03, 0.0, 0.02], "with_low_share": [0.0, -0.05, 0.0, 0.02],
         "with_high_share": [0.0, -0.02, 0.0, 0.02], "without_eur": [0.0, -2e6, 0.0, 1e6],
         "with_eur": [0.0, -3e6, 0.0, 2e6]}
    )  # fmt: skip
    figure = small_futures(years, words=NL)
    lines = [(line.line.dash, line.line.color) for line in figure.data if line.line.width]
    assert lines == [("dot", Colour.BASELINE), (None, Colour.LOSS), ("dot", Colour.BASELINE), (None, Colour.GAIN)]
    assert [band.y[-1] for band in figure.data if not band.line.width] == [-0.05, -0.02]  # B was computed once
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range
    assert figure.layout.yaxis.range[0] < -0.05 < 0.02 < figure.layout.yaxis.range[1]
    assert "met akkoord −€ 3,0 mln<br>zonder akkoord −€ 2,0 mln" in texts(figure)


@pytest.mark.parametrize(("low", "high"), [(-1.27e6, 0.8e6), (0.0, 13.0), (-4e8, -3e8), (0.83, 1.31)])
def test_ticks_are_round_and_few(low: float, high: float) -> None:
    values = ticks(low, high)
    assert 2 <= len(values) <= 6
    assert all(low <= value <= high for value in values)
    step = values[1] - values[0]
    assert round(step / 10 ** math.floor(math.log10(step) + 1e-9), 6) in {1, 2, 5}
    if low < 0 < high:
        assert 0.0 in values


def test_names_are_shortened_and_wrapped_without_losing_their_start() -> None:
    assert shortened("Zelfstandig Behandelcentrum", 12) == "Zelfstandig…"
    assert shortened("Delta", 12) == "Delta"
    assert wrapped("Stabiel boezemfibrilleren naar de huisarts", 28) == "Stabiel boezemfibrilleren<br>naar de huisarts"
