"""Values of sets of parties: what each set is worth if all of it takes part."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from models.region.codes import Array, Integers, Mask


@dataclass(frozen=True)
class Sets:
    """Values by set of parties, each set once.

    Attributes:
        members: 1 where a party is in the set, shape (sets, parties).
        value: shape (sets,).
    """

    members: sparse.csr_matrix
    value: Array

    @classmethod
    def of(cls, members: sparse.csr_matrix, value: Array) -> "Sets":
        """Returns the sets of flows, values of the same set added up, without those that come to nothing."""
        number = _numbered(members)
        _, first, inverse = np.unique(number, return_index=True, return_inverse=True)
        total = np.bincount(inverse.reshape(-1), weights=value, minlength=first.size)
        some = total != 0
        return cls(members[first[some]], total[some])

    def within(self, chosen: Mask) -> float:
        """Returns v(S): the value of the sets that lie wholly in a coalition."""
        missing = self.members @ (~chosen).astype(float)
        return float(self.value[missing == 0].sum())


def _numbered(members: sparse.csr_matrix) -> Integers:
    """Returns a number by row, the same for rows with the same members."""
    members.sort_indices()
    count = np.diff(members.indptr)
    number = count.astype(np.int64)
    for place in range(int(count.max(initial=0))):
        there = count > place
        member = np.zeros(count.size, dtype=np.int64)
        member[there] = members.indices[members.indptr[:-1][there] + place] + 1
        _, number = np.unique(number * (members.shape[1] + 1) + member, return_inverse=True)
        number = number.reshape(-1).astype(np.int64)
    return number
