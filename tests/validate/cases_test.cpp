// The tables of docs/validation.md, with as little as still says something; scripts/validate does
// the same with more.
#include "validate/cases.hpp"

#include "tests/support/catch.hpp"
#include "validate/document.hpp"

using namespace tripcurve::validate;
using tripcurve::testing::ContainsSubstring;

namespace {

constexpr Effort little{};

void holds(const Section& section) {
  REQUIRE_FALSE(section.rows.empty());
  for (const auto& mistake : mistakes_of({section})) {
    FAIL_CHECK(mistake);
  }
}

}  // namespace

TEST_CASE("queues of simulated services are as long as theory says") { holds(queues(little)); }
TEST_CASE("breakers trip after as many calls as theory says") { holds(rows_and_windows(little)); }
TEST_CASE("faults are detected when theory says") { holds(detection(little)); }
TEST_CASE("breakers close when theory says") { holds(recovery(little)); }
TEST_CASE("in the long run a simulated breaker rejects what theory says") {
  holds(long_run_cycle(little));
}
TEST_CASE("forecasts of false trips agree with the breakers") {
  holds(false_trip_forecasts(little));
}
TEST_CASE("retries of simulated layers multiply calls as theory says") {
  holds(amplification_by_retries(little));
}
TEST_CASE("retries and budgets do what Brooker's simulator does") {
  holds(brooker_retries(little));
}
TEST_CASE("jitter does to clients who contend for a row what the AWS study says") {
  holds(jitter_study(little));
}
TEST_CASE("an overload keeps itself up exactly where the HotOS 2021 paper says") {
  holds(metastable(little));
}
TEST_CASE("a slow bank stops a shop, and a timeout with a breaker prevents it") {
  holds(cascade(little));
}
TEST_CASE("a simulated closed loop of users is rejected as often as one of the real resilience4j") {
  holds(measured_resilience4j(little));
}

TEST_CASE("a share of all runs together is not the mean of their shares") {
  const auto share = ratio_of({1, 90}, {10, 100});
  CHECK(share.mean == Approx(91.0 / 110));
  // By hand: (1 - 10 * 91/110) / 55 and its opposite.
  CHECK(share.error == Approx((10 * 91.0 / 110 - 1) / 55));
  CHECK(ratio_of({2, 4, 6}, {4, 8, 12}).error == Approx(0).margin(1e-12));
}

TEST_CASE("a number that does not hold is told with what was expected") {
  const Section section{.title = "S",
                        .about = "A.",
                        .rows = {row_of("a", 10, {10.39, .1}), row_of("b", 10, {10.41, .1}),
                                 row_of("c", 10, {10.41, .1}, .05), row_of("d", "x", "y")}};
  CHECK(mistakes_of({section}) == std::vector<std::string>{"S: b: expected 10, found 10.41 ± 0.1",
                                                           "S: d: expected x, found y"});
  CHECK_THAT(document_of({section}),
             ContainsSubstring("| b | 10 | 10.41 ± 0.1 | **does not hold** |"));
}
