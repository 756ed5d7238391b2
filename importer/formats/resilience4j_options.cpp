#include "importer/formats/resilience4j_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "core/units.hpp"
#include "importer/formats/spring_exceptions.hpp"
#include "importer/policy_list.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

using client::Backoff;
using std::chrono::milliseconds;

constexpr std::uint64_t any_number = 2147483647;

// The strongest value of a key.
template <typename Value>
std::optional<Value> strongest(OptionBlocks blocks, std::string_view key,
                               Result<Value> (*convert)(const Node&)) {
  std::optional<Value> value;
  for (auto& block : blocks) {
    auto own = read_value(block, key, convert);
    value = value ? value : own;
  }
  return value;
}

const Node* strongest_list(OptionBlocks blocks, std::string_view key) {
  const Node* found = nullptr;
  for (auto& block : blocks) {
    const auto* own = block.take(key);
    found = found == nullptr ? own : found;
  }
  return found;
}

// A number that the library's setter refuses to be less than `least`.
std::optional<std::uint64_t> at_least(OptionBlocks blocks, std::string_view key,
                                      std::uint64_t least) {
  constexpr auto most = any_number;
  for (auto& block : blocks) {
    const auto value = read_value(block, key, whole_of);
    if (value && (*value < least || *value > most)) {
      block.refuse(
          block.take(key)->at.error(fmt::format("{} must be from {} to {}", key, least, most),
                                    "resilience4j does not start with this"));
    }
  }
  return strongest(blocks, key, whole_of);
}

struct Wait {
  std::optional<Duration> first, longest;
  std::optional<bool> exponential, randomized;
  std::optional<double> multiplier, factor;
};

void refuse_number(Fields& block, std::string_view key, std::optional<double> number, double least,
                   double most, std::string_view range, std::string_view hint) {
  if (number && (*number < least || *number >= most)) {
    block.refuse(
        block.take(key)->at.error(fmt::format("{} must be {}", key, range), std::string(hint)));
  }
}

Wait read_wait(Fields& block) {
  Wait own{.first = read_value(block, "waitDuration", spring_duration_of),
           .longest = read_value(block, "exponentialMaxWaitDuration", spring_duration_of),
           .exponential = read_value(block, "enableExponentialBackoff", flag_of),
           .randomized = read_value(block, "enableRandomizedWait", flag_of),
           .multiplier = read_value(block, "exponentialBackoffMultiplier", number_of),
           .factor = read_value(block, "randomizedWaitFactor", number_of)};
  refuse_number(block, "exponentialBackoffMultiplier", own.multiplier, 0.001, 1000,
                "from 0.001 to less than 1000",
                "tripcurve plays no other; resilience4j takes what is above 0");
  refuse_number(block, "randomizedWaitFactor", own.factor, 0, 1, "from 0 to less than 1",
                "resilience4j does not start with this");
  const bool grows = own.exponential.value_or(false) || own.randomized.value_or(false);
  if (grows && own.first && *own.first < milliseconds(1)) {
    block.refuse(block.take("waitDuration")
                     ->at.error("waitDuration must be at least 1ms, as it is not constant",
                                "resilience4j does not start with this"));
  }
  return own;
}

// The wait is built by the strongest block that sets waitDuration, out of its own flags and, unlike
// that of the circuit breaker, of those it inherits.
Wait built_wait(OptionBlocks blocks) {
  Wait wait;
  for (auto& block : blocks) {
    const auto own = read_wait(block);
    const bool below = wait.first.has_value();  // the block that builds it
    if (!below && !own.first) {
      continue;  // a block above the one that builds the wait: its flags have nothing to act on
    }
    const auto keep = [](auto& value, const auto& inherited) { value = value ? value : inherited; };
    keep(wait.longest, own.longest);
    keep(wait.exponential, own.exponential);
    keep(wait.randomized, own.randomized);
    keep(wait.multiplier, own.multiplier);
    if (!below) {
      wait.first = own.first;
      wait.factor = own.factor;
    }
  }
  return wait;
}

// configureRetryIntervalFunction: of several settings some are only read together with others.
Backoff backoff_of(const Wait& wait) {
  constexpr double multiplier = 1.5;
  constexpr double factor = 0.5;
  Backoff backoff{.delay = std::chrono::floor<milliseconds>(wait.first.value_or(milliseconds(500))),
                  .multiplier = 1,
                  .spread = factor,
                  .grain = milliseconds(1)};
  const bool exponential = wait.exponential.value_or(false);
  const bool randomized = wait.randomized.value_or(false);
  if (exponential) {
    backoff.growth = Backoff::Growth::exponential;
    backoff.multiplier = wait.multiplier.value_or(multiplier);
    if (wait.multiplier && (!randomized || wait.factor)) {
      backoff.most = wait.longest;
    }
  }
  if (randomized) {
    backoff.jitter = Backoff::Jitter::spread;
    backoff.spread = exponential && !wait.multiplier ? factor : wait.factor.value_or(factor);
  }
  return backoff;
}

// In a file it is a class, and its code is elsewhere; in a trace, the statuses that it takes.
void take_result_predicate(Draft& draft, OptionBlocks blocks, client::RetryConfig& retry) {
  const auto* node = strongest_list(blocks, "resultPredicate");
  if (node == nullptr) {
    return;
  }
  const auto statuses = parse_failure_statuses(node->text);
  if (!statuses) {
    draft.ignored.push_back({node->key_at, node->key,
                             "names a class, and its code is not in the file: tripcurve retries no "
                             "answer for it"});
    return;
  }
  auto changes = difference(retry.rules.wire(), OutcomeRules());
  std::ranges::copy_if(*statuses, std::back_inserter(changes), [](const OutcomeChange& change) {
    return change.outcome == Outcome::failure;
  });
  const auto rules = retry.rules;
  retry.rules = client::EndingRules(OutcomeRules().with(changes))
                    .with({.open = rules.of({.kind = client::Ending::Kind::open}),
                           .full = rules.of_full(),
                           .cancelled = rules.of_cancelled(),
                           .exceeded = rules.of({.exceeded = true})});
}

std::optional<Error> mistake_in(OptionBlocks blocks) {
  for (const auto& block : blocks) {
    if (auto error = block.error()) {
      return error;
    }
  }
  return std::nullopt;
}

Result<client::PolicyConfig> breaker_policy(const Node& item, bool limited) {
  // The block without the word that says what it is.
  auto block = item;
  std::erase_if(block.children, [](const Node& child) { return child.key == "policy"; });
  const std::vector<const Node*> blocks{&block};
  const auto draft = read_resilience4j_breaker(blocks, limited);
  if (!draft) {
    return draft.error();
  }
  auto breaker = resilience4j_breaker(*draft, blocks, limited, item.at);
  if (!breaker) {
    return breaker.error();
  }
  return client::PolicyConfig(*std::move(breaker));
}

// Everything that is an exception to the library: what Spring's clients throw for, too.
client::EndingRules exceptions() { return rules_of({}); }

Result<client::PolicyConfig> read_resilience4j_policy(const Node& item, Returns returns,
                                                      bool limited) {
  std::array blocks{Fields(item, "a policy", Spelling::relaxed)};
  auto& own = blocks.front();
  const auto kind = own.text("policy").value_or("");
  if (kind == "circuitbreaker") {
    return breaker_policy(item, limited);
  }
  Draft draft;
  client::PolicyConfig policy;
  if (kind == "retry") {
    policy = read_resilience4j_retry(draft, blocks, limited);
  } else if (kind == "timelimiter") {
    policy = read_resilience4j_limit(blocks, returns);
  } else if (kind == "bulkhead") {
    policy = read_resilience4j_bulkhead(blocks);
  } else if (kind == "fallback") {
    policy = client::FallbackConfig{.status = 203, .rules = exceptions()};
  } else {
    return item.at.error(fmt::format("{} is no policy", quoted(kind)),
                         "policy is retry, circuitbreaker, timelimiter, bulkhead or fallback");
  }
  if (auto error = mistake_in(blocks)) {
    return *error;
  }
  return policy;
}

}  // namespace

client::RetryConfig read_resilience4j_retry(Draft& draft, OptionBlocks blocks, bool limited) {
  const auto attempts = at_least(blocks, "maxAttempts", 1);
  const auto old_attempts = at_least(blocks, "maxRetryAttempts", 1);  // before 1.7
  const ExceptionLists lists{.taken = strongest_list(blocks, "retryExceptions"),
                             .ignored = strongest_list(blocks, "ignoreExceptions"),
                             .limited = limited};
  warn_of_unknown(draft, lists.taken, "; an exception that is not in this list is not retried");
  warn_of_unknown(draft, lists.ignored, "");
  client::RetryConfig retry{
      .most = static_cast<std::uint32_t>(attempts.value_or(old_attempts.value_or(3)) - 1),
      .backoff = backoff_of(built_wait(blocks)),
      .heed_retry_after = false,
      .rules = rules_of(lists)};
  take_result_predicate(draft, blocks, retry);
  if (strongest(blocks, "failAfterMaxAttempts", flag_of).value_or(false)) {
    retry.exceeded = client::RetryConfig::Exceeded::error_of_results;
  }
  return retry;
}

client::TimeoutConfig read_resilience4j_limit(OptionBlocks blocks, Returns returns) {
  for (auto& block : blocks) {
    const auto length = read_value(block, "timeoutDuration", spring_duration_of);
    if (length && *length < milliseconds(1)) {
      block.refuse(block.take("timeoutDuration")
                       ->at.error("timeoutDuration must be at least 1ms",
                                  "a time limiter without time lets no call through"));
    }
  }
  const auto length = strongest(blocks, "timeoutDuration", spring_duration_of);
  const bool cancels = strongest(blocks, "cancelRunningFuture", flag_of).value_or(true);
  return {.after = std::chrono::floor<milliseconds>(length.value_or(std::chrono::seconds(1))),
          .cancels = cancels && returns == Returns::value};
}

client::BulkheadConfig read_resilience4j_bulkhead(OptionBlocks blocks) {
  client::BulkheadConfig bulkhead{.places = at_least(blocks, "maxConcurrentCalls", 1).value_or(25)};
  const auto wait = std::chrono::floor<milliseconds>(
      strongest(blocks, "maxWaitDuration", spring_duration_of).value_or(Duration{}));
  if (wait > Duration::zero()) {
    bulkhead.queue = any_number;  // threads
    bulkhead.max_wait = wait;
  }
  return bulkhead;
}

// CommonThreadPoolBulkheadConfigurationProperties.java and ThreadPoolBulkheadConfig.java: the sizes
// that the file leaves out, or has as 0, come from the number of processors.
client::BulkheadConfig read_resilience4j_pool(Draft& draft, OptionBlocks blocks, const Place& at) {
  constexpr std::uint64_t processors = 4;
  const auto size = [&](std::string_view key) {
    const auto given = at_least(blocks, key, 0);
    return given == std::uint64_t{0} ? std::nullopt : given;
  };
  const auto core = size("coreThreadPoolSize");
  const auto most = size("maxThreadPoolSize");
  if (!core || !most) {
    draft.warnings.push_back(
        {at, "resilience4j.thread-pool-bulkhead",
         fmt::format("without {}, the number of processors of the machine decides; tripcurve plays "
                     "one with {}",
                     !core && !most ? "coreThreadPoolSize and maxThreadPoolSize"
                     : !core        ? "coreThreadPoolSize"
                                    : "maxThreadPoolSize",
                     processors)});
  }
  const auto places = core.value_or(std::min(processors - 1, most.value_or(processors)));
  client::BulkheadConfig pool{
      .places = places,
      .queue = at_least(blocks, "queueCapacity", 0).value_or(100),
      .max_places = most.value_or(std::max(processors, places)),
      .keep_alive = std::chrono::floor<milliseconds>(
          strongest(blocks, "keepAliveDuration", spring_duration_of).value_or(milliseconds(20)))};
  for (auto& block : blocks) {
    const auto* node = block.take(core ? "coreThreadPoolSize" : "maxThreadPoolSize");
    if (node != nullptr && *pool.max_places < pool.places) {
      block.refuse(node->at.error("maxThreadPoolSize is less than coreThreadPoolSize",
                                  "resilience4j does not start with this"));
      break;
    }
  }
  return pool;
}

Result<client::BreakerConfig> resilience4j_breaker(const Draft& draft,
                                                   const std::vector<const Node*>& blocks,
                                                   bool limited, const Place& otherwise) {
  auto choice = choice_of(draft, otherwise);
  if (!choice) {
    return choice.error();
  }
  std::vector<Fields> fields;
  for (const auto* block : blocks) {
    fields.emplace_back(*block, "", Spelling::relaxed);
  }
  const auto rules = rules_of({.taken = strongest_list(fields, "recordExceptions"),
                               .ignored = strongest_list(fields, "ignoreExceptions"),
                               .limited = limited});
  return client::BreakerConfig{.choice = *std::move(choice), .rules = rules};
}

Result<client::Policies> read_resilience4j_policies(const Node& list, Returns returns) {
  const bool limited = std::ranges::any_of(list.children, [](const Node& item) {
    const auto* kind = item.find("policy");
    return kind != nullptr && kind->text == "timelimiter";
  });
  return read_policy_list(
      list, [&](const Node& item) { return read_resilience4j_policy(item, returns, limited); });
}

}  // namespace tripcurve::importer
