"""The command line: `gridfold demo`, `fit`, `predict` and `run`."""

from .main import main

__all__ = ["main"]
