#include "topology/agenda.hpp"

#include <algorithm>
#include <vector>

#include "core/random.hpp"
#include "tests/support/breakers.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::testing;
using topology::Agenda;

TEST_CASE("an agenda tells who is first, of several the one with the lowest number") {
  for (const std::size_t count : {1U, 2U, 3U, 8U, 13U}) {
    CAPTURE(count);
    Agenda agenda(count);
    CHECK(agenda.next() == never);
    std::vector<TimePoint> due(count, never);
    Random random(count);
    for (int i = 0; i < 300; ++i) {
      const auto member = random.next() % count;
      const auto ms = random.next() % 5;
      due[member] = ms == 0 ? never : at_ms(static_cast<int>(ms));
      agenda.set(member, due[member]);
      const auto first = std::ranges::min_element(due);
      REQUIRE(agenda.next() == *first);
      REQUIRE(agenda.first() == static_cast<std::size_t>(first - due.begin()));
    }
  }
}

TEST_CASE("an agenda of nobody has nothing to do") { CHECK(Agenda(0).next() == never); }
