#include "importer/formats/resilience4j_blocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "importer/formats.hpp"
#include "importer/formats/resilience4j_options.hpp"
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
      fmt::format("{} has the baseConfig {}, but configs has no entry of that name",
                  quoted(block.key), quoted(base)),
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
        is_default_ = true;
        open(*standard, module->find("configs"), fmt::format("a config of resilience4j.{}", name));
      }
    }
  }

  // The configs.default of a module that does not name the instance, or null.
  [[nodiscard]] const Node* only_default() const { return only_default_; }

  // Its blocks are those of configs.default alone.
  [[nodiscard]] bool is_default() const { return is_default_; }

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
          {node.key_at, node.key, fmt::format("{} has no such key, and Spring ignores it", what_)});
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
  bool is_default_ = false;
  std::vector<Fields> blocks_;
  std::optional<Error> error_;
};

// One of the policies that Spring's aspects nest, and where.
struct Aspect {
  std::int64_t order;
  client::PolicyConfig policy;
  Place at;
};

// The lower the order, the further out (Spring's Ordered). What each module has by default:
// RetryConfigurationProperties and its siblings in resilience4j-spring6 2.4.0.
struct AspectOrder {
  std::string_view module;
  std::string_view key;
  std::int64_t standard;
};
constexpr std::int64_t lowest_precedence = 2147483647;
constexpr AspectOrder retry_order{"retry", "retryAspectOrder", lowest_precedence - 5};
constexpr AspectOrder breaker_order{"circuitbreaker", "circuitBreakerAspectOrder",
                                    lowest_precedence - 4};
constexpr AspectOrder limit_order{"timelimiter", "timeLimiterAspectOrder", lowest_precedence - 2};
constexpr AspectOrder bulkhead_order{"bulkhead", "bulkheadAspectOrder", lowest_precedence - 1};

Result<std::int64_t> order_of(const Node& root, const AspectOrder& order) {
  const auto* module = child_of_any_spelling(root, order.module);
  const auto* node = module == nullptr ? nullptr : child_of_any_spelling(*module, order.key);
  if (node == nullptr) {
    return order.standard;
  }
  const auto number = number_of(*node);
  if (!number || *number != std::trunc(*number) || std::abs(*number) > lowest_precedence) {
    return node->at.error(fmt::format("{} is {}", order.key, quoted(node->text)),
                          "it is a whole number: the lower, the further out");
  }
  return static_cast<std::int64_t>(*number);
}

std::optional<Error> take_time_limiter(Draft& draft, Module module, std::vector<Aspect>& aspects) {
  // Of a method with an annotation of that name; one that only has the default is made by Spring
  // Cloud, whose threads wait.
  const auto returns = module.is_default() ? Returns::value : Returns::stage;
  const auto limit = read_resilience4j_limit(module.blocks(), returns);
  if (!module.blocks().empty()) {
    draft.timeout = Timeout{module.at(), limit.after};
    aspects.push_back({limit_order.standard, limit, module.at()});
  }
  module.tell_unknown(draft, {});
  return module.error();
}

std::optional<Error> take_bulkhead(Draft& draft, Module module, std::vector<Aspect>& aspects) {
  module.ignore({"writableStackTraceEnabled"});
  const auto bulkhead = read_resilience4j_bulkhead(module.blocks());
  if (!module.blocks().empty()) {
    draft.bulkhead = Bulkhead{.at = module.at(), .concurrent = bulkhead.places};
    if (bulkhead.queue == 0) {
      draft.bulkhead->queue = 0;
    }
    aspects.push_back({bulkhead_order.standard, bulkhead, module.at()});
  }
  module.tell_unknown(draft, {});
  return module.error();
}

// The other kind of bulkhead, with threads of its own.
std::optional<Error> take_pool(Draft& draft, Module module, std::vector<Aspect>& aspects) {
  module.ignore({"writableStackTraceEnabled", "contextPropagators"});
  const auto pool = read_resilience4j_pool(draft, module.blocks(), module.at());
  if (draft.bulkhead) {
    draft.ignored.push_back({module.at(), "resilience4j.thread-pool-bulkhead",
                             "the file has a bulkhead of this name, too; which one counts is said "
                             "by the type of @Bulkhead, and is the other one by default"});
  } else {
    draft.bulkhead =
        Bulkhead{.at = module.at(), .concurrent = *pool.max_places, .queue = pool.queue};
    aspects.push_back({bulkhead_order.standard, pool, module.at()});
  }
  module.tell_unknown(draft, {});
  return module.error();
}

std::optional<Error> take_retry(Draft& draft, Module module, bool limited,
                                std::vector<Aspect>& aspects) {
  module.ignore({"retryExceptionPredicate", "intervalBiFunction", "consumeResultBeforeRetryAttempt",
                 "ignoreClassBindingExceptions", "ignoreUnknownExceptions",
                 "writableStackTraceEnabled"});
  const auto retry = read_resilience4j_retry(draft, module.blocks(), limited);
  if (!module.blocks().empty()) {
    const auto& backoff = retry.backoff;
    draft.retry =
        Retry{.at = module.at(),
              .attempts = 1 + std::uint64_t{retry.most},
              .wait = backoff.delay,
              .multiplier =
                  backoff.growth == client::Backoff::Growth::exponential ? backoff.multiplier : 1.0,
              .longest = backoff.most,
              .jitter = backoff.jitter == client::Backoff::Jitter::none ? 0 : backoff.spread};
    if (retry.most > 0) {
      aspects.push_back({retry_order.standard, retry, module.at()});
    }
  }
  module.tell_unknown(draft, {"maxWaitDuration"});
  return module.error();
}

// The client that the aspects make, where there is more than the breaker and a timeout inside.
std::optional<Error> nest(Draft& draft, const Node& root, std::vector<Aspect> aspects,
                          const std::vector<const Node*>& blocks, bool limited) {
  const auto& at = blocks.front()->key_at;
  const auto breaker = resilience4j_breaker(draft, blocks, limited, at);
  if (!breaker) {
    return breaker.error();
  }
  aspects.push_back({breaker_order.standard, *breaker, at});
  for (auto& aspect : aspects) {
    for (const auto& order : {retry_order, breaker_order, limit_order, bulkhead_order}) {
      if (aspect.order == order.standard) {
        const auto given = order_of(root, order);
        if (!given) {
          return given.error();
        }
        aspect.order = *given;
        break;
      }
    }
  }
  std::ranges::stable_sort(aspects, {}, &Aspect::order);
  const auto twins = std::ranges::adjacent_find(aspects, {}, &Aspect::order);
  if (twins != aspects.end()) {
    draft.warnings.push_back({std::next(twins)->at, "",
                              "two aspects have the same order: which one Spring puts outside, "
                              "nobody can know"});
  }
  if (aspects.size() == 1 ||
      (aspects.size() == 2 && std::holds_alternative<client::TimeoutConfig>(aspects[1].policy))) {
    return std::nullopt;
  }
  for (auto& aspect : aspects) {
    draft.client.push_back(std::move(aspect.policy));
  }
  return std::nullopt;
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

bool has_time_limiter(const Node& root, std::string_view instance) {
  return !Module(root, "timelimiter", instance, true).blocks().empty();
}

std::optional<Error> take_modules_beside(Draft& draft, const Node& root, std::string_view instance,
                                         const std::vector<const Node*>& breaker) {
  const bool limited = has_time_limiter(root, instance);
  std::vector<Aspect> aspects;
  if (auto error = take_retry(draft, Module(root, "retry", instance), limited, aspects)) {
    return error;
  }
  if (auto error = take_time_limiter(draft, Module(root, "timelimiter", instance, true), aspects)) {
    return error;
  }
  if (auto error = take_bulkhead(draft, Module(root, "bulkhead", instance), aspects)) {
    return error;
  }
  if (Module pool(root, "thread-pool-bulkhead", instance); !pool.blocks().empty()) {
    if (auto error = take_pool(draft, std::move(pool), aspects)) {
      return error;
    }
  }
  if (auto error = nest(draft, root, std::move(aspects), breaker, limited)) {
    return error;
  }
  for (const auto* name : {"retry", "bulkhead", "thread-pool-bulkhead"}) {
    if (const Module module(root, name, instance); module.only_default() != nullptr) {
      draft.ignored.push_back({module.only_default()->key_at,
                               fmt::format("resilience4j.{}.configs.default", name),
                               fmt::format("counts only if the code puts a {0} around the call; "
                                           "the file has no {0} of this name",
                                           name)});
    }
  }
  if (Module module(root, "ratelimiter", instance); !module.blocks().empty()) {
    draft.ignored.push_back({module.at(), "resilience4j.ratelimiter", "tripcurve leaves it out"});
  }
  return std::nullopt;
}

}  // namespace tripcurve::importer
