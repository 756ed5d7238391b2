#include "breaker/dialects/sentinel_golang.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include "breaker/parts/cause.hpp"
#include "breaker/parts/millisecond_clock.hpp"

namespace tripcurve::breaker {

using Strategy = SentinelGolangConfig::Strategy;

namespace {

constexpr std::uint32_t opened_the_door = 1;  // note of the permit that made it half-open

}  // namespace

Admission SentinelGolang::try_acquire(TimePoint now) {
  if (state() == State::closed) {
    return admit(now);
  }
  if (state() == State::open && millisecond_clock(now) >= next_retry_) {
    enter(State::half_open, now, passed_since(config_.retry_timeout, "it opened"));
    return admit(now, opened_the_door);
  }
  if (state() == State::half_open && config_.probe_num > 0) {
    return admit(now);
  }
  return reject("BlockTypeCircuitBreaking");
}

std::string_view SentinelGolang::record(const Permit& permit, Outcome outcome, CallEnd end,
                                        TimePoint now) {
  if (outcome == Outcome::ignored) {
    if (permit.note == opened_the_door && state() == State::half_open) {
      enter(State::open, now, "the trial does not count");  // the retry time stays
    }
    return {};
  }
  const bool bad = is_bad(permit, outcome, now);
  window_.add(now, one_call(bad));
  if (state() == State::half_open) {
    judge_probe(permit, bad, end, now);
  } else if (state() == State::closed && is_exceeded()) {
    const auto& [calls, failures, slow] = window_.totals();
    open(now, fmt::format("{} of {} were {}", failures, count_of(calls, "call"),
                          config_.strategy == Strategy::slow_request_ratio ? "slow" : "errors"));
  }
  return {};
}

void SentinelGolang::judge_probe(const Permit& permit, bool bad, CallEnd end, TimePoint now) {
  if (bad) {
    const bool slow = config_.strategy == Strategy::slow_request_ratio;
    probed_ = 0;
    open(now, fmt::format("half-open, a result was {}", slow ? "a slow one" : words(end)));
    return;
  }
  ++probed_;
  if (probed_ >= config_.probe_num) {
    enter(State::closed, now,
          permit.spell == spell() ? trials_succeeded(probed_) : late_success_closes());
    probed_ = 0;
    window_.clear();
  }
}

bool SentinelGolang::is_bad(const Permit& permit, Outcome outcome, TimePoint now) const {
  return config_.strategy == Strategy::slow_request_ratio
             ? millisecond_clock(now) - millisecond_clock(permit.given_at) > config_.max_allowed_rt
             : outcome == Outcome::failure;
}

bool SentinelGolang::is_exceeded() const {
  const auto& [calls, bad, slow] = window_.totals();
  if (calls < config_.min_request_amount) {
    return false;
  }
  if (config_.strategy == Strategy::error_count) {
    return bad >= static_cast<std::uint64_t>(config_.threshold);
  }
  constexpr double precision = 0.00000001;
  const double ratio = static_cast<double>(bad) / static_cast<double>(calls);
  return ratio > config_.threshold || std::abs(ratio - config_.threshold) < precision;
}

void SentinelGolang::open(TimePoint now, std::string cause) {
  enter(State::open, now, std::move(cause));
  next_retry_ = millisecond_clock(now) + config_.retry_timeout;
}

namespace {

// A rule has the number, a resource of Kubernetes and code the name.
constexpr std::array<std::string_view, 6> strategy_words{
    "0", "1", "2", "SlowRequestRatio", "ErrorRatio", "ErrorCount"};
constexpr std::uint8_t golang_strategies = 3;

constexpr std::array golang_keys{
    Key{"strategy", "", "0",
        "what is counted: slow calls (0, SlowRequestRatio), the share of errors (1, ErrorRatio) or "
        "the number of errors (2, ErrorCount)",
        one_of(strategy_words)},
    Key{"retryTimeoutMs", "", "3000",
        "the breaker stays open this long; the library has no default, so this one is tripcurve's",
        milliseconds(1, max_uint32)},
    Key{"minRequestAmount", "", "0", "opens only if the window has this many results",
        whole(0, max_uint32)},
    Key{"statIntervalMs", "", "1000",
        "length of the window; the library has no default, so this one is tripcurve's",
        milliseconds(1, max_uint32)},
    Key{"statSlidingWindowBucketCount", "", "0",
        "the number of parts in which the window slides; one part if it does not divide "
        "statIntervalMs",
        whole(0, 100'000)},
    Key{"maxAllowedRtMs", "", "0", "strategy 0: a call is slow if it takes longer than this",
        milliseconds()},
    Key{"threshold", "", "0",
        "opens at this share of slow calls or errors (strategies 0 and 1), or at this many errors "
        "(2); any result reaches 0",
        number(0, max_uint32)},
    Key{"probeNum", "", "0",
        "half-open: with 0 one call goes out and decides; otherwise all calls go out, and this "
        "many good ones close the breaker",
        whole(0, max_uint32)},
};

Result<SentinelGolangConfig> read_golang(const Settings& settings) {
  SettingsReader read(golang_keys, settings);
  const auto word = read.word<std::uint8_t>("strategy");
  SentinelGolangConfig config{.strategy = static_cast<Strategy>(word % golang_strategies),
                              .retry_timeout = read.whole_milliseconds("retryTimeoutMs"),
                              .min_request_amount = read.whole("minRequestAmount"),
                              .stat_interval = read.whole_milliseconds("statIntervalMs"),
                              .bucket_count = read.whole("statSlidingWindowBucketCount"),
                              .max_allowed_rt = read.whole_milliseconds("maxAllowedRtMs"),
                              .threshold = read.number("threshold"),
                              .probe_num = read.whole("probeNum")};
  if (config.strategy != Strategy::error_count && config.threshold > 1) {
    read.refuse("threshold",
                fmt::format("{} is above 1, but strategy {} takes a share", config.threshold,
                            word % golang_strategies),
                "write a share such as 0.5, or choose strategy=2");
  }
  const auto interval = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(config.stat_interval).count());
  if (config.bucket_count == 0 || interval % config.bucket_count != 0) {
    config.bucket_count = 1;
  }
  return read.result(config);
}

Result<std::unique_ptr<Breaker>> make_golang(const Settings& settings, Random /*random*/) {
  return make_breaker<SentinelGolang>(read_golang(settings));
}

Facts golang_facts(const Settings& settings) {
  const auto config = *read_golang(settings);
  TripRule rule{.kind = TripRule::Kind::share,
                .share = config.threshold,
                .minimum_calls = config.min_request_amount,
                .window = config.stat_interval,
                .tumbling = config.bucket_count == 1};
  switch (config.strategy) {
    case Strategy::slow_request_ratio:
      rule.of_slow_calls = true;
      rule.slow_from = config.max_allowed_rt;
      break;
    case Strategy::error_ratio:
      break;
    case Strategy::error_count:
      rule.kind = TripRule::Kind::count;
      rule.share = 0;
      rule.failures = static_cast<std::uint64_t>(config.threshold);
      break;
  }
  return {.trips = {rule},
          .open_for = config.retry_timeout,
          .trials_admitted = config.probe_num == 0 ? 1U : 0U,
          .trials_needed = std::max<std::uint64_t>(config.probe_num, 1),
          .minimum_calls_key = "minRequestAmount"};
}

std::vector<Warning> golang_warnings(const Settings& settings, const Traffic& /*traffic*/) {
  const auto config = *read_golang(settings);
  std::vector<Warning> found;
  const bool counts = config.strategy == Strategy::error_count;
  if (config.threshold < (counts ? 1 : 0.00000001)) {
    found.push_back(
        {"threshold",
         fmt::format("{} is reached by every result, even a good one, so {} opens the breaker",
                     config.threshold,
                     config.min_request_amount <= 1
                         ? "the first"
                         : fmt::format("number {} of the window", config.min_request_amount)),
         fmt::format("set it to the value at which it should open, such as threshold={}",
                     counts ? "5" : "0.5")});
  }
  const auto& asked = *std::ranges::find(settings, "statSlidingWindowBucketCount", &Setting::key);
  if (asked.given && asked.value != "0" && config.bucket_count == 1 && asked.value != "1") {
    found.push_back(
        {"statSlidingWindowBucketCount",
         fmt::format("{} does not divide statIntervalMs, {}, so the library uses one bucket",
                     asked.value, format_duration(config.stat_interval)),
         "use a number that divides it"});
  }
  if (config.strategy != Strategy::slow_request_ratio && is_given(settings, "maxAllowedRtMs")) {
    found.push_back(
        {"maxAllowedRtMs", "has no effect: only strategy 0 looks at slow calls", "leave it out"});
  }
  return found;
}

constexpr std::array<std::string_view, 5> golang_surprises{
    "A missing threshold is 0, which every result reaches, even a good one. A missing "
    "minRequestAmount is 0, so with a share the first error opens the breaker.",
    "With probeNum every call goes out while half-open, not only that many; one bad result reopens "
    "the breaker.",
    "With one bucket, the default, the window forgets everything at each whole statIntervalMs.",
    "While half-open, the result of a call from before the breaker opened counts as that of a "
    "probe.",
    "Strategy 0 takes fast errors for good calls; strategies 1 and 2 take slow calls for good "
    "calls.",
};

constexpr Portrait golang_portrait{
    .library = "alibaba/sentinel-golang v1.0.4",
    .evidence = Evidence::executed,
    .answers = {">= : half-open at opened + retryTimeoutMs, on the next call",
                ">= , ratios in double, where a difference below 1e-8 is ignored; ErrorCount is "
                "compared with the whole part of threshold",
                "on every result while closed", "completed calls",
                "with probeNum 0 one probe, and all others are rejected, without a deadline; "
                "otherwise every call",
                "closed or open: counted; half-open: it decides as a probe's own result would",
                "on close"},
    .surprises = golang_surprises,
    .counting =
        "Your code decides: an error that is traced into the entry is a failure (TraceError, "
        "WithError; core/circuitbreaker/stat_slot.go, v1.0.4). Go's net/http returns no error for "
        "any status, so unless your own code makes it an error, not even a 500 counts. tripcurve "
        "counts 5xx and every call without an answer.",
    .cancelling =
        "Your code decides: if the error of a cancelled context is traced into the entry, as the "
        "gRPC adapter does, the call is an error (core/circuitbreaker/stat_slot.go, "
        "pkg/adapters/grpc/client.go, v1.0.4; not run). An entry that exits without it is a good "
        "call, unless strategy 0 finds it slow.",
};

}  // namespace

const Dialect& sentinel_golang_dialect() {
  static constexpr Dialect dialect{
      .name = "sentinel-golang",
      .summary =
          "slow calls or errors that reach a threshold, in buckets of the clock; many probes",
      .keys = golang_keys,
      .portrait = &golang_portrait,
      .make = make_golang,
      .facts = golang_facts,
      .warnings = golang_warnings,
      .heeds_while_closed = Heeds::ends,
      .on_cancel = OnCancel::failure};
  return dialect;
}

}  // namespace tripcurve::breaker
