"""The 31 templates: what they say must be what the list of candidate transfers says, figure by figure.

The list below was written by hand from the domain page (section 6.3), not derived from the templates.
"""

import pytest

from data_contracts.problem import Problem
from models.scenario import Initiative, parse_scenario
from models.scenario.schema import parameters
from pipelines.evaluation import shipped

GP, NURSE, ASSISTANT = "gp_hours", "practice_nurse_hours", "assistant_hours"
# number: name, specialisms, diagnoses (None: to fill in), eligible share, minutes per avoided unit of the recipient,
# minutes of the specialist who looks along, strength of the evidence
EXPECTED = {
    1: ("diabetes-type-2-to-gp", "0313", "221 222", (0.10, 0.27, 0.45), {NURSE: 35, GP: 7}, None, "medium"),
    2: ("copd-to-gp", "0322", "1241", (0.40, 0.69, 0.85), {NURSE: 35, GP: 8}, None, "medium"),
    3: ("asthma-to-gp", "0322", "1201", (0.15, 0.35, 0.55), {NURSE: 25, GP: 8}, None, "low"),
    4: ("atrial-fibrillation-to-gp", "0320", "401", (0.20, 0.35, 0.55), {NURSE: 33, GP: 8}, 3, "medium"),
    5: ("heart-failure-to-gp", "0320", "302", (0.05, 0.15, 0.30), {NURSE: 40, GP: 15}, None, "low"),
    6: ("coronary-disease-to-gp", "0320", "202 801 802", (0.20, 0.40, 0.60), {NURSE: 20, GP: 8}, None, "low"),
    7: ("cardiology-joint-consultation", "0320", None, (0.20, 0.35, 0.50), {GP: 10}, 25, "medium"),
    8: ("teledermatology", "0310", None, (0.25, 0.45, 0.60), {GP: 8}, 8, "high"),
    9: ("dermatology-joint-consultation", "0310", None, (0.30, 0.50, 0.70), {GP: 8}, 15, "high"),
    10: ("benign-skin-lesions-to-gp", "0310", None, (0.20, 0.40, 0.60), {GP: 20, ASSISTANT: 10}, None, "medium"),
    11: ("minor-surgery-to-gp", "0303 0304", None, (0.40, 0.60, 0.80), {GP: 25, ASSISTANT: 15}, None, "medium"),
    12: ("basal-cell-carcinoma-to-gp", "0310", None, (0.05, 0.15, 0.30), {GP: 30, ASSISTANT: 15}, None, "low"),
    13: ("musculoskeletal-joint-consultation", "0305", None, (0.15, 0.30, 0.45), {GP: 8}, 25, "medium"),
    14: ("radicular-pain-e-consultation", "0330", None, (0.20, 0.35, 0.50), {GP: 15}, 10, "medium"),
    15: ("hypothyroidism-to-gp", "0313", None, (0.30, 0.50, 0.70), {GP: 10}, 3, "low"),
    16: ("iud-to-gp", "0307", None, (0.50, 0.70, 0.85), {GP: 25, ASSISTANT: 5}, None, "medium"),
    17: ("gynaecology-joint-consultation", "0307", None, (0.20, 0.35, 0.50), {GP: 8}, 20, "medium"),
    18: ("prostate-complaints-to-gp", "0306", None, (0.20, 0.35, 0.50), {GP: 12, NURSE: 5}, None, "low"),
    19: ("prostate-cancer-follow-up-to-gp", "0306", "40", (0.10, 0.20, 0.35), {GP: 10}, None, "low"),
    20: ("colon-cancer-follow-up-to-gp", "0303", "333 334", (0.20, 0.35, 0.50), {GP: 20}, None, "medium"),
    21: ("breast-cancer-late-follow-up-to-gp", "0303", "318", (0.10, 0.20, 0.40), {GP: 15}, None, "low"),
    22: ("osteoporosis-to-gp", "0324 0313", None, (0.30, 0.50, 0.70), {NURSE: 20, GP: 5}, None, "low"),
    23: ("eye-examination-by-optometrist", "0301", None, (0.20, 0.40, 0.60), {"clinic_hours": 30, GP: 2}, None, "high"),
    24: (
        *("cataract-and-glaucoma-checks-by-optometrist", "0301", None),
        *((0.20, 0.40, 0.60), {"clinic_hours": 25}, None, "low"),
    ),
    25: ("infusions-at-home", None, None, (0.10, 0.25, 0.45), {"nurse_hours": (60, 75, 90)}, None, "low"),
    26: (
        *("frail-elderly-to-short-stay", "0335 0313", None, (0.05, 0.10, 0.20)),
        *({"bed_days": 8 * 60, "specialist_hours": 8 * 15}, None, "medium"),  # 8 days, not minutes: see hours_of
    ),
    27: ("births-to-midwife", "0307", None, (0.02, 0.03, 0.05), {"nurse_hours": (600, 720, 840)}, None, "high"),
    28: ("gp-diagnostics-to-one-laboratory", "0386 0387", "", (0.70, 0.85, 0.95), None, None, "medium"),
    29: ("kidney-tumour-surgery-to-centre", "0306", "10", 1.0, None, None, "high"),
    30: ("lung-resection-to-centre", "0303", "313", 1.0, None, None, "high"),
    31: ("severe-asthma-advice", "0322", "1201", (0.40, 0.60, 0.80), None, (15, 17.5, 20), "high"),
}
NAMES = list(shipped.templates())


def parsed(name: str) -> Initiative:
    text = f"scenario: small\nbase_year: 2025\nhorizon: 2030\ninitiatives:\n{shipped.template(name)}"
    (initiative,) = parse_scenario(text, source=name).initiatives
    return initiative


def hours_of(minutes: float | tuple[float, ...]) -> tuple[float, ...]:
    return tuple(minute / 60 for minute in (minutes if isinstance(minutes, tuple) else (minutes,)))


def test_the_list_is_whole_and_in_order() -> None:
    found = {template.number: template.name for template in shipped.templates().values()}

    assert found == {number: row[0] for number, row in EXPECTED.items()}
    assert [template.number for template in shipped.templates().values()] == list(range(1, 32))


@pytest.mark.parametrize("number", EXPECTED)
def test_what_can_move_and_what_it_takes_is_as_listed(number: int) -> None:
    name, specialism, diagnosis, share, minutes, along, strength = EXPECTED[number]
    initiative = parsed(name)
    (care,) = initiative.care

    assert initiative.eligible_share.arguments == (share if isinstance(share, tuple) else (share,))
    assert " ".join(care.specialism or ()) == (specialism or "")
    if diagnosis is not None:
        assert " ".join(care.diagnosis or ()) == diagnosis
    else:
        assert shipped.FILL_IN in (care.diagnosis or care.care_product or ())
    resources = {} if initiative.replacement is None else initiative.replacement.resources
    found = {resource: amount.arguments for resource, amount in resources.items()}
    assert found == {key: pytest.approx(hours_of(value), abs=1e-4) for key, value in (minutes or {}).items()}
    supporting = None if initiative.support is None else initiative.support.resources["specialist_hours"].arguments
    assert supporting == (None if along is None else pytest.approx(hours_of(along), abs=1e-4))
    assert shipped.templates()[name].strength == strength


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_says_where_it_comes_from(name: str) -> None:
    initiative = parsed(name)
    said = {item.parameter for item in initiative.evidence}
    given = [path for path, _ in parameters(initiative) if path.split(".")[0] in initiative.model_fields_set]

    assert given
    assert not [path for path in given if not any(path == key or path.startswith(f"{key}.") for key in said)]
    assert "care" in said
    assert all(len(item.source) > 15 for item in initiative.evidence)


@pytest.mark.parametrize("name", NAMES)
def test_an_assumption_never_passes_for_a_fact(name: str) -> None:
    template = shipped.templates()[name]
    evidence = {item.parameter: item for item in parsed(name).evidence}

    assert template.confidence == evidence["eligible_share"].confidence
    assert not [item for item in evidence.values() if item.confidence == "verified" and "assumption" in item.source]
    assert not [item for item in evidence.values() if item.confidence == "verified" and not (item.url or item.year)]


@pytest.mark.parametrize("name", NAMES)
def test_codes_that_were_not_verified_say_so(name: str) -> None:
    initiative = parsed(name)
    care = next(item for item in initiative.evidence if item.parameter == "care")
    codes = initiative.care[0].diagnosis or initiative.care[0].care_product or ()

    if shipped.FILL_IN in codes:
        assert care.confidence == "assumption"
        assert "fill" in shipped.template(name)
    elif care.confidence != "verified":
        assert "not verified" in care.source


def test_atrial_fibrillation_and_coronary_codes_are_general_knowledge_only() -> None:
    for name in ("atrial-fibrillation-to-gp", "coronary-disease-to-gp"):
        care = next(item for item in parsed(name).evidence if item.parameter == "care")
        assert (care.confidence, "not verified" in care.source) == ("general", True)


def test_figures_of_the_studies_stand_where_they_were_found() -> None:
    assert parsed("copd-to-gp").eligible_share.central == 0.69  # 31.4 % were in hospital by the guideline
    assert parsed("diabetes-type-2-to-gp").eligible_share.central == 0.27  # 72.7 %
    assert parsed("atrial-fibrillation-to-gp").uptake.maximum.central == 0.56  # 527 of 941
    assert parsed("colon-cancer-follow-up-to-gp").uptake.maximum.central == 0.25  # of 1,238 eligible
    assert parsed("teledermatology").returns.central == 0.26  # 74 % prevented
    assert parsed("teledermatology").induced_demand.central == 0.40  # 10,611 / 26,596
    assert parsed("teledermatology").induced_returns.central == 0.16  # of second opinions
    assert parsed("musculoskeletal-joint-consultation").returns.central == 0.44  # 43.8 % on to hospital
    assert parsed("gynaecology-joint-consultation").returns.central == 0.09  # 8.6 %
    assert parsed("dermatology-joint-consultation").returns.central == 0.20  # 80.2 % back
    assert parsed("eye-examination-by-optometrist").returns.central == 0.22
    short_stay = parsed("frail-elderly-to-short-stay").replacement
    assert short_stay is not None
    assert short_stay.tariff_eur.arguments == (8 * 370.0,)  # type: ignore[union-attr]
    advice = parsed("severe-asthma-advice").support
    assert advice is not None
    assert advice.tariff_eur.arguments == (0.0,)


@pytest.mark.parametrize("name", NAMES)
def test_titles_and_summaries_are_there_in_both_languages(name: str) -> None:
    template = shipped.templates()[name]

    assert template.title.nl != template.title.en
    assert template.summary.nl != template.summary.en
    assert all(len(text) > 10 for text in (template.title.nl, template.title.en, *template.notes))


def test_all_templates_together_make_one_scenario() -> None:
    head = "scenario: all\nbase_year: 2025\nhorizon: 2030\ninitiatives:\n"
    scenario = parse_scenario(head + "".join(t.text for t in shipped.templates().values()), source="all")

    assert [initiative.id for initiative in scenario.initiatives] == NAMES


def test_an_unknown_name_is_told_its_nearest() -> None:
    with pytest.raises(Problem, match="did you mean 'teledermatology'"):
        shipped.template("teledermatologie")


def test_where_returns_are_known_new_patients_return_too() -> None:
    known = {"cardiology-joint-consultation", "dermatology-joint-consultation", "musculoskeletal-joint-consultation"}
    known |= {"iud-to-gp", "gynaecology-joint-consultation", "eye-examination-by-optometrist"}

    assert all(parsed(name).induced_returns == parsed(name).returns for name in known)


def test_uptake_is_no_longer_one_range_for_all() -> None:
    ranges = {parsed(name).uptake.maximum.arguments for name in NAMES if not parsed(name).uptake.maximum.is_number}

    assert len(ranges) >= 7


@pytest.mark.parametrize("name", NAMES)
def test_a_template_says_what_three_numbers_are(name: str) -> None:
    assert "# Three numbers in a row are least, most likely and most" in shipped.template(name)
