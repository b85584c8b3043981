"""Saving and loading fitted models: `.skops` is safe to open, `.joblib` is a pickle."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..estimators.files import check_writable
from .model_file import ModelFileError, current_versions, read_model_file, write_model_file
from .trusted_types import untrusted

FORMS = ("skops", "joblib")


def save(model: Any, path: str | os.PathLike[str], *, target: str | None = None) -> None:
    """Save a fitted model in a file.

    The file is written whole or not at all: an error or Ctrl-C leaves what was there before. With
    the model it keeps the versions that made it, its column names and kinds, its target and
    classes, and a digest of everything (SHA-256).

    Parameters
    ----------
    model : object
        An estimator, a pipeline, or anything made of them.
    path : str or path ending in ".skops" or ".joblib"
        ".skops" is opened without executing anything. ".joblib" is a pickle and can hold any
        object, but executes what it holds.
    target : str, optional
        The name of the column that the model predicts.

    Raises
    ------
    ModelFileError
        When the extension is another one, or the model holds what skops cannot keep.
    WriteError
        When the file cannot be written.
    """
    path = check_model_path(path)
    form = _form(path)
    payload = _dump_skops(model) if form == "skops" else _dump_joblib(model)
    card = {"form": form, **_description(model), "target": target}
    write_model_file(path, card, payload)


def check_model_path(path: str | os.PathLike[str]) -> Path:
    """Make sure, before a long fit, that `save` can write to `path`; return it.

    Raises
    ------
    ModelFileError
        When the extension is neither ".skops" nor ".joblib".
    WriteError
        When the file cannot be written.
    """
    _form(path)
    return check_writable(path)


def load(path: str | os.PathLike[str], trusted: bool | Sequence[str] = False) -> Any:
    """Load a model that `save` wrote.

    Parameters
    ----------
    path : str or path
    trusted : bool or list of str, default=False
        Whether you trust the origin of the file. A `.joblib` file is opened with True only. A
        `.skops` file is always checked: it may hold scikit-learn's, NumPy's, xgboost's and
        gridfold's own types; others (scikit-learn's trees among them, which a forged file could
        use to crash the process) are opened if they are listed here, or with True.

    Raises
    ------
    ModelFileError
        When the file is damaged, no model file, made by a newer gridfold, or not trusted.
    OSError
        When there is no such file.
    """
    _form(path)
    card, payload = read_model_file(path)
    try:
        if card["form"] == "skops":
            return _load_skops(path, payload, trusted)
        return _load_joblib(path, payload, trusted)
    except ModuleNotFoundError as error:
        raise ModelFileError(f"{path} needs {error.name}, which is not installed.") from error
    except (AttributeError, KeyError, ImportError, TypeError) as error:
        raise ModelFileError(_cannot_rebuild(path, card, error)) from error


def read_card(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what a model file says of its model, without opening the model.

    Returns
    -------
    card : dict
        With form, class, columns (a list of name and kind), target, classes, versions, sha256.
    """
    _form(path)
    return read_model_file(path)[0]


def _form(path: str | os.PathLike[str]) -> str:
    form = Path(path).suffix[1:].lower()
    if form not in FORMS:
        raise ModelFileError(
            f"{str(path)!r} must end in .skops (safe to open) or .joblib (a pickle, for models "
            "that skops cannot hold)."
        )
    return form


def _description(model: Any) -> dict[str, Any]:
    """What the card says of a model: its class, columns and classes, as far as it has them."""
    kinds: dict[str, str] = getattr(_first_step(model), "column_kinds_", {})
    names = getattr(model, "feature_names_in_", None)
    columns = [
        {"name": str(n), "kind": kinds.get(str(n))} for n in ([] if names is None else names)
    ]
    classes = getattr(model, "classes_", None)
    kind = type(model)
    return {
        "class": f"{kind.__module__}.{kind.__qualname__}",
        "columns": columns,
        "classes": None if classes is None else [str(label) for label in list(classes)],
    }


def _first_step(model: Any) -> Any:
    while getattr(model, "steps", None):
        model = model.steps[0][1]
    return model


def _dump_skops(model: Any) -> bytes:
    import skops.io
    from skops.io.exceptions import UnsupportedTypeException

    try:
        payload = skops.io.dumps(model)
    except (UnsupportedTypeException, TypeError, AttributeError) as error:
        raise ModelFileError(
            f"The .skops format cannot hold this {type(model).__name__}: {error} Save it "
            "as .joblib."
        ) from error
    unknown = untrusted(skops.io.get_untrusted_types(data=payload))
    if unknown:
        warnings.warn(
            f"gridfold.load will open this file only with trusted=True or trusted={unknown}: these "
            "types are not on its list.",
            stacklevel=3,
        )
    return payload


def _load_skops(path: Any, payload: bytes, trusted: bool | Sequence[str]) -> Any:
    import skops.io

    found = skops.io.get_untrusted_types(data=payload)
    granted = found if trusted is True else list(trusted or ())
    unknown = [name for name in untrusted(found) if name not in granted]
    if unknown:
        raise ModelFileError(
            f"{path} holds types that are not on gridfold's list: {', '.join(unknown)}. If you "
            f"trust the file's origin, load it with trusted={unknown}."
        )
    return skops.io.loads(payload, trusted=found)


def _dump_joblib(model: Any) -> bytes:
    import joblib

    buffer = io.BytesIO()
    joblib.dump(model, buffer)
    return buffer.getvalue()


def _load_joblib(path: Any, payload: bytes, trusted: bool | Sequence[str]) -> Any:
    import joblib

    if trusted is not True:
        raise ModelFileError(
            f"{path} holds a pickle, which can execute any code when it is opened. If you trust "
            "its origin, load it with trusted=True (on the command line: --trusted); models saved "
            "as .skops need no trust."
        )
    return joblib.load(io.BytesIO(payload))


def _cannot_rebuild(path: Any, card: dict[str, Any], error: Exception) -> str:
    now = current_versions()
    differing = [
        f"{name} {made} (here {now.get(name, 'none')})"
        for name, made in card["versions"].items()
        if now.get(name) != made
    ]
    made_with = f" It was made with {', '.join(differing)}." if differing else ""
    return f"{path} cannot be rebuilt here: {type(error).__name__}: {error}.{made_with}"
