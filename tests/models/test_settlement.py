"""Who compensates whom: small deals with the arithmetic written out, and what must hold for any deal.

One hospital delivers 1,000 units at 100 euro; half of its cost goes with the care, at once. A fifth moves in 2026, the
last year, without discounting: 200 units. The GPs are paid 30 and spend 20 a unit.
"""

import itertools
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from reference.worlds import World, frame, scenario_text, worlds
from scipy import sparse

from models.impact import evaluate
from models.region import Region
from models.scenario import parse_scenario
from models.settlement import RULES, settle
from models.settlement.deal_flows import DealFlows
from models.settlement.division import by_size, keep_whole
from models.settlement.payments import cents, transfers

TABLES = {
    "provider": [
        {"provider_id": "hospital", "name": "Hospital", "kind": "general_hospital", "annual_revenue_eur": 100_000},
        {"provider_id": "gp", "name": "GPs", "kind": "gp_organisation", "annual_revenue_eur": 50_000},
        {"provider_id": "gp-two", "name": "GPs two", "kind": "gp_organisation"},
        {"provider_id": "bystander", "name": "Bystander", "kind": "general_hospital"},
    ],
    "payer": [
        {"payer_id": "insurer", "name": "Insurer", "annual_revenue_eur": 150_000},
        {"payer_id": "other", "name": "Other", "annual_revenue_eur": 1_000_000},
    ],
    "volume": [
        {
            "provider_id": "hospital", "period": "2025", "payer_id": "insurer", "specialism": "0320",
            "diagnosis": "401", "care_product": "check-up", "units": 1000,
        },
    ],
    "revenue": [
        {
            "provider_id": "hospital", "period": "2025", "payer_id": "insurer", "care_product": "check-up",
            "units": 1000, "revenue_eur": 100_000,
        },
    ],
    "cost_structure": [
        {
            "provider_id": "hospital", "cost_ratio": 1.0, "variable_share": 0.5, "semi_fixed_share": 0.0,
            "fixed_share": 0.5, "run_off_years": 0,
        },
    ],
}  # fmt: skip
INITIATIVE = {
    "id": "to-gp",
    "kind": "substitution",
    "from": {"providers": ["hospital"]},
    "to": {"providers": ["gp"]},
    "care": [{"specialism": "0320"}],
    "eligible_share": 0.2,
    "uptake": {"start": 2026},
    "replacement": {"tariff_eur": 30, "cost_per_unit_eur": 20},
}
SCENARIO = {"scenario": "deal", "base_year": 2025, "horizon": 2026, "draws": 0}


def evaluated(*initiatives, tables=None, **keys):
    rows = {name: frame(name, rows) for name, rows in (TABLES | (tables or {})).items()}
    written = SCENARIO | {"initiatives": [INITIATIVE | one for one in initiatives]} | keys
    return evaluate(
        Region.from_tables(rows, base_year=2025), parse_scenario(scenario_text(written), source="deal.yaml")
    )


def deal_of(*initiatives, tables=None, **keys):
    return evaluated(*initiatives, tables=tables, **keys).deal


def by_party(deal, amounts):
    return dict(zip(deal.ids, np.asarray(amounts).tolist(), strict=True))


def assert_amounts(deal, amounts, **expected):
    assert by_party(deal, amounts) == pytest.approx(expected, abs=0.005)


# -- by hand ----


def test_three_parties_are_needed_for_one_step():
    """hospital −20,000 + 10,000 avoided; GPs 6,000 − 4,000; insurer 20,000 − 6,000.  W = 6,000: 2,000 each."""
    deal = deal_of({})
    assert_amounts(deal, deal.before, hospital=-10_000, gp=2_000, insurer=14_000)
    assert_amounts(deal, deal.after("none"), hospital=-10_000, gp=2_000, insurer=14_000)
    assert_amounts(deal, deal.after("equal_gain"), hospital=2_000, gp=2_000, insurer=2_000)
    assert_amounts(deal, deal.after("shapley"), hospital=2_000, gp=2_000, insurer=2_000)
    assert_amounts(deal, deal.payment("shapley"), hospital=12_000, gp=0, insurer=-12_000)
    # the loss of 10,000 is 10/16 of the gains: 6/16 of each gain is left
    assert_amounts(deal, deal.after("keep_whole"), hospital=0, gp=750, insurer=5_250)
    # sizes 100 : 50 : 150
    assert_amounts(deal, deal.after("proportional"), hospital=2_000, gp=1_000, insurer=3_000)
    zone = deal.zone
    assert (zone.need, zone.ability, zone.short) == pytest.approx((10_000, 16_000, 0))


def test_a_contract_changes_who_pays_whom_but_not_what_the_step_is_worth():
    """Under a lump sum the hospital keeps its 20,000 and saves 10,000; the insurer pays 6,000 more.  W = 6,000."""
    lump_sum = {"provider_id": "hospital", "payer_id": "insurer", "valid_from": 2025, "form": "lump_sum"}
    deal = deal_of({}, tables={"contract": [lump_sum | {"agreed_amount_eur": 100_000}]})
    assert_amounts(deal, deal.before, hospital=10_000, gp=2_000, insurer=-6_000)
    assert_amounts(deal, deal.after("shapley"), hospital=2_000, gp=2_000, insurer=2_000)
    assert_amounts(deal, deal.payment("shapley"), hospital=-8_000, gp=0, insurer=8_000)


def test_two_recipients_each_have_a_step_of_their_own():
    """Three quarters and a quarter of the units: the steps are worth 4,500 and 1,500, each shared by its three."""
    deal = deal_of({"to": {"shares": {"gp": 0.75, "gp-two": 0.25}}})
    assert sorted(deal.flows.value.tolist()) == pytest.approx([1_500, 4_500])
    expected = {"hospital": 2_000, "gp": 1_500, "gp-two": 500, "insurer": 2_000}
    assert by_party(deal, deal.after("shapley")) == pytest.approx(expected)


def test_symmetric_recipients_get_the_same():
    deal = deal_of({"to": {"providers": ["gp", "gp-two"]}})
    after = by_party(deal, deal.after("shapley"))
    assert after["gp"] == pytest.approx(after["gp-two"])


def test_who_is_needed_for_nothing_has_no_part_in_it():
    assert set(deal_of({}).ids) == {"hospital", "gp", "insurer"}  # not the bystander, nor the other insurer


def test_a_supporter_is_needed_too():
    """Looking along costs 5 a unit: 6,000 − 1,000 = 5,000, shared by four."""
    support = {"provider": "bystander", "tariff_eur": 2, "cost_per_unit_eur": 5}
    deal = deal_of({"support": support})
    expected = dict.fromkeys(("hospital", "gp", "insurer", "bystander"), 1_250)
    assert by_party(deal, deal.after("shapley")) == pytest.approx(expected)


def test_a_supporter_that_is_the_donor_counts_once():
    """One flow of three parties: 6,000 − 1,000 = 5,000 in three parts."""
    deal = deal_of({"support": {"provider": "hospital", "tariff_eur": 0, "cost_per_unit_eur": 5}})
    assert_amounts(deal, deal.after("shapley"), hospital=5_000 / 3, gp=5_000 / 3, insurer=5_000 / 3)


def test_members_of_a_shared_budget_are_needed():
    """The budget's third member, that neither gives nor receives, shares in the step: 6,000 in four."""
    budget = {
        "id": "together", "payers": ["insurer"], "members": ["hospital", "bystander"], "payer_share": 0.5,
        "care": [{"specialism": "0320"}], "key": {"hospital": 0.6, "bystander": 0.4}, "from": 2026, "until": 2026,
    }  # fmt: skip
    deal = deal_of({}, shared_budgets=[budget])
    assert by_party(deal, deal.after("shapley")) == pytest.approx(
        dict.fromkeys(("hospital", "gp", "insurer", "bystander"), 1_500)
    )
    before = deal_of({}, shared_budgets=[budget | {"from": 2025, "until": 2025}])  # over before anything moves
    assert set(before.ids) == {"hospital", "gp", "insurer"}


def test_a_step_that_costs_more_than_it_saves():
    """GPs at 60 a unit: 10,000 − 12,000 = −2,000.  Hospital −10,000, GPs −6,000, insurer 14,000."""
    deal = deal_of({"replacement": {"tariff_eur": 30, "cost_per_unit_eur": 60}})
    each = -2_000 / 3
    assert_amounts(deal, deal.before, hospital=-10_000, gp=-6_000, insurer=14_000)
    assert_amounts(deal, deal.after("shapley"), hospital=each, gp=each, insurer=each)
    # the gains of 14,000 are used up; 2,000 of the 16,000 is short
    assert_amounts(deal, deal.after("keep_whole"), hospital=-1_250, gp=-750, insurer=0)
    assert deal.zone.short == pytest.approx(2_000)
    assert not deal.blocking("keep_whole").in_core


def test_the_fund_pays_one_off_costs_first():
    """One-off cost 3,000 at the hospital, fund 1,000: W = 3,000; 4,000 is divided, 1,000 of it the fund's."""
    deal = deal_of({"transition_cost_eur": {"hospital": 3_000}}, settlement={"transition_fund_eur": 1_000})
    third = 4_000 / 3
    assert deal.net_value == pytest.approx(3_000)
    assert deal.fund_paid == pytest.approx(1_000)
    assert_amounts(deal, deal.after("none"), hospital=-12_000, gp=2_000, insurer=14_000)
    assert_amounts(deal, deal.after("shapley"), hospital=third, gp=third, insurer=third)
    assert deal.payment("shapley").sum() == pytest.approx(1_000)
    zone = deal.zone
    assert (zone.need, zone.need_with_fund) == pytest.approx((13_000, 12_000))


def test_the_fund_pays_no_more_than_there_is_to_pay():
    deal = deal_of({"transition_cost_eur": {"hospital": 3_000}}, settlement={"transition_fund_eur": 1e6})
    assert deal.fund_paid == pytest.approx(3_000)


def test_a_one_off_cost_where_nothing_moves_is_its_bearers_own():
    """One party, one step: it bears 3,000 whatever the rule, and nobody is asked for more."""
    deal = deal_of({"care": [{"specialism": "nothing"}], "transition_cost_eur": {"hospital": 3_000}})
    assert deal.ids == ("hospital",)
    for rule in RULES:
        assert_amounts(deal, deal.after(rule), hospital=-3_000)


def test_who_bears_a_one_off_cost_shares_it_over_its_own_flows():
    """2,000 at the second GPs is borne by their own step: 1,500 − 2,000 = −500 for three, 4,500 for the other three."""
    deal = deal_of({"to": {"shares": {"gp": 0.75, "gp-two": 0.25}}, "transition_cost_eur": {"gp-two": 2_000}})
    expected = {"hospital": 1_500 - 500 / 3, "gp": 1_500, "gp-two": -500 / 3, "insurer": 1_500 - 500 / 3}
    assert by_party(deal, deal.after("shapley")) == pytest.approx(expected)


def test_a_deal_without_initiatives_has_nothing_to_settle():
    evaluation = evaluated()
    summary = evaluation.table("settlement_summary")
    assert summary["rule"].to_list() == list(RULES)
    assert summary["net_value_eur"].to_list() == [0.0] * 5
    assert summary["in_core"].all()
    assert summary["probability_all_whole"].to_list() == [1.0] * 5
    for name in ("settlement", "settlement_risk", "break_even"):
        assert evaluation.table(name).is_empty()


def test_who_would_rather_leave_is_named_with_what_it_would_gain():
    """Without payments the hospital is 10,000 better off alone."""
    row = evaluated({}).table("settlement_summary").filter(pl.col("rule") == "none").to_dicts()[0]
    assert row["blocking_coalition"] == '["hospital"]'
    assert row["excess_eur"] == pytest.approx(10_000)
    assert row["in_core"] is False


def test_an_unknown_size_has_no_share_and_is_flagged():
    evaluation = evaluated({"to": {"providers": ["gp-two"]}})
    deal = evaluation.deal
    assert by_party(deal, deal.after("proportional"))["gp-two"] == 0
    flags = evaluation.table("flag").filter(pl.col("flag") == "size_unknown")
    assert "gp-two" in flags["id"].to_list()


def test_a_package_is_settled_on_its_own():
    second = {"id": "second", "to": {"providers": ["gp-two"]}}
    evaluation = evaluated({}, second)
    assert set(settle(evaluation.outcome, initiatives=["to-gp"]).ids) == {"hospital", "gp", "insurer"}
    with pytest.raises(ValueError, match="expected some of to-gp, second"):
        settle(evaluation.outcome, initiatives=["third"])


# -- break-even ----


def test_what_breaks_even():
    """200 units: the hospital needs 10,000 / 200 = 50 a unit, the GPs could pay 10, the insurer 70; tariff 20."""
    rows = {row["party"]: row for row in evaluated({}).table("break_even").to_dicts()}
    compensation = {party: row["compensation_per_unit_eur"] for party, row in rows.items()}
    assert compensation == pytest.approx({"hospital": 50, "gp": -10, "insurer": -70})
    assert rows["gp"]["tariff_eur"] == pytest.approx(20)
    assert rows["gp"]["agreed_tariff_eur"] == pytest.approx(30)
    assert rows["hospital"]["tariff_eur"] is None


@pytest.mark.parametrize(
    ("contract", "tariff", "note"),
    [
        # 200 units paid from a budget of 5,000 of which nothing is used: below it the tariff counts in full
        ({"form": "ceiling", "agreed_amount_eur": 5_000}, 20, None),
        # only 3,000 comes in however high the tariff; the care costs 4,000
        ({"form": "ceiling", "agreed_amount_eur": 3_000}, None, "no_tariff_suffices"),
        # above 3,000 half is paid: 3,000 + .5 × (200 t − 3,000) = 4,000, so t = 25
        ({"form": "ceiling", "agreed_amount_eur": 3_000, "rate_over": 0.5}, 25, None),
        ({"form": "lump_sum", "agreed_amount_eur": 3_000}, None, "tariff_does_not_matter"),
    ],
)
def test_a_tariff_works_through_the_contract(contract, tariff, note):
    contract = {"provider_id": "gp", "payer_id": "insurer", "valid_from": 2025} | contract
    table = evaluated({}, tables={"contract": [contract]}).table("break_even")
    row = table.filter(pl.col("party") == "gp").to_dicts()[0]
    assert row["note"] == note
    assert row["tariff_eur"] == (None if tariff is None else pytest.approx(tariff))


@pytest.mark.parametrize("draws", [0, 24])
def test_at_the_break_even_tariff_a_recipient_is_as_it_was(draws):
    """Found, filled in and evaluated again, with a ceiling that others of its care already fill in part."""
    own = dict(TABLES["volume"][0], provider_id="gp", specialism="gp", care_product="consult", units=100)
    paid = dict(TABLES["revenue"][0], provider_id="gp", care_product="consult", units=100, revenue_eur=2_500)
    ceiling = {"provider_id": "gp", "payer_id": "insurer", "valid_from": 2025, "form": "ceiling", "rate_over": 0.3}
    tables = {
        "volume": [*TABLES["volume"], own],
        "revenue": [*TABLES["revenue"], paid],
        "contract": [ceiling | {"agreed_amount_eur": 5_000, "valid_to": 2026}],
    }
    keys = {"tables": tables, "draws": draws, "seed": 3, "horizon": 2028, "discount_rate": 0.04}
    uncertain = {"eligible_share": [0.1, 0.2, 0.3], "induced_demand": [0.0, 0.1, 0.2]}
    first = evaluated(uncertain, **keys).table("break_even").filter(pl.col("party") == "gp")
    tariff = first["tariff_eur"].item()
    again = uncertain | {"replacement": {"tariff_eur": tariff, "cost_per_unit_eur": 20}}
    value = evaluated(again, **keys).table("break_even").filter(pl.col("party") == "gp")["present_value_eur"].item()
    assert abs(value) < 1e-4


# -- draws ----


def test_fixed_sums_and_payments_by_the_unit_leave_the_risk_with_different_parties():
    """All is proportional to what moves, so that payments by the unit make everybody whole in every draw."""
    evaluation = evaluated({"eligible_share": [0.0, 0.2, 0.6]}, draws=200, seed=1)
    risk = evaluation.table("settlement_risk").filter(pl.col("rule") == "shapley")
    assert risk["probability_whole_per_unit"].to_list() == [1.0] * 3
    hospital = risk.filter(pl.col("party") == "hospital").to_dicts()[0]
    assert 0 < hospital["probability_whole_fixed"] < 1
    mean_units = evaluation.deal.shares.units.mean(axis=1)[0]
    assert hospital["payment_per_unit_eur"] == pytest.approx(60)  # 50 lost and a third of 30 gained, by the unit
    assert mean_units > 200
    settled = evaluation.table("settlement").filter(pl.col("rule") == "shapley")
    assert settled["probability_whole"].to_list() == [1.0] * 3


# -- rules and payments by themselves ----

MONEY = st.floats(-1e6, 1e6, allow_nan=False).map(lambda amount: round(amount, 4))


@given(st.lists(MONEY, min_size=1, max_size=30), st.floats(0, 1e5))
def test_payments_in_cents_add_up(amounts, total):
    total = round(total, 2)
    raw = np.array(amounts)
    raw = raw - raw.mean() + total / raw.size
    paid = cents(raw, total=total)
    assert round(paid.sum() * 100) == round(total * 100)
    assert np.abs(paid - raw).max() < 0.0101


@given(st.lists(MONEY, min_size=1, max_size=20))
def test_keep_whole_uses_gains_for_losses_only(amounts):
    own = np.array(amounts)
    after = keep_whole(own)
    assert math.isclose(after.sum(), own.sum(), rel_tol=1e-9, abs_tol=1e-6)
    assert (after >= -1e-9).all() if own.sum() >= 0 else (after <= 1e-9).all()
    assert (np.abs(after) <= np.abs(own) + 1e-9).all()


def test_by_size_is_equal_where_no_size_is_known():
    assert by_size(np.array([np.nan, 0.0])).tolist() == [0.5, 0.5]
    assert by_size(np.array([3.0, np.nan, 1.0])).tolist() == [0.75, 0.0, 0.25]


def test_transfers_add_up_to_the_payments():
    payment, fund = np.array([700.01, -300.0, -500.0, 100.0]), np.array([0.0, 0.01, 0.0, 0.0])
    found = transfers(payment, fund)
    received = [sum(one.euro for one in found if one.receiver == party) for party in range(4)]
    paid = [sum(one.euro for one in found if one.payer == party) for party in range(4)]
    assert received == pytest.approx([700.01, 0, 0, 100.0])
    assert paid == pytest.approx([0, 300, 500, 0])
    assert sum(one.euro for one in found if one.payer is None) == pytest.approx(0.01)


def _shapley_by_definition(members, value):
    """Each party's mean marginal contribution over all orders, from the worth of every coalition."""
    count = members.shape[1]
    coalitions = np.array(list(itertools.product([False, True], repeat=count)))
    worth = ((~coalitions).astype(float) @ members.T == 0) @ value
    size, place = coalitions.sum(axis=1), 2 ** np.arange(count - 1, -1, -1)
    weight = np.array([math.factorial(s) * math.factorial(count - s - 1) if s < count else 0 for s in range(count + 1)])
    result = np.zeros(count)
    for party in range(count):
        without = np.flatnonzero(~coalitions[:, party])
        gain = worth[without + place[party]] - worth[without]
        result[party] = (weight[size[without]] * gain).sum() / math.factorial(count)
    return result


@pytest.mark.parametrize("seed", range(12))
def test_equal_parts_of_every_flow_are_the_shapley_value(seed):
    rng = np.random.default_rng(seed)
    parties, flows = seed + 1, 30
    members = (rng.random((flows, parties)) < 0.4).astype(float)
    members[np.arange(flows), rng.integers(0, parties, flows)] = 1
    value = rng.normal(0, 100, flows)
    nobody, none = np.full(flows, -1), np.zeros(flows)
    all_flows = DealFlows(nobody, nobody, nobody, nobody, sparse.csr_matrix(members), none, value, none)
    assert all_flows.equal_parts @ value == pytest.approx(_shapley_by_definition(members, value), abs=1e-9)


# -- any deal ----

property_test = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


def of_world(world: World, *, draws: int, fund: float):
    keys = {"draws": draws, "settlement": {"transition_fund_eur": fund}}
    text = scenario_text(world.scenario | keys)
    return evaluate(Region.from_tables(world.tables, base_year=2025), parse_scenario(text, source="world.yaml"))


@property_test
@given(worlds(), st.sampled_from([0, 16]), st.sampled_from([0.0, 2_500.0]))
def test_what_the_flows_are_worth_is_what_the_parties_gain(world, draws, fund):
    deal = of_world(world, draws=draws, fund=fund).deal
    stake = 1.0 + np.abs(deal.before_draws).sum(axis=0)
    from_flows = (deal.shares.value - deal.shares.transition).sum(axis=0)
    assert (np.abs(from_flows - deal.before_draws.sum(axis=0)) <= 1e-9 * stake).all()
    whole = (deal.flows.value - deal.flows.transition).sum()
    assert abs(whole - deal.net_value) <= 1e-9 * stake.mean()
    for rule in RULES:
        total = deal.net_value + deal.fund_paid
        assert abs(deal.after(rule).sum() - total) <= 1e-9 * stake.mean(), rule
        assert round(deal.payment(rule).sum() * 100) == round(deal.fund_paid * 100), rule
        assert (np.abs(deal.payment(rule) - deal.after(rule) + deal.before) < 0.0101).all(), rule


@property_test
@given(worlds())
def test_who_is_in_no_flow_gains_and_loses_nothing(world):
    evaluation = of_world(world, draws=0, fund=0)
    values = evaluation.table("party_impact").filter(
        pl.col("measure") == "present_value_eur", pl.col("initiative").is_null(), pl.col("party") != "patients"
    )
    outside = values.filter(~pl.col("party").is_in(list(evaluation.deal.ids)))
    assert outside["mean"].abs().max() in (None, 0.0) or outside["mean"].abs().max() < 1e-6
    inside = dict(values.select("party", "mean").iter_rows())
    for party, own in by_party(evaluation.deal, evaluation.deal.before).items():
        assert math.isclose(inside[party], own, rel_tol=1e-9, abs_tol=1e-6)


@property_test
@given(worlds(), st.sampled_from([0, 16]))
def test_shares_of_initiatives_add_up(world, draws):
    evaluation = of_world(world, draws=draws, fund=0)
    whole = by_party(evaluation.deal, evaluation.deal.after("shapley"))
    added = dict.fromkeys(whole, 0.0)
    for initiative in evaluation.table("initiative")["initiative"]:
        deal = settle(evaluation.outcome, initiatives=[initiative])
        for party, amount in by_party(deal, deal.after("shapley")).items():
            added[party] += amount
    assert added == pytest.approx(whole, rel=1e-9, abs=1e-6)


@property_test
@given(worlds())
def test_rules_on_expected_values_are_the_mean_of_the_draws_where_they_are_linear(world):
    deal = of_world(world, draws=16, fund=0).deal
    for rule in ("none", "equal_gain", "proportional", "shapley"):
        assert deal.after_draws(rule).mean(axis=1) == pytest.approx(deal.after(rule), rel=1e-9, abs=1e-6), rule
