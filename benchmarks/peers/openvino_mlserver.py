"""MLServer's way to serve an OpenVINO model: a custom runtime, as its documentation shows it."""

import openvino as ov
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class OpenVinoModel(MLModel):
    """Decodes with MLServer's codecs, infers inline, encodes with them."""

    async def load(self) -> bool:
        compiled = ov.Core().compile_model(
            self.settings.parameters.uri, "CPU", {"INFERENCE_NUM_THREADS": 1}
        )
        self._request = compiled.create_infer_request()
        self._output = compiled.outputs[0].any_name
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        inputs = {item.name: NumpyCodec.decode_input(item) for item in payload.inputs}
        results = self._request.infer(inputs, share_inputs=True, share_outputs=True)
        output = NumpyCodec.encode_output(self._output, results[0])
        return InferenceResponse(model_name=self.name, outputs=[output])
