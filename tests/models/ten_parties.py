"""A region of ten parties: four hospitals, three GP organisations, a laboratory and two insurers; all invented."""

from functools import cache

import numpy as np
import polars as pl
from reference.worlds import frame, scenario_text

from models.disclosure.ladders import Settings
from models.disclosure.scenario_facts import ScenarioFacts, facts_of, register
from models.impact import Evaluation, evaluate
from models.region import Region
from models.scenario import parse_scenario

HOSPITALS = ("06010101", "06010102", "06010103", "06010104")
GPS = ("01000001", "01000002", "01000003")
LAB = "50010101"
PAYERS = ("3311", "0104")
AREAS = ("3011", "3012", "3013", "3014", "3015", "3016")
HEART, DIABETES, SURGERY, TEST = "010501003", "030308099", "020108036", "990000001"
SETTINGS = Settings(kinds_merge=(frozenset({"general_hospital", "top_clinical_hospital"}),))
RESULTS = ("scenario", "initiative", "party_impact", "party_baseline", "interest", "transfer_flow", "capacity_gap",
           "settlement", "settlement_summary", "contract_impact", "feasible_share", "threshold", "transfer_flow_detail",
           "travel_area")  # fmt: skip


def facts_tables() -> dict[str, pl.DataFrame]:
    """The region's facts, as a release holds them."""
    stream = np.random.default_rng(20)
    kinds = dict.fromkeys(HOSPITALS, "general_hospital") | dict.fromkeys(GPS, "gp_organisation")
    kinds |= {HOSPITALS[0]: "top_clinical_hospital", LAB: "diagnostic_laboratory"}
    sizes = dict(zip((*HOSPITALS, *GPS, LAB), (410e6, 260e6, 190e6, 150e6, 14e6, 11e6, 9e6, 30e6), strict=True))
    providers = [
        {"provider_id": p, "name": p, "kind": k, "latitude": 51.8 + 0.02 * n, "longitude": 4.3 + 0.03 * n,
         "annual_revenue_eur": sizes[p], "annual_margin_eur": 0.012 * sizes[p]}
        for n, (p, k) in enumerate(kinds.items())
    ]  # fmt: skip
    payers = [
        {"payer_id": p, "name": p, "annual_revenue_eur": size} for p, size in zip(PAYERS, (2e9, 9e8), strict=True)
    ]
    areas = [{"area": a, "name": a, "latitude": 51.8 + 0.03 * n, "longitude": 4.35 + 0.02 * n, "inhabitants": 9e4}
             for n, a in enumerate(AREAS)]  # fmt: skip
    return {
        "provider": frame("provider", providers),
        "payer": frame("payer", payers),
        "area": frame("area", areas),
        **_care(stream, sizes),
        **_hands(stream, kinds),
    }


def _care(stream: np.random.Generator, sizes: dict[str, float]) -> dict[str, pl.DataFrame]:
    prices = {HEART: 900.0, DIABETES: 600.0, SURGERY: 14_000.0, TEST: 12.0}
    specialisms = {HEART: "0320", DIABETES: "0313", SURGERY: "0303", TEST: "0389"}
    volume, revenue = [], []
    for hospital in (*HOSPITALS, LAB):
        own = (
            {TEST: 160_000.0} if hospital == LAB else {HEART: 5200.0, DIABETES: 3900.0, SURGERY: 140.0, TEST: 90_000.0}
        )
        scale = 1.0 if hospital == LAB else sizes[hospital] / 260e6
        for product, units in own.items():
            for payer, part in zip(PAYERS, (0.62, 0.38), strict=True):
                mine = units * scale * part * stream.uniform(0.85, 1.15)
                price = prices[product] * stream.uniform(0.9, 1.1)
                there = mine * stream.uniform(0.6, 1.4, len(AREAS)) / len(AREAS)
                volume += [
                    {"provider_id": hospital, "period": "2025", "payer_id": payer, "area": area, "diagnosis": "401",
                     "specialism": specialisms[product], "care_product": product, "units": float(units)}
                    for area, units in zip(AREAS, there, strict=True)
                ]  # fmt: skip
                revenue.append({"provider_id": hospital, "period": "2025", "payer_id": payer, "care_product": product,
                                "units": float(there.sum()), "revenue_eur": price * float(there.sum())})  # fmt: skip
    products = [{"care_product": p, "name": p, "specialism": specialisms[p], "reference_price_eur": v}
                for p, v in prices.items()]  # fmt: skip
    return {"volume": frame("volume", volume), "revenue": frame("revenue", revenue),
            "care_product": frame("care_product", products)}  # fmt: skip


def _hands(stream: np.random.Generator, kinds: dict[str, str]) -> dict[str, pl.DataFrame]:
    resources = [
        {"resource": r, "name": r, "unit": "hour", "is_staff": True, "hours_per_fte": 1500.0,
         "target_utilisation": 0.95, "direct_share": 0.6}
        for r in ("gp_hours", "practice_nurse_hours", "specialist_hours")
    ]  # fmt: skip
    capacity = []
    for provider, kind in kinds.items():
        for resource in ("gp_hours", "practice_nurse_hours") if kind == "gp_organisation" else ("specialist_hours",):
            there = 60_000 * stream.uniform(0.5, 1.5)
            capacity.append({"provider_id": provider, "period": "2025", "resource": resource, "available": there,
                             "used": there * stream.uniform(0.85, 0.97)})  # fmt: skip
    return {"resource": frame("resource", resources), "capacity": frame("capacity", capacity)}


def scenario(**changes: object) -> dict[str, object]:
    """Four initiatives: heart and diabetes to the GPs, surgery at one site, tests to the laboratory."""
    uptake = {"start": 2027, "years_to_full": 3, "maximum": 0.8}
    to_gps = {"kind": ["gp_organisation"], "allocate": "nearest"}
    hospitals = {"providers": list(HOSPITALS)}

    def replaced(tariff: float) -> dict[str, object]:
        return {"units_per_unit": 2.0, "tariff_eur": tariff, "tariff_outside_contract": True, "cost_per_unit_eur": 30.0,
                "resources": {"practice_nurse_hours": 0.3, "gp_hours": 0.07}}  # fmt: skip

    why = {"nl": "wie geeft en wie krijgt moet weten of het past", "en": "who gives and who gets must know if it fits"}
    return {
        "scenario": "plan", "base_year": 2025, "horizon": 2032, "draws": 0, "seed": 1, "discount_rate": 0.03,
        "settlement": {"rule": "equal_gain", "transition_fund_eur": 500_000},
        "initiatives": [
            {"id": "heart", "necessity": why, "kind": "substitution", "from": hospitals, "to": to_gps,
             "care": [{"specialism": "0320"}], "eligible_share": 0.35, "uptake": uptake, "replacement": replaced(26.0)},
            {"id": "diabetes", "necessity": why, "kind": "substitution", "from": hospitals, "to": to_gps,
             "care": [{"specialism": "0313"}], "eligible_share": 0.25, "uptake": uptake, "replacement": replaced(38.0)},
            {"id": "surgery", "necessity": why, "kind": "concentration", "from": {"providers": list(HOSPITALS[1:])},
             "to": {"providers": [HOSPITALS[0]]}, "care": [{"specialism": "0303"}], "eligible_share": 1.0,
             "uptake": {"start": 2028}, "transition_cost_eur": {HOSPITALS[0]: 400_000}},
            {"id": "lab", "necessity": why, "kind": "relocation", "from": hospitals, "to": {"providers": [LAB]},
             "care": [{"specialism": "0389"}], "eligible_share": 0.5, "uptake": uptake},
        ],
    } | changes  # fmt: skip


def evaluated(written: dict[str, object]) -> Evaluation:
    """The scenario on the region."""
    region = Region.from_tables(facts_tables(), base_year=2025)
    return evaluate(region, parse_scenario(scenario_text(written), source="plan"))


@cache
def frames(name: str = "plan", *, rule: str = "equal_gain", without: str = "") -> dict[str, pl.DataFrame]:
    """The tables of a release with one scenario."""
    written = scenario(scenario=name, settlement={"rule": rule, "transition_fund_eur": 500_000})
    written["initiatives"] = [one for one in written["initiatives"] if one["id"] != without]
    made = evaluated(written)
    facts = facts_tables()
    tables = {name: made.table(name) for name in RESULTS if name in _known()}
    return {**{name: facts[name] for name in ("provider", "payer", "resource")}, **tables}


def _known() -> frozenset[str]:
    from models.tables import RESULT_TABLES  # noqa: PLC0415 - the tables that there are

    return frozenset(RESULT_TABLES)


def plan(name: str = "plan", *, release: str = "r1", rule: str = "equal_gain", without: str = "") -> ScenarioFacts:
    """What the scenario says of everybody."""
    own = frames(name, rule=rule, without=without)
    return facts_of(name, own, register(own), release=release)
