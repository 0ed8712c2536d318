"""Short ways to say what was found of a link."""

from modelserver_operator.status.observed import Finding, Link, Verdict
from modelserver_operator.status.reasons import Reason


def holds(link: Link) -> Finding:
    """The link was seen to work."""
    return Finding(link, Verdict.HOLDS)


def broken(link: Link, reason: Reason, detail: str = "") -> Finding:
    """The link does not work."""
    return Finding(link, Verdict.BROKEN, reason, detail)


def not_checked(link: Link, why: str) -> Finding:
    """Nothing is known of the link."""
    return Finding(link, Verdict.NOT_CHECKED, detail=why)
