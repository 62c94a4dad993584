"""Scenarios: what a region considers doing, as people write it down, checked before anything is computed.

`schema` says what a scenario may contain, `reading` turns a text into one and names every fault by file, line and key,
`checks` holds a scenario against a region, `settings` changes single keys for a what-if.
"""

from models.scenario.against_region import check_against
from models.scenario.errors import ScenarioError
from models.scenario.parsing import parse_scenario
from models.scenario.schema import Initiative, Scenario, SharedBudget

__all__ = ["Initiative", "Scenario", "ScenarioError", "SharedBudget", "check_against", "parse_scenario"]
