"""What if: what can be turned in a scenario, how a setting is written in an address, and what it does.

What belongs here: everything of the page *What if* that needs no browser. `levers` says what can be turned and between
which ends, `address` reads and writes a setting in a link, `trial` evaluates it on the facts of one release in memory.
"""

from dashboards.what_if.address import canonical, changes_of, query_of, settings_of
from dashboards.what_if.levers import Lever, levers_of
from dashboards.what_if.saving import scenario_file
from dashboards.what_if.trial import Trial

__all__ = ["Lever", "Trial", "canonical", "changes_of", "levers_of", "query_of", "scenario_file", "settings_of"]
