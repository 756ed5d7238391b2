// The options of resilience4j's modules as they stand in application.yml, and the policies that its
// decorators make of them. Names bind as Spring binds them.
//
// Read in CommonRetryConfigurationProperties and its siblings for the time limiter and the bulkhead
// (resilience4j-framework-common 2.4.0), and held to recordings of the library: see
// docs/CONFORMANCE.md.
#pragma once

#include <span>
#include <vector>

#include "client/config.hpp"
#include "importer/draft.hpp"

namespace tripcurve::importer {

// The blocks of an instance, the strongest first. A mistake is kept in the block that has it, and
// what is told goes to the draft.
using OptionBlocks = std::span<Fields>;

// How the methods return that the policies stand around.
enum class Returns : std::uint8_t {
  value,  // threads wait, and a time limiter interrupts them (cancelRunningFuture)
  stage,  // a CompletionStage, of which a time limiter cancels nothing
};

// `limited`: a time limiter is among the policies.
[[nodiscard]] client::RetryConfig read_resilience4j_retry(Draft& draft, OptionBlocks blocks,
                                                          bool limited);
[[nodiscard]] client::TimeoutConfig read_resilience4j_limit(OptionBlocks blocks, Returns returns);
[[nodiscard]] client::BulkheadConfig read_resilience4j_bulkhead(OptionBlocks blocks);
// Of the module thread-pool-bulkhead; `at` is where its instance stands.
[[nodiscard]] client::BulkheadConfig read_resilience4j_pool(Draft& draft, OptionBlocks blocks,
                                                            const Place& at);

// The breaker's own settings, of the blocks that make up an instance, and what it counts.
[[nodiscard]] Result<Draft> read_resilience4j_breaker(const std::vector<const Node*>& blocks,
                                                      bool limited);
// With what it counts other policies' endings as.
[[nodiscard]] Result<client::BreakerConfig> resilience4j_breaker(
    const Draft& draft, const std::vector<const Node*>& blocks, bool limited,
    const Place& otherwise);

// A list of policies, the outermost first: `policy` is retry, circuitbreaker, timelimiter, bulkhead
// or fallback, the other keys are those of the module. The fallback answers 203 to every exception;
// a retry's resultPredicate is the statuses that it retries.
[[nodiscard]] Result<client::Policies> read_resilience4j_policies(const Node& list,
                                                                  Returns returns);

}  // namespace tripcurve::importer
