"""What a command that needs no data may import of the dashboards loads no library that takes long to load."""

import subprocess
import sys

import pytest

HEAVY = ("dash", "duckdb", "flask", "numpy", "plotly", "polars", "pyarrow", "scipy")
LIGHT = (
    "dashboards",
    "dashboards.faces",
    "dashboards.faces.app.proposals",
    "dashboards.faces.browser",
    "dashboards.faces.html",
    "dashboards.telling",
    "dashboards.words",
    "dashboards.words.wording",
)


@pytest.mark.parametrize("module", LIGHT)
def test_it_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*sorted(set(sys.modules) & set({HEAVY})))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []
