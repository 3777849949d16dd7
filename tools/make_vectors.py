"""Evidence vectors: files that any verifier of evidence must judge alike, in whatever language it is written.

    python -m tools.make_vectors            writes tests/vectors/evidence
    python -m tools.make_vectors --check    says whether they are what this script makes

Keys are derived from names and all signatures are deterministic, so the files are
always the same bytes. They change only when the format does.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.vectors.bad import bad
from tools.vectors.fields import fields
from tools.vectors.good import good

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "vectors" / "evidence"


def files() -> dict[str, bytes]:
    """Every file of the folder, by name."""
    vectors = [*good(), *fields(), *bad()]
    found = {f"{vector.name}.json": vector.encode() for vector in vectors}
    if len(found) != len(vectors):
        raise ValueError("two vectors have the same name")
    return found


def main(arguments: list[str]) -> int:
    """Write the vectors, or compare them with what is there."""
    parser = argparse.ArgumentParser(prog="python -m tools.make_vectors", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    wanted = files()
    present = {path.name: path.read_bytes() for path in sorted(FOLDER.glob("*.json"))}
    if parser.parse_args(arguments).check:
        differing = sorted(name for name in wanted.keys() | present if wanted.get(name) != present.get(name))
        print(f"not as made: {', '.join(differing)}" if differing else f"{len(wanted)} vectors are as made")
        return 1 if differing else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in present.keys() - wanted:
        (FOLDER / name).unlink()
    for name, data in wanted.items():
        (FOLDER / name).write_bytes(data)
    print(f"{len(wanted)} vectors, {sum(map(len, wanted.values()))} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
