#!/usr/bin/env bash
# The container step of .ci/run: `make docker`, where there is a Docker
# engine or one can be had in two minutes. Where there is none, it says why.
#
# As root on Debian it installs docker.io, docker-compose and debootstrap when they are missing,
# and starts an engine for as long as it runs itself. SEALANE_CI_DOCKER=never leaves the step out;
# SEALANE_CI_DOCKER=require makes it a failure to have no engine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
wish="${SEALANE_CI_DOCKER:-}"
patience_s=240
own_base=sealane-base:bookworm
work=$(mktemp -d)
engine=""

say() { printf 'docker_ci: %s\n' "$*" >&2; }

finish() {
    if [[ -n "$engine" ]]; then
        kill "$engine" 2>/dev/null || true
        wait "$engine" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 143' HUP INT TERM

# End the step: there is no engine, and here is why.
without_engine() {
    say "NOT RUN: the containers were not tested. $*"
    [[ "$wish" != require ]] || exit 1
    exit 0
}

answers() { docker info >/dev/null 2>&1; }

is_complete() {
    command -v docker >/dev/null || return 1
    docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null
}

install() {
    [[ "$(id -u)" -eq 0 ]] && command -v apt-get >/dev/null || return 1
    say "installing $*"
    export DEBIAN_FRONTEND=noninteractive
    timeout "$patience_s" apt-get -qq update >"$work/apt.log" 2>&1 \
        && timeout "$patience_s" apt-get -qq -y --no-install-recommends install "$@" >>"$work/apt.log" 2>&1 \
        || { tail -n 5 "$work/apt.log" >&2; return 1; }
}

start_engine() {
    [[ "$(id -u)" -eq 0 ]] && command -v dockerd >/dev/null || return 1
    say "starting an engine"
    dockerd >"$work/dockerd.log" 2>&1 &
    engine=$!
    local deadline=$((SECONDS + 30))
    until answers; do
        if ! kill -0 "$engine" 2>/dev/null || ((SECONDS > deadline)); then
            tail -n 5 "$work/dockerd.log" >&2
            return 1
        fi
        sleep 0.2
    done
}

# The base image: as told, as it is here already, from a registry, or made.
choose_base() {
    local usual name
    usual=$(sed -n 's/^ARG BASE=//p' docker/Dockerfile)
    for name in ${BASE:+"$BASE"} "$own_base" "$usual"; do
        if docker image inspect "$name" >/dev/null 2>&1; then
            base="$name"
            return
        fi
    done
    if timeout 60 docker pull --quiet "${BASE:-$usual}" >/dev/null 2>&1; then
        base="${BASE:-$usual}"
        return
    fi
    say "no registry can be reached: making $own_base"
    command -v debootstrap >/dev/null || install debootstrap || return 1
    sh tools/docker_base.sh "$own_base" || return 1
    base="$own_base"
}

# Some sandboxes let an engine run and its containers not speak to one another.
containers_can_meet() {
    local name="sealane-probe-$$" met=1
    local try='import socket, time
for _ in range(50):
    try:
        raise SystemExit(socket.create_connection(("'"$name"'", 8000), 1).close())
    except OSError:
        time.sleep(0.1)
raise SystemExit(1)'
    docker network create "$name" >/dev/null || return 1
    docker run --detach --rm --name "$name" --network "$name" "$base" python3 -m http.server 8000 >/dev/null \
        && docker run --rm --network "$name" "$base" python3 -c "$try" && met=0
    docker rm --force "$name" >/dev/null 2>&1 || true
    docker network rm "$name" >/dev/null 2>&1 || true
    return "$met"
}

[[ "$wish" != never ]] || without_engine "SEALANE_CI_DOCKER=never says so."
is_complete || install docker.io docker-compose debootstrap || without_engine "Docker cannot be installed here."
answers || start_engine || without_engine "No Docker engine answers, and none can be started here."
base=""
choose_base || without_engine "There is no base image, and none can be made here."
containers_can_meet || without_engine "Containers cannot reach one another here."

say "from $base, after $SECONDS s"
export SEALANE_IMAGE=sealane:ci SEALANE_POSTGRES_IMAGE=sealane-postgres:ci
make --no-print-directory docker BASE="$base"
say "done after $SECONDS s"
