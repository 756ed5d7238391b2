// What formats share whose breaker is Envoy's outlier detection.
#pragma once

#include "importer/draft.hpp"

namespace tripcurve::importer {

// Where gateway errors in a row are the only signal that ejects, no answer but 502, 503 and 504
// counts. `at` is where the settings stand.
void take_gateway_counts(Draft& draft, const Place& at);

// Warns that the file does not say how many hosts there are.
void tell_of_unknown_hosts(Draft& draft, const Place& at);

// Tells of a block's limits of connections and the like, all but `taken`, a key that was read.
void tell_of_envoy_limits(Draft& draft, const Node* block, std::string_view taken);

}  // namespace tripcurve::importer
