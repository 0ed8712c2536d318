"""Everything that can go wrong with a request, as values.

    ServingError                 code, message
    ├── ModelNotFound            NOT_FOUND
    ├── ServiceNotFound          NOT_FOUND
    ├── VersionNotFound          NOT_FOUND
    ├── VersionRetired           NOT_FOUND
    ├── VersionNotLoaded         UNAVAILABLE (REST: 404)
    ├── InvalidRequest           INVALID_ARGUMENT
    ├── QueueFull                RESOURCE_EXHAUSTED (REST: 429)
    ├── DeadlinePassed           DEADLINE_EXCEEDED (REST: 504)
    ├── DeviceFailing            UNAVAILABLE
    ├── ChangeFailed             FAILED_PRECONDITION (REST: 400)
    ├── Inexpressible            INTERNAL
    └── InferenceFailed          INTERNAL

The messages are OpenVINO Model Server's own, because clients match on them. Each front end maps the
code to its protocol's status in one table.
"""

from __future__ import annotations

from enum import Enum, auto


class Code(Enum):
    """What kind of failure, in no protocol's terms."""

    NOT_FOUND = auto()
    NOT_LOADED = auto()
    INVALID_ARGUMENT = auto()
    OVERLOADED = auto()
    DEADLINE_PASSED = auto()
    UNAVAILABLE = auto()
    FAILED_PRECONDITION = auto()
    INTERNAL = auto()


class ServingError(Exception):
    """A request that gets an error for an answer."""

    code = Code.INTERNAL

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ModelNotFound(ServingError):
    """No model of that name is configured."""

    code = Code.NOT_FOUND

    def __init__(self) -> None:
        super().__init__("Model with requested name is not found")


class ServiceNotFound(ServingError):
    """A health check asked for something that is neither a gRPC service nor a model."""

    code = Code.NOT_FOUND

    def __init__(self, name: str) -> None:
        super().__init__(f"No service and no model is called {name}")


class VersionNotFound(ServingError):
    """The model has no such version."""

    code = Code.NOT_FOUND

    def __init__(self) -> None:
        super().__init__("Model with requested version is not found")


class VersionRetired(ServingError):
    """The version was served once and is no longer."""

    code = Code.NOT_FOUND

    def __init__(self) -> None:
        super().__init__("Model with requested version is retired")


class VersionNotLoaded(ServingError):
    """The version is known and still loading, or could not be loaded."""

    code = Code.NOT_LOADED

    def __init__(self) -> None:
        super().__init__("Model with requested version is not loaded yet")


class InvalidRequest(ServingError):
    """The client's mistake; the message says which input, what was given, what is allowed."""

    code = Code.INVALID_ARGUMENT


class QueueFull(ServingError):
    """As many requests as may wait are waiting."""

    code = Code.OVERLOADED

    def __init__(self, in_progress: int) -> None:
        super().__init__(f"Too many requests - {in_progress} are in progress, try again later")


class DeadlinePassed(ServingError):
    """The client's time limit ran out before there was an answer."""

    code = Code.DEADLINE_PASSED

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Deadline exceeded - Expected: an answer within {seconds:g} seconds")


class DeviceFailing(ServingError):
    """The device of the version fails whatever it is given."""

    code = Code.UNAVAILABLE


class ChangeFailed(ServingError):
    """A load or reload that was asked for and could not be done; the message says why."""

    code = Code.FAILED_PRECONDITION


class Inexpressible(ServingError):
    """The model has answered, and the form that was asked for can't hold the answer."""

    code = Code.INTERNAL


class InferenceFailed(ServingError):
    """The device refused or failed."""

    code = Code.INTERNAL

    def __init__(self, reason: str) -> None:
        super().__init__(f"Internal inference error: {reason}")
