"""A webhook that takes a field from us at every apply must not make us apply for ever."""

from typing import Any, cast

from modelserver_operator.reconcile.children import child_of
from modelserver_operator.reconcile.drift import marked
from modelserver_operator.reconcile.execution import Execution, Report
from modelserver_operator.reconcile.plan import Plan
from modelserver_operator.reconcile.recollection import Recollection
from modelserver_operator.reconcile.replicas import Replicas
from modelserver_operator.reconcile.survey import Survey

SERVICE = marked(
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "demo-ovms", "namespace": "a"},
        "spec": {"type": "ClusterIP", "selector": {"app": "demo-ovms"}},
    }
)
OWNED = {"f:spec": {"f:type": {}, "f:selector": {}}, "f:metadata": {"f:annotations": {}}}


class Webhook:
    """A cluster that, after each apply, leaves us only some of the fields of the spec."""

    def __init__(self, *left: str) -> None:
        self.left = left
        self.applies = 0

    async def apply(self, manifest: dict[str, Any], *, force: bool = True) -> dict[str, Any]:
        assert force or not self.applies
        self.applies += 1
        spec = {name: {} for name in self.left}
        entry = {"manager": "modelserver-operator", "operation": "Apply"}
        fields = {**OWNED, "f:spec": {".": {}, **spec}}
        metadata = {
            "uid": "1",
            "resourceVersion": "1",
            "managedFields": [{**entry, "fieldsV1": fields}],
        }
        return {**manifest, "metadata": {**manifest["metadata"], **metadata}}


async def applies(cluster: Webhook, *then: str) -> int:
    """How often is applied in a pass that makes the object, and one that finds it like `then`."""
    execution = Execution(cast("Any", cluster), Recollection())
    plan = Plan((), (SERVICE,), Replicas(1), (), template_waits=False, waits_for=())
    await execution.run({}, plan, Survey(), Report())
    found = {child_of(SERVICE): await Webhook(*then).apply(SERVICE)}
    await execution.run({}, plan, Survey(found), Report())
    return cluster.applies


async def test_a_field_that_is_taken_at_once_is_given_up() -> None:
    assert await applies(Webhook("f:selector"), "f:selector") == 1


async def test_a_field_that_is_given_back_is_no_reason_to_apply() -> None:
    assert await applies(Webhook("f:selector"), "f:selector", "f:type") == 1


async def test_another_field_that_is_taken_is_put_back() -> None:
    assert await applies(Webhook("f:selector"), "f:type") == 2
