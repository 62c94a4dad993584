"""`case`: worked cases run and printed with their arithmetic, so that who reads one can see it computed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.cli.app import JsonOption, app
from pipelines.cli.faults import FAILED
from pipelines.cli.output import ColumnStyle, out, print_json, print_table

if TYPE_CHECKING:
    import polars as pl

    from pipelines.evaluation.worked_cases import Case, Check

_CHECKS = (
    ColumnStyle("cell", "cell"),
    ColumnStyle("expected", "expected"),
    ColumnStyle("computed", "computed"),
    ColumnStyle("holds", ""),
)


@app.command("case")
def case(
    files: Annotated[list[Path], typer.Argument(help="A file of worked cases, such as tests/cases/costs.yaml.")],
    *,
    only: Annotated[str | None, typer.Option("--only", help="The name of one case of the file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Runs worked cases: what goes in, the arithmetic, expected beside computed. Exit code 0 only if all hold."""
    from pipelines.evaluation.worked_cases import read_cases, run

    chosen = [one for file in files for one in read_cases(file) if only is None or _is_named(one, only)]
    if not chosen:
        raise Problem(
            Text(en=f"no case {only}", nl=f"geen casus {only}"),
            expected=Text(en="the name of a case of the file", nl="de naam van een casus van het bestand"),
            action=Text(en="run it without --only", nl="draai het zonder --only"),
        )
    found = [(one, run(one)) for one in chosen]
    failing = sum(not all(check.holds for check in checks) for _, checks in found)
    if as_json:
        print_json({"cases": [_as_json(one, checks) for one, checks in found], "failing": failing})
    else:
        for one, checks in found:
            _print(one, checks)
        out().print(f"{len(found) - failing} of {len(found)} cases hold.")
    if failing:
        raise typer.Exit(FAILED)


def _is_named(one: Case, name: str) -> bool:
    return one.name == name or one.name.endswith(f"-{name}")


def _print(one: Case, checks: list[Check]) -> None:
    """Prints a case as it would be written on paper, and what came out."""
    import polars as pl

    out().rule(one.name, align="left")
    _print_lines(one.title, one.why, *(one.published.lines if one.published else ()))
    out().print("\nWhat goes in", style="bold")
    for table, rows in one.rows.items():
        if rows:
            print_table(_filled(rows), title=table)
    _print_lines("", one.text)
    out().print("The arithmetic", style="bold")
    _print_lines(one.arithmetic)
    print_table(pl.DataFrame([_row(check) for check in checks]), columns=_CHECKS)
    out().print()


def _print_lines(*lines: str) -> None:
    for line in lines:
        out().print(line, soft_wrap=True, markup=False)


def _filled(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Returns rows with the columns that any of them fills, as text."""
    import polars as pl

    columns = list(dict.fromkeys(key for row in rows for key in row))
    written = [{key: "" if row.get(key) is None else str(row[key]) for key in columns} for row in rows]
    return pl.DataFrame(written, schema=dict.fromkeys(columns, pl.String()))


def _row(check: Check) -> dict[str, str]:
    expectation = check.expectation
    keys = ", ".join(f"{key} {'(none)' if value is None else value}" for key, value in expectation.keys.items())
    return {
        "cell": f"{expectation.table}.{expectation.column}: {keys}",
        "expected": expectation.wanted,
        "computed": check.written,
        "holds": "holds" if check.holds else "DOES NOT HOLD",
    }


def _as_json(one: Case, checks: list[Check]) -> dict[str, object]:
    return {
        "case": one.name,
        "title": one.title,
        "why": one.why,
        "published": asdict(one.published) if one.published else None,
        "tables": one.rows,
        "scenario": one.scenario,
        "arithmetic": one.arithmetic,
        "checks": [{**asdict(check.expectation), "computed": check.computed, "holds": check.holds} for check in checks],
        "holds": all(check.holds for check in checks),
    }
