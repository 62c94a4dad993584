"""What a review says, in both languages: the worst first, units beside amounts, no programmer's words."""

import polars as pl
import pytest

from dashboards.telling.reviews import MOST_FORCED, Reviewed
from dashboards.words.wording import LANGUAGES, wording
from data_contracts.text import Language

WORTH = pl.DataFrame(
    {
        "when": ["then", "now"],
        "net_value_eur": [1.0e6, 2.0e6],
        "short_with_fund_eur": [0.0, 0.0],
        "ability_eur": [3.0e6, 3.0e6],
        "need_eur": [1.0e6, 1.0e6],
    }
)

WORLDS = pl.DataFrame(
    {"when": ["then", "now"], "margin_without_eur": [-1.0e6, -2.0e6], "margin_with_eur": [-3.0e6, -4.0e6]}
)


def reviewed(forced: pl.DataFrame, *, language: Language, program: tuple[str, ...] = ()) -> Reviewed:
    return Reviewed(
        title="T", then="a", now="b", deliveries=0, scenario_changed=False, program=program,
        figures=pl.DataFrame(), flips=pl.DataFrame(), worth=WORTH, worlds=WORLDS, forced=forced, horizon=2030,
        moved=pl.DataFrame(),
        names={"bed_days": "Beddagen", "kidney": "Nieroperaties"}, units={"bed_days": "dag"}, words=wording(language),
    )  # fmt: skip


def shortages(count: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "party": [f"P{place}" for place in range(count)],
            "kind": "resource",
            "what": "bed_days",
            "start": 0.0,
            "end": [100.0 * (place + 1) for place in range(count)],
        }
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_comes_without_an_agreement_is_told_worst_first_with_its_unit(language: Language) -> None:
    heading, *lines = reviewed(shortages(MOST_FORCED + 3), language=language).forced_said()
    assert heading
    assert len(lines) == MOST_FORCED + 1
    assert lines[0].startswith(f"P{MOST_FORCED + 2}: Beddagen")
    assert " dag " in lines[0]
    assert lines[-1].startswith("... ")


def test_every_resource_is_told_before_a_second_of_any() -> None:
    hours = shortages(MOST_FORCED).with_columns(end=pl.col("end") * 1000)
    few = shortages(1).with_columns(what=pl.lit("or_hours"), end=pl.lit(3.0))
    _, *lines = reviewed(pl.concat([hours, few]), language="en").forced_said()
    assert any("or_hours" in line for line in lines[:2])


def test_what_changed_of_the_program_is_told_in_the_readers_language() -> None:
    changed = ("contract of volume", "version of polars")
    (dutch, *_), (english, *_) = (
        list(reviewed(shortages(0), language=language, program=changed).answer()) for language in ("nl", "en")
    )
    assert "datacontract volume, versie van polars" in dutch
    assert "data contract volume, version of polars" in english


@pytest.mark.parametrize(
    ("language", "told"),
    [("nl", "Q stopt vanaf 2028 met Nieroperaties"), ("en", "Q stops with Nieroperaties from 2028")],
)
def test_what_stops_without_an_agreement_comes_before_norms_and_shortages(language: Language, told: str) -> None:
    stops = pl.DataFrame({"party": "Q", "kind": "stops_norm", "what": "kidney", "start": 2028.0, "end": 0.0})
    _, first, second = reviewed(pl.concat([shortages(1), stops]), language=language).forced_said()
    assert first.startswith(told)
    assert second.startswith("P0")


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "in 2030 without an agreement by the facts of then, and −€2.0m by those of now; with it −€3.0m"),
     ("nl", "zonder akkoord −€ 1,0 mln over op de gegevens van toen, en −€ 2,0 mln op die van nu; met akkoord")],
)  # fmt: skip
def test_both_worlds_are_told_then_and_now(language: Language, told: str) -> None:
    said = list(reviewed(shortages(0), language=language).answer())[-1]
    assert told in said.replace("\N{NO-BREAK SPACE}", " ")
