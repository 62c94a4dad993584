"""One party's own page: from revenue to result, over the years, the hands and beds it needs, and what is at risk."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from dashboards.data import PAYER, UNKNOWN
from dashboards.figures import BridgeStep, capacity_lines, result_by_year, run_off, waterfall
from dashboards.figures.canvas import RowLabel
from dashboards.pages.at_the_table import hands_picture
from dashboards.pages.capacity_table import capacity_table, capacity_years_table
from dashboards.pages.page import (
    Card,
    Extra,
    Illustration,
    KeyFigure,
    Page,
    PageRef,
    Table,
    TableCell,
    Tone,
    headings,
    tone_of,
)
from dashboards.pages.trace import with_traces
from dashboards.telling import sentences
from dashboards.telling.findings import SHOWN, Synopsis
from dashboards.words.wording import Wording

Row = Mapping[str, Any]
_REVENUE = ("revenue_change_eur", "backfill_revenue_eur")
_SPEND = ("spend_change_eur",)
_COSTS = ("avoided_cost_eur", "incremental_cost_eur", "support_cost_eur", "transition_cost_eur")
_SAVED = "avoided_cost_eur"
_WHOLE_ROW = 12
_PANELS = 4
_VISIBLE = 0.01  # a smaller change of what is needed, against what is usable, is one line on top of another
_FIGURE_FROM = 3  # so many steps make a figure; fewer are a table
_FLAGS = 6
_UNREMARKABLE = ("met", "viable", "not_offered")


def party_page(findings: Synopsis, party: str, *, alone: bool = False) -> Page:
    """Returns the page of one party that the scenario touches; `alone` where no page of sources goes with it."""
    return _Party(findings, party, alone=alone).page()


class _Party:
    """One party within one scenario: what its boxes are made from, read once."""

    def __init__(self, findings: Synopsis, party: str, *, alone: bool) -> None:
        self.findings = findings
        self.alone = alone
        self.words: Wording = findings.words
        self.year = findings.results.horizon
        self.row: Row = findings.outcomes.row(by_predicate=pl.col("party") == party, named=True)
        self.name: str = self.row["name"]
        self.has_money = self.row["value_eur"] is not None
        self.is_payer = self.row["kind"] == PAYER or party == UNKNOWN
        self.measures = findings.in_year(party, self.year)
        self.margins = _from_the_start(findings.yearly(party, "margin_change_eur"))
        self.stranded = _stranded_years(findings, party)
        self.capacity = findings.capacity_of(party)

    def page(self) -> Page:
        money = [self._bridge(), self._result(), self._years(), self._stranded()] if self.has_money else []
        boxes = [*money, *self._hands(), self._norms()]
        left = float(self.stranded["stranded"][-1])
        page = Page(
            ref=PageRef("party", self.row["party"]),
            title=self.name,
            answer=sentences.party_answer(self.row, self.words, stranded_left=left, horizon=self.year),
            lead=sentences.party_lead(self.row, self.words),
            key_figures=self._key_figures() if self.has_money else (),
            cards=_filled([*(box for box in boxes if box is not None), self._rests()]),
            sheet="portrait",
        )
        return with_traces(page, self.findings, initiatives=self._touching()["initiative"])

    # --- key figures ------------------------------------------------------------------------------------------------

    def _key_figures(self) -> tuple[KeyFigure, ...]:
        figures = [self._per_year(), self._money_in_year(), None if self.is_payer else self._stranded_key()]
        return tuple(figure for figure in (*figures, self._margin()) if figure is not None)

    def _per_year(self) -> KeyFigure:
        row, words = self.row, self.words
        band = words.text("key.single")
        if self.findings.results.draws:
            band = words.text("key.band", band=words.numbers.money_between(row["low_eur"], row["high_eur"]))
        value = words.numbers.money(row["value_eur"], spread=row["high_eur"] - row["low_eur"], signed=True)
        return KeyFigure(words.text("key.per_year"), value, band, tone_of(row["value_eur"], stance=row["stance"]))

    def _money_in_year(self) -> KeyFigure:
        words, change = self.words, self._revenue_change()
        label = ("spend_more" if change < 0 else "spend_less") if self.is_payer else "revenue_up"
        if not self.is_payer and change < 0:
            label = "revenue"
        before, after = self._before_and_after(change)
        known = self._baseline_revenue() is not None
        detail = words.text("key.revenue_detail", before=before, after=after) if known else ""
        value = words.numbers.money(abs(change))
        return KeyFigure(words.text(f"key.{label}", year=self.year), value, detail, tone_of(change))

    def _stranded_key(self) -> KeyFigure:
        words, label = self.words, self.words.text("key.stranded")
        peak = self.stranded.sort("stranded").row(-1, named=True)
        if peak["stranded"] < 0.5:
            gives = self.findings.known.gives(self.row["party"])
            return KeyFigure(
                label,
                words.text("key.none"),
                words.text("key.none_stays_behind" if gives else "key.no_stranded_detail"),
            )
        left = words.numbers.money(self.stranded["stranded"][-1])
        detail = words.text("key.stranded_detail", year=peak["year"], horizon=self.year, left=left)
        return KeyFigure(label, words.numbers.money(peak["stranded"]), detail, "loss")

    def _margin(self) -> KeyFigure:
        words, margin = self.words, self.row["margin_eur"]
        label = words.text("key.margin")
        if margin is None:
            return KeyFigure(label, words.numbers.unknown, words.text("key.no_margin_detail"))
        share = words.numbers.share(self.row["value_eur"] / margin, signed=True) if margin else words.numbers.unknown
        return KeyFigure(label, words.numbers.money(margin), words.text("key.margin_detail", share=share))

    # --- boxes ------------------------------------------------------------------------------------------------------

    def _bridge(self) -> Card:
        """From revenue (or spending) without to with the agreement, by initiative."""
        words, steps = self.words, self._initiative_steps()
        kind = "_payer" if self.is_payer else ""
        finding = sentences.bridge_finding(
            steps, words, year=self.year, size_eur=self.row["size_eur"], payer=self.is_payer
        )
        shown = _folded(steps, words)
        return Card(
            key="bridge",
            kicker=words.text(f"bridge.kicker{kind}"),
            finding=finding,
            columns=6,
            picture=self._bridge_picture(shown) if shown.height else None,
            note=words.text("bridge.payer_note") if self.is_payer and shown.height else "",
            extras=_behind(self._steps_table(steps, caption=f"bridge.table{kind}"), words),
        )

    def _bridge_picture(self, steps: pl.DataFrame) -> Illustration:
        words, money = self.words, self.words.numbers.money
        change = float(steps["value"].sum())
        start, end = self._before_and_after(change)
        when = words.text("bridge.in_year", year=self.year)
        names = [words.text("bridge.before"), words.text("bridge.after")]
        figure = waterfall(
            [BridgeStep(row["title"], row["value"]) for row in steps.to_dicts()],
            words=words,
            before=RowLabel(names[0], when, start),
            total=RowLabel(names[1], when, end, money(change, signed=True)),
        )
        said = "; ".join(f"{row['title']}: {money(row['value'], signed=True)}" for row in steps.to_dicts())
        alternative = words.text(
            "bridge.alternative", before=names[0], start=start, steps=said, after=names[1], end=end
        )
        return Illustration(figure, alternative)

    def _before_and_after(self, change: float) -> tuple[str, str]:
        """Returns a year's revenue (or spending) without and with the agreement; what was not delivered is not zero."""
        words, before = self.words, self._baseline_revenue()
        if before is None:
            return words.text("bridge.not_delivered"), words.numbers.unknown
        after = before - change if self.is_payer else before + change
        return words.numbers.money(before, digits=4), words.numbers.money(after, digits=4)

    def _result(self) -> Card | None:
        """From the change of revenue to the change of the result; a payer has no costs of its own to show."""
        if self.is_payer:
            return None
        words, steps = self.words, self._result_steps()
        if not steps:
            return None
        money, total = words.numbers.money, self.measures.get("margin_change_eur", 0.0)
        end = money(total, signed=True)
        figure = waterfall(steps, words=words, before=None, total=RowLabel(words.text("result.total"), "", end))
        said = "; ".join(f"{step.name}: {money(step.change_eur, signed=True)}" for step in steps)
        frame = pl.DataFrame({"title": [step.name for step in steps], "value": [step.change_eur for step in steps]})
        table = self._steps_table(frame, caption="result.table", total="result.total")
        picture = Illustration(figure, words.text("result.alternative", year=self.year, steps=said, end=end))
        few = len(steps) < _FIGURE_FROM
        return Card(
            key="result",
            kicker=words.text("result.kicker"),
            finding=sentences.result_finding(self.measures, words, name=self.name, year=self.year),
            columns=6,
            picture=None if few else picture,
            table=table if few else None,
            extras=() if few else _behind(table, words),
        )

    def _years(self) -> Card:
        words, years = self.words, self.margins
        said = [
            words.text("years.row", year=row["year"], value=words.numbers.money(row["mean"], signed=True))
            for row in years.to_dicts()
        ]
        picture = Illustration(
            result_by_year(years, words=words), words.text("years.alternative", rows="; ".join(said))
        )
        return Card(
            key="years",
            kicker=words.text("years.kicker"),
            finding=sentences.years_finding(years, words, size_eur=self.row["size_eur"]),
            columns=6,
            picture=picture,
            extras=_behind(self._years_table(), words),
        )

    def _stranded(self) -> Card | None:
        words, years = self.words, self.stranded
        if self.is_payer or float(years["stranded"].max() or 0.0) < 0.5:  # type: ignore[arg-type]
            return None
        said = [
            words.text("stranded.row", year=row["year"], value=words.numbers.money(row["stranded"]))
            for row in years.to_dicts()
        ]
        return Card(
            key="stranded",
            kicker=words.text("stranded.kicker"),
            finding=sentences.stranded_finding(years, words),
            columns=6,
            picture=Illustration(run_off(years, words=words), words.text("stranded.alternative", rows="; ".join(said))),
            note=words.text("stranded.note"),
            extras=_behind(_stranded_table(years, words), words),
        )

    def _hands(self) -> list[Card]:
        """Capacity in the worst year, and over the years; nothing for a payer."""
        if self.is_payer:
            return []
        words = self.words
        known = self.capacity.filter("known").head(SHOWN)
        own = Card(
            key="hands",
            kicker=words.text("own_capacity.kicker"),
            finding=sentences.own_capacity_finding(
                self.capacity,
                words,
                name=self.name,
                blind=self.findings.known.blind(self.row["party"]),
            ),
            columns=6,
            picture=hands_picture(known, words, own=True) if known.height else None,
            note=words.text("hands.note") if known.height else "",
            points=tuple(filter(None, [_unknown_resources(self.capacity, words)])),
            extras=_behind(
                capacity_table(self.findings, self.capacity, caption=words.text("hands.table"), own=True), words
            )
            if self.capacity.height
            else (),
        )
        moved = known.filter(pl.col("load_change").abs() >= _VISIBLE * pl.col("usable"))
        return [own, self._hands_over_years(moved)] if moved.height else [own]

    def _hands_over_years(self, known: pl.DataFrame) -> Card:
        words = self.words
        order = known.head(_PANELS).select("provider", "resource")
        years = order.join(
            self.findings.capacity_years, on=["provider", "resource"], how="inner", maintain_order="left_right"
        )
        last = years.filter(pl.col("year") == self.year)
        quantity = words.numbers.quantity
        said = [
            words.text(
                "own_capacity.row",
                resource=row["resource_name"],
                year=row["year"],
                after=quantity(row["load_after"]),
                usable=quantity(row["usable"]),
            )
            for row in last.to_dicts()
        ]
        table = capacity_years_table(years, words, caption=words.text("own_capacity.table"))
        return Card(
            key="hands-years",
            kicker=words.text("own_capacity.over_years"),
            columns=6 if order.height < 3 else 12,
            picture=Illustration(
                capacity_lines(years, words=words), words.text("own_capacity.alternative", rows="; ".join(said))
            ),
            note=words.text("own_capacity.over_years_note"),
            extras=_behind(table, words),
        )

    def _norms(self) -> Card | None:
        words = self.words
        rows = self._thresholds()
        if self.is_payer or not rows.height:
            return None
        table = self._norms_table(rows) if rows.height else None
        return Card(
            key="norms",
            kicker=words.text("norms.kicker"),
            finding=sentences.norms_finding(rows, words),
            columns=12,
            note=words.text("norms.other_than_met"),
            table=table,
        )

    def _rests(self) -> Card:
        words, findings = self.words, self.findings
        flags = findings.results.table("flag").filter(pl.col("id") == self.row["party"])
        messages = flags[f"message_{words.language}"].drop_nulls().to_list()
        touching = self._touching()["title"].to_list()
        points = [
            words.text("rests.initiatives", name=self.name, names=", ".join(touching)) if touching else "",
            self._production(),
            *messages[:_FLAGS],
            words.text("rests.more", number=len(messages) - _FLAGS) if len(messages) > _FLAGS else "",
            "" if messages else words.text("rests.none", name=self.name),
            "" if self.alone else words.text("rests.sources"),
        ]
        return Card(key="rests", kicker=words.text("rests.kicker"), columns=12, points=tuple(filter(None, points)))

    def _production(self) -> str:
        """Returns which part of the annual revenue the delivered production is, and what it is too little for."""
        known, party = self.findings.known, self.row["party"]
        share = None if self.is_payer else known.production_share(party)
        if share is None:
            return ""
        key = "rests.production" if known.departments(party) else "rests.production_too_little"
        return self.words.text(key, share=self.words.numbers.share(share))

    # --- frames and tables ------------------------------------------------------------------------------------------

    def _initiative_steps(self) -> pl.DataFrame:
        """Revenue by initiative; for a payer its spending with the sign turned, so that less spending is a gain."""
        measures = _SPEND if self.is_payer else _REVENUE
        steps = self.findings.by_initiative(self.row["party"], measures, self.year)
        return steps.with_columns(pl.col("value") * (-1 if self.is_payer else 1))

    def _revenue_change(self) -> float:
        measures = _SPEND if self.is_payer else _REVENUE
        change = sum(self.measures.get(measure, 0.0) for measure in measures)
        return -change if self.is_payer else change

    def _baseline_revenue(self) -> float | None:
        """Returns a year's revenue (or spending) without an agreement; None if no production was delivered."""
        table = self.findings.results.table("party_baseline")
        found = table.filter((pl.col("party") == self.row["party"]) & (pl.col("year") == self.year))
        return float(found["revenue_eur"].sum()) or None

    def _result_steps(self) -> list[BridgeStep]:
        signed = [(measure, self.measures.get(measure, 0.0)) for measure in (*_REVENUE, *_COSTS)]
        return [
            BridgeStep(
                self.words.text(f"result.{measure}"), -value if measure in _COSTS and measure != _SAVED else value
            )
            for measure, value in signed
            if abs(value) >= 0.5
        ]

    def _touching(self) -> pl.DataFrame:
        """Returns the initiatives that change money of the party."""
        impact = self.findings.results.table("party_impact").filter(
            (pl.col("party") == self.row["party"]) & pl.col("initiative").is_not_null() & (pl.col("mean").abs() >= 0.5)
        )
        return self.findings.initiatives.filter(pl.col("initiative").is_in(impact["initiative"].unique().to_list()))

    def _thresholds(self) -> pl.DataFrame:
        """Norms and departments in the last year whose status is worth a row."""
        return (
            self.findings.results.table("threshold")
            .filter((pl.col("provider") == self.row["party"]) & (pl.col("year") == self.year))
            .filter(~pl.col("status").is_in(_UNREMARKABLE))
            .filter(pl.col("norm").is_not_null() | self.findings.known.departments(self.row["party"]))
            .join(self.findings.release.table("volume_norm").unique("norm", keep="first"), on="norm", how="left")
            .sort("norm", "specialism", nulls_last=True)
        )

    def _steps_table(self, steps: pl.DataFrame, *, caption: str, total: str | None = None) -> Table:
        words, money = self.words, self.words.numbers.money
        rows = [
            (
                TableCell(row["title"]),
                TableCell(money(row["value"], digits=3, signed=True), tone_of(row["value"]), value=row["value"]),
            )
            for row in steps.to_dicts()
        ]
        whole = float(steps["value"].sum()) if steps.height else 0.0
        name = words.text(total or "bridge.after")
        rows.append((TableCell(name), TableCell(money(whole, digits=3, signed=True), tone_of(whole), value=whole)))
        titles = (words.text("bridge.step"), words.text("bridge.amount"))
        return Table(words.text(caption, year=self.year), headings(titles, numbers=(1,)), tuple(rows))

    def _years_table(self) -> Table:
        words, numbers, size = self.words, self.words.numbers, self.row["size_eur"]
        rows = tuple(
            (
                TableCell(str(row["year"])),
                *(TableCell(numbers.money(row[name], signed=True), value=row[name]) for name in ("mean", "p10", "p90")),
                TableCell(
                    numbers.share(row["mean"] / size, signed=True) if size else numbers.unknown,
                    value=row["mean"] / size if size else None,
                ),
            )
            for row in self.margins.to_dicts()
        )
        titles = (words.text(f"years.{key}") for key in ("year", "mean", "low", "high", "share"))
        return Table(words.text("years.table"), headings(titles, numbers=range(1, 5)), rows)

    def _norms_table(self, rows: pl.DataFrame) -> Table:
        words, numbers = self.words, self.words.numbers
        keys = ("what", "status", "chance", "minimum", "before", "after")
        body = tuple(
            (
                TableCell(self._threshold_name(row)),
                TableCell(words.text(f"status.{row['status']}"), _status_tone(row["status"])),
                TableCell(numbers.probability(row["probability"]) if self.findings.results.draws else ""),
                TableCell(numbers.quantity(row["minimum_units"]) if row["minimum_units"] is not None else ""),
                TableCell(numbers.quantity(row["units_before"])),
                TableCell(numbers.quantity(row["units_after"])),
            )
            for row in rows.to_dicts()
        )
        titles = (words.text(f"norms.{key}") for key in keys)
        return Table(words.text("norms.table", year=self.year), headings(titles, numbers=range(3, 6)), body)

    def _threshold_name(self, row: Row) -> str:
        if row["norm"]:
            return str(row["name"] or row["norm"])
        return self.words.text("norms.department", specialism=self.words.known("specialisms", row["specialism"]))


def _filled(cards: list[Card]) -> tuple[Card, ...]:
    """Returns the boxes with no half row left empty: a narrow box that stands alone in its row takes the whole row."""
    rows: list[list[Card]] = [[]]
    for card in cards:
        if sum(other.columns for other in rows[-1]) + card.columns > _WHOLE_ROW:
            rows.append([])
        rows[-1].append(card)
    return tuple(replace(row[0], columns=_WHOLE_ROW) if len(row) == 1 else card for row in rows for card in row)


def _from_the_start(years: pl.DataFrame) -> pl.DataFrame:
    """Returns the years from the one before the first change on; all of them if nothing ever changes."""
    changed = years.filter(pl.any_horizontal(pl.col("mean", "p10", "p90").abs() >= 0.5))
    return years.filter(pl.col("year") >= changed["year"][0] - 1) if changed.height else years


def _stranded_years(findings: Synopsis, party: str) -> pl.DataFrame:
    """Returns one row a year: what stays behind with its band, and what is saved."""
    stranded = findings.yearly(party, "stranded_cost_eur")
    avoided = findings.yearly(party, "avoided_cost_eur").select("year", avoided="mean")
    renamed = stranded.rename({"mean": "stranded", "p10": "stranded_p10", "p90": "stranded_p90"})
    return renamed.join(avoided, on="year", how="left", maintain_order="left")


def _folded(steps: pl.DataFrame, words: Wording) -> pl.DataFrame:
    """Returns at most so many steps that the figure keeps to seven rows; the smallest become one step."""
    room = SHOWN - 2
    if steps.height <= room:
        return steps
    ranked = steps.with_row_index("place").sort(pl.col("value").abs(), descending=True)
    kept = ranked.head(room - 1).sort("place").drop("place")
    rest = ranked.slice(room - 1)
    other = pl.DataFrame(
        {
            "initiative": [""],
            "title": [words.text("bridge.other_step", number=rest.height)],
            "value": [float(rest["value"].sum())],
        },
        schema=kept.schema,
    )
    return pl.concat([kept, other])


def _behind(table: Table, words: Wording) -> tuple[Extra, ...]:
    return (Extra(words.text("site.table_behind"), table=table),)


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


def _unknown_resources(rows: pl.DataFrame, words: Wording) -> str:
    names = rows.filter(~pl.col("known"))["resource_name"].unique(maintain_order=True).to_list()
    return words.text("hands.not_known", names=sentences.listed(names, words)) if names else ""


def _status_tone(status: str) -> Tone:
    tones: dict[str, Tone] = {"breach_caused": "bad", "at_risk": "bad", "breach_resolved": "good"}
    return tones.get(status, "plain")
