#include "breaker/dialects/gobreaker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "breaker/parts/cause.hpp"
#include "core/text.hpp"

namespace tripcurve::breaker {
namespace {

// What ReadyToTrip may speak of, in the order of ready_to_trip()'s values.
constexpr std::array<std::string_view, 6> count_names{
    "Requests",        "TotalSuccesses",       "TotalFailures",
    "TotalExclusions", "ConsecutiveSuccesses", "ConsecutiveFailures"};

std::size_t bucket_count(const GobreakerConfig& config) {
  if (config.interval == Duration::zero() || config.bucket_period == Duration::zero()) {
    return 1;
  }
  return static_cast<std::size_t>((config.interval - Duration(1)) / config.bucket_period + 1);
}

void floored_subtract(std::uint64_t& from, std::uint64_t amount) { from -= std::min(from, amount); }

}  // namespace

void Gobreaker::Tally::note_success() {
  ++successes;
  ++consecutive_successes;
  consecutive_failures = 0;
}

void Gobreaker::Tally::note_failure() {
  ++failures;
  ++consecutive_failures;
  consecutive_successes = 0;
}

Gobreaker::Gobreaker(GobreakerConfig config)
    : config_(std::move(config)), buckets_(bucket_count(config_)) {
  start_generation(TimePoint{});
}

void Gobreaker::start_generation(TimePoint now) {
  total_ = {};
  std::ranges::fill(buckets_, Tally{});
  age_ = 0;
  generation_start_ = now;
  expiry_ = never;
  if (state() == State::open) {
    expiry_ = now + config_.timeout;
  } else if (state() == State::closed && config_.interval > Duration::zero() && !rolls()) {
    expiry_ = now + config_.interval;
  }
}

void Gobreaker::change(State to, TimePoint now, std::string cause) {
  enter(to, now, std::move(cause));
  windows_ = 0;
  start_generation(now);
}

// What the library does before it answers anything.
void Gobreaker::refresh(TimePoint now) {
  switch (state()) {
    case State::closed:
      if (rolls()) {
        age_to(static_cast<std::uint32_t>((now - generation_start_) / config_.bucket_period));
      } else if (now > expiry_) {
        ++windows_;
        start_generation(now);
      }
      return;
    case State::open:
      if (now > expiry_) {
        change(State::half_open, now, passed_since(config_.timeout, "it opened"));
      }
      return;
    case State::half_open:
    case State::forced_open:
    case State::disabled:
      return;
  }
}

void Gobreaker::age_to(std::uint32_t age) {
  if (age - age_ >= buckets_.size()) {
    total_ = {};
    std::ranges::fill(buckets_, Tally{});
    age_ = age;
    return;
  }
  while (age_ < age) {
    ++age_;
    auto& bucket = buckets_[age_ % buckets_.size()];
    evict(bucket);
    bucket = {};
  }
}

// Takes the oldest bucket out of the totals. A run of failures (or successes) loses that bucket's
// part only when it reaches back to it without a gap; results that were booked out of order can
// keep a run from ever matching, and it then outlives all its buckets.
void Gobreaker::evict(const Tally& bucket) {
  floored_subtract(total_.requests, bucket.requests);
  floored_subtract(total_.successes, bucket.successes);
  floored_subtract(total_.failures, bucket.failures);
  floored_subtract(total_.exclusions, bucket.exclusions);
  if (total_.consecutive_successes == bucket.consecutive_successes + total_.successes) {
    floored_subtract(total_.consecutive_successes, bucket.consecutive_successes);
  }
  if (total_.consecutive_failures == bucket.consecutive_failures + total_.failures) {
    floored_subtract(total_.consecutive_failures, bucket.consecutive_failures);
  }
}

bool Gobreaker::in_window(std::uint32_t age) const {
  return age <= age_ && age_ - age < buckets_.size();
}

void Gobreaker::count(std::uint32_t age, Outcome outcome) {
  if (!in_window(age)) {
    return;
  }
  for (auto* tally : {&total_, &buckets_[age % buckets_.size()]}) {
    switch (outcome) {
      case Outcome::success:
        tally->note_success();
        break;
      case Outcome::failure:
        tally->note_failure();
        break;
      case Outcome::ignored:
        ++tally->exclusions;
        break;
    }
  }
}

bool Gobreaker::ready_to_trip() const {
  const auto as_double = [](std::uint64_t n) { return static_cast<double>(n); };
  return config_.ready_to_trip.holds(
      std::array{as_double(total_.requests), as_double(total_.successes),
                 as_double(total_.failures), as_double(total_.exclusions),
                 as_double(total_.consecutive_successes), as_double(total_.consecutive_failures)});
}

State Gobreaker::observe(TimePoint now) {
  refresh(now);
  return state();
}

Admission Gobreaker::try_acquire(TimePoint now) {
  refresh(now);
  if (state() == State::open) {
    return reject("ErrOpenState");
  }
  if (state() == State::half_open) {
    const auto taken = total_.requests - std::min(total_.requests, total_.exclusions);
    if (taken >= config_.max_requests) {
      return reject("ErrTooManyRequests");
    }
  }
  ++total_.requests;
  ++buckets_[age_ % buckets_.size()].requests;
  return admit(now, rolls() ? age_ : windows_);
}

std::string_view Gobreaker::record(const Permit& permit, Outcome outcome, CallEnd end,
                                   TimePoint now) {
  refresh(now);
  if (permit.spell != spell() || (!rolls() && permit.note != windows_)) {
    return {};  // of an earlier generation
  }
  count(rolls() ? permit.note : 0, outcome);
  if (state() == State::closed) {
    if (outcome == Outcome::failure && ready_to_trip()) {
      change(State::open, now,
             total_.consecutive_failures > 1 && total_.consecutive_failures == total_.failures
                 ? failures_in_a_row(total_.consecutive_failures, end)
                 : fmt::format("{} of {} failed, the last {}", total_.failures,
                               count_of(total_.requests, "request"), words(end)));
    }
  } else if (outcome == Outcome::failure) {
    change(State::open, now, trial_failed(end));
  } else if (outcome == Outcome::success && total_.consecutive_successes >= config_.max_requests) {
    change(State::closed, now, trials_succeeded(total_.consecutive_successes));
  }
  return {};
}

namespace {

constexpr std::array gobreaker_keys{
    Key{"MaxRequests", "", "1",
        "half-open: this many calls go out, and this many successes in a row close the breaker; 0 "
        "means 1",
        whole(0, max_uint32)},
    Key{"Interval", "", "0s", "length of the window while closed; 0s never clears the counts",
        duration()},
    Key{"BucketPeriod", "", "0s",
        "makes the window slide in buckets of this length; 0s means a fixed window", duration()},
    Key{"Timeout", "", "60s", "the breaker stays open this long; 0s means 60s", duration()},
    Key{"ReadyToTrip", "", "ConsecutiveFailures > 5",
        "evaluated after each failure: a condition over Requests, TotalSuccesses, TotalFailures, "
        "TotalExclusions, ConsecutiveSuccesses and ConsecutiveFailures",
        text()},
};

Result<GobreakerConfig> read_gobreaker(const Settings& settings) {
  SettingsReader read(gobreaker_keys, settings);
  auto trip = Expression::parse(read.text("ReadyToTrip"), count_names);
  if (!trip) {
    return trip.error().in("ReadyToTrip");
  }
  GobreakerConfig config{.max_requests = std::max<std::uint64_t>(read.whole("MaxRequests"), 1),
                         .interval = read.duration("Interval"),
                         .bucket_period = read.duration("BucketPeriod"),
                         .timeout = read.duration("Timeout"),
                         .ready_to_trip = *std::move(trip)};
  if (config.timeout == Duration::zero()) {
    config.timeout = std::chrono::seconds(60);
  }
  constexpr std::size_t most_buckets = 1'000'000;
  if (!read.error() && bucket_count(config) > most_buckets) {
    read.refuse("BucketPeriod", "it divides Interval into more than a million buckets",
                "make it longer");
  }
  return read.result(config);
}

Result<std::unique_ptr<Breaker>> make_gobreaker(const Settings& settings, Random /*random*/) {
  return make_breaker<Gobreaker>(read_gobreaker(settings));
}

Facts gobreaker_facts(const Settings& settings) {
  const auto config = *read_gobreaker(settings);
  TripRule rule{.kind = TripRule::Kind::share,
                .window = config.interval,
                .tumbling = bucket_count(config) == 1};
  // Known are conditions of one kind, a row, a count or a share, with or without a minimum of
  // requests.
  bool known = !config.ready_to_trip.bounds().empty();
  int kinds = 0;
  for (const auto& [left, op, right] : config.ready_to_trip.bounds()) {
    const bool above = op == ">";
    const auto whole =
        static_cast<std::uint64_t>(std::max(1.0, above ? std::floor(right) + 1 : std::ceil(right)));
    if (!above && op != ">=") {
      known = false;
    } else if (same_word(left, "ConsecutiveFailures")) {
      rule.kind = TripRule::Kind::consecutive;
      rule.failures = whole;
      ++kinds;
    } else if (same_word(left, "TotalFailures")) {
      rule.kind = TripRule::Kind::count;
      rule.failures = whole;
      ++kinds;
    } else if (same_word(left, "Requests")) {
      known = known && rule.minimum_calls == 0;
      rule.minimum_calls = whole;
    } else if (same_word(left, "TotalFailures/Requests")) {
      rule.kind = TripRule::Kind::share;
      rule.share = right;
      rule.only_above = above;
      ++kinds;
    } else {
      known = false;
    }
  }
  known = known && kinds == 1;
  Facts facts{.trips = {},
              .open_for = config.timeout,
              .trials_admitted = config.max_requests,
              .trials_needed = config.max_requests,
              .minimum_calls_key = "ReadyToTrip"};
  if (known) {
    facts.trips.push_back(rule);
  }
  return facts;
}

std::vector<Warning> gobreaker_warnings(const Settings& settings, const Traffic& traffic) {
  const auto config = *read_gobreaker(settings);
  std::vector<Warning> found;
  const auto slowest = traffic.timeout != Duration::zero() ? traffic.timeout : Duration::zero();
  if (bucket_count(config) == 1 && config.interval > Duration::zero() &&
      config.interval < slowest) {
    found.push_back({"Interval",
                     fmt::format("the window of {} rolls over while calls that take up to {} are "
                                 "still out, and their results are dropped",
                                 format_duration(config.interval), format_duration(slowest)),
                     fmt::format("make Interval longer than {}, or set BucketPeriod",
                                 format_duration(slowest))});
  }
  for (const auto& [left, op, right] : config.ready_to_trip.bounds()) {
    if (op == ">" && same_word(left, "ConsecutiveFailures") && settings.back().given) {
      found.push_back({"ReadyToTrip",
                       fmt::format("opens on failure {:.0f} in a row, not on failure {:.0f}",
                                   std::floor(right) + 1, std::floor(right)),
                       fmt::format("write ConsecutiveFailures >= {0:.0f} if you mean {0:.0f}",
                                   std::floor(right))});
    }
  }
  return found;
}

constexpr std::array<std::string_view, 5> gobreaker_surprises{
    "With a fixed window shorter than the latency the breaker can never open: the failures of "
    "calls that were out at the roll-over are dropped.",
    "The default, ConsecutiveFailures > 5, opens the breaker on the sixth failure.",
    "A half-open call that never returns keeps the breaker half-open for ever, because MaxRequests "
    "is a quota and not a limit on concurrency.",
    "With BucketPeriod, whether the breaker opens can depend on whether anything reads its state.",
    "A call that its caller cancels is a failure, unless IsExcluded or IsSuccessful names "
    "context.Canceled. Users who leave a slow page can therefore open the breaker.",
};

constexpr Portrait gobreaker_portrait{
    .library = "sony/gobreaker v2.4.0 (Go)",
    .evidence = Evidence::executed,
    .answers = {"> : still open at opened + Timeout, for calls and for reads of the state",
                "as ReadyToTrip says, in double",
                "on a counted failure while closed (with BucketPeriod, also on one that has left "
                "the window)",
                "started calls, including those in flight and excluded ones",
                "a quota of MaxRequests per half-open state; an excluded result gives back a place",
                "it is dropped; a roll-over of the fixed window also makes results late",
                "on every change of state, and at each roll-over of a fixed window"},
    .surprises = gobreaker_surprises,
    .counting =
        "Your code decides: a result is a failure if IsSuccessful says so, which by default is the "
        "case if the error is not nil (gobreaker.go, v2.4.0). Go's net/http returns no error for "
        "any status, so unless your own code makes it an error, not even a 500 counts. tripcurve "
        "counts 5xx, as such code usually does.",
    .cancelling =
        "The function given to Execute returns an error that wraps context.Canceled if its "
        "context is cancelled, and this counts as every error does, unless IsExcluded or "
        "IsSuccessful says otherwise (executed; gobreaker.go, v2.4.0). If IsExcluded names it, "
        "use on_cancel=ignored; if IsSuccessful does, on_cancel=success.",
};

}  // namespace

const Dialect& gobreaker_dialect() {
  static constexpr Dialect dialect{
      .name = "gobreaker",
      .summary = "generations: a late result never counts; ReadyToTrip is an expression",
      .keys = gobreaker_keys,
      .portrait = &gobreaker_portrait,
      .make = make_gobreaker,
      .facts = gobreaker_facts,
      .warnings = gobreaker_warnings,
      .on_cancel = OnCancel::failure,
      .ignored_fills_window = true};
  return dialect;
}

}  // namespace tripcurve::breaker
