"""The work of `render`: files in; YAML on standard output, remarks on standard error."""

import sys
from collections.abc import Sequence

from modelserver_operator.manifests import documents
from modelserver_operator.manifests.errors import UserError
from modelserver_operator.manifests.rendered import rendered
from modelserver_operator.manifests.sources import sort_out


def print_objects(files: Sequence[str]) -> None:
    """Print the objects of all ModelServers in the files, or nothing if there is a mistake.

    Raises:
        UserError: with a line for each mistake.
    """
    manifests = sort_out(document for file in files for document in documents.read(file))
    for other in manifests.others:
        _remark(f"{other.place()}: {other.title}: not a ModelServer, skipped")
    if not manifests.servers:
        raise UserError(f"{', '.join(files)}: no ModelServer to render")
    made = [rendered(source, manifests.context_of(source.server)) for source in manifests.servers]
    for source, objects in zip(manifests.servers, made, strict=True):
        for warning in (*objects.refusals, *objects.warnings):
            place = source.document.place(warning.partition(":")[0])
            _remark(f"{place}: warning: {warning}")
    sys.stdout.write(documents.as_yaml(item for objects in made for item in objects.manifests()))


def _remark(line: str) -> None:
    sys.stderr.write(f"{line}\n")
