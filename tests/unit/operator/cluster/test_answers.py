import json

import pytest

from modelserver_operator.cluster import (
    ClusterError,
    Conflict,
    Denied,
    Forbidden,
    NotFound,
    NotServed,
    Refused,
    Unreachable,
)
from modelserver_operator.cluster.answers import meaning


def status(message: str, **fields: object) -> bytes:
    return json.dumps({"kind": "Status", "message": message, **fields}).encode()


@pytest.mark.parametrize(
    ("code", "body", "error"),
    [
        (400, status("spec.replicas: Invalid value"), Refused),
        (401, status("Unauthorized"), Unreachable),
        (403, status('pods is forbidden: User "op" cannot list resource "pods"'), Forbidden),
        (403, status("pods is forbidden: cannot set blockOwnerDeletion"), Forbidden),
        (403, status('services "a" is forbidden: exceeded quota: q'), Denied),
        (403, status('admission webhook "policy.example" denied the request: no'), Denied),
        (403, status("forbidden: … in namespace a because it is being terminated"), Unreachable),
        (403, status("services is forbidden: cannot find RESTMapping for a.b/v1"), Unreachable),
        (404, status('pods "a" not found', details={"name": "a"}), NotFound),
        (404, b"404 page not found\n", NotServed),
        (409, status("the object has been modified"), Conflict),
        (410, status("The provided continue parameter is too old"), Unreachable),
        (422, status("Deployment is invalid"), Refused),
        (
            422,
            status("field is immutable", details={"causes": [{"field": "metadata.uid"}]}),
            Conflict,
        ),
        (429, status("too many requests"), Unreachable),
        (500, status("etcdserver: request timed out"), Unreachable),
        (500, status("failed to create typed patch object (d; apps/v1): .spec.x"), Refused),
        (503, b"", Unreachable),
    ],
)
def test_an_answer_becomes_the_error_that_says_what_to_do(
    code: int, body: bytes, error: type[ClusterError]
) -> None:
    assert type(meaning(code, body, {})) is error


def test_the_api_servers_own_words_are_kept() -> None:
    assert str(meaning(422, status("spec.x: not known"), {})) == "spec.x: not known"


def test_an_answer_without_words_is_named_by_its_code() -> None:
    assert str(meaning(502, b"<html>", {})) == "the API server answered 502"


def test_the_wait_that_the_api_server_asks_for_is_kept() -> None:
    error = meaning(429, b"", {"Retry-After": "7"})
    assert isinstance(error, Unreachable)
    assert error.retry_after == 7
