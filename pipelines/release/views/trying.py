"""One more figure that somebody wants to show: read from a file, audited with everything else, sent to nobody."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from data_contracts.problem import Problem, nearest, one_of
from data_contracts.text import Text
from models.disclosure.all_views import case_of
from models.disclosure.audit import risks_as_shown
from models.disclosure.cells import Key
from models.disclosure.coarseness import EVERYBODY, Figure, Level, withheld_last
from models.disclosure.picture import Picture
from models.disclosure.scenario_facts import ScenarioFacts
from models.disclosure.statements import Statement, in_digits, states
from models.scenario.parsing import read_part
from models.scenario.parts import ScenarioPart
from models.scenario.values import fault
from pipelines.release.releases import ReleaseFolder
from pipelines.release.views.auditing import audit_release, settings_of, told
from pipelines.workspace.workspace import Workspace

NAME = "tried"


class Tried(ScenarioPart):
    """What somebody wants to show to all parties.

    Attributes:
        scenario: of which; measure: revenue, margin, cushion, spend, contract, units, received, room or shortage.
        parties: whose amounts add up to it; part: the initiative, resource or other party, where the measure has one.
        digits: told in so many digits; or low and high: told as lying between these.
    """

    scenario: str
    measure: Literal["revenue", "margin", "cushion", "spend", "contract", "units", "received", "room", "shortage"]
    parties: Annotated[tuple[str, ...], Field(min_length=1)]
    part: str = ""
    digits: Annotated[int, Field(ge=1, le=6)] | None = None
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _told_somehow(self) -> Self:
        """Refuses a figure of which nothing is said, or two things."""
        if (self.digits is None) == (self.low is None and self.high is None):
            raise fault(
                "both digits and limits, or neither; expected digits, or low and high",
                "cijfers en grenzen allebei, of geen van beide; verwacht digits, of low en high",
            )
        return self


def attempt(workspace: Workspace, release: ReleaseFolder, file: Path, *, round_: str | None = None) -> dict[str, Any]:
    """Returns whether a figure may be shown to all beside the views, and in words what it would tell whom.

    Raises:
        ScenarioError: the file is no such figure. Problem: it is of a scenario, party or part that is not there.
    """
    tried = read_part(file.read_text(encoding="utf-8-sig"), source=file.name, kind=Tried)
    audited = audit_release(workspace, release, round_=round_)
    facts = next((one for one in audited.facts if one.scenario == tried.scenario), None)
    if facts is None:
        known = [one.scenario for one in audited.facts]
        raise Problem(
            Text(
                en=f"no scenario {tried.scenario!r} in this release",
                nl=f"geen scenario {tried.scenario!r} in deze release",
            ),
            expected=one_of(known),
            action=nearest(tried.scenario, known),
        )
    more = Figure(f"{tried.scenario}:{NAME}", "total", NAME, frozenset({EVERYBODY}), _levels(tried, facts))
    case = case_of(audited.facts, settings_of(workspace.region), before=audited.before, more=[more])
    risks = risks_as_shown(case, coarseness=audited.audited.coarseness)
    return {"figure": file.name, "may_be_shown": not risks, "would_tell": list(dict.fromkeys(map(told, risks)))}


def _levels(tried: Tried, facts: ScenarioFacts) -> tuple[Level, ...]:
    picture = Picture(facts)
    keys = [picture.key(tried.measure, party, tried.part) for party in tried.parties]
    for key in keys:
        _require_known(picture, key)
    return withheld_last([Level("tried", (_statement(tried, picture, keys),))])


def _require_known(picture: Picture, key: Key) -> None:
    if key not in picture.values:
        known = sorted({one.party for one in picture.values if one.measure == key.measure and one.part == key.part})
        what = f"{key.measure}, {key.party}" + (f" ({key.part})" if key.part else "")
        raise Problem(
            Text(en=f"no such figure in this scenario: {what}", nl=f"geen cijfer in dit scenario: {what}"),
            expected=one_of(known[:6]),
            action=nearest(key.party, known),
        )


def _statement(tried: Tried, picture: Picture, keys: list[Key]) -> Statement:
    terms = dict.fromkeys(keys, 1.0)
    if tried.digits is not None:
        return in_digits(terms, sum(picture.values[key] for key in keys), tried.digits)
    low = float("-inf") if tried.low is None else tried.low
    high = float("inf") if tried.high is None else tried.high
    value = sum(picture.values[key] for key in keys)
    if not low <= value <= high:
        raise Problem(
            Text(en="limits that do not hold the figure", nl="grenzen waar het cijfer buiten ligt"),
            expected=Text(en="limits between which it lies", nl="grenzen waar het tussen ligt"),
            action=Text(en="correct the limits", nl="verbeter de grenzen"),
        )
    return states(terms, low, high)
