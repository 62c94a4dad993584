"""The page of a view: what its reader sees of the others, what was left out and why, and how that was checked.

What belongs here: telling what a view's database holds. What may be in it was decided before; nothing is hidden here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards.data import Release
from dashboards.pages.page import Card, Page, PageRef, Table, TableCell, Tone, cells, headings
from dashboards.words.wording import Wording

SECTIONS = ("deal", "payment", "stance", "band", "cover", "total", "units", "room", "capacity", "department", "travel")
"""In the order in which they are told."""
BY_PARTY = ("stance", "band")
"""Told as one row a party and one column a measure."""
TONES: Mapping[str | None, Tone] = {"gains": "gain", "loses": "loss"}
NEVER = ("prices", "margins", "areas", "fresh", "red_lines")
KEY = "what-you-see"


@dataclass(frozen=True)
class Disclosed:
    """What a view holds besides its reader's own rows.

    Attributes:
        release: names and dates.
        shown: one row a figure that is shown.
        withheld: one row a kind of figure that is told more coarsely, or not at all.
        about: the view's own row: its name, round, when it was made, why its room may be open.
    """

    release: Release
    shown: pl.DataFrame
    withheld: pl.DataFrame
    about: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """Which kind of view it is."""
        return str(self.about["view"]).split(":", maxsplit=1)[0]

    def names(self) -> dict[str, str]:
        """Returns the parties' names by id."""
        return dict(self.release.parties.select("party", "name").iter_rows())


def disclosed_page(own: Disclosed, words: Wording) -> Page:
    """Returns the page of a view in one language."""
    told = _Told(own, words)
    return Page(
        ref=PageRef("sources"),
        title=words.text("view.title"),
        answer=told.answer(),
        lead="",
        key_figures=(),
        cards=(told.about(), *told.sections(), told.left_out(), told.checked()),
    )


class _Told:
    """A view in words."""

    def __init__(self, own: Disclosed, words: Wording) -> None:
        self.own, self.words = own, words
        self.names = own.names()
        self.titles = {results.name: results.titles[words.language] for results in own.release.scenarios}

    def answer(self) -> str:
        of = str(self.own.about["view"]).split(":")[1:]
        name = " – ".join(self.names.get(part, part) for part in of)
        return self.words.text(f"view_answer.{self.own.kind}", name=name)

    def about(self) -> Card:
        text, about = self.words.text, self.own.about
        made = self.words.numbers.moment(about["made_at"])
        points = [text("view.round", round=about["round"], date=made, release=self.own.release.id)]
        why = about.get(f"necessity_{self.words.language}")
        if why:
            points.append(text("view.necessity", why=why))
        return Card("about", text("view.about"), points=tuple(points))

    def sections(self) -> Iterator[Card]:
        for scenario, title in self.titles.items():
            rows = self.own.shown.filter(pl.col("scenario") == scenario)
            for section in SECTIONS:
                own = rows.filter(pl.col("section") == section)
                if own.height:
                    name = self.words.text(f"view_section.{section}")
                    table = self._matrix if section in BY_PARTY else self._table
                    yield Card(f"{section}-{scenario}", name, table=table(name, title, own))

    def _matrix(self, section: str, title: str, rows: pl.DataFrame) -> Table:
        """Returns one row a party and one column a measure."""
        text, measures = self.words.text, rows["measure"].unique(maintain_order=True).to_list()
        said: dict[str, dict[str, TableCell]] = {}
        for row in rows.iter_rows(named=True):
            said.setdefault(self._who(row), {})[row["measure"]] = TableCell(
                self._said(row), TONES.get(row["stance"], "plain")
            )
        body = tuple(
            (TableCell(who), *(found.get(name, TableCell("")) for name in measures)) for who, found in said.items()
        )
        names = (text("view.who"), *(self._what({"measure": name, "initiative": None}) for name in measures))
        return Table(text("view.table", section=section, scenario=title), headings(names), body)

    def _table(self, section: str, title: str, rows: pl.DataFrame) -> Table:
        text = self.words.text
        body = tuple(
            (TableCell(self._who(row)), *cells(self._what(row), self._year(row), self._said(row)),
             TableCell(text(f"view_told.{row['told']}"), "quiet"))
            for row in rows.iter_rows(named=True)
        )  # fmt: skip
        names = (text(f"view.{name}") for name in ("who", "what", "year", "said", "how"))
        return Table(text("view.table", section=section, scenario=title), headings(names), body)

    def _who(self, row: Mapping[str, Any]) -> str:
        if row["party"]:
            return self.names.get(row["party"], row["party"])
        if row["kind"]:
            return ", ".join(self._kind(kind) for kind in row["kind"].split("+"))
        return self.words.text("view.everybody")

    def _kind(self, kind: str) -> str:
        return self.words.known("kinds_plural", kind, otherwise=self.words.known("view_measure", kind))

    def _what(self, row: Mapping[str, Any]) -> str:
        measure = self.words.known(
            "view_measure", row["measure"], otherwise=self.words.known("resources", row["measure"])
        )
        return f"{row['initiative']}: {measure}" if row["initiative"] else measure

    @staticmethod
    def _year(row: Mapping[str, Any]) -> str:
        return str(row["year"] or "")

    def _said(self, row: Mapping[str, Any]) -> str:
        """Returns what is told in one cell of text."""
        if row["below"] is not None:
            return self.words.text("view.under", below=row["below"])
        say: dict[str, Callable[[Mapping[str, Any]], str]] = {
            "deal": self._deal,
            "payment": self._payment,
            "total": lambda own: self.words.numbers.money(own["value"], signed=True),
            "units": lambda own: self.words.numbers.quantity(own["value"]),
            "travel": lambda own: self.words.numbers.quantity(own["value"]),
            "department": self._department,
            "stance": lambda own: self.words.text(f"view_stance.{own['stance']}"),
            "capacity": self._capacity,
            "room": self._fte,
            "band": self._band,
            "cover": self._band,
        }
        return say[row["section"]](row)

    def _deal(self, row: Mapping[str, Any]) -> str:
        """Returns what the table learns of the positions."""
        text = self.words.text
        if row["measure"] == "has_room":
            return text(f"view_deal.{row['status']}")
        if row["measure"] == "shared":
            return text("view_deal.shared", number=row["parties"])
        if row["measure"] == "urgency":
            return text("view_deal.urgency", number=int(row["value"]))
        return text("view_deal.kept", number=int(row["value"]), parties=row["parties"])

    def _payment(self, row: Mapping[str, Any]) -> str:
        if row["value"] is None:
            return self.words.text("view.receives" if row["receives"] else "view.pays")
        return self.words.numbers.money(row["value"], signed=True)

    def _department(self, row: Mapping[str, Any]) -> str:
        count = row["parties"]
        where = self.words.text("view.parties", number=count) if count else self.words.text("view.some")
        stance = self.words.text(f"view_stance.{row['stance']}")
        return f"{stance} {where}"

    def _capacity(self, row: Mapping[str, Any]) -> str:
        status = self.words.text(f"view_status.{row['status']}")
        return self.words.text("view.status", status=status, fte=self._fte(row))

    def _fte(self, row: Mapping[str, Any]) -> str:
        low, high = row["low"], row["high"]
        number = self.words.numbers.number

        def written(value: float) -> str:
            return number(value, decimals=0 if float(value).is_integer() else 1)

        if high is None:
            return self.words.text("view.fte_more", low=written(low or 0.0))
        if low is None:
            return self.words.text("view.fte_less", high=written(high))
        return self.words.text("view.fte", low=written(low), high=written(high))

    def _band(self, row: Mapping[str, Any]) -> str:
        low, high = row["low"], row["high"]
        share = self.words.numbers.share
        if high is None:
            band = self.words.text("view.at_least", low=share(low))
        elif low is None:
            band = self.words.text("view.at_most", high=share(high))
        else:
            band = self.words.text("view.between", low=share(low), high=share(high))
        if row["section"] == "cover":
            return self.words.text("view.cover", band=band)
        return self.words.text("view.of_cushion" if row["measure"] == "cushion" else "view.of_size", band=band)

    def left_out(self) -> Card:
        text, rows = self.words.text, self.own.withheld
        points = tuple(text(f"view_never.{name}") for name in NEVER)
        body = tuple(
            (
                TableCell(text(f"view_section.{row['section']}")),
                *cells(self._about(row), text(f"view_told.{row['told']}"), self.words.numbers.counted(row["figures"])),
            )
            for row in rows.iter_rows(named=True)
        )
        names = (text(f"view.{name}") for name in ("what", "who", "how", "figures"))
        table = Table(text("view.coarser_table"), headings(names), body) if body else None
        note = "" if body else text("view.coarser_none")
        finding = text("view.left_out_finding")
        return Card("left_out", text("view.left_out"), finding, points=points, table=table, note=note)

    def _about(self, row: Mapping[str, Any]) -> str:
        measure = self.words.known(
            "view_measure", row["measure"], otherwise=self.words.known("resources", row["measure"])
        )
        kinds = ", ".join(self._kind(kind) for kind in row["kind"].split("+") if kind)
        return f"{kinds}: {measure}" if kinds else measure

    def checked(self) -> Card:
        text, about = self.words.text, self.own.about
        counted = self.words.numbers.counted
        numbers = {name: counted(about[name]) for name in ("cells", "attackers", "programs")}
        points = (text("view.checked_points", **numbers), text("view.not_guarded"))
        return Card("checked", text("view.checked"), text("view.checked_finding"), points=points)
