#!/bin/sh
# Runs a command with a PostgreSQL server of its own, which is gone afterwards:
#
#   tools/with_postgres.sh COMMAND...      finds it as SEALANE_TEST_POSTGRES_URL
#
# The server listens on a socket in a temporary folder and on no port, and syncs nothing to disk.
# PostgreSQL's programs are found by pg_config or where Debian puts them. They refuse to run as
# root, so root runs them as another user.
set -eu

fail() {
    echo "with_postgres: $*" >&2
    exit 1
}

bin=""
for place in "$(pg_config --bindir 2>/dev/null || true)" /usr/lib/postgresql/*/bin; do
    [ ! -x "$place/initdb" ] || bin="$place"
done
[ -n "$bin" ] || fail "PostgreSQL is not installed; on Debian: apt install postgresql"

work=$(mktemp -d)
started=""
finish() {
    [ -z "$started" ] || as_user "$bin/pg_ctl" stop --silent --mode=immediate --pgdata="$work/data" || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

owner=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
    owner=nobody
    chown "$owner" "$work"
fi

as_user() {
    if [ "$(id -un)" = "$owner" ]; then "$@"; else runuser --user "$owner" -- "$@"; fi
}

cd "$work"
as_user "$bin/initdb" --pgdata="$work/data" --username=sealane --auth=trust --no-sync --encoding=UTF8 \
    --locale=C.UTF-8 >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "the server cannot be made"; }
as_user "$bin/pg_ctl" start --silent --wait --pgdata="$work/data" --log="$work/data/log" \
    --options="-c listen_addresses= -c unix_socket_directories=$work -c fsync=off" \
    || { cat "$work/data/log" >&2; fail "the server does not start"; }
started=1
cd "$OLDPWD"
SEALANE_TEST_POSTGRES_URL="postgresql://sealane@/postgres?host=$work" "$@"
