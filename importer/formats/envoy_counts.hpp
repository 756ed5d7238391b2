// What Envoy's outlier detection counts when its settings leave only some statuses.
#pragma once

#include "importer/draft.hpp"

namespace tripcurve::importer {

// Where gateway errors in a row are the only signal that ejects, no answer but 502, 503 and 504
// counts. `at` is where the settings stand.
void take_gateway_counts(Draft& draft, const Place& at);

}  // namespace tripcurve::importer
