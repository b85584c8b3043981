"""Plans for the tests of how a plan is shown."""

from __future__ import annotations

from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LassoLars, Ridge
from sklearn.model_selection import ParameterGrid
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from gridfold.estimators.shared import Meta
from gridfold.pipelines.search.planning.builder import make_plan

META = Meta(n_samples=100, n_features=5)
SCALED = make_pipeline(StandardScaler(), Ridge())
NAMED = Pipeline([("scale", StandardScaler()), ("model", Ridge())])
BOTH = ColumnTransformer(
    [
        ("num", make_pipeline(SimpleImputer(), StandardScaler()), [0, 1]),
        ("low", MinMaxScaler(), [2]),
    ]
)


def plan_of(estimator, grid, meta=META, **options):
    """Return the plan of a grid search on five folds."""
    options = {"n_splits": 5, "repeats": [range(5)], **options}
    return make_plan(estimator, list(ParameterGrid(grid)), meta, **options)


GRIDS = {
    "scaled": (SCALED, {"ridge__alpha": [1.0, 2.0], "ridge__fit_intercept": [True, False]}),
    "kinds": (
        NAMED,
        [
            {"model": [Ridge(), LassoLars(), KNeighborsRegressor()], "scale": [MinMaxScaler()]},
            {"model": [KNeighborsRegressor()], "model__n_neighbors": [1, 2, 3]},
            {"scale": ["passthrough", StandardScaler(with_std=False)]},
        ],
    ),
    "branches": (
        make_pipeline(BOTH, PCA(), Ridge()),
        {
            "columntransformer__low": [MinMaxScaler(), StandardScaler(), "drop"],
            "columntransformer__num__simpleimputer__strategy": ["mean", "median"],
            "pca__n_components": [1, 2],
            "ridge__solver": ["auto", "lsqr"],
        },
    ),
    "wide": (
        NAMED,
        {
            "scale": [MinMaxScaler((0, i + 1)) for i in range(30)],
            "model": [DecisionTreeRegressor(max_depth=i + 1) for i in range(30)],
        },
    ),
}
