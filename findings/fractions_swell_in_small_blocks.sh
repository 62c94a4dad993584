#!/usr/bin/env bash
# DuckDB 1.5.5: in a file of small blocks columns of fractions are not compressed at all, so that the file grows threefold.
#
# A file of many small tables is mostly empty blocks of 256 KiB, and BLOCK_SIZE 65536 or 16384 is the cure one reads of. It
# is, until a column of doubles grows long: amounts of two places, which take the compression ALP in ordinary blocks, are
# stored as they are in smaller ones, without a word. Whole numbers and text keep theirs.
# Why the guess is wrong: a smaller block is expected to cost a little in each block, not to switch a compression off.
#
# seen: 262144 ALP | 65536 Uncompressed, 3 times the size | 16384 Uncompressed, 3 times the size
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet duckdb==1.5.5
cat > show.py <<'PYTHON'
from pathlib import Path

import duckdb


def stored(block):
    path = Path(f"amounts{block}.duckdb")
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{path}' AS filed (STORAGE_VERSION 'v1.2.0', BLOCK_SIZE {block})")
        connection.execute("CREATE TABLE filed.amount AS SELECT (n * 7919 % 100003) / 100 AS euro FROM range(1000000) AS t(n)")
        connection.execute("CHECKPOINT filed")
        ((kind,),) = connection.execute(
            "SELECT DISTINCT compression FROM pragma_storage_info('filed.amount') WHERE segment_type = 'DOUBLE'"
        ).fetchall()
    return kind, path.stat().st_size


usual, size = stored(262144)
others = [(block, *stored(block)) for block in (65536, 16384)]
print(f"262144 {usual} | " + " | ".join(f"{block} {kind}, {round(big / size)} times the size" for block, kind, big in others))
PYTHON
seen=$(env/bin/python show.py)
echo "$seen"
[ "$seen" = "262144 ALP | 65536 Uncompressed, 3 times the size | 16384 Uncompressed, 3 times the size" ]
