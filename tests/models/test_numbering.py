"""Numbering what deliveries name: the quick way to tell columns apart says what NumPy's own says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models.region.codes import distinct

COLUMNS = arrays.arrays(np.int64, st.tuples(st.integers(1, 4), st.integers(0, 30)), elements=st.integers(-3, 40))


def same_as_numpy(keys):
    unique, inverse = np.unique(keys, axis=1, return_inverse=True)
    found, place = distinct(keys)
    assert found.tolist() == unique.tolist()
    assert place.tolist() == inverse.reshape(-1).tolist()


@given(COLUMNS)
def test_distinct_columns_are_numpys(keys):
    same_as_numpy(keys)


@pytest.mark.parametrize("most", [2**31, 2**62])
def test_large_numbers_do_not_run_over(most):
    same_as_numpy(np.array([[0, most, 5, 0], [most, 0, 5, most], [1, 1, most, 1]], dtype=np.int64))
