"""`review` and `progress`: is the deal still what it was, and is it happening."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from dashboards.wording import Language, Wording, wording
from pipelines import releases
from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.output import Shown, out, print_json, print_table
from pipelines.cli.progress_display import shown
from pipelines.warehouse import reading

if TYPE_CHECKING:
    from pipelines.review import Review

MOST_FIGURES = 10
LangOption = Annotated[Language, typer.Option("--lang", help="Language of the answer.")]


@app.command()
def review(
    scenario: Annotated[str, typer.Argument(help="Name of a scenario of the current release.")],
    workspace: WorkspaceOption = None,
    *,
    against: Annotated[
        str | None, typer.Option("--against", help="Release to hold it against. Default: the one it was agreed on.")
    ] = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Holds an agreement against the release it was agreed on: is the deal still what it was?"""
    from pipelines import review as reviewing  # noqa: PLC0415 - SciPy takes a second to import

    place = opened(workspace)
    with shown():
        found = reviewing.review(place, scenario, against=against)
    if as_json:
        print_json(_review_json(found))
    else:
        _print_review(found, wording(lang))


def _review_json(found: "Review") -> dict[str, object]:
    changed = found.changed
    return {
        "scenario": found.scenario.scenario,
        "then": found.then.id,
        "now": found.now.id,
        "deliveries": [vars(one) for one in changed.deliveries],
        "scenarios": dict(changed.scenarios),
        "program": list(changed.program),
        "figures": changed.figures.to_dicts(),
        "flips": found.flips.to_dicts(),
        "worth": found.worth.to_dicts(),
        "forced": found.forced.to_dicts(),
        "progress": found.progress.to_dicts(),
    }


def _print_review(found: "Review", words: Wording) -> None:
    names = found.scenario.names
    title = names.nl if words.language == "nl" else names.en
    out().print(words.text("review.title", title=title, then=found.then.id, now=found.now.id), style="bold")
    for sentence in (_what_changed(found, words), *_worth(found, words)):
        out().print(f"• {sentence}", soft_wrap=True, markup=False)
    _print_figures(found, words)
    _print_flips(found, words)
    _print_forced(found, words)
    _print_moved(found.progress, words)


def _what_changed(found: "Review", words: Wording) -> str:
    changed = found.changed
    if not changed.deliveries and not changed.scenarios and not changed.program:
        return words.text("review.same")
    parts = [words.count("review.deliveries", len(changed.deliveries))]
    parts += [words.text("review.scenario")] if changed.scenarios else []
    parts += [words.text("review.program", what=", ".join(changed.program))] if changed.program else []
    return words.text("review.changed", parts="; ".join(parts))


def _worth(found: "Review", words: Wording) -> Iterator[str]:
    """Yields whether it is still worth it, and whether there is room to make everybody whole."""
    (before,), (now,) = (found.worth.filter(when=when).to_dicts() for when in ("then", "now"))
    money = words.numbers.money
    worth = {(True, True): "still", (True, False): "no_longer", (False, False): "never", (False, True): "now"}
    key = worth[before["net_value_eur"] > 0, now["net_value_eur"] > 0]
    yield words.text(
        f"review.worth_{key}",
        then=money(before["net_value_eur"], signed=True),
        now=money(now["net_value_eur"], signed=True),
    )
    short = now["short_with_fund_eur"]
    if short > 0:
        yield words.text("review.no_room", short=money(short))
    else:
        yield words.text("review.room", ability=money(now["ability_eur"]), need=money(now["need_eur"]))


def _print_figures(found: "Review", words: Wording) -> None:
    """Prints the largest changes of present values, with what moved them."""
    rows = found.changed.figures.filter(figure="present_value_eur").with_columns(_named("party", found))
    if not rows.is_empty():
        out().print()
        columns = [Shown(key, words.text(f"review.column.{key}"), "euro") for key in ("before", "after", "change")]
        named = [Shown("party", words.text("review.column.party")), *columns]
        print_table(rows.head(MOST_FIGURES), columns=[*named, Shown("cause", words.text("review.column.cause"))])


def _print_flips(found: "Review", words: Wording) -> None:
    out().print(f"\n{words.count('review.flips', found.flips.height)}")
    if found.flips.is_empty():
        return
    stances = {stance: words.text(f"review.stance.{stance}") for stance in ("gains", "loses", "neutral")}
    rows = found.flips.with_columns(
        _named("party", found),
        pl.col("dimension").map_elements(
            lambda name: words.known("interests", name, otherwise=words.text("review.travel")), return_dtype=pl.String
        ),
        *(pl.col(when).fill_null("neutral").replace_strict(stances) for when in ("then", "now")),
    )
    print_table(rows, columns=[Shown(key, words.text(f"review.column.{key}")) for key in rows.columns])


def _print_forced(found: "Review", words: Wording) -> None:
    out().print(f"\n{words.text('review.forced.some' if found.forced.height else 'review.forced.none')}")
    last = found.scenario.years[-1]
    for row in found.forced.iter_rows(named=True):
        sentence = words.text(
            "review.norm" if row["kind"] == "norm" else "review.shortage",
            party=found.names.get(row["party"], row["party"]),
            what=found.names.get(row["what"], row["what"]),
            start=words.numbers.quantity(row["start"]),
            end=words.numbers.quantity(row["end"]),
            year=last,
        )
        out().print(f"  {sentence}", soft_wrap=True, markup=False)


def _named(column: str, found: "Review") -> pl.Expr:
    return pl.col(column).replace(dict(found.names))


def _print_moved(rows: pl.DataFrame, words: Wording) -> None:
    out().print(f"\n{words.text('review.progress.some' if rows.height else 'review.progress.none')}")
    if rows.is_empty():
        return
    sources = {source: words.text(f"review.source.{source}") for source in ("delivered", "estimated")}
    headings = {
        "initiative": "initiative",
        "period": "period",
        "agreed_to_date": "agreed",
        "realised_to_date": "realised",
        "source": "source",
        "material_since": "since",
    }
    columns = [Shown(name, words.text(f"review.column.{key}")) for name, key in headings.items()]
    print_table(rows.with_columns(pl.col("source").replace_strict(sources)), columns=columns)


@app.command()
def progress(workspace: WorkspaceOption = None, *, lang: LangOption = "en", as_json: JsonOption = False) -> None:
    """Tells what really moved against what was agreed, for every agreement of the current release."""
    release = releases.require_current(opened(workspace))
    with reading(release.database) as connection:
        rows = connection.execute("SELECT * FROM progress ORDER BY scenario, initiative, period").pl()
        impact = connection.execute("SELECT * FROM progress_impact ORDER BY ALL").pl()
        agreements = connection.execute(
            "SELECT scenario FROM scenario WHERE json_extract(parameters, '$.agreed') NOT IN ('null') ORDER BY 1"
        ).fetchall()
    if as_json:
        print_json({"release": release.id, "progress": rows.to_dicts(), "impact": impact.to_dicts()})
        return
    words = wording(lang)
    if not agreements:
        out().print(words.text("following.none"))
    for (name,) in agreements:
        _tell_agreement(str(name), rows.filter(scenario=str(name)), words)


def _tell_agreement(name: str, rows: pl.DataFrame, words: Wording) -> None:
    newest = rows.group_by("scenario", "initiative", maintain_order=True).last()
    off = newest.filter("material").height
    if rows.is_empty():
        out().print(words.text("following.unknown", scenario=name))
    elif off:
        out().print(words.count("following.off_plan", off, scenario=name), style="bold")
    else:
        out().print(words.text("following.on_plan", scenario=name))
    if rows.height:
        _print_moved(newest, words)
