"""Whether what is proposed fits: how much of each initiative its recipients can bear, and which hands are not there.

What belongs here: the release's `feasible_share` and shortages of one named year, the last of the scenario, and the
sentence that comes first where recipients lack hands. What is not known is said; it is never taken for fitting.
"""

import json
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from dashboards.data import Frame
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import Wording, capitalised

_WHOLE = 0.995  # a share that is shown as 100 % fits
_NOTHING = 0.0005  # a smaller share is shown as nothing
_NOTABLE_FTE = 0.25  # a quarter of a person: less is no headline
_RESOURCES = 2  # so many kinds of hands are named in a sentence
AGREED = "agreed"


@dataclass(frozen=True)
class Fit:
    """What fits of one scenario, in its last year."""

    findings: Synopsis

    @cached_property
    def year(self) -> int:
        """The year that is told."""
        return self.findings.results.horizon

    @cached_property
    def initiatives(self) -> Frame:
        """One row an agreed initiative, in order.

        Columns: initiative, title, purpose (null where nobody gave one), share (null where it is not known),
        resource_name (what binds), recipients and full (how many receive, how many of them are full).
        """
        words, table = self.findings.words, self.findings.results.table("initiative")
        other = "en" if words.language == "nl" else "nl"
        agreed = table.filter(pl.col("role").fill_null(AGREED) == AGREED).select(
            "initiative", purpose=pl.coalesce(f"purpose_{words.language}", f"purpose_{other}")
        )
        return (
            self.findings.initiatives.join(agreed, on="initiative", how="inner", maintain_order="left")
            .join(self._shares, on="initiative", how="left", maintain_order="left")
            .join(self.findings.resources.select("resource", "resource_name"), on="resource", how="left",
                  maintain_order="left")
            .with_columns(resource_name=pl.coalesce("resource_name", "resource"))
            .drop("resource")
        )  # fmt: skip

    @cached_property
    def missing(self) -> Frame:
        """One row a kind of hands that the agreement makes short: resource_name, fte (more than without), most first.

        The sum over the providers that come short by it; freed hands elsewhere are not set against it.
        """
        rows = self.findings.capacity_years.filter(
            (pl.col("year") == self.year) & pl.col("known") & pl.col("is_staff").fill_null(value=False)
        )
        extra = (pl.col("fte_after") - pl.col("fte_before").fill_null(0.0)).clip(lower_bound=0.0)
        summed = rows.group_by("resource", "resource_name").agg(fte=extra.sum())
        return summed.filter(pl.col("fte") >= _NOTABLE_FTE).sort("fte", "resource", descending=[True, False])

    @cached_property
    def is_tight(self) -> bool:
        """Whether of some initiative less than all fits."""
        return self._short.height > 0

    @cached_property
    def is_held(self) -> bool:
        """Whether the scenario moves only what fits (`respect_capacity`): the rest stays where it is."""
        texts = self.findings.results.table("scenario")["parameters"]
        return any(json.loads(text or "{}").get("respect_capacity") for text in texts)

    def sentence(self) -> str:
        """Returns how much fits, what binds and which hands are missing, without a full stop."""
        if not self.initiatives.height:
            return ""
        known = self.initiatives.filter(pl.col("share").is_not_null())
        if not known.height:
            return self._words.text("fit.unknown")
        if self.is_tight and self.is_held:
            return self._held(known)
        said = self._tight(known) if self.is_tight else self._roomy(known)
        return f"{said}; {self._missing_hands()}" if self.is_tight and self.missing.height else said

    def in_words(self, share: float | None) -> str:
        """Returns how much of one initiative fits."""
        if share is None:
            return self._words.text("fit.cell_unknown")
        if share < _NOTHING:
            return self._words.text("fit.cell_none")
        return self._words.text("fit.cell_all") if share >= _WHOLE else self._words.numbers.share(share)

    @property
    def _words(self) -> Wording:
        return self.findings.words

    @cached_property
    def _short(self) -> Frame:
        return self.initiatives.filter(pl.col("share") < _WHOLE).sort("share", maintain_order=True)

    @cached_property
    def _shares(self) -> Frame:
        whole = self.findings.results.table("feasible_share").filter(
            pl.col("recipient").is_null() & (pl.col("year") == self.year)
        )
        return whole.select(
            "initiative", "recipients", share="feasible_share", full="full_recipients", resource="binding_resource"
        ).with_columns(pl.when(~pl.col("initiative").is_in(self._blind)).then("share").alias("share"))

    @cached_property
    def _blind(self) -> list[str]:
        """The initiatives of none of whose recipients it is known whether they run short."""
        known = self.findings.known
        receives = known.moved.filter(pl.col("to_id").is_not_null()).group_by("initiative")
        blind = receives.agg(pl.col("to_id").is_in(list(known.unknown_hands)).all()).filter("to_id")
        return blind["initiative"].to_list()

    def _held(self, known: Frame) -> str:
        """Returns that only what fits is moved, and of which initiative that is least."""
        words, first = self._words, self._short.row(0, named=True)
        several = "fit.held_all" if self._short.height == known.height else "fit.held"
        return words.text(
            "fit.held_one" if known.height == 1 else several, title=first["title"], year=self.year,
            share=self.in_words(first["share"]), short=words.numbers.counted(self._short.height),
            number=words.numbers.counted(known.height),
        )  # fmt: skip

    def _tight(self, known: Frame) -> str:
        words, short, number = self._words, self._short, self.initiatives.height
        first = short.row(0, named=True)
        if number == 1:
            return words.text(
                "fit.one", title=first["title"], year=self.year, share=words.numbers.share(first["share"])
            )
        if short.height == number:
            most = words.numbers.share(short.row(-1, named=True)["share"])
            return words.text("fit.none_whole", number=words.numbers.counted(number), year=self.year, most=most)
        return words.text(
            "fit.some", short=words.numbers.counted(short.height), number=words.numbers.counted(known.height),
            year=self.year, title=first["title"], share=words.numbers.share(first["share"]),
        )  # fmt: skip

    def _roomy(self, known: Frame) -> str:
        is_seen = known.height == self.initiatives.height and not self.findings.known.unknown_hands
        return self._words.text("fit.all" if is_seen else "fit.all_known", year=self.year)

    def _missing_hands(self) -> str:
        words = self._words
        said = [
            words.text("fit.hands", amount=words.numbers.full_time(row["fte"]), resource=row["resource_name"])
            for row in self.missing.head(_RESOURCES).to_dicts()
        ]
        return words.text("fit.missing", hands=words.text("fit.and").join(said))


def fit_finding(fit: Fit) -> str:
    """Returns the sentence as the finding of a box."""
    said = fit.sentence()
    return f"{capitalised(said)}." if said else ""
