"""`positions`: what each party wants, sealed; whether its lines hold, whether there is room, and when to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.output import out, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

commands = typer.Typer(help="What each party wants, sealed: for the middle only.", invoke_without_command=True)
app.add_typer(commands, name="positions")


@commands.callback()
def told(context: typer.Context, workspace: WorkspaceOption = None, *, as_json: JsonOption = False) -> None:
    """Tells, for the middle only, how every red line stands, whether there is room, and what would open it."""
    if context.invoked_subcommand:
        return
    from pipelines.release import releases
    from pipelines.release.known_names import names_of
    from pipelines.release.positions import read_positions, seal
    from pipelines.warehouse.building import reading

    place = opened(workspace)
    release = releases.require_current(place.published)
    with reading(release.database) as connection:
        handed_in = read_positions(place, names_of(connection))
        there = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        tables = {
            name: connection.execute(f"SELECT * FROM {name}").pl()
            for name in ("position", "deal_room", "meeting", "interest") if name in there
        }  # fmt: skip
        scenarios = connection.execute("SELECT scenario FROM scenario ORDER BY 1").fetchall()
    met = [_meeting(name, tables) for (name,) in scenarios]
    found: dict[str, Any] = {
        "release": release.id,
        "sealed": [kept.model_dump() for kept in seal(place, handed_in)],
        "positions": tables["position"].to_dicts(),
        "deal_room": tables["deal_room"].to_dicts(),
        "scenarios": met,
    }
    if as_json:
        print_json(found)
        return
    print_table(tables["position"], title=f"Red lines, release {release.id}")
    print_table(tables["deal_room"], title="Room within all red lines")
    for one in met:
        for line in (*one["stop"], *one["disagreements"]):
            out().print(f"• {one['scenario']}: {line}", soft_wrap=True, markup=False)
    if not handed_in:
        out().print("No position was handed in: care-transfer positions template PARTY", markup=False)


def _meeting(name: str, tables: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """Returns why it is better to stop in a scenario, where words and figures disagree, and who gives and gets."""
    from models.positions.meeting import ledger

    mine = {table: frame.filter(frame["scenario"] == name).to_dicts() for table, frame in tables.items()}
    rows, interest = mine.get("meeting", []), tables["interest"]
    return {
        "scenario": name,
        "stop": [f"stop here: {row['about']}" for row in rows if row["subject"] == "stop"],
        "disagreements": [f"{row['party']}: {row['about']} ({row['of']})" for row in rows
                          if row["subject"] == "disagreement"],
        "urgency": [{"party": row["party"], "urgency": row["value"], "crosses": row["year"]} for row in rows
                    if row["subject"] == "urgency"],
        "shared": [{"dimension": row["about"], "specialism": row["of"], "parties": row["value"]} for row in rows
                   if row["subject"] == "shared"],
        "ledger": ledger(interest.filter(interest["scenario"] == name)).to_dicts(),
    }  # fmt: skip


@commands.command("open")
def open_all(
    workspace: WorkspaceOption = None,
    *,
    round_: Annotated[str | None, typer.Option("--round", help="Of which round. Default: the one under way.")] = None,
) -> None:
    """Opens all positions of a round together: each is held against its seal."""
    from pipelines.release import releases
    from pipelines.release.known_names import names_of
    from pipelines.release.positions import open_together, read_positions
    from pipelines.warehouse.building import reading

    place = opened(workspace)
    with reading(releases.require_current(place.published).database) as connection:
        handed_in = read_positions(place, names_of(connection))
    name = round_ or place.region.disclosure.round
    for kept in open_together(place, handed_in, round_=name):
        out().print(f"{kept.party}: sealed {kept.when:%Y-%m-%d %H:%M} (UTC), {kept.hash[:12]}", markup=False)


@commands.command("template")
def template(party: Annotated[str, typer.Argument(help="Id of the party.")], workspace: WorkspaceOption = None) -> None:
    """Writes a position for a party to fill in; an existing one is never written over."""
    from models.positions.position import TEMPLATE

    path = opened(workspace).positions / f"{party}.yaml"
    path.parent.mkdir(exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(TEMPLATE.format(party=party))
    out().print(str(path), soft_wrap=True)
