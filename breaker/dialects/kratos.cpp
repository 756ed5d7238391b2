#include "breaker/dialects/kratos.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "breaker/parts/cause.hpp"

namespace tripcurve::breaker {

Kratos::Kratos(const KratosConfig& config, Random random)
    : k_(1 / config.success),
      request_(config.request),
      stat_(config.bucket, config.window / static_cast<Duration::rep>(config.bucket), TimePoint{}),
      random_(random) {}

Admission Kratos::try_acquire(TimePoint now) {
  stat_.advance_to(now);
  const auto& counts = stat_.totals();
  const auto total = static_cast<double>(counts.calls);
  const double worth = k_ * static_cast<double>(counts.successes());
  if (counts.calls < request_ || total < worth) {
    if (state() == State::open) {
      enter(State::closed, now,
            counts.calls < request_
                ? fmt::format("only {} in the window", count_of(counts.calls, "call"))
                : share_of(counts.successes(), counts.calls, "call", "succeeded"));
    }
    return admit(now);
  }
  if (state() == State::closed) {
    enter(State::open, now, share_failed(counts.failures, counts.calls));
  }
  if (random_.unit() < std::max(0.0, (total - worth) / (total + 1))) {
    stat_.add(now, one_call(true));
    return reject("ErrNotAllowed");
  }
  return admit(now);
}

std::string_view Kratos::record(const Permit& /*permit*/, Outcome outcome, CallEnd /*end*/,
                                TimePoint now) {
  stat_.add(now, one_call(outcome == Outcome::failure));
  return {};
}

namespace {

constexpr std::array kratos_keys{
    Key{"success", "", "0.6",
        "may reject calls once no more than this share of them succeeds; the K of the SRE book is "
        "1 divided by it",
        above(ratio())},
    Key{"request", "", "100", "rejects calls only if the window has this many", whole(0)},
    Key{"window", "", "3s", "counts the calls of this period", duration(1)},
    Key{"bucket", "", "10", "the number of parts in which the window slides", whole(1, 10'000)},
};

Result<KratosConfig> read_kratos(const Settings& settings) {
  SettingsReader read(kratos_keys, settings);
  return read.result(KratosConfig{.success = read.number("success"),
                                  .request = read.whole("request"),
                                  .window = read.duration("window"),
                                  .bucket = read.whole("bucket")});
}

Result<std::unique_ptr<Breaker>> make_kratos(const Settings& settings, Random random) {
  return make_breaker<Kratos>(read_kratos(settings), random);
}

// It rejects from this share of failures on, gradually.
Facts kratos_facts(const Settings& settings) {
  const auto config = *read_kratos(settings);
  return {.trips = {{.kind = TripRule::Kind::share,
                     .share = 1 - config.success,
                     .only_above = true,
                     .minimum_calls = config.request,
                     .window = config.window}},
          .minimum_calls_key = "request"};
}

constexpr std::array<std::string_view, 5> kratos_surprises{
    "While open, it still lets calls out by chance. It closes without a trial, as soon as the "
    "shares or the sliding of the window say so.",
    "Rejected calls count as failed, so rejections lead to more rejections; the breaker recovers "
    "only as results leave the window.",
    "In an outage one call in total + 1 still goes out, so a busier client sends a smaller share.",
    "With fewer than `request` calls in 3 s (34 per second), no call is ever rejected.",
    "A call that its caller cancels counts as failed over HTTP, and as a success over gRPC.",
};

constexpr Portrait kratos_portrait{
    .library = "go-kratos/aegis v0.2.0 (circuitbreaker/sre)",
    .evidence = Evidence::executed,
    .answers = {"there is no open period: while open, each call is rejected by chance",
                "opens at total >= K * accepts, and rejects with probability "
                "(total - K*accepts)/(total+1), in double",
                "at admission", "completed calls, and rejected ones as failed",
                "there is no half-open state", "it counts when it arrives",
                "never: results leave the window"},
    .surprises = kratos_surprises,
    .counting =
        "Kratos decides: its middleware marks an error of code 500, 503 or 504 as failed and "
        "everything else as a success (middleware/circuitbreaker, v2.8.3). Its HTTP client turns "
        "every answer that is not a 2xx into an error with the status as its code; an error "
        "without a code, such as a timeout or a reset, is a 500 (errors/errors.go). So 501 and 502 "
        "are successes.",
    .cancelling =
        "Over HTTP, a call whose context is cancelled counts as failed: the error of Go's client "
        "has no code, and so its code is 500 (executed; middleware/circuitbreaker, "
        "transport/http/client.go, errors/errors.go, v2.8.3). Over gRPC it is a 499 and counts as "
        "a success; in that case use on_cancel=success.",
};

}  // namespace

const Dialect& kratos_dialect() {
  static constexpr Dialect dialect{
      .name = "kratos",
      .summary =
          "rejects by chance, more often the fewer calls succeed; rejections count as failed",
      .keys = kratos_keys,
      .portrait = &kratos_portrait,
      .make = make_kratos,
      .facts = kratos_facts,
      .counts = "501-502=success,505-999=success",
      .on_cancel = OnCancel::failure,
      .ignored_fills_window = true};
  return dialect;
}

}  // namespace tripcurve::breaker
