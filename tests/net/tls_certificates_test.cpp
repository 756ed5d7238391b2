// The certificates that are made on the fly, as the two sides of a handshake see them.
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <memory>
#include <string>

#include "net/tls/certificates.hpp"
#include "net/tls/context.hpp"
#include "tests/net/temporary_file.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::net;
using tripcurve::net::testing::TemporaryFile;

namespace {

struct FreeSsl {
  void operator()(SSL* connection) const { SSL_free(connection); }
};
using Side = std::unique_ptr<SSL, FreeSsl>;

// What two sides come to that shake hands in memory.
struct Handshake {
  bool done = false;
  long verdict = X509_V_OK;  // of the client, on the certificate
  std::string protocol;      // agreed upon by ALPN
  std::string asked_for;     // the name in the client's greeting
};

Handshake shake_hands(const Certificate& certificate, const Trust& trust, const std::string& host) {
  auto server_side = server_context(certificate);
  auto client_side = client_context(trust).value();
  const Side server(SSL_new(server_side.native_handle()));
  const Side client(SSL_new(client_side.native_handle()));
  BIO* to_server = nullptr;
  BIO* to_client = nullptr;
  REQUIRE(BIO_new_bio_pair(&to_server, 0, &to_client, 0) == 1);
  SSL_set_bio(server.get(), to_server, to_server);
  SSL_set_bio(client.get(), to_client, to_client);
  SSL_set_accept_state(server.get());
  SSL_set_connect_state(client.get());
  set_server(client.get(), host);

  Handshake handshake;
  for (int turn = 0; turn < 20 && !handshake.done; ++turn) {
    const bool client_done = SSL_do_handshake(client.get()) == 1;
    handshake.done = SSL_do_handshake(server.get()) == 1 && client_done;
  }
  handshake.verdict = SSL_get_verify_result(client.get());
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(client.get(), &chosen, &size);
  handshake.protocol.assign(reinterpret_cast<const char*>(chosen), size);
  if (const auto* name = SSL_get_servername(server.get(), TLSEXT_NAMETYPE_host_name)) {
    handshake.asked_for = name;
  }
  return handshake;
}

}  // namespace

TEST_CASE("A client that trusts the authority takes its certificate for this machine") {
  const CertificateAuthority authority;
  const TemporaryFile file(authority.pem());
  for (const std::string host : {"localhost", "127.0.0.1", "::1"}) {
    const auto handshake = shake_hands(authority.issue(), {.ca_file = file.path()}, host);
    CAPTURE(host, handshake.verdict);
    CHECK(handshake.done);
    CHECK(handshake.verdict == X509_V_OK);
    CHECK(handshake.protocol == "http/1.1");
    CHECK(handshake.asked_for == (host == "localhost" ? host : ""));
  }
}

TEST_CASE("Each flaw of a certificate is found by a client that looks, and by no other") {
  const CertificateAuthority authority;
  const TemporaryFile file(authority.pem());
  const auto [flaw, verdict] = GENERATE(table<CertificateFlaw, long>({
      {CertificateFlaw::expired, X509_V_ERR_CERT_HAS_EXPIRED},
      {CertificateFlaw::early, X509_V_ERR_CERT_NOT_YET_VALID},
      {CertificateFlaw::wrong_name, X509_V_ERR_HOSTNAME_MISMATCH},
      {CertificateFlaw::unknown, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
  }));
  const auto certificate = authority.issue(flaw);
  const auto looked_at = shake_hands(certificate, {.ca_file = file.path()}, "localhost");
  CHECK_FALSE(looked_at.done);
  CHECK(looked_at.verdict == verdict);
  CHECK(shake_hands(certificate, {.anyone = true}, "localhost").done);
}

TEST_CASE("A wrong name is found when the client asked for an address, too") {
  const CertificateAuthority authority;
  const TemporaryFile file(authority.pem());
  const auto handshake = shake_hands(authority.issue(CertificateFlaw::wrong_name),
                                     {.ca_file = file.path()}, "127.0.0.1");
  CHECK_FALSE(handshake.done);
  CHECK(handshake.verdict == X509_V_ERR_IP_ADDRESS_MISMATCH);
}

TEST_CASE("A client does not take the certificate of an authority that it was not given") {
  const CertificateAuthority authority;
  const CertificateAuthority another;
  const TemporaryFile file(another.pem());
  CHECK_FALSE(shake_hands(authority.issue(), {.ca_file = file.path()}, "localhost").done);
  CHECK_FALSE(shake_hands(authority.issue(), {}, "localhost").done);
}

TEST_CASE("A file of authorities that is none is refused with its name") {
  const TemporaryFile file("nothing of the kind");
  const auto context = client_context({.ca_file = file.path()});
  REQUIRE_FALSE(context.ok());
  CHECK_THAT(context.error().message,
             Catch::Matchers::StartsWith("cannot read certificates from '" + file.path() + "': "));
  const auto missing = client_context({.ca_file = "/no/such/file"});
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().message ==
        "cannot read certificates from '/no/such/file': No such file or directory");
}
