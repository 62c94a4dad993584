"""Checks across datasets, on tables of a few rows."""

from collections.abc import Iterator

import duckdb
import pytest

from pipelines.validation.across import REVENUE_WITHOUT_VOLUME


@pytest.fixture
def release() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE volume (provider_id VARCHAR, period VARCHAR, care_product VARCHAR, units DOUBLE)"
        )
        connection.execute(
            "CREATE TABLE revenue (supplier VARCHAR, provider_id VARCHAR, period VARCHAR, care_product VARCHAR, "
            "units DOUBLE, revenue_eur DECIMAL(18, 2))"
        )
        connection.execute(
            "INSERT INTO volume VALUES ('06010101', '2025Q1', '099999001', 5), ('06010102', '2025', NULL, 9)"
        )
        yield connection


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        (("06010101", "2025Q1", "099999001", 5, 100), False),
        (("06010101", "2025", "099999001", 5, 100), False),
        (("06010101", "2025Q1", None, 5, 100), False),
        (("06010102", "2025Q3", "099999009", 5, 100), False),
        (("06010101", "2025Q1", "099999002", 5, 100), True),
        (("06010101", "2025Q2", "099999001", 5, 100), True),
        (("06010101", "2025Q2", "099999001", 5, None), True),
        (("06010103", "2025Q1", "099999001", 5, 100), True),
        (("06010103", "2025Q1", "099999001", 0, 0), False),
    ],
)
def test_revenue_without_volume_is_found(
    release: duckdb.DuckDBPyConnection, row: tuple[object, ...], missing: bool
) -> None:
    release.execute("INSERT INTO revenue VALUES ('noord', ?, ?, ?, ?, ?)", row)
    found = release.execute(REVENUE_WITHOUT_VOLUME.query).pl()
    assert found.select("supplier", "provider_id", "period", "care_product").rows() == (
        [("noord", *row[:3])] if missing else []
    )


def test_the_message_names_what_is_missing() -> None:
    about = {"provider_id": "06010101", "care_product": "099999002", "period": "2025Q1"}
    assert REVENUE_WITHOUT_VOLUME.message.en.format(**about).startswith(
        "06010101 has revenue for care product 099999002"
    )
    assert "geen volume" in REVENUE_WITHOUT_VOLUME.message.nl.format(**about)
