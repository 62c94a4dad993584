#!/usr/bin/env bash
# polars 2.1.0 and DuckDB 1.5.5: text of half a cent becomes a decimal of two places in two ways.
#
# The text 0.125 is exact, so that no float blurs what is meant. Polars takes the even neighbour (0.12), DuckDB goes away from
# nought (0.13), and both keep silent that a figure was cut. 1.005 is 1.00 here and 1.01 there.
# Why the guess is wrong: text to decimal is expected to be free of rounding altogether, or to fail, and two engines in one
# pipeline to agree. A check that sums a file with one engine and its table with the other differs by cents on right data.
#
# seen: polars ['0.12', '1.00'] | duckdb ['0.13', '1.01']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet duckdb==1.5.5 polars==2.1.0 pyarrow==26.0.1
cat > show.py <<'PYTHON'
import duckdb
import polars as pl

amounts = pl.DataFrame({"amount": ["0.125", "1.005"]})
here = amounts["amount"].cast(pl.Decimal(9, 2)).to_list()
there = duckdb.sql("SELECT amount::DECIMAL(9, 2) FROM amounts").fetchall()
print("polars", [str(one) for one in here], "| duckdb", [str(one) for (one,) in there])
PYTHON
seen=$(env/bin/python show.py)
echo "$seen"
[ "$seen" = "polars ['0.12', '1.00'] | duckdb ['0.13', '1.01']" ]
