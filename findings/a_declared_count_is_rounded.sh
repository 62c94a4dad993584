#!/usr/bin/env bash
# DuckDB 1.5.5: a column of a CSV that is declared INTEGER takes 12.7 and counts 13; polars 2.1.0 raises on the same file.
#
# A type that was declared is expected to refuse what is not of it: read_csv does so for words and for dates. Numbers with a
# fraction are rounded, and so are 1e2 and 0x1F read (100 and 31), without a rejected row.
# Why the guess is wrong: the declaration looks like a check, and the detection of types on the same file is stricter: it
# would have called the column a DOUBLE or text.
#
# seen: duckdb [(13,), (100,), (31,)], rejected 0 | polars: ComputeError
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet duckdb==1.5.5 polars==2.1.0
cat > show.py <<'PYTHON'
from pathlib import Path

import duckdb
import polars as pl

Path("units.csv").write_text("units\n12.7\n1e2\n0x1F\n")
rows = duckdb.sql("FROM read_csv('units.csv', header=true, delim=',', types={'units': 'INTEGER'}, store_rejects=true)").fetchall()
(rejected,) = duckdb.sql("SELECT count(*) FROM reject_errors").fetchone()
try:
    other = pl.read_csv("units.csv", schema={"units": pl.Int64})["units"].to_list()
except Exception as error:
    other = type(error).__name__
print(f"duckdb {rows}, rejected {rejected} | polars: {other}")
PYTHON
seen=$(env/bin/python show.py)
echo "$seen"
[ "$seen" = "duckdb [(13,), (100,), (31,)], rejected 0 | polars: ComputeError" ]
