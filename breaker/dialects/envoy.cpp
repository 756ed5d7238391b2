#include "breaker/dialects/envoy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "breaker/parts/cause.hpp"

namespace tripcurve::breaker {
namespace {

bool is_gateway_error(std::uint16_t status) { return status >= 502 && status <= 504; }

constexpr std::uint16_t least_error = 500;

// An end that Envoy takes for what it counts as: it looks at statuses itself.
CallEnd as_counted(Outcome outcome, CallEnd end) {
  if (outcome == Outcome::success) {
    return {CallEnd::Kind::answer, 200};
  }
  return end.kind == CallEnd::Kind::answer ? CallEnd{end.kind, std::max(end.status, least_error)}
                                           : end;
}

// What Envoy makes of a call that ended without an answer.
std::uint16_t as_status(CallEnd end) {
  switch (end.kind) {
    case CallEnd::Kind::answer:
      return end.status;
    case CallEnd::Kind::connect_failed:
      return 503;
    case CallEnd::Kind::timeout:
      return 504;
    case CallEnd::Kind::reset:
    case CallEnd::Kind::closed:
    case CallEnd::Kind::bad_answer:
      return 500;
  }
  return 500;
}

}  // namespace

Envoy::Envoy(const EnvoyConfig& config, Random random)
    : config_(config),
      random_(random),
      hosts_(config.hosts),
      next_sweep_(TimePoint{} + config.interval) {}

bool Envoy::panics() const {
  const auto healthy = static_cast<double>(hosts_.size() - ejected_);
  return 100.0 * healthy / static_cast<double>(hosts_.size()) < config_.healthy_panic_threshold;
}

Admission Envoy::try_acquire(TimePoint now) {
  const bool all = panics();
  for (std::size_t tried = 0; tried < hosts_.size(); ++tried) {
    const auto host = turn_;
    turn_ = turn_ + 1 == hosts_.size() ? 0 : turn_ + 1;
    if (all || !hosts_[host].ejected) {
      return admit(now, static_cast<std::uint32_t>(host));
    }
  }
  return reject("UH");
}

std::string_view Envoy::record(const Permit& permit, Outcome outcome, CallEnd end, TimePoint now) {
  if (outcome != Outcome::ignored) {
    result(permit.note, as_counted(outcome, end), now);
  }
  return {};
}

void Envoy::result(std::size_t number, CallEnd end, TimePoint now) {
  auto& host = hosts_[number];
  if (config_.split_external_local_origin_errors) {
    const bool answered = end.kind == CallEnd::Kind::answer;
    host.local.add(answered);
    if (!answered) {
      if (++host.local_errors == config_.consecutive_local_origin_failure &&
          signal(host, config_.enforcing_consecutive_local_origin_failure,
                 fmt::format("{} local failures in a row", host.local_errors), now)) {
        host.local_errors = 0;
      }
      return;
    }
    host.local_errors = 0;
  }
  external_result(host, as_status(end), now);
}

void Envoy::external_result(Host& host, std::uint16_t status, TimePoint now) {
  host.external.add(status < least_error);
  if (status < least_error) {
    host.errors = 0;
    host.gateway_errors = 0;
    return;
  }
  if (!is_gateway_error(status)) {
    host.gateway_errors = 0;
  } else if (++host.gateway_errors == config_.consecutive_gateway_failure &&
             signal(host, config_.enforcing_consecutive_gateway_failure,
                    fmt::format("{} gateway errors in a row", host.gateway_errors), now)) {
    host.gateway_errors = 0;
  }
  if (++host.errors == config_.consecutive_5xx &&
      signal(host, config_.enforcing_consecutive_5xx,
             fmt::format("{} errors in a row", host.errors), now)) {
    host.errors = 0;
  }
}

bool Envoy::signal(Host& host, double enforcing, const std::string& why, TimePoint now) {
  if (host.ejected) {
    return false;
  }
  eject(host, enforcing, why, now);
  return true;
}

void Envoy::eject(Host& host, double enforcing, const std::string& why, TimePoint now) {
  const double percent =
      100.0 * static_cast<double>(ejected_ + 1) / static_cast<double>(hosts_.size());
  const bool in_budget =
      percent <= config_.max_ejection_percent || (ejected_ == 0 && config_.always_eject_one_host);
  if (!in_budget || random_.unit() * 100 >= enforcing) {
    return;
  }
  ++ejected_;
  host.ejected = true;
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
  report(fmt::format("host {} of {} ejected: {}", number(host) + 1, hosts_.size(), why), now);
}

// Ejections and returns are told as transitions, also when the cluster stays what it is: open when
// no host is left to answer, else closed.
void Envoy::report(const std::string& what, TimePoint now) {
  enter(ejected_ == hosts_.size() && !panics() ? State::open : State::closed, now, what);
}

void Envoy::return_if_due(Host& host, TimePoint now) {
  const auto time_out =
      std::min(host.multiplier * config_.base_ejection_time, config_.max_ejection_time) +
      host.jitter;
  if (time_out > now - host.ejected_at) {
    return;
  }
  --ejected_;
  host.ejected = false;
  host.errors = 0;
  host.gateway_errors = 0;
  host.local_errors = 0;
  host.returned_at = now;
  report(fmt::format("host {} of {} returned after {}", number(host) + 1, hosts_.size(),
                     format_duration(now - host.ejected_at)),
         now);
}

void Envoy::tick(TimePoint now) {
  next_sweep_ += config_.interval;
  for (auto& host : hosts_) {
    if (host.ejected) {
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
  for (auto& host : hosts_) {
    host.external = {};
    host.local = {};
    if (!host.ejected && host.multiplier > 0 && now - host.returned_at >= config_.interval) {
      --host.multiplier;
    }
  }
}

// The two judgements over the interval just finished, on hosts that are not out.
void Envoy::judge(Volume Host::* volume, Enforcing enforcing, std::string_view kind,
                  TimePoint now) {
  struct Rated {
    Host* host;
    double rate;  // percent of good calls
  };
  const auto rated = [&](std::uint64_t least_calls) {
    std::vector<Rated> found;
    for (auto& host : hosts_) {
      const auto& calls = host.*volume;
      if (!host.ejected && calls.calls > 0 && calls.calls >= least_calls) {
        found.push_back(
            {&host, static_cast<double>(calls.good) * 100.0 / static_cast<double>(calls.calls)});
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
        eject(*host, enforcing.success_rate,
              fmt::format("{:.1f}% good {}, below {:.1f}% (mean {:.1f}%)", rate, kind, threshold,
                          mean),
              now);
      }
    }
  }
  if (!by_percentage.empty() && by_percentage.size() >= config_.failure_percentage_minimum_hosts) {
    for (const auto& [host, rate] : by_percentage) {
      if (!host->ejected && 100.0 - rate >= config_.failure_percentage_threshold) {
        eject(*host, enforcing.failure_percentage, fmt::format("{:.1f}% good {}", rate, kind), now);
      }
    }
  }
}

namespace {

constexpr std::array keys{
    Key{"hosts", "", "1", "hosts of the cluster, each with its own counters", whole(1, 100'000)},
    Key{"consecutive_5xx", "", "5", "errors in a row that eject a host", whole(1, max_uint32)},
    Key{"consecutive_gateway_failure", "", "5", "502, 503 and 504 in a row that eject a host",
        whole(1, max_uint32)},
    Key{"interval", "", "10s", "between sweeps, the only time at which hosts return", duration(1)},
    Key{"base_ejection_time", "", "30s", "out for this long, times the host's ejections so far",
        duration(1)},
    Key{"max_ejection_time", "", "", "never out for longer; 300s or base_ejection_time if absent",
        duration(1)},
    Key{"max_ejection_time_jitter", "", "0s", "up to so much longer, by chance", duration()},
    Key{"max_ejection_percent", "", "10", "no more of the hosts are out at a time",
        percent(0, 100)},
    Key{"always_eject_one_host", "", "false", "one may be out whatever max_ejection_percent says",
        flag()},
    Key{"enforcing_consecutive_5xx", "", "100", "chance that this signal ejects", percent(0, 100)},
    Key{"enforcing_consecutive_gateway_failure", "", "0", "chance that this signal ejects",
        percent(0, 100)},
    Key{"enforcing_success_rate", "", "100", "chance that this signal ejects", percent(0, 100)},
    Key{"success_rate_minimum_hosts", "", "5", "hosts with enough calls for a judgement",
        whole(0, max_uint32)},
    Key{"success_rate_request_volume", "", "100", "calls of a host in an interval for a judgement",
        whole(0, max_uint32)},
    Key{"success_rate_stdev_factor", "", "1900",
        "ejects below mean - factor/1000 * standard deviation", whole(0, max_uint32)},
    Key{"enforcing_failure_percentage", "", "0", "chance that this signal ejects", percent(0, 100)},
    Key{"failure_percentage_threshold", "", "85", "percent of failures in an interval that ejects",
        percent(0, 100)},
    Key{"failure_percentage_minimum_hosts", "", "5", "hosts with enough calls for a judgement",
        whole(0, max_uint32)},
    Key{"failure_percentage_request_volume", "", "50",
        "calls of a host in an interval for a judgement", whole(0, max_uint32)},
    Key{"split_external_local_origin_errors", "", "false",
        "counts failures without an answer apart from error answers", flag()},
    Key{"consecutive_local_origin_failure", "", "5", "when split: local failures in a row",
        whole(1, max_uint32)},
    Key{"enforcing_consecutive_local_origin_failure", "", "100", "chance that this signal ejects",
        percent(0, 100)},
    Key{"enforcing_local_origin_success_rate", "", "100", "chance that this signal ejects",
        percent(0, 100)},
    Key{"enforcing_failure_percentage_local_origin", "", "0", "chance that this signal ejects",
        percent(0, 100)},
    Key{"successful_active_health_check_uneject_host", "", "true",
        "no effect: tripcurve runs no active health checks", flag()},
    Key{"healthy_panic_threshold", "", "50",
        "with fewer percent of the hosts left, calls go to all; 0 turns that off (Istio)",
        percent(0, 100)},
};

Result<EnvoyConfig> read_config(const Settings& settings) {
  SettingsReader read(keys, settings);
  const auto base = read.duration("base_ejection_time");
  const auto longest = read.has("max_ejection_time")
                           ? read.duration("max_ejection_time")
                           : std::max<Duration>(base, std::chrono::seconds(300));
  if (!read.error() && longest < base) {
    read.refuse("max_ejection_time",
                fmt::format("{} is shorter than base_ejection_time, {}", format_duration(longest),
                            format_duration(base)),
                "make it at least as long");
  }
  const EnvoyConfig config{
      .hosts = read.whole("hosts"),
      .consecutive_5xx = read.whole("consecutive_5xx"),
      .consecutive_gateway_failure = read.whole("consecutive_gateway_failure"),
      .consecutive_local_origin_failure = read.whole("consecutive_local_origin_failure"),
      .interval = read.duration("interval"),
      .base_ejection_time = base,
      .max_ejection_time = longest,
      .max_ejection_time_jitter = read.duration("max_ejection_time_jitter"),
      .max_ejection_percent = read.number("max_ejection_percent"),
      .always_eject_one_host = read.flag("always_eject_one_host"),
      .enforcing_consecutive_5xx = read.number("enforcing_consecutive_5xx"),
      .enforcing_consecutive_gateway_failure = read.number("enforcing_consecutive_gateway_failure"),
      .enforcing_consecutive_local_origin_failure =
          read.number("enforcing_consecutive_local_origin_failure"),
      .enforcing_success_rate = read.number("enforcing_success_rate"),
      .enforcing_local_origin_success_rate = read.number("enforcing_local_origin_success_rate"),
      .enforcing_failure_percentage = read.number("enforcing_failure_percentage"),
      .enforcing_failure_percentage_local_origin =
          read.number("enforcing_failure_percentage_local_origin"),
      .success_rate_minimum_hosts = read.whole("success_rate_minimum_hosts"),
      .success_rate_request_volume = read.whole("success_rate_request_volume"),
      .success_rate_stdev_factor = static_cast<double>(read.whole("success_rate_stdev_factor")),
      .failure_percentage_threshold = read.number("failure_percentage_threshold"),
      .failure_percentage_minimum_hosts = read.whole("failure_percentage_minimum_hosts"),
      .failure_percentage_request_volume = read.whole("failure_percentage_request_volume"),
      .split_external_local_origin_errors = read.flag("split_external_local_origin_errors"),
      .healthy_panic_threshold = read.number("healthy_panic_threshold")};
  (void)read.flag("successful_active_health_check_uneject_host");
  return read.result(config);
}

Result<std::unique_ptr<Breaker>> make(const Settings& settings, Random random) {
  return make_breaker<Envoy>(read_config(settings), random);
}

bool can_eject(const EnvoyConfig& config) {
  return config.always_eject_one_host ||
         100.0 / static_cast<double>(config.hosts) <= config.max_ejection_percent;
}

Facts facts(const Settings& settings) {
  const auto config = *read_config(settings);
  Facts facts{.trips = {}, .open_for = config.base_ejection_time, .trials_needed = 0};
  if (!can_eject(config)) {
    return facts;
  }
  const auto add = [&](std::uint64_t failures, double enforcing) {
    if (enforcing > 0) {
      facts.trips.push_back({.kind = TripRule::Kind::consecutive, .failures = failures});
    }
  };
  add(config.consecutive_5xx, config.enforcing_consecutive_5xx);
  add(config.consecutive_gateway_failure, config.enforcing_consecutive_gateway_failure);
  return facts;
}

std::vector<Warning> warnings(const Settings& settings, const Traffic& /*traffic*/) {
  const auto config = *read_config(settings);
  std::vector<Warning> found;
  const auto hosts = static_cast<double>(config.hosts);
  if (!can_eject(config)) {
    found.push_back(
        {"max_ejection_percent",
         fmt::format("never ejects anything: one of {} is {:.3g}%, more than {:.3g}%",
                     count_of(config.hosts, "host"), 100 / hosts, config.max_ejection_percent),
         fmt::format("at least {:.0f}, or always_eject_one_host=true", std::ceil(100 / hosts))});
  } else if (const double most_out = std::floor(hosts * config.max_ejection_percent / 100);
             config.healthy_panic_threshold > 100.0 * (hosts - std::max(1.0, most_out)) / hosts) {
    found.push_back({"healthy_panic_threshold",
                     fmt::format("with {:.0f} of {} out, fewer than {:.3g}% are left, and calls go "
                                 "to all of them, the ejected ones included",
                                 std::max(1.0, most_out), count_of(config.hosts, "host"),
                                 config.healthy_panic_threshold),
                     "lower it, or max_ejection_percent; 0 turns panic off"});
  }
  if (is_given(settings, "consecutive_gateway_failure") &&
      config.enforcing_consecutive_gateway_failure == 0) {
    found.push_back({"consecutive_gateway_failure",
                     "is detected and never acted on: enforcing_consecutive_gateway_failure is 0%",
                     "enforcing_consecutive_gateway_failure=100"});
  }
  return found;
}

constexpr std::array<std::string_view, 5> surprises{
    "With fewer than 10 hosts the default max_ejection_percent of 10 never ejects any.",
    "Ejecting the only host changes nothing: panic sends calls to it all the same. Istio turns "
    "panic "
    "off, and there they fail with 503 UH.",
    "Gateway failures are detected but not enforced by default.",
    "A host that returns gets its full share at once; there is no half-open.",
    "Hosts return only at sweeps, so they are out for up to one interval longer.",
};

constexpr Portrait portrait{
    .library = "Envoy outlier detection, main of 2024 (00c7146d)",
    .evidence = Evidence::source,
    .answers = {">= at a sweep: a host returns at the first one at or after its time",
                "== N in a row; failure percentage >=, success rate < mean - factor * stdev, in "
                "double",
                "on each result (in a row), and every interval (rates)",
                "completed calls of each host, cancelled ones left out",
                "there is none: the host is back with its full share",
                "it moves its host's counters; one that is out is not ejected again",
                "the counters of a row when the host returns; rates every interval"},
    .surprises = surprises,
    .counting =
        "Envoy decides: consecutive_5xx counts 5xx, consecutive_gateway_failure 502, 503 and 504, "
        "and both count a failed connect, a timeout or a reset unless "
        "split_external_local_origin_errors is set "
        "(source/common/upstream/outlier_detection_impl.cc, 00c7146d). No 4xx counts.",
};

}  // namespace

const Dialect& envoy_dialect() {
  static constexpr Dialect dialect{
      .name = "envoy",
      .summary = "outlier detection: ejects hosts of a cluster; open when none is left",
      .keys = keys,
      .portrait = &portrait,
      .make = make,
      .facts = facts,
      .warnings = warnings};
  return dialect;
}

}  // namespace tripcurve::breaker
