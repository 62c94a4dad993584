"""Packages in words: what the tables say is said, in both languages, and nothing else."""

from dataclasses import replace
from itertools import chain

import polars as pl
import pytest

from dashboards.telling.packages import Packages
from dashboards.words.wording import LANGUAGES, wording
from models.tables import RESULT_TABLES


def table(name, *rows):
    """A result table from rows that name only some of its columns."""
    schema = RESULT_TABLES[name].schema()
    return pl.DataFrame([{column: row.get(column) for column in schema} for row in rows], schema=schema)


POINT = {
    "loss_cap": 0.01, "own_cap": True, "net_value_eur": 5e5, "net_value_whole_eur": 4e5, "worst_loss_share": -0.0044,
    "worst_loss_share_whole": -0.004, "worst_party": "A", "initiatives": 1, "status": "proven", "gap": 0.0,
    "failed_whole": 0, "complete": True,
}  # fmt: skip
CHOSEN = {
    "loss_cap": 0.01,
    "initiative": "i",
    "chosen": True,
    "start": 2028,
    "net_value_eur": 5e5,
    "valued_until": 2033,
}


def packages(lang, **tables):
    given = {
        "scenario": table("scenario", {"horizon": 2032}),
        "portfolio": table("portfolio", POINT),
        "portfolio_choice": table("portfolio_choice", CHOSEN | {"years_short": 0}),
    } | tables
    empty = {name: RESULT_TABLES[name].empty() for name in RESULT_TABLES}
    names = {"A": "Aziekenhuis", "B": "Bkliniek", "gp_hours": "uren"}
    titles = {"i": "Initiatief Een", "j": "Initiatief Twee"}
    return Packages(empty | given, names, {"bed_days": "beddagen"}, titles, wording(lang))


def every_text(told):
    yield from (
        *told.answer(),
        told.limits(fund_eur=None, tolerance_fte=0),
        told.limits(fund_eur=1e6, tolerance_fte=0.5),
    )
    yield from chain(told.exchange(), told.swaps(), told.changes())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_best_package_is_told_with_both_its_values_its_loser_and_a_start_past_the_horizon(lang):
    text = " ".join(packages(lang).answer())
    numbers = wording(lang).numbers
    for said in (numbers.money(5e5), numbers.money(4e5), "Aziekenhuis", numbers.share(0.0044), "2033"):
        assert said in text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("terms", ["without_payments", "with_payments", "with_outside_money"])
def test_the_exchange_is_told_on_its_terms(lang, terms):
    rows = table(
        "exchange", {"terms": terms, "initiative": "i", "start": 2028, "net_value_eur": 9e4, "keeps_limits": False}
    )
    parties = table("exchange_party", {"party": "A", "payment_eur": 3e4}, {"party": "B", "payment_eur": -2e4})
    first, breaks = packages(lang, exchange=rows, exchange_party=parties).exchange()
    assert "Initiatief Een" in first
    assert (wording(lang).numbers.money(3e4) in first) == (terms != "without_payments")
    assert (wording(lang).numbers.money(1e4) in first) == (terms == "with_outside_money")
    assert breaks == wording(lang).text("package.exchange.breaks")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_swap_names_both_parties_and_both_initiatives(lang):
    row = {
        "package": "chosen", "party": "A", "loses_in": "i", "gains_in": "j", "loss_eur": -1e4, "gain_eur": 3e4,
        "other_party": "B",
    }  # fmt: skip
    (said,) = packages(lang, exchange_swap=table("exchange_swap", row)).swaps()
    for name in ("Aziekenhuis", "Bkliniek", "Initiatief Een", "Initiatief Twee"):
        assert name in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_limit_that_is_passed_is_told_with_its_amount(lang):
    rows = (
        {"limit": "loss_cap", "party": "A", "unit": "share", "short": 0.02, "short_whole": 0.01, "needed": 0.03},
        {"limit": "loss_cap", "party": "B", "unit": "eur", "short": 5e3, "short_whole": 0.0},
        {
            "limit": "capacity",
            "party": "B",
            "what": "gp_hours",
            "year": 2030,
            "unit": "fte",
            "short": 2.0,
            "short_whole": 1.0,
        },
        {"limit": "transition_fund", "unit": "eur", "short": 1e5, "short_whole": 1e5, "needed": 3e5},
        {
            "limit": "volume_norm",
            "party": "A",
            "what": "norm",
            "year": 2029,
            "unit": "units",
            "short": 4.0,
            "short_whole": 4.0,
        },
        {
            "limit": "capacity",
            "party": "A",
            "what": "bed_days",
            "year": 2029,
            "unit": "amount",
            "short": 63.0,
            "short_whole": 60.0,
        },
    )
    numbers = wording(lang).numbers
    said = list(packages(lang, portfolio_change=table("portfolio_change", *rows)).changes())
    wanted = (numbers.share(0.03), numbers.money(5e3), numbers.full_time(2.0), numbers.money(3e5), "4", "63 beddagen")
    assert all(amount in sentence for amount, sentence in zip(wanted, said, strict=True))
    many = table("portfolio_change", *(rows[2] | {"party": f"P{place}"} for place in range(20)))
    assert len(list(packages(lang, portfolio_change=many).changes())) == 13
    hands = [rows[2] | {"party": f"P{place}", "short": 0.01, "short_whole": 0.02} for place in range(3)]
    (tiny,) = packages(lang, portfolio_change=table("portfolio_change", *hands)).changes()
    assert numbers.number(0.05, decimals=2) in tiny
    assert numbers.full_time(0.02) not in tiny


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_to_choose_exchange_or_change_is_said_too(lang):
    nothing = POINT | {"initiatives": 0, "net_value_eur": 0.0, "net_value_whole_eur": 0.0, "worst_party": None}
    told = packages(
        lang, portfolio=table("portfolio", nothing), portfolio_choice=RESULT_TABLES["portfolio_choice"].empty()
    )
    assert told.chosen_rows().is_empty()
    assert wording(lang).text("package.exchange.undecided") in list(every_text(told))
    assert list(replace(told, titles={}).exchange()) == [wording(lang).text("package.exchange.none")]
    assert wording(lang).text("package.change.nothing") in list(every_text(told))
    assert told.frontier_rows().height == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_sentence_keeps_a_place_that_was_not_filled(lang):
    for status in ("proven", "within_gap", "stopped"):
        point = POINT | {"status": status, "gap": 0.02, "failed_whole": 2, "loss_cap": None}
        chosen = CHOSEN | {"years_short": 2, "loss_cap": None}
        told = packages(lang, portfolio=table("portfolio", point), portfolio_choice=table("portfolio_choice", chosen))
        assert not any("{" in text for text in every_text(told))


def test_the_limits_say_how_much_shorter_of_hands_a_recipient_may_get():
    told = packages("nl")
    assert "van iedere soort handen hoogstens 0,5\u00a0fte meer" in told.limits(fund_eur=None, tolerance_fte=0.5)
    assert "meer handen, bedden of ruimte tekort dan zonder akkoord" in told.limits(fund_eur=None, tolerance_fte=0)
    assert "blijven binnen €\u00a00" in told.limits(fund_eur=0.0, tolerance_fte=0)  # a fund of nothing is a limit
