"""`python -m tools.docs --check` or `--write`."""

from __future__ import annotations

import argparse
import sys

from tools.docs import check, write
from tools.tree import ROOT


def main() -> int:
    """Check or write the generated pages; 1 when a check finds a stale one."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.docs", description="Reference pages made from code."
    )
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--check", action="store_true", help="fail when a page is not current")
    mode.add_argument("--write", action="store_true", help="write the pages")
    if parser.parse_args().write:
        changed = write(ROOT)
        print("\n".join(f"wrote {name}" for name in changed) or "docs: nothing to write")
        return 0
    stale = check(ROOT)
    print("\n\n".join(stale) or "docs: every generated page is current")
    if stale:
        print("\nRun `python -m tools.docs --write` and look at what changed.")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
