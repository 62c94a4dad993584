"""Sources from England, and Dutch waiting times of 2016: the publishers' real files, and made ones like them."""

from pathlib import Path

import polars as pl
import pytest
from real_data import real_folder

from data_contracts.contract import load_contract
from pipelines.judging import Register, Validated, validate
from pipelines.reading import sources
from pipelines.reading.formats import Unreadable
from pipelines.reading.sources import Translated

BEDS = """Title: ,KH03 Returns,,,
Source,https://example.org/beds,,,
,,,,
date,org_code,org_name,beds_av,occ_av
01/09/2013,R1A,North,129,117
01/12/2013,R1A,North,100,NA
01/09/2013,R1B,South,NA,NA
01/03/2014,R1A,North,90,80
01/09/2013,,England,"1,129",117
"""

COSTS = (
    'Currency_Code,Currency_Description," Number of FCEs\n ",National_Average_Unit_Cost,Total Costs,'
    "No. Data Submissions,\n"
    'AA22C,"Cerebrovascular Accident, with CC Score 14+",93,5053.00,469909.00,25,"£411,860.78"\n'
    'AA22D,Other,"1,022",£3800.00,357223.00,37,"£268,332.20"\n'
    'Total,,"1,115",,827132.00,,\n'
)


def translated(path: Path, *, source: str, period: str) -> dict[str, Translated]:
    mapping = sources.match(path, mappings=sources.load_mappings())
    assert mapping is not None
    assert mapping.source == source
    return {one.dataset: one for one in sources.translate(sources.read_source(path, mapping), mapping, period=period)}


def judged(made: dict[str, Translated], dataset: str, *, period: str) -> Validated:
    known = frozenset(made["providers"].frame["provider_id"].to_list()) if "providers" in made else frozenset()
    register = Register({"providers.provider_id": known})
    return validate(made[dataset].raw, load_contract(dataset), register=register, period=period)


class TestBeds:
    def test_bed_days_are_beds_times_the_days_of_the_quarter(self, tmp_path: Path) -> None:
        path = tmp_path / "beds_data.csv"
        path.write_text(BEDS)
        made = translated(path, source="uk_nhs_kh03_beds", period="2013")
        found = judged(made, "capacity", period="2013").accepted
        assert found.select("provider_id", "period", "resource", "available", "used").rows() == [
            ("R1A", "2013Q3", "bed_days", 129.0 * 92, 117.0 * 92),
            ("R1A", "2013Q4", "bed_days", 100.0 * 92, None),
        ]
        assert [(one.reason.en.split(":")[0], one.rows) for one in made["capacity"].left_out] == [
            ("a total of several providers", (9,)),
            ("of another period than 2013", (8,)),
            ("available is empty", (7,)),
        ]

    def test_a_month_first_reader_would_be_wrong_and_another_writing_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "beds_data.csv"
        path.write_text(BEDS.replace("01/09/2013", "2013-09-01").replace("01/12/2013", "-").replace("01/03/2014", "-"))
        with pytest.raises(Unreadable, match=r"no date in .*dates written as %d/%m/%Y"):
            translated(path, source="uk_nhs_kh03_beds", period="2013")

    @pytest.mark.real
    @pytest.mark.parametrize(("period", "days"), [("2014Q1", 90), ("2014Q2", 91), ("2014Q3", 92), ("2016Q1", 91)])
    def test_the_real_file(self, period: str, days: int) -> None:
        path = real_folder("uk_nhs") / "beds_data.csv"
        made = translated(path, source="uk_nhs_kh03_beds", period=period)
        found = judged(made, "capacity", period=period)
        assert found.rejected == 0
        month = f"01/{int(period[-1]) * 3:02}/{period[:4]}"
        beds = pl.read_csv(path, skip_rows=3, null_values="NA").filter(pl.col("date") == month).drop_nulls("beds_av")
        both = found.accepted.join(beds, left_on="provider_id", right_on="org_code", how="full")
        assert both.height == beds.height > 50
        assert (both["available"] - both["beds_av"] * days).abs().max() < 1e-6
        assert (both["used"] - both["occ_av"] * days).abs().max() < 1e-6


class TestCosts:
    def test_a_column_without_a_heading_costs_no_row(self, tmp_path: Path) -> None:
        path = tmp_path / "National_schedule_of_NHS_costs_2021.csv"
        path.write_bytes(COSTS.encode("cp1252"))
        made = translated(path, source="uk_nhs_cost_schedule", period="2021")
        found = judged(made, "care_products", period="2021")
        assert found.accepted.select("care_product", "group").rows() == [("AA22C", "AA"), ("AA22D", "AA")]
        assert [float(price) for price in found.accepted["reference_price_eur"]] == [5756.88, 4329.34]
        assert (found.rejected, made["care_products"].left_out[0].count) == (0, 1)

    @pytest.mark.real
    def test_the_real_file(self) -> None:
        path = real_folder("uk_nhs") / "National_schedule_of_NHS_costs_2019.csv"
        made = translated(path, source="uk_nhs_cost_schedule", period="2019")
        found = judged(made, "care_products", period="2019")
        assert (found.accepted.height, found.rejected) == (2522, 0)
        stated = pl.read_csv(path, encoding="cp1252", infer_schema=False, truncate_ragged_lines=True)
        both = found.accepted.join(stated, left_on="care_product", right_on="Currency_Code")
        cost = pl.col("National_Average_Unit_Cost").str.replace_all(",", "").cast(pl.Float64)
        apart = both.select((pl.col("reference_price_eur").cast(pl.Float64) - cost * 1.1393).abs().max()).item()
        assert both.height == 2522
        assert apart <= 0.005 + 1e-9


class TestWaitingTimes:
    @pytest.fixture(scope="class")
    def path(self) -> Path:
        folder = real_folder("nl_nza_wachttijden_ggz")
        return folder / "brondata_wachttijden_ggz_2016_ruw_alleen_instellingen.csv"

    @pytest.mark.real
    def test_the_real_file_row_by_row(self, path: Path) -> None:
        made = translated(path, source="nl_nza_wachttijden_ggz_2016", period="2016")
        found = judged(made, "waiting_list", period="2016")
        raw = pl.read_csv(path, separator=";", encoding="latin1", infer_schema=False)
        weeks = [
            pl.col(name).str.replace(",", ".").cast(pl.Float64, strict=False)
            for name in ("Aanmeldtijd", "Behandeltijd")
        ]
        code, kind = pl.col("AGBCODE_INDIENER").str.zfill(8), pl.col("Type.GGZ")
        expected = (
            raw.filter(pl.col("AGBCODE_INDIENER") != "NA")
            .select(
                provider_id=code,
                specialism=pl.when(kind == "").then(pl.lit("GGZ")).otherwise(kind),
                days=sum(weeks) * 7,
            )
            .drop_nulls()
            .group_by("provider_id", "specialism")
            .agg(pl.col("days").mean())
        )
        both = found.accepted.join(expected, on=["provider_id", "specialism"], how="full")
        assert both.null_count().select("provider_id", "days").row(0) == (0, 0)
        assert both.height == found.accepted.height > 100
        assert (both["wait_days"] - both["days"]).abs().max() <= 0.05 + 1e-9
        waiting = made["waiting_list"]
        made_of = waiting.frame["row_number"].n_unique() + waiting.put_together + waiting.rows_left_out
        assert made_of == waiting.rows_in == 1780

    @pytest.mark.real
    def test_codes_have_their_zero_again_and_every_provider_a_name(self, path: Path) -> None:
        made = translated(path, source="nl_nza_wachttijden_ggz_2016", period="2016")
        providers = judged(made, "providers", period="2016")
        assert providers.rejected == 0
        assert providers.accepted["provider_id"].str.len_chars().unique().to_list() == [8]


@pytest.mark.real
def test_hospital_profiles_of_california() -> None:
    path = real_folder("us_ca_hcai") / "HospitalProfiles.csv"
    made = translated(path, source="us_ca_hcai_hospital_profiles", period="2019")
    raw = pl.read_csv(path, infer_schema=False).filter(pl.col("license_type_desc") == "Hospital")
    found = judged(made, "providers", period="2019")
    assert (found.accepted.height, found.rejected, made["providers"].rows_left_out) == (524, 0, 8207 - 524)
    own = raw.filter(pl.col("financial_facility_count") == "1").select(
        "oshpd_id",
        dollars=sum(pl.col(f"net_pat_rev_total_{part}").cast(pl.Float64).fill_null(0) for part in ("ip", "op")),
    )
    both = found.accepted.drop_nulls("annual_revenue_eur").join(own, left_on="provider_id", right_on="oshpd_id")
    assert both.height == found.accepted["annual_revenue_eur"].count() > 300
    assert (
        both.select((pl.col("annual_revenue_eur").cast(pl.Float64) / pl.col("dollars") - 0.8933).abs().max()).item()
        < 1e-6
    )
    beds = judged(made, "capacity", period="2019").accepted.join(raw, left_on="provider_id", right_on="oshpd_id")
    assert (beds["available"] - beds["licensed_beds"].cast(pl.Float64) * 365).abs().max() == 0
