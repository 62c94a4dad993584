"""Source mappings on small made files: what they recognise, make, leave out, put together, and how they refuse."""

import json
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data_contracts.contract import load_contract
from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.intake import deliveries
from pipelines.intake.log import read_log
from pipelines.intake.pending import all_read, pending
from pipelines.judging import Register, validate
from pipelines.reading import sources
from pipelines.reading.formats import ROW_NUMBER, Unreadable
from pipelines.reading.sources import Translated
from pipelines.workspace.workspace import Workspace

REGION = """
region: proef
name: {nl: Proef, en: Trial}
base_year: 2023
periods: ["2023"]
suppliers: [{supplier: uitgever, datasets: [providers, volume]}]
"""

MAPPING = r"""
source: made_up
title: {en: Made up, nl: Verzonnen}
parameters: {regions: , per_unit: 2}
recognise: {names: ["report*.csv"], headings: [Code, Begin]}
numbers: {decimal: ",", thousands: "."}
missing: ["*"]
steps:
  - {do: keep, column: Region, values: {parameter: regions}, reason: {en: elsewhere, nl: elders}}
  - do: annualise
    entity: Code
    name: Name
    begin: Begin
    end: End
    newest: Report
    flows: [~^Units]
    averages: [Staff]
datasets:
  - dataset: providers
    columns:
      provider_id: {column: Code, code_length: 6}
      name: Name
      kind: {column: Type, values: {H: general_hospital}, otherwise: other}
      postcode: {column: Zip, extract: '^(\d{5})'}
      annual_margin_eur: {amount: Result, factor: {parameter: per_unit}}
      annual_revenue_eur: {amount: Revenue, minimum: 0}
  - dataset: payers
    rows: [{payer_id: PUBLIC, name: Public}, {payer_id: OTHER, name: Other}]
  - dataset: volume
    columns:
      provider_id: {column: code, code_length: 6}
      period: {period: true}
      care_product: {constant: STAY}
    each:
      - {payer_id: {constant: PUBLIC}, units: {amount: Units public}}
      - {payer_id: {constant: OTHER}, units: {amount: Units, minus: [Units public]}}
    required: [units]
"""

HEADINGS = "Report;Code;Name;Type;Region;Zip;Begin;End;Units;Units public;Staff;Result;Revenue"
ROWS = (
    "1;00123;North;H;A;75711-;2023-01-01;2023-12-31;3.650;365,5;10;-5,5;100",
    "2;00456;South;X;A;12345-6789;2023-01-01;2023-06-30;181;18,1;20;1;-7",
    "3;00456;South;X;A;12345;2023-07-01;2023-12-31;368;;40;1;9",
    "4;00789;Far;H;B;99999;2023-01-01;2023-12-31;1;1;1;1;1",
    "5;00999;None;H;A;;2023-01-01;2023-12-31;*;;;;",
)


def mapping_in(folder: Path, text: str = MAPPING) -> sources.Mapping:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "made_up.yaml"
    path.write_text(text)
    return sources.read_mapping(path)


def translated(folder: Path, *, rows: tuple[str, ...] = ROWS, text: str = MAPPING) -> dict[str, Translated]:
    mapping = mapping_in(folder / "sources", text)
    file = folder / "report 2023.csv"
    file.write_text("\n".join([HEADINGS, *rows]) + "\n")
    raw = sources.read_source(file, mapping)
    return {one.dataset: one for one in sources.translate(raw, mapping, period="2023")}


def accounted(one: Translated) -> int:
    """Returns delivered rows that became rows, were put together, were left out, or were refused by the reader."""
    made = one.frame.filter(pl.col(ROW_NUMBER) > 0)[ROW_NUMBER].n_unique()
    return made + one.put_together + one.rows_left_out + one.raw.refused[ROW_NUMBER].n_unique()


def row(one: Translated, **where: str) -> dict[str, str | None]:
    return one.frame.filter(**where).row(0, named=True)


def notes_of(one: Translated) -> dict[str, str]:
    return {note.rule: note.text.en for note in one.notes}


class TestColumns:
    def test_codes_keep_their_zeros_and_grow_to_their_length(self, tmp_path: Path) -> None:
        assert translated(tmp_path)["providers"].frame["provider_id"].to_list() == [
            "000123",
            "000456",
            "000789",
            "000999",
        ]

    def test_values_are_coded_and_all_others_are_other(self, tmp_path: Path) -> None:
        kinds = translated(tmp_path)["providers"].frame["kind"].to_list()
        assert kinds == ["general_hospital", "other", "general_hospital", "general_hospital"]

    def test_a_postcode_is_taken_from_each_of_its_shapes(self, tmp_path: Path) -> None:
        assert translated(tmp_path)["providers"].frame["postcode"].to_list() == ["75711", "12345", "99999", None]

    def test_negative_money_stays_and_is_multiplied(self, tmp_path: Path) -> None:
        assert row(translated(tmp_path)["providers"], provider_id="000123")["annual_margin_eur"] == "-11.0"

    def test_what_lies_below_the_minimum_is_empty_and_told(self, tmp_path: Path) -> None:
        rows = ("1;00123;North;H;A;;2023-01-01;2023-12-31;1;1;1;1;-7",)
        providers = translated(tmp_path, rows=rows)["providers"]
        assert providers.frame["annual_revenue_eur"].to_list() == [None]
        assert "1 values of annual_revenue_eur lie below 0" in notes_of(providers)["below_minimum"]

    def test_a_text_in_an_amount_reaches_the_contract_and_is_refused_there(self, tmp_path: Path) -> None:
        rows = ("1;00123;North;H;A;;2023-01-01;2023-12-31;about 9;1;1;1;7",)
        volume = translated(tmp_path, rows=rows)["volume"]
        judged = validate(volume.raw, load_contract("volume"), register=Register(), period="2023")
        assert judged.rejections["value"].to_list() == ["about 9"]
        assert judged.accepted["payer_id"].to_list() == ["PUBLIC"]
        assert judged.accepted.height + judged.rejected == judged.rows == 2

    def test_a_point_in_a_made_number_is_a_decimal_point(self, tmp_path: Path) -> None:
        rows = ("1;00123;North;H;A;;2023-01-01;2023-12-31;9,234;1,125;1;1;7",)
        volume = translated(tmp_path, rows=rows)["volume"]
        judged = validate(volume.raw, load_contract("volume"), register=Register(), period="2023")
        assert judged.accepted["units"].to_list() == pytest.approx([1.125, 8.109])

    def test_numbers_of_a_workbook_have_a_point_whatever_the_texts_have(self, tmp_path: Path) -> None:
        mapping = mapping_in(tmp_path / "sources", MAPPING.replace("report*.csv", "report*.xlsx"))
        file = tmp_path / "report.xlsx"
        cells = ["1", "00123", "North", "H", "A", "", "2023-01-01", "2023-12-31", 12.25, "1,25", 1.5, 1, 1]
        with xlsxwriter.Workbook(file) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, HEADINGS.split(";"))
            sheet.write_row(1, 0, cells)
        made = sources.translate(sources.read_source(file, mapping), mapping, period="2023", datasets={"volume"})
        assert made[0].frame["units"].to_list() == ["1.25", "11.0"]


class TestRows:
    def test_one_row_becomes_one_for_each_payer(self, tmp_path: Path) -> None:
        volume = translated(tmp_path)["volume"]
        north = volume.frame.filter(provider_id="000123")
        assert north.select("payer_id", "units").rows() == [("PUBLIC", "365.5"), ("OTHER", "3284.5")]
        assert north["period"].unique().to_list() == ["2023"]

    def test_missing_is_not_nought(self, tmp_path: Path) -> None:
        volume = translated(tmp_path)["volume"]
        assert "000999" not in volume.frame["provider_id"]
        assert [(one.reason.en, one.rows) for one in volume.left_out] == [("units is empty", (6,))]

    def test_a_filter_leaves_out_and_says_so(self, tmp_path: Path) -> None:
        made = translated(tmp_path, text=MAPPING.replace("regions: ,", "regions: [A],"))
        assert "000789" not in made["providers"].frame["provider_id"]
        assert "1 rows left out: elsewhere." in [note.text.en for note in made["volume"].notes]

    def test_rows_of_the_mapping_itself_come_from_no_row(self, tmp_path: Path) -> None:
        payers = translated(tmp_path)["payers"]
        assert payers.frame[ROW_NUMBER].to_list() == [0, 0]
        assert payers.rows_in == 0

    def test_every_delivered_row_is_accounted_for(self, tmp_path: Path) -> None:
        rows = (*ROWS, "6;7;too;few", '7;"open')
        for one in translated(tmp_path, rows=rows).values():
            assert accounted(one) == one.rows_in or one.dataset == "payers"
        assert translated(tmp_path, rows=rows)["volume"].rows_in == 7


class TestReportsThatAreNoYear:
    def test_two_reports_are_added_up_over_all_their_days(self, tmp_path: Path) -> None:
        volume = translated(tmp_path)["volume"]
        public = float(row(volume, provider_id="000456", payer_id="PUBLIC")["units"] or "nan")
        other = float(row(volume, provider_id="000456", payer_id="OTHER")["units"] or "nan")
        assert public + other == pytest.approx((181 + 368) / (181 + 184) * 365)
        assert public == pytest.approx(18.1 / 181 * 365), "the second report has no figure: its days do not count"
        assert volume.put_together == 1

    def test_averages_are_weighted_by_days(self, tmp_path: Path) -> None:
        text = MAPPING.replace(
            "annual_revenue_eur: {amount: Revenue, minimum: 0}", "annual_revenue_eur: {amount: Staff}"
        )
        staff = row(translated(tmp_path, text=text)["providers"], provider_id="000456")["annual_revenue_eur"]
        assert float(staff or "nan") == pytest.approx((20 * 181 + 40 * 184) / 365)

    def test_what_is_no_flow_is_as_last_reported(self, tmp_path: Path) -> None:
        assert row(translated(tmp_path)["providers"], provider_id="000456")["annual_revenue_eur"] == "9.0"

    def test_they_are_told_by_name(self, tmp_path: Path) -> None:
        rows = (*ROWS, "8;00888;Short;H;A;;2023-01-01;2023-02-15;46;1;1;1;1")
        notes = notes_of(translated(tmp_path, rows=rows)["volume"])
        assert "1 reports cover no year and were annualised to 365 days: Short (46 days)." in notes["annualised"]
        assert "1 have more than one report" in notes["reports_put_together"]
        assert "South (365 days)" in notes["reports_put_together"]
        assert "2023-01-01 to 2023-12-31" in notes["report_periods"]

    def test_of_reports_that_overlap_the_newest_counts(self, tmp_path: Path) -> None:
        rows = (
            "1;1;A;H;A;;2023-01-01;2023-12-31;100;;1;1;1",
            "10;1;A;H;A;;2023-07-01;2023-12-31;184;;1;1;1",
            "9;1;A;H;A;;2023-06-01;2023-07-01;999;;1;1;1",
            "2;1;A;H;A;;2023-01-01;2023-05-31;151;;1;1;1",
        )
        volume = translated(tmp_path, rows=rows)["volume"]
        assert volume.frame.select("units").to_series().cast(pl.Float64).sum() == pytest.approx(365)
        assert [(one.count, one.rows) for one in volume.left_out] == [(2, (2, 4))]

    def test_a_report_without_a_period_is_left_out_and_told(self, tmp_path: Path) -> None:
        rows = (ROWS[0], "9;1;A;H;A;;;2023-12-31;1;1;1;1;1", "9;1;A;H;A;;2023-12-31;2023-01-01;1;1;1;1;1")
        volume = translated(tmp_path, rows=rows)["volume"]
        assert [(one.reason.en, one.count) for one in volume.left_out] == [("the report has no usable period", 2)]

    @settings(max_examples=40, deadline=None)
    @given(days=st.lists(st.integers(1, 400), min_size=1, max_size=6), rate=st.floats(0.1, 1e6))
    def test_a_steady_flow_gives_the_same_year_however_it_is_cut(
        self, tmp_path_factory: pytest.TempPathFactory, days: list[int], rate: float
    ) -> None:
        ends = pl.Series([sum(days[: place + 1]) for place in range(len(days))])
        start = pl.date(2020, 1, 1)
        frame = pl.DataFrame({"days": days, "end": ends}).select(
            begin=(start + pl.duration(days=pl.col("end") - pl.col("days"))).cast(pl.String),
            end=(start + pl.duration(days=pl.col("end") - 1)).cast(pl.String),
            units=(pl.col("days") * rate).cast(pl.String).str.replace(".", ",", literal=True),
        )
        rows = tuple(
            f"{n};1;A;H;A;;{begin};{end};{units};;1;1;1" for n, (begin, end, units) in enumerate(frame.iter_rows())
        )
        volume = translated(
            tmp_path_factory.mktemp("cut"), rows=rows, text=MAPPING.replace('thousands: "."', 'thousands: ""')
        )
        assert float(volume["volume"].frame["units"][0]) == pytest.approx(rate * 365, rel=1e-9)


PLACES = """
source: places
title: {en: Places, nl: Plaatsen}
recognise: {names: ["places*.json"], headings: [properties.id]}
main: places
records: features
companions: {homes: {names: ["homes*.json"], headings: [pc]}}
steps:
  - {do: unlist, table: homes, into: choices, columns: [near, far], item: id, rank: rank}
  - {do: join, table: choices, other: places, keys: {id: properties.id}, bring: {births: properties.births}}
  - {do: keep, table: choices, column: births, filled: true, reason: {en: none near, nl: geen dichtbij}}
  - {do: first, table: choices, of: pc, by: rank}
  - do: apportion
    table: choices
    into: shares
    groups: places
    group_key: properties.id
    total: properties.births
    key: id
    weight: t
    amount: units
datasets:
  - dataset: providers
    table: places
    columns:
      provider_id: {column: properties.id, prefix: P}
      name: properties.name
      kind: {constant: general_hospital}
      longitude: {column: geometry.coordinates, item: 0}
      latitude: {column: geometry.coordinates, item: 1}
  - dataset: volume
    table: shares
    columns:
      provider_id: {column: id, prefix: P}
      period: {period: true}
      specialism: {constant: "0307"}
      area: pc
      units: {amount: units}
"""


def places_in(
    folder: Path, *, births: dict[str, float | None], homes: list[dict[str, object]]
) -> dict[str, Translated]:
    features = [
        {
            "type": "Feature",
            "properties": {"id": int(name), "name": f"place {name}"} | ({} if n is None else {"births": n}),
            "geometry": {"type": "Point", "coordinates": [4.5, 52.25]},
        }
        for name, n in births.items()
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "places.json").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (folder / "homes.json").write_text(json.dumps(homes))
    (folder / "places.yaml").write_text(PLACES)
    mapping = sources.read_mapping(folder / "places.yaml")
    path = folder / "places.json"
    beside = sources.find_companions(path, mapping)
    companions = {name: sources.read_source(file, mapping, table=name) for name, file in beside.items()}
    made = sources.translate(sources.read_source(path, mapping), mapping, period="2018", companions=companions)
    return {one.dataset: one for one in made}


HOMES: list[dict[str, object]] = [
    {"pc": 1000, "t": 10, "near": [2], "far": [1, 3]},
    {"pc": 1001, "t": 30, "near": [], "far": [1]},
    {"pc": 1002, "t": 5.5, "near": [3], "far": [1]},
    {"pc": 1003, "t": 1, "near": [], "far": []},
]


PRICES = """
source: prices
title: {en: Prices, nl: Prijzen}
recognise: {names: ["prices*.csv"], headings: [Code, Price]}
datasets:
  - dataset: care_products
    columns:
      care_product: {column: Code, code_length: 9}
      name: Code
      reference_price_eur: {amount: Price, factor: 0.8755%s}
"""


@pytest.mark.parametrize("decimals", ["", ", decimals: 2"])
def test_an_amount_times_a_factor_on_half_a_cent_is_rounded_up(decimals: str, tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text(PRICES % decimals)
    (tmp_path / "prices.csv").write_text("Code,Price\n1,110\n2,1.1\n3,200\n")
    mapping = sources.read_mapping(tmp_path / "prices.yaml")
    (made,) = sources.translate(sources.read_source(tmp_path / "prices.csv", mapping), mapping, period="2025")
    judged = validate(made.raw, load_contract("care_products"), register=Register())
    assert [str(price) for price in judged.accepted["reference_price_eur"]] == ["96.31", "0.96", "175.10"]


def test_stored_numbers_beside_texts_in_the_publishers_notation_are_no_numbers(tmp_path: Path) -> None:
    """The program that stored 1.2 kept 1.234,50 as text: it did not know the publisher's notation."""
    (tmp_path / "prices.yaml").write_text(
        (PRICES % "")
        .replace("*.csv", "*.xlsx")
        .replace("datasets:", "numbers: {decimal: ',', thousands: '.'}\ndatasets:")
    )
    with xlsxwriter.Workbook(tmp_path / "prices.xlsx") as book:
        sheet = book.add_worksheet("Data")
        for number, cells in enumerate([["Code", "Price"], ["1", 1.2], ["2", "1.234,50"], ["3", 1200.5]]):
            sheet.write_row(number, 0, cells)
    mapping = sources.read_mapping(tmp_path / "prices.yaml")
    (made,) = sources.translate(sources.read_source(tmp_path / "prices.xlsx", mapping), mapping, period="2025")
    judged = validate(made.raw, load_contract("care_products"), register=Register())
    assert judged.rejections.select(ROW_NUMBER, "rule", "value").rows() == [(2, "not_a_number", "1.2 (x 1000?)")]
    assert judged.accepted_rows == 2


KEEPING = """
source: towns
title: {en: Towns, nl: Plaatsen}
recognise: {names: ["towns*.csv"], headings: [Plaats, Inwoners]}
parameters: {areas: [ROTTERDAM, DEN HAAG, DELFTT, "9999"], codes: {ROTTERDAM: "3000", DELFT: "2600", GOUDA: "2800"}}
steps:
  - {do: keep, column: Plaats, values: {parameter: areas}, reason: {en: elsewhere, nl: elders}}
datasets:
  - dataset: areas
    columns: {area: {column: Plaats, values: {parameter: codes}}, name: Plaats, inhabitants: {amount: Inwoners}}
"""


def test_a_parameter_that_matches_no_row_is_told_with_the_nearest_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "towns.yaml").write_text(KEEPING)
    (tmp_path / "towns.csv").write_text("Plaats,Inwoners\nROTTERDAM,5\nS GRAVENHAGE,4\nDELFT,3\n")
    mapping = sources.read_mapping(tmp_path / "towns.yaml")
    (made,) = sources.translate(sources.read_source(tmp_path / "towns.csv", mapping), mapping, period="2025")
    told = [note for note in made.raw.notes if note.rule == "parameter_matches_nothing"]
    assert [note.odd for note in told] == [True, True]
    assert (
        "parameter areas of the source mapping: values that no row of the file has: "
        "'DEN HAAG' (perhaps 'S GRAVENHAGE'), 'DELFTT' (perhaps 'DELFT'), '9999'."
    ) in told[0].text.en
    assert "'DEN HAAG' (misschien 'S GRAVENHAGE')" in told[0].text.nl
    assert "(area): values that no row of the file has: 'DELFT', 'GOUDA'" in told[1].text.en


class TestFilesTogether:
    def test_numbers_stay_as_written_and_lists_give_places(self, tmp_path: Path) -> None:
        providers = places_in(tmp_path, births={"1": 100, "2": None, "3": 7.5}, homes=HOMES)["providers"]
        assert providers.frame["latitude"].to_list() == ["52.25"] * 3
        assert providers.frame["provider_id"].to_list() == ["P1", "P2", "P3"]

    def test_totals_go_to_the_nearest_that_has_one_and_are_kept(self, tmp_path: Path) -> None:
        volume = places_in(tmp_path, births={"1": 100, "2": None, "3": 7.5}, homes=HOMES)["volume"]
        units = volume.frame.select("provider_id", "area", pl.col("units").cast(pl.Float64)).rows()
        assert units == [("P1", "1000", 25.0), ("P1", "1001", 75.0), ("P3", "1002", 7.5)]
        assert [(one.count, one.rows) for one in volume.left_out] == [(1, (4,))]
        assert accounted(volume) == volume.rows_in == 4
        assert "1 groups have no total, which is not a total of 0" in notes_of(volume)["apportioned"]

    def test_a_total_without_weights_is_kept_without_an_area(self, tmp_path: Path) -> None:
        volume = places_in(tmp_path, births={"1": 100, "9": 40}, homes=HOMES[:3])["volume"]
        assert row(volume, provider_id="P9")["area"] is None
        assert volume.frame["units"].cast(pl.Float64).sum() == pytest.approx(140)
        assert accounted(volume) == volume.rows_in == 3

    @settings(max_examples=30, deadline=None)
    @given(
        births=st.lists(st.none() | st.floats(0, 1e5), min_size=1, max_size=6).filter(any),
        weights=st.lists(st.tuples(st.floats(0, 1e4), st.permutations(range(6))), min_size=1, max_size=12),
    )
    @example(births=[1.5], weights=[(5e-324, [0, 1, 2, 3, 4, 5])])
    @example(births=[1.5], weights=[(1e308, [0, 1, 2, 3, 4, 5])] * 2)
    def test_births_are_conserved(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        births: list[float | None],
        weights: list[tuple[float, list[int]]],
    ) -> None:
        homes = [{"pc": pc, "t": t, "near": order, "far": []} for pc, (t, order) in enumerate(weights, start=1000)]
        given_births = {str(place): number for place, number in enumerate(births)}
        volume = places_in(tmp_path_factory.mktemp("births"), births=given_births, homes=homes)["volume"]
        made = volume.frame.group_by("provider_id").agg(pl.col("units").cast(pl.Float64).sum())
        per_place = dict(made.iter_rows())
        for name, number in given_births.items():
            assert per_place.get(f"P{name}", 0.0) == pytest.approx(number or 0.0, rel=1e-9)
        assert accounted(volume) == volume.rows_in

    def test_a_key_that_only_later_records_have_is_a_column(self, tmp_path: Path) -> None:
        homes = [*({"pc": n, "t": 1, "near": [1], "far": []} for n in range(300)), {"pc": 999, "late": "x"}]
        (tmp_path / "homes.json").write_text(json.dumps(homes))
        (tmp_path / "places.yaml").write_text(PLACES)
        mapping = sources.read_mapping(tmp_path / "places.yaml")
        assert "late" in sources.read_source(tmp_path / "homes.json", mapping, table="homes").headings

    def test_a_companion_that_is_not_there_is_asked_for(self, tmp_path: Path) -> None:
        places_in(tmp_path, births={"1": 1}, homes=HOMES)
        (tmp_path / "homes.json").unlink()
        mapping = sources.read_mapping(tmp_path / "places.yaml")
        with pytest.raises(Unreadable, match=r"0 files homes\*\.json.*put homes\*\.json beside this file"):
            sources.find_companions(tmp_path / "places.json", mapping)

    @pytest.mark.parametrize("content", ["{", "[1, 2]", '{"features": 3}', "[" * 100_000])
    def test_json_without_records_is_refused(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "places.json").write_text(content)
        (tmp_path / "places.yaml").write_text(PLACES)
        with pytest.raises(Unreadable, match=r"Found: .*Expected: .*What to do: "):
            sources.read_source(tmp_path / "places.json", sources.read_mapping(tmp_path / "places.yaml"))


LONG = """
source: wide
title: {en: Wide, nl: Breed}
recognise: {names: ["wide*.csv"]}
steps: [{do: long, columns: ["~^Cost (.+)$"], name: kind, value: cost}]
datasets:
  - dataset: regional_spending
    columns: {area: Town, year: {constant: 2023}, age_class: Age, sex: Sex, care_type: kind, cost_eur: {amount: cost}}
"""


def test_wide_columns_become_rows_named_by_the_pattern(tmp_path: Path) -> None:
    mapping = mapping_in(tmp_path, LONG)
    (tmp_path / "wide.csv").write_text("Town,Age,Sex,Cost GP,Cost drugs\nNorth,20,M,10,20\nSouth,30,F,,5\nWest,1,F,,\n")
    (made,) = sources.translate(sources.read_source(tmp_path / "wide.csv", mapping), mapping, period="2023")
    rows = made.frame.select("area", "care_type", "cost_eur").rows()
    assert rows == [("North", "GP", "10.0"), ("North", "drugs", "20.0"), ("South", "drugs", "5.0")]
    assert [(one.reason.en, one.rows) for one in made.left_out] == [("none of the columns is filled in", (4,))]
    assert accounted(made) == made.rows_in == 3


class TestRecognising:
    def test_by_name_and_headings(self, tmp_path: Path) -> None:
        mapping = mapping_in(tmp_path / "sources")
        file = tmp_path / "Report_2024.csv"
        file.write_text("A title\n\ncode;BEGIN;more\n1;2;3\n")
        assert sources.match(file, mappings=[mapping]) == mapping
        file.write_text("other;headings\n1;2\n")
        assert sources.match(file, mappings=[mapping]) is None
        reason = sources.misfit(file, mapping)
        assert reason is not None
        assert reason.en == "no heading 'Code', 'Begin'"

    def test_another_name_is_not_looked_into(self, tmp_path: Path) -> None:
        assert sources.match(tmp_path / "no such file.csv", mappings=[mapping_in(tmp_path)]) is None

    def test_a_long_file_is_recognised_by_its_head(self, tmp_path: Path) -> None:
        file = tmp_path / "report.csv"
        file.write_text("Code;Begin\n" + "1;2023-01-01\n" * 100_000)
        assert sources.match(file, mappings=[mapping_in(tmp_path)]) is not None

    def test_a_layout_that_lost_a_column_names_it(self, tmp_path: Path) -> None:
        mapping = mapping_in(tmp_path)
        file = tmp_path / "report.csv"
        file.write_text(HEADINGS.replace("Staff", "Personnel") + "\n" + ROWS[0] + "\n")
        raw = sources.read_source(file, mapping)
        with pytest.raises(Unreadable, match="no column for 'Staff'; the headings are 'Report', 'Code'"):
            sources.translate(raw, mapping, period="2023")


class TestMappingFiles:
    @pytest.mark.parametrize(
        ("before", "after", "message"),
        [
            ("title:", "titel:", r"line 3, titel:\nfound: the unknown key 'titel'"),
            ("dataset: volume", "dataset: volumes", "the dataset volumes"),
            ("care_product: {constant", "care_produkt: {constant", "the column care_produkt of volume"),
            ("do: annualise", "do: anualise", "'annualise', 'unlist'"),
            ("{parameter: per_unit}", "{parameter: per_units}", "the parameter per_units"),
            ("per_unit: 2", "per_unit: two", "the factor two"),
            ("'^(\\d{5})'", "'^\\d{5}'", "brackets around what to keep"),
            ("'^(\\d{5})'", "'^(\\d{5}'", "the pattern"),
            ("~^Units", "'~^(Units'", "the pattern"),
            ("{column: Code, code_length: 6}", "{column: Code, constant: x}", "exactly one of column, constant"),
            ("do: keep, column", "do: keep, table: nowhere, column", "step keep: the table nowhere"),
            ("recognise: {names: [\"report*.csv\"], headings: [Code, Begin]}", "recognise: {}", "neither names nor"),
            ("decimal: \",\"", "decimal: \";\"", "numbers.decimal"),
            ("steps:", "steps: ]", "not YAML"),
        ],
    )  # fmt: skip
    def test_a_fault_is_told_with_its_place(self, tmp_path: Path, before: str, after: str, message: str) -> None:
        assert before in MAPPING
        with pytest.raises(Problem, match=message) as caught:
            mapping_in(tmp_path, MAPPING.replace(before, after, 1))
        assert str(tmp_path / "made_up.yaml") in str(caught.value)
        assert "what to do: " in str(caught.value)

    def test_all_faults_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(Problem) as caught:
            mapping_in(tmp_path, MAPPING.replace("title:", "titel:").replace("dataset: volume", "dataset: volumes"))
        assert len(caught.value.faults) == 3

    def test_those_that_ship_can_be_read(self) -> None:
        shipped = {mapping.source for mapping in sources.load_mappings()}
        assert {"us_cms_hospital_cost_report", "nl_ziekenhuizen_verloskunde"} <= shipped

    def test_a_workspace_sets_a_parameter_of_one_that_ships(self, tmp_path: Path) -> None:
        own = tmp_path / sources.FOLDER / "hospitals.yaml"
        own.parent.mkdir()
        own.write_text("extends: us_cms_hospital_cost_report\nparameters: {states: [CT]}\n")
        found = {mapping.source: mapping for mapping in sources.load_mappings(tmp_path)}
        shipped = {mapping.source: mapping for mapping in sources.load_mappings()}
        changed = found["us_cms_hospital_cost_report"]
        assert changed.parameters["states"] == ("CT",)
        assert changed.parameters["hours_per_fte"] == 2080
        assert changed.fingerprint != shipped["us_cms_hospital_cost_report"].fingerprint
        assert list(found) == ["us_cms_hospital_cost_report", *(name for name in shipped if name != changed.source)]

    def test_extending_what_does_not_ship_names_what_does(self, tmp_path: Path) -> None:
        with pytest.raises(Problem, match=r"extends: nothing\nexpected: .*us_cms_hospital_cost_report"):
            mapping_in(tmp_path, "extends: nothing\n")


class TestInTheInbox:
    @pytest.fixture
    def workspace(self, tmp_path: Path) -> Workspace:
        (tmp_path / "region.yaml").write_text(REGION)
        mapping_in(tmp_path / sources.FOLDER)
        inbox = tmp_path / "inbox" / "uitgever" / "2023"
        inbox.mkdir(parents=True)
        (inbox / "report.csv").write_text("\n".join([HEADINGS, *ROWS]) + "\n")
        return Workspace.open(tmp_path)

    def test_one_file_is_a_delivery_for_each_dataset(self, workspace: Workspace) -> None:
        deliveries.ingest(workspace)
        log = (
            deliveries.records(workspace.lake)
            .select("dataset", "file", "status", "rows", "accepted", "rejected")
            .rows()
        )
        assert log == [
            ("payers", "report.csv", "accepted", 2, 2, 0),
            ("providers", "report.csv", "accepted", 4, 4, 0),
            ("volume", "report.csv", "accepted", 6, 6, 0),
        ]
        notes = deliveries.records(workspace.lake).filter(dataset="volume")["notes"][0]
        assert "5 rows delivered, 1 left out, 1 put together with another, 6 rows made" in notes

    def test_one_dataset_of_it_can_be_checked_before_it_is_sent(self, workspace: Workspace) -> None:
        path = workspace.inbox / "uitgever" / "2023" / "report.csv"
        deliveries.ingest(workspace)
        checked = deliveries.check_file(path, "volume", workspace=workspace)
        assert (checked.rows, checked.rejected) == (6, 0)
        assert checked.accepted["period"].unique().to_list() == ["2023"]
        with pytest.raises(Problem, match="a file that yields providers, payers, volume"):
            deliveries.check_file(path, workspace=workspace)

    def test_a_changed_mapping_is_read_again(self, workspace: Workspace) -> None:
        deliveries.ingest(workspace)
        all_read(workspace)
        assert pending(workspace) == []
        mapping_in(workspace.root / sources.FOLDER, MAPPING.replace("regions: ,", "regions: [B],"))
        assert {one.dataset for one in pending(workspace)} == {"providers", "payers", "volume"}
        deliveries.ingest(workspace)
        (path,) = deliveries.accepted(workspace.lake, "providers")
        assert pl.read_parquet(path)["provider_id"].to_list() == ["000789"]

    def test_a_file_of_another_layout_stays_refused(self, workspace: Workspace) -> None:
        (workspace.inbox / "uitgever" / "2023" / "report.csv").write_text("a;b\n1;2\n")
        (outcome,) = deliveries.ingest(workspace)
        assert outcome.record.status == "refused"
        assert outcome.record.message is not None
        assert "a name that begins with a dataset" in outcome.record.message.en

    def test_a_layout_that_lost_a_column_is_refused_for_every_dataset(self, workspace: Workspace) -> None:
        path = workspace.inbox / "uitgever" / "2023" / "report.csv"
        path.write_text(path.read_text().replace("Staff", "Personnel"))
        outcomes = deliveries.ingest(workspace)
        assert {one.record.status for one in outcomes} == {"refused"}
        assert all("no column for 'Staff'" in one.record.message.en for one in outcomes if one.record.message)

    def test_files_that_are_read_together_are_one_delivery(self, workspace: Workspace) -> None:
        folder = workspace.inbox / "samen" / "2023"
        places_in(folder, births={"1": 100}, homes=HOMES)
        (folder / "places.yaml").rename(workspace.root / sources.FOLDER / "places.yaml")
        found = [one for one in deliveries.discover(workspace) if one.supplier == "samen"]
        assert [(one.dataset, one.file) for one in found] == [("providers", "places.json"), ("volume", "places.json")]
        homes = folder / "homes.json"
        homes.write_text(homes.read_text().replace('"t": 10', '"t": 11'))
        changed = [one for one in deliveries.discover(workspace) if one.supplier == "samen"]
        assert {one.hash for one in changed}.isdisjoint({one.hash for one in found})

    def test_a_file_without_the_one_it_belongs_to_says_which(self, workspace: Workspace) -> None:
        folder = workspace.inbox / "samen" / "2023"
        places_in(folder, births={"1": 100}, homes=HOMES)
        (folder / "places.yaml").rename(workspace.root / sources.FOLDER / "places.yaml")
        (folder / "places.json").unlink()
        (one,) = [delivery for delivery in deliveries.discover(workspace) if delivery.supplier == "samen"]
        assert one.refusal is not None
        assert "places*.json in the same folder (Places)" in one.refusal.message.en


class TestUnknownLayouts:
    def refusal_of(self, workspace: Workspace, name: str, content: str) -> Text:
        (workspace.inbox / "uitgever" / "2023" / name).write_text(content)
        (outcome,) = [one for one in deliveries.ingest(workspace) if one.delivery.path.name == name]
        assert outcome.record.status == "refused"
        assert outcome.record.message is not None
        return outcome.record.message

    @pytest.fixture
    def workspace(self, tmp_path: Path) -> Workspace:
        (tmp_path / "region.yaml").write_text(REGION)
        mapping_in(tmp_path / sources.FOLDER)
        (tmp_path / "inbox" / "uitgever" / "2023").mkdir(parents=True)
        return Workspace.open(tmp_path)

    def test_the_three_nearest_are_told_with_what_each_lacks(self, workspace: Workspace) -> None:
        told = self.refusal_of(workspace, "export 2023.csv", "Code;Name;Units;Units public\n1;2;3;4\n")
        assert "'export 2023.csv' with the headings 'Code', 'Name', 'Units', 'Units public'" in told.en
        assert "(1) " in told.en
        assert "(3) " in told.en
        assert "(4) " not in told.en
        assert "Made up [made_up]: its name is none of report*.csv and no heading 'Begin'" in told.en
        assert "Verzonnen [made_up]: de naam is geen van report*.csv en geen kolomkop 'Begin'" in told.nl
        assert "care-transfer source new" in told.nl

    def test_a_good_file_under_another_name_is_read_by_its_headings_and_told_so(self, workspace: Workspace) -> None:
        (workspace.inbox / "uitgever" / "2023" / "export.csv").write_text(
            "provider_id;period;patients;units\n1;2023;2;3\n"
        )
        (outcome,) = [one for one in deliveries.ingest(workspace) if one.delivery.path.name == "export.csv"]
        assert outcome.record.dataset == "volume"
        assert "dataset_guessed" in [one.rule for one in outcome.record.remarks]

    def test_what_is_no_table_has_its_name_to_go_by(self, workspace: Workspace) -> None:
        told = self.refusal_of(workspace, "report.pdf", "%PDF-1.4")
        assert "(1) " in told.en

    def test_it_stands_in_the_report_to_the_supplier(self, workspace: Workspace) -> None:
        self.refusal_of(workspace, "export.csv", "Code;Name;Begin\n1;2;3\n")
        (record,) = read_log(workspace.lake)
        page = deliveries.report_of(workspace.lake, record)
        assert page is not None
        assert "De meest gelijkende bekende opmaken" in page.read_text()

    def test_a_mapping_that_comes_later_is_used(self, workspace: Workspace) -> None:
        self.refusal_of(workspace, "other.csv", "\n".join([HEADINGS, *ROWS]))
        text = MAPPING.replace("report*.csv", "other*.csv")
        mapping_in(workspace.root / sources.FOLDER, text)
        outcomes = deliveries.ingest(workspace)
        assert {one.record.status for one in outcomes} == {"accepted"}
        log = deliveries.records(workspace.lake)
        assert log.filter(dataset="_")["status"].to_list() == ["superseded"], "nothing is left to mend"


class TestFaultyMappings:
    @pytest.fixture
    def workspace(self, tmp_path: Path) -> Workspace:
        (tmp_path / "region.yaml").write_text(REGION)
        inbox = tmp_path / "inbox" / "uitgever" / "2023"
        inbox.mkdir(parents=True)
        (inbox / "report.csv").write_text("\n".join([HEADINGS, *ROWS]) + "\n")
        (inbox / "payers.csv").write_text("payer_id\n1\n")
        (tmp_path / sources.FOLDER).mkdir()
        return Workspace.open(tmp_path)

    @pytest.mark.parametrize("before", ["title:", "steps:", "do: annualise"])
    def test_it_costs_its_own_files_and_no_other(self, workspace: Workspace, before: str) -> None:
        text = MAPPING.replace(before, f"x{before}")
        (workspace.root / sources.FOLDER / "made_up.yaml").write_text(text)
        status = {one.delivery.path.name: one.record for one in deliveries.ingest(workspace)}
        assert status["payers.csv"].status == "accepted"
        refused = status["report.csv"]
        assert (refused.status, refused.rule) == ("refused", "faulty_mapping")
        assert refused.message is not None
        assert "sources/made_up.yaml, line" in refused.message.en
        assert "bronbeschrijving die niet bruikbaar is" in refused.message.nl
        (workspace.root / sources.FOLDER / "made_up.yaml").write_text(MAPPING)
        assert {one.record.status for one in deliveries.ingest(workspace)} == {"accepted"}

    def test_the_one_that_ships_does_not_step_in(self, workspace: Workspace) -> None:
        own = workspace.root / sources.FOLDER / "hospitals.yaml"
        own.write_text("extends: us_cms_hospital_cost_report\nparameter: {states: [CT]}\n")
        known = sources.known_mappings(workspace.root)
        assert "us_cms_hospital_cost_report" not in {mapping.source for mapping in known.usable}
        (faulty,) = known.faulty
        assert "CostReport*" in faulty.names
        assert faulty.reason == "sources/hospitals.yaml, line 2, parameter: the unknown key 'parameter'"

    def test_no_yaml_at_all_stops_nothing(self, workspace: Workspace) -> None:
        (workspace.root / sources.FOLDER / "x.yaml").write_text("a: [")
        known = sources.known_mappings(workspace.root)
        assert len(known.faulty) == 1
        assert {one.record.status for one in deliveries.ingest(workspace)} == {"accepted", "refused"}

    def test_two_files_of_one_name_are_told(self, workspace: Workspace) -> None:
        for name in ("a", "b"):
            (workspace.root / sources.FOLDER / f"{name}.yaml").write_text(MAPPING)
        known = sources.known_mappings(workspace.root)
        assert "source: made_up, which another file in sources has too" in known.faulty[0].reason
        assert known.usable[0].source == "made_up"

    def test_one_that_recognises_by_headings_is_named_too(self, workspace: Workspace) -> None:
        folder = workspace.root / "sources"
        folder.mkdir(exist_ok=True)
        by_headings = "source: wrong\ntitle: {en: W, nl: W}\nrecognise: {headings: [Kolom, Getal]}\ndatset: []\n"
        (folder / "wrong.yaml").write_text(by_headings)
        path = workspace.inbox / "uitgever" / "2023" / "export.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Kolom,Getal\n1,2\n")
        deliveries.ingest(workspace)
        record = next(one for one in read_log(workspace.lake) if one.file == "export.csv")
        assert record.message is not None
        assert "cannot be used: sources/wrong.yaml, line 1" in record.message.en
        assert "is niet bruikbaar: sources/wrong.yaml, line 1" in record.message.nl


DOCS = Path(__file__).parents[3] / "docs"


def described(name: str, page: str, folder: Path) -> sources.Mapping:
    """Returns a mapping as a page of the docs has it."""
    blocks = (DOCS / page).read_text(encoding="utf-8").split("```yaml\n")[1:]
    (text,) = [block.partition("```")[0] for block in blocks if f"\nsource: {name}\n" in block]
    return mapping_in(folder, text)


@pytest.mark.parametrize("page", ["sources.md", "bronnen.md"])
class TestTheMappingsOfTheDocs:
    def test_lines_that_are_taken_back_are_taken_off(self, page: str, tmp_path: Path) -> None:
        mapping = described("lines", page, tmp_path / "sources")
        lines = ["06010101;099999001;500,00;D;granted"] * 3 + ["06010101;099999001;500,00;C;granted"]
        lines += ["06010101;099999001;9999,99;D;rejected"]
        (tmp_path / "lines 2025.csv").write_text("\n".join(["AGB;Product;Amount;DC;State", *lines]) + "\n")
        (made,) = sources.translate(sources.read_source(tmp_path / "lines 2025.csv", mapping), mapping, period="2025")
        found = validate(made.raw, load_contract("revenue"), register=Register())
        assert found.accepted.select("units", pl.col("revenue_eur").cast(pl.Float64)).rows() == [(2.0, 1000.0)]

    def test_months_as_columns_become_quarters(self, page: str, tmp_path: Path) -> None:
        mapping = described("months", page, tmp_path / "sources")
        head = "AGB;Product;jan-25;feb-25;mrt-25;apr-25;dec-25"
        (tmp_path / "months 2025.csv").write_text(f"{head}\n06010101;099999001;1;2;3,5;4;7\n")
        (made,) = sources.translate(sources.read_source(tmp_path / "months 2025.csv", mapping), mapping, period="2025")
        found = validate(made.raw, load_contract("volume"), register=Register(), period="2025")
        rows = found.accepted.sort("period").select("period", "units").rows()
        assert rows == [("2025Q1", 6.5), ("2025Q2", 4.0), ("2025Q4", 7.0)]
