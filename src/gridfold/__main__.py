"""`python -m gridfold` is the command line, as `gridfold` is."""

import sys

from .pipelines.cli import main

if __name__ == "__main__":
    sys.exit(main())
