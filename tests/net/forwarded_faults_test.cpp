// What the faults of a proxy make of the answer that its service has given.
#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include "net/forwarder.hpp"
#include "tests/net/passing.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/net/served.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net::testing {
namespace {

using namespace std::chrono_literals;
using Counts = decltype(faults::PhaseLedger::injected);

const std::string by_length =
    "HTTP/1.1 201 Made\r\nContent-Length: 10\r\nX-Own: a\r\n\r\n0123456789";
const std::string by_chunks = "HTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\nX-Own: a\r\n\r\n";

ScriptedServer::Script says(std::vector<std::string> pieces, Reply::Then then = Reply::Then::keep) {
  return [reply = Reply{std::move(pieces), then}](const std::string&) { return reply; };
}

// A head as the proxy passes it on.
std::string passed(const std::string& framing) {
  return "HTTP/1.1 201 Made\r\n" + framing + "X-Own: a\r\n";
}

const std::string own_fields = "Via: 1.1 tripcurve\r\nX-Tripcurve-Request: 0\r\n";
const std::string length_10 = "Content-Length: 10\r\n";
const std::string in_chunks = "Transfer-Encoding: chunked\r\n";

std::string with_length() { return passed(length_10) + own_fields + "\r\n"; }
std::string put_into_chunks() { return passed("") + in_chunks + own_fields + "\r\n"; }

Wire::Ending met(const ScriptedServer::Script& script, const std::string& faults,
                 const std::string& request = plain_get) {
  const Passing it(script, faults);
  auto ending = it.proxy.exchange(request);
  CHECK(it.service.requests().size() == 1);
  return ending;
}

TEST_CASE("forwarded faults: what is done to an answer is done to the one the service gave") {
  struct Case {
    std::string kind;
    std::string bytes;
    int error = 0;
  };
  for (const auto& [kind, bytes, error] : std::vector<Case>{
           {"truncate", with_length() + "01234"},
           {"truncate(at=3B)", with_length() + "012"},
           {"truncate(at=head)", with_length()},
           {"reset(at=head)", with_length(), ECONNRESET},
           {"reset(at=50%)", with_length() + "01234", ECONNRESET},
           {"reset(at=90%)", with_length() + "012345678", ECONNRESET},
           {"close", with_length() + "0123456789"},
           {"close(after=1ms)", with_length() + "0123456789"},
           {"malformed-chunk", put_into_chunks() + "5\r\n01234\r\nzz\r\n"},
           {"slow-close(after=1ms)",
            passed("") + own_fields + "Connection: close\r\n\r\n0123456789"},
       }) {
    CAPTURE(kind);
    const Passing it(says({by_length}), "errors=" + kind + ":100%");
    const auto ending = it.proxy.exchange(plain_get);
    CHECK(ending.bytes == bytes);
    CHECK(ending.error.value() == error);
    CHECK(it.service.requests().size() == 1);
    CHECK(it.proxy.first_phase().injected == Counts{{kind, 1}});
  }
}

TEST_CASE("forwarded faults: a hang within the body sends what comes before it, and no more") {
  const Passing it(says({by_length}), "errors=hang(at=body):100%");
  auto client = it.proxy.wire();
  client.send(plain_get);
  CHECK(client.receive(with_length().size() + 5) == with_length() + "01234");
  CHECK_FALSE(client.readable_within(50ms));
  client.leave();
  CHECK(eventually([&] { return it.proxy.upstream.connections().open_now == 0; }));
}

TEST_CASE("forwarded faults: a flood of header fields stands in the service's own head") {
  const auto [bytes, error] =
      met(says({by_length}), "errors=header-flood(size=1KB):100%", last_get);
  CHECK(bytes.starts_with("HTTP/1.1 201 Made\r\nX-Flood-0: "));
  CHECK(has(bytes, "X-Own: a\r\n"));
  CHECK(bytes.ends_with("\r\n\r\n0123456789"));
}

TEST_CASE("forwarded faults: an endless body begins with the service's") {
  const Passing it(says({by_length}), "errors=endless:100%");
  auto client = it.proxy.wire();
  client.send(plain_get);
  const auto begin = put_into_chunks() + "a\r\n0123456789\r\n";
  const auto got = client.receive(std::size_t{1} << 20U);
  CHECK(got.starts_with(begin));
  CHECK(got.size() >= std::size_t{1} << 20U);
}

TEST_CASE(
    "forwarded faults: while some read endless bodies faster than these are made, others are "
    "served") {
  const Passing it(says({by_length}), "errors=seq(endless*4,200*40) body=slice=1B,every=0ms");
  const GreedyClients greedy(it.proxy, 4);
  REQUIRE(eventually([&] { return it.proxy.first_phase().requests == 4; }));
  for (int i = 0; i < 10; ++i) {
    CHECK(has(it.ask(last_get), "0123456789"));
  }
}

TEST_CASE("forwarded faults: a share of a body of unknown length is one of what comes first") {
  const auto [bytes, error] =
      met(says({by_chunks + "4\r\nabcd\r\n", "4\r\nefgh\r\n0\r\n\r\n"}), "errors=truncate:100%");
  CHECK(bytes.starts_with(passed(in_chunks) + own_fields + "\r\n"));
  CHECK(has(bytes, "\r\nab"));
  CHECK_FALSE(has(bytes, "gh"));
  CHECK_FALSE(has(bytes, "\r\n0\r\n"));
}

TEST_CASE("forwarded faults: so many bytes of a body of unknown length are so many") {
  const auto [bytes, error] = met(says({by_chunks + "4\r\nabcd\r\n", "4\r\nefgh\r\n0\r\n\r\n"}),
                                  "errors=reset(at=6B):100%");
  CHECK(has(bytes, "ef"));
  CHECK_FALSE(has(bytes, "gh"));
  CHECK(error.value() == ECONNRESET);
}

TEST_CASE("forwarded faults: a cut shows though the end of the connection would end the body") {
  const auto [bytes, error] =
      met(says({"HTTP/1.1 201 Made\r\nX-Own: a\r\n\r\n0123456789"}, Reply::Then::close),
          "errors=truncate(at=4B):100%");
  CHECK(bytes == put_into_chunks() + "4\r\n0123\r\n");
}

TEST_CASE(
    "forwarded faults: an answer that has no body keeps its head, and is ended all the same") {
  const std::string reply = "HTTP/1.1 201 Made\r\nContent-Length: 10\r\nX-Own: a\r\n\r\n";
  const std::string head = "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const std::string kind : {"truncate", "malformed-chunk", "reset(at=head)"}) {
    CAPTURE(kind);
    const auto [bytes, error] = met(says({reply}), "errors=" + kind + ":100%", head);
    CHECK(bytes == with_length());
    CHECK((error.value() == ECONNRESET) == kind.starts_with("reset"));
  }
}

TEST_CASE("forwarded faults: to HEAD, what never ends for others has ended with its head") {
  for (const std::string kind : {"endless", "close(after=1h)"}) {
    CAPTURE(kind);
    const Passing it(says({"HTTP/1.1 201 Made\r\nContent-Length: 10\r\n\r\n"}),
                     "errors=" + kind + ":100%");
    auto client = it.proxy.wire();
    for (int i = 0; i < 2; ++i) {
      client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
      CHECK(has(client.receive(12), "HTTP/1.1 201"));
    }
  }
}

TEST_CASE("forwarded faults: an answer that breaks off by itself does so within a fault, too") {
  const auto [bytes, error] = met(
      says({"HTTP/1.1 201 Made\r\nContent-Length: 10\r\nX-Own: a\r\n\r\n012"}, Reply::Then::close),
      "errors=close:100%");
  CHECK(bytes == with_length() + "012");
}

TEST_CASE("forwarded shapes: a bandwidth lets no byte of the service's answer out early") {
  const Passing it(says({"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n" + std::string(400, 'x')}),
                   "bandwidth=1KB/s");
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = it.ask(last_get);
  CHECK(std::chrono::steady_clock::now() - begin >= 400ms);
  CHECK(answer.ends_with("\r\n\r\n" + std::string(400, 'x')));
  CHECK(it.proxy.first_phase().served == 1);
}

TEST_CASE("forwarded shapes: slices of the service's answer go out with their gaps") {
  const Passing it(says({by_chunks + "6\r\nabcdef\r\n0\r\n\r\n"}), "body=slice=2B,every=100ms");
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = it.ask(last_get);
  CHECK(std::chrono::steady_clock::now() - begin >= 200ms);
  CHECK(answer.ends_with("2\r\nab\r\n2\r\ncd\r\n2\r\nef\r\n0\r\n\r\n"));
}

TEST_CASE("forwarded shapes: the rest of the service's head comes late") {
  const Passing it(says({by_length}), "body=head=1h");
  auto client = it.proxy.wire();
  client.send(plain_get);
  CHECK(client.receive(19) == "HTTP/1.1 201 Made\r\n");
}

TEST_CASE("forwarded shapes: a slow line keeps the service waiting, not its answer in memory") {
  const auto listener = listening_socket();
  const Served proxy(always("bandwidth=1KB/s"), {.service = service_at(port_of(listener))});
  auto client = proxy.wire();
  client.send(plain_get);
  const Socket service(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n";
  ::send(service.fd(), head.data(), head.size(), MSG_NOSIGNAL);
  const std::string piece(1 << 16, 'x');
  std::size_t sent = 0;
  pollfd writable{service.fd(), POLLOUT, 0};
  while (sent < 500'000'000 && ::poll(&writable, 1, 200) > 0) {
    sent += static_cast<std::size_t>(
        std::max<ssize_t>(0, ::send(service.fd(), piece.data(), piece.size(), MSG_NOSIGNAL)));
  }
  CHECK(sent < 50'000'000);  // what the system keeps
  CHECK(has(client.receive(100), "200 OK"));
}

TEST_CASE("forwarded shapes: the connection to the service is used again after a slow answer") {
  const Passing it(says({by_length}), "bandwidth=1MB/s");
  auto client = it.proxy.wire();
  for (int i = 0; i < 3; ++i) {
    client.send(plain_get);
    CHECK(client.receive(with_length().size() + 10).ends_with("0123456789"));
  }
  CHECK(it.service.accepted() == 1);
}

TEST_CASE("forwarded shapes: HTTP/1.0 gets a body of unknown length up to the connection's end") {
  const auto [bytes, error] = met(says({by_chunks + "6\r\nabcdef\r\n0\r\n\r\n"}), "bandwidth=1MB/s",
                                  "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(bytes == passed("") + own_fields + "Connection: close\r\n\r\nabcdef");
}

}  // namespace
}  // namespace tripcurve::net::testing
