"""The assumptions behind the demonstration region that are tables: one CSV file each, in `data/`.

They can be read and argued with by somebody who knows the field and no Python. Every column that is a code is text.
"""

import io
from importlib import resources

import polars as pl

CODES = ("specialism", "diagnoses", "care_product", "provider_id", "payer_id", "chapter", "key")


def assumed(name: str) -> pl.DataFrame:
    """Returns one table of assumptions, such as "groups": empty cells are null, codes are text."""
    content = resources.files("pipelines.demo").joinpath("data", f"{name}.csv").read_bytes()
    header = content.split(b"\n", 1)[0].decode().split(",")
    text = {column: pl.String for column in header if column in CODES}
    return pl.read_csv(io.BytesIO(content), schema_overrides=text, infer_schema_length=None)
