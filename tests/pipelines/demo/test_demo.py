"""The demonstration region, looked at as a hospital controller and as a data steward would."""

import hashlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from data_contracts.contract import load_contract, load_contracts
from models.impact import evaluate
from models.region import Region
from models.scenario import check_against, parse_scenario
from pipelines.demo import capacity, care, geography, handwriting, make_region, posted, providers, volumes
from pipelines.demo.datasets import RegionDatasets, make_figures
from pipelines.workspace.workspace import Workspace

SEED = 2025
HOSPITALS = [hospital.provider_id for hospital in providers.HOSPITALS]
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
# The published names and places of this field that an invented region must keep away from.
REAL_WORDS = (
    "erasmus",
    "franciscus",
    "maasstad",
    "ikazia",
    "amphia",
    "achmea",
    "menzis",
    "rotterdam",
    "star-shl",
    "lumc",
)


@pytest.fixture(scope="module")
def figures() -> RegionDatasets:
    return make_figures(seed=SEED)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("demo") / "region"
    make_region(target, seed=SEED)
    return target


@pytest.fixture(scope="module")
def region(figures: RegionDatasets) -> Region:
    tables = {SINGULAR.get(name, name): table for name, table in figures.tables.items()}
    return Region.from_tables(tables, base_year=2025)


def of_2025(table: pl.DataFrame) -> pl.DataFrame:
    return table.filter(pl.col("period").str.starts_with("2025"))


def per_hospital(table: pl.DataFrame, column: str) -> dict[str, float]:
    sums = of_2025(table).group_by("provider_id").agg(pl.col(column).sum())
    found = dict(sums.iter_rows())
    return {hospital: float(found[hospital]) for hospital in HOSPITALS}


def contents(folder: Path) -> dict[str, tuple[str, float]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    inbox = folder / "inbox"
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime if path.is_relative_to(inbox) else 0.0,
        )
        for path in files
    }


# ---- The same seed, the same files


def test_same_seed_gives_same_bytes_and_times(workspace: Path, tmp_path: Path) -> None:
    make_region(tmp_path / "again", seed=SEED)

    assert contents(tmp_path / "again") == contents(workspace)


def test_another_seed_gives_other_figures_under_the_same_names(figures: RegionDatasets) -> None:
    other = make_figures(seed=7)

    assert other.of("volume")["units"].sum() != figures.of("volume")["units"].sum()
    assert other.of("providers").equals(figures.of("providers"))
    assert other.of("care_products").equals(figures.of("care_products"))


def test_writing_over_a_workspace_changes_nothing(workspace: Path) -> None:
    before = contents(workspace)
    (workspace / "lake").mkdir(exist_ok=True)

    make_region(workspace, seed=SEED)

    assert contents(workspace) == before


# ---- What the region holds


def test_all_kinds_of_hospital_are_there(figures: RegionDatasets) -> None:
    kinds = figures.of("providers")["kind"].value_counts()
    count = dict(kinds.iter_rows())

    assert count["university_hospital"] == 1
    assert count["top_clinical_hospital"] == 2
    assert count["general_hospital"] >= 3
    assert count["independent_treatment_centre"] == 2
    assert len(HOSPITALS) >= 8
    assert count["gp_organisation"] == 40
    assert {"out_of_hours_gp", "diagnostic_laboratory", "elderly_care", "maternity_care"} <= set(count)


def test_areas_products_specialisms_and_quarters(figures: RegionDatasets) -> None:
    products = figures.of("care_products")

    assert figures.of("areas").height == 120
    assert figures.of("areas")["area"].n_unique() == 120
    assert 1_150_000 < figures.of("areas")["inhabitants"].sum() < 1_250_000
    assert products.height == products["care_product"].n_unique() == 300
    assert care.specialisms().height == 12
    assert figures.of("volume")["period"].n_unique() == 8
    assert products["name"].n_unique() == 300


def test_three_payers_with_different_forms(figures: RegionDatasets) -> None:
    of_hospitals = figures.of("contracts").filter(pl.col("provider_id").is_in(HOSPITALS))
    usual = of_hospitals.group_by("payer_id").agg(pl.col("form").mode().sort().first())

    assert figures.of("payers").height == 3
    assert set(usual["form"]) >= {"ceiling", "fee_for_service"}
    assert set(of_hospitals["form"]) == {"fee_for_service", "ceiling", "lump_sum", "corridor"}
    assert of_hospitals.filter(form="ceiling", payer_id=providers.SECOND_PAYER)["rate_over"].max() > 0
    leader = of_hospitals.filter(payer_id=providers.MARKET_LEADER)
    assert leader["form"].n_unique() == 3
    assert leader.filter(pl.col("valid_to").is_between(2026, 2031)).height >= 6


NOBODY_MERGED = {"until", "successor_id"}
"""What the invented providers have no need of."""


def test_every_table_has_the_columns_of_its_contract(figures: RegionDatasets) -> None:
    for dataset, table in figures.tables.items():
        missing = {column.name for column in load_contract(dataset).columns} - set(table.columns)
        assert missing <= NOBODY_MERGED, dataset
        assert set(table.columns) <= {column.name for column in load_contract(dataset).columns}, dataset


def test_dutch_headings_are_aliases_of_the_contracts() -> None:
    for dataset, headings in handwriting.DUTCH.items():
        contract = load_contract(dataset)
        names = {column.name for column in contract.columns}
        for name, heading in headings.items():
            column = contract.for_heading(heading)
            assert name not in names or (column is not None and column.name == name), (dataset, heading)


def test_keys_are_unique_and_references_exist(figures: RegionDatasets) -> None:
    for dataset, table in figures.tables.items():
        contract = load_contract(dataset)
        assert not table.select(contract.key).is_duplicated().any(), dataset
        for column in contract.columns:
            if column.references and column.references.split(".")[0] in figures.tables:
                other, key = column.references.split(".")
                known = set(figures.of(other)[key])
                assert set(table[column.name].drop_nulls()) <= known, (dataset, column.name)


def test_invented_is_written_on_everything(workspace: Path, figures: RegionDatasets) -> None:
    settings = yaml.safe_load((workspace / "region.yaml").read_text(encoding="utf-8"))
    names = [*figures.of("providers")["name"], *figures.of("payers")["name"], *figures.of("areas")["name"]]
    ids = figures.of("providers")["provider_id"]

    assert settings["invented"] is True
    assert "verzonnen" in settings["name"]["nl"]
    assert "invented" in settings["name"]["en"]
    assert not [name for name in names if any(word in name.lower() for word in REAL_WORDS)]
    assert (ids.str.slice(2, 2) == "99").all()
    assert (ids.str.len_chars() == 8).all()
    assert figures.of("areas")["area"].str.starts_with("V").all()


def test_no_care_product_can_pass_for_a_citizen_service_number(figures: RegionDatasets) -> None:
    codes = figures.of("care_products")["care_product"]

    assert (codes.str.len_chars() == 9).all()
    assert codes.str.starts_with("0").sum() > 100
    assert not [code for code in codes if care.passes_eleven_test(code)]
    assert care.passes_eleven_test("111222333")


# ---- What a controller looks at


def test_turnover_and_margin_are_those_of_the_sector(figures: RegionDatasets) -> None:
    register = figures.of("providers").filter(pl.col("provider_id").is_in(HOSPITALS))
    turnover = dict(register.select("provider_id", "annual_revenue_eur").iter_rows())
    share = (register["annual_margin_eur"] / register["annual_revenue_eur"]).to_list()

    assert turnover[providers.UNIVERSITY] > 1e9
    assert all(350e6 < turnover[hospital] < 550e6 for hospital in (providers.HAVENLICHT, providers.KLUTENVEER))
    assert all(
        120e6 < turnover[hospital] < 260e6
        for hospital in (providers.STERNENHOOFD, providers.REIGERSMONDE, providers.SCHORRENLAND)
    )
    assert all(8e6 < turnover[clinic] < 30e6 for clinic in (providers.EYE_CLINIC, providers.ORTHOPAEDIC_CLINIC))
    assert sum(-0.02 < margin < 0 for margin in share) == 1
    assert sum(0.0095 <= margin <= 0.0205 for margin in share) == len(share) - 1


def test_production_is_the_greater_part_of_turnover(figures: RegionDatasets) -> None:
    production = per_hospital(figures.of("revenue"), "revenue_eur")
    turnover = dict(figures.of("providers").select("provider_id", "annual_revenue_eur").iter_rows())
    share = {hospital: production[hospital] / turnover[hospital] for hospital in HOSPITALS}

    assert 0.55 < share.pop(providers.UNIVERSITY) < 0.70  # teaching, research and rare care make the rest
    assert all(0.75 <= value <= 0.90 for value in share.values()), share


def test_hospitals_deliver_tens_to_hundreds_of_thousands_of_subtrajecten(figures: RegionDatasets) -> None:
    units = per_hospital(figures.of("volume"), "units")
    revenue = per_hospital(figures.of("revenue"), "revenue_eur")

    assert 350_000 < units[providers.UNIVERSITY] < 500_000
    assert all(80_000 < units[hospital] < 330_000 for hospital in HOSPITALS[1:6])
    assert all(15_000 < units[hospital] < 80_000 for hospital in HOSPITALS[6:])
    assert all(300 < revenue[hospital] / units[hospital] < 1_700 for hospital in HOSPITALS)


def test_volume_and_revenue_speak_of_the_same_units(figures: RegionDatasets) -> None:
    key = ["provider_id", "period", "payer_id", "care_product"]
    volume = figures.of("volume").group_by(key).agg(pl.col("units").sum())
    both = volume.join(figures.of("revenue"), on=key, how="full", nulls_equal=True, suffix="_paid")

    assert both.height == figures.of("revenue").height
    assert (both["units"] == both["units_paid"]).all()


def test_prices_lie_between_0_85_and_1_20_of_the_reference_price(figures: RegionDatasets) -> None:
    hospital = of_2025(figures.of("revenue", *HOSPITALS)).join(figures.of("care_products"), on="care_product")
    level = hospital["revenue_eur"] / hospital["units"] / hospital["reference_price_eur"]
    contracted = hospital.filter(pl.col("payer_id").is_not_null())
    weighted = contracted.group_by("provider_id", "payer_id").agg(
        level=pl.col("revenue_eur").sum() / (pl.col("units") * pl.col("reference_price_eur")).sum()
    )

    assert level.min() > 0.85
    assert level.max() < 1.20
    assert weighted["level"].is_between(0.90, 1.15).all()


def test_specialisms_have_about_the_national_mean_price(figures: RegionDatasets) -> None:
    whole = figures.of("volume", *HOSPITALS[:6])
    paid = of_2025(whole).join(figures.of("care_products"), on="care_product", suffix="_of_product")
    mean = paid.group_by("specialism").agg(
        mean=(pl.col("units") * pl.col("reference_price_eur")).sum() / pl.col("units").sum()
    )
    ratio = mean.join(care.specialisms(), on="specialism").select(pl.col("mean") / pl.col("mean_price_eur")).to_series()

    assert ratio.is_between(0.90, 1.20).all()


def test_units_grow_one_to_two_percent_and_dip_in_summer(figures: RegionDatasets) -> None:
    quarter = dict(figures.of("volume", *HOSPITALS).group_by("period").agg(pl.col("units").sum()).iter_rows())
    years = [sum(quarter[f"{year}Q{number}"] for number in range(1, 5)) for year in (2024, 2025)]

    assert 0.010 < years[1] / years[0] - 1 < 0.020
    assert all(quarter[f"{year}Q3"] < min(quarter[f"{year}Q{n}"] for n in (1, 2, 4)) for year in (2024, 2025))


def test_patients_come_from_near(figures: RegionDatasets) -> None:
    known = of_2025(figures.of("volume", *HOSPITALS)).filter(pl.col("area").is_not_null())
    places = figures.of("areas")
    per_head = known.group_by("area").agg(pl.col("units").sum()).join(places, on="area")
    use = per_head["units"] / per_head["inhabitants"]
    site = figures.of("providers").filter(provider_id=providers.SCHORRENLAND)
    distance = geography.distance_km(site["latitude"].to_numpy(), site["longitude"].to_numpy())[0]
    km = pl.DataFrame({"area": places["area"], "km": distance})
    small = known.filter(provider_id=providers.SCHORRENLAND).join(km, on="area")

    assert per_head.height == 120
    assert use.is_between(0.9, 1.3).all()
    assert (small["units"] * small["km"]).sum() / small["units"].sum() < float(distance.mean()) / 2


def test_rows_stay_moderate(figures: RegionDatasets) -> None:
    assert 250_000 < figures.of("volume").height < 400_000


def test_occupancy_is_that_of_dutch_hospitals(figures: RegionDatasets) -> None:
    year = (
        of_2025(figures.of("capacity", *HOSPITALS))
        .group_by("provider_id", "resource")
        .agg((pl.col("used").sum() / pl.col("available").sum()).alias("occupancy"))
    )

    assert year["occupancy"].is_between(0.745, 0.925).all()


def test_beds_and_theatres_fit_the_size_of_the_hospital(figures: RegionDatasets) -> None:
    year = of_2025(figures.of("capacity", *HOSPITALS)).group_by("provider_id", "resource").agg(pl.col("used").sum())
    used = {(provider, resource): value for provider, resource, value in year.iter_rows()}
    production = per_hospital(figures.of("revenue"), "revenue_eur")
    days_per_million = [used[h, "bed_days"] / production[h] * 1e6 for h in HOSPITALS[:6]]
    theatres = [used[h, "operating_room_hours"] / 1_840 for h in HOSPITALS[:6]]  # 46 weeks of five days of eight hours

    assert all(200 < days < 400 for days in days_per_million), days_per_million
    assert all(4 < theatre < 30 for theatre in theatres), theatres


def test_gp_hours_are_tight_and_fit_the_patients(figures: RegionDatasets) -> None:
    gps = providers.gp_organisations()
    hours = of_2025(figures.of("capacity", *gps["provider_id"])).filter(resource="gp_hours")
    year = (
        hours.group_by("provider_id").agg(pl.col("used").sum(), pl.col("available").sum()).join(gps, on="provider_id")
    )
    target = dict(figures.of("resources").select("resource", "target_utilisation").iter_rows())["gp_hours"]
    per_fte = year["patients"] / (year["available"] / capacity.GP_HOURS_PER_FTE)

    assert year.height == 40
    assert (year["used"] / year["available"] / target).is_between(0.925, 1.035).all()
    assert per_fte.is_between(1_600, 2_350).all()
    assert gps["patients"].is_between(10_000, 60_000).all()


def test_gp_turnover_per_patient_is_plausible(figures: RegionDatasets) -> None:
    joined = (
        providers.gp_organisations().select("provider_id", "patients").join(figures.of("providers"), on="provider_id")
    )
    capitation = figures.of("contracts", *joined["provider_id"])

    assert (joined["annual_revenue_eur"] / joined["patients"]).is_between(200, 250).all()
    assert (joined["annual_margin_eur"] / joined["annual_revenue_eur"]).is_between(0.01, 0.025).all()
    assert set(capitation["form"]) == {"capitation"}
    paid = capitation["agreed_amount_eur"].sum()
    assert 0.9 < paid / joined["annual_revenue_eur"].sum() < 1.0


def test_agreed_amounts_stand_near_the_production(figures: RegionDatasets) -> None:
    production = (
        of_2025(figures.of("revenue", *HOSPITALS)).group_by("provider_id", "payer_id").agg(pl.col("revenue_eur").sum())
    )
    agreed = figures.of("contracts", *HOSPITALS).filter(pl.col("valid_from") <= 2025, pl.col("valid_to") >= 2025)
    current = agreed.drop_nulls("agreed_amount_eur").with_columns(
        of_2025=pl.col("agreed_amount_eur") * (1 + pl.col("agreed_growth")) ** (2025 - pl.col("valid_from"))
    )
    ratio = current.join(production, on=["provider_id", "payer_id"]).select(pl.col("of_2025") / pl.col("revenue_eur"))

    assert ratio.to_series().is_between(0.95, 1.07).all()


def test_calibration_is_near_one(region: Region) -> None:
    cells, segments = region.cells, region.segments
    use = region.uses.per_unit(cells.provider, segments.specialism[cells.segment], segments.care_product[cells.segment])
    needed = np.zeros_like(region.capacity.used)
    np.add.at(needed, cells.provider, use * cells.units[:, None])
    ratio = region.capacity.used / np.where(needed > 0, needed, np.nan)
    hospital = [region.providers.ids.index(name) for name in HOSPITALS]

    assert np.nanmin(ratio) > 0.8
    assert np.nanmax(ratio) < 1.2
    assert (np.isfinite(ratio[hospital]).sum(axis=1) >= 4).all()


def test_some_hospitals_stand_below_a_volume_norm(figures: RegionDatasets) -> None:
    norms = figures.of("volume_norms")
    units = of_2025(figures.of("volume", *HOSPITALS)).join(norms, on=["specialism", "care_product"])
    counted = units.group_by("norm", "provider_id").agg(pl.col("units").sum(), pl.col("minimum_units").first())
    below = counted.filter(pl.col("units") < pl.col("minimum_units"))

    assert {"kidney_tumour", "lung_resection"} <= set(below["norm"])
    assert below["provider_id"].n_unique() >= 4
    assert counted.filter(pl.col("units") >= pl.col("minimum_units")).height > below.height


def test_waiting_lists_lie_around_the_norm(figures: RegionDatasets) -> None:
    last = figures.of("waiting_list").filter(period="2025Q4")

    assert last["wait_days"].is_between(10, 90).all()
    assert 20 < last["wait_days"].median() < 50
    assert last["patients_waiting"].min() > 0


# ---- The scenarios


@pytest.mark.parametrize("name", ["right-care-2027", "careful-start-2027"])
def test_scenarios_fit_the_region(workspace: Path, region: Region, name: str) -> None:
    text = (workspace / "scenarios" / f"{name}.yaml").read_text(encoding="utf-8")

    scenario = parse_scenario(text, source=f"{name}.yaml")

    assert check_against(scenario, region) == []
    assert scenario.base_year == 2025
    assert scenario.scenario == name


def test_codes_in_scenarios_are_quoted(workspace: Path) -> None:
    for path in (workspace / "scenarios").glob("*.yaml"):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for initiative in document["initiatives"]:
            for selection in initiative["care"]:
                for codes in selection.values():
                    assert all(isinstance(code, str) for code in ([codes] if isinstance(codes, str) else codes)), path
            assert all(isinstance(party, str) for party in initiative.get("transition_cost_eur", {})), path
            assert initiative["title"].keys() == {"nl", "en"}


def test_main_scenario_covers_the_kinds_and_says_what_its_evidence_is_worth(workspace: Path) -> None:
    document = yaml.safe_load((workspace / "scenarios" / "right-care-2027.yaml").read_text(encoding="utf-8"))
    kinds = {initiative["kind"] for initiative in document["initiatives"]}
    evidence = [item for initiative in document["initiatives"] for item in initiative["evidence"]]

    assert kinds == {"substitution", "concentration", "relocation"}
    assert 6 <= len(document["initiatives"]) <= 8
    assert document["horizon"] == 2032
    assert document["draws"] == 1000
    assert all(initiative["evidence"] for initiative in document["initiatives"])
    assert {item["confidence"] for item in evidence} == {"verified", "general", "assumption"}
    assert all("url" in item for item in evidence if item["confidence"] == "verified")


def test_initiatives_move_care_that_is_there(workspace: Path, figures: RegionDatasets) -> None:
    volume = of_2025(figures.of("volume"))
    for path in (workspace / "scenarios").glob("*.yaml"):
        for initiative in yaml.safe_load(path.read_text(encoding="utf-8"))["initiatives"]:
            for selection in initiative["care"]:
                parts = [
                    pl.col(column).is_in([codes] if isinstance(codes, str) else codes)
                    for column, codes in selection.items()
                ]
                assert volume.filter(*parts)["units"].sum() > 50, initiative["id"]


def test_losses_and_shortages_have_a_plausible_size(workspace: Path, region: Region) -> None:
    text = (workspace / "scenarios" / "right-care-2027.yaml").read_text(encoding="utf-8")
    scenario = parse_scenario(text.replace("draws: 1000", "draws: 0"), source="right-care-2027.yaml")
    evaluation = evaluate(region, scenario)
    size = dict(zip(region.providers.ids, region.providers.size, strict=True))
    impact = evaluation.table("party_impact").filter(pl.col("initiative").is_null(), year=2030)
    change = dict(impact.filter(measure="revenue_change_eur").select("party", "mean").iter_rows())
    gap = evaluation.table("capacity_gap").filter(resource="gp_hours")
    short = gap.filter(pl.col("gap_after") > 0).group_by("year").agg(pl.col("gap_fte_after").sum()).sort("year")

    for hospital in HOSPITALS[1:6]:
        assert -0.015 < change[hospital] / size[hospital] < -0.001, hospital
    assert 5 < dict(short.iter_rows())[2030] < 60
    assert all(later >= earlier for earlier, later in pairwise(short["gap_fte_after"]))


# ---- The deliveries, and their defects


def test_region_yaml_opens_and_names_every_folder(workspace: Path) -> None:
    opened = Workspace.open(workspace)
    folders = {path.name for path in (workspace / "inbox").iterdir()}

    assert {supplier.supplier for supplier in opened.region.suppliers} == folders
    assert opened.region.base_year == 2025
    assert opened.region.periods == list(volumes.PERIODS)


def test_files_come_in_mixed_formats(workspace: Path) -> None:
    inbox = workspace / "inbox"
    endings = {path.suffix for path in inbox.rglob("*") if path.is_file()}
    windows = (inbox / "havenlicht-ziekenhuis/2025Q1/volume.csv").read_bytes()
    marked = (inbox / "reigersmonde-ziekenhuis/2025Q1/volume.csv").read_bytes()

    assert endings == {".csv", ".xlsx", ".parquet"}
    assert "Aantal patiënten".encode("cp1252") in windows
    with pytest.raises(UnicodeDecodeError):
        windows.decode("utf-8")
    assert marked.startswith(b"\xef\xbb\xbf")
    assert b"\t" in (inbox / "schorrenland-ziekenhuis/2025Q1/volume.csv").read_bytes()
    assert b";" in windows
    assert b"," in (inbox / "havenlicht-ziekenhuis/2025Q1/revenue.csv").read_bytes().splitlines()[1]


def test_excel_lost_the_leading_zeros(workspace: Path, figures: RegionDatasets) -> None:
    path = workspace / "inbox/sternenhoofd-ziekenhuis/2025Q1/volume_2025Q1.xlsx"
    sheet = pl.read_excel(path, has_header=False, infer_schema_length=None)
    header = sheet.row(2) if sheet.row(1) == (None,) * sheet.width else sheet.row(1)
    products = sheet.to_series(header.index("Zorgproduct")).drop_nulls()
    short = [code for code in products if str(code).isdigit() and len(str(code)) == 8]

    assert "verzonnen" in sheet.row(0)[0]
    assert short
    assert {f"0{code}" for code in short} <= set(figures.of("care_products")["care_product"])


def test_late_supplier_misses_its_last_quarter(workspace: Path) -> None:
    supplier, period = posted.LATE
    inbox = workspace / "inbox"

    assert period == volumes.PERIODS[-1]
    assert not (inbox / supplier / period).exists()
    quarterly = [folder for folder in inbox.iterdir() if (folder / volumes.PERIODS[-2]).exists()]
    assert [folder.name for folder in quarterly if not (folder / period).exists()] == [supplier]


def test_one_file_was_sent_again_later_and_whole(workspace: Path) -> None:
    inbox = workspace / "inbox"
    (second,) = inbox.rglob("*_v2.*")
    first = second.with_name("volume.csv")
    before, after = (pl.read_csv(path, infer_schema=False) for path in (first, second))

    assert second.stat().st_mtime > first.stat().st_mtime
    assert posted.FORGOTTEN_SPECIALISM not in set(before["specialism"])
    assert posted.FORGOTTEN_SPECIALISM in set(after["specialism"])
    assert before.height < after.height


def delivered(inbox: Path) -> dict[Path, str]:
    return {
        path: path.read_bytes().decode("cp1252")
        for path in inbox.rglob("*.csv")
        if path.parent.parent.name != "regiobureau"
    }


@pytest.mark.parametrize(
    ("mark", "file", "most"),
    [
        ("Totaal;", "havenlicht-ziekenhuis/2025Q3/volume.csv", 1),
        (",<10,", "kliniek-lepelaar/2025Q3/volume.csv", 60),
        ("06999998,", "klutenveer-ziekenhuis/2025Q1/revenue.csv", 5),
    ],
)
def test_refused_rows_stand_in_one_file_and_are_few(workspace: Path, mark: str, file: str, most: int) -> None:
    inbox = workspace / "inbox"
    lines = {path: sum(mark in line for line in text.splitlines()) for path, text in delivered(inbox).items()}
    found = {path: count for path, count in lines.items() if count}

    assert list(found) == [inbox / file]
    assert 1 <= found[inbox / file] <= most


def test_one_row_is_there_twice(workspace: Path) -> None:
    inbox = workspace / "inbox"
    twice = {
        path: len(lines) - len(set(lines))
        for path, text in delivered(inbox).items()
        if len(lines := text.splitlines()) != len(set(lines))
    }

    assert twice == {inbox / "oogziekenhuis-de-stern/2025Q1/volume_2025Q1.csv": 1}


def test_one_amount_has_a_digit_too_many(figures: RegionDatasets) -> None:
    place = posted.DIGIT_TOO_MANY
    (parcel,) = [p for p in posted.parcels(figures) if (p.supplier, p.period, p.dataset) == place]
    key = ["provider_id", "period", "payer_id", "care_product"]
    both = parcel.table.join(figures.of("revenue"), on=key, suffix="_meant", nulls_equal=True)
    wrong = both.filter(pl.col("revenue_eur") != pl.col("revenue_eur_meant"))

    assert parcel.table.height == both.height
    assert wrong.height == 1
    assert float(wrong["revenue_eur"].item()) == pytest.approx(10 * float(wrong["revenue_eur_meant"].item()))


def test_parcels_hold_what_the_parties_know(figures: RegionDatasets) -> None:
    """Apart from the defects, every figure of the region is delivered by somebody, once."""
    parcels = list(posted.parcels(figures))
    late = figures.of("volume").filter(provider_id=providers.SCHORRENLAND, period="2025Q4")
    whole = [parcel.table for parcel in parcels if parcel.dataset == "volume"]
    first_of_two = next(
        p.table for p in parcels if p.name == "volume" and (p.supplier, p.period) == posted.SENT_AGAIN[:2]
    )

    assert sum(table.height for table in whole) == figures.of("volume").height - late.height + first_of_two.height + 2
    assert {parcel.dataset for parcel in parcels} == set(figures.tables)
    assert set(figures.tables) <= set(load_contracts())
