#!/usr/bin/env bash
# polars 2.1.0: told that a comma is the decimal mark, read_csv still takes a dot for one too.
#
# Amounts of a Dutch file are 1.200 (twelve hundred) and 3,50 (three and a half). With decimal_comma=True and a column declared
# a float, 1.200 is read as 1.2, beside 3,50 read as 3.5; 1.200,50 raises.
# Why the guess is wrong: a mark that was said to be the comma leaves no second one. The column may come through for years:
# amounts with cents below a thousand are right, and round thousands are a thousand times too small.
#
# seen: [1.2, 3.5, 950.0]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet polars==2.1.0
cat > show.py <<'PYTHON'
import polars as pl

text = b"revenue;specialism\n1.200;0320\n3,50;0303\n950,00;0316\n"
read = pl.read_csv(text, separator=";", decimal_comma=True, schema={"revenue": pl.Float64, "specialism": pl.String})
print(read["revenue"].to_list())
PYTHON
seen=$(env/bin/python show.py)
echo "$seen"
[ "$seen" = "[1.2, 3.5, 950.0]" ]
