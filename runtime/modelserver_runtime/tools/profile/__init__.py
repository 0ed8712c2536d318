"""``modelserver-runtime profile``: which kernels run, how long, and what the first one costs."""

from modelserver_runtime.tools.profile.command import run

__all__ = ["run"]
