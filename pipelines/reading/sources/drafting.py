"""A first mapping of a file in an unknown layout: columns guessed from headings and values, every guess said beside it.

What comes out can be read as a mapping at once. What could not be guessed is left out, never filled in with something
that might be taken for a figure.
"""

import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import polars as pl

from data_contracts.contract import Column, DataContract, load_contracts, normalised
from data_contracts.text import Text
from pipelines.reading.formats.raw import RawTable, SeveralSheets, Unreadable
from pipelines.reading.sources.nearest import known_headings
from pipelines.reading.sources.recognition import head_of

ALIKE = 0.72
"""Headings less alike than this are not taken for the same."""
_SHORTENED = 0.75
"""How alike a heading is that is the beginning of a name: Spec of specialisme, Verz of verzekeraar."""
_FEWEST_LETTERS = 4
SHOWN_VALUES = 3
_BY_VALUES = 0.5
"""What a column counts that is known by its values alone, when datasets are held against each other."""
_MOST_MISSING = 8
_MOSTLY_CODES = 0.5
_NUMBER = r"^[+-]?\d{1,3}(?:[.,]?\d+)*(?:[.,]\d+)?$"
_DECIMAL_COMMA = r"^[+-]?\d[\d.]*,\d{1,2}$|^[+-]?\d+,\d+$"
_GROUPED = r"^[+-]?\d{1,3}(?:[.,]\d{3})+(?:[.,]\d+)?$"
_PERIOD = r"^(?:19|20)\d\d(?:[ -]?[QK][1-4])?$"
_CODE = r"^[A-Za-z]{0,6}\d[0-9A-Za-z._-]*$|^[A-Z0-9]{2,6}$"
_CODE_WORDS = {"id", "code", "nr", "nummer", "number", "agb", "uzovi"}
_UNKNOWN = r"(?i)^(?:[-*.?x]+|[<≤] ?\d+|n/?a|#n/a|n\.?v\.?t\.?|onbekend|unknown|null|none|nb|n\.b\.)$"
_TOTAL = r"(?i)^\W*(?:(?:grand|sub|eind)[\s-]*)?(?:totaal|totals?)\b"
_NUMBERS = {"integer", "number", "money", "share"}


@dataclass(frozen=True)
class Seen:
    """A column of a file as it looks: its heading, and what its filled-in cells are."""

    heading: str
    rows: int
    filled: int
    different: int
    numbers: float
    periods: float
    codes: float
    lengths: frozenset[int]
    total: bool
    unknown: tuple[str, ...]
    examples: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Returns what most of its cells are, in a word."""
        if not self.filled:
            return "empty"
        return "period" if self.periods > 0.9 else "number" if self.numbers > 0.8 else "text"

    @property
    def told(self) -> str:
        """Returns a line on it for the person who confirms a guess."""
        shown = ", ".join(json.dumps(one[:40], ensure_ascii=False) for one in self.examples)
        return f"{self.kind}, {self.filled} of {self.rows} filled in, {self.different} different: {shown or '-'}"


@dataclass(frozen=True)
class Guess:
    """A column of a dataset, that of the file it is taken from, and how alike their names are (1: known, 0: not)."""

    column: Column
    seen: Seen
    likeness: float


@dataclass(frozen=True)
class MappingDraft:
    """A first mapping: its name, the dataset it yields, and its text."""

    source: str
    dataset: str
    text: str


def draft(path: Path, *, dataset: str | None = None, sheet: str | None = None) -> MappingDraft:
    """Returns a first mapping of a file.

    Args:
        path: the file.
        dataset: what it holds; by default the dataset of which most is found.
        sheet: the name of the sheet of a workbook; by default the one with data, of several the widest.

    Raises:
        Unreadable: the file is no table.
    """
    raw, sheets = _read(path, sheet)
    columns = _columns(raw)
    contracts = load_contracts()
    wanted = [contracts[dataset]] if dataset else list(contracts.values())
    guesses = {contract.dataset: _guesses(contract, columns) for contract in wanted}
    fitting = [one for one in wanted if guesses[one.dataset] and (dataset or _fits(one, guesses[one.dataset]))]
    if not fitting:
        raise _nothing(dataset, columns)
    best = max(fitting, key=lambda contract: _merit(contract, guesses[contract.dataset]))
    source = _source(path, sheet)
    about = _About(path, source, sheets)
    text = _text(about, raw, contract=best, columns=columns, guesses=guesses[best.dataset])
    return MappingDraft(source, best.dataset, text)


def _nothing(dataset: str | None, columns: Sequence[Seen]) -> Unreadable:
    shown = ", ".join(f"'{seen.heading}'" for seen in columns[:20]) or "-"
    what = f"the dataset {dataset}" if dataset else "any dataset"
    wat = f"de dataset {dataset}" if dataset else "enige dataset"
    return Unreadable(
        Text(
            en=f"no column that looks like one of {what}; the headings are {shown}",
            nl=f"geen kolom die lijkt op een van {wat}; de kolomkoppen zijn {shown}",
        )
        if dataset
        else Text(
            en=f"no dataset that fits: too few columns look like those of any; the headings are {shown}",
            nl=f"geen dataset die past: te weinig kolommen lijken op die van een; de kolomkoppen zijn {shown}",
        ),
        expected=Text(
            en="a table with most of the columns that a dataset requires",
            nl="een tabel met de meeste kolommen die een dataset vereist",
        ),
        action=Text(
            en="say with --dataset what it holds, or write the mapping by hand (docs/sources.md)",
            nl="zeg met --dataset wat erin staat, of schrijf de bronbeschrijving zelf (docs/sources.md)",
        ),
    )


def _read(path: Path, sheet: str | None) -> tuple[RawTable, tuple[str, ...]]:
    """Returns the first rows of a file, and the sheets of it that hold data, the one that was read first."""
    if sheet is not None:
        return head_of(path, headings=known_headings(), sheet=re.escape(sheet)), (sheet,)
    try:
        return head_of(path, headings=known_headings()), ()
    except SeveralSheets as several:
        raw = head_of(path, headings=known_headings(), sheet=re.escape(several.sheets[0]))
        return raw, several.sheets


@dataclass(frozen=True)
class _About:
    """The file that is drafted from: where it is, the mapping's name, and its sheets with data, the one read first."""

    path: Path
    source: str
    sheets: tuple[str, ...]

    @property
    def chosen(self) -> Iterator[str]:
        """Yields which sheet is read, and how another is drafted."""
        if self.sheets:
            others = ", ".join(_quoted(name) for name in self.sheets[1:])
            more = f"        # confirm: data stand on {others} too; source new FILE --sheet NAME" if others else ""
            yield f"sheets: {_quoted(re.escape(self.sheets[0]))}{more}"


def _source(path: Path, sheet: str | None) -> str:
    """Returns a name for the mapping, of the letters that one may have."""
    name = path.name.partition(".")[0] + (f"_{sheet}" if sheet else "")
    words = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")
    return words if re.match(r"[a-z0-9]", words) else "source"


def _columns(raw: RawTable) -> list[Seen]:
    return [_seen(heading, raw.frame[name]) for heading, name in zip(raw.headings, raw.columns, strict=True) if heading]


def _seen(heading: str, cells: pl.Series) -> Seen:
    text = cells.str.strip_chars()
    text = text.filter(text != "")
    unknown = text.str.contains(_UNKNOWN)
    total = text.str.contains(_TOTAL)
    known = text.filter(~unknown & ~total)
    return Seen(
        heading=heading,
        rows=cells.len(),
        filled=text.len(),
        different=text.n_unique(),
        numbers=_share(known, _NUMBER),
        periods=_share(known, _PERIOD),
        codes=_share(known, _CODE),
        lengths=frozenset(known.str.len_chars().unique()),
        total=bool(total.any()),
        unknown=tuple(text.filter(unknown).unique().sort().head(_MOST_MISSING)),
        examples=tuple(known.unique(maintain_order=True).head(SHOWN_VALUES)),
    )


def _share(cells: pl.Series, pattern: str) -> float:
    """Returns the share of cells that a pattern fits."""
    return len(cells.filter(cells.str.contains(pattern))) / len(cells) if len(cells) else 0.0


def _guesses(contract: DataContract, columns: Sequence[Seen]) -> dict[str, Guess]:
    """Returns the best column for each column of a dataset; the surest guesses choose first."""
    pairs = sorted(
        (
            Guess(column, seen, alike)
            for column in contract.columns
            for seen in columns
            if (alike := _alike(column, seen))
        ),
        key=lambda guess: (-guess.likeness, not guess.column.required),
    )
    found: dict[str, Guess] = {}
    taken: set[str] = set()
    for guess in pairs:
        if guess.column.name not in found and guess.seen.heading not in taken:
            found[guess.column.name] = guess
            taken.add(guess.seen.heading)
    left = [seen for seen in columns if seen.heading not in taken]
    found |= _codes_by_length(contract, left, found)
    left = [seen for seen in left if seen not in {guess.seen for guess in found.values()}]
    return found | _code_of_its_own(contract, left, found)


def _codes_by_length(contract: DataContract, left: Sequence[Seen], found: dict[str, Guess]) -> dict[str, Guess]:
    """Returns guesses for codes of a known length that nothing is called like: where one column alone holds such."""
    coded = [column for column in contract.columns if column.code_length and column.name not in found]
    guesses = {}
    for column in coded:
        free = [seen for seen in left if not _is_another(column, seen)]
        alike = [seen for seen in free if seen.numbers == 1 and seen.lengths == {column.code_length}]
        rivals = [other for other in coded if other.code_length == column.code_length]
        if len(alike) == len(rivals) == 1 and alike[0].filled == alike[0].rows:
            guesses[column.name] = Guess(column, alike[0], likeness=0)
    return guesses


def _is_another(column: Column, seen: Seen) -> bool:
    """Returns whether a heading is that of another column of some dataset, such as a postcode, a year."""
    meant = (contract.for_heading(seen.heading) for contract in load_contracts().values())
    return any(other is not None and other.name != column.name for other in meant)


def _code_of_its_own(contract: DataContract, left: Sequence[Seen], found: dict[str, Guess]) -> dict[str, Guess]:
    """Returns a guess for the first key of a dataset, if nothing is called like it: a column that holds codes."""
    first = next(column for column in contract.columns if column.key)
    if first.name in found or first.kind != "text":
        return {}
    codes = [seen for seen in left if seen.codes > 0.95 and seen.filled == seen.rows and _words(seen) & _CODE_WORDS]
    if first.code_length:
        codes = [seen for seen in codes if seen.lengths <= {first.code_length - 1, first.code_length}]
    best = max(codes, key=lambda seen: seen.different, default=None)
    return {} if best is None else {first.name: Guess(first, best, likeness=0)}


def _words(seen: Seen) -> set[str]:
    return {normalised(word) for word in re.split(r"[^0-9A-Za-zÀ-ÿ]+", seen.heading) if word}


def _alike(column: Column, seen: Seen) -> float:
    """Returns how alike a column of a dataset and one of a file are; 0 if their values cannot be the same."""
    if not seen.filled or not _shaped(column, seen):
        return 0.0
    heading = normalised(seen.heading)
    names = {normalised(name) for name in (column.name, *column.aliases)}
    if heading in names:
        return 1.0
    if len(heading) >= _FEWEST_LETTERS and any(name.startswith(heading) for name in names):
        return _SHORTENED
    words = {word for word in _words(seen) if len(word) > 2}
    best = max(SequenceMatcher(None, heading, name).ratio() for name in names)
    best = max(best, ALIKE if words & names else 0.0)
    return best if best >= ALIKE else 0.0


def _shaped(column: Column, seen: Seen) -> bool:
    """Returns whether the values of a column could be those of a column of a dataset."""
    if column.kind in _NUMBERS:
        return seen.numbers > 0.8
    if column.kind in {"period", "year"}:
        return seen.periods > 0.8
    if column.code_length and not seen.codes > _MOSTLY_CODES:  # names are no codes, whatever the heading says
        return False
    # a leading zero may be lost, so the longest code may be a digit shorter than it should be, but never longer
    longest = max(seen.lengths, default=0)
    return not column.code_length or seen.numbers < 1 or column.code_length - 1 <= longest <= column.code_length


def _merit(contract: DataContract, guesses: dict[str, Guess]) -> tuple[float, float]:
    required = [column.name for column in contract.columns if column.required and not _without_column(column)]
    there = sum(name in guesses for name in required) / len(required) if required else 0.5
    sure = sum(max(guess.likeness, _BY_VALUES) for guess in guesses.values())
    return there * sure, sure


def _fits(contract: DataContract, guesses: dict[str, Guess]) -> bool:
    """Returns whether enough of a dataset is found to take a file for it.

    At least half of what it requires, two columns by their headings, a number where its rows are figures, and in a
    register a code that is not the same in most rows.
    """
    required = [column for column in contract.columns if column.required and not _without_column(column)]
    there = sum(column.name in guesses for column in required)
    named = sum(guess.likeness > 0 for guess in guesses.values())
    figures = {column.name for column in contract.columns if column.kind in _NUMBERS}
    are_figures = contract.has_period or any(column.name in figures for column in required)
    counted = not are_figures or bool(figures & set(guesses))
    return there * 2 >= len(required) and named >= 2 and counted and _tells_rows_apart(contract, guesses)


def _tells_rows_apart(contract: DataContract, guesses: dict[str, Guess]) -> bool:
    """Returns whether a table could be a register: its key, where that is one column, differs in most rows."""
    if contract.has_period or len(contract.key) > 1 or contract.key[0] not in guesses:
        return True
    key = guesses[contract.key[0]].seen
    return key.different * 2 > key.filled


def _without_column(column: Column) -> bool:
    """Returns whether a column can do without one in the file: the period is that of the delivery."""
    return column.kind == "period"


def _text(
    about: _About, raw: RawTable, *, contract: DataContract, columns: Sequence[Seen], guesses: dict[str, Guess]
) -> str:
    path = about.path
    used = [guess.seen for guess in guesses.values()]
    lines = [
        *textwrap.wrap(
            f"A first mapping of '{path.name}', from its headings and {raw.frame.height} rows, as the dataset "
            f"{contract.dataset}: {contract.description.en} It can be tried as it is: care-transfer source test FILE. "
            "Every line that says 'confirm' is a guess: look at it, correct it, and take the word away. "
            "docs/sources.md says what a mapping can do.",
            width=116,
            initial_indent="# ",
            subsequent_indent="# ",
        ),
        f"source: {about.source}",
        f"title: {{en: {_quoted(path.stem)}, nl: {_quoted(path.stem)}}}",
        "",
        "recognise:",
        f"  names: [{_quoted(_pattern(path))}]        # confirm: the part of the name that stays the same every time",
        f"  headings: [{', '.join(_quoted(_heading(seen)) for seen in used)}]",
        "",
        *about.chosen,
        *_numbers(raw, columns),
        *_missing(used),
        *_steps(columns),
        "datasets:",
        f"  - dataset: {contract.dataset}",
        "    columns:",
        *(line for column in contract.columns for line in _line(column, guesses.get(column.name), raw)),
        *_required(guesses),
        *_unused(columns, used),
    ]
    return "\n".join(lines) + "\n"


def _pattern(path: Path) -> str:
    """Returns a pattern for the names of such files: digits may differ."""
    return re.sub(r"\d+", "*", re.sub(r"[\[\]]", "?", path.name))


def _heading(seen: Seen) -> str:
    """Returns a heading as a reference: one that begins with ~ would be a pattern."""
    return f"~^{re.escape(seen.heading)}$" if seen.heading.startswith("~") else seen.heading


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _numbers(raw: RawTable, columns: Sequence[Seen]) -> Iterator[str]:
    """Yields how numbers are written, as far as the texts of the whole file say."""
    texts = [
        raw.frame[name].filter(~raw.stored_numbers[name]) if name in raw.stored_numbers else raw.frame[name]
        for name, heading in zip(raw.columns, raw.headings, strict=True)
        if any(seen.heading == heading and seen.kind == "number" for seen in columns)
    ]
    cells = pl.concat([pl.Series([], dtype=pl.String), *texts]).drop_nulls().str.strip_chars()
    comma = bool(cells.str.contains(_DECIMAL_COMMA).any()) and not cells.str.contains(r"\d\.\d{1,2}$").any()
    grouped = bool(cells.str.contains(_GROUPED).any())
    decimal, thousands = (",", ".") if comma else (".", ",")
    group = thousands if grouped and cells.str.contains(thousands, literal=True).any() else ""
    example = f"1{group}234{decimal}5"
    yield f"numbers: {{decimal: {_quoted(decimal)}, thousands: {_quoted(group)}}}        # confirm: as in {example}"


def _missing(used: Sequence[Seen]) -> Iterator[str]:
    """Yields the texts that stand where a number is not known."""
    unknown = tuple(dict.fromkeys(text for seen in used for text in seen.unknown))
    if unknown:
        shown = ", ".join(_quoted(text) for text in unknown)
        yield f"missing: [{shown}]        # confirm: these mean unknown or withheld; they become empty, which is not 0"


def _steps(columns: Sequence[Seen]) -> Iterator[str]:
    total = next((seen for seen in columns if seen.total), None)
    if total is not None:
        yield "steps:"
        yield "  - do: keep                   # confirm: rows that add up others are left out"
        yield f"    column: {_quoted(_heading(total))}"
        yield f"    matches: '{_TOTAL}'"
        yield "    negate: true"
        yield "    reason: {en: a total of other rows, nl: een totaal van andere rijen}"
    yield ""


def _line(column: Column, guess: Guess | None, raw: RawTable) -> Iterator[str]:
    """Yields how a column of the dataset comes about, and what to confirm."""
    if guess is None:
        yield from _no_column(column)
        return
    sure = _sure(guess)
    unit = f"; unit here: {column.unit}" if column.unit else ""
    yield f"      {column.name}: {_cell(column, guess.seen, raw)}        # {sure}{guess.seen.told}{unit}"


def _sure(guess: Guess) -> str:
    """Returns what to confirm of a guess; nothing if the contract knows the heading."""
    if guess.likeness == 1:
        return ""
    if guess.likeness == 0:
        return "confirm, nothing is called like it, but this holds codes: "
    return f"confirm, the names are {guess.likeness:.0%} alike: "


def _cell(column: Column, seen: Seen, raw: RawTable) -> str:
    heading = _quoted(_heading(seen))
    if column.kind in _NUMBERS:
        return f"{{amount: {heading}}}"
    if column.allowed:
        return f"{{column: {heading}, values: {{{_values(column, seen, raw)}}}, otherwise: {_other(column)}}}"
    if column.code_length and seen.numbers > 0.8:
        return f"{{column: {heading}, code_length: {column.code_length}}}"
    return heading


def _values(column: Column, seen: Seen, raw: RawTable) -> str:
    name = raw.columns[raw.headings.index(seen.heading)]
    values = raw.frame[name].str.strip_chars().drop_nulls().unique().sort().head(50)
    meant = {value: column.allowed_value(value) for value in values if value}
    return ", ".join(f"{_quoted(value)}: {known}" for value, known in meant.items() if known)


def _other(column: Column) -> str:
    values = [allowed.value for allowed in column.allowed]
    return "other" if "other" in values else values[0]


def _no_column(column: Column) -> Iterator[str]:
    if column.kind == "period":
        yield f"      {column.name}: {{period: true}}        # confirm: no column for it, so that of the folder"
    elif column.required and column.allowed:
        values = ", ".join(allowed.value for allowed in column.allowed)
        yield f"      {column.name}: {{constant: {_other(column)}}}        # confirm: no column for it; one of {values}"
    elif column.required:
        yield f"      # {column.name}: confirm: no column looks like it, and rows need it. {column.description.en}"


def _required(guesses: dict[str, Guess]) -> Iterator[str]:
    """Yields that rows whose required number is unknown or withheld are left out."""
    names = [name for name, guess in guesses.items() if guess.column.required and guess.seen.unknown]
    if names:
        yield f"    required: [{', '.join(names)}]        # confirm: a row without it is left out, not counted as 0"


def _unused(columns: Sequence[Seen], used: Sequence[Seen]) -> Iterator[str]:
    left = [seen for seen in columns if seen not in used]
    if left:
        yield "    # Columns of the file that are not used:"
        yield from (f"    #   {seen.heading}: {seen.told}" for seen in left)
