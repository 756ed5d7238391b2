#include "importer/formats/resilience4j_blocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "importer/formats.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

std::string base_config(const Node& block) {
  const auto* base = child_of_any_spelling(block, "baseConfig");
  return base != nullptr && base->is_scalar() ? base->text : std::string();
}

Error unknown_base(const Node& block, const std::string& base, const Node* configs) {
  std::vector<std::string_view> known;
  if (configs != nullptr) {
    for (const auto& config : configs->children) {
      known.emplace_back(config.key);
    }
  }
  return block.key_at.error(
      fmt::format("{} has the baseConfig {}, and configs has none of that name", quoted(block.key),
                  quoted(base)),
      did_you_mean(base, known));
}

// A module's instance of one name: its blocks, strongest first. No blocks: it has none. Where
// `by_default`, an instance that the module does not name has its configs.default.
class Module {
 public:
  Module(const Node& root, std::string_view name, std::string_view instance,
         bool by_default = false) {
    const auto* module = child_of_any_spelling(root, name);
    if (module == nullptr) {
      return;
    }
    for (const auto* list : {"instances", "backends"}) {
      const auto* instances = module->find(list);
      const auto* found = instances == nullptr ? nullptr : instances->find(instance);
      if (found != nullptr) {
        open(*found, module->find("configs"), fmt::format("an instance of resilience4j.{}", name));
      }
    }
    const auto* standard = find_path(*module, {"configs", "default"});
    if (blocks_.empty() && !error_ && standard != nullptr) {
      only_default_ = standard;
      if (by_default) {
        open(*standard, module->find("configs"), fmt::format("a config of resilience4j.{}", name));
      }
    }
  }

  // The configs.default of a module that does not name the instance, or null.
  [[nodiscard]] const Node* only_default() const { return only_default_; }

  [[nodiscard]] const Place& at() const { return at_; }
  [[nodiscard]] std::vector<Fields>& blocks() { return blocks_; }

  void ignore(std::initializer_list<const char*> keys) {
    for (auto& block : blocks_) {
      for (const auto* key : keys) {
        (void)block.take(key);
      }
    }
  }

  // Keys of other modules and strangers, which Spring passes over: they are told.
  void tell_unknown(Draft& draft, std::initializer_list<const char*> of_others) {
    const auto tell = [&](const Node& node) {
      draft.ignored.push_back(
          {node.key_at, node.key, fmt::format("{} has no such key; Spring passes over it", what_)});
    };
    for (auto& block : blocks_) {
      for (const auto* key : of_others) {
        if (const auto* node = block.take(key)) {
          tell(*node);
        }
      }
      for (const auto* node : block.take_strangers()) {
        tell(*node);
      }
    }
  }

  // The strongest value of a key.
  template <typename Value>
  std::optional<Value> strongest(std::string_view key, Result<Value> (*convert)(const Node&)) {
    std::optional<Value> value;
    for (auto& block : blocks_) {
      auto own = read_value(block, key, convert);
      value = value ? value : own;
    }
    return value;
  }

  [[nodiscard]] std::optional<Error> error() const {
    for (auto block = blocks_.begin(); !error_ && block != blocks_.end(); ++block) {
      if (auto error = block->error()) {
        return error;
      }
    }
    return error_;
  }

 private:
  void open(const Node& instance, const Node* configs, const std::string& what) {
    at_ = instance.key_at;
    what_ = what;
    const auto blocks = blocks_of(instance, configs, false);
    if (!blocks) {
      error_ = blocks.error();
      return;
    }
    for (const auto* block : *blocks) {
      blocks_.emplace_back(*block, what, Spelling::relaxed);
      (void)blocks_.back().take("baseConfig");
      (void)blocks_.back().take("eventConsumerBufferSize");
    }
  }

  Place at_;
  std::string what_;
  const Node* only_default_ = nullptr;
  std::vector<Fields> blocks_;
  std::optional<Error> error_;
};

std::optional<Error> take_time_limiter(Draft& draft, Module module) {
  module.ignore({"cancelRunningFuture"});
  const auto length = module.strongest("timeoutDuration", spring_duration_of);
  if (!module.blocks().empty()) {
    draft.timeout = Timeout{module.at(), length.value_or(std::chrono::seconds(1))};
  }
  module.tell_unknown(draft, {});
  return module.error();
}

std::optional<Error> take_bulkhead(Draft& draft, Module module) {
  module.ignore({"writableStackTraceEnabled"});
  const auto concurrent = module.strongest("maxConcurrentCalls", whole_of);
  const auto wait = module.strongest("maxWaitDuration", spring_duration_of);
  if (!module.blocks().empty()) {
    draft.bulkhead = Bulkhead{.at = module.at(), .concurrent = concurrent.value_or(25)};
    if (wait.value_or(Duration{}) == Duration{}) {
      draft.bulkhead->queue = 0;
    }
  }
  module.tell_unknown(draft, {});
  return module.error();
}

// The wait is built by the strongest block that sets waitDuration, out of its own flags and, unlike
// that of the circuit breaker, of those it inherits.
std::optional<Error> take_retry(Draft& draft, Module module) {
  struct Wait {
    std::optional<Duration> first, longest;
    std::optional<bool> exponential, randomized;
    std::optional<double> multiplier, factor;
  };
  module.ignore({"retryExceptions", "ignoreExceptions", "retryExceptionPredicate",
                 "resultPredicate", "intervalBiFunction", "consumeResultBeforeRetryAttempt",
                 "failAfterMaxAttempts", "ignoreClassBindingExceptions", "ignoreUnknownExceptions",
                 "writableStackTraceEnabled"});
  const auto attempts = module.strongest("maxAttempts", whole_of);
  const auto old_attempts = module.strongest("maxRetryAttempts", whole_of);  // before 1.7
  Wait wait;
  for (auto& block : module.blocks()) {
    const bool below = wait.first.has_value();  // the block that builds it
    const auto keep = [](auto& value, auto own) { value = value ? value : own; };
    Wait own{.first = read_value(block, "waitDuration", spring_duration_of),
             .longest = read_value(block, "exponentialMaxWaitDuration", spring_duration_of),
             .exponential = read_value(block, "enableExponentialBackoff", flag_of),
             .randomized = read_value(block, "enableRandomizedWait", flag_of),
             .multiplier = read_value(block, "exponentialBackoffMultiplier", number_of),
             .factor = read_value(block, "randomizedWaitFactor", number_of)};
    if (!below && !own.first) {
      // A block above the one that builds the wait: its flags have nothing to act on.
      continue;
    }
    keep(wait.longest, own.longest);
    keep(wait.exponential, own.exponential);
    keep(wait.randomized, own.randomized);
    keep(wait.multiplier, own.multiplier);
    if (!below) {
      wait.first = own.first;
      wait.factor = own.factor;
    }
  }
  if (!module.blocks().empty()) {
    draft.retry = Retry{.at = module.at(),
                        .attempts = attempts.value_or(old_attempts.value_or(3)),
                        .wait = wait.first.value_or(std::chrono::milliseconds(500))};
    if (wait.exponential.value_or(false)) {
      draft.retry->multiplier = wait.multiplier.value_or(1.5);
      draft.retry->longest = wait.multiplier ? wait.longest : std::nullopt;
    }
    if (wait.randomized.value_or(false)) {
      draft.retry->jitter = wait.factor.value_or(0.5);
    }
  }
  module.tell_unknown(draft, {"maxWaitDuration"});
  return module.error();
}

}  // namespace

const Node* child_of_any_spelling(const Node& map, std::string_view name) {
  const auto found = std::ranges::find_if(map.children, [&](const Node& child) {
    return document::folded(child.key, Spelling::relaxed) ==
           document::folded(name, Spelling::relaxed);
  });
  return found == map.children.end() ? nullptr : &*found;
}

Result<std::vector<const Node*>> blocks_of(const Node& instance, const Node* configs,
                                           bool own_config) {
  std::vector<const Node*> blocks{&instance};
  const auto config = [&](std::string_view name) {
    return configs == nullptr ? nullptr : configs->find(name);
  };
  if (own_config && base_config(instance).empty() && config(instance.key) != nullptr) {
    if (config(instance.key) != &instance) {
      blocks.push_back(config(instance.key));  // and its own base does not count
    }
    return blocks;
  }
  for (;;) {
    const auto& block = *blocks.back();
    const auto base = base_config(block);
    const auto* next = !base.empty()        ? config(base)
                       : blocks.size() == 1 ? config("default")
                                            : nullptr;
    if (!base.empty() && next == nullptr) {
      return unknown_base(block, base, configs);
    }
    if (next == nullptr || (base.empty() && next == &instance)) {
      return blocks;
    }
    if (base == block.key || std::ranges::find(blocks, next) != blocks.end()) {
      return block.key_at.error(
          fmt::format("the baseConfig of {} leads back to itself", quoted(block.key)),
          "resilience4j does not start with this");
    }
    blocks.push_back(next);
  }
}

std::optional<Error> take_modules_beside(Draft& draft, const Node& root,
                                         std::string_view instance) {
  if (auto error = take_retry(draft, Module(root, "retry", instance))) {
    return error;
  }
  if (auto error = take_time_limiter(draft, Module(root, "timelimiter", instance, true))) {
    return error;
  }
  if (auto error = take_bulkhead(draft, Module(root, "bulkhead", instance))) {
    return error;
  }
  for (const auto* name : {"retry", "bulkhead"}) {
    if (const Module module(root, name, instance); module.only_default() != nullptr) {
      draft.ignored.push_back(
          {module.only_default()->key_at, fmt::format("resilience4j.{}.configs.default", name),
           fmt::format("counts only where the code puts a {0} around the call, and the file has no "
                       "{0} of this name",
                       name)});
    }
  }
  for (const auto* name : {"ratelimiter", "thread-pool-bulkhead"}) {
    if (Module module(root, name, instance); !module.blocks().empty()) {
      draft.ignored.push_back(
          {module.at(), fmt::format("resilience4j.{}", name), "tripcurve does not play it"});
    }
  }
  return std::nullopt;
}

}  // namespace tripcurve::importer
