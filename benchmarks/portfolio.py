"""What choosing a package costs: 60 initiatives and 40 parties, a frontier of twelve points, to which gap.

    python -m benchmarks.portfolio

Invented contributions that bind everywhere: every initiative makes some parties lose and others gain, needs hands that
are scarce and money from one fund, and half of them may start in three years. Timed, in seconds of one processor: the
frontier, the exchange and the cheapest change, all by the sum of the contributions; evaluating packages whole is the
model's own time (`python -m benchmarks.evaluate`).
"""

import time

import numpy as np

from models.portfolio.changes import cheapest_change
from models.portfolio.choosing import Search, choose
from models.portfolio.contributions import Contributions, Effects, LimitRow, Option
from models.portfolio.exchange import exchange
from models.portfolio.frontier import frontier
from models.portfolio.limits import Limits

INITIATIVES, PARTIES, HOSPITALS, PAYERS, YEARS, RESOURCES = 60, 40, 12, 4, 8, 3
SEEDS = range(5)


def contributions(seed: int) -> Contributions:
    """Returns invented contributions of 60 initiatives, 120 options in all, to 40 parties."""
    random = np.random.default_rng(seed)
    names = [(i, start) for i in range(INITIATIVES) for start in ((2027, 2028, 2029) if i % 2 else (2027,))]
    owner = np.array([i for i, _ in names])
    annual = np.zeros((INITIATIVES, PARTIES))
    for row in annual:
        row[random.choice(HOSPITALS, 4, replace=False)] = random.normal(-4e4, 1.5e5, 4)
        row[HOSPITALS + random.choice(PARTIES - HOSPITALS - PAYERS, 6, replace=False)] = random.normal(2e3, 1e4, 6)
        row[-PAYERS:] = random.normal(6e4, 5e4, PAYERS)
    touched = annual != 0
    later = np.array([start - 2027 for _, start in names])[:, None]
    annual = annual[owner] * 0.97**later * random.uniform(0.98, 1.02, (len(names), PARTIES))
    places = PARTIES * RESOURCES * YEARS
    ramp = np.clip((np.arange(YEARS) - 1) / 4, 0.0, 1.0)
    each = np.where(
        np.repeat(touched, RESOURCES, axis=1), random.gamma(2.0, 300.0, (INITIATIVES, PARTIES * RESOURCES)), 0
    )
    need = (each[:, :, None] * ramp).reshape(INITIATIVES, places)
    room = (random.uniform(2000.0, 8000.0, (PARTIES * RESOURCES, 1)) * 0.99 ** np.arange(YEARS)).reshape(-1)
    norms = 20 * YEARS
    units = -np.where(random.random((INITIATIVES, norms)) < 0.02, random.gamma(2.0, 4.0, (INITIATIVES, norms)), 0.0)
    return Contributions(
        options=tuple(Option(f"i{i}", start, 2032, 2033 - start) for i, start in names),
        parties=tuple(f"p{party}" for party in range(PARTIES)),
        size=np.repeat([1.5e7, 2e6, 5e7], [HOSPITALS, PARTIES - HOSPITALS - PAYERS, PAYERS]),
        annuity=7.0,
        effects=Effects(
            annual=annual,
            level=annual,
            transition=random.gamma(2.0, 1e5, len(names)),
            shortage=need[owner],
            norm_units=units[owner],
        ),
        capacities=tuple(
            LimitRow(f"p{p}", f"r{r}", 2025 + y) for p in range(PARTIES) for r in range(RESOURCES) for y in range(YEARS)
        ),
        room=room,
        per_fte=np.full(places, 1500.0),
        usable=np.full(places, 50_000.0),
        norms=tuple(LimitRow(f"p{n}", "norm", 2025 + y) for n in range(20) for y in range(YEARS)),
        norm_before=np.full(norms, 80.0),
        norm_minimum=np.full(norms, 50.0),
    )


def main() -> None:
    """Prints a line a seed."""
    headings = ("seed", "best, s", "frontier, s", "points", "worst gap", "exchange, s", "gap", "change, s")
    print(" ".join(f"{heading:>11}" for heading in headings))
    for seed in SEEDS:
        own = contributions(seed)
        limits = Limits(loss_cap=0.01, fund_eur=5e6)
        marks = [time.process_time()]
        choose(own, limits)
        marks.append(time.process_time())
        found = frontier(Search(own), limits)
        marks.append(time.process_time())
        swapped = exchange(Search(own))
        marks.append(time.process_time())
        cheapest_change(Search(own), limits)
        marks.append(time.process_time())
        best, whole, swap, change = np.diff(marks)
        gap = max(point.choice.gap for point in found.points)
        left = swapped.choice.gap if swapped.choice else np.inf
        cells = (f"{seed}", f"{best:.2f}", f"{whole:.2f}", f"{len(found.points)}", f"{gap:.1e}", f"{swap:.2f}")
        print(" ".join(f"{cell:>11}" for cell in (*cells, f"{left:.1e}", f"{change:.2f}")), flush=True)


if __name__ == "__main__":
    main()
