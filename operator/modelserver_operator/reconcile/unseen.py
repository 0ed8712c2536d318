"""Which of the kinds that the operator may not watch matter to a ModelServer."""

from collections.abc import Iterable

from modelserver_operator.api import ModelServer
from modelserver_operator.cluster import Kind, kind_of
from modelserver_operator.cluster.kinds import AUTOSCALER, SCALED_OBJECT
from modelserver_operator.reconcile.references import references
from modelserver_operator.render import Objects

_OF_ANYONE = (AUTOSCALER, SCALED_OBJECT)
"""Anyone may make one for any ModelServer."""


def unseen(denied: Iterable[Kind], server: ModelServer, objects: Objects) -> tuple[str, ...]:
    """Those that it asks for, names, or may be given; as they are called in manifests."""
    concerned = {
        *_OF_ANYONE,
        *map(kind_of, objects.manifests()),
        *(reference.kind for reference in references(server)),
    }
    return tuple(sorted(kind.kind for kind in concerned.intersection(denied)))
