"""Which pod template is in force.

Pods are not touched without a reason of their user's. So a Deployment keeps the template that it
has, be it from an older operator or from a Deployment that was taken over, until what pods are
rendered from changes. The template is kept as a ControllerRevision, as Kubernetes' own StatefulSet
keeps it, and comes back from there when somebody edits or deletes the Deployment.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from modelserver_operator.cluster.kinds import CONTROLLER_REVISION
from modelserver_operator.cluster.port import Manifest
from modelserver_operator.reconcile.inputs import Inputs
from modelserver_operator.reconcile.marks import (
    INPUTS,
    REFERENCES,
    RENDERED,
    annotated,
    annotation,
    digest,
)
from modelserver_operator.status.facts import ROLL_OUT_ANNOTATION

KEPT_REVISIONS = 3


@dataclass(frozen=True, slots=True)
class Revision:
    """A template, and what it was made of.

    Attributes:
        number: counts up with each change of the template in force.
        rendered: the hash of the operator's rendering at the time; empty where the template was
            taken over and says something else.
    """

    template: Manifest
    inputs: Inputs
    rendered: str
    number: int

    @classmethod
    def parse(cls, stored: Manifest) -> "Revision":
        """The revision that a ControllerRevision keeps."""
        references = json.loads(annotation(stored, REFERENCES) or "{}")
        roll_out = annotation(stored, ROLL_OUT_ANNOTATION)
        return cls(
            template=stored["data"]["spec"]["template"],
            inputs=Inputs(annotation(stored, INPUTS), references, roll_out),
            rendered=annotation(stored, RENDERED),
            number=stored["revision"],
        )

    def manifest(self, metadata: Manifest) -> Manifest:
        """The ControllerRevision. Its name tells the template, since its data can never change."""
        name = f"{metadata['name']}-{digest(self.template)[:10]}"
        annotations = {
            INPUTS: self.inputs.wish,
            REFERENCES: json.dumps(dict(self.inputs.references), sort_keys=True),
            RENDERED: self.rendered,
            ROLL_OUT_ANNOTATION: self.inputs.roll_out,
        }
        stored = {
            "apiVersion": CONTROLLER_REVISION.api_version,
            "kind": CONTROLLER_REVISION.kind,
            "metadata": {**metadata, "name": name},
            "data": {"spec": {"template": self.template}},
            "revision": self.number,
        }
        return annotated(stored, annotations)

    def is_older_than(self, rendered: Manifest) -> bool:
        """Whether the operator would render other pods by now."""
        return self.rendered != digest(rendered)


def newest(stored: Iterable[Manifest]) -> Revision | None:
    """The revision in force among the ControllerRevisions of a ModelServer."""
    latest = max(stored, key=lambda revision: int(revision["revision"]), default=None)
    return Revision.parse(latest) if latest else None


def in_force(
    rendered: Manifest, inputs: Inputs, current: Revision | None, live: Manifest | None
) -> Revision:
    """The revision whose template the Deployment gets.

    Args:
        rendered: the template as the operator renders it today.
        inputs: what it was rendered from.
        current: the revision in force until now, if there is one.
        live: the Deployment, if there is one.
    """
    if current is None and live is not None:
        return _adopted(rendered, inputs, live)
    known = current.inputs if current else Inputs("", {})
    inputs = _with_what_was_known(inputs, known)
    if current is not None and not _calls_for_change(inputs, known):
        return replace(current, inputs=inputs)
    marks = {ROLL_OUT_ANNOTATION: inputs.roll_out, REFERENCES: _all_of(inputs.references)}
    return Revision(
        template=annotated(rendered, marks),
        inputs=inputs,
        rendered=digest(rendered),
        number=current.number + 1 if current else 1,
    )


def _adopted(rendered: Manifest, inputs: Inputs, live: Manifest) -> Revision:
    template = live["spec"]["template"]
    metadata = {
        key: value for key, value in template["metadata"].items() if key != "creationTimestamp"
    }
    same = _is_part_of(rendered, template)
    return Revision(
        {**template, "metadata": metadata}, inputs, digest(rendered) if same else "", number=1
    )


def _with_what_was_known(inputs: Inputs, known: Inputs) -> Inputs:
    """The inputs, with the last known hash of what has gone or cannot be read any more.

    A right that is withdrawn, a ConfigMap that is deleted or an annotation that is removed is no
    reason to restart pods.
    """
    references = {
        name: hash_ or known.references.get(name, "") for name, hash_ in inputs.references.items()
    }
    return replace(inputs, references=references, roll_out=inputs.roll_out or known.roll_out)


def _calls_for_change(inputs: Inputs, known: Inputs) -> bool:
    """Whether pods are to be rendered anew.

    A ConfigMap that could not be read before is no reason: the pods have waited for it.
    """
    return (inputs.wish, inputs.roll_out) != (known.wish, known.roll_out) or any(
        known.references.get(name) not in (None, "", hash_)
        for name, hash_ in inputs.references.items()
    )


def _all_of(references: Mapping[str, str]) -> str:
    return digest(dict(references)) if references else ""


def _is_part_of(part: object, whole: object) -> bool:
    """Whether all that `part` says is said by `whole` too, which has defaults filled in."""
    match part, whole:
        case dict(), dict():
            return all(key in whole and _is_part_of(part[key], whole[key]) for key in part)
        case list(), list():
            pairs = zip(part, whole, strict=False)
            return len(part) == len(whole) and all(_is_part_of(*pair) for pair in pairs)
    return part == whole
