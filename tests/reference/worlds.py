"""Small invented regions and scenarios, drawn from a seed, that visit every corner of the model page.

Zero volumes, recipients without volume or coordinates, unknown payers and areas, missing revenue, organisations with
only capacity, use that delivered care cannot explain, yearly beside quarterly rows, contracts one after another, norms
(one that nobody meets), things that happen anyway, every allocation rule and every extra. A world is a valid one: what
a scenario must be refused for is tested elsewhere.
"""

import random
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import yaml
from hypothesis import strategies as st
from scipy import stats

from reference.facts import Facts, Row
from reference.norms import matches, minimum_of, norms_of
from reference.plan import donors, recipients

BASE_YEAR = 2025
HOSPITALS = ("06010101", "06010102", "06010103")
GPS = ("01000001", "01000002", "01000003")
PAYERS = ("3311", "0104", "7029")
OUTSIDER = "9999"  # pays, but is in nobody's register
AREAS = ("3011", "3012", "3013", "GM0599")
RESOURCES = ("bed_days", "operating_room_hours", "specialist_hours", "gp_hours", "practice_nurse_hours")
NOBODY_MEETS = 1_000_000.0  # units
STAFF = ("specialist_hours", "gp_hours", "practice_nurse_hours")
# specialism, diagnosis, care_product
SEGMENTS = (
    ("0320", "401", "010501003"),
    ("0320", "302", "010501003"),
    ("0320", "401", "010501004"),
    ("0303", "318", "020108036"),
    ("0303", None, "020108037"),
    ("0313", "221", "030308099"),
    (None, None, None),
)
PRODUCTS = tuple(sorted({product for _, _, product in SEGMENTS if product}))

_TEXT, _NUMBER, _MONEY, _YEAR = pl.String, pl.Float64, pl.Decimal(18, 2), pl.Int64
SCHEMAS: dict[str, dict[str, Any]] = {
    "provider": {
        "provider_id": _TEXT,
        "name": _TEXT,
        "kind": _TEXT,
        "postcode": _TEXT,
        "municipality": _TEXT,
        "latitude": _NUMBER,
        "longitude": _NUMBER,
        "annual_revenue_eur": _MONEY,
        "annual_margin_eur": _MONEY,
    },
    "payer": {"payer_id": _TEXT, "name": _TEXT, "annual_revenue_eur": _MONEY},
    "area": {"area": _TEXT, "name": _TEXT, "latitude": _NUMBER, "longitude": _NUMBER, "inhabitants": _NUMBER},
    "resource": {
        "resource": _TEXT,
        "name": _TEXT,
        "unit": _TEXT,
        "is_staff": pl.Boolean,
        "hours_per_fte": _NUMBER,
        "target_utilisation": _NUMBER,
        "direct_share": _NUMBER,
        "step": _NUMBER,
    },
    "volume": {
        "provider_id": _TEXT,
        "period": _TEXT,
        "payer_id": _TEXT,
        "specialism": _TEXT,
        "diagnosis": _TEXT,
        "care_product": _TEXT,
        "area": _TEXT,
        "patients": _NUMBER,
        "units": _NUMBER,
    },
    "revenue": {
        "provider_id": _TEXT,
        "period": _TEXT,
        "payer_id": _TEXT,
        "care_product": _TEXT,
        "units": _NUMBER,
        "revenue_eur": _MONEY,
    },
    "contract": {
        "provider_id": _TEXT,
        "payer_id": _TEXT,
        "valid_from": _YEAR,
        "valid_to": _YEAR,
        "form": _TEXT,
        "agreed_amount_eur": _MONEY,
        "agreed_growth": _NUMBER,
        "half_width": _NUMBER,
        "rate_over": _NUMBER,
        "rate_under": _NUMBER,
        "renewal_pass_through": _NUMBER,
    },
    "capacity": {
        "provider_id": _TEXT,
        "period": _TEXT,
        "resource": _TEXT,
        "available": _NUMBER,
        "used": _NUMBER,
        "target_utilisation": _NUMBER,
        "vacancies_fte": _NUMBER,
    },
    "resource_use": {
        "provider_kind": _TEXT,
        "provider_id": _TEXT,
        "specialism": _TEXT,
        "care_product": _TEXT,
        "resource": _TEXT,
        "amount_per_unit": _NUMBER,
    },
    "cost_structure": {
        "provider_kind": _TEXT,
        "provider_id": _TEXT,
        "specialism": _TEXT,
        "cost_ratio": _NUMBER,
        "variable_share": _NUMBER,
        "semi_fixed_share": _NUMBER,
        "fixed_share": _NUMBER,
        "run_off_years": _NUMBER,
    },
    "unit_cost": {"provider_id": _TEXT, "care_product": _TEXT, "unit_cost_eur": _MONEY},
    "waiting_list": {
        "provider_id": _TEXT,
        "period": _TEXT,
        "specialism": _TEXT,
        "patients_waiting": _NUMBER,
        "wait_days": _NUMBER,
    },
    "volume_norm": {
        "norm": _TEXT,
        "name": _TEXT,
        "specialism": _TEXT,
        "care_product": _TEXT,
        "minimum_units": _NUMBER,
        "source": _TEXT,
    },
    "care_product": {
        "care_product": _TEXT,
        "name": _TEXT,
        "specialism": _TEXT,
        "group": _TEXT,
        "reference_price_eur": _MONEY,
    },
}


def frame(name: str, rows: list[Row]) -> pl.DataFrame:
    """A fact table as the release holds it: every column of the contract, empty where a row does not say."""
    schema = SCHEMAS[name]
    stray = {key for row in rows for key in row} - set(schema)
    if stray:
        raise ValueError(f"{name} has no column {sorted(stray)}; its columns are {list(schema)}.")
    loose = {column: _NUMBER if kind == _MONEY else kind for column, kind in schema.items()}
    numbers = {column for column, kind in loose.items() if kind == _NUMBER}
    full = [
        {c: float(row[c]) if c in numbers and row.get(c) is not None else row.get(c) for c in schema} for row in rows
    ]
    return pl.DataFrame(full, schema=loose).cast(schema)


class _WrittenOut(yaml.SafeDumper):
    """Writes every value out; a scenario file has no aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (the name is PyYAML's)
        return True


def scenario_text(scenario: dict[str, Any]) -> str:
    """The scenario as a person would have it in a file."""
    return yaml.dump(scenario, Dumper=_WrittenOut, sort_keys=False, allow_unicode=True)


@dataclass(frozen=True)
class World:
    """A region and a scenario over it."""

    seed: int
    rows: dict[str, list[Row]] = field(repr=False)
    scenario: dict[str, Any] = field(repr=False)

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        return {name: frame(name, rows) for name, rows in self.rows.items()}

    @property
    def text(self) -> str:
        return scenario_text(self.scenario)


class WorldMaker:
    """Draws one world; every choice comes from the one stream of its seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.horizon = BASE_YEAR + self.random.randint(2, 7)
        self.resources: list[str] = []

    def world(self) -> World:
        rows: dict[str, list[Row]] = {
            "provider": self._providers(),
            "payer": [self._sparse({"payer_id": q, "name": q, "annual_revenue_eur": 9e6}, 0.5) for q in PAYERS],
            "area": [self._place({"area": a, "name": a}) for a in AREAS if self._chance(0.85)],
            "resource": self._resources(),
            "care_product": self._care_products(),
            "volume": self._volume(),
        }
        rows["revenue"] = self._revenue(rows["volume"])
        rows["resource_use"] = self._resource_use()
        rows["cost_structure"] = self._cost_structure()
        rows["unit_cost"] = self._unit_costs()
        rows["waiting_list"] = self._waiting()
        rows["volume_norm"] = self._norms()
        rows["capacity"] = self._capacity(rows)
        rows["contract"] = self._contracts(rows)
        rows = {name: group for name, group in rows.items() if group or self._chance(0.5)}
        if self._chance(0.15):
            rows.pop(self._pick(*(name for name in rows if name not in ("provider", "payer", "resource"))))
        return World(self.seed, rows, self._scenario(rows))

    # -- small choices ----

    def _chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def _pick(self, *options: Any) -> Any:
        return self.random.choice(options)

    def _between(self, low: float, high: float, digits: int = 3) -> float:
        return round(self.random.uniform(low, high), digits)

    def _some(self, options: tuple[Any, ...] | list[Any], at_least: int = 1) -> list[Any]:
        count = self.random.randint(min(at_least, len(options)), len(options))
        return self.random.sample(list(options), count)

    def _sparse(self, row: Row, probability: float) -> Row:
        """The row, with its numbers left out at this probability."""
        return {k: None if isinstance(v, float) and self._chance(probability) else v for k, v in row.items()}

    def _place(self, row: Row) -> Row:
        """Some have no coordinates; a few stand on the same spot (ties)."""
        if self._chance(0.2):
            return row
        latitude, longitude = self._pick((51.9, 4.5), (51.8, 4.6), (self._between(51.6, 52.1), self._between(4.1, 4.9)))
        return row | {"latitude": latitude, "longitude": longitude}

    # -- facts ----

    def _providers(self) -> list[Row]:
        kinds = {"06010101": "university_hospital", "06010102": "general_hospital", "06010103": "general_hospital"}
        rows = []
        for p in (*HOSPITALS, *GPS):
            row = {"provider_id": p, "name": p, "kind": kinds.get(p, "gp_organisation")}
            row |= {"annual_revenue_eur": 5e6, "annual_margin_eur": 1e5}
            rows.append(self._place(self._sparse(row, 0.4)))
        return rows

    def _resources(self) -> list[Row]:
        return [
            {
                "resource": r,
                "name": r,
                "unit": "hour",
                "is_staff": r in STAFF,
                "hours_per_fte": self._pick(1550.0, None) if r in STAFF else None,
                "target_utilisation": self._pick(0.85, 0.9, None),
                "direct_share": self._pick(0.56, 0.7, None) if r in STAFF else None,
                "step": self._pick(None, None, self._between(1, 60, 0), self._between(60, 900, 0)),
            }
            for r in RESOURCES
            if r == "bed_days" or self._chance(0.9)
        ]

    def _care_products(self) -> list[Row]:
        return [
            {"care_product": c, "name": c, "reference_price_eur": self._pick(self._between(80, 900, 2), None)}
            for c in PRODUCTS
            if self._chance(0.8)
        ]

    def _periods(self) -> list[str]:
        """A year, four quarters, fewer, or a year with quarters beside it; now and then another year too."""
        quarters = [f"{BASE_YEAR}Q{n}" for n in (1, 2, 3, 4)]
        periods = self._pick([str(BASE_YEAR)], quarters, sorted(self._some(quarters)), [str(BASE_YEAR), *quarters[:2]])
        return [*periods, str(BASE_YEAR - 1)] if self._chance(0.15) else periods

    def _volume(self) -> list[Row]:
        rows = []
        deliver = [*HOSPITALS, *(g for g in GPS if self._chance(0.25))]
        for p in deliver:
            periods, segments = self._periods(), self._some(SEGMENTS, 2)
            for segment in segments:
                cells = {
                    (self._pick(*PAYERS, *PAYERS, None, OUTSIDER), self._pick(*AREAS, *AREAS, None, "9998"))
                    for _ in range(self.random.randint(1, 3))
                }
                for payer, area in sorted(cells, key=str):
                    for period in periods:
                        units = self._pick(0, self.random.randint(1, 9), *(self.random.randint(20, 900) for _ in "12"))
                        names = dict(zip(("specialism", "diagnosis", "care_product"), segment, strict=True))
                        rows.append(
                            {"provider_id": p, "period": period, "payer_id": payer, "area": area, "units": units}
                            | names
                        )
        return rows

    def _revenue(self, volume: list[Row]) -> list[Row]:
        """Of most delivered cells; some without units or without money; some providers deliver none."""
        silent = {p for p in (*HOSPITALS, *GPS) if self._chance(0.15)}
        units: dict[tuple[Any, ...], float] = {}
        for row in volume:
            key = (row["provider_id"], row["period"], row["payer_id"], row["care_product"])
            units[key] = units.get(key, 0) + row["units"]
        rows = []
        for (p, period, payer, product), count in units.items():
            if p in silent or self._chance(0.15):
                continue
            row = {
                "provider_id": p,
                "period": period,
                "payer_id": payer,
                "care_product": product,
                "units": float(count),
            }
            row["revenue_eur"] = round(count * self._between(50, 1500), 2)
            rows.append(self._sparse(row, 0.05))
        return [
            row for row in rows if (row["units"], row["revenue_eur"]) != (None, None)
        ]  # what says nothing is refused

    def _resource_use(self) -> list[Row]:
        seen, rows = set(), []
        if self._chance(0.5):
            seen.add((None, None, None, None, "bed_days"))
            rows.append({"resource": "bed_days", "amount_per_unit": self._between(0.2, 3)})
        for _ in range(self._pick(0, 2, 4, 12, 22)):
            segment, who = self._pick(*SEGMENTS), self._pick(*HOSPITALS, *GPS)
            row = {
                "provider_kind": None,
                "provider_id": None,
                "specialism": self._pick(segment[0], segment[0], None, None, "0999"),
                "care_product": self._pick(segment[2], segment[2], None, None, None, "099999999"),
                "resource": self._pick(*RESOURCES),
            }
            if self._chance(0.6):
                row |= self._pick(
                    {"provider_id": who}, {"provider_kind": self._pick("general_hospital", "gp_organisation")}
                )
            if tuple(row.values()) not in seen:
                seen.add(tuple(row.values()))
                rows.append(row | {"amount_per_unit": self._pick(0.0, self._between(0.05, 4))})
        return rows

    def _cost_structure(self) -> list[Row]:
        seen, rows = set(), []
        for _ in range(self.random.randint(0, 8)):
            row = {
                "provider_kind": self._pick("general_hospital", "gp_organisation", None, None),
                "provider_id": self._pick(*HOSPITALS, None, None, None),
                "specialism": self._pick("0320", "0303", None, None, "0999"),
            }
            if tuple(row.values()) in seen:
                continue
            seen.add(tuple(row.values()))
            variable, semi = self._between(0.1, 0.4), self._between(0.2, 0.5)
            shares = {
                "variable_share": variable,
                "semi_fixed_share": semi,
                "fixed_share": round(1 - variable - semi, 3),
            }
            years = self._pick(0.0, 1.0, 3.0, 3.1, 5.0)
            rows.append(row | shares | {"cost_ratio": self._between(0.8, 1.1), "run_off_years": years})
        return rows

    def _unit_costs(self) -> list[Row]:
        return [
            {"provider_id": p, "care_product": c, "unit_cost_eur": self._between(40, 1200, 2)}
            for p in (*HOSPITALS, *GPS)
            for c in PRODUCTS
            if self._chance(0.15)
        ]

    def _waiting(self) -> list[Row]:
        rows = []
        for p in (*HOSPITALS, GPS[0]):
            for period in self._pick([f"{BASE_YEAR}Q1", f"{BASE_YEAR}Q3"], [str(BASE_YEAR)], [str(BASE_YEAR)], []):
                rows += [
                    {
                        "provider_id": p,
                        "period": period,
                        "specialism": s,
                        "patients_waiting": self._pick(0, 15, 400, 3000, None),
                    }
                    for s in ("0320", "0303", "0313")
                ]
        return rows

    def _norms(self) -> list[Row]:
        heart = {"name": "", "specialism": "0320"}
        rows = [heart | {"norm": "cardiology", "minimum_units": self._between(50, 1500, 0)}]
        rows.append(
            heart | {"norm": "rhythm", "care_product": "010501003", "minimum_units": self._between(300, 2500, 0)}
        )
        least = self._between(20, 600, 0)
        for product in ("020108036", "020108037"):
            norm = {"norm": "surgery", "name": "", "specialism": self._pick("0303", None), "care_product": product}
            rows.append(norm | {"minimum_units": least})
        if self._chance(0.25):
            rows.append({"norm": "out-of-reach", "name": "", "specialism": "0313", "minimum_units": NOBODY_MEETS})
        return rows if self._chance(0.8) else []

    def _capacity(self, rows: dict[str, list[Row]]) -> list[Row]:
        """Around what is needed, so that shortages come and go; some used unknown, some available unknown."""
        facts = Facts({name: frame(name, group) for name, group in rows.items()}, BASE_YEAR)
        found = []
        for p in (*HOSPITALS, *GPS):
            if self._chance(0.12):
                continue
            periods = self._periods()
            for r in RESOURCES:
                if self._chance(0.35):
                    continue
                need = (facts.modelled_use(p, r) or self._pick(0.0, 400.0, 3000.0)) / (4 if "Q" in periods[0] else 1)
                need *= self._pick(*[1.0] * 6, 2.5, 8.0)  # a house of which only a part delivered its care
                for period in periods:
                    row = {"provider_id": p, "period": period, "resource": r}
                    row["available"] = None if self._chance(0.08) else round(need * self._between(0.8, 1.6), 2)
                    row["used"] = None if self._chance(0.3) else round(need * self._between(0.7, 1.2), 2)
                    row["target_utilisation"] = self._pick(None, None, self._between(0.7, 0.95))
                    found.append(row)
        return found

    def _contracts(self, rows: dict[str, list[Row]]) -> list[Row]:
        """None, one, or several in a row, with amounts around the production value so that every side is met."""
        facts = Facts({name: frame(name, group) for name, group in rows.items()}, BASE_YEAR)
        found = []
        for p in (*HOSPITALS, *GPS):
            for q in (*PAYERS, OUTSIDER):
                value = sum(
                    units * facts.price(c[0], c[1], c[4]) for c, units in facts.units.items() if c[:2] == (p, q)
                )
                starts = sorted(self._some(range(BASE_YEAR - 2, self.horizon + 1), 0)[: self._pick(0, 1, 1, 2, 3)])
                found += [self._contract(p, q, start, value or 5e4) for start in starts]
        return found

    def _contract(self, provider: str, payer: str, start: int, value: float) -> Row:
        form = self._pick("fee_for_service", "ceiling", "ceiling", "lump_sum", "corridor", "corridor", "capitation")
        row = {"provider_id": provider, "payer_id": payer, "valid_from": start, "form": form}
        row["valid_to"] = self._pick(None, start, start + 1, start + 3)
        row["renewal_pass_through"] = self._pick(None, None, 0.0, 0.5, 1.0)
        if form != "fee_for_service":
            row["agreed_amount_eur"] = round(value * self._between(0.6, 1.4), 2)
            row["agreed_growth"] = self._pick(None, 0.01, -0.02)
        if form in ("ceiling", "corridor"):
            row["rate_over"] = self._pick(None, 0.0, 0.4, 1.0)
        if form == "corridor":
            row["rate_under"] = self._pick(None, 0.3, 0.7)
            row["half_width"] = self._pick(None, 0.02, 0.1)
        return row

    # -- scenario ----

    def _scenario(self, rows: dict[str, list[Row]]) -> dict[str, Any]:
        facts = Facts({name: frame(name, group) for name, group in rows.items()}, BASE_YEAR)
        self.resources = sorted(facts.all_resources())
        scenario: dict[str, Any] = {
            "scenario": f"world-{self.seed}",
            "title": {"nl": "Wereld", "en": "World"},
            "base_year": BASE_YEAR,
            "horizon": self.horizon,
            "draws": 0,
            "seed": 7,
            "discount_rate": self._pick(0.0, 0.03),
            "baseline": self._growth(),
            "respect_capacity": self._pick(False, False, True, "reallocate"),
            "thresholds": {"viability_floor": self._pick(-0.05, 0.0, 0.1), "viability_volume_drop": 0.30},
            "norm_window": self._pick(1, 1, 3),
            "scale_down": self._scale_down(),
        }
        scenario["initiatives"] = self._chain(facts, "initiative", self.random.randint(1, 3))
        if self._chance(0.4):
            scenario["baseline"]["initiatives"] = self._chain(facts, "anyway", self.random.randint(1, 2))
        if self._chance(0.45) and _can_be_met(facts):
            scenario["baseline"]["enforce_norms"] = self.random.randint(BASE_YEAR + 1, self.horizon + 1)
        if self._chance(0.3):
            scenario["correlation"] = {"default": self._pick(0.0, 0.5, 1.0), "returns": 0.3}
        if self._chance(0.3):
            scenario["materiality"] = {"margin": 0.002, "cushion": self._pick(0.02, 0.2), "department": 0.05}
        if self._chance(0.4):
            scenario["shared_budgets"] = self._budgets()
        if self._chance(0.4):
            scenario["pools"] = self._pools()
        return scenario

    def _scale_down(self) -> Any:
        if self._chance(0.75):
            return self._pick("all", "none", "whole_steps", "whole_steps")
        return [
            {"provider": p, "from": BASE_YEAR + self.random.randint(0, 4), "share": self._between(0, 1)}
            for p in self._some(HOSPITALS)
        ]

    def _chain(self, facts: Facts, name: str, count: int) -> list[dict[str, Any]]:
        """Initiatives one after another; now and then one takes on what the one before it gave."""
        chain: list[dict[str, Any]] = []
        for number in range(count):
            initiative = self._initiative(facts, f"{name}-{number}")
            before = chain[-1] if chain else None
            if before and self._chance(0.35) and before.get("to") and not before.get("replacement"):
                passed_on = {"from": {"providers": recipients(before, facts)}, "care": before["care"]}
                if donors(initiative | passed_on, facts):
                    initiative |= passed_on
            chain.append(initiative)
        return chain

    def _uncertain(self, low: float, high: float) -> Any:
        """A number, or low, mode and high, or a named distribution inside the same limits."""
        if self._chance(0.5):
            return self._between(low, high)
        a, b, c = sorted(self._between(low, high, 4) for _ in range(3))
        if a in (b, c) or b == c:
            return b
        return self._pick(
            [a, b, c],
            [a, b, c],
            {"dist": "uniform", "low": a, "high": c},
            {"dist": "triangular", "low": a, "mode": b, "high": c},
            _in_eight_of_ten(a, b, c),
        )

    def _free(self, median: float) -> dict[str, Any]:
        """A distribution without limits (never together with a relative intensity)."""
        return self._pick(
            {"dist": "normal", "mean": median, "sd": 0.05},
            {"dist": "lognormal", "median": median, "sigma": 0.13},
            {"dist": "beta", "a": 2.5, "b": 4},
        )

    def _growth(self) -> dict[str, Any]:
        return {
            "demand_growth": {
                "default": self._uncertain(-0.02, 0.03),
                "specialism": {"0320": self._uncertain(0.0, 0.04)} if self._chance(0.7) else {},
            },
            "capacity_growth": {
                "default": self._pick(0.0, -0.01),
                "resource": {"gp_hours": self._uncertain(-0.03, 0.01)}
                if "gp_hours" in self.resources and self._chance(0.5)
                else {},
            },
        }

    def _initiative(self, facts: Facts, name: str) -> dict[str, Any]:
        initiative: dict[str, Any] = {
            "id": name,
            "kind": self._pick("substitution", "concentration", "relocation"),
            "title": {"nl": "Stap", "en": "Step"},
            **self._sides(facts),
            "care": self._care(),
            "eligible_share": self._pick(0.0, 1.0, *(self._uncertain(0.05, 0.95) for _ in "1234")),
            "uptake": self._uptake(),
        }
        if self._chance(0.12):  # a whole concentration: who gives stops
            initiative |= {"care": [{"specialism": "0303"}], "eligible_share": 1.0}
            return initiative | {"uptake": {"start": BASE_YEAR + self._pick(1, 2)}}
        if self._chance(0.12):
            initiative = {key: value for key, value in initiative.items() if key != "to"} | {"kind": "prevention"}
        else:
            self._received(facts, initiative)
        if self._chance(0.4):
            initiative["returns"] = self._uncertain(0.0, 0.3)
        self._refilled(initiative)
        if self._chance(0.35):
            initiative["support"] = self._support()
        if self._chance(0.5):
            chosen = self._some((*HOSPITALS, *GPS, PAYERS[0]))[:2]
            initiative["transition_cost_eur"] = {p: self._between(1e4, 3e5, 0) for p in chosen}
        if self._chance(0.3):
            initiative["quality"] = self._quality()
        self._lighter(initiative)
        return initiative

    def _received(self, facts: Facts, initiative: dict[str, Any]) -> None:
        """What has a meaning only where somebody receives."""
        if self._chance(0.4):
            initiative["induced_demand"] = self._uncertain(0.0, 0.3)
            if self._chance(0.5):
                initiative["induced_returns"] = self._uncertain(0.0, 0.6)
        if self._chance(0.1):  # more comes back than went
            initiative |= {"returns": 0.8, "induced_demand": self._between(0.6, 1.5), "induced_returns": 0.7}
        if self._chance(0.25):
            initiative["forgone"] = self._uncertain(0.02, 0.5)
        if self._chance(0.25):
            initiative["planned"] = True
        if self._chance(0.3):
            initiative["visits_per_unit"] = self._pick(1, 2, 3.5)
        if self._chance(0.45):
            initiative["replacement"] = self._replacement(facts, initiative)

    def _refilled(self, initiative: dict[str, Any]) -> None:
        """The older key, or the newer with care of its own."""
        if self._chance(0.15):
            initiative["backfill_share"] = self._uncertain(0.1, 1.0)
        elif self._chance(0.45):
            initiative["backfill"] = {"share": self._pick(1.0, self._uncertain(0.1, 1.0))}
            if self._chance(0.4):
                initiative["backfill"]["care"] = self._care()

    def _quality(self) -> list[dict[str, Any]]:
        one = {"unit": {"nl": "dagen", "en": "days"}, "per_moved_unit": self._uncertain(0.001, 4)}
        other = {"unit": {"nl": "levens", "en": "lives"}, "per_moved_unit": self._uncertain(0.001, 0.004)}
        waiting, deaths = one | {"measure": "waiting_days", "better": "less"}, other | {"measure": "deaths_avoided"}
        return self._pick([waiting], [waiting, deaths | {"better": "more"}])

    def _lighter(self, initiative: dict[str, Any]) -> None:
        """Lighter patients leave, or cheaper ones: refused where a segment can move whole."""
        if _moves_whole(initiative):
            return
        if self._chance(0.35):
            initiative["relative_intensity"] = self._uncertain(0.5, 1.2)
        if self._chance(0.25):
            initiative["relative_price"] = self._uncertain(0.5, 1.2)
        if not initiative.keys() & {"relative_intensity", "relative_price"} and self._chance(0.3):
            initiative["eligible_share"] = self._free(self._between(0.2, 0.8))

    def _sides(self, facts: Facts) -> dict[str, Any]:
        """Donors and recipients, by name, by kind or both; drawn again until somebody gives and somebody receives."""
        while True:
            giving = self._pick(
                {"providers": self._some(HOSPITALS)},
                {"providers": self._some((*HOSPITALS, *GPS))},
                {"kind": ["general_hospital"]},
                {"providers": list(HOSPITALS), "kind": ["general_hospital"]},
            )
            receiving = self._pick(
                {"providers": self._some(HOSPITALS)},
                {"providers": self._some(GPS)},
                {"providers": self._some((*HOSPITALS, *GPS))},
                {"kind": ["gp_organisation"]},
                {"providers": [*GPS[:2], *HOSPITALS], "kind": ["gp_organisation", "university_hospital"]},
            )
            receiving = receiving | self._allocation(receiving)
            sides = {"from": giving, "to": receiving}
            if donors(sides, facts) and recipients(sides, facts):
                return sides

    def _allocation(self, receiving: dict[str, Any]) -> dict[str, Any]:
        rule = self._pick("equal", "size", "nearest", "capacity", "shares", "default")
        if rule == "capacity":
            return {"allocate": rule, "resource": self._pick(*self.resources)}
        if rule == "shares":
            names = receiving.pop("providers", list(GPS))[:4]
            receiving.pop("kind", None)
            parts = {
                1: [1.0],
                2: [0.4, 0.6],
                3: self._pick([0.5, 0.3, 0.2], [0.3333333, 0.3333333, 0.3333334]),
                4: [0.1, 0.2, 0.3, 0.4],
            }[len(names)]
            return {"allocate": "shares", "shares": dict(zip(names, parts, strict=True))}
        return {} if rule == "default" else {"allocate": rule}

    def _care(self) -> list[dict[str, Any]]:
        selections = []
        for _ in range(self._pick(1, 1, 2)):
            s = self._pick(*SEGMENTS[:-1])
            one = {"specialism": s[0], "care_product": self._pick(s[2], [s[2], "010501003"])}
            if s[1] is not None:
                one["diagnosis"] = [s[1]]
            selections.append({key: one[key] for key in self._some(list(one))})
        return selections

    def _uptake(self) -> dict[str, Any]:
        uptake: dict[str, Any] = {"start": self.random.randint(BASE_YEAR + 1, self.horizon + 1)}
        if self._chance(0.7):
            uptake["start"] = BASE_YEAR + self._pick(1, 2)
        if self._chance(0.7):
            uptake["years_to_full"] = self._pick(1, 2, 3, 4, 2.5)
        if self._chance(0.7):
            uptake["shape"] = self._pick("linear", "logistic")
        if self._chance(0.6):
            uptake["maximum"] = self._uncertain(0.2, 1.0)
        if self._chance(0.3):
            uptake["stall"] = {"probability": self._pick(0.2, 0.7), "after_years": self._pick(1, 2)}
        return uptake

    def _replacement(self, facts: Facts, initiative: dict[str, Any]) -> dict[str, Any]:
        replacement: dict[str, Any] = {
            "units_per_unit": self._uncertain(0.5, 3),
            "tariff_eur": self._uncertain(10, 300),
            "resources": {r: self._uncertain(0.05, 0.6) for r in self._some(self.resources)[:2]},
        }
        payers = (*PAYERS, OUTSIDER, None)
        priced = all(
            facts.has_own_price(j, q, c)
            for j in recipients(initiative, facts)
            for q in payers
            for c in (*PRODUCTS, None)
        )
        if priced and self._chance(0.5):
            replacement["tariff_eur"] = "own_price"
        elif self._chance(0.2):
            start = initiative["uptake"]["start"]
            replacement["tariff_eur"] = {start - 1: self._uncertain(10, 300), start + 1: self._uncertain(10, 300)}
        if self._chance(0.4):
            replacement["cost_per_unit_eur"] = self._uncertain(5, 200)
        if self._chance(0.5):
            replacement["tariff_outside_contract"] = self._chance(0.7)
        return {key: value for key, value in replacement.items() if key == "tariff_eur" or self._chance(0.8)}

    def _support(self) -> dict[str, Any]:
        support: dict[str, Any] = {"provider": self._pick(*HOSPITALS, GPS[0])}
        options = {
            "tariff_eur": self._pick(0, self._uncertain(5, 60)),
            "cost_per_unit_eur": self._uncertain(5, 60),
            "resources": {self._pick(*self.resources): self._uncertain(0.05, 0.5)},
        }
        return support | {key: value for key, value in options.items() if self._chance(0.8)}

    def _budgets(self) -> list[dict[str, Any]]:
        """One or two; never two over the same payer, care and year."""
        payers = self._some(PAYERS, 2)
        budgets = []
        for number, of in enumerate(self._pick([payers], [payers[:1], payers[1:]])):
            members = self._some((*HOSPITALS, *GPS), 2)
            budget: dict[str, Any] = {
                "id": f"budget-{number}",
                "payers": of,
                "members": members,
                "care": self._pick([{"specialism": "0320"}], [{"specialism": ["0320", "0303"]}, {"diagnosis": "221"}]),
                "payer_share": self._pick(0.0, 0.5, 1.0, self._uncertain(0.1, 0.9)),
            }
            if self._chance(0.4) and len(members) > 1:
                budget["key"] = dict(zip(members[:2], [0.75, 0.25], strict=True))  # who is not named gets nothing
            budget["from"] = BASE_YEAR + self._pick(0, 1, 2)
            budget["until"] = self._pick(self.horizon, budget["from"] + 1)
            budgets.append(budget)
        return budgets

    def _pools(self) -> list[dict[str, Any]]:
        chosen = self._some(self.resources)[:2]
        return [{"id": f"pool-{r}", "resource": r, "providers": self._some((*HOSPITALS, *GPS), 2)[:3]} for r in chosen]


def _can_be_met(facts: Facts) -> bool:
    """Whether one place could meet some norm with all the care of the region, whatever growth (else it is refused)."""
    shrunk = 0.8
    return any(
        shrunk * sum(units for cell, units in facts.units.items() if matches(rows, cell)) > minimum_of(rows)
        for rows in norms_of(facts).values()
    )


def _in_eight_of_ten(low: float, mode: float, high: float) -> dict[str, float]:
    """The PERT of these bounds as an expert tells it who says "in 8 of 10 cases between"."""
    rising, falling = 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)
    p10, p90 = (float(low + (high - low) * stats.beta.ppf(share, rising, falling)) for share in (0.1, 0.9))
    return {"p10": p10, "mode": mode, "p90": p90} if p10 < mode < p90 else {"dist": "uniform", "low": low, "high": high}


def _moves_whole(initiative: dict[str, Any]) -> bool:
    """Whether a segment could move whole at the highest values (then a relative intensity is refused)."""

    def highest(value: Any) -> float:
        if isinstance(value, dict):
            return value.get("high", 1.0)
        return value[-1] if isinstance(value, list) else value

    return highest(initiative["eligible_share"]) * highest(initiative["uptake"].get("maximum", 1.0)) >= 1


def make_world(seed: int) -> World:
    """The world of this seed: the same on every machine."""
    return WorldMaker(seed).world()


def worlds() -> st.SearchStrategy[World]:
    """Worlds for hypothesis; what it reports is the seed, `make_world(seed)` makes it again."""
    return st.integers(min_value=0, max_value=2**31).map(make_world)
