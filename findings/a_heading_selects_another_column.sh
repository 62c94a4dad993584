#!/usr/bin/env bash
# polars 2.1.0: frame[name] and frame.select(name) are two columns where a delivered heading begins with ^ and ends with $.
#
# A name given to select is a pattern when it has that form, and "*" means every column. So a name taken from frame.columns
# can bring another column's figures, or none at all: no error, no warning, and the right number of rows where it brings one.
# Why the guess is wrong: names that come from frame.columns exist, so select(name) looks like frame[name]; the pattern is
# documented for what a person writes, not for what a file brings.
#
# seen: ^units$: item [2], select {'units': [1]} | ^a.*$: item [9], select {} | *: item [1], select {'*': [1], 'b': [2]}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet polars==2.1.0
cat > show.py <<'PYTHON'
import polars as pl


def both_ways(frame, name):
    return f"{name}: item {frame[name].to_list()}, select {frame.select(name).to_dict(as_series=False)}"


frames = {
    "^units$": pl.DataFrame({"units": [1], "^units$": [2]}),
    "^a.*$": pl.DataFrame({"^a.*$": [9], "b": [2]}),
    "*": pl.DataFrame({"*": [1], "b": [2]}),
}
print(" | ".join(both_ways(frame, name) for name, frame in frames.items()))
PYTHON
seen=$(env/bin/python show.py)
echo "$seen"
[ "$seen" = "^units\$: item [2], select {'units': [1]} | ^a.*\$: item [9], select {} | *: item [1], select {'*': [1], 'b': [2]}" ]
