"""Delivers many broken files at once, and says what is wrong with what became of them: nothing, if all is well.

Wrong is a fault of the program, a row that is neither accepted nor refused, a refusal that a person would not
understand, a report that is not there or cannot be opened, a count that differs from what a person counts.
"""

import io
import os
import re
import time
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import polars as pl

from data_contracts.contract import load_contract, load_contracts
from data_contracts.text import Text
from fuzz.making import Broken
from fuzz.tables import PERIOD, PROVIDERS
from pipelines.intake import deliveries, feedback
from pipelines.intake.deliveries import Ingested, Record
from pipelines.intake.inbox import PROGRAM_FAULT
from pipelines.intake.log import lake_path, quarantine_folder
from pipelines.intake.one_file import CHANGED
from pipelines.reading.formats import ROW_NUMBER
from pipelines.workspace.workspace import Workspace

REGION = """
region: proefstreek
name: {nl: Proefstreek, en: Test region}
invented: true
base_year: 2025
periods: ["2025"]
suppliers:
  - {supplier: region, datasets: [providers]}
"""

UNSEEN = frozenset(
    {"unreadable", "unknown_dataset", "no_rows", "without_companion", "wrong_place", "no_such_period", "link"}
)
"""Rules that refuse a file before its rows are counted."""

_PARTS = {"en": ("Found: ", ". Expected: ", ". What to do: "), "nl": ("Gevonden: ", ". Verwacht: ", ". Wat te doen: ")}
_OF_A_PROGRAM = re.compile(
    r"Error\b|Exception|Traceback|[Ee]rrno|polars|[Pp]y[Aa]rrow|calamine|fastexcel|duckdb|pydantic|expat|zlib|codec\b|"
    r"object at 0x|<class|\bNone\b|dtype|Utf8|schema|panick|\bchar \d|line 1 column"
)
_ENGLISH = re.compile(r"\b(the|not|with|invalid|expected|permission|denied|unexpected|while|from|row|column)\b")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\([^()]*\)", re.DOTALL)
_VOID = frozenset({"meta", "br", "hr", "img", "link", "input", "col"})


def new_region(root: Path) -> Workspace:
    """Returns a workspace in which the providers have been delivered and read."""
    root.mkdir(parents=True)
    (root / "region.yaml").write_text(REGION)
    register = root / "inbox" / "region" / PERIOD / "providers.csv"
    register.parent.mkdir(parents=True)
    register.write_text("provider_id;name;kind\n" + "".join(f"{one};Zorg {one};other\n" for one in PROVIDERS))
    workspace = Workspace.open(root)
    settled(workspace.inbox)
    deliveries.ingest(workspace)
    return workspace


def settled(inbox: Path) -> None:
    """Dates what lies in an inbox an hour and more back, so that nothing is waited for as still arriving."""
    then = time.time() - 7200
    for path in inbox.rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))


def put(workspace: Workspace, broken: Broken) -> None:
    """Lays a broken file, and what belongs beside it, in its supplier's folder."""
    folder = workspace.inbox / broken.supplier / PERIOD
    folder.mkdir(parents=True)
    for name, content in ((broken.name, broken.content), *broken.beside):
        (folder / name.replace("/", "_")).write_bytes(content)


def faults(workspace: Workspace, files: Sequence[Broken]) -> list[str]:
    """Delivers files in one go and returns what is wrong with what became of them."""
    for broken in files:
        put(workspace, broken)
    settled(workspace.inbox)
    outcomes: dict[str, list[Ingested]] = {}
    for outcome in deliveries.ingest(workspace):
        outcomes.setdefault(outcome.delivery.supplier, []).append(outcome)
    return [
        f"{broken}: {fault}"
        for broken in files
        for fault in _faults(workspace, broken, outcomes.get(broken.supplier, []))
    ]


def _faults(workspace: Workspace, broken: Broken, outcomes: list[Ingested]) -> Iterator[str]:
    if not outcomes:
        yield "passed over in silence"
    for outcome in outcomes:
        record = outcome.record
        yield from (f"[{record.dataset}, {record.rule}] {fault}" for fault in record_faults(workspace, record))
        if outcome.delivery.path.name == broken.name.replace("/", "_"):
            yield from _count_faults(broken, record)


def _count_faults(broken: Broken, record: Record) -> Iterator[str]:
    if not broken.marks and broken.dataset is not None and record.accepted != broken.rows:
        yield f"a good file: {record.accepted} of {broken.rows} rows accepted ({record.rule})"
    if broken.rows is None:
        return
    if record.taken is not None and record.taken.read == 0:  # a dataset of rows that the mapping itself holds
        return
    if record.rule == "no_rows" and broken.rows and record.taken is None:
        yield f"{broken.rows} rows, none seen"
    if record.rule not in UNSEEN and record.rows_read != broken.rows:
        yield f"{broken.rows} rows, {record.rows_read} counted ({record.accepted} accepted, {record.rejected} refused)"


def record_faults(workspace: Workspace, record: Record) -> Iterator[str]:
    """Yields what is wrong with one delivery: its counts, its messages, its report."""
    if record.rule in {PROGRAM_FAULT, CHANGED}:
        yield f"{record.message.en if record.message else ''}"
    if record.accepted + record.rejected != record.rows or min(record.accepted, record.rejected) < 0:
        yield f"{record.accepted} accepted + {record.rejected} refused is not {record.rows}"
    if record.counts != (record.accepted > 0) or (not record.accepted and record.rule is None and not record.rejected):
        yield f"{record.status} with {record.accepted} accepted"
    if record.counts and pl.read_parquet(lake_path(workspace.lake, record), glob=False).height != record.accepted:
        yield "the lake holds another number of rows"
    if record.message is not None:
        yield from message_faults(record.message)
    for remark in record.remarks:
        yield from _language_faults(remark.text)
    if feedback.says_something(record):
        yield from _quarantine_faults(quarantine_folder(workspace.lake, record), record)


def _quarantine_faults(folder: Path, record: Record) -> Iterator[str]:
    reasons = pl.read_parquet(folder / feedback.REASONS_FILE, glob=False)
    rows = reasons[ROW_NUMBER].drop_nulls().n_unique()
    if record.rule is None and rows != record.rejected and record.taken is None:  # a mapping makes several of one row
        yield f"{record.rejected} rows refused, reasons for {rows}"
    if record.rule is not None and record.accepted:
        yield "a file refused whole of which rows count"
    told = reasons.unique(["rule", "column", "message_en", "message_nl"])
    for one in told.iter_rows(named=True):
        yield from message_faults(Text(en=one["message_en"], nl=one["message_nl"]))
        if one["column"] is not None:
            load_contract(record.dataset).column(one["column"])
    yield from page_faults((folder / feedback.HTML_FILE).read_text(encoding="utf-8"))
    yield from workbook_faults((folder / feedback.EXCEL_FILE).read_bytes())


@cache
def _of_contracts() -> frozenset[Text]:
    """Returns the sentences of the contracts' own rules: what is wrong, and what to do."""
    return frozenset(rule.message for contract in load_contracts().values() for rule in contract.rules)


def message_faults(text: Text) -> Iterator[str]:
    """Yields what a person would not understand of a refusal: its three parts, its language, a program's own words."""
    if text in _of_contracts():
        return
    for language, parts in _PARTS.items():
        said = text.of("nl" if language == "nl" else "en")
        places = [said.find(part.removeprefix(". ")) for part in parts]
        if places[0] != 0 or sorted(places) != places:
            yield f"not in three parts ({language}): {said!r}"
    yield from _language_faults(text)


def _language_faults(text: Text) -> Iterator[str]:
    for said in (text.en, text.nl):
        if _OF_A_PROGRAM.search(_QUOTED.sub("", said)) or _OF_A_PROGRAM.search(
            " ".join(re.findall(r"\([^()]*\)", re.sub(r"'[^']*'", "", said)))
        ):
            yield f"a program's words: {said!r}"
    if _ENGLISH.search(_QUOTED.sub("", text.nl.split("De kolomkoppen")[0])):
        yield f"English in the Dutch text: {text.nl!r}"


class _Balance(HTMLParser):
    """Says which elements of a page are left open, or hold what a page of figures never holds."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.languages: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.languages |= {value or "" for name, value in attrs if name == "lang"}
        if tag == "script" or any(name.startswith("on") for name, _ in attrs):
            self.wrong.append(tag)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")


def page_faults(page: str) -> Iterator[str]:
    """Yields what is wrong with a report's page."""
    parser = _Balance()
    parser.feed(page)
    parser.close()
    if parser.open or parser.wrong:
        yield f"a page with elements that do not fit: {parser.open[:5]} {parser.wrong[:5]}"
    if not {"nl", "en"} <= parser.languages:
        yield f"a page in {parser.languages}"


def workbook_faults(content: bytes) -> Iterator[str]:
    """Yields what is wrong with a report's workbook: parts that are no XML, formulas, links."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            part = archive.read(name)
            try:
                ET.fromstring(part)
            except ET.ParseError as fault:
                yield f"a workbook with a part that is no XML: {name} ({fault})"
            if name.startswith("xl/worksheets/") and (b"<f>" in part or b"<hyperlink" in part):
                yield f"a workbook with formulas or links: {name}"


def worst_first(found: Iterable[str]) -> str:
    """Returns faults as a text for a person, one a line, those that say the same counted together."""
    kinds: dict[str, list[str]] = {}
    for fault in found:
        kinds.setdefault(re.sub(r"\d+|'[^']*'", "#", fault.partition("): ")[2])[:120], []).append(fault)
    ordered = sorted(kinds.values(), key=len, reverse=True)
    return "\n".join(f"{len(one)} x {one[0]}" for one in ordered)
