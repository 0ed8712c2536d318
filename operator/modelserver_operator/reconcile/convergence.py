"""From a ModelServer as it is stored to the facts of a pass: everything but the status."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from modelserver_operator.api import InvalidManifest, ModelServer, parse
from modelserver_operator.cluster import Cluster, Forbidden, Kind, Unreachable
from modelserver_operator.cluster.kinds import NAMESPACE
from modelserver_operator.cluster.port import Manifest
from modelserver_operator.observing.memory import Memory
from modelserver_operator.reconcile.children import child_of
from modelserver_operator.reconcile.execution import Execution, Report
from modelserver_operator.reconcile.inputs import inputs
from modelserver_operator.reconcile.marks import annotation
from modelserver_operator.reconcile.neighbours import Neighbours
from modelserver_operator.reconcile.obstacles import Obstacle, obstacle
from modelserver_operator.reconcile.outcome import Verdict
from modelserver_operator.reconcile.ownership import is_controlled
from modelserver_operator.reconcile.plan import Plan, plan
from modelserver_operator.reconcile.recollection import Recollection
from modelserver_operator.reconcile.references import Contents, look_up, references
from modelserver_operator.reconcile.survey import Survey, Surveyor
from modelserver_operator.reconcile.unparsed import scale
from modelserver_operator.reconcile.unseen import unseen
from modelserver_operator.render import Context, Objects, Settings, render
from modelserver_operator.render.pod_security import Level, enforced
from modelserver_operator.status import Expected, PassFacts, Stall, StallReason, expected
from modelserver_operator.status.facts import ROLL_OUT_ANNOTATION

_LEVEL_SECONDS = 60.0
"""How long a namespace's Pod Security level is taken to be what it was."""

_WAIT_SECONDS = 2.0
"""How soon to look again after what is being deleted; an event usually tells before."""

_TELL_NOBODY = {StallReason.FORBIDDEN, StallReason.DENIED}
_ALLOWED_SECONDS = 60.0
"""How soon to look whether something is allowed by now; no event tells."""


@dataclass(frozen=True, slots=True)
class Pass:
    """How a pass went. `expected` is None where the spec is not valid."""

    facts: PassFacts
    expected: Expected | None
    verdict: Verdict = Verdict.DONE
    after: float | None = None
    error: str = ""
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a ModelServer asks for, rendered."""

    server: ModelServer
    context: Context
    contents: Contents
    objects: Objects
    warnings: tuple[str, ...]


class Convergence:
    """Makes what a cluster holds for a ModelServer what it asks for."""

    def __init__(
        self,
        cluster: Cluster,
        settings: Settings,
        now: Callable[[], datetime],
        namespaces: tuple[str, ...],
    ) -> None:
        self._cluster = cluster
        self._settings = settings
        self._now = now
        self._recollection = Recollection()
        self._neighbours = Neighbours(cluster, namespaces)
        self._surveyor = Surveyor(cluster, self._neighbours, self._recollection)
        self._execution = Execution(cluster, self._recollection)
        self._levels = Memory[str, Level](_LEVEL_SECONDS)
        self._denied = frozenset[Kind]()

    def begin(self, watched: frozenset[Kind], denied: frozenset[Kind]) -> None:
        """Watches of these kinds begin, or begin anew, and of those they may not."""
        self._denied = denied
        self._recollection.begin(watched)
        self._neighbours.begin(watched)

    def relist(self, kind: Kind, namespace: str | None) -> None:
        """All objects of a kind are about to be shown anew."""
        self._recollection.relist(kind, namespace)
        self._neighbours.relist(kind)

    def listed(self, kind: Kind, namespace: str | None) -> None:
        """They have been shown."""
        self._recollection.listed(kind, namespace)

    def see(self, event: str | None, thing: Manifest) -> None:
        """Take note of what a watch has shown; `event` is None for what was there before."""
        self._recollection.see(event, thing)
        self._neighbours.see(event, thing)

    def forget(self, namespace: str, name: str) -> None:
        """The ModelServer is gone."""
        self._surveyor.unsettle(namespace, name)

    async def run(self, stored: Manifest) -> Pass:
        """One pass, up to its status.

        Raises:
            ClusterError: the API server did not let it begin, or something has changed meanwhile.
        """
        try:
            wish = await self._wish(stored)
        except InvalidManifest as error:
            return await self._invalid(stored, error)
        seen = await self._surveyor.survey(stored, wish.server, wish.objects)
        roll_out = annotation(stored, ROLL_OUT_ANNOTATION)
        pod_inputs = inputs(stored["spec"], wish.context, wish.contents.hashes, roll_out)
        planned = plan(stored, wish.server, wish.objects, pod_inputs, seen)
        if found := obstacle(stored, planned.applied, seen, self._now()):
            return _kept_back(stored, wish, found, seen)
        report = Report(_deployment(wish, seen))
        done = await self._carry_out(stored, wish, planned, seen, report)
        if done.verdict is Verdict.DONE and not planned.removed:
            self._surveyor.settle(stored, seen, report.revision)
        else:
            self._surveyor.unsettle(wish.server.metadata.namespace, wish.server.metadata.name)
        return done

    async def _wish(self, stored: Manifest) -> _Wish:
        parsed = parse(stored)
        server, namespace = parsed.server, stored["metadata"]["namespace"]
        contents = await look_up(self._cluster, namespace, references(server))
        level = await self._levels.recall(namespace, partial(self._level, namespace))
        context = Context(self._settings, contents.config_maps, pod_security=level)
        objects = render(server, context)
        warnings = (*objects.refusals, *objects.warnings, *parsed.warnings)
        return _Wish(server, context, contents, objects, warnings)

    async def _level(self, namespace: str) -> Level:
        """What the namespace lets pods do; without the right to know, anything."""
        try:
            live = await self._cluster.get_metadata(NAMESPACE, None, namespace)
        except Forbidden:
            return Level.PRIVILEGED
        return enforced(live["metadata"].get("labels", {})) if live else Level.PRIVILEGED

    async def _invalid(self, stored: Manifest, error: InvalidManifest) -> Pass:
        """What runs goes on as it is, and is scaled."""
        scaled = await scale(self._cluster, self._neighbours, stored)
        facts = PassFacts(
            deployment=scaled.deployment,
            autoscalers=scaled.autoscalers,
            stalled=Stall(StallReason.INVALID_SPEC, str(error)),
        )
        return Pass(facts, None, Verdict.STALLED, error=str(error), changes=scaled.changes)

    async def _carry_out(
        self, stored: Manifest, wish: _Wish, planned: Plan, seen: Survey, report: Report
    ) -> Pass:
        failure, retry_after = None, None
        try:
            await self._execution.run(stored, planned, seen, report)
        except Unreachable as error:
            failure, retry_after = str(error), error.retry_after
        facts = PassFacts(
            deployment=report.deployment,
            autoscalers=seen.autoscalers,
            service_monitors=seen.monitors,
            stalled=next(iter(report.stalls), None),
            failure=failure,
            skipped=tuple(report.skipped),
            missing=wish.contents.missing,
            unseen=unseen(self._denied, wish.server, wish.objects),
            left_alone=planned.left_alone,
            template_waits=planned.template_waits,
            replicas_kept=planned.replicas.kept,
            repaired=tuple(report.repaired),
            warnings=wish.warnings,
        )
        return _ended(facts, expected(wish.server, wish.context), planned, report, retry_after)


def _ended(
    facts: PassFacts,
    asked: Expected,
    planned: Plan,
    report: Report,
    retry_after: float | None,
) -> Pass:
    changes = tuple(report.changes)
    if facts.failure:
        return Pass(facts, asked, Verdict.RETRY, retry_after, facts.failure, changes)
    if facts.stalled:
        after = _ALLOWED_SECONDS if facts.stalled.reason in _TELL_NOBODY else None
        return Pass(facts, asked, Verdict.STALLED, after, facts.stalled.detail, changes)
    if planned.waits_for:
        return Pass(facts, asked, Verdict.DONE, _WAIT_SECONDS, changes=changes)
    return Pass(facts, asked, changes=changes)


def _kept_back(stored: Manifest, wish: _Wish, found: Obstacle, seen: Survey) -> Pass:
    """Nothing was written. What is ours goes on as it is, and autoscalers read its counts."""
    deployment = _deployment(wish, seen)
    facts = PassFacts(
        deployment=deployment if deployment and is_controlled(deployment, stored) else None,
        autoscalers=seen.autoscalers,
        service_monitors=seen.monitors,
        stalled=found.stall,
        failure=None if found.stall else found.detail,
        missing=wish.contents.missing,
        warnings=wish.warnings,
    )
    verdict = Verdict.STALLED if found.stall else Verdict.RETRY
    asked = expected(wish.server, wish.context)
    return Pass(facts, asked, verdict, found.after, found.detail)


def _deployment(wish: _Wish, seen: Survey) -> Manifest | None:
    return seen.live.get(child_of(wish.objects.deployment))
