#!/bin/sh
# Make a base image for docker/Dockerfile where a Debian mirror can be reached and an image
# registry cannot: a minimal Debian with Python and venv.
#
#   tools/docker_base.sh [IMAGE]      as root; IMAGE is sealane-base:bookworm unless named
#
# Environment: SUITE, the Debian release (bookworm); MIRROR, where from (debootstrap's own default).
set -eu
image="${1:-sealane-base:bookworm}"
suite="${SUITE:-bookworm}"

fail() {
    echo "docker_base: $*" >&2
    exit 1
}

[ "$(id -u)" -eq 0 ] || fail "debootstrap needs root"
command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
docker info >/dev/null 2>&1 || fail "no Docker engine answers"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
root="$work/root"

debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates "$suite" "$root" ${MIRROR:+"$MIRROR"} \
    >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; fail "debootstrap failed"; }

# What only a person at a terminal would miss; licences stay.
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/* \
    "$root"/usr/share/locale/* "$root"/usr/share/man/* "$root"/usr/share/info/*
find "$root/usr/share/doc" -type f ! -name copyright -delete
find "$root/usr/share/doc" -type l -delete
find "$root/usr/share/doc" -type d -empty -delete

tar --create --numeric-owner --one-file-system --directory "$root" . \
    | docker import --change 'CMD ["/bin/sh"]' - "$image" >/dev/null
echo "docker_base: $image is $(docker image inspect --format '{{.Size}}' "$image" | awk '{ printf "%.0f", $1 / 1e6 }') MB" >&2
