import polars as pl
import pytest
from fake_release import BASE, DELTA, GPS, HORIZON, KREEK, LAB, MAASDIJK, POLDER, RATE, UPTAKE, YEARS

from dashboards.telling.synopsis import SHOWN, Synopsis


def _row(frame: pl.DataFrame, **key: object) -> dict[str, object]:
    return frame.filter(**key).row(0, named=True)


def test_an_outcome_is_the_annual_equivalent_and_its_share_of_size(english: Synopsis) -> None:
    discounted = [(1 + RATE) ** (BASE - year) for year in YEARS]
    margins = [650_000.0 * UPTAKE[year] for year in YEARS]
    expected = sum(value * factor for value, factor in zip(margins, discounted, strict=True)) / sum(discounted)
    delta = _row(english.outcomes, party=DELTA)
    assert delta["value_eur"] == pytest.approx(expected)
    assert delta["share"] == pytest.approx(delta["value_eur"] / 512e6)
    assert (delta["name"], delta["size_source"]) == ("Delta Topklinisch Centrum", "delivered")
    assert delta["low_eur"] < delta["value_eur"] < delta["high_eur"]


def test_losses_come_first_and_stance_follows_materiality(english: Synopsis) -> None:
    values = english.outcomes["value_eur"].to_list()
    assert values == sorted(values)
    assert _row(english.outcomes, party=MAASDIJK)["stance"] == "loses"
    assert _row(english.outcomes, party="3311")["stance"] == "neutral"  # 600,000 of 2.9bn
    assert _row(english.outcomes, party=GPS[0])["stance"] == "gains"


def test_only_touched_parties_have_an_outcome(english: Synopsis) -> None:
    assert POLDER not in set(english.outcomes["party"])
    assert "patients" not in set(english.outcomes["party"])
    assert LAB in set(english.outcomes["party"])


def test_the_figure_shows_seven_rows_and_the_rest_adds_up(english: Synopsis) -> None:
    shown = english.shown
    assert shown.height <= SHOWN
    assert shown["members"].sum() == english.outcomes.height
    assert shown["value_eur"].sum() == pytest.approx(english.outcomes["value_eur"].sum())
    groups = shown.filter(pl.col("members") > 1)
    assert groups["low_eur"].null_count() == groups.height  # percentiles do not add up
    assert "GP organisations (8)" in set(shown["name"])


def test_many_of_one_kind_are_one_row_whose_shortages_do_not_cancel_out(english: Synopsis) -> None:
    group = _row(english.capacity, provider="kind:gp_organisation", resource="practice_nurse_hours")
    after = 3700.0 * 1.01 ** (HORIZON - BASE) + 480.0
    assert (group["members"], group["short"], group["year"]) == (8, 8, HORIZON)
    assert group["shortage_after"] == pytest.approx(8 * (after - 4000.0))
    assert group["fte_after"] == pytest.approx(8 * (after - 4000.0) / 1500.0)
    assert english.capacity_each.filter(pl.col("resource") == "practice_nurse_hours").height == 8


def test_what_is_not_known_stays_empty_and_comes_last(english: Synopsis) -> None:
    last = english.capacity.row(-1, named=True)
    assert (last["provider"], last["known"], last["load_after"]) == (LAB, False, None)


def test_untouched_capacity_is_no_news(english: Synopsis) -> None:
    assert KREEK not in set(english.capacity["provider"])
    assert KREEK in set(english.shortages_without["provider"])  # but it is short without an agreement


def test_the_worst_shortage_is_what_the_scenario_adds(english: Synopsis) -> None:
    worst = english.worst_shortage
    assert worst is not None
    extra = worst["fte_after"] - worst["fte_before"]
    rows = english.capacity.filter("known").with_columns(extra=pl.col("fte_after") - pl.col("fte_before"))
    assert extra == pytest.approx(rows["extra"].max())


def test_without_an_agreement_is_measured_against_the_base_year(english: Synopsis) -> None:
    maasdijk = _row(english.without, party=MAASDIJK)
    start = 244e6 * 0.6 - 244e6 * 0.59
    end = 244e6 * 0.6 * 1.004**7 - 244e6 * 0.59 * 1.010**7
    assert maasdijk["value_eur"] == pytest.approx(end - start)
    assert not set(GPS) & set(english.without["party"])  # no production delivered: not known, not zero
    assert english.extra_spending_eur == pytest.approx((2.9e9 + 8e8 + 2e7) * 0.2 * (1.009**7 - 1))


def test_years_without_a_row_are_years_without_a_change(single: Synopsis) -> None:
    years = single.yearly(DELTA, "stranded_cost_eur")
    assert years["year"].to_list() == list(YEARS)
    assert years["mean"].to_list() == [0.0] * len(YEARS)


def test_an_unknown_payer_has_a_name(dutch: Synopsis) -> None:
    assert _row(dutch.outcomes, party="unknown")["name"] == "Verzekeraar onbekend"
