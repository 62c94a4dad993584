"""What was made last is remembered, within so many bytes: a long day of what-ifs takes no more memory than an hour."""

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, TypeVar

import numpy as np
import polars as pl

_Made = TypeVar("_Made")
_WHOLE = (
    *(np.ndarray, pl.DataFrame, pl.Series, str, bytes, int, float, bool, type(None), type),
    *(ModuleType, FunctionType, BuiltinFunctionType),
)
"""Things that hold no others worth looking into."""


class Remembered:
    """What was made, by key: the last of it, within a number of bytes; never made twice at once.

    Different keys are made beside each other; who asks for one that is being made waits for it. The newest stays,
    however large it is.

    Args:
        most_bytes: of all together, as `weight` counts them; None: what is kept is few by its nature.
    """

    def __init__(self, most_bytes: int | None = None) -> None:
        self._most = most_bytes
        self._beside: frozenset[int] = frozenset()
        self._made: OrderedDict[Hashable, Any] = OrderedDict()
        self._weights: dict[Hashable, int] = {}
        self._making: dict[Hashable, threading.RLock] = {}
        self._looking = threading.Lock()

    def __contains__(self, key: Hashable) -> bool:
        """Returns whether something is remembered under a key."""
        with self._looking:
            return key in self._made

    def __len__(self) -> int:
        """Returns how many things are remembered."""
        return len(self._made)

    def get(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """Returns what was made under a key, made now if it was not, or is forgotten."""
        with self._looking:
            if key in self._made:
                self._made.move_to_end(key)
                found: _Made = self._made[key]
                return found
            making = self._making.setdefault(key, threading.RLock())
        with making:
            return self._made_now(key, make)

    def leave_out(self, *held: object) -> None:
        """Has what is held elsewhere anyway, such as the facts, count for nothing; it must be held as long as this."""
        counted = set(self._beside)
        for thing in held:
            weight(thing, counted)
        self._beside = frozenset(counted)

    def tidy(self) -> None:
        """Forgets what was used longest ago until the rest is within the limit; what is remembered may have grown."""
        if self._most is None:
            return
        with self._looking:
            there = list(self._made.items())
        for key, made in there:
            self._weights[key] = weight(made, set(self._beside))
        self._forget()

    def _forget(self) -> None:
        """Forgets what was used longest ago until the rest, as last weighed, is within the limit."""
        with self._looking:
            while len(self._made) > 1 and sum(self._weights.get(key, 0) for key in self._made) > (self._most or 0):
                oldest, _ = self._made.popitem(last=False)
                self._weights.pop(oldest, None)

    def _made_now(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        with self._looking:
            if key in self._made:
                there: _Made = self._made[key]
                return there
        try:
            made = make()
        finally:
            with self._looking:
                self._making.pop(key, None)
        with self._looking:
            self._made[key] = made
        if self._most is not None:
            self._weights[key] = weight(made, set(self._beside))
            self._forget()
        return made


def weight(thing: object, counted: set[int]) -> int:
    """Returns about how many bytes a thing holds: arrays, frames and texts, and the objects around them.

    Args:
        thing: any object; what it refers to counts.
        counted: ids of what was counted already, which what is found here is added to.
    """
    total, ahead = 0, [thing]
    while ahead:
        one = ahead.pop()
        if isinstance(one, np.ndarray) and isinstance(one.base, np.ndarray):
            one = one.base
        if id(one) in counted:
            continue
        counted.add(id(one))
        total += _own_bytes(one)
        ahead.extend(_inside(one))
    return total


def _own_bytes(one: object) -> int:
    if isinstance(one, np.ndarray):
        return one.nbytes
    if isinstance(one, pl.DataFrame | pl.Series):
        return int(one.estimated_size())
    return sys.getsizeof(one, 64)


def _inside(one: object) -> Iterable[object]:
    if isinstance(one, _WHOLE):
        return ()
    if isinstance(one, dict):
        return [*one.keys(), *one.values()]
    if isinstance(one, list | tuple | set | frozenset):
        return one
    held = getattr(one, "__dict__", {})
    return list(held.values()) if isinstance(held, Mapping) else ()
