"""NZa Open DIS: reference prices and names from 01, 05 and 06, use of resources from 02, on made files."""

from pathlib import Path

import polars as pl
import pytest

from data_contracts.contract import load_contract
from pipelines.judging import Register, validate
from pipelines.reading import sources
from pipelines.reading.formats import Unreadable
from pipelines.reading.sources import Translated

DATE = "1.0,2026-08-17,2026-08-01"
CARE_COLUMNS = (
    "VERSIE,DATUM_BESTAND,PEILDATUM,JAAR,BEHANDELEND_SPECIALISME_CD,TYPERENDE_DIAGNOSE_CD,ZORGPRODUCT_CD,"
    "AANTAL_PAT_PER_ZPD,AANTAL_SUBTRAJECT_PER_ZPD,AANTAL_PAT_PER_DIAG,AANTAL_SUBTRAJECT_PER_DIAG,"
    "AANTAL_PAT_PER_SPC,AANTAL_SUBTRAJECT_PER_SPC,GEMIDDELDE_VERKOOPPRIJS"
)
CARE = f"""{CARE_COLUMNS}
{DATE},2024,0305,101,029199032,90,100,400,500,9000,10000,1000
{DATE},2024,0303,110,029199032,250,300,400,500,9000,10000,1200.5
{DATE},2024,0305,102,029199032,9,10,400,500,9000,10000,1000
{DATE},2024,0305,102,028999017,9,50,400,500,9000,10000,
{DATE},2025,0305,101,029199032,90,20,400,500,9000,10000,1500
{DATE},2026,0305,101,029199032,1,1,400,500,9000,10000,9000
"""
PRODUCTS_COLUMNS = (
    "VERSIE,DATUM_BESTAND,PEILDATUM,ZORGPRODUCT_CD,LATIJN_OMS,CONSUMENT_OMS,DECLARATIE_VERZEKERD_CD,"
    "DECLARATIE_ONVERZEKERD_CD"
)
PRODUCTS = f"""{PRODUCTS_COLUMNS}
{DATE},029199032,"Heup | klin, kort","Operatie, vervangen van een heup",15A123,
{DATE},028999017,Overig | licht,,15A124,
{DATE},999999999,Niet geleverd,Niet geleverd,15A125,
"""
SPECIALISMS_COLUMNS = "VERSIE,DATUM_BESTAND,PEILDATUM,SPECIALISME_CD,OMSCHRIJVING"
SPECIALISMS = f"""{SPECIALISMS_COLUMNS}
{DATE},0303,Chirurgie (Heelkunde)
{DATE},0305,orthopedie
"""
PROFILE_COLUMNS = (
    "VERSIE,DATUM_BESTAND,PEILDATUM,JAAR,BEHANDELEND_SPECIALISME_CD,TYPERENDE_DIAGNOSE_CD,ZORGPRODUCT_CD,"
    "ZORGACTIVITEIT_CD,ZORGPROFIELKLASSE_CD,AANTAL_PAT,AANTAL_SUBTRAJECT,AANTAL_ZAT,SOM_AANTAL_ZAT"
)
PROFILE = f"""{PROFILE_COLUMNS}
{DATE},2024,0305,101,029199032,190060,1,90,100,300,300
{DATE},2024,0303,110,029199032,190060,1,250,300,500,520
{DATE},2024,0305,101,029199032,190218,3,90,100,400,410
{DATE},2024,0305,101,029199032,038567,05,90,100,100,100
{DATE},2024,0303,110,029199032,038567,5,90,100,300,310
{DATE},2024,0305,101,029199032,070419,8,90,100,900,990
{DATE},2024,0305,102,028999017,190060,1,9,9,100,100
{DATE},2025,0305,101,029199032,190060,1,9,9,77777,77777
"""


def files_in(folder: Path, **files: str) -> None:
    """Writes files under the publisher's names; each argument is a name without its ending."""
    for name, text in files.items():
        (folder / f"{name.removeprefix('f')}.csv").write_text(text, encoding="utf-8-sig", newline="\r\n")


def translated(folder: Path, main: str, *, own: str = "") -> Translated:
    if own:
        (folder / "sources").mkdir()
        (folder / "sources" / "own.yaml").write_text(own)
    path = folder / main
    mapping = sources.match(path, mappings=sources.load_mappings(folder))
    assert mapping is not None
    beside = sources.find_companions(path, mapping)
    companions = {name: sources.read_source(file, mapping, table=name) for name, file in beside.items()}
    (made,) = sources.translate(sources.read_source(path, mapping), mapping, period="2025", companions=companions)
    return made


def accepted(made: Translated) -> pl.DataFrame:
    judged = validate(made.raw, load_contract(made.dataset), register=Register())
    assert judged.rejected == 0
    return judged.accepted


def notes_of(made: Translated) -> list[str]:
    return [note.text.en for note in made.notes]


class TestPrices:
    def test_the_latest_complete_year_weighted_by_volume(self, tmp_path: Path) -> None:
        files_in(
            tmp_path,
            f01_DBC=CARE,
            f05_REF_ZPD=PRODUCTS,
            f06_REF_SPC=SPECIALISMS,
            f04_REF_DGN="DIAGNOSE_CD,SPECIALISME_CD,DIAGNOSE_OMSCHRIJVING\n101,0305,x\n",
        )
        made = translated(tmp_path, "01_DBC.csv")
        products = accepted(made).sort("care_product")
        price = (100 * 1000 + 300 * 1200.5 + 10 * 1000) / 410
        assert products["care_product"].to_list() == ["028999017", "029199032"]
        assert products["reference_price_eur"].cast(pl.Float64).to_list() == [None, pytest.approx(price, abs=0.005)]
        assert products["name"].to_list() == ["Overig | licht", "Operatie, vervangen van een heup"]
        assert products["specialism"].to_list() == ["0305", "0303"]
        assert products["group"].to_list() == ["orthopedie", "Chirurgie (Heelkunde)"]
        assert "Figures are those of 2024 (the file of 2026-08-01 has 2024 to 2026)." in notes_of(made)
        assert "1 rows have no reference_price_eur: the file has no price for them." in notes_of(made)
        assert made.rows_in == 6 == products.height + made.put_together + made.rows_left_out

    def test_without_names_there_are_prices_all_the_same(self, tmp_path: Path) -> None:
        files_in(tmp_path, f01_DBC=CARE)
        products = accepted(translated(tmp_path, "01_DBC.csv"))
        assert products["reference_price_eur"].count() == 1
        assert products["name"].null_count() == 2

    def test_a_year_may_be_asked_for(self, tmp_path: Path) -> None:
        files_in(tmp_path, f01_DBC=CARE)
        made = translated(tmp_path, "01_DBC.csv", own="extends: nl_nza_opendis_prijzen\nparameters: {year: 2025}\n")
        assert accepted(made)["reference_price_eur"].cast(pl.Float64).to_list() == [1500.0]
        assert any("that year is provisional" in note for note in notes_of(made))

    def test_a_year_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        files_in(tmp_path, f01_DBC=CARE)
        with pytest.raises(Unreadable, match=r"no rows of 2019 in JAAR.*2024, 2025, 2026"):
            translated(tmp_path, "01_DBC.csv", own="extends: nl_nza_opendis_prijzen\nparameters: {year: 2019}\n")


class TestResources:
    def test_activities_per_care_product_times_the_norm(self, tmp_path: Path) -> None:
        files_in(tmp_path, f02_DBC_PROFIEL=PROFILE, f01_DBC=CARE)
        made = translated(tmp_path, "02_DBC_PROFIEL.csv")
        use = {(row["care_product"], row["resource"]): row["amount_per_unit"] for row in accepted(made).to_dicts()}
        assert use == pytest.approx(
            {
                ("029199032", "clinic_hours"): 820 * 0.25 / 410,
                ("029199032", "specialist_hours"): (820 * 0.25 + 410 * 1.25) / 410,
                ("029199032", "bed_days"): 410 / 410,
                ("029199032", "operating_room_hours"): 410 * 1.25 / 410,
                ("028999017", "clinic_hours"): 100 * 0.25 / 50,
                ("028999017", "specialist_hours"): 100 * 0.25 / 50,
            }
        )
        assert made.rows_in == 8
        reasons = {one.reason.en.split(" (")[0]: one.count for one in made.left_out}
        assert reasons == {"another year": 1, "a class of activities without a resource": 1}

    def test_a_region_may_set_its_own_norms(self, tmp_path: Path) -> None:
        files_in(tmp_path, f02_DBC_PROFIEL=PROFILE, f01_DBC=CARE)
        own = "extends: nl_nza_opendis_profiel\nparameters: {bed_days_per_nursing_day: 2}\n"
        use = accepted(translated(tmp_path, "02_DBC_PROFIEL.csv", own=own))
        assert use.filter(resource="bed_days")["amount_per_unit"].to_list() == [2.0]

    def test_lines_that_are_no_rows_are_refused_with_their_number(self, tmp_path: Path) -> None:
        broken = (
            PROFILE
            + f"{DATE},2024,0305,101\n{DATE},2024,0305,101,029199032,190060,1,9,9,1,veel\n"
            + (
                f'{DATE},2024,0305,101,029199032,190060,1,9,9,1,2,3\n\n{DATE},2024,"0305,101,029199032,190060,1,9,9,1,0\n'
            )
        )
        files_in(tmp_path, f02_DBC_PROFIEL=broken, f01_DBC=CARE)
        made = translated(tmp_path, "02_DBC_PROFIEL.csv")
        assert made.raw.refused["row_number"].to_list() == [10, 11, 12]
        assert made.raw.refused["value"].to_list()[1].endswith("veel")
        assert made.rows_in == 12
        assert accepted_rows(made).filter(resource="bed_days")["amount_per_unit"].to_list() == [1.0]

    def test_it_needs_the_numbers_of_care_products(self, tmp_path: Path) -> None:
        files_in(tmp_path, f02_DBC_PROFIEL=PROFILE)
        with pytest.raises(Unreadable, match=r"put .*01_DBC.* beside this file"):
            translated(tmp_path, "02_DBC_PROFIEL.csv")


def accepted_rows(made: Translated) -> pl.DataFrame:
    return validate(made.raw, load_contract(made.dataset), register=Register()).accepted
