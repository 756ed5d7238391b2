#include "breaker/dialects/polly7.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "breaker/parts/cause.hpp"
#include "breaker/parts/variant.hpp"

namespace tripcurve::breaker {

using Policy = Polly7Config::Policy;

State Polly7::observe(TimePoint now) {
  if (state() == State::open && now >= blocked_till_) {
    enter(State::half_open, now, passed_since(config_.duration_of_break, "it opened"));
  }
  return state();
}

Admission Polly7::try_acquire(TimePoint now) {
  observe(now);
  if (state() == State::closed) {
    return admit(now);
  }
  if (state() == State::half_open && now >= blocked_till_) {
    blocked_till_ = dot_net_clock(now) + config_.duration_of_break;
    return admit(now);
  }
  return reject("BrokenCircuitException");
}

std::string_view Polly7::record(const Permit& permit, Outcome outcome, CallEnd end, TimePoint now) {
  switch (outcome) {
    case Outcome::success:
      record_success(permit, now);
      break;
    case Outcome::failure:
      record_failure(end, now);
      break;
    case Outcome::ignored:
      break;
  }
  return {};
}

void Polly7::record_success(const Permit& permit, TimePoint now) {
  if (state() == State::half_open) {
    if (health_) {
      health_->clear();
    }
    enter(State::closed, now,
          permit.spell == spell() ? trials_succeeded(1) : late_success_closes());
  }
  count(false, now);
}

void Polly7::record_failure(CallEnd end, TimePoint now) {
  if (state() == State::half_open) {
    open(now, first_result_fails(words(end)));
    return;
  }
  count(true, now);
  if (state() == State::closed && is_broken()) {
    open(now, why(end));
  }
}

void Polly7::count(bool failure, TimePoint now) {
  if (health_) {
    health_->add(now, failure);
  } else {
    in_a_row_ = failure ? in_a_row_ + 1 : 0;
  }
}

bool Polly7::is_broken() const {
  if (!health_) {
    return in_a_row_ >= config_.exceptions_allowed;
  }
  const auto& [calls, failures, slow] = health_->totals();
  return calls >= config_.minimum_throughput &&
         static_cast<double>(failures) / static_cast<double>(calls) >= config_.failure_threshold;
}

std::string Polly7::why(CallEnd last) const {
  return health_ ? share_failed(health_->totals().failures, health_->totals().calls, last)
                 : failures_in_a_row(in_a_row_, last);
}

void Polly7::open(TimePoint now, std::string cause) {
  enter(State::open, now, std::move(cause));
  blocked_till_ = dot_net_clock(now) + config_.duration_of_break;
}

namespace {

constexpr std::array<std::string_view, 2> policies{"CircuitBreaker", "AdvancedCircuitBreaker"};

constexpr std::array polly7_keys{
    Key{"policy", "", "CircuitBreaker",
        "what is counted: failures in a row, or their share in a window", one_of(policies)},
    Key{"exceptionsAllowedBeforeBreaking", "", "5",
        "CircuitBreaker: this many failures in a row open it", whole(1)},
    Key{"failureThreshold", "", "",
        "AdvancedCircuitBreaker: opens at this share of failures in the window", above(ratio())},
    Key{"samplingDuration", "", "", "AdvancedCircuitBreaker: length of the window", duration(20)},
    Key{"minimumThroughput", "", "",
        "AdvancedCircuitBreaker: opens only if the window has this many results", whole(2)},
    Key{"durationOfBreak", "", "30s",
        "the breaker stays open this long; while half-open, each such period has one probe",
        duration()},
};

Result<Polly7Config> read_polly7(const Settings& settings) {
  SettingsReader read(polly7_keys, settings);
  Polly7Config config{.policy = read.word<Policy>("policy"),
                      .exceptions_allowed = read.whole("exceptionsAllowedBeforeBreaking"),
                      .duration_of_break = read.duration("durationOfBreak")};
  const bool advanced = config.policy == Policy::advanced;
  check_variant(read, "policy=CircuitBreaker", !advanced, {"exceptionsAllowedBeforeBreaking"}, {});
  check_variant(read, "policy=AdvancedCircuitBreaker", advanced,
                {"failureThreshold", "samplingDuration", "minimumThroughput"},
                {"failureThreshold", "samplingDuration", "minimumThroughput"});
  if (advanced) {
    config.failure_threshold = read.number("failureThreshold");
    config.sampling_duration = read.duration("samplingDuration");
    config.minimum_throughput = read.whole("minimumThroughput");
  }
  return read.result(config);
}

Result<std::unique_ptr<Breaker>> make_polly7(const Settings& settings, Random /*random*/) {
  return make_breaker<Polly7>(read_polly7(settings));
}

Facts polly7_facts(const Settings& settings) {
  const auto config = *read_polly7(settings);
  Facts facts{.trips = {},
              .open_for = config.duration_of_break,
              .trials_admitted = 1,
              .trials_again = config.duration_of_break};
  switch (config.policy) {
    case Policy::consecutive:
      facts.trips.push_back(
          {.kind = TripRule::Kind::consecutive, .failures = config.exceptions_allowed});
      break;
    case Policy::advanced:
      facts.trips.push_back({.kind = TripRule::Kind::share,
                             .share = config.failure_threshold,
                             .minimum_calls = config.minimum_throughput,
                             .window = config.sampling_duration,
                             .tumbling = EventWindow(config.sampling_duration).is_single()});
      facts.minimum_calls_key = "minimumThroughput";
      break;
  }
  return facts;
}

std::vector<Warning> polly7_warnings(const Settings& settings, const Traffic& /*traffic*/) {
  const auto config = *read_polly7(settings);
  if (config.duration_of_break == Duration::zero()) {
    return {{"durationOfBreak",
             "is 0, so the breaker never rejects a call, and half-open it admits every call",
             "set it to the time for which it should stay open, such as 30s"}};
  }
  return {};
}

constexpr std::array<std::string_view, 4> polly7_surprises{
    "While half-open, one more probe goes out after each durationOfBreak, even if the previous one "
    "is still running.",
    "Reading CircuitState can make the breaker half-open.",
    "A probe that ends in an exception that the policy does not handle is not reported, so the "
    "breaker stays half-open until the next probe.",
    "While half-open, the late success of a call from before the breaker opened closes it, even "
    "though the probe is still running.",
};

constexpr Portrait polly7_portrait{
    .library = "Polly 7 (.NET), and its policies in Polly 8",
    .evidence = Evidence::executed,
    .answers = {">= : half-open at opened + durationOfBreak, for calls and for reads of the state",
                ">= ; advanced in double: failures / results", "on failures while closed",
                "completed calls; unhandled exceptions are not counted at all",
                "one probe per durationOfBreak; all others are rejected",
                "closed: counted; open: only the advanced policy counts it; half-open: it decides "
                "as the probe's own result would",
                "on close; after that the advanced policy counts the closing success"},
    .surprises = polly7_surprises,
    .counting =
        "Polly.Extensions.Http decides for AddTransientHttpErrorPolicy: HttpRequestException, 5xx "
        "and 408 are failures (HttpPolicyExtensions.cs, 3.0.0). A timeout is a different exception "
        "and is not counted, unless the policy adds .Or<TimeoutRejectedException>(); in that case "
        "use --breaker-counts timeout=failure. A policy that you build yourself counts what its "
        "Handle and OrResult name.",
    .cancelling =
        "A call that its caller cancels ends in a TaskCanceledException, which "
        "AddTransientHttpErrorPolicy does not handle, so the policy reports nothing "
        "(HttpPolicyExtensions.cs, 3.0.0; AsyncCircuitBreakerEngine.cs, 7.2.4; not run). After a "
        "cancelled probe the breaker stays half-open until the next probe, up to durationOfBreak "
        "later.",
};

}  // namespace

const Dialect& polly7_dialect() {
  static constexpr Dialect dialect{
      .name = "polly7",
      .summary = "failures in a row or their share; half-open, a probe per durationOfBreak",
      .keys = polly7_keys,
      .portrait = &polly7_portrait,
      .make = make_polly7,
      .facts = polly7_facts,
      .warnings = polly7_warnings,
      .heeds_while_closed = Heeds::ends,
      .counts = "408=failure,timeout=ignored"};
  return dialect;
}

}  // namespace tripcurve::breaker
