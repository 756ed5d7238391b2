// What a service says of its breaker's state, beside what was observed of it.
#include <algorithm>

#include <fmt/format.h>

#include "core/units.hpp"
#include "expect/observe.hpp"

namespace tripcurve::expect {
namespace {

using report::Scope;
using report::Span;
using report::Summary;
using through::Claimed;
using through::Lag;

using OfClaims = Observation (*)(const Claimed& claimed, const Span& span);

std::string source_and(const std::string& stretch, const Summary& summary, const Claimed& claimed) {
  const bool several = summary.through->claimed.size() > 1;
  return !several ? stretch : stretch.empty() ? claimed.source : stretch + ", " + claimed.source;
}

// One observation per stretch and source.
Observations by_source(const Summary& summary, const Scope& scope, OfClaims observe) {
  if (!summary.through || summary.through->claimed.empty()) {
    return {{.why = "nobody asked the service what state its breaker is in: call it with --through "
                    "and name a source with --states"}};
  }
  Observations all;
  for (const auto& stretch : stretches(summary, scope)) {
    for (const auto& claimed : summary.through->claimed) {
      if (claimed.readings == 0) {
        all.push_back({.why = claimed.missing == 0 ? "the source was not asked"
                                                   : "the source said nothing of the state: " +
                                                         claimed.why_missing});
      } else {
        all.push_back(observe(claimed, stretch.span));
      }
      all.back().subject = source_and(stretch.subject, summary, claimed);
    }
  }
  return all;
}

std::string change_words(const Lag& lag) {
  return fmt::format("the breaker was {} by {:.3f} s", breaker::name(lag.to),
                     to_seconds(lag.when.latest.time_since_epoch()));
}

Observation longest_lag(const Claimed& claimed, const Span& span) {
  Observation observation;
  Duration least{};
  const Lag* latest = nullptr;
  const Lag* never_said = nullptr;
  for (const auto& lag : claimed.lags) {
    if (!span.holds(lag.when.latest)) {
      continue;
    }
    ++observation.samples;
    least = std::max(least, lag.least);
    if (!lag.most && (never_said == nullptr || lag.least > never_said->least)) {
      never_said = &lag;
    }
    if (lag.most && (latest == nullptr || *lag.most > *latest->most)) {
      latest = &lag;
    }
  }
  if (observation.samples == 0) {
    observation.why = "no change was observed that lasted until the source was asked";
    return observation;
  }
  if (never_said != nullptr) {
    observation.never = true;
    observation.waited = to_milliseconds(least);
    observation.why = fmt::format("{}, and the source never said so, for at least {}",
                                  change_words(*never_said), show_duration(never_said->least));
    return observation;
  }
  observation.value = to_milliseconds(*latest->most);
  observation.between = {to_milliseconds(least), *observation.value};
  observation.why = change_words(*latest);
  return observation;
}

Observation time_wrong(const Claimed& claimed, const Span& span) {
  const auto certain = to_milliseconds(through::wrong_between(claimed, true, span.begin, span.end));
  const auto possible =
      to_milliseconds(through::wrong_between(claimed, false, span.begin, span.end));
  Observation observation{.value = possible, .samples = claimed.readings};
  observation.between = {certain, std::max(certain, possible)};
  const auto found =
      std::ranges::max_element(claimed.contradictions, {}, &through::Contradiction::readings);
  if (found != claimed.contradictions.end()) {
    observation.why =
        fmt::format("it said {} while the breaker was {}, from {:.3f} s to {:.3f} s", found->claim,
                    breaker::name(found->state), to_seconds(found->first.time_since_epoch()),
                    to_seconds(found->last.time_since_epoch()));
  }
  return observation;
}

}  // namespace

Observations claimed_state_lag(const Summary& summary, const Scope& scope) {
  return by_source(summary, scope, longest_lag);
}

Observations claimed_state_wrong(const Summary& summary, const Scope& scope) {
  return by_source(summary, scope, time_wrong);
}

}  // namespace tripcurve::expect
