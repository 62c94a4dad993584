"""Every figure as a pure function: a frame and the words of a language in, a Plotly figure out.

What belongs here: drawing. A figure reads no release, chooses no rows and composes no sentence; it draws the rows that
it is given, in the order in which they come.
"""

from dashboards.figures.capacity import capacity_bullets, capacity_lines
from dashboards.figures.deal import RulePanel, rules_side_by_side, zone_of_agreement
from dashboards.figures.feasible import feasible_detail, feasible_shares, fitting
from dashboards.figures.flows import care_flows
from dashboards.figures.frontier import loss_frontier
from dashboards.figures.futures import small_futures, two_futures
from dashboards.figures.gains import gains_and_losses
from dashboards.figures.over_years import result_by_year, run_off
from dashboards.figures.progress import progress_label, realised_against_agreed
from dashboards.figures.region_map import further, region_map
from dashboards.figures.waterfall import BridgeStep, waterfall

__all__ = [
    "BridgeStep",
    "RulePanel",
    "capacity_bullets",
    "capacity_lines",
    "care_flows",
    "feasible_detail",
    "feasible_shares",
    "fitting",
    "further",
    "gains_and_losses",
    "loss_frontier",
    "progress_label",
    "realised_against_agreed",
    "region_map",
    "result_by_year",
    "rules_side_by_side",
    "run_off",
    "small_futures",
    "two_futures",
    "waterfall",
    "zone_of_agreement",
]
