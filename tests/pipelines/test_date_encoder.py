"""DateEncoder against the calendar of Python's datetime."""

from __future__ import annotations

import datetime

import numpy as np
from numpy.testing import assert_allclose
from sklearn.base import clone

from gridfold.pipelines.date_encoder import DateEncoder


def dates(seed: int = 0, n: int = 200) -> np.ndarray:
    seconds = np.random.default_rng(seed).integers(-(10**9), 2 * 10**9, n)
    return (np.datetime64("1970-01-01") + seconds.astype("timedelta64[s]")).astype("datetime64[us]")


def test_parts_agree_with_the_calendar():
    column = dates()
    encoder = DateEncoder().fit(column[:, None])
    assert encoder.parts_ == [["days", "month", "day", "weekday", "hour"]]
    found = encoder.transform(column[:, None])
    epoch = datetime.datetime(1970, 1, 1)
    for row, date in zip(found, column.astype(datetime.datetime), strict=True):
        days = (date - epoch) / datetime.timedelta(days=1)
        assert_allclose(row, [days, date.month, date.day, date.weekday(), date.hour], rtol=1e-12)


def test_parts_that_do_not_differ_are_left_out():
    days = np.array(["2024-01-01", "2024-01-02", "NaT"], dtype="datetime64[us]")[:, None]
    encoder = DateEncoder().fit(days)
    assert list(encoder.get_feature_names_out(["sold"])) == [
        "sold_days",
        "sold_day",
        "sold_weekday",
    ]
    found = encoder.transform(days)
    assert np.isnan(found[2]).all()
    assert list(found[:2, 1]) == [1, 2]
    assert clone(encoder).get_params() == {}
