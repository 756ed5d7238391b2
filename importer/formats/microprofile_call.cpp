#include "importer/formats/microprofile_call.hpp"

#include <algorithm>
#include <utility>

#include "breaker/registry.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::uint64_t microprofile_endless = 2147483647;  // as good as without end

client::RetryConfig retry_policy(const MicroprofileRetry& retry, const OutcomeRules& exceptions) {
  client::RetryConfig config{
      .most = static_cast<std::uint32_t>(
          std::min(retry.retries.value_or(microprofile_endless), microprofile_endless)),
      .backoff = {.growth = client::Backoff::Growth::constant,
                  .delay = retry.delay,
                  .grain = std::chrono::milliseconds(1)},
      .heed_retry_after = false,
      .rules = client::EndingRules(exceptions).with_open_failing().with_full_failing()};
  if (retry.jitter > Duration::zero()) {
    config.backoff.jitter = client::Backoff::Jitter::range;
    config.backoff.range = retry.jitter;
  }
  if (retry.max_duration > Duration::zero()) {
    config.max_duration = retry.max_duration;
    config.late_wait = client::RetryConfig::LateWait::wait_out;
  }
  return config;
}

}  // namespace

std::optional<Error> take_microprofile_call(Draft& draft,
                                            const std::optional<MicroprofileRetry>& retry,
                                            const std::optional<MicroprofileBulkhead>& bulkhead,
                                            const Place& otherwise) {
  if (!retry && !bulkhead) {
    return std::nullopt;
  }
  const auto read = breaker_policy_of(draft, otherwise);
  if (!read) {
    return read.error();
  }
  auto breaker = *read;
  breaker.rules = breaker.rules.with_full_failing();
  const auto exceptions = breaker::usual_rules(breaker.choice.dialect());
  if (retry && retry->retries.value_or(1) > 0) {
    draft.retry = Retry{.at = retry->at,
                        .attempts = retry->retries ? *retry->retries + 1 : Retry::endless,
                        .wait = retry->delay,
                        .range = retry->jitter};
    draft.client.emplace_back(retry_policy(*retry, exceptions));
  }
  draft.client.emplace_back(std::move(breaker));
  if (draft.timeout) {
    draft.client.emplace_back(client::TimeoutConfig{draft.timeout->length});
  }
  if (bulkhead) {
    const auto waiting = bulkhead->waiting.value_or(0);
    draft.bulkhead = Bulkhead{bulkhead->at, bulkhead->calls, waiting};
    draft.client.emplace_back(client::BulkheadConfig{.places = bulkhead->calls, .queue = waiting});
    if (!bulkhead->waiting) {
      draft.warnings.push_back({bulkhead->at, "@Bulkhead",
                                "of a method with @Asynchronous, 10 more calls may wait; tripcurve "
                                "lets none wait"});
    }
  }
  return std::nullopt;
}

}  // namespace tripcurve::importer
