#include "sweep/space.hpp"

#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using sweep::Knob;
using sweep::Point;

namespace {

using Texts = std::vector<std::string>;

Texts values_of(const std::string& list) {
  const auto knob = sweep::parse_knob("a.b=" + list);
  INFO((knob ? "" : knob.error().message));
  REQUIRE(knob.ok());
  return knob->values;
}

Error mistake_in(const std::string& text) {
  const auto knob = sweep::parse_knob(text);
  REQUIRE_FALSE(knob.ok());
  return knob.error();
}

std::vector<Knob> knobs(const Texts& texts) {
  std::vector<Knob> all;
  for (const auto& text : texts) {
    all.push_back(*sweep::parse_knob(text));
  }
  return all;
}

}  // namespace

TEST_CASE("a key has the values of its list, and is called by its last part") {
  const auto knob = *sweep::parse_knob(" client.breaker.failures = 3, 5 ,8 ");
  CHECK(knob.key == "client.breaker.failures");
  CHECK(knob.name() == "failures");
  CHECK(knob.values == Texts{"3", "5", "8"});
}

TEST_CASE("a range has both of its ends and the round values between them") {
  CHECK(values_of("1s..60s") == Texts{"1s", "2s", "5s", "10s", "20s", "30s", "60s"});
  CHECK(values_of("300ms..2m") ==
        Texts{"300ms", "500ms", "1s", "2s", "5s", "10s", "20s", "30s", "1m", "2m"});
  CHECK(values_of("3..100") == Texts{"3", "5", "8", "10", "20", "30", "50", "80", "100"});
  CHECK(values_of("5%..50%") == Texts{"5%", "8%", "10%", "20%", "30%", "50%"});
  CHECK(values_of("40/s..250/s") == Texts{"40/s", "50/s", "80/s", "100/s", "200/s", "250/s"});
  CHECK(values_of("0.1..0.9") == Texts{"0.1", "0.2", "0.3", "0.5", "0.8", "0.9"});
  CHECK(values_of("0..4") == Texts{"0", "1", "2", "3", "4"});
}

TEST_CASE("a range has as many values as it says, evenly spaced or each so many times the last") {
  CHECK(values_of("1s..9s/5") == Texts{"1s", "3s", "5s", "7s", "9s"});
  CHECK(values_of("10..20/3") == Texts{"10", "15", "20"});
  CHECK(values_of("1..1000/4log") == Texts{"1", "10", "100", "1000"});
  CHECK(values_of("10ms..10s/4log") == Texts{"10ms", "100ms", "1s", "10s"});
  CHECK(values_of("100/s..300/s/3") == Texts{"100/s", "200/s", "300/s"});
  CHECK(values_of("10%..30%/4") == Texts{"10%", "16.7%", "23.3%", "30%"});
  CHECK(values_of("33.3%..36.7%/3") == Texts{"33.3%", "35%", "36.7%"});
}

TEST_CASE("a list may hold ranges") {
  CHECK(values_of("1,10..30") == Texts{"1", "10", "20", "30"});
}

TEST_CASE("what names no key or no values is refused") {
  CHECK_THAT(mistake_in("=3").message, ContainsSubstring("names no key"));
  CHECK_THAT(mistake_in("a").message, ContainsSubstring("'a' has no values"));
  CHECK_THAT(mistake_in("a=").message, ContainsSubstring("'a' has no values"));
  CHECK(mistake_in("a=1,,2").message ==
        "'a=1,,2': character 5: there is an empty value in the list");
  CHECK(mistake_in("a=1,2,").message ==
        "'a=1,2,': character 7: there is an empty value in the list");
  CHECK(mistake_in("a= 1, 2, 1").message == "'a= 1, 2, 1': character 10: '1' is listed twice");
  CHECK(mistake_in("a=5, 1..6").message == "'a=5, 1..6': character 6: '5' is listed twice");
}

TEST_CASE("a range that is none is refused with what would work") {
  CHECK(mistake_in("a=60s..1s").hint == "write 1s..60s");
  CHECK_THAT(mistake_in("a=7,1..60s").message,
             StartsWith("'a=7,1..60s': character 5: the range '1..60s' needs"));
  CHECK_THAT(mistake_in("a=x..y").message, ContainsSubstring("two numbers"));
  CHECK_THAT(mistake_in("a=1s..9s/1").message, ContainsSubstring("'1' is no number of values"));
  CHECK_THAT(mistake_in("a=1s..9s/5lin").message, ContainsSubstring("'5lin'"));
  CHECK_THAT(mistake_in("a=0..9/3log").message, ContainsSubstring("begins at zero"));
  CHECK_THAT(mistake_in("a=1..2000/1001").message, ContainsSubstring("no number of values"));
}

TEST_CASE("a small grid is tried whole, its last key fastest") {
  const auto space = *sweep::span(knobs({"a=1,2", "b=x,y,z"}), 6);
  CHECK(space.whole);
  CHECK(space.points == std::vector<Point>{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}});
  CHECK(sweep::text_of(space.knobs, {1, 2}) == "a=2 b=z");
}

TEST_CASE("of a huge grid as many points are tried as are wanted, each once and all over it") {
  const auto space =
      *sweep::span(knobs({"a=1..1000/500", "b=1..1000/500", "c=1..1000/500", "d=1,2,3"}), 300);
  CHECK_FALSE(space.whole);
  CHECK(space.grid_size() == 375'000'000);
  REQUIRE(space.points.size() == 300);
  CHECK(std::set<Point>(space.points.begin(), space.points.end()).size() == 300);
  // Each third of each key gets about a third of the points.
  for (std::size_t k = 0; k < 4; ++k) {
    std::vector<int> thirds(3);
    for (const auto& point : space.points) {
      ++thirds.at(point[k] * 3 / space.knobs[k].values.size());
    }
    for (const int count : thirds) {
      CHECK(count > 80);
      CHECK(count < 120);
    }
  }
  CHECK(space.points == sweep::span(space.knobs, 300)->points);
}

TEST_CASE("no key is swept twice") {
  const auto twice = sweep::span(knobs({"a=1,2", "a=3"}), 10);
  REQUIRE_FALSE(twice.ok());
  CHECK_THAT(twice.error().message, ContainsSubstring("'a' is swept twice"));
}
