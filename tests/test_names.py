"""A name means one thing: no class has the name of another, and a module only that of a module on the same subject."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIRECTORIES = ("data_contracts", "models", "dashboards", "pipelines")
SAYS = "data_contracts"
"""Here is written down what another room runs, under the same name."""
SHOWS = (
    "dashboards/figures",
    "dashboards/pages",
    "dashboards/telling",
    "dashboards/faces",
    "pipelines/cli",
    "pipelines/orchestration/assets",
    "pipelines/demo",
)
"""Rooms that show, run or invent what another room makes, and name it as that room does."""
SAME_SUBJECT = {
    "positions": "what each party wants, sealed: the model of it, and the files of a workspace that hold it",
    "sight": "files whose plain rows count at sight: what of a format is plain, and the judging of it",
}
"""The modules outside those rooms that share a name because they are about one thing."""


def modules() -> Iterator[tuple[Path, str]]:
    """Yields every module by its name; of a package, the package's."""
    for directory in DIRECTORIES:
        for file in sorted((ROOT / directory).rglob("*.py")):
            yield file.relative_to(ROOT), file.parent.name if file.name == "__init__.py" else file.stem


def test_every_public_class_has_a_name_of_its_own() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for file, _ in modules():
        for node in ast.parse((ROOT / file).read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(str(file))
    assert {name: files for name, files in found.items() if len(files) > 1} == {}


def makers() -> dict[str, list[str]]:
    """Returns by name the modules that make what they are named after; a package with its namesake is one."""
    found: dict[str, list[str]] = defaultdict(list)
    for file, name in modules():
        own = file.parent.name == name and file.name != "__init__.py"
        if not own and not str(file).startswith((SAYS, *SHOWS)):
            found[name].append(str(file))
    return found


def test_two_rooms_make_nothing_different_under_one_name() -> None:
    several = {name: files for name, files in makers().items() if len(files) > 1}
    assert {name: files for name, files in several.items() if name not in SAME_SUBJECT} == {}
    assert sorted(set(SAME_SUBJECT) - set(several)) == []
