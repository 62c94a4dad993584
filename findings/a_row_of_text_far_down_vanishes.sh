#!/usr/bin/env bash
# polars 2.1.0 with fastexcel 0.21.0: a row of a workbook is gone without a word where its cells are text and a thousand rows
# above them held numbers.
#
# The type of a column is guessed from its first thousand rows; text further down becomes null, which readers of CSV do too,
# or raise. Here a row that is null throughout is then taken for an empty one and dropped.
# Why the guess is wrong: a count of nulls, the usual look at what a reader could not take, is 0 in every column, and the last
# row that is there is whole. Only the number of rows of the sheet itself tells.
#
# seen: rows written 1501, read 1500, nulls 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet fastexcel==0.21.0 polars==2.1.0 pyarrow==26.0.1 xlsxwriter==3.2.9
cat > show.py <<'PYTHON'
import polars as pl
import xlsxwriter

rows = [(number, 10 * number) for number in range(1, 1501)] + [("A1501", "unknown")]
with xlsxwriter.Workbook("care.xlsx") as book:
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["area", "units"])
    for place, row in enumerate(rows, start=1):
        sheet.write_row(place, 0, row)
read = pl.read_excel("care.xlsx")
print(f"rows written {len(rows)}, read {read.height}, nulls {sum(read.null_count().row(0))}")
PYTHON
seen=$(env/bin/python show.py)
echo "$seen"
[ "$seen" = "rows written 1501, read 1500, nulls 0" ]
