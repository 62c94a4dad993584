"""Growth of demand by ageing: cost per insured year by age today, inhabitants by age in years to come.

The arithmetic of the example, on paper: hospital care costs 100 a person under 65 and 400 above. The region has 800 and
200 people, then 700 and 300: 800*100 + 200*400 = 160,000 against 700*100 + 300*400 = 190,000, 1.1875 in ten years.
"""

import polars as pl
import pytest
from reference.worlds import scenario_text

from models.impact import evaluate
from models.region import Region
from models.region.ageing import OLDEST, ages
from models.scenario import ScenarioError, check_against, parse_scenario

HOSPITAL = 1.1875 ** (1 / 10) - 1
GP = (700 * 50 + 300 * 60) / (800 * 50 + 200 * 60)

SPENDING = pl.DataFrame(
    [
        ("A", 2023, "0-64", "male", "hospital", 40.0, 4000.0),
        ("A", 2023, "0-64", "female", "hospital", 60.0, 6000.0),
        ("A", 2023, "65+", "male", "hospital", 5.0, 1500.0),
        ("B", 2023, "65+", "female", "hospital", 5.0, 2500.0),
        ("A", 2023, "0-64", "male", "gp", 40.0, 2000.0),
        ("A", 2023, "0-64", "female", "gp", 60.0, 3000.0),
        ("A", 2023, "65+", "male", "gp", 5.0, 300.0),
        ("B", 2023, "65+", "female", "gp", 5.0, 300.0),
        ("A", 2019, "65+", "male", "hospital", 5.0, 9999.0),
    ],
    schema=["area", "year", "age_class", "sex", "care_type", "insured_years", "cost_eur"],
    orient="row",
)
POPULATION = pl.DataFrame(
    [
        ("A", 2025, "0 tot 65 jaar", 800),
        ("A", 2025, "65 tot 80 jaar", 150),
        ("A", 2025, "80 jaar en ouder", 50),
        ("A", 2035, "0 tot 65 jaar", 700),
        ("A", 2035, "65 jaar en ouder", 300),
    ],
    schema=["area", "year", "age_class", "inhabitants"],
    orient="row",
)
TABLES = {
    "provider": pl.DataFrame({"provider_id": ["H"], "name": ["H"], "kind": ["general_hospital"]}),
    "volume": pl.DataFrame(
        {"provider_id": ["H", "H"], "period": ["2025", "2025"], "specialism": ["0320", "0305"], "units": [100.0, 10.0]}
    ),
    "revenue": pl.DataFrame({"provider_id": ["H"], "period": ["2025"], "units": [110.0], "revenue_eur": [110.0]}),
    "regional_spending": SPENDING,
    "population": POPULATION,
}


def a_scenario(growth, **others):
    content = {"scenario": "ageing", "base_year": 2025, "horizon": 2035, "baseline": {"demand_growth": growth}} | others
    return parse_scenario(scenario_text(content), source="ageing.yaml")


def units_in(region, scenario, year):
    table = evaluate(region, scenario).table("party_baseline")
    return table.filter((pl.col("party") == "H") & (pl.col("year") == year))["units"].item()


def region_with(**tables):
    return Region.from_tables(TABLES | tables, base_year=2025)


def test_demand_grows_as_the_example_on_paper():
    scenario = a_scenario({"from": "population", "care_type": {"default": "hospital", "specialism": {"0305": "gp"}}})
    assert units_in(region_with(), scenario, 2035) == pytest.approx(100 * 1.1875 + 10 * GP)
    assert units_in(region_with(), scenario, 2026) == pytest.approx(100 * (1 + HOSPITAL) + 10 * GP**0.1)


def test_without_a_care_type_all_care_together_counts():
    together = (700 * 150 + 300 * 460) / (800 * 150 + 200 * 460)
    assert units_in(region_with(), a_scenario({"from": "population"}), 2035) == pytest.approx(110 * together)


def test_rates_come_on_top_of_ageing():
    growth = {"from": "population", "care_type": {"default": "hospital"}, "default": 0.01, "specialism": {"0305": 0.02}}
    expected = (100 * (1 + HOSPITAL) * 1.01) + 10 * (1 + HOSPITAL) * 1.02
    assert units_in(region_with(), a_scenario(growth), 2026) == pytest.approx(expected)


def test_a_horizon_before_the_forecast_uses_its_rate():
    scenario = a_scenario({"from": "population", "care_type": {"default": "hospital"}}, horizon=2030)
    assert units_in(region_with(), scenario, 2030) == pytest.approx(110 * (1 + HOSPITAL) ** 5)


def test_what_was_used_is_flagged_in_both_languages():
    scenario = a_scenario({"from": "population", "care_type": {"default": "hospital"}})
    flags = evaluate(region_with(), scenario).table("flag").filter(pl.col("flag") == "growth_from_population")
    assert flags["value"].to_list() == [pytest.approx(HOSPITAL)]
    assert "1,73 % per jaar" in flags["message_nl"].item()
    assert "spending by age of 2023" in flags["message_en"].item()


@pytest.mark.parametrize(
    ("growth", "tables", "key", "words"),
    [
        ({"from": "population"}, {"regional_spending": SPENDING.clear()}, "from", "no regional spending"),
        ({"from": "population"}, {"population": POPULATION.clear()}, "from", "population of no year"),
        (
            {"from": "population", "care_type": {"default": "hopsital"}},
            {},
            "care_type",
            "the unknown care type hopsital",
        ),
        (
            {"from": "population"},
            {"population": POPULATION.with_columns(area=pl.Series(["A", "A", "A", "A", "B"]))},
            "from",
            "area B in only one of 2025 and 2035",
        ),
        (
            {"from": "population"},
            {"population": POPULATION.with_columns(age_class=pl.lit("40 tot 70 jaar"))},
            "from",
            "age 40-69 in no single age class",
        ),
        (
            {"from": "population"},
            {"population": POPULATION.with_columns(pl.col("age_class").str.replace("0 tot 65 jaar", "tot de 65e"))},
            "from",
            "the age class tot de 65e",
        ),
        (
            {"from": "population"},
            {"regional_spending": SPENDING.with_columns(insured_years=pl.lit(None, pl.Float64))},
            "from",
            "without insured years",
        ),
    ],
)
def test_what_is_missing_is_named_before_anything_is_computed(growth, tables, key, words):
    findings = check_against(a_scenario(growth), region_with(**tables))
    assert findings[0].key == f"baseline.demand_growth.{key}"
    assert words in str(findings[0].found)


def test_care_types_need_a_population():
    with pytest.raises(ScenarioError, match="care_type without from: population"):
        a_scenario({"care_type": {"default": "hospital"}})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("65-69", (65, 69)),
        (" 5 t/m  9 jaar", (5, 9)),
        ("0 tot 5 jaar", (0, 4)),
        ("90+", (90, OLDEST)),
        ("95 jaar of ouder", (95, OLDEST)),
        ("80 jaar en ouder", (80, OLDEST)),
        ("10 tot en met 14", (10, 14)),
        ("17", (17, 17)),
        (None, (0, OLDEST)),
        ("onbekend", None),
        ("Jonger dan 5 jaar", (0, 4)),
        ("< 18", (0, 17)),
        ("under 5", (0, 4)),
        ("tot 18 jaar", (0, 17)),
        ("t/m 17 jaar", (0, 17)),
        ("tot en met 17 jaar", (0, 17)),
        ("65-plus", (65, OLDEST)),
        ("vanaf de 80e verjaardag", None),
    ],
)
def test_age_classes_as_publishers_write_them(name, expected):
    assert ages(name) == expected
