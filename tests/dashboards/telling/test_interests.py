"""What the parties have at stake, read aloud: from small frames, in both languages."""

from collections.abc import Iterable
from dataclasses import replace

import polars as pl
import pytest
from fake_release import (
    BASE,
    DELTA,
    GPS,
    HORIZON,
    INITIATIVES,
    KREEK,
    LAB,
    MAASDIJK,
    POLDER,
    SCENARIO,
    YEARS,
    interest_row,
)

from dashboards.data import Release
from dashboards.pages.clashes import clash_points, meeting_points
from dashboards.telling.interests import Clashes, ClashSide, Speech
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import wording
from data_contracts.text import Language
from models.interests import conflict
from models.tables import RESULT_TABLES

AF, SURGERY = (row[0] for row in INITIATIVES)
TIGHTEST = {
    (MAASDIJK, "staff_capacity"): ("specialist_hours", HORIZON),
    (DELTA, "facility_capacity"): ("operating_room_hours", HORIZON),
    (DELTA, "staff_capacity"): ("nurse_hours", HORIZON),
    (KREEK, "facility_capacity"): ("bed_days", HORIZON),
    (MAASDIJK, "cushion"): (None, 2029),
    (MAASDIJK, "department"): (None, 2030),
    (POLDER, "department"): (None, 2031),
    **dict.fromkeys(((gp, "staff_capacity") for gp in GPS), ("practice_nurse_hours", HORIZON)),
}
MEASURES = {
    "revenue": ("revenue_change_eur", 1.0),
    "margin": ("margin_change_eur", 1.0),
    "spend": ("spend_change_eur", -1.0),
}
Interest = tuple[str, str | None, str, float, float | None, str]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def told(
    release: Release,
    language: Language,
    stakes: Iterable[Interest],
    *,
    baseline: pl.DataFrame | None = None,
    specialism: str | None = None,
    band: float = 0.3,
) -> Clashes:
    """The first scenario with these interests (party, initiative, dimension, value, share, stance).

    Money is nothing but in 2030, when it is the value; its p10 and p90 lie `band` of it to either side. A department is
    that of the specialism.
    """
    results, stakes = release.scenarios[0], list(stakes)
    tight = {(stake[0], stake[2]): TIGHTEST.get((stake[0], stake[2]), (None, None)) for stake in stakes}
    rows = [interest_row(SCENARIO, *stake, *tight[stake[0], stake[2]]) for stake in stakes]
    interest = pl.DataFrame(rows, RESULT_TABLES["interest"].schema(), orient="row").with_columns(
        specialism=pl.when(pl.col("dimension") == "department").then(pl.lit(specialism, dtype=pl.String))
    )
    impact = [row for stake in stakes if stake[2] in MEASURES for row in _impact(stake, band)]
    frames = {
        "interest": interest,
        "conflict": conflict(interest),
        "party_impact": pl.DataFrame(impact, RESULT_TABLES["party_impact"].schema(), orient="row"),
    }
    if baseline is not None:
        frames["party_baseline"] = baseline
    known = replace(results, tables={**results.tables, **frames})
    return Clashes(Synopsis(release, known, wording(language)))


def _impact(stake: Interest, band: float) -> list[tuple[object, ...]]:
    party, initiative, dimension, value, _, _ = stake
    measure, sign = MEASURES[dimension]
    rows: list[tuple[object, ...]] = []
    for year in YEARS:
        mean = sign * value if year == 2030 else 0.0
        low, high = mean - band * abs(mean), mean + band * abs(mean)
        rows.append((SCENARIO, party, year, initiative, measure, mean, low, mean, high))
    return rows


def speech(language: Language) -> Speech:
    return Speech(wording(language), base_year=BASE)


def sentence(release: Release, language: Language, *stake: object, specialism: str | None = None) -> str:
    found = told(release, language, [stake], specialism=specialism).stakes  # type: ignore[list-item]
    return plain(speech(language).stake(ClashSide((found.row(0, named=True),))))


MONEY = [
    (
        (MAASDIJK, None, "margin", -900_000.0, -0.0037, "loses"),
        "Maasdijk Ziekenhuis levert in 2030 € 900.000 resultaat in (0,4 % van de omzet).",
        "Maasdijk Ziekenhuis loses €900,000 of its result in 2030 (0.4% of revenue).",
    ),
    (
        (MAASDIJK, AF, "revenue", -1_230_000.0, -0.0051, "loses"),
        (
            "‘Stabiel boezemfibrilleren naar de huisarts’: Maasdijk Ziekenhuis derft in 2030 € 1,2 mln "
            "omzet (0,5 % van de omzet)."
        ),
        "‘Stable atrial fibrillation to the GP’: Maasdijk Ziekenhuis loses €1.2m of revenue in 2030 (0.5% of revenue).",
    ),
    (
        ("3311", None, "margin", 4_000_000.0, 0.0014, "gains"),
        "Zorgverzekeraar Maasland geeft in 2030 € 4,0 mln minder uit (0,1 % van de omzet).",
        "Zorgverzekeraar Maasland spends €4.0m less in 2030 (0.1% of revenue).",
    ),
    (
        ("3311", AF, "spend", 400_000.0, 0.25, "gains"),
        (
            "‘Stabiel boezemfibrilleren naar de huisarts’: Zorgverzekeraar Maasland geeft in 2030 € 400.000 "
            "minder uit (25 % van wat deze zorg nu kost)."
        ),
        (
            "‘Stable atrial fibrillation to the GP’: Zorgverzekeraar Maasland spends €400,000 less in 2030 "
            "(25% of what this care costs now)."
        ),
    ),
    (
        ("unknown", None, "margin", -70_000.0, -0.0035, "loses"),
        "Een onbekende verzekeraar geeft in 2030 € 70.000 meer uit (0,4 % van de uitgaven in de regio).",
        "An unknown insurer spends €70,000 more in 2030 (0.4% of its spending in the region).",
    ),
    (
        (DELTA, None, "margin", -200.0, -4e-7, "neutral"),
        "Delta Topklinisch Centrum merkt er onder de streep weinig van (in 2030 −€ 200 resultaat, ≈ 0 % van de omzet).",
        "Delta Topklinisch Centrum hardly notices on the bottom line (a result of −€200 in 2030, ≈ 0% of revenue).",
    ),
    (
        (DELTA, None, "revenue", 0.0, 0.0, "neutral"),
        "Delta Topklinisch Centrum merkt er niets van in euro's.",
        "Delta Topklinisch Centrum sees no change in euros.",
    ),
    (
        (MAASDIJK, None, "cushion", -1_500_000.0, -0.385, "loses"),
        "Maasdijk Ziekenhuis levert in zijn slechtste jaar, 2029, € 1,5 mln resultaat in: 38 % van de buffer.",
        "Maasdijk Ziekenhuis loses €1.5m of its result in its worst year, 2029: 38% of its cushion.",
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
        (GPS[0], AF, "staff_capacity", -300 / 4000, None, "loses"),
        (
            "‘Stabiel boezemfibrilleren naar de huisarts’: Huisartsenorganisatie Wijk 1 komt in 2032 0,2 "
            "fte praktijkondersteuners meer tekort."
        ),
        (
            "‘Stable atrial fibrillation to the GP’: Huisartsenorganisatie Wijk 1 is short of 0.2 FTE more "
            "practice nurses in 2032."
        ),
    ),
    (
        (MAASDIJK, None, "function", -1.0, None, "loses"),
        "Maasdijk Ziekenhuis stopt met complexe chirurgie of haalt de norm niet meer.",
        "Maasdijk Ziekenhuis stops ‘complexe chirurgie’, or no longer meets the norm.",
    ),
    (
        (KREEK, None, "function", -2.0, None, "loses"),
        "Kreekziekenhuis verliest twee functies: ingrepen of afdelingen stoppen of halen de norm niet meer.",
        "Kreekziekenhuis loses two functions: procedures or departments stop or no longer meet their norm.",
    ),
    (
        (DELTA, None, "function", 2.0, None, "gains"),
        "Delta Topklinisch Centrum wint twee functies: ingrepen halen de norm weer of voor het eerst.",
        "Delta Topklinisch Centrum gains two functions: procedures meet their norm again or for the first time.",
    ),
    (
        ("patients", SURGERY, "travel", -41_000.0, None, "loses"),
        "‘Complexe chirurgie naar Delta’: de patiënten reizen samen 41.000 km per jaar verder.",
        "‘Complex surgery to Delta’: the patients together travel 41,000 km a year further.",
    ),
    (
        ("patients", SURGERY, "quality:lives_saved", 3.0, None, "gains"),
        "‘Complexe chirurgie naar Delta’: de patiënten winnen 3 op ‘lives saved’.",
        "‘Complex surgery to Delta’: the patients gain 3 on ‘lives saved’.",
    ),
]
DEPARTMENT = [
    (
        (MAASDIJK, AF, "department", -2_700_000.0, -0.09, "loses"),
        (
            "‘Stabiel boezemfibrilleren naar de huisarts’: Maasdijk Ziekenhuis raakt bij cardiologie in "
            "2030 € 2,7 mln productie kwijt (9,0 %)."
        ),
        (
            "‘Stable atrial fibrillation to the GP’: Maasdijk Ziekenhuis loses €2.7m of its production in "
            "cardiology in 2030 (9.0%)."
        ),
    ),
    (
        (POLDER, None, "department", 300_000.0, None, "gains"),
        (
            "Zelfstandig Behandelcentrum De Lange Polderweg krijgt er bij cardiologie in 2031 € 300.000 "
            "productie bij (nieuw voor die afdeling)."
        ),
        (
            "Zelfstandig Behandelcentrum De Lange Polderweg adds €300,000 to its production in cardiology "
            "in 2031 (new to that department)."
        ),
    ),
]


@pytest.mark.parametrize(("stake", "dutch", "english"), [*MONEY, *OTHER, *DEPARTMENT])
def test_an_interest_is_said_in_both_languages(release: Release, stake: Interest, dutch: str, english: str) -> None:
    assert sentence(release, "nl", *stake, specialism="0320") == dutch
    assert sentence(release, "en", *stake, specialism="0320") == english


def test_a_resource_is_not_named_where_its_capacity_is_not_known(release: Release) -> None:
    results = release.scenarios[0]
    gaps = results.table("capacity_gap").filter(pl.col("provider") != GPS[0])
    unknown = replace(release, scenarios=(replace(results, tables={**results.tables, "capacity_gap": gaps}),))
    said = sentence(unknown, "en", GPS[0], None, "staff_capacity", -0.05, None, "loses")
    assert "5.0% more hands" in said


def test_an_unknown_size_is_said(release: Release) -> None:
    baseline = release.scenarios[0].table("party_baseline").filter(pl.col("party") != POLDER)
    for dimension, dutch in (
        ("revenue", "derft in 2030 € 52.000 omzet"),
        ("margin", "levert in 2030 € 52.000 resultaat in"),
    ):
        stake: Interest = (POLDER, None, dimension, -52_000.0, None, "loses")
        found = told(release, "nl", [stake], baseline=baseline).stakes
        said = plain(speech("nl").stake(ClashSide((found.row(0, named=True),))))
        assert said == f"Zelfstandig Behandelcentrum De Lange Polderweg {dutch} (omvang niet geleverd)."


LOSS: Interest = (MAASDIJK, AF, "cushion", -640_000.0, -0.16, "loses")
GAIN: Interest = ("3312", AF, "spend", 1_900_000.0, 0.24, "gains")


def test_a_clash_is_told_at_the_level_at_which_it_is_felt(release: Release) -> None:
    """A cushion against what an insurer spends on the care in question: no margin is asked."""
    assert plain(clash_points(told(release, "nl", [LOSS, GAIN]))[0]) == (
        "Over ‘Stabiel boezemfibrilleren naar de huisarts’ botsen de belangen: Maasdijk Ziekenhuis levert in zijn "
        "slechtste jaar, 2029, € 640.000 resultaat in: 16 % van de buffer; Polderzorg geeft in 2030 € 1,9 mln minder "
        "uit (24 % van wat deze zorg nu kost)."
    )
    assert plain(clash_points(told(release, "en", [LOSS, GAIN]))[0]) == (
        "Interests clash over ‘Stable atrial fibrillation to the GP’: Maasdijk Ziekenhuis loses €640,000 of its result "
        "in its worst year, 2029: 16% of its cushion; Polderzorg spends €1.9m less in 2030 (24% of what this care "
        "costs now)."
    )


def test_a_function_that_stops_comes_before_hands_and_money(release: Release) -> None:
    stops: Interest = (MAASDIJK, SURGERY, "function", -1.0, None, "loses")
    wins: Interest = (DELTA, SURGERY, "revenue", 900_000.0, 0.0018, "gains")
    found = told(release, "nl", [LOSS, GAIN, stops, wins])
    points = [plain(point) for point in clash_points(found)]
    assert "stopt met complexe chirurgie of haalt de norm niet meer; Delta" in points[0]
    assert points[1].startswith("Over ‘Stabiel boezemfibrilleren naar de huisarts’")
    assert found.conflicts.height == found.clashes.height == 2


def test_what_the_draws_leave_open_is_said_and_comes_last(release: Release) -> None:
    revenue: Interest = (MAASDIJK, AF, "revenue", -640_000.0, -0.0026, "loses")
    pair = told(release, "nl", [revenue, GAIN], band=1.5).sharpest(1)[0]
    assert pair.one.is_open
    assert pair.other.is_open
    assert speech("nl").clause(pair.one).endswith("(al laten de doorrekeningen open of dat zo uitpakt)")
    settled: list[Interest] = [
        (KREEK, SURGERY, "cushion", -90_000.0, -0.06, "loses"),
        (DELTA, SURGERY, "function", 1.0, None, "gains"),
    ]
    first = told(release, "nl", [revenue, GAIN, *settled], band=1.5).sharpest(2)[0]
    assert first.title == "Complexe chirurgie naar Delta"


def test_many_parties_of_a_kind_are_one_side_and_nothing_is_netted(release: Release) -> None:
    stakes: list[Interest] = [LOSS, *((gp, AF, "margin", 30_000.0, 0.0046, "gains") for gp in GPS)]
    found = told(release, "nl", stakes)
    assert plain(clash_points(found)[0]).endswith(
        "; acht huisartsenorganisaties houden in 2030 samen € 240.000 meer resultaat over (0,5 % van de omzet)."
    )
    assert found.conflicts.height == len(GPS)
    mixed: list[Interest] = [*((gp, AF, "margin", 30_000.0, 0.0046, "gains") for gp in GPS[:4]),
                             *((gp, AF, "margin", -30_000.0, -0.0046, "loses") for gp in GPS[4:])]  # fmt: skip
    (pair,) = told(release, "en", mixed).sharpest(3)
    assert [len(side.rows) for side in (pair.one, pair.other)] == [4, 4]
    assert "€120,000" in speech("en").clash(pair)


def test_a_group_that_lacks_different_hands_adds_up_only_people(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TIGHTEST, (GPS[1], "staff_capacity"), ("gp_hours", HORIZON))  # the second lacks GPs most
    change = [0.12, 90 / 9020, 0.12, 0.12]
    stakes: list[Interest] = [(gp, None, "revenue", 70_000.0, 0.01, "gains") for gp in GPS[:4]]
    stakes += [(gp, None, "staff_capacity", -value, None, "loses") for gp, value in zip(GPS, change, strict=False)]
    (pair,) = told(release, "nl", stakes).tensions
    assert plain(speech("nl").tension(pair)) == (
        "Vier huisartsenorganisaties komen samen 1,0 fte meer tekort, ieder waar het het meest knelt, maar krijgen er "
        "in 2030 samen € 280.000 omzet bij (1,1 % van de omzet)."
    )


def test_three_parties_of_a_kind_keep_their_names(release: Release) -> None:
    found = told(release, "nl", [LOSS, *((gp, AF, "margin", 30_000.0, 0.0046, "gains") for gp in GPS[:3])])
    assert found.clashes.height == 3
    assert "Huisartsenorganisatie Wijk 1 houdt" in clash_points(found)[0]


def test_interests_that_meet_stand_beside_those_that_clash(release: Release) -> None:
    stakes: list[Interest] = [LOSS, GAIN, (LAB, AF, "revenue", 60_000.0, 0.0016, "gains")]
    assert plain("".join(meeting_points(told(release, "nl", stakes)))) == (
        "‘Stabiel boezemfibrilleren naar de huisarts’ dient er meer: Polderzorg geeft in 2030 € 1,9 mln minder uit "
        "(24 % van wat deze zorg nu kost); Regiolab & Diagnostiek <Zuid> krijgt er in 2030 € 60.000 omzet bij (0,2 % "
        "van de omzet)."
    )


def test_where_nobody_clashes_that_is_said_and_only_as_far_as_is_known(release: Release) -> None:
    neutral: Interest = (MAASDIJK, AF, "margin", -60_000.0, -0.00025, "neutral")
    found = told(release, "nl", [neutral])
    assert clash_points(found)[0].startswith("Over geen enkel initiatief verliest de een iets")
    assert meeting_points(found)[0].startswith("Geen enkel initiatief brengt")
    gaps = release.scenarios[0].table("capacity_gap").filter(~pl.col("provider").is_in(GPS))
    results = replace(release.scenarios[0], tables={**release.scenarios[0].tables, "capacity_gap": gaps})
    blind = told(replace(release, scenarios=(results,)), "nl", [neutral])
    assert clash_points(blind)[0].startswith("Voor zover bekend verliest over geen enkel initiatief")
    assert meeting_points(blind)[0].startswith("Voor zover bekend brengt geen enkel initiatief")


def test_a_release_without_interests_says_so(single: Synopsis) -> None:
    assert clash_points(Clashes(single)) == ("This release holds no overview of interests.",)
    assert meeting_points(Clashes(single)) == ("This release holds no overview of interests.",)


def test_tensions_are_told_by_their_weaker_side(release: Release) -> None:
    stakes: list[Interest] = [
        (DELTA, None, "revenue", 6_000_000.0, 0.012, "gains"),
        (DELTA, None, "facility_capacity", -700 / 21_000, None, "loses"),
        (GPS[0], None, "revenue", 60_000.0, 0.009, "gains"),
        (GPS[0], None, "staff_capacity", -480 / 4000, None, "loses"),
        (MAASDIJK, None, "margin", -900_000.0, -0.0037, "loses"),
        (MAASDIJK, None, "staff_capacity", 2600 / 88_000, None, "gains"),
    ]
    found = told(release, "nl", stakes)
    assert [pair.strength for pair in found.tensions] == pytest.approx([12.0, 9.0, 3.7])
    points = [plain(point) for point in clash_points(found)]
    assert points[1].startswith("Delta Topklinisch Centrum komt in 2032 928 uur operatiekamers tekort")
    assert "maar krijgt er in 2030 € 6,0 mln omzet bij (1,2 % van de omzet)" in points[1]
