// Requests that are given up on the wire before they end by themselves.

#include <optional>
#include <string>

#include "tests/net/load_run.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::FullServer;
using testing::Reply;
using testing::Run;
using testing::ScriptedServer;

// Never answers.
ScriptedServer silent() {
  return ScriptedServer([](const std::string&) -> std::optional<Reply> { return std::nullopt; });
}

load::LoadPlan with_connect_timeout(Duration connect) {
  auto plan = testing::open_loop(3);
  plan.timeout = 1h;
  plan.client = {client::BreakerConfig{}, client::TimeoutConfig{.after = 1h, .connect = connect}};
  return plan;
}

}  // namespace

TEST_CASE("a request that gets no connection is given up after the time for that alone") {
  const FullServer server;
  Run run(server.port(), with_connect_timeout(20ms), "classic,failures=3,timeout=1h");
  const auto counts = run.counts();  // in an hour, if the time were that of the answer
  CHECK(counts.timeouts == 3);
  CHECK(run.bank().state(0) == breaker::State::open);
}

TEST_CASE("a request that has its connection is not given up for want of one") {
  const auto server = silent();
  Run run(server.port(), with_connect_timeout(20ms));
  REQUIRE(eventually([&] { return server.requests().size() == 3; }));
  run.client().stop();
  const auto counts = run.counts();
  CHECK(counts.unfinished == 3);
  CHECK(counts.timeouts == 0);
}

TEST_CASE("the connection of a caller who leaves is closed, and the call counts as abandoned") {
  const auto server = silent();
  auto plan = testing::open_loop(3);
  plan.timeout = 1h;
  plan.abandonment = load::leaving_after(20ms);
  Run run(server.port(), plan);
  const auto counts = run.counts();
  CHECK(counts.abandoned == 3);
  CHECK(counts.sent == 3);
  CHECK(counts.failed() == 3);
}

}  // namespace tripcurve::net
