"""The plan, carried out: what the API server says to each part of it becomes a fact."""

from dataclasses import dataclass, field

from modelserver_operator.cluster import (
    Cluster,
    ClusterError,
    Denied,
    Forbidden,
    NotServed,
    Refused,
    kind_of,
)
from modelserver_operator.cluster.kinds import (
    CONTROLLER_REVISION,
    DEPLOYMENT,
    MODEL_SERVER,
    SERVICE,
)
from modelserver_operator.cluster.port import Manifest
from modelserver_operator.reconcile.children import NEEDED, Child, child_of
from modelserver_operator.reconcile.drift import is_applied, taken
from modelserver_operator.reconcile.managed_fields import old_entries, taken_over
from modelserver_operator.reconcile.plan import Plan
from modelserver_operator.reconcile.recollection import Recollection
from modelserver_operator.reconcile.survey import Survey
from modelserver_operator.status.facts import SkippedKind, SkipReason, Stall, StallReason


@dataclass(slots=True)
class Report:
    """What was done, and what could not be."""

    deployment: Manifest | None = None
    revision: Manifest | None = None
    changes: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)
    skipped: list[SkippedKind] = field(default_factory=list)
    stalls: list[Stall] = field(default_factory=list)


class Execution:
    """Carries out plans. Remembers of some objects which fields somebody always takes from us."""

    def __init__(self, cluster: Cluster, recollection: Recollection) -> None:
        self._cluster = cluster
        self._recollection = recollection
        self._given_up = dict[str, frozenset[str]]()
        """By uid: what was somebody else's the moment we had applied it, say a webhook's. To apply
        it again would not help."""

    async def run(self, server: Manifest, plan: Plan, survey: Survey, report: Report) -> None:
        """Carry out what can be, and note in `report` how it went.

        Raises:
            Conflict: something has changed since it was read.
            Unreachable: the API server does not answer.
        """
        if plan.replicas.written_back is not None:
            await self._write_back(server, plan.replicas.written_back, report)
        for live in plan.removed:
            await self._remove(live, report)
        for manifest in plan.applied:
            await self._put(manifest, survey.live.get(child_of(manifest)), report)
        if survey.revisions:
            report.repaired += _deleted(plan, survey)

    async def _write_back(self, server: Manifest, count: int, report: Report) -> None:
        """Make the ModelServer's own count the one in force, as an autoscaler would."""
        metadata = server["metadata"]
        version = {"resourceVersion": metadata["resourceVersion"]}
        patch = {"metadata": version, "spec": {"replicas": count}}
        try:
            await self._cluster.merge_patch(
                MODEL_SERVER, metadata["namespace"], metadata["name"], patch, "scale"
            )
            report.changes.append(f"replicas set to {count}")
        except Forbidden as error:
            report.stalls.append(_stall(child_of(server), error))

    async def _remove(self, live: Manifest, report: Report) -> None:
        metadata, child = live["metadata"], child_of(live)
        try:
            await self._cluster.delete(
                child.kind, metadata["namespace"], child.name, metadata["uid"]
            )
            report.changes.append(f"{child} deleted")
        except Forbidden as error:
            _note_forbidden(child, error, report)

    async def _put(self, manifest: Manifest, live: Manifest | None, report: Report) -> None:
        child = child_of(manifest)
        try:
            live = await self._settled(manifest, live, report)
        except NotServed:
            report.skipped.append(SkippedKind(child.kind.kind, SkipReason.NOT_INSTALLED))
        except Forbidden as error:
            _note_forbidden(child, error, report)
        except Refused as error:
            report.stalls.append(_stall(child, error))
        if child.kind is DEPLOYMENT:
            report.deployment = live
        elif child.kind is CONTROLLER_REVISION:
            report.revision = live

    async def _settled(self, manifest: Manifest, live: Manifest | None, report: Report) -> Manifest:
        """The object, applied unless it is so already."""
        child = child_of(manifest)
        if live is not None:
            lost = frozenset(taken(manifest, live))
            same = is_applied(manifest, live)
            if same and lost <= self._given_up.get(live["metadata"]["uid"], frozenset()):
                return live
            if same:
                report.repaired.append(str(child))
        answer = await self._apply(manifest, live)
        self._recollection.keep(answer)
        if lost := frozenset(taken(manifest, answer)):
            self._given_up[answer["metadata"]["uid"]] = lost
        report.changes.append(f"{child} {'created' if live is None else 'applied'}")
        return answer

    async def _apply(self, manifest: Manifest, live: Manifest | None) -> Manifest:
        if live is None:
            # without force: should there be one by now, it is looked at first
            return await self._cluster.apply(manifest, force=False)
        if old_entries(live):
            await self._take_over(live)
        # the very object that was looked at, not one that was put in its place since
        uid = {"uid": live["metadata"]["uid"]}
        return await self._cluster.apply({**manifest, "metadata": {**manifest["metadata"], **uid}})

    async def _take_over(self, live: Manifest) -> None:
        """Make the old operator's fields ours, so that those we do not render go."""
        metadata = live["metadata"]
        changes = {
            "managedFields": taken_over(live),
            "resourceVersion": metadata["resourceVersion"],
        }
        operations = [
            {"op": "replace", "path": f"/metadata/{name}", "value": value}
            for name, value in changes.items()
        ]
        await self._cluster.json_patch(
            kind_of(live), metadata["namespace"], metadata["name"], operations
        )


def _deleted(plan: Plan, survey: Survey) -> list[str]:
    """What every ModelServer has, so that it must have been deleted if it was not there."""
    children = [child_of(manifest) for manifest in plan.applied]
    return [
        str(child)
        for child in children
        if child.kind in (SERVICE, DEPLOYMENT) and child not in survey.live
    ]


def _note_forbidden(child: Child, error: Forbidden, report: Report) -> None:
    is_needed = child.kind in NEEDED or child.kind is CONTROLLER_REVISION
    if is_needed or isinstance(error, Denied):
        report.stalls.append(_stall(child, error))
    else:
        report.skipped.append(SkippedKind(child.kind.kind, SkipReason.FORBIDDEN))


def _stall(child: Child, error: ClusterError) -> Stall:
    match error:
        case Denied():
            reason = StallReason.DENIED
        case Forbidden():
            reason = StallReason.FORBIDDEN
        case _:
            reason = StallReason.REFUSED
    return Stall(reason, str(error), str(child))
