#!/usr/bin/env bash
# Brings what the tests need that Cargo does not: Redis, a Java runtime and the jars of Apache Kafka, Python with redis-py and numpy, promtool and amtool,
# Chromium, and the C tools of the build.
# Usage: tests/setup.sh [all|demo|rules|build]
#   all    what `make test` needs (default)
#   demo   what `make run` needs: the build's tools and Redis
#   rules  the build's tools, promtool and amtool
#   build  the build's tools alone
# Installs Debian packages only where something is missing, and only as root or with a sudo that asks for nothing. Safe to run again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly part=${1:-all}
readonly pom=tests/kafka/pom.xml
readonly cache=.cache/kafka
readonly requirements=tests/requirements.txt
readonly python=.cache/python

say() { printf 'setup: %s\n' "$*" >&2; }
fail() {
    say "$*"
    exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

# The kernel's headers of libc come apart from the compiler.
compiles() { has gcc && printf '#include <stdlib.h>\nint main(void){return 0;}\n' | gcc -x c -fsyntax-only - >/dev/null 2>&1; }

java_is_current() {
    local version
    version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1) || return 1
    [[ -n $version && $version -ge 17 ]]
}

# The packages that this machine lacks for the part asked for, one a line.
missing_packages() {
    has make || echo make
    has perl || echo perl
    compiles || printf '%s\n' gcc libc6-dev
    [[ $part == build ]] && return
    if [[ $part != demo ]]; then
        has promtool || echo prometheus
        has amtool || echo prometheus-alertmanager
    fi
    [[ $part == rules ]] && return
    has redis-server && has redis-cli || echo redis-server
    [[ $part == demo ]] && return
    has setpriv || echo util-linux
    has chromium || echo chromium
    { has java && java_is_current; } || echo openjdk-17-jre-headless
    kafka_is_complete || has mvn || echo maven
    has python3 || echo python3
    python_is_complete || python3 -m pip --version >/dev/null 2>&1 || echo python3-pip
}

as_root() {
    if [[ $(id -u) -eq 0 ]]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
    has apt-get && { [[ $(id -u) -eq 0 ]] || { has sudo && sudo -n true 2>/dev/null; }; }
}

# Debian starts a service when its package is installed, unless this file says no (invoke-rc.d's own hook).
readonly policy=/usr/sbin/policy-rc.d
policy_is_ours=no

forbid_services() {
    [[ -e $policy ]] && return
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 0755 "$policy"
    policy_is_ours=yes
}

allow_services() {
    [[ $policy_is_ours == yes ]] || return 0
    as_root rm -f "$policy"
    policy_is_ours=no
}

install_packages() {
    say "installing $*"
    trap allow_services EXIT
    forbid_services
    as_root apt-get -qq update || say "apt-get update failed: trying with the package lists that are here"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$@" </dev/null >/dev/null ||
        fail "apt-get could not install: $*"
    allow_services
    # What was installed for the tests shall not start at the next boot either.
    local package
    for package in redis-server prometheus prometheus-alertmanager; do
        if [[ " $* " == *" $package "* ]] && has systemctl; then
            as_root systemctl disable "$package.service" >/dev/null 2>&1 || true
        fi
    done
}

sum_of() { sha256sum "$1" | cut -d' ' -f1; }

# A marker is written last and names the file that the copies came from.
kafka_is_complete() { [[ -f $cache/complete && $(<"$cache/complete") == "$(sum_of "$pom")" ]]; }
python_is_complete() { [[ -f $python/complete && $(<"$python/complete") == "$(sum_of "$requirements")" ]]; }

copy_kafka() {
    mkdir -p "$cache"
    exec 9>"$cache/lock"
    if has flock; then flock 9; fi
    kafka_is_complete && return
    say "copying the jars of Apache Kafka to $cache"
    rm -rf "$cache/complete" "$cache/libs" "$cache/libs.partial"
    mvn -q -B -f "$pom" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$PWD/$cache/libs.partial" </dev/null ||
        fail "Maven could not copy the jars that $pom names"
    mv "$cache/libs.partial" "$cache/libs"
    sum_of "$pom" >"$cache/complete"
}

copy_python() {
    mkdir -p "$python"
    exec 8>"$python/lock"
    if has flock; then flock 8; fi
    python_is_complete && return
    say "copying redis-py and numpy to $python"
    rm -rf "$python/complete" "$python/libs" "$python/libs.partial"
    PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
        --requirement "$requirements" --target "$python/libs.partial" </dev/null || fail "pip could not copy what $requirements names"
    mv "$python/libs.partial" "$python/libs"
    sum_of "$requirements" >"$python/complete"
}

case $part in all | demo | rules | build) ;; *) fail "no part $part: all, demo, rules or build" ;; esac
has cargo || fail "cargo is missing: install Rust 1.88 or newer"
mapfile -t missing < <(missing_packages)
if ((${#missing[@]})); then
    may_install || fail "missing, and this user may not install: please run: apt-get install ${missing[*]}"
    install_packages "${missing[@]}"
    mapfile -t missing < <(missing_packages)
    ((${#missing[@]} == 0)) || fail "still missing after the installation: ${missing[*]}"
fi
if [[ $part == all ]]; then
    copy_kafka
    copy_python
fi
say "ready ($part)"
