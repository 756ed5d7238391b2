#include "core/timetable.hpp"

#include "core/ensure.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;

namespace {

// Phases of 10 s, one per letter: 'f' is a fault, anything else is not.
Timetable phases(const std::string& letters) {
  std::vector<Phase> list;
  TimePoint begin{};
  for (const char letter : letters) {
    list.push_back({std::string(1, letter), begin, begin + 10s, letter == 'f'});
    begin += 10s;
  }
  return Timetable(std::move(list));
}

}  // namespace

TEST_CASE("a phase begins with its first instant and ends before its last") {
  const auto table = phases("abc");
  CHECK(table.index_at(at(0s)) == 0);
  CHECK(table.index_at(at(10s - 1ns)) == 0);
  CHECK(table.index_at(at(10s)) == 1);
  CHECK(table.index_at(at(29s)) == 2);
  CHECK(table.end() == at(30s));
}

TEST_CASE("before the first phase it is the first and after the last the last") {
  const auto table = phases("abc");
  CHECK(table.index_at(at(-1s)) == 0);
  CHECK(table.index_at(at(1h)) == 2);
}

TEST_CASE("faulty phases that touch are one fault window") {
  const auto table = phases("nffnf");
  REQUIRE(table.faults().size() == 2);
  CHECK(table.faults()[0].begin == at(10s));
  CHECK(table.faults()[0].end == at(30s));
  CHECK(table.faults()[1].begin == at(40s));
  CHECK(table.faults()[1].end == at(50s));
}

TEST_CASE("the latest fault is the one that is on or the last one that is over") {
  const auto table = phases("nfnf");
  CHECK(table.latest_fault(at(10s - 1ns)) == nullptr);
  CHECK(table.latest_fault(at(10s)) == &table.faults()[0]);
  CHECK(table.latest_fault(at(25s)) == &table.faults()[0]);
  CHECK(table.latest_fault(at(30s)) == &table.faults()[1]);
  CHECK(table.latest_fault(at(1h)) == &table.faults()[1]);
  CHECK(phases("nn").latest_fault(at(15s)) == nullptr);
}

TEST_CASE("a timetable without phases, with a gap or with an empty phase is a bug") {
  CHECK_THROWS_AS(Timetable({}), Bug);
  CHECK_THROWS_AS(Timetable({{"late", at(1s), at(2s)}}), Bug);
  CHECK_THROWS_AS(Timetable({{"a", at(0s), at(1s)}, {"b", at(2s), at(3s)}}), Bug);
  CHECK_THROWS_AS(Timetable({{"a", at(0s), at(0s)}}), Bug);
}
