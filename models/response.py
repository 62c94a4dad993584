"""How cost follows care (section 4, One response): a unit costs the same through whichever door it comes or goes.

The response is linear in a path of care, so it is an operator on tracks: whatever is proportional to a few tracks has a
cost that is proportional to those tracks and to what the response makes of each. Sums, contributions and draws need no
rule of their own.
"""

from functools import lru_cache

import numpy as np

from models.forms import Form
from models.region.codes import Array


@lru_cache(maxsize=1024)
def run_off(steps: int, over: float) -> Array:
    """Returns what turns a path into the part of its semi-fixed cost that has followed.

    Args:
        steps: number of steps, of which the last stands for the horizon year with everything run its course.
        over: run-off years T; 0 is at once.

    Returns:
        Shape (steps, steps): [y, y'] times X[y'] summed over y' is Σ (X[y'] − X[y'−1])·min(1, (y−y')/T); of the last
        step it is X of that step whole.
    """
    years = steps - 1
    age = np.arange(years)[:, None] - np.arange(years)[None, :]
    followed = np.where(age >= 0, np.minimum(1.0, age / over) if over > 0 else 1.0, 0.0)
    year_before = np.where(age >= 1, np.minimum(1.0, (age - 1) / over) if over > 0 else 1.0, 0.0)
    result = np.zeros((steps, steps))
    result[:years, :years] = followed - year_before
    result[-1, -1] = 1.0
    result.setflags(write=False)
    return result


def followed(tracks: Array, over: float) -> Array:
    """Returns the part of the semi-fixed cost of some paths that has followed, shape (tracks, steps, draws)."""
    if not over:
        return tracks
    return np.asarray(np.einsum("xy,kyd->kxd", run_off(tracks.shape[1], over), tracks, optimize=True))


class Path:
    """A path of care at full average cost, of some rows, of which a part follows at once and a part over the years.

    Args:
        form: euro by row.
        over: run-off years T of each row of the form.
    """

    def __init__(self, form: Form, over: Array) -> None:
        self._form = form
        self._over = over
        self._spans = [float(span) for span in np.unique(over)]
        self._followed = [self._after(span) for span in self._spans]

    def _after(self, span: float) -> Array:
        if self._form.coefficients is None:
            return followed(self._form.tracks[self._over == span], span)
        return followed(self._form.tracks, span)

    def mixed(self, at_once: Array, over_years: Array) -> Form:
        """Returns a share of the path as it is plus a share of what has followed of it, both by row of the form."""
        form = self._form
        if form.coefficients is None:
            tracks = form.tracks * at_once[:, None, None]
            for span, part in zip(self._spans, self._followed, strict=True):
                mine = self._over == span
                tracks[mine] += over_years[mine, None, None] * part
            return Form(form.rows, None, tracks)
        parts = [form.coefficients * at_once[:, None]]
        parts += [form.coefficients * np.where(self._over == span, over_years, 0.0)[:, None] for span in self._spans]
        return Form(form.rows, np.concatenate(parts, axis=1), np.concatenate([form.tracks, *self._followed]))
