"""Container images without a registry: built here, kept as archives, loaded into the node.

What an image is made of is in its archive's name, so that it is built again exactly when that has
changed. All stand on a Debian made by debootstrap, since there is none to pull.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from programs import PROGRAMS, program, store
from programs.obtain import told

_PROJECT = Path(__file__).parents[3]
_BASE = "localhost/debian:bookworm"
_PACKAGES = "ca-certificates,python3,python3-venv"
_KEPT = 3  # of one name: this checkout's, and two that others may be using
_SOURCES = ("pyproject.toml", "README.md", "LICENSE", "operator", "runtime")


@dataclass(frozen=True, slots=True)
class Image:
    """An image, and what it is made of.

    Attributes:
        sources: Files and folders of the project that go into it.
        dockerfile: The project's file that says how, or the lines themselves.
    """

    name: str
    dockerfile: str
    sources: Sequence[str] = ()

    @property
    def reference(self) -> str:
        """How a pod names it."""
        return f"localhost/{self.name}:e2e"


RUNTIME = Image("modelserver-runtime", "deploy/runtime/Dockerfile", (*_SOURCES, "deploy/runtime"))
OPERATOR = Image(
    "modelserver-operator", "deploy/operator/Dockerfile", (*_SOURCES, "deploy/operator")
)
PAUSE = Image("pause", f'FROM {_BASE}\nENTRYPOINT ["sleep", "infinity"]\n')
"""What holds a pod's namespaces."""


def of_program(name: str) -> Image:
    """The image of a program that needs nothing but itself."""
    lines = ("FROM scratch", f"COPY {name} /bin/", "USER 65532", f'ENTRYPOINT ["/bin/{name}"]')
    return Image(name, "\n".join(lines) + "\n")


def archive(image: Image) -> Path:
    """The image as an OCI archive, built unless it has been already."""

    def make(folder: Path) -> None:
        with told(f"Building the image {image.name}"):
            _base()
            _build(image)
            target = f"oci-archive:{folder}/image.tar:{image.reference}"
            _run("buildah", "push", "--quiet", "--disable-compression", image.reference, target)
            _run("buildah", "rmi", "--prune", check=False)  # what had the name before

    made = store.folder(f"image-{image.name}-{_digest(image)}", make)
    store.forget(f"image-{image.name}-", keep=_KEPT)
    return made / "image.tar"


def _build(image: Image) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        context, dockerfile = _PROJECT, _PROJECT / image.dockerfile
        if not image.sources:
            context, dockerfile = Path(scratch), Path(scratch, "Dockerfile")
            dockerfile.write_text(image.dockerfile)
            if image.name in PROGRAMS:
                shutil.copy(program(image.name), context)
        _run(
            *("buildah", "build", "--quiet", "--layers", "--isolation=chroot"),
            *(
                f"--build-arg=BASE_IMAGE={_BASE}",
                f"--file={dockerfile}",
                f"--tag={image.reference}",
            ),
            *_reaching_the_index(),
            str(context),
        )


def _reaching_the_index() -> Iterator[str]:
    """Flags that let a build install packages in the way that this machine does."""
    for place in ("/etc/ssl/certs", "/etc/pip.conf"):
        if Path(place).exists():
            yield f"--volume={place}:{place}:ro"


def _base() -> None:
    """A Debian in buildah's own store."""
    if _run("buildah", "images", "--quiet", _BASE, check=False):
        return
    with tempfile.TemporaryDirectory() as folder:
        root = f"{folder}/root"
        _run("debootstrap", "--variant=minbase", f"--include={_PACKAGES}", "bookworm", root)
        container = _run("buildah", "from", "scratch")
        _run("buildah", "add", "--quiet", container, root, "/")
        _run("buildah", "commit", "--quiet", "--rm", container, _BASE)


def _digest(image: Image) -> str:
    """Of all that the image is made of."""
    digest = hashlib.sha256(image.dockerfile.encode())
    if image.name in PROGRAMS:
        digest.update(PROGRAMS[image.name].version.encode())
    for file in _files(image.sources):
        digest.update(file.encode())
        digest.update((_PROJECT / file).read_bytes())
    return digest.hexdigest()[:12]


def _files(sources: Sequence[str]) -> list[str]:
    """The files that a commit would hold; what lies around beside them changes nothing."""
    if not sources:
        return []
    listing = ("git", "-C", str(_PROJECT), "ls-files", "--cached", "--others", "--exclude-standard")
    return sorted(set(_run(*listing, "--", *sources).splitlines()))


def _run(*command: str, check: bool = True) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if check and done.returncode:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-30:])
        raise RuntimeError(f"{' '.join(command)} failed:\n{last}")
    return done.stdout.strip()
