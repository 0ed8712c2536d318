"""What one thing that is wrong looks like to the conditions."""

from dataclasses import dataclass

from modelserver_operator.status.reasons import Reason


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong.

    Attributes:
        message: what is wrong and what to do about it.
        hopeless: whether waiting will not mend it.
        subject: what it is about, where each such thing is to be told; pods share one line.
    """

    reason: Reason
    message: str
    hopeless: bool = False
    subject: str = ""
