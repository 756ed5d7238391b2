#include "breaker/dialects/oxy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "breaker/parts/cause.hpp"

namespace tripcurve::breaker {

using Function = OxyComparison::Function;
using Op = OxyComparison::Op;

namespace {

constexpr std::uint16_t oxy_least_error = 500;

// What the proxy answers for a call that ended without an answer: oxy's and Traefik's error
// handlers.
std::uint16_t proxy_status(CallEnd end) {
  switch (end.kind()) {
    case CallEnd::Kind::answer:
      return end.status();
    case CallEnd::Kind::timeout:
      return 504;
    case CallEnd::Kind::connect_failed:
    case CallEnd::Kind::reset:
    case CallEnd::Kind::closed:
      return 502;
    case CallEnd::Kind::bad_answer:
      return 500;
  }
  return oxy_least_error;
}

// The condition looks at statuses itself: an end is given one of what it counts as.
std::uint16_t measured_status(Outcome outcome, CallEnd end) {
  const auto status = proxy_status(end);
  if (outcome == Outcome::failure) {
    return std::max(status, oxy_least_error);
  }
  return status < oxy_least_error ? status : 200;
}

}  // namespace

Admission Oxy::try_acquire(TimePoint now) {
  if (state() == State::open) {
    if (now < until_) {
      return reject("Service Unavailable");
    }
    enter(State::half_open, now, passed_since(config_.fallback_duration, "it opened"));
    until_ = now + config_.recovery_duration;
    recovers_since_ = now;
    allowed_ = denied_ = 0;
  }
  if (state() == State::half_open) {
    if (now > until_) {
      enter(State::closed, now,
            fmt::format("the condition did not hold for {}",
                        format_duration(config_.recovery_duration)));
    } else if (!ramps_up(now)) {
      return reject("Service Unavailable");
    }
  }
  return admit(now);
}

bool Oxy::ramps_up(TimePoint now) {
  const auto target = 0.5 / static_cast<double>(config_.recovery_duration.count()) *
                      static_cast<double>((now - recovers_since_).count());
  const bool out = (allowed_ + 1) / (allowed_ + 1 + denied_) < target;
  ++(out ? allowed_ : denied_);
  return out;
}

std::string_view Oxy::record(const Permit& permit, Outcome outcome, CallEnd end, TimePoint now) {
  if (outcome != Outcome::ignored) {
    metrics_.record(measured_status(outcome, end), now - permit.given_at, now);
    check(now);
  }
  return {};
}

void Oxy::check(TimePoint now) {
  if (next_check_ && now <= *next_check_) {
    return;
  }
  next_check_ = now + config_.check_period;
  if (state() == State::open) {
    return;
  }
  metrics_.advance_to(now);
  if (config_.expression.holds(metrics_)) {
    enter(State::open, now, config_.expression.words(metrics_));
    until_ = now + config_.fallback_duration;
    metrics_.reset(now);
  }
}

namespace {

constexpr std::array oxy_keys{
    Key{"expression", "", "ResponseCodeRatio(500, 600, 0, 600) > 0.5",
        "opens when this holds; it may use NetworkErrorRatio(), ResponseCodeRatio(500, 600, 0, "
        "600), LatencyAtQuantileMS(50.0) and RequestThreshold(); the library has no default, so "
        "this one is tripcurve's",
        text()},
    Key{"checkPeriod", "", "100ms", "evaluates the expression at most once in this time",
        duration()},
    Key{"fallbackDuration", "", "10s", "the breaker stays open this long", duration()},
    Key{"recoveryDuration", "", "10s",
        "for this long it then lets out a growing share of calls, up to half, before it lets out "
        "all",
        duration()},
};

Result<OxyConfig> read_oxy(const Settings& settings) {
  SettingsReader read(oxy_keys, settings);
  auto expression = OxyCondition::parse(read.text("expression"));
  if (!expression) {
    read.refuse("expression", expression.error().message, expression.error().hint);
  }
  return read.result(OxyConfig{.expression = expression ? *std::move(expression) : OxyCondition{},
                               .check_period = read.duration("checkPeriod"),
                               .fallback_duration = read.duration("fallbackDuration"),
                               .recovery_duration = read.duration("recoveryDuration")});
}

Result<std::unique_ptr<Breaker>> make_oxy(const Settings& settings, Random /*random*/) {
  return make_breaker<Oxy>(read_oxy(settings));
}

// A comparison that failing or slow calls make true, as a rule of its own.
std::optional<TripRule> oxy_rule(const OxyComparison& comparison) {
  using namespace std::chrono_literals;
  TripRule rule{.kind = TripRule::Kind::share,
                .share = comparison.constant,
                .only_above = comparison.op == Op::more,
                .minimum_calls = 1,
                .window = 10s};
  if (comparison.op != Op::more && comparison.op != Op::at_least) {
    return std::nullopt;
  }
  switch (comparison.function) {
    case Function::network_error_ratio:
    case Function::response_code_ratio:
      return rule;
    case Function::latency_at_quantile_ms:
      rule.share = 1 - std::clamp(comparison.arguments[0], 0.0, 100.0) / 100;
      rule.only_above = false;
      rule.window = 60s;
      rule.of_slow_calls = true;
      rule.slow_from = std::chrono::duration_cast<Duration>(
          std::chrono::duration<double, std::milli>(std::min(comparison.constant, 1e9)));
      return rule;
    case Function::request_threshold:
      return std::nullopt;
  }
  return std::nullopt;
}

// Each group of comparisons that is enough is a rule, if it is one of failures or of slow calls,
// with at most the number of calls beside it.
Facts oxy_facts(const Settings& settings) {
  const auto config = *read_oxy(settings);
  Facts facts{.trips = {}, .open_for = config.fallback_duration, .minimum_calls_key = "expression"};
  for (const auto& group : config.expression.groups()) {
    std::vector<TripRule> rules;
    std::uint64_t minimum = 1;
    for (const auto index : group) {
      const auto& comparison = config.expression.comparisons()[index];
      if (const auto rule = oxy_rule(comparison)) {
        rules.push_back(*rule);
      } else if (comparison.function == Function::request_threshold &&
                 (comparison.op == Op::more || comparison.op == Op::at_least)) {
        minimum = static_cast<std::uint64_t>(std::clamp(comparison.constant, 0.0, max_int32)) +
                  (comparison.op == Op::more ? 1 : 0);
      }
    }
    if (rules.size() == 1) {
      rules.front().minimum_calls = minimum;
      facts.trips.push_back(rules.front());
    }
  }
  return facts;
}

std::vector<Warning> oxy_warnings(const Settings& settings, const Traffic& /*traffic*/) {
  const auto config = *read_oxy(settings);
  const auto& comparisons = config.expression.comparisons();
  const auto asks = [&](Function function) {
    return std::ranges::find(comparisons, function, &OxyComparison::function) != comparisons.end();
  };
  std::vector<Warning> found;
  if (asks(Function::network_error_ratio) && !asks(Function::response_code_ratio)) {
    found.push_back({"expression",
                     "NetworkErrorRatio() counts only 502, 504 and calls without an answer, so a "
                     "500 or a 503 of the upstream does not open the breaker",
                     "add || ResponseCodeRatio(500, 600, 0, 600) > 0.5"});
  }
  return found;
}

constexpr std::array<std::string_view, 5> oxy_surprises{
    "NetworkErrorRatio counts only the proxy's own 502 and 504. A 500 or a 503 of the upstream is "
    "not counted.",
    "There is no minimum number of calls: if the first call fails, the ratio is 1 and the breaker "
    "opens, unless the expression also asks for a RequestThreshold() (oxy 2.2).",
    "The first call after fallbackDuration is rejected, too. While recovering, the breaker lets "
    "out at most half of the calls.",
    "No trial closes the breaker. It closes after recoveryDuration if the condition did not hold "
    "in the meantime.",
    "Latencies leave the window by calls, not by time: after a silence, those from long ago still "
    "count.",
};

constexpr Portrait oxy_portrait{
    .library = "vulcand/oxy v2.2.0 (cbreaker), Traefik's circuitBreaker",
    .evidence = Evidence::executed,
    .answers =
        {">= : recovering at tripped + fallbackDuration, on the next call; standby after (>) "
         "recoveryDuration",
         "as the expression says; ratios in double, latencies in whole milliseconds",
         "when a call ends, at most once in each checkPeriod", "completed calls",
         "a share of the calls that grows from 0 to a half", "it is measured like any other",
         "on open"},
    .surprises = oxy_surprises,
    .counting =
        "Your expression decides, by the status with which the proxy answers "
        "(cbreaker/predicates.go, v2.2.0). That status is 502 for a call without an answer, 504 "
        "for a timeout of the proxy, and 500 for an answer that cannot be read (utils/handler.go). "
        "A timeout here is taken to be the proxy's; a caller that gives up is a 499 in Traefik, "
        "which is not a network error.",
    .cancelling =
        "The proxy answers 499 to a client that is gone, and the breaker counts this answer and "
        "its latency as it does any other: it lowers NetworkErrorRatio() and the share of 5xx "
        "(executed; utils/handler.go, cbreaker/cbreaker.go, v2.2.0; pkg/proxy/httputil/proxy.go, "
        "Traefik 3.7.9). If the client leaves during the body, Go's reverse proxy panics, and "
        "nothing is counted. tripcurve counts a 200 in both cases, so an expression over 4xx does "
        "not see it.",
};

}  // namespace

const Dialect& oxy_dialect() {
  static constexpr Dialect dialect{
      .name = "oxy",
      .alias = "traefik",
      .summary = "an expression over statuses and latencies; lets out a growing share of calls",
      .keys = oxy_keys,
      .portrait = &oxy_portrait,
      .make = make_oxy,
      .facts = oxy_facts,
      .warnings = oxy_warnings,
      .heeds_while_closed = Heeds::ends,
      .on_cancel = OnCancel::success};
  return dialect;
}

}  // namespace tripcurve::breaker
