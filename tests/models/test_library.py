"""The cases and the templates on the demonstration region: they move care, for plausible sums, and conserve money."""

import re

import polars as pl
import pytest
from cases_page import PAGE, TABLES, names_on, party_names_of, region_of, table

from models.comparison import compare
from models.impact import Evaluation, evaluate
from models.region import Region
from models.scenario import check_against, parse_scenario
from pipelines.demo.datasets import RegionDatasets, make_figures
from pipelines.evaluation import shipped

CASES = list(shipped.cases())
FOUNDING_CASES = {
    "severe-asthma-advice": "consultation",
    "hospital-to-gp": "substitution",
    "frail-elderly": "substitution",
    "laboratory-consolidation": "consolidation",
    "one-team-two-sites": "shared_team",
    "function-closes": "relocation",
    "oncological-surgery-one-site": "concentration",
    "integrated-birth-care": "bundle",
    "population-funding": "substitution",
    "pilot-first": "substitution",
    "parallel-roll-out": "substitution",
    "give-away-and-refill": "relocation",
    "demand-and-staff-shock": "relocation",
    "prevention": "prevention",
}
CLOSES = ("laboratory-consolidation", "50990102")
"""The one party that gives up most of what it does: that is the case."""
MOST_OF_SIZE = 0.20

HOSPITAL = '"06990102"'
# What a region would fill in: number of the template, its care in the demonstration region's own codes
FILLED_IN = {
    7: '[{specialism: "0320", diagnosis: ["V01"]}]',
    8: '[{specialism: "0310", care_product: ["129805011"]}]',
    9: '[{specialism: "0310", diagnosis: ["V03"]}]',
    10: '[{specialism: "0310", diagnosis: ["V01"]}]',
    11: '[{specialism: "0303", diagnosis: ["V01", "V02"]}]',
    12: '[{specialism: "0310", diagnosis: ["V02"]}]',
    13: '[{specialism: "0305", care_product: ["139801011"]}]',
    14: '[{specialism: "0330", diagnosis: ["V02"]}]',
    15: '[{specialism: "0313", diagnosis: ["V01"]}]',
    16: '[{specialism: "0307", diagnosis: ["V04"]}]',
    17: '[{specialism: "0307", diagnosis: ["V01"]}]',
    18: '[{specialism: "0306", diagnosis: ["V01"]}]',
    22: '[{specialism: "0313", diagnosis: ["V02"]}]',
    23: '[{specialism: "0301", care_product: ["079801011"]}]',
    24: '[{specialism: "0301", diagnosis: ["V01", "V02"]}]',
    25: '[{care_product: ["129804031"]}]',
    26: '[{specialism: "0313", care_product: ["049804041"]}]',
    27: '[{specialism: "0307", diagnosis: ["V03"]}]',
}


@pytest.fixture(scope="module")
def figures() -> RegionDatasets:
    return make_figures(seed=2025)


@pytest.fixture(scope="module")
def region(figures: RegionDatasets) -> Region:
    return region_of(figures)


@pytest.fixture(scope="module")
def party_names(figures: RegionDatasets) -> dict[str, str]:
    return party_names_of(figures)


@pytest.fixture(scope="module")
def evaluations(region: Region) -> dict[str, Evaluation]:
    return {name: evaluate(region, parse_scenario(text, source=name)) for name, text in shipped.cases().items()}


def filled_in(template: shipped.Template) -> str:
    """Returns a template with a party and care of the demonstration region where it says fill-in."""
    text = template.text
    if template.number in FILLED_IN:
        text = re.sub(r"^    care: .*$", f"    care: {FILLED_IN[template.number]}", text, flags=re.MULTILINE)
    text = text.replace(f'provider: "{shipped.FILL_IN}"', f"provider: {HOSPITAL}")
    return text.replace(f'to: {{providers: ["{shipped.FILL_IN}"]}}', 'to: {providers: ["50990101"]}')


def totals(evaluation: Evaluation, measure: str) -> pl.DataFrame:
    own = evaluation.table("party_impact").filter(pl.col("initiative").is_null(), measure=measure)
    return own.group_by("year").agg(pl.col("mean").sum()).sort("year")


def test_every_founding_case_is_there_with_its_kind() -> None:
    kinds = {name: parse_scenario(text, source=name).initiatives[0].kind for name, text in shipped.cases().items()}

    assert kinds == FOUNDING_CASES


@pytest.mark.parametrize("name", CASES)
def test_a_case_fits_the_region_and_is_named_after_its_file(name: str, region: Region) -> None:
    text = shipped.cases()[name]
    scenario = parse_scenario(text, source=name)

    assert scenario.scenario == name
    assert scenario.names.nl != scenario.names.en
    assert text.startswith("# ")
    assert f"# {shipped.RANGES}" in text
    assert not check_against(scenario, region, text=text, source=name)


@pytest.mark.parametrize("name", CASES)
def test_every_initiative_of_a_case_moves_care(name: str, evaluations: dict[str, Evaluation]) -> None:
    flow = evaluations[name].table("transfer_flow")
    moved = dict(flow.group_by("initiative").agg(pl.col("units_moved").sum()).iter_rows())

    agreed = evaluations[name].table("initiative").filter(role="agreed")["initiative"]
    moved = {initiative: units for initiative, units in moved.items() if initiative in agreed}

    assert set(moved) == set(agreed)
    assert all(units > 10 for units in moved.values()), moved


@pytest.mark.parametrize("name", CASES)
def test_money_is_conserved(name: str, evaluations: dict[str, Evaluation]) -> None:
    paid = totals(evaluations[name], "spend_change_eur")["mean"]
    earned = totals(evaluations[name], "revenue_change_eur")["mean"]
    refilled = totals(evaluations[name], "backfill_revenue_eur")
    received = earned + refilled["mean"] if refilled.height else earned

    assert earned.len() == paid.len() > 1
    assert (received - paid).abs().max() < 1e-6 * max(1.0, earned.abs().max(), paid.abs().max())


@pytest.mark.parametrize("name", CASES)
def test_sums_are_plausible_against_each_partys_size(name: str, evaluations: dict[str, Evaluation]) -> None:
    impact = (
        evaluations[name].table("party_impact").filter(pl.col("initiative").is_null(), pl.col("year").is_not_null())
    )
    size = evaluations[name].table("party_baseline").select("party", "year", "size_eur")
    share = (
        impact.filter(pl.col("measure").is_in(["revenue_change_eur", "margin_change_eur"]))
        .join(size, on=["party", "year"])
        .with_columns(share=pl.col("mean") / pl.col("size_eur"))
        .filter(pl.col("share") < -MOST_OF_SIZE)
    )

    assert {(name, party) for party in share["party"]} <= {CLOSES}


@pytest.mark.parametrize("name", CASES)
def test_every_parameter_of_a_case_has_evidence(name: str, evaluations: dict[str, Evaluation]) -> None:
    evidence = evaluations[name].table("evidence").filter(pl.col("initiative").is_not_null())

    assert evidence.height > 0
    assert evidence.filter(pl.col("source").is_null())["parameter"].to_list() == []
    assert set(evidence["confidence"]) <= {"verified", "general", "assumption"}


# ---- What each case is about


def annual_margin(evaluations: dict[str, Evaluation], name: str) -> dict[str, float]:
    own = compare(evaluations[name], evaluations[name])
    return dict(own.select("party", "margin_one_eur").iter_rows())


def test_advice_costs_the_centre_its_referrals_and_unpaid_time(evaluations: dict[str, Evaluation]) -> None:
    evaluation = evaluations["severe-asthma-advice"]
    own = evaluation.table("party_impact").filter(pl.col("initiative").is_null(), party="06990101", year=2032)
    of = dict(own.select("measure", "mean").iter_rows())
    travel = evaluation.table("party_impact").filter(pl.col("initiative").is_null(), party="patients", year=2032)

    assert of["support_cost_eur"] > 0
    assert of["revenue_change_eur"] < -10 * of["support_cost_eur"]  # what it gives up is far more than its hours
    assert travel["mean"].sum() < 0


def test_general_practice_lacks_the_hands(evaluations: dict[str, Evaluation]) -> None:
    gap = (
        evaluations["hospital-to-gp"]
        .table("capacity_gap")
        .filter(pl.col("provider").str.starts_with("0199"), year=2032, resource="practice_nurse_hours")
    )

    assert gap["load_change"].min() >= 0
    assert gap["gap_after"].clip(0).sum() > 2 * gap["gap_before"].clip(0).sum()


def test_short_stay_lacks_places(evaluations: dict[str, Evaluation]) -> None:
    gap = evaluations["frail-elderly"].table("capacity_gap").filter(provider="42990101", year=2032, resource="bed_days")

    assert gap["gap_after"].item() > 1.5 * gap["gap_before"].item() > 0


def test_one_laboratory_meets_its_stop_rule(evaluations: dict[str, Evaluation]) -> None:
    margin = annual_margin(evaluations, "laboratory-consolidation")

    assert margin["50990101"] > 0 > margin["50990102"]
    assert sum(margin.values()) < 0  # no payment can make both whole: stop
    travel = evaluations["laboratory-consolidation"].table("party_impact").filter(party="patients")
    assert travel["mean"].abs().sum() == 0  # samples travel


def test_one_team_loses_less_than_a_closed_ward(evaluations: dict[str, Evaluation]) -> None:
    both = compare(evaluations["one-team-two-sites"], evaluations["function-closes"])
    small = both.filter(party="06990106").row(0, named=True)
    pool = evaluations["one-team-two-sites"].table("capacity_gap").filter(provider="one-team")

    assert small["margin_other_eur"] < 4 * small["margin_one_eur"] < 0
    assert pool.height == 8


def test_one_site_meets_norms_that_would_have_taken_the_care_anyway(evaluations: dict[str, Evaluation]) -> None:
    norm = (
        evaluations["oncological-surgery-one-site"].table("threshold").filter(pl.col("norm").is_not_null(), year=2032)
    )
    before = {
        (provider, name): state for provider, name, state in norm["provider", "norm", "status_before"].iter_rows()
    }
    status = {(provider, name): state for provider, name, state in norm["provider", "norm", "status"].iter_rows()}

    assert (before["06990101", "prostate_removal"], status["06990101", "prostate_removal"]) == ("stopped", "met")
    assert before["06990103", "kidney_tumour"] == "stopped"  # the norm takes it, agreed or not
    assert (before["06990102", "kidney_tumour"], status["06990102", "kidney_tumour"]) == ("met", "stopped")
    assert "breach_caused" not in status.values()


def test_who_would_lose_it_to_a_norm_anyway_gives_little_away(evaluations: dict[str, Evaluation]) -> None:
    function = evaluations["oncological-surgery-one-site"].table("interest")
    given_up = dict(
        function.filter(pl.col("initiative").is_null(), dimension="function").select("party", "value").iter_rows()
    )
    margin = annual_margin(evaluations, "oncological-surgery-one-site")

    assert given_up["06990102"] < given_up["06990103"] == 0
    assert margin["06990102"] < 10 * margin["06990103"] < 0


def test_prevention_pays_whom_it_costs_nothing(evaluations: dict[str, Evaluation]) -> None:
    margin = annual_margin(evaluations, "prevention")
    hospitals = [margin[f"0699010{number}"] for number in range(2, 7)]

    assert max(hospitals) < 0 < min(margin[payer] for payer in ("9101", "9202", "0930"))
    assert sum(margin.values()) > 0
    assert set(evaluations["prevention"].table("transfer_flow")["to_id"]) == {None}


def test_a_bundle_shares_what_is_saved(evaluations: dict[str, Evaluation]) -> None:
    margin = annual_margin(evaluations, "integrated-birth-care")

    assert margin["08990101"] > 0
    assert all(margin[payer] > 0 for payer in ("9101", "9202", "0930"))


def test_one_budget_leaves_the_hospitals_more_than_their_contracts(region: Region) -> None:
    text = shipped.cases()["population-funding"]
    alone = text.partition("shared_budgets:")[0].replace("outside_contract: false", "outside_contract: true")
    evaluated = [evaluate(region, parse_scenario(case, source="case")) for case in (alone, text)]
    both = compare(*evaluated)
    hospitals = both.filter(pl.col("party").is_in(["06990102", "06990103", "06990104", "06990105", "06990106"]))

    assert hospitals["margin_difference_eur"].sum() > 0
    assert both.filter(party="9202")["margin_difference_eur"].item() < 0


def test_a_pilot_moves_more_in_the_end_and_all_at_once_more_at_first(evaluations: dict[str, Evaluation]) -> None:
    def moved(name: str, year: int) -> float:
        return evaluations[name].table("transfer_flow").filter(year=year)["units_moved"].sum()

    assert moved("parallel-roll-out", 2028) > 2 * moved("pilot-first", 2028)
    assert moved("pilot-first", 2034) > 1.1 * moved("parallel-roll-out", 2034)


def test_refilling_counts_only_whom_idle_hours_could_not_have_treated(evaluations: dict[str, Evaluation]) -> None:
    refill = (
        evaluations["give-away-and-refill"]
        .table("party_impact")
        .filter(party="06990103", initiative="knee-replacement-to-clinic", measure="backfill_revenue_eur")
    )
    by_year = dict(refill.select("year", "mean").iter_rows())

    assert by_year[2026] == 0
    assert 0 < by_year[2027] < 0.5 * by_year[2028]  # the theatres still stand idle enough for most of the list
    assert by_year[2032] > 500_000


def test_a_ward_that_frees_less_than_a_step_closes_nothing(evaluations: dict[str, Evaluation]) -> None:
    closure = (
        evaluations["function-closes"]
        .table("closure")
        .filter(provider="06990106", resource="bed_days")
        .select("year", "whole_steps")
    )
    steps = dict(closure.iter_rows())

    assert (steps[2027], steps[2032]) == (1, 0)


def test_the_shock_leaves_the_region_short_as_one(evaluations: dict[str, Evaluation]) -> None:
    gap = evaluations["demand-and-staff-shock"].table("capacity_gap").filter(year=2026)
    pools = gap.filter(pl.col("provider").is_in(["nurses-of-the-region", "beds-of-the-region"]))

    assert pools.height == 2
    assert pools["shortage_probability_after"].min() > 0.9


# ---- The templates


@pytest.mark.parametrize("template", shipped.templates().values(), ids=lambda template: template.name)
def test_a_template_moves_care_of_the_region_once_filled_in(template: shipped.Template, region: Region) -> None:
    text = f"scenario: small\nbase_year: 2025\nhorizon: 2030\ninitiatives:\n{filled_in(template)}"
    evaluation = evaluate(region, parse_scenario(text, source=template.name))
    evidence = evaluation.table("evidence").filter(pl.col("initiative").is_not_null())

    assert evaluation.table("transfer_flow")["units_moved"].sum() > 1
    assert evidence.filter(pl.col("source").is_null()).is_empty()


def test_a_template_not_filled_in_moves_nothing_and_says_so(region: Region) -> None:
    (template,) = (one for one in shipped.templates().values() if one.number == 10)
    text = f"scenario: small\nbase_year: 2025\nhorizon: 2030\ninitiatives:\n{template.text}"
    evaluation = evaluate(region, parse_scenario(text, source=template.name))

    assert evaluation.table("transfer_flow")["units_moved"].sum() == 0
    assert template.name in evaluation.table("flag")["id"].to_list()


# ---- The page about the cases


def test_the_page_tells_every_case_with_the_figures_of_a_run(
    evaluations: dict[str, Evaluation], party_names: dict[str, str]
) -> None:
    page = PAGE.read_text(encoding="utf-8")
    told = dict(zip(names_on(page), TABLES.findall(page), strict=True))

    assert set(told) == set(CASES)
    assert told == {name: table(evaluations[name], party_names) for name in told}, "see cases_page.py"
