"""The deal: can everybody be made whole, by which rule, who pays whom, which initiatives together, is it happening."""

import polars as pl

from dashboards.figures import zone_of_agreement
from dashboards.pages.package_choice import choice_cards
from dashboards.pages.package_progress import progress_cards
from dashboards.pages.package_rules import rule_cards
from dashboards.pages.page import Card, Extra, Illustration, KeyFigure, Page, PageRef, Table, TableCell, headings
from dashboards.pages.trace import with_traces
from dashboards.telling import sentences
from dashboards.telling.deals import Deals
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import Wording, capitalised

_HALF_EURO = 0.5
_SIDES = ("need", "ability", "short")


def package(findings: Synopsis) -> Page:
    """Returns the page on what would make a scenario acceptable to everyone."""
    deals, words = Deals(findings), findings.words
    if not (findings.known.care and findings.known.money):
        return _unknown(findings)
    settled, rules = ((), ()) if deals.settlements.is_empty else ((_zone(deals),), rule_cards(deals))
    page = Page(
        ref=PageRef("package"),
        title=words.text("pages.package"),
        answer=capitalised(_answer(deals)),
        lead=words.text("deal.lead", year=findings.results.horizon) if settled else "",
        key_figures=_key_figures(deals) if settled else (),
        cards=(*settled, *choice_cards(deals), *rules, *progress_cards(deals)),
    )
    return with_traces(page, findings)


def _unknown(findings: Synopsis) -> Page:
    """Returns the page where nothing can be said in money: no deal can be weighed."""
    title = findings.words.text("pages.package")
    answer = sentences.money_unknown(findings) if findings.known.care else sentences.nothing_moves(findings)
    return with_traces(Page(PageRef("package"), title, answer, "", (), ()), findings)


# --- the answer -------------------------------------------------------------------------------------------------------


def _answer(deals: Deals) -> str:
    """Returns whether everybody can be made whole, and which initiatives together are worth most."""
    first, second = _whole(deals), _best(deals)
    return deals.words.text("answer.joined", first=first, second=second) if second else first


def _whole(deals: Deals) -> str:
    words, told = deals.words, deals.settlements
    if not told.rules:
        return words.text("deal.answer.not_computed")
    if told.is_empty:
        return (
            sentences.nothing_moves(deals.findings)
            if not deals.findings.known.care
            else words.text("deal.answer.nothing")
        )
    row = told.summary(told.chosen)
    if row["need_with_fund_eur"] < _HALF_EURO:
        return words.text("deal.answer.nobody_loses")
    need, ability, short = (_money(words, row[f"{name}_with_fund_eur"]) for name in _SIDES)
    if not row["short_with_fund_eur"]:
        key = "deal.answer.room_by_fund" if row["short_eur"] else "deal.answer.room"
        return words.text(key, need=need, ability=ability)
    key = "deal.answer.short_with_fund" if row["fund_eur"] else "deal.answer.short"
    return words.text(key, short=short)


def _best(deals: Deals) -> str:
    """Returns which initiatives together are worth most; nothing where there are none or nobody searched."""
    words, found = deals.words, deals.packages
    every = deals.findings.initiatives.height
    if found is None or not every:
        return ""
    own = found.own
    of, value = words.numbers.counted(every), _money(words, own["net_value_eur"])
    within = _within(deals, own["loss_cap"])
    if own["initiatives"] == every == 1:
        return words.text("deal.best.only", value=value, within=within)
    if own["initiatives"] == every:
        return words.text("deal.best.all", of=of, value=value, within=within)
    return words.count("deal.best", own["initiatives"], of=of, value=value, within=within)


def _within(deals: Deals, cap: float | None) -> str:
    """Returns what a package may cost a party at most, in euro and in hands, as the scenario has it."""
    words = deals.words
    loss = (
        words.text("deal.within.no_cap") if cap is None else words.text("deal.within.cap", cap=words.numbers.rate(cap))
    )
    tolerated = deals.tolerance_fte
    hands = words.text("deal.within.hands", fte=words.numbers.full_time(tolerated)) if tolerated else ""
    return words.text("deal.within.both", loss=loss, hands=hands or words.text("deal.within.no_hands"))


def _key_figures(deals: Deals) -> tuple[KeyFigure, ...]:
    return (_worth(deals), _room(deals), _below(deals), *_package(deals))


def _worth(deals: Deals) -> KeyFigure:
    words, told = deals.words, deals.settlements
    net = told.summary(told.chosen)["net_value_eur"]
    a_year = words.numbers.money(net / deals.findings.results.annuity, signed=True)
    return KeyFigure(
        label=words.text("deal.key.worth"),
        value=words.numbers.money(net, digits=3, signed=True),
        detail=words.text("deal.key.worth_detail", value=a_year),
        tone="loss" if net < 0 else "gain",
    )


def _room(deals: Deals) -> KeyFigure:
    words, told = deals.words, deals.settlements
    row = told.summary(told.chosen)
    need, ability, short = (row[f"{name}_with_fund_eur"] for name in ("need", "ability", "short"))
    return KeyFigure(
        label=words.text("deal.key.short" if short else "deal.key.room"),
        value=_money(words, short or ability - need),
        detail=words.text("deal.key.room_detail", need=_money(words, need), ability=_money(words, ability)),
        tone="loss" if short else "gain",
    )


def _below(deals: Deals) -> KeyFigure:
    words, told = deals.words, deals.settlements
    row = deals.standings.filter(pl.col("rule") == told.chosen).row(0, named=True)
    value = words.text("deal.of", number=row["below"], of=row["parties"]) if row["below"] else words.text("deal.nobody")
    return KeyFigure(
        label=words.text("deal.key.below"),
        value=value,
        detail=words.text("deal.key.below_detail", rule=told.rule_name(told.chosen)),
        tone="loss" if row["below"] else "gain",
    )


def _package(deals: Deals) -> tuple[KeyFigure, ...]:
    found, words = deals.packages, deals.words
    if found is None:
        return ()
    own = found.own
    figure = KeyFigure(
        label=words.text("deal.key.package"),
        value=words.text("deal.key.initiatives", number=own["initiatives"], of=deals.findings.initiatives.height),
        detail=words.text("deal.key.package_detail", value=_money(words, own["net_value_eur"])),
    )
    return (figure,)


# --- can everybody be made whole --------------------------------------------------------------------------------------


def _zone(deals: Deals) -> Card:
    """The box on what losers need against what gainers can give, without and with the fund."""
    words, told = deals.words, deals.settlements
    cases = _cases(deals)
    said = "; ".join(
        words.text("deal.zone.row", case=case["case"], **{side: _money(words, case[side]) for side in _SIDES})
        for case in cases.to_dicts()
    )
    points = [told.worth(told.chosen), "" if cases.height > 1 else words.text("deal.zone.no_fund")]
    return Card(
        key="zone",
        kicker=words.text("deal.zone.kicker"),
        finding=told.room(told.chosen),
        picture=Illustration(zone_of_agreement(cases, words=words), words.text("deal.zone.alternative", rows=said)),
        points=tuple(filter(None, points)),
        note=words.text("deal.zone.note"),
        extras=(Extra(words.text("site.table_behind"), table=_zone_table(deals, cases)),),
    )


def _cases(deals: Deals) -> pl.DataFrame:
    words, told = deals.words, deals.settlements
    row = told.summary(told.chosen)
    cases = [{"case": words.text("deal.zone.without_fund"), **{name: row[f"{name}_eur"] for name in _SIDES}}]
    if row["fund_eur"]:
        fund = _money(words, row["fund_eur"])
        name = words.text("deal.zone.with_fund", fund=fund)
        cases.append({"case": name, **{side: row[f"{side}_with_fund_eur"] for side in _SIDES}})
    return pl.DataFrame(cases)


def _zone_table(deals: Deals, cases: pl.DataFrame) -> Table:
    words = deals.words
    body = tuple(
        (
            TableCell(case["case"]),
            *(TableCell(_money(words, case[side]), value=case[side]) for side in _SIDES),
        )
        for case in cases.to_dicts()
    )
    names = (words.text(f"deal.zone.{name}") for name in ("case", *_SIDES))
    return Table(words.text("deal.zone.table"), headings(names, numbers=(1, 2, 3)), body)


def _money(words: Wording, amount: float) -> str:
    return words.numbers.money(amount, digits=3)
