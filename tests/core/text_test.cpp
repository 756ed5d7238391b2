#include "core/text.hpp"

#include <string>

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

TEST_CASE("what steers a terminal is shown as an escape, and other characters as they are") {
  CHECK(visible("plain, ünïcode, 日本, 😀") == "plain, ünïcode, 日本, 😀");
  CHECK(visible("a\x1b[2Jb\r\n\tc\x7f") == "a\\x1b[2Jb\\x0d\\x0a\\x09c\\x7f");
  CHECK(visible("\u009b31m") == "\\u009b31m");
  CHECK(visible("\u202e\u200f\u2066\u061c\u2028") == "\\u202e\\u200f\\u2066\\u061c\\u2028");
  CHECK(visible("\xff\xc3") == "\\xff\\xc3");
  CHECK(visible("\x9b"
                "1m") == "\\x9b1m");
  CHECK(visible("\uFFFD") == "\uFFFD");
  CHECK(visible(std::string(2000, 'x')).size() == 1003);
}

TEST_CASE("lines keep their ends and tabs, and nothing else that steers") {
  CHECK(harmless("a\n\tb\x1b\r\n") == "a\n\tb\\x1b\\x0d\n");
  CHECK(harmless(std::string(2000, 'x')).size() == 2000);
}
