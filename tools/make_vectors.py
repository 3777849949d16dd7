"""Evidence vectors: files that any verifier of evidence must judge alike, in whatever language it is written.

    python -m tools.make_vectors            writes tests/vectors/evidence and tests/vectors/packages
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
from tools.vectors.packages import packages

VECTORS = Path(__file__).resolve().parent.parent / "tests" / "vectors"
FOLDER = VECTORS / "evidence"
PACKAGES = VECTORS / "packages"


def files() -> dict[str, bytes]:
    """Every file of the folder of evidence, by name."""
    return _named([(vector.name, vector.encode()) for vector in (*good(), *fields(), *bad())])


def package_files() -> dict[str, bytes]:
    """Every file of the folder of packages, by name."""
    return _named([(vector.name, vector.encode()) for vector in packages()])


def _named(vectors: list[tuple[str, bytes]]) -> dict[str, bytes]:
    found = {f"{name}.json": data for name, data in vectors}
    if len(found) != len(vectors):
        raise ValueError("two vectors have the same name")
    return found


def main(arguments: list[str]) -> int:
    """Write the vectors, or compare them with what is there."""
    parser = argparse.ArgumentParser(prog="python -m tools.make_vectors", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    check = parser.parse_args(arguments).check
    return max(_make(FOLDER, files(), check=check), _make(PACKAGES, package_files(), check=check))


def _make(folder: Path, wanted: dict[str, bytes], *, check: bool) -> int:
    """Write the files of a folder, or compare them: 1 where one differs."""
    present = {path.name: path.read_bytes() for path in sorted(folder.glob("*.json"))}
    if check:
        differing = sorted(name for name in wanted.keys() | present if wanted.get(name) != present.get(name))
        said = f"not as made: {', '.join(differing)}" if differing else f"{len(wanted)} vectors are as made"
        print(f"{folder.name}: {said}")
        return 1 if differing else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name in present.keys() - wanted:
        (folder / name).unlink()
    for name, data in wanted.items():
        (folder / name).write_bytes(data)
    print(f"{folder.name}: {len(wanted)} vectors, {sum(map(len, wanted.values()))} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
