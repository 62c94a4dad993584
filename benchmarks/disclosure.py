"""What the audit of all views costs, and making them: seconds of the processor, programs solved, memory.

`python -m benchmarks.disclosure WORKSPACE` takes the current release of a workspace: a bundle of its dashboards, the
audit of all views, every party's view. `python -m benchmarks.disclosure --hospitals 60 --practices 500` audits the
table and rooms of an invented region of that size, without a release.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from models.disclosure.all_views import audit_views
from models.disclosure.ladders import Settings
from models.disclosure.scenario_facts import InitiativeFacts, Party, ScenarioFacts

ANNUITY = 6.0
LIMITS = {"revenue": 0.001, "margin": 0.001, "cushion": 0.05, "spend": 0.01}


def timed(what: str, work: Callable[[], Any]) -> tuple[Any, float]:
    """Does a piece of work, prints what it took of the processor, and returns both."""
    start = time.process_time()
    found = work()
    seconds = time.process_time() - start
    print(f"{what:44} {seconds:9.1f} s of the processor")
    return found, seconds


def region(hospitals: int, practices: int, *, initiatives: int = 4, seed: int = 3) -> ScenarioFacts:
    """Returns an invented scenario: each initiative moves care from a third of the hospitals to some practices."""
    stream = np.random.default_rng(seed)
    givers, takers = ([f"{kind}{n:04}" for n in range(count)] for kind, count in (("h", hospitals), ("g", practices)))
    payers = ("q1", "q2", "q3", "q4")
    size = {**dict.fromkeys(givers, 2e8), **dict.fromkeys(takers, 1e7), **dict.fromkeys(payers, 3e9)}
    kinds = {**dict.fromkeys(givers, "general_hospital"), **dict.fromkeys(takers, "gp_organisation")}
    parties = {p: Party(p, kinds.get(p, "payer"), z * stream.uniform(0.5, 2), "") for p, z in size.items()}
    why = {"nl": "samen plannen", "en": "to plan together"}
    made: list[InitiativeFacts] = []
    units: dict[tuple[str, str, int], float] = {}
    received: dict[tuple[str, str, int], float] = {}
    parts: dict[tuple[str, str, str], float] = {}
    flows: dict[tuple[str, str, str], float] = {}
    for n in range(initiatives):
        name = f"i{n}"
        donors, recipients = (sorted(stream.choice(every, max(3, len(every) // 3), replace=False).tolist())
                              for every in (givers, takers))  # fmt: skip
        given = dict(zip(donors, stream.uniform(200, 3000, len(donors)), strict=True))
        cut = stream.dirichlet(np.ones(len(recipients)))
        taken = dict(zip(recipients, 2 * sum(given.values()) * cut, strict=True))
        units |= {(name, p, 2032): v for p, v in given.items()}
        received |= {(name, p, 2032): v for p, v in taken.items()}
        for donor in donors:
            for taker in stream.choice(recipients, min(12, len(recipients)), replace=False).tolist():
                flows[name, donor, taker] = taken[taker] / len(donors)
        for p, v in given.items():
            parts["revenue", p, name], parts["margin", p, name] = -900.0 * v, -400.0 * v
        for p, v in taken.items():
            parts["revenue", p, name], parts["margin", p, name] = 26.0 * v, 5.0 * v
        paid = sum(v for (m, _, i), v in parts.items() if m == "revenue" and i == name)
        for payer, share in zip(payers, (0.4, 0.3, 0.2, 0.1), strict=True):
            parts["spend", payer, name], parts["margin", payer, name] = share * paid, -share * paid
        made.append(InitiativeFacts(name, tuple(donors), tuple(recipients), (), payers, replaced=True, costed=True,
                                    divides_by="", necessity=why, bears=()))  # fmt: skip
    whole: dict[tuple[str, str], float] = {}
    for (measure, party, _), value in parts.items():
        whole[measure, party] = whole.get((measure, party), 0.0) + value
    stances = {(p, m): stance(v, m, LIMITS[m] * (parties[p].size or 0.0)) for (m, p), v in whole.items()}
    cushion = {p: 1.4 * v if v < 0 else 0.0 for (m, p), v in whole.items() if m == "margin" and p not in payers}
    return ScenarioFacts(
        snapshot="s@r", scenario="s", parties=parties, initiatives=tuple(made), whole=whole, parts=parts,
        cushion=cushion, cushion_share={}, contract={}, units=units, received=received, room={}, shortage={},
        usable={}, flows=flows, stances=stances, departments={}, payment=None, limits=LIMITS, annuity=ANNUITY,
        horizon=2032,
    )  # fmt: skip


def stance(value: float, measure: str, limit: float) -> str:
    """Returns whether a change is a gain, a loss, or neither; a payer that spends less gains."""
    if abs(value) < limit:
        return "neutral"
    return "gains" if (value > 0) != (measure == "spend") else "loses"


def audit_invented(hospitals: int, practices: int) -> None:
    """Audits an invented region and prints what it took."""
    facts = region(hospitals, practices)
    settings = Settings(kinds_merge=(frozenset({"general_hospital", "top_clinical_hospital"}),))
    done, _ = timed(f"audit, {hospitals} hospitals, {practices} practices", lambda: audit_views([facts], settings))
    told(done)


def told(done: Any) -> None:  # noqa: ANN401 - what an audit returns
    """Prints what an audit looked at and left."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"  {len(done.case.cells):,} figures, {len(done.case.attackers)} readers, {done.programs:,} programs, "
          f"narrowest {done.narrowest:.0%}, passed: {done.passed}; {memory:.2f} GiB at most")  # fmt: skip


def audit_workspace(root: Path) -> None:
    """Times a bundle, the audit and every party's view of the current release of a workspace."""
    from dashboards.faces.static import write_bundle  # noqa: PLC0415 - drawing is loaded only where it is timed
    from pipelines.release import releases  # noqa: PLC0415
    from pipelines.release.views import auditing, making, naming  # noqa: PLC0415
    from pipelines.workspace.workspace import Workspace  # noqa: PLC0415

    workspace = Workspace.open(root)
    release = releases.require_current(workspace.published)
    with tempfile.TemporaryDirectory() as folder:
        _, bundle = timed("a bundle of the dashboards", lambda: write_bundle(release.database, Path(folder)))
    audited, audit = timed("the audit of all views", lambda: auditing.audit_release(workspace, release, round_="bench"))
    told(audited.audited)
    parties = list(naming.every_view(audited.facts, ["party"]))
    _, views = timed(f"audit and views of {len(parties)} parties",
                     lambda: making.make_views(workspace, release, parties, round_="bench"))  # fmt: skip
    _, again = timed("the same again, nothing changed",
                     lambda: making.make_views(workspace, release, parties, round_="bench"))  # fmt: skip
    print(f"  views without their audit: {(views - audit) / bundle:.1f} bundles; again: {again / bundle:.2f} bundles")


def main() -> None:
    """Reads what is asked and times it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("workspace", nargs="?", type=Path)
    asked.add_argument("--hospitals", type=int, default=0)
    asked.add_argument("--practices", type=int, default=0)
    given = asked.parse_args()
    if given.workspace:
        audit_workspace(given.workspace)
    if given.hospitals:
        audit_invented(given.hospitals, given.practices)


if __name__ == "__main__":
    main()
