// What the faults of a proxy make of a connection that its service has upgraded, and how faults
// count that find nothing to do.
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
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

const std::string asks_for_upgrade =
    "GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const std::string agreed =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";

// A service that upgrades, at the other end of a proxy with these faults.
struct Upgraded {
  explicit Upgraded(const std::string& faults)
      : listener(listening_socket()),
        proxy(always(faults), {.service = service_at(port_of(listener))}),
        client(proxy.wire()),
        service(accepted()) {
    say(agreed);
  }

  void say(const std::string& bytes) const {
    ::send(service.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  // So much of what the client has sent, or less if that ends.
  [[nodiscard]] std::string heard(std::size_t count) const {
    std::string bytes(count, '\0');
    const auto got = ::recv(service.fd(), bytes.data(), count, MSG_WAITALL);
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return bytes;
  }
  // The client has read the head of the agreement.
  void agree() {
    std::string head;
    while (!has(head, "\r\n\r\n")) {
      const auto more = client.receive_some(1);
      REQUIRE_FALSE(more.empty());
      head += more;
    }
    CHECK(head.starts_with("HTTP/1.1 101 "));
  }

  Socket listener;
  Served proxy;
  Wire client;
  Socket service;

 private:
  [[nodiscard]] int accepted() {
    client.send(asks_for_upgrade);
    const int fd = ::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC);
    const timeval limit{patience.count(), 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::string head;
    char byte = 0;
    while (!has(head, "\r\n\r\n") && ::recv(fd, &byte, 1, 0) == 1) {
      head += byte;
    }
    return fd;
  }
};

TEST_CASE("upgraded: so many of the service's bytes come, and then the connection ends") {
  struct Case {
    std::string kind;
    std::string bytes;
    int error = 0;
  };
  for (const auto& [kind, bytes, error] : std::vector<Case>{
           {"truncate(at=3B)", "012"},
           {"truncate", "01234"},  // of what comes first
           {"truncate(at=head)", ""},
           {"reset(at=7B)", "0123456", ECONNRESET},
           {"reset(at=head)", "", ECONNRESET},
       }) {
    CAPTURE(kind);
    Upgraded it("errors=" + kind + ":100%");
    it.agree();
    it.say("0123456789");
    const auto ending = it.client.receive_to_end();
    CHECK(ending.bytes == bytes);
    CHECK(ending.error.value() == error);
    CHECK(it.heard(1).empty());  // the service is cut off, too
    CHECK(it.proxy.first_phase().injected == Counts{{kind, 1}});
    CHECK(it.proxy.first_phase().spared.empty());
  }
}

TEST_CASE("upgraded: what is cut off counts over all messages of the service") {
  Upgraded it("errors=truncate(at=6B):100%");
  it.agree();
  it.say("0123");
  CHECK(it.client.receive(4) == "0123");
  it.client.send("next");
  CHECK(it.heard(4) == "next");
  it.say("4567");
  CHECK(it.client.receive_to_end().bytes == "45");
}

TEST_CASE("upgraded: a hang sends no more, and still takes what the client sends") {
  Upgraded it("errors=hang(at=3B):100%");
  it.agree();
  it.say("0123456789");
  CHECK(it.client.receive(3) == "012");
  for (int i = 0; i < 3; ++i) {
    CHECK(it.client.send("are you there?"));
    CHECK_FALSE(it.client.readable_within(20ms));
  }
  CHECK(it.proxy.first_phase().injected == Counts{{"hang(at=3B)", 1}});
  it.client.leave();
  CHECK(eventually([&] { return it.proxy.upstream.connections().open_now == 0; }));
}

TEST_CASE("upgraded: a client that keeps on sending is let go after what was cut off") {
  Upgraded it("errors=truncate(at=3B):100%");
  it.agree();
  it.say("0123456789");
  CHECK(it.client.receive_to_end().bytes == "012");
  CHECK(eventually([&] { return !it.client.send("more"); }));
  CHECK(eventually([&] { return it.proxy.upstream.connections().open_now == 0; }));
}

TEST_CASE("upgraded: a bandwidth lets no byte of the service out early, and holds up no other") {
  Upgraded it("bandwidth=1KB/s");
  it.agree();
  const auto begin = std::chrono::steady_clock::now();
  it.say(std::string(400, 'x'));
  it.client.send("quick");
  CHECK(it.heard(5) == "quick");
  CHECK(it.client.receive(400) == std::string(400, 'x'));
  CHECK(std::chrono::steady_clock::now() - begin >= 370ms);  // it catches up 20 ms
  CHECK(it.proxy.first_phase().served == 1);
}

TEST_CASE("upgraded: slices go out with their gaps, and both ends are told on") {
  Upgraded it("body=slice=2B,every=60ms");
  it.agree();
  const auto begin = std::chrono::steady_clock::now();
  it.say("abcdef");
  ::shutdown(it.service.fd(), SHUT_WR);
  CHECK(it.client.receive_to_end().bytes == "abcdef");
  CHECK(std::chrono::steady_clock::now() - begin >= 100ms);
  it.client.send("goodbye");
  it.client.end();
  CHECK(it.heard(8) == "goodbye");
  CHECK(eventually([&] { return it.proxy.upstream.connections().open_now == 0; }));
}

TEST_CASE("upgraded: a slow line ends at once when its client resets") {
  Upgraded it("body=slice=1B,every=1h");
  it.agree();
  it.say("abc");
  CHECK(it.client.receive(1) == "a");
  it.client.reset();
  CHECK(eventually([&] { return it.proxy.upstream.connections().open_now == 0; }));
  CHECK(it.heard(1).empty());
}

TEST_CASE("upgraded: the end of the service comes late after a slow close") {
  Upgraded it("errors=slow-close(after=150ms):100%");
  it.agree();
  it.say("abc");
  const auto begin = std::chrono::steady_clock::now();
  ::shutdown(it.service.fd(), SHUT_WR);
  CHECK(it.client.receive_to_end().bytes == "abc");
  CHECK(std::chrono::steady_clock::now() - begin >= 150ms);
  CHECK(it.proxy.first_phase().injected.front().second == 1);
}

TEST_CASE("upgraded: a flood stands in the head of the agreement") {
  Upgraded it("errors=header-flood(size=1KB):100%");
  it.say("abc");
  ::shutdown(it.service.fd(), SHUT_WR);
  const auto bytes = it.client.receive_to_end().bytes;
  CHECK(bytes.starts_with("HTTP/1.1 101 Switching Protocols\r\nX-Flood-0: "));
  CHECK(has(bytes, "Upgrade: websocket\r\n"));
  CHECK(bytes.ends_with("\r\n\r\nabc"));
}

TEST_CASE("upgraded: a fault that finds nothing to do leaves the bytes alone and is not counted") {
  for (const std::string kind :
       {"malformed-chunk", "endless", "close", "close(after=1ms)", "half-close"}) {
    CAPTURE(kind);
    Upgraded it("errors=" + kind + ":100%");
    it.agree();
    it.say("abc");
    CHECK(it.client.receive(3) == "abc");
    it.client.send("de");
    CHECK(it.heard(2) == "de");
    it.client.end();
    CHECK(it.heard(1).empty());
    it.say("fg");
    ::shutdown(it.service.fd(), SHUT_WR);
    CHECK(it.client.receive_to_end().bytes == "fg");
    const auto counted = it.proxy.first_phase();
    CHECK(counted.requests == 1);
    CHECK(counted.served == 1);
    CHECK(counted.injected == Counts{{kind, 0}});
    CHECK(counted.spared == Counts{{kind, 1}});
  }
}

TEST_CASE("upgraded: a fault that finds nothing to do leaves the pace as it is") {
  Upgraded it("errors=endless:100% body=slice=2B,every=60ms");
  it.agree();
  const auto begin = std::chrono::steady_clock::now();
  it.say("abcdef");
  CHECK(it.client.receive(6) == "abcdef");
  CHECK(std::chrono::steady_clock::now() - begin >= 100ms);
}

TEST_CASE("spared: a service that gives no answer leaves a fault of answers nothing to do") {
  const Served proxy(always("errors=truncate:100%"),
                     {.service = service_at(port_of(bound_socket()))});
  CHECK(has(proxy.exchange(last_get).bytes, " 502 "));
  CHECK(proxy.first_phase().injected == Counts{{"truncate", 0}});
  CHECK(proxy.first_phase().spared == Counts{{"truncate", 1}});
  CHECK(proxy.first_phase().served == 1);
}

TEST_CASE("spared: a service that breaks off before its answer does, too") {
  const Passing it([](const std::string&) { return Reply{{}, Reply::Then::close}; },
                   "errors=reset(at=head):100%");
  CHECK(has(it.ask(last_get), " 502 "));
  CHECK(it.proxy.first_phase().spared == Counts{{"reset(at=head)", 1}});
}

TEST_CASE("spared: an answer that is no longer than what is let through is whole, and stays") {
  for (const std::string kind : {"truncate(at=3B)", "hang(at=3B)", "truncate(at=1KB)"}) {
    CAPTURE(kind);
    const Passing it([](const std::string&) { return ok(); }, "errors=" + kind + ":100%");
    auto client = it.proxy.wire();
    for (int i = 0; i < 2; ++i) {
      client.send(plain_get);
      std::string got;
      while (!has(got, "\r\n\r\nok\n")) {
        const auto more = client.receive_some(1);
        REQUIRE_FALSE(more.empty());
        got += more;
      }
    }
    CHECK(it.proxy.first_phase().spared == Counts{{kind, 2}});
  }
}

TEST_CASE("spared: one byte longer, and the answer is cut off") {
  const Passing it([](const std::string&) { return ok(); }, "errors=truncate(at=2B):100%");
  CHECK(it.ask(plain_get).ends_with("\r\n\r\nok"));
  CHECK(it.proxy.first_phase().injected == Counts{{"truncate(at=2B)", 1}});
}

}  // namespace
}  // namespace tripcurve::net::testing
