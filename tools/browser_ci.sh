#!/bin/sh
# The browser step of .ci/run: pages in Debian's Chromium, installed where it is missing. It must
# run: a machine without Chromium and without the means to install it fails the step.
set -eu
cd "$(dirname "$0")/.."
if ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null && command -v apt-get >/dev/null; then
    echo "browser_ci: installing chromium" >&2
    export DEBIAN_FRONTEND=noninteractive
    timeout 240 apt-get -qq update
    timeout 600 apt-get -qq -y --no-install-recommends install chromium fonts-noto-core fonts-noto-cjk
fi
export SEALANE_REQUIRE_BROWSER=1
exec make --no-print-directory test-browser
