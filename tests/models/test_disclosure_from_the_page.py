"""An attacker written from the trust page alone: it reads the rows that a view shows, never the program's statements.

It knows what a party at the table of the ten knows: its own figures exactly, the scenario, sizes, who takes part, how
uptake grows and what a unit is paid; and every row of the table and of the rooms that it is in. Two dense linear
programs a figure say between which limits it can bring the others' figures.
"""

import math
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog
from ten_parties import GPS, HOSPITALS, LAB, PAYERS, SETTINGS, facts_tables, plan

from models.disclosure.all_views import audit_views

TARIFF = {"heart": 26.0, "diabetes": 38.0}
RATIO = 2.0
YEARS = range(2025, 2033)
DISCOUNT = {year: 1.03 ** -(year - 2025) for year in YEARS}
ANNUITY = sum(DISCOUNT.values())
UPTAKE = {year: min(1.0, max(0, year - 2026) / 3) for year in YEARS}
YEARLY = sum(UPTAKE[year] * DISCOUNT[year] for year in YEARS) / ANNUITY
LIMIT = 0.001
PARTIES = (*HOSPITALS, *GPS, LAB, *PAYERS)


def rounded_from(value, digits):
    """Between which limits a figure lies that is written in so many digits."""
    if value == 0:
        return 0.0, 0.0
    power = math.floor(math.log10(abs(value)) + 1e-12)
    unit = 10.0 ** (power - digits + 1)
    lower = unit / 10 if abs(abs(value) / 10.0**power - 1) < 1e-9 else unit
    ends = (abs(value) - lower / 2, abs(value) + unit / 2)
    return ends if value > 0 else (-ends[1], -ends[0])


class Knowledge:
    """Variables and rows of one attacker's linear program."""

    def __init__(self, truth, sizes, known):
        self.names = list(truth)
        self.truth, self.known = truth, known
        self.place = {name: n for n, name in enumerate(self.names)}
        self.rows = []
        self.scale = np.array([max(abs(truth[name]), 1.0) for name in self.names])
        self.box = [self._box(name, sizes) for name in self.names]

    def _box(self, name, sizes):
        if name in self.known:
            return self.truth[name], self.truth[name]
        if name[0] in {"units", "received"}:
            return 0.0, 1e7
        return -3 * sizes[name[1]], 3 * sizes[name[1]]

    def says(self, terms, low=-np.inf, high=np.inf):
        row = np.zeros(len(self.names))
        for name, weight in terms.items():
            row[self.place[name]] += weight * self.scale[self.place[name]]
        size = np.abs(row).max() or 1.0
        for edge, sign in ((high, 1.0), (low, -1.0)):
            if np.isfinite(edge):
                self.rows.append((sign * row / size, sign * edge / size + 1e-9))

    def width(self, name):
        matrix = np.array([row for row, _ in self.rows])
        limits = np.array([limit for _, limit in self.rows])
        bounds = np.array(self.box) / self.scale[:, None]
        ends = []
        for sign in (1.0, -1.0):
            goal = np.zeros(len(self.names))
            goal[self.place[name]] = sign
            result = linprog(goal, A_ub=matrix, b_ub=limits, bounds=bounds)
            assert result.status == 0, (name, result.message)
            ends.append(result.x[self.place[name]])
        return (ends[1] - ends[0]) * self.scale[self.place[name]]


@pytest.fixture(scope="module")
def region():
    """The audited region: what is true, sizes, the rows that are shown, and those that were asked for."""
    facts = plan()
    done = audit_views([facts], SETTINGS)
    truth = {(measure, party): value for (measure, party), value in facts.whole.items() if party in PARTIES}
    truth |= {("revenue", party, one): value for (measure, party, one), value in facts.parts.items()
              if measure == "revenue" and party in GPS and one in TARIFF}  # fmt: skip
    for measure, amounts in (("units", facts.units), ("received", facts.received)):
        truth |= {(measure, p, i): v for (i, p, year), v in amounts.items() if year == 2032 and v > 0}
    tables = facts_tables()
    sizes = {
        party: float(size)
        for name, key in (("provider", "provider_id"), ("payer", "payer_id"))
        for party, size in tables[name].select(key, "annual_revenue_eur").iter_rows()
    }
    shown = [row_of(one, done.level(one), done.shown(one)) for one in done.case.figures]
    asked = [row_of(one, one.levels[0].name, one.levels[0].shown) for one in done.case.figures]
    return truth, sizes, [row for row in shown if row["told"] != "withheld"], asked, facts


def row_of(figure, told, shown):
    return {"told": told, "seen_by": figure.audience, **figure.about, **shown}


def what_anybody_knows(own):
    """Identities and the scenario: what goes out comes in, money is conserved, a unit is paid its tariff."""
    providers = [name for name in own.names if name[0] == "revenue" and len(name) == 2]
    payers = [name for name in own.names if name[0] == "spend"]
    own.says({**dict.fromkeys(providers, 1.0), **dict.fromkeys(payers, -1.0)}, 0.0, 0.0)
    for payer in PAYERS:
        own.says({("margin", payer): 1.0, ("spend", payer): 1.0}, 0.0, 0.0)
    for gp in GPS:
        parts = {("revenue", gp, one): -1.0 for one in TARIFF if ("revenue", gp, one) in own.place}
        own.says({("revenue", gp): 1.0, **parts}, 0.0, 0.0)
        for one, tariff in TARIFF.items():
            if ("received", gp, one) in own.place:
                own.says({("revenue", gp, one): 1.0, ("received", gp, one): -tariff * YEARLY}, 0.0, 0.0)
    for one in TARIFF:
        given = {name: -RATIO for name in own.names if name[0] == "units" and name[2] == one}
        own.says(given | {name: 1.0 for name in own.names if name[0] == "received" and name[2] == one}, 0.0, 0.0)


def what_is_shown(own, rows, parties, sizes, facts):
    """Every row that the attacker sees, read as the page says it may be read."""
    for row in rows:
        at_the_table = "everybody" in row["seen_by"]
        if not at_the_table and not row["seen_by"] & parties:
            continue
        read = {"stance": read_stance, "band": read_band, "total": read_total, "cover": read_cover,
                "units": read_units, "payment": read_payment, "need": read_need, "others": read_others}  # fmt: skip
        if row["section"] in read:
            read[row["section"]](own, row, sizes=sizes, facts=facts)


def read_stance(own, row, *, sizes, **_):
    name = (row["measure"], row["party"])
    if name in own.place and row["measure"] in {"revenue", "margin"}:
        edge = LIMIT * sizes[row["party"]]
        own.says(
            {name: 1.0}, *{"gains": (edge, np.inf), "loses": (-np.inf, -edge), "neutral": (-edge, edge)}[row["stance"]]
        )


def read_band(own, row, *, sizes, **_):
    name = (row["measure"], row["party"])
    if name in own.place:
        low, high = row["low"], row["high"]
        size = sizes[row["party"]]
        own.says({name: 1.0}, -np.inf if low is None else low * size, np.inf if high is None else high * size)


def read_total(own, row, *, facts, **_):
    kinds = {p: facts.parties[p].kind for p in PARTIES}
    wanted = set(row["kind"].split("+"))
    members = [p for p in PARTIES if kinds[p] in wanted or (row["kind"] == "region" and (
        row["measure"] == "margin" or kinds[p] != "payer"))]  # fmt: skip
    if row["told"] == "merged_kind":
        members = [p for p in PARTIES if kinds[p] in {"general_hospital", "top_clinical_hospital"}]
    digits = 1 if row["told"] == "one_digit" else 2
    terms = {(row["measure"], p): 1.0 for p in members if (row["measure"], p) in own.place}
    own.says(terms, *rounded_from(row["value"], digits))


def read_cover(own, row, **_):
    if row["measure"] != "without_fund":
        return
    gains = [n for n in own.names if n[0] == "margin" and own.truth[n] > 0]
    losses = [n for n in own.names if n[0] == "margin" and own.truth[n] < 0]
    for edge, side in ((row["low"], "low"), (row["high"], "high")):
        if edge is not None:
            own.says({**dict.fromkeys(gains, 1.0), **dict.fromkeys(losses, edge)}, **{side: 0.0})


def read_units(own, row, **_):
    if row.get("party") is None:
        terms = {n: 1.0 for n in own.names if n[0] == "units" and n[2] == row["initiative"]}
        share = 1.0
    else:
        terms = {(row["measure"], row["party"], row["initiative"]): 1.0}
        year = row["year"]
        share = UPTAKE[year] if row["initiative"] != "surgery" else 1.0
    if row.get("below") is not None:
        own.says(terms, 0.0, (row["below"] - 0.5) / share)
        return
    low, high = rounded_from(row["value"], 1 if row["told"] == "one_digit" else 2)
    own.says(terms, low / share, high / share)


def read_need(own, row, **_):
    """Hands needed are units received by what the scenario says a unit takes, in full-time equivalents."""
    each = {"practice_nurse_hours": 0.3, "gp_hours": 0.07}[row["measure"]] / 0.6 / 1500.0
    name = ("received", row["party"], row["initiative"])
    if name in own.place:
        low, high = row["low"], row["high"]
        own.says({name: each}, low or 0.0, np.inf if high is None else high)


def read_others(own, row, *, facts, **_):
    """Who hears that all others in a room gain or lose as it does knows the direction of each."""
    room = next(one.room for one in facts.initiatives if one.id == row["initiative"])
    if row["parties"] == len(room) - 1 and row["measure"] == "revenue":
        for party in room & set(GPS):
            name = ("revenue", party, row["initiative"])
            if name in own.place:
                own.says({name: 1.0}, *((0.0, np.inf) if row["stance"] == "gains" else (-np.inf, 0.0)))


def read_payment(own, row, *, facts, **_):
    """Equal gain: who reads its own payment knows what all gain together, the fund included."""
    if row.get("value") is None or ("margin", row["party"]) not in own.known:
        return
    parties = [p for p in facts.payment.received if ("margin", p) in own.place]
    each = ANNUITY / len(parties)
    worth = sum(own.truth["margin", p] for p in parties) * each
    low, high = (edge - facts.payment.received[row["party"]] + worth for edge in rounded_from(row["value"], 2))
    own.says({("margin", p): each for p in parties}, low, high)


ATTACKERS = [frozenset({party}) for party in PARTIES] + [
    frozenset(pair) for pair in product((HOSPITALS[0], HOSPITALS[2]), PAYERS)
]


def worked_out(region, rows, parties):
    """What an attacker brings to less than half of itself, and to less than nine tenths of what it knows without it."""
    truth, sizes, _, _, facts = region
    known = {name for name in truth if name[1] in parties}
    knows, bare = (Knowledge(truth, sizes, known) for _ in range(2))
    what_anybody_knows(knows)
    what_anybody_knows(bare)
    what_is_shown(knows, rows, parties, sizes, facts)
    found = []
    for name in truth:
        value, limit = abs(truth[name]), LIMIT * sizes[name[1]]
        if name in known or name[0] in {"units", "received"} or value <= limit:
            continue
        width = knows.width(name)
        if width < 0.499 * value and width < 0.899 * bare.width(name):
            found.append((name, round(value), round(width)))
    return found


@pytest.mark.parametrize("parties", ATTACKERS, ids=lambda parties: "+".join(sorted(parties)))
def test_the_shown_rows_tell_nobody_anothers_money(region, parties):
    assert worked_out(region, region[2], parties) == []


def test_the_same_attacker_finds_what_would_have_been_told_without_the_audit(region):
    found = {name[1] for name, _, _ in worked_out(region, region[3], frozenset({GPS[0]}))}
    assert found >= set(GPS[1:])
