#!/usr/bin/env bash
# The corridor's network in containers; docker/README.md tells what each word does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export SEALANE_IMAGE="${SEALANE_IMAGE:-sealane:local}"
postgres_image="${SEALANE_POSTGRES_IMAGE:-sealane-postgres:local}"
compose_file="${SEALANE_COMPOSE:-docker/compose.yaml}"
ready_timeout_s=240

usage="docker/network.sh build | up | status | story | cli | verify | evidence DIR | down | reset
  build     make the image $SEALANE_IMAGE (BASE=IMAGE to start from another base)
  up        start the network, which is made the first time, and wait until every node is ready
  status    what every node says of itself
  story     play the corridor story on it (--slow to pause between steps)
  cli       a command for members, with their keys: docker/network.sh cli bill list --as coral-line
  verify    check all evidence of the story, in a container without a network
  evidence  copy evidence and genesis into a new directory
  down      stop the containers; keys and ledgers stay
  reset     the same, and delete keys, ledgers and evidence
Of another network than docker/compose.yaml: SEALANE_COMPOSE=DIR/compose.yaml.
With --postgres, build makes $postgres_image as well, and up gives each organisation a database of its own.
With --monitoring, up adds Prometheus and Grafana."

say() { printf '== %s\n' "$*" >&2; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

compose() {
    local -a tool=(docker compose)
    docker compose version >/dev/null 2>&1 || tool=(docker-compose)
    "${tool[@]}" ${settings:+--env-file "$settings"} "${profiles[@]}" -f "$compose_file" "$@"
}

# Run a service of the file once.
once() { compose run --rm -T --no-deps "$@" </dev/null; }

require_engine() {
    command -v docker >/dev/null || fail "docker is not installed"
    docker info >/dev/null 2>&1 || fail "no Docker engine answers: start it, or look at \`docker info\`"
    docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null \
        || fail "neither \`docker compose\` nor docker-compose is installed"
}

require_image() {
    docker image inspect "$1" >/dev/null 2>&1 \
        || fail "there is no image $1, and nothing is downloaded here: $2"
}

build() {
    # A name without a value passes on this machine's setting, if it has one.
    local arguments=(--network host) name
    for name in PIP_INDEX_URL HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
        arguments+=(--build-arg "$name")
    done
    local authorities=(/usr/local/share/ca-certificates/*.crt)
    [[ -z "${BASE:-}" ]] || arguments+=(--build-arg "BASE=$BASE")
    if [[ -e "${authorities[0]}" ]]; then
        # This machine trusts authorities of its own, so its way to an index may lead past one.
        arguments+=(--build-arg "EXTRA_CA=$(cat "${authorities[@]}")")
    fi
    make_image "$SEALANE_IMAGE" --file docker/Dockerfile "${arguments[@]}" .
    [[ -z "$settings" ]] || make_image "$postgres_image" --file docker/postgres.Dockerfile "${arguments[@]}" docker
}

make_image() {
    say "building $1, which takes a minute or two the first time"
    docker build --quiet --tag "$@" >/dev/null \
        || fail "the image cannot be built; where no registry can be reached, see docker/README.md"
    say "$1 has $(($(docker image inspect --format '{{.Size}}' "$1") / 1000000)) MB"
}

up() {
    require_image "$SEALANE_IMAGE" "docker/network.sh build"
    [[ -z "$settings" ]] || require_image "$postgres_image" "docker/network.sh build --postgres"
    local name image
    for name in PROMETHEUS GRAFANA; do
        [[ "${profiles[*]}" == *monitoring* ]] || break
        name="SEALANE_${name}_IMAGE"
        image="${!name:-$(sed -n "s/.*image: \${$name:-\(.*\)}$/\1/p" "$compose_file")}"
        require_image "$image" "docker pull $image, or docker load what another machine saved"
    done
    compose up -d || {
        made_keys || compose logs --no-color --tail 20 setup >&2
        fail "the network does not start; docker/network.sh down stops what did, and deletes nothing"
    }
    say "waiting until every node is ready"
    local deadline=$((SECONDS + ready_timeout_s)) report
    until report=$(status 2>/dev/null); do
        if ((SECONDS > deadline)); then
            printf '%s\n' "$report" >&2
            fail "the nodes were not ready in $ready_timeout_s s; \`docker logs\` of one may say why"
        fi
    done
    addresses
    say "next: docker/network.sh story"
}

# Whether what has to run before any node ended well.
made_keys() {
    [[ "$(docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$(compose ps --all --quiet setup)" 2>/dev/null)" == "exited 0" ]]
}

# Where each node's API and pages are, on this machine.
addresses() {
    local place container
    printf '%-32s%s\n' organisation url
    for container in $(compose ps -q); do
        place=$(docker inspect --format '{{range .NetworkSettings.Ports}}{{range .}}{{.HostIp}}:{{.HostPort}}{{end}}{{end}}' "$container")
        [[ -z "$place" ]] || printf '%-32shttp://%s\n' \
            "$(docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}}' "$container")" "$place"
    done | sort -k 2
}

status() { once cli network status "$@"; }

cli() {
    local terminal=(-T)
    [[ ! -t 0 || ! -t 1 ]] || terminal=()
    compose run --rm --no-deps "${terminal[@]}" cli "$@"
}

# The story asks for a node to be killed, and later to be started again: it cannot do so itself.
# What it asks for may stand behind the end of another line, since it comes by another stream.
story() {
    local line container=""
    once cli demo --elsewhere --dir /network "$@" 2>&1 | while IFS= read -r line; do
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
    files=$(once --entrypoint find verify /network/evidence -mindepth 2 -name '*.json' | tr -d '\r' | sort)
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

down() { compose --profile tools --profile postgres --profile monitoring down --remove-orphans "$@"; }

reset() { down --volumes; }

word="${1:-}"
[[ $# -eq 0 ]] || shift
# What --postgres needs is in a file; a network that is up is found without it.
settings=""
profiles=()
while [[ "$word:${1:-}" =~ ^(build|up):--postgres$|^up:--monitoring$ ]]; do
    profiles+=(--profile "${1#--}")
    [[ "$1" != --postgres ]] || settings="${compose_file%/*}/postgres.env"
    shift
done
case "$word" in
    build | up | verify | down | reset) [[ $# -eq 0 ]] || fail "$word takes no argument $1" ;;
    status | story | cli) ;;
    evidence) [[ $# -eq 1 ]] || fail "name the directory to make" ;;
    *)
        printf 'usage: %s\n' "$usage" >&2
        exit 2
        ;;
esac
require_engine
"$word" "$@"
