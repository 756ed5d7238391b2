// As Envoy 1.40.0 counts: what breaks a call off is a 503, a timeout a 504; a 500 or a 501 breaks
// the row of gateway errors, as a success does.
#include "importer/formats/envoy_counts.hpp"

#include <span>

namespace tripcurve::importer {

void take_gateway_counts(Draft& draft, const Place& at) {
  const auto is = [&](std::string_view key, std::string_view value, std::string_view fallback) {
    return draft.value_of(key).value_or(std::string(fallback)) == value;
  };
  const bool by_any_error =
      !is("enforcing_consecutive_5xx", "0", "100") && !is("consecutive_5xx", "0", "5");
  const bool by_gateway_errors = !is("enforcing_consecutive_gateway_failure", "0", "0") &&
                                 !is("consecutive_gateway_failure", "0", "5");
  const bool by_rates =
      !is("enforcing_success_rate", "0", "100") || !is("enforcing_failure_percentage", "0", "0");
  if (by_any_error || !by_gateway_errors || by_rates) {
    return;
  }
  draft.counts =
      ImportedCounts{.at = at,
                     .changes = *parse_outcome_changes("500-501=success,505-999=success"),
                     .why = "among answers, only gateway errors (502, 503 and 504) eject a host"};
}

void tell_of_unknown_hosts(Draft& draft, const Place& at) {
  draft.warnings.push_back({at, "hosts",
                            "the file does not say how many hosts there are; set hosts=N, because "
                            "max_ejection_percent depends on it"});
}

void tell_of_envoy_limits(Draft& draft, const Node* block, std::string_view taken) {
  for (const auto& child :
       block == nullptr ? std::span<const Node>{} : std::span(block->children)) {
    if (child.key != taken) {
      draft.ignored.push_back(
          {child.key_at, child.key,
           "limits connections and is not a circuit breaker; tripcurve leaves it out"});
    }
  }
}

}  // namespace tripcurve::importer
