#include "cli/alert_rules.hpp"

#include <array>
#include <utility>

namespace tripcurve::cli {
namespace {

constexpr std::string_view frame =
    R"(# Made by tripcurve alerts$FOR --open-for $OPEN_FOR --trips $TRIPS/$WINDOW
$ABOUTgroups:
  - name: circuit-breakers
    rules:
$OPENED_NOTE      - alert: CircuitBreakerOpened
        expr: $OPENED_EXPR
        labels:
          severity: info
        annotations:
          summary: "Breaker {{ $labels.name }} of {{ $labels.instance }} opened"
          description: >-
            The breaker {{ $labels.name }} stopped sending calls, because too many failed or were
            too slow. Callers get errors immediately until it closes.
          action: >-
            Check the dependency behind {{ $labels.name }} first: its errors, its latency, its recent
            deployments. The breaker is doing its job; do not force it closed. If the dependency is
            healthy for other callers, check the path to it: DNS, TLS, connection pools and the
            caller's own timeout.

$LONG_NOTE      - alert: CircuitBreakerOpenTooLong
        expr: $LONG_EXPR
        for: $OPEN_FOR
        labels:
          severity: critical
        annotations:
          summary: "Breaker {{ $labels.name }} of {{ $labels.instance }} has not closed for $OPEN_FOR"
          description: >-
            The breaker {{ $labels.name }} has been open or half-open for more than $OPEN_FOR, so
            the calls it guards have failed or fallen back for all that time.
          action: >-
            If the dependency is still failing, involve its owners and check that the fallback copes. If
            it is healthy, the trial calls must be failing: check whether they differ from other calls
            (a slow first connection, a timeout that is too short for a cold cache), and whether the
            breaker lets enough trials through to close at all.

$OFTEN_NOTE      - alert: CircuitBreakerTripsTooOften
        expr: $OFTEN_EXPR
        labels:
          severity: warning
        annotations:
          summary: "Breaker {{ $labels.name }} of {{ $labels.instance }} trips too often"
          description: >-
            The breaker {{ $labels.name }} tripped about {{ $value | humanize }} times in $WINDOW:
            it went from closed to open that often.
          action: >-
            Either part of the dependency is failing (compare its error rate by instance and by path), or
            the settings trip by chance: the window or the minimum number of calls is too small for
            the traffic, or the threshold is close to the normal error rate. tripcurve lint estimates
            how often given settings trip although nothing is wrong.
)";

constexpr std::string_view envoy_rules =
    R"(groups:
  - name: circuit-breakers
    rules:
      # Ejections count, too: a host may be ejected and come back between two scrapes.
      - alert: CircuitBreakerOpened
        expr: envoy_cluster_outlier_detection_ejections_active > 0 or increase(envoy_cluster_outlier_detection_ejections_enforced_total[2m]) > 0
        labels:
          severity: info
        annotations:
          summary: "Hosts of cluster $CLUSTER are ejected by {{ $labels.instance }}"
          description: >-
            Outlier detection took hosts of $CLUSTER out of load balancing, because too many of
            their answers were bad.
          action: >-
            Check the ejected hosts first: their errors, their latency, their recent deployments. If
            they are healthy for other callers, check the path to them: DNS, TLS, connection limits
            and the timeout of the route.

      - alert: CircuitBreakerOpenTooLong
        expr: envoy_cluster_outlier_detection_ejections_active > 0
        for: $OPEN_FOR
        labels:
          severity: critical
        annotations:
          summary: "Cluster $CLUSTER has had ejected hosts for $OPEN_FOR in {{ $labels.instance }}"
          description: >-
            {{ $value | humanize }} hosts of $CLUSTER are ejected, and some have been for all of
            $OPEN_FOR. The others carry their load.
          action: >-
            If the hosts are still failing, involve their owners and check that the others cope. Each
            further ejection of a host lasts longer, up to max_ejection_time. With too few hosts left,
            panic mode sends calls to the ejected ones again.

      - alert: CircuitBreakerTripsTooOften
        expr: increase(envoy_cluster_outlier_detection_ejections_enforced_total[$WINDOW]) >= $TRIPS
        labels:
          severity: warning
        annotations:
          summary: "Hosts of cluster $CLUSTER are ejected too often by {{ $labels.instance }}"
          description: >-
            Hosts of $CLUSTER were ejected about {{ $value | humanize }} times in $WINDOW.
          action: >-
            Either part of the cluster is failing (compare its error rate by host and by path), or the
            settings eject by chance: consecutive_5xx or the volume and hosts of the success rate are
            too small for the traffic. tripcurve lint estimates how often given settings trip although
            nothing is wrong.

      # What Envoy itself calls circuit breakers: limits of connections and requests.
      - alert: CircuitBreakerOverflow
        expr: increase(envoy_cluster_upstream_rq_pending_overflow[2m]) > 0
        labels:
          severity: warning
        annotations:
          summary: "Cluster $CLUSTER is at a limit of its circuit breakers in {{ $labels.instance }}"
          description: >-
            About {{ $value | humanize }} requests to $CLUSTER were rejected in 2m, because too many
            were pending or under way.
          action: >-
            Check whether $CLUSTER has become slow, because slow answers fill the limits. If it has not,
            the limits (max_pending_requests, max_requests) are too low for the traffic.
)";

constexpr std::array sources{
    AlertSource{
        .name = "tripcurve",
        .about = "",
        .opened =
            {"      # Openings count, too: a breaker may open and become half-open between two "
             "scrapes.\n",
             "circuit_breaker_state == 1 or increase(circuit_breaker_opens_total[2m]) > 0"},
        .open_too_long =
            {"      # Half-open still counts as open; otherwise each failed trial would "
             "restart the clock.\n",
             "circuit_breaker_state > 0"},
        .trips_too_often =
            {"      # Trips are openings from closed. Openings from half-open belong to "
             "an outage that continues.\n",
             "increase(circuit_breaker_trips_total[$WINDOW]) >= $TRIPS"}},
    AlertSource{
        .name = "resilience4j",
        .about =
            "# For the metrics of resilience4j-micrometer, as Micrometer writes them for "
            "Prometheus:\n# their names are those of CircuitBreakerMetricNames.ofDefaults().\n",
        .opened =
            {"      # Rejected calls count, too: a breaker may open and close between two "
             "scrapes.\n",
             "max without (state) (resilience4j_circuitbreaker_state{state=~\"open|forced_open\"}) "
             "== 1 or sum without (kind) "
             "(increase(resilience4j_circuitbreaker_not_permitted_calls_total[2m])) > 0"},
        .open_too_long =
            {"      # Half-open still counts as open; otherwise each failed trial would restart "
             "the "
             "clock.\n",
             "max without (state) "
             "(resilience4j_circuitbreaker_state{state=~\"open|half_open|forced_open\"}) == 1"},
        .trips_too_often =
            {"      # There is no counter of trips: the state tells how often it left closed and "
             "came "
             "back,\n      # as far as the scrapes saw it.\n",
             "ceil(sum without (state) "
             "(changes(resilience4j_circuitbreaker_state{state=\"closed\"}[$WINDOW])) / 2) >= "
             "$TRIPS"}},
    AlertSource{
        .name = "opossum",
        .about =
            "# For the metrics of opossum-prometheus (index.js): the counter circuit, by name and "
            "event. If you\n# give it a metricPrefix, write that before circuit.\n",
        .opened = {"      # A counter that appears with its first event has no increase yet.\n",
                   "increase(circuit{event=\"open\"}[2m]) > 0 or (circuit{event=\"open\"} unless "
                   "circuit{event=\"open\"} offset 2m)"},
        .open_too_long = {"      # There is no metric of the state: a breaker that is not closed "
                          "rejects calls, as "
                          "long as some come.\n",
                          "increase(circuit{event=\"reject\"}[2m]) > 0"},
        .trips_too_often = {"      # Each failed trial is one more event open, so closings tell "
                            "how often it tripped.\n",
                            "increase(circuit{event=\"close\"}[$WINDOW]) >= $TRIPS"}},
    AlertSource{.name = "envoy",
                .about = "# For the statistics of Envoy's clusters, as /stats/prometheus has them "
                         "(Envoy's docs:\n"
                         "# Cluster manager, Statistics). The cluster is the label "
                         "envoy_cluster_name, in Istio\n"
                         "# cluster_name.\n",
                .whole = envoy_rules},
};

std::string with(std::string text, std::string_view word, std::string_view value) {
  for (auto at = text.find(word); at != std::string::npos;
       at = text.find(word, at + value.size())) {
    text.replace(at, word.size(), value);
  }
  return text;
}

}  // namespace

std::span<const AlertSource> alert_sources() { return sources; }

std::string alert_rules(const AlertSource& source, const AlertLimits& limits) {
  auto text = std::string(frame);
  if (!source.whole.empty()) {
    text = text.substr(0, text.find("groups:")) + std::string(source.whole);
  }
  const auto option =
      source.name == sources.front().name ? "" : " --for " + std::string(source.name);
  // The rules before the limits, which stand in them.
  for (const auto& [word, value] : {
           std::pair<std::string_view, std::string_view>{"$FOR", option},
           {"$ABOUT", source.about},
           {"$OPENED_NOTE", source.opened.note},
           {"$OPENED_EXPR", source.opened.expression},
           {"$LONG_NOTE", source.open_too_long.note},
           {"$LONG_EXPR", source.open_too_long.expression},
           {"$OFTEN_NOTE", source.trips_too_often.note},
           {"$OFTEN_EXPR", source.trips_too_often.expression},
           {"$CLUSTER", "{{ $labels.envoy_cluster_name }}{{ $labels.cluster_name }}"},
           {"$OPEN_FOR", limits.open_for},
           {"$TRIPS", limits.trips},
           {"$WINDOW", limits.window},
       }) {
    text = with(std::move(text), word, value);
  }
  return text;
}

}  // namespace tripcurve::cli
