"""`spec.server` and `spec.server_settings`: which server the image holds, and its own options."""

from typing import Annotated, ClassVar, Literal

from modelserver_operator.api.block import Block
from modelserver_operator.api.fields import field, text
from modelserver_operator.api.rules import Rule
from modelserver_operator.api.values import Int32

Version = Annotated[
    str, text(r"^20[0-9]{2}\.[0-9]+(\.[0-9]+)?$", 'an OVMS release such as "2026.3"', 16)
]


class Server(Block):
    """Which server an image is, where its name and tag do not tell."""

    kind: Literal["runtime", "ovms"] | None = field(
        "runtime is this project's own server, ovms the OpenVINO Model Server.", "ovms"
    )
    version: Version | None = field(
        "Release of OVMS in the image; decides which flags it is given.", '"2026.3"'
    )

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            field="version",
            must="left out unless kind is ovms",
            cel="!has(self.version) || (has(self.kind) && self.kind == 'ovms')",
            holds=lambda server: server.version is None or server.kind == "ovms",
        ),
    )


class ServerSettings(Block):
    """Options of the server itself."""

    file_system_poll_wait_seconds: Int32 | None = field(
        "Seconds between looks for a changed config.json or new versions; 0 never looks. Where "
        "server_settings as a whole is left out, it is 1.",
        1,
    )
    log_level: Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"] | None = field(
        "How much the server logs.", "INFO"
    )
    grpc_workers: Int32 | None = field("Number of gRPC servers in the process.", 1)
    rest_workers: Int32 | None = field(
        "Threads of the REST server; 0 leaves the number to the server.", 0
    )
    sequence_cleaner_poll_wait_minutes: Int32 | None = field(
        "Minutes between scans for idle sequences of stateful models; 0 turns them off.", 5
    )
