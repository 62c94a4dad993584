#!/usr/bin/env bash
# DuckDB 1.5.5: the headings of a CSV file become a row of data where all of them are numbers, such as years.
#
# A table with a year above each column is ordinary. Told nothing, read_csv takes its first line for figures and names the
# columns itself: sums are then 2023 and 2024 too high, without a word.
# Why the guess is wrong: a file with one heading that is a word keeps its headings, so it seems to know them.
#
# seen: [('column0', 'column1')] 2028
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet duckdb==1.5.5
cat > show.py <<'PYTHON'
from pathlib import Path

import duckdb

Path("years.csv").write_text("2023,2024\n1,2\n4,5\n")
relation = duckdb.sql("FROM read_csv('years.csv')")
(total,) = duckdb.sql(f"SELECT sum({relation.columns[0]})::INTEGER FROM read_csv('years.csv')").fetchone()
print([tuple(relation.columns)], total)
PYTHON
seen=$(env/bin/python show.py)
echo "$seen"
[ "$seen" = "[('column0', 'column1')] 2028" ]
