#!/usr/bin/env bash
# polars 2.1.0: one decimal divided by another keeps the places of the dividend, so that a share of two amounts is 0.33.
#
# Money is kept as decimals, and a share of it is money by money. DuckDB 1.5.5 gives a double with all its figures; Polars a
# decimal with two places: a loss of 0.4 % of revenue is a share of 0.00. The product of two amounts is cut to two as well.
# Why the guess is wrong: decimals are chosen to lose nothing, and SQL's division of decimals widens the result.
#
# seen: polars 0.33 and 0.00 | duckdb 0.333333 and 0.004000
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet duckdb==1.5.5 polars==2.1.0 pyarrow==26.0.1
cat > show.py <<'PYTHON'
import duckdb
import polars as pl

loss = pl.DataFrame({"lost": ["1.00", "0.40"], "revenue": ["3.00", "100.00"]}).cast(pl.Decimal(18, 2))
here = loss.select(share=pl.col("lost") / pl.col("revenue"))["share"].to_list()
there = [share for (share,) in duckdb.sql("SELECT lost / revenue FROM loss").fetchall()]
print(f"polars {here[0]} and {here[1]} | duckdb {there[0]:.6f} and {there[1]:.6f}")
PYTHON
seen=$(env/bin/python show.py)
echo "$seen"
[ "$seen" = "polars 0.33 and 0.00 | duckdb 0.333333 and 0.004000" ]
