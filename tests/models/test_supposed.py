"""Facts that a what-if supposes: the same figures as if they had been delivered, and faults told by key.

A hospital does 100 units at 400 euro for one payer and 50 for another; the GPs' hours are known. A contract supposed is
held against that contract delivered, more hands against more hands delivered: nothing else may differ.
"""

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from reference.worlds import scenario_text

from models.impact import evaluate
from models.parameters import Parameter
from models.region import Region
from models.scenario import ScenarioError, parse_scenario
from models.scenario.parsing import read_content
from models.scenario.settings import with_changes, with_settings, written
from models.tables import RESULT_TABLES

CONTRACT = ["provider_id", "payer_id", "valid_from", "valid_to", "form", "agreed_amount_eur", "agreed_growth"]
TABLES = {
    "provider": pl.DataFrame(
        {
            "provider_id": ["H", "G", "K"], "name": ["H", "G", "K"],
            "kind": ["general_hospital", "gp_organisation", "gp_organisation"],
        }
    ),
    "payer": pl.DataFrame({"payer_id": ["P", "Q"], "name": ["P", "Q"]}),
    "resource": pl.DataFrame(
        {"resource": ["gp_hours"], "name": ["GP"], "is_staff": [True], "hours_per_fte": [1500.0]}
    ),
    "volume": pl.DataFrame(
        {
            "provider_id": ["H", "H"], "period": ["2025", "2025"], "payer_id": ["P", "Q"], "specialism": ["0320"] * 2,
            "care_product": ["X", "X"], "units": [100.0, 50.0],
        }
    ),
    "revenue": pl.DataFrame(
        {
            "provider_id": ["H", "H"], "period": ["2025", "2025"], "payer_id": ["P", "Q"], "care_product": ["X", "X"],
            "units": [100.0, 50.0], "revenue_eur": [40_000.0, 20_000.0],
        }
    ),
    "capacity": pl.DataFrame(
        {
            "provider_id": ["G", "K"], "period": ["2025", "2025"], "resource": ["gp_hours"] * 2,
            "available": [200.0, 300.0], "used": [190.0, 280.0],
        }
    ),
    "contract": pl.DataFrame(
        [("H", "P", 2024, 2027, "ceiling", 39_000.0, 0.02)], schema=CONTRACT, orient="row"
    ),
}  # fmt: skip
SCENARIO = {
    "scenario": "supposed",
    "base_year": 2025,
    "horizon": 2029,
    "draws": 20,
    "seed": 3,
    "baseline": {"demand_growth": {"default": [0.0, 0.01, 0.02]}},
    "initiatives": [
        {
            "id": "one",
            "kind": "substitution",
            "from": {"providers": ["H"]},
            "to": {"providers": ["G", "K"], "allocate": "equal"},
            "care": [{"specialism": ["0320"]}],
            "eligible_share": [0.2, 0.3, 0.4],
            "uptake": {"start": 2026},
            "replacement": {"tariff_eur": 26, "resources": {"gp_hours": 0.3}},
        }
    ],
}


def results(tables=TABLES, **suppose):
    scenario = parse_scenario(scenario_text(SCENARIO | ({"suppose": suppose} if suppose else {})), source="s.yaml")
    return evaluate(Region.from_tables(tables, base_year=2025), scenario)


def same(one, other):
    for name in RESULT_TABLES:
        if name not in {"scenario", "flag"}:  # what the scenario says of itself, and that it supposes something
            assert_frame_equal(one.table(name), other.table(name))


def contracts(*rows):
    return TABLES | {"contract": pl.DataFrame(list(rows), schema=CONTRACT, orient="row")}


def test_a_supposed_form_is_that_form_delivered_on_the_terms_that_hold_now():
    # P: the ceiling of 2024, 39,000 growing 2 % a year: 39,780 in 2025, until 2027. Q: no contract: what is paid now.
    delivered = contracts(
        ("H", "P", 2025, 2027, "lump_sum", 39_780.0, 0.02), ("H", "Q", 2025, None, "lump_sum", 20_000.0, 0.0)
    )
    same(results(contract={"H": "lump_sum"}), results(delivered))


def test_a_supposed_ceiling_bites_where_none_was():
    delivered = contracts(
        ("H", "P", 2025, 2027, "ceiling", 39_780.0, 0.02), ("H", "Q", 2025, None, "ceiling", 20_000.0, 0.0)
    )
    same(results(contract={"H": "ceiling"}), results(delivered))


def test_supposed_capitation_is_renewed_without_taking_volume_out():
    delivered = contracts(
        ("H", "P", 2025, 2027, "capitation", 39_780.0, 0.02), ("H", "Q", 2025, None, "capitation", 20_000.0, 0.0)
    )
    same(results(contract={"H": "capitation"}), results(delivered))


def test_a_ceiling_supposed_in_the_place_of_capitation_is_renewed_as_ceilings_are():
    capitation = contracts(("H", "P", 2025, 2026, "capitation", 39_780.0, 0.02))
    delivered = contracts(
        ("H", "P", 2025, 2026, "ceiling", 39_780.0, 0.02), ("H", "Q", 2025, None, "ceiling", 20_000.0, 0.0)
    )
    same(results(capitation, contract={"H": "ceiling"}), results(delivered))


def test_supposed_fee_for_service_is_no_contract():
    same(results(contract={"H": "fee_for_service"}), results(contracts()))


def test_the_amount_of_fee_for_service_is_nobodys_lump_sum():
    ignored = contracts(("H", "P", 2025, 2027, "fee_for_service", 1.0, 0.0))
    delivered = contracts(
        ("H", "P", 2025, 2027, "lump_sum", 40_000.0, 0.0), ("H", "Q", 2025, None, "lump_sum", 20_000.0, 0.0)
    )
    same(results(ignored, contract={"H": "lump_sum"}), results(delivered))


def test_supposed_hands_are_those_hands_delivered():
    factor = pl.when(pl.col("provider_id") == "K").then(1.5).otherwise(1.1)
    delivered = TABLES | {"capacity": TABLES["capacity"].with_columns(available=pl.col("available") * factor)}
    same(results(capacity={"gp_hours": {"every": 1.1, "K": 1.5}}), results(delivered))


def test_what_nobody_supposes_stays_as_delivered():
    same(results(capacity={"gp_hours": 1.0}), results())


def test_what_is_supposed_is_flagged():
    flags = results(contract={"H": "lump_sum"}, capacity={"gp_hours": 1.1}).table("flag")["flag"].to_list()
    assert {"supposed_contract", "supposed_capacity"} <= set(flags)


def test_the_headline_is_what_the_whole_table_says():
    evaluation = results()
    quick = evaluation.headline("party_impact").filter(pl.col("measure") == "present_value_eur").sort("party")
    whole = evaluation.table("party_impact").filter(
        (pl.col("measure") == "present_value_eur") & pl.col("initiative").is_null()
    )
    assert_frame_equal(quick, whole.join(quick, on="party", how="semi").sort("party"), abs_tol=1e-9)
    assert whole.join(quick, on="party", how="anti")["mean"].abs().max() in {0.0, None}


def test_the_headline_of_capacity_is_that_of_whose_load_changes():
    evaluation = results()
    quick, whole = evaluation.headline("capacity_gap"), evaluation.table("capacity_gap")
    left_out = [f"{name}_p{p}" for name in ("gap_after", "load_change") for p in (10, 50, 90)]
    changed = whole.filter(pl.col("load_change").abs().max().over("provider", "resource") > 0)
    assert_frame_equal(quick.drop(left_out), changed.drop(left_out))
    assert quick.select(left_out).null_count().sum_horizontal().item() == 6 * quick.height
    assert quick.height > 0
    assert evaluation.headline("threshold").equals(evaluation.table("threshold"))


@pytest.mark.parametrize(
    ("suppose", "told"),
    [
        ({"contract": {"H": "lumpsum"}}, "suppose.contract.H"),
        ({"contract": {"Z": "lump_sum"}}, "unknown provider Z"),
        ({"capacity": {"gp_hour": 1.1}}, "gp_hours"),
        ({"capacity": {"gp_hours": {"L": 1.1}}}, "unknown provider L"),
        ({"capacity": {"gp_hours": -1}}, "expected 0 to 1,000,000"),
        ({"capacity": {"gp_hours": "much"}}, "a number"),
        ({"capacities": {}}, "capacity"),
    ],
)
def test_what_cannot_be_supposed_is_refused_by_its_key(suppose, told):
    with pytest.raises(ScenarioError) as refused:
        results(**suppose)
    assert told in str(refused.value)


# ---- settings ----


def test_a_setting_may_be_the_first_to_suppose_something():
    settings = ["suppose.capacity.gp_hours=1.2", "suppose.contract.H=lump_sum", "initiatives.one.eligible_share=0.5"]
    read = parse_scenario(with_settings(scenario_text(SCENARIO), settings), source="s.yaml")
    assert read.suppose.capacity == {"gp_hours": {"every": 1.2}}
    assert read.suppose.contract == {"H": "lump_sum"}
    assert read == read_content(with_changes(SCENARIO, settings), source="s")


def test_one_providers_hands_beside_everybodys():
    settings = ["suppose.capacity.gp_hours=1.2", "suppose.capacity.gp_hours.K=2"]
    read = read_content(with_changes(SCENARIO, settings), source="s")
    assert read.suppose.capacity == {"gp_hours": {"every": 1.2, "K": 2.0}}


def test_changing_leaves_what_was_given():
    with_changes(SCENARIO, ["initiatives.one.eligible_share=0.5"])
    assert SCENARIO["initiatives"][0]["eligible_share"] == [0.2, 0.3, 0.4]


def test_what_is_written_reads_back_the_same():
    read = read_content(SCENARIO, source="s")
    assert parse_scenario(written(with_changes(SCENARIO, [])), source="s.yaml") == read


def test_a_fault_without_a_text_has_a_key_and_no_line():
    with pytest.raises(ScenarioError) as refused:
        read_content(with_changes(SCENARIO, ["initiatives.one.eligible_share=1.5"]), source="s")
    (finding,) = refused.value.faults
    assert (finding.line, finding.key) == (0, "initiatives.0.eligible_share")


ALIASES = "{a: &a [" + "x, " * 10 + "], " + ", ".join(f"n{n}: [{', '.join(['*a'] * 99)}]" for n in range(300)) + "}"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("[" * 900, "more than 20 levels, aliases written out"),
        (ALIASES, "more than 200,000 values, aliases written out"),
        ("{a: 1, a: 2}", "the key 'a' a second time"),
        ("[1", "text that is not YAML"),
    ],
)
def test_a_setting_that_would_harm_is_refused_by_its_key(value: str, found: str):
    with pytest.raises(ScenarioError) as refused:
        with_changes(SCENARIO, [f"initiatives.one.eligible_share={value}"])
    (fault,) = refused.value.faults
    assert (fault.source, fault.key) == ("--set", "initiatives.one.eligible_share")
    assert str(fault.found).startswith(found)
    assert fault.said("nl")["found"] != str(fault.found)


# ---- moving a range ----


@pytest.mark.parametrize(
    ("before", "central", "after"),
    [
        (Parameter("pert", (0.2, 0.3, 0.5), 0, 1), 0.4, (0.3, 0.4, 0.6)),
        (Parameter("pert", (0.2, 0.3, 0.5), 0, 1), 0.9, (0.8, 0.9, 1.0)),
        (Parameter("uniform", (0.2, 0.4), 0, 1), 0.1, (0.0, 0.2)),
        (Parameter("point", (26.0,)), 30.0, (30.0,)),
        (Parameter("normal", (10.0, 2.0)), 12.0, (12.0, 2.0)),
        (Parameter("beta", (2.0, 3.0), 0, 1), 0.5, (0.5,)),
    ],
)
def test_a_range_moves_along_with_its_central_value_within_its_limits(before, central, after):
    assert before.moved_to(central).arguments == pytest.approx(after)
