#!/bin/sh
# Runs PostgreSQL in its container, after making its cluster the first time: one role and one
# database, both called sealane, and the password that `sealane network hand-out` left.
set -eu
home=/var/lib/sealane-postgres
data="$home/data"

if [ ! -e "$data" ]; then
    [ -s "$home/password" ] || { echo "postgres: there is no $home/password" >&2; exit 1; }
    rm -rf "$data.new"
    initdb --pgdata="$data.new" --username=sealane --pwfile="$home/password" --encoding=UTF8 \
        --locale=C.UTF-8 --auth=scram-sha-256 >/dev/null
    echo "host sealane sealane all scram-sha-256" >>"$data.new/pg_hba.conf"
    echo "CREATE DATABASE sealane" | postgres --single -D "$data.new" postgres >/dev/null
    mv "$data.new" "$data"
fi
exec postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp
