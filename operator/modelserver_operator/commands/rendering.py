"""The work of `render`: files in; YAML on standard output, remarks on standard error."""

import sys
from collections.abc import Iterable, Iterator, Sequence

from modelserver_operator.manifests import documents
from modelserver_operator.manifests.errors import UserError
from modelserver_operator.manifests.rendered import rendered
from modelserver_operator.manifests.sources import Source, sort_out
from modelserver_operator.manifests.validation import validate
from modelserver_operator.render import Objects


def print_objects(files: Sequence[str], *, validating: bool = False) -> None:
    """Print the objects of all ModelServers in the files, or nothing if there is a mistake.

    Args:
        files: what to read.
        validating: whether every object, also in the files, is held against its schema.

    Raises:
        UserError: with a line for each mistake.
    """
    read = [document for file in files for document in documents.read(file)]
    manifests = sort_out(read)
    if not manifests.servers:
        raise UserError(f"{', '.join(files)}: no ModelServer to render")
    made = [
        (source, rendered(source, manifests.context_of(source.server)))
        for source in manifests.servers
    ]
    unchecked = validate(read, made) if validating else ()
    fate = "checked alone" if validating else "skipped"
    others = (f"{other.place()}: {other.title}: not a ModelServer" for other in manifests.others)
    for line in (*(f"{other}, {fate}" for other in others), *unchecked, *_warnings(made)):
        sys.stderr.write(f"{line}\n")
    sys.stdout.write(documents.as_yaml(item for _, objects in made for item in objects.manifests()))


def _warnings(made: Iterable[tuple[Source, Objects]]) -> Iterator[str]:
    for source, objects in made:
        for warning in (*objects.refusals, *objects.warnings):
            place = source.document.place(warning.partition(":")[0])
            yield f"{place}: warning: {warning}"
