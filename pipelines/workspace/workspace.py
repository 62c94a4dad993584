"""A workspace: everything of one region in one folder. Where things lie in it, and what `region.yaml` may say.

Knows paths and settings only; reading deliveries, building releases and drawing happen elsewhere.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from data_contracts.contract import DATASETS
from data_contracts.yaml_places import place_in
from pipelines.workspace.errors import Finding, Problem
from pipelines.workspace.places import Lake, Published

REGION_FILE = "region.yaml"
WORKSPACE_VARIABLE = "CARE_TRANSFER_WORKSPACE"
DEFAULT_WORKSPACE = "demo-region"

PERIOD = re.compile(r"\d{4}(Q[1-4])?")
_CRON_FIELD = r"[\d*/,\-A-Za-z]+"
_CRON = re.compile(rf"{_CRON_FIELD}( {_CRON_FIELD}){{4}}")

Language = Literal["nl", "en"]


class WorkspaceError(Problem):
    """The folder is no workspace, or its `region.yaml` cannot be used."""


class _Strict(BaseModel):
    """A part of `region.yaml`: immutable, no unknown keys, nothing converted silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Name(_Strict):
    """A name for people, in both languages; a plain text stands for both."""

    nl: str = Field(min_length=1)
    en: str = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _one_text_for_both(cls, value: Any) -> Any:  # noqa: ANN401
        return {"nl": value, "en": value} if isinstance(value, str) else value


class Disclosure(_Strict):
    """What may be shown of small numbers."""

    minimum_count: int = Field(default=10, ge=1)


class CarryForward(_Strict):
    """Whether, and how far back, a party's last period may stand in for one of the base year that is missing."""

    datasets: list[str] = Field(min_length=1)
    most_quarters: int = Field(default=4, ge=1, le=20)

    @field_validator("datasets")
    @classmethod
    def _with_periods(cls, datasets: list[str]) -> list[str]:
        possible = ("volume", "revenue", "capacity", "waiting_list")
        unknown = [dataset for dataset in datasets if dataset not in possible]
        if unknown:
            raise _fault(
                f"the dataset {', '.join(unknown)}", f"one of {', '.join(possible)}", near(unknown[0], possible)
            )
        return datasets


def asset_name(supplier: str) -> str:
    """Returns a supplier's name with letters, digits and underscores only, as an asset is named."""
    return re.sub(r"[^A-Za-z0-9]", "_", supplier)


class Supplier(_Strict):
    """One supplier: its folder in the inbox, the providers it speaks for, the datasets it is expected to send.

    A bare name stands for a supplier of whom nothing particular is expected.
    """

    supplier: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    name: str = ""
    providers: list[str] = []
    datasets: list[str] = []

    @model_validator(mode="before")
    @classmethod
    def _bare_name(cls, value: Any) -> Any:  # noqa: ANN401
        return {"supplier": value} if isinstance(value, str) else value

    @field_validator("datasets")
    @classmethod
    def _known_datasets(cls, datasets: list[str]) -> list[str]:
        unknown = [dataset for dataset in datasets if dataset not in DATASETS]
        if unknown:
            raise _fault(
                f"the dataset {', '.join(unknown)}",
                f"one of {', '.join(DATASETS)}",
                near(unknown[0], DATASETS),
            )
        return datasets


def _text_of_period(value: object) -> object:
    """Turns a year that YAML read as a number back into text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _fault(found: str, expected: str, action: str) -> PydanticCustomError:
    """Returns a validation error that carries the three parts."""
    return PydanticCustomError("three_parts", "{found}", {"found": found, "expected": expected, "action": action})


class RegionConfig(_Strict):
    """What `region.yaml` says: names, base year, periods, suppliers expected, schedule, disclosure, retention, ...

    Only the name and the base year must be there. Without `periods` the four quarters of the base year are expected;
    what comes for other periods, or from suppliers that are not named, is read all the same.
    """

    region: str = Field(default="region", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    name: Name
    country: str = Field(default="NL", pattern=r"^[A-Z]{2}$")
    invented: bool = False
    languages: list[Language] = Field(default=["nl", "en"], min_length=1)
    base_year: int = Field(ge=1990, le=2100)
    periods: list[Annotated[str, BeforeValidator(_text_of_period)]] = []
    schedule: str = "0 6 * * 1"
    timezone: str = "Europe/Amsterdam"
    engine: Literal["duckdb"] = "duckdb"
    disclosure: Disclosure = Disclosure()
    keep_releases: int = Field(default=12, ge=1)
    carry_forward: CarryForward | None = None
    suppliers: list[Supplier] = []

    @model_validator(mode="before")
    @classmethod
    def _quarters_of_base_year(cls, value: Any) -> Any:  # noqa: ANN401
        """Expects the four quarters of the base year where no periods are given."""
        if isinstance(value, dict) and not value.get("periods") and isinstance(value.get("base_year"), int):
            return value | {"periods": [f"{value['base_year']}Q{quarter}" for quarter in range(1, 5)]}
        return value

    @field_validator("periods")
    @classmethod
    def _periods_exist(cls, periods: list[str]) -> list[str]:
        for period in periods:
            if not PERIOD.fullmatch(period):
                raise _fault(f"the period {period!r}", "a year (2025) or a quarter (2025Q3)", "write the period so")
        if len(set(periods)) < len(periods):
            twice = sorted({period for period in periods if periods.count(period) > 1})
            raise _fault(f"{', '.join(twice)} more than once", "every period once", "remove the repetition")
        return sorted(periods)

    @field_validator("schedule")
    @classmethod
    def _is_cron(cls, schedule: str) -> str:
        if not _CRON.fullmatch(schedule):
            raise _fault(
                f"{schedule!r}", "five cron fields, such as '0 6 * * 1' (Monday at six)", "correct the schedule"
            )
        return schedule

    @field_validator("timezone")
    @classmethod
    def _is_timezone(cls, timezone: str) -> str:
        if timezone not in available_timezones():
            raise _fault(f"the time zone {timezone!r}", "a name such as Europe/Amsterdam", "correct the name")
        return timezone

    @model_validator(mode="after")
    def _suppliers_once(self) -> Self:
        names = [asset_name(supplier.supplier) for supplier in self.suppliers]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise _fault(f"the supplier {', '.join(twice)} more than once", "every supplier once", "join the entries")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """Returns the region's time zone."""
        return ZoneInfo(self.timezone)


def near(name: str, known: Iterable[str]) -> str:
    """Returns what to do about an unknown name: the nearest known one, if any comes near."""
    matches = get_close_matches(name, list(known), n=1)
    return f"did you mean {matches[0]!r}?" if matches else "correct or remove it"


@dataclass(frozen=True)
class Workspace:
    """One region's folder: `root`, and what its `region.yaml` says."""

    root: Path
    region: RegionConfig

    @classmethod
    def open(cls, path: Path | str) -> "Workspace":
        """Returns the workspace in a folder.

        Raises:
            WorkspaceError: there is no `region.yaml`, or it cannot be used; all faults at once, with line and key.
        """
        root = Path(path).expanduser().resolve()
        file = root / REGION_FILE
        if not file.is_file():
            raise WorkspaceError(
                f"no {REGION_FILE} in {root}",
                expected="the folder of a region",
                action="give another folder with --workspace, or make one with: care-transfer init DIR",
            )
        return cls(root=root, region=read_region(file))

    @property
    def inbox(self) -> Path:
        """Deliveries as they come: inbox/<supplier>/<period>/<dataset>*; never changed by the program."""
        return self.root / "inbox"

    @property
    def scenarios(self) -> Path:
        """One scenario a file."""
        return self.root / "scenarios"

    @property
    def lake(self) -> Lake:
        """Accepted and refused rows, and the record of every delivery."""
        return Lake(self.root / "lake", self.root / "quarantine")

    @property
    def published(self) -> Published:
        """What others read: the releases, and which of them is current."""
        return Published(self.root / "published", keep=self.region.keep_releases)

    @property
    def state(self) -> Path:
        """What the program keeps for itself: the lock and the logs."""
        return self.root / ".care-transfer"

    @cached_property
    def region_fingerprint(self) -> str:
        """Returns the SHA-256 of `region.yaml`."""
        return hashlib.sha256((self.root / REGION_FILE).read_bytes()).hexdigest()

    def scenario_files(self) -> list[Path]:
        """Returns the scenario files, in the order of their names."""
        return sorted([*self.scenarios.glob("*.yaml"), *self.scenarios.glob("*.yml")])


def find_workspace(given: Path | None = None) -> Path:
    """Returns the folder to work in: given, else from the environment, else this one, else the demonstration's."""
    if given is not None:
        return given
    if named := os.environ.get(WORKSPACE_VARIABLE):
        return Path(named)
    here = Path.cwd()
    return here if (here / REGION_FILE).is_file() else here / DEFAULT_WORKSPACE


def read_region(file: Path) -> RegionConfig:
    """Returns the settings in a `region.yaml`.

    Raises:
        WorkspaceError: with every fault that was found: the line, the key, what was expected.
    """
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        where = getattr(error, "problem_mark", None)
        raise WorkspaceError(
            f"text that is not YAML: {getattr(error, 'problem', None) or error}",
            expected="a YAML file in UTF-8",
            action="correct the line; often a quote, a colon or the indentation is missing",
            where=f"{file}, line {where.line + 1}" if where else str(file),
        ) from None
    if not isinstance(content, dict) or not isinstance(node, yaml.MappingNode):
        raise WorkspaceError(
            "no keys",
            expected="name, base_year, suppliers, ...",
            action=f"fill in {file}",
            where=str(file),
        )
    if doubles := list(_repeated_keys(node, file)):
        raise WorkspaceError.of(doubles)
    try:
        return RegionConfig.model_validate(content)
    except ValidationError as error:
        raise WorkspaceError.of(_finding(fault, node=node, file=file) for fault in error.errors()) from None


def _repeated_keys(node: yaml.Node, file: Path) -> Iterator[Finding]:
    """Yields a finding for every key that stands twice in one mapping: YAML would silently keep the last."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated_keys(item, file)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                where = f"{file}, line {key.start_mark.line + 1}"
                yield Finding(
                    f"the key {key.value!r} a second time",
                    expected="every key once",
                    action="remove one of the two",
                    where=where,
                )
            seen.add(key.value)
            yield from _repeated_keys(value, file)


def _finding(fault: ErrorDetails, *, node: yaml.Node, file: Path) -> Finding:
    """Returns a fault of pydantic's in our three parts, with the line of the key."""
    path = [part for part in fault["loc"] if not (isinstance(part, str) and part.startswith("function-"))]
    found, expected, action = _three_parts(fault, path)
    return Finding(found, expected=expected, action=action, where=place_in(file, node, path))


def _three_parts(fault: ErrorDetails, path: list[int | str]) -> tuple[str, str, str]:
    """Returns what was found, what was expected and what to do, for a fault of pydantic's."""
    context: dict[str, Any] = fault.get("ctx", {})
    if fault["type"] == "three_parts":
        return context["found"], context["expected"], context["action"]
    if fault["type"] == "extra_forbidden":
        known = _known_keys(path[:-1])
        return f"the unknown key {path[-1]!r}", f"one of {', '.join(known)}", near(str(path[-1]), known)
    if fault["type"] == "missing":
        return f"no {path[-1]}", f"a line that starts with '{path[-1]}:'", "add it"
    return _shown(fault["input"]), _expected(fault), _action(fault)


def _shown(value: object) -> str:
    """Returns a value as a person wrote it, and what YAML made of it."""
    return f"{value!r}, read as {type(value).__name__}"


def _expected(fault: ErrorDetails) -> str:
    """Returns pydantic's expectation as the middle part of a sentence."""
    message = fault["msg"].removeprefix("Input should be ").removeprefix("a valid ")
    return message[:1].lower() + message[1:]


def _action(fault: ErrorDetails) -> str:
    """Returns what to do: quotes, where YAML read text as something else."""
    if fault["type"] == "string_type" and not isinstance(fault["input"], list | dict):
        return 'put it between quotes, such as "06011101": without them YAML reads a number or a yes'
    return "correct the value"


def _known_keys(path: list[int | str]) -> tuple[str, ...]:
    """Returns the keys that are allowed at a place in `region.yaml`."""
    model: type[BaseModel] = RegionConfig
    for part in path:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            inner = next((arg for arg in get_args(annotation) if isinstance(arg, type)), annotation)
            model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else model
    return tuple(model.model_fields)
