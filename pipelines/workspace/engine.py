"""What `region.yaml` says of the engine that counts lines of declarations, where one machine does not do."""

import re
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from data_contracts.text import Text
from data_contracts.yaml_faults import refusal

_MASTER = re.compile(r"spark://[^\s/:]+:\d+(,[^\s/:]+:\d+)*|local(\[(\d+|\*)\])?|yarn|k8s://\S+")
_CONNECT = re.compile(r"sc://[^\s/:]+(:\d+)?(/\S*)?")


class SparkEngine(BaseModel):
    """An Apache Spark cluster: reached through its master, or through a server of Spark Connect.

    Attributes:
        kind: always `spark`; without `engine`, or with the kind `duckdb`, lines are counted on this machine.
        master: `spark://host:7077`, `yarn`, `k8s://…`, or `local[4]` for this machine.
        connect: `sc://host:15002`.
        lake: where the cluster's machines see the workspace's folder `lake`; the same path unless given.
        settings: Spark's own settings, such as `spark.executor.memory: 8g`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Literal["spark"]
    master: str | None = None
    connect: str | None = None
    lake: str | None = None
    settings: dict[str, str] = Field(default={})

    @property
    def address(self) -> str:
        """Returns where the cluster is reached."""
        return self.master or self.connect or ""

    @field_validator("master")
    @classmethod
    def _is_master(cls, master: str | None) -> str | None:
        return _like(_MASTER, master, "spark://host:7077, yarn, k8s://…, local[4]")

    @field_validator("connect")
    @classmethod
    def _is_connect(cls, connect: str | None) -> str | None:
        return _like(_CONNECT, connect, "sc://host:15002")

    @field_validator("lake")
    @classmethod
    def _is_whole_path(cls, lake: str | None) -> str | None:
        if lake is not None and not lake.startswith("/"):
            raise refusal(
                repr(lake),
                expected=Text(
                    en="a whole path that this machine and the cluster's share, such as /mnt/region/lake",
                    nl="een volledig pad dat deze machine met die van het cluster deelt, zoals /mnt/regio/lake",
                ),
            )
        return lake

    @field_validator("settings")
    @classmethod
    def _sparks_own(cls, settings: dict[str, str]) -> dict[str, str]:
        foreign = [name for name in settings if not name.startswith("spark.")]
        if foreign:
            raise refusal(
                Text(en=f"the setting {foreign[0]}", nl=f"de instelling {foreign[0]}"),
                expected=Text(
                    en="names of Spark's settings, which begin with 'spark.'",
                    nl="namen van instellingen van Spark, die met 'spark.' beginnen",
                ),
            )
        return settings

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if bool(self.master) == bool(self.connect):
            both = bool(self.master)
            raise refusal(
                Text(en="both master and connect", nl="zowel master als connect")
                if both
                else Text(en="neither master nor connect", nl="geen master en geen connect"),
                expected=Text(
                    en="one of the two: master: spark://host:7077, or connect: sc://host:15002",
                    nl="een van beide: master: spark://host:7077, of connect: sc://host:15002",
                ),
            )
        return self


def _like(pattern: re.Pattern[str], given: str | None, examples: str) -> str | None:
    """Returns an address that has the form of one."""
    if given is not None and not pattern.fullmatch(given):
        raise refusal(repr(given), expected=Text(en=f"an address: {examples}", nl=f"een adres: {examples}"))
    return given
