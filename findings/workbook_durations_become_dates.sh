#!/usr/bin/env bash
# fastexcel 0.21.0 (calamine): a duration in a workbook comes as a day in 1900, or ends the reading of the sheet.
#
# A cell with the number format [h]:mm holds a duration: 2000 hours show as 2000:00. Asked for texts, fastexcel gives
# "1900-03-23 08:00:00", which nobody typed and which looks like a date that somebody did. Asked for its own types, a sheet
# in which a duration stands in one column with a text cannot be loaded at all, whatever other columns are wanted.
# Why the guess is wrong: durations have a type of their own in the library ("duration"), so that one expects it to be used
# also where texts are asked for; and a mixed column of numbers and texts loads without a word.
#
# seen: 1900-03-23 08:00:00 | UnsupportedColumnTypeCombinationError
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet fastexcel==0.21.0 polars==2.1.0 pyarrow==26.0.1 xlsxwriter==3.2.9
cat > show.py <<'PYTHON'
import fastexcel
import xlsxwriter

with xlsxwriter.Workbook("hours.xlsx") as book:
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["name", "hours"])
    sheet.write_number(1, 1, 2000 / 24, book.add_format({"num_format": "[h]:mm"}))
    sheet.write_string(2, 1, "not known")
book = fastexcel.read_excel("hours.xlsx")
text = book.load_sheet(0, header_row=None, dtypes="string").to_polars()[1, 1]
try:
    book.load_sheet(0, header_row=None, skip_rows=1, schema_sample_rows=None).to_polars()
    typed = "loaded"
except fastexcel.FastExcelError as error:
    typed = type(error).__name__
print(f"{text} | {typed}")
PYTHON
seen=$(env/bin/python show.py)
echo "$seen"
[ "$seen" = "1900-03-23 08:00:00 | UnsupportedColumnTypeCombinationError" ]
