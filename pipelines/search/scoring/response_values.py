"""What a scorer hands to its metric: the responses of all members, read as scikit-learn does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from ....estimators.arrays import is_foreign, to_numpy
from ...metrics import Batch, score_batch
from .answers import Answers, responses_of
from .views import View

Reading = tuple[str, int]

_AS_IS: Reading = ("as is", 0)
_NEGATED: Reading = ("negated", 0)


class ResponseValues:
    """The responses of a block of members to one part, each method computed and read once.

    Parameters
    ----------
    y : data or None
        The target of the part.
    """

    def __init__(self, answers: Answers, views: Sequence[View], part: str, y: Any) -> None:
        self.y = y
        self._answers, self._views, self._part = answers, views, part
        self._batches: dict[Any, Batch] = {}

    def score(
        self,
        method: str,
        pos_label: Any,
        weight: Any,
        metric: Callable[..., float],
        options: dict[str, Any],
    ) -> list[float | None] | None:
        """Score the responses to a method; None, also for a member, is the scorer's to give."""
        reading = self._reading(method, pos_label)
        if reading is None:
            return None
        key = (method, reading, id(weight))
        if key not in self._batches:
            responses = self._responses(method)
            read = None if responses is None else _read(responses, reading)
            if read is None or self._is_rounded(read):
                return None
            self._batches[key] = Batch(self.y, read, weight)
        return score_batch(self._batches[key], metric, options)

    def _is_rounded(self, responses: Any) -> bool:
        """Whether scikit-learn computes in float32: for predictions so, and a y without a dtype.

        That is a list or a table; of several outputs, or of one.
        """
        return not hasattr(self.y, "dtype") and any(
            getattr(response, "dtype", None) == np.float32 for response in responses
        )

    def _responses(self, method: str) -> Any:
        """The responses of the members; None where a step or a model refuses the rows."""
        try:
            responses = self._answers.of(method, self._part)
        except Exception:
            return None  # the scorer meets the same error, and says so
        places = [view._view_position for view in self._views]
        stacked = hasattr(responses, "shape")
        if places == list(range(responses.shape[0] if stacked else len(responses))):
            return responses
        each = responses_of(responses)
        return [each[place] for place in places]

    def _reading(self, method: str, pos_label: Any) -> Reading | None:
        """Say how a response is read for the class counted as positive; None where it cannot be.

        As scikit-learn: of two classes the column of that class, or the sign that makes it high.
        """
        view = self._views[0]
        if (method == "predict" and pos_label is None) or not is_classifier(view):
            return _AS_IS
        classes = view.classes_
        if isinstance(classes, list):
            return None  # several outputs
        classes = to_numpy(classes)
        if classes.ndim != 1 or not len(classes):
            return None
        if len(classes) > 2:
            return _AS_IS
        names = classes.tolist()
        if pos_label is not None and pos_label not in names:
            return None
        column = len(names) - 1 if pos_label is None else names.index(pos_label)
        if method == "decision_function":
            return _NEGATED if column == 0 else _AS_IS
        if method in ("predict_proba", "predict_log_proba"):
            return ("column", column) if len(names) == 2 else None
        return _AS_IS


def _read(responses: Any, reading: Reading) -> Any:
    """Return the responses read so; None where they have not the shape for it."""
    kind, column = reading
    if kind == "as is":
        return responses
    responses = list(responses_of(responses))
    if not all(isinstance(one, np.ndarray) or is_foreign(one) for one in responses):
        return None
    if kind == "negated":
        return [-1 * one for one in responses]
    if any(len(one.shape) != 2 or one.shape[1] != 2 for one in responses):
        return None
    return [one[:, column] for one in responses]
