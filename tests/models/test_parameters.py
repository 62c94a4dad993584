"""Section 8: what an uncertain parameter means, what is cut off, and how parameters of one kind are wrong together."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.parameters import Drivers, Parameter, Sample, bounds_of
from models.result_tables import as_written
from models.scenario import Scenario, ScenarioError, parse_scenario
from models.scenario.schema import drivers, key_names, parameters

HALF = Drivers({"one": "returns", "two": "returns", "other": "forgone"}, {"default": 0.5})
SHARE = Parameter("uniform", (0.0, 1.0), low=0, high=1)


def scenario(**changes: Any) -> Scenario:
    move = {
        "id": "move", "kind": "relocation", "from": {"providers": ["a"]}, "to": {"providers": ["b"]},
        "care": [{"specialism": "0320"}], "eligible_share": 0.3, "uptake": {"start": 2027},
    } | changes.pop("move", {})  # fmt: skip
    head = {"scenario": "drawn", "base_year": 2025, "horizon": 2030, "initiatives": [move]}
    return parse_scenario(yaml.safe_dump(head | changes), source="drawn.yaml")


def refused(**changes: Any) -> str:
    with pytest.raises(ScenarioError) as caught:
        scenario(**changes)
    return str(caught.value)


@given(
    low=st.floats(-50, 50),
    width=st.floats(0.01, 100),
    at=st.floats(0, 1),
)
def test_an_experts_range_is_the_pert_that_it_describes(low: float, width: float, at: float) -> None:
    """A PERT's own p10 and p90 lead back to its bounds."""
    mode = low + at * width
    pert = Parameter("pert", (low, mode, low + width))
    p10, p90 = pert.quantile(np.array([0.1, 0.9]))
    if p10 <= mode <= p90:
        assert bounds_of(float(p10), mode, float(p90)) == pytest.approx((low, low + width), abs=1e-6 * width + 1e-9)


def test_in_eight_of_ten_cases_between() -> None:
    expert = Parameter("percentiles", (0.15, 0.30, 0.45), low=0, high=1)
    assert expert.quantile(np.array([0.1, 0.9])) == pytest.approx([0.15, 0.45])
    assert expert.natural == pytest.approx((0.003982672, 0.596017327))
    assert expert.central == 0.30
    assert expert.outside == 0


def test_what_passes_the_bounds_by_little_is_cut_off_and_said() -> None:
    read = scenario(move={"eligible_share": {"p10": 0.07, "mode": 0.30, "p90": 0.53}}).initiatives[0].eligible_share
    assert 0 < read.outside < 0.05
    assert read.quantile(np.array([0.0]))[0] == 0.0
    assert read.quantile(np.array([1e-9]))[0] < 0.001, "cut off, not heaped up at the bound"
    assert as_written(read) == {"p10": 0.07, "mode": 0.30, "p90": 0.53}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"p10": 0.4, "mode": 0.3, "p90": 0.6},
            "p10 0.4, mode 0.3, p90 0.6; expected p10, mode and p90 in rising order",
        ),
        ({"p10": 0.0, "mode": 0.1, "p90": 0.9}, "outside 0 to 1"),
        ({"p10": 0.1, "mode": 0.2}, "the keys mode, p10; expected p10, mode and p90"),
        ({"dist": "normal", "mean": 0.9, "sd": 0.3}, "a distribution with 37% outside 0 to 1"),
        ({"dist": "lognormal", "median": 0.6, "sigma": 0.5}, "a distribution with 15% outside 0 to 1"),
        ({"dist": "normal", "mean": 1.2, "sd": 0.1}, "most likely 1.2"),
    ],
)
def test_what_passes_the_bounds_by_more_is_refused(given: dict[str, Any], message: str) -> None:
    said = refused(move={"eligible_share": given})
    assert "initiatives.0.eligible_share" in said
    assert message in said


def test_a_normal_share_keeps_nearly_its_own_mean() -> None:
    read = scenario(move={"eligible_share": {"dist": "normal", "mean": 0.8, "sd": 0.12}}).initiatives[0].eligible_share
    values = Sample(seed=1, draws=20000).values("x", read)
    assert read.outside == pytest.approx(stats.norm.sf(1, 0.8, 0.12), rel=1e-6)
    wanted = stats.truncnorm(-0.8 / 0.12, 0.2 / 0.12, loc=0.8, scale=0.12)
    assert values.mean() == pytest.approx(wanted.mean(), rel=1e-4)
    assert values.std() == pytest.approx(wanted.std(), rel=1e-3)
    assert (values < 1).all()


def test_strata_are_each_taken_once_whatever_is_shared() -> None:
    for correlation in (0.0, 0.3, 1.0):
        sample = Sample(seed=3, draws=500, drivers=Drivers({"one": "returns"}, {"returns": correlation}))
        assert np.sort(sample.values("one", SHARE)) == pytest.approx((np.arange(500) + 0.5) / 500)


def test_parameters_of_one_kind_are_wrong_together() -> None:
    sample = Sample(seed=7, draws=20000, drivers=HALF)
    one, two, other = (sample.values(path, SHARE) for path in ("one", "two", "other"))
    expected = 6 / np.pi * np.arcsin(0.5 / 2)  # Spearman's of two normals that correlate by a half
    assert stats.spearmanr(one, two).statistic == pytest.approx(expected, abs=0.02)
    assert abs(stats.spearmanr(one, other).statistic) < 0.02
    led = 6 / np.pi * np.arcsin(np.sqrt(0.5) / 2)
    assert stats.spearmanr(one, sample.driver("returns")).statistic == pytest.approx(led, abs=0.02)


def test_no_correlation_gives_the_independent_draws_and_full_correlation_the_same() -> None:
    alone = Sample(seed=7, draws=100).values("one", SHARE)
    none = Sample(seed=7, draws=100, drivers=Drivers(HALF.names, {"returns": 0.0}))
    assert (none.values("one", SHARE) == alone).all()
    full = Sample(seed=7, draws=100, drivers=Drivers(HALF.names, {"returns": 1.0}))
    assert (full.values("one", SHARE) == full.values("two", SHARE)).all()


def test_a_parameter_that_changes_changes_no_other() -> None:
    before = Sample(seed=7, draws=100, drivers=HALF)
    after = Sample(seed=7, draws=100, drivers=HALF)
    after.values("one", Parameter("uniform", (0.2, 0.4)))
    assert (before.values("two", SHARE) == after.values("two", SHARE)).all()


def test_the_mean_does_not_depend_on_what_is_shared() -> None:
    means = [
        Sample(seed=7, draws=1000, drivers=Drivers(HALF.names, {"default": weight})).values("one", SHARE).mean()
        for weight in (0.0, 0.5, 1.0)
    ]
    assert means == pytest.approx([0.5, 0.5, 0.5])


def test_the_name_of_a_key_knows_no_ids() -> None:
    read = scenario(
        move={"replacement": {"tariff_eur": {"2027": 20, "2029": [20, 25, 30]}, "resources": {"gp_hours": 0.3}}},
        baseline={
            "demand_growth": {"default": 0.01, "specialism": {"0320": 0.02}},
            "initiatives": [
                {"id": "anyway", "kind": "prevention", "from": {"providers": ["a"]}, "care": [{"specialism": "1"}],
                 "eligible_share": 0.1, "uptake": {"start": 2026}},
            ],
        },
    )  # fmt: skip
    names = drivers(read).names
    assert names["initiatives.move.eligible_share"] == names["baseline.initiatives.anyway.eligible_share"]
    assert names["initiatives.move.replacement.tariff_eur.2029"] == "replacement.tariff_eur"
    assert names["initiatives.move.replacement.resources.gp_hours"] == "replacement.resources"
    assert names["baseline.demand_growth.specialism.0320"] == names["baseline.demand_growth.default"]
    assert set(names.values()) <= set(key_names())
    assert set(names) == {path for path, _ in parameters(read)}


def test_a_correlation_is_held_against_the_names_there_are() -> None:
    assert drivers(scenario(correlation={"returns": 0.3})).weight("returns") == 0.3
    assert drivers(scenario()).weight("returns") == 0.5
    said = refused(correlation={"uptake.maximun": 0.3})
    assert "correlation: found the unknown name uptake.maximun" in said
    assert "Did you mean 'uptake.maximum'?" in said


def test_a_range_that_was_moved_stays_what_it_was() -> None:
    expert = Parameter("percentiles", (0.15, 0.30, 0.45), low=0, high=1)
    assert expert.moved_to(0.32).arguments == pytest.approx((0.17, 0.32, 0.47))
    assert expert.moved_to(0.95).shape == "point", "too much of it would lie above 1"
    assert all(a <= b for a, b in pairwise(expert.moved_to(0.95).arguments))
