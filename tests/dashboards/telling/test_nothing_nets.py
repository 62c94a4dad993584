"""A remainder never nets: on random regions every group of parties holds losers alone or gainers alone."""

import polars as pl
import pytest
from random_release import random_release

from dashboards.data import Release
from dashboards.telling.paths import Paths
from dashboards.telling.synopsis import SHOWN, Synopsis
from dashboards.what_if.as_filed import filed_values
from dashboards.words.wording import wording


@pytest.mark.parametrize("seed", range(5))
def test_no_group_holds_a_loser_and_a_gainer(release: Release, seed: int) -> None:
    drawn = random_release(release, seed=seed)
    findings = Synopsis(drawn, drawn.scenarios[0], wording("nl"))
    values = dict(findings.told.select("party", "value_eur").iter_rows())
    shown = findings.shown
    assert shown.height <= SHOWN
    assert sorted(party for parties in shown["parties"] for party in parties) == sorted(values)
    for row in shown.iter_rows(named=True):
        own = [values[party] for party in row["parties"]]
        assert row["value_eur"] == pytest.approx(sum(own))
        assert sum(map(abs, own)) == pytest.approx(abs(sum(own)))
    assert filed_values(shown, filed=findings) == pytest.approx(shown["value_eur"].to_list())


@pytest.mark.parametrize("seed", range(5))
def test_a_group_at_the_table_tells_falls_and_rises_apart(release: Release, seed: int) -> None:
    drawn = random_release(release, seed=seed)
    paths = Paths(Synopsis(drawn, drawn.scenarios[0], wording("nl")))
    for side in ("lost", "won"):
        column = f"change_{side}_eur"
        assert paths.rows[column].sum() == pytest.approx(paths.parties[column].sum())
    groups = paths.rows.filter(pl.col("members") > 1)
    lasting = dict(paths.parties.select("party", "lasting_eur").iter_rows())
    assert groups.height > 0
    assert groups["lasting_eur"].abs().sum() + sum(
        abs(lasting[party]) for party in paths.rows.filter(pl.col("members") == 1)["party"]
    ) == pytest.approx(sum(map(abs, lasting.values())))
