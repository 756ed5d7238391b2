#include "net/upstream.hpp"

#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <list>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "core/random.hpp"
#include "faults/errors.hpp"
#include "faults/latency.hpp"
#include "faults/plan.hpp"
#include "net/clock.hpp"
#include "tests/net/wire.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::Wire;
using tripcurve::testing::ContainsSubstring;
using tripcurve::testing::StartsWith;

faults::Plan plan_of(const std::vector<std::string>& phases, std::uint64_t seed = 1) {
  std::vector<faults::PhaseSpec> specs;
  for (const auto& phase : phases) {
    specs.push_back(faults::parse_phase(phase).value());
  }
  return {faults::Behaviour{}, std::move(specs), Random(seed)};
}

faults::Plan always(const std::string& faults, std::uint64_t seed = 1) {
  return plan_of({"only 1h " + faults}, seed);
}

// An upstream with its plan, that a test talks to.
struct Served {
  explicit Served(faults::Plan the_plan, UpstreamOptions options = {})
      : plan(std::move(the_plan)), upstream(plan, clock, std::move(options)) {}

  [[nodiscard]] httplib::Client client() const {
    httplib::Client http("127.0.0.1", upstream.port());
    http.set_keep_alive(true);
    http.set_read_timeout(testing::patience);
    return http;
  }
  [[nodiscard]] Wire wire() const { return Wire(upstream.port()); }

  // Sends the bytes on a connection of their own and gives all that comes back.
  [[nodiscard]] Wire::Ending exchange(std::string_view bytes) const {
    auto connection = wire();
    connection.send(bytes);
    return connection.receive_to_end();
  }
  [[nodiscard]] faults::PhaseLedger first_phase() const {
    return upstream.ledger().phases().front();
  }

  faults::Plan plan;
  SteadyClock clock;
  Upstream upstream;
};

httplib::Headers numbered(std::uint64_t ordinal) {
  return {{"x-tripcurve-request", std::to_string(ordinal)}};
}

std::size_t occurrences(std::string_view text, std::string_view word) {
  std::size_t count = 0;
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    ++count;
  }
  return count;
}

std::size_t open_descriptors() {
  using Iterator = std::filesystem::directory_iterator;
  return static_cast<std::size_t>(std::distance(Iterator("/proc/self/fd"), Iterator()));
}

const std::string plain_get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string last_get = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

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

TEST_CASE("the upstream serves any method and path and counts the requests from zero") {
  const Served served(always(""));
  auto http = served.client();

  const auto get = http.Get("/anything?at=all");
  const auto post = http.Post("/pay", "some body", "text/plain");
  const auto del = http.Delete("/");

  REQUIRE((get && post && del));
  CHECK(get->status == 200);
  CHECK(get->body == "ok\n");
  CHECK(get->get_header_value("Server") == "tripcurve");
  CHECK(get->get_header_value("Content-Type") == "text/plain");
  CHECK(get->get_header_value("X-Tripcurve-Request") == "0");
  CHECK(post->get_header_value("X-Tripcurve-Request") == "1");
  CHECK(del->get_header_value("X-Tripcurve-Request") == "2");
  CHECK(served.upstream.connections().accepted == 1);
  CHECK_FALSE(served.upstream.failure());
}

TEST_CASE("a request that brings its ordinal keeps it and does not use up a counted one") {
  const Served served(always(""));
  auto http = served.client();

  const auto given = http.Get("/", numbered(18'446'744'073'709'551'615U));
  const auto counted = http.Get("/");

  REQUIRE((given && counted));
  CHECK(given->get_header_value("X-Tripcurve-Request") == "18446744073709551615");
  CHECK(counted->get_header_value("X-Tripcurve-Request") == "0");
}

TEST_CASE("an ordinal that is not one whole number is refused with a reason") {
  const Served served(always(""));
  for (const std::string fields :
       {"X-Tripcurve-Request: x1", "X-Tripcurve-Request: -1",
        "X-Tripcurve-Request:", "X-Tripcurve-Request: 18446744073709551616",
        "X-Tripcurve-Request: 1.5", "X-Tripcurve-Request: 1\r\nX-Tripcurve-Request: 1"}) {
    CAPTURE(fields);
    const auto answer = served.exchange("GET / HTTP/1.1\r\n" + fields + "\r\n\r\n");
    CHECK_THAT(answer.bytes, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    CHECK_THAT(answer.bytes, ContainsSubstring("takes one whole number below 2^64"));
  }
  CHECK(served.upstream.connections().bad_requests == 6);
  CHECK(served.first_phase().arrived == 0);
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
  CHECK(ledger.arrived == 300);
  CHECK(ledger.served == seen[200]);
  REQUIRE(ledger.injected.size() == 2);
  CHECK(ledger.injected[0] == std::pair<std::string, std::uint64_t>("500", seen[500]));
  CHECK(ledger.injected[1] == std::pair<std::string, std::uint64_t>("503", seen[503]));
}

TEST_CASE("the ledger counts arrivals while the breaker of their path claims to be open") {
  const Served served(always(""),
                      {.claims_open = [](std::string_view path) { return path == "/open"; }});
  auto http = served.client();

  for (const auto* path : {"/open", "/closed", "/open"}) {
    REQUIRE(http.Get(path));
  }

  CHECK(served.first_phase().arrived == 3);
  CHECK(served.first_phase().arrived_while_open == 2);
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

TEST_CASE("an injected status has its reason phrase and says so in the body") {
  const auto answer = Served(always("errors=500:100%")).exchange(last_get);
  CHECK(answer.bytes ==
        "HTTP/1.1 500 Internal Server Error\r\nServer: tripcurve\r\nContent-Type: text/plain\r\n"
        "Content-Length: 13\r\nConnection: close\r\nX-Tripcurve-Request: 0\r\n\r\ninjected 500\n");
  CHECK_THAT(Served(always("errors=599:100%")).exchange(last_get).bytes,
             StartsWith("HTTP/1.1 599 Unknown\r\n"));
}

TEST_CASE("204 and 304 come without a body and without its length, 205 with a length of zero") {
  for (const std::string status : {"204 No Content", "304 Not Modified"}) {
    const auto answer =
        Served(always("errors=" + status.substr(0, 3) + ":100%")).exchange(last_get);
    CHECK(answer.bytes == "HTTP/1.1 " + status +
                              "\r\nServer: tripcurve\r\nConnection: close\r\n"
                              "X-Tripcurve-Request: 0\r\n\r\n");
  }
  CHECK_THAT(Served(always("errors=205:100%")).exchange(last_get).bytes,
             ContainsSubstring("Content-Length: 0\r\n"));
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
  const Served served(always("errors=empty:100%"));
  std::string many;
  for (int i = 0; i < 20'000; ++i) {
    many += plain_get;
  }
  auto connection = served.wire();
  connection.send(plain_get);
  std::thread sender([&] { connection.send(many); });
  const auto ending = connection.receive_to_end();
  CHECK(ending.bytes.empty());
  CHECK_FALSE(ending.error);
  sender.join();
  CHECK(served.first_phase().arrived == 1);
}

TEST_CASE("a hanging request gets no byte, and is let go when its client leaves") {
  const Served served(always("errors=hang:100%"));
  std::list<Wire> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(served.wire());
    clients.back().send(plain_get + plain_get);
  }
  REQUIRE(eventually([&] { return served.first_phase().arrived == 50; }));
  CHECK(served.upstream.connections().open_now == 50);
  CHECK(std::ranges::all_of(clients, [](const Wire& client) { return client.silent(); }));

  clients.clear();
  CHECK(eventually([&] { return served.upstream.connections().open_now == 0; }));
}

TEST_CASE("a client that leaves during the delay is let go before the delay is over") {
  const Served served(always("latency=1h"));
  auto client = served.wire();
  client.send(plain_get);
  REQUIRE(eventually([&] { return served.first_phase().arrived == 1; }));

  client.leave();

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
  REQUIRE(eventually([&] { return served.first_phase().arrived == 1; }));

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
        plan_of({"before 300ms", "down 300ms errors=refuse", "after 1h errors=500:100%"}),
        {.threads = threads});
    auto early = served.wire();
    REQUIRE(early.connected());

    const auto ending = early.receive_to_end();
    const auto cut_off_at = served.clock.now();
    CHECK(ending.bytes.empty());
    CHECK(cut_off_at >= at(300ms));
    // Each thread closes its own socket at the edge, so all are closed an instant later.
    CHECK(eventually([&] { return !served.wire().connected(); }));
    CHECK(served.upstream.connections().open_now == 0);

    CHECK(eventually([&] { return served.wire().connected(); }));
    CHECK(served.clock.now() >= at(600ms));
    CHECK_THAT(served.exchange(last_get).bytes, StartsWith("HTTP/1.1 500"));
    CHECK_FALSE(served.upstream.failure());
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
  CHECK(served.first_phase().arrived == 60);
  CHECK(served.upstream.connections().accepted == 60);
}

TEST_CASE("bodies are read, by their length and in chunks, before the request counts as arrived") {
  const Served served(always(""));
  auto http = served.client();
  const std::string body(1'000'000, 'b');

  const auto with_length = http.Post("/", body, "text/plain");
  const auto chunked = http.Post(
      "/",
      [&](std::size_t offset, httplib::DataSink& sink) {
        const auto piece = std::min<std::size_t>(body.size() - offset, 3001);
        sink.write(body.data() + offset, piece);
        if (offset + piece == body.size()) {
          sink.done();
        }
        return true;
      },
      "text/plain");

  REQUIRE((with_length && chunked));
  CHECK(with_length->status == 200);
  CHECK(chunked->status == 200);
  CHECK(served.upstream.connections().accepted == 1);
}

TEST_CASE("a request that comes one byte at a time is the same request") {
  const Served served(always(""));
  for (const std::string request :
       {"POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
        "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Tripcurve-Request: z\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n"}) {
    CAPTURE(request);
    const auto before = served.first_phase().arrived;
    auto connection = served.wire();
    for (const char& byte : request) {
      REQUIRE(connection.send({&byte, 1}));
    }
    CHECK_THAT(connection.receive(1), StartsWith("HTTP/1.1 200 OK"));
    CHECK(served.first_phase().arrived == before + 1);
  }
}

TEST_CASE("a body above the limit is answered 413, by its length and in chunks, and not counted") {
  const Served served(always(""), {.body_limit = 10});
  for (const std::string rest :
       {"Content-Length: 11\r\n\r\nhello world",
        "Transfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n"}) {
    const auto answer = served.exchange("POST / HTTP/1.1\r\n" + rest);
    CHECK_THAT(answer.bytes, StartsWith("HTTP/1.1 413 Payload Too Large\r\n"));
    CHECK_THAT(answer.bytes, ContainsSubstring("Connection: close\r\n"));
    CHECK_FALSE(answer.error);
  }
  const auto within = served.exchange(
      "POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 10\r\n\r\n0123456789");
  CHECK_THAT(within.bytes, StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK(served.upstream.connections().bad_requests == 2);
  CHECK(served.first_phase().arrived == 1);
}

TEST_CASE("what is not HTTP is answered 400 and closed") {
  const Served served(always(""));
  for (const std::string request :
       {"\x16\x03\x01 not http\r\n\r\n", "GET / HTTP/2.0\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"}) {
    CAPTURE(request);
    const auto answer = served.exchange(request);
    CHECK_THAT(answer.bytes, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(occurrences(answer.bytes, "HTTP/1.1 ") == 1);
    CHECK_FALSE(answer.error);
  }
  CHECK(served.upstream.connections().bad_requests == 7);
  CHECK(served.first_phase().arrived == 0);
}

TEST_CASE("a head of 16 KiB is served, one byte more is answered 431, however it is split") {
  const Served served(always(""));
  const auto head = [](std::size_t size) {
    const std::string start = "GET / HTTP/1.1\r\nConnection: close\r\nX-Long: ";
    return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
  };
  const auto in_two = [&](const std::string& request, std::size_t first) {
    auto connection = served.wire();
    connection.send(request.substr(0, first));
    connection.send(request.substr(first));
    return connection.receive_to_end().bytes;
  };
  for (const std::size_t first : {0U, 10U, 16U, 100U, 16'000U}) {
    CAPTURE(first);
    CHECK_THAT(in_two(head(16'384), first), StartsWith("HTTP/1.1 200 OK\r\n"));
    CHECK_THAT(in_two(head(16'385), first),
               StartsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
  }
  CHECK(served.upstream.connections().bad_requests == 5);
}

TEST_CASE("trailers that do not end are answered 431") {
  const Served served(always(""));
  const auto answer =
      served.exchange("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Long: " +
                      std::string(20'000, 'x'));
  CHECK_THAT(answer.bytes, StartsWith("HTTP/1.1 431 "));
}

TEST_CASE("HEAD gets the headers of GET and no body") {
  const auto answer =
      Served(always("")).exchange("HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n").bytes;
  CHECK_THAT(answer, ContainsSubstring("Content-Length: 3\r\n"));
  CHECK_THAT(answer, tripcurve::testing::StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("HTTP/1.0 is closed after the answer unless it asks to be kept alive") {
  const Served served(always(""));
  CHECK_THAT(served.exchange("GET / HTTP/1.0\r\n\r\n").bytes,
             ContainsSubstring("Connection: close\r\n"));

  const auto kept =
      served.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n");
  CHECK(occurrences(kept.bytes, "HTTP/1.1 200 OK") == 2);
  CHECK(occurrences(kept.bytes, "Connection: keep-alive\r\n") == 1);
}

TEST_CASE("a client that asks first is told to go on, unless its body is too large anyway") {
  const Served served(always(""), {.body_limit = 10});
  const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  const std::string head = "POST / HTTP/1.1\r\nExpect: 100-continue\r\nConnection: close\r\n";

  auto patient = served.wire();
  patient.send(head + "Content-Length: 5\r\n\r\n");
  CHECK(patient.receive(go_on.size()) == go_on);
  patient.send("hel");
  patient.send("lo");
  CHECK_THAT(patient.receive_to_end().bytes, StartsWith("HTTP/1.1 200 OK\r\n"));

  auto hopeful = served.wire();
  hopeful.send(head + "Content-Length: 11\r\n\r\n");
  CHECK_THAT(hopeful.receive_to_end().bytes, StartsWith("HTTP/1.1 413 "));
}

TEST_CASE("pipelined requests are answered in order") {
  const Served served(always(""));
  std::string requests;
  for (int i = 0; i < 49; ++i) {
    requests += plain_get;
  }
  const auto answers = served.exchange(requests + last_get).bytes;

  CHECK(occurrences(answers, "HTTP/1.1 200 OK\r\n") == 50);
  std::size_t last = 0;
  for (int i = 0; i < 50; ++i) {
    const auto place = answers.find("X-Tripcurve-Request: " + std::to_string(i) + "\r\n");
    REQUIRE(place != std::string::npos);
    CHECK(place >= last);
    last = place;
  }
}

TEST_CASE("a client that pipelines without end and reads late gets every answer") {
  constexpr std::size_t total = 200'000;
  const Served served(always(""));
  auto connection = served.wire();
  std::atomic<std::size_t> sent = 0;
  std::thread sender([&] {
    for (std::size_t i = 1; i < total; ++i) {
      connection.send(plain_get);
      sent = i;
    }
    connection.send(last_get);
  });
  // Reading begins only when the server cannot write any more, and for that has stopped to read.
  std::size_t seen = 0;
  auto changed = std::chrono::steady_clock::now();
  REQUIRE(eventually([&] {
    if (const auto now_sent = sent.load(); now_sent != seen) {
      seen = now_sent;
      changed = std::chrono::steady_clock::now();
    }
    return seen + 1 == total || std::chrono::steady_clock::now() - changed > 300ms;
  }));
  const auto answers = connection.receive_to_end();
  sender.join();

  CHECK(seen + 1 < total);
  CHECK_FALSE(answers.error);
  CHECK(occurrences(answers.bytes, "HTTP/1.1 200 OK\r\n") == total);
  CHECK(served.first_phase().arrived == total);
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
  REQUIRE(eventually([&] { return served->first_phase().arrived == 200; }));
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
