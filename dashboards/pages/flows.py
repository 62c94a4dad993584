"""What care goes from whom to whom, and how much further patients travel for it."""

import polars as pl

from dashboards.figures import care_flows, further, region_map
from dashboards.pages.page import (
    Card,
    Extra,
    Heading,
    Illustration,
    KeyFigure,
    Page,
    PageRef,
    Table,
    TableCell,
    headings,
    tone_of,
)
from dashboards.pages.trace import with_traces
from dashboards.telling import sentences
from dashboards.telling.movements import NOTABLE_KM, Movements
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import Wording, capitalised

_NOTABLE_SHARE = 0.01  # of the moved care: a smaller part that is not located needs no sentence


def flows(findings: Synopsis) -> Page:
    """Returns the page on flows of care of a scenario."""
    moved, words = Movements(findings), findings.words
    has_any = moved.pairs.height > 0
    page = Page(
        ref=PageRef("flows"),
        title=words.text("pages.flows"),
        answer=_answer(moved) if has_any else sentences.nothing_moves(findings),
        lead=words.text("flows.lead", year=findings.results.horizon) if has_any else "",
        key_figures=_key_figures(moved) if has_any else (),
        cards=(_care(moved), _map(moved)) if has_any else (),
    )
    return with_traces(page, findings)


def _answer(moved: Movements) -> str:
    """Returns how much care moves, from whom and to whom most, and what that means for patients."""
    findings, words, links = moved.findings, moved.findings.words, moved.links
    donor, recipient = (_largest(links, side) for side in ("from", "to"))
    first = words.text(
        "flows.answer" if findings.known.money else "flows.answer_unpriced",
        year=findings.results.horizon,
        value=words.numbers.money(findings.revenue_moved_eur),
        units=words.numbers.quantity(findings.units_moved, digits=2),
        donor=donor,
        recipient=recipient,
    )
    return words.text("answer.joined", first=first, second=_travel(findings)) if findings.travel_km else first


def _travel(findings: Synopsis) -> str:
    words, km = findings.words, findings.travel_km or 0.0
    distance = words.text(
        "key.travel_more" if km > 0 else "key.travel_less", km=words.numbers.quantity(abs(km), digits=2)
    )
    return words.text("flows.patients", distance=distance)


def _largest(links: pl.DataFrame, side: str) -> str:
    """Returns who gives or receives most of those that are named."""
    named = links.filter(~pl.col(f"{side}_rest"))
    rows = named if named.height else links
    return str(rows.sort(f"{side}_eur", f"{side}_name", descending=[True, False])[f"{side}_name"][0])


def _key_figures(moved: Movements) -> tuple[KeyFigure, ...]:
    findings, words = moved.findings, moved.findings.words
    numbers = words.numbers
    first = KeyFigure(
        words.text("key.moved", year=findings.results.horizon),
        words.text("key.moved_value", units=numbers.quantity(findings.units_moved, digits=2)),
        words.text("key.moved_detail", value=numbers.money(findings.revenue_moved_eur))
        if findings.known.money
        else words.text("key.moved_unpriced"),
    )
    parties = KeyFigure(
        words.text("flows.between"),
        numbers.number(len({*moved.pairs["from_id"], *moved.pairs["to_id"]} - {None})),
        words.text(
            "flows.between_detail",
            donors=numbers.number(moved.pairs["from_id"].n_unique()),
            recipients=numbers.number(moved.pairs["to_id"].drop_nulls().n_unique()),
        ),
    )
    return (first, parties, *_travel_figures(moved))


def _travel_figures(moved: Movements) -> tuple[KeyFigure, ...]:
    words, numbers, areas = moved.findings.words, moved.findings.words.numbers, moved.travel
    if not areas.height:
        return ()
    worse = areas.filter(pl.col("km") >= NOTABLE_KM)
    furthest = areas.row(0, named=True)
    name = furthest["name"] or furthest["area"]
    detail = words.text("flows.furthest", area=name, further=further(furthest["km"], words=words))
    figure = KeyFigure(words.text("flows.areas_further"), numbers.number(worse.height), detail)
    km = moved.findings.travel_km
    if km is None:
        return (figure,)
    value = numbers.kilometres.format(number=numbers.quantity(km, digits=2, signed=True))
    total = KeyFigure(
        words.text("flows.travel", year=moved.findings.results.horizon), value, words.text("flows.all_patients")
    )
    return (total, figure)


def _care(moved: Movements) -> Card:
    words, links = moved.findings.words, moved.links
    if not moved.findings.known.money:
        return _unpriced_care(moved)
    is_rest = pl.col("from_rest") | pl.col("to_rest")  # what is named comes first
    order = links.sort(is_rest, "value_eur", "from_name", "to_name", descending=[False, True, False, False])
    largest = order.row(0, named=True)
    said = "; ".join(_said(row, words) for row in links.to_dicts())
    label = words.text("flows.all", number=words.numbers.number(moved.pairs.height))
    finding = words.text(
        "flows.care_finding",
        donor=largest["from_name"],
        recipient=largest["to_name"],
        value=words.numbers.money(largest["value_eur"]),
    )
    return Card(
        key="care",
        kicker=words.text("flows.care"),
        finding=capitalised(finding),
        columns=6,
        picture=Illustration(care_flows(links, words=words), words.text("flows.care_alternative", rows=said)),
        note=words.text("flows.care_note"),
        extras=(
            Extra(words.text("site.table_behind"), table=_links_table(links, words)),
            Extra(label, table=_pairs_table(moved)),
        ),
    )


def _unpriced_care(moved: Movements) -> Card:
    """Returns what moves in care products: bands as wide as a value that nobody knows would be no figure."""
    words = moved.findings.words
    largest = moved.pairs.sort("units", "from_id", "to_id", descending=[True, False, False]).row(0, named=True)
    finding = words.text(
        "flows.care_units",
        donor=largest["from_name"],
        recipient=largest["to_name"],
        units=words.numbers.quantity(largest["units"], digits=2),
    )
    table = _pairs_table(moved)
    return Card("care", words.text("flows.care"), capitalised(finding), columns=6, table=table)


def _said(row: dict[str, object], words: Wording) -> str:
    value = words.numbers.money(float(str(row["value_eur"])))
    return words.text("flows.row", donor=row["from_name"], recipient=row["to_name"], value=value)


def _links_table(links: pl.DataFrame, words: Wording) -> Table:
    body = tuple(
        (TableCell(row["from_name"]), TableCell(row["to_name"]), *_amounts(row["units"], row["value_eur"], words))
        for row in links.to_dicts()
    )
    return Table(words.text("flows.table"), _headings(words), body)


def _pairs_table(moved: Movements) -> Table:
    words, touched = moved.findings.words, set(moved.findings.outcomes["party"])
    body = tuple(
        (
            *(
                TableCell(
                    row[f"{side}_name"],
                    link=PageRef("party", row[f"{side}_id"]) if row[f"{side}_id"] in touched else None,
                )
                for side in ("from", "to")
            ),
            *_amounts(row["units"], row["value_eur"] if moved.findings.known.money else None, words),
        )
        for row in moved.pairs.to_dicts()
    )
    return Table(words.text("flows.table"), _headings(words), body)


def _headings(words: Wording) -> tuple[Heading, ...]:
    return headings((words.text(f"flows.{key}") for key in ("from", "to", "units", "value")), numbers=(2, 3))


def _amounts(units: float, value: float | None, words: Wording) -> tuple[TableCell, TableCell]:
    return TableCell(words.numbers.quantity(units), value=units), TableCell(
        words.numbers.money(value, digits=3), value=value
    )


# --- the map ----------------------------------------------------------------------------------------------------------


def _map(moved: Movements) -> Card:
    """The region with how much further patients travel; what cannot be placed is said."""
    words, travel = moved.findings.words, moved.travel
    kicker = words.text("flows.map")
    if not travel.height:
        return Card("map", kicker, words.text("flows.no_places"), columns=6)
    every = _areas(moved)
    picture = Illustration(
        region_map(every, moved.arcs, outlines=moved.outlines, words=words),
        words.text("flows.map_alternative", finding=_finding(travel, words)),
    )
    unlocated = moved.unlocated_share
    note = words.text("flows.map_note")
    if unlocated >= _NOTABLE_SHARE:
        note += " " + words.text("flows.unlocated", share=words.numbers.share(unlocated))
    return Card(
        key="map",
        kicker=kicker,
        finding=_finding(travel, words),
        columns=6,
        picture=picture,
        note=note,
        extras=(Extra(words.text("site.table_behind"), table=_travel_table(travel, words)),),
    )


def _areas(moved: Movements) -> pl.DataFrame:
    """Returns every area of the region, with what is known of its travel."""
    areas = moved.findings.release.table("area")
    return areas.join(moved.travel.select("area", "units", "km"), on="area", how="left", maintain_order="left")


def _finding(travel: pl.DataFrame, words: Wording) -> str:
    worse, better = (travel.filter(sign * pl.col("km") >= NOTABLE_KM).height for sign in (1, -1))
    furthest = travel.row(0, named=True)
    name = furthest["name"] or furthest["area"]
    counts = {
        "further": words.numbers.number(worse),
        "nearer": words.numbers.number(better),
        "all": words.numbers.number(travel.height),
    }
    if not worse:
        return words.text("flows.map_finding_nearer", **counts)
    return words.text("flows.map_finding", **counts, area=name, most=further(furthest["km"], words=words))


def _travel_table(travel: pl.DataFrame, words: Wording) -> Table:
    body = tuple(
        (
            TableCell(row["name"] or row["area"]),
            TableCell(
                words.numbers.number(row["km"], decimals=1, signed=True),
                tone_of(-row["km"] if abs(row["km"]) >= NOTABLE_KM else 0.0),
                value=row["km"],
            ),
            TableCell(words.numbers.quantity(row["units"]), value=row["units"]),
        )
        for row in travel.to_dicts()
    )
    titles = (words.text(f"flows.{key}") for key in ("area", "km", "units"))
    return Table(words.text("flows.travel_table"), headings(titles, numbers=(1, 2)), body)
