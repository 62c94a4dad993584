"""What a source mapping may say: how a file is recognised, steps through its tables, the datasets it yields.

Only the shape of a mapping file stands here; reading one is in `files`, carrying it out in `steps`, `columns` and
`translation`. A heading is given by its name (case, spaces and accents do not matter) or, after a `~`, by a regular
expression.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

import polars as pl
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from data_contracts.contract import DATASETS, load_contract
from data_contracts.problem import nearest, one_of
from data_contracts.text import Text
from data_contracts.yaml_faults import refusal

MAIN = "rows"
"""The table of the file itself, unless the mapping gives it another name."""


def _reference(value: str) -> str:
    """A reference to a heading whose pattern, if it is one, can be used."""
    if value.startswith("~"):
        _require_pattern(value[1:], groups=0)
    return value


def _pattern(pattern: str) -> Text:
    return Text(en=f"the pattern {pattern}", nl=f"het patroon {pattern}")


def _require_pattern(pattern: str, *, groups: int) -> None:
    try:
        enough = re.compile(pattern).groups >= groups
        pl.select(pl.lit("").str.extract(pattern, 0))
    except (re.error, pl.exceptions.PolarsError) as problem:
        raise refusal(
            _pattern(pattern),
            expected=Text(en="a regular expression", nl="een reguliere expressie"),
            action=Text(en=f"correct it: {problem}", nl=f"verbeter haar: {problem}"),
        ) from None
    if not enough:
        raise refusal(
            _pattern(pattern),
            expected=Text(en="brackets around what to keep", nl="haakjes om wat blijft"),
            action=Text(en="add ( and )", nl="voeg ( en ) toe"),
        )


Heading = Annotated[str, AfterValidator(_reference)]
"""A reference to a heading: its name, or `~` and a regular expression."""

Headings = Annotated[tuple[Heading, ...], Field(strict=False)]

Scalar = str | int | float | bool

Texts = Annotated[tuple[str, ...], Field(strict=False)]
"""A list of texts: YAML's list becomes a tuple."""


_LEAVE_ONE = Text(en="leave one", nl="laat er één staan")
_CORRECT = Text(en="correct the parameter", nl="verbeter de parameter")


class Strict(BaseModel):
    """A part of a mapping: immutable, no unknown keys, nothing converted silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class MappingParameter(Strict):
    """A value that stands in the mapping's `parameters`, so that a workspace can set its own."""

    parameter: str


class Recognise(Strict):
    """How a file is recognised: its name fits one of `names` (`*` is anything) and it has all `headings`.

    Attributes:
        many: a folder may hold many such files, one a provider, say: a file replaces only one of the same name.
        year: where a file's name says its year, a regular expression with one group: a file of another year than that
            of its folder is refused, for nothing in the file would tell.
    """

    names: Texts = ()
    headings: Headings = ()
    many: bool = False
    year: str | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.names and not self.headings:
            raise refusal(
                Text(en="neither names nor headings", nl="geen names en geen headings"),
                expected=Text(en="at least one of the two", nl="ten minste een van de twee"),
                action=Text(en="add names or headings", nl="voeg names of headings toe"),
            )
        if self.year is not None:
            _require_pattern(self.year, groups=1)
        return self

    def year_of(self, name: str) -> str | None:
        """Returns the year that a file's name says, if it says one."""
        found = re.search(self.year, name) if self.year is not None else None
        return found.group(1) if found else None


class Companion(Strict):
    """Another file of the same delivery, in the same folder; `records` is where its rows are, in JSON.

    One that is `optional` may be missing: its table then has no rows, and the headings that are listed here.
    """

    names: Texts = Field(min_length=1)
    records: str = ""
    headings: Headings = ()
    optional: bool = False


class AddedUp(Strict):
    """A file of many millions of rows, added up while it is read: rows with the same `of` become one, with the sums."""

    of: Texts = Field(min_length=1)
    sums: Texts = Field(min_length=1)


class Numbers(Strict):
    """How the publisher writes numbers; `signs` (of a currency, say) may stand beside one and mean nothing."""

    decimal: Literal[".", ","] = "."
    thousands: str = Field(default="", max_length=1)
    signs: Texts = ()


class FormColumn(Strict):
    """A column of a form, found by its heading: the first of `headings` (regular expressions) that fits a cell counts.

    Attributes:
        headings: from the surest to the least sure.
        cells: what a cell of it looks like; finds the column where a form has lost its headings.
        required: a row without its heading is no row of headings. Of a required column there must be one, or the
            file is refused; of another the leftmost is taken.
    """

    headings: Texts = Field(min_length=1)
    cells: str | None = None
    required: bool = True

    @model_validator(mode="after")
    def _patterns(self) -> Self:
        for pattern in (*self.headings, *([self.cells] if self.cells else [])):
            _require_pattern(pattern, groups=0)
        return self


class FormFact(Strict):
    """Something that a form says once, above its rows: what a pattern captures in a cell, or the next cell if nothing.

    Attributes:
        cells: regular expressions with one group, tried in order.
        name: where no cell says it: a regular expression for the file's name.
    """

    cells: Texts = ()
    name: str | None = None

    @model_validator(mode="after")
    def _patterns(self) -> Self:
        for pattern in (*self.cells, *([self.name] if self.name else [])):
            _require_pattern(pattern, groups=1)
        return self


class FilledForm(Strict):
    """A form that many fill in: rows below rows of headings that may come again, facts above them, on any sheet.

    Its columns are those of `columns` and `facts`, `section` (the heading above the rows, of the column that `section`
    names) and `sheet`.

    Attributes:
        columns: by the name that the rest of the mapping uses.
        facts: likewise.
        filled: the column without a single filled-in cell of which a form is blank.
        whose: the fact that says who filled it in: two filled-in sheets of the same one are refused.
        section: the column whose heading names the rows below it.
    """

    columns: dict[str, FormColumn] = Field(min_length=1)
    facts: dict[str, FormFact] = {}
    filled: str
    whose: str | None = None
    section: str | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        columns, facts = tuple(self.columns), tuple(self.facts)
        asked = (("filled", self.filled, columns), ("section", self.section, columns), ("whose", self.whose, facts))
        for key, name, known in asked:
            if name is not None and name not in known:
                raise refusal(f"{key}: {name}", expected=one_of(known), action=nearest(name, known))
        if not any(column.required for column in self.columns.values()):
            raise refusal(
                Text(en="no required column", nl="geen verplichte kolom"),
                expected=Text(en="at least one", nl="ten minste één"),
                action=Text(en="leave `required: false` out", nl="laat `required: false` weg"),
            )
        return self


class _Step(Strict):
    """What every step has: the table it works on, and under which name the outcome goes on (itself by default)."""

    table: str = MAIN
    into: str | None = None

    @property
    def target(self) -> str:
        """Returns the name of the outcome."""
        return self.into or self.table


class Keep(_Step):
    """Keeps rows: those whose cell is one of `values` (no values: all), fits `matches`, or is filled in.

    `matches` is a regular expression; an empty cell fits none. With `negate` the rows that fit are left out instead.
    """

    do: Literal["keep"]
    column: Heading
    values: Texts | str | MappingParameter | None = None
    matches: str | None = None
    filled: bool = False
    negate: bool = False
    reason: Text

    @model_validator(mode="after")
    def _pattern(self) -> Self:
        if self.matches is not None:
            _require_pattern(self.matches, groups=0)
        return self


class Calendar(_Step):
    """Makes of a date the period it lies in and the number of days of that; rows without a date are left out.

    Attributes:
        column: the date.
        format: how it is written (`%d/%m/%Y`).
        covers: a period of which the date is any day.
        period: the new column with the period: 2013Q3, or 2013.
        days: the new column with its days.
    """

    do: Literal["calendar"]
    column: Heading
    format: str
    covers: Literal["quarter", "year"]
    period: str
    days: str | None = None


class OfPeriod(_Step):
    """Keeps the rows of the period that the delivery is for; a year's delivery has its quarters too."""

    do: Literal["of_period"]
    column: Heading


class Reduce(_Step):
    """Makes one row of those with the same `of`: of each column in `take` its mean, median, lowest, highest or sum.

    Cells that are no number do not count; where a column has no number at all the cell is empty. All other columns are
    as in the first of the rows. `rows` names a new column with how many they were.
    """

    do: Literal["reduce"]
    of: Headings = Field(min_length=1)
    take: dict[Heading, Literal["mean", "median", "lowest", "highest", "sum"]] = {}
    rows: str | None = None


class Latest(_Step):
    """Keeps the rows of one year: the one that is asked for, else the newest that is complete, else the newest.

    Attributes:
        column: the year of a row.
        dated: the date of the file, that begins with its year.
        complete_after: so many years after a year its figures are complete.
        year: the one that is asked for.
        reason: why the other rows are left out.
    """

    do: Literal["latest"]
    column: Heading
    dated: Heading
    complete_after: int = Field(ge=0, le=10)
    year: int | MappingParameter | None = None
    reason: Text


class Annualise(_Step):
    """Makes one row of the reports of one entity: flows per 365 days, averages by days, the rest as last reported.

    Of reports that overlap only the newest counts (by `newest`, the higher the newer).
    """

    do: Literal["annualise"]
    entity: Heading
    name: Heading
    begin: Heading
    end: Heading
    newest: Heading
    flows: Headings = ()
    averages: Headings = ()


class Unlist(_Step):
    """Makes a row of every item of lists in cells: the lists one after the other, `rank` counting from 1."""

    do: Literal["unlist"]
    columns: Headings
    item: str
    rank: str


class Join(_Step):
    """Brings columns of another table to the rows whose keys are equal; other rows keep them empty."""

    do: Literal["join"]
    other: str
    keys: dict[str, str]
    bring: dict[str, str]


class Spread(_Step):
    """Makes of a row one for each row of another table with the same keys, with columns of it; none: it is left out."""

    do: Literal["spread"]
    other: str
    keys: dict[str, str]
    bring: dict[str, str]
    reason: Text


class First(_Step):
    """Keeps, of rows with the same `of`, the one with the lowest number in `by`."""

    do: Literal["first"]
    of: Heading
    by: Heading


class Apportion(_Step):
    """Divides the total of each group over its rows by weight, so that the rows of a group add up to its total exactly.

    `groups` is the table that has the totals: one row a group. A group with a total and without weight keeps it in one
    row of its own, with nothing but the key and the amount.
    """

    do: Literal["apportion"]
    groups: str
    group_key: Heading
    total: Heading
    key: Heading
    weight: Heading
    amount: str


class Long(_Step):
    """Makes a row of every one of some columns (wide to long): its name (or what the pattern captures) and its cell."""

    do: Literal["long"]
    columns: Headings
    name: str
    value: str


class CellOrigin(Strict):
    """How one column of a dataset comes about: from exactly one of `column`, `constant`, `amount` or `period`.

    Attributes:
        column: the text of a cell.
        or_else: the columns whose cells count, one after another, where that is empty; ones that the file does not have
            are passed over, and so is the first if another is there.
        instead: the columns of which the first that is there counts where the file has none of those.
        optional: the file may lack the column: the cell is then empty.
        item: the place (from 0) in the list that the cell holds.
        extract: a regular expression; its first group is kept, where it does not fit the cell becomes empty.
        replace: regular expressions and what to write for what they fit, one after another; `$1` is the first group.
        lower: in small letters.
        values: what to write instead of a value; `otherwise` for all others that are filled in.
        named: the values that are known; any other stays as it is, and is told.
        empty: what to write where nothing is filled in.
        unfilled: why a cell is empty: told, with the number of rows.
        code_length: zeros are put before a code of digits up to this length.
        prefix: put before a value.
        constant: the same text or number in every row.
        amount: a number from a cell: plus and minus others (an empty one counts nothing), times and over others (an
            empty one, or over nought, makes it empty), times `factor`; rounded to `decimals`; below `minimum` it
            becomes empty.
        period: the period of the delivery.
    """

    column: Heading | None = None
    or_else: Headings = ()
    instead: Headings = ()
    optional: bool = False
    item: int | None = Field(default=None, ge=0)
    extract: str | None = None
    replace: dict[str, str] = {}
    lower: bool = False
    values: Annotated[MappingParameter | dict[str, str] | None, Field(union_mode="left_to_right")] = None
    otherwise: str | None = None
    named: Texts = ()
    empty: str | None = None
    unfilled: Text | None = None
    code_length: int | None = Field(default=None, ge=1, le=64)
    prefix: str = ""
    constant: Scalar | MappingParameter | None = None
    amount: Heading | None = None
    plus: Headings = ()
    minus: Headings = ()
    times: Headings = ()
    over: Headings = ()
    factor: float | int | MappingParameter = 1
    decimals: int | None = Field(default=None, ge=0, le=12)
    minimum: float | int | None = None
    period: bool = False

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        origins = [name for name in ("column", "constant", "amount") if getattr(self, name) is not None]
        origins += ["period"] if self.period else []
        if self.extract is not None:
            _require_pattern(self.extract, groups=1)
        for pattern in self.replace:
            _require_pattern(pattern, groups=0)
        if len(origins) != 1:
            raise refusal(
                Text(
                    en=f"a column from {', '.join(origins) or 'nothing'}",
                    nl=f"een kolom uit {', '.join(origins) or 'niets'}",
                ),
                expected=Text(
                    en="exactly one of column, constant, amount, period",
                    nl="precies een van column, constant, amount, period",
                ),
                action=_LEAVE_ONE,
            )
        return self


def _cell(value: object) -> object:
    """A bare text is a column's name."""
    return {"column": value} if isinstance(value, str) else value


def _literal(value: object) -> object:
    """In rows that are written out, a bare value is itself."""
    return value if isinstance(value, dict) else {"constant": value}


CellSpec = Annotated[CellOrigin, BeforeValidator(_cell)]
LiteralSpec = Annotated[CellOrigin, BeforeValidator(_literal)]


class Compute(_Step):
    """Adds a column whose cells come about as those of a dataset do."""

    do: Literal["compute"]
    column: str
    cell: CellSpec


Step = Annotated[
    Keep
    | Calendar
    | OfPeriod
    | Reduce
    | Latest
    | Annualise
    | Unlist
    | Join
    | Spread
    | First
    | Apportion
    | Long
    | Compute,
    Field(discriminator="do"),
]


class Dataset(Strict):
    """One dataset that a file yields.

    Attributes:
        dataset: which.
        table: whose rows it comes from.
        columns: the columns that every row has, by name.
        each: what differs between the rows that one delivered row becomes; without it, it becomes one.
        required: a row in which one of these is empty is left out: what is missing is not nought.
        distinct: rows that would be the same are put together; with columns given, those equal in these (the first
            counts).
        rows: rows that do not come from the file at all, such as the names of two payers.
        notes: what the supplier and the reader should know of how it came about.
    """

    dataset: str
    table: str = MAIN
    columns: dict[str, CellSpec] = {}
    each: tuple[dict[str, CellSpec], ...] = ()
    required: Texts = ()
    distinct: bool | Texts = False
    rows: tuple[dict[str, LiteralSpec], ...] = ()
    notes: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.dataset not in DATASETS:
            raise refusal(
                Text(en=f"the dataset {self.dataset}", nl=f"de dataset {self.dataset}"),
                expected=one_of(DATASETS),
                action=nearest(self.dataset, DATASETS),
            )
        if bool(self.columns) == bool(self.rows):
            raise refusal(
                Text(en="both or neither of columns and rows", nl="columns en rows allebei, of geen van beide"),
                expected=Text(en="one of the two", nl="een van de twee"),
                action=_LEAVE_ONE,
            )
        known = {column.name for column in load_contract(self.dataset).columns}
        unknown = [name for name in (*self.named, *self.required, *self.alike) if name not in known]
        if unknown:
            raise refusal(
                Text(
                    en=f"the column {', '.join(dict.fromkeys(unknown))} of {self.dataset}",
                    nl=f"de kolom {', '.join(dict.fromkeys(unknown))} van {self.dataset}",
                ),
                expected=Text(
                    en=f"columns of its contract: {', '.join(sorted(known))}",
                    nl=f"kolommen van zijn contract: {', '.join(sorted(known))}",
                ),
                action=nearest(unknown[0], known),
            )
        return self

    @property
    def named(self) -> Texts:
        """Returns the columns that its rows have."""
        return tuple(dict.fromkeys(name for part in (self.columns, *self.each, *self.rows) for name in part))

    @property
    def alike(self) -> Texts:
        """Returns the columns in which rows that are put together are equal; none if every row stays."""
        if isinstance(self.distinct, bool):
            return self.named if self.distinct else ()
        return self.distinct

    def cells(self) -> Iterator[CellOrigin]:
        """Yields every cell that is described."""
        for part in (self.columns, *self.each, *self.rows):
            yield from part.values()


class Mapping(Strict):
    """A publisher's layout.

    Attributes:
        sheets: a regular expression for the one sheet of an Excel workbook that is read; for the sheets of an
            OpenDocument workbook, which together are one table.
        added_up: how a file of many millions of rows is added up while it is read.
        tables: tables that the mapping itself holds.
        fingerprint: of the file it was read from and all that it extends.
    """

    source: str = Field(pattern=r"^[a-z0-9][a-z0-9_]*$")
    title: Text
    publisher: str = ""
    licence: Text | None = None
    parameters: dict[str, Scalar | Texts | dict[str, str] | None] = {}
    recognise: Recognise
    main: str = MAIN
    records: str = ""
    form: FilledForm | None = None
    added_up: AddedUp | None = None
    sheets: str | None = None
    companions: dict[str, Companion] = {}
    tables: dict[str, tuple[dict[str, LiteralSpec], ...]] = {}
    numbers: Numbers = Numbers()
    missing: Texts = ()
    steps: tuple[Step, ...] = ()
    datasets: tuple[Dataset, ...] = Field(min_length=1)
    notes: tuple[Text, ...] = ()
    fingerprint: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        self._tables_exist()
        self._datasets_once()
        self._parameters_exist()
        return self

    def _tables_exist(self) -> None:
        known = {self.main, *self.companions, *self.tables}
        for step in self.steps:
            asked = [step.table, *([step.other] if isinstance(step, Join | Spread) else [])]
            asked += [step.groups] if isinstance(step, Apportion) else []
            _require_tables(asked, known, where=f"step {step.do}")
            known.add(step.target)
        for dataset in self.datasets:
            _require_tables([dataset.table] if dataset.columns else [], known, where=f"dataset {dataset.dataset}")

    def _datasets_once(self) -> None:
        names = [dataset.dataset for dataset in self.datasets]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise refusal(
                Text(en=f"{', '.join(twice)} more than once", nl=f"{', '.join(twice)} meer dan eens"),
                expected=Text(en="every dataset once", nl="elke dataset één keer"),
                action=Text(en="use `each`", nl="gebruik `each`"),
            )

    def _parameters_exist(self) -> None:
        asked: list[object] = [value for cell in self.cells() for value in (cell.constant, cell.factor)]
        asked += [step.values for step in self.steps if isinstance(step, Keep)]
        asked += [step.year for step in self.steps if isinstance(step, Latest)]
        asked += [cell.values for cell in self.cells()]
        unknown = {one.parameter for one in asked if isinstance(one, MappingParameter)} - set(self.parameters)
        factors = [
            self.value(cell.factor)
            for cell in self.cells()
            if isinstance(cell.factor, MappingParameter) and not unknown
        ]
        wrong = [value for value in factors if isinstance(value, bool) or not isinstance(value, int | float)]
        if wrong:
            raise refusal(
                Text(en=f"the factor {wrong[0]}", nl=f"de factor {wrong[0]}"),
                expected=Text(en="a number", nl="een getal"),
                action=_CORRECT,
            )
        coded = [
            self.value(cell.values)
            for cell in self.cells()
            if isinstance(cell.values, MappingParameter) and not unknown
        ]
        if bare := [value for value in coded if value is not None and not isinstance(value, dict)]:
            raise refusal(
                Text(en=f"the values {bare[0]}", nl=f"de waarden {bare[0]}"),
                expected=Text(en='pairs such as {"41": "42"}', nl='paren zoals {"41": "42"}'),
                action=_CORRECT,
            )
        if unknown:
            raise refusal(
                Text(en=f"the parameter {', '.join(sorted(unknown))}", nl=f"de parameter {', '.join(sorted(unknown))}"),
                expected=Text(
                    en=f"one of parameters: {', '.join(self.parameters) or '(none)'}",
                    nl=f"een van parameters: {', '.join(self.parameters) or '(geen)'}",
                ),
                action=Text(en="add it to parameters", nl="voeg hem toe aan parameters"),
            )

    def cells(self) -> Iterator[CellOrigin]:
        """Yields every cell that is described."""
        for dataset in self.datasets:
            yield from dataset.cells()
        yield from (step.cell for step in self.steps if isinstance(step, Compute))
        yield from (cell for rows in self.tables.values() for row in rows for cell in row.values())

    @property
    def references(self) -> Texts:
        """Returns the headings that anything in the mapping refers to, columns that it makes itself among them."""
        found = [*self.recognise.headings]
        for cell in self.cells():
            found += [one for one in (cell.column, cell.amount) if one is not None]
            found += [*cell.or_else, *cell.instead, *cell.plus, *cell.minus, *cell.times, *cell.over]
        found += [step.column for step in self.steps if isinstance(step, Keep | Latest)]
        return tuple(dict.fromkeys(found))

    def value(self, given: Any) -> Any:  # noqa: ANN401 - as wide as what YAML holds
        """Returns a value, looked up if it is a parameter."""
        return self.parameters[given.parameter] if isinstance(given, MappingParameter) else given


def _require_tables(asked: list[str], known: set[str], *, where: str) -> None:
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise refusal(
            Text(en=f"{where}: the table {', '.join(unknown)}", nl=f"{where}: de tabel {', '.join(unknown)}"),
            expected=one_of(sorted(known)),
            action=Text(
                en="correct the name, or make the table in an earlier step",
                nl="verbeter de naam, of maak de tabel in een eerdere stap",
            ),
        )
