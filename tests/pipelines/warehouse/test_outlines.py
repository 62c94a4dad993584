"""The outlines of areas: found by their codes, no finer than a map shows, and refused in plain words."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from real_data import real_folder

from data_contracts.problem import Problem
from pipelines.demo.geography import areas, distance_km, outlines
from pipelines.warehouse.outlines import GRID, read_outlines

SQUARE = [[4.0, 52.0], [4.1, 52.0], [4.1, 52.1], [4.0, 52.1], [4.0, 52.0]]
BESIDE = [[4.1, 52.0], [4.2, 52.0], [4.2, 52.1], [4.1, 52.1], [4.1, 52.0]]


def written(folder: Path, *features: tuple[dict[str, Any], dict[str, Any]]) -> Path:
    found = [{"type": "Feature", "properties": one, "geometry": geometry} for one, geometry in features]
    file = folder / "areas.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": found}), encoding="utf-8")
    return file


def polygon(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def rings(outline: str) -> list[np.ndarray]:
    return [np.array(ring) for shape in json.loads(outline)["coordinates"] for ring in shape]


def test_the_property_with_the_codes_is_found_by_its_values(tmp_path: Path) -> None:
    features = [({"name": "1012", "PC4": 1011}, polygon(SQUARE)), ({"name": "x", "PC4": 1012}, polygon(BESIDE))]
    frame = read_outlines(written(tmp_path, *features), areas=["1011", "1012", "1013"])
    assert frame["area"].to_list() == ["1011", "1012"]
    (first,) = rings(frame["outline"][0])
    assert first.shape == (5, 2)
    assert first.min(axis=0) == pytest.approx([4.0, 52.0], abs=0.2 / GRID)


def test_several_features_of_one_area_are_one_outline_and_other_areas_are_left_out(tmp_path: Path) -> None:
    features = [({"code": "A"}, polygon(SQUARE)), ({"code": "A"}, polygon(BESIDE)), ({"code": "Z"}, polygon(SQUARE))]
    frame = read_outlines(written(tmp_path, *features), areas=["A", "B"])
    assert frame["area"].to_list() == ["A"]
    assert len(rings(frame["outline"].item())) == 2


def test_a_border_with_too_many_points_gets_few_and_stays_shared(tmp_path: Path) -> None:
    north = np.linspace(52.0, 52.1, 5000)
    wavy = np.column_stack([4.1 + 0.004 * np.sin(north * 400), north]).tolist()
    west = [[4.0, 52.1], [4.0, 52.0], *wavy, [4.0, 52.1]]
    east = [[4.2, 52.1], *wavy[::-1], [4.2, 52.0], [4.2, 52.1]]
    file = written(tmp_path, ({"c": "W"}, polygon(west)), ({"c": "E"}, polygon(east)))
    frame = read_outlines(file, areas=["W", "E"])
    (drawn_east,), (drawn_west,) = (rings(outline) for outline in frame["outline"])
    assert 20 < len(drawn_west) < 1000
    shared = {tuple(point) for point in drawn_west if 4.05 < point[0] < 4.15}
    assert shared <= {tuple(point) for point in drawn_east}


def test_a_very_small_area_keeps_an_outline(tmp_path: Path) -> None:
    small = [[4.05, 52.05], [4.05001, 52.05], [4.05001, 52.05001], [4.05, 52.05]]
    wide = [[0.0, 45.0], [9.0, 45.0], [9.0, 54.0], [0.0, 54.0], [0.0, 45.0]]
    file = written(tmp_path, ({"c": "S"}, polygon(small)), ({"c": "L"}, polygon(wide)))
    frame = read_outlines(file, areas=["S", "L"])
    assert all(len(rings(outline)) == 1 for outline in frame["outline"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("not json", "text that is not JSON"),
        ("[]", "JSON without features that have properties"),
        ('{"features": []}', "JSON without features that have properties"),
        (
            '{"features": [{"properties": {"code": "X"}, "geometry": null}]}',
            "the properties code; none holds an area code such as A",
        ),
        (
            '{"features": [{"properties": {"code": "A"}, "geometry": {"type": "Point", "coordinates": [4, 52]}}]}',
            "areas without polygons: only Point",
        ),
        (
            (
                '{"features": [{"properties": {"c": "A"}, "geometry": {"type": "Polygon", "coordinates": '
                "[[[155000, 463000], [156000, 463000], [156000, 464000], [155000, 463000]]]}}]}"
            ),
            "coordinates such as 155000, 463000, which are no degrees",
        ),
    ],
)
def test_what_is_no_map_of_areas_is_refused_in_three_parts(tmp_path: Path, text: str, found: str) -> None:
    file = tmp_path / "areas.geojson"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Problem) as refused:
        read_outlines(file, areas=["A"])
    (finding,) = refused.value.faults
    assert str(finding.found) == found
    assert finding.where == "areas.geojson"
    assert "EPSG:4326" in str(finding.action)


def test_outlines_of_the_demonstration_lie_around_their_middles_and_do_not_overlap() -> None:
    places = areas()
    for feature, code in zip(outlines()["features"], places["area"], strict=True):
        corners = np.array(feature["geometry"]["coordinates"][0])
        nearest = distance_km(corners[:, 1], corners[:, 0]).min(axis=1)
        own = distance_km(corners[:, 1], corners[:, 0])[:, places["area"].to_list().index(code)]
        assert feature["properties"]["area"] == code
        assert own == pytest.approx(nearest, abs=0.02)  # no corner is nearer to another middle
        assert own.max() < 3.5


@pytest.mark.real
def test_real_municipalities_become_small_enough_for_a_page() -> None:
    file = real_folder("nl_grenzen") / "gemeente_gegeneraliseerd_2022.geojson"
    codes = [feature["properties"]["statcode"] for feature in json.loads(file.read_text("utf-8"))["features"]]
    frame = read_outlines(file, areas=codes)
    assert frame.height == len(set(codes))
    assert frame["outline"].str.len_bytes().sum() < file.stat().st_size / 3
