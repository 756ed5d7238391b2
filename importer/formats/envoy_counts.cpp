// Read in envoy's source/common/upstream/outlier_detection_impl.cc at 00c7146d: the row of gateway
// errors is broken by every other result, a reset among them, unless local origin errors are split
// off.
#include "importer/formats/envoy_counts.hpp"

namespace tripcurve::importer {

void take_gateway_counts(Draft& draft, const Place& at) {
  const auto is = [&](std::string_view key, std::string_view value, std::string_view fallback) {
    return draft.value_of(key).value_or(std::string(fallback)) == value;
  };
  const bool only_gateway_errors = is("enforcing_consecutive_5xx", "0", "100") &&
                                   !is("enforcing_consecutive_gateway_failure", "0", "0") &&
                                   is("enforcing_success_rate", "0", "100") &&
                                   is("enforcing_failure_percentage", "0", "0");
  if (!only_gateway_errors) {
    return;
  }
  const bool split = is("split_external_local_origin_errors", "true", "false");
  draft.counts = ImportedCounts{
      .at = at,
      .changes = *parse_outcome_changes(
          split ? "500-501=success,505-999=success"
                : "500-501=success,505-999=success,reset=success,closed=success,"
                  "bad_answer=success"),
      .why = "only gateway errors eject: 502, 503 and 504, a failed connect and a timeout"};
}

}  // namespace tripcurve::importer
