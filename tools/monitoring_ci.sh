#!/bin/sh
# The monitoring step of .ci/run: dashboards and alerts in a real Prometheus. It must run wherever
# there is one, or Debian's can be fetched; where there is none, it says so.
#
# Debian's package would start a server for good, so it is unpacked into a temporary folder instead.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

installed() { command -v prometheus >/dev/null && command -v promtool >/dev/null; }

fetch() {
    cd "$work"
    timeout 240 apt-get -qq update && timeout 240 apt-get -qq -o APT::Sandbox::User=root download prometheus && dpkg-deb --extract ./*.deb .
}

if ! installed && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "monitoring_ci: fetching prometheus" >&2
    (fetch) || true
    PATH="$work/usr/bin:$PATH"
fi
if ! installed; then
    echo "monitoring_ci: NOT RUN: dashboards and alerts were not tested, since Prometheus is not installed and cannot be here." >&2
    exit 0
fi
export SEALANE_REQUIRE_PROMETHEUS=1
make --no-print-directory test-monitoring
