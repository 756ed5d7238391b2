// When a probe ends: by its budget, or because somebody ends it.
#include <algorithm>
#include <string>
#include <vector>

#include "probe/words.hpp"
#include "tests/probe/probed.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::probe {

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
  CHECK_FALSE(findings.cut_short);  // in virtual time thinking takes none of it
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

TEST_CASE("thinking ends with the budget on a machine for which it takes long") {
  // Each look at whether it is over takes the machine a while.
  class Slow final : public Passing {
   public:
    using Passing::Passing;
    [[nodiscard]] TimePoint now() const override { return Passing::now() + thought_; }
    [[nodiscard]] bool over() const override {
      thought_ += 20ms;
      return false;
    }

   private:
    mutable Duration thought_{};
  };
  const auto budget = GENERATE(30s, 60s, 120s);
  CAPTURE(budget.count());
  Probed probed("resilience4j,slidingWindowSize=20,waitDurationInOpenState=2s");
  Slow slow(probed.subject);
  const auto findings = find_out(question({"resilience4j"}, budget), slow);
  CAPTURE(report(findings));
  CHECK(findings.took >= budget);
  CHECK(findings.took <= budget + budget / 10 + 1s);
  CHECK(findings.ended == "the budget was used up");
  CHECK_FALSE(findings.survivors.empty());
  CHECK_THAT(report(findings), testing::ContainsSubstring("The budget ended before all"));
}

TEST_CASE("what an experiment shows that takes longer than the budget is thought through") {
  class Late final : public Passing {
   public:
    using Passing::Passing;
    void wait(Duration length) override {
      inner().wait(length > Duration::zero() ? length + 3s : length);
    }
  };
  const auto budget = std::chrono::seconds(GENERATE(range(14, 60, 3)));
  CAPTURE(budget.count());
  Probed probed("classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1");
  Late late(probed.subject);
  const auto findings = find_out(question({"classic"}, budget), late);
  CAPTURE(report(findings));
  CHECK_FALSE(findings.cut_short);
}

TEST_CASE("a probe that is interrupted says so, and not that its budget was used up") {
  // A person ends it after so many looks at whether it is over.
  class Interrupted final : public Passing {
   public:
    Interrupted(Subject& inner, std::uint64_t calls) : Passing(inner), left_(calls) {}
    [[nodiscard]] Seen call(const Reply& reply) override {
      left_ -= left_ > 0 ? 1U : 0U;
      return inner().call(reply);
    }
    [[nodiscard]] bool over() const override { return left_ == 0; }

   private:
    std::uint64_t left_;
  };
  const auto [calls, said] = GENERATE(table<std::uint64_t, std::string>({
      {2, "it was interrupted before anything opened"},
      {40, "it was interrupted"},
  }));
  CAPTURE(calls);
  Probed probed("classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1");
  Interrupted interrupted(probed.subject, calls);
  const auto findings = find_out(question(), interrupted);
  CHECK_THAT(findings.ended, testing::ContainsSubstring(said));
  CHECK_THAT(report(findings), testing::ContainsSubstring(said));
  CHECK_THAT(report(findings), !testing::ContainsSubstring("budget was used up"));
}

}  // namespace tripcurve::probe
