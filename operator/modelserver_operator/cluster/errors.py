"""What can go wrong between the operator and the API server, by what is to be done about it."""


class ClusterError(Exception):
    """A request that was not fulfilled; the message is the API server's own where it gave one."""


class Unreachable(ClusterError):
    """No answer, too many requests, or an error of the server's: ask again later.

    `retry_after` is the number of seconds that the server asked for, if it did.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Conflict(ClusterError):
    """The object is not what the request took it for: read it again."""


class Forbidden(ClusterError):
    """It is not allowed; most often the operator lacks the right."""


class Denied(Forbidden):
    """The right is there, but a quota, a policy or a webhook is against it."""


class NotServed(ClusterError):
    """The kind, or the path, is not served: what defines it is not installed."""


class NotFound(ClusterError):
    """The object that was to be changed is not there."""


class Refused(ClusterError):
    """The object is not valid; sent again unchanged, it is refused again."""
