"""Every rule across datasets and deliveries: what breaks it, what does not, its message in both languages."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import duckdb
import polars as pl
import pytest

from data_contracts.across import load_across_rules
from data_contracts.contract import load_contracts
from pipelines.intake import findings
from pipelines.judging.across import cases, worst
from pipelines.judging.from_contract import ddl
from pipelines.warehouse import declarations, year_and_quarters

RULES = {rule.name: rule for rule in load_across_rules()}
NORTH, SOUTH, EAST = "06010101", "06010102", "06010103"
Rows = Sequence[dict[str, object]]


@dataclass(frozen=True)
class Case:
    """Rows by table that break a rule once, rows that do not, and what the message must hold in each language."""

    rule: str
    broken: dict[str, Rows]
    whole: dict[str, Rows]
    en: tuple[str, ...]
    nl: tuple[str, ...]


def volume(units: float, provider_id: str = NORTH, period: str = "2025Q1", **more: object) -> dict[str, object]:
    return {"provider_id": provider_id, "period": period, "care_product": "099999001", "units": units, **more}


def counted(lines: int, **more: object) -> dict[str, object]:
    """What lines of declarations came down to, of one hospital and quarter."""
    about = {"provider_id": NORTH, "period": "2025Q1", "volume_from": "lines", "revenue_from": "lines"}
    return {**about, "counted": lines, "unknown_corrections": 0, **more}


def revenue(
    units: float, eur: float, provider_id: str = NORTH, period: str = "2025Q1", **more: object
) -> dict[str, object]:
    about = {"provider_id": provider_id, "period": period, "care_product": "099999001"}
    return {**about, "units": units, "revenue_eur": eur, **more}


def capacity(available: float | None, used: float | None, period: str = "2025Q1") -> dict[str, object]:
    return {"provider_id": NORTH, "period": period, "resource": "bed_days", "available": available, "used": used}


def many(of: Callable[..., dict[str, object]], rows: int, *more: float, **about: str) -> Rows:
    """As many rows of one product, each of one unit."""
    return [of(1, *more, **about) for _ in range(rows)]


def waiting(period: str, patients: int) -> dict[str, object]:
    return {"provider_id": NORTH, "period": period, "specialism": "0320", "patients_waiting": patients}


def came_both_ways(dataset: str) -> dict[str, object]:
    """A yearly file of one hospital that holds less than the quarters beside it."""
    about = {"dataset": dataset, "supplier": "noord", "delivery": f"hash-of-{dataset}", "provider_id": NORTH}
    return {**about, "period": "2025", "counts": False, "amount": 242.0, "other_amount": 968.0, "rows": 2}


USE = {"provider_kind": "general_hospital", "resource": "bed_days", "amount_per_unit": 2.0}
AGREED = {"provider_id": NORTH, "payer_id": "3311", "valid_from": 2025, "form": "ceiling", "agreed_amount_eur": 1000.0}
YEAR = [revenue(10, 400_000, period=f"2025Q{quarter}", payer_id="3311") for quarter in range(1, 5)]
REFERENCE = {"care_product": "099999001", "reference_price_eur": 100.0}
PRICES = [revenue(10, 1_000), revenue(10, 1_100, SOUTH)]

CASES = (
    Case(
        "revenue_without_volume",
        {"volume": [volume(5)], "revenue": [revenue(5, 100), revenue(5, 4200, care_product="099999002")]},
        {"volume": [volume(5)], "revenue": [revenue(5, 100, period="2025")]},
        ("Ziekenhuis Noord (06010101) has € 4,200 of revenue for care product 099999002 in 2025Q1, and no volume",),
        ("heeft in 2025Q1 € 4.200 omzet voor zorgproduct 099999002, maar geen volume", "Lever het volume aan"),
    ),
    Case(
        "volume_without_revenue",
        {"volume": [volume(50), volume(40, care_product="099999002")], "revenue": [revenue(50, 100)]},
        {"volume": [volume(50), volume(9, care_product="099999002")], "revenue": [revenue(50, 100)]},
        ("40 units of care product 099999002", "no revenue"),
        ("40 eenheden van zorgproduct 099999002 zonder omzet",),
    ),
    Case(
        "implied_price_differs",
        {"volume": [volume(100)], "revenue": [revenue(50, 5_000)]},
        {"volume": [volume(100)], "revenue": [revenue(90, 9_000)]},
        ("in volume is € 50 a unit, divided by the units in revenue itself € 100",),
        ("in volume is € 50 per eenheid, gedeeld door het aantal in de omzet zelf € 100",),
    ),
    Case(
        "use_differs_from_load",
        {"volume": [volume(100)], "capacity": [capacity(900, 500)], "resource_use": [USE]},
        {"volume": [volume(100)], "capacity": [capacity(900, 210)], "resource_use": [USE]},
        ("used 500 of bed_days in 2025Q1", "asks 200"),
        ("benutte in 2025Q1 500 van bed_days", "vraagt volgens resource_use 200"),
    ),
    Case(
        "agreement_differs_from_revenue",
        {"contract": [AGREED], "revenue": YEAR},
        {"contract": [AGREED], "revenue": YEAR[:3]},
        ("payer Verzekeraar (3311) agreed € 1,000 a year; the delivered revenue of 2025 is € 1,600,000",),
        ("spraken € 1.000 per jaar af; de aangeleverde omzet van 2025 is € 1.600.000",),
    ),
    Case(
        "waiting_list_beyond_volume",
        {"volume": [volume(10, specialism="0320")], "waiting_list": [
            {"provider_id": NORTH, "period": "2025Q1", "specialism": "0320", "patients_waiting": 41}]},
        {"volume": [volume(10, specialism="0320")], "waiting_list": [
            {"provider_id": NORTH, "period": "2025Q1", "specialism": "0320", "patients_waiting": 39}]},
        ("41 patients waiting for specialism", "40 units a year"),
        ("wachten in 2025Q1 41 patiënten op specialisme", "40 behandelde eenheden per jaar"),
    ),
    Case(
        "no_resource_use",
        {"volume": [volume(10)], "resource_use": [{**USE, "provider_kind": "gp_practice"}]},
        {"volume": [volume(10)], "resource_use": [USE]},
        ("resource_use has no row for it or its kind",),
        ("resource_use heeft geen rij voor deze aanbieder of soort",),
    ),
    Case(
        "year_and_quarters",
        {"year_and_quarters": [came_both_ways("volume")]},
        {},
        ("delivered volume for the whole year and by quarter as well: 242 in all the way 2025 was delivered",),
        ("leverde het volume zowel over het hele jaar als per kwartaal: samen 242 zoals 2025 is geleverd",),
    ),
    Case(
        "revenue_year_and_quarters",
        {"year_and_quarters": [came_both_ways("revenue")]},
        {},
        ("delivered revenue for the whole year and by quarter as well: 242 in all the way 2025 was delivered",),
        ("leverde de omzet zowel over het hele jaar als per kwartaal: samen 242 zoals 2025 is geleverd",),
    ),
    Case(
        "capacity_year_and_quarters",
        {"year_and_quarters": [came_both_ways("capacity")]},
        {},
        ("delivered capacity for the whole year and by quarter as well: 242 in all the way 2025 was delivered",),
        ("leverde de capaciteit zowel over het hele jaar als per kwartaal: samen 242 zoals 2025 is geleverd",),
    ),
    Case(
        "merger_not_said",
        {"volume": [volume(10), volume(10, period="2025Q2"), *(volume(20, SOUTH, p) for p in ("2025Q3", "2025Q4"))]},
        {"volume": [volume(10), volume(10, period="2025Q2"), *(volume(20, SOUTH, p) for p in ("2025Q2", "2025Q3"))]},
        ("Ziekenhuis Noord (06010101) delivered for the last time in 2025Q2, and Ziekenhuis Zuid", "successor_id"),
        ("leverde voor het laatst over 2025Q2, en Ziekenhuis Zuid", "zodat zorg dubbel telt"),
    ),
    Case(
        "capacity_merger_not_said",
        {"capacity": [capacity(9, 8), {**capacity(18, 16, "2025Q2"), "provider_id": SOUTH}]},
        {"capacity": [capacity(9, 8), {**capacity(18, 16, "2025Q2"), "provider_id": SOUTH}], "volume": [volume(1)]},
        ("Ziekenhuis Noord (06010101) delivered for the last time in 2025Q1, and Ziekenhuis Zuid",),
        ("leverde voor het laatst over 2025Q1, en Ziekenhuis Zuid",),
    ),
    Case(
        "waiting_list_year_and_quarter",
        {"waiting_list": [waiting("2025", 900), waiting("2025Q3", 100), waiting("2025Q4", 120)]},
        {"waiting_list": [waiting("2025", 120), waiting("2025Q3", 100), waiting("2025Q4", 120)]},
        ("900 patients waiting for specialism 0320", "in the file of the year, and 120 in that of its fourth quarter"),
        ("in het jaarbestand 900 wachtenden", "en 120 in het bestand van het vierde kwartaal"),
    ),
    Case(
        "volume_rows_fell",
        {"volume": [*many(volume, 40, period="2024Q4"), *many(volume, 20)]},
        {"volume": [*many(volume, 40, period="2024Q4"), *many(volume, 21)]},
        ("has 20 rows of volume in 2025Q1; the period before it had 40", "broken off"),
        ("heeft in 2025Q1 20 rijen volume; de periode ervoor waren het er 40", "afgebroken"),
    ),
    Case(
        "revenue_rows_fell",
        {"revenue": [*many(revenue, 30, 10, period="2024Q4"), *many(revenue, 9, 10)]},
        {"revenue": [*many(revenue, 19, 10, period="2024Q4"), *many(revenue, 9, 10)]},
        ("has 9 rows of revenue in 2025Q1; the period before it had 30",),
        ("heeft in 2025Q1 9 rijen omzet; de periode ervoor waren het er 30",),
    ),
    Case(
        "capacity_rows_fell",
        {"capacity": [*[capacity(9, 8, "2024Q4")] * 24, *[capacity(9, 8)] * 12]},
        {"capacity": [*[capacity(9, 8, "2024Q4")] * 24, *[capacity(9, 8)] * 13]},
        ("has 12 rows of capacity in 2025Q1; the period before it had 24",),
        ("heeft in 2025Q1 12 rijen capaciteit; de periode ervoor waren het er 24",),
    ),
    Case(
        "volume_jump",
        {"volume": [volume(300, period="2024Q4", specialism="0320"), volume(9, specialism="0330")]},
        {"volume": [volume(300, period="2024Q4", specialism="0320"), volume(250, specialism="0320")]},
        ("delivered 0 units of specialism", "the period before it were 300"),
        ("leverde in 2025Q1 0 eenheden van specialisme", "de periode ervoor waren het er 300"),
    ),
    Case(
        "revenue_jump",
        {"revenue": [revenue(10, 900_000, period="2024Q4"), revenue(10, 900)]},
        {"revenue": [revenue(10, 900_000, period="2024Q4"), revenue(10, 800_000)]},
        ("€ 900 of revenue in 2025Q1; the period before it was € 900,000", "not thousands"),
        ("in 2025Q1 € 900 omzet; de periode ervoor was het € 900.000", "niet in duizenden"),
    ),
    Case(
        "capacity_jump",
        {"capacity": [capacity(900, None, "2024"), capacity(9000, None, "2025")]},
        {"capacity": [capacity(900, None, "2024"), capacity(1000, None, "2025")]},
        ("9,000 of bed_days available in 2025; the period before it was 900",),
        ("in 2025 9.000 van bed_days beschikbaar; de periode ervoor was het 900",),
    ),
    Case(
        "price_beyond_region",
        {"revenue": [*PRICES, revenue(10, 11_000, EAST)]},
        {"revenue": [*PRICES, revenue(10, 4_000, EAST)]},
        ("asks € 1,100 a unit for care product 099999001 in 2025Q1; the median of the region is € 110",),
        ("rekent in 2025Q1 € 1.100 per eenheid", "de mediaan van de regio is € 110"),
    ),
    Case(
        "price_beyond_reference",
        {"revenue": [revenue(10, 4_000)], "care_product": [REFERENCE]},
        {"revenue": [revenue(10, 2_000)], "care_product": [REFERENCE]},
        ("asks € 400 a unit", "the reference price is € 100"),
        ("rekent in 2025Q1 € 400 per eenheid", "de referentieprijs is € 100"),
    ),
    Case(
        "many_areas_empty",
        {"volume": [volume(10, p, area="1011") for p in (SOUTH, EAST)] + [volume(6, area="1011"), volume(4)]},
        {"volume": [volume(10, p, area="1011") for p in (SOUTH, EAST)] + [volume(8, area="1011"), volume(2)]},
        ("of 40% of the care in 2025Q1 the patients' area is empty, against 0%",),
        ("van 40 % van de zorg in 2025Q1 is het herkomstgebied leeg, tegen 0 %",),
    ),
    Case(
        "many_payers_empty",
        {"volume": [volume(10, p, payer_id="3311") for p in (SOUTH, EAST)] + [volume(6, payer_id="3311"), volume(4)]},
        {"volume": [volume(10, p) for p in (NORTH, SOUTH, EAST)]},
        ("of 40% of the care in 2025Q1 the payer is empty",),
        ("van 40 % van de zorg in 2025Q1 is de verzekeraar leeg",),
    ),
    Case(
        "lines_before_figures",
        {"declaration_count": [counted(120, volume_from="lines_before_delivered")]},
        {"declaration_count": [counted(120)]},
        ("has declarations for 2025Q1 and volume or revenue beside them", "The 120 lines count"),
        ("over 2025Q1 declaraties en daarnaast volume of omzet", "De 120 regels tellen mee"),
    ),
    Case(
        "figures_before_lines",
        {"declaration_count": [counted(120, revenue_from="delivered")]},
        {"declaration_count": [counted(120), counted(0, period="2025Q2", volume_from="delivered")]},
        ("120 declarations of 2025Q1 do not count",),
        ("120 declaraties over 2025Q1 tellen niet mee",),
    ),
    Case(
        "lines_of_another_supplier",
        {"declaration_count": [counted(120, volume_from="other_supplier")]},
        {"declaration_count": [counted(120)]},
        ("another supplier delivered them too",),
        ("een andere aanleveraar leverde ze ook",),
    ),
    Case(
        "corrections_of_unknown_lines",
        {"declaration_count": [counted(120, unknown_corrections=3)]},
        {"declaration_count": [counted(120)]},
        ("3 corrections of 2025Q1 name a line that was never delivered",),
        ("3 correcties over 2025Q1 noemen een regel die nooit is geleverd",),
    ),
)  # fmt: skip


@pytest.fixture
def release() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for contract in load_contracts().values():
            for statement in ddl.create_published_table(contract):
                connection.execute(statement)
        nothing = declarations.nothing().counts  # noqa: F841 - the statement reads it
        connection.execute("CREATE TABLE declaration_count AS SELECT * FROM nothing")
        both_ways = pl.DataFrame(schema=year_and_quarters.BOTH_SCHEMA)  # noqa: F841 - the statement reads it
        connection.execute("CREATE TABLE year_and_quarters AS SELECT * FROM both_ways")
        kinds = ((NORTH, "Ziekenhuis Noord"), (SOUTH, "Ziekenhuis Zuid"), (EAST, "Ziekenhuis Oost"))
        fill(connection, "provider", [{"provider_id": i, "name": n, "kind": "general_hospital"} for i, n in kinds])
        fill(connection, "payer", [{"payer_id": "3311", "name": "Verzekeraar"}])
        yield connection


def fill(connection: duckdb.DuckDBPyConnection, table: str, rows: Rows) -> None:
    frame = pl.DataFrame(list(rows), infer_schema_length=None)
    if "delivery" not in frame.columns:
        frame = frame.with_columns(supplier=pl.lit("noord"), delivery=pl.lit(f"hash-of-{table.removesuffix('_count')}"))
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM frame")


def test_every_rule_has_a_case() -> None:
    assert [case.rule for case in CASES] == list(RULES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_rule_finds_what_breaks_it_and_says_so(release: duckdb.DuckDBPyConnection, case: Case) -> None:
    for table, rows in case.broken.items():
        fill(release, table, rows)
    rule = RULES[case.rule]
    found = findings.across(release, (rule,))
    assert found["rule"].to_list() == [case.rule]
    assert found["delivery"].item() == f"hash-of-{load_contracts()[rule.dataset].table}"
    assert all(part in found["message_en"].item() for part in case.en), found["message_en"].item()
    assert all(part in found["message_nl"].item() for part in case.nl), found["message_nl"].item()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_a_rule_leaves_alone_what_is_well(release: duckdb.DuckDBPyConnection, case: Case) -> None:
    for table, rows in case.whole.items():
        fill(release, table, rows)
    assert cases(release, RULES[case.rule]).is_empty()


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        (("2025Q1", "099999001", 100), False),
        (("2025", "099999001", 100), False),
        (("2025Q1", None, 100), False),
        (("2025Q1", "099999002", 100), True),
        (("2025Q2", "099999001", 100), True),
        (("2025Q2", "099999001", None), True),
        (("2025Q2", "099999001", 0), True),
    ],
)
def test_revenue_without_volume_minds_years_and_unnamed_products(
    release: duckdb.DuckDBPyConnection, row: tuple[str, str | None, float | None], missing: bool
) -> None:
    fill(release, "volume", [volume(5)])
    fill(release, "revenue", [{**revenue(5, 1), "period": row[0], "care_product": row[1], "revenue_eur": row[2]}])
    assert cases(release, RULES["revenue_without_volume"]).height == missing


def test_cases_of_one_delivery_are_told_by_the_one_that_differs_most(release: duckdb.DuckDBPyConnection) -> None:
    products = [f"09999900{n}" for n in range(1, 5)]
    fill(release, "care_product", [{"care_product": p, "reference_price_eur": 100.0} for p in products])
    prices = zip(products, (4_000, 9_000, 5_000, 1_000), strict=True)
    fill(release, "revenue", [revenue(10, eur, care_product=p) for p, eur in prices])
    told = worst(cases(release, RULES["price_beyond_reference"]))
    assert told.select("care_product", "value", "expected", "count").rows() == [("099999002", 900.0, 100.0, 3)]
    found = findings.across(release, (RULES["price_beyond_reference"],))
    assert "In all 3 such cases" in found["message_en"].item()
    assert "In totaal 3 van zulke gevallen" in found["message_nl"].item()


def test_a_threshold_is_the_rule_s_own(release: duckdb.DuckDBPyConnection) -> None:
    fill(release, "revenue", [revenue(10, 4_000)])
    fill(release, "care_product", [{"care_product": "099999001", "reference_price_eur": 100.0}])
    rule = RULES["price_beyond_reference"]
    (times,) = rule.thresholds
    assert times.mark == "assumption"
    assert times.reason.nl
    assert cases(release, replace(rule, thresholds=(replace(times, value=4.5),))).is_empty()
