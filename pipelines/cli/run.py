"""`gridfold run`: an unchanged script, with gridfold's search in place of scikit-learn's."""

from __future__ import annotations

import argparse
import runpy
import sys
from pathlib import Path


def run(args: argparse.Namespace) -> None:
    """Run the script as Python would: its errors, its exit status and Ctrl-C are its own."""
    from ..patch import patch_sklearn, unpatch_sklearn

    before = sys.argv, sys.path[:]
    sys.argv = [args.script, *args.arguments]
    sys.path.insert(0, str(Path(args.script).resolve().parent))
    patch_sklearn()
    try:
        runpy.run_path(args.script, run_name="__main__")
    finally:
        unpatch_sklearn()
        sys.argv, sys.path[:] = before
