"""The boxes of the page Package on dividing: the rules side by side, who pays whom, the risk, what each would need."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from dashboards.figures import RulePanel, rules_side_by_side
from dashboards.pages.page import Card, Extra, Illustration, PageRef, Table, TableCell, headings, tone_of
from dashboards.telling.deals import FUND, Deals
from dashboards.telling.synopsis import REST, SHOWN
from dashboards.words.wording import capitalised

Row = Mapping[str, Any]
_NAMED = 3
_HALF = 6
_ROWS = 10  # of a table that stands open
_MOST = 60  # of one that is shown on request: a bundle must stay small
_HALF_EURO = 0.5
_CENTS_UNDER = 100.0  # a price under this is written with cents
_TELLING = 0.1  # a band that changes by less than this part is the same


def rule_cards(deals: Deals) -> tuple[Card, ...]:
    """Returns the boxes on dividing, in reading order."""
    return (_rules(deals), _payments(deals), *(replace(box, is_folded=True) for box in (_risk(deals), *_needs(deals))))


# --- the rules side by side -------------------------------------------------------------------------------------------


def _rules(deals: Deals) -> Card:
    words, told = deals.words, deals.settlements
    panels = [RulePanel(rule, capitalised(told.rule_name(rule)), rule == told.chosen) for rule in told.rules]
    said = "; ".join(_rule_said(deals, row) for row in deals.standings.to_dicts())
    label = words.text("deal.rules.all", number=deals.places.height)
    return Card(
        key="rules",
        kicker=words.text("deal.rules.kicker"),
        finding=_rules_finding(deals),
        picture=Illustration(
            rules_side_by_side(deals.rule_rows, panels, words=words), words.text("deal.rules.alternative", rows=said)
        ),
        note=words.text("deal.rules.note"),
        extras=(
            Extra(words.text("deal.rules.table"), table=_rules_table(deals)),
            Extra(words.text("site.table_behind"), table=_rows_table(deals)),
            Extra(label, table=_parties_table(deals)),
        ),
    )


def _rules_finding(deals: Deals) -> str:
    """Returns which rules leave nobody worse off and hold together; where none does, which comes nearest."""
    words, told, rows = deals.words, deals.settlements, deals.standings
    whole = rows.filter(pl.col("below") == 0)
    if not whole.height:
        best = rows.sort("below", "excess_eur", maintain_order=True).row(0, named=True)
        rule, number = told.rule_name(best["rule"]), words.numbers.number(best["below"])
        return words.text("deal.rules.none_whole", rule=rule, number=number, of=words.numbers.number(best["parties"]))
    names = _quoted(deals, whole["rule"].to_list())
    firm = whole.filter("in_core")["rule"].to_list()
    key = "deal.rules.whole_firm" if firm else "deal.rules.whole_loose"
    return words.text(key, rules=names, firm=_quoted(deals, firm))


def _quoted(deals: Deals, rules: Sequence[str]) -> str:
    return ", ".join(deals.words.text("deal.rules.quoted", rule=deals.settlements.rule_name(rule)) for rule in rules)


def _rule_said(deals: Deals, row: Row) -> str:
    words = deals.words
    return words.text(
        "deal.rules.row", rule=deals.settlements.rule_name(row["rule"]), number=row["below"], of=row["parties"]
    )


def _rules_table(deals: Deals) -> Table:
    words, told = deals.words, deals.settlements
    body = tuple(
        (
            TableCell(capitalised(told.rule_name(row["rule"])), more=told.explained(row["rule"])),
            _below_cell(deals, row),
            _leaving_cell(deals, row),
            TableCell(_chance(deals, row["chance"]), value=row["chance"] if told.is_drawn else None),
        )
        for row in deals.standings.to_dicts()
    )
    names = (words.text(f"deal.rules.{name}") for name in ("rule", "below", "leaving", "chance"))
    return Table(words.text("deal.rules.table"), headings(names), body)


def _below_cell(deals: Deals, row: Row) -> TableCell:
    words, told = deals.words, deals.settlements
    if not row["below"]:
        return TableCell(words.text("deal.nobody"), "good", value=0.0)
    parties = told.parties(row["rule"]).filter("below_no_agreement").sort("after_eur", "party")["party"].to_list()
    number = words.text("deal.of", number=row["below"], of=row["parties"])
    return TableCell(number, value=float(row["below"]), more=told.listed(parties, most=_NAMED))


def _leaving_cell(deals: Deals, row: Row) -> TableCell:
    words, told = deals.words, deals.settlements
    group = told.coalition(row["rule"])
    if not group:
        key = "deal.rules.no_group" if row["in_core"] else "deal.rules.no_group_known"
        return TableCell(words.text(key), "good" if row["in_core"] else "plain", value=0.0)
    excess = words.numbers.money(row["excess_eur"], digits=3)
    return TableCell(excess, value=row["excess_eur"], more=told.listed(group, most=_NAMED))


def _chance(deals: Deals, chance: float | None) -> str:
    if not deals.settlements.is_drawn:
        return deals.words.text("deal.one_run")
    return deals.words.numbers.probability(chance)


def _rows_table(deals: Deals) -> Table:
    """Returns the table behind the figure: what every rule leaves each row with."""
    words = deals.words
    parts = deals.rule_rows.partition_by("place", maintain_order=True)
    caption = words.text("deal.rules.rows_table")
    return _by_rule(deals, caption, [(TableCell(part["row_name"][0]), part) for part in parts])


def _parties_table(deals: Deals) -> Table:
    """Returns what every rule leaves each party with, whom it hits hardest by the scenario's own rule first."""
    words, told = deals.words, deals.settlements
    table = deals.findings.results.table("settlement")
    linked = set(deals.findings.outcomes["party"])
    order = table.filter(pl.col("rule") == told.chosen).sort("after_eur", "party")["party"].to_list()
    parts = {key[0]: part for key, part in table.partition_by("party", as_dict=True).items()}
    named = [
        (TableCell(told.name(party), link=PageRef("party", party) if party in linked else None), parts[party])
        for party in order[:_MOST]
    ]
    return _by_rule(deals, words.text("deal.rules.rows_table"), named)


def _by_rule(deals: Deals, caption: str, parts: Sequence[tuple[TableCell, pl.DataFrame]]) -> Table:
    words, told = deals.words, deals.settlements
    body = []
    for name, part in parts:
        after = dict(zip(part["rule"], part["after_eur"], strict=True))
        body.append((name, *(_amount(deals, after.get(rule)) for rule in told.rules)))
    names = [words.text("gains.party"), *(capitalised(told.rule_name(rule)) for rule in told.rules)]
    return Table(caption, headings(names, numbers=range(1, len(names))), tuple(body))


def _amount(deals: Deals, value: float | None) -> TableCell:
    if value is None:
        return TableCell(deals.words.numbers.unknown)
    small = abs(value) < _HALF_EURO
    text = deals.words.numbers.money(0.0 if small else value, digits=3, signed=True)
    return TableCell(text, "plain" if small else tone_of(value), value=value)


# --- who pays whom ----------------------------------------------------------------------------------------------------


def _payments(deals: Deals) -> Card:
    words, told = deals.words, deals.settlements
    rule, rows = told.rule_name(told.chosen), deals.transfers
    kicker = words.text("deal.payments.kicker", rule=rule)
    if not rows.height:
        return Card("payments", kicker, words.text("deal.payments.nobody"), points=(told.explained(told.chosen),))
    label = words.text("deal.payments.all", number=deals.party_rows.height)
    return Card(
        key="payments",
        kicker=kicker,
        finding=_payments_finding(deals),
        points=(told.explained(told.chosen), told.below(told.chosen)),
        table=_payments_table(deals),
        note=words.text("deal.payments.note"),
        extras=(Extra(label, table=_balances_table(deals)),),
    )


def _payments_finding(deals: Deals) -> str:
    """Returns who pays most and who receives most; only who receives where the fund alone pays."""
    words, rows = deals.words, deals.party_rows.sort("payment_eur", "party")
    last = rows.row(-1, named=True)
    received = words.numbers.money(last["payment_eur"], digits=3)
    first = rows.row(0, named=True)
    if first["payment_eur"] > -_HALF_EURO:
        return words.text("deal.payments.fund_only", receiver=last["name"], received=received)
    paid = words.numbers.money(-first["payment_eur"], digits=3)
    return words.text("deal.payments.finding", payer=first["name"], paid=paid, receiver=last["name"], received=received)


def _payments_table(deals: Deals) -> Table:
    """Returns who pays whom as a table of payers and receivers that adds up both ways."""
    words, rows = deals.words, deals.transfers
    payers, receivers = (_by_total(rows, side) for side in ("payer_row", "receiver_row"))
    between = {
        (row[0], row[1]): row[2] for row in rows.group_by("payer_row", "receiver_row").agg(pl.sum("euro")).rows()
    }
    body = [
        (
            TableCell(_side_name(deals, payer, "payer")),
            *(_paid(deals, between.get((payer, receiver))) for receiver in receivers),
            _paid(deals, _total(rows, "payer", payer)),
            _share_of(deals, "payer", payer),
        )
        for payer in payers
    ]
    body.append(
        (
            TableCell(words.text("deal.payments.together")),
            *(_paid(deals, _total(rows, "receiver", receiver)) for receiver in receivers),
            _paid(deals, float(rows["euro"].sum())),
            TableCell(""),
        )
    )
    shares = (_share_of(deals, "receiver", receiver) for receiver in receivers)
    body.append((TableCell(words.text("deal.payments.share")), *shares, TableCell(""), TableCell("")))
    names = [
        words.text("deal.payments.payer"),
        *(words.text("deal.payments.to", name=_side_name(deals, receiver, "receiver")) for receiver in receivers),
        *(words.text(f"deal.payments.{name}") for name in ("together", "share")),
    ]
    return Table(words.text("deal.payments.table"), headings(names, numbers=range(1, len(names))), tuple(body))


def _by_total(rows: pl.DataFrame, side: str) -> list[str]:
    """Returns the rows of one side, who pays or receives most first, the others together last."""
    totals = rows.group_by(side).agg(pl.col("euro").sum())
    return totals.sort(pl.col(side) == REST, -pl.col("euro"), side)[side].to_list()


def _total(rows: pl.DataFrame, side: str, row: str) -> float:
    return float(rows.filter(pl.col(f"{side}_row") == row)["euro"].sum())


def _members(deals: Deals, side: str, row: str) -> list[str]:
    return deals.transfers.filter(pl.col(f"{side}_row") == row)[side].unique().to_list()


def _side_name(deals: Deals, row: str, side: str) -> str:
    if row == FUND:
        return capitalised(deals.words.text("settlement.fund"))
    if row != REST:
        return deals.settlements.name(row)
    return capitalised(deals.words.count(f"deal.payments.other_{side}", len(_members(deals, side, row))))


def _paid(deals: Deals, euro: float | None) -> TableCell:
    return (
        TableCell(deals.words.numbers.money(euro, digits=3), value=euro)
        if euro and euro >= _HALF_EURO
        else TableCell("")
    )


def _share_of(deals: Deals, side: str, row: str) -> TableCell:
    """Returns what a row pays or receives a year, as a share of its size; nothing where that is not known."""
    members = _members(deals, side, row)
    sizes = deals.findings.sizes.filter(pl.col("party").is_in(members))["size_eur"].drop_nulls()
    if sizes.len() < len(members) or not float(sizes.sum()):
        return TableCell("")
    share = _total(deals.transfers, side, row) / deals.findings.results.annuity / float(sizes.sum())
    return TableCell(deals.words.numbers.share(share), value=share)


def _balances_table(deals: Deals) -> Table:
    """Returns every party: before, what it receives or pays, after, and what that is of its size a year."""
    words, numbers = deals.words, deals.words.numbers
    rows = deals.party_rows.sort(pl.col("payment_eur").abs(), "party", descending=[True, False]).head(_MOST)
    body = tuple(
        (
            TableCell(row["name"]),
            _amount(deals, row["before_eur"]),
            TableCell(numbers.money(row["payment_eur"], digits=3, signed=True), value=row["payment_eur"]),
            TableCell(numbers.share(row["payment_share"], signed=True), value=row["payment_share"]),
            _amount(deals, row["after_eur"]),
            TableCell(numbers.share(row["after_share"], signed=True), value=row["after_share"]),
        )
        for row in rows.to_dicts()
    )
    columns = ("party", "before", "payment", "payment_share", "after", "after_share")
    names = (words.text(f"deal.balance.{name}") for name in columns)
    return Table(words.text("deal.balance.table"), headings(names, numbers=range(1, 6)), body)


# --- who holds the risk -----------------------------------------------------------------------------------------------


def _risk(deals: Deals) -> Card:
    words, told = deals.words, deals.settlements
    kicker = words.text("deal.risk.kicker")
    if not told.is_drawn:
        return Card("risk", kicker, words.text("deal.risk.one_run"))
    if not deals.transfers.height:
        return _own_risk(deals, kicker)
    rows = deals.party_rows.sort(pl.col("payment_eur").abs(), "party", descending=[True, False])
    extras: tuple[Extra, ...] = ()
    if rows.height > SHOWN:
        label = words.text("deal.risk.all", number=rows.height)
        extras = (Extra(label, table=_risk_table(deals, rows.head(_MOST))),)
    return Card(
        key="risk",
        kicker=kicker,
        finding=told.risk(told.chosen),
        points=(_bearer(deals),),
        table=_risk_table(deals, rows.head(SHOWN)),
        note=words.text("deal.risk.note"),
        extras=extras,
    )


def _own_risk(deals: Deals, kicker: str) -> Card:
    """The box where nobody pays: each party holds its own risk."""
    words, numbers = deals.words, deals.words.numbers
    rows = deals.party_rows.sort("probability_whole_fixed", "after_eur", "party").head(SHOWN)
    least = rows.row(0, named=True)
    body = tuple(
        (
            TableCell(row["name"]),
            _amount(deals, row["after_eur"]),
            TableCell(numbers.probability(row["probability_whole_fixed"]), value=row["probability_whole_fixed"]),
            TableCell(_band(deals, row["after_fixed_p10_eur"], row["after_fixed_p90_eur"])),
        )
        for row in rows.to_dicts()
    )
    names = (words.text(f"deal.risk.{name}") for name in ("party", "after", "chance", "band"))
    chance = deals.settlements.draws(least["probability_whole_fixed"])
    return Card(
        key="risk",
        kicker=kicker,
        finding=words.text("deal.risk.own", name=least["name"], chance=chance),
        table=Table(words.text("deal.risk.own_table"), headings(names, numbers=(1, 2, 3)), body),
    )


def _bearer(deals: Deals) -> str:
    """Returns whose outcome becomes surer, and whose less sure, when payments follow the care that really moves."""
    words = deals.words
    bands = deals.party_rows.with_columns(
        fixed=pl.col("after_fixed_p90_eur") - pl.col("after_fixed_p10_eur"),
        per_unit=pl.col("after_per_unit_p90_eur") - pl.col("after_per_unit_p10_eur"),
    ).with_columns(change=pl.col("per_unit") - pl.col("fixed"))
    telling = bands.filter(pl.col("change").abs() >= _TELLING * pl.col("fixed").clip(lower_bound=1.0))
    if not telling.filter(pl.col("payment_eur").abs() >= _HALF_EURO).height:
        return words.text("deal.risk.same")
    ordered = telling.sort("change", "party")
    surer, less = ordered.row(0, named=True), ordered.row(-1, named=True)
    said = []
    for key, row in (("surer", surer), ("less_sure", less)):
        if (row["change"] < 0) == (key == "surer"):
            widths = {way: words.numbers.money(row[way]) for way in ("fixed", "per_unit")}
            said.append(words.text(f"deal.risk.{key}", name=row["name"], **widths))
    return " ".join(said)


def _risk_table(deals: Deals, rows: pl.DataFrame) -> Table:
    words = deals.words
    body = tuple(_risk_row(deals, row) for row in rows.to_dicts())
    columns = ("party", "payment", "per_unit", "chance_fixed", "band_fixed", "chance_per_unit", "band_per_unit")
    names = (words.text(f"deal.risk.{name}") for name in columns)
    return Table(words.text("deal.risk.table"), headings(names, numbers=range(1, 7)), body)


def _risk_row(deals: Deals, row: Row) -> tuple[TableCell, ...]:
    numbers = deals.words.numbers
    price = row["payment_per_unit_eur"]
    return (
        TableCell(row["name"]),
        TableCell(numbers.money(row["payment_eur"], digits=3, signed=True), value=row["payment_eur"]),
        TableCell("" if price is None else _price(deals, price), value=price),
        *(
            cell
            for way in ("fixed", "per_unit")
            for cell in (
                TableCell(numbers.probability(row[f"probability_whole_{way}"]), value=row[f"probability_whole_{way}"]),
                TableCell(_band(deals, row[f"after_{way}_p10_eur"], row[f"after_{way}_p90_eur"])),
            )
        ),
    )


def _band(deals: Deals, low: float | None, high: float | None) -> str:
    """Returns a band of amounts; an end that is nearly nothing is nothing."""
    ends = (None if end is None else 0.0 if abs(end) < _HALF_EURO else end for end in (low, high))
    return deals.words.numbers.money_between(*ends)


# --- what each would need ---------------------------------------------------------------------------------------------


def _needs(deals: Deals) -> tuple[Card, ...]:
    words, rows = deals.words, deals.break_even
    if not rows.height:
        return ()
    shown = deals.needs.head(_ROWS)
    label = words.text("deal.needs.all", number=words.numbers.number(rows.height), shown=min(rows.height, _MOST))
    card = Card(
        key="needs",
        kicker=words.text("deal.needs.kicker"),
        finding=_needs_finding(deals),
        columns=_HALF,
        table=_needs_table(deals, shown) if shown.height else None,
        note=words.text("deal.needs.note"),
        extras=(Extra(label, table=_every_need(deals, rows.head(_MOST))),),
    )
    return (card, _tariffs(deals))


def _needs_finding(deals: Deals) -> str:
    """Returns who needs most over the years, and what that is for each moved unit."""
    words, needing = deals.words, deals.needs
    if not needing.height:
        return words.text("deal.needs.nobody")
    most = needing.row(0, named=True)
    price = _price(deals, most["compensation_per_unit_eur"])
    return words.text("deal.needs.finding", name=most["row_name"], title=most["title"], price=price)


def _needs_table(deals: Deals, rows: pl.DataFrame) -> Table:
    words = deals.words
    body = tuple(
        (
            TableCell(row["row_name"]),
            TableCell(row["title"]),
            _price_cell(deals, row["compensation_per_unit_eur"]),
            _amount(deals, row["present_value_eur"]),
        )
        for row in rows.to_dicts()
    )
    names = (words.text(f"deal.needs.{name}") for name in ("party", "initiative", "compensation", "value"))
    return Table(words.text("deal.needs.table"), headings(names, numbers=(2, 3)), body)


def _tariffs(deals: Deals) -> Card:
    """The box on the tariffs at which who receives care breaks even, by initiative and kind."""
    words, rows = deals.words, deals.tariffs
    kicker = words.text("deal.tariffs.kicker")
    if not rows.height:
        return Card("tariffs", kicker, words.text("deal.tariffs.nobody"), _HALF)
    every, low = int(rows["members"].sum()), int(rows["too_low"].sum())
    finding = words.count("deal.tariffs.finding", low, of=words.numbers.number(every))
    body = tuple(_tariff_row(deals, row) for row in rows.to_dicts())
    names = (words.text(f"deal.tariffs.{name}") for name in ("initiative", "party", "tariff", "agreed", "too_low"))
    return Card(
        key="tariffs",
        kicker=kicker,
        finding=capitalised(finding),
        columns=_HALF,
        table=Table(words.text("deal.tariffs.table"), headings(names, numbers=(2, 3, 4)), body),
        note=words.text("deal.tariffs.note"),
    )


def _tariff_row(deals: Deals, row: Row) -> tuple[TableCell, ...]:
    words = deals.words
    kind = deals.findings.kinds_plural(row["kind"])
    name = capitalised(words.text("party.group", number=row["members"], kind=kind))
    tariff = TableCell(_prices(deals, row["low"], row["high"]), value=row["low"])
    if row["low"] is None and row["note"]:
        tariff = TableCell(words.text(f"deal.needs.{row['note']}"))
    number = (
        words.text("deal.of", number=row["too_low"], of=row["members"]) if row["too_low"] else words.text("deal.no")
    )
    return (
        TableCell(row["title"]),
        TableCell(row["name"] if row["members"] == 1 else name),
        tariff,
        TableCell(_prices(deals, row["agreed_low"], row["agreed_high"]), value=row["agreed_low"]),
        TableCell(number, "warning" if row["too_low"] else "plain", value=float(row["too_low"])),
    )


def _every_need(deals: Deals, rows: pl.DataFrame) -> Table:
    """Returns one row an initiative and party; why a recipient has no such tariff stands in its place."""
    words = deals.words
    body = tuple(
        (
            TableCell(row["title"]),
            TableCell(row["name"]),
            _price_cell(deals, row["compensation_per_unit_eur"]),
            TableCell(words.text(f"deal.needs.{row['note']}"))
            if row["note"]
            else _price_cell(deals, row["tariff_eur"]),
            _price_cell(deals, row["agreed_tariff_eur"]),
            _amount(deals, row["present_value_eur"]),
        )
        for row in rows.to_dicts()
    )
    columns = ("initiative", "party", "compensation", "tariff", "agreed", "value")
    names = (words.text(f"deal.needs.{name}") for name in columns)
    return Table(words.text("deal.needs.every_table"), headings(names, numbers=(2, 3, 4, 5)), body)


def _price_cell(deals: Deals, value: float | None) -> TableCell:
    return TableCell("") if value is None else TableCell(_price(deals, value), value=value)


def _prices(deals: Deals, low: float | None, high: float | None) -> str:
    """Returns one price, or the lowest and highest of a group."""
    if low is None or high is None:
        return ""
    first, last = _price(deals, low), _price(deals, high)
    return first if first == last else deals.words.numbers.span.format(low=first, high=last)


def _price(deals: Deals, value: float) -> str:
    """Returns a price, in cents where it is small; a price is agreed, not estimated."""
    numbers = deals.words.numbers
    if abs(value) >= _CENTS_UNDER:
        return numbers.money(value, digits=3)
    sign = numbers.number(value, decimals=2)
    return (sign[0] if value < 0 else "") + numbers.euro.format(number=numbers.number(abs(value), decimals=2))
