"""Publishers' real files, from the inbox to the result tables, against figures computed here from the same files."""

import json
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest
from real_data import PROJECT, real_folder

from data_contracts.contract import load_contract
from pipelines.judging import Register, Validated, validate
from pipelines.reading import sources
from pipelines.reading.formats import ROW_NUMBER
from pipelines.reading.sources import Translated
from pipelines.workspace.workspace import Workspace

pytestmark = pytest.mark.real

EXAMPLES = PROJECT / "docs" / "examples"
DISCHARGES = "Total Discharges (V + XVIII + XIX + Unknown)"
DAYS = "Total Days (V + XVIII + XIX + Unknown)"
EARTH_RADIUS_KM = 6371.0088


def refreshed(example: str, files: list[Path], *, folder: Path, place: str) -> Workspace:
    """Returns the workspace of an example after a refresh with real files in its inbox."""
    from pipelines.orchestration.refresh import refresh  # noqa: PLC0415 - Dagster takes a second: only where it is used

    shutil.copytree(EXAMPLES / example, folder)
    inbox = folder / "inbox" / place
    inbox.mkdir(parents=True)
    for file in files:
        shutil.copy(file, inbox)
    workspace = Workspace.open(folder)
    refresh(workspace)
    return workspace


def query(workspace: Workspace, sql: str) -> pl.DataFrame:
    with duckdb.connect(
        str((workspace.published.current / "care_transfer.duckdb").resolve()), read_only=True
    ) as connection:
        return connection.sql(sql).pl()


def held_against_contracts(made: list[Translated], period: str) -> dict[str, Validated]:
    providers = next(one.frame["provider_id"] for one in made if one.dataset == "providers")
    register = Register({"providers.provider_id": frozenset(providers.to_list())})
    return {
        one.dataset: validate(one.raw, load_contract(one.dataset), register=register, period=period) for one in made
    }


class TestHospitalsOfTheUnitedStates:
    @pytest.fixture(scope="class")
    def file(self) -> Path:
        return real_folder("us_cms_hospital_cost_report") / "Hospital_Provider_Cost_Report_2023.csv"

    @pytest.fixture(scope="class")
    def reports(self, file: Path) -> pl.DataFrame:
        """The file as text, with the days of each report."""
        begin, end = (pl.col(f"Fiscal Year {name} Date").str.to_date() for name in ("Begin", "End"))
        frame = pl.read_csv(file, infer_schema=False, null_values=[""])
        return frame.with_columns(days=(end - begin).dt.total_days() + 1)

    @pytest.fixture(scope="class")
    def translated(self, file: Path) -> dict[str, Translated]:
        mapping = sources.match(file, mappings=sources.load_mappings())
        assert mapping is not None
        return {
            one.dataset: one for one in sources.translate(sources.read_source(file, mapping), mapping, period="2023")
        }

    @pytest.fixture(scope="class")
    def validated(self, translated: dict[str, Translated]) -> dict[str, Validated]:
        return held_against_contracts(list(translated.values()), "2023")

    @pytest.fixture(scope="class")
    def workspace(self, file: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
        return refreshed("us_hospitals", [file], folder=tmp_path_factory.mktemp("us") / "region", place="cms/2023")

    @staticmethod
    def per_year(reports: pl.DataFrame, name: str) -> pl.DataFrame:
        """Returns what a hospital had of something in 365 days, over the days of the reports that have it."""
        have = reports.filter(pl.col(name).is_not_null())
        total = pl.col(name).cast(pl.Float64).sum() / pl.col("days").sum() * 365
        return have.group_by(provider_id="Provider CCN").agg(expected=total)

    def test_every_row_is_accounted_for(self, translated: dict[str, Translated], reports: pl.DataFrame) -> None:
        for one in translated.values():
            if one.rows_in:
                hospitals = one.frame[ROW_NUMBER].n_unique()
                assert hospitals + one.put_together + one.rows_left_out == one.rows_in == reports.height

    def test_accepted_and_refused_are_all(self, validated: dict[str, Validated]) -> None:
        for one in validated.values():
            assert one.accepted.height + one.rejected == one.rows
            assert one.refusal is None
        assert {name: one.rejected for name, one in validated.items() if one.rejected} == {}

    def test_codes_keep_their_zeros(self, validated: dict[str, Validated], reports: pl.DataFrame) -> None:
        codes = validated["providers"].accepted["provider_id"]
        assert set(codes) == set(reports["Provider CCN"])
        assert codes.str.len_chars().unique().to_list() == [6]
        assert codes.str.starts_with("0").sum() > 300

    def test_hospitals_with_two_reports_are_one_and_told(
        self, translated: dict[str, Translated], reports: pl.DataFrame
    ) -> None:
        repeated = reports.filter(pl.col("Provider CCN").is_duplicated())["Provider CCN"].n_unique()
        providers = translated["providers"]
        (note,) = [note for note in providers.notes if note.rule == "reports_put_together"]
        assert note.count == providers.put_together == repeated == 20

    def test_periods_that_are_no_year_are_told(self, translated: dict[str, Translated], reports: pl.DataFrame) -> None:
        odd = reports.filter(~pl.col("Provider CCN").is_duplicated(), ~pl.col("days").is_in([365, 366]))
        (note,) = [note for note in translated["volume"].notes if note.rule == "annualised"]
        assert note.count == odd.height
        shortest = odd.sort("days", "Hospital Name").row(0, named=True)
        assert f"{shortest['Hospital Name']} ({shortest['days']} days)" in note.text.en

    def test_postcodes_have_five_digits_whatever_their_shape(
        self, validated: dict[str, Validated], reports: pl.DataFrame
    ) -> None:
        shapes = reports["Zip Code"].str.replace_all(r"\d", "9").unique().to_list()
        assert {"99999", "99999-", "99999-9999"} <= set(shapes)
        assert validated["providers"].accepted["postcode"].str.contains(r"^\d{5}$").all()

    def test_a_negative_revenue_is_no_size_and_a_negative_result_stays(self, validated: dict[str, Validated]) -> None:
        providers = validated["providers"].accepted
        (note,) = [one for one in validated["providers"].notes if one.rule == "below_minimum"]
        assert note.count == 2
        assert providers.filter(provider_id="100249")["annual_revenue_eur"].to_list() == [None]
        assert (providers["annual_margin_eur"] < 0).sum() > 500
        assert (validated["revenue"].accepted["revenue_eur"] < 0).sum() > 0

    def test_discharges_add_up_to_the_hospitals_own(
        self, validated: dict[str, Validated], reports: pl.DataFrame
    ) -> None:
        made = validated["volume"].accepted.group_by("provider_id").agg(pl.col("units").sum())
        both = made.join(self.per_year(reports, DISCHARGES), on="provider_id", how="full")
        assert both.null_count().sum_horizontal().item() == 0
        assert both.height > 2000
        assert (both["units"] - both["expected"]).abs().max() < 1e-4

    @pytest.mark.parametrize(("column", "name"), [("available", "Total Bed Days Available"), ("used", DAYS)])
    def test_bed_days_are_the_hospitals_own(
        self, validated: dict[str, Validated], reports: pl.DataFrame, column: str, name: str
    ) -> None:
        beds = validated["capacity"].accepted.filter(pl.col("resource") == "bed_days", pl.col(column).is_not_null())
        both = beds.join(self.per_year(reports, name), on="provider_id")
        assert both.height == beds.height > 2000
        assert (both[column] / both["expected"] - 1).abs().max() < 1e-9

    def test_staff_is_the_inpatient_part_of_the_payroll(
        self, validated: dict[str, Validated], reports: pl.DataFrame
    ) -> None:
        once = reports.filter(~pl.col("Provider CCN").is_duplicated())
        number = {name: pl.col(name).cast(pl.Float64) for name in ("Inpatient Revenue", "Total Patient Revenue")}
        share = number["Inpatient Revenue"] / number["Total Patient Revenue"]
        expected = once.select(
            provider_id="Provider CCN", hours=pl.col("FTE - Employees on Payroll").cast(pl.Float64) * 2080 * share
        ).drop_nulls()
        staff = validated["capacity"].accepted.filter(resource="staff_hours").join(expected, on="provider_id")
        assert staff.height == expected.height > 2000
        assert (staff["available"] / staff["hours"] - 1).abs().max() < 1e-9

    def test_the_inbox_holds_one_state(self, workspace: Workspace, reports: pl.DataFrame) -> None:
        own = reports.filter(pl.col("State Code") == "CT")
        providers = query(workspace, "SELECT provider_id FROM provider")["provider_id"]
        assert set(providers) == set(own["Provider CCN"])
        log = query(workspace, "SELECT * FROM delivery")
        assert (log["accepted"] + log["rejected"] == log["rows"]).all()
        assert log["rejected"].sum() == 0
        units = query(workspace, "SELECT sum(units) AS units FROM volume")["units"].item()
        assert units == pytest.approx(self.per_year(own, DISCHARGES)["expected"].sum(), rel=1e-9)

    def test_concentration_moves_what_it_should(self, workspace: Workspace, reports: pl.DataFrame) -> None:
        donors = ["070027", "070029"]
        base = self.per_year(reports.filter(pl.col("Provider CCN").is_in(donors)), DISCHARGES)["expected"].sum()
        flows = query(workspace, "SELECT * FROM transfer_flow WHERE year = 2030")
        assert set(flows["from_id"]) == set(donors)
        assert flows["to_id"].unique().to_list() == ["070025"]
        assert flows["units_moved"].sum() == pytest.approx(0.30 * base, rel=0.01)
        assert (flows["units_received"] - flows["units_moved"]).abs().max() < 1e-6

    def test_beds_follow_the_patients(self, workspace: Workspace, reports: pl.DataFrame) -> None:
        beds = query(workspace, "SELECT * FROM capacity_gap WHERE resource = 'bed_days' AND year = 2030")
        flows = query(workspace, "SELECT from_id, units_moved FROM transfer_flow WHERE year = 2030")
        own = self.per_year(reports, DAYS).join(self.per_year(reports, DISCHARGES), on="provider_id", suffix="_units")
        stay = own.with_columns(days=pl.col("expected") / pl.col("expected_units"))
        freed = flows.join(stay, left_on="from_id", right_on="provider_id").join(
            beds, left_on="from_id", right_on="provider"
        )
        assert freed.height == 2
        assert (freed["load_change"] + freed["units_moved"] * freed["days"]).abs().max() < 1e-3
        hartford = beds.filter(provider="070025").row(0, named=True)
        length = stay.filter(provider_id="070025")["days"].item()
        assert hartford["load_change"] == pytest.approx(flows["units_moved"].sum() * length, rel=1e-6)


class TestBirthsInTheNetherlands:
    @pytest.fixture(scope="class")
    def folder(self) -> Path:
        return real_folder("nl_ziekenhuizen_verloskunde")

    @pytest.fixture(scope="class")
    def locations(self, folder: Path) -> pl.DataFrame:
        """One row a location, with its births (empty where the file has none)."""
        features = json.loads((folder / "ziekenhuizen.json").read_text(encoding="utf-8"))["features"]
        rows = [
            (f"LOC{one['properties']['id']:02}", one["properties"].get("bevallingen"), *one["geometry"]["coordinates"])
            for one in features
        ]
        schema = {"provider_id": pl.String, "births": pl.Float64, "longitude": pl.Float64, "latitude": pl.Float64}
        return pl.DataFrame(rows, schema=schema, orient="row")

    @pytest.fixture(scope="class")
    def workspace(self, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
        files = [folder / "ziekenhuizen.json", folder / "demografie.json"]
        return refreshed(
            "births_netherlands", files, folder=tmp_path_factory.mktemp("nl") / "region", place="rivm/2018"
        )

    def test_two_files_are_one_delivery_without_refusals(self, workspace: Workspace) -> None:
        log = query(workspace, "SELECT dataset, file, rows, accepted FROM delivery ORDER BY dataset")
        assert log["file"].unique().to_list() == ["ziekenhuizen.json"]
        assert log.select("dataset", "rows", "accepted").rows() == [
            ("areas", 4049, 4049),
            ("care_products", 1, 1),
            ("providers", 89, 89),
            ("volume", 4049, 4049),
        ]

    def test_every_location_keeps_its_births(self, workspace: Workspace, locations: pl.DataFrame) -> None:
        made = query(workspace, "SELECT provider_id, sum(units) AS units FROM volume GROUP BY ALL")
        both = locations.join(made, on="provider_id", how="left")
        assert both.filter(pl.col("births").is_null())["units"].is_null().all(), "missing is not nought"
        assert both["births"].null_count() == 14
        with_births = both.drop_nulls("births")
        assert (with_births["units"] - with_births["births"]).abs().max() < 1e-6
        assert with_births["units"].sum() == pytest.approx(171_152, abs=1e-6)

    def test_all_births_of_the_location_move(self, workspace: Workspace, locations: pl.DataFrame) -> None:
        births = locations.filter(provider_id="LOC14")["births"].item()
        flows = query(
            workspace, "SELECT year, sum(units_moved) AS moved FROM transfer_flow GROUP BY year ORDER BY year"
        )
        assert dict(flows.filter(pl.col("moved") > 0).iter_rows()) == pytest.approx(
            dict.fromkeys(range(2020, 2026), births)
        )

    def test_they_go_to_the_nearest_location_with_births(self, workspace: Workspace, locations: pl.DataFrame) -> None:
        others = locations.filter(pl.col("births").is_not_null(), pl.col("provider_id") != "LOC14")
        women = self.women(workspace)
        nearest = women.join(others, how="cross").with_columns(self.distance("_right"))
        nearest = nearest.sort("km").group_by("area", maintain_order=True).first()
        expected = nearest.group_by(pl.col("provider_id").alias("to_id")).agg(pl.col("units").sum())
        flows = query(workspace, "SELECT to_id, units_moved FROM transfer_flow WHERE year = 2025 AND units_moved > 0")
        both = flows.join(expected, on="to_id", how="full")
        assert both.null_count().sum_horizontal().item() == 0
        assert (both["units_moved"] - both["units"]).abs().max() < 1e-6

    def test_travel_is_what_the_map_says(self, workspace: Workspace, locations: pl.DataFrame) -> None:
        detail = query(workspace, "SELECT area, to_id, units_moved FROM transfer_flow_detail WHERE year = 2025")
        places = locations.select("provider_id", "longitude", "latitude")
        moved = detail.join(self.women(workspace).drop("units"), on="area")
        there = moved.join(places, left_on="to_id", right_on="provider_id").with_columns(self.distance("_right"))
        donor = places.filter(provider_id="LOC14").drop("provider_id")
        before = moved.join(donor, how="cross").with_columns(self.distance("_right"))
        extra = there["units_moved"] * (there["km"] - before["km"]) * 2 * 1.3
        told = query(
            workspace,
            """
            SELECT mean FROM party_impact
            WHERE measure = 'patient_km_change' AND year = 2025 AND initiative IS NULL
        """,
        )["mean"].item()
        assert told == pytest.approx(extra.sum(), rel=1e-6)
        per_birth = told / detail["units_moved"].sum()
        assert 5 < per_birth < 60, "kilometres there and back, in the flat north"

    @staticmethod
    def women(workspace: Workspace) -> pl.DataFrame:
        return query(
            workspace,
            """
            SELECT area.area, area.longitude, area.latitude, volume.units
            FROM volume JOIN area ON volume.area = area.area WHERE provider_id = 'LOC14'
        """,
        )

    @staticmethod
    def distance(suffix: str) -> pl.Expr:
        """Returns the great-circle distance between two places of a row, in kilometres."""
        one, two = (pl.col(name).radians() for name in ("latitude", f"latitude{suffix}"))
        apart = (pl.col(f"longitude{suffix}") - pl.col("longitude")).radians()
        half = ((two - one) / 2).sin() ** 2 + one.cos() * two.cos() * (apart / 2).sin() ** 2
        return (2 * EARTH_RADIUS_KM * half.sqrt().arcsin()).alias("km")
