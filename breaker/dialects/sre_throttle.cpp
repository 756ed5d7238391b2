#include "breaker/dialects/sre_throttle.hpp"

#include <array>

namespace tripcurve::breaker {

SreThrottle::SreThrottle(const SreThrottleConfig& config, Random random)
    : k_(config.k),
      requests_(buckets, config.window / static_cast<Duration::rep>(buckets), TimePoint{}),
      accepts_(requests_),
      random_(random) {}

Admission SreThrottle::try_acquire(TimePoint now) {
  accepts_.advance_to(now);
  requests_.advance_to(now);
  const auto requests = static_cast<double>(requests_.totals().calls);
  const auto accepts = static_cast<double>(accepts_.totals().calls);
  requests_.add(now, one_call(false));
  if (random_.unit() < (requests - k_ * accepts) / (requests + 1)) {
    return reject("throttled");
  }
  return admit(now);
}

std::string_view SreThrottle::record(const Permit& /*permit*/, Outcome outcome, CallEnd /*end*/,
                                     TimePoint now) {
  if (outcome != Outcome::failure) {
    accepts_.add(now, one_call(false));
  }
  return {};
}

namespace {

constexpr std::array sre_throttle_keys{
    Key{"K", "", "2",
        "how many calls it lets out for each one that the backend accepts; a lower value rejects "
        "earlier",
        number(1, 1000)},
    Key{"window", "", "2m", "counts the calls of this period", duration(120)},
};

Result<SreThrottleConfig> read_sre_throttle(const Settings& settings) {
  SettingsReader read(sre_throttle_keys, settings);
  const SreThrottleConfig config{.k = read.number("K"), .window = read.duration("window")};
  return read.result(config);
}

Result<std::unique_ptr<Breaker>> make_sre_throttle(const Settings& settings, Random random) {
  return make_breaker<SreThrottle>(read_sre_throttle(settings), random);
}

// It rejects from this share of failures on, gradually.
Facts sre_throttle_facts(const Settings& settings) {
  const auto config = *read_sre_throttle(settings);
  return {.trips = {{.kind = TripRule::Kind::share,
                     .share = 1 - 1 / config.k,
                     .only_above = true,
                     .window = config.window}},
          .trials_needed = 1};
}

constexpr std::array<std::string_view, 3> sre_throttle_surprises{
    "With K = 2 it sends up to twice as much as the backend accepts, and it never stops sending "
    "altogether.",
    "After a quiet outage, the counts of a whole window must be outweighed before it stops "
    "rejecting.",
    "The libraries that follow the book reject by other formulas: go-zero and kratos are dialects "
    "of their own.",
};

constexpr Portrait sre_throttle_portrait{
    .library = "no library: Google's SRE book (2016), client-side throttling, equation 21-1",
    .evidence = Evidence::source,
    .answers = {"there is no open period: each call is rejected by chance",
                "rejects with probability (requests - K*accepts)/(requests+1), in double",
                "at admission", "attempted calls, including rejected ones",
                "there is no half-open state", "it counts when it arrives",
                "never: results leave the window"},
    .surprises = sre_throttle_surprises,
    .counting =
        "The book counts what the backend does not accept (Handling Overload, Client-Side "
        "Throttling) and leaves it to the client which answers those are. tripcurve counts 5xx and "
        "every call without an answer.",
    .cancelling =
        "The book does not say. A call that is given up was attempted, and nobody knows whether "
        "the backend accepted it, so tripcurve counts it as not accepted.",
};

}  // namespace

const Dialect& sre_throttle_dialect() {
  static constexpr Dialect dialect{
      .name = "sre-throttle",
      .summary = "no states: rejects by chance, more often the fewer calls the backend accepts",
      .keys = sre_throttle_keys,
      .portrait = &sre_throttle_portrait,
      .make = make_sre_throttle,
      .facts = sre_throttle_facts,
      .on_cancel = OnCancel::failure,
      .ignored_fills_window = true};
  return dialect;
}

}  // namespace tripcurve::breaker
