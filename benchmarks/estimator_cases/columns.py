"""Decompositions, scalers and other transformations of columns."""

from .subject import Subject, Synthetic
from .tables import bedrooms, california, covertype, flights, late, pendigits, satimage

_rows = Synthetic("regression")

SUBJECTS = [
    Subject(
        "decomposition:PCA",
        (satimage, covertype),
        _rows,
        answer="transform",
        params={"n_components": 10, "random_state": 0},
        gemm=True,
    ),
    Subject(
        "decomposition:TruncatedSVD",
        (satimage, covertype),
        _rows,
        answer="transform",
        params={"n_components": 10, "random_state": 0},
        gemm=True,
    ),
    Subject("preprocessing:StandardScaler", (pendigits, covertype), _rows, answer="transform"),
    Subject("preprocessing:MinMaxScaler", (pendigits, covertype), _rows, answer="transform"),
    Subject("preprocessing:RobustScaler", (pendigits, covertype), _rows, answer="transform"),
    Subject(
        "preprocessing:QuantileTransformer",
        (pendigits, late),
        Synthetic("regression", columns=20),
        answer="transform",
        params={"random_state": 0},
    ),
    Subject(
        "preprocessing:PolynomialFeatures",
        (california, late),
        Synthetic("regression", columns=20),
        answer="transform",
    ),
    Subject("impute:SimpleImputer", (bedrooms, flights), Synthetic("gaps"), answer="transform"),
]
