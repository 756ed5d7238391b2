// What the annotations of MicroProfile Fault Tolerance beside @CircuitBreaker make of a call.
//
// Order of SmallRye Fault Tolerance 6.11.2, as of the specification: the retry is around the
// circuit breaker, which is around the timeout, which is around the bulkhead. Defaults of the
// annotations:
// @Retry 3 retries, no delay but up to 200 ms of jitter, 180 s in all; @Bulkhead 10 calls, and 10
// that wait if the method is asynchronous. Every exception is tried again and counts as a failure,
// those of the other annotations included, unless retryOn, abortOn, failOn or skipOn say otherwise.
#pragma once

#include "importer/draft.hpp"

namespace tripcurve::importer {

struct MicroprofileRetry {
  Place at{};
  std::optional<std::uint64_t> retries{};  // none: without end
  Duration delay{};
  Duration jitter = std::chrono::milliseconds(200);
  Duration max_duration = std::chrono::seconds(180);  // 0: none
};

struct MicroprofileBulkhead {
  Place at{};
  std::uint64_t calls = 10;
  std::optional<std::uint64_t> waiting{};  // of an asynchronous method
};

// Makes the draft's policies of them, and of its timeout; none where there are none. `otherwise` is
// where the breaker stands.
[[nodiscard]] std::optional<Error> take_microprofile_call(
    Draft& draft, const std::optional<MicroprofileRetry>& retry,
    const std::optional<MicroprofileBulkhead>& bulkhead, const Place& otherwise);

}  // namespace tripcurve::importer
