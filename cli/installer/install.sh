#!/bin/sh
# Installs Sealane from the wheels beside this file, into a folder of its own. Uses no network.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python="${PYTHON:-python3}"
"$python" -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != "@PYTHON@")' || {
    echo "These wheels are for Python @PYTHON@; found: $("$python" --version 2>&1)." >&2
    echo "Run it again as: PYTHON=/path/to/python@PYTHON@ sh $0" >&2
    exit 1
}
unset PYTHONPATH PYTHONHOME
"$python" -m venv "$here/venv"
"$here/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --no-index --no-deps "$here"/wheels/*.whl
"$here/venv/bin/python" -m pip check
"$here/venv/bin/sealane" --version
echo "next: . $here/venv/bin/activate && sealane network up $(dirname "$here")"
