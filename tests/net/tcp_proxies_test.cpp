// TCP proxies on sockets, between a client and an upstream of the test.
#include "net/tcp_proxies.hpp"

#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <stop_token>
#include <thread>

#include "core/random.hpp"
#include "net/tcp_connection.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/net/wire.hpp"
#include "tests/support/catch.hpp"
#include "toxics/toxic.hpp"

namespace tripcurve::net::testing {
namespace {

using toxics::parse_toxic;
using toxics::Proxy;

// Takes connections and hands them to the test.
class RawUpstream {
 public:
  [[nodiscard]] std::uint16_t port() const { return port_of(listener_); }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port()); }
  // Somebody waits to be accepted.
  [[nodiscard]] bool is_asked() const {
    pollfd wanted{listener_.fd(), POLLIN, 0};
    return ::poll(&wanted, 1, 0) > 0;
  }
  [[nodiscard]] Socket accept() const {
    return Socket(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
  }

 private:
  Socket listener_ = listening_socket();
};

std::string read_from(const Socket& socket, std::size_t count) {
  std::string bytes(count, '\0');
  const auto got = ::recv(socket.fd(), bytes.data(), count, MSG_WAITALL);
  bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return bytes;
}

std::string read_to_end(const Socket& socket) {
  std::string bytes;
  for (auto more = read_from(socket, 1); !more.empty(); more = read_from(socket, 1)) {
    bytes += more;
  }
  return bytes;
}

bool write_to(const Socket& socket, std::string_view bytes) {
  return ::send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

struct Proxied {
  explicit Proxied(const std::vector<std::string>& toxics = {}) {
    proxy.name = "it";
    proxy.listen = "127.0.0.1:0";
    proxy.upstream = upstream.address();
    for (const auto& text : toxics) {
      proxy.toxics.push_back(parse_toxic(text).value());
    }
    apply();
  }
  void apply() { proxy = proxies.set(proxy).value(); }
  void set_toxics(const std::vector<std::string>& texts) {
    proxy.toxics.clear();
    for (const auto& text : texts) {
      proxy.toxics.push_back(parse_toxic(text).value());
    }
    apply();
  }
  [[nodiscard]] std::uint16_t port() const {
    return static_cast<std::uint16_t>(std::stoi(proxy.listen.substr(proxy.listen.rfind(':') + 1)));
  }
  [[nodiscard]] toxics::Traffic traffic() const { return proxies.all().front().traffic; }

  RawUpstream upstream;
  SteadyClock clock;
  TcpProxies proxies{clock, Random(1)};
  Proxy proxy;
};

TEST_CASE("bytes go both ways as they are, and each end is passed on by itself") {
  Proxied it;
  Wire client(it.port());
  const auto server = it.upstream.accept();
  CHECK(client.send("hello\0world"));
  CHECK(read_from(server, 5) == "hello");
  CHECK(write_to(server, "answer"));
  CHECK(client.receive(6) == "answer");
  client.end();
  CHECK(read_to_end(server).empty());
  CHECK(write_to(server, "and more"));  // after the client's end
  ::shutdown(server.fd(), SHUT_WR);
  const auto ending = client.receive_to_end();
  CHECK(ending.bytes == "and more");
  CHECK_FALSE(ending.error);
  CHECK(eventually([&] { return it.traffic().open_now == 0; }));
  const auto traffic = it.traffic();
  CHECK(traffic.connections == 1);
  CHECK(traffic.received_up == traffic.sent_up);
  CHECK(traffic.received_down == 14);
  CHECK(traffic.sent_down == 14);
}

TEST_CASE("a reset by the upstream is a reset for the client, and the other way round") {
  Proxied it;
  const linger at_once{1, 0};
  {
    Wire client(it.port());
    {
      const auto server = it.upstream.accept();
      ::setsockopt(server.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    CHECK(client.receive_to_end().error.value() == ECONNRESET);
  }
  auto client = std::make_unique<Socket>(::socket(AF_INET, SOCK_STREAM, 0));
  const auto address = Wire::loopback(it.port());
  REQUIRE(::connect(client->fd(), Wire::generic(address), sizeof address) == 0);
  const auto server = it.upstream.accept();
  ::setsockopt(client->fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  client.reset();
  char byte = 0;
  const auto got = ::recv(server.fd(), &byte, 1, 0);
  const auto error = errno;  // before anything else may set it
  CHECK(got == -1);
  CHECK(error == ECONNRESET);
}

TEST_CASE(
    "an upstream's reset is one for the client, though it comes before the proxy has looked") {
  namespace asio = boost::asio;
  asio::io_context io;
  const TcpSurroundings surroundings{io, SteadyClock(), {}};
  toxics::Traffic traffic;
  const RawUpstream upstream;
  asio::ip::tcp::acceptor door(io, {asio::ip::address_v4::loopback(), 0});
  Wire client(door.local_endpoint().port());
  const auto connection =
      std::make_shared<TcpConnection>(door.accept(), surroundings, Random(1), traffic);
  connection->start("127.0.0.1", std::to_string(upstream.port()), {}, [] {});
  // Up to the step that connects, and not to the one that sees what came of it.
  REQUIRE(eventually([&] { return upstream.is_asked() || (io.poll_one(), false); }));
  {
    const linger at_once{1, 0};
    const auto server = upstream.accept();
    ::setsockopt(server.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  CHECK(eventually([&] { return io.poll(), traffic.open_now == 0; }));
  CHECK(client.receive_to_end().error.value() == ECONNRESET);
  CHECK(traffic.unreachable == 0);
}

TEST_CASE("65,535 numbers arrive in order while a latency toxic comes and goes in a tight loop") {
  Proxied it;
  Wire client(it.port());
  const auto server = it.upstream.accept();
  std::jthread toxics([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      it.set_toxics({"upstream latency(latency=1s)"});
      it.set_toxics({});
    }
  });
  std::jthread sender([&] {
    for (unsigned i = 0; i < 65'535; ++i) {
      const char number[2] = {static_cast<char>(i >> 8U), static_cast<char>(i & 0xffU)};
      client.send({number, 2});
    }
    client.end();
  });
  unsigned next = 0;
  for (auto number = read_from(server, 2); number.size() == 2; number = read_from(server, 2)) {
    const auto got = static_cast<unsigned>(static_cast<unsigned char>(number[0])) << 8U |
                     static_cast<unsigned char>(number[1]);
    REQUIRE(got == next);
    ++next;
  }
  CHECK(next == 65'535);
}

TEST_CASE("a reader that does not read holds the sender up, and nothing is lost") {
  Proxied it;
  Wire client(it.port());
  const auto server = it.upstream.accept();
  constexpr std::size_t size = std::size_t{64} << 20U;
  std::jthread sender([&] {
    CHECK(client.send(std::string(size, 'x')));
    client.end();
  });
  // It comes to rest: sockets and proxy hold what they can.
  std::uint64_t received = 0;
  CHECK(eventually([&] {
    const auto before = std::exchange(received, it.traffic().received_up);
    return received > 0 && received == before;
  }));
  std::string buffer(1 << 20, '\0');
  std::size_t got = 0;
  for (;;) {
    const auto n = ::recv(server.fd(), buffer.data(), buffer.size(), 0);
    if (n <= 0) {
      break;
    }
    got += static_cast<std::size_t>(n);
  }
  CHECK(got == size);
}

TEST_CASE("limit_data lets the client have exactly its bytes, and then an orderly end") {
  Proxied it({"limit_data(bytes=5B)"});
  Wire client(it.port());
  const auto server = it.upstream.accept();
  CHECK(client.send("a request that is not read"));
  CHECK(write_to(server, "0123456789"));
  const auto ending = client.receive_to_end();
  CHECK(ending.bytes == "01234");
  CHECK_FALSE(ending.error);
}

TEST_CASE("reset_peer is a real reset, for a new connection and for one that was there before") {
  Proxied it;
  Wire before(it.port());
  const auto server = it.upstream.accept();
  it.set_toxics({"reset_peer(timeout=0ms)"});
  Wire after(it.port());
  const auto second = it.upstream.accept();
  CHECK(write_to(server, "x"));
  CHECK(write_to(second, "x"));
  CHECK(before.receive_to_end().error.value() == ECONNRESET);
  CHECK(after.receive_to_end().error.value() == ECONNRESET);
}

TEST_CASE("to remove a timeout of 0 closes both sides") {
  Proxied it({"timeout"});
  Wire client(it.port());
  const auto server = it.upstream.accept();
  CHECK(write_to(server, "lost"));
  it.set_toxics({});
  CHECK(client.receive_to_end().bytes.empty());
  CHECK(read_to_end(server).empty());
}

TEST_CASE(
    "a disabled proxy refuses, and has let its clients go, and when enabled again takes the same "
    "port") {
  Proxied it;
  Wire client(it.port());
  const auto server = it.upstream.accept();
  it.proxy.enabled = false;
  it.apply();
  CHECK(client.receive_to_end().bytes.empty());
  CHECK_FALSE(Wire(it.port()).connected());
  const auto port = it.port();
  it.proxy.enabled = true;
  it.apply();
  CHECK(it.port() == port);
  CHECK(Wire(port).connected());
}

TEST_CASE(
    "a proxy whose port is taken is not made, and one that should move there stays as it was") {
  Proxied it;
  Proxy other{.name = "other", .listen = it.proxy.listen, .upstream = it.proxy.upstream};
  const auto refused = it.proxies.set(other);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message ==
        "listen tcp " + it.proxy.listen + ": bind: address already in use");
  CHECK(it.proxies.all().size() == 1);
  other.listen = "127.0.0.1:0";
  other = it.proxies.set(other).value();
  auto wish = other;
  wish.listen = it.proxy.listen;
  CHECK_FALSE(it.proxies.set(wish).ok());
  CHECK(it.proxies.all()[1].proxy == other);
}

TEST_CASE("a client of an upstream that is not there is let go, and counted") {
  Proxied it;
  it.proxy.upstream = "127.0.0.1:" + std::to_string(port_of(bound_socket()));
  it.apply();
  Wire client(it.port());
  CHECK(client.receive_to_end().bytes.empty());
  CHECK(eventually([&] { return it.traffic().unreachable == 1; }));
}

TEST_CASE("1000 rounds of adding, connecting and removing leave nothing behind") {
  Proxied it;
  for (int i = 0; i < 1000; ++i) {
    it.set_toxics({"latency(latency=1s)", "upstream timeout"});
    Wire client(it.port());
    const auto server = it.upstream.accept();
    it.set_toxics({});
  }
  CHECK(eventually([&] { return it.traffic().open_now == 0; }));
}

}  // namespace
}  // namespace tripcurve::net::testing
