"""One operator works, the others stand by: whoever holds the Lease.

The election is Kubernetes' own; what is ours is the Lease's transport, since there a request that
fails or hangs must count as a renewal that was missed, and the end: an operator that leaves gives
the Lease back, or the next one would wait until it has run out.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeVar

import aiohttp
from kubernetes.aio.client import ApiClient, V1Lease, V1ObjectMeta
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.leaderelection.electionconfig import Config
from kubernetes.aio.leaderelection.leaderelection import LeaderElection
from kubernetes.aio.leaderelection.leaderelectionrecord import LeaderElectionRecord
from kubernetes.aio.leaderelection.resourcelock.leaselock import LeaseLock

LEASE_SECONDS = 15
"""How long a Lease holds that is not renewed: the longest time without a leader, and 2 more."""

_RENEW_SECONDS = 10
"""After so long without a renewal its holder stops, well before anyone else may begin."""

_RETRY_SECONDS = 2
_REQUEST_SECONDS = 3

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Election:
    """One candidate for one Lease.

    Args:
        client: a connection that nothing else can keep busy.
        namespace: where the Lease is.
        name: the Lease's.
        identity: what tells this candidate from others, and from its own earlier life.
        renewed: is called when the Lease is renewed, by whomever.
    """

    def __init__(
        self,
        client: ApiClient,
        namespace: str,
        name: str,
        identity: str,
        renewed: Callable[[], None],
    ) -> None:
        self._lock = _Lock(client, namespace, name, identity, renewed)
        self._config = Config(
            self._lock, LEASE_SECONDS, _RENEW_SECONDS, _RETRY_SECONDS, self._begin, self._end
        )
        self.elected = asyncio.Event()

    async def run(self) -> None:
        """Stand for election, and lead; the end of it is the end of leading."""
        await _Election(self._config).run()

    async def release(self) -> None:
        """Give the Lease back, so that the next leader begins at once; `run` is over by then."""
        if self.elected.is_set():
            self.elected.clear()
            await self._lock.release()

    async def _begin(self) -> None:
        self.elected.set()

    async def _end(self) -> None:
        self.elected.clear()


class Alone(Election):
    """An operator that is the only one: it leads from the start, whoever has the Lease.

    It renews the Lease all the same, or nobody could tell that watches are alive.
    """

    async def run(self) -> None:
        """Lead for ever."""
        self.elected.set()
        lease = LeaderElection(self._config)
        while True:
            renewed = await lease.try_acquire_or_renew()
            await asyncio.sleep(_RETRY_SECONDS if renewed else LEASE_SECONDS)


class _Election(LeaderElection):
    async def renew_loop(self) -> None:
        """Renew until that fails for too long, requests that hang included."""
        try:
            while True:
                async with asyncio.timeout(self.election_config.renew_deadline):
                    await self.acquire()
                await asyncio.sleep(self.election_config.retry_period)
        except TimeoutError:
            logger.warning("the Lease could not be renewed for %d s", _RENEW_SECONDS)


class _Lock(LeaseLock):
    """A Lease whose requests end in time, and fail without an exception."""

    def __init__(
        self,
        client: ApiClient,
        namespace: str,
        name: str,
        identity: str,
        renewed: Callable[[], None],
    ) -> None:
        super().__init__(name, namespace, identity, client)
        self._renewed = renewed
        self._seen_renewal: str | None = None

    async def get(
        self, name: str, namespace: str
    ) -> tuple[bool, LeaderElectionRecord] | tuple[bool, Exception] | tuple[bool, None]:
        try:
            lease = await _in_time(self.api_instance.read_namespaced_lease(name, namespace))
        except ApiException as error:
            return False, error
        self.lease_reference = lease
        record = self.election_record(lease)
        if record.renew_time != self._seen_renewal:
            self._seen_renewal = record.renew_time
            self._renewed()
        return True, record

    async def create(
        self, name: str, namespace: str, election_record: LeaderElectionRecord
    ) -> bool:
        spec = self.update_lease(election_record)
        lease = V1Lease(metadata=V1ObjectMeta(name=name), spec=spec)
        return await self._wrote(self.api_instance.create_namespaced_lease(namespace, lease))

    async def update(self, name: str, namespace: str, updated_record: LeaderElectionRecord) -> bool:
        lease = self.lease_reference
        if lease is None:
            return False
        lease.spec = self.update_lease(updated_record, lease.spec)
        return await self._wrote(self.api_instance.replace_namespaced_lease(name, namespace, lease))

    async def release(self) -> None:
        """Name no holder any more, if it is still us."""
        await self.get(self.name, self.namespace)
        lease = self.lease_reference
        if lease is None or lease.spec is None or lease.spec.holder_identity != self.identity:
            return
        lease.spec.holder_identity, lease.spec.lease_duration_seconds = "", 1
        await self._wrote(
            self.api_instance.replace_namespaced_lease(self.name, self.namespace, lease)
        )

    async def _wrote(self, request: Awaitable[object]) -> bool:
        try:
            await _in_time(request)
        except ApiException as error:
            if error.status != HTTPStatus.CONFLICT:  # then somebody else was quicker
                where = f"{self.namespace}/{self.name}"
                logger.warning("cannot write the Lease %s: %s", where, error.reason)
            return False
        return True


async def _in_time(request: Awaitable[T]) -> T:
    """The answer; that there was none is an `ApiException` too, as the election expects it."""
    try:
        async with asyncio.timeout(_REQUEST_SECONDS):
            return await request
    except (aiohttp.ClientError, OSError) as error:
        raise ApiException(status=0, reason=str(error) or type(error).__name__) from None
