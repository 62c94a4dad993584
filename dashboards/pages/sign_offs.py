"""The box of the page Sources on who accepted its own figures: who, when, and whether they are still the same."""

import polars as pl

from dashboards.data import Release
from dashboards.pages.page import Card, Table, TableCell, cells, headings
from dashboards.telling.sentences import listed
from dashboards.words.wording import Wording, capitalised


def sign_off_card(release: Release, words: Wording) -> Card:
    """Returns the box on sign-offs, the last of each party first; it says so where nobody signed."""
    kicker = words.text("sign_off.kicker")
    rows = release.table("sign_off").sort("when", "party", descending=[True, False])
    if not rows.height:
        return Card("sign_offs", kicker, words.text("sign_off.nobody"), note=words.text("sign_off.note"))
    named = rows.join(release.parties.select("party", "name"), on="party", how="left", maintain_order="left")
    named = named.with_columns(name=pl.coalesce("name", "party"), holds=pl.col("holds").fill_null(value=False))
    return Card(
        key="sign_offs",
        kicker=kicker,
        finding=_finding(named, words),
        table=_table(named, words),
        note=words.text("sign_off.note"),
    )


def _finding(rows: pl.DataFrame, words: Wording) -> str:
    """Returns how many parties signed, and whose figures changed after that."""
    last = rows.unique("party", keep="first", maintain_order=True)
    said = capitalised(words.count("sign_off.finding", last.height))
    changed = last.filter(~pl.col("holds"))["name"].to_list()
    return f"{said} {words.text('sign_off.changed', names=listed(changed, words))}" if changed else said


def _table(rows: pl.DataFrame, words: Wording) -> Table:
    body = tuple(
        (
            *cells(row["name"], row["who"] or "", words.numbers.moment(row["when"]), row["release"] or ""),
            TableCell(words.text("sign_off.same"), "good")
            if row["holds"]
            else TableCell(words.text("sign_off.other"), "warning"),
        )
        for row in rows.to_dicts()
    )
    names = (words.text(f"sign_off.{name}") for name in ("party", "who", "when", "release", "holds"))
    return Table(words.text("sign_off.table"), headings(names), body)
