"""What settling a deal costs at the largest size it is meant for: 600 parties and 40 initiatives.

    python -m benchmarks.settlement

95 hospitals, 500 GP organisations and 5 payers. Two of three initiatives send care to all GPs, at little cost; in a
second deal that cost rises from one initiative to the next, so that many steps are losses. Timed apart: the flows and
what they come to for every party, the five divisions with their payments and risk, the break-even, and the coalition
with the largest excess under each rule, with the gap that its proof left open.
"""

import json
import sys
from typing import Any

import numpy as np
import yaml

from benchmarks.measuring import apart, peak_mib, seconds
from benchmarks.regions import Size, region, scenario
from models.impact import evaluate
from models.result_tables import as_written
from models.scenario import Scenario, parse_scenario
from models.settlement import RULES, settle
from models.settlement.deal_tables import break_even, settlement, settlement_risk

DEALS = {"gains": (21.0, 21.0), "losses": (21.0, 150.0)}
"""Cost of a received unit in the first and the last initiative of each deal, in euro."""
DRAWS = (0, 200, 1_000)


def with_cost(size: Size, cost: tuple[float, float]) -> Scenario:
    """Returns the benchmark's scenario with another cost of receiving."""
    content: dict[str, Any] = as_written(scenario(size))
    content = {key: content[key] for key in ("scenario", "base_year", "horizon", "draws", "seed", "initiatives")}
    initiatives = [
        {key: part for key, part in one.items() if part not in (None, [], {})} for one in content["initiatives"]
    ]
    for one, each in zip(initiatives, np.linspace(*cost, len(initiatives)).tolist(), strict=True):
        if one.get("replacement"):
            one["replacement"] = one["replacement"] | {"cost_per_unit_eur": each}
        one["to"] = {key: part for key, part in one["to"].items() if part is not None}
        one["uptake"] = {key: part for key, part in one["uptake"].items() if part is not None}
        one["care"] = [{key: part for key, part in care.items() if part is not None} for care in one["care"]]
        one["from"] = {key: part for key, part in one["from"].items() if part is not None}
    return parse_scenario(yaml.safe_dump(content | {"initiatives": initiatives}), source="benchmark")


def measure(deal_name: str, draws: int) -> dict[str, float]:
    """Returns the figures of one deal, in this process."""
    size = Size(hospitals=95, draws=draws)
    evaluation = evaluate(region(size), with_cost(size, DEALS[deal_name]))
    found: dict[str, float] = {"flows": seconds(lambda: settle(evaluation.outcome).shares, runs=1)}
    deal = settle(evaluation.outcome)
    found |= {"number": deal.flows.value.size, "parties": len(deal.ids)}
    found["losing"] = float((deal.flows.value < deal.flows.transition).mean())
    found["tables"] = seconds(lambda: (settlement(deal), settlement_risk(deal)), runs=1)
    found["break_even"] = seconds(lambda: break_even(deal), runs=1)
    for rule in RULES if not draws else ():
        found[f"time_{rule}"] = seconds(lambda rule=rule: deal.blocking(rule), runs=1)
        blocking = deal.blocking(rule)
        found |= {
            f"excess_{rule}": blocking.excess,
            f"gap_{rule}": blocking.gap,
            f"members_{rule}": blocking.coalition.size,
        }
    return found | {"peak_mib": peak_mib()}


def main() -> None:
    """Prints a line a deal and number of draws, then a line a rule."""
    print(
        f"{'deal':>7} {'draws':>6} {'flows':>8} {'losing':>7} {'flows s':>8} {'tables s':>9} {'even s':>7} {'MiB':>6}"
    )
    blocking = []
    for name in DEALS:
        for draws in DRAWS:
            found = apart("benchmarks.settlement", name, str(draws))
            print(
                f"{name:>7} {draws:>6} {found['number']:>8.0f} {found['losing']:>7.1%} {found['flows']:>8.2f} "
                f"{found['tables']:>9.2f} {found['break_even']:>7.2f} {found['peak_mib']:>6.0f}", flush=True,
            )  # fmt: skip
            if not draws:
                blocking += [(name, rule, found) for rule in RULES]
    print(f"\n{'deal':>7} {'rule':>13} {'seconds':>8} {'excess, EUR':>13} {'gap, EUR':>12} {'members':>8}")
    for name, rule, found in blocking:
        print(
            f"{name:>7} {rule:>13} {found[f'time_{rule}']:>8.2f} {found[f'excess_{rule}']:>13,.0f} "
            f"{found[f'gap_{rule}']:>12,.0f} {found[f'members_{rule}']:>8.0f}"
        )


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
    else:
        main()
