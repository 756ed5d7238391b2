"""A run's report with everything in it that docs/json.md knows, and hostile names."""

import math

HOSTILE = '</script><img src=x onerror="document.title=\'owned\'">'

PHASES = [("healthy", 0, 5000, False), ("outage", 5000, 13000, True), ("recovered", 13000, 20000, False)]


def counts(calls, ok, failed, fail_fast):
    return {
        "calls": calls, "fail_fast": fail_fast, "dropped": 0, "sent": ok + failed, "ok": ok,
        "failed": failed, "error_answers": failed, "timeouts": 0, "resets": 0, "closed": 0,
        "connect_failed": 0, "bad_answers": 0, "abandoned": 0, "unfinished": 0,
    }  # fmt: skip


def latency(count, p50, p99):
    return {"count": count, "mean": p50, "p50": p50, "p90": p50 * 2, "p95": p50 * 3, "p99": p99,
            "p99.9": p99 * 1.2, "max": p99 * 1.5}  # fmt: skip


def distribution(p50, p99):
    """Buckets of a log-normal shape."""
    sigma = (math.log(p99) - math.log(p50)) / 2.33
    edges = [p50 * 10 ** (step / 20) for step in range(-20, 31)]
    shape = [math.exp(-((math.log(edge / p50) / sigma) ** 2) / 2) for edge in edges]
    return [[edge, round(200 * height)] for edge, height in zip(edges, shape) if height > 0.003]


def phase(name, begin, end, fault, fate, p50, p99):
    return {
        "name": name, "begin_ms": begin, "end_ms": end, "fault": fault, "counts": fate,
        "fail_fast_share": fate["fail_fast"] / fate["calls"], "rate_per_s": 200.0,
        "response_ms": latency(fate["sent"], p50, p99), "service_ms": latency(fate["sent"], p50, p99),
        "schedule_error_us": latency(fate["calls"], 40, 900),
        "upstream": {"requests": fate["sent"], "leaked_while_open": 0, "served": fate["ok"],
                     "injected": {"503": fate["failed"]}},
        "distribution": distribution(p50, p99), "wasted_time_ms": fate["failed"] * 300.0,
        "peak_in_flight": 71, "fail_fast_us": latency(fate["fail_fast"], 2, 9),
        "endpoints": [{"name": "/pay", "counts": fate, "response_ms": latency(fate["sent"], p50, p99)},
                      {"name": HOSTILE, "counts": fate, "response_ms": latency(fate["sent"], p50, p99)}],
    }  # fmt: skip


def series():
    columns = {key: [] for key in ("t_ms", "calls", "sent", "ok", "failed", "fail_fast", "dropped",
                                   "in_flight", "p50_ms", "p99_ms", "upstream_requests")}  # fmt: skip
    for end in [*range(200, 20001, 200), 20011]:
        quiet = end <= 5000 or end > 13000
        trial = 5000 < end <= 5400 or 8800 < end <= 9200
        calls = 40 if end != 20011 else 2
        row = {"t_ms": end, "calls": calls, "sent": calls if quiet or trial else 0,
               "ok": calls if quiet else 0, "failed": calls if trial else 0,
               "fail_fast": 0 if quiet or trial else calls, "dropped": 0, "in_flight": 3,
               "p50_ms": 8.4 if quiet else 380.0 if trial else None,
               "p99_ms": 31.0 + end % 7 if quiet else 590.0 if trial else None,
               "upstream_requests": calls if quiet or trial else 0}  # fmt: skip
        for key, value in row.items():
            columns[key].append(value)
    return {"interval_ms": 200, **columns}


def transition(t, source, target, cause, breaker="/pay"):
    return {"t_ms": t, "breaker": breaker, "from": source, "to": target, "cause": cause,
            "since_fault_ms": t - 5000 if t >= 5000 else None}  # fmt: skip


def expectation(text, result, observed, bound, margin, samples, reason, **scope):
    return {
        "text": text, "scope": {"phase": None, "endpoint": None, "breaker": None, **scope},
        "place": "slow-bank.yaml:31:5", "result": result, "observed": observed, "bound": bound,
        "margin": margin, "samples": samples, "reason": reason, "value": 1.0, "unit": "ms",
    }  # fmt: skip


def spread(metric, least, median, most, runs, **scope):
    unit, shown = ("ms", lambda ms: f"{ms:.0f}ms" if ms < 1000 else f"{ms / 1000:.2f}s") \
        if metric == "time_to_open" else ("count", str)  # fmt: skip
    return {
        "metric": metric, "scope": {"phase": None, "endpoint": None, "breaker": None, **scope}, "unit": unit,
        "runs": runs, "completed_runs": 10, "min": least, "median": median, "max": most,
        "min_text": shown(least), "median_text": shown(median), "max_text": shown(most),
    }  # fmt: skip


def report():
    fates = [counts(1000, 1000, 0, 0), counts(1600, 0, 192, 1408), counts(1400, 1400, 0, 0)]
    times = [(8.6, 41.0), (396.0, 600.0), (8.4, 43.0)]
    total = counts(4000, 2400, 192, 1408)
    reaction = {"fault_begin_ms": 5000.0, "fault_end_ms": 13000.0, "opened": True,
                "time_to_open_ms": 412.0, "closed_again": True, "time_to_close_ms": 23.4}  # fmt: skip
    breaker = {"dialect": "classic,FailureThreshold=5", "final_state": "closed", "opens": 2,
               "time_closed_ms": 12400.0, "time_open_ms": 7050.0, "time_half_open_ms": 550.0,
               "reactions": [reaction]}  # fmt: skip
    return {
        "schema_version": 3, "tool_version": "1.2.3", "command": "run", "seed": 18446744073709551615,
        "description": "A bank that gets slow and then answers 503: does the breaker open in time?",
        "load": "200/s constant", "target": "http://127.0.0.1:42879",
        "reproduce": "tripcurve run slow-bank.yaml --seed 18446744073709551615",
        "experiment": {"name": f"slow bank {HOSTILE}", "client": {"breaker_per": "endpoint"}},
        "breaker_settings": {"dialect": "classic", "FailureThreshold": "5", "SuccessThreshold": "2",
                             "Timeout": "3s"},
        "host": {"os": "Linux", "machine": "x86_64", "cpus": "2"},
        "warnings": [f"Timeout=3s leaves room for two trials only {HOSTILE}"],
        "notes": ["the limit of 1024 open files allows --max-in-flight 400 instead of 1000"],
        "interventions": [{"t_ms": 9200.0, "text": "injected errors=503:100% by hand"}],
        "ended_at_ms": 20011.0, "series": series(),
        "totals": phase("total", 0.0, 20000.0, True, total, 9.1, 549.0),
        "phases": [phase(*one, fate, *time) for one, fate, time in zip(PHASES, fates, times)],
        "breakers": [{"name": "/pay", **breaker}, {"name": HOSTILE, **breaker}],
        "transitions": [
            transition(5412.0, "closed", "open", "5 failures in a row, the last a 503"),
            transition(5432.0, "closed", "open", f"5 failures {HOSTILE}", HOSTILE),
            transition(8905.0, "open", "half_open", "3s passed since the last failure"),
            transition(9240.0, "half_open", "open", "a trial failed: a 503"),
            transition(12795.0, "open", "half_open", "3s passed since the last failure"),
            transition(13017.0, "half_open", "closed", "2 successes in a row"),
        ],
        "transitions_total": 6,
        "expectations": [
            expectation("time_to_open < 1s", "pass", "412ms", "< 1s", "588ms (59%)", 1, ""),
            expectation("opens == 0", "pass", "0", "== 0", "0", 2, "", phase="healthy"),
            expectation("fail_fast_share > 90%", "fail", "88.0%", "> 90%", "-2.0%", 1600,
                        "192 of 1,600 calls were let through", phase="outage"),
            expectation("p99 < 50ms", "inconclusive", None, "< 50ms", None, 0,
                        "no call was sent", breaker=HOSTILE),
        ],
        "verdict": {"result": "fail", "exit_code": 1, "meaning": "an expectation is not met",
                    "reasons": ["fail_fast_share > 90% in outage: 88.0%, 2.0% too low"]},
        "repeats": {"runs": 10, "passed": 7, "needed": 8, "low": 0.39, "high": 0.89,
                    "metrics": [spread("time_to_open", 309.2, 412.0, 1020.0, 10),
                                spread("failed", 150, 192, 214.5, 9, phase="outage")],
                    "results": [{"seed": n, "result": "pass" if n < 8 else "fail"} for n in range(1, 11)]},
    }  # fmt: skip
