#include <string>
#include <system_error>

#include "net/client.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::net {
namespace {

using testing::bound_socket;
using testing::FullServer;
using testing::listening_socket;
using testing::port_of;
using tripcurve::testing::ContainsSubstring;

Target parsed(const std::string& url) {
  auto parsed = parse_target(url);
  INFO(url << ": " << (parsed ? "" : parsed.error().message));
  REQUIRE(parsed.ok());
  auto target = *std::move(parsed);
  REQUIRE_FALSE(resolve(target));
  return target;
}

Error refused(const std::string& url) {
  const auto target = parse_target(url);
  INFO(url);
  REQUIRE_FALSE(target.ok());
  return target.error();
}

}  // namespace

TEST_CASE("a target has a host, a port and a path") {
  const auto target = parsed("http://127.0.0.1:8080/cart?id=7&x=/y");
  CHECK(target.host == "127.0.0.1");
  CHECK(target.port == 8080);
  CHECK(target.path == "/cart?id=7&x=/y");
  CHECK(target.authority() == "127.0.0.1:8080");
}

TEST_CASE("a target without port and path has port 80 and the path /") {
  const auto target = parsed("http://127.0.0.1");
  CHECK(target.port == 80);
  CHECK(target.path == "/");
  CHECK(parsed("http://127.0.0.1?id=7").path == "/?id=7");
  CHECK(parsed("http://127.0.0.1/").path == "/");
}

TEST_CASE("the scheme may be in any case") { CHECK(parsed("HTTP://127.0.0.1/").port == 80); }

TEST_CASE("a target of https has port 443 unless it says another, and TLS") {
  const auto target = parsed("https://127.0.0.1/cart");
  CHECK(target.port == 443);
  CHECK(target.tls.has_value());
  CHECK(target.origin() == "https://127.0.0.1:443");
  CHECK(parsed("HTTPS://127.0.0.1:8443").port == 8443);
  CHECK_FALSE(parsed("http://127.0.0.1:443").tls.has_value());
  CHECK(parsed("http://127.0.0.1").origin() == "http://127.0.0.1:80");
}

TEST_CASE("an IPv6 address stands in brackets") {
  const auto target = parsed("http://[::1]:8080/x");
  CHECK(target.host == "::1");
  CHECK(target.port == 8080);
  CHECK(target.authority() == "[::1]:8080");
  CHECK(parsed("http://[::1]").authority() == "[::1]:80");
}

TEST_CASE("only targets on this machine are loopback") {
  CHECK(parsed("http://127.0.0.1/").loopback);
  CHECK(parsed("http://127.8.9.10/").loopback);
  CHECK(parsed("http://[::1]/").loopback);
  CHECK(parsed("http://localhost/").loopback);
  CHECK_FALSE(parsed("http://192.0.2.1/").loopback);
  CHECK_FALSE(parsed("http://[2001:db8::1]/").loopback);
  CHECK_FALSE(parsed("http://0.0.0.0/").loopback);
}

TEST_CASE("a target without a scheme is refused and shown with one") {
  const auto error = refused("localhost:8080");
  CHECK_THAT(error.message, ContainsSubstring("'localhost:8080'"));
  CHECK_THAT(error.hint, ContainsSubstring("http://localhost:8080"));
  CHECK(refused("/payments").hint == "write http://127.0.0.1:8080/payments");
}

TEST_CASE("schemes other than http and https are refused") {
  for (const std::string scheme : {"httpss", "WSS", "ftp", ""}) {
    const auto error = refused(scheme + "://127.0.0.1:8080/x");
    CHECK_THAT(error.message, ContainsSubstring(scheme + "://127.0.0.1:8080/x"));
    CHECK_THAT(error.hint, ContainsSubstring("only http and https are supported") &&
                               ContainsSubstring("http://127.0.0.1:8080/x"));
  }
}

TEST_CASE("what a target cannot have is refused with what was read") {
  for (const std::string url : {
           "http://",
           "http:///path",
           "http://:8080/",
           "http://user:secret@127.0.0.1/",
           "http://user@127.0.0.1/",
           "http://127.0.0.1:/",
           "http://127.0.0.1:0/",
           "http://127.0.0.1:65536/",
           "http://127.0.0.1:http/",
           "http://127.0.0.1:-1/",
           "http://127.0.0.1:80:80/",
           "http://::1/",
           "http://[::1/",
           "http://[127.0.0.1]/",
           "http://[]/",
           "http://[::1]8080/",
           "http://[::1]:/",
           "http://127.0.0.1/#top",
           "http://127.0.0.1/a b",
           "http://127.0.0.1/a\r\nX-Other: b",
           "http://127.0.0.1 /",
           "http://a,b/",
       }) {
    const auto error = refused(url);
    CHECK_THAT(error.message, ContainsSubstring("'" + url + "'"));
    CHECK_FALSE(error.hint.empty());
  }
}

TEST_CASE("a port out of range is refused") {
  CHECK(parsed("http://127.0.0.1:1/").port == 1);
  CHECK(parsed("http://127.0.0.1:65535/").port == 65535);
  CHECK_THAT(refused("http://127.0.0.1:65536/").message, ContainsSubstring("65536"));
}

TEST_CASE("a name that does not resolve is a target, but has no address") {
  auto target = parse_target("http://no-such-host.invalid:8080/").value();
  CHECK(resolve(target));
  CHECK(target.addresses.empty());
}

TEST_CASE("connecting succeeds where something listens") {
  const auto server = listening_socket();
  auto target = parsed("http://127.0.0.1:" + std::to_string(port_of(server)));
  CHECK_FALSE(try_connect(target));
}

TEST_CASE("connecting to a port where nobody listens gives the system's words") {
  const auto nobody = bound_socket();
  auto target = parsed("http://127.0.0.1:" + std::to_string(port_of(nobody)));
  CHECK(try_connect(target) == std::errc::connection_refused);
}

TEST_CASE("connecting finds the one address of a name that accepts and puts it in front") {
  const auto server = listening_socket();
  Target target{.host = "two-addresses.example", .port = port_of(server)};
  target.addresses = {"127.0.0.2", "127.0.0.1"};
  CHECK_FALSE(try_connect(target));
  CHECK(target.addresses.front() == "127.0.0.1");
}

TEST_CASE("connecting gives up on a server that does not answer") {
  const FullServer server;
  auto target = parsed("http://127.0.0.1:" + std::to_string(server.port()));
  CHECK(try_connect(target) == std::errc::timed_out);
}

}  // namespace tripcurve::net
