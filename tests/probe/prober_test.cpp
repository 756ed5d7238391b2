// The breaker of a simulated service, found out from outside.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "probe/words.hpp"
#include "tests/probe/probed.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::probe {
namespace {

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
  const auto findings = find_out(question(), closed);
  CHECK_THAT(report(findings), testing::ContainsSubstring(
                                   "answered a call with 200, and did not call the dependency"));
}

// A service without a breaker, that gives an answer again for a while, or limits its calls.
class Withholding final : public Passing {
 public:
  Withholding(Subject& inner, Duration cached_for, Duration gap)
      : Passing(inner), cached_for_(cached_for), gap_(gap) {}

  [[nodiscard]] Seen call(const Reply& reply) override {
    if (now() < fresh_until_ || now() < next_) {
      wait(5ms);
      return {.status = 200, .took = 100us};
    }
    next_ = now() + gap_;
    const auto seen = inner().call(reply);
    fresh_until_ = reply == Reply{} ? now() + cached_for_ : fresh_until_;
    return seen;
  }

 private:
  Duration cached_for_;
  Duration gap_;
  TimePoint fresh_until_{};
  TimePoint next_{};
};

TEST_CASE("a service that found its dependency down before the probe is waited for") {
  Probed probed("classic,FailureThreshold=4,Timeout=3s");
  for (int i = 0; i < 4; ++i) {
    REQUIRE(probed.subject.call({.end = CallEnd(CallEnd::Kind::reset, 0)}).arrivals == 1);
  }
  REQUIRE(probed.subject.call({}).arrivals == 0);
  const auto findings = probed.find_out();
  CHECK(findings.trouble.empty());
  REQUIRE_FALSE(findings.survivors.empty());
  CHECK(findings.survivors.front().choice == choice("classic,FailureThreshold=4,Timeout=3s"));
}

TEST_CASE("a cache is no breaker, and is told before anything fails") {
  Probed probed("none");
  Withholding service(probed.subject, 200ms, {});
  auto asked = question();
  asked.good_first = 5;
  const auto findings = find_out(asked, service);
  CHECK_THAT(findings.trouble,
             testing::ContainsSubstring("before anything failed, 4 of 5 calls did not"));
  CHECK(findings.survivors.empty());
}

TEST_CASE("good calls that come first are none of the failures that open a breaker") {
  auto asked = question();
  asked.good_first = 5;
  const auto findings = Probed("classic,FailureThreshold=4,Timeout=2s").find_out(asked);
  REQUIRE_FALSE(findings.survivors.empty());
  CHECK(findings.survivors.front().choice == choice("classic,FailureThreshold=4,Timeout=2s"));
  CHECK(findings.survivors.front().contradictions == 0);
}

TEST_CASE("a rate limit is no breaker") {
  Probed probed("none");
  Withholding service(probed.subject, {}, 100ms);
  const auto findings = find_out(question(), service);
  CHECK_THAT(findings.trouble, testing::ContainsSubstring("a rate limit looks like that"));
  CHECK(findings.survivors.empty());
}

TEST_CASE("of a service that tries again no call is held, whose other tries look like new calls") {
  const auto findings =
      Probed("classic,FailureThreshold=5,Timeout=1s", {.attempts = 3}).find_out(question());
  CHECK(findings.around.attempts == 3);
  for (const auto& entry : findings.log) {
    CHECK(std::ranges::find(entry.script.steps, Step::Kind::hold, &Step::kind) ==
          entry.script.steps.end());
  }
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
  auto asked = question({"opossum"});
  asked.expected = opossum;
  const auto findings = find_out(asked, subject);
  CAPTURE(report(findings));
  CHECK(findings.expected_is_left == true);
}

TEST_CASE("with a reset every experiment begins with a new breaker") {
  Probed probed("classic,FailureThreshold=4,Timeout=2m,SuccessThreshold=1");
  Silent silent;
  int resets = 0;
  // The subject is made anew at the same place, which is what a restarted service is.
  class Restarted final : public Passing {
   public:
    explicit Restarted(Probed& of) : Passing(of.subject), of_(of) {}
    void restart() {
      anew_ = std::make_unique<Simulated>(of_.of, of_.rules, Surroundings{}, now(), Random(7));
      pass_to(*anew_);
    }

   private:
    Probed& of_;
    std::unique_ptr<Simulated> anew_;
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
