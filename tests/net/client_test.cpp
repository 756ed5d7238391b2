#include "net/client.hpp"

#include <httplib.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "breaker/registry.hpp"
#include "load/breaker_bank.hpp"
#include "load/load_plan.hpp"
#include "net/answer_parser.hpp"
#include "net/clock.hpp"
#include "net/requests.hpp"
#include "tests/net/load_run.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net {
namespace {

using namespace std::chrono_literals;
using testing::bound_socket;
using testing::closed_loop;
using testing::eventually;
using testing::FullServer;
using testing::listening_socket;
using testing::never_opens;
using testing::ok;
using testing::one_phase;
using testing::open_loop;
using testing::port_of;
using testing::Reply;
using testing::Run;
using testing::ScriptedServer;
using tripcurve::testing::ContainsSubstring;

load::Counts counts_against(const ScriptedServer& server, load::LoadPlan plan) {
  return Run(server.port(), std::move(plan)).counts();
}

std::uint64_t ordinal_in(const std::string& head) {
  const std::string field = "\r\nX-Tripcurve-Request: ";
  return std::stoull(head.substr(head.find(field) + field.size()));
}

// Five calls, one after the other, to a server that replies to all in the same way.
struct Exchange {
  load::Counts counts;
  bool one_connection;   // for all calls
  bool new_connections;  // one for each call
};
Exchange exchange(const Reply& reply) {
  // The sixth shows what the fifth has left behind, and that the fifth is over.
  const ScriptedServer server([&](const std::string& head) -> std::optional<Reply> {
    return ordinal_in(head) < 5 ? std::optional(reply) : std::nullopt;
  });
  auto plan = closed_loop(1, 1h);
  // Time to notice what comes after an answer, such as a close.
  std::get<load::ClosedLoop>(plan.loop).think = DurationDistribution::fixed(2ms);
  Run run(server.port(), plan);
  REQUIRE(eventually([&] { return server.requests().size() == 6; }));
  run.client().stop();
  const auto counts = run.counts();
  REQUIRE(counts.sent == 6);
  REQUIRE(counts.unfinished == 1);
  return {counts, server.accepted() == 1, server.accepted() == 6};
}

std::vector<std::string> byte_by_byte(std::string_view text) {
  std::vector<std::string> pieces;
  for (const char c : text) {
    pieces.emplace_back(1, c);
  }
  return pieces;
}

std::size_t open_files() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

}  // namespace

TEST_CASE("every call that is due is sent once and its answer counted") {
  const ScriptedServer server([](const std::string&) { return ok(); });
  Run run(server.port(), open_loop(20));
  const auto counts = run.counts();

  CHECK(counts.calls == 20);
  CHECK(counts.sent == 20);
  CHECK(counts.ok == 20);
  CHECK(server.requests().size() == 20);
  const auto& phase = run.client().tally().phases[0];
  CHECK(phase.response().count() == 20);
  CHECK(phase.service().count() == 20);
  CHECK(run.client().ended_at() >= at(47500us));
}

TEST_CASE("a request names its endpoint, its host, its ordinal and its breaker's leave") {
  const ScriptedServer server([](const std::string&) { return ok(); });
  auto plan = open_loop(1);
  plan.endpoints = {{.path = "/cart?id=7"}};
  REQUIRE(counts_against(server, plan).ok == 1);
  CHECK(server.requests().front() ==
        "GET /cart?id=7 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
            "\r\nX-Tripcurve-Request: 00000000000000000000"
            "\r\nX-Tripcurve-Leave: 0 0000000000 00000000000000000000 0");
}

TEST_CASE("the numbers of a request change, its length does not") {
  Requests requests("host", {{.path = "/a"}, {.path = "/b"}}, 987654321);
  const std::string first(requests.bytes(
      {.slot = 0,
       .ordinal = 18446744073709551615U,
       .endpoint = 1,
       .leave = {.breaker = 4294967295U, .spell = 12345678901234567890U, .by_open = true}}));
  CHECK(first ==
        "GET /b HTTP/1.1\r\nHost: host\r\nX-Tripcurve-Request: 18446744073709551615\r\n"
        "X-Tripcurve-Leave: 987654321 4294967295 12345678901234567890 1\r\n\r\n");
  CHECK(requests.bytes(
            {.slot = 0, .ordinal = 42, .endpoint = 1, .leave = {.breaker = 7, .spell = 3}}) ==
        "GET /b HTTP/1.1\r\nHost: host\r\nX-Tripcurve-Request: 00000000000000000042\r\n"
        "X-Tripcurve-Leave: 987654321 0000000007 00000000000000000003 0\r\n\r\n");
}

TEST_CASE("a request brings its endpoint's method and headers, and a length where one is usual") {
  const ScriptedServer server([](const std::string&) { return ok(); });
  auto plan = open_loop(2);
  plan.endpoints = {
      {.method = "POST", .path = "/pay", .headers = {{"x-tenant", "gold"}, {"x-empty", ""}}},
      {.method = "DELETE", .path = "/pay"}};
  REQUIRE(counts_against(server, plan).ok == 2);
  auto heads = server.requests();
  std::ranges::sort(heads, {}, ordinal_in);
  const auto host = "Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n";
  const std::string unasked = "\r\nX-Tripcurve-Leave: 0 0000000000 00000000000000000000 0";
  CHECK(heads[0] == "POST /pay HTTP/1.1\r\n" + host +
                        "x-tenant: gold\r\nx-empty: \r\nContent-Length: 0\r\n"
                        "X-Tripcurve-Request: 00000000000000000000" +
                        unasked);
  CHECK(heads[1] ==
        "DELETE /pay HTTP/1.1\r\n" + host + "X-Tripcurve-Request: 00000000000000000001" + unasked);
}

TEST_CASE("the answer to HEAD has no body to wait for") {
  const ScriptedServer server(
      [](const std::string&) { return Reply{{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"}}; });
  auto plan = open_loop(5);
  plan.endpoints = {{.method = "HEAD"}};
  CHECK(counts_against(server, plan).ok == 5);
}

TEST_CASE("two clients of a shared load send every ordinal exactly once") {
  const ScriptedServer server([](const std::string&) { return ok(); });
  auto plan = open_loop(101);
  plan.shards = 2;
  REQUIRE(counts_against(server, plan).ok == 101);

  std::vector<std::uint64_t> ordinals;
  for (const auto& head : server.requests()) {
    ordinals.push_back(ordinal_in(head));
  }
  std::ranges::sort(ordinals);
  std::vector<std::uint64_t> expected(101);
  std::iota(expected.begin(), expected.end(), 0U);
  CHECK(ordinals == expected);
}

TEST_CASE("endpoints are called in turn") {
  const ScriptedServer server([](const std::string&) { return ok(); });
  auto plan = open_loop(12);
  plan.endpoints = {{.path = "/a"}, {.path = "/b"}, {.path = "/c"}};
  REQUIRE(counts_against(server, plan).ok == 12);
  for (const auto& head : server.requests()) {
    const auto& endpoint = plan.endpoints[ordinal_in(head) % 3];
    CHECK(head.starts_with("GET " + endpoint.path + " HTTP/1.1\r\n"));
  }
}

TEST_CASE("a closed loop uses one connection for each worker again and again") {
  const ScriptedServer server([](const std::string&) { return ok(); });
  Run run(server.port(), closed_loop(3, 1h));
  REQUIRE(eventually([&] { return server.requests().size() >= 100; }));
  run.client().stop();
  const auto counts = run.counts();
  CHECK(counts.ok + counts.unfinished == counts.sent);
  CHECK(server.accepted() == 3);
}

TEST_CASE("with a head start the connections are there before the first call is due") {
  const ScriptedServer server([](const auto&) { return ok(); });
  const Run run(server.port(), closed_loop(8, 50ms), never_opens, 1h);
  CHECK(eventually([&] { return server.accepted() == 8; }));
  CHECK(server.requests().empty());
}

TEST_CASE("connections opened ahead are the ones that are used") {
  const ScriptedServer server([](const auto&) { return ok(); });
  const auto counts = Run(server.port(), closed_loop(8, 50ms), never_opens, 100ms).counts();
  CHECK(counts.ok > 8);
  CHECK(server.accepted() == 8);
}

TEST_CASE("a connection that could not be opened ahead fails no call") {
  const auto socket = bound_socket();  // which nobody listens on
  const auto counts = Run(port_of(socket), open_loop(5), never_opens, 50ms).counts();
  CHECK(counts.calls == 5);
  CHECK(counts.connect_failed == 5);
}

TEST_CASE("a closed loop has one call under way for each worker") {
  const ScriptedServer server([](const std::string&) { return std::nullopt; });
  auto plan = closed_loop(3, 20ms);
  plan.timeout = 60ms;
  const auto counts = counts_against(server, plan);
  CHECK(counts.sent == 3);
  CHECK(counts.timeouts == 3);
  CHECK(eventually([&] { return server.requests().size() == 3; }));
}

TEST_CASE("answers of 500 and above are error answers and others are ok") {
  const std::vector<std::string> replies{
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n",
      "HTTP/1.1 204 No Content\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n",
      "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
  };
  const ScriptedServer server(
      [&](const std::string& head) { return Reply{{replies[ordinal_in(head) % replies.size()]}}; });
  const auto counts = counts_against(server, open_loop(12));
  CHECK(counts.ok == 8);
  CHECK(counts.error_answers == 4);
  CHECK(counts.failed() == 4);
}

TEST_CASE("an answer is the same in one piece and byte by byte") {
  for (const std::string_view answer : {
           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
           "chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\n...\r\n0\r\n"
           "Trailer: value\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
           "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n",
       }) {
    for (const auto& pieces : {std::vector{std::string(answer)}, byte_by_byte(answer)}) {
      INFO(answer);
      const auto seen = exchange({pieces});
      CHECK(seen.counts.ok == 5);
      CHECK(seen.one_connection);
    }
  }
}

TEST_CASE("an answer larger than any buffer is read whole") {
  const std::string body(3'000'000, 'x');
  const auto seen = exchange({{"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + body}});
  CHECK(seen.counts.ok == 5);
  CHECK(seen.one_connection);
}

TEST_CASE("an answer that says close is counted and the next call takes a new connection") {
  for (const auto then : {Reply::Then::keep, Reply::Then::close}) {
    const auto seen =
        exchange({{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nok\n"}, then});
    CHECK(seen.counts.ok == 5);
    CHECK(seen.new_connections);
  }
}

TEST_CASE("an answer of HTTP 1.0 ends the connection unless it says keep-alive") {
  const auto plain = exchange({{"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n"}});
  CHECK(plain.counts.ok == 5);
  CHECK(plain.new_connections);
  const auto kept =
      exchange({{"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nok\n"}});
  CHECK(kept.counts.ok == 5);
  CHECK(kept.one_connection);
}

TEST_CASE("an answer without a length ends with its connection") {
  for (const std::string_view answer : {"HTTP/1.1 200 OK\r\n\r\nall until the end",
                                        "HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"}) {
    const auto seen = exchange({{std::string(answer)}, Reply::Then::close});
    CHECK(seen.counts.ok == 5);
    CHECK(seen.new_connections);
  }
}

TEST_CASE("a server that closes an idle connection ends no call") {
  const auto seen = exchange({ok().pieces, Reply::Then::close});
  CHECK(seen.counts.ok == 5);
  CHECK(seen.new_connections);
}

TEST_CASE("a connection on which more comes than was asked for is not used again") {
  const std::string answer = ok().pieces.front();
  const auto together = exchange({{answer + "HTTP/1.1 500 Unasked\r\nContent-Length: 0\r\n\r\n"}});
  CHECK(together.counts.ok == 5);
  CHECK(together.new_connections);
}

TEST_CASE("a connection closed before the complete answer is a closed call") {
  for (const auto& pieces : std::vector<std::vector<std::string>>{
           {},
           {"HTTP/1.1 200 OK\r\nContent-Le"},
           {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"},
           {"HTTP/1.1 100 Continue\r\n\r\n"},
       }) {
    const auto seen = exchange({pieces, Reply::Then::close});
    CHECK(seen.counts.closed == 5);
    CHECK(seen.new_connections);
  }
}

TEST_CASE("a connection reset before the complete answer is a reset call") {
  for (const auto& pieces : std::vector<std::vector<std::string>>{
           {}, {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"}}) {
    const auto seen = exchange({pieces, Reply::Then::reset});
    CHECK(seen.counts.resets == 5);
    CHECK(seen.new_connections);
  }
}

TEST_CASE("what is not HTTP is a bad answer") {
  for (const auto& answer : std::vector<std::string>{
           "SSH-2.0-OpenSSH_9.2p1\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
           "HTTP/1.1 200 OK\r\nX-Endless: " + std::string(AnswerParser::waiting_limit, 'x'),
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
               std::string(AnswerParser::waiting_limit, 'x'),
       }) {
    INFO(answer.substr(0, 60));
    const auto seen = exchange({{answer}});
    CHECK(seen.counts.bad_answers == 5);
    CHECK(seen.new_connections);
  }
}

TEST_CASE("a refused connect is a failed connect") {
  const auto nobody = bound_socket();
  Run run(port_of(nobody), open_loop(10));
  const auto counts = run.counts();
  CHECK(counts.sent == 10);
  CHECK(counts.connect_failed == 10);
}

TEST_CASE("a call that is not answered in time is a timeout and the server sees its close") {
  const ScriptedServer server([](const std::string&) { return std::nullopt; });
  auto plan = closed_loop(2, 1h);
  plan.timeout = 20ms;
  Run run(server.port(), plan);
  // The run goes on meanwhile, so these closes are not those at its end.
  REQUIRE(eventually([&] { return server.closed_by_peer() >= 4; }));
  CHECK_FALSE(run.done());

  run.client().stop();
  const auto counts = run.counts();
  CHECK(counts.timeouts >= 4);
  CHECK(counts.sent == counts.timeouts + counts.unfinished);
}

TEST_CASE("a connect that hangs is a timeout") {
  const FullServer server;
  auto plan = open_loop(3);
  plan.timeout = 30ms;
  Run run(server.port(), plan);
  CHECK(run.counts().timeouts == 3);
}

TEST_CASE("a late answer to a call that timed out is not taken for the next one's") {
  std::atomic<bool> timed_out = false;
  const ScriptedServer server([&](const std::string& head) {
    if (ordinal_in(head) > 0) {
      return ok();
    }
    REQUIRE(eventually([&] { return timed_out.load(); }));
    return Reply{{"HTTP/1.1 500 Too Late\r\nContent-Length: 0\r\n\r\n"}};
  });
  auto plan = closed_loop(1, 1h);
  plan.timeout = 20ms;
  Run run(server.port(), plan);
  REQUIRE(eventually([&] { return run.client().snapshot().total().timeouts > 0; }));
  timed_out = true;
  REQUIRE(eventually([&] { return run.client().snapshot().total().ok > 0; }));
  run.client().stop();
  CHECK(run.counts().error_answers == 0);
}

TEST_CASE("a request larger than the socket takes at once is sent whole") {
  const ScriptedServer server([](const std::string&) { return ok(); });
  auto plan = open_loop(1);
  plan.endpoints = {{.path = "/" + std::string(16'000'000, 'x')}};
  const auto counts = counts_against(server, plan);
  CHECK(counts.ok == 1);
  CHECK(server.requests().front().size() > 16'000'000);
}

TEST_CASE("stopping ends a run in progress and leaves its calls unfinished") {
  const ScriptedServer server([](const std::string&) { return std::nullopt; });
  auto plan = closed_loop(5, 1h);
  plan.timeout = 1h;
  Run run(server.port(), plan);
  REQUIRE(eventually([&] { return server.requests().size() == 5; }));
  CHECK_FALSE(run.done());

  run.client().stop();
  const auto counts = run.counts();
  CHECK(counts.sent == 5);
  CHECK(counts.unfinished == 5);
  CHECK(counts.failed() == 0);
  CHECK(eventually([&] { return server.closed_by_peer() == 5; }));
}

TEST_CASE("a run with calls coming and going can be stopped too") {
  const ScriptedServer server([](const std::string&) { return ok(); });
  Run run(server.port(), closed_loop(4, 1h));
  REQUIRE(eventually([&] { return server.requests().size() >= 100; }));
  run.client().stop();
  const auto counts = run.counts();
  CHECK(counts.sent == counts.ok + counts.unfinished);
}

TEST_CASE("a client that goes away takes its run with it") {
  const ScriptedServer server([](const std::string&) { return std::nullopt; });
  auto plan = closed_loop(2, 1h);
  plan.timeout = 1h;
  {
    const Run run(server.port(), plan);
    REQUIRE(eventually([&] { return server.requests().size() == 2; }));
  }
  CHECK(eventually([&] { return server.closed_by_peer() == 2; }));
}

TEST_CASE("nothing is sent while the breaker is open") {
  const ScriptedServer server([](const std::string&) {
    return Reply{{"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"}};
  });
  Run run(server.port(), closed_loop(1, 1h), "classic,FailureThreshold=5,Timeout=1h");
  REQUIRE(eventually([&] { return run.client().snapshot().total().fail_fast >= 3; }));
  run.client().stop();
  const auto counts = run.counts();

  CHECK(counts.sent == 5);
  CHECK(counts.error_answers == 5);
  CHECK(counts.calls == counts.sent + counts.fail_fast);
  CHECK(server.requests().size() == 5);
  CHECK(run.bank().state(0) == breaker::State::open);
}

TEST_CASE("snapshots show a run in progress and the last one all of it") {
  const ScriptedServer server([](const std::string&) { return ok(); });
  Run run(server.port(), closed_loop(2, 1h));
  CHECK(eventually([&] { return run.client().snapshot().total().ok > 0; }));
  const auto earlier = run.client().snapshot();
  CHECK(eventually([&] { return run.client().snapshot().total().ok > earlier.total().ok; }));
  CHECK(run.client().snapshot().in_flight <= 2);

  run.client().stop();
  const auto counts = run.counts();
  CHECK(run.client().snapshot().total() == counts);
  CHECK(run.client().snapshot().in_flight == 0);
}

TEST_CASE("a snapshot has the whole tally when it is asked for, and then only") {
  const ScriptedServer server([](const std::string&) { return ok(); });
  Run run(server.port(), closed_loop(2, 1h));
  load::Snapshot snapshot;
  REQUIRE(eventually([&] {
    snapshot = run.client().snapshot(true);
    return snapshot.tally && snapshot.total().ok > 0;
  }));
  CHECK(snapshot.tally->phases[0].counts() == snapshot.total());
  CHECK(eventually([&] { return !run.client().snapshot().tally; }));
}

TEST_CASE("a snapshot of a run that waits for its answers comes all the same") {
  const ScriptedServer server([](const std::string&) { return std::nullopt; });
  auto plan = closed_loop(2, 1h);
  plan.timeout = 1h;
  Run run(server.port(), plan);
  CHECK(eventually([&] { return run.client().snapshot().in_flight == 2; }));
}

TEST_CASE("a thousand connections leave no open file behind") {
  const auto before = open_files();
  {
    const ScriptedServer server([](const std::string&) {
      return Reply{{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
                   Reply::Then::close};
    });
    Run run(server.port(), closed_loop(4, 1h));
    REQUIRE(eventually([&] { return server.accepted() >= 1000; }));
    CHECK(open_files() < before + 50);
    run.client().stop();
    const auto counts = run.counts();
    CHECK(counts.sent == counts.ok + counts.unfinished);
  }
  CHECK(open_files() == before);
}

TEST_CASE("running out of open files ends the run and says what to do") {
  const auto server = listening_socket();
  const ::rlim_t enough = open_files() + 20;
  rlimit old{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &old) == 0);
  const rlimit few{enough, old.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  {
    Run run(port_of(server), closed_loop(100, 1h));
    const bool ended = eventually([&] { return run.done(); });
    ::setrlimit(RLIMIT_NOFILE, &old);
    REQUIRE(ended);
    CHECK_THROWS_AS(run.client().tally(), std::system_error);
    CHECK_THROWS_WITH(run.client().tally(), ContainsSubstring("Too many open files") &&
                                                ContainsSubstring("ulimit -n") &&
                                                ContainsSubstring("--max-in-flight"));
  }
}

TEST_CASE("the answers of an independent server are understood") {
  httplib::Server server;
  // The thread sanitizer does not see into the compiled library and takes its threads for racing.
  server.new_task_queue = [] { return new httplib::ThreadPool(1); };
  server.Get("/plain", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("hello", "text/plain");
  });
  server.Get("/chunked", [](const httplib::Request&, httplib::Response& response) {
    response.set_chunked_content_provider("text/plain", [](std::size_t, httplib::DataSink& sink) {
      sink.write("hello", 5);
      sink.done();
      return true;
    });
  });
  server.Get("/broken",
             [](const httplib::Request&, httplib::Response& response) { response.status = 500; });
  const int port = server.bind_to_any_port("127.0.0.1");
  REQUIRE(port > 0);
  const std::jthread serving([&] { server.listen_after_bind(); });

  auto plan = closed_loop(1, 50ms);
  plan.endpoints = {
      {.path = "/plain"}, {.path = "/chunked"}, {.path = "/broken"}, {.path = "/missing"}};
  Run run(static_cast<std::uint16_t>(port), plan);
  const auto counts = run.counts();
  server.stop();
  CHECK(counts.sent == counts.ok + counts.error_answers);
  CHECK(counts.error_answers == (counts.sent + 1) / 4);
}

}  // namespace tripcurve::net
