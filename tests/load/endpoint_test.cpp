#include "load/endpoint.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::load;
using tripcurve::testing::ContainsSubstring;

TEST_CASE("an endpoint is a path, with a method before it unless it is GET") {
  CHECK(*parse_endpoint("/cart?id=7") == Endpoint{.path = "/cart?id=7"});
  CHECK(*parse_endpoint(" POST  /pay ") == Endpoint{.method = "POST", .path = "/pay"});
  CHECK(*parse_endpoint("GET /pay") == *parse_endpoint("/pay"));
}

TEST_CASE("an endpoint is named as it is written") {
  CHECK(parse_endpoint("/pay")->name() == "/pay");
  CHECK(parse_endpoint("GET /pay")->name() == "/pay");
  CHECK(parse_endpoint("DELETE /pay")->name() == "DELETE /pay");
  CHECK(names({{.path = "/a"}, {.method = "PUT", .path = "/a"}}) ==
        std::vector<std::string>{"/a", "PUT /a"});
}

TEST_CASE("an endpoint that is none is refused with what would work") {
  struct Refusal {
    std::string text, message, hint;
  };
  for (const auto& [text, message, hint] : std::vector<Refusal>{
           {"pay", "'pay' is not a path", "write /pay"},
           {"", "'' is not a path", "write /"},
           {"post /pay", "'post' is not a method", "write POST"},
           {"POST pay", "'pay' is not a path", "write /pay"},
           {"/a b", "blank", "%20"},
           {"POST /a /b", "blank", "%20"},
           {"/a POST", "ends with a method", "write POST /a"},
           {"/a\x01", "control character", "%20"},
           {"CONNECT /a", "a tunnel", "another method"},
       }) {
    const auto result = parse_endpoint(text);
    INFO("text: " << text);
    REQUIRE_FALSE(result.ok());
    CHECK_THAT(result.error().message, ContainsSubstring(message));
    CHECK_THAT(result.error().hint, ContainsSubstring(hint));
  }
}

TEST_CASE("a header that the client writes itself is refused") {
  CHECK(*parse_endpoint_header("x-tenant", "gold") == Header{"x-tenant", "gold"});
  for (const auto* name : {"host", "Content-Length", "X-TRIPCURVE-REQUEST"}) {
    CHECK_THAT(parse_endpoint_header(name, "1").error().message,
               ContainsSubstring("is written by the client itself"));
  }
  CHECK_FALSE(parse_endpoint_header("x", "a\r\nb: c").ok());
}
