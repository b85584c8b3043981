"""The shared fit of gridfold's own discriminants: the moments of the classes, for all members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from ..arrays import Array, find_place
from ..door import open_door
from ..shared import (
    Cost,
    Declined,
    FittedMembers,
    Members,
    Meta,
    SharedFit,
    register_shared_fit,
)
from .shared_linear import LinearDiscriminantFit
from .shared_quadratic import QuadraticFit


class OwnFit(SharedFit):
    """Members solved one by one, as each alone, from one problem: the same numbers, on any device.

    The class gives `_problem` (what the rows tell) and `_solve` (what a member makes of that).

    Parameters
    ----------
    rules : SharedFit
        That of scikit-learn's class, which refuses the same parameters and takes as long.
    """

    def __init__(self, rules: SharedFit) -> None:
        self.rules, self.varying = rules, rules.varying

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse what cannot be shared; shrinkage="auto" can: rows are at hand."""
        is_auto = params.get("solver") != "svd" and isinstance(params.get("shrinkage"), str)
        return self.rules.declines({**params, "shrinkage": 0.5} if is_auto else params, meta)

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: the moments of the rows, a small solution per member, and products."""
        return self.rules.cost(members, meta)

    def fit(self, members: Members, X: Array, y: Array, **fit_params: Any) -> FittedMembers:
        """Take the moments of the classes once, where X is, and solve for every member.

        Raises
        ------
        Declined
            When a member's fit would raise or warn.
        """
        if fit_params:
            raise Declined(f"the fit parameter {sorted(fit_params)[0]!r} is given")
        common: Any = members.instance(0)
        if common.priors is not None and abs(np.sum(common.priors) - 1.0) > 1e-5:
            raise Declined("priors do not sum to 1")
        place = find_place(common.device, X)
        data = open_door(common, X, y, None, place, task="classification", multi_output=False)
        problem = self._problem(common, data, members)
        params = common.get_params(deep=False)
        known = {name: value for name, value in vars(common).items() if name not in params}
        fitted, refused, reason = [], [], ""
        for i in range(len(members)):
            estimator: Any = members.instance(i)
            vars(estimator).update(deepcopy(known))
            try:
                estimator._solve(problem)
            except (ValueError, NotImplementedError, np.linalg.LinAlgError) as error:
                refused.append(i)
                reason = str(error)
            estimator.fallback_ = None
            fitted.append(estimator)
        if refused:
            raise Declined(reason, refused)
        return FittedMembers(fitted)

    def _problem(self, common: Any, data: Any, members: Members) -> Any:
        try:
            return common._problem(data)
        except ValueError as error:
            raise Declined(str(error)) from None

    def respond(
        self, state: FittedMembers, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Ask every member."""
        return state.respond(X, method, members)

    def materialise(self, state: FittedMembers, i: int) -> BaseEstimator:
        """Return a copy of member `i`."""
        return state.member(i)


class OwnLinearFit(OwnFit):
    """gridfold's LinearDiscriminantAnalysis, whose problem wants to know the tolerances."""

    def _problem(self, common: Any, data: Any, members: Members) -> Any:
        try:
            return common._problem(data, [float(tol) for tol in members.values("tol")])
        except ValueError as error:
            raise Declined(str(error)) from None


register_shared_fit(
    "gridfold.estimators:LinearDiscriminantAnalysis", OwnLinearFit(LinearDiscriminantFit())
)
register_shared_fit("gridfold.estimators:QuadraticDiscriminantAnalysis", OwnFit(QuadraticFit()))
