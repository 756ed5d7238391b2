// Sources of the names: resilience4j-micrometer (TaggedCircuitBreakerMetrics, as Micrometer's
// registry for Prometheus writes it), Envoy's /stats/prometheus, Polly 8's telemetry
// (pollydocs.org/advanced/telemetry) as OpenTelemetry's exporter writes it, and opossum-prometheus.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "claims/kinds/all.hpp"
#include "claims/prometheus_text.hpp"
#include "core/text.hpp"

namespace tripcurve::claims {
namespace {

using Samples = std::vector<Sample>;

// How a metric tells the state: by the label of the sample that is not 0; by what is ejected; or by
// counters of events, of which an open breaker has one more opening than half-openings.
enum class Tells : std::uint8_t { by_label, by_count, by_events };

struct KnownMetric {
  std::string_view name;
  std::string_view breaker;  // the label that names it
  Tells tells;
  std::string_view label{};  // of the state, or of the event
  std::string_view opened{}, half_opened{};
};

constexpr std::array known_metrics{
    KnownMetric{"resilience4j_circuitbreaker_state", "name", Tells::by_label, "state"},
    KnownMetric{"envoy_cluster_outlier_detection_ejections_active", "envoy_cluster_name",
                Tells::by_count},
    KnownMetric{"resilience_polly_strategy_events_total", "pipeline_name", Tells::by_events,
                "event_name", "OnCircuitOpened", "OnCircuitHalfOpened"},
    KnownMetric{"circuit", "name", Tells::by_events, "event", "open", "halfOpen"},
};

bool is_about(const Sample& sample, const std::string& breaker) {
  return breaker.empty() || std::ranges::any_of(sample.labels, [&](const auto& label) {
           return label.second == breaker;
         });
}

std::string listed_names(const std::set<std::string>& names) {
  constexpr std::size_t most = 8;
  std::string text;
  std::size_t count = 0;
  for (const auto& name : names) {
    if (++count > most) {
      return text + fmt::format(" and {} more", names.size() - most);
    }
    text += (text.empty() ? "" : ", ") + visible(name);
  }
  return text;
}

// The samples of the breaker that is meant; of several, nobody can say which.
Result<Samples> samples_meant(std::string_view metric, std::string_view label, const Samples& all,
                              const std::string& breaker) {
  Samples found;
  std::set<std::string> names;
  std::set<std::string> of_found;
  for (const auto& sample : all) {
    names.emplace(sample.label(label));
    if (is_about(sample, breaker)) {
      found.push_back(sample);
      of_found.emplace(sample.label(label));
    }
  }
  if (found.empty()) {
    return Error{fmt::format("{} has no breaker {}; it has {}", metric, quoted(visible(breaker)),
                             listed_names(names)),
                 {}};
  }
  if (of_found.size() > 1) {
    return Error{fmt::format("{} is of several breakers, and 'breaker' does not say which: {}",
                             metric, listed_names(of_found)),
                 {}};
  }
  return found;
}

SaidOrWhy by_label(std::string_view metric, const Samples& samples, std::string_view label) {
  std::optional<Said> said;
  for (const auto& sample : samples) {
    if (!(sample.value > 0)) {
      continue;
    }
    const auto word = sample.label(label);
    const auto claim = claim_named(word);
    if (!claim) {
      return Error{
          fmt::format("{} has {}=\"{}\", which is no state", metric, visible(label), visible(word)),
          {}};
    }
    if (said && said->claim != *claim) {
      return Error{fmt::format("{} says {} and {} at once", metric, said->words, visible(word)),
                   {}};
    }
    said = Said{*claim, std::string(visible(word))};
  }
  if (!said) {
    return Error{fmt::format("{} says of no state that it is in it", metric), {}};
  }
  return said;
}

SaidOrWhy by_count(std::string_view metric, const Samples& samples) {
  double active = 0;
  for (const auto& sample : samples) {
    active += sample.value;
  }
  return std::optional(Said{active > 0 ? claim_of(breaker::State::open) : not_open,
                            fmt::format("{} {}", metric, active)});
}

SaidOrWhy by_events(const KnownMetric& known, const Samples& samples) {
  double opened = 0;
  double half_opened = 0;
  for (const auto& sample : samples) {
    const auto event = sample.label(known.label);
    opened += event == known.opened ? sample.value : 0;
    half_opened += event == known.half_opened ? sample.value : 0;
  }
  return std::optional(
      Said{opened > half_opened ? claim_of(breaker::State::open) : not_open,
           fmt::format("opened {} times, half-opened {} times", opened, half_opened)});
}

SaidOrWhy by_values(const Source& source, const Samples& samples) {
  const auto metric = visible(source.metric);
  if (samples.size() > 1) {
    return Error{fmt::format("{} has {} samples, and 'breaker' does not say which: name the value "
                             "of one of its labels",
                             metric, samples.size()),
                 {}};
  }
  const auto value = samples.front().value;
  const auto meaning = std::ranges::find(source.values, value, &Meanings::value_type::first);
  if (meaning == source.values.end()) {
    return Error{fmt::format("{} is {}, which 'values' does not explain", metric, value), {}};
  }
  return std::optional(Said{meaning->second, fmt::format("{} {}", metric, value)});
}

SaidOrWhy own_metric(std::string_view body, const Source& source) {
  const auto all = samples_of(body, source.metric);
  if (!all) {
    return all.error();
  }
  if (all->empty()) {
    return Error{"there is no metric " + visible(source.metric), {}};
  }
  Samples found;
  std::ranges::copy_if(*all, std::back_inserter(found),
                       [&](const Sample& sample) { return is_about(sample, source.breaker); });
  if (found.empty()) {
    return Error{fmt::format("no sample of {} has a label with the value {}",
                             visible(source.metric), quoted(visible(source.breaker))),
                 {}};
  }
  return source.values.empty() ? by_label(visible(source.metric), found, source.state_label)
                               : by_values(source, found);
}

SaidOrWhy read_prometheus(std::string_view body, const Source& source) {
  if (!source.metric.empty()) {
    return own_metric(body, source);
  }
  std::string names;
  for (const auto& known : known_metrics) {
    const auto all = samples_of(body, known.name);
    if (!all) {
      return all.error();
    }
    if (all->empty()) {
      names += (names.empty() ? "" : ", ") + std::string(known.name);
      continue;
    }
    const auto found = samples_meant(known.name, known.breaker, *all, source.breaker);
    if (!found) {
      return found.error();
    }
    switch (known.tells) {
      case Tells::by_label:
        return by_label(known.name, *found, known.label);
      case Tells::by_count:
        return by_count(known.name, *found);
      case Tells::by_events:
        return by_events(known, *found);
    }
  }
  return Error{"there is none of the metrics " + names + "; name one of your own with 'metric'",
               {}};
}

}  // namespace

Kind prometheus() {
  return {.name = "prometheus",
          .summary = "a page of metrics: resilience4j, Envoy, Polly, opossum, or your own metric",
          .takes_metric = true,
          .read = read_prometheus};
}

}  // namespace tripcurve::claims
