// Forecasts of false trips, and the ICSA paper as a section.
#include <fmt/format.h>

#include <cmath>

#include "core/ensure.hpp"
#include "forecast/false_trips.hpp"
#include "theory/trips.hpp"
#include "validate/cases.hpp"
#include "validate/published.hpp"

namespace tripcurve::validate {
namespace {

Estimate estimate_of(const forecast::FalseTrips& trips) {
  return {trips.per_month, (trips.high - trips.low) / 2 / 1.96};
}

}  // namespace

Section false_trip_forecasts(const Effort& effort) {
  Section section{
      .title = "False trips in 30 days",
      .about =
          "What `false_trips_per_month` says by a formula or an exact chain, beside the same "
          "breaker simulated where it trips often, and by importance sampling where it hardly "
          "ever does. 100 calls per second, of which a share p fails for no reason.",
      .rows = {}};
  struct Case {
    const char* breaker;
    double p;
    std::optional<double> a{};
    bool rare = false;
  };
  for (const auto& [text, p, a, rare] : std::initializer_list<Case>{
           {"classic,failures=3", .05},
           {"classic,failures=5", .01, .8},
           {"gobreaker", .2},
           {"resilience4j,slidingWindowSize=10,minimumNumberOfCalls=10", .1},
           {"resilience4j,slidingWindowSize=10,minimumNumberOfCalls=5", .1, .3},
           {"resilience4j,slidingWindowSize=100", .4},
           {"classic,failures=5", .01, std::nullopt, true},
           {"gobreaker", .01, std::nullopt, true},
           {"gobreaker", .001, .1, true},
           {"resilience4j,slidingWindowSize=10,minimumNumberOfCalls=10", .01, std::nullopt, true},
           {"resilience4j", .2, std::nullopt, true},
           {"resilience4j", .1, std::nullopt, true}}) {
    const auto breaker = breaker::parse_choice(text);
    ENSURE(breaker.ok());
    const forecast::Baseline baseline{.calls_per_second = 100, .failures = p, .stickiness = a};
    const forecast::Effort calls{.calls = 100'000ULL * effort.times};
    const auto theory = forecast::by_theory(*breaker, baseline);
    ENSURE(theory.has_value());
    const auto found = rare ? forecast::by_importance(*breaker, baseline, calls).value()
                            : forecast::by_simulation(*breaker, baseline, calls);
    section.rows.push_back(
        row_of(fmt::format("{}, p = {}{}, {}", text, p, a ? fmt::format(", a = {}", *a) : "",
                           rare ? "importance sampling" : "simulated"),
               theory->per_month, estimate_of(found), .01));
  }
  return section;
}

Section icsa_paper(const Effort& effort) {
  Section section{
      .title = "Mendonca, Aderaldo, Camara and Garlan, ICSA 2020",
      .about =
          "\"Model-Based Analysis of Microservice Resiliency Patterns\": one client needs 100 "
          "good answers of a server that fails after every ten requests; total and contention "
          "time by availability. Expected are the numbers of an independent simulation of "
          "their models with 40,000 plays a point, which hold within 0.5 %; what the paper's "
          "charts show, in brackets, within 1.5 %. `tripcurve-validate icsa2020` prints all "
          "models as CSV.",
      .rows = {}};
  const auto plays = std::min(100 * effort.times, 40'000U);
  for (const auto& row : icsa_published) {
    for (std::size_t i = 0; i < icsa_availabilities.size(); ++i) {
      const auto found = mean_of_plays(row.model, icsa_availabilities[i], plays, 1);
      const auto add = [&](const char* what, double expected, double paper, Estimate estimate) {
        const auto title =
            fmt::format("{} {} = {}, availability {}: {}", validate::name(row.model.pattern),
                        row.model.parameter, row.model.value, icsa_availabilities[i], what);
        auto one = row_of(title, expected, estimate, .005);
        one.expected += fmt::format(" ({})", paper);
        one.holds =
            one.holds && std::abs(estimate.mean - paper) <= .015 * paper + 4 * estimate.error;
        section.rows.push_back(std::move(one));
      };
      add("total", row.total[i], row.paper_total[i], {found.mean.total, found.error.total});
      add("contention", row.contention[i], row.paper_contention[i],
          {found.mean.contention, found.error.contention});
    }
  }
  return section;
}

}  // namespace tripcurve::validate
