"""How the house is built: rooms, floors, arrows and circles from the imports, and how long functions are.

`python -m benchmarks.house BEFORE AFTER` prints one column a checkout (one alone: this one). A *room* is a package or a
module directly inside one of the four directories. An *arrow* is a room that imports another of the same directory. A
*floor* is how many rooms stand above each other on the longest way along the arrows; rooms in a circle share a floor.
"""

import ast
import statistics
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

DIRECTORIES = ("data_contracts", "models", "dashboards", "pipelines")
Arrows = Mapping[str, frozenset[str]]
"""The rooms that each room of a directory imports."""


@dataclass(frozen=True)
class Built:
    """What was counted of a directory: its rooms, floors, arrows, circles, lines of code, and lengths of functions."""

    rooms: int
    floors: int
    arrows: int
    in_circles: int
    lines: int
    functions: tuple[int, ...]


def built(directory: Path) -> Built:
    """Counts one directory of a checkout."""
    trees = {file: ast.parse(file.read_text("utf-8")) for file in sorted(directory.rglob("*.py"))}
    arrows = _arrows(directory, trees)
    lengths = tuple(length for tree in trees.values() for length in _lengths(tree))
    together = _reached(arrows)
    return Built(
        rooms=len(arrows),
        floors=_floors(arrows, together),
        arrows=sum(map(len, arrows.values())),
        in_circles=sum(room in together[room] for room in arrows),
        lines=sum(len(file.read_text("utf-8").splitlines()) for file in trees),
        functions=lengths,
    )


def _arrows(directory: Path, trees: Mapping[Path, ast.Module]) -> Arrows:
    room_of = {file: file.relative_to(directory).parts[0].removesuffix(".py") for file in trees}
    rooms = {room for room in room_of.values() if room != "__init__"}
    found: dict[str, set[str]] = {room: set() for room in rooms}
    for file, tree in trees.items():
        if room_of[file] in rooms:
            found[room_of[file]] |= {room for room in _imported(tree, directory.name) if room in rooms}
    return {room: frozenset(others - {room}) for room, others in found.items()}


def _imported(tree: ast.Module, directory: str) -> Iterator[str]:
    """Yields the rooms of a directory that a module names in its imports, wherever they stand in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == directory:
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(f"{directory}."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (one.name.split(".")[1] for one in node.names if one.name.startswith(f"{directory}."))


def _reached(arrows: Arrows) -> Arrows:
    """Returns every room that can be reached from each, along any number of arrows."""
    reached = dict(arrows)
    for _ in arrows:
        reached = {room: others.union(*(reached[other] for other in others)) for room, others in reached.items()}
    return reached


def _floors(arrows: Arrows, reached: Arrows) -> int:
    """Returns the rooms on the longest way; those that reach each other are taken as one."""
    one = {room: min({room} | {other for other in reached[room] if room in reached[other]}) for room in arrows}
    apart: dict[str, set[str]] = {name: set() for name in one.values()}
    for room, others in arrows.items():
        apart[one[room]] |= {one[other] for other in others} - {one[room]}
    height: dict[str, int] = {}
    for name in TopologicalSorter(apart).static_order():
        height[name] = 1 + max((height[other] for other in apart[name]), default=0)
    return max(height.values(), default=0)


def _lengths(tree: ast.Module) -> Iterator[int]:
    """Yields the lines of every function, its docstring and decorators left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            said = ast.get_docstring(node) is not None
            first = node.body[1] if said and len(node.body) > 1 else node.body[0]
            head = node.body[0].lineno - node.lineno
            yield head + (node.end_lineno or first.lineno) - first.lineno + 1


def _rows(checkout: Path) -> Iterator[tuple[str, str]]:
    found = {name: built(checkout / name) for name in DIRECTORIES}
    for name, one in found.items():
        yield f"{name}: rooms", f"{one.rooms}"
        yield f"{name}: floors", f"{one.floors}"
        yield f"{name}: arrows", f"{one.arrows}"
        yield f"{name}: rooms in a circle", f"{one.in_circles}"
        yield f"{name}: lines", f"{one.lines:,}"
    functions = [length for one in found.values() for length in one.functions]
    yield "functions", f"{len(functions):,}"
    yield "lines of a function, median", f"{statistics.median(functions):g}"
    yield "lines of a function, most", f"{max(functions)}"
    yield "lines of all four", f"{sum(one.lines for one in found.values()):,}"


def main() -> None:
    """Prints a table: what was counted, a column a checkout."""
    checkouts = [Path(given) for given in sys.argv[1:]] or [Path(__file__).parents[1]]
    columns = [dict(_rows(checkout)) for checkout in checkouts]
    print(f"| | {' | '.join(checkout.resolve().name for checkout in checkouts)} |")
    print(f"| --- |{' ---: |' * len(checkouts)}")
    for name in columns[0]:
        print(f"| {name} | {' | '.join(column[name] for column in columns)} |")


if __name__ == "__main__":
    main()
