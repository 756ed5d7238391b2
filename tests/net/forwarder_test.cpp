// A proxy of requests between a client and a service, both of the test.
#include "net/forwarder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <thread>

#include "net/client.hpp"
#include "net/tls/context.hpp"
#include "net/tls/server_tls.hpp"
#include "tests/net/passing.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/net/served.hpp"
#include "tests/net/tls_server.hpp"
#include "tests/net/wire.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net::testing {
namespace {

TEST_CASE("forwarding: what the service answers is the answer, and the proxy tells of itself") {
  const Passing it([](const std::string&) {
    return Reply{{"HTTP/1.1 201 Made\r\nContent-Length: 5\r\nX-Own: a\r\n\r\nhello"}};
  });
  const auto answer = it.ask(last_get);
  CHECK(answer.starts_with("HTTP/1.1 201 Made\r\n"));
  CHECK(has(answer, "X-Own: a\r\n"));
  CHECK(has(answer, "Via: 1.1 tripcurve\r\n"));
  CHECK(has(answer, "X-Tripcurve-Request: 0\r\n"));
  CHECK(answer.ends_with("\r\n\r\nhello"));
}

TEST_CASE("forwarding: hop-by-hop fields, and those that Connection names, stay on their side") {
  const Passing it([](const std::string&) {
    return Reply{
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: X-Secret\r\nX-Secret: 1\r\n"
         "Keep-Alive: timeout=5\r\n\r\n"}};
  });
  const auto answer = it.ask(
      "GET /a?b HTTP/1.1\r\nHost: me.example\r\nConnection: close, X-Hop, Host\r\nX-Hop: 1\r\n"
      "Keep-Alive: 5\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nUpgrade: h2c\r\n"
      "X-End: 2\r\n\r\n");
  const auto asked = it.asked();
  CHECK(asked.starts_with("GET /a?b HTTP/1.1\r\n"));
  for (const auto* hop : {"X-Hop", "Keep-Alive", "Proxy-Connection", "TE:", "Upgrade"}) {
    CHECK_FALSE(has(asked, hop));
  }
  CHECK(has(asked, "X-End: 2"));
  CHECK(has(asked, "Host: 127.0.0.1:" + std::to_string(it.service.port())));
  CHECK(has(asked, "X-Forwarded-Host: me.example"));
  CHECK(has(asked, "Via: 1.1 tripcurve"));
  CHECK_FALSE(has(answer, "X-Secret"));
  CHECK_FALSE(has(answer, "Keep-Alive"));
}

TEST_CASE("forwarding: one connection to the service carries one request after the other") {
  const Passing it([](const std::string&) { return ok(); });
  auto client = it.proxy.wire();
  for (int i = 0; i < 5; ++i) {
    client.send(plain_get);
    CHECK(has(client.receive(60), "200 OK"));
  }
  CHECK(it.service.accepted() == 1);
}

TEST_CASE(
    "forwarding: an answer in chunks stays one, and to HTTP/1.0 it ends with the connection") {
  const Passing it([](const std::string&) {
    return Reply{{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                  "2\r\nde\r\n0\r\n\r\n"}};
  });
  const auto answer = it.ask(last_get);
  CHECK(has(answer, "Transfer-Encoding: chunked\r\n"));
  CHECK(answer.ends_with("\r\n0\r\n\r\n"));
  const auto old = it.ask("GET / HTTP/1.0\r\n\r\n");
  CHECK_FALSE(has(old, "chunked"));
  CHECK(old.ends_with("\r\n\r\nabcde"));
}

TEST_CASE("forwarding: an answer that never ends reaches the client piece by piece") {
  const Passing it([](const std::string&) {
    return Reply{{"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", "data: 1\n\n"}};
  });
  auto client = it.proxy.wire();
  client.send(plain_get);
  std::string got;
  while (!has(got, "data: 1\n\n")) {
    const auto more = client.receive(1);
    REQUIRE_FALSE(more.empty());
    got += more;
  }
}

TEST_CASE("forwarding: an answer that breaks off breaks off for the client, too") {
  const Passing it([](const std::string&) {
    return Reply{{"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"}, Reply::Then::close};
  });
  const auto answer = it.ask(plain_get);
  CHECK(has(answer, "Content-Length: 50\r\n"));
  CHECK(answer.ends_with("half"));
}

TEST_CASE("forwarding: injected faults never reach the service, and are counted") {
  for (const auto& [faults, words] : std::vector<std::pair<std::string, std::string>>{
           {"errors=503:100%", "503"}, {"errors=empty:100%", ""}, {"errors=reset:100%", ""}}) {
    const Passing it([](const std::string&) { return ok(); }, faults);
    const auto ending = it.proxy.exchange(last_get);
    CHECK(has(ending.bytes, words));
    CHECK((ending.error.value() == ECONNRESET) == has(faults, "reset"));
    CHECK(it.service.requests().empty());
    CHECK(it.proxy.first_phase().requests == 1);
    CHECK(it.proxy.first_phase().served == 0);
  }
}

TEST_CASE(
    "forwarding: a fault that is an answer of its own is as at an upstream, and asks no service") {
  for (const std::string kind : {"503", "503(retry-after=2s)", "200(size=1KB)", "malformed-head",
                                 "garbage", "empty", "reset"}) {
    const auto faults = "errors=" + kind + ":100%";
    const Served upstream(always(faults));
    const Passing it([](const std::string&) { return ok(); }, faults);
    const auto expected = upstream.exchange(last_get);
    const auto ending = it.proxy.exchange(last_get);
    CAPTURE(kind);
    CHECK(ending.bytes == expected.bytes);
    CHECK(ending.error == expected.error);
    CHECK(it.service.requests().empty());
  }
}

TEST_CASE("forwarding: without faults every request is served by the service") {
  const Passing it([](const std::string&) { return ok(); });
  CHECK(has(it.ask(last_get), "200 OK"));
  CHECK(it.proxy.first_phase().served == 1);
}

TEST_CASE("forwarding: a service that is not there is a 502, which says so") {
  const auto port = port_of(bound_socket());
  const Served proxy(always(""), {.service = service_at(port)});
  const auto answer = proxy.exchange(last_get).bytes;
  CHECK(answer.starts_with("HTTP/1.1 502 "));
  CHECK(has(answer, "127.0.0.1:" + std::to_string(port) + " cannot be reached"));
}

TEST_CASE("forwarding: a service that hangs up without an answer is a 502") {
  const Passing it([](const std::string&) { return Reply{{}, Reply::Then::close}; });
  CHECK(it.ask(last_get).starts_with("HTTP/1.1 502 "));
}

TEST_CASE("forwarding: a kept connection that has ended is noticed, and the request goes again") {
  int answers = 0;
  const Passing it([&answers](const std::string&) -> std::optional<Reply> {
    // The second request on a connection finds it closed.
    return ++answers % 2 == 1 ? ok() : Reply{{}, Reply::Then::close};
  });
  auto client = it.proxy.wire();
  for (int i = 0; i < 4; ++i) {
    client.send(plain_get);
    CHECK(has(client.receive(60), "200 OK"));
  }
}

TEST_CASE("forwarding: smuggled requests are refused, and reach no service") {
  for (const std::string request :
       {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity, xchunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "GET / HTTP/1.1\r\n Host: x\r\n\r\n", "GET\r\n\r\n",
        "\x16\x03\x01\r\n\r\n"}) {
    const Passing it([](const std::string&) { return ok(); });
    CHECK(it.ask(request).starts_with("HTTP/1.1 400 "));
    CHECK(it.service.requests().empty());
  }
}

TEST_CASE("forwarding: a head that does not end is refused at 16 KiB") {
  const Passing it([](const std::string&) { return ok(); });
  auto client = it.proxy.wire();
  client.send("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(1 << 20, 'x'));
  CHECK(client.receive(12).starts_with("HTTP/1.1 431"));
}

TEST_CASE("forwarding: a client that leaves takes its request with it") {
  const Passing it([](const std::string&) { return std::nullopt; });
  {
    auto client = it.proxy.wire();
    client.send(plain_get);
    CHECK(eventually([&] { return it.service.requests().size() == 1; }));
  }
  CHECK(eventually([&] { return it.service.closed_by_peer() == 1; }));
  CHECK(eventually([&] { return it.proxy.upstream.connections().open_now == 0; }));
}

TEST_CASE("forwarding: a client that has sent more than its request is missed all the same") {
  const Passing it([](const std::string&) { return std::nullopt; });
  {
    auto client = it.proxy.wire();
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody" + plain_get);
    CHECK(eventually([&] { return it.service.requests().size() == 1; }));
  }
  CHECK(eventually([&] { return it.service.closed_by_peer() == 1; }));
}

TEST_CASE("forwarding: a client that leaves while its request is delayed never had it sent") {
  const Passing it([](const std::string&) { return ok(); }, "latency=1h");
  {
    auto client = it.proxy.wire();
    client.send(plain_get);
    CHECK(eventually([&] { return it.proxy.first_phase().requests == 1; }));
  }
  CHECK(eventually([&] { return it.proxy.upstream.connections().open_now == 0; }));
  CHECK(it.service.requests().empty());
}

TEST_CASE("forwarding: a client that leaves over TLS takes its request with it") {
  const bool ends_tls = GENERATE(true, false);
  const ScriptedServer service([](const std::string&) { return std::nullopt; });
  const auto tls = std::make_shared<ServerTls>();
  const Served proxy(always(""), {.service = service_at(service.port()), .tls = tls});
  {
    boost::asio::io_context io;
    auto context = client_context({.ca = tls->authority()}).value();
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket> client(io, context);
    client.next_layer().connect({boost::asio::ip::address_v4::loopback(), proxy.upstream.port()});
    set_server(client.native_handle(), "localhost");
    client.handshake(boost::asio::ssl::stream_base::client);
    boost::asio::write(client, boost::asio::buffer(plain_get));
    CHECK(eventually([&] { return service.requests().size() == 1; }));
    if (ends_tls) {
      client.async_shutdown([](const boost::system::error_code&) {});
      io.poll();
    }
    client.next_layer().close();
  }
  CHECK(eventually([&] { return service.closed_by_peer() == 1; }));
  CHECK(eventually([&] { return proxy.upstream.connections().open_now == 0; }));
}

TEST_CASE("forwarding: one TLS connection to the service carries one request after the other") {
  const CertificateAuthority authority;
  const TlsServer service(authority.issue(CertificateFlaw::none),
                          {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"});
  auto target = parse_target("https://127.0.0.1:" + std::to_string(service.port())).value();
  REQUIRE_FALSE(resolve(target));
  target.tls = Trust{.ca = authority.pem()};
  const Served proxy(always(""), {.service = std::make_shared<const Target>(target)});
  auto client = proxy.wire();
  for (int i = 0; i < 5; ++i) {
    client.send(plain_get);
    CHECK(has(client.receive(60), "200 OK"));
  }
  CHECK(service.requests() == 5);
  CHECK(service.handshakes() == 1);
}

TEST_CASE("forwarding: an upgrade makes a tunnel, both ways, until both have ended") {
  const auto listener = listening_socket();
  const Served proxy(always(""), {.service = service_at(port_of(listener))});
  auto client = proxy.wire();
  client.send(
      "GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly");
  const Socket service(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
  std::string asked;
  while (!has(asked, "\r\n\r\n")) {
    char byte = 0;
    REQUIRE(::recv(service.fd(), &byte, 1, 0) == 1);
    asked += byte;
  }
  CHECK(has(asked, "Upgrade: websocket\r\n"));
  CHECK(has(asked, "Connection: upgrade\r\n"));
  const std::string agreed =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nfirst";
  REQUIRE(::send(service.fd(), agreed.data(), agreed.size(), 0) > 0);
  std::string got;
  while (!has(got, "\r\n\r\nfirst")) {
    const auto more = client.receive(1);
    REQUIRE_FALSE(more.empty());
    got += more;
  }
  CHECK(got.starts_with("HTTP/1.1 101 "));
  char early[5];
  REQUIRE(::recv(service.fd(), early, 5, MSG_WAITALL) == 5);
  CHECK(std::string(early, 5) == "early");
  client.send("ping");
  client.end();
  char ping[4];
  REQUIRE(::recv(service.fd(), ping, 4, MSG_WAITALL) == 4);
  CHECK(::recv(service.fd(), ping, 4, 0) == 0);
  REQUIRE(::send(service.fd(), "pong", 4, 0) == 4);  // after the client's end
  ::shutdown(service.fd(), SHUT_WR);
  CHECK(client.receive_to_end().bytes == "pong");
}

TEST_CASE("forwarding: bodies pass both ways at once, with back-pressure") {
  const auto listener = listening_socket();
  const Served proxy(always(""), {.service = service_at(port_of(listener))});
  constexpr std::size_t size = std::size_t{8} << 20U;
  std::jthread service([&] {
    const Socket socket(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    const std::string head =
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
    ::send(socket.fd(), head.data(), head.size(), MSG_NOSIGNAL);
    std::string request;
    std::string buffer(1 << 16, '\0');
    std::size_t echoed = 0;
    while (echoed < size) {
      const auto got = ::recv(socket.fd(), buffer.data(), buffer.size(), 0);
      if (got <= 0) {
        return;
      }
      std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
      if (!has(request, "\r\n\r\n")) {
        request += bytes;
        const auto end = request.find("\r\n\r\n");
        bytes = end == std::string::npos ? "" : std::string_view(request).substr(end + 4);
      }
      echoed += bytes.size();
      while (!bytes.empty()) {
        const auto sent = ::send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
          return;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      }
    }
  });
  auto client = proxy.wire();
  std::jthread sender([&] {
    client.send("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
                std::to_string(size) + "\r\n\r\n");
    const std::string piece(1 << 16, 'x');
    for (std::size_t sent = 0; sent < size; sent += piece.size()) {
      client.send(piece);
    }
  });
  const auto ending = client.receive_to_end();
  const auto body = ending.bytes.find("\r\n\r\n") + 4;
  CHECK(ending.bytes.size() - body == size);
}

TEST_CASE("forwarding: 100 Continue of the service lets the client send its body") {
  const auto listener = listening_socket();
  const Served proxy(always(""), {.service = service_at(port_of(listener))});
  auto client = proxy.wire();
  client.send("PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  const Socket service(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
  const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  ::send(service.fd(), go_on.data(), go_on.size(), 0);
  CHECK(client.receive(25).starts_with("HTTP/1.1 100 Continue\r\n"));
  client.send("body");
  std::string asked;
  while (!has(asked, "\r\n\r\nbody")) {
    char byte = 0;
    REQUIRE(::recv(service.fd(), &byte, 1, 0) == 1);
    asked += byte;
  }
  ::send(service.fd(), "HTTP/1.1 204 No Content\r\n\r\n", 27, 0);
  CHECK(client.receive(12).starts_with("HTTP/1.1 204"));
}

TEST_CASE("forwarding: an interim answer is passed on, but not to HTTP/1.0, which knows none") {
  const auto listener = listening_socket();
  const Served proxy(always(""), {.service = service_at(port_of(listener))});
  const std::string hints = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
  const auto asked_as = [&](const std::string& version) {
    auto client = proxy.wire();
    client.send("GET / " + version + "\r\nHost: x\r\nConnection: close\r\n\r\n");
    const Socket service(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    ::send(service.fd(), (hints + answer).data(), hints.size() + answer.size(), 0);
    return client.receive_to_end().bytes;
  };
  CHECK(asked_as("HTTP/1.1").starts_with("HTTP/1.1 103"));
  const auto old = asked_as("HTTP/1.0");
  CHECK(old.starts_with("HTTP/1.1 200"));
  CHECK(has(old, "\r\n\r\nhi"));
}

}  // namespace
}  // namespace tripcurve::net::testing
