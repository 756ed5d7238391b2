// Each kind of fault as an independent client meets it: a raw socket's bytes, their order, how the
// connection ends, and when.
#include <cerrno>
#include <string>
#include <thread>

#include "tests/net/served.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::net::testing;
using tripcurve::testing::ContainsSubstring;
using tripcurve::testing::StartsWith;
using namespace std::chrono_literals;

namespace {

struct Met {
  std::string head;  // with its empty line
  std::string body;
  int error = 0;  // how the connection ended: 0 for FIN
};

// What comes of one request over a connection of its own.
Met met(const std::string& errors, std::string_view request = plain_get) {
  const Served server(always("errors=" + errors));
  const auto ending = server.exchange(request);
  const auto split = ending.bytes.find("\r\n\r\n");
  const auto body_at = split == std::string::npos ? ending.bytes.size() : split + 4;
  return {ending.bytes.substr(0, body_at), ending.bytes.substr(body_at), ending.error.value()};
}

}  // namespace

TEST_CASE("a reset after the head delivers the head, and then the reset") {
  const auto [head, body, error] = met("reset(at=head):100%");
  CHECK_THAT(head, StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK_THAT(head, ContainsSubstring("Content-Length: 13\r\n"));
  CHECK(body.empty());
  CHECK(error == ECONNRESET);
}

TEST_CASE("a reset within the body delivers what comes before it, and then the reset") {
  const auto [head, body, error] = met("reset(at=body):100%");
  CHECK(body == "inject");
  CHECK(error == ECONNRESET);
}

TEST_CASE("a truncated answer ends with a FIN short of its Content-Length") {
  const auto [head, body, error] = met("truncate(at=4B):100%");
  CHECK_THAT(head, ContainsSubstring("Content-Length: 13\r\n"));
  CHECK(body == "inje");
  CHECK(error == 0);
}

TEST_CASE("a hang after the head sends the head, and keeps the connection open") {
  const Served server(always("errors=hang(at=head):100%"));
  auto wire = server.wire();
  wire.send(plain_get);
  const auto head = wire.receive(1);
  CHECK_THAT(head, ContainsSubstring("Content-Length: 13\r\n"));
  CHECK_THAT(head, Catch::Matchers::EndsWith("\r\n\r\n"));
  CHECK_FALSE(wire.readable_within(100ms));
  CHECK(server.upstream.connections().open_now == 1);
  wire.leave();
  CHECK(eventually([&] { return server.upstream.connections().open_now == 0; }));
}

TEST_CASE("a malformed head has a word where its status should be") {
  const auto [head, body, error] = met("malformed-head:100%");
  CHECK_THAT(head, StartsWith("HTTP/1.1 2xx "));
  CHECK(error == 0);
}

TEST_CASE("a malformed chunk comes after a good one") {
  const auto [head, body, error] = met("malformed-chunk:100%");
  CHECK_THAT(head, ContainsSubstring("Transfer-Encoding: chunked\r\n"));
  CHECK(body == "6\r\ninject\r\nzz\r\n");
  CHECK(error == 0);
}

TEST_CASE("garbage is as many bytes as asked for, and no HTTP") {
  const Served server(always("errors=garbage(size=40B):100%"));
  const auto ending = server.exchange(plain_get);
  CHECK(ending.bytes.size() == 40);
  CHECK(ending.bytes.find("HTTP") == std::string::npos);
  CHECK_FALSE(ending.error);
}

TEST_CASE("a flooded head is well formed and has as many bytes more as asked for") {
  const auto plain = met("200:100%", last_get);
  const auto flooded = met("header-flood(size=100KB):100%", last_get);
  CHECK(flooded.head.size() == plain.head.size() + 100'000);
  CHECK(flooded.body == plain.body);
}

TEST_CASE("an endless body goes on until the client leaves, and the service goes on after") {
  const Served server(always("errors=endless:100%"));
  auto wire = server.wire();
  wire.send(plain_get);
  const auto bytes = wire.receive(10'000'000);
  CHECK(bytes.size() >= 10'000'000);
  wire.leave();
  CHECK(eventually([&] { return server.upstream.connections().open_now == 0; }));
  CHECK(server.first_phase().requests == 1);
}

TEST_CASE("while some read endless bodies faster than these are made, others are answered") {
  // A byte at a time: the thread that makes them never has to wait for room to write.
  const Served server(always("errors=seq(endless*4,200*40) body=slice=1B,every=0ms"));
  const GreedyClients greedy(server, 4);
  REQUIRE(eventually([&] { return server.first_phase().requests == 4; }));
  for (int i = 0; i < 10; ++i) {
    CHECK_THAT(server.exchange(last_get).bytes, StartsWith("HTTP/1.1 200 OK"));
  }
}

TEST_CASE("to HTTP/1.0 an endless body comes without chunks") {
  const Served server(always("errors=endless:100%"));
  auto wire = server.wire();
  wire.send("GET / HTTP/1.0\r\n\r\n");
  const auto bytes = wire.receive(1000);
  CHECK(bytes.find("chunked") == std::string::npos);
  CHECK_THAT(bytes, ContainsSubstring("\r\n\r\nabcdef"));
}

TEST_CASE("a close is unannounced: the answer is complete and looks as if the connection stayed") {
  const auto [head, body, error] = met("close:100%");
  CHECK(head.find("Connection:") == std::string::npos);
  CHECK(body == "injected 200\n");
  CHECK(error == 0);
}

TEST_CASE("a connection that dies when it is idle answers all requests that come before") {
  const Served server(always("errors=close(after=200ms):100%"));
  auto wire = server.wire();
  for (int i = 0; i < 3; ++i) {
    wire.send(plain_get);
    CHECK_THAT(wire.receive(1), ContainsSubstring("injected 200"));
  }
  const auto begun = std::chrono::steady_clock::now();
  const auto ending = wire.receive_to_end();
  CHECK(ending.bytes.empty());
  CHECK_FALSE(ending.error);
  CHECK(std::chrono::steady_clock::now() - begun >= 150ms);  // not early
}

TEST_CASE("after a half-close the upstream takes further requests and never answers them") {
  const Served server(always("errors=half-close:100%"));
  auto wire = server.wire();
  wire.send(plain_get);
  CHECK_THAT(wire.receive_to_end().bytes, ContainsSubstring("injected 200"));
  CHECK(wire.send(plain_get));
  CHECK(server.upstream.connections().open_now == 1);
  wire.leave();
  CHECK(eventually([&] { return server.upstream.connections().open_now == 0; }));
  CHECK(server.first_phase().requests == 1);
}

TEST_CASE("a slow close has the body end with the connection, which comes late") {
  const Served server(always("errors=slow-close(after=150ms):100%"));
  auto wire = server.wire();
  const auto begun = std::chrono::steady_clock::now();
  wire.send(plain_get);
  const auto bytes = wire.receive(1);
  CHECK(bytes.find("Content-Length") == std::string::npos);
  CHECK_THAT(bytes, ContainsSubstring("injected 200"));
  const auto rest = wire.receive_to_end();
  CHECK(rest.bytes.empty());
  CHECK_FALSE(rest.error);
  CHECK(std::chrono::steady_clock::now() - begun >= 150ms);
}

TEST_CASE("a status brings the fields and the page that it was given") {
  const auto [head, body, error] =
      met("502(retry-after=7s,body=html,header=X-Reason:overload):100%", last_get);
  CHECK_THAT(head, StartsWith("HTTP/1.1 502 Bad Gateway\r\n"));
  CHECK_THAT(head, ContainsSubstring("Retry-After: 7\r\n"));
  CHECK_THAT(head, ContainsSubstring("X-Reason: overload\r\n"));
  CHECK_THAT(head, ContainsSubstring("Content-Type: text/html\r\n"));
  CHECK_THAT(body, ContainsSubstring("<h1>502 Bad Gateway</h1>"));
  CHECK_THAT(head, ContainsSubstring("Content-Length: " + std::to_string(body.size()) + "\r\n"));
}

TEST_CASE("to HEAD an answer that is cut within its body has the head only, and the end") {
  const auto [head, body, error] = met("truncate:100%", "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK_THAT(head, ContainsSubstring("Content-Length: 13\r\n"));
  CHECK(body.empty());
}

TEST_CASE("a page is as large as asked for") {
  CHECK(met("503(size=8MB):100%", last_get).body.size() == 8'000'000);
}

TEST_CASE("what is sent before a reset always arrives") {
  const Served server(always("errors=reset(at=head):100%"));
  for (int i = 0; i < 50; ++i) {
    const auto ending = server.exchange(plain_get);
    CHECK_THAT(ending.bytes, Catch::Matchers::EndsWith("\r\n\r\n"));
    CHECK(ending.error.value() == ECONNRESET);
  }
}

TEST_CASE("a body comes at its bandwidth, never early, and whole") {
  const Served server(always("size=20KB bandwidth=100KB/s"));
  auto wire = server.wire();
  const auto begun = std::chrono::steady_clock::now();
  wire.send(last_get);
  const auto ending = wire.receive_to_end();
  CHECK(std::chrono::steady_clock::now() - begun >= 200ms);
  CHECK_FALSE(ending.error);
  CHECK_THAT(ending.bytes, ContainsSubstring("Content-Length: 20000\r\n"));
  CHECK(ending.bytes.size() - ending.bytes.find("\r\n\r\n") - 4 == 20'000);
}

TEST_CASE("a stream of events comes in order, and one that dies has no end") {
  const auto stream_of = [](const std::string& more) {
    const Served server(always("stream=events=10,every=1ms" + more));
    return server.exchange(last_get).bytes;
  };
  const auto bytes = stream_of("");
  CHECK_THAT(bytes, ContainsSubstring("Content-Type: text/event-stream\r\n"));
  std::size_t at = 0;
  for (int event = 1; event <= 10; ++event) {
    const auto next = bytes.find("id: " + std::to_string(event) + "\n", at);
    REQUIRE(next != std::string::npos);
    at = next;
  }
  CHECK_THAT(bytes, Catch::Matchers::EndsWith("\r\n0\r\n\r\n"));

  const auto dead = stream_of(",die=100%@30%");
  CHECK(occurrences(dead, "id: ") == 3);
  CHECK(dead.find("\r\n0\r\n") == std::string::npos);

  const auto failed = stream_of(",error=100%@30%");
  CHECK(occurrences(failed, "id: ") == 3);
  CHECK_THAT(failed, ContainsSubstring("event: error\n"));
  CHECK_THAT(failed, Catch::Matchers::EndsWith("\r\n0\r\n\r\n"));
}

TEST_CASE("a stream to HTTP/1.0 has no chunks, and its end is that of the connection") {
  const std::string request = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  for (const std::string mishap : {"", ",die=100%@50%", ",error=100%@50%"}) {
    CAPTURE(mishap);
    const Served server(always("stream=events=4,every=1ms" + mishap));
    // What is asked behind it is not answered.
    const auto ending = server.exchange(request + request);
    CHECK_FALSE(ending.error);
    CHECK(occurrences(ending.bytes, "HTTP/1.1 200 OK") == 1);
    CHECK(occurrences(ending.bytes, "Connection: close\r\n") == 1);
    CHECK(ending.bytes.find("keep-alive") == std::string::npos);
    CHECK(ending.bytes.find("chunked") == std::string::npos);
    CHECK(ending.bytes.find("Content-Length") == std::string::npos);
    CHECK_THAT(ending.bytes, ContainsSubstring("\r\n\r\nid: 1\ndata: {"));
    CHECK_THAT(ending.bytes, Catch::Matchers::EndsWith("}\n\n"));
    CHECK(occurrences(ending.bytes, "id: ") == (mishap.empty() ? 4 : 2));
    CHECK(occurrences(ending.bytes, "event: error\n") == (mishap.starts_with(",error") ? 1 : 0));
  }
}

TEST_CASE("a stream to HTTP/1.0 that stalls keeps the connection open") {
  const Served server(always("stream=events=4,every=1ms,stall=100%@50%"));
  auto wire = server.wire();
  wire.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  std::string got;
  while (occurrences(got, "\n\n") < 2) {
    const auto more = wire.receive(1);
    REQUIRE_FALSE(more.empty());
    got += more;
  }
  CHECK_FALSE(wire.readable_within(30ms));
  CHECK(got.find("chunked") == std::string::npos);
}
