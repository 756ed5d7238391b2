#include "breaker/dialects/envoy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "breaker/parts/cause.hpp"

namespace tripcurve::breaker {
namespace {

constexpr std::uint16_t least_error = 500;
constexpr std::uint16_t no_service = 503;
constexpr std::uint16_t gateway_timeout = 504;

bool is_gateway_error(std::uint16_t status) { return status >= 502 && status <= 504; }

// Envoy looks at statuses itself: one for what an answer counts as.
std::uint16_t as_counted(Outcome outcome, std::uint16_t status) {
  return outcome == Outcome::success ? 200 : std::max(status, least_error);
}

// An end that Envoy takes for what it counts as.
CallEnd as_counted(Outcome outcome, CallEnd end) {
  if (outcome == Outcome::success || end.kind() == CallEnd::Kind::answer) {
    return {CallEnd::Kind::answer, as_counted(outcome, end.status()), end.connecting()};
  }
  return end;
}

}  // namespace

Envoy::Envoy(const EnvoyConfig& config, Random random)
    : config_(config),
      random_(random),
      hosts_(config.hosts),
      balancer_(config.hosts, config.panic, config.update_merge_window, config.first_turn),
      next_sweep_(TimePoint{} + config.interval) {}

Admission Envoy::try_acquire(TimePoint now) {
  const auto host = balancer_.next_host();
  return host ? admit(now, static_cast<std::uint32_t>(*host)) : reject("UH");
}

void Envoy::connected(const Permit& permit, TimePoint /*now*/) { note_connection(permit.note); }

void Envoy::answering(const Permit& permit, Outcome outcome, std::uint16_t status, TimePoint now) {
  if (outcome != Outcome::ignored) {
    note_status(permit.note, as_counted(outcome, status), now);
  }
}

std::string_view Envoy::record(const Permit& permit, Outcome outcome, CallEnd end, TimePoint now) {
  if (outcome != Outcome::ignored) {
    note_end(permit.note, as_counted(outcome, end), permit.told, now);
  }
  return {};
}

void Envoy::result(std::size_t host, CallEnd end, TimePoint now) {
  note_end(host, end, Stage::sent, now);
}

void Envoy::note_end(std::size_t host, CallEnd end, Stage told, TimePoint now) {
  using Kind = CallEnd::Kind;
  if (end.connecting()) {
    return;  // Envoy has not said yet which host it is
  }
  if (told == Stage::sent && end.kind() != Kind::connect_failed) {
    note_connection(host);
  }
  const bool has_head = end.status() != 0;
  if (told != Stage::answering && has_head) {
    note_status(host, end.status(), now);
  }
  switch (end.kind()) {
    case Kind::answer:
      break;
    case Kind::timeout:
      if (!has_head) {
        note_break(host, gateway_timeout, now);
      }
      break;
    case Kind::reset:
    case Kind::closed:
    case Kind::bad_answer:
    case Kind::connect_failed:
      note_break(host, no_service, now);
      break;
  }
}

void Envoy::note_connection(std::size_t number) {
  if (config_.split_external_local_origin_errors) {
    auto& host = hosts_[number];
    host.local.add(true);
    host.local_errors = 0;
  }
}

// A failure that is no status of an answer; a status stands for it unless it counts apart.
void Envoy::note_break(std::size_t number, std::uint16_t status, TimePoint now) {
  if (!config_.split_external_local_origin_errors) {
    note_status(number, status, now);
    return;
  }
  auto& host = hosts_[number];
  host.local.add(false);
  if (++host.local_errors == config_.consecutive_local_origin_failure &&
      signal(number, config_.enforcing_consecutive_local_origin_failure,
             fmt::format("{} local failures in a row", host.local_errors), now)) {
    host.local_errors = 0;
  }
}

void Envoy::note_status(std::size_t number, std::uint16_t status, TimePoint now) {
  auto& host = hosts_[number];
  host.external.add(status < least_error);
  if (status < least_error) {
    host.errors = 0;
    host.gateway_errors = 0;
    return;
  }
  if (!is_gateway_error(status)) {
    host.gateway_errors = 0;
  } else if (++host.gateway_errors == config_.consecutive_gateway_failure &&
             signal(number, config_.enforcing_consecutive_gateway_failure,
                    fmt::format("{} gateway errors in a row", host.gateway_errors), now)) {
    host.gateway_errors = 0;
  }
  if (++host.errors == config_.consecutive_5xx &&
      signal(number, config_.enforcing_consecutive_5xx,
             fmt::format("{} errors in a row", host.errors), now)) {
    host.errors = 0;
  }
}

bool Envoy::signal(std::size_t host, std::uint64_t enforcing, const std::string& why,
                   TimePoint now) {
  if (balancer_.is_out(host)) {
    return false;
  }
  eject(host, enforcing, why, now);
  return true;
}

void Envoy::eject(std::size_t number, std::uint64_t enforcing, const std::string& why,
                  TimePoint now) {
  const double percent =
      100.0 * static_cast<double>(ejections_ + 1) / static_cast<double>(hosts_.size());
  const bool in_budget = percent <= static_cast<double>(config_.max_ejection_percent) ||
                         (ejections_ == 0 && config_.always_eject_one_host);
  if (!in_budget) {
    ++overflow_;
    return;
  }
  if (random_.unit() * 100 >= static_cast<double>(enforcing)) {
    return;
  }
  ++ejections_;
  auto& host = hosts_[number];
  host.ejected_at = now;
  const auto steps =
      std::chrono::duration_cast<std::chrono::milliseconds>(config_.max_ejection_time_jitter)
          .count();
  host.jitter = std::chrono::milliseconds(
      static_cast<std::int64_t>(random_.unit() * static_cast<double>(steps + 1)));
  if (host.multiplier * config_.base_ejection_time <
      config_.max_ejection_time + config_.base_ejection_time) {
    ++host.multiplier;
  }
  balancer_.eject(number, now);
  report(number, "ejected: " + why, now);
}

// Ejections and returns are told as transitions, also when the cluster stays what it is.
void Envoy::report(std::size_t host, const std::string& what, TimePoint now) {
  auto text = fmt::format("host {} of {} {}", host + 1, hosts_.size(), what);
  if (const auto known = balancer_.next_delivery(); known != never) {
    text += fmt::format("; the balancer learns of it in {} (update_merge_window)",
                        format_duration(known - now));
  }
  enter_state(now, text);
}

// Open when the balancer has no host left to give, else closed.
void Envoy::enter_state(TimePoint now, const std::string& why) {
  enter(balancer_.has_host() ? State::closed : State::open, now, why);
}

void Envoy::return_if_due(std::size_t number, TimePoint now) {
  auto& host = hosts_[number];
  const auto time_out =
      std::min(host.multiplier * config_.base_ejection_time, config_.max_ejection_time) +
      host.jitter;
  if (time_out > now - host.ejected_at) {
    return;
  }
  --ejections_;
  host.errors = 0;
  host.gateway_errors = 0;
  host.local_errors = 0;
  host.returned_at = now;
  balancer_.readmit(number, now);
  report(number, "returned after " + format_duration(now - host.ejected_at), now);
}

// A timer of the balancer that falls on a sweep was set before the sweep's own.
void Envoy::tick(TimePoint now) {
  if (balancer_.next_delivery() <= now) {
    balancer_.deliver(now);
    enter_state(now, fmt::format("the balancer learns that {} of {} are out", balancer_.hosts_out(),
                                 count_of(hosts_.size(), "host")));
  }
  if (next_sweep_ <= now) {
    sweep(now);
  }
}

void Envoy::sweep(TimePoint now) {
  next_sweep_ += config_.interval;
  for (std::size_t host = 0; host < hosts_.size(); ++host) {
    if (balancer_.is_out(host)) {
      return_if_due(host, now);
    }
  }
  judge(&Host::external, {config_.enforcing_success_rate, config_.enforcing_failure_percentage},
        "calls", now);
  if (config_.split_external_local_origin_errors) {
    judge(&Host::local,
          {config_.enforcing_local_origin_success_rate,
           config_.enforcing_failure_percentage_local_origin},
          "calls without a local failure", now);
  }
  for (std::size_t number = 0; number < hosts_.size(); ++number) {
    auto& host = hosts_[number];
    host.external = {};
    host.local = {};
    if (!balancer_.is_out(number) && host.multiplier > 0 &&
        now - host.returned_at >= config_.interval) {
      --host.multiplier;
    }
  }
}

// The two judgements over the interval just finished, on hosts that were not out before it.
void Envoy::judge(Volume Host::* volume, Enforcing enforcing, std::string_view kind,
                  TimePoint now) {
  struct Rated {
    std::size_t host;
    double rate;  // percent of good calls
  };
  const auto rated = [&](std::uint64_t least_calls) {
    std::vector<Rated> found;
    for (std::size_t host = 0; host < hosts_.size(); ++host) {
      const auto& calls = hosts_[host].*volume;
      if (!balancer_.is_out(host) && calls.calls > 0 && calls.calls >= least_calls) {
        found.push_back(
            {host, static_cast<double>(calls.good) * 100.0 / static_cast<double>(calls.calls)});
      }
    }
    return found;
  };
  const auto by_rate = rated(config_.success_rate_request_volume);
  const auto by_percentage = rated(config_.failure_percentage_request_volume);
  if (!by_rate.empty() && by_rate.size() >= config_.success_rate_minimum_hosts) {
    const auto n = static_cast<double>(by_rate.size());
    double sum = 0;
    for (const auto& [host, rate] : by_rate) {
      sum += rate;
    }
    const double mean = sum / n;
    double squares = 0;
    for (const auto& [host, rate] : by_rate) {
      squares += (rate - mean) * (rate - mean);
    }
    const double threshold =
        mean - std::sqrt(squares / n) * (config_.success_rate_stdev_factor / 1000.0);
    for (const auto& [host, rate] : by_rate) {
      if (rate < threshold) {
        eject(host, enforcing.success_rate,
              fmt::format("{:.1f}% good {}, below {:.1f}% (mean {:.1f}%)", rate, kind, threshold,
                          mean),
              now);
      }
    }
  }
  if (!by_percentage.empty() && by_percentage.size() >= config_.failure_percentage_minimum_hosts) {
    for (const auto& [host, rate] : by_percentage) {
      if (100.0 - rate >= static_cast<double>(config_.failure_percentage_threshold)) {
        eject(host, enforcing.failure_percentage, fmt::format("{:.1f}% good {}", rate, kind), now);
      }
    }
  }
}

}  // namespace tripcurve::breaker
