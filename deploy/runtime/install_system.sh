#!/bin/sh
# What Python and the drivers need at run time, from the base image's package index and from .deb
# files. Usage: GPU=0|1 NPU=0|1 GPU_PACKAGES="..." install_system.sh FOLDER_WITH_DEB_FILES
set -eu

packages=$(find "$1" -name '*.deb')
if [ "$NPU" = 1 ] && [ -z "$packages" ]; then
    echo "NPU=1: put the .deb files of Intel's linux-npu-driver into deploy/runtime/packages" >&2
    exit 2
fi
if [ "$GPU" = 1 ]; then
    packages="$packages $GPU_PACKAGES"
fi
if ! command -v python3 > /dev/null; then
    packages="$packages python3"
fi
if [ -n "$packages" ]; then
    apt-get update
    # shellcheck disable=SC2086  # a list of names
    apt-get install --yes --no-install-recommends $packages
    rm -rf /var/lib/apt/lists/*
fi
