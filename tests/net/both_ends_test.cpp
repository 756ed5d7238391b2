// The callers of a service and its dependency, one calling the other with no service in between.
#include "net/both_ends.hpp"

#include <chrono>

#include "tests/support/catch.hpp"

namespace tripcurve::net {
namespace {

using namespace std::chrono_literals;

struct Pair {
  explicit Pair() {
    const Target target{.host = "127.0.0.1", .port = dependency.port(), .loopback = true};
    callers.emplace(target, std::vector{load::Endpoint{}}, std::vector<std::uint16_t>{0},
                    BothEnds::Listens::on_loopback, clock);
  }

  // Until that is so; false: it was not within 5 s.
  template <typename Condition>
  bool until(Condition holds) {
    const auto end = clock.now() + 5s;
    while (!holds() && clock.now() < end) {
      dependency.step(clock.now() + 1ms);
      callers->step(clock.now() + 1ms);
    }
    return holds();
  }
  CallEnd call() {
    callers->call(0);
    REQUIRE(until([&] { return callers->ended(0).has_value(); }));
    return *callers->ended(0);
  }

  SteadyClock clock;
  BothEnds dependency{
      {.host = "127.0.0.1", .port = 1}, {{}}, {0}, BothEnds::Listens::on_loopback, clock};
  std::optional<BothEnds> callers;
};

}  // namespace

TEST_CASE("instances of the dependency are treated apart until all are treated alike again") {
  const SteadyClock clock;
  BothEnds instances({.host = "127.0.0.1", .port = 1}, {{}}, {0, 0}, BothEnds::Listens::on_loopback,
                     clock);
  const Target first{.host = "127.0.0.1", .port = instances.port(), .loopback = true};
  BothEnds callers(first, {{}}, {0}, BothEnds::Listens::on_loopback, clock);
  const auto ended = [&] {
    callers.call(0);
    const auto end = clock.now() + 5s;
    while (!callers.ended(0) && clock.now() < end) {
      instances.step(clock.now() + 1ms);
      callers.step(clock.now() + 1ms);
    }
    return callers.ended(0);
  };
  instances.treat(faults::Treatment{{.status = 503}});
  instances.treat_others({});
  CHECK(ended() == CallEnd(CallEnd::Kind::answer, 503));
  CHECK(instances.arrived_at_first() == 1);
  CHECK(instances.arrivals().size() == 1);
}

TEST_CASE("the dependency treats what arrives as it was told, and counts it") {
  Pair pair;
  CHECK(pair.call() == CallEnd(CallEnd::Kind::answer, 200));
  pair.dependency.treat(faults::Treatment{{.status = 503}});
  CHECK(pair.call() == CallEnd(CallEnd::Kind::answer, 503));
  pair.dependency.treat(faults::Treatment{{.fate = faults::Fate::reset}});
  CHECK(pair.call().kind() == CallEnd::Kind::reset);
  pair.dependency.treat(faults::Treatment{{.fate = faults::Fate::empty}});
  CHECK(pair.call().kind() == CallEnd::Kind::closed);
  CHECK(pair.dependency.arrivals().size() == 4);
}

TEST_CASE("what the dependency holds is answered when it is released, and not before") {
  Pair pair;
  pair.dependency.treat(std::nullopt);
  pair.callers->call(0);
  pair.callers->call(1);
  REQUIRE(pair.until([&] { return pair.dependency.arrivals().size() == 2; }));
  CHECK_FALSE(pair.callers->ended(0));
  pair.dependency.release(faults::Treatment{{.status = 429}});
  REQUIRE(pair.until([&] { return pair.callers->ended(0) && pair.callers->ended(1); }));
  CHECK(pair.callers->ended(0) == CallEnd(CallEnd::Kind::answer, 429));
}

TEST_CASE("a call that is given up has ended, and its place can be called from again") {
  Pair pair;
  pair.dependency.treat(faults::Treatment{{.fate = faults::Fate::hang}});
  pair.callers->call(0);
  REQUIRE(pair.until([&] { return pair.dependency.arrivals().size() == 1; }));
  pair.callers->give_up(0);
  CHECK(pair.callers->ended(0)->kind() == CallEnd::Kind::timeout);
  pair.dependency.treat(faults::Treatment{});
  CHECK(pair.call() == CallEnd(CallEnd::Kind::answer, 200));
}

}  // namespace tripcurve::net
