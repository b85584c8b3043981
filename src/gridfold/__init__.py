"""gridfold: model selection for tables, with every computation done once."""

from .estimators.config import config_context, get_config

__version__ = "0.1.0"

__all__ = ["__version__", "config_context", "get_config"]
