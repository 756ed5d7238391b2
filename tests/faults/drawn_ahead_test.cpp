#include "faults/drawn_ahead.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;
using namespace std::chrono_literals;

namespace {

// A plain upstream, to which requests come, of 100 in a second.
class Upstream100 {
 public:
  explicit Upstream100(const Behaviour& normal, std::uint64_t seed = 7)
      : plan_({.normal = normal},
              {parse_phase("good 1s").value(), parse_phase("bad 1s errors=50%,hang:10%").value(),
               parse_phase("again 1s").value()},
              Random(seed)),
        injector_(plan_) {
    REQUIRE(injector_.is_plain());
  }

  [[nodiscard]] const Injector& injector() const { return injector_; }
  // Whether all requests with those numbers meet what they would have met alone.
  [[nodiscard]] bool agrees(const std::vector<std::uint64_t>& numbers,
                            std::uint64_t step = 1) const {
    DrawnAhead drawn(injector_, step);
    Duration arrival{};
    for (const auto number : numbers) {
      const auto now = at(arrival += 10ms);
      const auto& one = drawn.of(number, now);
      const auto alone = injector_.treat_plainly(number, now);
      if (one.delay != alone.delay || one.fate != alone.fate || one.status != alone.status ||
          one.item != alone.item || one.phase != alone.phase) {
        return false;
      }
    }
    return true;
  }

 private:
  Plan plan_;
  Injector injector_;
};

Behaviour normally(std::string_view latency, std::string_view errors = "none") {
  return {parse_latency(latency).value(), parse_errors(errors).value()};
}

std::vector<std::uint64_t> numbers(std::uint64_t first, std::uint64_t step = 1) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t i = 0; i < 280; ++i) {
    all.push_back(first + i * step);
  }
  return all;
}

}  // namespace

TEST_CASE("what is drawn ahead is what a request meets that is drawn alone") {
  for (const auto* errors : {"none", "5%", "503:10%@p50=1s,p99=2s,reset:5%,404:20%@3ms,hang:5%"}) {
    for (const auto* latency :
         {"20ms", "p50=20ms,p99=200ms", "mean=20ms", "normal(20ms,5ms)", "10ms..50ms",
          "p50=20ms,p90=50ms,p99=1s", "20ms + mean=5ms + 2s:10%", "wave(10ms..400ms,period=1s)"}) {
      CAPTURE(errors, latency);
      CHECK(Upstream100(normally(latency, errors)).agrees(numbers(0)));
    }
  }
}

TEST_CASE("it does not matter in which order requests come, or which are left out") {
  const Upstream100 upstream(normally("p50=20ms,p99=200ms", "5%"));
  CHECK(upstream.agrees(numbers(1'000'003)));
  CHECK(upstream.agrees(numbers(3, 4), 4));
  CHECK(upstream.agrees(numbers(0, 5)));
  auto mixed = numbers(0);
  for (std::size_t i = 0; i < mixed.size(); i += 3) {
    mixed[i] |= std::uint64_t{1} << 48U;  // the second attempt of a call
  }
  CHECK(upstream.agrees(mixed));
  CHECK(upstream.agrees({0, 1, 2, 40, 41, 3, 4, 500, 501, 16, 15, 14, 0, 0, 17}));
}

TEST_CASE("what is drawn ahead depends on the seed") {
  const Upstream100 upstream(normally("p50=20ms,p99=200ms"), 1);
  const Upstream100 other(normally("p50=20ms,p99=200ms"), 2);
  DrawnAhead drawn(upstream.injector(), 1);
  DrawnAhead drawn_elsewhere(other.injector(), 1);
  CHECK(drawn.of(5, at(0s)).delay != drawn_elsewhere.of(5, at(0s)).delay);
}
