"""Random streams of the demonstration region: one per cause, so that a change in one leaves the others as they were."""

from hashlib import sha256

import numpy as np


def stream(seed: int, cause: str) -> np.random.Generator:
    """Returns the random stream of one cause (such as "units" or "prices"), the same on any machine for a seed."""
    digest = sha256(f"{seed}:{cause}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))
