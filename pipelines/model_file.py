"""The model file: a zip of a card that describes the model, and the model itself."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import re
import zipfile
import zlib
from importlib import metadata
from pathlib import Path
from typing import Any

from ..boosting.stored import xgboost_version
from ..estimators.files import whole_file

FORMAT = 1  # of the zip and the card; a larger one is a newer gridfold's
_CARD = "gridfold.json"
_SIGNS_OF_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,  # a compression that there is not
    KeyError,
    TypeError,
    AttributeError,
    ValueError,  # a place before the start of the file
    RuntimeError,  # a mark that says it is encrypted
)
_LIBRARIES = ("numpy", "scipy", "pandas", "scikit-learn", "joblib", "skops")


class ModelFileError(ValueError):
    """A model file cannot be read, or a model cannot be put into one."""


def write_model_file(path: Path, card: dict[str, Any], payload: bytes) -> None:
    """Write the file whole or not at all; versions and a digest are added to the card."""
    card = {"format": FORMAT, "versions": current_versions(), **card}
    card["sha256"] = _digest(card, payload)
    with whole_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_CARD, json.dumps(card, indent=1))
        archive.writestr(f"model.{card['form']}", payload)


def read_model_file(path: str | os.PathLike[str]) -> tuple[dict[str, Any], bytes]:
    """Return the card and the model's bytes, checked against the digest; nothing is built.

    Raises
    ------
    ModelFileError
        When the file is cut short, altered, no model file, or made by a newer gridfold.
    OSError
        When there is no such file, or it cannot be read.
    """
    path = Path(path)
    data = _read(path)
    if not data.startswith(b"PK"):
        raise ModelFileError(f"{path} is no model file of gridfold.save.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if _CARD not in archive.namelist():
                raise ModelFileError(
                    f"{path} is no model file of gridfold.save: it has no {_CARD}. A file of "
                    "skops.io.dump is opened with skops.io.load."
                )
            card = json.loads(archive.read(_CARD))
            _refuse_newer(path, card)
            payload = archive.read(f"model.{card['form']}")
    except ModelFileError:
        raise
    except _SIGNS_OF_DAMAGE as error:
        raise ModelFileError(_damaged(path)) from error
    if card.get("sha256") != _digest(card, payload):
        raise ModelFileError(_damaged(path))
    return card, payload


def current_versions() -> dict[str, str]:
    """Return the versions of gridfold, Python and the libraries that a model's state depends on."""
    from .. import __version__

    versions = {"gridfold": __version__, "python": platform.python_version()}
    versions |= {name: metadata.version(name) for name in _LIBRARIES}
    xgboost = xgboost_version()
    return versions if xgboost is None else {**versions, "xgboost": xgboost}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"There is no model file {path}.") from None
    except IsADirectoryError:
        raise IsADirectoryError(f"{path} is a folder, not a model file.") from None


def _digest(card: dict[str, Any], payload: bytes) -> str:
    described = {name: value for name, value in card.items() if name != "sha256"}
    text = json.dumps(described, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode() + b"\0" + payload).hexdigest()


def _damaged(path: Path) -> str:
    return (
        f"{path} is damaged: it was cut short or altered after it was saved. Copy it again, "
        "or save the model anew."
    )


def _refuse_newer(path: Path, card: dict[str, Any]) -> None:
    from .. import __version__

    made_by = card["versions"]["gridfold"]
    if card["format"] > FORMAT or _release(made_by) > _release(__version__):
        raise ModelFileError(
            f"{path} was made by gridfold {made_by}, which is newer than this one ({__version__}): "
            "upgrade gridfold to open it."
        )


def _release(version: str) -> tuple[int, ...]:
    """The release numbers of a version: (0, 2, 0) of "0.2.0.dev1"."""
    return tuple(int(n) for n in re.match(r"[\d.]*", version)[0].strip(".").split(".") if n)  # type: ignore[index]
