"""The pages as objects, independent of how they are shown: static files and the interactive face render the same ones.

What belongs here: what stands on a page and in which order, and the tables behind its figures. Which pages there are is
`registry.PAGES`; what a page is made of, `page`.
"""

from dashboards.pages.at_the_table import at_the_table
from dashboards.pages.capacity import capacity
from dashboards.pages.departments import department, departments
from dashboards.pages.flows import flows
from dashboards.pages.interests import interests
from dashboards.pages.no_agreement import no_agreement
from dashboards.pages.package import package
from dashboards.pages.page import (
    Card,
    Extra,
    Heading,
    Illustration,
    KeyFigure,
    Page,
    PageKind,
    PageRef,
    Table,
    TableCell,
    Trace,
)
from dashboards.pages.party import party_page
from dashboards.pages.positions import has_positions, positions
from dashboards.pages.registry import (
    DEPARTMENT_ADDRESS,
    PAGES,
    PARTY_ADDRESS,
    ScenarioPage,
    entry,
    make_page,
    specialisms,
)
from dashboards.pages.sources import sources

__all__ = [
    "DEPARTMENT_ADDRESS",
    "PAGES",
    "PARTY_ADDRESS",
    "Card",
    "Extra",
    "Heading",
    "Illustration",
    "KeyFigure",
    "Page",
    "PageKind",
    "PageRef",
    "ScenarioPage",
    "Table",
    "TableCell",
    "Trace",
    "at_the_table",
    "capacity",
    "department",
    "departments",
    "entry",
    "flows",
    "has_positions",
    "interests",
    "make_page",
    "no_agreement",
    "package",
    "party_page",
    "positions",
    "sources",
    "specialisms",
]
