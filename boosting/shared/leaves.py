"""What the first rounds of a LightGBM model answer, each tree asked once."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

# LightGBM's text format, in which models are read and written here.
_FORMAT = "version=v4"
_BLOCK_BYTES = 2.0**26  # of leaf numbers that are held at once
_BYTES_PER_LEAF = 16.0  # as LightGBM gives it, as it is returned, and once more


def answers_after(estimator: Any, X: Any, method: str, rounds: Sequence[int]) -> dict[int, Any]:
    """Answer after each of the ascending `rounds`, with the bits of `num_iteration`.

    LightGBM adds the values of leaves tree by tree, in float64. They are added here in the same
    order, from the numbers of the leaves that each row ends in; what the objective makes of a sum
    is asked of LightGBM.
    """
    trees = _Trees.of(estimator.booster_) if len(rounds) > 1 else None
    if trees is None:
        return {k: getattr(estimator, method)(X, num_iteration=k) for k in rounds}
    stand_in = copy.copy(estimator)
    stand_in._process_params = lambda stage: {}  # of no use to a booster that knows, and slow
    answers = {}
    for k, sums in zip(rounds, trees.sums(estimator, X, rounds), strict=True):
        stand_in._Booster = _Known(trees, sums, k)
        answers[k] = getattr(stand_in, method)(X)
    return answers


@dataclass(frozen=True)
class _Trees:
    """The trees of a booster.

    Attributes
    ----------
    values : list of float64 arrays of shape (n_leaves,)
        Of each tree; those of one round follow one another.
    n_outputs : int
        Trees of a round: one per class, or one.
    averages : bool
        Whether a forest's mean is predicted, and not the sum.
    link : lightgbm.Booster
        A model of one round whose prediction is the objective's of its own columns.
    """

    values: list[np.ndarray]
    n_outputs: int
    averages: bool
    link: Any

    @classmethod
    def of(cls, booster: Any) -> _Trees | None:
        """Read the trees, or return None where they are not sums of leaves in the known format."""
        text = booster.model_to_string()
        lines = text.splitlines()
        if _FORMAT not in lines or "is_linear=1" in lines:
            return None
        values = [
            np.array(line.removeprefix("leaf_value=").split(), dtype=np.float64)
            for line in lines
            if line.startswith("leaf_value=")
        ]
        n_outputs = booster.num_model_per_iteration()
        header = text[: text.index("feature_names=")].splitlines()
        link = _link(header, n_outputs)
        return cls(values, n_outputs, "average_output" in header, link)

    def sums(self, estimator: Any, X: Any, rounds: Sequence[int]) -> Iterator[np.ndarray]:
        """Yield the sums of leaf values of shape (n_samples, n_outputs) after each of `rounds`."""
        n_samples = X.shape[0] if hasattr(X, "shape") else len(X)
        sums = np.zeros((n_samples, self.n_outputs))
        tree = 0
        for leaves in self._leaves(estimator, X, rounds[-1], n_samples):
            for leaf in leaves:
                sums[:, tree % self.n_outputs] += self.values[tree][leaf]
                tree += 1
                if tree % self.n_outputs == 0 and tree // self.n_outputs in rounds:
                    yield sums

    def _leaves(
        self, estimator: Any, X: Any, n_rounds: int, n_samples: int
    ) -> Iterator[np.ndarray]:
        """Yield the numbers of the leaves of all rows, int of shape (n_trees, n_samples), for
        blocks of rounds."""
        step = max(1, int(_BLOCK_BYTES / (_BYTES_PER_LEAF * n_samples * self.n_outputs)))
        for start in range(0, n_rounds, step):
            number = min(step, n_rounds - start)
            leaves = estimator.predict(
                X, pred_leaf=True, start_iteration=start, num_iteration=number
            )
            yield np.ascontiguousarray(leaves.T)

    def converted(self, sums: np.ndarray, n_rounds: int) -> np.ndarray:
        """Return what the objective makes of sums after so many rounds."""
        return self.link.predict(sums / n_rounds if self.averages else sums)


class _Known:
    """Takes the place of a booster whose sums after so many rounds are known."""

    def __init__(self, trees: _Trees, sums: np.ndarray, n_rounds: int) -> None:
        self._trees, self._sums, self._n_rounds = trees, sums, n_rounds

    def predict(self, X: Any, raw_score: bool = False, **params: Any) -> np.ndarray:
        """Return the sums, or what the objective makes of them; `X` has been asked for them."""
        if not raw_score:
            return self._trees.converted(self._sums, self._n_rounds)
        return self._sums.copy() if self._trees.n_outputs > 1 else self._sums[:, 0].copy()


def _link(header: Sequence[str], n_outputs: int) -> Any:
    """Return a model that hands its columns to the objective: tree i has column i for a leaf."""
    from lightgbm import Booster

    trees = [_TREE.format(i=i) for i in range(n_outputs)]
    names = " ".join(f"column_{i}" for i in range(n_outputs))
    kept = [line for line in header if not line.startswith("max_feature_idx=")]
    lines = [
        *kept,
        f"max_feature_idx={n_outputs - 1}",
        f"feature_names={names}",
        "feature_infos=" + " ".join(["[-1:1]"] * n_outputs),
        "tree_sizes=" + " ".join(str(len(tree)) for tree in trees),
        "\n" + "".join(trees) + "end of trees\n",
    ]
    return Booster(model_str="\n".join(lines))


# On both sides of its split, 0 + 1 * column.
_TREE = """Tree={i}
num_leaves=2
num_cat=0
split_feature={i}
split_gain=0
threshold=0
decision_type=0
left_child=-1
right_child=-2
leaf_value=0 0
leaf_weight=0 0
leaf_count=0 0
internal_value=0
internal_weight=0
internal_count=0
is_linear=1
leaf_const=0 0
num_features=1 1
leaf_features={i} {i}
leaf_coeff=1 1
shrinkage=1


"""
