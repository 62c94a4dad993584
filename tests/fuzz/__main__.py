"""Reads as many broken files as asked for, of one seed after another, and prints what is wrong."""

import argparse
import faulthandler
import sys
import tempfile
import time
from pathlib import Path

from fuzz.judging import faults, new_region, worst_first
from fuzz.making import broken_file, broken_files

BATCH = 100
HUNG_SECONDS = 600


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--files", type=int, default=2_000, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="from which they are drawn")
    parser.add_argument("--only", help="SEED:NUMBER of the one file to read")
    parser.add_argument("--keep", type=Path, help="a folder to write that file to")
    asked = parser.parse_args()
    if asked.only:
        seed, number = (int(part) for part in asked.only.split(":"))
        sys.exit(_one(seed, number, asked.keep))
    sys.exit(_many(asked.files, asked.seed))


def _one(seed: int, number: int, keep: Path | None) -> int:
    broken = broken_file(seed, number)
    print(broken)
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / broken.name).write_bytes(broken.content)
    with tempfile.TemporaryDirectory() as folder:
        found = faults(new_region(Path(folder) / "region"), [broken])
    print("\n".join(found) or "nothing wrong")
    return bool(found)


def _many(files: int, seed: int) -> int:
    found: list[str] = []
    start = time.process_time()
    for first in range(0, files, BATCH):
        faulthandler.dump_traceback_later(HUNG_SECONDS, exit=True)
        with tempfile.TemporaryDirectory() as folder:
            batch = list(broken_files(seed, range(first, min(first + BATCH, files))))
            new = faults(new_region(Path(folder) / "region"), batch)
        found += new
        print(
            f"{first + len(batch)} files, {len(found)} faults, {time.process_time() - start:.0f} s of CPU",
            file=sys.stderr,
        )
        for fault in new:
            print(fault, flush=True)
    print("\n" + worst_first(found))
    return bool(found)


if __name__ == "__main__":
    main()
