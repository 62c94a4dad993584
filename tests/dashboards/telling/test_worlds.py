"""Both worlds in words: what happens without an agreement too, and what a provider has without and with one."""

import polars as pl
import pytest

from dashboards.telling.worlds import MOST_STOPS, Worlds, both_worlds
from dashboards.words.wording import LANGUAGES, wording
from data_contracts.text import Language
from models.anyway import ANYWAY_SCHEMA, happens_anyway


def told(*rows: tuple[str, str | None, str, int | None], language: Language) -> list[str]:
    frame = pl.DataFrame([("s", *row) for row in rows], schema=ANYWAY_SCHEMA, orient="row")
    names = {"H": "Huis", "knee": "Knee replacement"}
    return list(Worlds(frame, {"closing": "De praktijk sluit"}, names, wording(language)).said())


@pytest.mark.parametrize(
    ("language", "heading", "department"),
    [
        ("nl", "Zonder akkoord gebeurt dit ook", "Huis stopt vanaf 2028 met oogheelkunde"),
        ("en", "Without an agreement this happens too", "Huis stops with ophthalmology from 2028 on"),
    ],
)
def test_what_happens_anyway_is_told_by_name(language: Language, heading: str, department: str) -> None:
    first, closing, norm, stops = told(
        ("listed", None, "closing", None), ("norm", "H", "knee", 2027), ("department", "H", "0301", 2028),
        language=language,
    )  # fmt: skip
    assert first.startswith(heading)
    assert "De praktijk sluit" in closing
    assert "Huis" in norm
    assert "Knee replacement" in norm
    assert "2027" in norm
    assert stops == department


@pytest.mark.parametrize("language", LANGUAGES)
def test_growth_alone_is_told_as_such_and_a_long_list_is_cut(language: Language) -> None:
    assert len(told(language=language)) == 1
    many = [("norm", "H", f"n{place}", 2027) for place in range(MOST_STOPS + 3)]
    assert len(told(*many, language=language)) == 1 + MOST_STOPS + 1


def test_a_norm_that_moves_nothing_does_not_happen_and_one_that_stops_does_from_its_first_year() -> None:
    initiatives = pl.DataFrame(
        {
            "scenario": "s",
            "initiative": ["agreed", "closing", "norm-knee", "norm-hip"],
            "role": ["agreed", "baseline", "baseline", "baseline"],
        }
    )
    thresholds = pl.DataFrame(
        {
            "scenario": "s",
            "provider": "H",
            "norm": ["knee", "knee", "knee", "hip", None],
            "specialism": [None, None, None, None, "0301"],
            "year": [2027, 2029, 2028, 2028, 2030],
            "status_before": ["met", "stopped", "stopped", "met", "stopped"],
        }
    )
    assert happens_anyway(initiatives, thresholds).rows() == [
        ("s", "listed", None, "closing", None),
        ("s", "norm", "H", "knee", 2028),
        ("s", "department", "H", "0301", 2030),
    ]


def test_with_an_agreement_is_without_it_and_the_change_and_a_payer_has_no_row() -> None:
    baseline = pl.DataFrame(
        {
            "party": ["H", "G", "Q"] * 2,
            "year": [2025] * 3 + [2027] * 3,
            "margin_eur": [10.0, 5.0, 0.0, 8.0, 5.0, 0.0],
            "revenue_eur": [100.0, 50.0, 150.0, 110.0, 50.0, 160.0],
        }
    )
    impact = pl.DataFrame(
        {
            "party": ["H", "H", "H", "Q", "H"],
            "year": [2027, 2027, 2027, 2027, 2026],
            "initiative": [None] * 5,
            "measure": [
                "margin_change_eur", "revenue_change_eur", "backfill_revenue_eur", "spend_change_eur",
                "margin_change_eur",
            ],
            "mean": [-3.0, -20.0, 5.0, -15.0, -99.0],
        },
        schema_overrides={"initiative": pl.String},
    )  # fmt: skip
    assert both_worlds(baseline, impact).rows() == [
        ("H", 10.0, 8.0, 5.0, 110.0, 95.0),
        ("G", 5.0, 5.0, 5.0, 50.0, 50.0),
    ]
