import datetime as dt

import pytest

from dashboards.words.wording import wording

NL, EN = wording("nl").numbers, wording("en").numbers


def plain(text: str) -> str:
    """The text with ordinary spaces, so that a test can be read."""
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "dutch", "english"),
    [
        (1_234_567, "€ 1,2 mln", "€1.2m"),
        (340_120, "€ 340.000", "€340,000"),
        (-1_834_000, "−€ 1,8 mln", "−€1.8m"),
        (12_345_678, "€ 12 mln", "€12m"),
        (999_600, "€ 1,0 mln", "€1.0m"),
        (2_900_000_000, "€ 2,9 mld", "€2.9bn"),
        (740, "€ 740", "€740"),
        (0, "€ 0", "€0"),
        (None, "onbekend", "unknown"),
        (float("nan"), "onbekend", "unknown"),
    ],
)
def test_money_reads_as_the_language_writes_it(value: float | None, dutch: str, english: str) -> None:
    assert (plain(NL.money(value)), plain(EN.money(value))) == (dutch, english)


@pytest.mark.parametrize(
    ("spread", "expected"),
    [(2_400_000, "€ 2 mln"), (1_200_000, "€ 1,8 mln"), (90_000, "€ 1,83 mln"), (0, "€ 1,8 mln"), (None, "€ 1,8 mln")],
)
def test_money_is_rounded_to_what_its_band_allows(spread: float | None, expected: str) -> None:
    assert plain(NL.money(1_834_112, spread=spread)) == expected


def test_a_gain_carries_a_plus_and_a_loss_a_real_minus() -> None:
    assert plain(NL.money(5_000, signed=True)) == "+€ 5.000"
    assert plain(NL.money(-5_000)) == "−€ 5.000"
    assert "-" not in NL.money(-5_000)


def test_a_band_goes_from_low_to_high_whatever_the_order() -> None:
    assert plain(NL.money_between(900_000, -200_000)) == "−€ 200.000 tot € 900.000"
    assert plain(EN.money_between(None, 3.0)) == "unknown"


@pytest.mark.parametrize(
    ("value", "dutch", "english"),
    [
        (0.0061, "0,6 %", "0.6%"),
        (-0.0061, "−0,6 %", "−0.6%"),
        (0.123, "12 %", "12%"),
        (0.0002, "0,02 %", "0.02%"),
        (0.00001, "≈ 0 %", "≈ 0%"),
        (0.0, "0,0 %", "0.0%"),
        (None, "onbekend", "unknown"),
    ],
)
def test_shares(value: float | None, dutch: str, english: str) -> None:
    assert (plain(NL.share(value)), plain(EN.share(value))) == (dutch, english)


@pytest.mark.parametrize(
    ("value", "dutch", "english"),
    [(7.44, "7,4 fte", "7.4 FTE"), (12.4, "12 fte", "12 FTE"), (9.96, "10 fte", "10 FTE")],
)
def test_full_time_equivalents(value: float, dutch: str, english: str) -> None:
    assert (plain(NL.full_time(value)), plain(EN.full_time(value))) == (dutch, english)


@pytest.mark.parametrize(
    ("value", "dutch", "english"),
    [
        (0.31, "3 op de 10", "3 in 10"),
        (0.0, "minder dan 1 op de 20", "fewer than 1 in 20"),
        (0.06, "1 op de 10", "1 in 10"),
        (0.949, "9 op de 10", "9 in 10"),
        (1.0, "meer dan 19 op de 20", "more than 19 in 20"),
        (None, "onbekend", "unknown"),
    ],
)
def test_chances_are_counted(value: float | None, dutch: str, english: str) -> None:
    assert (NL.probability(value), EN.probability(value)) == (dutch, english)


@pytest.mark.parametrize(
    ("value", "dutch"), [(1234.5, "1.230"), (62.0, "62"), (3.14159, "3,1"), (0.5, "0,5"), (3.0, "3"), (-1300, "−1.300")]
)
def test_quantities_have_three_significant_digits(value: float, dutch: str) -> None:
    assert NL.quantity(value) == dutch


@pytest.mark.parametrize(("value", "dutch"), [(0.25, "0,25"), (120000.0, "120.000"), (-0.005, "−0,005"), (3, "3")])
def test_parameters_are_written_as_given(value: float, dutch: str) -> None:
    assert NL.exact(value) == dutch


def test_small_counts_are_words() -> None:
    assert (NL.counted(3), EN.counted(12), NL.counted(40)) == ("drie", "twelve", "40")


def test_periods_and_days() -> None:
    assert (NL.period("2025Q3"), EN.period("2025Q3")) == ("2025, kwartaal 3", "2025, quarter 3")
    assert (NL.period("2025"), NL.period(None)) == ("2025", "onbekend")
    assert NL.day("2026-11-21T06:00:00+00:00") == "21 november 2026"
    assert EN.moment(dt.datetime(2026, 11, 21, 6, 5, tzinfo=dt.UTC)) == "21 November 2026, 06:05 (UTC)"
    assert NL.day("20261121T060000Z") == "21 november 2026"
    assert NL.day("ooit") == "ooit"


def test_more_than_one_and_a_half_is_told_as_so_many_times() -> None:
    assert [NL.part_of(value).replace("\u00a0", " ") for value in (0.33, 1.5, 1.51, 12.4)] == [
        "33 % van", "150 % van", "1,5 keer", "12 keer"
    ]  # fmt: skip
    assert EN.ratio(-4.85, signed=True) == "−4.8 times"
    assert EN.part_of(None) == "unknown"
