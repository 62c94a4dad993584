"""How Hypothesis searches: at random at a desk, the same examples every time in CI: a landing never hangs on luck.

And what is delivered in a test has arrived: nobody waits ten seconds for it.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from pipelines.intake import arriving

settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


@pytest.fixture(scope="session", autouse=True)
def _delivered_at_once() -> Iterator[None]:
    """What lies in an inbox has settled, unless a test says otherwise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arriving, "QUIET_SECONDS", 0.0)
        yield
