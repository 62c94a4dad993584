"""Large deliveries: held against their contract without being held in memory, with the outcome of a small one.

Most rows of a large file are plain: SQL accepts those where they lie (`plain`). All others are judged as the rows of a
small file are, some at a time (`judging`). No rule of a dataset stands here.
"""

from pipelines.judging.large.sifting import Order, judge
from pipelines.judging.large.sizes import large_kind

__all__ = ["Order", "judge", "large_kind"]
