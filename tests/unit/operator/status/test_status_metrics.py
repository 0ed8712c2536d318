"""MetricsAvailable names the first broken link; RatioCapped tells of requests that wait unseen."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from modelserver_operator.status.observed import Chain, Finding, Link, Observed, Verdict
from modelserver_operator.status.reasons import Reason
from observations import HEALTHY, Story, expecting

LINKS = list(Link)
REASONS = {
    Link.SERVER: Reason.SERIES_MISSING,
    Link.MONITOR: Reason.MONITOR_NOT_SELECTED,
    Link.SCRAPE: Reason.NOT_SCRAPED,
    Link.RATIO: Reason.NO_RATIO,
    Link.ADAPTER: Reason.METRIC_NOT_SERVED,
    Link.AUTOSCALER: Reason.AUTOSCALER_READS_NOTHING,
}


def chain(verdicts: str) -> Observed:
    """A chain of six links: h(olds), b(roken), ? (not checked)."""
    found = {"h": Verdict.HOLDS, "b": Verdict.BROKEN, "?": Verdict.NOT_CHECKED}
    findings = tuple(
        Finding(link, found[letter], REASONS[link] if letter == "b" else "")
        for link, letter in zip(LINKS, verdicts, strict=True)
    )
    return expecting(replace(HEALTHY, chain=Chain(findings)), measured=True, provider="hpa")


@pytest.mark.parametrize(
    ("verdicts", "status", "reason"),
    [
        ("hhhhhh", "True", "MetricsFlow"),
        ("bbbbbb", "False", "SeriesMissing"),
        ("hbbbbb", "False", "MonitorNotSelected"),
        ("hhbbbb", "False", "NotScraped"),
        ("hhhbbb", "False", "NoRatio"),
        ("hhhhbb", "False", "MetricNotServed"),
        ("hhhhhb", "False", "AutoscalerReadsNothing"),
        ("hh??bb", "False", "MetricNotServed"),
        ("hh??hh", "True", "MetricsFlow"),
        # scraped without any ServiceMonitor
        ("hbhhhh", "True", "MetricsFlow"),
        ("??????", "Unknown", "NotChecked"),
        # new pods, which nobody has scraped twice yet
        ("hh????", "Unknown", "NotChecked"),
        ("hhh???", "Unknown", "NotChecked"),
        ("hhhh??", "True", "MetricsFlow"),
    ],
)
def test_the_first_broken_link_after_the_last_that_holds(
    verdicts: str, status: str, reason: str
) -> None:
    story = Story()

    story.look(chain(verdicts))

    available = story.condition("MetricsAvailable")
    assert (available["status"], available["reason"]) == (status, reason)


def test_a_link_that_was_not_checked_is_said_to_be() -> None:
    story = Story()

    story.look(chain("hh?hhh"))

    assert "crape not checked" in story.condition("MetricsAvailable")["message"]


def test_without_a_reader_nothing_is_missing() -> None:
    story = Story()

    story.look(HEALTHY)

    assert story.condition("MetricsAvailable")["reason"] == "NotNeeded"


@pytest.mark.parametrize(
    ("served", "asked", "capped"),
    [
        ("1.0", "3.0", "True"),
        ("0.98", "1.5", "True"),
        ("1.0", "1.1", "False"),
        ("2.9", "3.0", "False"),
        ("0.2", "0.3", "False"),
        (None, "3.0", "False"),
        ("1.0", None, "False"),
    ],
)
def test_a_metric_that_stays_at_one_while_requests_wait(
    served: str | None, asked: str | None, capped: str
) -> None:
    story = Story()
    ratios = {"asked": asked and Decimal(asked), "served": served and Decimal(served)}

    story.look(replace(HEALTHY, chain=Chain(**ratios)))

    assert story.condition("RatioCapped")["status"] == capped
