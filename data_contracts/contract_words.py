"""The words around a contract in comments, templates and dictionary, in both languages.

What a contract itself says is not here.
"""

from dataclasses import dataclass

from data_contracts.contract import Classification, Kind, Severity
from data_contracts.text import Language, Text

KINDS: dict[Kind, Text] = {
    "text": Text(en="text", nl="tekst"),
    "period": Text(en="period (2025 or 2025Q3)", nl="periode (2025 of 2025Q3)"),
    "integer": Text(en="whole number", nl="geheel getal"),
    "year": Text(en="year", nl="jaar"),
    "number": Text(en="number", nl="getal"),
    "share": Text(en="share (0.25 is 25%)", nl="aandeel (0,25 is 25 %)"),
    "money": Text(en="amount", nl="bedrag"),
    "boolean": Text(en="yes or no", nl="ja of nee"),
    "date": Text(en="date", nl="datum"),
}

PUBLISHED_KINDS: dict[str, Text] = {
    "text": Text(en="text", nl="tekst"),
    "integer": Text(en="whole number", nl="geheel getal"),
    "number": Text(en="number", nl="getal"),
    "boolean": Text(en="yes or no", nl="ja of nee"),
    "date": Text(en="date", nl="datum"),
    "moment": Text(en="date and time (UTC)", nl="datum en tijd (UTC)"),
    "numbers": Text(en="list of numbers", nl="lijst van getallen"),
}
"""What a published column holds, by the kinds of `data_contracts.release`."""

UNITS_NL = {
    "EUR": "euro",
    "EUR per EUR of production": "euro per euro productie",
    "EUR per care product": "euro per zorgproduct",
    "EUR per year": "euro per jaar",
    "FTE": "fte",
    "calendar year": "kalenderjaar",
    "care products": "zorgproducten",
    "care products per year": "zorgproducten per jaar",
    "days": "dagen",
    "degrees": "graden",
    "hours per FTE and year": "uren per fte per jaar",
    "patients": "patiënten",
    "people": "mensen",
    "person-years": "persoonsjaren",
    "rows": "rijen",
    "share": "aandeel",
    "units": "eenheden",
    "EUR or patient km": "euro of patiëntkilometers",
    "patient km": "patiëntkilometers",
    "EUR or unit of the resource": "euro of eenheid van het middel",
    "share per year": "aandeel per jaar",
    "unit of the resource": "eenheid van het middel",
    "unit of the resource per year": "eenheid van het middel per jaar",
    "unit of the resource per care product": "eenheid van het middel per zorgproduct",
    "years": "jaren",
}
"""The units of the contracts and of a release in Dutch."""

SEVERITIES: dict[Severity, Text] = {
    "refuse_row": Text(en="the row is refused", nl="de rij wordt geweigerd"),
    "refuse_file": Text(en="the file is refused", nl="het bestand wordt geweigerd"),
    "warn": Text(en="warning", nl="waarschuwing"),
}

CLASSIFICATIONS: dict[Classification, Text] = {
    "public": Text(en="public", nl="openbaar"),
    "confidential": Text(en="confidential", nl="vertrouwelijk"),
    "personal": Text(en="personal", nl="persoonsgegeven"),
}


def unit_text(unit: str) -> Text:
    """Returns a contract's unit in both languages."""
    return Text(en=unit, nl=UNITS_NL[unit])


@dataclass(frozen=True)
class Words:
    """Headings and fixed words in one language."""

    column: str
    kind: str
    must_be_filled: str
    key: str
    unit: str
    values: str
    meaning: str
    rules: str
    empty_cells: str
    bold_names: str
    yes: str
    title: str
    introduction: str
    deliveries: str
    results: str
    results_introduction: str
    origin: str
    origin_introduction: str
    people: str
    people_introduction: str
    views: str
    views_introduction: str
    table: str
    not_published: str
    choices_of: str
    aliases: str
    needed_for: str
    classification: str
    what_happens: str
    refers_to: str


WORDS: dict[Language, Words] = {
    "en": Words(
        column="Column",
        kind="Content",
        must_be_filled="Required",
        key="Key",
        unit="Counted in",
        values="Choices",
        meaning="Meaning",
        rules="Rules",
        empty_cells="An empty cell means: not known, unless the column says otherwise.",
        bold_names="The columns in bold together identify a row.",
        yes="yes",
        title="Data dictionary",
        introduction=(
            "Every column that is delivered or published, with its meaning. Ook in het "
            "[Nederlands](gegevenswoordenboek.md).\n\nThis page is made by `python -m pipelines.release.dictionary` "
            "from `data_contracts/`: change what stands there."
        ),
        deliveries="Deliveries",
        results="Results",
        results_introduction=(
            "What the model computes, by scenario, in every published DuckDB file. The columns in bold together "
            "identify a row, an empty cell counting as a value."
        ),
        origin="Origin",
        people="For people who query",
        people_introduction=(
            "Small tables and views over the others: names beside codes, a column a measure, calendar years. In every "
            "published DuckDB file, and in that of a view as far as the tables under them are there."
        ),
        views="Views",
        views_introduction="What only the file of a view has, beside the tables that it may hold.",
        origin_introduction="Where the rows of a published DuckDB file came from, and what it is.",
        table="published table",
        not_published="not published row by row, only what the rows add up to",
        choices_of="Choices of",
        aliases="Also read under these headings",
        needed_for="Spoils when missing",
        classification="Class",
        what_happens="What happens",
        refers_to="refers to",
    ),
    "nl": Words(
        column="Kolom",
        kind="Inhoud",
        must_be_filled="Verplicht",
        key="Sleutel",
        unit="Geteld in",
        values="Keuzes",
        meaning="Betekenis",
        rules="Regels",
        empty_cells="Een lege cel betekent: niet bekend, tenzij de kolom iets anders zegt.",
        bold_names="De vetgedrukte kolommen bepalen samen een rij.",
        yes="ja",
        title="Gegevenswoordenboek",
        introduction=(
            "Elke kolom die wordt aangeleverd of gepubliceerd, met zijn betekenis. Also in "
            "[English](data_dictionary.md).\n\n"
            "Deze bladzijde wordt gemaakt met `python -m pipelines.release.dictionary` uit `data_contracts/`: "
            "pas aan wat daar staat."
        ),
        deliveries="Aanleveringen",
        results="Uitkomsten",
        results_introduction=(
            "Wat het model berekent, per scenario, in elk gepubliceerd DuckDB-bestand. De vetgedrukte kolommen bepalen "
            "samen een rij, een lege cel telt daarbij als waarde."
        ),
        people="Voor wie vragen stelt",
        people_introduction=(
            "Kleine tabellen en views over de andere: namen naast codes, een kolom per maat, kalenderjaren. In elk "
            "gepubliceerd DuckDB-bestand, en in dat van een inzage voor zover de tabellen eronder er zijn."
        ),
        views="Inzage",
        views_introduction="Wat alleen het bestand van een inzage heeft, naast de tabellen die het mag bevatten.",
        origin="Herkomst",
        origin_introduction=("Waar de rijen van een gepubliceerd DuckDB-bestand vandaan komen, en wat het is."),
        table="gepubliceerde tabel",
        not_published="niet per rij gepubliceerd, alleen waartoe de rijen optellen",
        choices_of="Keuzes van",
        aliases="Ook herkend onder deze koppen",
        needed_for="Onbruikbaar als het ontbreekt",
        classification="Klasse",
        what_happens="Wat er gebeurt",
        refers_to="verwijst naar",
    ),
}
