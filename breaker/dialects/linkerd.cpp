#include "breaker/dialects/linkerd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "breaker/parts/cause.hpp"

namespace tripcurve::breaker {

Admission Linkerd::try_acquire(TimePoint now) {
  switch (state()) {
    case State::closed:
      return admit(now);
    case State::half_open:
      if (!std::exchange(on_trial_, true)) {
        return admit(now);
      }
      break;
    case State::open:
    case State::forced_open:
    case State::disabled:
      break;
  }
  return reject("service in fail-fast");
}

std::string_view Linkerd::record(const Permit& /*permit*/, Outcome outcome, CallEnd end,
                                 TimePoint now) {
  if (outcome == Outcome::ignored) {
    return {};
  }
  if (state() == State::closed) {
    record_closed(outcome, end, now);
  } else if (state() == State::half_open) {
    record_half_open(outcome, end, now);
  }
  return {};
}

void Linkerd::record_closed(Outcome outcome, CallEnd end, TimePoint now) {
  in_a_row_ = outcome == Outcome::failure ? in_a_row_ + 1 : 0;
  if (in_a_row_ == config_.max_failures) {
    open(now, failures_in_a_row(in_a_row_, end));
  }
}

void Linkerd::record_half_open(Outcome outcome, CallEnd end, TimePoint now) {
  if (outcome == Outcome::failure) {
    open(now, first_result_fails(words(end)));
    return;
  }
  enter(State::closed, now, trials_succeeded(1));
  in_a_row_ = penalties_ = 0;
}

TimePoint Linkerd::next_tick() const { return state() == State::open ? until_ : never; }

void Linkerd::tick(TimePoint now) {
  if (state() == State::open && now >= until_) {
    enter(State::half_open, now, passed_since(penalty_, "it opened"));
    on_trial_ = false;
  }
}

void Linkerd::open(TimePoint now, std::string cause) {
  enter(State::open, now, std::move(cause));
  penalty_ = next_penalty();
  until_ = now + penalty_;
}

Duration Linkerd::next_penalty() {
  Duration base = config_.min_penalty;
  for (std::uint64_t i = 0; i < penalties_ && base > Duration::zero() && base < config_.max_penalty;
       ++i) {
    base = std::min(base * 2, config_.max_penalty);
  }
  ++penalties_;
  if (config_.jitter_ratio == 0) {
    return base;
  }
  const double factor = random_.unit() * config_.jitter_ratio;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(base);
  const auto rest = base - seconds;
  const std::chrono::seconds more_seconds(
      static_cast<std::int64_t>(static_cast<double>(seconds.count()) * factor));
  const Duration more_rest(static_cast<Duration::rep>(static_cast<double>(rest.count()) * factor));
  return base + std::min<Duration>(more_seconds + more_rest, config_.max_penalty - base);
}

namespace {

constexpr std::array linkerd_keys{
    Key{"max-failures", "failures", "7", "this many failures in a row open the breaker",
        whole(1, max_uint32)},
    Key{"min-penalty", "", "1s",
        "the breaker stays open this long at first, then twice as long each time", duration()},
    Key{"max-penalty", "", "60s", "the longest time for which the breaker stays open", duration(1)},
    Key{"jitter-ratio", "", "0.5", "a random share of up to this much is added", number(0, 100)},
};

Result<LinkerdConfig> read_linkerd(const Settings& settings) {
  SettingsReader read(linkerd_keys, settings);
  const LinkerdConfig config{
      .max_failures = read.whole("max-failures"),
      .min_penalty = read.duration("min-penalty"),
      .max_penalty = read.duration("max-penalty"),
      .jitter_ratio = static_cast<double>(read.single_precision("jitter-ratio"))};
  if (config.min_penalty > config.max_penalty) {
    read.refuse(
        "min-penalty",
        fmt::format("{} is longer than max-penalty, {}", format_duration(config.min_penalty),
                    format_duration(config.max_penalty)),
        "set it to at most max-penalty");
  }
  return read.result(config);
}

Result<std::unique_ptr<Breaker>> make_linkerd(const Settings& settings, Random random) {
  return make_breaker<Linkerd>(read_linkerd(settings), random);
}

Facts linkerd_facts(const Settings& settings) {
  const auto config = *read_linkerd(settings);
  return {.trips = {{.kind = TripRule::Kind::consecutive, .failures = config.max_failures}},
          .open_for = config.min_penalty,
          .trials_admitted = 1};
}

constexpr std::array<std::string_view, 5> linkerd_surprises{
    "Each endpoint has a breaker of its own. Meanwhile calls go to the other endpoints; if there "
    "is none, they wait for up to 3 s before they fail.",
    "A call that its caller gives up has no result and is not counted. If that call is the trial, "
    "the endpoint stays half-open for good.",
    "The jitter of a penalty in whole seconds is truncated to whole seconds: with the defaults the "
    "first two penalties, 1 s and 2 s, have none.",
    "The first result to arrive decides the half-open state, even a late one of an earlier call.",
    "Failed connections do not count: the proxy connects again while callers wait.",
};

constexpr Portrait linkerd_portrait{
    .library = "Linkerd 2 failure accrual, mode consecutive (linkerd2-proxy)",
    .evidence = Evidence::source,
    .answers =
        {">= : half-open when the penalty is over, by a timer",
         "= : at the max-failures-th failure in a row", "on failures while closed",
         "responses, when their bodies end; calls that are given up do not count",
         "one call; all others are rejected, without a deadline",
         "closed: counted; open: dropped; half-open: it decides as the trial's own result would",
         "on every success, and on close"},
    .surprises = linkerd_surprises,
    .counting =
        "Linkerd decides: statuses from 500 to 599, responses that break off, gRPC's failure codes "
        "and Linkerd's own timeouts are failures (linkerd/app/core/src/classify.rs). The caller's "
        "timeout does not count; if timeout.linkerd.io/response is shorter than it, use "
        "--breaker-counts timeout=failure.",
    .cancelling =
        "Before the head of the answer, a call that its caller gives up has no result, and the "
        "breaker never hears of it (linkerd/http/classify/src/channel.rs, 29637b6; not run). Once "
        "the head is there, its status counts in Linkerd as soon as the body is given up; "
        "tripcurve counts no call that is given up.",
};

}  // namespace

const Dialect& linkerd_dialect() {
  static constexpr Dialect dialect{
      .name = "linkerd",
      .summary = "failures in a row; penalties that double, with jitter; one trial",
      .keys = linkerd_keys,
      .portrait = &linkerd_portrait,
      .make = make_linkerd,
      .facts = linkerd_facts,
      .heeds_while_closed = Heeds::ends,
      .counts = "600-999=success,connect_failed=ignored,timeout=ignored",
      .on_cancel = OnCancel::nothing};
  return dialect;
}

}  // namespace tripcurve::breaker
