"""The MLP: networks with hand-written gradients, trained many at a time.

- `engine/`: layers, losses, optimizers, and `Training`, which trains the models of a `Problem`
  together, each as if it were alone. It knows nothing of scikit-learn.
- here: MLPClassifier and MLPRegressor. `parameters` are checked, `members` draws what a fit needs
  of its random state, `assembly` makes a `Problem` of it, `fitting` trains, `fitted` sets the
  attributes. `shared_*` do the same for the candidates of a search.
- `realmlp/`: RealMLPClassifier and RealMLPRegressor on the same engine.

A *model* is a network in training; a *member* is an estimator of a shared fit, or in `realmlp/` one
of the networks that an ensemble is made of.
"""

from .classifier import MLPClassifier
from .regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
