#!/usr/bin/env bash
# openpyxl 3.1.5, xlsxwriter 3.2.9, fastexcel 0.21.0: a formula that was never worked out reads as nothing, or as 0.
#
# Neither writer computes. openpyxl stores the formula and no value, which a reader gives as an empty cell, no different from
# a cell that nobody filled in. xlsxwriter stores the value 0, which a reader gives as a figure.
# Why the guess is wrong: both files open in a spreadsheet program with 84 in the cell, for it works them out (the workbook
# says fullCalcOnLoad="1", which readers do not look at), so that the sender sees the right figure in the file that was sent.
#
# seen: openpyxl: None | xlsxwriter: 0.0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet fastexcel==0.21.0 polars==2.1.0 pyarrow==26.0.1 openpyxl==3.1.5 xlsxwriter==3.2.9
cat > show.py <<'PYTHON'
import fastexcel
import openpyxl
import xlsxwriter

book = openpyxl.Workbook()
book.active.append(["units", "twice"])
book.active.append([42, "=A2*2"])
book.save("openpyxl.xlsx")
with xlsxwriter.Workbook("xlsxwriter.xlsx") as book:
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["units", "twice"])
    sheet.write_number(1, 0, 42)
    sheet.write_formula(1, 1, "=A2*2")


def read(name):
    return fastexcel.read_excel(f"{name}.xlsx").load_sheet(0).to_polars()[0, 1]


print(f"openpyxl: {read('openpyxl')} | xlsxwriter: {read('xlsxwriter')}")
PYTHON
seen=$(env/bin/python show.py)
echo "$seen"
[ "$seen" = "openpyxl: None | xlsxwriter: 0.0" ]
