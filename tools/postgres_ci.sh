#!/bin/sh
# The PostgreSQL step of .ci/run: the storage suite and whole nodes on a real server. It must run
# wherever there is a server, or one can be installed; where there is none, it says so.
set -eu
cd "$(dirname "$0")/.."

installed() { command -v pg_config >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }

if ! installed && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "postgres_ci: installing postgresql" >&2
    export DEBIAN_FRONTEND=noninteractive
    timeout 240 apt-get -qq update && timeout 240 apt-get -qq -y --no-install-recommends install postgresql || true
fi
if ! installed; then
    echo "postgres_ci: NOT RUN: PostgreSQL was not tested, since it is not installed and cannot be here." >&2
    exit 0
fi
exec make --no-print-directory test-postgres
