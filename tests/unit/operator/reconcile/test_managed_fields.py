from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_operator.reconcile.managed_fields import lost, taken_over

OURS = {"manager": "modelserver-operator", "operation": "Apply", "apiVersion": "apps/v1"}
OLD = {"manager": "openvino-operator", "operation": "Update", "apiVersion": "apps/v1"}


def live(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"managedFields": list(entries)}}


def manifest(spec: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"apiVersion": "v1", "kind": "Any", "metadata": {"name": "a"}, "spec": spec}


@pytest.mark.parametrize(
    ("spec", "fields", "expected"),
    [
        pytest.param({"a": 1}, {"f:a": {}}, (), id="ours"),
        pytest.param({"a": 1, "b": 2}, {"f:a": {}}, ("spec.b",), id="taken"),
        pytest.param({"a": {"b": 1}}, {"f:a": {}}, (), id="atomic map"),
        pytest.param({"a": {"b": 1}}, {"f:a": {".": {}}}, ("spec.a.b",), id="granular map"),
        pytest.param({"a": [1, 2]}, {"f:a": {}}, (), id="atomic list"),
        pytest.param({"a": ["x", "y"]}, {"f:a": {'v:"x"': {}}}, ("spec.a[1]",), id="set"),
        pytest.param(
            {"a": [{"name": "x", "v": 1}]},
            {"f:a": {'k:{"name":"x"}': {".": {}, "f:name": {}}}},
            ("spec.a[0].v",),
            id="field of an item",
        ),
        pytest.param(
            {"a": [{"name": "x"}]},
            {"f:a": {'k:{"name":"y"}': {".": {}, "f:name": {}}}},
            ("spec.a[0]",),
            id="whole item",
        ),
        pytest.param(
            {"ports": [{"port": 80}]},
            {"f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}}}},
            (),
            id="key that the API server completes",
        ),
    ],
)
def test_a_field_is_lost_when_the_field_set_has_it_no_more(
    spec: Any,  # noqa: ANN401
    fields: dict[str, Any],
    expected: tuple[str, ...],
) -> None:
    assert lost(manifest(spec), live({**OURS, "fieldsV1": {"f:spec": fields}})) == expected


def test_all_is_lost_where_we_never_applied() -> None:
    assert lost(manifest({"a": 1}), live({**OLD, "fieldsV1": {"f:spec": {"f:a": {}}}}))


def test_the_old_operators_fields_become_ours() -> None:
    other = {"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:data": {}}}
    taken = taken_over(live({**OLD, "fieldsV1": {"f:spec": {"f:a": {}}}}, other))
    assert taken == [other, {**OURS, "fieldsV1": {"f:spec": {"f:a": {}}}}]


def test_what_the_old_operator_wrote_to_the_status_stays_its_own() -> None:
    status = {**OLD, "subresource": "status", "fieldsV1": {"f:status": {}}}
    taken = taken_over(live({**OLD, "fieldsV1": {}}, status))
    assert status in taken


field_sets = st.recursive(
    st.just({}),
    lambda below: st.dictionaries(st.sampled_from(["f:a", "f:b", "f:c"]), below, max_size=3),
    max_leaves=12,
)


def members(fields: dict[str, Any], path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """The paths in a field set, by the definition: leaves, and nodes that have a `.`."""
    found = {path} if not fields or "." in fields else set()
    for key, below in fields.items():
        if key != ".":
            found |= members(below, (*path, key))
    return found


@given(field_sets, field_sets)
def test_nothing_is_added_or_lost_when_field_sets_are_united(
    ours: dict[str, Any], old: dict[str, Any]
) -> None:
    before = live({**OURS, "fieldsV1": {"f:x": ours}}, {**OLD, "fieldsV1": {"f:x": old}})
    (merged,) = taken_over(before)
    assert members(merged["fieldsV1"]["f:x"]) == members(ours) | members(old)
