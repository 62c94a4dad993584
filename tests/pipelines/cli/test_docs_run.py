"""Every question, script and reading command that the documentation shows runs on the demonstration region, as written.

What a test cannot run stands below a line `<!-- not run: why -->`, which no reader sees; nothing else is left out.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from data_contracts.yaml_file import read_yaml
from pipelines.release import releases
from pipelines.release.asking import ask

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
READS = ("sql", "whatif", "compare", "export", "releases", "templates")
"""Commands that read a release or show what ships; what writes a workspace has tests of its own."""
NOT_RUN = re.compile(r"<!-- not run: (.+) -->")


class Shown(NamedTuple):
    """A block of a page: where, in which language, its text, and why it is not run, if it is not."""

    place: str
    language: str
    text: str
    reason: str


def blocks(page: Path) -> Iterator[Shown]:
    """Yields the fenced and indented blocks of a page."""
    lines, reason, number = page.read_text(encoding="utf-8").splitlines(), "", 0
    while number < len(lines):
        line, start = lines[number], number
        if marked := NOT_RUN.match(line):
            reason = marked[1]
        elif fence := re.match(r"```(\w*)", line):
            end = next(place for place in range(number + 1, len(lines)) if lines[place].startswith("```"))
            yield Shown(f"{page.name}:{start + 1}", fence[1], "\n".join(lines[number + 1 : end]), reason)
            reason, number = "", end
        elif line.startswith("    "):
            while number + 1 < len(lines) and lines[number + 1].startswith("    "):
                number += 1
            yield Shown(
                f"{page.name}:{start + 1}", "", "\n".join(part[4:] for part in lines[start : number + 1]), reason
            )
            reason = ""
        elif line.strip():
            reason = ""
        number += 1


BLOCKS = [block for page in PAGES for block in blocks(page)]
COMMANDS = {
    block.place: lines
    for block in BLOCKS
    if not block.reason
    and (lines := [line for line in block.text.splitlines() if re.match(rf"care-transfer ({'|'.join(READS)})\b", line)])
}
"""The reading commands of each block, in their order: one may need what another before it wrote."""
SCRIPTS = [block for block in BLOCKS if block.language == "python" and not block.reason]
QUERIES = [block for block in BLOCKS if block.language == "sql" and not block.reason]


@pytest.fixture(scope="module")
def folder(demonstration, tmp_path_factory) -> Path:
    """A folder outside the checkout: the demonstration region as `demo` leaves it there, and what pages speak of."""
    here = tmp_path_factory.mktemp("docs")
    shutil.copytree(demonstration.root, here / "demo-region", symlinks=True)
    (here / "published").symlink_to("demo-region/published")
    questions = read_yaml(ROOT / "docs" / "examples" / "questions.yaml").mapping(keys="questions")["questions"]
    text = ";\n".join(question["sql"] for question in questions[:3])
    (here / "questions.sql").write_text(text, encoding="utf-8")
    return here


def ran(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a command as a person outside the checkout does, with the installed package."""
    own = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "CARE_TRANSFER_WORKSPACE"}}
    own["PATH"] = f"{Path(sys.executable).parent}:{own['PATH']}"
    return subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False, timeout=300)


def test_there_is_much_to_run_and_every_exception_says_why():
    assert sum(map(len, COMMANDS.values())) >= 15
    assert len(SCRIPTS) >= 2
    assert len(QUERIES) >= 8
    assert all(len(block.reason) > 10 for block in BLOCKS if block.reason)


@pytest.mark.parametrize("place", COMMANDS)
def test_commands_run_as_they_are_written(place, folder):
    for line in COMMANDS[place]:
        done = ran(["bash", "-c", line], folder)
        assert (done.returncode, done.stderr[-600:] if done.returncode else "") == (0, ""), line


@pytest.mark.parametrize("block", SCRIPTS, ids=lambda block: block.place)
def test_a_script_runs_outside_the_checkout(block, folder):
    done = ran([sys.executable, "-c", block.text], folder)
    assert done.returncode == 0, done.stderr[-600:]


@pytest.mark.parametrize("block", QUERIES, ids=lambda block: block.place)
def test_a_question_has_an_answer(block, demonstration):
    """The locked door of `sql` answers it, and finds rows."""
    release = releases.require_current(demonstration.published)
    text = re.sub(r"ATTACH '[^']*'", f"ATTACH '{release.database}'", block.text)
    for answer in ask(text, database=release.database, others=[release.database]):
        assert not answer.frame.is_empty(), block.place
