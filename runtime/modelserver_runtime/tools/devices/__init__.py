"""``modelserver-runtime devices``: what there is to run models on."""

from modelserver_runtime.tools.devices.command import run

__all__ = ["run"]
