// The options of .NET's resilience strategies as they stand in appsettings.json, and the clients
// that its handlers make of them. Keys bind in any case; a TimeSpan is hh:mm:ss.
//
// Defaults and ranges: Microsoft.Extensions.Http.Resilience 10 and the strategy options of Polly 8;
// the checks across strategies: HttpStandardResilienceOptionsCustomValidator, which stops the host
// at its start.
#pragma once

#include "client/config.hpp"
#include "importer/draft.hpp"

namespace tripcurve::importer {

// HttpStandardResilienceOptions: the breaker, what stands around it, and the client that
// AddStandardResilienceHandler makes of the section.
[[nodiscard]] Result<Draft> read_dotnet_standard(const Node& section);

// HttpStandardHedgingResilienceOptions: the breaker is that of an endpoint, and so are the limiter
// and the timeout; each attempt goes through them.
[[nodiscard]] Result<Draft> read_dotnet_hedging(const Node& section);

// A pipeline of AddResilienceHandler, written as a list of policies, the outermost first: `policy`
// is Timeout, Retry, CircuitBreaker, Hedging, ConcurrencyLimiter or Fallback, the other keys are
// the options of that strategy. The fallback answers 203 what is transient or was rejected.
[[nodiscard]] Result<client::Policies> read_dotnet_policies(const Node& list);

// The options of one retry.
[[nodiscard]] Result<client::RetryConfig> read_dotnet_retry(const Node& options);

}  // namespace tripcurve::importer
