"""Section 3, shared budgets: members share what changes in a selection of care, by a key, after the payer's share."""

from typing import Any

from reference.baseline import Growth
from reference.facts import Cell, segment_of
from reference.moving import Flow
from reference.plan import Scenario, in_selection, mode

Budget = dict[str, Any]


def budget_for(scenario: Scenario, provider: str, flow: Flow) -> Budget | None:
    """The budget (at most one) that a flow's care, payer and year put this provider under."""
    for budget in scenario.get("shared_budgets") or []:
        in_time = budget.get("from", flow.year) <= flow.year <= budget.get("until", flow.year)
        ours = provider in budget["members"] and flow.payer in budget["payers"]
        if in_time and ours and in_selection(budget.get("care"), flow.segment):
            return budget
    return None


def budget_key(growth: Growth, budget: Budget) -> dict[str, float]:
    """Reading (c): one key over all payers; default by base-year V·P in scope, equal if that is 0 for all."""
    if budget.get("key"):
        return {k: mode(budget["key"].get(k, 0.0)) for k in budget["members"]}
    in_scope = {k: _value_in_scope(growth, budget, k) for k in budget["members"]}
    total = sum(in_scope.values())
    if total <= 0:
        return {k: 1 / len(in_scope) for k in in_scope}
    return {k: value / total for k, value in in_scope.items()}


def _value_in_scope(growth: Growth, budget: Budget, member: str) -> float:
    facts = growth.facts

    def counts(cell: Cell) -> bool:
        return cell[0] == member and cell[1] in budget["payers"] and in_selection(budget.get("care"), segment_of(cell))

    return sum(units * facts.price(*_price_of(cell)) for cell, units in facts.units.items() if counts(cell))


def _price_of(cell: Cell) -> tuple[str, str | None, str | None]:
    return cell[0], cell[1], cell[4]
