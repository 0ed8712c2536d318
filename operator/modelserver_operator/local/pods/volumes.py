"""A pod's volumes on a machine without mount namespaces.

A host path or a claim is a folder that is there already. ConfigMaps and Secrets become files, an
emptyDir a folder, below a home that each replica has. Since nothing can be mounted at /models or
/config, paths that start with a mount path are translated to the folder wherever they are meant as
paths: in arguments, in environment variables, and as a `base_path` in a mounted config.json.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelserver_operator.local.errors import CannotPlayError
from modelserver_operator.local.pods.store import Contents, Store

_BASE_PATH = re.compile(r'("base_path"\s*:\s*)("(?:[^"\\]|\\.)*")')

Folders = Mapping[str, Path]
"""The folder that stands for each mount path."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume mounted at `path`.

    Attributes:
        name: the volume's name.
        path: where a container would see it.
        folder: the folder that it is; None where each replica has one of its own.
        files: what is written into the folder at the start; None where it is there already.
    """

    name: str
    path: str
    folder: Path | None = None
    files: Contents | None = None


def mounts(pod: Mapping[str, Any], container: Mapping[str, Any], store: Store) -> tuple[Mount, ...]:
    """The mounts of a container.

    Raises:
        CannotPlayError: a claim without a folder, a folder or an object that is not there.
    """
    volumes = {volume["name"]: volume for volume in pod.get("volumes", [])}
    return tuple(
        _mount(volumes[mount["name"]], mount["mountPath"], store)
        for mount in container.get("volumeMounts", [])
    )


def _mount(volume: Mapping[str, Any], path: str, store: Store) -> Mount:
    name = volume["name"]
    match volume:
        case {"hostPath": {"path": host_path, "type": "DirectoryOrCreate"}}:
            return Mount(name, path, folder=Path(host_path), files={})
        case {"hostPath": {"path": host_path}}:
            return Mount(name, path, folder=_existing(Path(host_path), "host path"))
        case {"persistentVolumeClaim": {"claimName": claim}}:
            return Mount(name, path, folder=_existing(store.claim(claim), f"volume claim {claim}"))
        case {"configMap": {"name": config_map}}:
            return Mount(name, path, files=store.config_map(config_map))
        case {"secret": {"secretName": secret}}:
            return Mount(name, path, files=store.secret(secret))
        case {"emptyDir": _}:
            return Mount(name, path, files={})
    raise CannotPlayError(f"volume {name}: {_kind(volume)} volumes cannot be played")


def _kind(volume: Mapping[str, Any]) -> str:
    return next((key for key in volume if key != "name"), "such")


def _existing(folder: Path, what: str) -> Path:
    if not folder.is_dir():
        raise CannotPlayError(f"{what}: {folder} is not a folder of this machine")
    return folder.absolute()


def folders(mounts: Sequence[Mount], home: Path) -> dict[str, Path]:
    """Where each mount path lies for the replica with this home."""
    return {mount.path: mount.folder or home / mount.name for mount in mounts}


def materialise(mounts: Sequence[Mount], home: Path) -> Folders:
    """Make the home and all folders and files that its replica needs."""
    home.mkdir(parents=True, exist_ok=True)
    there = folders(mounts, home)
    for mount in mounts:
        if mount.files is None:
            continue
        there[mount.path].mkdir(parents=True, exist_ok=True)
        for name, content in mount.files.items():
            (there[mount.path] / name).write_bytes(translate_config(content, there))
    return there


def translate(text: str, folders: Folders) -> str:
    """The path below the folders, where the text is one at or below a mount path; else the text."""
    for mount_path, folder in folders.items():
        if text == mount_path or text.startswith(f"{mount_path.rstrip('/')}/"):
            return str(folder) + text.removeprefix(mount_path.rstrip("/"))
    return text


def translate_config(content: bytes, folders: Folders) -> bytes:
    """The file with each JSON `base_path` translated; every other byte stays as it is."""

    def translated(match: re.Match[str]) -> str:
        return match[1] + json.dumps(translate(json.loads(match[2]), folders))

    try:
        return _BASE_PATH.sub(translated, content.decode()).encode()
    except UnicodeDecodeError:
        return content
