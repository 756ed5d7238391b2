#include "faults/sparing.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace tripcurve;
using namespace tripcurve::faults;

namespace {

Delivery delivery_of(const std::string& fault) {
  return parse_fault(fault).value().on(Exchange{}).delivery;
}

}  // namespace

TEST_CASE("an answer spares what would cut it off or stand still only behind its end") {
  for (const std::string kind : {"truncate(at=10B)", "hang(at=10B)"}) {
    CAPTURE(kind);
    CHECK(spares(delivery_of(kind), 9));
    CHECK(spares(delivery_of(kind), 10));
    CHECK_FALSE(spares(delivery_of(kind), 11));
    CHECK_FALSE(spares(delivery_of(kind), std::nullopt));
  }
}

TEST_CASE("what comes whatever the length of the answer is never spared") {
  for (const std::string kind : {"reset(at=10B)", "truncate", "truncate(at=head)", "hang(at=body)",
                                 "close", "half-close", "endless", "header-flood"}) {
    CAPTURE(kind);
    CHECK_FALSE(spares(delivery_of(kind), 1));
  }
}

TEST_CASE("an upgraded connection spares what is about chunks, bodies and requests that follow") {
  for (const std::string kind :
       {"malformed-chunk", "endless", "close", "close(after=1s)", "half-close"}) {
    CAPTURE(kind);
    CHECK(spares_upgraded(delivery_of(kind)));
  }
  for (const std::string kind : {"truncate", "truncate(at=head)", "reset(at=10B)", "hang(at=10B)",
                                 "slow-close", "header-flood"}) {
    CAPTURE(kind);
    CHECK_FALSE(spares_upgraded(delivery_of(kind)));
  }
}

TEST_CASE("of a spared fault the pace is left, and nothing else") {
  auto delivery = delivery_of("truncate(at=10B)");
  delivery.bytes_per_second = 100;
  delivery.slice = 3;
  delivery.gap = std::chrono::seconds(1);
  delivery.head_gap = std::chrono::seconds(2);
  const auto course = course_of({.delivery = delivery}, true, "truncate(at=10B)");
  REQUIRE(course);
  CHECK(spared(*course)->delivery == Delivery{.head_gap = std::chrono::seconds(2),
                                              .bytes_per_second = 100,
                                              .slice = 3,
                                              .gap = std::chrono::seconds(1)});
}
