"""Models from object storage, with its failures."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from modelserver_runtime.repository.opening import open_source
from modelserver_runtime.repository.source import Offer, RepositoryError, Source

if TYPE_CHECKING:
    from conftest import Cloud

LARGE = bytes(range(256)) * 40_000  # 10 MB: more than what networks hold on the way

UseKey = Callable[[Mapping[str, str]], None]


@pytest.fixture
def source(cloud: Cloud, tmp_path: Path) -> Callable[[str], Source]:
    """Opens the repository at a path of the bucket."""
    return lambda path: open_source("m", f"{cloud.url}/{path}", tmp_path / "downloads")


def paths(offer: Offer, version: int) -> set[tuple[str, int]]:
    return {(file.path, file.size) for file in offer.versions[version]}


def downloads(folder: Path) -> list[Path]:
    return [path for path in (folder / "downloads").rglob("*") if path.is_file()]


def test_versions_are_listed_and_fetched(cloud: Cloud, source: Callable[[str], Source]) -> None:
    cloud.put("team/m/1/model.onnx", b"one")
    cloud.put("team/m/2/saved_model.pb", b"two")
    cloud.put("team/m/2/variables/variables.index", b"")
    cloud.put("team/m/2/with space+plus.txt", b"2")
    cloud.put("team/m/notes/readme", b"none")
    cloud.put("team/m2/7/model.onnx", b"another model")
    m = source("team/m")

    offer = m.look()
    fetched = m.fetch(2, offer.versions[2])

    assert offer.skipped == ("notes",)
    assert paths(offer, 1) == {("model.onnx", 3)}
    assert {path.relative_to(fetched).as_posix(): path.read_bytes() for path in files(fetched)} == {
        "saved_model.pb": b"two",
        "variables/variables.index": b"",
        "with space+plus.txt": b"2",
    }


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_changed_object_changes_the_content(
    cloud: Cloud, source: Callable[[str], Source]
) -> None:
    cloud.put("m/1/model.onnx", b"before")
    m = source("m")
    before = m.look()
    assert m.look() == before

    cloud.put("m/1/model.onnx", b"behind")
    after = m.look()

    assert after != before
    assert (m.fetch(1, after.versions[1]) / "model.onnx").read_bytes() == b"behind"


def test_one_model_file_is_fetched_with_its_weights(
    cloud: Cloud, source: Callable[[str], Source]
) -> None:
    for name in ("m.xml", "m.bin", "other.xml"):
        cloud.put(f"models/{name}", name.encode())
    m = source("models/m.xml")
    fetched = m.fetch(1, m.look().versions[1])

    assert fetched.name == "m.xml"
    assert {path.name for path in files(fetched.parent)} == {"m.xml", "m.bin"}


def test_what_is_not_kept_is_removed(
    cloud: Cloud, source: Callable[[str], Source], tmp_path: Path
) -> None:
    cloud.put("m/1/model.onnx", b"one")
    cloud.put("m/2/model.onnx", b"two")
    m = source("m")
    contents = m.look().versions
    for version, content in contents.items():
        m.fetch(version, content)

    m.keep([(2, contents[2])])

    assert [path.read_bytes() for path in downloads(tmp_path)] == [b"two"]


def test_a_wrong_key_is_refused(
    cloud: Cloud, source: Callable[[str], Source], use_key: UseKey
) -> None:
    cloud.put("m/1/model.onnx", b"one")
    use_key(cloud.wrong_key)

    with pytest.raises(RepositoryError, match=rf"^{cloud.url}/m: [^\n]*403 Forbidden[^\n]*$"):
        source("m").look()


@pytest.mark.parametrize("cloud", ["s3"], indirect=True)
def test_a_bucket_that_is_not_there_is_named(cloud: Cloud, tmp_path: Path) -> None:
    source = open_source("m", "s3://nowhere/m", tmp_path)

    with pytest.raises(RepositoryError, match=r"^s3://nowhere/m: .*404 Not Found"):
        source.look()


def test_a_public_bucket_needs_no_key(
    cloud: Cloud, source: Callable[[str], Source], use_key: UseKey
) -> None:
    cloud.put("m/1/model.onnx", b"one")
    use_key(cloud.no_key)
    m = source("m")

    with cloud.as_public():
        fetched = m.fetch(1, m.look().versions[1])

    assert (fetched / "model.onnx").read_bytes() == b"one"


# Not on moto, which answers a request without a signature with an error of its own.
@pytest.mark.parametrize("cloud", ["gs", "az", "az (azurite)"], indirect=True)
def test_without_a_key_a_private_bucket_says_so(
    cloud: Cloud, source: Callable[[str], Source], use_key: UseKey
) -> None:
    cloud.put("m/1/model.onnx", b"one")
    use_key(cloud.no_key)

    with pytest.raises(RepositoryError, match="no credentials were given"):
        source("m").look()


def test_a_server_gone_in_the_middle_of_a_download_leaves_nothing_half(
    cloud: Cloud, source: Callable[[str], Source], tmp_path: Path
) -> None:
    cloud.put("m/1/model.onnx", LARGE)
    m = source("m")
    content = m.look().versions[1]
    cloud.relay.cut_after = 1_000_000

    with pytest.raises(RepositoryError, match=f"^{cloud.url}/m: "):
        m.fetch(1, content)
    cloud.relay.cut_after = None

    assert (m.fetch(1, content) / "model.onnx").read_bytes() == LARGE
    assert len(downloads(tmp_path)) == 1


def test_an_object_that_changes_before_its_download_is_refused(
    cloud: Cloud, source: Callable[[str], Source]
) -> None:
    cloud.put("m/1/model.onnx", b"before")
    m = source("m")
    content = m.look().versions[1]
    cloud.put("m/1/model.onnx", b"behind")

    with pytest.raises(RepositoryError, match="was changed while the version was downloaded"):
        m.fetch(1, content)


@pytest.mark.parametrize("cloud", ["az"], indirect=True)
def test_without_a_key_a_private_bucket_is_asked_as_the_machine_that_this_is(
    cloud: Cloud,
    source: Callable[[str], Source],
    use_key: UseKey,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cloud.put("m/1/model.onnx", b"one")
    use_key(cloud.no_key)
    with machine_identity() as address:
        monkeypatch.setenv("AZURE_MSI_ENDPOINT", address)
        m = source("m")
        fetched = m.fetch(1, m.look().versions[1])

    assert (fetched / "model.onnx").read_bytes() == b"one"


@contextmanager
def machine_identity() -> Iterator[str]:
    """The address of what tells a virtual machine in Azure its token."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            token = {
                "access_token": "this machine",
                "expires_in": "3600",
                "expires_on": "4102444800",
                "resource": "storage",
                "token_type": "Bearer",
            }
            self.wfile.write(json.dumps(token).encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/token"
        server.shutdown()
