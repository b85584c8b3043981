"""Print a command of README.md by its name, `demo` or `test`, so that CI runs what is written."""

import re
import sys
from pathlib import Path


def readme_command(name: str) -> str:
    """Return the one line in the shell block that follows `<!-- command: name -->`."""
    text = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
    found = re.findall(rf"<!-- command: {re.escape(name)} -->\n```sh\n(.+)\n```\n", text)
    if len(found) != 1:
        raise SystemExit(f"README.md has {len(found)} commands of one line named {name!r}, not 1.")
    return found[0]


if __name__ == "__main__":
    print(readme_command(sys.argv[1]))
