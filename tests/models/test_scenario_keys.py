"""Every key that a scenario may hold: how it is read, what it is when left out, and that it comes back as it was."""

import json
import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel, BeforeValidator

from data_contracts.text import in_language
from models.parameters import point
from models.positions.position import Position
from models.result_tables import as_written
from models.scenario import ScenarioError, parse_scenario
from models.scenario.parsing import read_content
from models.scenario.schema import Scenario, parameters

HEAD = {"scenario": "keys", "base_year": 2025, "horizon": 2032}
MOVE: dict[str, Any] = {
    "id": "move",
    "kind": "substitution",
    "from": {"providers": ["a"]},
    "to": {"providers": ["b"]},
    "care": [{"specialism": "0320"}],
    "eligible_share": 0.3,
    "uptake": {"start": 2027},
}
EVERYTHING = HEAD | {
    "baseline": {
        "demand_growth": {"default": [0.004, 0.01, 0.018]},
        "initiatives": [MOVE | {"id": "closes-anyway"}],
        "enforce_norms": 2028,
    },
    "respect_capacity": "reallocate",
    "scale_down": [{"provider": "a", "from": 2028, "share": 0.8}],
    "correlation": {"default": 0.5, "returns": 0.3},
    "norm_window": 3,
    "materiality": {"cushion": 0.04, "travel": 2.5},
    "stop_if": {"no_room": True, "urgency_gap": 3, "shared_interests_below": 2},
    "agreed": {"release": "20270101-000000", "date": "2027-01-15"},
    "initiatives": [
        MOVE
        | {
            "purpose": {"nl": "Dichter bij huis.", "en": "Nearer to home."},
            "necessity": "Both must see the units.",
            "induced_demand": 0.1,
            "induced_returns": [0.05, 0.1, 0.2],
            "forgone": 0.05,
            "relative_price": 0.9,
            "planned": True,
            "replacement": {"tariff_eur": {"2027": 26.0, "2030": [26, 27.5, 28]}},
            "backfill": {"share": 0.4, "care": [{"specialism": "0303"}]},
            "quality": [
                {
                    "measure": "waiting_days", "per_moved_unit": [2, 4, 6], "unit": {"nl": "dagen", "en": "days"},
                    "better": "less",
                    "evidence": {"parameter": "per_moved_unit", "source": "s", "confidence": "general"},
                }
            ],
        },
        {key: value for key, value in MOVE.items() if key != "to"} | {"id": "prevented", "kind": "prevention"},
    ],
}  # fmt: skip


def read(content: dict[str, Any]) -> Scenario:
    return parse_scenario(yaml.safe_dump(content, sort_keys=False), source="keys.yaml")


def with_initiative(**changes: Any) -> dict[str, Any]:
    return HEAD | {"initiatives": [MOVE | changes]}


def test_every_key_is_read_and_comes_back_as_it_was() -> None:
    scenario = read(EVERYTHING)
    assert read_content(json.loads(json.dumps(as_written(scenario))), source="again") == scenario
    move = scenario.initiatives[0]
    assert move.replacement is not None
    assert isinstance(move.replacement.tariff_eur, dict)
    assert list(move.replacement.tariff_eur) == [2027, 2030]
    assert move.quality[0].unit.en == "days"
    assert scenario.initiatives[1].recipients is None
    assert scenario.respect_capacity == "reallocate"


def test_what_is_left_out_is_as_the_page_says() -> None:
    scenario = read(with_initiative())
    move = scenario.initiatives[0]
    assert (move.forgone, move.induced_returns, move.backfill.share) == (point(0.0), point(0.0), point(0.0))
    assert move.relative_price == point(1.0)
    assert (scenario.scale_down, scenario.respect_capacity, scenario.norm_window) == ("all", False, 1)
    assert (scenario.baseline.enforce_norms, scenario.baseline.initiatives) == (None, ())
    limits = {
        name: scenario.materiality.limit(name) for name in ("revenue", "margin", "cushion", "department", "spend")
    }
    assert limits == {"revenue": 0.001, "margin": 0.001, "cushion": 0.05, "department": 0.02, "spend": 0.01}
    assert (scenario.materiality.limit("staff_capacity"), scenario.materiality.travel) == (0.01, 1.0)


def test_the_older_default_of_materiality_speaks_for_the_older_dimensions_alone() -> None:
    scenario = read(HEAD | {"materiality": {"default": 0.003, "margin": 0.002}})
    names = ("revenue", "margin", "staff_capacity", "facility_capacity", "cushion", "department")
    assert [scenario.materiality.limit(name) for name in names] == [0.003, 0.002, 0.003, 0.003, 0.05, 0.02]


def test_the_older_key_of_refill_is_still_read() -> None:
    evidence = [{"parameter": "backfill_share", "source": "s", "confidence": "assumption"}]
    older = read(with_initiative(backfill_share=0.4, evidence=evidence)).initiatives[0]
    assert older.backfill == read(with_initiative(backfill={"share": 0.4})).initiatives[0].backfill
    assert older.evidence[0].parameter == "backfill"


def test_initiatives_that_happen_anyway_have_key_paths_of_their_own() -> None:
    scenario = read(EVERYTHING)
    paths = dict(parameters(scenario))
    assert "baseline.initiatives.closes-anyway.eligible_share" in paths
    assert "initiatives.move.quality.waiting_days.per_moved_unit" in paths
    assert "initiatives.move.replacement.tariff_eur.2030" in paths
    assert scenario.path_of(scenario.baseline.initiatives[0]) == "baseline.initiatives.closes-anyway"


@pytest.mark.parametrize(
    ("rate", "action"),
    [
        (1.5, "1.5 is 150 % a year; 1.5 % is 0.015"),
        ([1, 2, 3], "3 is 300 % a year; 3 % is 0.03"),
        ({"p10": -2, "mode": 0, "p90": 1}, "-2 is -200 % a year; -2 % is -0.02"),
    ],
)
def test_a_rate_in_per_cents_is_told_how_to_be_written(rate: object, action: str) -> None:
    growth = {"demand_growth": {"default": 0.01, "specialism": {"0320": rate}}, "capacity_growth": {"default": rate}}
    with pytest.raises(ScenarioError) as caught:
        read(HEAD | {"baseline": growth})
    assert [finding.key for finding in caught.value.faults] == [
        "baseline.demand_growth.specialism.0320",
        "baseline.capacity_growth.default",
    ]
    assert {in_language(finding.action, "en") for finding in caught.value.faults} == {action}
    dutch = {in_language(finding.action, "nl") for finding in caught.value.faults}
    assert dutch == {action.replace(" a year", " per jaar")}


REFUSED = {
    "prevention with a to": (
        with_initiative(kind="prevention"),
        "initiatives.0.to",
        "prevention with to",
    ),
    "prevention with something forgone": (
        HEAD | {"initiatives": [{k: v for k, v in MOVE.items() if k != "to"} | {"kind": "prevention", "forgone": 0.1}]},
        "initiatives.0.forgone",
        "prevention with forgone",
    ),
    "nobody receives": (
        HEAD | {"initiatives": [{k: v for k, v in MOVE.items() if k != "to"}]},
        "initiatives.0.to",
        "substitution without to",
    ),
    "everything moves and nobody gets it": (
        with_initiative(eligible_share=1, forgone=1),
        "initiatives.0.forgone",
        "forgone 1 while all of the care can move",
    ),
    "cheaper patients and everything moves": (
        with_initiative(eligible_share=1, relative_price=0.9),
        "initiatives.0.relative_price",
        "relative_price other than 1",
    ),
    "a dated tariff with a gap": (
        with_initiative(replacement={"tariff_eur": {"2028": 26}}),
        "initiatives.0.replacement.tariff_eur",
        "a tariff from 2028 on while care moves from 2027",
    ),
    "a correlation above one": (HEAD | {"correlation": {"default": 1.5}}, "correlation.default", "1.5"),
    "norms enforced before the base year": (
        HEAD | {"baseline": {"enforce_norms": 2024}},
        "baseline.enforce_norms",
        "norms enforced from 2024",
    ),
    "more than all is closed": (
        HEAD | {"scale_down": [{"provider": "a", "from": 2028, "share": 1.2}]},
        "scale_down.0.share",
        "1.2",
    ),
    "a provider closes twice": (
        HEAD | {"scale_down": [{"provider": "a", "from": year, "share": 0.2} for year in (2027, 2028)]},
        "scale_down.1.provider",
        "a a second time",
    ),
    "an unknown way of closing": (HEAD | {"scale_down": "whole_step"}, "scale_down", "'whole_step'"),
    "quality without a unit": (
        with_initiative(quality=[{"measure": "days", "per_moved_unit": 1, "better": "less"}]),
        "initiatives.0.quality.0.unit",
        "no unit",
    ),
    "a measure twice": (
        with_initiative(
            quality=[{"measure": "days", "per_moved_unit": 1, "unit": "d", "better": "less"} for _ in range(2)]
        ),
        "initiatives.0.quality",
        "the measure days a second time",
    ),
    "refill in both ways": (
        with_initiative(backfill_share=0.3, backfill={"share": 0.3}),
        "initiatives.0",
        "backfill and the older backfill_share",
    ),
    "the older refill above one": (with_initiative(backfill_share=1.3), "initiatives.0.backfill_share", "1.3"),
    "an uptake that starts in the base year": (
        with_initiative(uptake={"start": 2025}),
        "initiatives.0.uptake.start",
        "uptake that starts in 2025",
    ),
    "a choice before the base year": (
        with_initiative(start_choices=[2024, 2027]),
        "initiatives.0.start_choices",
        "uptake that starts in 2024",
    ),
    "p10 above the mode": (
        with_initiative(returns={"p10": 0.3, "mode": 0.2, "p90": 0.4}),
        "initiatives.0.returns",
        "p10 0.3, mode 0.2, p90 0.4",
    ),
    "an id twice, here and anyway": (
        with_initiative() | {"baseline": {"initiatives": [MOVE]}},
        "baseline.initiatives.0.id",
        "move a second time",
    ),
    "a rate in per cents": (
        HEAD | {"baseline": {"demand_growth": {"default": 1.5}}},
        "baseline.demand_growth.default",
        "1.5",
    ),
    "a tariff beyond any budget": (
        with_initiative(replacement={"tariff_eur": "1e300"}),
        "initiatives.0.replacement.tariff_eur",
        "1e+300",
    ),
    "room on another word": (HEAD | {"respect_capacity": "realocate"}, "respect_capacity", "'realocate'"),
    "a day that is none": (HEAD | {"agreed": {"release": "r", "date": "15-01-2027"}}, "agreed.date", "'15-01-2027'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_contradicts_itself_is_refused_with_line_and_key(name: str) -> None:
    content, key, found = REFUSED[name]
    with pytest.raises(ScenarioError) as caught:
        read(content)
    faults = {fault.key: fault for fault in caught.value.faults}
    assert list(faults) == [key]
    assert found in str(faults[key].found)
    assert faults[key].line >= 1
    assert faults[key].source == "keys.yaml"
    for told in (faults[key].found, faults[key].expected, faults[key].action):
        assert in_language(told, "nl")
        assert in_language(told, "en")
    assert "verwacht" in faults[key].sentence("nl")


def numbers_of(annotation: Any, path: tuple[str, ...] = (), said: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yields every number that a schema can hold, by its path, with what its type says of it."""
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        said = (*said, *more)
    if any(isinstance(mark, BeforeValidator) for mark in said):
        return  # read by a function of its own, whose limits have tests of their own
    if annotation in {int, float}:
        yield ".".join(path), said
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield from numbers_of(field.annotation, (*path, field.alias or name), tuple(field.metadata))
    else:
        outer = said if get_origin(annotation) in {Union, types.UnionType} else ()
        for argument in get_args(annotation):
            if argument is not Ellipsis:
                yield from numbers_of(argument, path, outer)


def limits_of(said: tuple[Any, ...]) -> set[str]:
    marks = [mark for one in said for mark in (one, *getattr(one, "metadata", ()))]
    below = {"below" for mark in marks if getattr(mark, "ge", getattr(mark, "gt", None)) is not None}
    return below | {"above" for mark in marks if getattr(mark, "le", getattr(mark, "lt", None)) is not None}


@pytest.mark.parametrize("schema", [Scenario, Position])
def test_every_number_has_a_limit_below_and_above(schema: type[BaseModel]) -> None:
    found = dict(numbers_of(schema))
    assert len(found) > 5
    assert {path: limits_of(said) for path, said in found.items() if limits_of(said) != {"below", "above"}} == {}


@pytest.mark.parametrize(
    ("changes", "key", "expected"),
    [
        ({"settlement": {"transition_fund_eur": 1e300}}, "settlement.transition_fund_eur", "at most 100000000000.0"),
        ({"portfolio": {"loss_cap": 1e9}}, "portfolio.loss_cap", "at most 1000000.0"),
        ({"thresholds": {"viability_floor": -5}}, "thresholds.viability_floor", "at least -1"),
        ({"suppose": {"capacity": {"gp_hours": 1e9}}}, "suppose.capacity.gp_hours", "0 to 1,000,000"),
        ({"baseline": {"enforce_norms": 20280}}, "baseline.enforce_norms", "at most 2300"),
        ({"evidence": [{"parameter": "draws", "source": "s", "year": 20211, "confidence": "general"}]},
         "evidence.0.year", "at most 2300"),
    ],
)  # fmt: skip
def test_a_number_beyond_its_limit_is_refused_by_its_key(changes: dict[str, Any], key: str, expected: str) -> None:
    content = {"scenario": "s", "base_year": 2025, "horizon": 2030, **changes}
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(yaml.safe_dump(content), source="s.yaml")
    told = {fault.key: str(fault.expected) for fault in caught.value.faults}
    assert expected in told[key]
