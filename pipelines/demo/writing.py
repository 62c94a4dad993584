"""Writing the demonstration region as a workspace: region.yaml, the outlines of its areas, the inbox, the scenarios."""

import json
import shutil
from importlib import resources
from pathlib import Path

from pipelines.demo.datasets import make_figures
from pipelines.demo.geography import outlines
from pipelines.demo.posted import deliver
from pipelines.demo.suppliers import InventedSupplier, suppliers
from pipelines.demo.volumes import BASE_YEAR, PERIODS
from pipelines.warehouse.outlines import OUTLINES_FILE

REGION_YAML = """\
# yaml-language-server: $schema=schemas/region.schema.json
# The demonstration region. Every name, place and figure in it is invented.
region: veerdelta
name: {{nl: Veerdelta (verzonnen), en: Veerdelta (invented)}}
country: NL
invented: true
languages: [nl, en]
base_year: {base_year}
periods: [{periods}]
schedule: "0 6 * * 1"
timezone: Europe/Amsterdam
disclosure:
  minimum_count: 10
  kinds_merge: [[university_hospital, top_clinical_hospital, general_hospital, other]]
keep_releases: 12
suppliers:
{suppliers}
"""


def make_region(target: Path, *, seed: int = 2025) -> None:
    """Writes the whole workspace of the demonstration region into a folder.

    Args:
        target: the workspace; made when it is not there. Files of the same names are written over, nothing is removed.
        seed: decides every drawn figure; the same seed gives the same files.
    """
    target.mkdir(parents=True, exist_ok=True)
    (target / "region.yaml").write_text(region_yaml(), encoding="utf-8")
    (target / OUTLINES_FILE).write_text(json.dumps(outlines(), separators=(",", ":")), encoding="utf-8")
    write_scenarios(target / "scenarios")
    deliver(make_figures(seed=seed), inbox=target / "inbox")


def region_yaml() -> str:
    """Returns the settings of the region, as in its region.yaml."""
    return REGION_YAML.format(
        base_year=BASE_YEAR,
        periods=", ".join(PERIODS),
        suppliers="\n".join(_line(supplier) for supplier in suppliers()),
    )


def _line(supplier: InventedSupplier) -> str:
    whom = f", providers: {json.dumps(list(supplier.provider_ids))}" if supplier.provider_ids else ""
    datasets = ", ".join(supplier.datasets)
    return f"  - {{supplier: {supplier.supplier}, name: {supplier.name}{whom}, datasets: [{datasets}]}}"


def write_scenarios(target: Path) -> None:
    """Writes the scenarios that ship with the region."""
    target.mkdir(parents=True, exist_ok=True)
    for file in sorted(resources.files("pipelines.demo").joinpath("scenarios").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            with resources.as_file(file) as path:
                shutil.copyfile(path, target / file.name)
