#include "experiment/fare.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace tripcurve::experiment {
namespace {

constexpr CallEnd given_up_in_time{CallEnd::Kind::timeout, 0};

CallEnd answer(std::uint16_t status) { return {CallEnd::Kind::answer, status}; }

}  // namespace

void Fare::add(CallEnd end, double share) {
  const auto same = std::ranges::find(ends, end, &EndShare::end);
  if (same != ends.end()) {
    same->share += share;
  } else if (share > 0) {
    ends.push_back({end, share});
  }
}

Fare fare_of(const faults::Behaviour& behaviour, double turned_away, std::uint16_t limit_status,
             Duration timeout) {
  Fare fare{.latency = behaviour.latency.quantile(0.5)};
  if (behaviour.errors.refuse()) {
    fare.add({CallEnd::Kind::connect_failed, 0}, 1);
    return fare;
  }
  const double late = behaviour.latency_above(timeout);
  double served = 1;
  for (std::size_t i = 0; i < behaviour.errors.items().size(); ++i) {
    const auto& item = behaviour.errors.items()[i];
    const double share = behaviour.errors.share(i);
    const double too_late = item.latency ? item.latency->share_above(timeout) : late;
    fare.add(item.seen().how, share * (1 - too_late));
    fare.add(given_up_in_time, share * too_late);
    served -= share;
  }
  served = std::max(served, 0.0);
  fare.add(answer(limit_status), served * turned_away);
  fare.add(given_up_in_time, served * (1 - turned_away) * late);
  fare.add(answer(200), served * (1 - turned_away) * (1 - late));
  return fare;
}

Fare fare_of(double fails, Duration takes, Duration timeout) {
  constexpr std::uint16_t bad_gateway =
      502;  // what a service answers when what it needs has failed
  const bool late = timeout > Duration{} && takes > timeout;
  Fare fare{.latency = late ? timeout : takes};
  fare.add(given_up_in_time, late ? 1 : 0);
  fare.add(answer(bad_gateway), late ? 0 : fails);
  fare.add(answer(200), late ? 0 : 1 - fails);
  return fare;
}

Fare mixed(const std::vector<Portion>& portions) {
  double sum = 0;
  for (const auto& portion : portions) {
    sum += portion.part;
  }
  Fare mix;
  for (const auto& [part, fare] : portions) {
    if (part <= 0) {
      continue;
    }
    for (const auto& [end, share] : fare.ends) {
      mix.add(end, share * part / sum);
    }
    mix.latency = std::max(mix.latency, fare.latency);
  }
  return mix;
}

Fare mixed(const std::vector<Fare>& fares) {
  std::vector<Portion> portions;
  for (const auto& fare : fares) {
    portions.push_back({1, fare});
  }
  return mixed(portions);
}

Seen seen_by_breaker(const Fare& fare, const OutcomeRules& rules, bool ignored_fills_window) {
  Seen seen{.latency = fare.latency};
  double counted = 0;
  for (const auto& [end, share] : fare.ends) {
    const auto outcome = rules.of(end);
    seen.errors += outcome == Outcome::failure ? share : 0;
    counted += outcome != Outcome::ignored || ignored_fills_window ? share : 0;
    const bool bad = end.kind() != CallEnd::Kind::answer || end.status() >= 400;
    if (bad && outcome != Outcome::failure) {
      seen.uncounted += share;
      seen.ends.push_back({end, outcome, share});
    }
  }
  seen.errors = counted > 0 ? std::min(1.0, seen.errors / counted) : 0;
  std::ranges::stable_sort(seen.ends, std::ranges::greater{}, &breaker::Uncounted::share);
  return seen;
}

}  // namespace tripcurve::experiment
