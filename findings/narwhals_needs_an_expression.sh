#!/usr/bin/env bash
# narwhals 2.29.0: with_columns of nothing raises on a frame of DuckDB, where the frame of Polars below it is unchanged.
#
# A program that works out which columns to add may come to none. Polars takes that for what it is, and so does every test
# on Polars; the same expressions on DuckDB stop.
# Why the guess is wrong: narwhals promises Polars' interface on all engines, and Polars' with_columns() returns the frame.
#
# seen: polars itself: 1 column | narwhals on duckdb: ValueError
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet narwhals==2.29.0 polars==2.1.0 duckdb==1.5.5
cat > show.py <<'PYTHON'
import duckdb
import narwhals as nw
import polars as pl

own = pl.DataFrame({"a": [1]}).lazy().with_columns(**{}).collect().width
relation = nw.from_native(duckdb.sql("SELECT 1 AS a"))
try:
    relation.with_columns(**{})
    other = "unchanged"
except Exception as error:
    other = type(error).__name__
print(f"polars itself: {own} column | narwhals on duckdb: {other}")
PYTHON
seen=$(env/bin/python show.py)
echo "$seen"
[ "$seen" = "polars itself: 1 column | narwhals on duckdb: ValueError" ]
