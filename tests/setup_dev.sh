#!/usr/bin/env bash
# Puts in place what `make test`, `make check` and `make screenshots` need, and nothing that is there already:
#   - .venv with the pinned tools of tests/requirements.txt
#   - from the system: tkinter, Xvfb (a screen without a screen), xdotool (real key presses), ImageMagick
#     (screenshots), strace (what reaches the disk when), tshark (what Wireshark sees in a capture) and
#     fonts, through apt where it may (root, or sudo without a password)
# Usage: tests/setup_dev.sh [PYTHON]     Quick when everything is in place.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}
venv=.venv

give_up() { echo "make: $*" >&2; exit 1; }

command -v "$python" >/dev/null || give_up "there is no $python; install Python 3.11 or newer (sudo apt install python3)."
# Asked once, and used by its real path from here on: a version manager's shim is slow to start.
{ read -r version; read -r base; read -r python; } < <(
    "$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3], sys.base_prefix, sys.executable, sep="\n")')
[ "$(printf '%s\n' 3.11 "$version" | sort -V | head -n 1)" = 3.11 ] ||
    give_up "$python is Python $version, and 3.11 or newer is needed: make PYTHON=python3.12 test"

# What is missing from the system, as Debian's package names.
packages=()
need() { "${@:2}" >/dev/null 2>&1 || packages+=("$1"); }
has_font() { fc-list : family 2>/dev/null | grep -q "$1"; }
need xvfb            command -v Xvfb
need xdotool         command -v xdotool
need imagemagick     command -v import
need strace          command -v strace
need tshark          command -v tshark
need fontconfig      command -v fc-list
need fonts-dejavu-core      has_font "DejaVu Sans"
need fonts-inter            has_font "Inter"
need fonts-jetbrains-mono   has_font "JetBrains Mono"
need fonts-noto-color-emoji has_font "Noto Color Emoji"
need fonts-noto-cjk         has_font "Noto Sans CJK"
if [ "$base" = /usr ]; then
    need python3-tk   "$python" -c 'import tkinter'
    need python3-venv "$python" -c 'import ensurepip'
else
    # A package of the system cannot mend a Python that was built by hand.
    "$python" -c 'import tkinter, ensurepip' 2>/dev/null ||
        give_up "$python was built without tkinter or venv; use the system's: make PYTHON=/usr/bin/python3 test"
fi

if [ ${#packages[@]} -gt 0 ]; then
    by_hand="install these by hand: ${packages[*]}"
    command -v apt-get >/dev/null || give_up "this system has no apt; $by_hand (Debian's names)."
    sudo=()
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || give_up "not root, and no sudo without a password; $by_hand."
        sudo=(sudo -n)
    fi
    echo "Installing ${packages[*]}"
    apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
    "${apt[@]}" update || echo "apt-get update failed; trying with the package lists that are here" >&2
    "${apt[@]}" install -y --no-install-recommends "${packages[@]}" >/dev/null || give_up "apt failed; $by_hand."
fi

# The stamp names what .venv was made from; any change makes it anew or brings it up to date.
stamp="$base $version $(cksum < tests/requirements.txt)"
if [ "$(cat $venv/.localchat-tools 2>/dev/null)" != "$stamp" ]; then
    echo "Making $venv with the tools of tests/requirements.txt"
    same='import sys; print(sys.base_prefix, "%d.%d.%d" % sys.version_info[:3])'
    [ "$($venv/bin/python -I -c "$same" 2>/dev/null)" = "$base $version" ] ||
        "$python" -m venv --clear $venv || give_up "no virtual environment; try: sudo apt install python3-venv"
    $venv/bin/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt ||
        give_up "pip could not install tests/requirements.txt; is this computer online?"
    echo "$stamp" > $venv/.localchat-tools
fi
