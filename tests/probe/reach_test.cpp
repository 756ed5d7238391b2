// How far the breaker reaches: other ways to the service, other instances of its dependency.
#include <algorithm>
#include <string>

#include "probe/words.hpp"
#include "tests/probe/probed.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::probe {

TEST_CASE("how far the breaker reaches is found out") {
  const auto [other, as] = GENERATE(table<std::string, OtherWay>({
      {"", OtherWay::same},
      {"classic,FailureThreshold=9,Timeout=2s", OtherWay::own},
      {"none", OtherWay::none},
  }));
  CAPTURE(other);
  // A service with two paths, and a breaker for each unless there is no other.
  class TwoPaths final : public Passing {
   public:
    TwoPaths(Subject& first, Subject& other) : Passing(first), first_(first), other_(other) {}
    void turn_to(std::size_t way) override {
      const auto left_at = now();
      pass_to(way == 1 ? other_ : first_);
      wait(left_at - now());
    }

   private:
    Subject& first_;
    Subject& other_;
  };
  Probed probed("classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1");
  std::optional<Probed> second;
  if (!other.empty()) {
    second.emplace(other);
  }
  TwoPaths paths(probed.subject, second ? second->subject : probed.subject);
  auto asked = question();
  asked.ways = {"/other"};
  const auto findings = find_out(asked, paths);
  CAPTURE(report(findings));
  REQUIRE(findings.asides.ways.size() == 1);
  CHECK(findings.asides.ways.front().second == as);
}

TEST_CASE("what becomes of calls when one instance of the dependency fails is found out") {
  // A service that calls two instances in turn, through one breaker or through one each.
  class TwoInstances final : public Passing {
   public:
    TwoInstances(Simulated& first, Simulated* second)
        : Passing(first), first_(first), second_(second) {}
    [[nodiscard]] Seen call(const Reply& reply) override {
      const bool goes_first = calls_++ % 2 == 0;
      auto seen = call_one(goes_first, reply);
      return seen.arrivals > 0 || second_ == nullptr ? seen : call_one(!goes_first, reply);
    }

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
  auto asked = question({std::string(choice(breaker).dialect().name)});
  asked.instances = 2;
  const auto findings = find_out(asked, instances);
  CAPTURE(report(findings));
  CHECK(findings.asides.instance == at);
  CHECK_THAT(report(findings), testing::ContainsSubstring("one fails: "));
}

}  // namespace tripcurve::probe
