"""The tables of docs/cases.md, as a run of each case gives them; run as a program it writes them into the page.

`python tests/models/cases_page.py` after a change of the model, a case or the demonstration region; then read the
sentences beside the tables: they are written by hand.
"""

import re
from pathlib import Path

import polars as pl

from models.comparison import compare
from models.impact import Evaluation, evaluate
from models.region import Region
from models.scenario import parse_scenario
from pipelines.demo.datasets import RegionDatasets, make_figures
from pipelines.evaluation import shipped

PAGE = Path(__file__).parents[2] / "docs" / "cases.md"
SINGULAR = {
    "providers": "provider",
    "payers": "payer",
    "areas": "area",
    "resources": "resource",
    "contracts": "contract",
    "unit_costs": "unit_cost",
    "volume_norms": "volume_norm",
    "care_products": "care_product",
}
HEADING = (
    "| 1,000 euro a year | revenue | margin | worst year | of a year's margin "
    "| department hit most | four in five draws |\n"
    "| --- | ---: | ---: | ---: | ---: | --- | ---: |\n"
)
GENERAL_PRACTICE, INSURERS = "general practice, 40 together", "insurers together"
TABLES = re.compile(r"(?:^\|.*\n)+", flags=re.MULTILINE)


def region_of(figures: RegionDatasets) -> Region:
    """Returns the demonstration region, with its whole figures."""
    tables = {SINGULAR.get(name, name): table for name, table in figures.tables.items()}
    return Region.from_tables(tables, base_year=2025)


def party_names_of(figures: RegionDatasets) -> dict[str, str]:
    """Returns the name of each provider by its id."""
    return dict(figures.of("providers").select("provider_id", "name").iter_rows())


def names_on(page: str) -> list[str]:
    """Returns the names of the cases on the page, in the order of their tables."""
    return re.findall("`(.*?)`", " ".join(re.findall(r"^## .*$", page, flags=re.MULTILINE)))


def table(evaluation: Evaluation, names: dict[str, str]) -> str:
    """Returns the table of a case: who loses most first, then general practice and insurers as groups."""
    stakes, ranges = _stakes(evaluation), _ranges(evaluation)
    rows = []
    for party, revenue, margin in _sums(evaluation).iter_rows():
        worst, cushion, department = stakes.get(party, ("", "", ""))
        name, earned = names.get(party, party), "" if party == INSURERS else _amount(revenue)
        rows.append((name, earned, _amount(margin), worst, cushion, department, ranges.get(party, "")))
    return HEADING + "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def _sums(evaluation: Evaluation) -> pl.DataFrame:
    """Returns party (or group), revenue and margin a year in thousands of euro, in the order of the page."""
    party = pl.col("party")
    is_payer = pl.col("spend_one_eur").is_not_null()
    group = pl.when(party.str.starts_with("0199")).then(pl.lit(GENERAL_PRACTICE))
    own = compare(evaluation, evaluation).select(
        party=group.when(is_payer).then(pl.lit(INSURERS)).otherwise(party),
        revenue=pl.col("revenue_one_eur").fill_null(0.0) / 1000,
        margin=pl.col("margin_one_eur") / 1000,
    )
    order = (party == INSURERS, party == GENERAL_PRACTICE, pl.col("margin"), party)
    return own.group_by("party").sum().sort(*order)


def _stakes(evaluation: Evaluation) -> dict[str, tuple[str, str, str]]:
    """Returns of each party its worst year, what that takes of a year's margin, and the department hit most."""
    own = evaluation.table("interest").filter(pl.col("initiative").is_null())
    hit = own.filter(pl.col("dimension") == "department", pl.col("share").is_not_null()).sort(pl.col("share").abs())
    departments = {row["party"]: f"{row['specialism']} {_share(row['share'])}" for row in hit.to_dicts()}
    found = {}
    for row in own.filter(dimension="cushion").to_dicts():
        bad = row["value"] < -0.5
        worst = f"{_amount(row['value'] / 1000)} in {row['year']}" if bad else ""
        found[row["party"]] = (worst, _share(row["share"]) if bad else "", departments.get(row["party"], ""))
    return found


def _ranges(evaluation: Evaluation) -> dict[str, str]:
    """Returns of each party the annual equivalents of its margin between which four draws in five lie."""
    scenario = evaluation.table("scenario").row(0, named=True)
    years = range(scenario["horizon"] - scenario["base_year"] + 1)
    weight = 1000 * sum((1 + scenario["discount_rate"]) ** -year for year in years)
    own = evaluation.table("party_impact").filter(pl.col("initiative").is_null(), measure="present_value_eur")
    rows = own.select("party", "p10", "p90").iter_rows()
    return {party: f"{_amount(low / weight)} to {_amount(high / weight)}" for party, low, high in rows}


def _amount(thousands: float) -> str:
    digits = 0 if abs(thousands) >= 0.5 else 1
    return "0" if abs(thousands) < 0.05 else f"{thousands:+,.{digits}f}".replace("-", "−")


def _share(share: float) -> str:
    return f"{100 * share:+.1f} %".replace("-", "−")


def _write() -> None:
    figures = make_figures(seed=2025)
    region, names = region_of(figures), party_names_of(figures)
    page = PAGE.read_text(encoding="utf-8")
    texts = shipped.cases()
    tables = iter([table(evaluate(region, parse_scenario(texts[n], source=n)), names) for n in names_on(page)])
    PAGE.write_text(TABLES.sub(lambda _: next(tables), page), encoding="utf-8")


if __name__ == "__main__":
    _write()
