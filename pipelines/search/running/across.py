"""Groups fitted on all folds at once, behind scalers that are plain algebra."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from traceback import clear_frames
from typing import Any

import numpy as np

from ....estimators.arrays import to_numpy
from ....estimators.shared import Affine, Declined, affine_step_for
from ..fitting.fitted import FittedGroup, SharedFitFailed
from ..fitting.fold import TEST, TRAIN, Fold, Stage, root_stage
from ..fitting.groups import fit_scaler
from ..fitting.work import Work
from ..planning.plan import Group, Member
from .walk import Outcome, Walk, abandoned, alone_as, apart, only, settle


def across_paths(groups: Sequence[Group]) -> Iterator[tuple[list[Group], Group]]:
    """Yield every group that shares its folds, with the scalers in front of it."""

    def walk(groups: Sequence[Group], path: list[Group]) -> Iterator[tuple[list[Group], Group]]:
        for group in groups:
            if group.across_folds:
                yield path, group
            for member in group.members:
                yield from walk(member.children, [*path, only(group, member)])

    yield from walk(groups, [])


def without_across(groups: Sequence[Group]) -> list[Group]:
    """Return the tree without the groups that share their folds."""
    kept = []
    for group in groups:
        if group.across_folds:
            continue
        members = [
            Member(m.overrides, m.candidates, without_across(m.children)) for m in group.members
        ]
        members = [m for m in members if m.candidates or m.children]
        if members:
            kept.append(replace(group, across_folds=False, members=members))
    return kept


def run_across(work: Work, path: Sequence[Group], group: Group, folds: Sequence[Fold]) -> Outcome:
    """Fit a group on all folds at once and score it fold by fold.

    Where that is declined each fold is fitted by itself; where the shared fit raises, each member
    is fitted alone. The folds are left without data: they cut it anew for who comes next.
    """
    outcome, error, together = Outcome(), None, None
    members = group.members
    try:
        for stage, fitted in _fit(work, path, group, folds):
            walk = Walk(work)
            walk.score(group, fitted, stage)
            outcome.take(walk.outcome)
            _release(stage.fold)
        return outcome
    except Declined as reason:
        members, together = apart(group, reason)
        note = f"{alone_as(group, len(members))} fitted fold by fold: {reason}"
    except SharedFitFailed as failure:
        error = failure.__cause__ or failure
        note = abandoned(group, error)
        clear_frames(error.__traceback__)  # they hold a fold's data
    outcome = Outcome(notes=[note])
    for some in [members] if error is None else [[member] for member in members]:
        outcome.take(_fold_by_fold(work, _chain(path, group, some), folds))
    if together is not None:
        outcome.take(run_across(work, path, together, folds))
    if error is not None:
        settle(outcome, note, error)
    return outcome


def _fit(
    work: Work, path: Sequence[Group], group: Group, folds: Sequence[Fold]
) -> list[tuple[Stage, FittedGroup]]:
    """Fit the scalers fold by fold and the group on all folds; pair each fold's stage and fit."""
    assert group.shared is not None
    stages, affine = _scaled(path, folds)
    members = group.as_members()
    params = dict(work.fit_params.get(group.name, {}))
    start = time.perf_counter()
    try:
        splits = [work.splits[fold.index] for fold in folds]
        states = group.shared.fit_folds(members, work.X, work.y, splits, affine, **params)
    except Declined:
        raise
    except Exception as error:
        raise SharedFitFailed(str(error)) from error
    seconds = (time.perf_counter() - start) / len(folds)
    fitted = [FittedGroup(members, group.shared, state, seconds) for state in states]
    return list(zip(stages, fitted, strict=True))


def _scaled(
    path: Sequence[Group], folds: Sequence[Fold]
) -> tuple[list[Stage], list[Affine] | None]:
    """Fit the scalers of each fold; return the stages after them and the maps they make up."""
    stages, maps = [], []
    if path and any(kind == np.float16 for kind in _dtypes(folds[0].first_row())):
        raise Declined("scalers compute in float16 on such X")
    for fold in folds:
        stage, affine = root_stage(fold) if path else Stage(fold, None), None
        for position, scaler in enumerate(path):
            # Only a scaler behind this one needs its output: the group itself gets the map.
            needed = position < len(path) - 1
            try:
                fitted, output = fit_scaler(scaler, stage, needed)
            except Exception as error:
                raise Declined(f"a scaler raised {error!r}") from error
            estimator = fitted.last(0)
            read = affine_step_for(type(estimator))
            found = read(estimator) if read is not None else None
            if found is None:
                raise Declined("the scaler is not affine on these columns")
            affine = _compose(affine, found, estimator.n_features_in_)
            share = fitted.seconds / scaler.n_candidates
            stage = stage.after(scaler.name, estimator, output, share, None)
        stages.append(Stage(fold, None, stage.fitted, stage.seconds))
        maps.append(affine)
        _release(fold)
    return stages, [pair for pair in maps if pair is not None] or None


def _dtypes(X: Any) -> list[Any]:
    """The dtypes of the columns, as far as they are NumPy's."""
    kinds = X.dtypes if hasattr(X, "dtypes") else [getattr(X, "dtype", None)]
    return [kind for kind in kinds if isinstance(kind, np.dtype)]


def _release(fold: Fold) -> None:
    fold.release(TRAIN)
    fold.release(TEST)


def _compose(first: Affine | None, second: Affine, n_features: int) -> Affine:
    """Return (shift, scale) of one scaler after another, on the host."""
    # Scalers of ours keep their arrays where X is; the group puts the whole map there again.
    shift, scale = (None if array is None else to_numpy(array) for array in second)
    if first is None:
        return shift, scale
    shift = np.zeros(n_features) if shift is None else shift
    scale = np.ones(n_features) if scale is None else scale
    first_shift = np.zeros(n_features) if first[0] is None else first[0]
    first_scale = np.ones(n_features) if first[1] is None else first[1]
    return first_shift + first_scale * shift, first_scale * scale


def _fold_by_fold(work: Work, tree: Group, folds: Sequence[Fold]) -> Outcome:
    outcome = Outcome()
    for fold in folds:
        walk = Walk(work)
        walk.visit(tree, root_stage(fold))
        outcome.take(walk.outcome)
        _release(fold)
    return outcome


def _chain(path: Sequence[Group], group: Group, members: list[Member]) -> Group:
    """Return scalers and members as a tree of their own, to be walked on each fold."""
    shared = group.shared if len(members) > 1 else None
    tree = replace(group, shared=shared, across_folds=False, members=members)
    for scaler in reversed(path):
        member = Member(scaler.members[0].overrides, children=[tree])
        tree = Group(scaler.name, scaler.prototype, None, False, scaler.reason, [member])
    return tree
