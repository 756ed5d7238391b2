// resilience4j under Spring Boot: resilience4j.circuitbreaker.{configs,instances} and, for the same
// instance, retry, timelimiter and bulkhead.
//
// Read in resilience4j's CommonCircuitBreakerConfigurationProperties (and its siblings for retry,
// time limiter and bulkhead), module resilience4j-framework-common:
//   createCircuitBreakerConfig  baseConfig, else configs.<instance>, else configs.default, else the
//                               library's defaults; a base that was named is built on the library's
//                               defaults, not on configs.default
//   configureCircuitBreakerOpenStateIntervalFunction
//                               the wait in the open state is built by each block that sets
//                               waitDurationInOpenState, out of that block's own flags alone
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>

#include "core/text.hpp"
#include "importer/formats.hpp"
#include "importer/formats/resilience4j_blocks.hpp"
#include "importer/formats/resilience4j_options.hpp"
#include "importer/formats/spring_exceptions.hpp"
#include "importer/spring.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::string_view instance_words = "an instance of resilience4j.circuitbreaker";

// An enumerator in any spelling: count-based is COUNT_BASED.
Result<std::string> as_enumerator(const Node& node) {
  auto text = as_text(node);
  if (!text) {
    return text;
  }
  for (const std::string_view word : {"COUNT_BASED", "TIME_BASED", "CLOSED", "OPEN", "HALF_OPEN",
                                      "FORCED_OPEN", "DISABLED", "METRICS_ONLY"}) {
    if (document::folded(word, Spelling::relaxed) == document::folded(*text, Spelling::relaxed)) {
      return std::string(word);
    }
  }
  return text;
}

Result<std::string> as_count_based(const Node& /*node*/) { return std::string("COUNT_BASED"); }

constexpr std::array resilience4j_taken{
    Taken{"slidingWindowType", "slidingWindowType", as_enumerator},
    Taken{"slidingWindowSize", "slidingWindowSize", as_number},
    Taken{"minimumNumberOfCalls", "minimumNumberOfCalls", as_number},
    Taken{"failureRateThreshold", "failureRateThreshold", as_number},
    Taken{"slowCallRateThreshold", "slowCallRateThreshold", as_number},
    Taken{"slowCallDurationThreshold", "slowCallDurationThreshold", as_spring_duration},
    Taken{"permittedNumberOfCallsInHalfOpenState", "permittedNumberOfCallsInHalfOpenState",
          as_number},
    Taken{"maxWaitDurationInHalfOpenState", "maxWaitDurationInHalfOpenState", as_spring_duration},
    Taken{"transitionToStateAfterWaitDuration", "transitionToStateAfterWaitDuration",
          as_enumerator},
    Taken{"automaticTransitionFromOpenToHalfOpenEnabled",
          "automaticTransitionFromOpenToHalfOpenEnabled", as_flag},
    Taken{"initialState", "initialState", as_enumerator},
    // resilience4j 0.x. Version 1 took its ring buffer for a count-based window that must be full.
    Taken{"ringBufferSizeInClosedState", "slidingWindowType", as_count_based},
    Taken{"ringBufferSizeInClosedState", "slidingWindowSize", as_number},
    Taken{"ringBufferSizeInClosedState", "minimumNumberOfCalls", as_number},
    Taken{"ringBufferSizeInHalfOpenState", "permittedNumberOfCallsInHalfOpenState", as_number},
};

// The wait in the open state: what one block says of it.
constexpr std::array wait_taken{
    Taken{"waitDurationInOpenState", "waitDurationInOpenState", as_spring_duration},
    Taken{"waitInterval", "waitDurationInOpenState", as_spring_duration},  // 0.x
    Taken{"enableExponentialBackoff", "enableExponentialBackoff", as_flag},
    Taken{"exponentialBackoffMultiplier", "exponentialBackoffMultiplier", as_number},
    Taken{"exponentialMaxWaitDurationInOpenState", "exponentialMaxWaitDurationInOpenState",
          as_spring_duration},
    Taken{"enableRandomizedWait", "enableRandomizedWait", as_flag},
    Taken{"randomizedWaitFactor", "randomizedWaitFactor", as_number},
};

constexpr std::string_view class_name =
    "names a class whose code is not in the file, so the flags say what tripcurve counts as a "
    "failure";
constexpr std::string_view no_effect = "has no effect on what the breaker decides";

constexpr std::array resilience4j_ignored{
    Ignored{"recordFailurePredicate", class_name},
    Ignored{"ignoreExceptionPredicate", class_name},
    Ignored{"recordResultPredicate", class_name},
    Ignored{"registerHealthIndicator", no_effect},
    Ignored{"allowHealthIndicatorToFail", no_effect},
    Ignored{"eventConsumerBufferSize", no_effect},
    Ignored{"writableStackTraceEnabled", no_effect},
    Ignored{"subscribeForEvents", no_effect},
    Ignored{"ignoreClassBindingExceptions", no_effect},
    Ignored{"ignoreUnknownExceptions", no_effect},
    Ignored{"slidingWindowSynchronizationStrategy", no_effect},
};

// What Spring makes of a key of a map that is not in brackets: letters, digits, _ and, but for the
// first place, -. ConfigurationPropertyName.Form.ORIGINAL of Spring Boot.
std::string bound_name(std::string_view key) {
  std::string bound;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x80 && std::isalnum(byte) != 0) || c == '_' || (c == '-' && !bound.empty())) {
      bound += c;
    }
  }
  return bound;
}

constexpr std::array<std::string_view, 3> old_names{
    "ringBufferSizeInClosedState", "ringBufferSizeInHalfOpenState", "waitInterval"};

// The wait in the open state, of the strongest block that sets it.
std::optional<Error> take_wait(Draft& draft, const std::vector<Draft>& waits) {
  bool built = false;
  for (const auto& block : waits) {
    const bool exponential = block.value_of("enableExponentialBackoff") == "true";
    const bool randomized = block.value_of("enableRandomizedWait") == "true";
    if (exponential && randomized) {
      return block.settings.front().at.error(
          "enableExponentialBackoff and enableRandomizedWait are both true",
          "resilience4j does not start with both; keep one of them");
    }
    const bool sets_wait = block.value_of("waitDurationInOpenState").has_value();
    for (const auto& setting : block.settings) {
      std::string why;
      if (!sets_wait) {
        why = "is only used in a block that sets waitDurationInOpenState itself";
      } else if (built) {
        why =
            "is not used: a block that overrides this one sets waitDurationInOpenState again, and "
            "the wait is built from that block alone";
      } else if (setting.key == "exponentialMaxWaitDurationInOpenState" && exponential &&
                 !block.value_of("exponentialBackoffMultiplier")) {
        why = "is only used together with exponentialBackoffMultiplier";
      } else if ((setting.key.starts_with("exponential") && !exponential) ||
                 (setting.key == "randomizedWaitFactor" && !randomized)) {
        why = fmt::format("is only used if {} is true in the same block",
                          setting.key.starts_with("exponential") ? "enableExponentialBackoff"
                                                                 : "enableRandomizedWait");
      } else {
        draft.set(setting.key, setting.value, setting.at);
        continue;
      }
      if (setting.key != "waitDurationInOpenState" && setting.value != "false") {
        draft.warnings.push_back({setting.at, setting.key, "the library ignores it: it " + why});
      }
    }
    built = built || sets_wait;
  }
  return std::nullopt;
}

// The modules below resilience4j, and what was wrong with those that are none of the breaker's.
struct Root {
  Node modules{};
  std::vector<Error> left_out{};
};

}  // namespace

Result<Draft> read_resilience4j_breaker(const std::vector<const Node*>& blocks, bool limited) {
  Draft draft{.dialect = "resilience4j"};
  std::vector<Draft> waits;
  const Node* recorded = nullptr;  // each list as the strongest block has it
  const Node* unrecorded = nullptr;
  for (const auto* block : blocks) {
    Fields fields(*block, std::string(instance_words), Spelling::relaxed);
    (void)fields.take("baseConfig");
    take(draft, fields, resilience4j_taken);
    take(waits.emplace_back(), fields, wait_taken);
    const auto* records = fields.take("recordExceptions");
    recorded = recorded == nullptr ? records : recorded;
    const auto* ignores = fields.take("ignoreExceptions");
    unrecorded = unrecorded == nullptr ? ignores : unrecorded;
    ignore(draft, fields, resilience4j_ignored);
    for (const auto name : old_names) {
      if (const auto* node = fields.take(name)) {
        draft.warnings.push_back(
            {node->key_at, node->key,
             "belongs to resilience4j 0.x; version 2 does not read it any more"});
      }
    }
    if (auto error = fields.error()) {
      return *error;
    }
  }
  take_exceptions(draft, {.taken = recorded, .ignored = unrecorded, .limited = limited});
  if (auto error = take_wait(draft, waits)) {
    return *error;
  }
  return draft;
}

namespace {

// The instance's own settings and those it inherits.
Result<Draft> read_instance(const Node& breakers, const Node& instance, const Root& root,
                            const SpringProperties& properties, const std::string& bound) {
  const auto blocks = blocks_of(instance, breakers.find("configs"), true);
  if (!blocks) {
    return blocks.error();
  }
  auto read = read_resilience4j_breaker(*blocks, has_time_limiter(root.modules, instance.key));
  if (!read) {
    return read.error();
  }
  auto draft = *std::move(read);
  if (auto error = take_modules_beside(draft, root.modules, instance.key, *blocks)) {
    return *error;
  }
  if (bound != instance.key) {
    draft.warnings.push_back(
        {instance.key_at, instance.key,
         fmt::format("Spring binds this name to {0}, so the instance that is called {1} gets the "
                     "defaults; write the name in brackets, \"[{2}]\"",
                     quoted(bound), quoted(instance.key), instance.key)});
  }
  for (const auto& error : root.left_out) {
    draft.warnings.push_back({breakers.key_at, "", "left out: " + error.message});
  }
  properties.tell(draft);
  return draft;
}

constexpr std::array beside_instances{
    Ignored{"circuitBreakerAspectOrder", "is read where the policies are nested"},
    Ignored{"tags", no_effect}, Ignored{"metrics", no_effect}, Ignored{"enabled", no_effect},
    Ignored{"healthIndicators", no_effect}};

}  // namespace

Result<std::vector<Found>> find_resilience4j(const document::Documents& documents) {
  const auto properties = SpringProperties::of(documents);
  if (!properties) {
    return properties.error();
  }
  const auto shared = std::make_shared<const SpringProperties>(*properties);
  auto tree = shared->under("resilience4j.circuitbreaker");
  if (!tree) {
    return tree.error();
  }
  std::vector<Found> found;
  if (tree->kind == Node::Kind::null) {
    return found;
  }
  const auto root = std::make_shared<Root>();
  root->modules = {.kind = Node::Kind::map};
  root->modules.children.push_back(*std::move(tree));
  for (const auto* name :
       {"retry", "timelimiter", "bulkhead", "ratelimiter", "thread-pool-bulkhead"}) {
    if (auto module = shared->under(fmt::format("resilience4j.{}", name))) {
      root->modules.children.push_back(*std::move(module));
    } else {
      root->left_out.push_back(module.error());
    }
  }
  const auto* breakers = &root->modules.children.front();
  Fields fields(*breakers, "resilience4j.circuitbreaker", Spelling::relaxed);
  Draft unused;
  ignore(unused, fields, beside_instances);
  const auto* configs = fields.take("configs");
  const auto add = [&](const Node& instance, const std::string& list) {
    const bool as_it_is = shared->is_in_brackets(
        fmt::format("resilience4j.{}.{}[{}]", breakers->key, list, instance.key));
    const auto bound = as_it_is ? instance.key : bound_name(instance.key);
    std::vector<std::string> also;
    if (bound != instance.key) {
      also.push_back(bound);
    }
    found.push_back(
        {instance.key, instance.key_at,
         [=, &instance] { return read_instance(*breakers, instance, *root, *shared, bound); },
         std::move(also)});
  };
  for (const auto* name : {"instances", "backends"}) {
    const auto* instances = fields.take(name);
    for (const auto& instance :
         instances == nullptr ? std::span<const Node>{} : std::span(instances->children)) {
      add(instance, name);
    }
  }
  // What an instance would be that the file does not name.
  if (const auto* standard =
          found.empty() && configs != nullptr ? configs->find("default") : nullptr) {
    add(*standard, "configs");
  }
  if (auto error = fields.error()) {
    return *error;
  }
  return found;
}

}  // namespace tripcurve::importer
