"""Good files in the layouts that source mappings describe, made by code: tables, and texts that are no table."""

import io
import json
import random
import zipfile
from dataclasses import dataclass
from xml.sax.saxutils import escape

import xlsxwriter

from fuzz.tables import Cell, Grid


@dataclass(frozen=True)
class Published:
    """A publisher's file: its name, a table or the bytes of what is none, and files that lie beside it."""

    name: str
    grid: Grid | None = None
    content: bytes = b""
    beside: tuple[tuple[str, bytes], ...] = ()


def _grid(head: list[str], rows: list[list[Cell]]) -> Grid:
    return Grid(lines=(tuple(head), *(tuple(row) for row in rows)), head=0, rows=len(rows))


def vektis(draw: random.Random) -> Published:
    """Returns a Vektis file with headings as those of one of its years, the rest row among them."""
    kinds = ["medisch_specialistische_zorg", "farmacie", "huisarts_consult", "mondzorg", "overig", "nieuwe_zorgsoort"]
    head = ["GESLACHT", "LEEFTIJDSKLASSE", "GEMEENTENAAM", "AANTAL_BSN", "AANTAL_VERZEKERDEJAREN"]
    head += [f"KOSTEN_{kind}" for kind in draw.sample(kinds, draw.randint(1, 6))]
    head = [one.lower()[:32] for one in head] if draw.random() < 0.5 else [one.upper() for one in head]
    ages = (" 0 t/m  4 jaar", " 5 t/m  9 jaar", "85 t/m 89 jaar", "90+")
    rows: list[list[Cell]] = [
        [sex, age, "S GRAVENHAGE", 30, 28.5, *(round(draw.uniform(-5, 90_000), 2) for _ in head[5:])]
        for sex in "MV"
        for age in ages
    ]
    rows.insert(draw.choice((0, len(rows))), ["", "", "", 400, 390.2, *(1000 for _ in head[5:])])
    return Published(
        draw.choice(("vektis_2025_gemeente.csv", "Zvw 2025 gemeente.csv", "open_databestand.csv")), _grid(head, rows)
    )


def open_dis(draw: random.Random) -> Published:
    """Returns Open DIS prices, perhaps with the names of products and specialisms beside them."""
    head = [
        "VERSIE",
        "DATUM_BESTAND",
        "PEILDATUM",
        "JAAR",
        "BEHANDELEND_SPECIALISME_CD",
        "TYPERENDE_DIAGNOSE_CD",
        "ZORGPRODUCT_CD",
        "AANTAL_PAT_PER_ZPD",
        "AANTAL_SUBTRAJECT_PER_ZPD",
        "GEMIDDELDE_VERKOOPPRIJS",
    ]
    rows: list[list[Cell]] = [
        [
            "1.0",
            "2026-08-01",
            "2026-08-01",
            year,
            "0320",
            "401",
            f"09999900{n}",
            10 * n,
            12 * n,
            draw.choice((None, 415, 1250)),
        ]
        for year in (2023, 2024, 2025)
        for n in range(1, 4)
    ]
    names = b"VERSIE,ZORGPRODUCT_CD,LATIJN_OMS,CONSUMENT_OMS\n1,99999001,Atrium,Hartritme\n"
    beside = (("05_REF_ZPD.csv", names),) if draw.random() < 0.5 else ()
    return Published("01_DBC.csv", _grid(head, rows), beside=beside)


def profile(draw: random.Random) -> Published:
    """Returns Open DIS activities per product, with the counts of products beside them."""
    head = [
        "VERSIE",
        "DATUM_BESTAND",
        "PEILDATUM",
        "JAAR",
        "BEHANDELEND_SPECIALISME_CD",
        "TYPERENDE_DIAGNOSE_CD",
        "ZORGPRODUCT_CD",
        "ZORGACTIVITEIT_CD",
        "ZORGPROFIELKLASSE_CD",
        "AANTAL_PAT",
        "AANTAL_ZAT",
        "SOM_AANTAL_ZAT",
    ]
    rows: list[list[Cell]] = [
        ["1.0", "2026-08-01", "2026-08-01", 2024, "0320", "401", "099999001", f"19000{n}", n % 6, n, n, 5 * n]
        for n in range(1, 7)
    ]
    head_of_care = (
        b"PEILDATUM,JAAR,ZORGPRODUCT_CD,AANTAL_SUBTRAJECT_PER_ZPD,BEHANDELEND_SPECIALISME_CD,GEMIDDELDE_VERKOOPPRIJS\n"
    )
    care = head_of_care + b"2026-08-01,2024,099999001,10,0320,400\n"
    beside = (("01_DBC.csv", care),) if draw.random() < 0.8 else ()
    return Published("02_DBC_PROFIEL.csv", _grid(head, rows), beside=beside)


def beds(draw: random.Random) -> Published:
    """Returns KH03 with its three lines above the headings."""
    above: list[tuple[Cell, ...]] = [("Title: ", "KH03 Returns"), ("Source", "NHS"), ()]
    rows: list[tuple[Cell, ...]] = [
        (f"01/{month:02}/2025", f"R{n:02}", f"Trust {n}", draw.choice(("NA", 100.5, 80)), draw.choice(("NA", 90)))
        for month in (3, 6, 9)
        for n in range(3)
    ]
    grid = Grid(lines=(*above, ("date", "org_code", "org_name", "beds_av", "occ_av"), *rows), head=3, rows=len(rows))
    return Published("beds_data.csv", grid)


def schedule(draw: random.Random) -> Published:
    """Returns the NHS cost schedule: a heading over two lines, thousands in quotes, a column without a heading."""
    head = [
        "Currency code",
        "Currency description",
        "Department",
        " Number of FCEs\n ",
        "National average unit cost",
        "Total cost",
        "",
    ]
    rows: list[list[Cell]] = [
        [f"AA{n:02}A", f"Product {n}", "EL", draw.choice(("1,022", "77")), "5,053.00", "£411,860.78", "£1"]
        for n in range(draw.randint(1, 6))
    ]
    return Published("National_schedule_of_NHS_costs_2025.csv", _grid(head, rows))


def mental_health(draw: random.Random) -> Published:
    """Returns waiting times of mental health care: quoted cp1252 with words in the numbers."""
    head = [
        "",
        "x",
        "AGBCODE_INDIENER",
        "NAAM",
        "POSTCODE",
        "PLAATS",
        "Naam.zorgaanbieder",
        "Type.GGZ",
        "Aanmeldtijd",
        "Behandeltijd",
        "Datum.actualisatie",
    ]
    waits: tuple[Cell, ...] = ("2,5", "-", "stop", "in overleg", "12", "", "NA")
    rows: list[list[Cell]] = [
        [
            n,
            n,
            draw.choice((6290832, "06290901")),
            "Instelling  ",
            "3011 AA",
            "Rotterdam",
            f"Zorg & {n}",
            "GB-GGZ",
            draw.choice(waits),
            draw.choice(waits),
            "1-2-2025",
        ]
        for n in range(5)
    ]
    return Published("brondata_wachttijden_ggz_2025.csv", _grid(head, rows))


def _records(draw: random.Random) -> list[dict[str, object]]:
    return [
        {
            "Id": n,
            "CareProvider_AGBCode": draw.choice(("06010101", 6010102)),
            "Location": {"City": "Één", "Postcode": "3011AA"},
            "TreatmentType": "Polikliniekbezoek",
            "Specialism": "Cardiologie (0320)",
            "WaitingTime": draw.choice((None, 12, 28.5)),
            "InsufficientObservations": draw.choice((True, False)),
        }
        for n in range(draw.randint(1, 6))
    ]


def waiting_json(draw: random.Random) -> Published:
    """Returns waiting times of hospitals as JSON."""
    records: object = _records(draw)
    content = json.dumps(records if draw.random() < 0.7 else {"WaitingTimeMSZ": records}, indent=draw.choice((None, 1)))
    return Published("wachttijden_msz.json", content=content.encode())


def waiting_xml(draw: random.Random) -> Published:
    """Returns waiting times of hospitals as XML."""
    made = []
    for record in _records(draw):
        fields = "".join(
            f'<{key} xsi:nil="true"/>' if value is None else f"<{key}>{_inner(value)}</{key}>"
            for key, value in record.items()
        )
        made.append(f"<WaitingTimeMSZ>{fields}</WaitingTimeMSZ>")
    head = '<?xml version="1.0" encoding="utf-8"?><ArrayOf xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    return Published("wachttijden_msz.xml", content=(head + "\n".join(made) + "</ArrayOf>").encode())


def _inner(value: object) -> str:
    if isinstance(value, dict):
        return "".join(f"<{key}>{escape(str(one))}</{key}>" for key, one in value.items())
    return escape(str(value))


def form(draw: random.Random) -> Published:
    """Returns a filled-in price form of California: titles, then blocks with headings of their own."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        if draw.random() < 0.4:
            book.add_worksheet("Top 50 List").write_row(0, 0, ["Rank", "Item"])
        sheet = book.add_worksheet(draw.choice(("AB 1045 Form", "2019", "Sheet1")))
        place = draw.choice((0, 2))
        for line in _form_lines(draw):
            sheet.write_row(place, 0, line)
            place += 1
    return Published(f"1065604{draw.randrange(10, 99)}_Common25_2025.xlsx", content=target.getvalue())


def _form_lines(draw: random.Random) -> list[list[str | int | float]]:
    charges: tuple[str | int | float, ...] = (100, 155.5, "$155-$310", "N/A", "see below", "", "1,234")
    lines: list[list[str | int | float]] = [
        ["Hospital Name: Test Hospital"],
        ["OSHPD Facility No: 106560492"],
        ["Effective Date: 6/1/2025"],
        [],
    ]
    for block, codes in (
        ("Evaluation & Management Services", (99201, 99282, "99283")),
        ("Laboratory", ("81002 or 81003", 80053)),
    ):
        lines.append([block, "2025 CPT Code", "Average Charge"])
        lines += [[f"Procedure {code}", code, draw.choice(charges)] for code in codes]
    return lines


_ODS = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
)


def accounts(draw: random.Random) -> Published:
    """Returns yearly accounts: a wide table over two sheets of an OpenDocument workbook."""
    first: list[list[Cell]] = [
        ["Code", "qNawNaam", "qPersTotTot_AantalFte"],
        *([f"A{n}", f"Zorg {n}", 100.5 * n] for n in range(1, 4)),
    ]
    second: list[list[Cell]] = [
        ["Code", "qNawKvk", "jeu10420_jeu10420"],
        *([f"A{n}", f"4105562{n}", draw.choice((None, 10**6))] for n in range(1, 4)),
    ]
    content = (
        _ODS
        + _ods_sheet("RowData_01", first)
        + _ods_sheet("RowData_02", second)
        + "</office:spreadsheet></office:body></office:document-content>"
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return Published("DigiMV2025.ods", content=target.getvalue())


def _ods_sheet(name: str, rows: list[list[Cell]]) -> str:
    lines = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    return f'<table:table table:name="{name}"><table:table-column/>{lines}</table:table>'


def _ods_cell(value: Cell) -> str:
    if value is None:
        return "<table:table-cell/>"
    kind = 'string"' if isinstance(value, str) else f'float" office:value="{value}"'
    return f'<table:table-cell office:value-type="{kind}><text:p>{escape(str(value))}</text:p></table:table-cell>'


LAYOUTS = (vektis, vektis, open_dis, profile, beds, schedule, mental_health, waiting_json, waiting_xml, form, accounts)
