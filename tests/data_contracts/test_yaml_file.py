"""The one way in for YAML: what is refused before anything is made of it, where it stands, and what is told."""

import tracemalloc
from pathlib import Path

import pytest

from data_contracts import yaml_file
from data_contracts.problem import Fault
from data_contracts.yaml_file import (
    MOST_BYTES,
    MOST_LEVELS,
    MOST_VALUES,
    YamlProblem,
    parse_yaml,
    read_yaml,
    write_yaml,
)

ROOMS = ("data_contracts", "models", "dashboards", "pipelines")
HOUSE = Path(yaml_file.__file__).parents[1]


def refused(text: str | bytes, **asked: str) -> Fault:
    with pytest.raises(YamlProblem) as caught:
        parse_yaml(text, source="a.yaml", **asked)  # type: ignore[arg-type]
    (fault,) = caught.value.faults
    return fault


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


def of_aliases(values: int) -> str:
    """A list of exactly so many values with itself, most of them in aliases of a list of 100."""
    whole, rest = divmod(values - 1, 100)
    lists = ["- &a [" + ", ".join("0" * 99) + "]", *["- *a"] * (whole - 1)]
    return "\n".join(lists + ["- 0"] * rest) + "\n"


def test_the_largest_text_passes_and_one_byte_more_is_refused() -> None:
    text = "a: " + "x" * (MOST_BYTES - 4) + "\n"
    assert len(text) == MOST_BYTES
    assert len(parse_yaml(text, source="a.yaml").content["a"]) == MOST_BYTES - 4
    fault = refused(text + "\n")
    assert str(fault.found) == "2,000,001 bytes"
    assert fault.said("nl") == {
        "found": "2.000.001 bytes",
        "expected": "hooguit 2.000.000",
        "action": "kort het in of splits het",
    }


def test_the_deepest_text_passes_and_one_level_more_is_refused() -> None:
    assert parse_yaml(nested(MOST_LEVELS + 1), source="a.yaml").content
    fault = refused(nested(MOST_LEVELS + 2))
    assert str(fault.found) == "more than 20 levels, aliases written out"
    assert fault.said("nl")["found"] == "meer dan 20 niveaus, verwijzingen uitgeschreven"
    assert fault.where == "a.yaml, line 1"


@pytest.mark.parametrize("levels", [900, 900_000])
def test_nesting_costs_nothing(levels: int) -> None:
    tracemalloc.start()
    assert "more than 20 levels" in str(refused("[" * levels).found)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_the_most_values_pass_and_one_more_is_refused_also_where_aliases_hold_them() -> None:
    content = parse_yaml(of_aliases(MOST_VALUES), source="a.yaml").content
    assert 1 + sum(1 + len(one) if isinstance(one, list) else 1 for one in content) == MOST_VALUES
    fault = refused(of_aliases(MOST_VALUES + 1))
    assert str(fault.found) == "more than 200,000 values, aliases written out"
    assert str(fault.expected) == "at most 200,000"
    assert str(fault.action) == "shorten it, or split it"


def test_aliases_of_aliases_are_refused_before_they_are_written_out() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    tracemalloc.start()
    fault = refused("\n".join(lines))
    assert tracemalloc.get_traced_memory()[1] < 60_000_000
    tracemalloc.stop()
    assert str(fault.found) == "more than 200,000 values, aliases written out"
    assert fault.line == 6


def test_aliases_count_as_levels_too() -> None:
    deep = f"a: &a {nested(MOST_LEVELS)}\nb: {{c: *a}}\n"
    fault = refused(deep)
    assert str(fault.found) == "more than 20 levels, aliases written out"
    assert fault.line == 2


def test_an_alias_is_a_copy_so_that_a_change_of_one_leaves_the_other() -> None:
    content = parse_yaml("a: &a {share: 1}\nb: *a\n", source="a.yaml").content
    content["a"]["share"] = 2
    assert content["b"] == {"share": 1}


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "a: *nobody\n"])
def test_an_alias_of_itself_or_of_nothing_is_refused(text: str) -> None:
    fault = refused(text)
    assert str(fault.found).startswith("the alias *")
    assert fault.said("nl")["found"].startswith("de verwijzing *")
    assert str(fault.action) == "write it out"


@pytest.mark.parametrize("scalars", ["typed", "texts"])
def test_every_key_that_stands_twice_is_refused_with_line_and_key(scalars: str) -> None:
    text = "a: 1\nb: {c: 1, c: 2}\na: 3\nd:\n  - {e: 1,\n     e: 2}\n"
    with pytest.raises(YamlProblem) as caught:
        parse_yaml(text, source="a.yaml", scalars=scalars)  # type: ignore[arg-type]
    assert [fault.where for fault in caught.value.faults] == [
        "a.yaml, line 2, b.c",
        "a.yaml, line 3, a",
        "a.yaml, line 6, d.0.e",
    ]
    assert caught.value.faults[1].sentence() == (
        "a.yaml:3: a: found the key 'a' a second time; expected every key once. Remove one of the two."
    )
    assert caught.value.faults[1].sentence("nl") == (
        "a.yaml:3: a: gevonden de sleutel 'a' voor de tweede keer; verwacht elke sleutel één keer. Haal er een van weg."
    )


def test_a_key_that_is_the_same_number_stands_twice_too() -> None:
    assert "'2027' a second time" in str(refused('2027: 1\n"2027": 2\n').found)


@pytest.mark.parametrize(
    ("text", "found", "line"),
    [
        ("a: 1\n--- \nb: 2\n", "a second document", 2),
        (
            "a: 1\nb: !!python/object/apply:os.system [ls]\n",
            "the tag tag:yaml.org,2002:python/object/apply:os.system",
            2,
        ),
        ("a: !mine 3\n", "the tag !mine", 1),
        ("a: &a {b: 1}\nc:\n  <<: *a\n", "the key <<, which merges", 3),
        ("? [a, b]\n: 1\n", "a key that is itself a list or an alias", 1),
        ("a: 2025-13-45\n", "'2025-13-45'", 1),
        ("a: [1\nb: 2\n", "text that is not YAML: ", 2),
        ("a: 1\n\tb: 2\n", "text that is not YAML: ", 2),
        ("a: 1\nb: \0\n", "text that is not YAML: control characters are not allowed", 0),
        (b"a: 1\nb: caf\xe9\n", "a character that is not UTF-8", 2),
        ("a: \ud800\n", "a character that is not UTF-8", 1),
    ],
)
def test_what_nobody_writes_by_hand_is_refused_with_its_line(text: str | bytes, found: str, line: int) -> None:
    fault = refused(text)
    assert str(fault.found).startswith(found)
    assert fault.line == line
    assert fault.said("nl")["action"] != fault.said("en")["action"]


def test_values_are_typed_as_yaml_says_or_stay_the_text_they_are() -> None:
    text = "\ufeffcode: 0320\nquoted: '0320'\nno: no\nshare: 0.5\nempty:\nnull: ~\nday: 2025-01-31\n".encode()
    typed = parse_yaml(text, source="a.yaml").content
    assert typed["code"] == 208
    assert typed["quoted"] == "0320"
    assert typed[False] is False
    assert str(typed["day"]) == "2025-01-31"
    texts = parse_yaml(text, source="a.yaml", scalars="texts").content
    assert texts == {
        "code": "0320", "quoted": "0320", "no": "no", "share": "0.5", "empty": None, "null": None, "day": "2025-01-31"
    }  # fmt: skip


def test_an_empty_text_holds_nothing() -> None:
    for text in ("", "# only a remark\n", "---\n"):
        assert parse_yaml(text, source="a.yaml").content is None


def test_every_place_has_its_line_or_that_of_the_nearest_above_it() -> None:
    document = parse_yaml("a:\n  - b: 1\n    c: &c\n      d: 1\n  - *c\n", source="a.yaml")
    lines = {
        (): 1, ("a",): 1, ("a", 0): 2, ("a", 0, "c"): 3, ("a", 0, "c", "d"): 4, ("a", 1): 5, ("a", 1, "d"): 4,
        ("a", 0, "x", "y"): 2, ("a", 7): 1, ("z",): 1,
    }  # fmt: skip
    assert {keys: document.line(keys) for keys in lines} == lines


def test_what_is_written_is_read_again_without_anchors() -> None:
    shared = {"code": "0320", "title": "Zorg naar de huisarts – één plan"}
    text = write_yaml({"b": shared, "a": [shared, "no", None, 0.5]})
    assert "&" not in text
    assert "één" in text
    assert parse_yaml(text, source="a.yaml").content == {"b": shared, "a": [shared, "no", None, 0.5]}


def test_every_yaml_file_that_ships_comes_in() -> None:
    shipped = [path for room in ROOMS for path in (HOUSE / room).rglob("*.yaml")]
    assert len(shipped) > 70
    for path in shipped:
        assert read_yaml(path).content is not None


def test_there_is_no_other_way_in() -> None:
    others = [
        path.relative_to(HOUSE).as_posix()
        for room in ROOMS
        for path in (HOUSE / room).rglob("*.py")
        if "import yaml" in path.read_text(encoding="utf-8")
    ]
    assert others == ["data_contracts/yaml_file.py"]
