#!/usr/bin/env bash
# DuckDB 1.5.5: with thousands='.' a dot is thrown away wherever it stands, so that 12.5 is read as 125.
#
# A reader that knows the mark of thousands is expected to know that three figures follow it. read_csv does not look: 12.5
# becomes 125.0 and 2026.1 becomes 20261, also where the column is declared a decimal. Without thousands='.' the same
# cells are refused, or kept as text.
# Why the guess is wrong: the option makes a column that failed succeed. One supplier who writes a dot for a decimal among
# many who write a comma then counts tenfold, and nothing is refused.
#
# seen: [1200.50, 125.00, 20261.00]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet duckdb==1.5.5
cat > show.py <<'PYTHON'
from pathlib import Path

import duckdb

Path("revenue.csv").write_text("revenue;specialism\n1.200,50;0320\n12.5;0303\n2026.1;0316\n")
rows = duckdb.sql(
    "FROM read_csv('revenue.csv', delim=';', header=true, decimal_separator=',', thousands='.', "
    "types={'revenue': 'DECIMAL(18,2)'})"
).fetchall()
print(f"[{', '.join(str(revenue) for revenue, _ in rows)}]")
PYTHON
seen=$(env/bin/python show.py)
echo "$seen"
[ "$seen" = "[1200.50, 125.00, 20261.00]" ]
