#!/bin/sh
# Resolve the dependencies of pyproject.toml into requirements/: one list for every
# platform, each file with its hashes, naming no index. Arguments go to every resolution.
#
#   build.txt    what builds the wheel
#   runtime.txt  what an installed Sealane needs
#   image.txt    the same and the driver for PostgreSQL: what a container holds
#   dev.txt      both, every extra, and the tools; constrained to the versions above
#   fuzz.txt     what leads `make fuzz`, where the system has it
set -eu
cd "$(dirname "$0")/.."
uv="${VENV:-.venv}/bin/uv"

resolve() {
    target="requirements/$1"
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
        --output-file "$target" "$@"
}

resolve build.txt --group build "$@"
resolve runtime.txt pyproject.toml --constraints requirements/build.txt "$@"
resolve image.txt pyproject.toml --extra postgres \
    --constraints requirements/build.txt --constraints requirements/runtime.txt "$@"
resolve dev.txt pyproject.toml --all-extras --group build --group dev \
    --constraints requirements/build.txt --constraints requirements/runtime.txt "$@"
resolve fuzz.txt --group fuzz "$@"
