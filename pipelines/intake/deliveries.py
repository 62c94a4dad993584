"""Deliveries: what lies in the inbox, what of it was read, what was refused and why, and what is still missing.

The inbox is never changed. Accepted rows go to the lake, refused rows with their reasons to quarantine, and one
record a delivery is written last: what has no record has not been read.
"""

from pipelines.intake.checking import CheckedFile, check_book, check_file, check_folder, register_for_check
from pipelines.intake.coverage import COVERAGE_SCHEMA, coverage
from pipelines.intake.inbox import Delivery, Inbox, arriving, discover, look
from pipelines.intake.ingestion import Ingested, ingest
from pipelines.intake.kept import REJECTIONS_SCHEMA, accepted, read_register, rejections, report_of
from pipelines.intake.log import RECORD_SCHEMA, Record, records
from pipelines.intake.region_book import region_book
from pipelines.intake.withdrawal import withdraw_missing

__all__ = [
    "COVERAGE_SCHEMA",
    "RECORD_SCHEMA",
    "REJECTIONS_SCHEMA",
    "CheckedFile",
    "Delivery",
    "Inbox",
    "Ingested",
    "Record",
    "accepted",
    "arriving",
    "check_book",
    "check_file",
    "check_folder",
    "coverage",
    "discover",
    "ingest",
    "look",
    "read_register",
    "records",
    "region_book",
    "register_for_check",
    "rejections",
    "report_of",
    "withdraw_missing",
]
