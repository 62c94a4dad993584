"""Where in a YAML file something stands: what a fault is told with."""

from collections.abc import Sequence
from pathlib import Path

import yaml


def place_in(file: Path, node: yaml.Node | None, keys: Sequence[int | str]) -> str:
    """Returns the file, the line and the keys of a place.

    Args:
        file: as people know it.
        node: the whole content, as `yaml.compose` returns it.
        keys: from the whole down to the place; positions in lists from 0.
    """
    return f"{file}, line {_line(node, keys)}" + (f", {'.'.join(map(str, keys))}" if keys else "")


def _line(node: yaml.Node | None, keys: Sequence[int | str]) -> int:
    """Returns the line (from 1) at which a place stands, or the nearest that does."""
    line = node.start_mark.line + 1 if node is not None else 1
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            pair = next(((name, value) for name, value in node.value if name.value == str(key)), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            line = node.start_mark.line + 1
    return line
