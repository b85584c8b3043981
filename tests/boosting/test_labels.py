"""Class labels to numbers and the errors for what is no label."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from gridfold.boosting.labels import encode_known, encode_labels, is_multilabel

KINDS = {
    "text": np.array(["no", "yes", "maybe", "no"]),
    "object": np.array(["no", "yes", "maybe", "no"], dtype=object),
    "list": ["no", "yes", "maybe", "no"],
    "series": pd.Series(["no", "yes", "maybe", "no"], index=[7, 5, 3, 1]),
    "category": pd.Series(["no", "yes", "maybe", "no"]).astype("category"),
    "booleans": np.array([True, False, False, True]),
    "nullable booleans": pd.array([True, False, False, True], dtype="boolean"),
    "gaps": np.array([7, -3, 100, 7]),
    "nullable integers": pd.array([7, -3, 100, 7], dtype="Int64"),
    "floats": np.array([1.0, 2.0, 1.0, 3.0]),
    "column": np.array([["a"], ["b"], ["a"], ["c"]]),
}


@pytest.mark.filterwarnings("ignore:A column-vector y was passed")
@pytest.mark.parametrize("kind", KINDS)
def test_every_label_comes_back(kind):
    y = KINDS[kind]
    classes, codes = encode_labels(y)
    flat = np.asarray(y).ravel()
    assert isinstance(classes, np.ndarray)
    assert classes.tolist() == sorted(set(flat.tolist()))
    assert classes[codes].tolist() == flat.tolist()
    assert encode_known(y, classes, "it").tolist() == codes.tolist()


def test_numbers_keep_their_dtype():
    assert encode_labels(np.array([1.0, 2.0], dtype=np.float32))[0].dtype == np.float32
    assert encode_labels(np.array([True, False]))[0].dtype == bool


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["a", "a"], "one class only, 'a'"),
        (np.array([3, 3]), "one class only, 3:"),
        (["a", None, "b"], r"Input y .* 1 of 3 labels are missing, the first \(None\) in row 1\."),
        (np.array([0.0, np.nan, 1.0, np.nan]), r"2 of 4 labels are missing, .* \(nan\) in row 1\."),
        (pd.Series(["a", "b", None], name="income"), "Input income contains NaN.* in row 2"),
        (np.array(["a", 1, "b"], dtype=object), "mixed types"),
        (np.array([0.5, 0.7, 1.2]), "continuous"),
        (np.array([[0, 1], [2, 1]]), "1d array"),
    ],
)
def test_what_is_no_label_is_named(y, message):
    with pytest.raises(ValueError, match=message):
        encode_labels(y)


def test_unseen_labels_are_named():
    with pytest.raises(ValueError, match=r"eval_set\[0\] has labels that y has not: \['c'\]"):
        encode_known(["a", "c", "b"], np.array(["a", "b"]), "eval_set[0]")


def test_only_columns_of_zero_and_one_are_multilabel():
    assert is_multilabel(np.array([[0, 1], [1, 1]]))
    assert not is_multilabel(np.array([[0], [1]]))
    assert not is_multilabel(["a", "b"])


@pytest.mark.parametrize(
    ("y", "dtype"),
    [
        (pd.Series([1, 0, 1], dtype="Int64"), np.int64),
        (pd.array([True, False, True], dtype="boolean"), bool),
        (np.array([True, False, True], dtype=object), bool),
        (np.array([1, 0, 1], dtype=object), np.int64),
    ],
)
def test_labels_come_back_in_the_type_of_numpy(y, dtype):
    classes, codes = encode_labels(y)
    assert classes.dtype == dtype
    assert classes[codes].tolist() == list(y)


def test_sparse_labels_are_refused_by_what_they_are():
    with pytest.raises(ValueError, match="y holds no labels: Sparse data was passed"):
        encode_labels(sparse.csr_array(np.eye(3)))
