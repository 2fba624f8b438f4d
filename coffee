#!/bin/sh
# The one launcher: `./coffee demo`, `./coffee test`, `./coffee anything`.
# Makes .venv from the locked, hashed requirements when they are missing or have changed, then hands its words to app.cli.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
venv=$here/.venv
lock=$here/.venv.lock

die() { echo "coffee: $*" >&2; exit 1; }

python_ok() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for name in ${COFFEE_PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        python_ok "$name" && { command -v "$name"; return; }
    done
    die "needs Python 3.11 or newer: install it, or name one in COFFEE_PYTHON"
}

install() { # install REQUIREMENTS: into an empty or older .venv
    if command -v uv >/dev/null 2>&1; then
        [ -x "$venv/bin/python" ] || uv venv -q --no-python-downloads --python "$(find_python)" "$venv"
        uv pip install -q --python "$venv/bin/python" --require-hashes --no-deps -r "$1"
    else
        [ -x "$venv/bin/python" ] || "$(find_python)" -m venv "$venv" ||
            die "could not make a virtual environment (Debian and Ubuntu: apt install python3-venv)"
        "$venv/bin/python" -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r "$1"
    fi
}

prepare() { # prepare NAME: .venv holds what requirements NAME says
    wanted=$here/.ci/$1.txt
    stamp=$venv/.coffee-$1
    cmp -s "$wanted" "$stamp" && return 0
    trap 'rmdir "$lock" 2>/dev/null || :' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    tries=0
    until mkdir "$lock" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -le 600 ] || { trap - EXIT; die "another set-up holds $lock; remove it if none is running"; }
        sleep 0.5
    done
    if ! cmp -s "$wanted" "$stamp"; then # it may be done by the one we waited for
        echo "coffee: setting up .venv ($1), once" >&2
        cmp -s "$here/.ci/requirements.txt" "$venv/.coffee-requirements" || rm -rf "$venv"
        install "$wanted" || die "setting up .venv failed; the lines above say why"
        cp "$here/.ci/requirements.txt" "$venv/.coffee-requirements"
        cp "$wanted" "$stamp"
    fi
    rmdir "$lock"
    trap - EXIT INT TERM
}

# Started from a .venv that a machine image brought along: nothing to set up.
if [ "${COFFEE_NO_SETUP:-}" = 1 ]; then
    exec env PYTHONPATH="$here" python -P -m app.cli "$@"
fi
case "${1:-}" in
    test) prepare requirements-dev ;;
    *) prepare requirements ;;
esac
exec env PYTHONPATH="$here${PYTHONPATH:+:$PYTHONPATH}" "$venv/bin/python" -P -m app.cli "$@"
