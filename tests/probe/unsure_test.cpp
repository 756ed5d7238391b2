// What is seen on the wire is not all true: calls get lost, and are late.
#include <algorithm>
#include <string>

#include "probe/survivors.hpp"
#include "probe/words.hpp"
#include "tests/probe/probed.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::probe {
namespace {

// A service on a machine that has other things to do: waits end late, requests wait before they get
// to it, and answers wait before they are read.
class Starved final : public Passing {
 public:
  using Passing::Passing;

  [[nodiscard]] Seen call(const Reply& reply) override {
    const auto before = delay(80ms);
    inner().wait(before);
    auto seen = inner().call(reply);
    const auto after = delay(80ms);
    inner().wait(after);
    seen.took += before + after;
    return seen;
  }
  void wait(Duration length) override {
    inner().wait(length > Duration::zero() ? length + delay(300ms) : length);
  }
  [[nodiscard]] Duration slack() const override { return 10ms; }

 private:
  // As a rule nearly none.
  Duration delay(Duration most) {
    const bool is_late = random_.unit() < 0.25;
    return std::chrono::duration_cast<Duration>(random_.unit() * (is_late ? most : Duration(1ms)));
  }

  Random random_{3};
};

// Calls failed until one did not arrive.
Entry opened_after(std::int64_t failures) {
  const Script script{.steps = {{.kind = Step::Kind::until, .count = most_failures}}};
  return {.script = script, .fresh = true, .seen = {failures}};
}

}  // namespace

TEST_CASE("a call that is lost does not rule out the truth") {
  const std::string breaker = "classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1";
  Probed probed(breaker);
  SeenThrough lossy(probed.subject, 60);
  const auto findings = find_out(question(), lossy);
  CAPTURE(report(findings));
  CHECK(survivor_of(findings, choice(breaker)) != nullptr);
}

TEST_CASE("where nothing explains all that was seen, settings that explain some are told") {
  Belief belief(forms_of(std::vector<std::string>{"polly7"}), {});
  belief.begin({opened_after(4), opened_after(4), opened_after(5)},
               {.fails = 4, .open_least = 1.9, .open_most = 2.1});
  const auto survivors = survivors_of(belief);
  REQUIRE_FALSE(survivors.empty());
  CHECK(survivors.front().contradictions == 0);  // it has ended so, too
  const std::string range = "exceptionsAllowedBeforeBreaking: 4 to 5";
  CHECK(std::ranges::find(survivors.front().ranges, range) != survivors.front().ranges.end());
}

TEST_CASE("settings that explain what was seen are left, whoever named them") {
  Belief belief(forms_of(std::vector<std::string>{"polly7"}), {});
  belief.begin({opened_after(4)}, {.fails = 4, .open_least = 1.9, .open_most = 2.1});
  CHECK(is_left(belief, survivors_of(belief).front().choice));
  CHECK_FALSE(is_left(belief, choice("polly7,exceptionsAllowedBeforeBreaking=9")));
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
  auto asked = question({std::string(choice(breaker).dialect().name)});
  asked.expected = choice(breaker);
  const auto findings = find_out(asked, starved);
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
  const auto findings = find_out(question(), late);
  CAPTURE(report(findings));
  const auto* survivor = survivor_of(findings, choice(breaker));
  REQUIRE(survivor != nullptr);
  CHECK_FALSE(survivor->ranges.empty());
}

}  // namespace tripcurve::probe
