"""Both worlds in words: what happens without an agreement too, and what every party has without and with one.

What belongs here: the sentences and the rows that the commands show beside what an agreement changes. What they say is
worked out elsewhere; here it gets its words and its numbers as the language writes them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from dashboards.words.wording import Wording

MOST_STOPS = 10
"""So many functions and departments that stop are told one by one."""
MOST_PARTIES = 14
"""A table in a terminal shows no more."""
WORLDS_SCHEMA: dict[str, type[pl.DataType]] = {
    "party": pl.String,
    "margin_base_eur": pl.Float64,
    "margin_without_eur": pl.Float64,
    "margin_with_eur": pl.Float64,
    "revenue_without_eur": pl.Float64,
    "revenue_with_eur": pl.Float64,
}


def both_worlds(baseline: pl.DataFrame, impact: pl.DataFrame) -> pl.DataFrame:
    """Returns what every provider has in the base year, and in the last year without and with the agreement.

    One row a provider, what differs most from the base year first; means, in euro a year. A payer's premiums are not
    modelled, so it has no row.

    Args:
        baseline: `party_baseline` of one scenario.
        impact: `party_impact` of the same.
    """
    first, last = baseline["year"].min(), baseline["year"].max()
    changes = impact.filter(pl.col("initiative").is_null(), pl.col("year") == last)
    spending = changes.filter(pl.col("measure") == "spend_change_eur")["party"].unique()
    sides = baseline.filter(pl.col("year") == last, ~pl.col("party").is_in(spending.implode())).select(
        "party", margin_without_eur="margin_eur", revenue_without_eur="revenue_eur"
    )
    start = baseline.filter(pl.col("year") == first).select("party", margin_base_eur="margin_eur")
    margin = _change(changes, "margin_change_eur").rename({"mean": "margin_change"})
    revenue = _change(changes, "revenue_change_eur", "backfill_revenue_eur").rename({"mean": "revenue_change"})
    joined = sides.join(start, on="party", how="left").join(margin, on="party", how="left")
    both = joined.join(revenue, on="party", how="left").with_columns(
        margin_with_eur=pl.col("margin_without_eur") + pl.col("margin_change").fill_null(0.0),
        revenue_with_eur=pl.col("revenue_without_eur") + pl.col("revenue_change").fill_null(0.0),
    )
    away = [(pl.col(f"margin_{world}_eur") - pl.col("margin_base_eur")).abs() for world in ("without", "with")]
    ordered = both.sort(pl.max_horizontal(away), "party", descending=[True, False], nulls_last=True)
    return ordered.select(pl.col(name).cast(kind) for name, kind in WORLDS_SCHEMA.items())


def _change(changes: pl.DataFrame, *measures: str) -> pl.DataFrame:
    return changes.filter(pl.col("measure").is_in(measures)).group_by("party").agg(pl.col("mean").sum())


def stops_said(kind: str, what: str | None, party: str, year: int, *, names: Mapping[str, str], words: Wording) -> str:
    """Returns who stops with what without an agreement too: `kind` norm or department."""
    code = what or ""
    if kind == "norm":
        name = words.known("norm_names", code, otherwise=names.get(code, code))
    else:
        name = words.known("specialisms", code, otherwise=code or words.text("worlds.no_specialism"))
    return words.text(f"worlds.{kind}", what=name, party=names.get(party, party), year=year)


@dataclass(frozen=True)
class Worlds:
    """Both worlds of one scenario.

    Attributes:
        anyway: what happens without an agreement too, as `models.anyway` tells it.
        titles: of the baseline's initiatives in the language of the words, by id.
        names: of parties and norms, by id.
        words: the language.
    """

    anyway: pl.DataFrame
    titles: Mapping[str, str]
    names: Mapping[str, str]
    words: Wording

    def said(self) -> Iterator[str]:
        """Yields what happens without an agreement too: a heading, then a line each."""
        yield self.words.text("worlds.some" if self.anyway.height else "worlds.none")
        for row in self.anyway.head(MOST_STOPS).iter_rows(named=True):
            yield self._line(**row)
        if (left := self.anyway.height - MOST_STOPS) > 0:
            yield self.words.count("worlds.more", left)

    def changes_said(self) -> Iterator[str]:
        """Yields what happens anyway in only one of two releases; rows then have `change`: appeared or gone."""
        for row in self.anyway.iter_rows(named=True):
            yield self.words.text(f"worlds.{row['change']}", what=self._line(**row))

    def _line(self, *, kind: str, what: str, party: str | None, year: int | None, **_: object) -> str:
        """Returns one thing that happens anyway as a sentence."""
        if kind == "listed":
            return self.words.text("worlds.listed", what=self.titles.get(what, what))
        return stops_said(kind, what, party or "", year or 0, names=self.names, words=self.words)

    def margin_rows(self, both: pl.DataFrame, *, base_year: int, horizon: int) -> pl.DataFrame:
        """Returns margin in the base year, without and with the agreement, headings and numbers in words.

        Args:
            both: as `both_worlds` gives it.
            base_year: the year of the first figure.
            horizon: the year of the others.
        """
        words, money = self.words, self.words.numbers.money
        rows = both.drop_nulls("margin_without_eur").head(MOST_PARTIES)
        columns = {"margin_base_eur": base_year, "margin_without_eur": horizon, "margin_with_eur": horizon}
        return pl.DataFrame(
            {
                words.text("worlds.column.party"): [self.names.get(party, party) for party in rows["party"]],
                **{
                    words.text(f"worlds.column.{name}", year=year): [money(value, signed=True) for value in rows[name]]
                    for name, year in columns.items()
                },
            }
        )
