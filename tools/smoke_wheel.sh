#!/bin/sh
# The wheel works by itself: built in one environment, installed into another with
# nothing but the runtime lock, and run from a folder that is not a checkout.
set -eu
cd "$(dirname "$0")/.."
checkout=$PWD
python="${PYTHON:-python3}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV

say() { echo "smoke: $*" >&2; }

fail() {
    say "$*"
    exit 1
}

say "build the wheel"
"$python" -m venv "$work/build"
"$work/build/bin/python" -m pip --quiet install --require-hashes -r requirements/build.txt
"$work/build/bin/python" -m pip --quiet wheel --no-deps --no-build-isolation --wheel-dir "$work/dist" .

say "install it with the runtime lock"
"$python" -m venv "$work/run"
"$work/run/bin/python" -m pip --quiet install --require-hashes -r requirements/runtime.txt
"$work/run/bin/python" -m pip --quiet install --no-deps "$work"/dist/sealane-*.whl
"$work/run/bin/python" -m pip check

mkdir "$work/elsewhere"
cd "$work/elsewhere"
sealane="$work/run/bin/sealane"

say "sealane --version"
"$sealane" --version

say "sealane demo --once"
"$sealane" demo --once </dev/null

evidence=$(find . -name '*.evidence.json' | sort | head -n 1)
genesis=$(find . -name genesis.json | sort | head -n 1)
[ -n "$evidence" ] || fail "the demo left no evidence file"
[ -n "$genesis" ] || fail "the demo left no genesis file"

say "sealane verify $evidence --genesis $genesis"
"$sealane" verify "$evidence" --genesis "$genesis"

say "the same evidence under another genesis is not verified"
code=0
"$sealane" verify "$evidence" --genesis "$(printf '%064d' 0)" >/dev/null 2>&1 || code=$?
[ "$code" -eq 1 ] || fail "expected exit code 1, got $code"

say "a trainee who knows only what the lab prints"
mkdir "$work/room"
cd "$work/room"
PATH="$work/run/bin:$PATH" "$work/run/bin/python" "$checkout/tests/trainee.py"

say "done"
