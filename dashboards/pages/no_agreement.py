"""What if there is no agreement: the same parties and hands, on the path that everybody is on already."""

import polars as pl

from dashboards.figures import gains_and_losses
from dashboards.pages.at_the_table import gains_table, hands_picture, without_card
from dashboards.pages.capacity_table import shortages_alone_table
from dashboards.pages.page import Card, Extra, Illustration, Page, PageRef
from dashboards.pages.trace import with_traces
from dashboards.telling import sentences
from dashboards.telling.synopsis import SHOWN, Synopsis
from dashboards.words.wording import capitalised

_OFFERED = 0.5  # from so many units a year on a location has a procedure (model page, section 6)


def no_agreement(findings: Synopsis) -> Page:
    """Returns the page of a scenario's alternative."""
    words = findings.words
    page = Page(
        ref=PageRef("no_agreement"),
        title=words.text("pages.no_agreement"),
        answer=sentences.no_agreement_answer(findings),
        lead=words.text("no_agreement.lead"),
        key_figures=(),
        cards=(
            _results(findings),
            _hands(findings),
            without_card(findings, columns=12),
            _anyway(findings),
        ),
        sheet="landscape",
        against="base_year",
    )
    return with_traces(page, findings, initiatives=())


def _anyway(findings: Synopsis) -> Card:
    """Returns what falls away without an agreement too: what happens anyway, and norms that nobody enforces here."""
    words, table = findings.words, findings.results.table("initiative")
    titles = findings.initiatives.join(
        table.filter(pl.col("role") == "baseline").select("initiative"), on="initiative", how="semi"
    )["title"].to_list()
    said = [words.text("no_agreement.anyway", title=title) for title in titles]
    short = _below_norm(findings)
    if short and not any(name.startswith("norm-") for name in table["initiative"]):
        below = sum(map(len, short.values()))
        said.append(capitalised(words.count("no_agreement.not_enforced", below)))
        said += [words.text("no_agreement.below", name=name, norms=", ".join(norms)) for name, norms in short.items()]
    finding = "" if said else words.text("no_agreement.anyway_none")
    if not said and not findings.release.table("volume_norm").height:
        finding = words.text("no_agreement.anyway_no_norms")
    return Card("anyway", words.text("no_agreement.anyway_kicker"), finding, points=tuple(said))


def _below_norm(findings: Synopsis) -> dict[str, list[str]]:
    """Returns the norms that providers do not meet in the last year without an agreement, by their name."""
    last = findings.results.table("threshold").filter(
        (pl.col("year") == findings.results.horizon)
        & pl.col("norm").is_not_null()
        & (pl.col("units_before") >= _OFFERED)
        & (pl.col("units_before") < pl.col("minimum_units"))
    )
    names = dict(findings.release.table("volume_norm").select("norm", "name").iter_rows())
    found: dict[str, list[str]] = {}
    for row in findings.named(last, column="provider").sort("name", "norm").iter_rows(named=True):
        found.setdefault(row["name"], []).append(findings.norm_name(row["norm"], names.get(row["norm"])))
    return found


def _results(findings: Synopsis) -> Card:
    words, rows, base = findings.words, findings.without_shown, findings.results.base_year
    kicker = words.text("no_agreement.result_kicker")
    if not rows.height:
        return Card("results", kicker, words.text("without.unknown"), columns=6)
    every = findings.without.with_columns(members=pl.lit(1))
    said = sentences.gains_alternative(rows, words)
    table = gains_table(every, words, caption=words.text("without.table", year=base), linked=findings.outcomes["party"])
    return Card(
        key="results",
        kicker=kicker,
        finding=sentences.without_counts(findings),
        columns=6,
        picture=Illustration(gains_and_losses(rows, words=words, per="in_year"), said),
        note=words.text("without.note_year", year=findings.results.horizon, base=base),
        extras=(Extra(words.text("gains.all", number=every.height), table=table),),
    )


def _hands(findings: Synopsis) -> Card:
    words, rows = findings.words, findings.shortages_without
    kicker = words.text("no_agreement.hands_kicker")
    finding = sentences.no_agreement_hands(findings)
    if not rows.height:
        return Card("hands", kicker, finding, columns=6)
    label = words.text("no_agreement.all", number=rows.height)
    table = shortages_alone_table(findings, rows, caption=words.text("no_agreement.table"))
    return Card(
        key="hands",
        kicker=kicker,
        finding=finding,
        columns=6,
        picture=hands_picture(rows.head(SHOWN), words),
        note=words.text("no_agreement.note"),
        extras=(Extra(label, table=table),),
    )
