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
        "opens at each multiple of so many unhealthy answers, however long ago they were",
        whole(1)},
    Key{"healthy.successes", "successes", "3",
        "so many healthy answers without an unhealthy one between close it and clear the count",
        whole(1)},
    Key{"max_breaker_sec", "", "300",
        "stays open for 2, 4, 8, ... whole seconds, and no longer than this", seconds(3)},
};

Result<ApisixConfig> read_apisix(const Settings& settings) {
  SettingsReader read(apisix_keys, settings);
  const ApisixConfig config{.failures = read.whole("unhealthy.failures"),
                            .successes = read.whole("healthy.successes"),
                            .max_breaker = read.duration("max_breaker_sec")};
  if (config.max_breaker % std::chrono::seconds(1) != Duration::zero()) {
    read.refuse(
        "max_breaker_sec",
        fmt::format("{} is no whole number of seconds", format_duration(config.max_breaker)),
        "APISIX takes an integer of seconds, such as 300");
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
    "By default only a 500 is unhealthy and only a 200 healthy: a 502, 503 or 504 neither opens it "
    "nor counts at all.",
    "There is a breaker for each host and path: /users/1 and /users/2 have nothing in common.",
    "The count of unhealthy answers has no window: 3 of them in a month open it, unless 3 healthy "
    "answers come in a row between them, and answers like 404 or 201 are not healthy.",
    "After the break every call goes out, and it takes unhealthy.failures further unhealthy "
    "answers to open it again; then for twice as long.",
    "It counts whole seconds of the clock: a break of 2 s lasts between 2 and 3 s.",
    "Answers that come while it is open count, too, and may open it for longer or close it.",
};

constexpr Portrait apisix_portrait{
    .library = "Apache APISIX, plugin api-breaker",
    .evidence = Evidence::source,
    .answers = {"> : open as long as second <= second of the opening + 2^n, seen by the next call",
                "= : at each whole multiple of unhealthy.failures",
                "on every unhealthy answer, in any state",
                "answers by their status; what is in neither list does nothing", "everybody",
                "all count, in any state",
                "when healthy.successes healthy answers came; never by time"},
    .surprises = apisix_surprises,
    .counting =
        "The two lists of statuses decide (unhealthy.http_statuses, [500]; healthy.http_statuses, "
        "[200]; api-breaker.lua). A call without an answer has the status that nginx gives it, 502 "
        "or 504. Write what else counts with --breaker-counts, such as "
        "500-504=failure,timeout=failure; tripcurve import does so.",
};

}  // namespace

const Dialect& apisix_dialect() {
  static constexpr Dialect dialect{
      .name = "apisix",
      .summary = "opens at every nth bad answer, for 2, 4, 8 ... seconds; then lets everybody out",
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
