"""Section 5: the share of a move that the capacity of its recipients and supporter bears."""

from dataclasses import dataclass
from typing import Any

from reference.baseline import Baseline, ResourceKey
from reference.plan import Initiative, Scenario, recipients

Amounts = dict[ResourceKey, float]


@dataclass(frozen=True)
class Bearing:
    """What one party can bear: the share (None: its gap is unknown), and the resources that bind (ties together)."""

    share: float | None
    binding: tuple[str, ...]


def pool_of(scenario: Scenario, provider: str, resource: str) -> dict[str, Any] | None:
    for pool in scenario.get("pools") or []:
        if pool["resource"] == resource and provider in pool["providers"]:
            return pool
    return None


def party_bearing(
    baseline: Baseline, scenario: Scenario, *, party: str, asked: Amounts, changed: Amounts, year: int
) -> Bearing:
    """min over r of clip((max(0, gap0) − gap after the earlier ones) ÷ required, 0, 1); 1 if nothing is required.

    Reading (f): a resource in a pool is judged by the pool's gap and by what all members are asked for. A party of whom
    a required resource's gap is unknown is left out whole.
    """
    shares: dict[str, float] = {}
    for resource in sorted({r for p, r in asked if p == party and asked[p, r] > 0}):
        pool = pool_of(scenario, party, resource)
        together = pool["providers"] if pool else [party]
        gaps = [baseline.gap(p, resource, year) for p in together]
        if any(gap is None for gap in gaps):
            return Bearing(None, ())
        before = sum(gaps)
        now = before + sum(changed.get((p, resource), 0.0) for p in together)
        needed = sum(asked.get((p, resource), 0.0) for p in together)
        shares[resource] = min(1.0, max(0.0, (max(0.0, before) - now) / needed))
    lowest = min(shares.values(), default=1.0)
    return Bearing(lowest, tuple(r for r, share in shares.items() if lowest < 1 and share <= lowest + 1e-12))


def bearings(
    baseline: Baseline, scenario: Scenario, initiative: Initiative, *, asked: Amounts, changed: Amounts, year: int
) -> dict[str, Bearing]:
    """One per recipient, and one for the supporting party."""
    parties = list(recipients(initiative, baseline.facts))
    support = initiative.get("support")
    if support and support["provider"] not in parties:
        parties.append(support["provider"])
    return {
        party: party_bearing(baseline, scenario, party=party, asked=asked, changed=changed, year=year)
        for party in parties
    }


def initiative_share(found: dict[str, Bearing]) -> float:
    """The minimum over its parties; who is unknown is left out."""
    return min((bearing.share for bearing in found.values() if bearing.share is not None), default=1.0)
