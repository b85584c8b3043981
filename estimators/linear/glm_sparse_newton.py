"""Generalised linear models with an l1 penalty: proximal Newton steps on the way of a path."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np

from ..arrays import Array, place_of, to_numpy
from ..sklearn_private import one_blas_thread
from .glm_problem import Evaluation, Problem, evaluate
from .glm_sparse_model import SparseModel, is_small

_MOST = 1000  # coefficients in a step: the size of its Hessian
_FEWEST = 50  # for each output, where there are more in all than in a step
_ROOM = 0.9  # of the coefficients in a step: those in use that all are in it
_NEAR = 0.7  # of the l1 penalty: gradients of coefficients at zero that are in a step
_GAP = 1e-6  # times tol: promised descent, relative to the objective, to stop at
_NOISE = 1e-18  # the same where rounding leaves nothing to gain
_ROUNDING = 1e-15  # of the objective, relative to itself
_FACTOR = 3.0  # between the penalties of the path
_SETTLED = 0.03  # promised descent, relative to the objective, that ends a penalty of the path
_DAMPING, _LEAST_DAMPING, _MOST_DAMPING = 1e-4, 1e-6, 1e6  # times the Hessian's diagonal
_MORE = 8.0  # times the damping after a step that failed, and less after one that went well
_GOOD, _POOR, _FAILED = 0.75, 0.25, 0.05  # parts of the descent that the model promised
_ARMIJO = 1e-4  # part of the linear model's promise that is enough in any case
_STAGES = 4.0  # steps that each penalty of the path may take where steps are few
_SLOW = 0.3  # of the last promise: a step that promises more wants another Hessian


@dataclass(frozen=True)
class SparseMinimum:
    """Coefficients (n_outputs, n_columns), steps, and whether these sufficed."""

    W: np.ndarray
    n_iter: int
    converged: bool


def minimise_sparse(
    problem: Problem, W: Array, l1: np.ndarray, l2: Array, *, tol: float, max_iter: int
) -> SparseMinimum:
    """Minimise `f(W) + sum_kc l1_c |W_kc|` from `W` of shape (1, n_outputs, n_columns).

    1. With several outputs, begin with an l1 penalty that leaves few coefficients, which falls by
       the factor 3 once the steps promise little: on the way they stay few and small.
    2. Each step minimises the quadratic model of f, with the penalty, over the coefficients in use
       and those whose gradient comes near the penalty, on the host; rows are summed where they are
       (proximal Newton: Lee, Sun, Saunders 2014).
    3. Where the objective falls much less than the model says, its diagonal is raised (Levenberg,
       scaled as by More 1978).
    4. The Hessian is kept, mended by the steps (BFGS), while each promises much less than the last.
    5. End where no component of the subgradient is above `tol`, and the step promises a part of
       1e-6 `tol` of the objective.

    Parameters
    ----------
    l1 : array of shape (n_columns,)
        Zero for the intercept, which is last.
    l2 : array of shape (1, n_columns)
    """
    search = _Search(problem, l2, tol, max_iter, np.tile(l1, (problem.shape[1], 1)))
    with one_blas_thread() if is_small(problem) else nullcontext():
        search.start(to_numpy(W)[0])
        return search.run()


@dataclass(frozen=True)
class _Step:
    """A step, and by how much the linear and the quadratic model say that the objective falls."""

    D: np.ndarray
    promise: float
    descent: float


@dataclass
class _Search:
    """Where the method is, and how it goes on.

    Attributes
    ----------
    aim : array of shape (n_outputs, n_columns)
        The l1 penalty at the end of the path.
    times : float
        What the penalty is times that.
    most : array of shape (n_outputs, n_columns)
        The largest second derivatives so far.
    promise : float
        Of the last step with the model at hand; infinity if there was none.
    """

    problem: Problem
    l2: Array
    tol: float
    max_iter: int
    aim: np.ndarray
    times: float = 1.0
    factor: float = _FACTOR
    damping: float = 0.0
    n_iter: int = 0
    model: SparseModel | None = None
    promise: float = np.inf

    def start(self, W: np.ndarray) -> None:
        """Begin at `W` with the penalty to which the first coefficients give way."""
        self.W, self.at, self.most = W, self._evaluate(W), np.zeros_like(W)
        penalised = np.where(self.aim > 0, self.aim, np.inf)
        most = float(np.max(np.abs(self.gradient) / penalised, initial=1.0))
        self.factor = max(_FACTOR, most ** (_STAGES / max(self.max_iter, 1)))
        if len(W) > 1:  # a single output is tame
            self.times = max(1.0, most / self.factor)

    def run(self) -> SparseMinimum:
        """Take steps until they gain nothing more, or there are no more."""
        while True:
            step = self.step()
            if self.ends(step):
                if self.knows_all():
                    return SparseMinimum(self.W + step.D, self.n_iter, True)
                self.look()  # what has come near the penalty since may yet gain something
                continue
            if self.times == 1.0 and float(self.at.loss[0]) <= self.problem.loss.perfect:
                return SparseMinimum(self.W, self.n_iter, True)
            if self.n_iter >= self.max_iter or self.damping > _MOST_DAMPING:
                return SparseMinimum(self.W, self.n_iter, False)
            self.take(step)

    @property
    def l1(self) -> np.ndarray:
        """The penalty at this place of the path, of shape (n_outputs, n_columns)."""
        return self.aim * self.times

    @property
    def gradient(self) -> np.ndarray:
        """Of the loss and the l2 penalty, of shape (n_outputs, n_columns), on the host."""
        return to_numpy(self.at.gradient)[0]

    def total(self) -> float:
        """Return the objective."""
        return self._objective(self.W, self.at)

    def step(self) -> _Step:
        """Return the step to the minimum of the model, made anew where it serves no more."""
        late = np.abs(self._pull()) > self.tol
        if self.model is None or not self.model.serves(late):
            self.look()
        model, gradient, W = self.model, self.gradient, self.W
        assert model is not None
        added = self.damping * self.most
        D = model.step(W, gradient, self.l1, added, exact=self.times == 1.0)
        promise = -float(np.sum(gradient * D) + np.sum(self.l1 * (np.abs(W + D) - np.abs(W))))
        return _Step(D, promise, promise - 0.5 * model.bends(D))

    def ends(self, step: _Step) -> bool:
        """Whether the penalty is the wanted one, and one more step gains next to nothing."""
        if self.times > 1.0 or self.damping > _DAMPING or self.model is None:
            return False
        pull, total = np.abs(self._pull()), self.total()
        if pull.max(initial=0.0) <= self.tol and step.promise <= _GAP * self.tol * total:
            return True
        return step.promise <= _NOISE * total and self.model.serves(pull > self.tol)

    def knows_all(self) -> bool:
        """Whether no coefficient beyond the penalty was left out of the model by chance."""
        assert self.model is not None
        return self.model.fresh or self.model.serves(self._pull() != 0)

    def take(self, step: _Step) -> None:
        """Go there if the objective falls as it should, or prepare a shorter step."""
        assert self.model is not None
        W, total = self.W + step.D, self.total()
        at = self._evaluate(W)
        fall = total - self._objective(W, at)
        part = fall / step.descent if step.descent > 0 else 0.0
        if not (part > _FAILED or fall >= _ARMIJO * step.promise - _ROUNDING * abs(total)):
            self.damping = max(_MORE * self.damping, _DAMPING)
            self.model = self.model if self.model.fresh else None
            return
        if part > _GOOD:
            self.damping = self.damping / _MORE if self.damping > _LEAST_DAMPING else 0.0
        elif part < _POOR:
            self.damping = max(_MORE * self.damping / 2.0, _DAMPING)
        slow = part < _POOR or step.promise > _SLOW * self.promise
        change = to_numpy(at.gradient)[0] - self.gradient
        self.model = None if slow else self.model.learn(step.D, change)
        self.W, self.at, self.promise, self.n_iter = W, at, step.promise, self.n_iter + 1
        if (part > _POOR and step.promise <= _SETTLED * total) or 2 * self.n_iter > self.max_iter:
            self.times = max(1.0, self.times / self.factor)

    def look(self) -> None:
        """Take the second derivatives here, by the coefficients in use and the worst others."""
        chosen = _chosen(self.W, self.gradient, self._pull(), self.l1)
        model = SparseModel.of(self.problem, self.at, chosen, to_numpy(self.l2)[0])
        where = model.outputs, model.columns
        self.most[where] = np.maximum(self.most[where], model.hessian.diagonal())
        self.model, self.promise = model, np.inf

    def _evaluate(self, W: np.ndarray) -> Evaluation:
        return evaluate(self.problem, place_of(self.l2).put(W[None, :, :]), self.l2)

    def _objective(self, W: np.ndarray, at: Evaluation) -> float:
        return float(at.loss[0]) + float(np.sum(self.l1 * np.abs(W)))

    def _pull(self) -> np.ndarray:
        """Return the subgradient of least size, of the shape of W: zero at the minimum."""
        gradient, l1 = self.gradient, self.l1
        late = np.maximum(np.abs(gradient) - l1, 0.0) * np.sign(gradient)
        return np.where(self.W != 0, gradient + l1 * np.sign(self.W), late)


def _chosen(W: np.ndarray, gradient: np.ndarray, pull: np.ndarray, l1: np.ndarray) -> np.ndarray:
    """Return which coefficients a model is to know of, bool: of many not many more than in use."""
    used = W != 0
    n_used, n_most = int(np.count_nonzero(used)), _MOST
    if W.size > _MOST:
        n_most = min(_MOST, max(_FEWEST * len(W), 2 * n_used))
    late = np.where(used, np.abs(pull), np.abs(gradient) - _NEAR * l1)
    if n_used <= _ROOM * n_most:  # else those that are done make room
        late = np.where(used, np.inf, late)
    late = np.where(l1 == 0, np.inf, late)
    worst = np.argsort(-late, axis=None, kind="stable")[:n_most]
    chosen = np.zeros(W.size, dtype=bool)
    chosen[worst] = np.ravel(late)[worst] > 0
    return np.reshape(chosen, W.shape)
