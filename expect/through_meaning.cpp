#include "expect/through_meaning.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tripcurve::expect {
namespace {

constexpr std::string_view between_two_times =
    "It lies between two times, which the calls on both sides of the change give. An expectation "
    "that holds at one of them only is inconclusive.";
constexpr std::string_view changes_only =
    "Only changes that calls show are seen: a stay in open that is over before three calls came is "
    "not. While something else may look like a breaker, the run is inconclusive.";
constexpr std::string_view probes =
    "Calls that arrived at the dependency after it was open, until it was open or closed again. If "
    "the service does not pass on who calls, calls that went out at once may be mistaken for each "
    "other.";
constexpr std::string_view withheld =
    "Calls that the service answered and that did not arrive at its dependency. Those that a cache "
    "answered are among them. If the service does not pass on who calls, it lies between two "
    "numbers. Of several dependencies, each is judged; `breaker` names one.";
constexpr std::string_view unknown =
    "Not known: nobody can say what the dependency would have answered.";

constexpr std::array meanings{
    std::pair<std::string_view, std::string_view>{"time_to_open", between_two_times},
    std::pair<std::string_view, std::string_view>{"time_to_half_open", between_two_times},
    std::pair<std::string_view, std::string_view>{"time_to_close", between_two_times},
    std::pair<std::string_view, std::string_view>{"time_in", between_two_times},
    std::pair<std::string_view, std::string_view>{"opens", changes_only},
    std::pair<std::string_view, std::string_view>{"trips", changes_only},
    std::pair<std::string_view, std::string_view>{"closes", changes_only},
    std::pair<std::string_view, std::string_view>{"transitions", changes_only},
    std::pair<std::string_view, std::string_view>{"false_opens", changes_only},
    std::pair<std::string_view, std::string_view>{"flaps_per_min", changes_only},
    std::pair<std::string_view, std::string_view>{"probes_per_half_open", probes},
    std::pair<std::string_view, std::string_view>{"max_concurrent_probes", probes},
    std::pair<std::string_view, std::string_view>{"rejected", withheld},
    std::pair<std::string_view, std::string_view>{"rejected_share", withheld},
    std::pair<std::string_view, std::string_view>{
        "fail_fast_share",
        "Calls that the service did not answer well and that did not arrive at its dependency, "
        "divided by those that it answered. Of several dependencies, each is judged; `breaker` "
        "names one."},
    std::pair<std::string_view, std::string_view>{
        "leaked_while_open",
        "Requests that arrived at the dependency while its breaker was certainly open, late "
        "retries "
        "among them. A call that may have been let out before it opened does not count, nor does "
        "what arrives of no call, such as a health check, if that comes while all is well, too. Of "
        "several dependencies, each is judged; `breaker` names one."},
    std::pair<std::string_view, std::string_view>{
        "upstream_requests",
        "Requests that arrived at the dependency. Of several, each is judged; `breaker` names "
        "one."},
    std::pair<std::string_view, std::string_view>{"rejected_good", unknown},
    std::pair<std::string_view, std::string_view>{"rejection_precision", unknown},
    std::pair<std::string_view, std::string_view>{"rejection_recall", unknown},
    std::pair<std::string_view, std::string_view>{
        "amplification",
        "Requests that arrived at the dependency, divided by calls. Of several, each is judged; "
        "`breaker` names one."},
    std::pair<std::string_view, std::string_view>{
        "availability", "Of the answers that the service gave; a fallback's are good."},
};

}  // namespace

std::string_view meaning_through(const Metric& metric) {
  const auto* const found =
      std::ranges::find(meanings, metric.name, &decltype(meanings)::value_type::first);
  return found == meanings.end() ? "" : found->second;
}

bool is_of_observed_states(const Metric& metric) {
  return metric.by_breaker || metric.name == "leaked_while_open" ||
         metric.name == "peak_after_close" || metric.name.starts_with("claimed_state_");
}

}  // namespace tripcurve::expect
