// One per file of this folder. Not for other folders.
#pragma once

#include "claims/kind.hpp"

namespace tripcurve::claims {

// Text of Prometheus or OpenMetrics, with the metrics of resilience4j (Micrometer), Envoy, Polly
// (OpenTelemetry) and opossum-prometheus, or a metric that the source names.
[[nodiscard]] Kind prometheus();

// Spring Boot's actuator with resilience4j: /actuator/circuitbreakers, or its events.
[[nodiscard]] Kind actuator();

// The stream of Hystrix's metrics, which hystrix-go, opossum and resilience4j's consumer speak,
// too.
[[nodiscard]] Kind hystrix();

// Envoy's admin pages /clusters and /stats.
[[nodiscard]] Kind envoy();

}  // namespace tripcurve::claims
