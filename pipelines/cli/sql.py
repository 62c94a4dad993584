"""`sql`: questions to the current release."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data_contracts.problem import Problem
from data_contracts.text import Language, Text
from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.output import Separators, err, out, print_csv, print_json, print_table

if TYPE_CHECKING:
    from pipelines.release.asking import Answer

MOST_ROWS = 200
"""A table in a terminal shows no more; CSV, JSON and Excel carry all."""

Query = Annotated[
    str | None, typer.Argument(help="SQL of DuckDB, such as: SELECT * FROM party_impact LIMIT 10", show_default=False)
]


@app.command()
def sql(
    query: Query = None,
    workspace: WorkspaceOption = None,
    *,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="File with one or more queries, divided by ';'.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV in place of a table.")] = False,
    lang: Annotated[
        Language, typer.Option("--lang", help="With --csv: nl writes ';', a decimal comma and a byte order mark.")
    ] = "en",
    as_json: JsonOption = False,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", help="Write an Excel workbook, a sheet a query; codes stay text.")
    ] = None,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds that a query may take.")] = 60.0,
) -> None:
    """Asks the current release, read-only. SHOW TABLES lists what there is; every column has a comment."""
    from pipelines.release import asking, releases

    if sum((as_csv, as_json, xlsx is not None)) > 1:
        raise Problem(
            Text(en="several of --csv, --json and --xlsx", nl="meer dan een van --csv, --json en --xlsx"),
            expected=Text(en="one of them", nl="een ervan"),
            action=Text(en="leave the others out", nl="laat de andere weg"),
        )
    published = opened(workspace).published
    release, known = releases.require_current(published), [one.database for one in releases.list_releases(published)]
    answers = asking.ask(_text(query, file), database=release.database, others=known, seconds=timeout)
    if xlsx is not None:
        _write_workbook(answers, xlsx)
    elif as_json:
        rows = [answer.frame.to_dicts() for answer in answers]
        print_json(rows[0] if len(rows) == 1 else rows)
    else:
        _print(answers, as_csv=as_csv, lang=lang)


def _text(query: str | None, file: Path | None) -> str:
    """Returns the text that asks: given, or that of a file."""
    if (query is None) == (file is None):
        neither = Text(en="neither a query nor a file", nl="geen vraag en geen bestand")
        found = neither if query is None else Text(en="both a query and a file", nl="zowel een vraag als een bestand")
        raise Problem(
            found,
            expected=Text(en="one of the two", nl="een van beide"),
            action=Text(
                en='care-transfer sql "SHOW TABLES", or: sql -f FILE',
                nl='care-transfer sql "SHOW TABLES", of: sql -f BESTAND',
            ),
        )
    if file is None:
        return str(query)
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(
            Text(en=f"{file}: bytes that are not UTF-8", nl=f"{file}: bytes die geen UTF-8 zijn"),
            expected=Text(en="SQL as text in UTF-8", nl="SQL als tekst in UTF-8"),
            action=Text(en="save it as UTF-8", nl="bewaar het als UTF-8"),
        ) from None


def _print(answers: list[Answer], *, as_csv: bool, lang: Language) -> None:
    for number, answer in enumerate(answers):
        if as_csv:
            print_csv(answer.frame, separators=Separators.of(lang), first=number == 0)
        else:
            _print_shown(answer)


def _print_shown(answer: Answer) -> None:
    print_table(answer.frame.head(MOST_ROWS))
    if answer.frame.height > MOST_ROWS:
        err().print(f"The first {MOST_ROWS} of {answer.frame.height:,} rows; --csv, --json or --xlsx gives all.")
    elif answer.frame.is_empty():
        out().print("No rows.")


def _write_workbook(answers: list[Answer], path: Path) -> None:
    from pipelines.cli.answer_workbook import write_answers

    write_answers(answers, path)
    out().print(f"{len(answers)} sheet{'s' if len(answers) != 1 else ''} in {path}", soft_wrap=True)
