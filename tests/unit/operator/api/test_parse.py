"""What a manifest becomes, and what its author is told."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from modelserver_operator.api import InvalidManifest, Problem, parse

Build = Callable[..., dict[str, Any]]

DATA = Path(__file__).parent / "data"
UPSTREAM = Path(__file__).parents[3] / "data" / "intel-operator"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def cases(name: str) -> list[Any]:
    return list(yaml.safe_load((DATA / f"{name}.yaml").read_text()))


def refusals() -> list[Any]:
    return [
        pytest.param(case["spec"], case["line"], id=case["line"].partition(": must")[0])
        for name in ("broken_rules", "refused_values", "refused_offline")
        for case in cases(name)
    ]


def upstream_servers() -> list[Any]:
    documents = [
        pytest.param(document, id=path.name)
        for path in sorted(UPSTREAM.glob("*.yaml"))
        for document in yaml.safe_load_all(path.read_text())
        if document["kind"] == "ModelServer"
    ]
    assert documents, f"no manifests in {UPSTREAM}"
    return documents


@pytest.mark.parametrize("document", upstream_servers())
def test_a_manifest_of_the_old_operator_is_valid_without_a_word(document: object) -> None:
    parsed = parse(document)
    assert (parsed.warnings, parsed.unknown_fields) == ((), ())


@pytest.mark.parametrize("spec", cases("accepted"), ids=str)
def test_what_kubernetes_users_write_is_accepted(spec: object, manifest: Build) -> None:
    parse(manifest(spec))


@pytest.mark.parametrize(("spec", "line"), refusals())
def test_bad_input_gets_one_line_with_field_value_and_what_is_allowed(
    spec: object, line: str, manifest: Build
) -> None:
    with pytest.raises(InvalidManifest) as refused:
        parse(manifest(spec))
    assert str(refused.value) == line


def test_every_problem_of_a_manifest_is_named_at_once(manifest: Build) -> None:
    spec = {"models_settings": {"nireq": -1}, "server_settings": {"log_level": "LOUD"}}
    with pytest.raises(InvalidManifest) as refused:
        parse(manifest(spec))
    assert {problem.path for problem in refused.value.problems} == {
        "spec.models_settings.nireq",
        "spec.server_settings.log_level",
    }


def test_a_problem_keeps_its_parts_apart(manifest: Build) -> None:
    with pytest.raises(InvalidManifest) as refused:
        parse(manifest({"models_settings": {"nireq": -1}}))
    assert refused.value.problems == (
        Problem("spec.models_settings.nireq", "-1", "an integer from 0 to 4294967295"),
    )


@pytest.mark.parametrize("name", ["a", "a-1", "a" * 58, "ovms" + "a" * 59])
def test_a_name_that_leaves_room_for_the_childrens_names_is_accepted(
    name: str, manifest: Build
) -> None:
    assert parse(manifest({}, name)).server.metadata.name == name


@pytest.mark.parametrize(
    ("name", "must_be"),
    [
        ("a.b", "lower-case"),
        ("1abc", "starting with a letter"),
        ("Demo", "lower-case"),
        ("demo-", "lower-case"),
        ("demo\n", "lower-case"),
        ("a" * 59, "at most 58"),
        ("ovms" + "a" * 60, "or 63"),
    ],
)
def test_a_name_that_makes_no_service_name_is_refused(
    name: str, must_be: str, manifest: Build
) -> None:
    with pytest.raises(InvalidManifest, match=rf"metadata\.name: must be .*{must_be}"):
        parse(manifest({}, name))


def test_an_unknown_field_is_named_with_the_one_probably_meant(manifest: Build) -> None:
    spec = {"server_setings": {}, "models_settings": {"modle_name": "x"}, "tomorrow": 1}
    parsed = parse(manifest(spec) | {"statsu": {}})
    assert parsed.unknown_fields == (
        "statsu",
        "spec.server_setings",
        "spec.tomorrow",
        "spec.models_settings.modle_name",
    )
    assert parsed.warnings == (
        "statsu: unknown field, it has no effect; did you mean status?",
        "spec.server_setings: unknown field, it has no effect; did you mean server_settings?",
        "spec.tomorrow: unknown field, it has no effect",
        "spec.models_settings.modle_name: unknown field, it has no effect; "
        "did you mean model_name?",
    )


def test_an_unknown_field_in_a_list_is_found_and_one_in_a_kubernetes_object_is_not(
    manifest: Build,
) -> None:
    deployment = {
        "env": [{"name": "A", "value": "x", "secret": "y"}],
        "node_affinity": {"anything": 1},
    }
    parsed = parse(manifest({"deployment_parameters": deployment}))
    assert parsed.unknown_fields == ("spec.deployment_parameters.env[0].secret",)


def test_an_unknown_field_of_the_spec_is_kept(manifest: Build) -> None:
    assert parse(manifest({"tomorrow": 1})).server.spec.model_extra == {"tomorrow": 1}


def test_fields_that_the_api_server_adds_are_no_surprise(manifest: Build) -> None:
    document = manifest({}) | {"status": {"conditions": [{"type": "Deployed"}]}}
    document["metadata"] |= {"generation": 3, "managedFields": [], "uid": "u-1", "labels": None}
    parsed = parse(document)
    assert parsed.unknown_fields == ()
    assert parsed.server.metadata.uid == "u-1"


def test_absent_blocks_are_empty_but_server_settings_tells_absent_from_empty(
    manifest: Build,
) -> None:
    absent, present = parse(manifest({})), parse(manifest({"server_settings": {}}))
    assert absent.server.spec.autoscaling.behavior is None
    assert absent.server.spec.server_settings is None
    assert present.server.spec.server_settings is not None


def test_a_key_without_a_value_is_a_key_not_given(manifest: Build) -> None:
    spec = {"autoscaling": None, "server_settings": None, "models_settings": {"nireq": None}}
    assert parse(manifest(spec)).server == parse(manifest({})).server


def test_numbers_with_and_without_quotes_mean_the_same(manifest: Build) -> None:
    bare = {"autoscaling": {"target_ratio": 1}, "models_repository": {"runAsUser": 1}}
    quoted = {"autoscaling": {"target_ratio": "1"}, "models_repository": {"runAsUser": "1"}}
    assert parse(manifest(bare)).server == parse(manifest(quoted)).server


def test_a_credential_is_never_repeated(manifest: Build) -> None:
    secrets = {"aws_secret_access_key": "hunter2", "azure_storage_connection_string": "hunter2"}
    assert "hunter2" not in repr(parse(manifest({"models_repository": secrets})).server)


def test_a_read_only_view_of_a_manifest_will_do(manifest: Build) -> None:
    assert parse(MappingProxyType(manifest({}))).server.metadata.namespace == "default"


@given(document=JSON, spec=JSON)
def test_any_json_is_a_modelserver_or_an_invalid_manifest(document: object, spec: object) -> None:
    whole = {"apiVersion": "intel.com/v1alpha1", "kind": "ModelServer", "metadata": {"name": "a"}}
    for candidate in (document, whole | {"spec": spec}):
        with suppress(InvalidManifest):
            parse(candidate)
