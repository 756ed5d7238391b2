// The load over TLS: what it asks for, whom it trusts, and what becomes of calls when either fails.
#include <memory>
#include <string>

#include "net/client.hpp"
#include "net/tls/certificates.hpp"
#include "tests/net/load_run.hpp"
#include "tests/net/temporary_file.hpp"
#include "tests/net/tls_server.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net {
namespace {

using namespace std::chrono_literals;
using namespace testing;
using tripcurve::testing::ContainsSubstring;
using Then = TlsServer::Reply::Then;

const std::string tls_ok = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
const std::string tls_half = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
const std::string tls_endless = "HTTP/1.1 200 OK\r\n\r\nall there is";

// An authority, a certificate of its and whom a client has to trust for it.
struct Trusting {
  explicit Trusting(CertificateFlaw flaw = CertificateFlaw::none)
      : certificate(authority.issue(flaw)) {}

  CertificateAuthority authority;
  Certificate certificate;
  TemporaryFile file{authority.pem()};
  Trust trust{.ca_file = file.path()};
};

Target https(std::uint16_t port, const Trust& trust, const std::string& host = "localhost") {
  return {.host = host, .port = port, .loopback = true, .addresses = {"127.0.0.1"}, .tls = trust};
}

}  // namespace

TEST_CASE("calls go over TLS, one handshake for each connection that is kept") {
  const Trusting trusting;
  const TlsServer server(trusting.certificate, {tls_ok});
  const auto counts =
      Run(https(server.port(), trusting.trust), closed_loop(3, 500ms), never_opens).counts();
  CHECK(counts.ok == counts.calls);
  CHECK(counts.ok > 3);
  CHECK(server.handshakes() == 3);
  CHECK(server.agreed() == 3);
  CHECK(server.requests() == counts.sent);
}

TEST_CASE("a connection is there ahead with its handshake, or its failure is nobody's") {
  const Trusting trusting;
  const TlsServer server(trusting.certificate, {tls_ok});
  const Run run(https(server.port(), trusting.trust), closed_loop(4, 50ms), never_opens, 1h);
  CHECK(eventually([&] { return server.handshakes() == 4; }));
  CHECK(server.requests() == 0);
}

TEST_CASE("a certificate that is not trusted fails each call in the handshake") {
  const auto flaw =
      GENERATE(CertificateFlaw::expired, CertificateFlaw::wrong_name, CertificateFlaw::unknown);
  const Trusting trusting(flaw);
  const TlsServer server(trusting.certificate, {tls_ok});
  const auto counts = Run(https(server.port(), trusting.trust), open_loop(5), never_opens).counts();
  CHECK(counts.connect_failed == 5);
  CHECK(counts.handshakes == 5);
  CHECK(server.requests() == 0);

  const auto insecure =
      Run(https(server.port(), {.anyone = true}), open_loop(5), never_opens).counts();
  CHECK(insecure.ok == 5);
}

TEST_CASE("an address is called by its address, and needs a certificate for it") {
  const Trusting trusting;
  const TlsServer server(trusting.certificate, {tls_ok});
  const auto target = https(server.port(), trusting.trust, "127.0.0.1");
  CHECK(Run(target, open_loop(5), never_opens).counts().ok == 5);
}

TEST_CASE("a server that refuses to connect fails no handshake") {
  const auto nobody = bound_socket();
  const auto counts =
      Run(https(port_of(nobody), {.anyone = true}), open_loop(3), never_opens).counts();
  CHECK(counts.connect_failed == 3);
  CHECK(counts.handshakes == 0);
}

TEST_CASE("a handshake that hangs is a timeout before the connection") {
  const auto silent = listening_socket();
  auto plan = open_loop(3);
  plan.timeout = 30ms;
  const auto counts = Run(https(port_of(silent), {.anyone = true}), plan, never_opens).counts();
  CHECK(counts.timeouts == 3);
  CHECK(counts.cut == 0);
}

TEST_CASE("an answer that its connection cuts is a closed call, whether or not TLS was ended") {
  const Trusting trusting;
  const TlsServer server(trusting.certificate, {tls_half, GENERATE(Then::end, Then::drop)});
  const auto counts = Run(https(server.port(), trusting.trust), open_loop(5), never_opens).counts();
  CHECK(counts.closed == 5);
  CHECK(counts.cut == 5);
}

TEST_CASE("an answer without a length is complete when TLS is ended, and cut when it is not") {
  const Trusting trusting;
  const auto [then, whole] = GENERATE(table<Then, bool>({{Then::end, true}, {Then::drop, false}}));
  const TlsServer server(trusting.certificate, {tls_endless, then});
  const auto counts = Run(https(server.port(), trusting.trust), open_loop(5), never_opens).counts();
  CHECK(counts.ok == (whole ? 5 : 0));
  CHECK(counts.closed == (whole ? 0 : 5));
}

TEST_CASE("an answer of many records is read whole") {
  const Trusting trusting;
  const TlsServer server(
      trusting.certificate,
      {"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + std::string(300'000, 'x')});
  const auto counts =
      Run(https(server.port(), trusting.trust), open_loop(10), never_opens).counts();
  CHECK(counts.ok == 10);
}

TEST_CASE("a handshake that succeeds is no reason to refuse a target") {
  const Trusting trusting;
  const TlsServer server(trusting.certificate, {tls_ok});
  CHECK_FALSE(try_handshake(https(server.port(), trusting.trust)).has_value());
}

TEST_CASE("a target whose certificate is not trusted is refused with the reason and the remedy") {
  const Trusting trusting(CertificateFlaw::expired);
  const TlsServer server(trusting.certificate, {tls_ok});
  const auto error = try_handshake(https(server.port(), trusting.trust));
  REQUIRE(error.has_value());
  CHECK(error->message == "the certificate of https://localhost:" + std::to_string(server.port()) +
                              " is not trusted: certificate has expired");
  CHECK_THAT(error->hint, ContainsSubstring("--cacert FILE"));
  CHECK_FALSE(try_handshake(https(server.port(), {.anyone = true})).has_value());
}

TEST_CASE("a target that speaks no TLS is refused for that") {
  const auto silent = listening_socket();
  const auto error = try_handshake(https(port_of(silent), {.anyone = true}));
  REQUIRE(error.has_value());
  CHECK_THAT(error->message, ContainsSubstring("the TLS handshake with https://localhost:"));
  CHECK_THAT(error->hint, ContainsSubstring("answered nothing for 2s"));
}

}  // namespace tripcurve::net
