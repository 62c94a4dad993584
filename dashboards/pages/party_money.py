"""The boxes on money of a party's page: two futures, revenue by initiative, result by year, what stays behind."""

import polars as pl

from dashboards.figures import BridgeStep, result_by_year, run_off, two_futures, waterfall
from dashboards.figures.canvas import RowLabel
from dashboards.pages.page import Card, Illustration, Table, TableCell, headings, tone_of
from dashboards.pages.party_told import PartyStory, before_and_after, behind
from dashboards.telling import sentences
from dashboards.telling.synopsis import SHOWN
from dashboards.words.wording import Wording

_HALF = 6
_REVENUE = ("revenue_change_eur", "backfill_revenue_eur")
_COSTS = ("avoided_cost_eur", "incremental_cost_eur", "support_cost_eur", "transition_cost_eur")
_SAVED = "avoided_cost_eur"
_FIGURE_FROM = 3  # so many steps make a figure; fewer are a table
_EURO = 0.5


def futures_card(told: PartyStory) -> Card | None:
    """Returns the result without and with the agreement over the years; None where either is not known."""
    words = told.words
    years = told.findings.futures.filter(pl.col("party") == told.party)
    if not years.height:
        return None
    base, last, money = told.findings.results.base_year, years.row(-1, named=True), words.numbers.money
    without, with_ = (money(last[f"{end}_eur"], digits=3, signed=True) for end in ("without", "with"))
    kind = "_payer" if told.is_payer else ""
    finding = words.text(f"futures.finding{kind}", year=last["year"], base=base, without=without, agreed=with_)
    said = "; ".join(
        words.text(
            "futures.row", year=row["year"],
            without=money(row["without_eur"], signed=True), agreed=money(row["with_eur"], signed=True),
        )
        for row in years.to_dicts()
    )  # fmt: skip
    return Card(
        key="futures",
        kicker=words.text("futures.kicker"),
        finding=finding,
        columns=_HALF,
        picture=Illustration(two_futures(years, words=words), words.text("futures.alternative", rows=said)),
        note=words.text(f"futures.note{kind}", base=base),
        extras=behind(_futures_table(years, words), words),
    )


def _futures_table(years: pl.DataFrame, words: Wording) -> Table:
    money = words.numbers.money
    body = tuple(
        (
            TableCell(str(row["year"])),
            *(TableCell(money(row[f"{end}_eur"], signed=True), value=row[f"{end}_eur"]) for end in ("without", "with")),
        )
        for row in years.to_dicts()
    )
    titles = (words.text("years.year"), words.text("bridge.before"), words.text("bridge.after"))
    return Table(words.text("futures.table"), headings(titles, numbers=(1, 2)), body)


# --- revenue by initiative --------------------------------------------------------------------------------------------


def bridge_card(told: PartyStory) -> Card:
    """Returns revenue (or spending) from without to with the agreement, by initiative."""
    words, steps = told.words, told.revenue_steps
    kind = "_payer" if told.is_payer else ""
    size = told.row["size_eur"]
    finding = sentences.bridge_finding(steps, words, year=told.year, size_eur=size, payer=told.is_payer)
    shown = _folded(steps, words)
    table = _steps_table(steps, words, caption=words.text(f"bridge.table{kind}", year=told.year), total="bridge.change")
    return Card(
        key="bridge",
        kicker=words.text(f"bridge.kicker{kind}"),
        finding=finding,
        columns=_HALF,
        picture=_bridge_picture(told, shown) if shown.height else None,
        note=words.text("bridge.payer_note") if told.is_payer and shown.height else "",
        extras=behind(table, words),
    )


def _bridge_picture(told: PartyStory, steps: pl.DataFrame) -> Illustration:
    words, money = told.words, told.words.numbers.money
    change = float(steps["value"].sum())
    start, end = before_and_after(told, change)
    when = words.text("bridge.in_year", year=told.year)
    names = [words.text("bridge.before"), words.text("bridge.after")]
    figure = waterfall(
        [BridgeStep(row["title"], row["value"]) for row in steps.to_dicts()],
        words=words,
        before=RowLabel(names[0], when, start),
        total=RowLabel(names[1], when, end, money(change, signed=True)),
    )
    said = "; ".join(f"{row['title']}: {money(row['value'], signed=True)}" for row in steps.to_dicts())
    alternative = words.text("bridge.alternative", before=names[0], start=start, steps=said, after=names[1], end=end)
    return Illustration(figure, alternative)


def _folded(steps: pl.DataFrame, words: Wording) -> pl.DataFrame:
    """Returns at most so many steps that the figure keeps to seven rows; the smallest become one of each sign."""
    room = SHOWN - 2
    if steps.height <= room:
        return steps
    ranked = steps.with_row_index("place").sort(pl.col("value").abs(), descending=True)
    kept = ranked.head(room - 2).sort("place").drop("place")
    rest = ranked.slice(room - 2)
    others = [
        {"initiative": "", "title": words.text(f"bridge.other_{key}", number=part.height), "value": part["value"].sum()}
        for key, part in (("down", rest.filter(pl.col("value") < 0)), ("up", rest.filter(pl.col("value") >= 0)))
        if part.height
    ]
    return pl.concat([kept, pl.DataFrame(others, schema=kept.schema)])


def _steps_table(steps: pl.DataFrame, words: Wording, *, caption: str, total: str) -> Table:
    money = words.numbers.money
    rows = [
        (
            TableCell(row["title"]),
            TableCell(money(row["value"], digits=3, signed=True), tone_of(row["value"]), value=row["value"]),
        )
        for row in steps.to_dicts()
    ]
    whole = float(steps["value"].sum()) if steps.height else 0.0
    rows.append(
        (TableCell(words.text(total)), TableCell(money(whole, digits=3, signed=True), tone_of(whole), value=whole))
    )
    titles = (words.text("bridge.step"), words.text("bridge.amount"))
    return Table(caption, headings(titles, numbers=(1,)), tuple(rows))


# --- from revenue to result -------------------------------------------------------------------------------------------


def result_card(told: PartyStory) -> Card | None:
    """Returns the way from the change of revenue to the change of the result; a payer has no costs of its own."""
    words, steps = told.words, _result_steps(told)
    if told.is_payer or not steps:
        return None
    money, total = words.numbers.money, told.measures.get("margin_change_eur", 0.0)
    end = money(total, signed=True)
    figure = waterfall(steps, words=words, before=None, total=RowLabel(words.text("result.total"), "", end))
    said = "; ".join(f"{step.name}: {money(step.change_eur, signed=True)}" for step in steps)
    frame = pl.DataFrame({"title": [step.name for step in steps], "value": [step.change_eur for step in steps]})
    table = _steps_table(frame, words, caption=words.text("result.table", year=told.year), total="result.total")
    picture = Illustration(figure, words.text("result.alternative", year=told.year, steps=said, end=end))
    few = len(steps) < _FIGURE_FROM
    return Card(
        key="result",
        kicker=words.text("result.kicker"),
        finding=sentences.result_finding(
            told.measures, words, name=told.name, year=told.year, unsettled=told.is_unsettled
        ),
        columns=_HALF,
        picture=None if few else picture,
        table=table if few else None,
        extras=() if few else behind(table, words),
    )


def _result_steps(told: PartyStory) -> list[BridgeStep]:
    signed = [(measure, told.measures.get(measure, 0.0)) for measure in (*_REVENUE, *_COSTS)]
    return [
        BridgeStep(told.words.text(f"result.{measure}"), -value if measure in _COSTS and measure != _SAVED else value)
        for measure, value in signed
        if abs(value) >= _EURO
    ]


# --- over the years ---------------------------------------------------------------------------------------------------


def years_card(told: PartyStory) -> Card:
    """Returns what the agreement does to the result each year."""
    words = told.words
    years = _from_the_start(told.findings.yearly(told.party, "margin_change_eur"))
    said = [
        words.text("years.row", year=row["year"], value=words.numbers.money(row["mean"], signed=True))
        for row in years.to_dicts()
    ]
    picture = Illustration(result_by_year(years, words=words), words.text("years.alternative", rows="; ".join(said)))
    return Card(
        key="years",
        kicker=words.text("years.kicker"),
        finding=sentences.years_finding(years, words, size_eur=told.row["size_eur"]),
        columns=_HALF,
        picture=picture,
        extras=behind(_years_table(years, told), words),
    )


def _years_table(years: pl.DataFrame, told: PartyStory) -> Table:
    words, numbers, size = told.words, told.words.numbers, told.row["size_eur"]
    rows = tuple(
        (
            TableCell(str(row["year"])),
            *(TableCell(numbers.money(row[name], signed=True), value=row[name]) for name in ("mean", "p10", "p90")),
            TableCell(
                numbers.share(row["mean"] / size, signed=True) if size else numbers.unknown,
                value=row["mean"] / size if size else None,
            ),
        )
        for row in years.to_dicts()
    )
    titles = (words.text(f"years.{key}") for key in ("year", "mean", "low", "high", "share"))
    return Table(words.text("years.table"), headings(titles, numbers=range(1, 5)), rows)


def _from_the_start(years: pl.DataFrame) -> pl.DataFrame:
    """Returns the years from the one before the first change on; all of them if nothing ever changes."""
    changed = years.filter(pl.any_horizontal(pl.col("mean", "p10", "p90").abs() >= _EURO))
    return years.filter(pl.col("year") >= changed["year"][0] - 1) if changed.height else years


def stranded_card(told: PartyStory) -> Card | None:
    """Returns the costs that stay behind, running off; None where none do."""
    words, years = told.words, told.stranded
    if told.is_payer or float(years["stranded"].max() or 0.0) < _EURO:  # type: ignore[arg-type]
        return None
    said = [
        words.text("stranded.row", year=row["year"], value=words.numbers.money(row["stranded"]))
        for row in years.to_dicts()
    ]
    return Card(
        key="stranded",
        kicker=words.text("stranded.kicker"),
        finding=sentences.stranded_finding(years, words),
        columns=_HALF,
        picture=Illustration(run_off(years, words=words), words.text("stranded.alternative", rows="; ".join(said))),
        note=words.text("stranded.note"),
        extras=behind(_stranded_table(years, words), words),
    )


def _stranded_table(years: pl.DataFrame, words: Wording) -> Table:
    money = words.numbers.money
    rows = tuple(
        (
            TableCell(str(row["year"])),
            *(TableCell(money(row[name], digits=3), value=row[name]) for name in ("stranded", "avoided")),
        )
        for row in years.to_dicts()
    )
    titles = (words.text("years.year"), words.text("stranded.stranded"), words.text("stranded.avoided"))
    return Table(words.text("stranded.table"), headings(titles, numbers=(1, 2)), rows)
