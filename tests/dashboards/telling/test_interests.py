"""What the parties have at stake, read aloud: from small frames, in both languages."""

from collections.abc import Iterable
from dataclasses import replace

import polars as pl
import pytest
from fake_release import (
    DELTA,
    GPS,
    HORIZON,
    INITIATIVES,
    KREEK,
    LAB,
    MAASDIJK,
    POLDER,
    SCENARIO,
    conflict_row,
    interest_row,
)

from dashboards.data import Release
from dashboards.telling import interests
from dashboards.telling.findings import Synopsis
from dashboards.words.wording import wording
from data_contracts.text import Language
from models.tables import RESULT_TABLES

AF, SURGERY = (row[0] for row in INITIATIVES)
TIGHTEST = {
    (MAASDIJK, "staff_capacity"): ("specialist_hours", HORIZON),
    (DELTA, "facility_capacity"): ("operating_room_hours", HORIZON),
    (DELTA, "staff_capacity"): ("nurse_hours", HORIZON),
    (KREEK, "facility_capacity"): ("bed_days", HORIZON),
    **dict.fromkeys(((gp, "staff_capacity") for gp in GPS), ("practice_nurse_hours", HORIZON)),
}
Interest = tuple[str, str | None, str, float, float | None, str]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def told(
    release: Release,
    language: Language,
    stakes: Iterable[Interest],
    *,
    clashes: Iterable[tuple[str, str, str, float]] = (),
    baseline: pl.DataFrame | None = None,
    tightest: dict[tuple[str, str], tuple[str, int]] | None = None,
) -> Synopsis:
    """The first scenario with these interests (party, initiative, dimension, value, share, stance) and conflicts."""
    results = release.scenarios[0]
    tight = TIGHTEST | (tightest or {})
    rows = {
        "interest": [
            interest_row(SCENARIO, *stake, *tight.get((stake[0], stake[2]), (None, None)))  # type: ignore[arg-type]
            for stake in stakes
        ],
        "conflict": [conflict_row(*clash[:3], clash[-1], clash[-1]) for clash in clashes],
    }
    frames = {name: pl.DataFrame(found, RESULT_TABLES[name].schema(), orient="row") for name, found in rows.items()}
    if baseline is not None:
        frames["party_baseline"] = baseline
    return Synopsis(release, replace(results, tables={**results.tables, **frames}), wording(language))


def sentence(release: Release, language: Language, *stake: object) -> str:
    found = interests.interest_sentences(told(release, language, [stake]))  # type: ignore[list-item]
    return plain(found["sentence"].item())


MONEY = [
    (
        (MAASDIJK, None, "margin", -900_000.0, -0.0037, "loses"),
        "Maasdijk Ziekenhuis verliest € 900.000 per jaar (0,4 % van de omzet).",
        "Maasdijk Ziekenhuis loses €900,000 a year (0.4% of revenue).",
    ),
    (
        (MAASDIJK, AF, "revenue", -1_230_000.0, -0.0051, "loses"),
        "‘Stabiel boezemfibrilleren naar de huisarts’: Maasdijk Ziekenhuis derft € 1,2 mln omzet per jaar (0,5 %).",
        "‘Stable atrial fibrillation to the GP’: Maasdijk Ziekenhuis loses €1.2m of revenue a year (0.5%).",
    ),
    (
        ("3311", None, "margin", 4_000_000.0, 0.0014, "gains"),
        "Zorgverzekeraar Maasland geeft € 4,0 mln per jaar minder uit (0,1 % van de omzet).",
        "Zorgverzekeraar Maasland spends €4.0m a year less (0.1% of revenue).",
    ),
    (
        ("unknown", None, "margin", -70_000.0, -0.0035, "loses"),
        "Een onbekende verzekeraar geeft € 70.000 per jaar meer uit (0,4 % van de uitgaven in de regio).",
        "An unknown insurer spends €70,000 a year more (0.4% of its spending in the region).",
    ),
    (
        (DELTA, None, "margin", -200.0, -4e-7, "neutral"),
        "Delta Topklinisch Centrum merkt er onder de streep weinig van (−€ 200 per jaar, ≈ 0 % van de omzet).",
        "Delta Topklinisch Centrum hardly notices on the bottom line (−€200 a year, ≈ 0% of revenue).",
    ),
    (
        (DELTA, None, "revenue", 0.0, 0.0, "neutral"),
        "Delta Topklinisch Centrum merkt er niets van in euro's.",
        "Delta Topklinisch Centrum sees no change in euros.",
    ),
]
OTHER = [
    (
        (GPS[0], None, "staff_capacity", -480 / 4000, None, "loses"),
        "Huisartsenorganisatie Wijk 1 komt in 2032 0,3 fte praktijkondersteuners tekort (zonder akkoord: geen).",
        "Huisartsenorganisatie Wijk 1 is short of 0.3 FTE practice nurses in 2032 (without an agreement: none).",
    ),
    (
        (DELTA, None, "facility_capacity", -700 / 21_000, None, "loses"),
        "Delta Topklinisch Centrum komt in 2032 928 uur operatiekamers tekort (zonder akkoord: 228 uur).",
        "Delta Topklinisch Centrum is short of 928 hours operating rooms in 2032 (without an agreement: 228 hours).",
    ),
    (
        (GPS[0], AF, "staff_capacity", -0.006, None, "loses"),
        (
            "‘Stabiel boezemfibrilleren naar de huisarts’: Huisartsenorganisatie Wijk 1 heeft op het krapste punt 0,6 "
            "% meer handen nodig en komt die tekort."
        ),
        (
            "‘Stable atrial fibrillation to the GP’: Huisartsenorganisatie Wijk 1 needs 0.6% more hands at its "
            "tightest point and is short of them."
        ),
    ),
    (
        (MAASDIJK, None, "function", -1.0, None, "loses"),
        "Maasdijk Ziekenhuis haalt één volumenorm niet meer.",
        "Maasdijk Ziekenhuis no longer meets one volume norm.",
    ),
    (
        (DELTA, None, "function", 2.0, None, "gains"),
        "Delta Topklinisch Centrum haalt twee volumenormen weer.",
        "Delta Topklinisch Centrum meets two volume norms again.",
    ),
    (
        ("patients", SURGERY, "travel", -41_000.0, None, "loses"),
        "‘Complexe chirurgie naar Delta’: de patiënten reizen samen 41.000 km per jaar verder.",
        "‘Complex surgery to Delta’: the patients together travel 41,000 km a year further.",
    ),
]


@pytest.mark.parametrize(("stake", "dutch", "english"), [*MONEY, *OTHER])
def test_an_interest_is_said_in_both_languages(release: Release, stake: Interest, dutch: str, english: str) -> None:
    assert sentence(release, "nl", *stake) == dutch
    assert sentence(release, "en", *stake) == english


def test_a_resource_is_not_named_where_its_capacity_is_not_known(release: Release) -> None:
    results = release.scenarios[0]
    gaps = results.table("capacity_gap").filter(pl.col("provider") != GPS[0])
    unknown = replace(release, scenarios=(replace(results, tables={**results.tables, "capacity_gap": gaps}),))
    said = sentence(unknown, "en", GPS[0], None, "staff_capacity", -0.05, None, "loses")
    assert "5.0% more hands" in said


def test_an_unknown_size_is_said(release: Release) -> None:
    baseline = release.scenarios[0].table("party_baseline").filter(pl.col("party") != POLDER)
    for dimension, dutch in (("revenue", "derft € 52.000 omzet per jaar"), ("margin", "verliest € 52.000 per jaar")):
        stake: Interest = (POLDER, None, dimension, -52_000.0, None, "loses")
        found = interests.interest_sentences(told(release, "nl", [stake], baseline=baseline))
        name = "Zelfstandig Behandelcentrum De Lange Polderweg"
        assert plain(found["sentence"].item()) == f"{name} {dutch} (omvang niet geleverd)."


LOSS: Interest = (MAASDIJK, AF, "margin", -640_000.0, -0.0026, "loses")


def test_a_payer_that_gains_spends_less(release: Release) -> None:
    stakes = [LOSS, ("3312", AF, "margin", 1_900_000.0, 0.0024, "gains")]
    clash = [(AF, MAASDIJK, "3312", 0.0024)]
    dutch = interests.conflict_sentences(told(release, "nl", stakes, clashes=clash))["sentence"].item()
    assert plain(dutch) == (
        "Over ‘Stabiel boezemfibrilleren naar de huisarts’ botsen de belangen: Maasdijk Ziekenhuis verliest € 640.000 "
        "per jaar (0,3 % van de omzet), Polderzorg geeft € 1,9 mln per jaar minder uit (0,2 % van de omzet)."
    )
    english = interests.clash_points(told(release, "en", stakes, clashes=clash))
    assert plain(english[0]) == (
        "Interests clash over ‘Stable atrial fibrillation to the GP’: Maasdijk Ziekenhuis loses €640,000 a year "
        "(0.3% of revenue), Polderzorg spends €1.9m a year less (0.2% of revenue)."
    )
    assert english[1:] == ("No party has a loss set against a gain that matters to it.",)


def test_many_parties_of_a_kind_are_one_side(dutch: Synopsis, english: Synopsis) -> None:
    points = [plain(point) for point in interests.clash_points(dutch)]
    assert points == [
        (
            "Over ‘Stabiel boezemfibrilleren naar de huisarts’ botsen de belangen: Maasdijk Ziekenhuis verliest "
            "€ 640.000 per jaar (0,3 % van de omzet), acht huisartsenorganisaties houden er samen € 240.000 per jaar "
            "aan over (0,5 % van de omzet)."
        ),
        (
            "Acht huisartsenorganisaties komen samen 2,4 fte praktijkondersteuners tekort (zonder akkoord: geen), maar "
            "krijgen er samen € 560.000 omzet per jaar bij (1,1 %)."
        ),
        (
            "Maasdijk Ziekenhuis derft € 2,2 mln omzet per jaar (0,9 %), maar krijgt in 2032 1,6 fte schaarse medisch "
            "specialisten vrij (tekort daarna: 1,7 fte)."
        ),
    ]
    assert plain(interests.clash_points(english)[1]) == (
        "Eight GP organisations together are short of 2.4 FTE practice nurses (without an agreement: none), but "
        "together earn €560,000 more revenue a year (1.1%)."
    )
    assert interests.conflict_sentences(dutch).height == len(GPS)  # each pair has its own sentence too
    number, every = interests.all_clashes(dutch)
    assert set(interests.clash_points(dutch)) <= set(every)
    assert number == len(every)
    assert interests.all_clashes(dutch, most=2) == (number, every[:2])


def test_a_group_that_lacks_different_hands_adds_up_only_people(release: Release) -> None:
    change = [0.12, 90 / 9020, 0.12, 0.12]
    stakes: list[Interest] = [(gp, None, "revenue", 70_000.0, 0.01, "gains") for gp in GPS[:4]]
    stakes += [(gp, None, "staff_capacity", -value, None, "loses") for gp, value in zip(GPS, change, strict=False)]
    tightest = {(GPS[1], "staff_capacity"): ("gp_hours", HORIZON)}  # the second lacks GPs most
    said = [
        plain(interests.clash_points(told(release, language, stakes, tightest=tightest))[1])
        for language in ("nl", "en")
    ]
    assert said == [
        (
            "Vier huisartsenorganisaties komen, ieder waar het het meest knelt, samen 1,4 fte tekort (zonder akkoord: "
            "0,5 fte), maar krijgen er samen € 280.000 omzet per jaar bij (1,1 %)."
        ),
        (
            "Four GP organisations together are short of 1.4 FTE, each where it is tightest (without an agreement: "
            "0.5 FTE), but together earn €280,000 more revenue a year (1.1%)."
        ),
    ]


def test_three_parties_of_a_kind_keep_their_names(release: Release) -> None:
    stakes = [LOSS, *((gp, AF, "margin", 30_000.0, 0.0046, "gains") for gp in GPS[:3])]
    clashes = [(AF, MAASDIJK, gp, 0.0026) for gp in GPS[:3]]
    points = interests.clash_points(told(release, "nl", stakes, clashes=clashes))
    assert len(points) == 3
    assert [f"Huisartsenorganisatie Wijk {number} houdt" in point for number, point in enumerate(points, 1)] == [
        True
    ] * 3


def test_where_nobody_clashes_the_nearest_pair_is_told(release: Release) -> None:
    stakes: list[Interest] = [
        (MAASDIJK, AF, "margin", -60_000.0, -0.00025, "neutral"),
        (LAB, AF, "margin", 500_000.0, 0.0132, "gains"),
        (KREEK, SURGERY, "margin", -130_000.0, -0.00099, "neutral"),
        (DELTA, SURGERY, "margin", 440_000.0, 0.00086, "neutral"),
        (POLDER, SURGERY, "margin", 900_000.0, None, "gains"),
    ]
    near = plain(interests.clash_points(told(release, "nl", stakes))[0])
    assert near == (
        "Geen initiatief geeft een botsing die er voor beide partijen toe doet (0,1 % van de omvang). Het dichtst "
        "daarbij komt ‘Complexe chirurgie naar Delta’: Kreekziekenhuis verliest € 130.000 per jaar (0,1 % van de "
        "omzet), Delta Topklinisch Centrum houdt er € 440.000 per jaar aan over (0,09 % van de omzet)."
    )
    one_sided = told(release, "en", stakes[:1])
    assert interests.clash_points(one_sided)[0] == "In no initiative does one party gain where another loses."


def test_a_release_without_interests_says_so(single: Synopsis) -> None:
    assert interests.clash_points(single) == ("This release holds no overview of interests.",)
    assert interests.all_clashes(single) == (0, ())


def test_the_strongest_come_first_and_each_direction_is_heard(release: Release) -> None:
    stakes: list[Interest] = [
        (DELTA, None, "revenue", 6_000_000.0, 0.012, "gains"),
        (DELTA, None, "facility_capacity", -700 / 21_000, None, "loses"),
        (GPS[0], None, "revenue", 60_000.0, 0.009, "gains"),
        (GPS[0], None, "staff_capacity", -480 / 4000, None, "loses"),
        (MAASDIJK, None, "margin", -900_000.0, -0.0037, "loses"),
        (MAASDIJK, None, "staff_capacity", 2600 / 88_000, None, "gains"),
    ]
    found = told(release, "nl", stakes)
    strengths = interests.tension_sentences(found)["strength"].to_list()
    assert strengths == [pytest.approx(0.012), pytest.approx(0.009), pytest.approx(0.0037)]
    points = [plain(point) for point in interests.clash_points(found)]
    assert points[0] == "Bij geen enkel initiatief wint de één waar de ander verliest."
    assert points[1].startswith("Delta Topklinisch Centrum komt in 2032 928 uur operatiekamers tekort")
    assert points[2].startswith("Maasdijk Ziekenhuis verliest € 900.000 per jaar (0,4 % van de omzet), maar krijgt")
