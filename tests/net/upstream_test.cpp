#include "net/upstream.hpp"

#include <httplib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <list>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "tests/net/served.hpp"
#include "tests/net/wire.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net {
namespace {

using namespace std::chrono_literals;
using testing::always;
using testing::eventually;
using testing::last_get;
using testing::occurrences;
using testing::plain_get;
using testing::plan_of;
using testing::Served;
using testing::Wire;
using tripcurve::testing::ContainsSubstring;
using tripcurve::testing::StartsWith;

httplib::Headers numbered(std::uint64_t ordinal) {
  return {{"x-tripcurve-request", std::to_string(ordinal)}};
}

// The header that a request of `run` brings with leave of that breaker.
httplib::Headers leave_of(std::uint64_t run, const std::string& leave) {
  return {{"X-Tripcurve-Leave", std::to_string(run) + " " + leave}};
}

std::size_t open_descriptors() {
  using Iterator = std::filesystem::directory_iterator;
  return static_cast<std::size_t>(std::distance(Iterator("/proc/self/fd"), Iterator()));
}

// More than the upstream keeps of one connection while it waits.
const std::string many_gets = [] {
  std::string text;
  while (text.size() < 100'000) {
    text += plain_get;
  }
  return text;
}();

// Statuses of requests 0..count-1, by ordinal, asked for in the given order.
std::map<std::uint64_t, int> statuses(const Served& served, std::vector<std::uint64_t> ordinals) {
  std::map<std::uint64_t, int> result;
  auto http = served.client();
  for (const auto ordinal : ordinals) {
    const auto answer = http.Get("/", numbered(ordinal));
    result[ordinal] = answer ? answer->status : 0;
  }
  return result;
}

std::vector<std::uint64_t> first_ordinals(std::size_t count) {
  std::vector<std::uint64_t> ordinals(count);
  std::iota(ordinals.begin(), ordinals.end(), 0);
  return ordinals;
}

}  // namespace

TEST_CASE("a request that brings its ordinal keeps it and does not use up a counted one") {
  const Served served(always(""));
  auto http = served.client();

  const auto given = http.Get("/", numbered(18'446'744'073'709'551'615U));
  const auto counted = http.Get("/");

  REQUIRE((given && counted));
  CHECK(given->get_header_value("X-Tripcurve-Request") == "18446744073709551615");
  CHECK(counted->get_header_value("X-Tripcurve-Request") == "0");
}

TEST_CASE("the same seed gives the same ordinal the same fate in whatever order requests come") {
  const auto ordinals = first_ordinals(200);
  const std::vector<std::uint64_t> backwards(ordinals.rbegin(), ordinals.rend());
  const std::string faults = "errors=500:20%,503:30%";

  const auto one = statuses(Served(always(faults, 7)), ordinals);
  const auto same = statuses(Served(always(faults, 7), {.threads = 2}), backwards);
  const auto other = statuses(Served(always(faults, 8)), ordinals);

  CHECK(one == same);
  CHECK(one != other);
}

TEST_CASE("each status gets the share it was given") {
  const Served served(always("errors=500:10%,503:30%", 42));
  constexpr std::size_t total = 5000;

  std::map<int, double> seen;
  for (const auto& [ordinal, status] : statuses(served, first_ordinals(total))) {
    seen[status] += 1.0 / total;
  }

  for (const auto& [status, share] : {std::pair{200, 0.6}, {500, 0.1}, {503, 0.3}}) {
    CAPTURE(status);
    CHECK(seen[status] ==
          Approx(share).margin(3.29 * std::sqrt(share * (1 - share) / total)).epsilon(0));
  }
}

TEST_CASE("the ledger tells what the client saw") {
  const Served served(always("errors=500:20%,503:20%"));

  std::map<int, std::uint64_t> seen;
  for (const auto& [ordinal, status] : statuses(served, first_ordinals(300))) {
    ++seen[status];
  }

  const auto ledger = served.first_phase();
  CHECK(ledger.requests == 300);
  CHECK(ledger.served == seen[200]);
  REQUIRE(ledger.injected.size() == 2);
  CHECK(ledger.injected[0] == std::pair<std::string, std::uint64_t>("500", seen[500]));
  CHECK(ledger.injected[1] == std::pair<std::string, std::uint64_t>("503", seen[503]));
}

TEST_CASE("a request of the run is counted by how it stands to its breaker") {
  std::vector<load::Leave> seen;
  std::mutex mutex;
  const Served served(always(""), {.passage = [&](const load::Leave& leave) {
                        const std::scoped_lock lock(mutex);
                        seen.push_back(leave);
                        return leave.by_open ? Passage::overtaken : Passage::leaked;
                      }});
  auto http = served.client();
  const auto run = served.upstream.run();
  REQUIRE(http.Get("/pay", leave_of(run, "7 18446744073709551615 0")));
  REQUIRE(http.Get("/pay", leave_of(run, "0000000003 00000000000000000042 1")));

  const std::scoped_lock lock(mutex);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0] == load::Leave{.breaker = 7, .spell = 18446744073709551615U});
  CHECK(seen[1] == load::Leave{.breaker = 3, .spell = 42, .by_open = true});
  CHECK(served.first_phase().requests == 2);
  CHECK(served.first_phase().leaked_while_open == 1);
  CHECK(served.first_phase().overtaken == 1);
  CHECK(served.first_phase().strangers == 0);
}

TEST_CASE("who comes without leave of this run is a stranger, served and counted apart") {
  const Served served(always("errors=503:100%"),
                      {.passage = [](const auto&) { return Passage::leaked; }});
  auto http = served.client();
  const auto run = served.upstream.run();
  CHECK(http.Get("/")->status == 503);
  CHECK(http.Get("/", {{"X-Tripcurve-Request", "5"}})->status == 503);
  CHECK(http.Get("/", leave_of(run + 1, "0 0 0"))->status == 503);  // of another run
  CHECK(http.Get("/", leave_of(0, "0 0 0"))->status == 503);

  CHECK(served.first_phase().strangers == 4);
  CHECK(served.first_phase().requests == 0);
  CHECK(served.first_phase().leaked_while_open == 0);
  CHECK(served.first_phase().injected.at(0).second == 0);

  CHECK(http.Get("/", leave_of(run, "0 0 0"))->status == 503);
  CHECK(served.first_phase().requests == 1);
  CHECK(served.first_phase().strangers == 4);
}

TEST_CASE("an upstream that is there for everybody knows no strangers") {
  const Served served(always(""));
  auto http = served.client();
  REQUIRE(http.Get("/"));
  REQUIRE(http.Get("/", leave_of(served.upstream.run() + 1, "0 0 0")));
  CHECK(served.first_phase().requests == 2);
  CHECK(served.first_phase().strangers == 0);
}

TEST_CASE("no two upstreams take each other's requests for their own") {
  const Served one(always(""));
  const Served other(always(""));
  CHECK(one.upstream.run() != 0);
  CHECK(one.upstream.run() != other.upstream.run());
}

TEST_CASE("a leave that is none is refused") {
  const Served served(always(""));
  for (const auto* leave :
       {"", "9", "9 1", "9 1 2", "9 1 2 2", "9 1 2 0 4", "-9 1 2 0", "9 1  2 0", "a 1 2 0",
        "9 a 2 0", "18446744073709551616 1 2 0", "9 4294967296 2 0", "9 1 18446744073709551616 0",
        "9 1 2 0x", "9 1 2 0\r\nX-Tripcurve-Leave: 9 1 2 0"}) {
    CAPTURE(leave);
    const auto answer = served.exchange(
        std::string("GET / HTTP/1.1\r\nHost: x\r\nX-Tripcurve-Leave: ") + leave + "\r\n\r\n");
    CHECK(answer.bytes.starts_with("HTTP/1.1 400 "));
    CHECK(answer.bytes.find("X-Tripcurve-Leave takes") != std::string::npos);
  }
  CHECK(served.first_phase().requests == 0);
}

TEST_CASE("a fault on one path finds it in origin form, in absolute form and with a query") {
  const Served served(always("errors=100% on=/pay"));
  const auto status_line = [&](const std::string& target) {
    const auto answer = served.exchange("GET " + target + " HTTP/1.1\r\nConnection: close\r\n\r\n");
    return answer.bytes.substr(0, answer.bytes.find('\r'));
  };

  CHECK(status_line("/pay") == "HTTP/1.1 503 Service Unavailable");
  CHECK(status_line("/pay?card=1") == "HTTP/1.1 503 Service Unavailable");
  CHECK(status_line("http://shop.example:80/pay") == "HTTP/1.1 503 Service Unavailable");
  CHECK(status_line("/payments") == "HTTP/1.1 200 OK");
  CHECK(status_line("http://shop.example") == "HTTP/1.1 200 OK");
}

TEST_CASE("a rule finds its method and its header, in any case and whatever comes before it") {
  const Served served(
      faults::Plan({.rules = {{.match = *faults::parse_match("POST /pay/** x-tenant=gold"),
                               .errors = *faults::parse_errors("500:100%")}}},
                   {*faults::parse_phase("only 1h")}, Random(1)));
  auto http = served.client();
  const httplib::Headers gold{{"X-TENANT", "gold"}};
  const httplib::Headers silver{{"x-tenant", "silver"}};

  CHECK(http.Post("/pay/1", gold, "body", "text/plain")->status == 500);
  CHECK(http.Post("/pay/1", silver, "body", "text/plain")->status == 200);
  CHECK(http.Post("/pay/1", "body", "text/plain")->status == 200);
  CHECK(http.Get("/pay/1", gold)->status == 200);
  CHECK(http.Post("/buy/1", gold, "body", "text/plain")->status == 200);
  CHECK(http.Post("/pay/1?a=b", gold, "body", "text/plain")->status == 500);
  CHECK(served.first_phase().injected.at(0).second == 2);
}

TEST_CASE("a limit is shared by all serving threads, and its answers are counted") {
  const Served served(faults::Plan({.normal = {*faults::parse_latency("30ms"), {}},
                                    .limit = *faults::parse_rate_limit("1/h,burst=20")},
                                   {*faults::parse_phase("only 1h")}, Random(1)),
                      {.threads = 2});
  std::map<int, int> seen;
  for (int i = 0; i < 30; ++i) {
    auto http = served.client();  // a connection each, so that both threads get some
    ++seen[http.Get("/")->status];
  }
  CHECK(seen == std::map<int, int>{{200, 20}, {429, 10}});
  using Kinds = decltype(faults::PhaseLedger::injected);
  CHECK(served.first_phase().injected == Kinds{{"limited", 10}});
  CHECK(served.first_phase().served == 20);
}

TEST_CASE("what is injected by hand stands in for the plan until it is cleared") {
  Served served(always("errors=503:100%"));
  auto& injection = served.injector.by_hand();
  auto http = served.client();

  CHECK(http.Get("/")->status == 503);
  REQUIRE_FALSE(injection.set(*faults::parse_phase("any 1s errors=500:100%"), served.clock.now()));
  CHECK(http.Get("/")->status == 500);
  REQUIRE_FALSE(injection.set(*faults::parse_phase("any 1s errors=none"), served.clock.now()));
  CHECK(http.Get("/")->status == 200);
  injection.clear();
  CHECK(http.Get("/")->status == 503);
  using Kinds = decltype(faults::PhaseLedger::injected);
  CHECK(served.first_phase().injected == Kinds{{"503", 2}, {"500", 1}});
  CHECK(served.first_phase().served == 1);
}

TEST_CASE("after its last phase an upstream is normal again, and counts that apart") {
  const Served served(plan_of({"bad 100ms errors=503:100%"}, 1, faults::After::normal));
  REQUIRE(eventually([&] { return served.client().Get("/")->status == 200; }));
  REQUIRE(served.clock.now() >= at(100ms));
  const auto ledger = served.upstream.ledger();
  REQUIRE(ledger.phases().size() == 2);
  CHECK(ledger.phases()[1].requests == 1);
  CHECK(ledger.phases()[1].served == 1);
  CHECK(ledger.phases()[0].served == 0);
}

TEST_CASE("a port that the last phase closes is open again after it") {
  for (const auto after : {faults::After::normal, faults::After::again}) {
    const Served served(plan_of({"up 50ms", "down 50ms errors=refuse"}, 1, after));
    REQUIRE(eventually([&] { return served.clock.now() >= at(100ms); }));
    CHECK(eventually([&] { return static_cast<bool>(served.client().Get("/")); }));
  }
}

TEST_CASE("phases that begin anew close the port again and again") {
  const Served served(plan_of({"up 60ms", "down 60ms errors=refuse"}, 1, faults::After::again));
  for (int round = 0; round < 3; ++round) {
    REQUIRE(eventually([&] { return static_cast<bool>(served.client().Get("/")); }));
    REQUIRE(eventually([&] { return !served.client().Get("/"); }));
  }
  CHECK_FALSE(served.upstream.failure());
}

TEST_CASE("a reset is seen as ECONNRESET") {
  const Served served(always("errors=reset:100%"));
  const auto ending = served.exchange(plain_get);
  CHECK(ending.bytes.empty());
  CHECK(ending.error == std::errc::connection_reset);
  CHECK(served.first_phase().injected.at(0).second == 1);
}

TEST_CASE("an empty answer is seen as a close without a byte") {
  const Served served(always("errors=empty:100%"));
  const auto ending = served.exchange(plain_get);
  CHECK(ending.bytes.empty());
  CHECK_FALSE(ending.error);
}

TEST_CASE("an empty answer is a close and no reset although more requests are unread") {
  // The delay lets more come than the upstream keeps.
  const Served served(always("latency=50ms errors=empty:100%"));
  auto connection = served.wire();
  std::thread sender([&] { connection.send(many_gets); });
  const auto ending = connection.receive_to_end();
  CHECK(ending.bytes.empty());
  CHECK_FALSE(ending.error);
  sender.join();
  CHECK(served.first_phase().requests == 1);
}

TEST_CASE("a hanging request gets no byte, and is let go when its client leaves") {
  const Served served(always("errors=hang:100%"));
  std::list<Wire> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(served.wire());
    clients.back().send(many_gets);
  }
  REQUIRE(eventually([&] { return served.first_phase().requests == 50; }));
  CHECK(served.upstream.connections().open_now == 50);
  CHECK(std::ranges::all_of(clients,
                            [](const Wire& client) { return !client.readable_within(0ms); }));

  clients.clear();
  CHECK(eventually([&] { return served.upstream.connections().open_now == 0; }));
}

TEST_CASE("a client that leaves during the delay is let go before the delay is over") {
  const Served served(always("latency=1h"));
  auto client = served.wire();
  client.send(plain_get);
  REQUIRE(eventually([&] { return served.first_phase().requests == 1; }));

  client.leave();

  CHECK(eventually([&] { return served.upstream.connections().open_now == 0; }));
}

TEST_CASE("a client that sends no more gets the answers to what it has asked") {
  const Served served(always("latency=30ms"));
  for (const int requests : {1, 3}) {
    auto client = served.wire();
    for (int i = 0; i < requests; ++i) {
      client.send(plain_get);
    }
    client.send("GET / HT");  // and a request that stays unfinished
    client.end();
    const auto ending = client.receive_to_end();
    CHECK(occurrences(ending.bytes, "200 OK") == static_cast<std::size_t>(requests));
    CHECK_FALSE(ending.error);
  }
  CHECK(eventually([&] { return served.upstream.connections().open_now == 0; }));
}

TEST_CASE("a client that sends no more sees a fault as any other does, and is let go") {
  for (const std::string fate : {"hang", "reset", "empty"}) {
    CAPTURE(fate);
    const Served served(always("latency=30ms errors=" + fate + ":100%"));
    auto client = served.wire();
    client.send(plain_get);
    client.end();
    const auto ending = client.receive_to_end();
    CHECK(ending.bytes.empty());
    CHECK(static_cast<bool>(ending.error) == (fate == "reset"));
    CHECK(eventually([&] { return served.upstream.connections().open_now == 0; }));
    CHECK(served.first_phase().requests == 1);
  }
}

TEST_CASE("the load of the upstream's own run only ever leaves, and is let go at once") {
  UpstreamOptions options;
  options.passage = [](const load::Leave&) { return Passage::fair; };
  const Served served(always("latency=50s"), options);
  auto client = served.wire();
  client.send("GET / HTTP/1.1\r\nHost: x\r\nX-Tripcurve-Leave: " +
              std::to_string(served.upstream.run()) + " 0 0 0\r\n\r\n");
  REQUIRE(eventually([&] { return served.first_phase().requests == 1; }));
  client.end();
  CHECK(eventually([&] { return served.upstream.connections().open_now == 0; }));
}

TEST_CASE("no answer, reset or close comes earlier than its latency") {
  for (const std::string fate : {"503", "reset", "empty"}) {
    CAPTURE(fate);
    const Served served(always("latency=30ms errors=" + fate + ":100%"));
    const auto sent = std::chrono::steady_clock::now();
    (void)served.exchange(last_get);
    CHECK(std::chrono::steady_clock::now() - sent >= 30ms);
  }
}

TEST_CASE("delayed requests of one connection are answered in order, those of others meanwhile") {
  const Served served(always("latency=200ms on=/slow"));
  auto slow = served.wire();
  slow.send("GET /slow HTTP/1.1\r\nX-Tripcurve-Request: 7\r\n\r\n");
  slow.send("GET /fast HTTP/1.1\r\nX-Tripcurve-Request: 8\r\nConnection: close\r\n\r\n");
  REQUIRE(eventually([&] { return served.first_phase().requests == 1; }));

  CHECK_THAT(served.exchange(last_get).bytes, StartsWith("HTTP/1.1 200 OK"));
  const auto answers = slow.receive_to_end().bytes;

  CHECK(answers.find("Request: 7\r\n") < answers.find("Request: 8\r\n"));
  CHECK(occurrences(answers, "HTTP/1.1 200 OK") == 2);
}

TEST_CASE(
    "during a refuse phase nobody gets in, those who were in are cut off, later all is well") {
  for (const std::uint32_t threads : {1U, 2U}) {
    CAPTURE(threads);
    const Served served(
        plan_of({"before 400ms", "down 600ms errors=refuse", "after 1h errors=500:100%"}),
        {.threads = threads});
    auto early = served.wire();
    REQUIRE(early.connected());

    const auto ending = early.receive_to_end();
    const auto cut_off_at = served.clock.now();
    CHECK(ending.bytes.empty());
    CHECK(cut_off_at >= at(400ms));
    // Each thread closes its own socket at the edge, so all are closed an instant later.
    CHECK(eventually([&] { return !served.wire().connected(); }));
    CHECK(eventually([&] { return served.upstream.connections().open_now == 0; }));

    CHECK(eventually([&] { return served.wire().connected(); }));
    CHECK(served.clock.now() >= at(1s));
    CHECK_THAT(served.exchange(last_get).bytes, StartsWith("HTTP/1.1 500"));
    CHECK_FALSE(served.upstream.failure());
  }
}

TEST_CASE("an upstream that ends at the very edge of a phase ends") {
  for (int i = 0; i < 200; ++i) {
    const Served served(plan_of({"before 2ms", "down 1ms errors=refuse", "after 1h"}),
                        {.threads = 2});
    REQUIRE(eventually([&] { return served.clock.now() >= at(3ms); }));
  }
}

TEST_CASE("an upstream that refuses from the start has a port all the same, and opens it later") {
  const Served served(plan_of({"down 100ms errors=refuse", "after 1h"}));
  REQUIRE(served.upstream.port() != 0);
  CHECK(eventually([&] { return served.wire().connected(); }));
  CHECK(served.clock.now() >= at(100ms));
}

TEST_CASE("a port that somebody else opened during a refuse phase is reported as the failure") {
  const Served served(plan_of({"down 200ms errors=refuse", "after 1h"}));
  const int thief = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  Wire::check(thief);
  const int on = 1;
  Wire::check(::setsockopt(thief, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  const auto address = Wire::loopback(served.upstream.port());
  Wire::check(::bind(thief, Wire::generic(address), sizeof address));
  Wire::check(::listen(thief, 1));

  CHECK(eventually([&] { return served.upstream.failure() == std::errc::address_in_use; }));
  ::close(thief);
}

TEST_CASE("a port that is in use is refused by its name, with one thread and with more") {
  for (const std::uint32_t threads : {1U, 2U}) {
    const Served served(always(""), {.threads = threads});
    const auto port = served.upstream.port();
    try {
      const Served second(always(""), {.port = port, .threads = threads});
      FAIL("a second upstream got the port");
    } catch (const std::system_error& error) {
      CHECK(error.code() == std::errc::address_in_use);
      CHECK_THAT(error.what(), ContainsSubstring("127.0.0.1:" + std::to_string(port)));
    }
  }
}

TEST_CASE("several threads serve one port and their counts are added up") {
  const Served served(always(""), {.threads = 3});
  for (int i = 0; i < 60; ++i) {
    REQUIRE(occurrences(served.exchange(last_get).bytes, "200 OK") == 1);
  }
  CHECK(served.first_phase().requests == 60);
  CHECK(served.upstream.connections().accepted == 60);
}

TEST_CASE("a thousand short connections leave no connection and no descriptor behind") {
  const Served served(always(""));
  const auto before = open_descriptors();
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(occurrences(served.exchange(last_get).bytes, "200 OK") == 1);
  }
  CHECK(eventually([&] { return served.upstream.connections().open_now == 0; }));
  CHECK(open_descriptors() == before);
  CHECK(served.upstream.connections().accepted == 1000);
}

TEST_CASE("a connection that finds no descriptor left is accepted as soon as there is one") {
  const Served served(always(""));
  rlimit limit{};
  Wire::check(::getrlimit(RLIMIT_NOFILE, &limit));
  const int lowest_free = ::dup(STDIN_FILENO);
  Wire::check(lowest_free);
  ::close(lowest_free);
  const rlimit one_more{static_cast<rlim_t>(lowest_free) + 1, limit.rlim_max};

  Wire::check(::setrlimit(RLIMIT_NOFILE, &one_more));
  auto client = served.wire();  // takes the last one; the system completes it in the backlog
  client.send(last_get);
  const bool stays_silent = !client.readable_within(100ms);
  Wire::check(::setrlimit(RLIMIT_NOFILE, &limit));

  CHECK(stays_silent);
  CHECK_THAT(client.receive_to_end().bytes, StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("an upstream that ends closes its connections, whatever they wait for, and its port") {
  const auto before = open_descriptors();
  std::optional<Served> served;
  served.emplace(always("latency=1h errors=hang:50%"), UpstreamOptions{.threads = 2});
  const auto port = served->upstream.port();
  std::list<Wire> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(served->wire());
    clients.back().send(i % 3 == 0 ? "GET /half" : plain_get);
  }
  REQUIRE(eventually([&] { return served->first_phase().requests == 200; }));
  REQUIRE(eventually([&] { return served->upstream.connections().open_now == 300; }));

  served.reset();

  for (auto& client : clients) {
    CHECK(client.receive_to_end().bytes.empty());
  }
  CHECK_FALSE(Wire(port).connected());
  clients.clear();
  CHECK(open_descriptors() == before);
}

}  // namespace tripcurve::net
