#include "client/policies/fallback.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "client/client.hpp"
#include "client/policies/fallback_cache.hpp"
#include "client/policies/fallback_queue.hpp"
#include "client/registry.hpp"
#include "core/units.hpp"

namespace tripcurve::client {
namespace {

class StaticFallback final : public Policy {
 public:
  explicit StaticFallback(FallbackConfig config) : config_(std::move(config)) {}

  void enter(Client& client, FrameId frame, TimePoint now) override { client.let_in(frame, now); }
  void ended(Client& client, FrameId frame, std::uint32_t /*number*/, const Ending& ending,
             TimePoint now) override {
    client.end(frame,
               config_.rules.fails(ending) ? Ending{.kind = Ending::Kind::fallback,
                                                    .end = {CallEnd::Kind::answer, config_.status},
                                                    .of_open = ending.kind == Ending::Kind::open}
                                           : ending,
               now);
  }

 private:
  FallbackConfig config_;
};

}  // namespace

bool is_good(const FallbackConfig& config, const Ending& ending) {
  const bool is_answer = ending.kind == Ending::Kind::wire || ending.kind == Ending::Kind::fallback;
  return is_answer && !config.good.fails(ending);
}

std::unique_ptr<Policy> make_fallback(const FallbackConfig& config, const CallFacts& facts) {
  if (std::holds_alternative<CachedAnswer>(config.answer)) {
    return std::make_unique<CachedFallback>(config, facts);
  }
  if (std::holds_alternative<QueuedAnswer>(config.answer)) {
    return std::make_unique<QueuedFallback>(config, facts);
  }
  return std::make_unique<StaticFallback>(config);
}

namespace {

constexpr std::array<std::string_view, 2> fallback_whens{"open", "failure"};
// In the order of Substitute.
constexpr std::array<std::string_view, 3> fallback_answers{"static", "cached", "queued"};
constexpr std::array<std::string_view, 2> fallback_fulls{"reject", "drop_oldest"};

constexpr std::array fallback_keys{
    breaker::Key{"when", "", "failure",
                 "open: answers only calls that the breaker rejected; failure: answers every "
                 "failed or rejected call",
                 breaker::one_of(fallback_whens)},
    breaker::Key{"answer", "", "static",
                 "static: always the same answer; cached: the last good answer to the same "
                 "question; queued: the call waits in a queue and is made later",
                 breaker::one_of(fallback_answers)},
    breaker::Key{"status", "", "",
                 "the status of its answer: 200, or 202 if the call is queued; a cached answer has "
                 "its own",
                 breaker::whole(least_status, most_status)},
    breaker::Key{"keys", "", "1",
                 "of cached: how many different things calls to one endpoint ask for; each call "
                 "asks for one of them at random",
                 breaker::whole(1)},
    breaker::Key{"max_age", "", "", "of cached: an older answer is not used",
                 breaker::duration(0.001)},
    breaker::Key{"entries", "", "",
                 "of cached: the most answers that are kept; the least recently used goes first",
                 breaker::whole(1)},
    breaker::Key{"places", "", "1000", "of queued: the most calls that wait in the queue",
                 breaker::whole(1, 10'000'000)},
    breaker::Key{"full", "", "reject",
                 "of queued, if the queue is full: reject hands the failure to the caller; "
                 "drop_oldest drops the oldest call of the queue, which is then lost",
                 breaker::one_of(fallback_fulls)},
    breaker::Key{"retry_every", "", "1s",
                 "of queued: after a failure, the oldest call of the queue is tried again after "
                 "this time",
                 breaker::duration(0.001)},
    breaker::Key{"drain", "", "1",
                 "of queued: once a call of the queue has succeeded, so many are made at once",
                 breaker::whole(1, 100'000)},
    breaker::Key{"drain_rate", "", "",
                 "of queued: the most calls per second that leave the queue, such as 50/s",
                 breaker::text()},
    counts_key,
};

// Settings that only one kind of answer has.
struct FallbackOwn {
  std::string_view key;
  Substitute owner;
};
constexpr std::array fallback_own{
    FallbackOwn{"keys", Substitute::cached},    FallbackOwn{"max_age", Substitute::cached},
    FallbackOwn{"entries", Substitute::cached}, FallbackOwn{"places", Substitute::queued},
    FallbackOwn{"full", Substitute::queued},    FallbackOwn{"retry_every", Substitute::queued},
    FallbackOwn{"drain", Substitute::queued},   FallbackOwn{"drain_rate", Substitute::queued},
};

void refuse_idle_settings(breaker::SettingsReader& read, Substitute answer, bool only_open) {
  for (const auto& [key, owner] : fallback_own) {
    if (read.is_given(key) && owner != answer) {
      const auto word = fallback_answers.at(static_cast<std::size_t>(owner));
      read.refuse(key, fmt::format("'{}' has no effect without answer={}", key, word),
                  fmt::format("add answer={}, or leave '{}' out", word, key));
    }
  }
  if (read.is_given("status") && answer == Substitute::cached) {
    read.refuse("status", "'status' has no effect with answer=cached",
                "leave it out: a cached answer has the status of the answer that was kept");
  }
  if (read.is_given("counts") && answer == Substitute::fixed && only_open) {
    read.refuse("counts", "'counts' has no effect with when=open",
                "leave it out, or leave when=open out");
  }
}

CachedAnswer read_cached(breaker::SettingsReader& read) {
  CachedAnswer cached{.keys = read.whole("keys")};
  if (read.has("max_age")) {
    cached.max_age = read.duration("max_age");
  }
  if (read.has("entries")) {
    cached.entries = read.whole("entries");
  }
  return cached;
}

QueuedAnswer read_queued(breaker::SettingsReader& read) {
  QueuedAnswer queued{.places = read.whole("places"),
                      .full = read.word<QueuedAnswer::Full>("full"),
                      .retry_every = read.duration("retry_every"),
                      .drain = read.whole("drain")};
  if (read.has("drain_rate")) {
    const auto rate = parse_rate(read.text("drain_rate"));
    if (rate) {
      queued.drain_rate = rate->per_second;
    } else {
      read.refuse("drain_rate", rate.error().message, rate.error().hint);
    }
  }
  return queued;
}

Result<PolicyConfig> read_fallback(const breaker::Settings& settings,
                                   const Surroundings& surroundings) {
  breaker::SettingsReader read(fallback_keys, settings);
  const auto answer = read.word<Substitute>("answer");
  const bool only_open = read.text("when") == "open";
  refuse_idle_settings(read, answer, only_open);
  const auto nothing = OutcomeRules().with(*parse_outcome_changes(
      "1xx=ignored,2xx=ignored,3xx=ignored,4xx=ignored,5xx=ignored,timeout=ignored,reset=ignored,"
      "closed=ignored,connect_failed=ignored,bad_answer=ignored"));
  const auto good = read_counts(read, surroundings.caller).with_open_failing().with_full_failing();
  FallbackConfig config{
      .status = static_cast<std::uint16_t>(answer == Substitute::queued ? 202 : 200),
      .rules = only_open ? EndingRules(nothing).with_open_failing() : good,
      .good = good};
  if (read.has("status")) {
    config.status = static_cast<std::uint16_t>(read.whole("status"));
  }
  switch (answer) {
    case Substitute::fixed:
      break;
    case Substitute::cached:
      config.answer = read_cached(read);
      break;
    case Substitute::queued:
      config.answer = read_queued(read);
      break;
  }
  return read.result(PolicyConfig(std::move(config)));
}

// What differs from the defaults of an answer.
struct GiveAnswer {
  breaker::Given& given;

  void operator()(const StaticAnswer& /*answer*/) const {}
  void operator()(const CachedAnswer& answer) const {
    given.emplace_back("keys", std::to_string(answer.keys));
    if (answer.max_age) {
      given.emplace_back("max_age", format_duration(*answer.max_age));
    }
    if (answer.entries) {
      given.emplace_back("entries", std::to_string(*answer.entries));
    }
  }
  void operator()(const QueuedAnswer& answer) const {
    given.emplace_back("places", std::to_string(answer.places));
    given.emplace_back("full", fallback_fulls.at(static_cast<std::size_t>(answer.full)));
    given.emplace_back("retry_every", format_duration(answer.retry_every));
    given.emplace_back("drain", std::to_string(answer.drain));
    if (answer.drain_rate) {
      given.emplace_back("drain_rate", format_rate({*answer.drain_rate}));
    }
  }
};

breaker::Given fallback_given(const PolicyConfig& policy, const Surroundings& surroundings) {
  const auto& config = std::get<FallbackConfig>(policy);
  const auto answer = static_cast<Substitute>(config.answer.index());
  const bool only_open = config.rules != config.good;
  breaker::Given given;
  if (only_open) {
    given.emplace_back("when", "open");
  }
  if (answer != Substitute::fixed) {
    given.emplace_back("answer", fallback_answers.at(config.answer.index()));
  }
  if (answer != Substitute::cached) {
    given.emplace_back("status", std::to_string(config.status));
  }
  std::visit(GiveAnswer{given}, config.answer);
  if (!only_open || answer != Substitute::fixed) {
    give_counts(given, config.good, surroundings.caller);
  }
  return given;
}

}  // namespace

const PolicyKind& fallback_kind() {
  static constexpr PolicyKind kind{.name = "fallback",
                                   .summary = "answers instead of a failed call",
                                   .keys = fallback_keys,
                                   .read = read_fallback,
                                   .given = fallback_given};
  return kind;
}

}  // namespace tripcurve::client
