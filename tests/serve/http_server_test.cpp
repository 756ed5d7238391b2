#include "serve/http_server.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "tests/serve/served.hpp"
#include "tests/support/catch.hpp"

namespace tripcurve::serve {
namespace {

using namespace testing;
using tripcurve::testing::ContainsSubstring;

// One page to read and one thing to change.
struct Site {
  Site() {
    server.get("/", [] { return Answer{.body = "secret"}; });
    server.post("/change", [this](const std::string& body) {
      ++changes;
      return Answer{.body = body};
    });
    server.start();
  }
  std::atomic<int> changes = 0;
  HttpServer server{Address{}, "--dashboard"};
};

}  // namespace

TEST_CASE("the system chooses a port, and who asks by the right name is answered") {
  const Site site;
  CHECK(site.server.address().port != 0);
  const auto answer = client_of(site.server).Get("/");
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body == "secret");
}

TEST_CASE("a page of another name that points here reads nothing") {
  const Site site;
  const auto port = std::to_string(site.server.address().port);
  for (const auto& host : {"evil.example:" + port, std::string("127.0.0.1:1"), std::string()}) {
    CAPTURE(host);
    Wire wire(site.server.address().port);
    wire.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    const auto answer = wire.receive_to_end().bytes;
    CHECK_THAT(answer, ContainsSubstring("403"));
    CHECK_THAT(answer, ContainsSubstring("open it by that name only"));
    CHECK(answer.find("secret") == std::string::npos);
  }
}

TEST_CASE("two names at once are no name") {
  const Site site;
  Wire wire(site.server.address().port);
  const auto own = "Host: " + site.server.address().text() + "\r\n";
  wire.send("GET / HTTP/1.1\r\n" + own + own + "\r\n");
  CHECK_THAT(wire.receive_to_end().bytes, ContainsSubstring("403"));
}

TEST_CASE("only our own page changes something: it has the token and comes from here") {
  Site site;
  auto http = client_of(site.server);
  const auto post = [&](const httplib::Headers& headers) {
    return http.Post("/change", headers, "x", "text/plain")->status;
  };
  const auto own = own_headers(site.server);
  const std::string origin = own.find("Origin")->second;
  const std::string token = site.server.token();

  CHECK(post({}) == 403);
  CHECK(post({{"Origin", origin}}) == 403);
  CHECK(post({{"Origin", origin}, {"X-Tripcurve-Token", "guess"}}) == 403);
  CHECK(post({{"Origin", "http://evil.example"}, {"X-Tripcurve-Token", token}}) == 403);
  CHECK(post({{"Origin", "null"}, {"X-Tripcurve-Token", token}}) == 403);
  CHECK(site.changes == 0);
  CHECK(post(own) == 200);
  CHECK(site.changes == 1);
}

TEST_CASE("each server has a token of its own") {
  CHECK(HttpServer(Address{}, "--dashboard").token() !=
        HttpServer(Address{}, "--dashboard").token());
  CHECK(HttpServer(Address{}, "--dashboard").token().size() == 32);
}

TEST_CASE("no answer may be framed, guessed at, kept, or read by other sites") {
  const Site site;
  auto http = client_of(site.server);
  for (const std::string path : {"/", "/nothing-here"}) {
    const auto answer = http.Get(path);
    REQUIRE(answer);
    CHECK(answer->get_header_value("Content-Security-Policy") == "frame-ancestors 'none'");
    CHECK(answer->get_header_value("X-Content-Type-Options") == "nosniff");
    CHECK(answer->get_header_value("Cache-Control") == "no-store");
    CHECK(answer->get_header_value("Cross-Origin-Resource-Policy") == "same-origin");
    CHECK_FALSE(answer->has_header("Access-Control-Allow-Origin"));
  }
}

TEST_CASE("a body that is too long is refused") {
  Site site;
  const auto answer =
      client_of(site.server)
          .Post("/change", own_headers(site.server), std::string(5000, 'x'), "text/plain");
  CHECK((!answer || answer->status == 413));
  CHECK(site.changes == 0);
}

TEST_CASE("a port that is taken is told with the flag and the address") {
  const Site site;
  try {
    const HttpServer second(site.server.address(), "--metrics");
    FAIL("two servers at one port");
  } catch (const std::system_error& error) {
    CHECK(error.code() == std::errc::address_in_use);
    CHECK_THAT(error.what(),
               ContainsSubstring("--metrics: cannot listen at " + site.server.address().text()));
  }
}

TEST_CASE("more pages than there are places for are turned away, and pages still open") {
  HttpServer server{Address{}, "--dashboard"};
  server.get("/", [] { return Answer{.body = "page"}; });
  server.stream("/events", [] { return [] { return std::optional<std::string>(":\n\n"); }; });
  server.start();
  std::vector<Wire> places;
  for (int i = 0; i < HttpServer::most_streams; ++i) {
    places.push_back(ask(server, "/events"));
    CHECK_THAT(read_until(places.back(), ":\n\n"), ContainsSubstring("200 OK"));
  }

  const auto one_too_many = client_of(server).Get("/events");
  REQUIRE(one_too_many);
  CHECK(one_too_many->status == 503);
  CHECK_THAT(one_too_many->body, ContainsSubstring("8 pages follow this run already"));
  CHECK(client_of(server).Get("/")->body == "page");

  places.clear();  // and who leaves makes room
  CHECK(eventually([&] {
    auto late = ask(server, "/events");
    return read_until(late, "\r\n").find("200 OK") != std::string::npos;
  }));
}

TEST_CASE("a server stops although a client reads nothing of an endless answer") {
  Wire stalled = [] {
    const std::string much(1 << 20, 'x');
    HttpServer server{Address{}, "--dashboard"};
    server.stream("/events", [&] { return [&] { return std::optional(much); }; });
    server.start();
    auto wire = ask(server, "/events");
    CHECK(wire.receive(1).size() >= 1);
    return wire;
  }();  // would hang here, and the test's deadline tell
  CHECK(stalled.connected());
}

TEST_CASE("who asks too slowly is shown out, whatever comes in the meantime") {
  const Site site;
  Wire slow(site.server.address().port);
  CHECK(slow.send("GET / HTTP/1.1\r\n"));
  const auto until = std::chrono::steady_clock::now() + patience;
  // A field now and then: each says that more is to come.
  while (!slow.readable_within(std::chrono::milliseconds(100)) &&
         std::chrono::steady_clock::now() < until) {
    slow.send("a: b\r\n");
  }
  CHECK(slow.readable_within(std::chrono::milliseconds(0)));
  CHECK_THAT(slow.receive_to_end().bytes, !ContainsSubstring("200"));
}

TEST_CASE("a server stops at once although clients are in the middle of asking") {
  std::vector<Wire> clients;
  auto site = std::make_unique<Site>();
  for (int i = 0; i < 40; ++i) {  // more than it serves at a time
    clients.emplace_back(site->server.address().port);
    clients.back().send(i % 2 == 0 ? "GET / HTTP/1.1\r\nHost: " : "");
  }
  const auto begin = std::chrono::steady_clock::now();
  site.reset();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
}

TEST_CASE("a range, which is not asked for here, does not change the answer") {
  const Site site;
  std::string ranges = "0-";
  for (int i = 0; i < 2000; ++i) {
    ranges += ",0-";
  }
  Wire wire(site.server.address().port);
  wire.send("GET / HTTP/1.1\r\nHost: " + site.server.address().text() +
            "\r\nRange: bytes=" + ranges + "\r\n\r\n");
  const auto answer = wire.receive_to_end().bytes;
  CHECK_THAT(answer, ContainsSubstring("200 OK"));
  CHECK(answer.size() < 1000);
}

TEST_CASE("a body without a length is refused, with or without the token") {
  Site site;
  for (const auto& token : {std::string("guess"), site.server.token()}) {
    Wire wire(site.server.address().port);
    wire.send("POST /change HTTP/1.1\r\nHost: " + site.server.address().text() +
              "\r\nX-Tripcurve-Token: " + token +
              "\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
    CHECK_THAT(wire.receive_to_end().bytes, ContainsSubstring("411"));
  }
  CHECK(site.changes == 0);
}

TEST_CASE("an answer to HEAD has the length and not the body") {
  const Site site;
  Wire wire(site.server.address().port);
  wire.send("HEAD / HTTP/1.1\r\nHost: " + site.server.address().text() + "\r\n\r\n");
  const auto answer = wire.receive_to_end().bytes;
  CHECK_THAT(answer, ContainsSubstring("Content-Length: 6"));
  CHECK_THAT(answer, !ContainsSubstring("secret"));
}

TEST_CASE("a server that never started goes away") {
  CHECK_NOTHROW(HttpServer(Address{}, "--dashboard"));
}

}  // namespace tripcurve::serve
