#include "live/text.hpp"

#include "live/line.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;

TEST_CASE("text that fits is left as it is and longer text ends in an ellipsis") {
  REQUIRE(live::fit("recovery", 8, true) == "recovery");
  REQUIRE(live::fit("recovery", 7, true) == "recove…");
  REQUIRE(live::fit("recovery", 7, false) == "recove~");
  REQUIRE(live::fit("recovery", 1, true) == "…");
  REQUIRE(live::fit("recovery", 0, true).empty());
  REQUIRE(live::fit("recovery", -3, true).empty());
  REQUIRE(live::fit("東京都", 5, true) == "東京…");
  REQUIRE(live::fit("東京都", 4, true) == "東…");
}

TEST_CASE("what could command a terminal becomes a question mark") {
  REQUIRE(live::printable("a\x1b[2Jb", true) == "a?[2Jb");
  REQUIRE(live::printable("a\nb\tc\x7f", true) == "a?b?c?");
  REQUIRE(live::printable("\xc2\x9b"
                          "31m",
                          true) == "?31m");  // CSI in eight bits
  REQUIRE(live::printable("\xe2\x80\xae"
                          "abc",
                          true) == "?abc");             // right to left
  REQUIRE(live::printable("e\xcc\x81", true) == "e?");  // a combining accent
  REQUIRE(live::printable("é·…█", true) == "é·…█");
  REQUIRE(live::printable("é·…█", false) == "????");
}

TEST_CASE("bytes that are not UTF-8 become question marks one by one") {
  REQUIRE(live::printable("\xff"
                          "a",
                          true) == "?a");
  REQUIRE(live::printable("\xc3", true) == "?");                 // cut short
  REQUIRE(live::printable("\xc0\x9b", true) == "??");            // overlong
  REQUIRE(live::printable("\xe0\x82\x9b", true) == "???");       // overlong CSI
  REQUIRE(live::printable("\xed\xa0\x80", true) == "???");       // a surrogate
  REQUIRE(live::printable("\xf5\x80\x80\x80", true) == "????");  // beyond Unicode
}

TEST_CASE("columns count characters, wide ones twice and colours not at all") {
  REQUIRE(live::columns("") == 0);
  REQUIRE(live::columns("p50 ▁▂█") == 7);
  REQUIRE(live::columns("東京") == 4);
  REQUIRE(live::columns("\x1b[0;31mOPEN\x1b[0m") == 4);
}

TEST_CASE("long text is broken between words and words only when they are wider than the line") {
  using Lines = std::vector<std::string>;
  REQUIRE(live::wrap("3s in open are over", 10) == Lines{"3s in open", "are over"});
  REQUIRE(live::wrap("3s in open", 80) == Lines{"3s in open"});
  REQUIRE(live::wrap("a /checkout/basket b", 8) == Lines{"a", "/checkou", "t/basket", "b"});
  REQUIRE(live::wrap("", 8) == Lines{""});
}

TEST_CASE("the marks of a report become colours, and nothing else in it steers the terminal") {
  report::MarkedText text(std::string("a\x1b[2Jb PASS c"));
  text.mark_last("PASS", report::Ink::good);
  const auto neutral = std::string("a\\x1b[2Jb ");
  REQUIRE(live::painted(text, {.colour = true}) == neutral + "\x1b[0;32mPASS\x1b[0m c");
  REQUIRE(live::painted(text, {.colour = false}) == neutral + "PASS c");
}

TEST_CASE("marks stay at their words when text is put together") {
  report::MarkedText text(std::string("one "));
  report::MarkedText more(std::string("bad"));
  text += more.mark(0, 3, report::Ink::bad);
  text += " end";
  REQUIRE(text.text == "one bad end");
  REQUIRE(live::painted(text, {.colour = true}) == "one \x1b[0;31mbad\x1b[0m end");
}
