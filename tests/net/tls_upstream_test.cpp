// The upstream over TLS, and the faults of its connections, as clients meet them that are not the
// load's: OpenSSL's own, and raw sockets.
#include <openssl/ssl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <memory>
#include <string>

#include "net/tls/context.hpp"
#include "net/tls/server_tls.hpp"
#include "tests/net/load_run.hpp"
#include "tests/net/served.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using tripcurve::testing::ContainsSubstring;
using tripcurve::testing::StartsWith;
using TestCode = boost::system::error_code;

faults::Plan secure(const std::vector<std::string>& phases) {
  std::vector<faults::PhaseSpec> specs;
  for (const auto& phase : phases) {
    specs.push_back(faults::parse_phase(phase).value());
  }
  return {faults::Upstream{.tls = true}, std::move(specs), Random(1)};
}

struct SecureServed : Served {
  explicit SecureServed(const std::vector<std::string>& phases,
                        std::shared_ptr<const ServerTls> shown = std::make_shared<ServerTls>())
      : Served(secure(phases), {.tls = shown}), tls(std::move(shown)) {}

  std::shared_ptr<const ServerTls> tls;
};

// What an OpenSSL client makes of one request over a connection of its own.
struct Shown {
  TestCode handshake;
  long verdict = X509_V_OK;
  std::string answer;
  TestCode end;
};

Shown ask(const SecureServed& server, std::string_view request, Trust trust) {
  boost::asio::io_context io;
  auto context = client_context(trust).value();
  boost::asio::ssl::stream<tcp::socket> stream(io, context);
  stream.next_layer().connect({boost::asio::ip::address_v4::loopback(), server.upstream.port()});
  set_server(stream.native_handle(), "localhost");
  Shown shown;
  stream.handshake(boost::asio::ssl::stream_base::client, shown.handshake);
  shown.verdict = SSL_get_verify_result(stream.native_handle());
  if (!shown.handshake) {
    boost::asio::write(stream, boost::asio::buffer(request));
    boost::asio::read(stream, boost::asio::dynamic_buffer(shown.answer), shown.end);
  }
  return shown;
}

Shown ask(const SecureServed& server, std::string_view request = last_get) {
  return ask(server, request, {.ca = server.tls->authority()});
}

load::LoadPlan one_after_the_other(Duration timeout) {
  auto plan = closed_loop(1, 300ms);
  plan.timeout = timeout;
  return plan;
}

load::Counts called(const SecureServed& server, Duration timeout) {
  const Target target{.host = "localhost",
                      .port = server.upstream.port(),
                      .loopback = true,
                      .addresses = {"127.0.0.1"},
                      .tls = Trust{.ca = server.tls->authority()}};
  return Run(target, one_after_the_other(timeout), never_opens).counts();
}

}  // namespace

TEST_CASE(
    "an upstream with TLS answers whoever trusts its authority, and ends TLS before the end") {
  const SecureServed server({"only 1h"});
  const auto shown = ask(server);
  CHECK_FALSE(shown.handshake);
  CHECK_THAT(shown.answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK(shown.end == boost::asio::error::eof);  // and not stream_truncated
  const SecureServed other({"only 1h"});
  CHECK(ask(server, last_get, {.ca = other.tls->authority()}).handshake);
}

TEST_CASE("requests over one TLS connection are answered in their order, however long bodies are") {
  const SecureServed server({"only 1h size=300KB"});
  const auto shown = ask(server, plain_get + plain_get + last_get);
  CHECK(occurrences(shown.answer, "HTTP/1.1 200 OK\r\n") == 3);
  CHECK(shown.answer.size() > 900'000);
  CHECK(server.upstream.connections().accepted == 1);
}

TEST_CASE("faults of requests are the same over TLS") {
  const auto end_of = [](const std::string& errors) {
    return ask(SecureServed({"only 1h errors=" + errors}));
  };
  CHECK_THAT(end_of("503:100%").answer, StartsWith("HTTP/1.1 503 "));
  CHECK(end_of("reset:100%").end == boost::asio::error::connection_reset);
  CHECK(end_of("empty:100%").answer.empty());
  const auto cut = end_of("truncate(at=4B):100%");
  CHECK_THAT(cut.answer, Catch::Matchers::EndsWith("\r\n\r\ninje"));
}

TEST_CASE("a certificate with a flaw is refused for that flaw, and served by who takes any") {
  const auto [flaw, verdict] = GENERATE(table<std::string, long>({
      {"expired", X509_V_ERR_CERT_HAS_EXPIRED},
      {"early", X509_V_ERR_CERT_NOT_YET_VALID},
      {"wrong-name", X509_V_ERR_HOSTNAME_MISMATCH},
      {"unknown", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
  }));
  INFO(flaw);
  const SecureServed server({"only 1h errors=tls-certificate(flaw=" + flaw + "):100%"});
  const auto shown = ask(server);
  CHECK(shown.handshake);
  CHECK(shown.verdict == verdict);
  CHECK_THAT(ask(server, last_get, {.anyone = true}).answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK(eventually([&] { return server.upstream.connections().failed_handshakes == 1; }));
  CHECK(server.first_phase().injected.front() ==
        std::pair<std::string, std::uint64_t>("tls-certificate(flaw=" + flaw + ")", 2));
  CHECK(server.first_phase().served == 1);
}

TEST_CASE("a reset of the handshake comes when the client has said hello") {
  const SecureServed server({"only 1h errors=tls-reset:100%"});
  CHECK(ask(server).handshake == boost::asio::error::connection_reset);
  auto silent = server.wire();
  CHECK_FALSE(silent.readable_within(50ms));
}

TEST_CASE("a handshake that hangs accepts the connection and says nothing") {
  const SecureServed server({"only 1h errors=tls-hang:100%"});
  auto wire = server.wire();
  CHECK(wire.connected());
  wire.send("\x16\x03\x01");
  CHECK_FALSE(wire.readable_within(100ms));
  CHECK(server.upstream.connections().open_now == 1);
  wire.leave();
  CHECK(eventually([&] { return server.upstream.connections().open_now == 0; }));
}

TEST_CASE("a load whose handshakes hang is still connecting when it gives up") {
  const auto counts = called(SecureServed({"only 1h errors=tls-hang:100%"}), 60ms);
  CHECK(counts.calls > 0);
  CHECK(counts.timeouts == counts.calls);
}

TEST_CASE("a load whose handshakes are reset or refused fails to connect") {
  const auto* errors = GENERATE("tls-reset:100%", "tls-certificate:100%");
  INFO(errors);
  const auto counts = called(SecureServed({std::string("only 1h errors=") + errors}), 10s);
  CHECK(counts.calls > 0);
  CHECK(counts.connect_failed == counts.calls);
  CHECK(counts.handshakes == counts.calls);
}

TEST_CASE("a slow handshake is late and then well") {
  const SecureServed server({"only 1h errors=tls-slow(by=150ms):100%"});
  const auto before = std::chrono::steady_clock::now();
  CHECK_THAT(ask(server).answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK(std::chrono::steady_clock::now() - before >= 150ms);
}

TEST_CASE("connections that may open oddly are for one request each") {
  const SecureServed server({"only 1h errors=tls-slow(by=1ms):50%"});
  CHECK_THAT(ask(server, plain_get).answer, ContainsSubstring("Connection: close\r\n"));
  const auto counts = called(server, 10s);
  CHECK(counts.ok == counts.calls);
  CHECK(server.upstream.connections().accepted >= counts.calls + 1);
}

TEST_CASE("a connection that is idle when such a phase begins is closed, and one in use is not") {
  const Served server(
      plan_of({"first 300ms latency=100ms", "odd 1h errors=slow-accept(by=1ms):1%"}));
  auto idle = server.wire();
  idle.send(plain_get);
  CHECK_THAT(idle.receive_to_end().bytes, StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("a connection that is accepted late is there at once, and its answer late") {
  const Served server(always("errors=slow-accept(by=120ms):100%"));
  const auto before = std::chrono::steady_clock::now();
  auto wire = server.wire();
  CHECK(wire.connected());
  wire.send(last_get);
  CHECK_THAT(wire.receive_to_end().bytes, StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK(std::chrono::steady_clock::now() - before >= 120ms);
}

TEST_CASE("while the backlog is full nobody gets a connection, and afterwards everybody does") {
  const auto threads = GENERATE(1U, 3U);
  const Served server(plan_of({"full 400ms errors=full-backlog", "well 1h"}), {.threads = threads});
  boost::asio::io_context io;
  tcp::socket socket(io);
  bool connected_while_full = false;
  TestCode outcome = boost::asio::error::would_block;
  const tcp::endpoint there(boost::asio::ip::address_v4::loopback(), server.upstream.port());
  socket.async_connect(there, [&](const TestCode& error) {
    outcome = error;
    connected_while_full = server.clock.now() < at(400ms);
  });
  io.run_for(patience);  // the system asks again after a second
  CHECK_FALSE(outcome);
  CHECK_FALSE(connected_while_full);
  CHECK_THAT(server.exchange(last_get).bytes, StartsWith("HTTP/1.1 200 OK\r\n"));
  CHECK(eventually([&] { return server.upstream.connections().open_now == 1; }));
}

TEST_CASE("faults that are drawn per connection hit all of its requests or none") {
  const Served server(always("errors=503:50%,per=connection"));
  std::size_t hit = 0;
  constexpr std::size_t many = 60;
  for (std::size_t i = 0; i < many; ++i) {
    const auto answers = server.exchange(plain_get + plain_get + last_get).bytes;
    const auto failed = occurrences(answers, "HTTP/1.1 503 ");
    CHECK((failed == 0 || failed == 3));
    hit += failed == 3 ? 1U : 0U;
  }
  CHECK(hit > 10);
  CHECK(hit < 50);
}

TEST_CASE("a key that is not the certificate's, or no certificate at all, cannot be used") {
  const CertificateAuthority authority;
  const auto mine = authority.issue();
  const auto other = authority.issue();
  CHECK_FALSE(unusable(mine));
  CHECK_THAT(unusable({mine.chain, other.key}).value().message, ContainsSubstring("--key"));
  CHECK_THAT(unusable({"no PEM", mine.key}).value().message, ContainsSubstring("--cert"));
  const SecureServed server({"only 1h"}, std::make_shared<ServerTls>(mine));
  CHECK_THAT(ask(server, last_get, {.ca = authority.pem()}).answer, StartsWith("HTTP/1.1 200 OK"));
}

}  // namespace tripcurve::net
