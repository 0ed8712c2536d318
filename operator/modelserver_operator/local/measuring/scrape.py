"""Reading /metrics of every replica of a ModelServer, as Prometheus does."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

from modelserver_operator.local.clock import now
from modelserver_operator.local.measuring.metrics import Reading, read
from modelserver_operator.local.pods.replica import Phase, Replica
from modelserver_operator.local.web import Get

_TIMEOUT_SECONDS = 5.0
_SCRAPED = {Phase.STARTING, Phase.READY, Phase.UNREADY}


class Scraper:
    """Keeps what the replicas said within the last seconds.

    Attributes:
        readings: by name of the replica, the oldest first.
        interval_seconds: the time between two scrapes.
        keep_seconds: how long a reading is kept.
    """

    def __init__(
        self,
        replicas: Callable[[], Iterable[Replica]],
        get: Get,
        interval_seconds: float,
        keep_seconds: float,
    ) -> None:
        self.interval_seconds, self.keep_seconds = interval_seconds, keep_seconds
        self.readings: Mapping[str, Sequence[Reading]] = {}
        self._replicas, self._get = replicas, get

    async def run(self) -> None:
        """Scrape each interval, until cancelled."""
        while True:
            await asyncio.sleep(self.interval_seconds)
            await self.scrape()

    async def scrape(self) -> None:
        """Read every replica once, and forget what is too old or of a replica that left."""
        there = [replica for replica in self._replicas() if replica.phase in _SCRAPED]
        answers = await asyncio.gather(*(self._read(replica) for replica in there))
        since = now() - self.keep_seconds
        self.readings = {
            replica.identity.name: self._kept(replica, since) + ([answer] if answer else [])
            for replica, answer in zip(there, answers, strict=True)
        }

    def _kept(self, replica: Replica, since: float) -> list[Reading]:
        earlier = self.readings.get(replica.identity.name, ())
        return [reading for reading in earlier if reading.at > since]

    async def _read(self, replica: Replica) -> Reading | None:
        if not replica.ports:
            return None
        text = await self._get(replica.url("/metrics"), _TIMEOUT_SECONDS)
        try:
            return None if text is None else read(text, now())
        except ValueError:
            return None
