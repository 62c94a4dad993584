"""What every part of a scenario is: frozen, with no keys but its own, and the parts that stand in several places."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from models.scenario.values import Codes, PastYear

Confidence = Literal["verified", "general", "assumption"]


class ScenarioPart(BaseModel):
    """A part of a scenario: frozen, and with no keys but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, raw: Any) -> Any:  # noqa: ANN401
        return cls.prepared(raw)

    @classmethod
    def prepared(cls, raw: Any) -> Any:  # noqa: ANN401
        """Returns what was written with short and older ways of writing made whole."""
        return raw


class Evidence(ScenarioPart):
    """Where a parameter comes from, and how much it can be trusted."""

    parameter: str
    source: str
    url: str | None = None
    year: PastYear | None = None
    confidence: Confidence


class Selection(ScenarioPart):
    """Care that matches every key given here; a key that is not given matches everything."""

    specialism: Codes | None = None
    diagnosis: Codes | None = None
    care_product: Codes | None = None
