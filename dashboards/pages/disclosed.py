"""The page of a view: what its reader sees of the others, what was left out and why, and how that was checked.

What belongs here: telling what a view's database holds. What may be in it was decided before; nothing is hidden here.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from dashboards.data import Release
from dashboards.pages.page import Card, Page, PageRef, Table, TableCell, Tone, cells, headings
from dashboards.pages.positions import holds_cell
from dashboards.words.wording import Wording

SECTIONS = ("deal", "payment", "stance", "band", "cover", "total", "units", "room", "capacity", "department", "travel",
            "need", "binds", "norm", "others")  # fmt: skip
"""In the order in which they are told."""
ROOM_SECTIONS = ("units", "need", "room", "binds", "norm", "travel", "others")
"""What is told of one initiative to those who take part in it, in its order."""
MEASURES = ("revenue", "spend", "margin", "cushion")
"""In the order of their columns, before hands."""
BY_PARTY = ("stance", "band", "need", "room")
"""Told as one row a party and one column a measure."""
TONES: Mapping[str | None, Tone] = {"gains": "gain", "loses": "loss"}
NEVER = ("prices", "margins", "areas", "fresh", "red_lines")
KEY = "what-you-see"
LEAST_MOVE_EUR, MOST_RUNS = 1.0, 12
"""A guess that moves a result by less says nothing; more guesses than this are in the view's database."""


@dataclass(frozen=True)
class Disclosed:
    """What a view holds besides its reader's own rows.

    Attributes:
        release: names and dates.
        shown: one row a figure that is shown.
        withheld: one row a kind of figure that is told more coarsely, or not at all.
        about: the view's own row: its name, round, when it was made, why its room may be open.
        initiatives: titles by initiative and language.
        necessity: why each room may be open, by initiative and language.
        consents: one row a consent that is in effect here.
        grades: one row a supplier: how good what it delivered is.
        norms: names of volume norms by their code.
        lines: one row a red line of the reader's own; nobody else's are in a view.
        runs: one row a parameter: the reader's own present value with it low and high, computed with the release.
        contract: one row a year of what a scenario changes of the contract of a pair; a party has it on its own pages.
        deliveries: one row a file that was delivered for the reader alone.
    """

    release: Release
    shown: pl.DataFrame
    withheld: pl.DataFrame
    about: Mapping[str, Any]
    initiatives: Mapping[str, Mapping[str, str]]
    necessity: Mapping[str, Mapping[str, str]]
    consents: pl.DataFrame
    grades: pl.DataFrame
    norms: Mapping[str, str]
    lines: pl.DataFrame
    runs: pl.DataFrame
    contract: pl.DataFrame
    deliveries: pl.DataFrame

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
        cards=(
            told.about(),
            *told.lines(),
            *told.what_if(),
            *told.sections(),
            *told.rooms(),
            *told.consents(),
            *told.contract(),
            *told.grades(),
            *told.delivered(),
            told.left_out(),
            told.checked(),
        ),
    )


_DRAWN: dict[tuple[Hashable, ...], Table] = {}
MOST_DRAWN = 2_000
"""So many tables are kept; then all are drawn again."""


def _drawn_once(shown: tuple[Hashable, ...], draw: Callable[[], Table]) -> Table:
    """Returns the table of what is shown, drawn if it was not yet."""
    if shown not in _DRAWN:
        if len(_DRAWN) >= MOST_DRAWN:
            _DRAWN.clear()
        _DRAWN[shown] = draw()
    return _DRAWN[shown]


class _Told:
    """A view in words."""

    def __init__(self, own: Disclosed, words: Wording) -> None:
        self.own, self.words = own, words
        self.names = own.names()
        self.titles = {results.name: results.titles[words.language] for results in own.release.scenarios}

    @cached_property
    def _known(self) -> tuple[Hashable, ...]:
        """What a table is drawn by besides its rows: the language, and the names of what there is."""
        titles = ((one, *sorted(said.items())) for one, said in self.own.initiatives.items())
        named = (*self.names.items(), *self.own.norms.items(), *titles)
        return (self.own.release.id, self.own.kind, self.words.language, *named)

    def answer(self) -> str:
        of = str(self.own.about["view"]).split(":")[1:]
        name = " – ".join(self.names.get(part, self._initiative(part)) for part in of)
        return self.words.text(f"view_answer.{self.own.kind}", name=name)

    def about(self) -> Card:
        text, about = self.words.text, self.own.about
        made = self.words.numbers.moment(about["made_at"])
        points = [text("view.round", round=about["round"], date=made, release=self.own.release.id)]
        return Card("about", text("view.about"), points=tuple(points))

    def lines(self) -> Iterator[Card]:
        """Yields how the reader's own red lines stand in each scenario."""
        for scenario, title in self.titles.items():
            rows = self.own.lines.filter(pl.col("scenario") == scenario)
            if rows.height:
                heading = self.words.text("view.own_lines")
                caption = self.words.text("view.table", section=heading, scenario=title)
                yield Card(f"lines-{scenario}", heading, table=self._lines(caption, rows))

    def what_if(self) -> Iterator[Card]:
        """Yields what the reader's own result would be if one guess were otherwise: the guesses that move it most."""
        text = self.words.text
        for scenario, title in self.titles.items():
            moved = pl.col("high_eur") - pl.col("low_eur")
            rows = self.own.runs.filter(pl.col("scenario") == scenario, moved.abs() >= LEAST_MOVE_EUR)
            first = rows.sort(moved.abs(), "parameter", descending=[True, False]).head(MOST_RUNS)
            if first.height:
                body = tuple(
                    (
                        TableCell(self._parameter(row["parameter"])),
                        *cells(*map(self._worth, (row["low_eur"], row["high_eur"]))),
                    )
                    for row in first.iter_rows(named=True)
                )
                names = (text(f"view.{name}") for name in ("guess", "guess_low", "guess_high"))
                heading = text("view.what_if")
                caption = text("view.table", section=text("view.what_if_table"), scenario=title)
                table = Table(caption, headings(names, numbers=(1, 2)), body)
                yield Card(f"what_if-{scenario}", heading, table=table, note=text("view.what_if_note"))

    def _worth(self, value: float) -> str:
        return self.words.numbers.money(value, signed=True)

    def _parameter(self, path: str) -> str:
        """Returns a parameter of the scenario as a person says it: its initiative, and what it is."""
        parts = path.split(".")
        paths = (".".join(parts[start : start + size]) for size in (2, 1) for start in range(len(parts)))
        known = next((name for one in paths if (name := self.words.known("parameters", one, otherwise=""))), path)
        detail = self._measure(parts[-1])
        said = f"{known} ({detail})" if detail != parts[-1] else known
        of = next((part for part in parts if part in self.own.initiatives), None)
        return f"{self._initiative(of)}: {said}" if of else said

    def _lines(self, caption: str, rows: pl.DataFrame) -> Table:
        text = self.words.text
        body = tuple(
            (
                TableCell(self._line(row)),
                holds_cell(row["holds"], self.words),
                holds_cell(row["holds_without"], self.words),
            )
            for row in rows.iter_rows(named=True)
        )
        return Table(caption, headings(text(f"positions.{name}") for name in ("line", "holds", "without")), body)

    def _line(self, row: Mapping[str, Any]) -> str:
        dimension = self.words.text(f"positions.dimension.{row['dimension']}")
        of = row["of"]
        return (
            f"{dimension}: {self._initiative(of) if of in self.own.initiatives else self._measure(of)}"
            if of
            else dimension
        )

    def sections(self) -> Iterator[Card]:
        """Yields what all parties see together, a card a section of each scenario."""
        for scenario, title in self.titles.items():
            rows = self.own.shown.filter(pl.col("scenario") == scenario, ~self._of_a_room())
            for section in SECTIONS:
                own = rows.filter(pl.col("section") == section)
                if own.height:
                    yield Card(f"{section}-{scenario}", self._section(section), table=self._told(section, title, own))

    def rooms(self) -> Iterator[Card]:
        """Yields what those who take part in an initiative see of each other, first why they must."""
        for scenario, title in self.titles.items():
            rows = self.own.shown.filter(pl.col("scenario") == scenario, self._of_a_room())
            for initiative in rows["initiative"].unique(maintain_order=True).to_list():
                yield from self._room(f"{initiative}-{scenario}", initiative, title, rows)

    def _room(self, name: str, initiative: str, title: str, rows: pl.DataFrame) -> Iterator[Card]:
        text, language = self.words.text, self.words.language
        heading = text("view.room", initiative=self._initiative(initiative))
        why = self.own.necessity.get(initiative, {}).get(language)
        points = (text("view.necessity", why=why),) if why else ()
        yield Card(f"room-{name}", heading, points=points)
        for section in ROOM_SECTIONS:
            own = rows.filter(pl.col("initiative") == initiative, pl.col("section") == section)
            if own.height:
                yield Card(f"{section}-{name}", self._section(section), table=self._told(section, title, own))

    @staticmethod
    def _of_a_room() -> pl.Expr:
        """Returns which rows are told of one party, or one area, of one initiative."""
        return pl.col("initiative").is_not_null() & (pl.col("party").is_not_null() | pl.col("kind").is_not_null())

    def _section(self, section: str) -> str:
        return self.words.text(f"view_section.{section}")

    def _told(self, section: str, title: str, rows: pl.DataFrame) -> Table:
        """Returns a section as a table; what many views of a release show alike is drawn once."""
        return _drawn_once((*self._known, section, title, *rows.rows()), lambda: self._drawn(section, title, rows))

    def _drawn(self, section: str, title: str, rows: pl.DataFrame) -> Table:
        """Returns a section as a table: years or measures beside each other where there are several."""
        name = self._section(section)
        if section in BY_PARTY:
            year = self._year(rows.row(0, named=True))
            return self._beside(name, f"{title}, {year}" if year else title, rows, "measure")
        years = rows["year"].n_unique() > 1
        return self._beside(name, title, rows, "year") if years else self._table(name, title, rows)

    def consents(self) -> Iterator[Card]:
        """Yields what parties allowed to be told further than the rules say, and why."""
        if self.own.consents.height:
            text, language = self.words.text, self.words.language
            points = tuple(
                text("view.consent", figure=text(f"view_consent.{row['figure']}"), kind=self._kind(row["kind"]),
                     initiative=self._initiative(row["initiative"]), purpose=row[f"purpose_{language}"])
                for row in self.own.consents.iter_rows(named=True)
            )  # fmt: skip
            yield Card("consents", text("view.consents"), points=points)

    def contract(self) -> Iterator[Card]:
        """Yields what each scenario changes of a pair's contract, year by year."""
        text = self.words.text
        for scenario, title in self.titles.items():
            rows = self.own.contract.filter(pl.col("scenario") == scenario).sort("year")
            if self.own.kind == "pair" and rows.height:
                body = tuple(
                    cells(
                        str(row["year"]), *map(self._worth, (row["production_change_eur"], row["revenue_change_eur"]))
                    )
                    for row in rows.iter_rows(named=True)
                )
                names = (text(f"view.{name}") for name in ("year", "production", "paid"))
                caption = text("view.table", section=text("view.contract_table"), scenario=title)
                table = Table(caption, headings(names, numbers=(1, 2)), body)
                yield Card(f"contract-{scenario}", text("view.contract"), table=table)

    def delivered(self) -> Iterator[Card]:
        """Yields what was delivered for the reader alone and counts: how much of it was accepted, how much refused."""
        rows = self.own.deliveries.filter(pl.col("superseded_by").is_null(), pl.col("withdrawn_at").is_null())
        if rows.height:
            text, counted = self.words.text, self.words.numbers.counted
            body = tuple(
                cells(self.words.known("datasets", row["dataset"]), row["period"], row["file"],
                      *(counted(row[name] or 0) for name in ("accepted", "rejected")))
                for row in rows.sort("dataset", "period", "file").iter_rows(named=True)
            )  # fmt: skip
            names = (text(f"view.{name}") for name in ("dataset", "period", "file", "accepted", "refused"))
            table = Table(text("view.delivered_table"), headings(names, numbers=(3, 4)), body)
            yield Card("delivered", text("view.delivered"), table=table)

    def grades(self) -> Iterator[Card]:
        """Yields how good what each supplier delivered is."""
        if self.own.grades.height:
            text = self.words.text
            body = tuple(cells(row["supplier"], row["grade"]) for row in self.own.grades.iter_rows(named=True))
            table = Table(text("view.grades_table"), headings((text("view.supplier"), text("view.grade"))), body)
            yield Card("grades", text("view.grades"), table=table)

    def _beside(self, section: str, title: str, rows: pl.DataFrame, by: str) -> Table:
        """Returns one row a party and a column a measure or a year."""
        text, columns = self.words.text, sorted(rows[by].unique(maintain_order=True).to_list(), key=str)
        if by != "year":
            columns.sort(key=lambda name: (MEASURES.index(name) if name in MEASURES else len(MEASURES), name))
        said: dict[tuple[str, str], dict[str, TableCell]] = {}
        for row in rows.iter_rows(named=True):
            what = self._what(row) if by == "year" else ""
            said.setdefault((self._who(row), what), {})[row[by]] = TableCell(
                self._said(row), TONES.get(row["stance"], "plain")
            )
        body = tuple(
            (
                TableCell(who),
                *([TableCell(what)] if what else []),
                *(found.get(name, TableCell("")) for name in columns),
            )
            for (who, what), found in said.items()
        )
        over = [str(name) for name in columns] if by == "year" else [self._measure(name) for name in columns]
        names = (text("view.who"), *([text("view.what")] if by == "year" else []), *over)
        return Table(text("view.table", section=section, scenario=title), headings(names), body)

    def _table(self, section: str, title: str, rows: pl.DataFrame) -> Table:
        text, has_year = self.words.text, rows["year"].is_not_null().any()
        body = tuple(
            (TableCell(self._who(row)), *cells(self._what(row), *([self._year(row)] if has_year else [])),
             TableCell(self._said(row)), TableCell(text(f"view_told.{row['told']}"), "quiet"))
            for row in rows.iter_rows(named=True)
        )  # fmt: skip
        named = ("who", "what", *(["year"] if has_year else []), "said", "how")
        names = tuple(text(f"view.{name}") for name in named)
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
        measure = self._measure(row["measure"])
        of_all = row["initiative"] and not row["party"] and not row["kind"]
        return f"{self._initiative(row['initiative'])}: {measure}" if of_all else measure

    def _measure(self, name: str) -> str:
        """Returns what is told, by the name that a person knows it by."""
        words = self.words
        known = words.known(
            "resources", name, otherwise=words.known("specialisms", name, otherwise=self.own.norms.get(name))
        )
        return words.known("view_measure", name, otherwise=known)

    def _initiative(self, name: str) -> str:
        return self.own.initiatives.get(name, {}).get(self.words.language) or name

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
            "need": self._fte,
            "binds": lambda _: self.words.text("view.first"),
            "norm": self._norm,
            "others": self._others,
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

    def _norm(self, row: Mapping[str, Any]) -> str:
        """Returns how a norm or department stands without and with the scenario."""
        after = self.words.known("status", row["status"])
        if row["before"] is None:
            return after
        return self.words.text("view.before_after", before=self.words.known("status", row["before"]), after=after)

    def _others(self, row: Mapping[str, Any]) -> str:
        """Returns how many others in a room gain or lose as the reader does."""
        stance = self.words.text(f"view_you.{row['stance']}")
        count = row["parties"]
        return (
            self.words.text("view.you_and", stance=stance, number=count)
            if count
            else (self.words.text("view.you_and_some", stance=stance))
        )

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
        if low < 0 < high:
            return self.words.text("view.fte_none", low=written(low), high=written(high))
        return self.words.text("view.fte", low=written(low), high=written(high))

    def _band(self, row: Mapping[str, Any]) -> str:
        low, high = row["low"], row["high"]
        share = self.words.numbers.share
        if row["told"] == "sign":
            return self.words.text("view.falls" if low is None else "view.rises")
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
        measure, of = self._measure(row["measure"]), row["kind"]
        named = (
            self._initiative(of)
            if of in self.own.initiatives
            else ", ".join(map(self._kind, filter(None, of.split("+"))))
        )
        return f"{named}: {measure}" if named else measure

    def checked(self) -> Card:
        text, about = self.words.text, self.own.about
        counted = self.words.numbers.counted
        numbers = {name: counted(about[name]) for name in ("cells", "attackers", "programs")}
        points = (text("view.checked_points", **numbers), text("view.not_guarded"))
        return Card("checked", text("view.checked"), text("view.checked_finding"), points=points)
