"""Titles and sentences from the invented release, in both languages."""

from dataclasses import replace

import polars as pl

from dashboards.telling import sentences
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import wording

NL, EN = wording("nl"), wording("en")


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def without(findings: Synopsis, *tables: str) -> Synopsis:
    """The same scenario with some of its tables empty."""
    emptied = {name: findings.results.table(name).clear() for name in tables}
    results = replace(findings.results, tables={**findings.results.tables, **emptied})
    return Synopsis(findings.release, results, findings.words)


def test_the_title_says_who_loses_what_and_who_lacks_which_hands(dutch: Synopsis, english: Synopsis) -> None:
    assert plain(sentences.table_answer(dutch)) == (
        "Bij één van de twee initiatieven past in 2032 niet alles bij wie de zorg ontvangt, het minst van ‘Stabiel "
        "boezemfibrilleren naar de huisarts’: 62 %; er ontbreken daardoor 3,9 fte verpleegkundigen en 2,4 fte "
        "praktijkondersteuners. Maasdijk Ziekenhuis verliest de functie complexe chirurgie en levert in 2029 "
        "€ 1,5 mln in, 38 % van de buffer"
    )
    assert plain(sentences.table_answer(english)) == (
        "Of one of the two initiatives not everything fits in 2032 at those who receive the care, least of ‘Stable "
        "atrial fibrillation to the GP’: 62%; that leaves 3.9 FTE nurses and 2.4 FTE practice nurses missing. "
        "Maasdijk Ziekenhuis loses the function ‘complexe chirurgie’, and €1.5m in 2029, 38% of its cushion"
    )


def test_the_title_changes_with_the_results(english: Synopsis, single: Synopsis) -> None:
    assert sentences.table_answer(single) == (
        "No party loses anything that matters; whether anybody runs short of hands cannot be said: no capacity was "
        "delivered, or not what this care takes (Delta Topklinisch Centrum)"
    )
    nothing = without(english, "party_impact", "capacity_gap")
    assert sentences.table_answer(nothing) == "This scenario moves no care"


def test_unknown_capacity_is_said_and_not_taken_for_enough(english: Synopsis) -> None:
    gaps = english.results.table("capacity_gap").with_columns(
        pl.lit(None, pl.Float64).alias(name) for name in ("gap_after", "usable")
    )
    blind = Synopsis(
        english.release,
        replace(english.results, tables={**english.results.tables, "capacity_gap": gaps}),
        english.words,
    )
    assert "cannot be said: no capacity was delivered" in sentences.table_answer(blind)
    assert sentences.hands_finding(blind).startswith(
        "Whether it fits cannot be said: no capacity was delivered, or not"
    )


def test_the_lead_says_what_moves_and_what_it_brings(dutch: Synopsis) -> None:
    said = plain(sentences.table_lead(dutch))
    assert said.startswith(
        "Twee initiatieven verplaatsen in 2032 samen 7.200 zorgproducten (€ 2,4 mln productiewaarde)."
    )
    assert said.endswith("Grootste blijvende winst: Zorgverzekeraar Maasland, € 1,0 mln per jaar.")


def test_the_bottleneck_says_what_part_is_the_agreement(dutch: Synopsis) -> None:
    assert plain(sentences.hands_finding(dutch)) == (
        "Het knelt bij Delta Topklinisch Centrum: 25 fte verpleegkundigen tekort in 2032 (zonder akkoord: 21)."
    )
    assert "Regiolab & Diagnostiek <Zuid>" in sentences.hands_not_known(dutch.capacity, dutch.words)


def test_the_text_alternative_holds_every_row_of_the_figure(english: Synopsis) -> None:
    said = plain(sentences.gains_alternative(english.shown, EN))
    assert all(name in said for name in english.shown["name"])
    assert "Maasdijk Ziekenhuis: −€900,000 a year (−0.4%), in 8 of 10 draws −€1.2m to −€600,000" in said


def test_without_an_agreement_names_the_provider_and_what_insurers_pay(dutch: Synopsis, english: Synopsis) -> None:
    assert plain(sentences.no_agreement_answer(dutch)) == (
        "Zonder akkoord is het resultaat van Delta Topklinisch Centrum in 2032 € 13 mln slechter dan in 2025 "
        "(2,6 % van de omzet); de verzekeraars geven in 2032 samen € 48 mln meer uit dan in 2025"
    )
    assert "is €13m worse in 2032 than in 2025" in plain(sentences.no_agreement_answer(english))
    unknown = without(english, "party_baseline")
    assert "cannot be said" in sentences.no_agreement_answer(unknown)


def test_how_sure_speaks_of_draws_doubt_evidence_and_gaps(english: Synopsis, single: Synopsis) -> None:
    points = [plain(point) for point in sentences.sure_points(english)]
    assert points[0] == "2,000 draws of all uncertain parameters; each band holds 8 of 10."
    assert "2 of the 4 parameters are assumptions; 2 of them have no source." in points
    assert any("Delta capacity (2025, quarter 1)" in point for point in points)
    assert sentences.sure_points(single)[0] == "One computation at the most likely values: there is no band."


def test_the_year_with_the_heaviest_loss_is_named() -> None:
    years = pl.DataFrame({"year": [2027, 2028, 2029], "mean": [-1e5, -9e5, 2e5]}).with_columns(p10="mean", p90="mean")
    assert plain(sentences.years_finding(years, EN, size_eur=9e7)) == "The heaviest year is 2028: −€900,000 (−1.0%)."
    assert "size not delivered" in sentences.years_finding(years, EN, size_eur=None)


def test_of_every_euro_lost_it_says_what_is_saved() -> None:
    measures = {"revenue_change_eur": -1e6, "avoided_cost_eur": 3.1e5, "margin_change_eur": -6.9e5}
    said = plain(sentences.result_finding(measures, NL, name="Maasdijk", year=2030))
    assert said == (
        "In 2030 houdt Maasdijk € 690.000 minder over: van elke verloren euro omzet wordt € 0,31 aan kosten bespaard."
    )


def test_an_amount_that_does_not_change_is_not_explained_by_a_guess() -> None:
    steps = pl.DataFrame({"title": [], "value": []}, schema={"title": pl.String, "value": pl.Float64})
    said = sentences.bridge_finding(steps, NL, year=2030, size_eur=1e8, payer=False)
    assert said == "In 2030 is het bedrag met en zonder akkoord gelijk."


def test_what_weighs_most_pulls_the_way_that_it_goes() -> None:
    steps = pl.DataFrame({"title": ["spares", "costs"], "value": [9e5, -1e6]})
    less = pl.concat([steps, pl.DataFrame({"title": ["spares more"], "value": [9.5e5]})])
    said = plain(sentences.bridge_finding(less, EN, year=2030, size_eur=1.7e8, payer=True))
    assert said == "In 2030 spending falls by €850,000 (0.5%); spares more weighs most."
    assert sentences.bridge_finding(steps, EN, year=2030, size_eur=1e9, payer=True).endswith("costs weighs most.")


def test_only_people_are_hands(english: Synopsis) -> None:
    gaps, horizon = english.results.table("capacity_gap"), english.results.horizon
    last = gaps.filter(pl.col("year") == horizon).with_columns(gap_before=pl.lit(-1.0))
    staff = english.resources.filter("is_staff")["resource"]
    rooms = last.filter(~pl.col("resource").is_in(staff.implode())).with_columns(gap_before=pl.lit(5.0))
    hands = last.filter(pl.col("resource").is_in(staff.implode()))
    for rows, ending in ((hands.head(0), "nobody is short of hands"), (hands.head(1), "one party is short of hands")):
        table = pl.concat([rooms, rows.with_columns(gap_before=pl.lit(5.0))])
        results = replace(english.results, tables={**english.results.tables, "capacity_gap": table})
        said = sentences.shortages_before(Synopsis(english.release, results, english.words))
        assert rooms.height
        assert ending in said


def test_names_are_listed_until_there_are_too_many() -> None:
    assert sentences.listed(["a", "b"], EN) == "a, b"
    assert sentences.listed(["a", "b", "c", "d", "e"], NL) == "a, b, c en twee andere"
