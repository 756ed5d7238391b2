#include "core/text.hpp"

#include "tests/support/catch.hpp"

using namespace tripcurve;

TEST_CASE("white space is taken off both ends and left alone inside") {
  CHECK(trim(" \t a b\r\n") == "a b");
  CHECK(trim("a") == "a");
  CHECK(trim(" \n ").empty());
  CHECK(trim("").empty());
}

TEST_CASE("a separated list is taken apart item by item") {
  std::string_view rest = "a,,b";
  CHECK(take_until(rest, ",") == "a");
  CHECK(take_until(rest, ",").empty());
  CHECK(rest == "b");
  CHECK(take_until(rest, ",") == "b");
  CHECK(rest.empty());
}

TEST_CASE("what was read is shown in single quotes") { CHECK(quoted("20 ms") == "'20 ms'"); }
