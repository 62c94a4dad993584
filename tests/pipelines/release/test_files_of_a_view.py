"""An attacker that has the files of views and nothing of the program: databases, `disclosure.json` and pages.

It is written from the trust page. It knows what its reader knows exactly (its own tables in its own view), the scenario
as it stands in the view, sizes (annual accounts are public) and the rules of rounding and of bands; it reads every row
that is shown and the settings printed with it, and asks two linear programs a figure of another party. What is true it
takes from the release, only to judge how narrow its limits are.
"""

import json
import math
import re
import shutil
from functools import cached_property
from itertools import pairwise, product
from pathlib import Path

import duckdb
import numpy as np
import pytest
import yaml
from scipy.optimize import linprog
from small_region import GPS, HOSPITALS, PAYER

from pipelines.orchestration.refresh import refresh
from pipelines.release import releases
from pipelines.release.views import making, naming
from pipelines.workspace.workspace import Workspace

MONEY = {"revenue": ("revenue_change_eur", "backfill_revenue_eur"), "margin": ("margin_change_eur",),
         "spend": ("spend_change_eur",)}  # fmt: skip
NECESSITY = {"nl": "wie geeft en wie krijgt moet weten of het past", "en": "who gives and who gets must know"}
KINDS = {**dict.fromkeys(HOSPITALS, "general_hospital"), **dict.fromkeys(GPS, "gp_organisation"), PAYER: "payer"}
LEAST_OF_A_LIMIT = {"revenue": 0.001, "margin": 0.001, "spend": 0.01}
CONFIDENTIAL = ("unit_cost_eur", "agreed_amount_eur", "revenue_eur", "available", "production_eur", "cost_eur",
                "margin_eur", "mean", "size_eur", "value_eur")  # fmt: skip


def rows_of(database: Path, query: str, **values: object) -> list[dict[str, object]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query, values or None).pl().to_dicts()


def tables_of(database: Path) -> set[str]:
    return {row["table_name"] for row in rows_of(database, "SELECT table_name FROM duckdb_tables()")}


@pytest.fixture(scope="module")
def region(refreshed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The small region with its views; one room's care is divided by room, and no more goes there than fits."""
    root = tmp_path_factory.mktemp("files") / "kleinland"
    shutil.copytree(refreshed.root, root, symlinks=True)
    path = next((root / "scenarios").glob("*.yaml"))
    scenario = yaml.safe_load(path.read_text(encoding="utf-8"))
    first = scenario["initiatives"][0] | {"necessity": NECESSITY}
    divided = {**first, "id": "verdeeld", "care": [{"specialism": "0320", "diagnosis": ["402"]}],
               "to": {"kind": ["gp_organisation"], "allocate": "capacity", "resource": "gp_hours"}}  # fmt: skip
    scenario |= {"initiatives": [first, divided], "respect_capacity": True,
                 "settlement": {"rule": "equal_gain", "transition_fund_eur": 20_000.0}}  # fmt: skip
    path.write_text(yaml.safe_dump(scenario, allow_unicode=True, sort_keys=False), encoding="utf-8")
    workspace = Workspace.open(root)
    refresh(workspace)
    names = ["table", "public", "room:ritme", "room:verdeeld", *(f"party:{party}" for party in KINDS)]
    making.make_views(workspace, releases.require_current(workspace.published), [naming.parse(one) for one in names])
    return workspace


class Files:
    """What an attacker has: the folders of its own views."""

    def __init__(self, workspace: Workspace, parties: frozenset[str]) -> None:
        self.workspace, self.parties = workspace, parties
        self.folders = [workspace.views / f"party-{party}" for party in sorted(parties)] or [workspace.views / "public"]

    def read(self, query: str) -> list[dict[str, object]]:
        found = []
        for folder in self.folders:
            for row in rows_of(folder / "care_transfer.duckdb", query):
                if row not in found:
                    found.append(row)
        return found

    @property
    def shown(self) -> list[dict[str, object]]:
        return self.read("SELECT * FROM shown_figure")


def annuity(scenario) -> dict[int, float]:
    years = range(scenario["base_year"], scenario["horizon"] + 1)
    return {year: (1 + scenario["discount_rate"]) ** -(year - scenario["base_year"]) for year in years}


def truth_of(release: Path, scenario) -> dict[tuple[str, ...], float]:
    """Every confidential figure by name: annual equivalents, units and room at the horizon."""
    discount, found = annuity(scenario), {}
    for row in rows_of(
        release, "SELECT party, initiative, measure, year, mean FROM party_impact WHERE year IS NOT NULL"
    ):
        for measure, names in MONEY.items():
            if row["measure"] in names and row["party"] in KINDS:
                key = (measure, row["party"], *([row["initiative"]] if row["initiative"] else []))
                found[key] = found.get(key, 0.0) + row["mean"] * discount[row["year"]] / sum(discount.values())
    flows = "SELECT initiative, {} AS party, sum({}) AS n FROM transfer_flow WHERE year = {} GROUP BY ALL"
    for name, side, amount in (("units", "from_id", "units_moved"), ("received", "to_id", "units_received")):
        for row in rows_of(release, flows.format(side, amount, scenario["horizon"])):
            if row["party"] in KINDS and row["n"] > 0:
                found[name, row["party"], row["initiative"]] = row["n"]
    gaps = f"SELECT provider, gap_before FROM capacity_gap WHERE year = {scenario['horizon']} AND resource = 'gp_hours'"
    return found | {("room", row["provider"]): -row["gap_before"] for row in rows_of(release, gaps)
                    if row["provider"] in KINDS and row["gap_before"] is not None}  # fmt: skip


def sizes_of(release: Path) -> dict[str, float]:
    """Annual accounts are public: what the release takes as each party's size."""
    rows = rows_of(release, "SELECT DISTINCT party, size_eur FROM party_baseline WHERE size_eur > 0")
    return {row["party"]: row["size_eur"] for row in rows}


def could_have_been(value: float, digits: int) -> tuple[float, float]:
    """What rounds, halves away from zero, to a figure of so many digits."""
    if value == 0:
        return 0.0, 0.0
    size = abs(value)
    power = 10.0 ** math.floor(math.log10(size) + 1e-12)
    unit = power / 10 ** (digits - 1)
    low, high = size - (unit / 20 if math.isclose(size, power) else unit / 2), size + unit / 2
    return (low, high) if value > 0 else (-high, -low)


class Reasoning:
    """Limits of figures of others, by linear programs over what one attacker reads and knows."""

    def __init__(self, truth, sizes, known) -> None:
        self.names, self.truth, self.known = list(truth), truth, known
        self.place = {name: n for n, name in enumerate(self.names)}
        self.scale = np.array([max(abs(truth[name]), 1.0) for name in self.names])
        most = {name: 1e7 if name[0] in {"units", "received"} else 3 * sizes.get(name[1], 1e9) for name in self.names}
        most |= {name: 1e7 for name in self.names if name[0] == "room"}
        self.box = [
            (truth[n], truth[n]) if n in known else (0.0 if n[0] in {"units", "received"} else -most[n], most[n])
            for n in self.names
        ]
        self.rows: list[tuple[np.ndarray, float]] = []

    @cached_property
    def program(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """All that was said, once nothing more is: matrix, limits and box."""
        matrix, limits = np.array([row for row, _ in self.rows]), np.array([limit for _, limit in self.rows])
        return matrix, limits, np.array(self.box) / self.scale[:, None]

    def says(self, terms, low=-math.inf, high=math.inf) -> None:
        there = {name: weight for name, weight in terms.items() if name in self.place}
        row = np.zeros(len(self.names))
        for name, weight in there.items():
            row[self.place[name]] += weight * self.scale[self.place[name]]
        size = float(np.abs(row).max()) or 1.0
        for edge, sign in ((high, 1.0), (low, -1.0)):
            if math.isfinite(edge):
                self.rows.append((sign * row / size, sign * edge / size + 1e-7 * max(1.0, abs(edge) / size)))

    def width(self, name) -> float:
        matrix, limits, box = self.program
        goal, ends = np.zeros(len(self.names)), []
        for sign in (1.0, -1.0):
            goal[self.place[name]] = sign
            result = linprog(goal, A_ub=matrix, b_ub=limits, bounds=box)
            assert result.status == 0, (name, result.message)
            ends.append(result.x[self.place[name]])
        return float(ends[1] - ends[0]) * self.scale[self.place[name]]


def what_anybody_knows(own: Reasoning, scenario) -> None:
    """Initiatives add up, money is conserved, what goes out comes in at the ratio, a unit is paid its tariff."""
    for name in [one for one in own.names if one[0] in MONEY and len(one) == 2]:
        parts = [one for one in own.names if one[:2] == name and len(one) == 3]
        if parts:
            own.says({name: 1.0, **dict.fromkeys(parts, -1.0)}, 0.0, 0.0)
    for part in ((), *((one["id"],) for one in scenario["initiatives"])):
        revenue = [one for one in own.names if one[0] == "revenue" and one[2:] == part]
        spend = [one for one in own.names if one[0] == "spend" and one[2:] == part]
        own.says({**dict.fromkeys(revenue, 1.0), **dict.fromkeys(spend, -1.0)}, 0.0, 0.0)
        own.says({("margin", PAYER, *part): 1.0, ("spend", PAYER, *part): 1.0}, 0.0, 0.0)
    for one in scenario["initiatives"]:
        given, taken = ([n for n in own.names if n[0] == side and n[2] == one["id"]] for side in ("units", "received"))
        ratio = sum(own.truth[n] for n in taken) / sum(own.truth[n] for n in given)
        own.says({**dict.fromkeys(given, -ratio), **dict.fromkeys(taken, 1.0)}, 0.0, 0.0)


def what_own_rows_tell(own: Reasoning, scenario, parties) -> None:
    """Of a recipient: what a unit is worth, and where room divides the care, what room a unit stands for."""
    for one in scenario["initiatives"]:
        taken = [n for n in own.names if n[0] == "received" and n[2] == one["id"]]
        for mine in (n for n in taken if n[1] in parties):
            for money in ("revenue", "margin"):
                each = own.truth[(money, *mine[1:])] / own.truth[mine]
                for other in taken:
                    own.says({(money, *other[1:]): 1.0, other: -each}, -abs(each) * 1e-3, abs(each) * 1e-3)
            if one["to"]["allocate"] == "capacity" and own.truth["room", mine[1]] > 0:
                each = own.truth["room", mine[1]] / own.truth[mine]
                rest = {n: own.truth["room", n[1]] - each * own.truth[n] for n in taken}
                for other, missed in rest.items():
                    own.says({("room", other[1]): 1.0, other: -each}, min(0.0, missed), max(0.0, missed))


def what_is_shown(own: Reasoning, files: Files, sizes, scenario) -> None:
    for row in files.shown:
        read = {"stance": stance, "band": band, "total": total, "units": units, "room": room, "payment": payment,
                "cover": cover}.get(row["section"])  # fmt: skip
        if read:
            read(own, row, sizes=sizes, scenario=scenario)


def stance(own, row, *, sizes, **_) -> None:
    if row["measure"] in LEAST_OF_A_LIMIT and row["party"] in sizes:
        edge = LEAST_OF_A_LIMIT[row["measure"]] * sizes[row["party"]]
        more, less = ((edge, math.inf), (-math.inf, -edge))
        if row["measure"] == "spend":
            more, less = (-math.inf, 0.0), (0.0, math.inf)
        sides = {"gains": more, "loses": less, "neutral": (-edge, edge)}
        own.says({(row["measure"], row["party"]): 1.0}, *sides[row["stance"]])


def limits_of(row, factor: float) -> tuple[float, float]:
    low, high = row["low"], row["high"]
    return (-math.inf if low is None else low * factor), (math.inf if high is None else high * factor)


def band(own, row, *, sizes, **_) -> None:
    if row["measure"] in MONEY and row["party"] in sizes:
        own.says({(row["measure"], row["party"]): 1.0}, *limits_of(row, sizes[row["party"]]))


def total(own, row, **_) -> None:
    wanted = set(str(row["kind"]).split("+"))
    is_region = row["kind"] == "region"
    members = [
        p
        for p, kind in KINDS.items()
        if kind in wanted or (is_region and (kind != "payer" or row["measure"] == "margin"))
    ]
    digits = 1 if row["told"] == "one_digit" else 2
    own.says({(row["measure"], p): 1.0 for p in members}, *could_have_been(row["value"], digits))


def units(own, row, *, scenario, **_) -> None:
    if row["year"] == scenario["horizon"]:
        side = row["measure"]
        names = [n for n in own.names if n[0] == side and n[2] == row["initiative"] and row["party"] in {None, n[1]}]
        if row["below"] is not None:
            own.says(dict.fromkeys(names, 1.0), 0.0, row["below"] - 0.5)
        else:
            own.says(dict.fromkeys(names, 1.0), *could_have_been(row["value"], 1 if row["told"] == "one_digit" else 2))


def room(own, row, **_) -> None:
    """A band of full-time equivalents; the resource says how many hours make one."""
    if row["measure"] == "gp_hours":
        own.says({("room", row["party"]): 1.0}, *limits_of(row, HOURS))


def cover(own, row, **_) -> None:
    if row["measure"] == "without_fund":
        margins = [n for n in own.names if n[0] == "margin" and len(n) == 2]
        gains, losses = ([n for n in margins if own.truth[n] * sign > 0] for sign in (1, -1))
        for edge, side in ((row["low"], "low"), (row["high"], "high")):
            if edge is not None:
                own.says({**dict.fromkeys(gains, 1.0), **dict.fromkeys(losses, edge)}, **{side: 0.0})


def payment(own, row, *, scenario, **_) -> None:
    """Equal gain: what one receives beside what one gains says what all gain together, the fund with it."""
    if row["value"] is not None and ("margin", row["party"]) in own.known:
        margins = [n for n in own.names if n[0] == "margin" and len(n) == 2]
        each = sum(annuity(scenario).values())
        mine = own.truth["margin", row["party"]] * each
        shared = scenario["settlement"]["transition_fund_eur"]
        low, high = (len(margins) * (edge + mine) - shared for edge in could_have_been(row["value"], 2))
        there = sum(own.truth[n] for n in margins) * each
        own.says(dict.fromkeys(margins, each), min(low, there), max(high, there))


HOURS = 1500.0
ATTACKERS = [frozenset(), *(frozenset({party}) for party in KINDS), *(frozenset({h, PAYER}) for h in HOSPITALS)]


def worked_out(workspace: Workspace, parties: frozenset[str]) -> list[tuple[object, ...]]:
    release = releases.require_current(workspace.published).database
    written = rows_of(release, "SELECT parameters FROM scenario")[0]["parameters"]
    scenario, sizes = json.loads(written), sizes_of(release)
    truth = truth_of(release, scenario)
    known = {name for name in truth if name[1] in parties}
    if PAYER in parties:  # the only payer: its own contracts are all that each provider gets
        known |= {name for name in truth if name[0] == "revenue" and len(name) == 2}
    knows, bare = Reasoning(truth, sizes, known), Reasoning(truth, sizes, known)
    for own in (knows, bare):
        what_anybody_knows(own, scenario)
        what_own_rows_tell(own, scenario, parties)
    what_is_shown(knows, Files(workspace, parties), sizes, scenario)
    found = []
    for name, value in truth.items():
        limit = LEAST_OF_A_LIMIT.get(name[0], 0.0) * sizes.get(name[1], 0.0)
        if name in known or abs(value) <= limit or name[0] in {"units", "received"}:
            continue
        width = knows.width(name)
        if width < 0.499 * abs(value) and width < 0.899 * bare.width(name):
            found.append((name, round(value), round(width)))
    return found


@pytest.mark.parametrize("parties", ATTACKERS, ids=lambda one: "+".join(sorted(one)) or "public")
def test_nobody_works_out_anothers_money_or_room_from_the_files(region, parties):
    assert worked_out(region, parties) == []


def test_the_views_that_the_attacker_reads_are_not_empty(region):
    sections = {row["section"] for row in Files(region, frozenset({GPS[0]})).shown}
    assert sections >= {"stance", "band", "cover", "units", "payment"}


def texts_of(folder: Path) -> str:
    names = (
        path for path in sorted(folder.rglob("*")) if path.suffix in {".html", ".js", ".json", ".css", ".svg", ".csv"}
    )
    return "\n".join(path.read_text(encoding="utf-8") for path in names)


def written_in(text: str) -> set[str]:
    """Every number of at least five digits as it stands in pages, figures and manifests, without separators."""
    plain = re.sub(r"(?<=\d)[.,\u00a0\u202f  ](?=\d{3}\b)", "", text)
    return set(re.findall(r"\d{5,}(?:\.\d+)?", plain))


def test_no_page_figure_or_manifest_holds_a_number_of_another(region):
    """Axes, bars, tool-tips, sizes and comments stand in the same files: none may hold what only another may read."""
    release = releases.require_current(region.published).database
    whose = {"revenue": "provider_id", "capacity": "provider_id", "unit_cost": "provider_id", "party_impact": "party",
             "party_baseline": "party", "contract_impact": "provider", "path_summary": "party"}  # fmt: skip
    secret: dict[str, set[str]] = {party: set() for party in KINDS}
    for table, column in whose.items():
        for row in rows_of(release, f"SELECT * FROM {table}"):
            amounts = (v for v in row.values() if isinstance(v, float) and abs(v) >= 10_000)
            for amount in amounts if row[column] in secret else ():
                secret[row[column]] |= {f"{abs(amount):.0f}", repr(abs(amount)), f"{abs(amount):.2f}"}
    paid = (
        v for row in rows_of(release, "SELECT * FROM contract_impact") for v in row.values() if isinstance(v, float)
    )
    contracts = {text for v in paid for text in (f"{abs(v):.0f}", repr(abs(v)), f"{abs(v):.2f}")}
    for party in KINDS:
        found = written_in(texts_of(region.views / f"party-{party}"))
        others = set().union(*(own for other, own in secret.items() if other != party)) - secret[party]
        if party == PAYER:
            others -= contracts
        assert not found & others, party


def test_what_is_in_no_table_for_all_is_in_the_database_of_nobody_else(region):
    """Prices, costs, contracts, capacity and margins stand in rows of the reader alone, whatever the column's name."""
    for folder in (region.views / name for name in ("table", "public", "room-ritme", "room-verdeeld")):
        for row in rows_of(folder / "care_transfer.duckdb", "SELECT table_name, column_name FROM duckdb_columns()"):
            assert row["column_name"] not in CONFIDENTIAL, (folder.name, row)
    for party in KINDS:
        database = region.views / f"party-{party}" / "care_transfer.duckdb"
        for table, column in product(tables_of(database), ("provider_id", "provider", "party", "recipient")):
            known = rows_of(database, "SELECT column_name FROM duckdb_columns() WHERE table_name = $table", table=table)
            names = {row["column_name"] for row in known}
            if column in names and names & set(CONFIDENTIAL) and "payer" not in names and "payer_id" not in names:
                assert {row[column] for row in rows_of(database, f'SELECT "{column}" FROM "{table}"')} <= {party}


def test_counts_under_the_minimum_are_in_no_view_as_a_number(region):
    for folder in region.views.iterdir():
        for row in rows_of(folder / "care_transfer.duckdb", "SELECT * FROM shown_figure WHERE section = 'units'"):
            assert row["value"] is None or row["value"] >= 10


def test_the_manifest_tells_no_more_than_the_page_says(region):
    """Counts of readers, figures and programs are those of all views together: the same in each, whoever reads it."""
    told = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(region.views.glob("*/disclosure.json"))]
    for one, other in pairwise(told):
        assert {name: one[name] for name in ("attackers", "cells", "programs", "narrowest_interval_left")} == {
            name: other[name] for name in ("attackers", "cells", "programs", "narrowest_interval_left")
        }
