#include "core/suggest.hpp"

#include <array>

#include "tests/support/catch.hpp"

using namespace tripcurve;

namespace {
constexpr std::array<std::string_view, 4> known{"latency", "errors", "on", "FailureThreshold"};
}

TEST_CASE("a word with one slip is recognised") {
  CHECK(nearest("latencey", known) == "latency");  // an extra letter
  CHECK(nearest("latncy", known) == "latency");    // a missing one
  CHECK(nearest("letency", known) == "latency");   // a wrong one
  CHECK(nearest("latecny", known) == "latency");   // two swapped
}

TEST_CASE("swapped neighbours count as one slip and not as two") {
  constexpr std::array<std::string_view, 1> short_word{"hang"};
  CHECK(nearest("hnag", short_word) == "hang");
  CHECK(nearest("hmng", short_word) == "hang");
  CHECK(nearest("hmmg", short_word).empty());
}

TEST_CASE("case does not count") {
  CHECK(nearest("failurethreshold", known) == "FailureThreshold");
  CHECK(nearest("LATENCY", known) == "latency");
}

TEST_CASE("one slip per three letters is near enough and one more is not") {
  CHECK(nearest("erroxx", known) == "errors");
  CHECK(nearest("errxxx", known).empty());
  CHECK(nearest("no", known).empty());
  CHECK(nearest("", known).empty());
}

TEST_CASE("of several near words the nearest is meant, and of equals the first") {
  constexpr std::array<std::string_view, 3> words{"resets", "reset", "resat"};
  CHECK(nearest("resst", words) == "reset");
  CHECK(nearest("reset", words) == "reset");
}

TEST_CASE("the hint names the word that was meant, or else all that are known") {
  CHECK(did_you_mean("latencey", known) == "did you mean 'latency'?");
  CHECK(did_you_mean("speed", known) == "known: latency, errors, on, FailureThreshold");
  CHECK(did_you_mean("speed", {}) == "none is known");
}
