#include "faults/match.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;
using tripcurve::testing::ContainsSubstring;

namespace {

bool matches(std::string_view pattern, std::string_view path) {
  return parse_match(pattern)->matches({.path = path});
}

}  // namespace

TEST_CASE("a path without stars is compared whole, its query aside") {
  CHECK(matches("/payments", "/payments"));
  CHECK(matches("/payments", "/payments?id=/1"));
  for (const auto* other :
       {"/", "/payment", "/payments/", "/payments2", "/Payments", "/a/payments"}) {
    CHECK_FALSE(matches("/payments", other));
  }
}

TEST_CASE("one star is any run within a segment and two are any run at all") {
  struct Row {
    const char* pattern;
    std::vector<const char*> yes, no;
  };
  for (const auto& [pattern, yes, no] : {
           Row{"/pay/*", {"/pay/", "/pay/1", "/pay/1?a=/b"}, {"/pay", "/pay/1/2", "/pay/1/"}},
           Row{"/pay/**", {"/pay/", "/pay/1", "/pay/1/2"}, {"/pay", "/payments"}},
           Row{"/pay**", {"/pay", "/payments", "/pay/1/2"}, {"/pa", "/a/pay"}},
           Row{"/**", {"/", "/a", "/a/b"}, {}},
           Row{"/*/refund", {"/1/refund", "//refund"}, {"/refund", "/1/2/refund", "/1/refund/"}},
           Row{"/**/refund", {"/1/refund", "/1/2/refund", "/refund/refund"}, {"/refund"}},
           Row{"/a*c*e", {"/ace", "/abcde", "/acce", "/accdee"}, {"/ac", "/abcdef", "/ac/e"}},
           Row{"/**b*d/e", {"/bd/e", "/a/b/bcd/e", "/bxb/bd/e"}, {"/b/d/e", "/bd/d"}},
           Row{"/*a/**z", {"/a/z", "/bba/c/zz"}, {"/b/a/z", "/a/zy"}},
           Row{"/**/a/**/b", {"/x/a/y/b", "/a/a/b/b"}, {"/a/b", "/x/a/b"}},
       }) {
    for (const auto* path : yes) {
      INFO(pattern << " and " << path);
      CHECK(matches(pattern, path));
    }
    for (const auto* path : no) {
      INFO(pattern << " and " << path);
      CHECK_FALSE(matches(pattern, path));
    }
  }
}

TEST_CASE("of a query the named parameters must be there, in any order and among others") {
  CHECK(matches("/pay?currency=EUR", "/pay?currency=EUR"));
  CHECK(matches("/pay?currency=EUR", "/pay?id=1&currency=EUR&x"));
  CHECK(matches("/**?a=1&b=2", "/x/y?b=2&a=1"));
  CHECK(matches("/pay?test", "/pay?test"));
  CHECK(matches("/pay?test", "/pay?test=anything"));
  CHECK(matches("/pay?a=", "/pay?a="));
  for (const auto* other : {"/pay", "/pay?currency=EURO", "/pay?currency", "/pay?Currency=EUR",
                            "/pay?xcurrency=EUR", "/pays?currency=EUR", "/pay?a=currency=EUR"}) {
    INFO(other);
    CHECK_FALSE(matches("/pay?currency=EUR", other));
  }
  CHECK(parse_match("GET /pay?a=1&b x-tenant=gold")->text() == "GET /pay?a=1&b x-tenant=gold");
}

TEST_CASE("a method is compared case by case") {
  const auto match = *parse_match("POST");
  CHECK(match.matches({.method = "POST", .path = "/any"}));
  CHECK_FALSE(match.matches({.method = "GET"}));
  CHECK_FALSE(match.matches({.method = "post"}));
}

TEST_CASE("every header must be there, its name in any case and its value as it is") {
  const auto match = *parse_match("x-tenant=gold x-zone=eu");
  const auto with = [&](const std::vector<Header>& headers) {
    return match.matches({.headers = headers});
  };
  CHECK(with({{"X-Tenant", "gold"}, {"Host", "x"}, {"X-ZONE", "eu"}}));
  CHECK(with({{"x-tenant", "silver"}, {"x-tenant", "gold"}, {"x-zone", "eu"}}));
  CHECK_FALSE(with({{"x-tenant", "gold"}}));
  CHECK_FALSE(with({{"x-tenant", "Gold"}, {"x-zone", "eu"}}));
  CHECK_FALSE(with({{"x-tenant", "gold, silver"}, {"x-zone", "eu"}}));
  CHECK_FALSE(with({{"x-tenant", "gold"}, {"x-zones", "eu"}}));
}

TEST_CASE("method, path and headers must all match") {
  const auto match = *parse_match("POST /pay/** x-tenant=gold");
  const std::vector<Header> gold{{"x-tenant", "gold"}};
  CHECK(match.matches({.method = "POST", .path = "/pay/1", .headers = gold}));
  CHECK_FALSE(match.matches({.method = "PUT", .path = "/pay/1", .headers = gold}));
  CHECK_FALSE(match.matches({.method = "POST", .path = "/buy/1", .headers = gold}));
  CHECK_FALSE(match.matches({.method = "POST", .path = "/pay/1"}));
}

TEST_CASE("the text of a match is read back as an equal one") {
  for (const auto* text : {"/payments", "POST /pay/** x-tenant=gold", "DELETE", "x=1 y=", "/a=b"}) {
    CHECK(parse_match(text)->text() == text);
    CHECK(*parse_match(parse_match(text)->text()) == *parse_match(text));
  }
  CHECK(parse_match("  POST\t/pay ")->text() == "POST /pay");
  CHECK(Match{}.matches({.method = "X", .path = "/y"}));
}

TEST_CASE("a match that is none is refused with what would work") {
  struct Refusal {
    std::string text, message, hint;
  };
  for (const auto& [text, message, hint] : std::vector<Refusal>{
           {"", "'' names no requests", "POST /pay/**"},
           {"pay", "'pay' is neither a method nor a path", "write /pay, or POST /pay"},
           {"POST/pay", "'POST/pay' is not a path: it begins with a method", "write POST /pay"},
           {"post:/pay", "'post:/pay' is not a path: it begins with a method", "write POST /pay"},
           {"http://x/pay", "'http://x/pay' is not a path, but a whole URL", "write /pay"},
           {"POST http://x/pay?a=1", "is not a path, but a whole URL", "write /pay"},
           {"post /pay", "'post' is not a method", "write POST"},
           {"/pay?a=*", "has a star behind its '?'", "/pay?currency"},
           {"/pay?", "has a parameter without a name", "/pay?currency=EUR"},
           {"/pay?=1", "has a parameter without a name", "/pay?currency=EUR"},
           {"/pay?a=1&&b=2", "has a parameter without a name", "/pay?currency=EUR"},
           {"/pay/***", "three stars in a row", "** for one across"},
           {"/pay#a", "has a fragment", "write /pay"},
           {"/a /b", "has two paths", "METHOD /path header=value"},
           {"x=1 /a", "has its path behind a header", "METHOD /path header=value"},
           {"/a POST", "'POST' in '/a POST' is a method, which comes first", "write POST /a"},
           {"POST /a GET", "'GET' in 'POST /a GET' is neither a path nor a header", "METHOD /path"},
           {"GET POST", "'POST' in 'GET POST' is neither", "METHOD /path"},
           {"=gold", "'' is not the name of a header", "x-tenant"},
       }) {
    const auto result = parse_match(text);
    INFO("text: " << text);
    REQUIRE_FALSE(result.ok());
    CHECK_THAT(result.error().message, ContainsSubstring(message));
    CHECK_THAT(result.error().hint, ContainsSubstring(hint));
  }
}
