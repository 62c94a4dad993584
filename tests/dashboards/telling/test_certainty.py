"""How sure: which assumptions would turn a sign, until when contracts hold, between what the hardest hit party lies."""

from dataclasses import replace

import polars as pl
import pytest
from fake_release import HORIZON, INITIATIVES, MAASDIJK, SCENARIO

from dashboards.telling.certainty import doubt, holds_until, turning_point
from dashboards.telling.synopsis import Synopsis
from models.tables import RESULT_TABLES


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def with_rows(findings: Synopsis, name: str, rows: list[dict[str, object]]) -> Synopsis:
    table = pl.DataFrame([{"scenario": SCENARIO, **row} for row in rows], schema=RESULT_TABLES[name].schema())
    results = replace(findings.results, tables={**findings.results.tables, name: table})
    return Synopsis(findings.release, results, findings.words)


@pytest.mark.parametrize(
    ("high", "said"),
    [
        (400_000.0, ("For Maasdijk Ziekenhuis gain and loss over all years together change places if one of these "
                    "assumptions turns out otherwise: ‘Stable atrial fibrillation to the GP’, share that returns.")),
        (-400_000.0, ("No assumption by itself, between its 10th and 90th percentile, turns gain into loss for a party "
                     "to whom it matters.")),
    ],
)  # fmt: skip
def test_it_is_told_which_assumption_turns_the_sign_or_that_none_does(
    english: Synopsis, high: float, said: str
) -> None:
    row = {
        "party": MAASDIJK,
        "parameter": f"initiatives.{INITIATIVES[0][0]}.returns",
        "low_eur": -9e6,
        "high_eur": high,
    }
    assert turning_point(with_rows(english, "sensitivity", [row])) == said
    assert turning_point(english) == ""  # nothing was varied: nothing is said


def test_it_is_told_until_when_contracts_run(dutch: Synopsis) -> None:
    rows = [
        {"provider": MAASDIJK, "payer": "3311", "year": year, "in_term": year < 2028} for year in (2027, 2028, HORIZON)
    ]
    assert holds_until(with_rows(dutch, "contract_impact", rows)) == (
        "Tot en met 2027 lopen alle contracten; daarna telt bij één aanbieder een aanname over de verlenging mee."
    )
    assert holds_until(dutch) == ""


def test_the_band_is_of_a_year_that_exists(english: Synopsis, single: Synopsis) -> None:
    assert plain(doubt(english)) == (
        "Maasdijk Ziekenhuis: in 8 of 10 draws the change of its result in 2029 lies between −€2.0m and −€1.0m."
    )
    assert doubt(single) == ""
