"""The reference of the ModelServer resource: every field as users read of it."""

from modelserver_operator.reference.page import reference

__all__ = ["reference"]
