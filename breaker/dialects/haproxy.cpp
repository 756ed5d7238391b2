#include "breaker/dialects/haproxy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "breaker/parts/cause.hpp"

namespace tripcurve::breaker {
namespace {

// What the head of an answer says that broke off behind it.
bool is_good(std::uint16_t status) { return status < 500 || status == 501 || status == 505; }

// Where on-error counts events, so many of them take a full server down; 0: none do.
std::uint64_t events_to_fall(const HaproxyConfig& config) {
  switch (config.on_error) {
    case HaproxyConfig::OnError::fail_check:
      return config.fall;
    case HaproxyConfig::OnError::mark_down:
      return 1;
    case HaproxyConfig::OnError::sudden_death:
      return std::min<std::uint64_t>(config.fall, 2);
    case HaproxyConfig::OnError::fastinter:
      break;
  }
  return 0;
}

}  // namespace

Admission Haproxy::try_acquire(TimePoint now) {
  return state() == State::open ? reject("<NOSRV>") : admit(now);
}

void Haproxy::connected(const Permit& /*permit*/, TimePoint now) {
  if (config_.observe == HaproxyConfig::Observe::layer4) {
    observed(true, {}, now);
  }
}

void Haproxy::answering(const Permit& /*permit*/, Outcome outcome, std::uint16_t status,
                        TimePoint now) {
  if (config_.observe == HaproxyConfig::Observe::layer7 && outcome != Outcome::ignored) {
    observed(outcome == Outcome::success, {CallEnd::Kind::answer, status}, now);
  }
}

std::string_view Haproxy::record(const Permit& permit, Outcome outcome, CallEnd end,
                                 TimePoint now) {
  const bool connects = end.kind() != CallEnd::Kind::connect_failed && !end.connecting();
  if (outcome == Outcome::ignored || permit.told == Stage::answering) {
    return {};
  }
  const bool is_cut = end.kind() != CallEnd::Kind::answer && end.status() != 0;
  if (config_.observe == HaproxyConfig::Observe::layer7 && is_cut) {
    observed(is_good(end.status()), end, now);
  } else if (config_.observe == HaproxyConfig::Observe::layer7 || !connects) {
    observed(outcome == Outcome::success, end, now);
  } else if (permit.told == Stage::sent) {
    observed(true, end, now);
  }
  return {};
}

void Haproxy::observed(bool good, CallEnd end, TimePoint now) {
  errors_ = good ? 0 : errors_ + 1;
  if (errors_ >= config_.error_limit) {
    act_on_errors(now, failures_in_a_row(errors_, end));
    errors_ = 0;
  }
}

void Haproxy::act_on_errors(TimePoint now, const std::string& why) {
  switch (config_.on_error) {
    case HaproxyConfig::OnError::fastinter:
      break;
    case HaproxyConfig::OnError::sudden_death:
      health_ = health_ > config_.rise ? config_.rise + 1 : health_;
      lose_health(now, why);
      break;
    case HaproxyConfig::OnError::fail_check:
      lose_health(now, why);
      break;
    case HaproxyConfig::OnError::mark_down:
      health_ = config_.rise;
      lose_health(now, why);
      break;
  }
  if (config_.fastinter) {
    bring_check_forward(now);
  }
}

void Haproxy::bring_check_forward(TimePoint now) {
  if (release_ == Release::until_2_6) {
    next_check_ = std::min(next_check_, now + *config_.fastinter);
    return;
  }
  hurried_ = true;
  if (now + until_next_check() <= next_check_) {
    schedule_check(now);
  }
}

void Haproxy::lose_health(TimePoint now, const std::string& why) {
  health_ -= health_ > 0 ? 1 : 0;
  health_ = health_ < config_.rise ? 0 : health_;
  if (health_ == 0 && state() == State::closed) {
    enter(State::open, now, why);
  }
}

void Haproxy::tick(TimePoint now) {
  errors_ = 0;
  health_ = std::min(health_ + 1, full_health());
  if (health_ >= config_.rise) {
    health_ = full_health();
    if (state() == State::open) {
      enter(State::closed, now,
            fmt::format("{} in a row passed", count_of(config_.rise, "health check")));
    }
  }
  schedule_check(now);
}

Duration Haproxy::until_next_check() const {
  if (health_ == full_health() && !hurried_) {
    return config_.inter;
  }
  if (state() == State::open && health_ == 0) {
    return config_.downinter.value_or(config_.inter);
  }
  return config_.fastinter.value_or(config_.inter);
}

void Haproxy::schedule_check(TimePoint now) {
  next_check_ = now + until_next_check();
  hurried_ = false;
}

namespace {

constexpr std::array<std::string_view, 2> observe_words{"layer7", "layer4"};
constexpr std::array<std::string_view, 4> on_error_words{"fail-check", "mark-down", "sudden-death",
                                                         "fastinter"};

constexpr std::array haproxy_keys{
    Key{"observe", "", "layer7", "what counts: answers, or only whether connections are made",
        one_of(observe_words)},
    Key{"error-limit", "", "10", "this many errors in a row, between two checks, trigger on-error",
        whole(1)},
    Key{"on-error", "", "fail-check", "what the errors trigger", one_of(on_error_words)},
    Key{"inter", "", "2s", "the time between two health checks", milliseconds(1)},
    Key{"fastinter", "", "",
        "the time between two checks of a server that is neither fully up nor down",
        milliseconds(1)},
    Key{"downinter", "", "",
        "the time before the next check of a server that went down, if that is earlier",
        milliseconds(1)},
    Key{"rise", "", "2", "this many passed checks bring the server back", whole(1)},
    Key{"fall", "", "3",
        "fail-check: on-error must be triggered this many times to take the server down", whole(1)},
};

std::optional<Duration> if_given(SettingsReader& read, std::string_view key) {
  return read.has(key) ? std::optional(read.whole_milliseconds(key)) : std::nullopt;
}

Result<HaproxyConfig> read_haproxy(const Settings& settings) {
  SettingsReader read(haproxy_keys, settings);
  const HaproxyConfig config{.observe = read.word<HaproxyConfig::Observe>("observe"),
                             .error_limit = read.whole("error-limit"),
                             .on_error = read.word<HaproxyConfig::OnError>("on-error"),
                             .inter = read.whole_milliseconds("inter"),
                             .fastinter = if_given(read, "fastinter"),
                             .downinter = if_given(read, "downinter"),
                             .rise = read.whole("rise"),
                             .fall = read.whole("fall")};
  return read.result(config);
}

template <Haproxy::Release release>
Result<std::unique_ptr<Breaker>> make_haproxy(const Settings& settings, Random /*random*/) {
  return make_breaker<Haproxy>(read_haproxy(settings), release);
}

// The longest that it can be down: a check has just been when it goes down.
Duration longest_down(const HaproxyConfig& config) {
  const auto at_zero = config.downinter.value_or(config.inter);
  const auto first = config.fastinter ? std::min(config.inter, at_zero) : config.inter;
  return first +
         config.fastinter.value_or(config.inter) * static_cast<std::int64_t>(config.rise - 1);
}

Facts haproxy_facts(const Settings& settings) {
  const auto config = *read_haproxy(settings);
  Facts facts{.trips = {}, .open_for = longest_down(config), .trials_needed = 0};
  if (const auto events = events_to_fall(config); events > 0) {
    facts.trips.push_back(
        {.kind = TripRule::Kind::consecutive, .failures = config.error_limit * events});
  }
  return facts;
}

std::vector<Warning> haproxy_warnings(const Settings& settings, const Traffic& traffic) {
  const auto config = *read_haproxy(settings);
  const auto events = events_to_fall(config);
  std::vector<Warning> found;
  if (events == 0) {
    found.push_back({"on-error",
                     "is fastinter: errors only bring the next health check forward, and a check "
                     "that passes does not take the server down",
                     "on-error=mark-down"});
  }
  // After the first event of several the next check is fastinter away.
  const bool hurries = events > 1 && config.fastinter && *config.fastinter < config.inter;
  const auto window = hurries ? *config.fastinter : config.inter;
  const auto needed = config.error_limit * (hurries ? events - 1 : events);
  const auto calls = traffic.calls_per_second * to_seconds(window);
  if (traffic.calls_per_second > 0 && calls < static_cast<double>(needed)) {
    found.push_back(
        {hurries ? "fastinter" : "inter",
         fmt::format("needs {} in a row between two health checks, which are {} apart, but "
                     "{:.3g}/s bring only {:.3g}: a check that passes clears the row",
                     count_of(needed, "error"), format_duration(window), traffic.calls_per_second,
                     calls),
         "lower error-limit, lengthen it, or set on-error=mark-down"});
  }
  return found;
}

constexpr std::array<std::string_view, 7> haproxy_surprises{
    "The errors must come between two health checks, because each check that passes clears the "
    "row, every 2 s by default. With little traffic no server is ever taken down.",
    "The default on-error=fail-check counts as one failed check. With fall 3 a server therefore "
    "goes down at 30 errors between two checks, and not at error-limit.",
    "Health checks bring a server back, not calls. With a check that only connects (no option "
    "httpchk), a server that answers every call with 503 is back within two checks, again and "
    "again.",
    "tripcurve plays checks that only connect, always pass and take no time. An HTTP check fails "
    "during an outage, and so does a connect check when connections are refused. HAProxy then "
    "keeps the server down longer than shown here, and takes it down even without calls.",
    "HAProxy tries a failed connection again (retries 3), and each try is an error. Here it counts "
    "as one error.",
    "In HAProxy a reset on a connection that was used before is not an error. Here every reset is "
    "one.",
    "There is no half-open state: a server that is back gets all calls, unless it has slowstart.",
};

constexpr Portrait haproxy_portrait(std::string_view library) {
  return {
      .library = library,
      .evidence = Evidence::executed,
      .answers =
          {"it comes back after rise passed checks, the first of them up to inter later",
           ">= : at the error-limit-th error in a row", "on every error",
           "heads of answers, and calls that break before that; with layer4, connections",
           "there is no half-open state: the server is back, for all calls",
           "it counts; while the server is down, it undoes the progress made by passed checks",
           "the row: on every success, on every check that passes, and when the limit is reached"},
      .surprises = haproxy_surprises,
      .counting =
          "HAProxy decides. With layer7, statuses from 500 on except 501 and 505, failed connects, "
          "and connections that break or time out before an answer are failures; whatever happens "
          "after the head does not count (src/check.c, src/http_ana.c). With layer4, only "
          "connections count. tripcurve's timeout stands for HAProxy's own (timeout server); if it "
          "is to stand for the client's, which does not count, use --breaker-counts "
          "timeout=ignored.",
      .cancelling =
          "HAProxy does not count a call that its client gives up: with option abortonclose it "
          "ends the call and leaves the server's health alone (executed with 2.6.12; "
          "src/http_ana.c, 2.6.0 and 3.0.0). Without that option, HAProxy waits for the answer "
          "even if the client has closed its side, and the answer counts. A head or, with layer4, "
          "a connection that came before has been counted.",
  };
}
constexpr auto haproxy_now =
    haproxy_portrait("HAProxy 3.0.0 (2.8 and later), observe and error-limit of a server");
constexpr auto haproxy_2_6 =
    haproxy_portrait("HAProxy 2.6.12 (2.6 and before), observe and error-limit of a server");

}  // namespace

const Dialect& haproxy_dialect() {
  static constexpr Dialect dialect{
      .name = "haproxy",
      .summary = "errors in a row take a server down; health checks bring it back",
      .keys = haproxy_keys,
      .portrait = &haproxy_now,
      .make = make_haproxy<Haproxy::Release::since_2_8>,
      .facts = haproxy_facts,
      .warnings = haproxy_warnings,
      .heeds_progress = true,
      .counts = "501=success,505=success"};
  return dialect;
}

const Dialect& haproxy_2_6_dialect() {
  static constexpr Dialect dialect{
      .name = "haproxy-2.6",
      .summary =
          "as haproxy, but 2.6 and before: with fastinter, a down server is checked after it",
      .keys = haproxy_keys,
      .portrait = &haproxy_2_6,
      .make = make_haproxy<Haproxy::Release::until_2_6>,
      .facts = haproxy_facts,
      .warnings = haproxy_warnings,
      .heeds_progress = true,
      .counts = "501=success,505=success"};
  return dialect;
}

}  // namespace tripcurve::breaker
