// A call that is tried again.

#include "tests/client/rig.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using namespace std::chrono_literals;

namespace {

// Retries what is rejected, too.
RetryConfig stubborn(std::uint32_t most, Duration delay) {
  auto config = retry(most, delay);
  config.rules = EndingRules().with_open_failing().with_full_failing();
  return config;
}

}  // namespace

TEST_CASE("a client without policies sends a call once and hands its end on") {
  Rig rig({});
  rig.begin(7);
  rig.reply("7.1", 503);
  rig.begin(7);
  rig.gone(7);
  CHECK(rig.did() == "send 7.1, 7: 503, send 7.1, cancel 7.1, 7: cancelled");
}

TEST_CASE("the answer is that of the last attempt, and there are so many retries and no more") {
  Rig rig({retry(2)});
  rig.begin(0);
  rig.reply("0.1", 500);
  CHECK(rig.did() == "send 0.1");
  rig.to(99);
  CHECK(rig.did() == "");
  rig.to(100);
  rig.reply("0.2", 501);
  rig.to(200);
  rig.reply("0.3", 502);
  CHECK(rig.did() == "send 0.2, send 0.3, 0: 502");
  CHECK(rig.next_due() == never);
}

TEST_CASE("a success is not tried again, nor is what the rules ignore") {
  Rig rig({retry(2)});
  rig.begin(0);
  rig.reply("0.1", 404);
  CHECK(rig.did() == "send 0.1, 0: 404");

  auto config = retry(2);
  config.rules =
      EndingRules(OutcomeRules().with(*parse_outcome_changes("503=ignored,404=failure")));
  Rig choosy({config});
  choosy.begin(0);
  choosy.reply("0.1", 503);
  choosy.begin(1);
  choosy.reply("1.1", 404);
  choosy.to(100);
  CHECK(choosy.did() == "send 0.1, 0: 503, send 1.1, send 1.2");
}

TEST_CASE("Retry-After takes the place of the wait, shorter or longer, for this wait alone") {
  auto config = retry(3);
  config.backoff.most = 150ms;
  Rig rig({config});
  rig.begin(0);
  rig.reply("0.1", 503, 1s);
  rig.to(999);
  CHECK(rig.did() == "send 0.1");
  rig.to(1000);
  rig.reply("0.2", 503, 20ms);
  rig.to(1020);
  CHECK(rig.did() == "send 0.2, send 0.3");
  rig.reply("0.3", 503);
  rig.to(1119);
  CHECK(rig.did() == "");
  rig.to(1120);
  CHECK(rig.did() == "send 0.4");
}

TEST_CASE("a Retry-After of zero tries again at once, and one that is over does not count") {
  Rig rig({retry(3)});
  rig.begin(0);
  rig.reply("0.1", 503, 0s);
  CHECK(rig.did() == "send 0.1, send 0.2");
  rig.reply("0.2", 503, -5s);
  CHECK(rig.did() == "");
  rig.to(100);
  CHECK(rig.did() == "send 0.3");
}

TEST_CASE("a retry that does not heed Retry-After waits as it would without it") {
  auto config = retry(3);
  config.heed_retry_after = false;
  Rig rig({config});
  rig.begin(0);
  rig.reply("0.1", 503, 1s);
  rig.to(100);
  rig.reply("0.2", 503, 0s);
  CHECK(rig.did() == "send 0.1, send 0.2");
}

TEST_CASE("a Retry-After of an answer that is no failure changes nothing") {
  Rig rig({retry(3)});
  rig.begin(0);
  rig.reply("0.1", 200, 1s);
  CHECK(rig.did() == "send 0.1, 0: 200");
}

TEST_CASE("a retry with jitter draws once for each retry of each call, by its number") {
  std::string drawn;
  client::Client* client = nullptr;
  class Failing final : public client::Wire {
   public:
    std::vector<client::FrameId> sent;
    void send(const client::Attempt& attempt, TimePoint) override { sent.push_back(attempt.id); }
    CallEnd cancel(const client::Attempt&, TimePoint) override { return {}; }
    void answered(std::uint32_t, const client::Ending&, TimePoint) override {}
  } wire;
  auto config = retry(2);
  config.backoff.jitter = Backoff::Jitter::full;
  const auto nobody = [](const BreakerConfig&) -> client::Breakers& { throw 0; };
  client::Client machine(client::make_policies({config}, nobody,
                                               {.draw =
                                                    [&](std::uint32_t call, std::uint32_t n) {
                                                      drawn += fmt::format("{}.{} ", call, n);
                                                      return 0.5;
                                                    }},
                                               Random(0)),
                         wire);
  client = &machine;
  client->begin(3, at_ms(0));
  client->begin(5, at_ms(0));
  for (std::size_t i = 0; i < wire.sent.size(); ++i) {
    client->ended(wire.sent[i], {.end = error_503}, at_ms(50 * static_cast<int>(i)));
    client->tick(at_ms(50 * static_cast<int>(i) + 50));
  }
  CHECK(drawn == "3.0 5.0 3.1 5.1 ");
  CHECK(wire.sent.size() == 6);
}

TEST_CASE("a retry that catches an open breaker's rejection asks it again after each wait") {
  Rig rig({stubborn(3, 100ms), classic()});
  rig.begin(0);
  rig.reply("0.1", 503);
  CHECK(rig.breaker().state() == breaker::State::open);
  rig.to(1000);
  CHECK(rig.did() == "send 0.1, 0: ErrCircuitOpen");
  CHECK(rig.breaker().heard() == "failure");
}

TEST_CASE("a million retries without a wait that are rejected at once need no stack") {
  Rig rig({stubborn(1'000'000, 0ms), classic()});
  rig.begin(0);
  rig.reply("0.1", 503);
  CHECK(rig.did() == "send 0.1, 0: ErrCircuitOpen");

  Rig full({stubborn(1'000'000, 0ms), BulkheadConfig{.places = 1}});
  full.begin(0);
  full.begin(1);
  CHECK(full.did() == "send 0.1, 1: full");
}

TEST_CASE("retries within retries multiply") {
  Rig rig({retry(1, 10ms), retry(1, 1ms)});
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.to(20);
  rig.reply("0.2", 503);
  rig.to(40);
  rig.reply("0.3", 503);
  rig.to(60);
  rig.reply("0.4", 504);
  CHECK(rig.did() == "send 0.1, send 0.2, send 0.3, send 0.4, 0: 504");
}

TEST_CASE("a caller that goes away while a retry waits, or an attempt is out, gets no more") {
  Rig rig({retry(3)});
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.gone(0);
  CHECK(rig.did() == "send 0.1, 0: cancelled");
  CHECK(rig.next_due() == never);

  rig.begin(1);
  rig.gone(1);
  CHECK(rig.did() == "send 1.1, cancel 1.1, 1: cancelled");
  rig.to(1000);
  CHECK(rig.did() == "");
}

TEST_CASE("the wait after the last attempt keeps its failure for the caller") {
  auto config = retry(1);
  config.wait_after_last = true;
  Rig rig({config});
  rig.begin(0);
  rig.reply("0.1", 500);
  rig.to(100);
  rig.reply("0.2", 501);
  rig.to(199);
  CHECK(rig.did() == "send 0.1, send 0.2");
  rig.to(200);
  CHECK(rig.did() == "0: 501");
  rig.begin(1);
  rig.reply("1.1", 500);
  rig.to(300);
  rig.reply("1.2", 501);
  rig.gone(1);
  CHECK(rig.did() == "send 1.1, send 1.2, 1: cancelled");
}

TEST_CASE("two calls that use the same frames one after the other do not share their memory") {
  auto config = retry(9);
  config.backoff.jitter = Backoff::Jitter::decorrelated;
  Rig rig({TimeoutConfig{10s}, config});
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.to(200);  // between 100 and 300, at a half
  rig.reply("0.2", 503);
  rig.gone(0);
  CHECK(rig.did() == "send 0.1, send 0.2, 0: cancelled");
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.to(399);
  CHECK(rig.did() == "send 0.1");
  rig.to(400);
  CHECK(rig.did() == "send 0.2");
  rig.to(10'199);
  CHECK(rig.did() == "");
  rig.to(10'200);
  CHECK(rig.did() == "cancel 0.2, 0: timed out");
}

TEST_CASE("a fallback answers for what fails, and for nothing else") {
  Rig rig({FallbackConfig{.status = 203}, retry(1)});
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.to(100);
  rig.reply("0.2", {.end = {CallEnd::Kind::reset, 0}});
  rig.begin(1);
  rig.reply("1.1", 404);
  rig.begin(2);
  rig.gone(2);
  CHECK(rig.did() ==
        "send 0.1, send 0.2, 0: fallback 203, send 1.1, 1: 404, send 2.1, cancel 2.1, 2: "
        "cancelled");
}

TEST_CASE("a fallback inside of a retry is judged by its status, as an answer from the wire is") {
  for (const auto& [status, again] : {std::pair(200, false), std::pair(503, true)}) {
    Rig rig({retry(1), FallbackConfig{.status = static_cast<std::uint16_t>(status)}});
    rig.begin(0);
    rig.reply("0.1", 500);
    rig.to(100);
    CHECK(rig.did() == (again ? "send 0.1, send 0.2" : "send 0.1, 0: fallback 200"));
  }
}

TEST_CASE("with a multiplier and a grain, each wait is made of the one before and cut") {
  Rig rig({RetryConfig{.most = 3,
                       .backoff = {.growth = Backoff::Growth::exponential,
                                   .delay = 101ms,
                                   .multiplier = 1.5,
                                   .grain = 1ms}}});
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.to(101);
  rig.reply("0.2", 503);
  rig.to(101 + 151);
  rig.reply("0.3", 503);
  CHECK(rig.next_due() == at_ms(101 + 151 + 226));
}

TEST_CASE("a retry that is used up says so where its library does, and not when one succeeds") {
  auto config = retry(1);
  config.exceeded = RetryConfig::Exceeded::error;
  Rig rig({config});
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.to(100);
  rig.reply("0.2", 500);
  CHECK(rig.did() == "send 0.1, send 0.2, 0: exceeded after 500");
  rig.begin(0);
  rig.reply("0.1", 200);
  CHECK(rig.did() == "send 0.1, 0: 200");
}

TEST_CASE("only results are exceeded where a library knows exceptions") {
  auto config = retry(0);
  config.exceeded = RetryConfig::Exceeded::error_of_results;
  config.rules = EndingRules(OutcomeRules().with(*parse_outcome_changes("202=failure")));
  Rig rig({config});
  rig.begin(0);
  rig.reply("0.1", 202);
  rig.begin(1);
  rig.reply("1.1", 503);
  CHECK(rig.did() == "send 0.1, 0: exceeded after 202, send 1.1, 1: 503");
}

TEST_CASE("a retry of a longest duration cuts its last wait, and tries no more after it") {
  auto config = retry(9, 80ms);
  config.max_duration = 100ms;
  Rig rig({config});
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.to(80);
  rig.reply("0.2", 503);
  rig.to(100);
  CHECK(rig.did() == "send 0.1, send 0.2, send 0.3");
  rig.to(101);
  rig.reply("0.3", 503);
  CHECK(rig.did() == "0: 503");
}

TEST_CASE("a last wait may take its time, and no attempt follows it") {
  auto config = retry(9, 80ms);
  config.max_duration = 100ms;
  config.late_wait = RetryConfig::LateWait::wait_out;
  Rig rig({config});
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.to(80);
  rig.reply("0.2", 500);
  rig.to(159);
  CHECK(rig.did() == "send 0.1, send 0.2");
  rig.to(160);
  CHECK(rig.did() == "0: 500");
  rig.begin(1);
  rig.to(260);
  rig.reply("1.1", 503);  // when the time is just over
  CHECK(rig.did() == "send 1.1, 1: 503");
  config.backoff.delay = 100ms;
  Rig exact({config});
  exact.begin(0);
  exact.reply("0.1", 503);
  exact.to(100);
  CHECK(exact.did() == "send 0.1, 0: 503");
}

TEST_CASE("a wait that would last too long may end the call at once, but not one that just fits") {
  auto config = retry(9, 50ms);
  config.max_duration = 100ms;
  config.late_wait = RetryConfig::LateWait::stop;
  Rig rig({config});
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.to(50);
  rig.reply("0.2", 503);
  rig.to(100);
  CHECK(rig.did() == "send 0.1, send 0.2, send 0.3");
  rig.reply("0.3", 500);
  CHECK(rig.did() == "0: 500");
  CHECK(rig.next_due() == never);
}

TEST_CASE("a budget pays for no retry that comes too late to be made") {
  auto config = retry(9, 200ms);
  config.max_duration = 100ms;
  config.late_wait = RetryConfig::LateWait::wait_out;
  config.budget = {.kind = client::Budget::Kind::bucket, .ratio = 0, .tokens = 1};
  Rig rig({config});
  rig.begin(0);
  rig.reply("0.1", 503);
  rig.begin(1);
  rig.gone(0);
  CHECK(rig.did() == "send 0.1, send 1.1, 0: cancelled");
  rig.reply("1.1", 503);
  rig.to(200);
  CHECK(rig.did() == "1: 503");
}
