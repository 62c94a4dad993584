"""What if, on paper: what can be turned in the scenario, on what evidence, and how to start the page that turns it."""

import polars as pl

from dashboards.pages.page import Card, Page, PageRef
from dashboards.pages.sources import evidence_table
from dashboards.telling.synopsis import Synopsis

TURNED = ("eligible_share", "uptake.maximum", "returns", "induced_demand", "replacement.tariff_eur")
"""The parameters of an initiative that the page has a slider for."""
_COMMAND = "care-transfer serve"


def what_if(findings: Synopsis) -> Page:
    """Returns the page that stands in for the interactive one where no program runs."""
    words = findings.words
    return Page(
        ref=PageRef("what_if"),
        title=words.text("pages.what_if"),
        answer=words.text("what_if.answer"),
        lead=words.text("what_if.lead", command=_COMMAND),
        key_figures=(),
        cards=(_start(findings), _evidence(findings)),
    )


def _start(findings: Synopsis) -> Card:
    words = findings.words
    steps = tuple(words.text(f"what_if.{step}", command=_COMMAND) for step in ("step_start", "step_open", "step_share"))
    example = words.text("what_if.on_command_line", scenario=findings.results.name)
    return Card("start", words.text("what_if.start"), points=(*steps, example))


def _evidence(findings: Synopsis) -> Card:
    words, results = findings.words, findings.results
    turned = results.table("evidence").filter(pl.col("parameter").is_in(TURNED) & pl.col("initiative").is_not_null())
    kicker = words.text("what_if.evidence")
    if not turned.height:
        return Card("evidence", kicker, words.text("sources.assumptions_none"))
    assumed = turned.filter(pl.col("confidence").fill_null("assumption") == "assumption").height
    finding = words.text("what_if.evidence_finding", number=turned.height, assumed=assumed)
    caption = words.text("what_if.evidence_table")
    table = evidence_table(turned, findings.release, results, words, caption=caption)
    return Card("evidence", kicker, finding, note=words.text("what_if.region_facts"), table=table)
