"""A workspace: everything of one region in one folder. Where things lie in it, and what `region.yaml` may say.

Knows paths and settings only; reading deliveries, building releases and drawing happen elsewhere.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from data_contracts.contract import DATASETS, load_contract
from data_contracts.problem import Problem, nearest, one_of
from data_contracts.references import Refers
from data_contracts.text import Language, Text
from data_contracts.yaml_faults import faults_of, refusal
from data_contracts.yaml_file import YamlProblem, read_yaml
from pipelines.workspace.cron import is_schedule
from pipelines.workspace.engine import SparkEngine
from pipelines.workspace.places import DEFAULT_WORKSPACE, Lake, Published

REGION_FILE = "region.yaml"
STATE_FOLDER = ".care-transfer"
WORKSPACE_VARIABLE = "CARE_TRANSFER_WORKSPACE"

PERIOD = re.compile(r"\d{4}(Q[1-4])?")


class WorkspaceError(Problem):
    """The folder is no workspace, or its `region.yaml` cannot be used."""


class _Strict(BaseModel):
    """A part of `region.yaml`: immutable, no unknown keys, nothing converted silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Disclosure(_Strict):
    """What may leave the middle, and to whom a refresh hands it.

    Attributes:
        minimum_count: counts below this are told as under it in every view but the middle's.
        publish: the views that every refresh makes.
        round: the round that is under way: what was withheld in it stays withheld until the next.
        kinds_merge: which kinds of providers are neighbours, told of together where one alone would tell too much.
        groups: parties that belong together and count once, by the group's name.
        coalitions: parties that are taken to put together what they know.
        positions: the parties that were asked what they want: the table learns of it only once all have handed in.
        put_forward: the scenario that all have put forward, and of which alone the table learns in this round.
    """

    minimum_count: int = Field(default=10, ge=1)
    publish: list[Literal["party", "room", "pair", "table", "public"]] = []
    round: str = Field(default="1", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    kinds_merge: list[Annotated[list[str], Field(min_length=2)]] = []
    groups: dict[str, Annotated[list[Annotated[str, Refers("party")]], Field(min_length=2)]] = {}
    coalitions: list[Annotated[list[Annotated[str, Refers("party")]], Field(min_length=2)]] = []
    positions: list[Annotated[str, Refers("party")]] = []
    put_forward: Annotated[str, Refers("scenario")] | None = None

    @field_validator("round", mode="before")
    @classmethod
    def _named_round(cls, value: object) -> object:
        return _text_of_period(value)

    @field_validator("kinds_merge")
    @classmethod
    def _known_kinds(cls, merged: list[list[str]]) -> list[list[str]]:
        known = [allowed.value for allowed in load_contract("providers").column("kind").allowed]
        given = [kind for kinds in merged for kind in kinds]
        for kind in given:
            if kind not in known:
                found = Text(en=f"the kind {kind}", nl=f"de soort {kind}")
                raise refusal(found, expected=one_of(known), action=nearest(kind, known))
        if len(set(given)) < len(given):
            raise refusal(
                Text(en="a kind in two places", nl="een soort op twee plaatsen"),
                expected=Text(en="every kind in one place", nl="iedere soort op één plaats"),
                action=Text(en="leave it in the list of its neighbours", nl="laat haar staan bij haar verwanten"),
            )
        return merged


def _the_dataset(names: list[str]) -> Text:
    return Text(en=f"the dataset {', '.join(names)}", nl=f"de dataset {', '.join(names)}")


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
            raise refusal(_the_dataset(unknown), expected=one_of(possible), action=nearest(unknown[0], possible))
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
    providers: list[Annotated[str, Refers("provider")]] = []
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
            raise refusal(_the_dataset(unknown), expected=one_of(DATASETS), action=nearest(unknown[0], DATASETS))
        return datasets


def _text_of_period(value: object) -> object:
    """Turns a year that YAML read as a number back into text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _more_than_once(what: Text) -> Text:
    return Text(en=f"{what.en} more than once", nl=f"{what.nl} meer dan eens")


class RegionConfig(_Strict):
    """What `region.yaml` says: names, base year, periods, suppliers expected, schedule, disclosure, retention, ...

    Only the name and the base year must be there. Without `periods` the four quarters of the base year are expected;
    what comes for other periods, or from suppliers that are not named, is read all the same.
    """

    region: str = Field(default="region", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    name: Text
    country: str = Field(default="NL", pattern=r"^[A-Z]{2}$")
    invented: bool = False
    languages: list[Language] = Field(default=["nl", "en"], min_length=1)
    base_year: int = Field(ge=1990, le=2100)
    periods: list[Annotated[str, BeforeValidator(_text_of_period)]] = []
    schedule: str = "0 6 * * 1"
    timezone: str = "Europe/Amsterdam"
    disclosure: Disclosure = Disclosure()
    keep_releases: int = Field(default=12, ge=1)
    carry_forward: CarryForward | None = None
    engine: SparkEngine | None = None
    suppliers: list[Supplier] = []

    @model_validator(mode="before")
    @classmethod
    def _without_engine(cls, value: Any) -> Any:  # noqa: ANN401
        """Reads DuckDB, by name as in interface 1 or by kind, as what counts lines where no engine is given."""
        if isinstance(value, dict) and value.get("engine") in ("duckdb", {"kind": "duckdb"}):
            return {key: given for key, given in value.items() if key != "engine"}
        return value

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
                raise refusal(
                    Text(en=f"the period {period!r}", nl=f"de periode {period!r}"),
                    expected=Text(
                        en="a year (2025) or a quarter (2025Q3)", nl="een jaar (2025) of een kwartaal (2025Q3)"
                    ),
                    action=Text(en="write the period so", nl="schrijf de periode zo"),
                )
        if len(set(periods)) < len(periods):
            twice = sorted({period for period in periods if periods.count(period) > 1})
            raise refusal(
                _more_than_once(Text(en=", ".join(twice), nl=", ".join(twice))),
                expected=Text(en="every period once", nl="elke periode één keer"),
                action=Text(en="remove the repetition", nl="haal de herhaling weg"),
            )
        return sorted(periods)

    @field_validator("schedule")
    @classmethod
    def _is_cron(cls, schedule: str) -> str:
        if not is_schedule(schedule):
            raise refusal(
                repr(schedule),
                expected=Text(
                    en="five cron fields (minute, hour, day, month, weekday 0-7) that come round, such as '0 6 * * 1' "
                    "(Monday at six)",
                    nl="vijf cronvelden (minuut, uur, dag, maand, weekdag 0-7) die voorkomen, zoals '0 6 * * 1' "
                    "(maandag om zes uur)",
                ),
                action=Text(en="correct the schedule", nl="verbeter het schema"),
            )
        return schedule

    @field_validator("timezone")
    @classmethod
    def _is_timezone(cls, timezone: str) -> str:
        if timezone not in available_timezones():
            raise refusal(
                Text(en=f"the time zone {timezone!r}", nl=f"de tijdzone {timezone!r}"),
                expected=Text(en="a name such as Europe/Amsterdam", nl="een naam zoals Europe/Amsterdam"),
                action=nearest(timezone, available_timezones()),
            )
        return timezone

    @model_validator(mode="after")
    def _suppliers_once(self) -> Self:
        names = [asset_name(supplier.supplier) for supplier in self.suppliers]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise refusal(
                _more_than_once(Text(en=f"the supplier {', '.join(twice)}", nl=f"de leverancier {', '.join(twice)}")),
                expected=Text(en="every supplier once", nl="elke leverancier één keer"),
                action=Text(en="join the entries", nl="voeg de regels samen"),
            )
        return self

    @property
    def zone(self) -> ZoneInfo:
        """Returns the region's time zone."""
        return ZoneInfo(self.timezone)


@dataclass(frozen=True)
class Workspace:
    """One region's folder: `root`, what its `region.yaml` says, and the file in it that says so."""

    root: Path
    region: RegionConfig
    settings: str = REGION_FILE

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
                Text(en=f"no {REGION_FILE} in {root}", nl=f"geen {REGION_FILE} in {root}"),
                expected=Text(en="the folder of a region", nl="de map van een regio"),
                action=Text(
                    en="give another folder with --workspace, or make one with: care-transfer init DIR",
                    nl="geef een andere map met --workspace, of maak er een met: care-transfer init MAP",
                ),
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
    def views(self) -> Path:
        """What others than the middle read: one folder a view."""
        return self.root / "views"

    @property
    def disclosure(self) -> Path:
        """What the middle keeps of its audits: one folder a round, and the log of what was sent to whom."""
        return self.root / "disclosure"

    @property
    def positions(self) -> Path:
        """What each party wants, one file a party; nobody but the middle reads it."""
        return self.root / "positions"

    @property
    def consents(self) -> Path:
        """What parties allow to be told further than the rules say, one consent a file."""
        return self.root / "consents"

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
        return self.root / STATE_FOLDER

    @cached_property
    def region_fingerprint(self) -> str:
        """Returns the SHA-256 of the settings in force."""
        return hashlib.sha256((self.root / self.settings).read_bytes()).hexdigest()

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
        document = read_yaml(file)
        content = document.mapping(keys="name, base_year, suppliers, ...")
        return RegionConfig.model_validate(content)
    except YamlProblem as problem:
        raise WorkspaceError.of(problem.faults) from None
    except ValidationError as error:
        raise WorkspaceError.of(faults_of(error, document, model=RegionConfig)) from None
