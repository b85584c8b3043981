"""The arguments of each command. Nothing heavy is imported here, so that --help is quick."""

from __future__ import annotations

import argparse
from typing import NoReturn

FAMILIES = ("linear", "neighbors", "boosting")


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Print the error and where help is, and exit with 2."""
        self.exit(2, f"gridfold: error: {message} (see `{self.prog} --help`)\n")


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of `gridfold`."""
    from ... import __version__

    parser = Parser(
        prog="gridfold",
        description="Model selection for tables, with every computation done once.",
    )
    parser.add_argument("--version", action="version", version=f"gridfold {__version__}")
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=Parser
    )
    demo = commands.add_parser("demo", help="fit models to a small real table, to see it work")
    _add_search(demo, default_out=None)
    fit = commands.add_parser("fit", help="find and save the best model for a table")
    fit.add_argument("table", metavar="TABLE", help="a CSV or Parquet file")
    fit.add_argument("--target", required=True, metavar="COLUMN", help="the column to predict")
    fit.add_argument(
        "--task",
        choices=("auto", "classification", "regression"),
        default="auto",
        help="auto: text, booleans and whole numbers of at most 10 values are classes",
    )
    fit.add_argument(
        "--text",
        type=_names,
        default=[],
        metavar="COLUMNS",
        help="columns that are text even where they look like numbers, with commas between",
    )
    _add_search(fit, default_out="model.skops")
    predict = commands.add_parser("predict", help="predict the rows of a table")
    predict.add_argument("model", metavar="MODEL", help="a file that `gridfold fit` wrote")
    predict.add_argument("table", metavar="TABLE", help="a CSV or Parquet file")
    predict.add_argument(
        "--proba", action="store_true", help="add a column with the probability of each class"
    )
    predict.add_argument(
        "--out",
        default="predictions.csv",
        metavar="FILE",
        help="the CSV file to write; - is the terminal (default: %(default)s)",
    )
    predict.add_argument("--device", default=None, help=_DEVICE)
    predict.add_argument(
        "--trusted", action="store_true", help="open a .joblib file, which can execute code"
    )
    run = commands.add_parser(
        "run", help="run a Python script with gridfold's search in place of scikit-learn's"
    )
    run.add_argument("script", metavar="SCRIPT", help="a Python file that uses scikit-learn")
    run.add_argument(
        "arguments", nargs=argparse.REMAINDER, metavar="...", help="arguments of the script"
    )
    return parser


_DEVICE = "cpu, cuda, cuda:1, or auto: a GPU where there is one"


def _add_search(parser: argparse.ArgumentParser, default_out: str | None) -> None:
    parser.add_argument(
        "--models",
        type=_families,
        metavar="FAMILIES",
        help=f"some of {','.join(FAMILIES)}, with commas (default: all that the size allows)",
    )
    parser.add_argument(
        "--scoring", metavar="NAME", help="scikit-learn's name of a score, such as accuracy"
    )
    parser.add_argument(
        "--cv", type=_folds, default=5, metavar="N", help="number of folds (default: %(default)s)"
    )
    parser.add_argument(
        "--test-size",
        type=_share,
        default=0.2,
        metavar="SHARE",
        help="share of the rows that is held out for the final score (default: %(default)s)",
    )
    parser.add_argument("--device", default="auto", help=f"{_DEVICE} (default: %(default)s)")
    parser.add_argument("--seed", type=_seed, default=0, help="of all draws (default: %(default)s)")
    shown = default_out or "the model is not saved"
    parser.add_argument(
        "--out",
        default=default_out,
        metavar="FILE",
        help=f".skops (safe to open) or .joblib (default: {shown})",
    )


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _families(text: str) -> list[str]:
    names = _names(text)
    unknown = [name for name in names if name not in FAMILIES]
    if unknown or not names:
        raise argparse.ArgumentTypeError(
            f"{text!r} must be some of {', '.join(FAMILIES)}, with commas"
        )
    return [name for name in FAMILIES if name in names]


def _folds(text: str) -> int:
    return _whole(text, 2)


def _seed(text: str) -> int:
    return _whole(text, 0)


def _whole(text: str, smallest: int) -> int:
    if not text.isdecimal() or not smallest <= int(text) < 2**32:
        raise argparse.ArgumentTypeError(
            f"{text!r} must be a whole number of at least {smallest}, and below 2^32"
        )
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be a number between 0 and 1")
    return share
