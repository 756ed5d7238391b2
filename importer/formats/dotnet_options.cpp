#include "importer/formats/dotnet_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "core/text.hpp"
#include "core/units.hpp"
#include "importer/formats/dotnet_sections.hpp"
#include "importer/policy_list.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

using client::Backoff;
using std::chrono::milliseconds;
using std::chrono::seconds;

Result<std::string> as_dotnet_whole(const Node& node) {
  const auto count = dotnet_whole_of(node);
  return count ? Result<std::string>(std::to_string(*count)) : count.error();
}

constexpr std::array dotnet_taken{
    Taken{"FailureRatio", "FailureRatio", as_number},
    Taken{"MinimumThroughput", "MinimumThroughput", as_dotnet_whole},
};
constexpr std::array dotnet_name_ignored{Ignored{"Name", "only names the strategy in telemetry"}};

// HttpClientResiliencePredicates.cs of dotnet/extensions, which a section cannot change: no answer,
// a timeout of a policy, 5xx, 408 and 429. A rejection by a breaker or a limiter is none of them.
client::EndingRules transient() {
  return client::EndingRules(
      OutcomeRules().with(*parse_outcome_changes("408=failure,429=failure")));
}

// HttpClientHedgingResiliencePredicates.cs takes a breaker's rejection, too.
client::EndingRules transient_or_open() { return transient().with_open_failing(); }

ImportedCounts transient_counts() {
  return {.changes = *parse_outcome_changes("408=failure,429=failure"),
          .why =
              "the standard handler counts HttpRequestException, TimeoutRejectedException, 5xx, "
              "408 and 429, unless code sets ShouldHandle"};
}

// A strategy of a section by either of its names: previews wrote them with Options behind.
const Node* strategy(Fields& section, std::string_view name) {
  const auto* node = section.take(name);
  const auto* preview = section.take(std::string(name) + "Options");
  return node != nullptr ? node : preview;
}

// Reads the options of one strategy, which all have their defaults where there are none. A mistake
// is kept in `around`.
template <typename Read>
auto read_options(Draft& draft, Fields& around, const Node* node, std::string_view name,
                  Read read) {
  static const Node nothing;
  Fields own(node == nullptr ? nothing : *node, std::string(name), Spelling::any_case);
  auto options = read(draft, own);
  ignore(draft, own, dotnet_name_ignored);
  around.refuse(own.error());
  return options;
}

// One of the breaker's own two durations.
std::optional<Duration> take_break_time(Draft& draft, Fields& fields, std::string_view key) {
  const auto length = read_timespan(fields, key, milliseconds(500), std::chrono::days(1));
  if (length) {
    draft.set(key, format_duration(*length), fields.take(key)->at);
  }
  return length;
}

// The breaker's own settings, which go to the draft; answers how long it samples.
Duration breaker_options(Draft& draft, Fields& own) {
  take(draft, own, dotnet_taken);
  const auto sampling = take_break_time(draft, own, "SamplingDuration");
  (void)take_break_time(draft, own, "BreakDuration");
  return sampling.value_or(seconds(30));
}

client::TimeoutConfig timeout_options(Fields& own, Duration standard) {
  return {read_timespan(own, "Timeout", milliseconds(10), std::chrono::days(1)).value_or(standard)};
}

Backoff::Growth read_backoff_type(Fields& own) {
  const auto* type = own.take("BackoffType");
  if (type == nullptr) {
    return Backoff::Growth::exponential;
  }
  const auto word = as_text(*type);
  const auto is = [&](std::string_view name, std::string_view number) {
    return word && (same_word(*word, name) || *word == number);
  };
  if (is("Constant", "0")) {
    return Backoff::Growth::constant;
  }
  if (is("Linear", "1")) {
    return Backoff::Growth::linear;
  }
  if (!is("Exponential", "2")) {
    own.refuse(word ? type->at.error(quoted(*word) + " is not a BackoffType",
                                     "use Constant, Linear or Exponential")
                    : word.error());
  }
  return Backoff::Growth::exponential;
}

// How many attempts there may be behind the first; `most` is Polly's.
std::uint32_t read_attempts(Fields& own, std::string_view key, std::uint32_t standard,
                            std::uint64_t most) {
  const auto attempts = read_value(own, key, dotnet_whole_of).value_or(standard);
  if (attempts < 1) {
    own.refuse(own.take(key)->at.error(
        fmt::format("{} must be at least 1", key),
        "to do without it, use DisableForUnsafeHttpMethods or a custom pipeline"));
  } else if (attempts > most) {
    own.refuse(own.take(key)->at.error(fmt::format("{} must be at most {}", key, most),
                                       "the application does not start with this value"));
  }
  return attempts < 1 || attempts > most ? standard : static_cast<std::uint32_t>(attempts);
}

// Jitter as RetryHelper.cs has it: exponential waits get that which keeps their median.
client::RetryConfig retry_options(Draft& /*draft*/, Fields& own) {
  client::RetryConfig retry{.most = read_attempts(own, "MaxRetryAttempts", 3, 2147483647),
                            .rules = transient()};
  auto& backoff = retry.backoff;
  backoff.growth = read_backoff_type(own);
  backoff.delay =
      read_timespan(own, "Delay", Duration{}, std::chrono::days(1)).value_or(seconds(2));
  backoff.most = read_timespan(own, "MaxDelay", Duration{}, std::chrono::days(1));
  if (read_value(own, "UseJitter", dotnet_flag_of).value_or(true)) {
    backoff.jitter = backoff.growth == Backoff::Growth::exponential ? Backoff::Jitter::median
                                                                    : Backoff::Jitter::spread;
  }
  retry.heed_retry_after = read_value(own, "ShouldRetryAfterHeader", dotnet_flag_of).value_or(true);
  return retry;
}

client::HedgingConfig hedging_options(Draft& /*draft*/, Fields& own) {
  const auto most = read_attempts(own, "MaxHedgedAttempts", 1, 10);
  const auto delay = read_timespan(own, "Delay", Duration{}, std::chrono::days(1));
  return {.most = most, .delay = delay.value_or(seconds(2)), .rules = transient_or_open()};
}

// One of a limiter's two numbers, an int of .NET's.
std::uint64_t read_limit(Fields& own, std::string_view key, std::uint64_t standard,
                         std::uint64_t least) {
  constexpr std::uint64_t most = 2147483647;
  const auto limit = read_value(own, key, dotnet_whole_of).value_or(standard);
  if (limit < least || limit > most) {
    own.refuse(own.take(key)->at.error(fmt::format("{} must be from {} to {}", key, least, most),
                                       "the application does not start with this value"));
    return standard;
  }
  return limit;
}

client::BulkheadConfig limiter_options(Draft& /*draft*/, Fields& own) {
  const auto places = read_limit(own, "PermitLimit", 1000, 1);
  const auto queue = read_limit(own, "QueueLimit", 0, 0);
  (void)own.take("QueueProcessingOrder");
  return {.places = places, .queue = queue};
}

client::BulkheadConfig rate_limiter_options(Draft& draft, Fields& own) {
  return read_options(draft, own, own.take("DefaultRateLimiterOptions"),
                      "DefaultRateLimiterOptions", limiter_options);
}

// A handler's strategies: their options and where they stand, if they do.
struct LimitedTime {
  client::TimeoutConfig options;
  Place at{};
};

Place place_of(const Node* node) { return node == nullptr ? Place{} : node->key_at; }

LimitedTime read_timeout(Draft& draft, Fields& section, std::string_view name, Duration standard) {
  const auto* node = strategy(section, name);
  return {read_options(draft, section, node, name,
                       [&](Draft&, Fields& own) { return timeout_options(own, standard); }),
          place_of(node)};
}

Duration read_breaker(Draft& draft, Fields& section) {
  return read_options(draft, section, strategy(section, "CircuitBreaker"), "CircuitBreaker",
                      breaker_options);
}

client::RetryConfig read_retry(Draft& draft, Fields& section) {
  const auto* node = strategy(section, "Retry");
  auto retry = read_options(draft, section, node, "Retry", retry_options);
  const auto& backoff = retry.backoff;
  draft.retry = Retry{.at = place_of(node),
                      .attempts = 1 + std::uint64_t{retry.most},
                      .wait = backoff.delay,
                      .multiplier = backoff.growth == Backoff::Growth::exponential ? 2.0 : 1.0,
                      .longest = backoff.most,
                      .jitter = backoff.jitter == Backoff::Jitter::none ? 0 : 0.5};
  return retry;
}

client::BulkheadConfig read_rate_limiter(Draft& draft, Fields& section) {
  const auto* node = strategy(section, "RateLimiter");
  const auto limit = read_options(draft, section, node, "RateLimiter", rate_limiter_options);
  draft.bulkhead = Bulkhead{.at = place_of(node), .concurrent = limit.places, .queue = limit.queue};
  return limit;
}

client::HedgingConfig read_hedging(Draft& draft, Fields& section, const Place& otherwise) {
  const auto* node = strategy(section, "Hedging");
  auto hedging = read_options(draft, section, node, "Hedging", hedging_options);
  draft.warnings.push_back(
      {node == nullptr ? otherwise : node->key_at, "Hedging",
       fmt::format("one request makes up to {} calls; the next one is sent after {} without an "
                   "answer, or at a failure; each call goes through the breaker of its endpoint",
                   hedging.most + 1, format_duration(hedging.delay))});
  return hedging;
}

// What stands beside the options: the section is that of more than the handler.
void tell_neighbours(Draft& draft, Fields& section) {
  for (const auto* node : section.take_strangers()) {
    draft.ignored.push_back(
        {node->key_at, node->key, "is not one of the handler's options, so .NET ignores it"});
  }
}

// What is wrong with timeouts and a window that the host checks at its start.
std::optional<Error> take_times(Draft& draft, const Node& map, const LimitedTime& total,
                                const LimitedTime& attempt, Duration sampling,
                                const std::string& name) {
  const auto at = attempt.at.file != nullptr ? attempt.at : map.key_at;
  const auto length = attempt.options.after;
  if (length > total.options.after) {
    return at.error(
        fmt::format("{} of {} is longer than TotalRequestTimeout of {}", name,
                    format_duration(length), format_duration(total.options.after)),
        "the application does not start with this; set TotalRequestTimeout to the longer value");
  }
  if (sampling < 2 * length) {
    const auto found = std::ranges::find(draft.settings, "SamplingDuration", &DraftSetting::key);
    return (found == draft.settings.end() ? map.key_at : found->at)
        .error(fmt::format("SamplingDuration of {} is shorter than two {}s of {}",
                           format_duration(sampling), name, format_duration(length)),
               fmt::format("the application does not start with this; set it to {} or more",
                           format_duration(2 * length)));
  }
  draft.timeout = Timeout{at, length};
  return std::nullopt;
}

Result<client::BreakerConfig> breaker_of(const Draft& draft, const Place& otherwise) {
  auto choice = choice_of(draft, otherwise);
  if (!choice) {
    return choice.error();
  }
  return client::BreakerConfig{.choice = *std::move(choice), .rules = transient()};
}

Result<client::PolicyConfig> read_policy(const Node& item) {
  Draft draft{.dialect = "polly"};
  Fields own(item, "a policy", Spelling::any_case);
  const auto kind = own.text("policy").value_or("");
  client::PolicyConfig policy;
  if (kind == "Timeout") {
    policy = timeout_options(own, seconds(30));
  } else if (kind == "Retry") {
    policy = retry_options(draft, own);
  } else if (kind == "Hedging") {
    policy = hedging_options(draft, own);
  } else if (kind == "ConcurrencyLimiter") {
    policy = limiter_options(draft, own);
  } else if (kind == "CircuitBreaker") {
    (void)breaker_options(draft, own);
    const auto breaker = breaker_of(draft, item.at);
    if (!breaker) {
      return breaker.error();
    }
    policy = *breaker;
  } else if (kind == "Fallback") {
    policy =
        client::FallbackConfig{.status = 203, .rules = transient_or_open().with_full_failing()};
  } else {
    return item.at.error(
        fmt::format("{} is not a policy", quoted(kind)),
        "use Timeout, Retry, CircuitBreaker, Hedging, ConcurrencyLimiter or Fallback for policy");
  }
  ignore(draft, own, dotnet_name_ignored);
  if (auto error = own.error()) {
    return *error;
  }
  return policy;
}

}  // namespace

Result<Draft> read_dotnet_standard(const Node& section) {
  Draft draft{.dialect = "polly", .counts = transient_counts()};
  Fields fields(section, "HttpStandardResilienceOptions", Spelling::any_case);
  const auto sampling = read_breaker(draft, fields);
  const auto total = read_timeout(draft, fields, "TotalRequestTimeout", seconds(30));
  const auto attempt = read_timeout(draft, fields, "AttemptTimeout", seconds(10));
  const auto retry = read_retry(draft, fields);
  const auto limit = read_rate_limiter(draft, fields);
  tell_neighbours(draft, fields);
  if (auto error = fields.error()) {
    return *error;
  }
  if (auto error = take_times(draft, section, total, attempt, sampling, "AttemptTimeout")) {
    return *error;
  }
  const auto breaker = breaker_of(draft, section.key_at);
  if (!breaker) {
    return breaker.error();
  }
  draft.client = {limit, total.options, retry, *breaker, attempt.options};
  return draft;
}

Result<Draft> read_dotnet_hedging(const Node& section) {
  Draft draft{.dialect = "polly", .counts = transient_counts()};
  Fields fields(section, "HttpStandardHedgingResilienceOptions", Spelling::any_case);
  const auto total = read_timeout(draft, fields, "TotalRequestTimeout", seconds(30));
  const auto hedging = read_hedging(draft, fields, section.key_at);
  static const Node nothing;
  const auto* node = strategy(fields, "Endpoint");
  Fields endpoint(node == nullptr ? nothing : *node, "Endpoint", Spelling::any_case);
  const auto sampling = read_breaker(draft, endpoint);
  const auto attempt = read_timeout(draft, endpoint, "Timeout", seconds(10));
  const auto limit = read_rate_limiter(draft, endpoint);
  fields.refuse(endpoint.error());
  tell_neighbours(draft, fields);
  if (auto error = fields.error()) {
    return *error;
  }
  if (auto error = take_times(draft, section, total, attempt, sampling, "Timeout")) {
    return *error;
  }
  const auto breaker = breaker_of(draft, section.key_at);
  if (!breaker) {
    return breaker.error();
  }
  draft.client = {total.options, hedging, limit, *breaker, attempt.options};
  return draft;
}

Result<client::Policies> read_dotnet_policies(const Node& list) {
  return read_policy_list(list, read_policy);
}

Result<client::RetryConfig> read_dotnet_retry(const Node& options) {
  Draft draft;
  Fields own(options, "a retry", Spelling::any_case);
  auto retry = retry_options(draft, own);
  if (auto error = own.error()) {
    return *error;
  }
  return retry;
}

}  // namespace tripcurve::importer
