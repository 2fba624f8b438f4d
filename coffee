#!/bin/sh
# The one launcher: `./coffee demo`, `./coffee test`, `./coffee anything`.
# Makes .venv from the locked, hashed requirements when they are missing or have changed, then hands its words to app.cli.
set -eu

self=$0
while [ -L "$self" ]; do # started through a link, from ~/bin say
    link=$(readlink "$self")
    case $link in /*) self=$link ;; *) self=$(dirname -- "$self")/$link ;; esac
done
here=$(CDPATH='' cd -- "$(dirname -- "$self")" && pwd -P)
venv=$here/.venv
lock=$here/.venv.lock
held=

say() { echo "coffee: $*" >&2; }
die() { say "$@"; exit 1; }

python_ok() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    if [ -n "${COFFEE_PYTHON:-}" ]; then
        python_ok "$COFFEE_PYTHON" || die "COFFEE_PYTHON names $COFFEE_PYTHON, which is no Python 3.11 or newer"
        command -v "$COFFEE_PYTHON"
        return
    fi
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if python_ok "$name"; then command -v "$name"; return; fi
    done
    found=$(python3 -V 2>/dev/null) || found="no Python"
    die "needs Python 3.11 or newer, and found $found: install one, or name one in COFFEE_PYTHON"
}

same() { [ -f "$2" ] && [ "$(cat "$1")" = "$(cat "$2")" ]; }

whole() { # .venv has a Python, and its packages are of that Python's version: not so after an upgrade of the system's
    [ -x "$venv/bin/python" ] || return 1
    version=$("$venv/bin/python" -ISc 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || return 1
    [ -d "$venv/lib/python$version/site-packages" ]
}

ready() { same "$here/.ci/$1.txt" "$venv/.coffee-$1" && whole; } # ready NAME: .venv holds what requirements NAME says

install() { # install REQUIREMENTS, into .venv, which it makes when there is none; every step counts by itself, not by set -e
    if command -v uv >/dev/null 2>&1; then
        [ -d "$venv" ] || uv venv -q --no-python-downloads --python "$python" "$venv" || return 1
        uv pip install -q --python "$venv/bin/python" --require-hashes --no-deps -r "$1"
    else
        [ -d "$venv" ] || "$python" -m venv "$venv" ||
            die "could not make a virtual environment (Debian and Ubuntu: apt install python3-venv)"
        "$venv/bin/python" -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r "$1"
    fi
}

alive() { kill -0 "$1" 2>/dev/null || [ -d "/proc/$1" ] || ps -p "$1" >/dev/null 2>&1; }

owner() { cat "$lock/pid" 2>/dev/null || :; }

clear_stale() { # the lock of a set-up that was killed; one waiter at a time looks, so that none removes a fresh lock
    mkdir "$lock.stale" 2>/dev/null || return 0
    pid=$(owner)
    if [ -n "$pid" ] && ! alive "$pid"; then rm -rf "$lock"; fi
    rmdir "$lock.stale"
}

take_lock() {
    [ -w "$here" ] || die "cannot write in $here, where .venv belongs"
    tries=0
    until mkdir "$lock" 2>/dev/null; do
        [ "$tries" -ne 2 ] || say "waiting for another set-up of .venv (process $(owner))"
        [ "$tries" -lt 900 ] || die "another set-up holds $lock; remove it if none is running"
        tries=$((tries + 1))
        sleep 1
        clear_stale
    done
    held=1
    echo $$ >"$lock/pid"
}

release_lock() {
    [ -z "$held" ] || rm -rf "$lock"
    held=
}

compile_kernels() { # for large rounds, once. Only the tests wait for it: a round that comes sooner compiles what it needs
    set -- "$1" env PYTHONPATH="$here" "$venv/bin/python" -P -m matching.warm
    if [ "$1" = requirements-dev ]; then
        shift
        "$@" || say "compiling for large rounds failed; they compile when they need it"
    else
        shift
        nice "$@" </dev/null >/dev/null 2>&1 &
    fi
}

prepare() { # prepare NAME: make it ready
    ready "$1" && return
    trap release_lock EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    take_lock
    if ! ready "$1"; then # the one we waited for may have done it
        python=$(find_python) || exit 1
        say "setting up .venv ($1), once"
        if ! ready requirements; then rm -rf "$venv"; fi
        install "$here/.ci/$1.txt" || die "setting up .venv failed; the lines above say why"
        cp "$here/.ci/requirements.txt" "$venv/.coffee-requirements"
        cp "$here/.ci/$1.txt" "$venv/.coffee-$1"
        compile_kernels "$1"
    fi
    release_lock
    trap - EXIT INT TERM
}

# In an image everything is installed already: nothing to set up.
if [ "${COFFEE_NO_SETUP:-}" = 1 ]; then
    exec env PYTHONPATH="$here" python -P -m app.cli "$@"
fi
case "${1:-} ${2:-}" in
    "test -h" | "test --help") prepare requirements ;; # reading about the tests needs none of their tools
    "test "*) prepare requirements-dev ;;
    *) prepare requirements ;;
esac
exec env PYTHONPATH="$here${PYTHONPATH:+:$PYTHONPATH}" "$venv/bin/python" -P -m app.cli "$@"
