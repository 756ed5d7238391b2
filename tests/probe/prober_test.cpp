// The breaker of a simulated service, found out from outside.
#include "probe/prober.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "probe/simulated.hpp"
#include "probe/words.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::probe {
namespace {

using namespace std::chrono_literals;

breaker::Choice choice(const std::string& text) { return breaker::parse_choice(text).value(); }

// Of few dialects, so that a test takes a moment: all are probed by the command in docs/PROBE.md.
Question question(std::vector<std::string> dialects = {"classic"}, Duration budget = 3min) {
  return {.dialects = std::move(dialects), .budget = budget, .most_calls = 20'000};
}

struct Silent final : Watcher {};

// A service with that breaker; it lives as long as its answer is asked for.
struct Probed {
  explicit Probed(const std::string& breaker, const Surroundings& around = {},
                  const OutcomeChanges& changes = {})
      : of(choice(breaker)),
        rules(breaker::usual_rules(of.dialect()).with(changes)),
        subject(of, rules, around, TimePoint{}, Random(7)) {}

  Findings find_out(const Question& asked = question()) {
    Silent silent;
    return probe::find_out(asked, subject, nullptr, silent);
  }

  breaker::Choice of;
  OutcomeRules rules;
  Simulated subject;
};

const Survivor* survivor_of(const Findings& findings, const breaker::Choice& wanted) {
  const auto found = std::ranges::find(findings.survivors, wanted, &Survivor::choice);
  return found == findings.survivors.end() ? nullptr : &*found;
}

// A service as somebody sees it, who may see it a little otherwise.
class SeenThrough final : public Subject {
 public:
  // A call that arrived is seen as one that did not, once: the `lost`-th; 0: none. Waits end so
  // much later than asked for, as on the wire.
  SeenThrough(Subject& inner, std::uint64_t lost, Duration late = {})
      : inner_(inner), lost_(lost), late_(late) {}

  [[nodiscard]] TimePoint now() const override { return inner_.now(); }
  [[nodiscard]] Seen call(const Reply& reply) override {
    auto seen = inner_.call(reply);
    if (++calls_ == lost_) {
      seen.arrivals = 0;
    }
    return seen;
  }
  [[nodiscard]] Crowd together(std::uint32_t calls, const Reply& reply) override {
    return inner_.together(calls, reply);
  }
  [[nodiscard]] bool hold() override { return inner_.hold(); }
  void let_go(const Reply& reply) override { inner_.let_go(reply); }
  void wait(Duration length) override {
    inner_.wait(length > Duration::zero() ? length + late_ : length);
  }
  [[nodiscard]] Duration slack() const override { return late_ > Duration::zero() ? 10ms : 0ms; }
  [[nodiscard]] bool over() const override { return inner_.over(); }

 private:
  Subject& inner_;
  std::uint64_t lost_;
  Duration late_;
  std::uint64_t calls_ = 0;
};

// A service on a machine that has other things to do: waits end late, requests wait before they get
// to it, and answers wait before they are read.
class Starved final : public Subject {
 public:
  explicit Starved(Subject& inner) : inner_(inner) {}

  [[nodiscard]] TimePoint now() const override { return inner_.now(); }
  [[nodiscard]] Seen call(const Reply& reply) override {
    const auto before = delay(80ms);
    inner_.wait(before);
    auto seen = inner_.call(reply);
    const auto after = delay(80ms);
    inner_.wait(after);
    seen.took += before + after;
    return seen;
  }
  [[nodiscard]] Crowd together(std::uint32_t calls, const Reply& reply) override {
    return inner_.together(calls, reply);
  }
  [[nodiscard]] bool hold() override { return inner_.hold(); }
  void let_go(const Reply& reply) override { inner_.let_go(reply); }
  void wait(Duration length) override {
    inner_.wait(length > Duration::zero() ? length + delay(300ms) : length);
  }
  [[nodiscard]] Duration slack() const override { return 10ms; }
  [[nodiscard]] bool over() const override { return inner_.over(); }

 private:
  // As a rule nearly none.
  Duration delay(Duration most) {
    const bool is_late = random_.unit() < 0.25;
    return std::chrono::duration_cast<Duration>(random_.unit() * (is_late ? most : Duration(1ms)));
  }

  Subject& inner_;
  Random random_{3};
};

// Answers all by itself.
class Closed final : public Subject {
 public:
  [[nodiscard]] TimePoint now() const override { return {}; }
  [[nodiscard]] Seen call(const Reply& /*reply*/) override { return {.status = 200}; }
  [[nodiscard]] Crowd together(std::uint32_t /*calls*/, const Reply& /*reply*/) override {
    return {};
  }
  [[nodiscard]] bool hold() override { return false; }
  void let_go(const Reply& /*reply*/) override {}
  void wait(Duration /*length*/) override {}
  [[nodiscard]] bool over() const override { return false; }
};

}  // namespace

TEST_CASE("probe finds the dialect and the settings of a breaker that it only sees from outside") {
  const auto [breaker, dialects] = GENERATE(table<std::string, std::vector<std::string>>({
      {"classic,FailureThreshold=7,Timeout=4s,SuccessThreshold=3", {"classic", "polly7"}},
      {"resilience4j,slidingWindowSize=20,minimumNumberOfCalls=10,waitDurationInOpenState=2s,"
       "permittedNumberOfCallsInHalfOpenState=3",
       {"resilience4j"}},
      {"nginx,max_fails=3", {"nginx", "go-resiliency"}},
  }));
  CAPTURE(breaker);
  Probed probed(breaker);
  const auto findings = probed.find_out(question(dialects));
  CAPTURE(report(findings));
  const auto* survivor = survivor_of(findings, choice(breaker));
  REQUIRE(survivor != nullptr);
  CHECK(survivor->contradictions == 0);
}

TEST_CASE("settings that act alike are all told, and none of them as the only truth") {
  Probed probed("classic,FailureThreshold=3,Timeout=2s,SuccessThreshold=1");
  const auto findings = probed.find_out(question({"classic", "pybreaker_calling"}));
  CAPTURE(report(findings));
  REQUIRE(findings.survivors.size() == 2);
  CHECK(findings.survivors[1].twin_of == 0);
  CHECK_THAT(report(findings), testing::ContainsSubstring("the same from outside: "));
  CHECK_FALSE(findings.next.has_value());
  CHECK_THAT(report(findings), testing::ContainsSubstring("tells these forms apart"));
}

TEST_CASE("a service that never stops calling is said to have no breaker that acts") {
  Probed probed("none");
  const auto findings = probed.find_out();
  CHECK_FALSE(findings.opens);
  CHECK(findings.survivors.empty());
  CHECK_THAT(report(findings), testing::ContainsSubstring("never stops calling"));
}

TEST_CASE("a service that does not call its dependency is told in these words") {
  Closed closed;
  Silent silent;
  const auto findings = find_out(question(), closed, nullptr, silent);
  CHECK_THAT(report(findings), testing::ContainsSubstring(
                                   "answered a call with 200, and did not call the dependency"));
}

TEST_CASE("a call that is lost does not rule out the truth") {
  const std::string breaker = "classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1";
  Probed probed(breaker);
  SeenThrough lossy(probed.subject, 60);
  Silent silent;
  const auto findings = find_out(question(), lossy, nullptr, silent);
  CAPTURE(report(findings));
  CHECK(survivor_of(findings, choice(breaker)) != nullptr);
}

TEST_CASE("on a machine that is busy the truth is found all the same") {
  const std::string breaker = GENERATE(
      "classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1",
      "opossum,timeout=false,volumeThreshold=8,rollingCountTimeout=5s,resetTimeout=2s",
      "resilience4j,slidingWindowSize=10,minimumNumberOfCalls=5,waitDurationInOpenState=2s,"
      "permittedNumberOfCallsInHalfOpenState=2");
  CAPTURE(breaker);
  Probed probed(breaker);
  Starved starved(probed.subject);
  Silent silent;
  auto asked = question({std::string(choice(breaker).dialect().name)});
  asked.expected = choice(breaker);
  const auto findings = find_out(asked, starved, nullptr, silent);
  CAPTURE(report(findings));
  CHECK(findings.expected_is_left == true);
  const auto found =
      std::ranges::find(findings.survivors, choice(breaker).dialect().name,
                        [](const Survivor& one) { return one.choice.dialect().name; });
  REQUIRE(found != findings.survivors.end());
  CHECK(found->choice.facts().open_for >= 1900ms);
  CHECK(found->choice.facts().open_for <= 2100ms);
}

TEST_CASE("where waits end late the truth is found, and times are told as ranges") {
  const std::string breaker = "classic,FailureThreshold=3,Timeout=500ms,SuccessThreshold=1";
  Probed probed(breaker);
  SeenThrough late(probed.subject, 0, 2ms);
  Silent silent;
  const auto findings = find_out(question(), late, nullptr, silent);
  CAPTURE(report(findings));
  const auto* survivor = survivor_of(findings, choice(breaker));
  REQUIRE(survivor != nullptr);
  CHECK_FALSE(survivor->ranges.empty());
}

TEST_CASE("what a breaker is told of retries is found out") {
  const bool inside = GENERATE(true, false);
  CAPTURE(inside);
  const std::string breaker = "classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1";
  Probed probed(breaker, {.attempts = 3, .between = 20ms, .breaker_inside = inside});
  const auto findings = probed.find_out();
  CAPTURE(report(findings));
  CHECK(findings.around.attempts == 3);
  REQUIRE_FALSE(findings.survivors.empty());
  CHECK(findings.survivors.front().choice == choice(breaker));
  CHECK(findings.survivors.front().breaker_inside == inside);
}

TEST_CASE("what each kind of answer counts as is found out") {
  Probed probed("classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1", {},
                parse_outcome_changes("404=failure,429=ignored").value());
  const auto findings = probed.find_out();
  const auto as = [&](CallEnd end) {
    return std::ranges::find(findings.counted, end, &Counted::end)->as;
  };
  CHECK(as({CallEnd::Kind::answer, 404}) == Counted::As::failure);
  CHECK(as({CallEnd::Kind::answer, 429}) == Counted::As::ignored);
  CHECK(as({CallEnd::Kind::answer, 400}) == Counted::As::success);
  CHECK(as({CallEnd::Kind::reset, 0}) == Counted::As::failure);
}

TEST_CASE("how long the service waits for an answer is found out, and that it gives up") {
  const auto timeout = GENERATE(Duration(700ms), Duration());
  CAPTURE(timeout.count());
  Probed probed("classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1", {.timeout = timeout});
  const auto findings = probed.find_out();
  CHECK(findings.gives_up == (timeout > Duration::zero()));
  REQUIRE(findings.unanswered_for.has_value());
  CHECK(*findings.unanswered_for >= (findings.gives_up ? timeout : Duration(15s)));
  CHECK(*findings.unanswered_for <= (findings.gives_up ? timeout + 10ms : Duration(16s)));
  CHECK(findings.around.timeout >= timeout);
  CHECK(findings.around.timeout <= timeout * 102 / 100);
  CHECK(
      std::ranges::find(findings.counted, CallEnd(CallEnd::Kind::timeout, 0), &Counted::end)->as ==
      Counted::As::failure);
}

TEST_CASE("a trial call that gets no answer wedges the breaker, shares, or ends with its timeout") {
  const auto [breaker, timeout, next] = GENERATE(table<std::string, Duration, Duration>({
      {"smallrye,requestVolumeThreshold=4,delay=2s", Duration(), never.time_since_epoch()},
      {"smallrye,requestVolumeThreshold=4,delay=2s", 700ms, 2700ms},
      {"classic,FailureThreshold=3,Timeout=2s", Duration(), 530ms},
  }));
  CAPTURE(breaker, timeout.count());
  Probed probed(breaker, {.timeout = timeout});
  const auto findings =
      probed.find_out(question({std::string(choice(breaker).dialect().name)}, 20min));
  CAPTURE(report(findings));
  REQUIRE(findings.asides.held.has_value());
  const auto& held = *findings.asides.held;
  const bool wedges = next == never.time_since_epoch();
  CHECK(held.one_at.has_value() != wedges);
  CHECK(held.none_for <= next);
  CHECK(held.one_at.value_or(next) >= next - 10ms);
  CHECK(held.shares == (held.none_for == Duration::zero()));
  CHECK((report(findings).find("may never close again") != std::string::npos) == wedges);
  REQUIRE(survivor_of(findings, choice(breaker)) != nullptr);
  CHECK(survivor_of(findings, choice(breaker))->contradictions == 0);
}

TEST_CASE("from what length on good answers open the breaker is found out") {
  const auto [slow, longest, opens] = GENERATE(table<std::string, Duration, bool>({
      {"700ms", 700ms, true},
      {"60s", 5s, false},
  }));
  CAPTURE(slow);
  Probed probed(
      "resilience4j,slidingWindowSize=20,minimumNumberOfCalls=10,waitDurationInOpenState=1s,"
      "slowCallRateThreshold=50,slowCallDurationThreshold=" +
      slow);
  const auto findings = probed.find_out(question({"resilience4j"}, 20min));
  CAPTURE(report(findings));
  REQUIRE(findings.asides.slow.has_value());
  CHECK(findings.asides.slow->shortest_bad.has_value() == opens);
  CHECK(findings.asides.slow->longest_good <= longest);
  if (opens) {
    CHECK(*findings.asides.slow->shortest_bad >= longest);
    CHECK(*findings.asides.slow->shortest_bad <= longest * 115 / 100);
    CHECK(findings.asides.slow->longest_good >= longest * 85 / 100);
  }
}

TEST_CASE("where the service makes one call at a time, slow answers are tried one by one") {
  class OneAtATime final : public Subject {
   public:
    explicit OneAtATime(Subject& inner) : inner_(inner) {}
    [[nodiscard]] TimePoint now() const override { return inner_.now(); }
    [[nodiscard]] Seen call(const Reply& reply) override { return inner_.call(reply); }
    [[nodiscard]] Crowd together(std::uint32_t calls, const Reply& reply) override {
      Crowd crowd{.first = 1};
      for (std::uint32_t i = 0; i < calls; ++i) {
        crowd.all += inner_.call(reply).arrivals;
      }
      return crowd;
    }
    [[nodiscard]] bool hold() override { return inner_.hold(); }
    void let_go(const Reply& reply) override { inner_.let_go(reply); }
    void wait(Duration length) override { inner_.wait(length); }
    [[nodiscard]] bool over() const override { return inner_.over(); }

   private:
    Subject& inner_;
  };
  Probed probed("classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1", {.timeout = 1s});
  OneAtATime subject(probed.subject);
  Silent silent;
  const auto findings = find_out(question({"classic"}, 10min), subject, nullptr, silent);
  CAPTURE(report(findings));
  CHECK(findings.asides.at_once == 1U);
  REQUIRE(findings.asides.slow.has_value());
  CHECK(findings.asides.slow->longest_good == 800ms);
  CHECK_FALSE(findings.asides.leaving_opens.has_value());
  CHECK_THAT(report(findings), testing::ContainsSubstring("makes 1 call at a time"));
}

TEST_CASE("whether calls whose callers leave open the breaker is found out") {
  const auto of_left =
      GENERATE(as<std::optional<Outcome>>(), Outcome::failure, Outcome::ignored, std::nullopt);
  Probed probed("classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1", {.of_left = of_left});
  const auto findings = probed.find_out();
  CHECK(findings.asides.leaving_opens == std::optional(of_left == Outcome::failure));
}

TEST_CASE("how far the breaker reaches is found out") {
  const auto [other, as] = GENERATE(table<std::string, OtherWay>({
      {"", OtherWay::same},
      {"classic,FailureThreshold=9,Timeout=2s", OtherWay::own},
      {"none", OtherWay::none},
  }));
  CAPTURE(other);
  // A service with two paths, and a breaker for each unless there is no other.
  class TwoPaths final : public Subject {
   public:
    TwoPaths(Subject& first, Simulated* other) : first_(first), other_(other) {}
    [[nodiscard]] TimePoint now() const override { return at().now(); }
    [[nodiscard]] Seen call(const Reply& reply) override { return at().call(reply); }
    [[nodiscard]] Crowd together(std::uint32_t calls, const Reply& reply) override {
      return at().together(calls, reply);
    }
    [[nodiscard]] bool hold() override { return at().hold(); }
    void let_go(const Reply& reply) override { at().let_go(reply); }
    void wait(Duration length) override { at().wait(length); }
    void turn_to(std::size_t way) override {
      const auto left_at = now();
      is_other_ = way == 1;
      at().wait(left_at - now());
    }
    [[nodiscard]] bool over() const override { return false; }

   private:
    [[nodiscard]] Subject& at() const { return is_other_ && other_ ? *other_ : first_; }
    Subject& first_;
    Simulated* other_;
    bool is_other_ = false;
  };
  Probed probed("classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1");
  std::optional<Probed> second;
  if (!other.empty()) {
    second.emplace(other);
  }
  TwoPaths paths(probed.subject, second ? &second->subject : nullptr);
  Silent silent;
  auto asked = question();
  asked.ways = {"/other"};
  const auto findings = find_out(asked, paths, nullptr, silent);
  CAPTURE(report(findings));
  REQUIRE(findings.asides.ways.size() == 1);
  CHECK(findings.asides.ways.front().second == as);
}

TEST_CASE("what becomes of calls when one instance of the dependency fails is found out") {
  // A service that calls two instances in turn, through one breaker or through one each.
  class TwoInstances final : public Subject {
   public:
    TwoInstances(Simulated& first, Simulated* second) : first_(first), second_(second) {}
    [[nodiscard]] TimePoint now() const override { return first_.now(); }
    [[nodiscard]] Seen call(const Reply& reply) override {
      const bool goes_first = calls_++ % 2 == 0;
      auto seen = call_one(goes_first, reply);
      return seen.arrivals > 0 || second_ == nullptr ? seen : call_one(!goes_first, reply);
    }
    [[nodiscard]] Crowd together(std::uint32_t calls, const Reply& reply) override {
      return first_.together(calls, reply);
    }
    [[nodiscard]] bool hold() override { return first_.hold(); }
    void let_go(const Reply& reply) override { first_.let_go(reply); }
    void wait(Duration length) override { first_.wait(length); }
    [[nodiscard]] bool over() const override { return false; }

   private:
    Seen call_one(bool at_first, Reply reply) {
      const bool fails = at_first || !reply.only_first;
      reply.only_first = false;
      auto& one = at_first || second_ == nullptr ? first_ : *second_;
      one.wait_until(now());
      auto seen = one.call(fails ? reply : Reply{});
      first_.wait_until(one.now());
      seen.at_first = at_first ? seen.arrivals : 0;
      return seen;
    }
    Simulated& first_;
    Simulated* second_;
    std::uint64_t calls_ = 0;
  };
  const auto [breaker, has_two, at] = GENERATE(table<std::string, bool, AtInstance>({
      {"classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1", true, AtInstance::own},
      {"classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1", false, AtInstance::goes_on},
      {"resilience4j,slidingWindowSize=10,minimumNumberOfCalls=5,waitDurationInOpenState=2s", false,
       AtInstance::shared},
  }));
  CAPTURE(breaker, has_two);
  Probed first(breaker);
  Probed second(breaker);
  TwoInstances instances(first.subject, has_two ? &second.subject : nullptr);
  Silent silent;
  auto asked = question({std::string(choice(breaker).dialect().name)});
  asked.instances = 2;
  const auto findings = find_out(asked, instances, nullptr, silent);
  CAPTURE(report(findings));
  CHECK(findings.asides.instance == at);
  CHECK_THAT(report(findings), testing::ContainsSubstring("one fails: "));
}

TEST_CASE("expected settings are left if they are right, and not if they are wrong") {
  auto asked = question();
  const auto expected = GENERATE(table<std::string, bool>({
      {"classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1", true},
      {"classic,FailureThreshold=5,Timeout=2s,SuccessThreshold=1", false},
      {"classic,FailureThreshold=4,Timeout=3s,SuccessThreshold=1", false},
  }));
  CAPTURE(std::get<0>(expected));
  asked.expected = choice(std::get<0>(expected));
  Probed probed("classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1");
  CHECK(probed.find_out(asked).expected_is_left == std::get<1>(expected));
}

TEST_CASE("expected settings are left whenever the breaker's timers began") {
  const auto seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  // One of the settings is its library's default.
  const auto opossum = choice(
      "opossum,timeout=false,errorThresholdPercentage=50,volumeThreshold=8,rollingCountTimeout=5s,"
      "resetTimeout=2s");
  const auto rules = breaker::usual_rules(opossum.dialect());
  Simulated subject(opossum, rules, {}, TimePoint{}, Random(seed));
  Silent silent;
  auto asked = question({"opossum"});
  asked.expected = opossum;
  const auto findings = find_out(asked, subject, nullptr, silent);
  CAPTURE(report(findings));
  CHECK(findings.expected_is_left == true);
}

TEST_CASE("probe keeps to its budget of time and of calls") {
  Probed slow("classic");
  auto asked = question();
  asked.budget = 90s;
  const auto by_time = slow.find_out(asked);
  CHECK(by_time.took <= 91s);
  CHECK_FALSE(by_time.survivors.empty());
  Probed busy("classic");
  asked.budget = 10min;
  asked.most_calls = 60;
  CHECK(busy.find_out(asked).calls <= 61);
}

TEST_CASE("no experiment is begun that does not fit into what is left of the budget") {
  const auto budget = GENERATE(2s, 5s, 10s, 20s, 40s);
  const std::uint64_t calls = GENERATE(20U, 60U, 150U, 20'000U);
  CAPTURE(budget.count(), calls);
  Probed probed("classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1");
  auto asked = question({"classic"}, budget);
  asked.most_calls = calls;
  const auto findings = probed.find_out(asked);
  CAPTURE(report(findings));
  CHECK(findings.took <= budget + 10ms);
  CHECK(findings.calls <= calls + 1);
}

TEST_CASE("a belief that is stopped looks at nothing more") {
  const Script script{.steps = {{.kind = Step::Kind::until, .count = most_failures}}};
  const Entry opened{.script = script, .fresh = true, .seen = {4}};
  const Hint hint{.fails = 4, .open_least = 1.9, .open_most = 2.1};
  bool stopped = true;
  Belief belief(forms_of(std::vector<std::string>{"classic"}), {}, [&] { return stopped; });
  belief.begin({opened}, hint);
  CHECK(belief.all().empty());
  stopped = false;
  belief.begin({opened}, hint);
  REQUIRE_FALSE(belief.all().empty());
  const Entry like{.script = {},
                   .recovery = Recovery{.first = 2100ms, .every = 100ms, .patience = 60s}};
  REQUIRE(best_proposal(belief, hint, like, 10min, 10'000).has_value());
  stopped = true;
  CHECK_FALSE(best_proposal(belief, hint, like, 10min, 10'000).has_value());
  const double fit = belief.best().fit;
  belief.learn(opened);
  CHECK(belief.log().size() == 1);
  CHECK(belief.best().fit == fit);
}

TEST_CASE("a probe that is interrupted says so, and not that its budget was used up") {
  // A person ends it after so many looks at whether it is over.
  class Interrupted final : public Subject {
   public:
    Interrupted(Subject& inner, std::uint64_t calls) : inner_(inner), left_(calls) {}
    [[nodiscard]] TimePoint now() const override { return inner_.now(); }
    [[nodiscard]] Seen call(const Reply& reply) override {
      left_ -= left_ > 0 ? 1U : 0U;
      return inner_.call(reply);
    }
    [[nodiscard]] Crowd together(std::uint32_t calls, const Reply& reply) override {
      return inner_.together(calls, reply);
    }
    [[nodiscard]] bool hold() override { return inner_.hold(); }
    void let_go(const Reply& reply) override { inner_.let_go(reply); }
    void wait(Duration length) override { inner_.wait(length); }
    [[nodiscard]] bool over() const override { return left_ == 0; }

   private:
    Subject& inner_;
    std::uint64_t left_;
  };
  const auto [calls, said] = GENERATE(table<std::uint64_t, std::string>({
      {2, "it was interrupted before anything opened"},
      {40, "it was interrupted"},
  }));
  CAPTURE(calls);
  Probed probed("classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1");
  Interrupted interrupted(probed.subject, calls);
  Silent silent;
  const auto findings = find_out(question(), interrupted, nullptr, silent);
  CHECK_THAT(findings.ended, testing::ContainsSubstring(said));
  CHECK_THAT(report(findings), testing::ContainsSubstring(said));
  CHECK_THAT(report(findings), !testing::ContainsSubstring("budget was used up"));
}

TEST_CASE("with a reset every experiment begins with a new breaker") {
  Probed probed("classic,FailureThreshold=4,Timeout=2m,SuccessThreshold=1");
  Silent silent;
  int resets = 0;
  // The subject is made anew at the same place, which is what a restarted service is.
  class Restarted final : public Subject {
   public:
    explicit Restarted(Probed& of) : of_(of) { restart(); }
    void restart() {
      const auto start = inner_ ? inner_->now() : TimePoint{};
      inner_ = std::make_unique<Simulated>(of_.of, of_.rules, Surroundings{}, start, Random(7));
    }
    [[nodiscard]] TimePoint now() const override { return inner_->now(); }
    [[nodiscard]] Seen call(const Reply& reply) override { return inner_->call(reply); }
    [[nodiscard]] Crowd together(std::uint32_t calls, const Reply& reply) override {
      return inner_->together(calls, reply);
    }
    [[nodiscard]] bool hold() override { return inner_->hold(); }
    void let_go(const Reply& reply) override { inner_->let_go(reply); }
    void wait(Duration length) override { inner_->wait(length); }
    [[nodiscard]] bool over() const override { return false; }

   private:
    Probed& of_;
    std::unique_ptr<Simulated> inner_;
  } restarted(probed);
  auto asked = question({"classic", "polly7"});
  asked.budget = 1h;
  const auto findings = find_out(
      asked, restarted,
      [&] {
        ++resets;
        restarted.restart();
        return true;
      },
      silent);
  CAPTURE(report(findings));
  CHECK(resets > 0);
  REQUIRE_FALSE(findings.survivors.empty());
  CHECK(findings.survivors.front().choice.dialect().name == "classic");
}

}  // namespace tripcurve::probe
