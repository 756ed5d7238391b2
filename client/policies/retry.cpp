#include "client/policies/retry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "client/client.hpp"
#include "client/registry.hpp"
#include "core/units.hpp"

namespace tripcurve::client {
namespace {

// Libraries that know results and exceptions throw for statuses from here on.
constexpr std::uint16_t least_error_status = 400;

constexpr std::uint16_t too_many_requests = 429;

RetryCause cause_of(const Ending& ending) {
  if (ending.end.kind() == CallEnd::Kind::timeout) {
    return RetryCause::timeout;
  }
  return ending.end.status() == too_many_requests ? RetryCause::throttling : RetryCause::failure;
}

}  // namespace

RetryBudget& Retry::budget_of(Client& client, FrameId frame) {
  return budgets_.of(client.frame(frame).call);
}

void Retry::enter(Client& client, FrameId frame, TimePoint now) {
  client.notes(frame).memory = 0;
  budget_of(client, frame).begun(now);
  try_now(client, frame, now);
}

// The call is over for this policy.
void Retry::leave(Client& client, FrameId frame, const Ending& ending, TimePoint now) {
  const auto attempts = client.frame(frame).begun;
  budget_of(client, frame).over(!config_.rules.fails(ending), attempts > 0 ? attempts - 1 : 0);
  client.end(frame, ending, now);
}

// While it waits between two attempts, for which its budget has paid.
void Retry::given_up(Client& client, FrameId frame, TimePoint now) {
  auto& budget = budget_of(client, frame);
  if (!client.frame(frame).settled) {
    budget.retry_over(false, RetryCause::failure);
  }
  budget.over(false, client.frame(frame).begun);
  Policy::given_up(client, frame, now);
}

// Attempts that fail at once and are tried again at once follow each other here, and not one within
// the other.
void Retry::try_now(Client& client, FrameId frame, TimePoint now) {
  auto& passage = client.frame(frame);
  const auto serial = passage.serial;
  do {
    passage.busy = true;
    passage.waits = false;
    client.let_in(frame, now);
    if (!client.is_there(frame, serial)) {
      return;
    }
    passage.busy = false;
  } while (passage.waits);
}

void Retry::woken(Client& client, FrameId frame, TimePoint now) {
  if (client.frame(frame).settled) {
    leave(client, frame, Ending(client.notes(frame).ending), now);
  } else {
    try_now(client, frame, now);
  }
}

// An answer that says how long to wait.
bool Retry::is_told(const Ending& ending) const {
  constexpr std::uint16_t too_many = 429;
  constexpr std::uint16_t unavailable = 503;
  const auto status = ending.end.status();
  return config_.heed_retry_after && ending.retry_after &&
         *ending.retry_after >= Duration::zero() &&
         (config_.told_by_any_status || status == too_many || status == unavailable);
}

Duration Retry::wait_after(const Frame& passage, Notes& notes, const Ending& ending) const {
  const auto retry = passage.begun - 1;
  const auto draw = [&] { return draw_(passage.call, retry); };
  const bool told = is_told(ending);
  if (told && !config_.told_grows) {
    return *ending.retry_after;
  }
  const auto step = config_.told_grows || notes.memory > 0 ? retry : 0;
  const auto wait = wait_before(config_.backoff, step, notes.memory, draw);
  return told ? *ending.retry_after : wait;
}

// What the caller hears when there is no attempt any more.
Ending Retry::used_up(const Ending& last) const {
  auto handed_out = last;
  handed_out.exceeded =
      last.exceeded || config_.exceeded == RetryConfig::Exceeded::error ||
      (config_.exceeded == RetryConfig::Exceeded::error_of_results &&
       last.kind == Ending::Kind::wire && last.end.kind() == CallEnd::Kind::answer &&
       last.end.status() < least_error_status);
  return handed_out;
}

bool Retry::ends_with(const Ending& ending) const {
  return !config_.rules.fails(ending) || (config_.aborts && config_.aborts->fails(ending));
}

void Retry::ended(Client& client, FrameId frame, std::uint32_t /*number*/, const Ending& ending,
                  TimePoint now) {
  auto& passage = client.frame(frame);
  auto& budget = budget_of(client, frame);
  if (passage.begun > 1) {
    budget.retry_over(!config_.rules.fails(ending), client.notes(frame).paid_for);
  }
  const auto left = config_.max_duration
                        ? client.begun_at(passage.call) + *config_.max_duration - now
                        : Duration::max();
  const bool used = passage.begun > config_.most || is_over(left);
  if (config_.rules.fails(ending) && used && !config_.wait_after_last) {
    leave(client, frame, passage.cancelled ? ending : used_up(ending), now);
    return;
  }
  auto& notes = client.notes(frame);
  if (ends_with(ending) || passage.cancelled) {
    leave(client, frame, ending, now);
    return;
  }
  const auto wait = wait_after(passage, notes, ending);
  if (!used && wait > left && config_.late_wait == RetryConfig::LateWait::stop) {
    leave(client, frame, used_up(ending), now);
    return;
  }
  const bool last = used || (config_.late_wait == RetryConfig::LateWait::wait_out && wait >= left);
  const auto cause = cause_of(ending);
  if (!last && !budget.allows_retry(cause, now)) {
    leave(client, frame, ending, now);
    return;
  }
  notes.paid_for = cause;
  notes.ending = last ? used_up(ending) : ending;
  passage.settled = last;
  go_on_after(client, frame,
              config_.late_wait == RetryConfig::LateWait::shorten ? std::min(wait, left) : wait,
              now);
}

// Nothing that fails now is tried again.
bool Retry::is_over(Duration left) const {
  return left < Duration::zero() ||
         (left == Duration::zero() && config_.late_wait == RetryConfig::LateWait::wait_out);
}

void Retry::go_on_after(Client& client, FrameId frame, Duration wait, TimePoint now) {
  auto& passage = client.frame(frame);
  if (wait > Duration::zero()) {
    client.wake(frame, now + wait);
  } else if (passage.busy && !passage.settled) {
    passage.waits = true;
  } else {
    woken(client, frame, now);
  }
}

namespace {

constexpr std::array<std::string_view, 3> growths{"constant", "linear", "exponential"};
constexpr std::array<std::string_view, 7> jitters{"none",   "full",   "equal", "decorrelated",
                                                  "spread", "median", "range"};
constexpr std::array<std::string_view, 2> on_opens{"stop", "retry"};
constexpr std::array<std::string_view, 2> used_ups{"last", "error"};
// In the order of LateWait.
constexpr std::array<std::string_view, 3> late_waits{"shorten", "wait_out", "stop"};

constexpr std::array<std::string_view, 6> budgets{"none",   "bucket", "ratio",
                                                  "active", "grpc",   "aws"};

constexpr std::array retry_keys{
    breaker::Key{"attempts", "", "3",
                 "the largest number of attempts of a call, including the first",
                 breaker::whole(2, breaker::max_int32 + 1)},
    breaker::Key{"delay", "", "200ms", "the wait before the second attempt", breaker::duration()},
    breaker::Key{"backoff", "", "exponential", "how the wait grows from one attempt to the next",
                 breaker::one_of(growths)},
    breaker::Key{"multiplier", "", "2", "the factor by which an exponential wait grows each time",
                 breaker::above(breaker::number(0, 1e6))},
    breaker::Key{"max_delay", "", "", "the longest wait", breaker::duration()},
    breaker::Key{"jitter", "", "none",
                 "how waits are randomized: full, equal and decorrelated as AWS defines them; "
                 "spread is up to a share more or less; median as in Polly; range is up to a time "
                 "more or less, as in MicroProfile",
                 breaker::one_of(jitters)},
    breaker::Key{"spread", "", "0.25", "the largest share that jitter=spread adds or takes away",
                 breaker::ratio()},
    breaker::Key{"range", "", "200ms", "the longest time that jitter=range adds or takes away",
                 breaker::duration()},
    breaker::Key{
        "grain", "", "1ns",
        "truncates waits to multiples of this: 1ms for libraries that count in milliseconds",
        breaker::duration(0.000001, 1000)},
    breaker::Key{"max_duration", "", "", "makes no further attempt once a call has taken this long",
                 breaker::duration(0.001)},
    breaker::Key{"late_wait", "", "shorten",
                 "a wait that would reach beyond max_duration: shorten ends it then and makes a "
                 "last attempt, wait_out makes no attempt after it, stop ends the call at once",
                 breaker::one_of(late_waits)},
    breaker::Key{"retry_after", "", "true", "whether an answer's Retry-After replaces the wait",
                 breaker::flag()},
    breaker::Key{"on_open", "", "stop", "whether it tries again when the breaker is open",
                 breaker::one_of(on_opens)},
    breaker::Key{"on_full", "", "stop", "whether it tries again when a bulkhead is full",
                 breaker::one_of(on_opens)},
    breaker::Key{"used_up", "", "last",
                 "what the caller gets if no attempt is left: the last answer, or an error",
                 breaker::one_of(used_ups)},
    breaker::Key{
        "wait_after_last", "", "false",
        "whether it waits once more after the last attempt has failed, as a naive loop does",
        breaker::flag()},
    breaker::Key{"budget", "", "none",
                 "what bounds the retries of all calls together: a token bucket that calls fill, a "
                 "ratio as Finagle and Linkerd have it, a share of the calls under way as Envoy "
                 "has it, the tokens of gRPC or of the AWS SDKs",
                 breaker::one_of(budgets)},
    breaker::Key{"budget_ratio", "", "20%", "of bucket, ratio, active and grpc: retries per call",
                 breaker::percent(0)},
    breaker::Key{"budget_tokens", "", "10", "of bucket and grpc: the most tokens",
                 breaker::above(breaker::number(0, 1e6))},
    breaker::Key{"budget_min_rate", "", "10/s", "of ratio: retries that are always allowed",
                 breaker::text()},
    breaker::Key{"budget_min_active", "", "3", "of active: retries that are always allowed",
                 breaker::whole(0)},
    breaker::Key{"budget_cost", "", "5", "of aws: tokens that a retry takes (since 2026: 14)",
                 breaker::whole(0, 500)},
    breaker::Key{"budget_timeout_cost", "", "10", "the same after a timeout (since 2026: 14)",
                 breaker::whole(0, 500)},
    breaker::Key{"budget_throttling_cost", "", "5", "the same after a 429", breaker::whole(0, 500)},
    breaker::Key{"budget_window", "", "10s", "of ratio: calls this old are forgotten",
                 breaker::duration(1)},
    counts_key,
};

// A budget as its keys say it.
Budget read_budget(breaker::SettingsReader& read) {
  Budget budget{.kind = read.word<Budget::Kind>("budget"),
                .ratio = read.number("budget_ratio") / 100,
                .tokens = read.number("budget_tokens"),
                .least_active = static_cast<std::uint32_t>(read.whole("budget_min_active")),
                .window = read.duration("budget_window"),
                .cost = static_cast<double>(read.whole("budget_cost")),
                .timeout_cost = static_cast<double>(read.whole("budget_timeout_cost")),
                .throttling_cost = static_cast<double>(read.whole("budget_throttling_cost"))};
  if (const auto rate = parse_rate(read.text("budget_min_rate"))) {
    budget.least_per_second = rate->per_second;
  } else if (read.text("budget_min_rate") == "0/s") {
    budget.least_per_second = 0;
  } else {
    read.refuse("budget_min_rate", rate.error().message, rate.error().hint);
  }
  return budget;
}

Result<PolicyConfig> read_retry(const breaker::Settings& settings,
                                const Surroundings& surroundings) {
  breaker::SettingsReader read(retry_keys, settings);
  auto rules = read_counts(read, surroundings.caller);
  rules = read.text("on_open") == "retry" ? rules.with_open_failing() : rules;
  rules = read.text("on_full") == "retry" ? rules.with_full_failing() : rules;
  RetryConfig config{.most = static_cast<std::uint32_t>(read.whole("attempts")) - 1,
                     .backoff = {.growth = read.word<Backoff::Growth>("backoff"),
                                 .delay = read.duration("delay"),
                                 .jitter = read.word<Backoff::Jitter>("jitter"),
                                 .multiplier = read.number("multiplier"),
                                 .spread = read.number("spread"),
                                 .range = read.duration("range"),
                                 .grain = read.duration("grain")},
                     .heed_retry_after = read.flag("retry_after"),
                     .rules = rules,
                     .wait_after_last = read.flag("wait_after_last"),
                     .late_wait = read.word<RetryConfig::LateWait>("late_wait"),
                     .exceeded = read.word<RetryConfig::Exceeded>("used_up"),
                     .budget = read_budget(read)};
  if (read.has("max_duration")) {
    config.max_duration = read.duration("max_duration");
  } else if (read.is_given("late_wait")) {
    read.refuse("late_wait", "'late_wait' has no effect without max_duration",
                "add max_duration, or leave 'late_wait' out");
  }
  if (read.has("max_delay")) {
    config.backoff.most = read.duration("max_delay");
  }
  return read.result(PolicyConfig(std::move(config)));
}

breaker::Given retry_given(const PolicyConfig& policy, const Surroundings& surroundings) {
  const auto& config = std::get<RetryConfig>(policy);
  const auto& backoff = config.backoff;
  breaker::Given given{
      {"attempts", std::to_string(std::uint64_t{config.most} + 1)},
      {"delay", format_duration(backoff.delay)},
      {"backoff", std::string(growths.at(static_cast<std::size_t>(backoff.growth)))},
      {"jitter", std::string(jitters.at(static_cast<std::size_t>(backoff.jitter)))},
      {"retry_after", config.heed_retry_after ? "true" : "false"},
      {"on_open", config.rules.open_fails() ? "retry" : "stop"}};
  if (backoff.most) {
    given.emplace_back("max_delay", format_duration(*backoff.most));
  }
  const auto differs = [&](std::string_view key, bool does, std::string value) {
    if (does) {
      given.emplace_back(key, std::move(value));
    }
  };
  differs("multiplier", backoff.multiplier != 2, fmt::format("{}", backoff.multiplier));
  differs("spread", backoff.spread != 0.25, fmt::format("{}", backoff.spread));
  differs("range", backoff.range != Backoff().range, format_duration(backoff.range));
  differs("grain", backoff.grain != Duration(1), format_duration(backoff.grain));
  differs("on_full", config.rules.full_fails(), "retry");
  differs("used_up", config.exceeded == RetryConfig::Exceeded::error, "error");
  if (config.max_duration) {
    given.emplace_back("max_duration", format_duration(*config.max_duration));
    differs("late_wait", config.late_wait != RetryConfig::LateWait::shorten,
            std::string(late_waits.at(static_cast<std::size_t>(config.late_wait))));
  }
  if (config.wait_after_last) {
    given.emplace_back("wait_after_last", "true");
  }
  const auto& budget = config.budget;
  const Budget usual;
  differs("budget", budget.kind != usual.kind,
          std::string(budgets.at(static_cast<std::size_t>(budget.kind))));
  differs("budget_ratio", budget.ratio != usual.ratio, fmt::format("{}%", budget.ratio * 100));
  differs("budget_tokens", budget.tokens != usual.tokens, fmt::format("{}", budget.tokens));
  differs("budget_min_rate", budget.least_per_second != usual.least_per_second,
          fmt::format("{}/s", budget.least_per_second));
  differs("budget_min_active", budget.least_active != usual.least_active,
          std::to_string(budget.least_active));
  differs("budget_cost", budget.cost != usual.cost, fmt::format("{}", budget.cost));
  differs("budget_timeout_cost", budget.timeout_cost != usual.timeout_cost,
          fmt::format("{}", budget.timeout_cost));
  differs("budget_throttling_cost", budget.throttling_cost != usual.throttling_cost,
          fmt::format("{}", budget.throttling_cost));
  differs("budget_window", budget.window != usual.window, format_duration(budget.window));
  give_counts(given, config.rules, surroundings.caller);
  return given;
}

}  // namespace

const PolicyKind& retry_kind() {
  static constexpr PolicyKind kind{.name = "retry",
                                   .summary = "repeats a failed call after a wait",
                                   .keys = retry_keys,
                                   .read = read_retry,
                                   .given = retry_given};
  return kind;
}

}  // namespace tripcurve::client
