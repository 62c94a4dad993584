"""The result tables of a deal: what each rule makes of it, and what would leave each party as it is."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl

from models.settlement.break_even import BreakEven, break_evens
from models.settlement.deal import CENT, Deal
from models.settlement.division import RULES, Rule
from models.summary import frame, stacked


def settlement_summary(deal: Deal, rules: Sequence[Rule] = RULES) -> pl.DataFrame:
    """Returns one row a rule: what the deal is worth, whether there is room to agree, and who would rather leave."""
    return stacked("settlement_summary", (_summary(deal, rule) for rule in rules))


def _summary(deal: Deal, rule: Rule) -> pl.DataFrame:
    zone, found = deal.zone, deal.blocking(rule)
    names = [deal.ids[party] for party in found.coalition]
    own = deal.outcome.setting.scenario
    row: dict[str, Any] = {
        "scenario": own.scenario,
        "rule": rule,
        "chosen": rule == own.settlement.rule,
        "net_value_eur": deal.net_value,
        "need_eur": zone.need,
        "ability_eur": zone.ability,
        "short_eur": zone.short_without_fund,
        "fund_eur": round(deal.fund_paid, 2),
        "need_with_fund_eur": zone.need_with_fund,
        "ability_with_fund_eur": zone.ability_with_fund,
        "short_with_fund_eur": zone.short,
        "in_core": found.in_core,
        "blocking_coalition": json.dumps(names, ensure_ascii=False) if names else None,
        "excess_eur": found.excess,
        "excess_gap_eur": found.gap,
        "probability_all_whole": float(deal.whole_draws(rule).all(axis=0).mean()),
    }
    return frame("settlement_summary", {name: [value] for name, value in row.items()})


def settlement(deal: Deal) -> pl.DataFrame:
    """Returns one row a rule and party of the deal: what it has without it, receives or pays, and ends with."""
    return stacked("settlement", (_of_rule(deal, rule) for rule in RULES))


def _of_rule(deal: Deal, rule: Rule) -> pl.DataFrame:
    after = deal.after(rule)
    columns = {
        "scenario": deal.outcome.setting.scenario.scenario,
        "rule": rule,
        "party": list(deal.ids),
        "before_eur": deal.before,
        "payment_eur": deal.payment(rule),
        "after_eur": after + 0.0,  # no negative zero
        "below_no_agreement": (after < -CENT).tolist(),
        "from_fund_eur": deal.from_fund,
        "probability_whole": deal.whole_draws(rule).mean(axis=1),
    }
    return frame("settlement", columns)


def settlement_risk(deal: Deal) -> pl.DataFrame:
    """Returns one row a rule and party: what draws leave it with, under fixed sums and under payments by the unit."""
    return stacked("settlement_risk", (_risk_of_rule(deal, rule) for rule in RULES))


def _risk_of_rule(deal: Deal, rule: Rule) -> pl.DataFrame:
    fixed, per_unit = deal.fixed(rule), deal.per_unit(rule)
    columns: dict[str, Any] = {
        "scenario": deal.outcome.setting.scenario.scenario,
        "rule": rule,
        "party": list(deal.ids),
        "payment_per_unit_eur": deal.price_per_unit(rule),
        "probability_whole_fixed": fixed.whole,
        "after_fixed_p10_eur": fixed.low,
        "after_fixed_p90_eur": fixed.high,
        "probability_whole_per_unit": per_unit.whole,
        "after_per_unit_p10_eur": per_unit.low,
        "after_per_unit_p90_eur": per_unit.high,
    }
    return frame("settlement_risk", columns)


def break_even(deal: Deal) -> pl.DataFrame:
    """Returns one row an initiative and party: compensation by the moved unit, and a recipient's tariff."""
    return stacked("break_even", (_of_initiative(deal, found) for found in break_evens(deal)))


def _of_initiative(deal: Deal, found: BreakEven) -> pl.DataFrame:
    setting = deal.outcome.setting
    every = np.array([*setting.region.providers.ids, *setting.region.payers.ids], dtype=object)
    columns = {
        "scenario": setting.scenario.scenario,
        "initiative": deal.outcome.initiatives[found.initiative].move.initiative.id,
        "party": list(every[found.party]),
        "compensation_per_unit_eur": found.compensation,
        "tariff_eur": found.tariff,
        "agreed_tariff_eur": found.agreed,
        "present_value_eur": found.present_value,
        "units_present_value": found.units,
        "note": found.note,
    }
    return frame("break_even", columns)


DEAL_MAKERS: dict[str, Callable[[Deal], pl.DataFrame]] = {
    "settlement_summary": settlement_summary,
    "settlement": settlement,
    "settlement_risk": settlement_risk,
    "break_even": break_even,
}
"""What makes each result table of a deal."""
