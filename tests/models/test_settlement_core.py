"""The coalition that would rather leave, against every coalition there is."""

import itertools

import numpy as np
import pytest
from scipy import sparse

from models.settlement import search
from models.settlement.core import blocking
from models.settlement.sets import Sets


def game(seed, *, parties, sign):
    """Sets of one to four parties with gains and losses, and what parties are given: together all there is."""
    rng = np.random.default_rng(seed)
    sets = int(rng.integers(0, 60))
    members = np.zeros((sets, parties))
    for row in members:
        row[rng.choice(parties, size=min(parties, int(rng.integers(1, 5))), replace=False)] = 1
    value = np.round({"both": rng.normal(0, 100, sets), "gain": rng.random(sets) * 100}[sign], 2)
    given = rng.normal(0, 100, parties)
    return members, value, given + (value.sum() - given.sum()) / parties


def largest_excess(members, value, given):
    coalitions = np.array(list(itertools.product([False, True], repeat=given.size)))
    worth = ((~coalitions).astype(float) @ members.T == 0) @ value
    return float((worth - coalitions @ given).max())


@pytest.mark.parametrize("program", [search.PROGRAM, 0])  # 0: every question is split until the bound answers it
@pytest.mark.parametrize("sign", ["both", "gain"])
@pytest.mark.parametrize("seed", range(36))
def test_no_coalition_gains_more(seed, sign, program, monkeypatch):
    monkeypatch.setattr(search, "PROGRAM", program)
    members, value, given = game(seed, parties=seed % 12 + 1, sign=sign)
    found = blocking(Sets.of(sparse.csr_matrix(members), value), given)
    best = largest_excess(members, value, given)
    assert found.gap == 0
    assert found.excess == pytest.approx(best if best > 0.01 else 0, abs=0.011)
    if found.coalition.size:
        inside = np.isin(np.arange(given.size), found.coalition)
        worth = value[members @ (~inside).astype(float) == 0].sum() - given[inside].sum()
        assert worth == pytest.approx(found.excess)


def test_equal_parts_of_gains_leave_nobody_who_would_rather_go():
    rng = np.random.default_rng(4)
    members = np.zeros((40, 8))
    for row in members:
        row[rng.choice(8, size=3, replace=False)] = 1
    value = rng.random(40) * 1e5
    found = blocking(Sets.of(sparse.csr_matrix(members), value), members.T @ (value / 3))
    assert found.in_core
    assert (found.excess, found.gap) == (0, 0)


def test_who_adds_nothing_is_not_named():
    """Party 0 is given too little; party 2 takes part in nothing and is given nothing."""
    members = np.array([[1.0, 1.0, 0.0]])
    found = blocking(Sets.of(sparse.csr_matrix(members), np.array([100.0])), np.array([-50.0, 150.0, 0.0]))
    assert found.coalition.tolist() == [0]
    assert found.excess == pytest.approx(50)


def test_without_time_the_gap_is_told():
    """Two of three pairs gain: what is open is at most what all gains come to."""
    members = sparse.csr_matrix(np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]))
    given = np.array([30.0, 30.0, 30.0])
    found = blocking(Sets.of(members, np.array([100.0, 50.0, -60.0])), given, time_limit=0)
    assert found.in_core is None
    assert found.gap >= largest_excess(members.toarray(), np.array([100.0, 50.0, -60.0]), given)


def test_flows_of_the_same_parties_are_one():
    members = sparse.csr_matrix(np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    sets = Sets.of(members, np.array([5.0, 1.0, 2.0, 0.0]))
    assert sorted(sets.value.tolist()) == [1.0, 7.0]
    assert sets.within(np.array([True, True, False])) == 7.0
