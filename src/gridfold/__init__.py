"""gridfold: model selection for tables, with every computation done once."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import boosting, estimators, pipelines
    from .estimators.config import config_context, get_config
    from .pipelines.patch import patch_sklearn, unpatch_sklearn
    from .pipelines.persistence import load, save

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "boosting",
    "config_context",
    "estimators",
    "get_config",
    "load",
    "patch_sklearn",
    "pipelines",
    "save",
    "unpatch_sklearn",
]

_homes = {
    "config_context": "estimators.config",
    "get_config": "estimators.config",
    "load": "pipelines.persistence",
    "patch_sklearn": "pipelines.patch",
    "save": "pipelines.persistence",
    "unpatch_sklearn": "pipelines.patch",
}

if not TYPE_CHECKING:  # a type checker must see a wrong name as wrong

    def __getattr__(name):
        """Import a floor, or the home of a name, when it is first asked for."""
        if name in _homes:
            return getattr(import_module(f".{_homes[name]}", __name__), name)
        if name in __all__:
            return import_module(f".{name}", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
