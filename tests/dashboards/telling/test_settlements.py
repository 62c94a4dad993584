"""A deal in words: the sentences that a terminal and a page share, in both languages."""

import pytest
from fake_release import KREEK, MAASDIJK, RULES

from dashboards.data import Release
from dashboards.telling.deals import Deals
from dashboards.telling.settlements import Settlements
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import LANGUAGES, wording
from data_contracts.text import Language


@pytest.fixture(params=LANGUAGES)
def told(request: pytest.FixtureRequest, release: Release) -> Settlements:
    language: Language = request.param
    return Deals(Synopsis(release, release.scenarios[0], wording(language))).settlements


def test_every_rule_is_told_in_sentences_without_an_id(told: Settlements) -> None:
    assert told.rules == RULES
    for rule in told.rules:
        sentences = list(told.sentences(rule))
        assert len(sentences) == 6
        assert all(sentence.endswith(".") for sentence in sentences)
        assert not [party for party in (MAASDIJK, KREEK) if party in " ".join(sentences)]


def test_who_would_leave_is_named_with_what_it_would_gain(told: Settlements) -> None:
    said = told.leaving("none")
    assert "Maasdijk Ziekenhuis, Kreekziekenhuis" in said
    assert told.words.numbers.money(3.1e6, digits=3) in said
    assert told.coalition("shapley") == []


def test_payments_go_round(told: Settlements) -> None:
    for rule in told.rules:
        paid, parties = told.transfers(rule), told.parties(rule)
        assert paid["euro"].sum() == pytest.approx(parties.filter(parties["payment_eur"] > 0)["payment_eur"].sum())
    assert told.transfers("none").rows() == [
        (None, told.words.text("settlement.fund"), MAASDIJK, "Maasdijk Ziekenhuis", 500_000.0)
    ]


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "in none of the draws"),
        (0.01, "in fewer than 1 of 20 draws"),
        (0.06, "in 1 of 10 draws"),
        (0.84, "in 8 of 10 draws"),
        (0.99, "in more than 19 of 20 draws"),
        (1.0, "in every draw"),
    ],
)
def test_a_share_of_the_draws_is_told_as_people_count(english: Synopsis, share: float, said: str) -> None:
    assert Deals(english).settlements.draws(share) == said


def test_chances_are_told_of_both_ways_to_pay_once_where_they_are_the_same(told: Settlements) -> None:
    assert told.risk("keep_whole").count("10") == 2
    same = told.tables["settlement_risk"].with_columns(probability_whole_per_unit="probability_whole_fixed")
    once = Settlements({**told.tables, "settlement_risk": same}, told.names, told.words, is_drawn=True)
    assert once.risk("keep_whole").count("10") == 1


def test_a_deal_of_nobody_is_told_in_one_sentence(told: Settlements) -> None:
    nobody = Settlements(
        {name: table.clear() for name, table in told.tables.items()}, told.names, told.words, is_drawn=True
    )
    assert list(nobody.sentences("none")) == [told.words.text("settlement.nothing")]
