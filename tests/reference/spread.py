"""Section 8: what is reported of the draws."""

from collections.abc import Sequence

import numpy as np


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def spread(values: Sequence[float]) -> dict[str, float]:
    """Mean, p10, p50 and p90 of the draws."""
    return {"mean": mean(values)} | {f"p{n}": percentile(values, n) for n in (10, 50, 90)}


def percentile(values: Sequence[float], n: int) -> float:
    return float(np.percentile(values, n)) if len(values) > 1 else values[0]


def spread_column(name: str, values: Sequence[float] | None) -> dict[str, float | None]:
    """The same as columns of their own, the mean under the bare name; None: unknown."""
    if values is None:
        return dict.fromkeys((name, f"{name}_p10", f"{name}_p50", f"{name}_p90"))
    return {name if key == "mean" else f"{name}_{key}": value for key, value in spread(values).items()}
