// What is looked at once the breaker is known: what counts as what, and calls that take their time.
#include <algorithm>
#include <string>

#include "probe/words.hpp"
#include "tests/probe/probed.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::probe {

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

TEST_CASE("what counts as what is found out of a breaker that goes on counting while it is open") {
  Probed probed(
      "opossum,timeout=false,resetTimeout=2s,rollingCountTimeout=6s,volumeThreshold=8,"
      "errorThresholdPercentage=70");
  const auto findings = probed.find_out(question({"opossum"}, 10min));
  CAPTURE(report(findings));
  for (const auto& [end, as] : findings.counted) {
    const bool fails = end.kind() != CallEnd::Kind::answer || end.status() >= 500;
    const bool is_timeout = end.kind() == CallEnd::Kind::timeout;
    CAPTURE(end.status());
    CHECK((is_timeout || (as == Counted::As::failure) == fails));
  }
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
  class OneAtATime final : public Passing {
   public:
    using Passing::Passing;
    [[nodiscard]] Crowd together(std::uint32_t calls, const Reply& reply) override {
      Crowd crowd{.first = 1};
      for (std::uint32_t i = 0; i < calls; ++i) {
        crowd.all += inner().call(reply).arrivals;
      }
      return crowd;
    }
  };
  Probed probed("classic,FailureThreshold=4,Timeout=2s,SuccessThreshold=1", {.timeout = 1s});
  OneAtATime subject(probed.subject);
  const auto findings = find_out(question({"classic"}, 10min), subject);
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

}  // namespace tripcurve::probe
