// What the client tells of a call before it ends, and how far one had come whose time is over: as
// Envoy's outlier detection, which tells these apart, ejects or does not.

#include <memory>
#include <string>

#include "load/breaker_bank.hpp"
#include "load/load_plan.hpp"
#include "net/client.hpp"
#include "net/clock.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::FullServer;
using testing::Reply;
using testing::ScriptedServer;

// How often one host is ejected while three calls are made, each of them given up after 30 ms.
std::uint64_t ejections(std::uint16_t port, const std::string& settings) {
  const load::LoadPlan plan{.timetable = Timetable({Phase{"all", {}, at(50ms)}}),
                            .loop = load::OpenLoop{.rate = Rate{60}},
                            .timeout = 30ms};
  load::BreakerBank bank(
      tripcurve::testing::choice("envoy,max_ejection_percent=100,consecutive_5xx=100,"
                                 "enforcing_consecutive_gateway_failure=100," +
                                 settings),
      load::BreakerScope::client, plan.endpoints, Random(1));
  Client client({.host = "127.0.0.1", .port = port, .loopback = true}, plan, 0, bank,
                SteadyClock{Duration{}});
  client.start();
  REQUIRE(eventually([&] { return client.done(); }));
  REQUIRE(client.tally().phases[0].counts().sent == 3);
  return bank.transition_count();
}

std::uint64_t ejections(const std::optional<Reply>& reply, const std::string& settings) {
  const ScriptedServer server([&](const std::string&) { return reply; });
  return ejections(server.port(), settings);
}

const Reply head_200{{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"}};
const Reply head_503{{"HTTP/1.1 503 No\r\nContent-Length: 9\r\n\r\nhalf"}};
const Reply cut{{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"}, Reply::Then::close};

}  // namespace

TEST_CASE("a timeout before the connection is told from one before the answer") {
  CHECK(ejections(FullServer().port(), "consecutive_gateway_failure=1") == 0);
  CHECK(ejections(std::nullopt, "consecutive_gateway_failure=1") == 1);
}

TEST_CASE("a timeout after the head of an answer is told from one before it") {
  CHECK(ejections(head_200, "consecutive_gateway_failure=1") == 0);
  CHECK(ejections(head_503, "consecutive_gateway_failure=3") == 1);
  CHECK(ejections(head_503, "consecutive_gateway_failure=4") == 0);
}

TEST_CASE("an answer that is cut has had a head") {
  CHECK(ejections(cut, "consecutive_gateway_failure=1") == 1);
  CHECK(ejections(cut, "consecutive_gateway_failure=2") == 0);  // each 200 ends the row
  CHECK(ejections(Reply{{""}, Reply::Then::close}, "consecutive_gateway_failure=2") == 1);
}

TEST_CASE("a connection is told when a call goes out on it") {
  // All three are under way before the first is reset, so their failures are in a row.
  const std::string split =
      "split_external_local_origin_errors=true,consecutive_local_origin_failure=";
  CHECK(ejections(std::nullopt, split + "1") == 1);
  CHECK(ejections(FullServer().port(), split + "1") == 0);
}

}  // namespace tripcurve::net
