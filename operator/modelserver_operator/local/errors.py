"""What a user can put right, said in one line."""

from modelserver_operator.manifests.errors import UserError


class CannotPlayError(UserError):
    """The manifests, options or this machine do not allow what was asked; the text says why."""
