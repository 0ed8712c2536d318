import pytest

from modelserver_operator.cluster.kinds import DEPLOYMENT, KINDS, NAMESPACE, SECRET, kind_of


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (SECRET.path("a", "b"), "/api/v1/namespaces/a/secrets/b"),
        (DEPLOYMENT.path("a", "b", "scale"), "/apis/apps/v1/namespaces/a/deployments/b/scale"),
        (DEPLOYMENT.path(), "/apis/apps/v1/deployments"),
        (NAMESPACE.path("ignored", "a"), "/api/v1/namespaces/a"),
    ],
)
def test_an_object_is_found_under_its_kind_namespace_and_name(path: str, expected: str) -> None:
    assert path == expected


def test_a_manifest_tells_its_kind() -> None:
    assert kind_of({"apiVersion": "apps/v1", "kind": "Deployment"}) is DEPLOYMENT


def test_no_kind_stands_in_the_table_twice() -> None:
    assert len({(kind.group, kind.plural) for kind in KINDS}) == len(KINDS)
