#!/bin/sh
# The chaos step of .ci/run: ten minutes with a fresh seed, which is printed. It must run: a
# machine that cannot make namespaces fails the step. SEALANE_CHAOS_MINUTES changes its length.
set -eu
cd "$(dirname "$0")/.."
if ! command -v ip >/dev/null && command -v apt-get >/dev/null; then
    echo "chaos_ci: installing iproute2" >&2
    export DEBIAN_FRONTEND=noninteractive
    timeout 240 apt-get -qq update
    timeout 240 apt-get -qq -y --no-install-recommends install iproute2
fi
export SEALANE_REQUIRE_CHAOS=1
exec make --no-print-directory chaos MINUTES="${SEALANE_CHAOS_MINUTES:-10}"
