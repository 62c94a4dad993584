"""An agreement then and now, in words: what changed, is it still worth it, whose interest turned, what really moved.

What belongs here: the sentences and the tables with headings that the commands `review` and `progress` show. What they
say is worked out elsewhere; here it gets its words and its numbers as the language writes them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards.telling.worlds import stops_said
from dashboards.words.wording import Wording

MOST_FIGURES = 10
MOST_FORCED = 10
"""So many norms, and so many shortages, are told one by one."""
_MOVED = {
    "initiative": "initiative",
    "period": "period",
    "agreed_to_date": "agreed",
    "realised_to_date": "realised",
    "source": "source",
    "material_since": "since",
}


@dataclass(frozen=True)
class Reviewed:
    """An agreement held against the release it was agreed on.

    Attributes:
        title: of the scenario, in the language of the words.
        then, now: ids of the releases.
        deliveries: how many deliveries count otherwise.
        scenario_changed: whether the scenario's own text did.
        program: what of the program changed.
        figures: one row a figure and cause: party, figure, before, after, change, cause.
        flips: one row a party, dimension and specialism: then, now (stances), value_then, value_now.
        worth: rows `then` and `now` of the settlement's summary.
        worlds: rows `then` and `now`: what the providers together keep in the last year without and with it.
        forced: one row a party and norm, department or resource: kind, what, start, end.
        horizon: last year of the scenario.
        moved: the newest row of `progress` of every initiative.
        names: of parties, resources and norms.
        units: of resources, as delivered.
        words: the language.
    """

    title: str
    then: str
    now: str
    deliveries: int
    scenario_changed: bool
    program: tuple[str, ...]
    figures: pl.DataFrame
    flips: pl.DataFrame
    worth: pl.DataFrame
    worlds: pl.DataFrame
    forced: pl.DataFrame
    horizon: int
    moved: pl.DataFrame
    names: Mapping[str, str]
    units: Mapping[str, str]
    words: Wording

    def heading(self) -> str:
        """Returns what is held against what."""
        return self.words.text("review.title", title=self.title, then=self.then, now=self.now)

    def answer(self) -> Iterator[str]:
        """Yields what changed, whether it is still worth it, and whether everybody can be made whole."""
        yield self._what_changed()
        (before,), (now,) = (self.worth.filter(when=when).to_dicts() for when in ("then", "now"))
        money = self.words.numbers.money
        worth = {(True, True): "still", (True, False): "no_longer", (False, False): "never", (False, True): "now"}
        still = worth[before["net_value_eur"] > 0, now["net_value_eur"] > 0]
        yield self.words.text(
            f"review.worth_{still}",
            then=money(before["net_value_eur"], signed=True),
            now=money(now["net_value_eur"], signed=True),
        )
        if now["short_with_fund_eur"] > 0:
            yield self.words.text("review.no_room", short=money(now["short_with_fund_eur"]))
        else:
            yield self.words.text("review.room", ability=money(now["ability_eur"]), need=money(now["need_eur"]))
        yield self._both_worlds()

    def _both_worlds(self) -> str:
        """Returns what the providers together keep without and with the agreement, then and now."""
        (then,), (now,) = (self.worlds.filter(when=when).to_dicts() for when in ("then", "now"))
        money = self.words.numbers.money
        return self.words.text(
            "worlds.margin",
            year=self.horizon,
            then=money(then["margin_without_eur"], signed=True),
            now=money(now["margin_without_eur"], signed=True),
            with_then=money(then["margin_with_eur"], signed=True),
            with_now=money(now["margin_with_eur"], signed=True),
        )

    def _what_changed(self) -> str:
        words = self.words
        if not self.deliveries and not self.scenario_changed and not self.program:
            return words.text("review.same")
        parts = [words.count("review.deliveries", self.deliveries)]
        parts += [words.text("review.scenario")] if self.scenario_changed else []
        parts += (
            [words.text("review.program", what=", ".join(map(self._program, self.program)))] if self.program else []
        )
        return words.text("review.changed", parts="; ".join(parts))

    def _program(self, changed: str) -> str:
        """Returns what changed of the program (contract of volume, version of polars) in words."""
        kind, _, name = changed.partition(" of ")
        return self.words.text(f"review.program_{kind}", name=name)

    def figure_rows(self) -> pl.DataFrame:
        """Returns the largest changes of present values with what moved them, headings in words."""
        money = self.words.numbers.money
        rows = self.figures.filter(figure="present_value_eur").head(MOST_FIGURES)
        return pl.DataFrame(
            {
                self._column("party"): self._named(rows["party"]),
                **{
                    self._column(key): [money(v, signed=True) for v in rows[key]]
                    for key in ("before", "after", "change")
                },
                self._column("cause"): rows["cause"],
            }
        )

    def flips_said(self) -> str:
        """Returns how many interests turned."""
        return self.words.count("review.flips", self.flips.height)

    def flip_rows(self) -> pl.DataFrame:
        """Returns whose interest turned from what to what, headings and stances in words."""
        words = self.words
        dimensions = [self._dimension(*row) for row in self.flips.select("dimension", "specialism").iter_rows()]
        return pl.DataFrame(
            {
                self._column("party"): self._named(self.flips["party"]),
                self._column("dimension"): dimensions,
                **{
                    self._column(when): [
                        words.text(f"review.stance.{stance}") for stance in self.flips[when].fill_null("neutral")
                    ]
                    for when in ("then", "now")
                },
            }
        )

    def _dimension(self, name: str, specialism: str | None) -> str:
        """Returns what an interest is in; of a department with its specialism."""
        words = self.words
        said = words.known("interests", name, otherwise=words.text("review.travel"))
        return said if specialism is None else f"{said} ({words.known('specialisms', specialism)})"

    def forced_said(self) -> Iterator[str]:
        """Yields what comes without an agreement: a heading, then a line each, what is furthest off first."""
        yield self.words.text("review.forced.some" if self.forced.height else "review.forced.none")
        for row in self.forced.filter(pl.col("kind").str.starts_with("stops_")).iter_rows(named=True):
            yield self._stops(row)
        missed = self.forced.filter(kind="norm").sort(pl.col("end") / pl.col("start"), maintain_order=True)
        short = self.forced.filter(kind="resource").sort(
            "what", pl.col("end") - pl.col("start"), descending=[False, True], maintain_order=True
        )
        # the worst of every resource before the second worst of any: hours and days cannot be weighed
        ranked = short.with_columns(place=pl.int_range(pl.len()).over("what")).sort("place", maintain_order=True)
        for kind, rows in (("norm", missed), ("shortage", ranked)):
            for row in rows.head(MOST_FORCED).iter_rows(named=True):
                yield self._forced(kind, row)
            if (left := rows.height - MOST_FORCED) > 0:
                yield self.words.count(f"review.more.{kind}", left)

    def _stops(self, row: Mapping[str, Any]) -> str:
        kind = row["kind"].removeprefix("stops_")
        return stops_said(kind, row["what"], row["party"], int(row["start"]), names=self.names, words=self.words)

    def _forced(self, kind: str, row: Mapping[str, Any]) -> str:
        number = self.words.numbers.quantity
        return self.words.text(
            f"review.{kind}",
            party=self.names.get(row["party"], row["party"]),
            what=self.names.get(row["what"], row["what"]),
            unit=f" {unit}" if (unit := self.units.get(row["what"])) else "",
            start=number(row["start"]),
            end=number(row["end"]),
            year=self.horizon,
        )

    def _column(self, key: str) -> str:
        return self.words.text(f"review.column.{key}")

    def _named(self, ids: pl.Series) -> list[str]:
        return [self.names.get(one, one) for one in ids]


def moved_said(moved: pl.DataFrame, words: Wording) -> str:
    """Returns whether anything is known of what really moved."""
    return words.text("review.progress.some" if moved.height else "review.progress.none")


def moved_rows(moved: pl.DataFrame, words: Wording) -> pl.DataFrame:
    """Returns what was agreed and what moved to date, an initiative a row, headings and numbers in words."""
    written = moved.with_columns(
        pl.Series("source", [words.text(f"review.source.{source}") for source in moved["source"]], dtype=pl.String),
        *(
            pl.Series(name, [words.numbers.number(value) for value in moved[name]], dtype=pl.String)
            for name in ("agreed_to_date", "realised_to_date")
        ),
    )
    return written.select(pl.col(name).alias(words.text(f"review.column.{key}")) for name, key in _MOVED.items())


def followed_said(name: str, moved: pl.DataFrame, words: Wording) -> str:
    """Returns in a sentence how far an agreement is from its plan."""
    off = moved.filter("material").height
    if moved.is_empty():
        return words.text("following.unknown", scenario=name)
    return (
        words.count("following.off_plan", off, scenario=name) if off else words.text("following.on_plan", scenario=name)
    )


def no_agreements(words: Wording) -> str:
    """Returns that there is nothing to follow."""
    return words.text("following.none")
