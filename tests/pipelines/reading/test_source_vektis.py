"""Vektis' spending by area: every year's headings, nothing lost to the cent, from real and made files to a release."""

import gzip
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest
from delivering import deliver, put
from real_data import real_folder

from data_contracts.contract import load_contract
from pipelines.intake.deliveries import check_file
from pipelines.judging import Register, Validated, validate
from pipelines.reading import sources
from pipelines.reading.sources import Translated
from pipelines.workspace.workspace import Workspace

REGION = """
region: zorgkosten
name: {nl: Zorgkosten, en: Spending}
base_year: 2023
periods: ["2023"]
suppliers: [{supplier: vektis, datasets: [regional_spending]}]
"""

OF_2011 = ("MEDISCH_SPECIALISTISCHE_ZORG", "FARMACIE", "TWEEDELIJNS_GGZ", "EERSTELIJNS_PSYCHOLOGISCHE_ZORG", "OVERIG")
OF_2015 = ("MEDISCH_SPECIALISTISCHE_ZORG", "FARMACIE", "SPECIALISTISCHE_GGZ", "HUISARTS_MDZ", "OVERIG")
OF_2019 = tuple(name.lower() for name in OF_2015)
OF_2024 = ("medisch_specialistische_z", "paramedische_zorg_fysioth", "geriatrische_revalidatiez", "consulten_ggz")


def made_file(folder: Path, costs: tuple[str, ...], *, area: str = "GEMEENTENAAM", separator: str = ";") -> Path:
    """Writes three areas, one of which is the rest row, with costs that differ in every cell."""
    keys = ("GESLACHT", "LEEFTIJDSKLASSE", area, "AANTAL_BSN", "AANTAL_VERZEKERDEJAREN")
    lower = costs[0].islower()
    headings = [name.lower() if lower else name for name in keys] + [
        f"{'kosten_' if lower else 'KOSTEN_'}{name}" for name in costs
    ]
    rows = [
        ["", "", "", "30", "12.34"],
        ["M", " 5 t/m  9 jaar", "S GRAVENHAGE", "500", "471.5"],
        ["V", "90+", "BERGEN NH", "50", "45"],
    ]
    cells = [
        row + [f"{(place + 1) * 1000 + column}.{column}5" for column in range(len(costs))]
        for place, row in enumerate(rows)
    ]
    cells[2][-1] = "-3.25"
    path = folder / "vektis.csv"
    path.write_text("\n".join(separator.join(row) for row in [headings, *cells]) + "\n")
    return path


def translated(path: Path, *, period: str = "2023") -> Translated:
    mapping = sources.match(path, mappings=sources.load_mappings())
    assert mapping is not None
    assert mapping.source == "nl_vektis_zvw"
    (made,) = sources.translate(sources.read_source(path, mapping), mapping, period=period)
    return made


def validated(made: Translated) -> Validated:
    return validate(made.raw, load_contract("regional_spending"), register=Register())


def notes_of(made: Translated) -> dict[str, str]:
    return {note.rule: note.text.en for note in made.notes}


class TestMadeFiles:
    @pytest.mark.parametrize("costs", [OF_2011, OF_2015, OF_2019, OF_2024])
    @pytest.mark.parametrize("area", ["GEMEENTENAAM", "POSTCODE_3", "POSTCODE3"])
    def test_every_years_headings_give_every_cent(self, tmp_path: Path, costs: tuple[str, ...], area: str) -> None:
        judged = validated(translated(made_file(tmp_path, costs, area=area)))
        assert judged.rejected == 0
        assert judged.accepted.height == 3 * len(costs)
        expected = sum(
            (Decimal(f"{place * 1000 + column}.{column}5") for place in (1, 2, 3) for column in range(len(costs))),
            Decimal("-3.25"),
        ) - Decimal(f"{3000 + len(costs) - 1}.{len(costs) - 1}5")
        assert judged.accepted["cost_eur"].sum() == expected
        years = judged.accepted.group_by("care_type").agg(pl.col("insured_years").sum())["insured_years"]
        assert years.to_list() == pytest.approx([12.34 + 471.5 + 45] * len(costs))

    def test_names_cut_off_and_changed_are_the_same_care(self, tmp_path: Path) -> None:
        late = set(translated(made_file(tmp_path, OF_2024)).frame["care_type"])
        early = set(translated(made_file(tmp_path, OF_2011)).frame["care_type"])
        assert late == {
            "medisch_specialistische_zorg",
            "paramedische_zorg_fysiotherapie",
            "geriatrische_revalidatiezorg",
            "consulten_ggz",
        }
        assert "medisch_specialistische_zorg" in early
        assert "specialistische_ggz" in early

    def test_the_rest_row_is_an_unknown_area(self, tmp_path: Path) -> None:
        rest = validated(translated(made_file(tmp_path, OF_2015))).accepted.filter(area="unknown_area")
        assert rest.height == len(OF_2015)
        assert rest["age_class"].null_count() == rest["sex"].null_count() == rest.height

    def test_ages_and_sexes(self, tmp_path: Path) -> None:
        made = translated(made_file(tmp_path, OF_2015)).frame
        groups = made.filter(pl.col("sex").is_not_null()).select("area", "age_class", "sex").unique().sort("area")
        assert groups.rows() == [("BERGEN NH", "90+", "female"), ("S GRAVENHAGE", "5-9", "male")]

    def test_a_new_type_of_care_is_kept_and_told(self, tmp_path: Path) -> None:
        made = translated(made_file(tmp_path, (*OF_2019, "zorg_van_morgen")))
        assert made.frame.filter(care_type="zorg_van_morgen").height == 3
        assert "does not know zorg_van_morgen" in notes_of(made)["unnamed_values"]

    def test_a_file_in_the_folder_of_another_year_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "region.yaml").write_text(REGION)
        workspace = Workspace.open(tmp_path)
        content = made_file(tmp_path, OF_2015).read_bytes()
        place = "vektis/2023/Vektis Open Databestand Zorgverzekeringswet 2016 - gemeente.csv"
        outcome = deliver(workspace, content, place=place)
        assert outcome.record.status == "refused"
        assert outcome.record.message is not None
        assert "a file of 2016 by its name, in the folder 2023" in outcome.record.message.en
        checked = check_file(made_file(tmp_path, OF_2015).rename(tmp_path / "vektis_2016.csv"))
        assert checked.accepted["year"].unique().to_list() == [2016]

    def test_only_the_areas_of_the_region(self, tmp_path: Path) -> None:
        (tmp_path / "sources").mkdir()
        (tmp_path / "sources" / "nl_vektis_zvw.yaml").write_text(
            "extends: nl_vektis_zvw\nparameters: {areas: [BERGEN NH]}\n"
        )
        path = made_file(tmp_path, OF_2015)
        mapping = sources.match(path, mappings=sources.load_mappings(tmp_path))
        assert mapping is not None
        (made,) = sources.translate(sources.read_source(path, mapping), mapping, period="2016")
        assert made.frame["area"].unique().to_list() == ["BERGEN NH"]
        assert [(one.reason.en, one.count) for one in made.left_out] == [("an area outside the region", 2)]

    @pytest.mark.parametrize(
        "changed",
        [
            pytest.param(lambda text: b"\xef\xbb\xbf" + text.encode(), id="mark"),
            pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="CRLF"),
            pytest.param(lambda text: text.replace(";", ",").encode(), id="commas"),
            pytest.param(lambda text: text.replace("BERGEN NH", "SÚDWEST").encode("cp1252"), id="Windows-1252"),
            pytest.param(lambda text: text.removesuffix("\n").encode(), id="no last line end"),
            pytest.param(
                lambda text: "\n".join(
                    ";".join(f'"{cell}"' for cell in line.split(";")) for line in text.splitlines()
                ).encode(),
                id="quoted",
            ),
            pytest.param(lambda text: text.replace(".", ",").encode(), id="decimal commas"),
            pytest.param(lambda text: gzip.compress(text.encode()), id="gzip"),
        ],
    )
    def test_however_it_was_saved(self, tmp_path: Path, changed) -> None:
        plain = made_file(tmp_path, OF_2015)
        expected = validated(translated(plain)).accepted["cost_eur"].sum()
        other = tmp_path / "saved otherwise.csv"
        other.write_bytes(changed(plain.read_text()))
        judged = validated(translated(other))
        assert judged.rejected == 0
        assert judged.accepted["cost_eur"].sum() == expected


@pytest.mark.real
class TestRealFiles:
    @pytest.fixture(scope="class")
    def folder(self) -> Path:
        return real_folder("nl_vektis_zvw_gemeente")

    @pytest.mark.parametrize("year", [2013, 2016, 2018, 2020, 2023])
    def test_all_money_and_all_insured_years_are_there(self, folder: Path, year: int) -> None:
        (path,) = folder.glob(f"vektis_{year}_gemeente.csv*")
        file = pl.read_csv(path, separator=";", infer_schema=False)
        file = file.rename({name: name.lower() for name in file.columns})
        costs = [name for name in file.columns if name.startswith("kosten_")]
        made = translated(path, period=str(year))
        judged = validated(made)
        assert "unnamed_values" not in notes_of(made)
        assert judged.rejected == 0
        assert judged.accepted.height == file.height * len(costs)
        money = sum(file.select(pl.col(costs).cast(pl.Decimal(18, 2)).sum()).row(0), Decimal(0))
        assert judged.accepted["cost_eur"].sum() == money
        insured = file["aantal_verzekerdejaren"].cast(pl.Float64).sum()
        per_type = judged.accepted.group_by("care_type").agg(pl.col("insured_years").sum())
        assert per_type.height == len(costs)
        assert (per_type["insured_years"] / insured - 1).abs().max() < 1e-12

    def test_hospital_care_is_as_published(self, folder: Path) -> None:
        accepted = validated(translated(folder / "vektis_2023_gemeente.csv")).accepted
        hospital = accepted.filter(care_type="medisch_specialistische_zorg")["cost_eur"].sum()
        assert float(hospital) == pytest.approx(29.0e9, rel=0.002)
        assert accepted.filter(pl.col("area") != "unknown_area")["area"].n_unique() == 342

    def test_from_the_inbox_to_the_release(self, folder: Path, tmp_path: Path) -> None:
        from pipelines.orchestration.refresh import refresh  # noqa: PLC0415 - Dagster takes a second: only where it is used

        (tmp_path / "region.yaml").write_text(REGION)
        workspace = Workspace.open(tmp_path)
        place = "vektis/2023/Vektis Open Databestand Zorgverzekeringswet 2023 - gemeente.csv.gz"
        put(workspace, place, gzip.compress((folder / "vektis_2023_gemeente.csv").read_bytes()))
        refresh(workspace)
        with duckdb.connect(
            str((workspace.published.current / "care_transfer.duckdb").resolve()), read_only=True
        ) as release:
            money, areas = release.execute(
                "SELECT sum(cost_eur), count(DISTINCT area) FROM regional_spending WHERE year = 2023"
            ).fetchone() or (None, None)
            log = release.execute("SELECT dataset, rows, accepted, rejected FROM delivery").fetchall()
        assert areas == 343
        assert float(money) == pytest.approx(sum_of(folder / "vektis_2023_gemeente.csv"), rel=1e-12)
        assert log == [("regional_spending", 337_714, 337_714, 0)]


def sum_of(path: Path) -> float:
    file = pl.read_csv(path, separator=";", infer_schema=False)
    return float(sum(file.select(pl.col("^kosten_.*$").cast(pl.Decimal(18, 2)).sum()).row(0), Decimal(0)))
