"""TensorFlow Serving over REST."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelserver_runtime.dataplane import Call, Dataplane
from modelserver_runtime.metrics import Api, Interface
from modelserver_runtime.protocols.tfs_documents import metadata_document, status_document
from modelserver_runtime.protocols.tfs_json import Prediction
from modelserver_runtime.refusals import labels_unsupported
from modelserver_runtime.servers.http import Request, Response
from modelserver_runtime.servers.rest.deadlines import timeout
from modelserver_runtime.servers.rest.responses import document_response
from modelserver_runtime.servers.rest.routing import VERSION, Endpoint, Target

_MODEL: Final = f"/v1/models/{{model}}{VERSION}"
_LABEL: Final = "/v1/models/{model}/labels/{label}"


class TfsApi:
    """Answers TensorFlow Serving's requests."""

    def __init__(self, dataplane: Dataplane) -> None:
        self._dataplane = dataplane

    def endpoints(self) -> Iterator[Endpoint]:
        """Everything under ``/v1/models``."""
        yield Endpoint("GET", _MODEL, self._status, "The state of a model", "", "ModelStatus")
        yield Endpoint(
            "GET",
            f"{_MODEL}/metadata",
            self._metadata,
            "What a model takes and gives, as TensorFlow Serving says it",
            response="SignatureDefs",
        )
        yield Endpoint(
            "POST",
            f"{_MODEL}:predict",
            self._predict,
            "One inference, as TensorFlow Serving takes it",
            "PredictRequest",
            "PredictResponse",
        )
        refusal = "Always an error: versions have no labels here"
        yield Endpoint("GET", _LABEL, self._refuse_label, refusal)
        yield Endpoint("GET", f"{_LABEL}/metadata", self._refuse_label, refusal)
        yield Endpoint("POST", f"{_LABEL}:predict", self._refuse_label, refusal)

    async def _predict(self, request: Request, target: Target) -> Response:
        call = _call(target)._replace(timeout=timeout(request))
        prediction = Prediction(request.body, self._dataplane.inputs(call))
        body = await self._dataplane.infer(call, prediction.decode, prediction.encode)
        return Response(200, [body])

    async def _metadata(self, _request: Request, target: Target) -> Response:
        return document_response(metadata_document(self._dataplane.metadata(_call(target))))

    async def _status(self, _request: Request, target: Target) -> Response:
        return document_response(status_document(self._dataplane.status(_call(target))))

    async def _refuse_label(self, _request: Request, target: Target) -> Response:
        raise labels_unsupported(target.label)


def _call(target: Target) -> Call:
    version = target.version or None  # 0 leaves the choice to the server, as over gRPC
    return Call(target.model, version, Interface.REST, Api.TENSORFLOW_SERVING)
