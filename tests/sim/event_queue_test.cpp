#include "sim/event_queue.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "core/random.hpp"
#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace std::chrono_literals;

namespace {

// Pushes and pops as a run does, against a map that is in order by itself: pushes never lie before
// what was popped last. `furthest` is how far off an event may be.
void compare_with_a_map(std::uint64_t seed, Duration furthest) {
  Random random(seed);
  sim::EventQueue<std::uint32_t> queue;
  std::map<std::pair<TimePoint, std::uint32_t>, std::uint32_t> expected;
  std::uint32_t pushed = 0;
  TimePoint now{};
  for (int step = 0; step < 20'000; ++step) {
    if (expected.empty() || (random.unit() < 0.5 && expected.size() < 500)) {
      // Steps of 10 us, so that some are of one instant.
      const auto steps = static_cast<double>(furthest / 10us);
      const auto when = now + 10us * static_cast<int>(random.unit() * steps);
      queue.push(when, pushed);
      expected.emplace(std::pair(when, pushed), pushed);
      ++pushed;
      continue;
    }
    const auto first = expected.begin();
    REQUIRE(queue.next_at() == first->first.first);
    now = queue.next_at();
    REQUIRE(queue.pop().what == first->second);
    expected.erase(first);
  }
  for (const auto& [key, slot] : expected) {
    REQUIRE(queue.next_at() == key.first);
    REQUIRE(queue.pop().what == slot);
  }
  CHECK(queue.next_at() == never);
}

}  // namespace

TEST_CASE("events come out by their time, and those of one instant as they were pushed") {
  for (const auto furthest : {Duration(100us), Duration(20ms), Duration(300ms), Duration(5s)}) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      CAPTURE(furthest, seed);
      compare_with_a_map(seed, furthest);
    }
  }
}

TEST_CASE("an event beyond the wheel's turn comes out between those on it, in its turn") {
  sim::EventQueue<std::uint32_t> queue;
  queue.push(at(1s), 0);
  queue.push(at(200ms), 1);
  CHECK(queue.pop().what == 1);
  queue.push(at(400ms), 2);  // on the wheel
  CHECK(queue.pop().what == 2);
  queue.push(at(600ms), 3);
  CHECK(queue.pop().what == 3);
  queue.push(at(1s), 4);  // of the same instant as 0, which has waited in the heap
  queue.push(at(1s - 1ns), 5);
  CHECK(queue.pop().what == 5);
  CHECK(queue.pop().what == 0);
  CHECK(queue.pop().what == 4);
  CHECK(queue.next_at() == never);
}

TEST_CASE("crowds of one instant and of its neighbours come out in order") {
  constexpr std::uint32_t count = 20'000;
  sim::EventQueue<std::uint32_t> queue;
  std::vector<std::pair<TimePoint, std::uint32_t>> expected;
  Random random(1);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto when = at(1ms + Duration(static_cast<int>(random.unit() * 100)));
    queue.push(when, i);
    expected.emplace_back(when, i);
  }
  std::ranges::sort(expected);
  for (const auto& [when, slot] : expected) {
    REQUIRE(queue.next_at() == when);
    REQUIRE(queue.pop().what == slot);
  }
  CHECK(queue.empty());
}
