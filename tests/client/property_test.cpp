// Random policies around random calls: what no life of a client may break.

#include <algorithm>
#include <map>
#include <queue>
#include <set>

#include "tests/client/rig.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;
using client::Attempt;
using client::Client;
using client::Ending;
using client::FrameId;

namespace {

std::uint64_t below(Random& random, std::uint64_t n) {
  return static_cast<std::uint64_t>(random.unit() * static_cast<double>(n));
}
Duration some_ms(Random& random, std::uint64_t n) {
  return std::chrono::milliseconds(below(random, n));
}

// Between two policies: how many are inside of it, and a timer that it sets and mostly takes back.
class Probe final : public client::Policy {
 public:
  Probe(std::uint64_t places, Random random) : places_(places), random_(random) {}

  void enter(Client& client, FrameId frame, TimePoint now) override {
    if (inside_.size() == places_ || !inside_.insert(frame).second) {
      wrong_ = "more inside than there are places";
    }
    if (random_.unit() < 0.5) {
      client.wake(frame, now + some_ms(random_, 60));
      client.wake(frame, random_.unit() < 0.1 ? never : now + some_ms(random_, 60));
    }
    client.let_in(frame, now);
  }
  void ended(Client& client, FrameId frame, std::uint32_t number, const Ending& ending,
             TimePoint now) override {
    if (inside_.erase(frame) != 1 || number != 1) {
      wrong_ = "an end of what is not inside";
    }
    client.end(frame, ending, now);
  }
  void woken(Client& client, FrameId frame, TimePoint now) override {
    if (!inside_.contains(frame)) {
      wrong_ = "a timer of a passage that is over";
    }
    if (random_.unit() < 0.2) {
      client.wake(frame, now + some_ms(random_, 20));
    }
  }

  [[nodiscard]] std::string wrong() const {
    return wrong_.empty() && !inside_.empty() ? "something stays inside" : wrong_;
  }

 private:
  std::uint64_t places_;
  Random random_;
  std::set<FrameId> inside_;
  std::string wrong_;
};

// Rules under which anything may be a failure, or a success.
EndingRules some_rules(Random& random) {
  EndingRules rules(OutcomeRules().with(*parse_outcome_changes(
      std::array{"503=failure", "503=ignored", "200=failure,503=success", "timeout=success",
                 "timeout=ignored,reset=success"}[below(random, 5)])));
  if (random.unit() < 0.3) {
    const auto some = [&] { return static_cast<Outcome>(below(random, 3)); };
    return rules.with({.open = some(), .full = some(), .cancelled = some(), .exceeded = some()});
  }
  rules = random.unit() < 0.4 ? rules.with_open_failing() : rules;
  return random.unit() < 0.4 ? rules.with_full_failing() : rules;
}

client::AdaptiveConfig some_limit(Random& random) {
  client::AdaptiveConfig config{
      .queue = {.most = below(random, 5),
                .max_wait =
                    random.unit() < 0.5 ? std::optional(1ms + some_ms(random, 20)) : std::nullopt},
      .samples = some_rules(random)};
  const auto few = [&] { return 1 + static_cast<std::uint32_t>(below(random, 4)); };
  switch (below(random, 4)) {
    case 0:
      config.limit = client::AimdConfig{
          .initial = few(), .least = 1, .most = few(), .backoff_ratio = 0.5, .timeout = 30ms};
      break;
    case 1:
      config.limit = client::Gradient2Config{.initial = few(), .least = 1, .queue = few()};
      break;
    case 2:
      config.limit = client::VegasConfig{.initial = few(), .probe_multiplier = 2};
      break;
    default:
      config.limit = client::EnvoyGradientConfig{.update_interval = 10ms,
                                                 .min_rtt_interval = 50ms,
                                                 .request_count = few(),
                                                 .least = few()};
      config.queue.most = 0;
  }
  return config;
}

client::PolicyConfig some_policy(Random& random) {
  switch (below(random, 10)) {
    case 0:
      return TimeoutConfig{.after = 1ms + some_ms(random, 80), .cancels = random.unit() < 0.7};
    case 1:
      return RetryConfig{
          .most = static_cast<std::uint32_t>(below(random, 5)),
          .backoff = {.growth = static_cast<Backoff::Growth>(below(random, 3)),
                      .delay = some_ms(random, 20),
                      .jitter = static_cast<Backoff::Jitter>(below(random, 6)),
                      .multiplier = 0.5 + random.unit(),
                      .grain = random.unit() < 0.5 ? Duration(1) : 1ms},
          .heed_retry_after = random.unit() < 0.5,
          .rules = some_rules(random),
          .wait_after_last = random.unit() < 0.2,
          .told_grows = random.unit() < 0.5,
          .max_duration = random.unit() < 0.2 ? std::optional(some_ms(random, 80)) : std::nullopt,
          .exceeded = static_cast<RetryConfig::Exceeded>(below(random, 3))};
    case 2:
    case 3:
      return HedgingConfig{.most = static_cast<std::uint32_t>(below(random, 4)),
                           .delay = random.unit() < 0.3 ? Duration{} : some_ms(random, 30),
                           .rules = some_rules(random),
                           .hurries = random.unit() < 0.7,
                           .answers_first = random.unit() < 0.7};
    case 4:
      return BulkheadConfig{.places = 1 + below(random, 4),
                            .queue = below(random, 5),
                            .max_wait = random.unit() < 0.5
                                            ? std::optional(1ms + some_ms(random, 20))
                                            : std::nullopt};
    case 5:
      return some_limit(random);
    case 6:
      return BreakerConfig{
          .choice = choice(std::array{
              "classic,FailureThreshold=2,Timeout=20ms", "pybreaker,fail_max=3,reset_timeout=10ms",
              "pybreaker_calling,fail_max=2,reset_timeout=5ms",
              "cockatiel,breaker.type=ConsecutiveBreaker,breaker.threshold=1,halfOpenAfter=10ms",
              "opossum,timeout=false,resetTimeout=10ms,volumeThreshold=2",
              "polly,FailureRatio=0.5,MinimumThroughput=2"}[below(random, 6)]),
          .rules = some_rules(random)};
    case 8:
      return FallbackConfig{.rules = some_rules(random),
                            .answer = client::CachedAnswer{.keys = 1 + below(random, 3),
                                                           .max_age = some_ms(random, 100),
                                                           .entries = 1 + below(random, 3)}};
    case 7:
      return FallbackConfig{
          .status = static_cast<std::uint16_t>(random.unit() < 0.5 ? 202 : 503),
          .rules = some_rules(random),
          .good = EndingRules(OutcomeRules().with(*parse_outcome_changes("5xx=ignored"))),
          .answer = client::QueuedAnswer{
              .places = 1 + below(random, 20),
              .full = static_cast<client::QueuedAnswer::Full>(below(random, 2)),
              .retry_every = 1ms + some_ms(random, 30),
              .drain = 1 + below(random, 4),
              .drain_rate = random.unit() < 0.3 ? std::optional(200.0) : std::nullopt}};
    default:
      return FallbackConfig{.status = static_cast<std::uint16_t>(random.unit() < 0.5 ? 200 : 503),
                            .rules = some_rules(random)};
  }
}

class Life final : public client::Wire {
 public:
  explicit Life(std::uint64_t seed)
      : random_(Random(seed).fork("life")),
        client_(policies(Random(seed).fork("policies")), *this) {}

  // What was wrong first; "" when nothing was.
  std::string live() {
    for (int i = 0; i < 40; ++i) {
      script(at(some_ms(random_, 200)), [this] { begin(); });
    }
    while (wrong_.empty()) {
      const auto due = next_due(client_, breakers_);
      const auto next = events_.empty() ? never : events_.top().at;
      if (std::min(due, next) == never || std::min(due, next) > at(24h)) {
        break;
      }
      expect(std::min(due, next) >= now_, "something is due in the past");
      now_ = std::min(due, next);
      if (due <= next) {
        tick(client_, breakers_, now_);
        expect(next_due(client_, breakers_) >= now_, "a tick leaves something due in the past");
      } else {
        const auto event = events_.top();
        events_.pop();
        event.happen();
      }
      expect(++happened_ < 200'000, "it does not end");
      if (may_queue_for_ever_ && now_ > at(10min)) {
        expect(calls_.empty(), "a call is not answered");
        return wrong_;
      }
    }
    expect(calls_.empty(), "a call is not answered");
    expect(let_go_.empty(), "what was let go has not ended");
    expect(under_way_.empty(), "an attempt stays under way");
    expect(going_on_ == 0, "what was let go takes room for ever");
    for (const auto* probe : probes_) {
      expect(probe->wrong().empty(), probe->wrong());
    }
    for (const auto& breaker : breakers_) {
      expect(breaker.permits() == 0, "a permit is not recorded");
    }
    return wrong_;
  }

  [[nodiscard]] const std::string& log() const { return log_; }

  void send(const Attempt& attempt, TimePoint now) override {
    note("send", attempt, now);
    const bool is_let_go = let_go_.contains(attempt.call);
    auto& sent = is_let_go ? let_go_ : calls_;
    const auto call = sent.find(attempt.call);
    expect(call != sent.end(), "an attempt of no call");
    expect(call == sent.end() || attempt.number == ++call->second, "a number out of order");
    expect(std::ranges::none_of(under_way_,
                                [&](const auto& one) { return one.second.id == attempt.id; }),
           "two attempts in one frame");
    expect(under_way_.emplace(name(attempt), attempt).second, "an attempt twice");
    if (is_let_go || random_.unit() < 0.9) {
      reply_to(attempt);
    }
  }

  CallEnd cancel(const Attempt& attempt, TimePoint now) override {
    note("cancel", attempt, now);
    const auto found = under_way_.find(name(attempt));
    expect(found != under_way_.end() && found->second.id == attempt.id,
           "what is cancelled is not under way");
    if (found != under_way_.end()) {
      under_way_.erase(found);
    }
    ++serials_[name(attempt)];
    return {CallEnd::Kind::timeout, 0};
  }

  void answered(std::uint32_t call, const Ending& ending, TimePoint now) override {
    log_ += fmt::format("{} {}: {}\n", now.time_since_epoch().count(), call, words(ending));
    expect(now == now_, "another time");
    const auto numbers = calls_.extract(call);
    expect(!numbers.empty(), "an answer to no call");
    ++lives_[call];
    if (client_.has_let_go(call)) {
      going_on_ += client_.goes_on(call) ? 1 : 0;
      let_go_[call] = numbers.mapped();
      for (const auto& [name, attempt] : under_way_) {
        if (name.first == call) {
          reply_to(attempt);  // nobody will give it up
        }
      }
      return;
    }
    expect(
        std::ranges::none_of(under_way_, [&](const auto& one) { return one.first.first == call; }),
        "an attempt is under way after the answer");
    free_.push_back(call);
  }

  void let_go_over(std::uint32_t call, TimePoint now) override {
    log_ += fmt::format("{} {} over\n", now.time_since_epoch().count(), call);
    expect(let_go_.erase(call) == 1, "an end of what was not let go");
    --going_on_;
    expect(
        std::ranges::none_of(under_way_, [&](const auto& one) { return one.first.first == call; }),
        "an attempt is under way at the end");
    free_.push_back(call);
  }

  void rested(std::uint32_t call) override {
    going_on_ -= let_go_.contains(call) ? 1 : 0;
    expect(!let_go_.contains(call) || !is_under_way(call), "an attempt is under way at rest");
  }
  void resumed(std::uint32_t call) override { going_on_ += let_go_.contains(call) ? 1 : 0; }

 private:
  [[nodiscard]] bool is_under_way(std::uint32_t call) const {
    return std::ranges::any_of(under_way_,
                               [&](const auto& one) { return one.first.first == call; });
  }
  using Name = std::pair<std::uint32_t, std::uint32_t>;
  struct Event {
    TimePoint at;
    std::uint64_t order;
    std::function<void()> happen;
    friend bool operator<(const Event& a, const Event& b) {
      return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
  };

  std::vector<std::unique_ptr<client::Policy>> policies(Random random) {
    std::vector<std::unique_ptr<client::Policy>> all;
    const auto keeper = [this](const BreakerConfig& config) -> client::Breakers& {
      return breakers_.emplace_back(config.choice);
    };
    const auto draw = [](std::uint32_t call, std::uint32_t retry) {
      return Random(call).fork(retry).unit();
    };
    std::uint64_t hedged = 1;
    for (auto n = 1 + below(random, 6); n > 0; --n) {
      const auto config = some_policy(random);
      if (const auto* hedging = std::get_if<HedgingConfig>(&config)) {
        hedged *= hedging->most + 1;
        if (hedged > 16) {
          continue;
        }
      }
      const auto* fallback = std::get_if<FallbackConfig>(&config);
      may_queue_for_ever_ = may_queue_for_ever_ ||
                            (fallback != nullptr && n > 1 &&
                             std::holds_alternative<client::QueuedAnswer>(fallback->answer));
      const auto* bulkhead = std::get_if<BulkheadConfig>(&config);
      all.push_back(std::move(
          client::make_policies({config}, keeper, {.draw = draw}, random.fork("limit")).front()));
      auto probe = std::make_unique<Probe>(bulkhead == nullptr ? 1'000'000 : bulkhead->places,
                                           random.fork(n));
      probes_.push_back(probe.get());
      all.push_back(std::move(probe));
    }
    return all;
  }

  static Name name(const Attempt& attempt) { return {attempt.call, attempt.number}; }
  void note(const char* what, const Attempt& attempt, TimePoint now) {
    log_ += fmt::format("{} {} {}.{}\n", now.time_since_epoch().count(), what, attempt.call,
                        attempt.number);
  }
  void expect(bool holds, const std::string& what) {
    if (!holds && wrong_.empty()) {
      wrong_ = what;
    }
  }
  void script(TimePoint when, std::function<void()> happen) {
    events_.push({when, events_made_++, std::move(happen)});
  }

  // Calls whose upstream never replies, or whose caller loses patience, are given up at some time.
  void begin() {
    auto call = static_cast<std::uint32_t>(calls_.size() + let_go_.size());
    if (!free_.empty()) {
      call = free_.back();
      free_.pop_back();
    }
    calls_[call] = 0;
    const auto life = lives_[call];
    script(now_ + (random_.unit() < 0.3 ? some_ms(random_, 100) : Duration(10s)),
           [this, call, life] {
             if (lives_[call] == life) {
               log_ += fmt::format("gone {}\n", call);
               client_.gone(call, now_);
               expect(!calls_.contains(call), "a caller that has gone has no answer");
             }
           });
    client_.begin(call, now_);
  }

  void reply_to(const Attempt& attempt) {
    const auto serial = ++serials_[name(attempt)];
    script(now_ + some_ms(random_, 60), [this, attempt, serial] { reply(attempt, serial); });
  }

  void reply(const Attempt& attempt, std::uint64_t serial) {
    if (serials_[name(attempt)] != serial) {
      return;  // it was given up
    }
    ++serials_[name(attempt)];
    under_way_.erase(name(attempt));
    const auto draw = random_.unit();
    Ending ending{
        .end = {CallEnd::Kind::answer, static_cast<std::uint16_t>(draw < 0.5 ? 200 : 503)}};
    if (draw < 0.1) {
      ending.end = {CallEnd::Kind::reset, 0};
    } else if (draw > 0.8) {
      ending.retry_after = some_ms(random_, 30);
    }
    client_.ended(attempt.id, ending, now_);
  }

  Random random_;
  std::deque<OneBreaker> breakers_;
  std::vector<Probe*> probes_;
  // What stands inside of a queue may never let a good answer out, under rules that call each one a
  // failure.
  bool may_queue_for_ever_ = false;
  Client client_;
  TimePoint now_{};
  std::priority_queue<Event> events_;
  std::uint64_t events_made_ = 0;
  int happened_ = 0;
  std::map<std::uint32_t, std::uint32_t> calls_;   // under way, with the number of their attempts
  std::map<std::uint32_t, std::uint32_t> let_go_;  // answered, while something of them goes on
  int going_on_ = 0;                               // of let_go_, those that do not rest
  std::map<std::uint32_t, int> lives_;
  std::vector<std::uint32_t> free_;
  std::map<Name, Attempt> under_way_;
  std::map<Name, std::uint64_t> serials_;
  std::string log_;
  std::string wrong_;
};

}  // namespace

TEST_CASE("no life of a client breaks what every client keeps") {
  std::size_t attempts = 0;
  for (std::uint64_t seed = 0; seed < 800; ++seed) {
    Life life(seed);
    const auto wrong = life.live();
    if (!wrong.empty()) {
      FAIL_CHECK("seed " << seed << ": " << wrong);
    }
    attempts += static_cast<std::size_t>(std::ranges::count(life.log(), 's'));
  }
  CHECK(attempts > 10'000);
}

TEST_CASE("a client does the same when it is told the same") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Life one(seed);
    Life other(seed);
    CHECK(one.live() == other.live());
    CHECK(one.log() == other.log());
    CHECK(one.log() != "");
  }
}
