"""Twenty-five questions of analysts: the answer of the query is found a second way, from the exported files."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data_contracts.yaml_file import read_yaml
from pipelines.release import releases
from pipelines.release.asking import ask
from pipelines.release.export import export

FILE = Path(__file__).parents[3] / "docs" / "examples" / "questions.yaml"
QUESTIONS = read_yaml(FILE).mapping(keys="questions")["questions"]
PLAN = pl.col("scenario") == "right-care-2027"
Y2030 = pl.col("year") == 2030
HOSPITALS = ("university_hospital", "top_clinical_hospital", "general_hospital")
Tables = Callable[[str], pl.DataFrame]
Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def database(demonstration):
    return releases.require_current(demonstration.published).database


@pytest.fixture(scope="module")
def tables(database, tmp_path_factory) -> Tables:
    folder = tmp_path_factory.mktemp("questions") / "files"
    export(database, folder, name="demonstration", release="now")
    return lambda name: pl.read_parquet(folder / f"{name}.parquet")


def hospitals(tables: Tables) -> list[str]:
    return tables("provider").filter(pl.col("kind").is_in(HOSPITALS))["provider_id"].to_list()


def impact(tables: Tables, measure: str) -> pl.DataFrame:
    whole = tables("party_impact").filter(pl.col("initiative").is_null(), pl.col("measure") == measure)
    return whole.filter(PLAN)


def size(tables: Tables) -> dict[str, float]:
    rows = tables("party_baseline").filter(PLAN, pl.col("year") == 2025)
    return dict(rows.select("party", "size_eur").iter_rows())


def by_year(rows: pl.DataFrame, figure: str) -> pl.DataFrame:
    """Delivered quarters as calendar years: what is missing of four is taken to be as what is there."""
    named = rows.with_columns(
        year=pl.col("period").str.head(4).cast(pl.Int64), payer=pl.col("payer_id").fill_null("unknown"),
        quarters=pl.when(pl.col("period").str.len_chars() > 4).then(pl.col("period")).otherwise(None),
    )  # fmt: skip
    delivered = pl.col("quarters").drop_nulls().n_unique().over("provider_id", "year")
    factor = pl.when(delivered > 0).then(4 / delivered).otherwise(1.0)
    return named.with_columns(pl.col(figure).cast(pl.Float64) * factor)


def who_loses_most(tables: Tables) -> Rows:
    names = dict(tables("provider").select("provider_id", "name").iter_rows())
    names |= dict(tables("payer").select("payer_id", "name").iter_rows())
    lost = impact(tables, "margin_change_eur").filter(Y2030).sort("mean").head(3)
    return [(party, names[party], *rest) for party, *rest in lost.select("party", "mean", "p10", "p90").iter_rows()]


def more_than_a_mille(tables: Tables) -> Rows:
    sizes = size(tables)
    rows = impact(tables, "margin_change_eur").filter(Y2030).select("party", "mean").iter_rows()
    shares = [(party, mean / sizes[party]) for party, mean in rows if sizes[party]]
    return sorted(((party, share) for party, share in shares if share < -0.001), key=lambda row: row[1])


def joint_chance(tables: Tables) -> Rows:
    drawn = tables("draw").filter(PLAN, Y2030)
    own = drawn.filter(pl.col("subject") == "margin_change_eur", pl.col("party").is_in(hospitals(tables)))["draws"]
    gaps = drawn.filter(pl.col("subject") == "gap_after", pl.col("resource") == "practice_nurse_hours")["draws"]
    worlds = list(zip(zip(*own.to_list(), strict=True), zip(*gaps.to_list(), strict=True), strict=True))
    return [(sum(min(margin) < 0 and max(gap) > 0 for margin, gap in worlds) / len(worlds),)]


def region_as_a_whole(tables: Tables) -> Rows:
    providers = tables("provider")["provider_id"].to_list()
    own = impact(tables, "margin_change_eur").filter(pl.col("party").is_in(providers))
    return own.group_by("year").agg(pl.col("mean").sum()).sort("year").rows()


def who_is_short(tables: Tables) -> Rows:
    rows = tables("capacity_gap").filter(PLAN, Y2030, pl.col("resource") == "practice_nurse_hours")
    counts = [sum(chance > 0.5 for chance in rows[f"shortage_probability_{when}"].drop_nulls())
              for when in ("before", "after")]  # fmt: skip
    return [tuple(counts)]


def who_absorbs(tables: Tables) -> Rows:
    rows = tables("contract_impact").filter(PLAN, Y2030).with_columns(
        kept=pl.col("revenue_change_eur") - pl.col("production_change_eur")
    )  # fmt: skip
    most = rows.sort(pl.col("kept").abs().neg(), "provider", "payer").head(5)
    return most.select("provider", "payer", "kept").rows()


def what_payers_pay(tables: Tables) -> Rows:
    rows = tables("contract_impact").filter(PLAN, Y2030).group_by("payer").agg(pl.col("revenue_change_eur").sum())
    return rows.sort("payer").rows()


def departments(tables: Tables) -> Rows:
    names = dict(tables("provider").select("provider_id", "name").iter_rows())
    codes = dict(tables("specialism").select("specialism", "name_en").iter_rows())
    rows = tables("department_impact").filter(PLAN, pl.col("year") == 2032)
    least = rows.sort("share_of_units", "provider", "specialism").head(5)
    told = least.select("provider", "specialism", "share_of_units").iter_rows()
    return [(names[provider], codes[code], share) for provider, code, share in told]


def where_people_travel_further(tables: Tables) -> Rows:
    rows = tables("travel_area").filter(PLAN, Y2030).group_by("area").agg(pl.col("patient_km_change").sum())
    return rows.sort("patient_km_change", descending=True).head(5).rows()


def travel_of_all(tables: Tables) -> Rows:
    rows = tables("travel_area").filter(PLAN).group_by("year").agg(pl.col("patient_km_change").sum())
    told, ((first, last),) = (
        dict(rows.iter_rows()),
        tables("scenario").filter(PLAN).select("base_year", "horizon").rows(),
    )
    return [(year, told.get(year, 0.0)) for year in range(first, last + 1)]


def cardiology(tables: Tables) -> Rows:
    rows = by_year(tables("volume"), "units").filter(pl.col("year") == 2025, pl.col("specialism") == "0320")
    own = rows.filter(pl.col("provider_id").is_in(hospitals(tables)))
    return own.group_by("provider_id").agg(pl.col("units").sum()).sort("provider_id").rows()


def shares_of_payers(tables: Tables) -> Rows:
    rows = by_year(tables("revenue"), "revenue_eur").filter(pl.col("year") == 2025)
    own = rows.filter(pl.col("provider_id").is_in(hospitals(tables)))
    parts = own.group_by("provider_id", "payer").agg(pl.col("revenue_eur").sum())
    share = pl.col("revenue_eur") / pl.col("revenue_eur").sum().over("provider_id")
    return parts.select("provider_id", "payer", share).sort("provider_id", "payer").rows()


def growth(tables: Tables) -> Rows:
    rows = by_year(tables("revenue"), "revenue_eur").filter(pl.col("provider_id").is_in(hospitals(tables)))
    years = rows.group_by("provider_id", "year").agg(pl.col("revenue_eur").sum()).pivot("year", values="revenue_eur")
    return years.select("provider_id", pl.col("2025") / pl.col("2024") - 1).sort("provider_id").rows()


def payer_unknown(tables: Tables) -> Rows:
    rows = by_year(tables("revenue"), "revenue_eur").filter(pl.col("year") == 2025)
    return [(rows.filter(pl.col("payer_id").is_null())["revenue_eur"].sum() / rows["revenue_eur"].sum(),)]


def occupancy(tables: Tables) -> Rows:
    rows = tables("capacity").filter(pl.col("resource") == "bed_days", pl.col("period").str.starts_with("2025"))
    used = rows.group_by("provider_id").agg(pl.col("used").sum(), pl.col("available").sum()).sort("provider_id")
    return [(code, float(used) / float(there)) for code, used, there in used.iter_rows() if there]


def contracts_of(tables: Tables, year: int) -> list[dict[str, Any]]:
    rows = tables("contract").filter(pl.col("valid_from") <= year).sort("valid_from")
    return rows.group_by("provider_id", "payer_id").agg(pl.all().last()).to_dicts()


def forms_of_contract(tables: Tables) -> Rows:
    forms = [one["form"] for one in contracts_of(tables, 2025)]
    return sorted((form, forms.count(form)) for form in set(forms))


def contracts_that_end(tables: Tables) -> Rows:
    return sorted((one["provider_id"], one["payer_id"]) for one in contracts_of(tables, 2028)
                  if one["valid_to"] is not None and one["valid_to"] < 2028)  # fmt: skip


def largest_streams(tables: Tables) -> Rows:
    """By way of the flows by payer and area, which tell the same units in other parts."""
    rows = (
        tables("transfer_flow_detail").filter(PLAN, Y2030).group_by("from_id", "to_id").agg(pl.col("units_moved").sum())
    )
    return rows.sort("units_moved", descending=True).head(5).rows()


def which_initiative(tables: Tables) -> Rows:
    rows = tables("party_impact").filter(
        PLAN, pl.col("initiative").is_not_null(), pl.col("measure") == "margin_change_eur",
        pl.col("party").is_in(hospitals(tables)),
    )  # fmt: skip
    return rows.group_by("initiative").agg(pl.col("mean").sum()).sort("mean", descending=True).rows()


def stranded(tables: Tables) -> Rows:
    rows = impact(tables, "stranded_cost_eur").filter(pl.col("party").is_in(hospitals(tables)))
    return rows.group_by("year").agg(pl.col("mean").sum()).sort("year").rows()


def worth_today(tables: Tables) -> Rows:
    """Margins of the years, each at its worth of the base year."""
    ((rate, base),) = tables("scenario").filter(PLAN).select("discount_rate", "base_year").rows()
    margins = impact(tables, "margin_change_eur").select("party", "year", "mean").iter_rows()
    worth: dict[str, float] = {}
    for party, year, mean in margins:
        worth[party] = worth.get(party, 0.0) + mean / (1 + rate) ** (year - base)
    return sorted(worth.items(), key=lambda row: (-row[1], row[0]))


def two_scenarios(tables: Tables) -> Rows:
    rows = tables("party_impact").filter(
        Y2030, pl.col("initiative").is_null(), pl.col("measure") == "margin_change_eur",
        pl.col("party").is_in(hospitals(tables)),
    )  # fmt: skip
    both = rows.pivot("scenario", index="party", values="mean").sort("party")
    return both.select("party", pl.col("careful-start-2027") - pl.col("right-care-2027")).rows()


def what_was_refused(tables: Tables) -> Rows:
    rows = tables("delivery").filter(pl.col("rejected") > 0).group_by("supplier").agg(pl.col("rejected").sum())
    return rows.sort("supplier").rows()


def what_is_missing(tables: Tables) -> Rows:
    rows = tables("coverage").filter(pl.col("expected"), pl.col("delivered") == 0)
    return rows.select("supplier", "period", "dataset").sort("supplier", "period", "dataset").rows()


def what_is_assumed(tables: Tables) -> Rows:
    rows = tables("evidence")
    told = [(name, own["confidence"].to_list()) for (name,), own in rows.group_by("scenario", maintain_order=True)]
    return sorted((str(name), words.count("assumption") / len(words)) for name, words in told)


SECOND = {
    "who-loses-most": who_loses_most, "more-than-a-mille": more_than_a_mille,
    "joint-chance": joint_chance, "region-as-a-whole": region_as_a_whole,
    "who-is-short": who_is_short, "who-absorbs": who_absorbs,
    "what-payers-pay": what_payers_pay, "departments": departments,
    "where-people-travel-further": where_people_travel_further, "travel-of-all": travel_of_all,
    "cardiology": cardiology, "shares-of-payers": shares_of_payers, "growth": growth, "payer-unknown": payer_unknown,
    "occupancy": occupancy, "forms-of-contract": forms_of_contract, "contracts-that-end": contracts_that_end,
    "largest-streams": largest_streams, "which-initiative": which_initiative, "stranded": stranded,
    "worth-today": worth_today, "two-scenarios": two_scenarios, "what-was-refused": what_was_refused,
    "what-is-missing": what_is_missing, "what-is-assumed": what_is_assumed,
}  # fmt: skip


def test_there_are_twenty_five_questions_in_both_languages():
    assert [question["id"] for question in QUESTIONS] == list(SECOND)
    assert len(QUESTIONS) == 25
    assert all(question["nl"].endswith("?") and question["en"].endswith("?") for question in QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_the_answer_is_the_same_a_second_way(question, database, tables):
    (answer,) = ask(question["sql"], database=database)
    asked, found = answer.frame.rows(), SECOND[question["id"]](tables)
    assert len(asked) == len(found) > 0
    for row, other in zip(asked, found, strict=True):
        assert len(row) == len(other)
        for value, second in zip(row, other, strict=True):
            same = value == second
            if isinstance(second, float):
                same = math.isclose(value, second, rel_tol=1e-6, abs_tol=1e-2 if abs(second) > 1 else 1e-6)
            assert same, (row, other)
