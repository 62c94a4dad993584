"""The primary rules: what a view may hold, before the audit says whether it may be shown (trust page, section 2)."""

from collections.abc import Sequence
from itertools import groupby

from models.disclosure.at_the_table import TableRules
from models.disclosure.attackers import Attacker, attackers
from models.disclosure.coarseness import Figure
from models.disclosure.in_a_room import RoomRules
from models.disclosure.ladders import Settings
from models.disclosure.own_payment import PaymentRules
from models.disclosure.picture import Picture
from models.disclosure.scenario_facts import PAYER, UNKNOWN, ScenarioFacts


def attackers_of(facts: Sequence[ScenarioFacts], settings: Settings) -> tuple[Attacker, ...]:
    """Returns who puts what together in a region."""
    parties: dict[str, str] = {}
    donors: dict[str, None] = {}
    for one in facts:
        parties |= {party: one.parties[party].kind for party in (*one.providers, *one.payers) if party != UNKNOWN}
        donors |= dict.fromkeys(donor for initiative in one.initiatives for donor in initiative.donors)
    payers = [party for party, kind in parties.items() if kind == PAYER]
    ordered = sorted(parties, key=lambda party: parties[party])
    kinds = {kind: list(members) for kind, members in groupby(ordered, key=lambda party: parties[party])}
    groups = kinds | {name: [m for m in members if m in parties] for name, members in settings.groups.items()}
    return tuple(attackers(list(parties), donors=donors, payers=payers, groups=groups, named=settings.coalitions))


def figures_of(facts: ScenarioFacts, settings: Settings) -> tuple[Figure, ...]:
    """Returns every figure that the views of a scenario may hold."""
    picture = Picture(facts, settings.minimum_count)
    rules = (kind(picture, settings) for kind in (TableRules, RoomRules, PaymentRules))
    return tuple(figure for one in rules for figure in one.figures())
