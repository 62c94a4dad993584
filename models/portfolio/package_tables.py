"""From a package that was chosen to the published tables: one maker for all of them, since they share the searches."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from models.outcome import Outcome
from models.portfolio.contributions import Contributions, Effects
from models.portfolio.exchange import Payments, swaps
from models.portfolio.frontier import Point
from models.portfolio.limits import loss_shares
from models.portfolio.package_deal import PackageDeal, deal_of
from models.summary import frame

TABLES = ("portfolio", "portfolio_choice", "exchange", "exchange_party", "exchange_swap", "portfolio_change")
"""The tables that are made here."""


def portfolio_tables(outcome: Outcome) -> Mapping[str, pl.DataFrame]:
    """Returns every table about packages, by name."""
    return tables_of(outcome, deal_of(outcome))


def tables_of(outcome: Outcome, deal: PackageDeal) -> Mapping[str, pl.DataFrame]:
    """Returns every table about packages of a deal that was made."""
    scenario = outcome.setting.scenario
    name = scenario.scenario
    materiality = scenario.materiality.limit("margin")
    return {
        "portfolio": _portfolio(name, deal),
        "portfolio_choice": _choices(name, deal),
        "exchange": _exchange(name, deal),
        "exchange_party": _parties(name, deal),
        "exchange_swap": _swaps(name, deal, materiality),
        "portfolio_change": _changes(name, deal),
    }


def _rows(table: str, scenario: str, names: Sequence[str], rows: Iterable[Sequence[object]]) -> pl.DataFrame:
    """Returns a table from rows of the named columns."""
    listed = list(rows)
    columns: dict[str, Any] = {name: [row[place] for row in listed] for place, name in enumerate(names)}
    return frame(table, {"scenario": [scenario] * len(listed), **columns})


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _worst(own: Contributions, effects: Effects) -> tuple[float | None, str | None]:
    """Returns what the party that loses most loses of its size, a loss negative, None if unknown; and which party."""
    shares = loss_shares(own, effects)
    if not shares.size or shares.min() >= 0:
        return 0.0, None
    place = int(shares.argmin())
    return _finite(float(shares[place])), own.parties[place]


def _portfolio(scenario: str, deal: PackageDeal) -> pl.DataFrame:
    names = (
        "loss_cap", "own_cap", "net_value_eur", "net_value_whole_eur", "worst_loss_share", "worst_loss_share_whole",
        "worst_party", "initiatives", "transition_cost_eur", "status", "gap", "failed_whole", "complete",
    )  # fmt: skip

    def row(point: Point) -> Sequence[object]:
        choice, own = point.choice, deal.contributions
        worst, party = _worst(own, choice.effects)
        return (
            _finite(point.loss_cap), point.loss_cap == deal.limits.loss_cap, choice.value_eur, choice.value_whole_eur,
            worst, _worst(own, choice.whole)[0], party, len(choice.package), float(choice.effects.transition),
            choice.status, choice.gap, len(choice.failed), deal.frontier.complete,
        )  # fmt: skip

    return _rows("portfolio", scenario, names, (row(point) for point in deal.frontier.points))


def _choices(scenario: str, deal: PackageDeal) -> pl.DataFrame:
    names = ("loss_cap", "initiative", "chosen", "start", "net_value_eur", "valued_until", "years_short")
    own = deal.contributions

    def row(point: Point, name: str) -> Sequence[object]:
        for place in point.choice.package:
            option = own.options[place]
            if option.initiative == name:
                value = float(own.values[place])
                return _finite(point.loss_cap), name, True, option.start, value, option.valued_until, option.years_short
        return _finite(point.loss_cap), name, False, None, None, None, None

    return _rows(
        "portfolio_choice", scenario, names, (row(p, name) for p in deal.frontier.points for name in own.initiatives)
    )


def _exchange(scenario: str, deal: PackageDeal) -> pl.DataFrame:
    names = ("terms", "initiative", "start", "net_value_eur", "keeps_limits")
    own, found = deal.contributions, deal.exchange
    if found.choice is None:
        return frame("exchange", {})
    keeps = deal.search.keeps(found.choice.package, deal.limits)
    options = [(own.options[place], float(own.values[place])) for place in found.choice.package]
    rows = [(found.terms, option.initiative, option.start, value, keeps) for option, value in options]
    return _rows("exchange", scenario, names, rows)


def _parties(scenario: str, deal: PackageDeal) -> pl.DataFrame:
    found, own = deal.exchange, deal.contributions
    if found.choice is None or found.payments is None or found.payments_whole is None:
        return frame("exchange_party", {})
    summed, whole = (effects.level * own.annuity for effects in (found.choice.effects, found.choice.whole))
    paid, paid_whole = (_received(payments) for payments in (found.payments, found.payments_whole))
    touched = (np.abs(summed) > 0) | (np.abs(whole) > 0)
    return frame(
        "exchange_party",
        {
            "scenario": scenario,
            "party": [party for party, there in zip(own.parties, touched, strict=True) if there],
            "value_eur": summed[touched],
            "value_whole_eur": whole[touched],
            "payment_eur": paid[touched],
            "payment_whole_eur": paid_whole[touched],
        },
    )


def _received(payments: Payments) -> np.ndarray[Any, np.dtype[np.float64]]:
    return payments.received + 0.0  # no minus zero


def _swaps(scenario: str, deal: PackageDeal, materiality: float) -> pl.DataFrame:
    names = (
        "package", "party", "loses_in", "gains_in", "loss_eur", "gain_eur", "other_party", "other_gain_eur",
        "other_loss_eur", "strength_eur",
    )  # fmt: skip
    rows = []
    for kind, choice in (("chosen", deal.own.choice), ("exchange", deal.exchange.choice)):
        for swap in swaps(deal.contributions, choice.package, materiality=materiality) if choice else ():
            loss, gain, other_gain, other_loss = swap.amounts
            rows.append(
                (kind, swap.party, swap.gives, swap.gets, loss, gain, swap.other, other_gain, other_loss, swap.strength)
            )
    return _rows("exchange_swap", scenario, names, rows)


def _changes(scenario: str, deal: PackageDeal) -> pl.DataFrame:
    names = ("limit", "party", "what", "year", "unit", "short", "short_whole", "needed")
    rows = (
        (one.limit, one.party, one.what, one.year, one.unit, one.by, one.by_whole, one.needed)
        for one in deal.changes.changes
    )
    return _rows("portfolio_change", scenario, names, rows)
