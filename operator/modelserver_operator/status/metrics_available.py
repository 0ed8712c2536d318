"""MetricsAvailable: the first broken link between the servers and the autoscaler; RatioCapped."""

from decimal import Decimal

from modelserver_operator.status.conditions import Condition, State
from modelserver_operator.status.observed import Chain, Finding, Link, Observed, Verdict
from modelserver_operator.status.reasons import ConditionType, Reason

_ADVICE = {
    Reason.SERIES_MISSING: "The servers do not export what the ratio is made of: set"
    " spec.monitoring.metrics_enable, or monitoring.metrics.enable in the config.json, and leave"
    " these series in metrics_list.",
    Reason.MONITOR_SKIPPED: "No ServiceMonitor can be made: install the Prometheus Operator and"
    " let the operator manage ServiceMonitors, or have the pods scraped in another way.",
    Reason.MONITOR_MISSING: "No ServiceMonitor selects the Service: set"
    " spec.monitoring.service_monitor.enabled, or have the pods scraped in another way.",
    Reason.MONITOR_NOT_SELECTED: "No Prometheus selects the ServiceMonitor: give it the labels of"
    " its serviceMonitorSelector in spec.monitoring.service_monitor.labels.",
    Reason.NOT_SCRAPED: "Prometheus does not scrape the pods.",
    Reason.SCRAPE_FAILS: "Prometheus cannot read the pods' /metrics: let it through to port 8081.",
    Reason.NO_RATIO: "Prometheus has the pods' series but no ratio yet: it takes two scrapes within"
    " the window, and a loaded model.",
    Reason.ADAPTER_MISSING: "The cluster has no custom metrics API: install prometheus-adapter with"
    " the operator's rule, or use spec.autoscaling.provider keda.",
    Reason.METRIC_NOT_SERVED: "The custom metrics API does not serve ovms_requests_streams_ratio:"
    " add the operator's rule to prometheus-adapter and restart it.",
    Reason.AUTOSCALER_READS_NOTHING: "The metric is served, but the autoscaler does not read it.",
}
_CARRY_THE_RATIO = {Link.RATIO, Link.ADAPTER, Link.AUTOSCALER}
_CAP = Decimal("1.05")
"""With as many infer requests as streams, a gauge of running inferences is at most 1."""
_NOTABLE = Decimal("1.2")


def metrics_available(observed: Observed) -> Condition:
    """Whether the ratio reaches what reads it.

    A link that holds proves those before it, however they look: pods can be scraped without any
    ServiceMonitor. That the ratio flows is proven by a link that has it.
    """
    if observed.chain is None:
        return _condition(
            "Unknown",
            Reason.NOT_NEEDED,
            "Neither an autoscaler nor a ServiceMonitor asks for the ratio.",
        )
    findings = observed.chain.findings
    proven = [i for i, finding in enumerate(findings) if finding.verdict is Verdict.HOLDS]
    after = findings[proven[-1] + 1 :] if proven else findings
    if broken := next((link for link in after if link.verdict is Verdict.BROKEN), None):
        return _condition("False", broken.reason, _broken(broken))
    if not any(findings[i].link in _CARRY_THE_RATIO for i in proven):
        return _condition("Unknown", Reason.NOT_CHECKED, _told(findings))
    return _condition("True", Reason.METRICS_FLOW, _told(findings))


def ratio_capped(chain: Chain | None) -> Condition:
    """Whether the metric served hides requests that wait.

    OpenVINO Model Server's own gauge counts only requests that hold an infer request, so a rule
    made of it cannot pass 1, and a target of 1 never scales up.
    """
    served, asked = (chain.served, chain.asked) if chain else (None, None)
    if (
        served is None
        or asked is None
        or served > _CAP
        or asked < max(served, Decimal(1)) * _NOTABLE
    ):
        return Condition(
            ConditionType.RATIO_CAPPED, "False", Reason.AS_EXPECTED, "No request waits unseen."
        )
    return Condition(
        ConditionType.RATIO_CAPPED,
        "True",
        Reason.REQUESTS_WAIT_UNSEEN,
        f"The metric served says {served:.1f} requests per stream, there are {asked:.1f}: it"
        " leaves out those that wait for an infer request. Give prometheus-adapter the operator's"
        " rule, which counts them.",
    )


def _broken(finding: Finding) -> str:
    advice = _ADVICE.get(Reason(finding.reason), "")
    return f"Link {finding.link}: {advice} {finding.detail}".rstrip()


def _told(findings: tuple[Finding, ...]) -> str:
    holding = ", ".join(link.link for link in findings if link.verdict is Verdict.HOLDS)
    held = f"These links hold: {holding}. " if holding else ""
    return f"{held}{_unchecked(findings)}".rstrip()


def _unchecked(findings: tuple[Finding, ...]) -> str:
    lines = (
        f"{link.link} not checked{f' ({link.detail})' if link.detail else ''}"
        for link in findings
        if link.verdict is Verdict.NOT_CHECKED
    )
    text = "; ".join(lines)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _condition(status: State, reason: str, message: str) -> Condition:
    return Condition(ConditionType.METRICS_AVAILABLE, status, reason, message)
