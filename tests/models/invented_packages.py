"""Small invented contributions, and the best package by trying every one: what the solver is held against."""

from itertools import product

import numpy as np
from hypothesis import strategies as st

from models.portfolio.contributions import Contributions, Effects, LimitRow, Option
from models.portfolio.limits import UNBOUNDED, Limits, excess


def contributions(
    annual, *, size=None, starts=None, level=None, transition=None, shortage=None, room=(), norm_units=None,
    before=(), minimum=(), annuity=1.0,
):  # fmt: skip
    """Contributions from lists; one start an initiative unless `starts` says which options share one."""
    annual = np.atleast_2d(np.array(annual, dtype=float))
    options, parties = annual.shape
    owner = list(range(options)) if starts is None else starts
    years = [2027 + owner[:place].count(one) for place, one in enumerate(owner)]

    def matrix(given, columns):
        return np.zeros((options, columns)) if given is None else np.array(given, dtype=float).reshape(options, columns)

    return Contributions(
        options=tuple(Option(f"i{one}", year, 2032, 2033 - year) for one, year in zip(owner, years, strict=True)),
        parties=tuple(f"p{place}" for place in range(parties)),
        size=np.full(parties, 1000.0) if size is None else np.array(size, dtype=float),
        annuity=annuity,
        effects=Effects(
            annual=annual,
            level=annual if level is None else np.array(level, dtype=float),
            transition=np.zeros(options) if transition is None else np.array(transition, dtype=float),
            shortage=matrix(shortage, len(room)),
            norm_units=matrix(norm_units, len(before)),
        ),
        capacities=tuple(LimitRow(f"p{place}", "gp_hours", 2027) for place in range(len(room))),
        room=np.array(room, dtype=float),
        per_fte=np.full(len(room), 10.0),
        usable=np.full(len(room), 100.0),
        norms=tuple(LimitRow(f"p{place}", "norm", 2027) for place in range(len(before))),
        norm_before=np.array(before, dtype=float),
        norm_minimum=np.array(minimum, dtype=float),
    )


def every_package(own):
    """Every package there is, doing nothing included."""
    choices = [[(), *((int(place),) for place in places)] for places in own.of_initiative]
    return [sum(parts, ()) for parts in product(*choices)]


def keeping(own, limits, whole=None):
    """Every package that keeps the limits, summed and evaluated whole."""
    return [
        package for package in every_package(own)
        if excess(own, own.effects.of(package), limits).nothing
        and (whole is None or not package or excess(own, whole(package), limits).nothing)
    ]  # fmt: skip


def value(own, package):
    return float(own.values[list(package)].sum())


@st.composite
def regions_of_choice(draw, most=7):
    """Contributions of up to `most` initiatives with one to three starts, and limits that bind now and then."""
    amounts = st.integers(-60, 60).map(float)
    starts = [one for one in range(draw(st.integers(1, most))) for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3])))]
    parties, places, norms = draw(st.integers(1, 4)), draw(st.integers(0, 3)), draw(st.integers(0, 2))

    def matrix(columns, values=amounts):
        row = st.lists(values, min_size=columns, max_size=columns)
        return draw(st.lists(row, min_size=len(starts), max_size=len(starts)))

    own = contributions(
        matrix(parties),
        starts=starts,
        size=draw(st.lists(st.sampled_from([0.0, 500.0, 1000.0, 5000.0]), min_size=parties, max_size=parties)),
        level=matrix(parties) if draw(st.booleans()) else None,
        transition=[row[0] for row in matrix(1, st.integers(0, 30).map(float))],
        shortage=matrix(places, st.integers(-10, 30).map(float)),
        room=draw(st.lists(st.integers(0, 60).map(float), min_size=places, max_size=places)),
        norm_units=matrix(norms, st.integers(-60, 20).map(float)),
        before=draw(st.lists(st.sampled_from([60.0, 90.0]), min_size=norms, max_size=norms)),
        minimum=[50.0] * norms,
    )
    limits = Limits(
        loss_cap=draw(st.sampled_from([0.0, 0.01, 0.03, 0.2, UNBOUNDED])),
        fund_eur=draw(st.sampled_from([0.0, 20.0, 60.0, UNBOUNDED])),
    )
    return own, limits
