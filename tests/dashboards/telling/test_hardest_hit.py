"""Who is hit hardest: most functions before fewer, functions before money, of money the largest share of a cushion."""

from collections.abc import Sequence

import polars as pl
import pytest

from dashboards.telling.costs import cushion_hit, hardest_hit
from dashboards.telling.paths import Paths
from dashboards.telling.synopsis import Synopsis

Party = tuple[str, int, float, float]


def paths_of(findings: Synopsis, *parties: Party) -> Paths:
    """Paths of parties that are given: name, how many functions they give up, worst year in euro, share of cushion."""
    (first, *_) = findings.once(Paths).parties.filter(pl.col("cushion_share").is_not_null()).to_dicts()
    rows = [
        first
        | {"party": name, "name": name, "functions": [f"function {n}" for n in range(functions)], "worst_eur": worst}
        | {"worst_low": worst * 1.1, "worst_high": worst * 0.9, "cushion_share": share, "cushion": "loses"}
        for name, functions, worst, share in parties
    ]
    paths = Paths(findings)
    paths.__dict__["parties"] = pl.DataFrame(rows, schema=paths.parties.schema)
    return paths


ONE, TWO, TWO_DEEPER = ("One", 1, -600_000.0, -0.33), ("Two", 2, -1_500_000.0, -0.25), ("Deeper", 2, -900_000.0, -0.30)
CUSHION = ("Cushion", 0, -400_000.0, -0.60)


@pytest.mark.parametrize(
    ("parties", "named", "cushion"),
    [
        ((ONE, TWO, TWO_DEEPER, CUSHION), "Deeper", "Cushion"),
        ((TWO, ONE), "Two", "One"),
        ((CUSHION, ("Richer", 0, -5_000_000.0, -0.1)), "Cushion", ""),
        ((("Both", 1, -1e6, -0.9), CUSHION), "Both", ""),
    ],
)
def test_the_first_sentence_names_the_most_intense_loss(
    english: Synopsis, parties: Sequence[Party], named: str, cushion: str
) -> None:
    paths = paths_of(english, *parties)
    assert hardest_hit(paths).startswith(f"{named} loses")
    said = cushion_hit(paths)
    assert said.startswith(f"Measured by its own cushion {cushion} loses most:") if cushion else said == ""


def test_two_functions_stand_with_and_between_them(dutch: Synopsis) -> None:
    assert "de functies function 0 en function 1 en levert in 2029 € 900.000 in, 30 % van de buffer" in hardest_hit(
        paths_of(dutch, TWO_DEEPER)
    ).replace("\u00a0", " ")


def test_a_loss_of_several_cushions_is_told_as_so_many_times(english: Synopsis, dutch: Synopsis) -> None:
    deep = ("Deep", 0, -4_840_000.0, -4.84)
    assert hardest_hit(paths_of(english, deep)).endswith("4.8 times its cushion")
    assert hardest_hit(paths_of(dutch, deep)).endswith("4,8 keer de buffer")


def test_what_the_draws_cannot_tell_is_no_hardest_hit(english: Synopsis) -> None:
    paths = paths_of(english, CUSHION)
    paths.__dict__["parties"] = paths.parties.with_columns(worst_high=pl.lit(1000.0))
    assert hardest_hit(paths) == ""
    single = paths_of(english, CUSHION)
    single.__dict__["parties"] = single.parties.with_columns(worst_high=pl.lit(None, pl.Float64))
    assert hardest_hit(single).startswith("Cushion loses")
