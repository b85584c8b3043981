"""Linear models: least squares, penalised, generalised, robust, of classes."""

from . import objectives
from .subject import Subject, Synthetic
from .tables import (
    air_time,
    bikes,
    california,
    covertype,
    covertype_7class,
    credit,
    diamonds,
    elevation,
    late,
    pendigits,
    satimage,
)

_regression = Synthetic("regression")
_classes = Synthetic("classification")
_counts = Synthetic("counts")
_scaled = (california.with_scale(), elevation.with_scale())

SUBJECTS = [
    Subject(
        "linear_model:LinearRegression",
        (california, elevation),
        _regression,
        objective=objectives.ridge,
        gemm=True,
    ),
    Subject(
        "linear_model:Ridge",
        (california, elevation),
        _regression,
        objective=objectives.ridge,
        gemm=True,
    ),
    Subject(
        "linear_model:RidgeClassifier",
        (satimage, covertype),
        _classes,
        objective=objectives.ridge_classifier,
        gemm=True,
    ),
    Subject(
        "linear_model:Lasso", _scaled, _regression, objective=objectives.elastic_net, gemm=True
    ),
    Subject(
        "linear_model:ElasticNet", _scaled, _regression, objective=objectives.elastic_net, gemm=True
    ),
    Subject(
        "linear_model:LogisticRegression",
        (credit.with_scale(), covertype.with_scale()),
        _classes,
        objective=objectives.logistic,
        gemm=True,
    ),
    Subject(
        "linear_model:LogisticRegression",
        (pendigits.with_scale(), covertype_7class.with_scale()),
        Synthetic("many classes"),
        objective=objectives.logistic,
        variant="more than two classes",
        gemm=True,
    ),
    Subject(
        "linear_model:LogisticRegression",
        (credit.with_scale(), covertype_7class.with_scale().of(20_000)),
        Synthetic("classification", 100_000),
        params={"l1_ratio": 1.0, "solver": "saga", "random_state": 0},
        objective=objectives.logistic,
        variant="l1",
    ),
    Subject(
        "linear_model:LogisticRegression",
        (credit.with_scale(), covertype_7class.with_scale().of(20_000)),
        Synthetic("classification", 100_000),
        params={"l1_ratio": 0.5, "solver": "saga", "random_state": 0},
        objective=objectives.logistic,
        variant="elastic net",
    ),
    Subject(
        "linear_model:PoissonRegressor",
        (bikes, late.with_scale()),
        _counts,
        objective=objectives.tweedie,
        gemm=True,
    ),
    Subject(
        "linear_model:GammaRegressor",
        (diamonds.with_scale(), air_time.with_scale()),
        Synthetic("positive"),
        objective=objectives.tweedie,
        gemm=True,
    ),
    Subject(
        "linear_model:TweedieRegressor",
        (bikes, late.with_scale()),
        _counts,
        params={"power": 1.5},
        objective=objectives.tweedie,
        variant="power 1.5",
        gemm=True,
    ),
    Subject(
        "linear_model:HuberRegressor",
        (california.with_scale(), late.with_scale()),
        _regression,
        objective=objectives.huber,
        gemm=True,
    ),
    Subject(
        "svm:LinearSVC",
        (credit.with_scale(), covertype.with_scale()),
        _classes,
        params={"random_state": 0},
        objective=objectives.linear_svc,
        gemm=True,
    ),
]
