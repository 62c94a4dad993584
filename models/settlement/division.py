"""The rules that divide what a deal is worth (section 10): each from present values to outcomes.

All of them take arrays whose first axis is the parties of the deal; a second axis, if there is one, is the draws. What
goes in is after the transition fund has paid, so every rule hands out the same total.
"""

from typing import Literal, get_args

import numpy as np

from models.region.codes import Array

Rule = Literal["none", "keep_whole", "equal_gain", "proportional", "shapley"]
RULES: tuple[Rule, ...] = get_args(Rule)


def divided(rule: Rule, *, own: Array, size: Array, equal_parts: Array) -> Array:
    """Returns the outcome of each party under a rule, shape of `own`.

    Args:
        rule: one of the five.
        own: each party's present value as it is, transition fund included.
        size: annual revenue or the like in euro, NaN or 0 where unknown; shape (parties,).
        equal_parts: each flow's value, transition fund included, divided equally over its members.
    """
    if rule == "none":
        return own
    if rule == "shapley":
        return equal_parts
    if rule == "keep_whole":
        return keep_whole(own)
    total = own.sum(axis=0)
    shares = np.full(size.size, 1 / max(size.size, 1)) if rule == "equal_gain" else by_size(size)
    return np.multiply.outer(shares, total)


def keep_whole(own: Array) -> Array:
    """Returns losers at 0 and gainers paying in proportion, or gainers at 0 where their gains fall short."""
    gain, loss = np.maximum(own, 0.0), np.maximum(-own, 0.0)
    gains, losses = gain.sum(axis=0), loss.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(gains > losses, 1 - losses / gains, 0.0)
        short = np.where(losses > gains, 1 - gains / losses, 0.0)
    return gain * left - loss * short


def by_size(size: Array) -> Array:
    """Returns each party's share of the whole by its size; unknown counts 0, and equal where nobody's is known."""
    known = np.where(size > 0, size, 0.0)
    return known / known.sum() if known.sum() > 0 else np.full(size.size, 1 / max(size.size, 1))
