"""From what is typed to a value: what the options of `run` take, each with what it allows."""

import os
import re
from collections.abc import Callable

Parse = Callable[[str], object]
"""From text to a value; a ValueError says what is allowed."""

NAMESPACE = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LABEL = r"([-a-zA-Z0-9_./]+)=([-a-zA-Z0-9_.]*)"
_DURATION = r"([0-9]+(ms|[smhdwy]))+"
IMAGE = r"[^\s]+"
URL = r"https?://[^\s/]+\S*"


def matching(pattern: str, allowed: str) -> Parse:
    """Text of a pattern; `allowed` says what that is."""

    def parse(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(allowed)
        return text

    return parse


def file(text: str) -> str:
    """The path of a file that can be read."""
    if not os.access(text, os.R_OK):
        raise ValueError("a file that can be read")
    return text


def one_of(*allowed: str) -> Parse:
    """One of some words."""
    return matching("|".join(allowed), f"one of {', '.join(allowed)}")


def number(lowest: int, highest: int) -> Parse:
    """A whole number within bounds."""

    def parse(text: str) -> int:
        if not text.isdecimal() or not lowest <= int(text) <= highest:
            raise ValueError(f"a whole number from {lowest} to {highest}")
        return int(text)

    return parse


def yes_or_no(text: str) -> bool:
    """`true` or `false`."""
    if text not in ("true", "false"):
        raise ValueError("true or false")
    return text == "true"


def user(text: str) -> int | None:
    """A user id; None for `none`."""
    if text == "none":
        return None
    if not text.isdecimal():
        raise ValueError("a user id, or none")
    return int(text)


def window(text: str) -> str | None:
    """A duration, as Prometheus writes it; None for `none`."""
    if text != "none" and re.fullmatch(_DURATION, text) is None:
        raise ValueError("a duration such as 30s or 1m, or none")
    return None if text == "none" else text


def namespaces(text: str) -> tuple[str, ...]:
    """Names of namespaces, each once."""
    names = tuple(name.strip() for name in text.split(","))
    if not all(re.fullmatch(NAMESPACE, name) for name in names):
        raise ValueError("names of namespaces, separated by commas")
    return tuple(dict.fromkeys(names))


def pods(text: str) -> tuple[str, dict[str, str]]:
    """A namespace, and labels of pods in it."""
    namespace, _, pairs = text.partition("/")
    try:
        return namespace, labels(pairs)
    except ValueError:
        raise ValueError("a namespace and labels, as in monitoring/app=prometheus") from None


def labels(text: str) -> dict[str, str]:
    """Labels by key."""
    pairs = [re.fullmatch(_LABEL, pair.strip()) for pair in text.split(",")]
    if not all(pairs):
        raise ValueError("labels such as release=prometheus,team=ml")
    return {pair[1]: pair[2] for pair in pairs if pair}
