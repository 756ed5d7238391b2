#include "breaker/dialects/apisix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "breaker/parts/cause.hpp"

namespace tripcurve::breaker {
namespace {

TimePoint second_clock(TimePoint now) { return std::chrono::floor<std::chrono::seconds>(now); }

}  // namespace

Admission Apisix::try_acquire(TimePoint now) {
  if (state() == State::open) {
    if (is_breaking(now)) {
      return reject("break_response_code");
    }
    enter(State::half_open, now, passed_since(break_time(), "the second in which it opened"));
  }
  return admit(now);
}

std::string_view Apisix::record(const Permit& /*permit*/, Outcome outcome, CallEnd end,
                                TimePoint now) {
  switch (outcome) {
    case Outcome::failure:
      record_unhealthy(end, now);
      break;
    case Outcome::success:
      record_healthy(now);
      break;
    case Outcome::ignored:
      break;
  }
  return {};
}

void Apisix::record_unhealthy(CallEnd end, TimePoint now) {
  ++unhealthy_;
  healthy_ = 0;
  if (unhealthy_ % config_.failures != 0) {
    return;
  }
  opened_ = now;
  if (state() != State::open) {
    enter(State::open, now,
          fmt::format("{} since it was last healthy, the last {}",
                      count_of(unhealthy_, "unhealthy answer"), words(end)));
  }
}

void Apisix::record_healthy(TimePoint now) {
  if (unhealthy_ == 0 || ++healthy_ < config_.successes) {
    return;
  }
  const auto cause = fmt::format("{} without an unhealthy one between",
                                 count_of(config_.successes, "healthy answer"));
  unhealthy_ = healthy_ = 0;
  opened_.reset();
  if (state() != State::closed) {
    enter(State::closed, now, cause);
  }
}

// 2, 4, 8 seconds and so on, by how often it has opened since it was last healthy.
Duration Apisix::break_time() const {
  constexpr std::uint64_t longest = 26;  // doublings, more than the 10000h of any setting
  const auto times = std::clamp<std::uint64_t>(unhealthy_ / config_.failures, 1, longest);
  return std::min<Duration>(std::chrono::seconds(std::int64_t{1} << times), config_.max_breaker);
}

bool Apisix::is_breaking(TimePoint now) const {
  return opened_ && now <= *opened_ + config_.max_breaker &&
         second_clock(*opened_) + break_time() >= second_clock(now);
}

namespace {

constexpr std::array apisix_keys{
    Key{"unhealthy.failures", "failures", "3",
        "the breaker opens at each multiple of this many unhealthy answers, however long ago they "
        "were",
        whole(1)},
    Key{"healthy.successes", "successes", "3",
        "this many healthy answers with no unhealthy one between them close the breaker and clear "
        "the count",
        whole(1)},
    Key{"max_breaker_sec", "", "300",
        "the breaker stays open for 2, 4, 8, ... whole seconds, but never longer than this",
        seconds(3)},
};

Result<ApisixConfig> read_apisix(const Settings& settings) {
  SettingsReader read(apisix_keys, settings);
  const ApisixConfig config{.failures = read.whole("unhealthy.failures"),
                            .successes = read.whole("healthy.successes"),
                            .max_breaker = read.duration("max_breaker_sec")};
  if (config.max_breaker % std::chrono::seconds(1) != Duration::zero()) {
    read.refuse(
        "max_breaker_sec",
        fmt::format("{} is not a whole number of seconds", format_duration(config.max_breaker)),
        "APISIX takes a whole number of seconds, such as 300");
  }
  return read.result(config);
}

Result<std::unique_ptr<Breaker>> make_apisix(const Settings& settings, Random /*random*/) {
  return make_breaker<Apisix>(read_apisix(settings));
}

Facts apisix_facts(const Settings& settings) {
  const auto config = *read_apisix(settings);
  return {.trips = {{.kind = TripRule::Kind::count, .failures = config.failures}},
          .open_for = std::min<Duration>(std::chrono::seconds(2), config.max_breaker),
          .trials_admitted = 0,
          .trials_needed = config.successes};
}

constexpr std::array<std::string_view, 6> apisix_surprises{
    "By default only a 500 counts as unhealthy and only a 200 as healthy. A 502, 503 or 504 does "
    "not open the breaker; it is not counted at all.",
    "Each combination of host and path has a breaker of its own: /users/1 and /users/2 share "
    "nothing.",
    "The count of unhealthy answers has no time window. Three of them within a month open the "
    "breaker, unless 3 healthy answers in a row come between them; answers such as 404 and 201 are "
    "not healthy.",
    "After the open time every call goes out. The breaker opens again only after "
    "unhealthy.failures further unhealthy answers, and then stays open for twice as long.",
    "Time is counted in whole seconds of the clock: an open time of 2 s lasts between 2 and 3 s.",
    "Answers that arrive while the breaker is open are counted too. They can keep it open longer "
    "or close it.",
};

constexpr Portrait apisix_portrait{
    .library = "Apache APISIX, plugin api-breaker",
    .evidence = Evidence::source,
    .answers = {"> : open as long as the current second <= the second of opening + 2^n, as seen by "
                "the next call",
                "= : at each whole multiple of unhealthy.failures",
                "on every unhealthy answer, in any state",
                "answers by their status; a status in neither list changes nothing", "everybody",
                "all are counted, in any state",
                "after healthy.successes healthy answers; never because of time"},
    .surprises = apisix_surprises,
    .counting =
        "Two lists of statuses decide: unhealthy.http_statuses ([500] by default) and "
        "healthy.http_statuses ([200] by default), see api-breaker.lua. A call without an answer "
        "has the status that nginx gives it, 502 or 504. To count other results, use "
        "--breaker-counts, for example 500-504=failure,timeout=failure; tripcurve import sets it "
        "for you.",
    .cancelling =
        "A call that its client gives up before the head of the answer has no upstream status, "
        "and the plugin counts nothing without one (api-breaker.lua, core/response.lua, f519a0f; "
        "not run). Once the head is there, its status counts in APISIX; tripcurve ignores every "
        "call that is given up.",
};

}  // namespace

const Dialect& apisix_dialect() {
  static constexpr Dialect dialect{
      .name = "apisix",
      .summary = "opens at every nth bad answer, for 2, 4, 8 ... seconds; then lets every call out",
      .keys = apisix_keys,
      .portrait = &apisix_portrait,
      .make = make_apisix,
      .facts = apisix_facts,
      .heeds_while_closed = Heeds::ends,
      .counts =
          "1xx=ignored,201-499=ignored,501-999=ignored,connect_failed=ignored,"
          "reset=ignored,closed=ignored,bad_answer=ignored,timeout=ignored"};
  return dialect;
}

}  // namespace tripcurve::breaker
