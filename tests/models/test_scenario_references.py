"""Every name in a scenario that stands for something of the region is held against what there is.

The list of places comes from the types of the schema: a key that is added later and names something is in it.
"""

import copy
import dataclasses
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from data_contracts.contract import load_contract
from data_contracts.problem import Fault
from data_contracts.references import named_places, references
from models.region import Region
from models.scenario import Scenario, check_against, parse_scenario
from pipelines import demo
from pipelines.evaluation import shipped

MOVE: dict[str, Any] = {
    "id": "move", "kind": "substitution", "from": {"providers": ["06010101"], "kind": ["general_hospital"]},
    "to": {"providers": ["01000001"], "kind": ["gp_organisation"], "allocate": "capacity", "resource": "gp_hours"},
    "care": [{"specialism": "0320"}], "eligible_share": 0.3, "uptake": {"start": 2027},
    "replacement": {"tariff_eur": 26, "resources": {"gp_hours": 0.3}},
    "support": {"provider": "06010101", "resources": {"gp_hours": 0.3}},
    "transition_cost_eur": {"3311": 10},
}  # fmt: skip
SHARED = MOVE | {"id": "shared", "to": {"shares": {"01000001": 1.0}}}
EVERYTHING: dict[str, Any] = {
    "scenario": "named", "base_year": 2025, "horizon": 2030,
    "baseline": {
        "demand_growth": {
            "from": "population", "specialism": {"0320": 0.01},
            "care_type": {"specialism": {"0320": "zorg"}},
        },
        "capacity_growth": {"resource": {"gp_hours": 0.01}},
        "initiatives": [MOVE | {"id": "anyway"}, SHARED | {"id": "anyway-shared"}],
    },
    "scale_down": [{"provider": "06010101", "from": 2028, "share": 0.5}],
    "initiatives": [MOVE, SHARED],
    "shared_budgets": [
        {"id": "b", "payers": ["3311"], "members": ["06010101"], "care": [{"specialism": "0320"}], "payer_share": 0.5,
         "from": 2027, "until": 2030}
    ],
    "pools": [{"id": "team", "resource": "gp_hours", "providers": ["06010101"]}],
    "suppose": {"contract": {"06010101": "lump_sum"}, "capacity": {"gp_hours": {"06010101": 0.9, "every": 1.0}}},
}  # fmt: skip

EVERYTHING = json.loads(json.dumps(EVERYTHING))  # so that nothing stands in two places at once


def region(**more: pl.DataFrame) -> Region:
    tables = {
        "provider": pl.DataFrame(
            {"provider_id": ["06010101", "01000001"], "kind": ["general_hospital", "gp_organisation"]}
        ),
        "payer": pl.DataFrame({"payer_id": ["3311"]}),
        "resource": pl.DataFrame({"resource": ["gp_hours"]}),
        "volume": pl.DataFrame(
            {"provider_id": ["06010101"], "period": ["2025"], "payer_id": ["3311"], "specialism": ["0320"],
             "units": [100.0]}
        ),
        "regional_spending": pl.DataFrame(
            {"area": ["a"], "year": [2024], "age_class": ["alle"], "care_type": ["zorg"], "insured_years": [10.0],
             "cost_eur": [100.0]}
        ),
    }  # fmt: skip
    return Region.from_tables(tables | more, base_year=2025)


def faults(content: dict[str, Any], known: Region | None = None) -> list[Fault]:
    text = yaml.safe_dump(content, sort_keys=False)
    found = check_against(parse_scenario(text, source="s.yaml"), known or region(), text=text, source="s.yaml")
    return [
        fault for fault in found if "demand_growth.from" not in fault.key and fault.key.split(".")[-1] != "care_type"
    ]


def places(content: Any, path: tuple[str, ...]) -> list[tuple[Any, Any]]:
    """Every place of a scenario that a path of the schema leads to: what holds it, and under which key."""
    first, *rest = path
    found: list[tuple[Any, Any]] = []
    keys: list[Any] = list(content) if first == "*" and isinstance(content, dict) else [first]
    keys = list(range(len(content))) if first == "*" and isinstance(content, list) else keys
    for key in keys:
        if isinstance(content, list) or key in content:
            found += places(content[key], tuple(rest)) if rest else [(content, key)]
    return found


def misspelt(content: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """The scenario with one name at a place of the schema written wrongly."""
    changed = copy.deepcopy(content)
    holder, key = places(changed, path)[0]
    if path[-1] == "*":
        holder[f"{key}x"] = holder.pop(key)
    else:
        holder[key] = [f"{name}x" for name in holder[key]] if isinstance(holder[key], list) else f"{holder[key]}x"
    return changed


PLACES = [(path, subject) for path, subject in named_places(Scenario)]


def test_the_scenario_names_something_at_every_place_there_is() -> None:
    scenario = parse_scenario(yaml.safe_dump(EVERYTHING), source="s.yaml")
    assert {reference.subject for reference in references(scenario)} == {subject for _, subject in PLACES}
    assert all(places(EVERYTHING, path) for path, _ in PLACES)
    assert faults(EVERYTHING) == []


@pytest.mark.parametrize("path", [path for path, _ in PLACES], ids=".".join)
def test_a_misspelt_name_is_refused_with_the_nearest(path: tuple[str, ...]) -> None:
    content = misspelt(EVERYTHING, path)
    told = [fault for fault in faults(content) if str(fault.found).startswith("the unknown")]
    assert told, f"{'.'.join(path)} is not held against the region"
    fault = told[0]
    holder, key = places(EVERYTHING, path)[0]
    right = key if path[-1] == "*" else (holder[key][0] if isinstance(holder[key], list) else holder[key])
    assert f"{right}x" in str(fault.found)
    assert f"did you mean {right!r}?" in str(fault.action)
    assert f"bedoelt u {right!r}?" in fault.sentence("nl").lower()
    assert fault.line > 1
    assert [
        str(part) for part, wanted in zip(fault.key.split("."), path, strict=False) if wanted not in {"*", part}
    ] == []


def test_one_kind_that_is_there_is_enough() -> None:
    both = MOVE | {"from": {"kind": ["top_clinical_hospital", "general_hospital"]}}
    assert faults(EVERYTHING | {"initiatives": [both]}) == []


def test_a_kind_that_nobody_is_gets_another_sentence_than_a_misspelt_one() -> None:
    absent = MOVE | {"from": {"kind": ["top_clinical_hospital", "university_hospital"]}}
    first, *_ = faults(EVERYTHING | {"initiatives": [absent]})
    assert first.key == "initiatives.0.from.kind"
    assert str(first.found) == "no provider of the kind top_clinical_hospital, university_hospital"
    assert "name a kind that is there (general_hospital, gp_organisation)" in str(first.action)
    assert "noem een soort die er is" in first.sentence("nl").lower()
    slip = MOVE | {"from": {"kind": ["top_clinical_hospitl", "general_hospital"]}}
    (told,) = faults(EVERYTHING | {"initiatives": [slip]})
    assert str(told.found) == "the unknown kind top_clinical_hospitl"
    assert str(told.action) == "did you mean 'top_clinical_hospital'?"


def test_who_merged_is_told_into_whom() -> None:
    merged = dataclasses.replace(region(), merged={"06010199": "06010101"})
    told = faults(EVERYTHING | {"scale_down": [{"provider": "06010199", "from": 2028, "share": 0.5}]}, merged)
    assert [str(fault.action) for fault in told] == ["name 06010101, into which it merged"]


def test_a_specialism_that_nobody_delivers_is_no_slip() -> None:
    growth = {"demand_growth": {"specialism": {"0313": 0.02}}}
    assert faults(EVERYTHING | {"baseline": growth}) == []


def test_evidence_is_held_against_the_keys_beside_it() -> None:
    def proving(parameter: str) -> dict[str, Any]:
        given = [{"parameter": parameter, "source": "s", "confidence": "general"}]
        return EVERYTHING | {"initiatives": [MOVE | {"evidence": given}]}

    for right in ("eligible_share", "uptake", "uptake.maximum", "replacement.resources.gp_hours", "care", "from"):
        assert faults(proving(right)) == [], right
    (told,) = faults(proving("eligible_shar"))
    assert told.key == "initiatives.0.evidence.0.parameter"
    assert str(told.action) == "did you mean 'eligible_share'?"
    assert "onderbouwing van eligible_shar" in told.sentence("nl")


def norms(minimum: float, norm: str = "volume") -> pl.DataFrame:
    return pl.DataFrame({"norm": [norm], "specialism": ["0320"], "minimum_units": [minimum]})


def enforcing(**changes: Any) -> dict[str, Any]:
    growth = {"demand_growth": {"default": 0.0, "specialism": changes.pop("growth", {})}}
    return EVERYTHING | {"baseline": growth | {"enforce_norms": 2028}} | changes


def test_norms_may_be_enforced_before_any_is_delivered() -> None:
    assert faults(enforcing()) == []


def test_norms_are_not_enforced_that_nobody_can_meet() -> None:
    known = region(volume_norm=norms(101))
    (told,) = faults(enforcing(), known)
    assert told.key == "baseline.enforce_norms"
    assert "norms that nobody can meet in 2028" in str(told.found)
    assert "normen die niemand in 2028 kan halen" in told.sentence("nl")
    assert faults(enforcing(growth={"0320": [0.0, 0.0, 0.01]}), known) == [], "growth may bring it there"
    assert faults(enforcing(), region(volume_norm=norms(100))) == []
    elsewhere = pl.DataFrame({"norm": ["volume"], "specialism": ["0399"], "minimum_units": [50.0]})
    assert faults(enforcing(), region(volume_norm=elsewhere)) == [], "care that nobody gives is bound by no norm"


def test_an_enforced_norm_keeps_its_name() -> None:
    known = region(volume_norm=norms(50))
    (told,) = faults(enforcing(initiatives=[MOVE | {"id": "norm-volume"}]), known)
    assert (told.key, str(told.found)) == ("initiatives.0.id", "norm-volume, the name of a norm that is enforced")


SHIPPED = {
    **shipped.cases(),
    **{
        name: f"scenario: s\nbase_year: 2025\nhorizon: 2030\ninitiatives:\n{template.text}"
        for name, template in shipped.templates().items()
    },
    **{path.stem: path.read_text(encoding="utf-8") for path in Path(demo.__file__).parent.glob("scenarios/*.yaml")},
}


@pytest.mark.parametrize("name", SHIPPED)
def test_all_evidence_that_ships_proves_something(name: str) -> None:
    read = parse_scenario(SHIPPED[name], source=name)
    told = check_against(read, region(), text=SHIPPED[name], source=name)
    assert [fault.sentence() for fault in told if fault.key.endswith("parameter")] == []


def everybody_but(absent: str) -> Region:
    """A region with a provider of every kind but one, and every resource that a template asks for."""
    kinds = [allowed.value for allowed in load_contract("providers").column("kind").allowed if allowed.value != absent]
    resources = {
        name for text in SHIPPED.values() for reference in references(parse_scenario(text, source="s"))
        if reference.subject == "resource" for name in reference.names
    }  # fmt: skip
    register = {"provider_id": [f"p{place}" for place in range(len(kinds))], "kind": kinds}
    return region(provider=pl.DataFrame(register), resource=pl.DataFrame({"resource": sorted(resources)}))


@pytest.mark.parametrize("absent", ["top_clinical_hospital", "general_hospital"])
def test_every_template_fits_a_region_that_has_one_of_two_kinds_of_hospital(absent: str) -> None:
    known = everybody_but(absent)
    for name in shipped.templates():
        text = SHIPPED[name].replace(f'"{shipped.FILL_IN}"', '"p0"')
        told = check_against(parse_scenario(text, source=name), known, text=text, source=name)
        assert [fault.sentence() for fault in told] == []
