"""What the parties want, for the middle alone: whether there is room, which line would open it, and when to stop.

What belongs here: telling the tables `position`, `deal_room` and `meeting`. They are in the middle's release and in no
view, so this page is in no view either.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from dashboards.data import ScenarioResults
from dashboards.pages.page import Card, Page, PageRef, Table, TableCell, Tone, cells, headings
from dashboards.telling.sentences import listed
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import Wording
from models.positions.meeting import ledger

Row = Mapping[str, Any]
HOLDS: Mapping[bool | None, tuple[str, Tone]] = {
    True: ("yes", "good"), False: ("no", "bad"), None: ("unknown", "quiet"),
}  # fmt: skip


def has_positions(results: ScenarioResults) -> bool:
    """Returns whether anybody handed in a position that was held against a scenario."""
    return any(results.table(name).height for name in ("position", "meeting", "deal_room"))


def positions(findings: Synopsis) -> Page:
    """Returns the page on what the parties want; it says so where nobody handed anything in."""
    told = _Told(findings)
    return Page(
        ref=PageRef("positions"),
        title=findings.words.text("pages.positions"),
        answer=told.answer(),
        lead="",
        key_figures=(),
        cards=tuple(told.cards()),
    )


def holds_cell(holds: bool | None, words: Wording) -> TableCell:  # noqa: FBT001 - three values of a column
    """Returns whether a red line holds, in a cell."""
    name, tone = HOLDS[holds]
    return TableCell(words.text(f"positions.holds_{name}"), tone)


def stop_card(findings: Synopsis) -> Card | None:
    """Returns why it is better to stop here, for the first page; None where it is not."""
    return _Told(findings).stop()


class _Told:
    """Positions in words."""

    def __init__(self, findings: Synopsis) -> None:
        self.findings, self.words = findings, findings.words
        self.read = findings.results.table("meeting")
        self.rooms = findings.results.table("deal_room")
        self.lines = findings.results.table("position")
        self.names = dict(findings.release.parties.select("party", "name").iter_rows())
        self.titles = dict(findings.initiatives.select("initiative", "title").iter_rows())

    def of(self, subject: str) -> Sequence[Row]:
        return self.read.filter(pl.col("subject") == subject).to_dicts()

    def name(self, party: str | None) -> str:
        return self.names.get(party or "", party or "")

    def answer(self) -> str:
        text = self.words.text
        if self.of("stop"):
            return text("positions.answer_stop")
        if self.rooms.is_empty():
            return text("positions.answer_nobody")
        return text(f"positions.answer_{self._room()}")

    def _room(self) -> str:
        first = self.rooms.row(0, named=True)
        return "room" if first["has_room"] else "no_room" if first["proven"] else "not_known"

    def cards(self) -> Iterator[Card]:
        every = (self.stop(), self.room(), self.red_lines(), self.urgency(), self.disagreements(), self.shared(),
                 self.give_and_get())  # fmt: skip
        yield from (card for card in every if card is not None)

    def stop(self) -> Card | None:
        rows, text = self.of("stop"), self.words.text
        if not rows:
            return None
        points = tuple(self._reason(row) for row in rows)
        return Card("stop", text("positions.stop"), text("positions.stop_finding"), points=points,
                    note=text("positions.stop_note"))  # fmt: skip

    def _reason(self, row: Row) -> str:
        number = "" if row["value"] is None else self.words.numbers.number(row["value"])
        said = self.words.text(f"positions.why_{row['about']}", number=number)
        if row["about"] == "urgency_gap":
            ranked = sorted(self.of("urgency"), key=lambda one: one["value"])
            return f"{said} {self._least_and_most(ranked[0], ranked[-1])}"
        return said

    def _least_and_most(self, least: Row, most: Row) -> str:
        number = self.words.numbers.number
        return self.words.text(
            "positions.least_and_most", least=self.name(least["party"]), low=number(least["value"]),
            most=self.name(most["party"]), high=number(most["value"]),
        )  # fmt: skip

    def room(self) -> Card | None:
        if self.rooms.is_empty():
            return None
        text, found = self.words.text, self._room()
        table = self._package() if found == "room" else self._openings()
        note = "" if table or found == "not_known" else text("positions.no_single_line")
        return Card("room", text("positions.room"), text(f"positions.answer_{found}"), table=table, note=note)

    def _package(self) -> Table:
        words, numbers = self.words, self.words.numbers
        rows = self.rooms.filter(pl.col("initiative").is_not_null()).to_dicts()
        body = tuple(cells(self.titles.get(row["initiative"], row["initiative"]), str(row["start"])) for row in rows)
        worth = numbers.money(rows[0]["net_value_eur"], signed=True)
        names = (words.text("positions.initiative"), words.text("positions.start"))
        return Table(words.text("positions.package", worth=worth), headings(names), body)

    def _openings(self) -> Table | None:
        """Returns which single line, moved by how much, opens room; None where none does."""
        rows = self.rooms.filter(pl.col("moved_by").is_not_null())
        if rows.is_empty():
            return None
        lines = {(row["party"], row["line"]): row for row in self.lines.to_dicts()}
        body = tuple(
            cells(self.name(row["party"]), self._line(lines.get((row["party"], row["line"]))), self._moved(row))
            for row in rows.to_dicts()
        )
        names = (self.words.text(f"positions.{name}") for name in ("party", "line", "moved"))
        return Table(self.words.text("positions.openings"), headings(names), body)

    def _line(self, row: Row | None) -> str:
        if row is None:
            return ""
        words = self.words
        what = words.text(f"positions.dimension.{row['dimension']}")
        of = self.titles.get(row["of"]) or words.known(
            "specialisms", row["of"], otherwise=words.known("resources", row["of"])
        )
        return f"{what}: {of}" if row["of"] else what

    def _moved(self, row: Row) -> str:
        numbers, by = self.words.numbers, row["moved_by"]
        written = {"share": numbers.share, "fte": numbers.full_time, "units": numbers.quantity}
        if row["unit"] == "refusal":
            return self.words.text("positions.given_up")
        return self.words.text("positions.moved_by", by=written[row["unit"]](by))

    def red_lines(self) -> Card | None:
        if self.lines.is_empty():
            return None
        text, numbers = self.words.text, self.words.numbers
        body = tuple(
            (*cells(self.name(row["party"]), self._line(row)), holds_cell(row["holds"], self.words),
             TableCell("" if row["share_of_draws"] is None else numbers.probability(row["share_of_draws"])),
             holds_cell(row["holds_without"], self.words))
            for row in self.lines.sort("party", "line").to_dicts()
        )  # fmt: skip
        names = (text(f"positions.{name}") for name in ("party", "line", "holds", "draws", "without"))
        broken = self.lines.filter(~pl.col("holds"))
        finding = self.words.count("positions.lines_finding", broken["party"].n_unique())
        return Card("lines", text("positions.lines"), finding,
                    table=Table(text("positions.lines_table"), headings(names), body))  # fmt: skip

    def urgency(self) -> Card | None:
        rows, text = self.of("urgency"), self.words.text
        if not rows:
            return None
        pulls: dict[str, list[str]] = {}
        for row in self.of("carries"):
            drive = self.words.numbers.number(row["value"])
            pulled = text("positions.pulls", title=self.titles.get(row["about"], row["about"]), drive=drive)
            pulls.setdefault(row["party"], []).append(pulled)
        body = tuple(
            cells(self.name(row["party"]), self.words.numbers.number(row["value"]),
                  str(row["year"] or text("positions.never")), "; ".join(pulls.get(row["party"], [])))
            for row in sorted(rows, key=lambda one: -one["value"])
        )  # fmt: skip
        names = (text(f"positions.{name}") for name in ("party", "urgency", "crosses", "carries"))
        return Card("urgency", text("positions.urgency_kicker"),
                    table=Table(text("positions.urgency_table"), headings(names), body))  # fmt: skip

    def disagreements(self) -> Card | None:
        rows, text = self.of("disagreement"), self.words.text
        points = tuple(
            text(f"positions.but_{row['about']}", party=self.name(row["party"]), of=self._of(row["of"])) for row in rows
        )
        return Card("disagreements", text("positions.disagreements"), points=points) if points else None

    def _of(self, line: str | None) -> str:
        """Returns a line or dimension that is named in one word, as a person says it."""
        first, *rest = (line or "").split(":")
        dimension = self.words.known("positions.dimension", first)
        of = [self.titles.get(one) or self.words.known("specialisms", one, otherwise=self.words.known("resources", one))
              for one in rest]  # fmt: skip
        return ": ".join((dimension, *of))

    def shared(self) -> Card | None:
        rows, text = self.of("shared"), self.words.text
        points = tuple(
            text("positions.shared_by", what=self._of(":".join(filter(None, (row["about"], row["of"])))),
                 number=self.words.numbers.counted(int(row["value"])))
            for row in rows
        )  # fmt: skip
        return Card("shared", text("positions.shared"), points=points) if points else None

    def give_and_get(self) -> Card | None:
        """Returns who gives and who gets over all initiatives; None where nobody handed anything in."""
        rows = ledger(self.findings.results.table("interest")).to_dicts()
        if not rows or not (self.read.height or self.lines.height):
            return None
        text, language = self.words.text, self.words

        def named(initiatives: list[str]) -> str:
            return listed([self.titles.get(one, one) for one in initiatives], language) if initiatives else "–"

        body = tuple(
            cells(self.name(row["party"]), named(row["gives_in"]), named(row["gets_in"]),
                  self.words.numbers.money(row["balance_eur"], signed=True))
            for row in rows if row["gives_in"] or row["gets_in"]
        )  # fmt: skip
        names = (text(f"positions.{name}") for name in ("party", "gives", "gets", "balance"))
        table = Table(text("positions.ledger_table"), headings(names, numbers=(3,)), body)
        return Card("ledger", text("positions.ledger"), table=table)
