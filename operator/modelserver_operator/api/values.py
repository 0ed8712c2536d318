"""The vocabulary of values: each type says once what it accepts, to the CRD and to people.

Patterns and bounds go into the CustomResourceDefinition as they stand, so patterns keep to what
Rust's, Go's and Python's regular expressions share: no look-around, and no shorthand for
white space or digits, which reaches beyond ASCII in some of them.
"""

import json
from typing import Annotated

from pydantic import AfterValidator, Field

from modelserver_operator.api.fields import ALLOWED, PRESERVE, IntOrString, text


def _json_object(value: str) -> str:
    """Refuse what is not JSON; that it is an object, the pattern has seen to."""
    try:
        json.loads(value or "{}")
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


# Numbers
Int32 = Annotated[int, Field(ge=0, le=2**31 - 1)]
UInt32 = Annotated[int, Field(ge=0, le=2**32 - 1)]
Count = Annotated[int, Field(ge=1, le=2**31 - 1)]
Port = Annotated[int, Field(ge=1, le=65535)]
Replicas = Annotated[int, Field(ge=0, le=10_000)]
ReplicaBound = Annotated[int, Field(ge=1, le=10_000)]
Seconds = Annotated[int, Field(ge=0, le=86_400)]
Stabilization = Annotated[int, Field(ge=0, le=3600)]

# Numbers that YAML users write with or without quotes
_DECIMAL = r"([0-9]+(\.[0-9]*)?|\.[0-9]+)"
Quantity = Annotated[
    str,
    IntOrString(
        rf"^({_DECIMAL}([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?)?$",
        'a Kubernetes quantity such as 2, "500m" or "4Gi"',
    ),
]
Ratio = Annotated[
    str,
    IntOrString(r"^([0-9]+(\.[0-9]+)?|[0-9]+m)$", 'a number such as 1, "0.7" or "700m"'),
]
Fraction = Annotated[
    str,
    IntOrString(r"^(0(\.[0-9]+)?|1(\.0+)?)$", 'a number from 0 to 1 such as "0.8"', maximum=1),
]
Streams = Annotated[
    str, IntOrString(r"^(AUTO|[1-9][0-9]*)$", "AUTO or a number from 1 up", minimum=1)
]
BatchSize = Annotated[
    str,
    IntOrString(
        r"^(auto|-1|[0-9]+|[0-9]+:[0-9]+)?$",
        'auto, a number such as 8, or a range such as "1:8"',
        minimum=-1,
    ),
]
NumericId = Annotated[
    str, IntOrString(r"^[0-9]{0,10}$", "a numeric account id such as 5000", maximum=2**31 - 1)
]
DeviceQuantity = Annotated[
    str, IntOrString(r"^[0-9]{0,10}$", "a whole number of devices such as 1")
]
Unavailable = Annotated[
    str,
    IntOrString(
        r"^([1-9][0-9]*|[1-9][0-9]?%|100%)$",
        'a number from 1 up or a share such as "25%"',
        minimum=1,
    ),
]

_NUMBER = r"-?[0-9]+(\.[0-9]+)?"
PerChannel = Annotated[
    str,
    IntOrString(
        rf"^({_NUMBER}|\[ *{_NUMBER}( *, *{_NUMBER})* *\])?$",
        'a number such as 128 or "127.5", or one for each channel such as "[104,117,123]"',
        minimum=-(2**31),
    ),
]

# Names
_LABEL = r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"
_DNS = r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?"
_OBJECT_NAME = "an object's name: lower-case letters, digits, '-' and '.'"
ObjectName = Annotated[str, text(rf"^{_DNS}$", _OBJECT_NAME, 253)]
ObjectNameOrEmpty = Annotated[str, text(rf"^({_DNS})?$", _OBJECT_NAME, 253)]
DataKey = Annotated[str, text(r"^[-._a-zA-Z0-9]+$", "a key of the object's data", 253)]
EnvName = Annotated[
    str, text(r"^[-._a-zA-Z][-._a-zA-Z0-9]*$", "a variable name such as OMP_NUM_THREADS", 253)
]
QualifiedName = Annotated[str, text(rf"^{_DNS}/{_LABEL}$|^{_LABEL}$", "a label key", 317)]
DeviceName = Annotated[
    str,
    text(rf"^({_DNS}/{_LABEL})?$", "an extended resource such as gpu.intel.com/i915", 317),
]
LabelValue = Annotated[
    str, text(rf"^({_LABEL})?$", "a label value: letters, digits, '-', '_' and '.'", 63)
]
LabelMap = Annotated[dict[QualifiedName, LabelValue], Field(max_length=64)]
AnnotationMap = Annotated[
    dict[QualifiedName, Annotated[str, Field(max_length=16_384)]], Field(max_length=64)
]

# Text
Image = Annotated[str, text(r"^[!-~]*$", "an image such as openvino/model_server:2026.3", 512)]
Line = Annotated[str, text(r"^[^\r\n]*$", "one line of text", 2048)]
Library = Annotated[str, text(r"^[!-~]+$", "the path of a library", 4096)]
AbsolutePath = Annotated[str, text(r"^(/[^\r\n]*)?$", "an absolute path such as /models", 4096)]
Duration = Annotated[
    str,
    text(
        r"^([1-9][0-9]*h([1-9][0-9]*m)?([1-9][0-9]*s)?|[1-9][0-9]*m([1-9][0-9]*s)?|[1-9][0-9]*s)$",
        'a duration such as "30s", "1m" or "1m30s"',
        31,
    ),
]
JsonText = Annotated[
    str,
    text(
        r"^([ \t\r\n]*\{[\s\S]*\}[ \t\r\n]*)?$",
        """a JSON object such as '{"KEY": "value"}'""",
        8192,
    ),
    AfterValidator(_json_object),
]
Credential = Annotated[
    str,
    Field(max_length=4096, json_schema_extra={"format": "password", ALLOWED: "a string"}),
]

# Kubernetes' own objects, passed through
FreeForm = Annotated[dict[str, object], Field(max_length=64, json_schema_extra=PRESERVE)]
FreeFormList = Annotated[list[FreeForm], Field(max_length=64)]
