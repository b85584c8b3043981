"""What the columns of Parquet files hold, and their cells as a pandas frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

# "nothing" is a column whose cells are all missing: it goes with every other kind.
Kind = Literal["numbers", "text", "categories", "dates", "durations", "nothing", "others"]

# The pandas type of each kind in a column that is missing throughout.
EMPTY: dict[Kind, str] = {
    "numbers": "float32",
    "nothing": "float32",
    "text": "object",
    "categories": "category",
    "dates": "datetime64[us]",
    "durations": "timedelta64[us]",
}


def kind_of(type_: Any) -> Kind:
    """Return what a column of an Arrow type holds; booleans are the numbers 0 and 1."""
    from pyarrow import types

    tests: dict[Kind, tuple[Any, ...]] = {
        "numbers": (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal),
        "text": (types.is_string, types.is_large_string, types.is_string_view),
        "categories": (types.is_dictionary,),
        "dates": (types.is_date, types.is_timestamp),
        "durations": (types.is_duration,),
        "nothing": (types.is_null,),
    }
    return next((kind for kind, tests in tests.items() if any(t(type_) for t in tests)), "others")


def to_frame(batch: Any, types: Mapping[str, Any]) -> pd.DataFrame:
    """Return a record batch as a frame, its columns cast to Arrow `types` where these say so."""
    import pyarrow as pa

    arrays = [
        _cast(batch.column(name), types[name]) if name in types else batch.column(name)
        for name in batch.schema.names
    ]
    table = pa.Table.from_arrays(arrays, names=batch.schema.names)
    return table.to_pandas(
        date_as_object=False, ignore_metadata=True, split_blocks=True, self_destruct=True
    )


def _cast(column: Any, type_: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_decimal(column.type):  # Arrow's own way to float32 rounds several times
        column = column.cast(pa.float64(), safe=False)
    return column.cast(type_, safe=False)


def index_columns(schema: Any) -> set[str]:
    """Return the columns that pandas wrote for the index of a frame: no features."""
    described = (schema.pandas_metadata or {}).get("index_columns", [])
    return {name for name in described if isinstance(name, str)}
