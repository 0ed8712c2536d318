"""What a ModelServer of a file becomes, or the mistakes in it with their places."""

from modelserver_operator.api import InvalidManifest
from modelserver_operator.manifests import checks
from modelserver_operator.manifests.sources import Source
from modelserver_operator.render import Context, Objects, render


def rendered(source: Source, context: Context) -> Objects:
    """The objects, held against Kubernetes' published schemas.

    Raises:
        UserError: with a line for each mistake.
    """
    try:
        objects = render(source.server, context)
    except InvalidManifest as error:
        raise source.mistakes(error.problems) from None
    if problems := tuple(checks.problems(source.server, objects)):
        raise source.mistakes(problems)
    return objects
