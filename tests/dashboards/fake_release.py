"""A small invented release, written by hand: four hospitals, eight GP organisations, a laboratory and three payers.

The figures are simple on purpose, so that a test can say what must come out: right-care-2027 moves care from Maasdijk
to the GPs (the lump sum of one payer shields part of the loss) and concentrates surgery at Delta. `one-run` is computed
once, at the modes, and hurts nobody.
"""

import json
from pathlib import Path

import duckdb
import polars as pl

from models.tables import RESULT_TABLES

RELEASE = "20261121T060000Z-ab12cd34"
SCENARIO, SINGLE = "right-care-2027", "one-run"
BASE, HORIZON = 2025, 2032
YEARS = range(BASE, HORIZON + 1)
RATE = 0.03
MAASDIJK, DELTA, KREEK, POLDER, LAB = "06011101", "06011102", "06011103", "06011104", "50000001"
GPS = [f"4100000{number}" for number in range(1, 9)]
PAYERS = ["3311", "3312", "unknown"]

PROVIDERS = [
    (MAASDIJK, "Maasdijk Ziekenhuis", "general_hospital", 244_000_000.0, 3_900_000.0),
    (DELTA, "Delta Topklinisch Centrum", "top_clinical_hospital", 512_000_000.0, 9_100_000.0),
    (KREEK, "Kreekziekenhuis", "general_hospital", 131_000_000.0, 1_600_000.0),
    (POLDER, "Zelfstandig Behandelcentrum De Lange Polderweg", "independent_treatment_centre", 14_000_000.0, None),
    (LAB, "Regiolab & Diagnostiek <Zuid>", "diagnostic_laboratory", 38_000_000.0, 700_000.0),
    *((gp, f"Huisartsenorganisatie Wijk {place}", "gp_organisation", 6_500_000.0, 190_000.0)
      for place, gp in enumerate(GPS, start=1)),
]  # fmt: skip
PAYER_ROWS = [("3311", "Zorgverzekeraar Maasland", 2_900_000_000.0), ("3312", "Polderzorg", 800_000_000.0)]
INITIATIVES = [
    ("stable-af-to-gp", "Stabiel boezemfibrilleren naar de huisarts", "Stable atrial fibrillation to the GP", 1),
    ("surgery-to-delta", "Complexe chirurgie naar Delta", "Complex surgery to Delta", 2),
]
UPTAKE = dict(zip(YEARS, (0.0, 0.0, 0.2, 0.6, 1.0, 1.0, 1.0, 1.0), strict=True))

# What each initiative does to a party in a year of full uptake, in euro: revenue and cost.
EFFECTS = {
    ("stable-af-to-gp", MAASDIJK): {"revenue_change_eur": -2_400_000.0, "avoided_cost_eur": 1_300_000.0},
    ("stable-af-to-gp", KREEK): {"revenue_change_eur": -300_000.0, "avoided_cost_eur": 190_000.0},
    ("surgery-to-delta", MAASDIJK): {"revenue_change_eur": -900_000.0, "avoided_cost_eur": 500_000.0},
    ("surgery-to-delta", DELTA): {"revenue_change_eur": 1_500_000.0, "incremental_cost_eur": 850_000.0},
    ("stable-af-to-gp", LAB): {"revenue_change_eur": 60_000.0, "incremental_cost_eur": 40_000.0},
    ("stable-af-to-gp", "3311"): {"spend_change_eur": -1_500_000.0},
    ("stable-af-to-gp", "3312"): {"spend_change_eur": -300_000.0},
    ("surgery-to-delta", "3311"): {"spend_change_eur": 500_000.0},
    ("surgery-to-delta", "unknown"): {"spend_change_eur": 100_000.0},
    **{("stable-af-to-gp", gp): {"revenue_change_eur": 105_000.0, "incremental_cost_eur": 60_000.0} for gp in GPS},
}
SIGNS = {
    "revenue_change_eur": 1.0, "avoided_cost_eur": 1.0, "incremental_cost_eur": -1.0, "spend_change_eur": -1.0,
    "transition_cost_eur": -1.0,
}  # fmt: skip


def write_release(path: Path, *, scenarios: bool = True) -> Path:
    """Writes the whole release file."""
    tables = {**_facts(), **_deliveries(), "release": _release()}
    results = {name: table.empty() for name, table in RESULT_TABLES.items()}
    if scenarios:
        results = {name: _result(name) for name in RESULT_TABLES}
    with duckdb.connect(str(path)) as connection:
        for name, frame in {**tables, **results}.items():
            connection.register("frame", frame)
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM frame')
            connection.unregister("frame")
        connection.execute("ALTER TABLE provider ALTER annual_revenue_eur TYPE DECIMAL(18, 2)")
    return path


def _result(name: str) -> pl.DataFrame:
    table = RESULT_TABLES[name]
    rows = _ROWS.get(name, list)()
    return pl.DataFrame(rows, schema=table.schema(), orient="row") if rows else table.empty()


def _scenarios() -> list[tuple[object, ...]]:
    fund = {"rule": "keep_whole", "transition_fund_eur": FUND}
    both = json.dumps({"materiality": {"default": 0.001}, "settlement": fund, "portfolio": {"loss_cap": 0.01}})
    return [
        (SCENARIO, "Juiste zorg 2027", "Right care 2027", BASE, HORIZON, 2000, 7, RATE, both),
        (SINGLE, "Eén doorrekening", "One computation", BASE, HORIZON, 0, 7, RATE, "{}"),
    ]


def _initiatives() -> list[tuple[object, ...]]:
    rows = [
        (
            SCENARIO,
            id_,
            nl,
            en,
            None,
            None,
            "substitution",
            "agreed",
            order,
            json.dumps([MAASDIJK]),
            json.dumps(GPS),
            "{}",
        )
        for id_, nl, en, order in INITIATIVES
    ]
    return [
        *rows,
        (SINGLE, "one", "Eén initiatief", "One initiative", None, None, "relocation", "agreed", 1, "[]", "[]", "{}"),
    ]


def _evidence() -> list[tuple[object, ...]]:
    first = INITIATIVES[0][0]
    return [
        (SCENARIO, first, "eligible_share", "[0.15, 0.3, 0.45]", "Zinnige Zorg", "https://a.example", 2021, "verified"),
        (SCENARIO, first, "returns", "[0.02, 0.05, 0.1]", "Expertgroep", None, 2024, "general"),
        (SCENARIO, first, "uptake.maximum", "[0.6, 0.8, 0.95]", None, None, None, "assumption"),
        (SCENARIO, None, "demand_growth", "[0.004, 0.01, 0.018]", None, None, None, "assumption"),
    ]


def _baseline() -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for id_, _, kind, size, margin in PROVIDERS:
        for year in YEARS:
            if kind == "gp_organisation":
                rows.append((SCENARIO, id_, year, 0.0, 0.0, 0.0, 0.0, 0.0, margin, size, "delivered"))
                continue
            revenue, cost = size * 0.6 * 1.004 ** (year - BASE), size * 0.59 * 1.010 ** (year - BASE)
            own = (revenue, revenue, cost, revenue - cost, size / 900, margin, size, "delivered")
            rows.append((SCENARIO, id_, year, *own))
    payers = (("3311", 2.9e9, "delivered"), ("3312", 8e8, "delivered"), ("unknown", 2e7, "spend_in_region"))
    for id_, size, source in payers:
        spending = [(year, size * 0.2 * 1.009 ** (year - BASE)) for year in YEARS]
        rows += [
            (SCENARIO, id_, year, spend, spend, spend, None, 1000.0, None, size, source) for year, spend in spending
        ]
    single = [(SINGLE, MAASDIJK, year, 1e8, 1e8, 9.9e7, 1e6, 1e5, 3.9e6, 244e6, "delivered") for year in YEARS]
    return rows + single


def _flows() -> list[tuple[object, ...]]:
    def spread(mean: float) -> list[float]:
        return [mean, mean * 0.7, mean, mean * 1.3]

    rows: list[tuple[object, ...]] = []
    for year in YEARS:
        share = UPTAKE[year]
        for to in GPS:
            units = 900.0 * share
            rows.append((SCENARIO, "stable-af-to-gp", year, MAASDIJK, to, "0320", "979001123",
                         *spread(units), *spread(units * 0.05), *spread(units * 2), *spread(units * 330)))  # fmt: skip
    rows.append((SINGLE, "one", HORIZON, MAASDIJK, DELTA, "0303", "979001124",
                 *spread(10.0), *spread(0.0), *spread(10.0), *spread(20_000.0)))  # fmt: skip
    return rows


def _impact() -> list[tuple[object, ...]]:
    """Every measure by initiative and for the whole; the whole is the sum of the initiatives."""
    rows: list[tuple[object, ...]] = []
    parties = sorted({party for _, party in EFFECTS})
    for party in parties:
        whole: dict[tuple[int, str], float] = {}
        for (initiative, who), effects in EFFECTS.items():
            if who != party:
                continue
            for year in YEARS:
                measures = {name: value * UPTAKE[year] for name, value in effects.items()}
                if party == MAASDIJK and year == 2027:
                    measures["transition_cost_eur"] = 250_000.0
                measures["margin_change_eur"] = sum(SIGNS[name] * value for name, value in measures.items())
                if "avoided_cost_eur" in effects:
                    gone = -effects["revenue_change_eur"] * UPTAKE[year] * 0.97
                    saved = gone * min(0.76, 0.28 + 0.12 * max(0, year - 2027))
                    measures["avoided_cost_eur"], measures["stranded_cost_eur"] = saved, gone - saved
                for name, value in measures.items():
                    rows.append((SCENARIO, party, year, initiative, name, *_spread(value)))
                    whole[year, name] = whole.get((year, name), 0.0) + value
        for (year, name), value in whole.items():
            rows.append((SCENARIO, party, year, None, name, *_spread(value)))
        present = sum(
            value / (1 + RATE) ** (year - BASE) for (year, name), value in whole.items() if name == "margin_change_eur"
        )
        rows.append((SCENARIO, party, None, None, "present_value_eur", *_spread(present)))
    travel = [(year, _spread(-410_000.0 * UPTAKE[year])) for year in YEARS]
    rows += [(SCENARIO, "patients", year, None, "patient_km_change", *spread) for year, spread in travel]
    rows.append((SINGLE, DELTA, None, None, "present_value_eur", 40_000.0, 40_000.0, 40_000.0, 40_000.0))
    rows += [(SINGLE, DELTA, year, None, "margin_change_eur", 5e3, 5e3, 5e3, 5e3) for year in YEARS]
    rows += [(SINGLE, DELTA, year, None, "revenue_change_eur", 8e3, 8e3, 8e3, 8e3) for year in YEARS]
    return rows


def _paths() -> list[tuple[object, ...]]:
    """The worst year is one of full uptake, or 2027 where the transition is paid; afterwards nothing changes."""
    margins = {
        (row[1], row[2]): row[5] for row in _impact() if (row[0], *row[3:5]) == (SCENARIO, None, "margin_change_eur")
    }
    parties = sorted({str(party) for (party, year) in margins if year == HORIZON})
    region = {year: sum((float(margins.get((party, year), 0.0)) for party in parties), 0.0) for year in YEARS}  # type: ignore[arg-type]
    paths = {party: {year: float(margins[party, year]) for year in YEARS} for party in parties}  # type: ignore[arg-type]
    one_run = dict.fromkeys(YEARS, 5e3)
    own = [_path(None, region), *(_path(party, path) for party, path in paths.items())]
    return [*own, *(_path(party, one_run, scenario=SINGLE, band=0.0) for party in (None, DELTA))]


def _path(
    party: str | None, path: dict[int, float], *, scenario: str = SCENARIO, band: float = 0.34
) -> tuple[object, ...]:
    worst = min(path, key=lambda year: (path[year], year))
    summed = {year: sum(value for other, value in path.items() if other <= year) for year in YEARS}
    low = min(summed, key=lambda year: (summed[year], year))
    losing = [year for year in YEARS if path[year] < -0.5]
    turn = BASE if not losing else losing[-1] + 1 if losing[-1] < HORIZON else None
    ends = tuple(
        (value, *sorted((value * (1 - band), value * (1 + band))))
        for value in (path[worst], summed[low], path[HORIZON])
    )
    return scenario, party, worst, *ends[0], low, *ends[1], turn, *ends[2]


def _spread(value: float) -> tuple[float, float, float, float]:
    """Mean, p10, p50, p90: a band of a third either way."""
    low, high = sorted((value * 0.66, value * 1.34))
    return value, low, value, high


def _capacity() -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for year in YEARS:
        growth = 1.01 ** (year - BASE)
        for place, gp in enumerate(GPS):
            rows.append(_gap(gp, "practice_nurse_hours", year, 4000.0, 3700.0 * growth, 480.0 * UPTAKE[year], 1500.0))
            rows.append(_gap(gp, "gp_hours", year, 9000.0 + 20 * place, 9050.0 * growth, 90.0 * UPTAKE[year], 1500.0))
        rows.append(_gap(DELTA, "operating_room_hours", year, 21_000.0, 19_800.0 * growth, 700.0 * UPTAKE[year], None))
        rows.append(_gap(DELTA, "nurse_hours", year, 610_000.0, 600_000.0 * growth, 6000.0 * UPTAKE[year], 1550.0))
        rows.append(_gap(MAASDIJK, "clinic_hours", year, 41_000.0, 39_500.0 * growth, -3100.0 * UPTAKE[year], None))
        specialists = 87_000.0 * growth
        rows.append(_gap(MAASDIJK, "specialist_hours", year, 88_000.0, specialists, -2600.0 * UPTAKE[year], 1600.0))
        rows.append(_gap(KREEK, "bed_days", year, 51_000.0, 52_500.0 * growth, 0.0, None))
        unknown = [None] * 12
        rows.append((SCENARIO, LAB, "laboratory_hours", year, None, None, None, *unknown[:4], None, *unknown[:4],
                     *_spread(300.0 * UPTAKE[year]), None, None, None))  # fmt: skip
    return rows


def _gap(
    provider: str, resource: str, year: int, usable: float, before: float, change: float, hours: float | None
) -> tuple[object, ...]:
    after, gap = before + change, before + change - usable
    low, high = sorted((before + change * 0.66, before + change * 1.34))
    fte = gap / hours if hours else None
    chance = 0.0 if high < usable else 1.0 if low > usable else (high - usable) / (high - low) if high > low else 0.0
    return (
        SCENARIO, provider, resource, year, usable / 0.9, usable, before, after, low, after, high,
        before - usable, gap, low - usable, gap, high - usable, *_spread(change), fte, 0.2, chance,
    )  # fmt: skip


def _flow_details() -> list[tuple[object, ...]]:
    """The same care by patient area: half of it from Noord, beside Maasdijk, half from Zuid, beside the GPs."""
    rows: list[tuple[object, ...]] = []
    for year in YEARS:
        for to in GPS:
            units = 450.0 * UPTAKE[year]
            rows += [
                (SCENARIO, "stable-af-to-gp", year, MAASDIJK, to, "3311", area, units, units * 330, units * 52)
                for area in ("NOORD", "ZUID")
            ]
    rows.append((SCENARIO, "stable-af-to-gp", HORIZON, MAASDIJK, GPS[0], "3311", None, 800.0, 264_000.0, 41_600.0))
    return rows


def _feasible() -> list[tuple[object, ...]]:
    """At half of the GP organisations a quarter of the care fits, at the others all; at Delta all of it."""
    af, surgery = (row[0] for row in INITIATIVES)
    rows: list[tuple[object, ...]] = []
    for year in YEARS:
        for place, gp in enumerate(GPS):
            share, binding = (0.25, "practice_nurse_hours") if place % 2 else (1.0, None)
            rows.append((SCENARIO, af, gp, year, share, binding, None, None))
        rows.append((SCENARIO, af, None, year, 0.625, "practice_nurse_hours", float(len(GPS)), len(GPS) / 2))
        rows.append((SCENARIO, surgery, DELTA, year, 1.0, None, None, None))
        rows.append((SCENARIO, surgery, None, year, 1.0, None, 1.0, 0.0))
    return rows


def _thresholds() -> list[tuple[object, ...]]:
    return [
        (SCENARIO, MAASDIJK, "complex-surgery", None, HORIZON, "met", "breach_caused", 0.9, 0.2, 50.0, 62.0, 31.0),
        (SCENARIO, MAASDIJK, None, "0320", BASE, "viable", "viable", 0.0, 0.0, None, 9500.0, 9500.0),
        (SCENARIO, MAASDIJK, None, "0320", HORIZON, "viable", "at_risk", 0.0, 0.3, None, 9800.0, 7100.0),
        *((SCENARIO, MAASDIJK, None, "0303", year, "viable", "viable", 0.0, 0.0, None, 8000.0, 8000.0)
          for year in (BASE, HORIZON)),
        (SCENARIO, DELTA, "complex-surgery", None, HORIZON, "met", "met", 1.0, 1.0, 50.0, 180.0, 211.0),
    ]  # fmt: skip


def _flags() -> list[tuple[object, ...]]:
    return [
        (SCENARIO, "provider", KREEK, "annualised", 3.0, "Volume over drie kwartalen is naar een jaar omgerekend",
         "Volume of three quarters was scaled to a year"),
        (SCENARIO, "provider", LAB, "no_capacity", None, "Geen capaciteit geleverd", "No capacity delivered"),
    ]  # fmt: skip


def _interests() -> list[tuple[object, ...]]:
    """Maasdijk loses revenue and frees scarce specialists; the GP organisations the other way round."""
    af, surgery = (row[0] for row in INITIATIVES)
    rows: list[tuple[object, ...]] = [
        (SCENARIO, MAASDIJK, None, "revenue", -2_200_000.0, -2.2 / 244, "loses"),
        (SCENARIO, MAASDIJK, None, "margin", -900_000.0, -0.9 / 244, "loses"),
        (SCENARIO, MAASDIJK, None, "cushion", -1_500_000.0, -1.5 / 3.9, "loses"),
        (SCENARIO, MAASDIJK, None, "department", -2_700_000.0, -0.09, "loses"),
        (SCENARIO, MAASDIJK, None, "staff_capacity", 2600 / 88_000, None, "gains"),
        (SCENARIO, "3311", None, "margin", 1_000_000.0, 1 / 2900, "neutral"),
        (SCENARIO, "patients", None, "travel", 300_000.0, None, "gains"),
        (SCENARIO, MAASDIJK, af, "margin", -640_000.0, -0.64 / 244, "loses"),
        (SCENARIO, "3312", af, "margin", 210_000.0, 0.21 / 800, "neutral"),
        (SCENARIO, MAASDIJK, surgery, "margin", -260_000.0, -0.26 / 244, "loses"),
        (SCENARIO, DELTA, surgery, "margin", 440_000.0, 0.44 / 512, "neutral"),
    ]
    for gp in GPS:
        rows.append((SCENARIO, gp, None, "revenue", 70_000.0, 0.07 / 6.5, "gains"))
        rows.append((SCENARIO, gp, None, "staff_capacity", -480 / 4000, None, "loses"))
        rows.append((SCENARIO, gp, af, "margin", 30_000.0, 0.03 / 6.5, "gains"))
    tightest = {
        (MAASDIJK, "staff_capacity"): ("specialist_hours", HORIZON),
        (MAASDIJK, "cushion"): (None, 2029),
        (MAASDIJK, "department"): (None, HORIZON),
        **dict.fromkeys(((gp, "staff_capacity") for gp in GPS), ("practice_nurse_hours", HORIZON)),
    }
    tightest |= {(MAASDIJK, "department"): (None, HORIZON)}
    return [interest_row(*row, *tightest.get((row[1], row[3]), (None, None))) for row in rows]  # type: ignore[arg-type, call-overload]


def interest_row(
    scenario: str,
    party: str,
    initiative: str | None,
    dimension: str,
    value: float,
    share: float | None,
    stance: str,
    *tightest: object,
) -> tuple[object, ...]:
    """A row of `interest`, with resource and year at the end; of a capacity the share is the value."""
    share = value if dimension.endswith("capacity") else share
    intensity = None if share is None else abs(share) / {"cushion": 0.05, "department": 0.02}.get(dimension, 0.001)
    specialism = "0320" if dimension == "department" else None
    found = tightest or (None, None)
    return scenario, party, initiative, dimension, specialism, value, share, intensity, stance, *found


def conflict_row(initiative: str, loser: str, gainer: str, lost: float, won: float) -> tuple[object, ...]:
    """A row of `conflict`: both sides by their margin, `lost` and `won` as shares."""
    sides = (("margin", None, None, None, share * 1e6, share) for share in (-lost, won))
    return SCENARIO, initiative, loser, gainer, min(lost, won) / 0.001, *(cell for side in sides for cell in side)


def _conflicts() -> list[tuple[object, ...]]:
    return [conflict_row(INITIATIVES[0][0], MAASDIJK, gp, 0.64 / 244, 0.03 / 6.5) for gp in GPS]


# What the deal brings each party over all years, without any payment; the fund has half a million for Maasdijk.
STAKES = {
    MAASDIJK: -3_000_000.0, KREEK: -400_000.0, "unknown": -200_000.0, LAB: 50_000.0, DELTA: 1_600_000.0,
    "3311": 2_400_000.0, "3312": 800_000.0, **dict.fromkeys(GPS, 100_000.0),
}  # fmt: skip
FUND = 500_000.0
RULES = ("none", "keep_whole", "equal_gain", "proportional", "shapley")


def _after(rule: str) -> dict[str, float]:
    """What each party ends with under a rule; by `shapley`, here, all keep a tenth of what they lose or win."""
    own = {party: stake + (FUND if party == MAASDIJK else 0.0) for party, stake in STAKES.items()}
    need, ability = (sum(max(0.0, sign * value) for value in own.values()) for sign in (-1, 1))
    total = sum(own.values())
    return {
        "none": own,
        "keep_whole": {party: max(0.0, value) * (1 - need / ability) for party, value in own.items()},
        "equal_gain": dict.fromkeys(own, total / len(own)),
        "proportional": {party: total / len(own) for party in own},
        "shapley": {party: value / 10 + 0.9 * total / len(own) for party, value in own.items()},
    }[rule]


def _summaries() -> list[tuple[object, ...]]:
    own = _after("none")
    need, ability = (sum(max(0.0, sign * value) for value in own.values()) for sign in (-1, 1))
    zone = (sum(STAKES.values()), 3_600_000.0, ability, 0.0, FUND, need, ability, 0.0)
    blocked = (False, json.dumps([MAASDIJK, KREEK, "unknown"]), need, 0.0, 0.0)
    firm = (True, None, 0.0, 0.0, 0.84)
    return [(SCENARIO, rule, rule == "keep_whole", *zone, *(blocked if rule == "none" else firm)) for rule in RULES]


def _settlements() -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for rule in RULES:
        for party, after in _after(rule).items():
            fund = FUND if party == MAASDIJK else 0.0
            payment = round(after - STAKES[party], 2)
            rows.append((SCENARIO, rule, party, STAKES[party], payment, after, after < -0.01, fund, 0.8))
    return rows


def _risks() -> list[tuple[object, ...]]:
    """A fixed sum leaves the outcome twice as wide as a price by the unit, but for the payer 3312."""
    rows: list[tuple[object, ...]] = []
    for rule in RULES:
        for party, after in _after(rule).items():
            wide, narrow = abs(STAKES[party]) / 2, abs(STAKES[party]) / (1.5 if party == "3312" else 4)
            receives = after > STAKES[party]
            rows.append((SCENARIO, rule, party, 41.5 if receives else None, 0.75, after - wide, after + wide,
                         0.9, after - narrow, after + narrow))  # fmt: skip
    return rows


def _break_evens() -> list[tuple[object, ...]]:
    """Four of the GP organisations are paid less than they need."""
    af, surgery = (row[0] for row in INITIATIVES)
    rows: list[tuple[object, ...]] = [
        (SCENARIO, af, MAASDIJK, 92.5, None, None, -1_850_000.0, 20_000.0, None),
        (SCENARIO, af, "3311", -95.0, None, None, 1_900_000.0, 20_000.0, None),
        (SCENARIO, surgery, MAASDIJK, 2300.0, None, None, -1_150_000.0, 500.0, None),
        (SCENARIO, surgery, DELTA, -3200.0, None, 9000.0, 1_600_000.0, 500.0, "tariff_does_not_matter"),
    ]
    rows += [
        (SCENARIO, af, gp, -40.0, 24.0 + 4 * (place % 2), 26.0, 100_000.0, 2500.0, None) for place, gp in enumerate(GPS)
    ]
    return rows


def _portfolio() -> list[tuple[object, ...]]:
    def best(cap: float | None, value: float, worst: float, number: int) -> tuple[object, ...]:
        party = MAASDIJK if worst else None
        return (SCENARIO, cap, cap == 0.01, value, value, worst, worst, party, number, 0.0, "proven", 0.0, 0, True)

    return [
        best(0.0, 0.0, 0.0, 0),
        best(0.004, 700_000.0, -0.004, 1),
        best(0.01, 700_000.0, -0.004, 1),
        best(None, 1_900_000.0, -0.02, 2),
    ]


def _choices() -> list[tuple[object, ...]]:
    af, surgery = (row[0] for row in INITIATIVES)
    rows: list[tuple[object, ...]] = []
    for cap, chosen in ((0.0, ()), (0.004, (af,)), (0.01, (af,)), (None, (af, surgery))):
        for name in (af, surgery):
            found = (2027, 700_000.0 if name == af else 1_200_000.0, HORIZON, 0) if name in chosen else (None,) * 4
            rows.append((SCENARIO, cap, name, name in chosen, *found))
    return rows


def _exchange() -> list[tuple[object, ...]]:
    return [(SCENARIO, "with_payments", INITIATIVES[0][0], 2027, 700_000.0, True)]


def _exchange_parties() -> list[tuple[object, ...]]:
    af = {MAASDIJK: -1_850_000.0, "3311": 1_900_000.0, GPS[0]: 650_000.0}
    paid = {MAASDIJK: 1_850_000.0, "3311": -1_350_000.0, GPS[0]: -500_000.0}
    return [(SCENARIO, party, value, value, paid[party], paid[party]) for party, value in af.items()]


def _swaps() -> list[tuple[object, ...]]:
    af, surgery = (row[0] for row in INITIATIVES)
    return [(SCENARIO, "chosen", KREEK, af, surgery, -60_000.0, 80_000.0, DELTA, 50_000.0, -40_000.0, 40_000.0)]


def _changes() -> list[tuple[object, ...]]:
    return [
        (SCENARIO, "loss_cap", MAASDIJK, None, None, "share", 0.01, 0.01, 0.02),
        (SCENARIO, "capacity", GPS[0], "practice_nurse_hours", HORIZON, "fte", 0.4, 0.4, None),
    ]


_ROWS = {
    "settlement_summary": _summaries,
    "settlement": _settlements,
    "settlement_risk": _risks,
    "break_even": _break_evens,
    "portfolio": _portfolio,
    "portfolio_choice": _choices,
    "exchange": _exchange,
    "exchange_party": _exchange_parties,
    "exchange_swap": _swaps,
    "portfolio_change": _changes,
    "scenario": _scenarios,
    "initiative": _initiatives,
    "evidence": _evidence,
    "party_baseline": _baseline,
    "transfer_flow": _flows,
    "party_impact": _impact,
    "transfer_flow_detail": _flow_details,
    "capacity_gap": _capacity,
    "feasible_share": _feasible,
    "threshold": _thresholds,
    "interest": _interests,
    "path_summary": _paths,
    "conflict": _conflicts,
    "flag": _flags,
}


def _facts() -> dict[str, pl.DataFrame]:
    names = ["provider_id", "name", "kind", "annual_revenue_eur", "annual_margin_eur", "latitude", "longitude"]
    gps = dict.fromkeys(GPS, (51.8, 4.5))
    places = {MAASDIJK: (52.0, 4.5), DELTA: (52.1, 4.9), **gps}
    providers = [(*row, *places.get(row[0], (None, None))) for row in PROVIDERS]
    resources = [
        ("practice_nurse_hours", "POH-uren", "hours", True, 1500.0),
        ("gp_hours", "Huisartsuren", "hours", True, 1500.0),
        ("nurse_hours", "Verpleging", "hours", True, 1550.0),
        ("specialist_hours", "Specialisten", "hours", True, 1600.0),
        ("operating_room_hours", "OK-uren", "hours", False, None),
        ("clinic_hours", "Polikliniekuren", "hours", False, None),
        ("bed_days", "Beddagen", "bed_days", False, None),
        ("laboratory_hours", "Laburen", "hours", True, 1500.0),
    ]
    return {
        "provider": pl.DataFrame(providers, schema=names, orient="row"),
        "payer": pl.DataFrame(PAYER_ROWS, schema=["payer_id", "name", "annual_revenue_eur"], orient="row"),
        "resource": pl.DataFrame(
            resources, schema=["resource", "name", "unit", "is_staff", "hours_per_fte"], orient="row"
        ),
        "area": pl.DataFrame(
            [("NOORD", "Noord", 52.0, 4.5), ("ZUID", "Zuid", 51.8, 4.5), ("OOST", "Oost", 52.0, 4.8)],
            schema=["area", "name", "latitude", "longitude"],
            orient="row",
        ),
        "area_outline": pl.DataFrame(
            [(area, json.dumps({"type": "MultiPolygon", "coordinates": [[_square(*middle)]]}))
             for area, middle in (("NOORD", (4.5, 52.0)), ("ZUID", (4.5, 51.8)))],
            schema=["area", "outline"],
            orient="row",
        ),
        "volume_norm": pl.DataFrame(
            [("complex-surgery", "Complexe chirurgie", "0303", None, 50.0)],
            schema={"norm": pl.String, "name": pl.String, "specialism": pl.String, "care_product": pl.String,
                    "minimum_units": pl.Float64},
            orient="row",
        ),
    }  # fmt: skip


def _square(east: float, north: float) -> list[list[float]]:
    half = 0.09
    corners = [(-half, -half), (half, -half), (half, half), (-half, half), (-half, -half)]
    return [[round(east + x, 5), round(north + y, 5)] for x, y in corners]


def _deliveries() -> dict[str, pl.DataFrame]:
    deliveries = [
        ("maasdijk-ziekenhuis", "2025Q1", "volume", "volume.csv", "2026-10-02T08:11:00+00:00", "h1", 4100, 4088, 12,
         "accepted_in_part", None, None, None),
        ("maasdijk-ziekenhuis", "2025Q1", "revenue", "revenue.xlsx", "2026-10-02T08:12:00+00:00", "h2", 900, 900, 0,
         "accepted", None, None, None),
        ("delta", "2025Q1", "volume", "volume_v1.csv", "2026-09-30T10:00:00+00:00", "h3", 7000, 7000, 0,
         "superseded", "h4", None, None),
        ("delta", "2025Q1", "volume", "volume_v2.csv", "2026-10-05T10:00:00+00:00", "h4", 7010, 7010, 0,
         "accepted", None, None, None),
        ("delta", "2025Q1", "capacity", "capacity.csv", "2026-10-05T10:01:00+00:00", "h5", 0, 0, 0,
         "refused", None, "Leeg bestand; verwacht: kopregel met kolommen", "Empty file; expected: a row of headings"),
        ("region", None, "providers", "providers.csv", "2026-09-01T09:00:00+00:00", "h6", 13, 13, 0,
         "accepted", None, None, None),
    ]  # fmt: skip
    refused = [
        ("h1", row, "units", "<10", "not_a_number", "Geen getal: '<10'. Vul een getal in of laat leeg.",
         "Not a number: '<10'. Give a number or leave it empty.") for row in range(2, 14)
    ]  # fmt: skip
    coverage = [
        ("maasdijk-ziekenhuis", "2025Q1", "volume", True, True, "partial"),
        ("maasdijk-ziekenhuis", "2025Q1", "revenue", True, True, "complete"),
        ("delta", "2025Q1", "volume", True, True, "complete"),
        ("delta", "2025Q1", "capacity", True, False, "missing"),
        ("delta", "2025Q2", "volume", True, False, "missing"),
        ("region", None, "providers", True, True, "complete"),
    ]
    signed = [
        (MAASDIJK, RELEASE, "Het bestuur", "2026-10-20T09:00:00", "h7", False),
        (MAASDIJK, RELEASE, "Het bestuur", "2026-11-02T09:00:00", "h8", True),
        (KREEK, RELEASE, "De directeur", "2026-11-01T09:00:00", "h9", False),
    ]
    return {
        "sign_off": pl.DataFrame(
            signed, schema=["party", "release", "who", "when", "hash", "holds"], orient="row"
        ).with_columns(pl.col("when").str.to_datetime()),
        "delivery": pl.DataFrame(
            deliveries,
            schema=["supplier", "period", "dataset", "file", "received_at", "hash", "rows", "accepted", "rejected",
                    "status", "superseded_by", "message_nl", "message_en"],
            orient="row",
        ).with_columns(pl.col("received_at").str.to_datetime(time_zone="UTC")),
        "rejection": pl.DataFrame(
            refused, schema=["delivery", "row", "column", "value", "rule", "message_nl", "message_en"], orient="row"
        ),
        "coverage": pl.DataFrame(
            coverage, schema=["supplier", "period", "dataset", "expected", "delivered", "status"], orient="row"
        ),
    }  # fmt: skip


def _release() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [RELEASE],
            "created_at": ["2026-11-21T06:00:00+00:00"],
            "region": ["maasdelta"],
            "name_nl": ["Maasdelta (verzonnen)"],
            "name_en": ["Maasdelta (invented)"],
            "invented": [True],
            "base_year": [BASE],
            "versions": [json.dumps({"care-transfer": "0.1.0", "duckdb": "1.5.5"})],
        }
    )
