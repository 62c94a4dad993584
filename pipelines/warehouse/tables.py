"""The tables of a release that are neither facts nor model results: where its rows came from, and what it is.

Their columns come with the frames that fill them; this is the one place where their meaning is written down.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReleaseTable:
    """One such table: its name, what one row is, and what each column means."""

    name: str
    grain: str
    columns: dict[str, str]


RELEASE_TABLES = {
    table.name: table
    for table in (
        ReleaseTable(
            "delivery",
            "One row a file that a supplier delivered, whatever became of it",
            {
                "supplier": "Supplier: the folder in the inbox",
                "period": "Period: the folder below it, such as 2025 or 2025Q3",
                "dataset": "Dataset that the file holds",
                "file": "Name of the file",
                "received_at": "When the file arrived",
                "hash": "SHA-256 of its bytes",
                "format": "Format as read: encoding, separator, decimal sign, sheet",
                "rows_read": "Rows in the file",
                "rows_left_out": "Of these, left out by the source mapping (totals, other years): see notes",
                "rows": "Rows judged, accepted plus rejected: those of the file, or made of it by its mapping",
                "accepted": "Rows that count",
                "rejected": "Rows that were refused: see rejection",
                "warnings": "Rows that were accepted with a warning",
                "status": "accepted, accepted_in_part, refused, superseded or withdrawn",
                "superseded_by": "Hash of the delivery that replaced this one; empty if none",
                "withdrawn_at": "When it was found to be taken out of the inbox (UTC); empty if it was not",
                "grade": "A (nothing to remark) to E (nothing of it counts); docs/deliver.md says how it is found",
                "notes": "What was restored or assumed while reading",
                "message_nl": "Why a file was refused, in Dutch",
                "message_en": "Why a file was refused, in English",
                "fingerprint": "What decides whether the file is read again: its bytes, its contract, the register",
            },
        ),
        ReleaseTable(
            "rejection",
            "One row a reason why a delivered row was refused",
            {
                "supplier": "Supplier: the folder in the inbox",
                "period": "Period: the folder below it",
                "dataset": "Dataset that the file holds",
                "file": "Name of the file",
                "delivery": "Hash of the delivery",
                "row": "Row as a person counts it in the file, the heading included",
                "row_number": "Row as a person counts it in the file, the heading included",
                "column": "Column; empty for a rule about the whole row",
                "value": "Value as delivered",
                "rule": "Rule of the contract that it breaks",
                "message": "The reason, in English",
                "message_nl": "The reason, in Dutch",
                "message_en": "The reason, in English",
            },
        ),
        ReleaseTable(
            "coverage",
            "One row a supplier, period and dataset that was expected or delivered",
            {
                "supplier": "Supplier: the folder in the inbox",
                "period": "Period",
                "dataset": "Dataset",
                "expected": "Whether region.yaml expects it",
                "delivered": "Whether it arrived and was accepted, at least in part",
                "status": "complete, partial, stale or missing",
            },
        ),
        ReleaseTable(
            "data_finding",
            "One row a rule that accepted data breaks without being refused, by delivery, provider and period",
            {
                "supplier": "Supplier to ask: the folder in the inbox",
                "delivery": "Hash of the delivery, as in delivery; empty if it belongs to none",
                "file": "Name of its file",
                "provider_id": "Provider whose figures it is about; empty if it is about the whole delivery",
                "period": "Period of the figures, or of the delivery",
                "dataset": "Dataset",
                "column": "Column; empty if it is about whole rows",
                "rule": "Rule, as in data_rule; or missing_optional_column, unknown_<column>, "
                "provider_of_another_supplier",
                "tier": "structural (form and references), logical (figures that contradict each other), analytical "
                "(figures that are unusual)",
                "severity": "warn, or stop: the release is then not published",
                "subject": "Care product, specialism, resource or payer of the case that differs most",
                "value": "What was found in that case",
                "expected": "What was expected there",
                "count": "How many cases, or rows, there are",
                "rows": "First rows of that case, as a person counts them in the file",
                "results": "Results that suffer, as in usability",
                "message_nl": "What to know and do, in Dutch",
                "message_en": "What to know and do, in English",
            },
        ),
        ReleaseTable(
            "data_rule",
            "One row a rule that data was held against, and for a rule with thresholds one a threshold",
            {
                "rule": "Name of the rule",
                "dataset": "Dataset whose deliveries it is told to",
                "column": "Column; empty for the whole row",
                "tier": "structural, logical or analytical",
                "severity": "refuse_row, refuse_file, warn, or stop: the release is then not published",
                "results": "Results that suffer when it is broken",
                "description_nl": "What it says, in Dutch",
                "description_en": "What it says, in English",
                "threshold": "Name of a threshold; empty if it has none",
                "value": "From where on the rule speaks",
                "mark": "What the threshold is worth as evidence: verified, general or assumption",
                "reason_nl": "Why there, in Dutch",
                "reason_en": "Why there, in English",
            },
        ),
        ReleaseTable(
            "usability",
            "One row a provider and result: whether the result can be used for that provider",
            {
                "provider_id": "Provider",
                "result": "Result, as named in the contracts' required_for",
                "title_nl": "Its name in Dutch",
                "title_en": "Its name in English",
                "usability": "usable, with_care or not_usable",
                "columns": "Datasets and columns that spoil it; empty where it is usable",
                "because_nl": "Why, in Dutch",
                "because_en": "Why, in English",
            },
        ),
        ReleaseTable(
            "area_outline",
            "One row an area of which the workspace has an outline (areas.geojson)",
            {
                "area": "Area, as in the table area",
                "outline": "GeoJSON MultiPolygon in degrees (WGS 84), no finer than a map of the region shows",
            },
        ),
        ReleaseTable(
            "sign_off",
            "One row a sign-off: a party has seen its own baseline in a release and accepted it",
            {
                "party": "Provider or payer that signed",
                "release": "Release that it had seen",
                "who": "Who signed for it",
                "when": "When (UTC)",
                "hash": "SHA-256 of the accepted facts about the party, of the base year, as signed",
                "holds": "Whether these facts are in this release still the same; if not, it signed something else",
            },
        ),
        ReleaseTable(
            "carried_forward",
            "One row a dataset, supplier, provider and missing period that an earlier one stands in for",
            {
                "dataset": "Dataset",
                "supplier": "Supplier of the earlier period",
                "provider_id": "Provider whose figures are missing",
                "period": "Period that is missing",
                "carried_from": "Period that stands in for it",
                "rows": "Rows that stand in",
            },
        ),
        ReleaseTable(
            "loaded",
            "One row a fact table: what became of the accepted rows",
            {
                "dataset": "Dataset",
                "fact": "Its table in this file",
                "accepted": "Accepted rows in the lake, of the deliveries that count",
                "replaced": "Of these, replaced by a newer delivery of the same key, or by declarations of that time",
                "loaded": "Of these, in the table",
                "counted": "Rows of the table that were counted from declarations, beside these",
            },
        ),
        ReleaseTable(
            "declaration_count",
            "One row a supplier, provider and period of declarations: what became of its lines",
            {
                "supplier": "Supplier that delivered the lines",
                "delivery": "Newest delivery of that supplier's lines",
                "provider_id": "Provider that claimed the care",
                "period": "Period in which the care ended; empty: not closed yet, so that the lines do not count",
                "lines": "Accepted lines; of a line delivered twice only the newest",
                "counted": "Of these, counted into volume and revenue",
                "corrections": "Of these, corrections: they take another line out and never count themselves",
                "reversed": "Of these, taken out by a correction",
                "unknown_corrections": "Of the corrections, those of a line that is nowhere: they change nothing",
                "without_pseudonym": "Of the counted, without a pseudonym: the patients of their cells are unknown",
                "without_amount": "Of the counted, lines without an amount: they are in volume, not in revenue",
                "units": "Units of the counted lines",
                "revenue_eur": "Amount of the counted lines in euro",
                "volume_from": "Origin of its volume: lines, lines_before_delivered, delivered or other_supplier",
                "revenue_from": "The same of its revenue",
            },
        ),
        ReleaseTable(
            "scenario_file",
            "One row a scenario file of the workspace: evaluated, or refused with its reasons",
            {
                "file": "Name of the file",
                "hash": "SHA-256 of its bytes",
                "scenario": "Scenario, as named in the file; empty if it was refused",
                "status": "evaluated or refused",
                "message": "Why it was refused: file, line, key, what was found, expected and to be done",
            },
        ),
        ReleaseTable(
            "release",
            "One row: what this release is",
            {
                "id": "Id of the release: when it was made (UTC) and a short hash of what it was made of",
                "created_at": "When it was made (UTC)",
                "region": "Region, as named in region.yaml",
                "name_nl": "Name of the region in Dutch",
                "name_en": "Name of the region in English",
                "country": "Country of the region",
                "invented": "Whether the region is invented, for demonstration",
                "base_year": "Year of the facts that everything is measured against",
                "minimum_count": "Smaller numbers of patients are not shown",
                "fingerprint": "SHA-256 of all inputs: deliveries, scenarios, contracts, settings, program",
                "versions": "Versions of the program and its libraries, as JSON",
            },
        ),
    )
}
