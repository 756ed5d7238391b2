#include "core/http.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace tripcurve;
using tripcurve::testing::ContainsSubstring;

TEST_CASE("methods, paths and headers are read as they are") {
  CHECK(*parse_method("GET") == "GET");
  CHECK(*parse_method("M-SEARCH") == "M-SEARCH");
  CHECK(*parse_path("/") == "/");
  CHECK(*parse_path("/cart?id=7&b=%20") == "/cart?id=7&b=%20");
  CHECK(*parse_header("x-tenant", "gold, or silver") == Header{"x-tenant", "gold, or silver"});
  CHECK(*parse_header("x-empty", "") == Header{"x-empty", ""});
}

TEST_CASE("a method that nobody serves is refused with the one that was meant") {
  CHECK(parse_method("post").error().hint == "write POST");
  CHECK(parse_method("Post").error().hint == "write POST");
  for (const auto* text : {"", "GET,POST", "G T", "/pay", "G\xc3\x89T"}) {
    CHECK_THAT(parse_method(text).error().message, ContainsSubstring("is not a method"));
  }
}

TEST_CASE("a path that could not stand in a request line is refused") {
  CHECK(parse_path("pay").error().hint == "write /pay");
  CHECK(parse_path("getaway").error().hint == "write /getaway");
  CHECK(parse_path("POST").error().hint == "write POST /path");
  CHECK(parse_path("post:/pay/b").error().hint == "write POST /pay/b");
  CHECK(parse_path("/x POST").error().hint == "write POST /x");
  CHECK(parse_path("/x/get  delete ").error().hint == "write DELETE /x/get");
  CHECK(*parse_path("/x/get") == "/x/get");
  CHECK(parse_path("http://x/payments?a=1").error().hint == "write /payments?a=1");
  CHECK(parse_path("https://x").error().hint == "write /");
  CHECK(parse_path("/a#b").error().hint == "write /a");
  for (const auto* text : {"/a b", "/a\nb", "/a\x7f", "/a\tb"}) {
    CHECK_THAT(parse_path(text).error().message, ContainsSubstring("blank or a control character"));
  }
  CHECK_FALSE(parse_path("").ok());
}

TEST_CASE("a header that would break the request is refused") {
  CHECK_THAT(parse_header("x tenant", "a").error().message, ContainsSubstring("'x tenant'"));
  CHECK_THAT(parse_header("", "a").error().message, ContainsSubstring("not the name of a header"));
  CHECK_THAT(parse_header("x:", "a").error().message, ContainsSubstring("not the name"));
  CHECK(parse_header("x", " a").error().hint == "write 'a'");
  CHECK_THAT(parse_header("x", "a\r\ny: b").error().message,
             ContainsSubstring("control character"));
}
