"""The command line: `gridfold demo`, `gridfold fit` and `gridfold predict`."""

from .main import main

__all__ = ["main"]
