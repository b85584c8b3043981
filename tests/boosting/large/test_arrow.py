"""Arrow types as kinds of columns, and batches as frames."""

from __future__ import annotations

import numpy as np
import pytest

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")

from gridfold.boosting.large.arrow import kind_of, to_frame  # noqa: E402


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        (pa.int8(), "numbers"),
        (pa.float64(), "numbers"),
        (pa.bool_(), "numbers"),
        (pa.decimal128(9, 2), "numbers"),
        (pa.large_string(), "text"),
        (pa.dictionary(pa.int8(), pa.string()), "categories"),
        (pa.date32(), "dates"),
        (pa.timestamp("ms", tz="UTC"), "dates"),
        (pa.duration("s"), "durations"),
        (pa.null(), "nothing"),
        (pa.list_(pa.int8()), "others"),
    ],
)
def test_kinds(type_, kind):
    assert kind_of(type_) == kind


def test_decimals_are_rounded_once():
    from decimal import Decimal

    cells = [Decimal(k) / 100 for k in range(-200, 200)]
    batch = pa.RecordBatch.from_pydict({"a": pa.array(cells, pa.decimal128(9, 2))})
    found = to_frame(batch, {"a": pa.float32()})["a"]
    assert found.tolist() == [np.float32(float(cell)) for cell in cells]


def test_cells_become_numbers_where_that_is_asked():
    from decimal import Decimal

    columns = {"a": [True, None], "b": [1, None], "c": [Decimal("1.5"), None], "d": ["x", None]}
    batch = pa.RecordBatch.from_pydict(columns)
    frame = to_frame(batch, dict.fromkeys("abc", pa.float32()))
    assert frame["a"].dtype == frame["b"].dtype == frame["c"].dtype == "float32"
    assert frame.iloc[0].tolist() == [1.0, 1.0, 1.5, "x"]
    assert frame.iloc[1].isna().all()
