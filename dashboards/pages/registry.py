"""Which pages there are: the one list that both faces make their addresses and their navigation from.

What belongs here: the pages of a scenario in the order of the navigation, and how each is made. A page added to `PAGES`
stands in the static bundle and in the interactive face; its short name is the text `pages.<kind>`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from dashboards.pages.at_the_table import at_the_table
from dashboards.pages.capacity import capacity
from dashboards.pages.compare import compare
from dashboards.pages.departments import department, departments
from dashboards.pages.flows import flows
from dashboards.pages.interests import interests
from dashboards.pages.no_agreement import no_agreement
from dashboards.pages.package import package
from dashboards.pages.page import Page, PageKind, PageRef
from dashboards.pages.party import party_page
from dashboards.pages.positions import positions
from dashboards.pages.sources import sources
from dashboards.pages.what_if import what_if
from dashboards.telling.departments import RegionDepartments
from dashboards.telling.synopsis import Synopsis


@dataclass(frozen=True)
class ScenarioPage:
    """One page of a scenario.

    Attributes:
        kind: Which.
        address: Its name in an address or a file name.
        make: Makes it for one scenario in one language.
    """

    kind: PageKind
    address: str
    make: Callable[[Synopsis], Page]


def _sources(findings: Synopsis) -> Page:
    return sources(findings.release, findings.results, findings.words)


WHAT_IF_ADDRESS = "what-if"
"""Where the page stands that only the interactive face brings to life."""

PAGES: tuple[ScenarioPage, ...] = (
    ScenarioPage("at_the_table", "at-the-table", at_the_table),
    ScenarioPage("no_agreement", "no-agreement", no_agreement),
    ScenarioPage("interests", "interests", interests),
    ScenarioPage("departments", "departments", departments),
    ScenarioPage("flows", "flows", flows),
    ScenarioPage("capacity", "capacity", capacity),
    ScenarioPage("package", "package", package),
    ScenarioPage("positions", "positions", positions),
    ScenarioPage("compare", "compare", compare),
    ScenarioPage("what_if", WHAT_IF_ADDRESS, what_if),
    ScenarioPage("sources", "sources", _sources),
)
"""The pages that a scenario has once, in the order of the navigation."""

PARTY_ADDRESS = "party"
"""What the address of a party's own page begins with; the party follows."""

DEPARTMENT_ADDRESS = "department"
"""What the address of a specialism's page begins with; the specialism follows."""


def specialisms(findings: Synopsis) -> tuple[str, ...]:
    """Returns the specialisms that have a page in a scenario."""
    return findings.once(RegionDepartments).specialisms


def make_page(findings: Synopsis, ref: PageRef) -> Page:
    """Returns the page that a reference names.

    Raises:
        LookupError: There is no such page: an unknown kind, or a party or specialism that the scenario does not touch.
    """
    if ref.kind == "party":
        if ref.party is None or ref.party not in findings.outcomes["party"]:
            raise LookupError(f"Found no page of party {ref.party!r}; expected a party that the scenario touches.")
        return party_page(findings, ref.party)
    if ref.kind == "department":
        if ref.specialism is None or ref.specialism not in specialisms(findings):
            raise LookupError(
                f"Found no page of specialism {ref.specialism!r}; expected one that the scenario touches."
            )
        return department(findings, ref.specialism)
    return entry(ref.kind).make(findings)


def entry(kind: PageKind) -> ScenarioPage:
    """Returns the entry of a page; LookupError where there is none."""
    for found in PAGES:
        if found.kind == kind:
            return found
    raise LookupError(f"Found no page {kind!r}; expected one of {', '.join(found.kind for found in PAGES)}.")
