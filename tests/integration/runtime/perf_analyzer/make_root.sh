#!/usr/bin/env bash
# Makes the folder that perf_analyzer runs in: the root of a Debian whose glibc is new enough for it.
# Usage: make_root.sh PYTHON FOLDER, as root.
set -euo pipefail
python=$1 folder=$2 making=$2.making
rm -rf "$making"
trap 'rm -rf "$making"' EXIT
mkdir -p "$making"
command -v debootstrap > /dev/null || apt-get install --yes --quiet debootstrap
debootstrap --variant=minbase --include=libssl3t64,libstdc++6,zlib1g trixie "$making" > "$folder.log"
"$python" -m pip --disable-pip-version-check --quiet download --dest "$making/tmp" --no-deps \
	--only-binary :all: --python-version 3.13 --platform "manylinux_2_38_$(uname -m)" \
	--require-hashes --requirement "$(dirname "$0")/requirements.lock"
"$python" -m zipfile --extract "$making"/tmp/perf_analyzer-*.whl "$making/opt"
chmod +x "$making/opt/perf_analyzer/bin/perf_analyzer"
mv "$making" "$folder"
