"""How programs come to be there: found, made once, told apart by version."""

import os
import threading
from pathlib import Path

import pytest

from programs import CRDS, PROGRAMS, program, pytest_plugin, store
from programs.build import go_mod, linker_flags, staging_modules
from programs.table import Program

BARE = Program("tool", "example.org/tool", "v1.2.3", "example.org/tool/cmd")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    store.root.cache_clear()
    yield tmp_path / "modelserver/programs"
    store.root.cache_clear()


def test_a_program_in_kubebuilders_folder_is_taken_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etcd").touch()
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    assert program("etcd") == tmp_path / "etcd"


def test_a_program_that_was_built_is_not_built_again(cache: Path) -> None:
    built = cache / f"etcd-{PROGRAMS['etcd'].version}/etcd"
    built.parent.mkdir(parents=True)
    built.touch()
    assert program("etcd") == built


def test_many_who_ask_at_once_have_a_folder_made_once() -> None:
    made: list[Path] = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "file").touch()

    threads = [threading.Thread(target=store.folder, args=("thing", make)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert (store.folder("thing", make) / "file").exists()


def test_a_failed_attempt_leaves_nothing_that_looks_finished(cache: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        store.folder("thing", fail)
    assert [each.name for each in cache.iterdir()] == ["thing.lock"]


def test_of_many_builds_those_wanted_last_are_kept() -> None:
    for age, name in enumerate(("image-a-3", "image-a-2", "image-a-1", "image-b-1")):
        made = store.folder(name, lambda folder: None)
        os.utime(made, times=(1000 - age, 1000 - age))
    store.folder("image-a-1", lambda folder: None)  # wanted again
    store.forget("image-a-", keep=2)
    kept = {each.name for each in store.root().iterdir() if each.is_dir()}
    assert kept == {"image-a-1", "image-a-3", "image-b-1"}


def test_the_throw_away_module_requires_the_program_alone() -> None:
    assert "require example.org/tool v1.2.3" in go_mod(BARE, []).splitlines()
    assert "replace" not in go_mod(BARE, [])


def test_what_a_module_does_not_require_itself_stands_in_the_throw_away_module() -> None:
    assert "require golang.org/x/net v0.62.0" in go_mod(PROGRAMS["h2spec"], []).splitlines()


def test_staging_modules_are_those_at_the_version_that_does_not_exist() -> None:
    required = "require (\n\tk8s.io/api v0.0.0\n\tk8s.io/utils v0.0.0-2025\n)\n"
    assert staging_modules(required) == ["k8s.io/api"]


def test_replacements_stand_in_the_throw_away_module() -> None:
    assert "replace k8s.io/api => k8s.io/api v0.35.4" in go_mod(
        PROGRAMS["kubectl"], ["k8s.io/api => k8s.io/api v0.35.4"]
    )


def test_programs_tell_the_version_they_were_built_from() -> None:
    flags = linker_flags(PROGRAMS["kube-apiserver"])
    assert "-X k8s.io/component-base/version.gitVersion=v1.35.4" in flags


def test_fixtures_need_nothing_that_the_tables_lack() -> None:
    needed = {name for names in pytest_plugin.NEEDED_BY.values() for name in names}
    assert needed <= PROGRAMS.keys() | CRDS.keys()
