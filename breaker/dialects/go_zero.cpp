#include "breaker/dialects/go_zero.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace tripcurve::breaker {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t go_zero_buckets = 40;
constexpr Duration go_zero_window = 10s;
constexpr Duration force_pass_after = 1s;
constexpr double most_k = 1.5;
constexpr double least_k = 1.1;
constexpr std::int64_t protected_calls = 5;

}  // namespace

GoZero::GoZero(Random random)
    : ended_(go_zero_buckets, go_zero_window / go_zero_buckets, TimePoint{}),
      dropped_(ended_),
      random_(random) {}

GoZero::Streaks GoZero::streaks() const {
  Streaks streaks;
  bool all_fail = true;  // no bucket with a success was seen yet, from the newest backwards
  bool all_work = true;
  for (std::size_t age = 0; age < go_zero_buckets; ++age) {
    const auto& bucket = ended_.ring().before_current(age);
    all_fail = all_fail && bucket.successes() == 0;
    all_work = all_work && bucket.failures == 0;
    streaks.failing += all_fail && bucket.failures > 0 ? 1U : 0U;
    streaks.working += all_work && bucket.successes() > 0 ? 1U : 0U;
  }
  return streaks;
}

bool GoZero::drops(TimePoint now) {
  ended_.advance_to(now);
  dropped_.advance_to(now);
  const auto [failing, working] = streaks();
  const auto total = static_cast<std::int64_t>(ended_.totals().calls + dropped_.totals().calls);
  const double k = most_k - (most_k - least_k) * static_cast<double>(failing) / go_zero_buckets;
  const double worth = std::max(k, least_k) * static_cast<double>(ended_.totals().successes());
  double ratio =
      (static_cast<double>(total - protected_calls) - worth) / static_cast<double>(total + 1);
  if (ratio <= 0) {
    return false;
  }
  if (!last_pass_ || now - *last_pass_ <= force_pass_after) {
    ratio *= static_cast<double>(go_zero_buckets - working) / go_zero_buckets;
    if (random_.unit() < ratio) {
      return true;
    }
  }
  last_pass_ = now;
  return false;
}

Admission GoZero::try_acquire(TimePoint now) {
  if (drops(now)) {
    dropped_.add(now, one_call(false));
    return reject("ErrServiceUnavailable");
  }
  return admit(now);
}

std::string_view GoZero::record(const Permit& /*permit*/, Outcome outcome, CallEnd /*end*/,
                                TimePoint now) {
  ended_.add(now, one_call(outcome == Outcome::failure));
  return {};
}

namespace {

Result<std::unique_ptr<Breaker>> make_go_zero(const Settings& /*settings*/, Random random) {
  return std::unique_ptr<Breaker>(std::make_unique<GoZero>(random));
}

// It rejects from this share of failures on, gradually.
Facts go_zero_facts(const Settings& /*settings*/) {
  return {.trips = {{.kind = TripRule::Kind::share,
                     .share = 1 - 1 / most_k,
                     .only_above = true,
                     .minimum_calls = protected_calls + 1,
                     .window = go_zero_window}}};
}

constexpr std::array<std::string_view, 4> go_zero_surprises{
    "Nothing can be set: the window, K and everything else are constants of the library.",
    "A third of failures is enough for it to reject calls: with K = 1.5 it gives the upstream less "
    "room than the 2 of the SRE book.",
    "Even in an outage one call goes out each second; it is admitted whatever the random draw "
    "says.",
    "Rejected calls count in the total, so rejections lead to more rejections.",
};

constexpr Portrait go_zero_portrait{
    .library = "zeromicro/go-zero v1.10.3 (core/breaker)",
    .evidence = Evidence::executed,
    .answers =
        {"there is no open period: each call is rejected by chance, and the first call more than 1 "
         "s (>) after the last admitted one always goes out",
         "rejects with probability (total - 5 - w*accepts)/(total+1), w from 1.5 down to 1.1, "
         "in double",
         "at admission", "completed calls, including rejected ones", "there is no half-open state",
         "it counts when it arrives", "never: results leave the window"},
    .surprises = go_zero_surprises,
    .counting =
        "go-zero's HTTP client decides. A status of 500 or above, a timeout and whatever Go "
        "reports as a network error are failures; a call that the user cancels and any other error "
        "are not (rest/httpc/service.go, v1.10.3). A connection that the upstream closes without "
        "an answer and an answer that cannot be read are such other errors, so they count as "
        "successes.",
    .cancelling =
        "A call whose context is cancelled is one of the accepted calls, which makes rejections "
        "rarer: go-zero's HTTP client lets context.Canceled pass as acceptable (executed; "
        "rest/httpc/service.go, core/breaker/googlebreaker.go, v1.10.3).",
};

}  // namespace

const Dialect& go_zero_dialect() {
  static constexpr Dialect dialect{
      .name = "go-zero",
      .summary = "no states: rejects by chance, and more often after buckets with only failures",
      .keys = {},
      .portrait = &go_zero_portrait,
      .make = make_go_zero,
      .facts = go_zero_facts,
      .counts = "closed=success,bad_answer=success",
      .on_cancel = OnCancel::success,
      .ignored_fills_window = true};
  return dialect;
}

}  // namespace tripcurve::breaker
