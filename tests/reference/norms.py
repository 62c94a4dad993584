"""Section 1, What happens without an agreement: care below a volume norm goes elsewhere (`baseline.enforce_norms`)."""

from collections import defaultdict
from dataclasses import dataclass

from reference.baseline import Growth
from reference.facts import Cell, Facts, Row
from reference.geography import nearest
from reference.moving import Flow, flow_of
from reference.plan import Initiative
from reference.rounding import below

NONE_BELOW = 0.5  # section 6: under half a unit counts as none


def norms_of(facts: Facts) -> dict[str, list[Row]]:
    """The rows of each norm, in the order of their codes."""
    norms: dict[str, list[Row]] = defaultdict(list)
    for row in facts.norm_rows:
        norms[row["norm"]].append(row)
    return dict(sorted(norms.items()))


def minimum_of(rows: list[Row]) -> float:
    return max(float(row["minimum_units"]) for row in rows)


def matches(rows: list[Row], cell: Cell) -> bool:
    """Section 6: whether the cell matches any of the norm's rows (an empty column matches everything)."""
    return any(row.get("specialism") in (None, cell[2]) and row.get("care_product") in (None, cell[4]) for row in rows)


def norm_units(units: dict[Cell, float], provider: str, rows: list[Row]) -> float:
    """Section 6: a location's units over all cells that match the norm's rows."""
    return sum(amount for cell, amount in units.items() if cell[0] == provider and matches(rows, cell))


@dataclass(frozen=True)
class EnforcedNorm:
    """One baseline initiative `norm-<norm>`, with the donors and recipients that are fixed in its year."""

    norm: str
    rows: tuple[Row, ...]
    since: int
    donors: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()

    @property
    def initiative(self) -> Initiative:
        """What it is to the other sections: the same care elsewhere, at once, share 1, nothing besides."""
        return {
            "id": f"norm-{self.norm}",
            "kind": "concentration",
            "to": {"providers": list(self.recipients) if self.donors else [], "allocate": "nearest"},
        }

    def selects(self, cell: Cell) -> bool:
        return cell[0] in self.donors and matches(list(self.rows), cell)


def enforced(norm: EnforcedNorm, facts: Facts, mean_left: dict[Cell, float]) -> EnforcedNorm:
    """Who lies below the minimum (and does not have none) loses that care to who meets it."""
    minimum, rows = minimum_of(list(norm.rows)), list(norm.rows)
    units = {p: norm_units(mean_left, p, rows) for p in facts.providers}
    meets = tuple(p for p, amount in units.items() if not below(amount, minimum))
    lies_below = tuple(p for p, amount in units.items() if not below(amount, NONE_BELOW) and below(amount, minimum))
    return EnforcedNorm(norm.norm, norm.rows, norm.since, lies_below if meets else (), meets)


def norm_flows(growth: Growth, norm: EnforcedNorm, left: dict[Cell, float], year: int) -> list[Flow]:
    """From its year on every cell of that care moves whole to the nearest location that meets the norm."""
    flows = []
    for cell, units in left.items() if year >= norm.since else ():
        if not norm.selects(cell) or units <= 0:
            continue
        weight = nearest(growth.facts, area=cell[5], donor=cell[0], recipients=list(norm.recipients))
        total = sum(weight.values())
        for to, of in weight.items():
            part = of / total if total > 0 else 1 / len(weight)
            flows.append(flow_of(growth, norm.initiative, cell=cell, to=to, moved=units * part, year=year))
    return flows
