#!/usr/bin/env bash
# The corridor's network in containers; docker/README.md tells what each word does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export SEALANE_IMAGE="${SEALANE_IMAGE:-sealane:local}"
export SEALANE_PORT_PREFIX="${SEALANE_PORT_PREFIX:-840}"
ready_timeout_s=90
nodes=(qinzhou-customs beibu-gulf-port coral-line haiphong-customs landbridge-forwarding)

usage="docker/network.sh build | up | status | story | verify | evidence DIR | down | reset | all
  build     make the image $SEALANE_IMAGE (BASE=IMAGE to start from another base)
  up        start the network, which is made the first time, and wait until every node is ready
  status    what every node says of itself
  story     play the corridor story on it (--slow to pause between steps)
  verify    check all evidence of the story, in a container without a network
  evidence  copy evidence and genesis into a new directory
  down      stop the containers; keys and ledgers stay
  reset     the same, and delete keys, ledgers and evidence
  all       build, up, story, verify, reset: what \`make docker\` does, with a network of its own"

say() { printf '== %s\n' "$*" >&2; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

compose() {
    if docker compose version >/dev/null 2>&1; then
        docker compose -f docker/compose.yaml "$@"
    else
        docker-compose -f docker/compose.yaml "$@"
    fi
}

# Run a service of compose.yaml once.
once() { compose run --rm -T --no-deps "$@" </dev/null; }

require_engine() {
    command -v docker >/dev/null || fail "docker is not installed"
    docker info >/dev/null 2>&1 || fail "no Docker engine answers: start it, or look at \`docker info\`"
    docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null \
        || fail "neither \`docker compose\` nor docker-compose is installed"
}

require_image() {
    docker image inspect "$SEALANE_IMAGE" >/dev/null 2>&1 \
        || fail "there is no image $SEALANE_IMAGE: docker/network.sh build"
}

build() {
    # A name without a value passes on this machine's setting, if it has one.
    local arguments=(--file docker/Dockerfile --tag "$SEALANE_IMAGE" --network host) name
    for name in PIP_INDEX_URL HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
        arguments+=(--build-arg "$name")
    done
    local authorities=(/usr/local/share/ca-certificates/*.crt)
    [[ -z "${BASE:-}" ]] || arguments+=(--build-arg "BASE=$BASE")
    if [[ -e "${authorities[0]}" ]]; then
        # This machine trusts authorities of its own, so its way to an index may lead past one.
        arguments+=(--build-arg "EXTRA_CA=$(cat "${authorities[@]}")")
    fi
    say "building $SEALANE_IMAGE, which takes a minute the first time"
    docker build --quiet "${arguments[@]}" . >/dev/null \
        || fail "the image cannot be built; where no registry can be reached, see docker/README.md"
    local size
    size=$(docker image inspect --format '{{.Size}}' "$SEALANE_IMAGE")
    say "$SEALANE_IMAGE has $((size / 1000000)) MB"
}

up() {
    require_image
    compose up -d
    say "waiting until every node is ready"
    local deadline=$((SECONDS + ready_timeout_s)) report
    until report=$(once story network status /network 2>/dev/null); do
        if ((SECONDS > deadline)); then
            printf '%s\n' "$report" >&2
            [[ "$word" == all ]] || compose logs --no-color --tail 20 >&2
            fail "the nodes were not ready in $ready_timeout_s s"
        fi
    done
    printf '%-24s%s\n' organisation url
    local place
    for place in "${!nodes[@]}"; do
        printf '%-24shttp://127.0.0.1:%s%d\n' "${nodes[place]}" "$SEALANE_PORT_PREFIX" $((place + 1))
    done
    say "next: docker/network.sh story"
}

# The story asks for a node to be killed, and later to be started again: it cannot do so itself.
# What it asks for may stand behind the end of another line, since it comes by another stream.
story() {
    local line container=""
    once story demo --elsewhere --dir /network "$@" 2>&1 | while IFS= read -r line; do
        printf '%s\n' "$line"
        case "$line" in
            *"waiting for: kill "*)
                container=$(compose ps --quiet "${line##*waiting for: kill }" </dev/null)
                docker kill "$container" </dev/null >/dev/null
                ;;
            *"waiting for: start "*) docker start "$container" </dev/null >/dev/null ;;
        esac
    done
}

# What was tampered with must be refused, with exit code 1; everything else must verify.
verify() {
    local file code files
    files=$(once --entrypoint find verify /network/evidence -name '*.json' | tr -d '\r' | sort)
    [[ -n "$files" ]] || fail "there is no evidence yet: docker/network.sh story"
    for file in $files; do
        code=0
        say "sealane verify $file"
        once verify "$file" --genesis /network/genesis.json || code=$?
        case "$file:$code" in
            *-tampered.json:1 | *.evidence.json:0) ;;
            *) fail "unexpected exit code $code" ;;
        esac
    done
    say "$(wc -l <<<"$files") files were checked without a network, and each came out as it must"
}

evidence() {
    mkdir "$1"
    once --entrypoint tar verify --create --directory /network evidence genesis.json \
        | tar --extract --directory "$1"
    say "next: sealane verify FILE --genesis $1/genesis.json"
}

reset() { compose --profile tools down --volumes --remove-orphans; }

all() {
    build
    trap 'clear_away $?' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    up
    story "$@"
    verify
}

clear_away() {
    [[ "$1" -eq 0 ]] || compose logs --no-color --tail 20 >&2 || true
    reset >/dev/null 2>&1 || fail "some of it is left: COMPOSE_PROJECT_NAME=$COMPOSE_PROJECT_NAME $0 reset"
    [[ "$1" -ne 0 ]] || say "everything went as it must; nothing is left but the image"
}

word="${1:-}"
[[ $# -eq 0 ]] || shift
case "$word" in
    build | up | verify | reset) [[ $# -eq 0 ]] || fail "$word takes no arguments" ;;
    status | down | story | all) ;;
    evidence) [[ $# -eq 1 ]] || fail "name the directory to make" ;;
    *)
        printf 'usage: %s\n' "$usage" >&2
        exit 2
        ;;
esac

# `all` deletes what it made, so it never touches the network that `up` made.
[[ "$word" == all ]] && project=sealane-once || project=sealane
export COMPOSE_PROJECT_NAME="${COMPOSE_PROJECT_NAME:-$project}"
require_engine
case "$word" in
    status) once story network status /network "$@" ;;
    down) compose --profile tools down "$@" ;;
    *) "$word" "$@" ;;
esac
