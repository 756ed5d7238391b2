#include "breaker/dialects/polly.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include "breaker/parts/cause.hpp"
#include "core/ensure.hpp"

namespace tripcurve::breaker {
namespace {

// Of a generator without a bound: longer than any run.
constexpr Duration longest_break = std::chrono::hours(100'000);

}  // namespace

Admission Polly::try_acquire(TimePoint now) {
  if (state() == State::closed) {
    return admit(now);
  }
  if (state() == State::open && now >= blocked_until_) {
    enter(State::half_open, now, passed_since(break_, "it opened"));
    return admit(now);
  }
  return reject("BrokenCircuitException");
}

std::string_view Polly::record(const Permit& permit, Outcome outcome, CallEnd end, TimePoint now) {
  switch (outcome) {
    case Outcome::success:
    case Outcome::ignored:
      record_success(permit, now);
      break;
    case Outcome::failure:
      record_failure(end, now);
      break;
  }
  return {};
}

void Polly::record_success(const Permit& permit, TimePoint now) {
  health_.add(now, false);
  if (state() == State::half_open) {
    health_.clear();
    half_open_attempts_ = 0;
    enter(State::closed, now,
          permit.spell == spell() ? trials_succeeded(1) : late_success_closes());
  }
}

void Polly::record_failure(CallEnd end, TimePoint now) {
  if (state() == State::half_open) {
    ++half_open_attempts_;
    open(now, first_result_fails(words(end)));
    return;
  }
  health_.add(now, true);
  const auto& [calls, failures, slow] = health_.totals();
  if (state() == State::closed && calls >= config_.minimum_throughput &&
      static_cast<double>(failures) / static_cast<double>(calls) >= config_.failure_ratio) {
    open(now, share_failed(failures, calls, end));
  }
}

void Polly::open(TimePoint now, std::string cause) {
  enter(State::open, now, std::move(cause));
  break_ = next_break(now);
  blocked_until_ = dot_net_clock(now) + break_;
}

double Polly::times(PollyBreakGenerator::Times times) const {
  const auto& [calls, failures, slow] = health_.totals();
  switch (times) {
    case PollyBreakGenerator::Times::failure_count:
      return static_cast<double>(failures);
    case PollyBreakGenerator::Times::failure_rate:
      return calls == 0 ? 0 : static_cast<double>(failures) / static_cast<double>(calls);
    case PollyBreakGenerator::Times::half_open_attempts:
      return static_cast<double>(1 + half_open_attempts_);
    case PollyBreakGenerator::Times::two_to_the_half_open_attempts:
      return std::exp2(static_cast<double>(half_open_attempts_));
  }
  ENSURE(false);
}

Duration Polly::next_break(TimePoint now) {
  if (!config_.generator) {
    return config_.break_duration;
  }
  const auto& [base, factor, most] = *config_.generator;
  health_.look(now);
  const auto base_ticks = std::chrono::floor<DotNetTicks>(base).count();
  // A TimeSpan times a double is rounded to a whole tick, a half to the even one.
  const double ticks = std::nearbyint(static_cast<double>(base_ticks) * times(factor));
  const auto longest = std::chrono::floor<DotNetTicks>(most.value_or(longest_break));
  return DotNetTicks(
      static_cast<std::int64_t>(std::min(ticks, static_cast<double>(longest.count()))));
}

namespace {

constexpr double one_day_ms = 86'400'000;

constexpr std::array<std::string_view, 4> generator_times{"FailureCount", "FailureRate",
                                                          "HalfOpenAttempts", "2^HalfOpenAttempts"};

constexpr std::array polly_keys{
    Key{"FailureRatio", "", "0.1", "opens at this share of failures in the window", ratio()},
    Key{"MinimumThroughput", "", "100", "opens only if the window has this many results", whole(2)},
    Key{"SamplingDuration", "", "30s", "length of the window", duration(500, one_day_ms)},
    Key{"BreakDuration", "", "5s", "the breaker stays open this long", duration(500, one_day_ms)},
    Key{"BreakDurationGenerator.base", "", "",
        "the breaker stays open this long, multiplied by what BreakDurationGenerator.times names",
        duration(0, one_day_ms)},
    Key{"BreakDurationGenerator.times", "", "",
        "what the base is multiplied by; HalfOpenAttempts is one more than the number of failed "
        "trials so far",
        one_of(generator_times)},
    Key{"BreakDurationGenerator.most", "", "", "the longest time that the generator gives",
        duration(0, one_day_ms)},
};

std::optional<PollyBreakGenerator> read_polly_generator(SettingsReader& read) {
  constexpr std::string_view base = "BreakDurationGenerator.base";
  constexpr std::string_view times = "BreakDurationGenerator.times";
  constexpr std::string_view most = "BreakDurationGenerator.most";
  if (!read.has(base) && !read.has(times) && !read.has(most)) {
    return std::nullopt;
  }
  for (const auto needed : {base, times}) {
    if (!read.has(needed)) {
      read.refuse(needed, "it is missing",
                  "a generator needs both a base and what to multiply it by");
      return std::nullopt;
    }
  }
  return PollyBreakGenerator{
      .base = read.duration(base),
      .times = read.word<PollyBreakGenerator::Times>(times),
      .most = read.has(most) ? std::optional(read.duration(most)) : std::nullopt};
}

Result<PollyConfig> read_polly(const Settings& settings) {
  SettingsReader read(polly_keys, settings);
  const PollyConfig config{.failure_ratio = read.number("FailureRatio"),
                           .minimum_throughput = read.whole("MinimumThroughput"),
                           .sampling_duration = read.duration("SamplingDuration"),
                           .break_duration = read.duration("BreakDuration"),
                           .generator = read_polly_generator(read)};
  return read.result(config);
}

Result<std::unique_ptr<Breaker>> make_polly(const Settings& settings, Random /*random*/) {
  return make_breaker<Polly>(read_polly(settings));
}

Facts polly_facts(const Settings& settings) {
  const auto config = *read_polly(settings);
  return {.trips = {{.kind = TripRule::Kind::share,
                     .share = config.failure_ratio,
                     .minimum_calls = config.minimum_throughput,
                     .window = config.sampling_duration}},
          .open_for = config.generator ? config.generator->base : config.break_duration,
          .trials_admitted = 1,
          .minimum_calls_key = "MinimumThroughput"};
}

std::vector<Warning> polly_warnings(const Settings& settings, const Traffic& traffic) {
  const auto config = *read_polly(settings);
  std::vector<Warning> found;
  if (config.failure_ratio == 0) {
    found.push_back({"FailureRatio",
                     fmt::format("is 0, so one failure among {} or more results opens the breaker",
                                 config.minimum_throughput),
                     "set it to the share of failures that means an outage, such as 0.5"});
  }
  if (config.generator && is_given(settings, "BreakDuration")) {
    found.push_back({"BreakDuration", "is not used, because BreakDurationGenerator decides",
                     "leave out either it or the generator"});
  }
  if (traffic.timeout > Duration::zero() && config.sampling_duration < 2 * traffic.timeout) {
    found.push_back(
        {"SamplingDuration",
         fmt::format("the window of {} is shorter than two timeouts of {}, which .NET's resilience "
                     "handlers refuse",
                     format_duration(config.sampling_duration), format_duration(traffic.timeout)),
         fmt::format("set it to at least {}", format_duration(2 * traffic.timeout))});
  }
  return found;
}

constexpr std::array<std::string_view, 5> polly_surprises{
    "A success that brings the throughput up to its minimum does not open the breaker; the next "
    "failure does.",
    "While half-open, the late success of a call from before the breaker opened closes it, even "
    "though the probe is still running.",
    "A probe that never returns keeps the breaker half-open for ever; RetryAfter then names a time "
    "at which nothing happens.",
    "A probe that the caller cancels, or that ends in an exception that is not handled, closes the "
    "breaker.",
    "MinimumThroughput is at least 2, and there is no rule for failures in a row.",
};

constexpr Portrait polly_portrait{
    .library = "Polly 8.3.1 and later (.NET)",
    .evidence = Evidence::executed,
    .answers = {">= : half-open at opened + BreakDuration, on the next call",
                ">= , in double: failures / results", "on failures while closed",
                "completed calls; unhandled exceptions are successes",
                "one probe; all others are rejected, without a deadline",
                "closed or open: counted; half-open: it decides as the probe's own result would",
                "on close; the closing success is not counted"},
    .surprises = polly_surprises,
    .counting =
        "Microsoft.Extensions.Http.Resilience decides for HttpClient: HttpRequestException, "
        "TimeoutRejectedException, 5xx, 408 and 429 are failures "
        "(HttpClientResiliencePredicates.cs of dotnet/extensions). A strategy without ShouldHandle "
        "counts every exception except OperationCanceledException, and no status at all.",
    .cancelling =
        "A call that its caller cancels ends in an OperationCanceledException, which ShouldHandle "
        "does not handle: neither by default nor in Microsoft.Extensions.Http.Resilience "
        "(executed; DefaultPredicates.cs, 8.7.0; HttpClientResiliencePredicates.cs of "
        "dotnet/extensions). The strategy counts what it does not handle as a success, so a "
        "cancelled call lowers the share of failures, and a cancelled probe closes the breaker "
        "(CircuitStateController.cs).",
};

}  // namespace

const Dialect& polly_dialect() {
  static constexpr Dialect dialect{
      .name = "polly",
      .summary = "share of failures in a window of ten parts, tested on failures; one probe",
      .keys = polly_keys,
      .portrait = &polly_portrait,
      .make = make_polly,
      .facts = polly_facts,
      .warnings = polly_warnings,
      .heeds_while_closed = Heeds::ends,
      .counts = "408=failure,429=failure",
      .ignored_fills_window = true,
      .ignored_closes = true};
  return dialect;
}

}  // namespace tripcurve::breaker
