// Hystrix: hystrix.command.<key>.* over hystrix.command.default.*, as properties or as Spring YAML.
// Archaius reads the names exactly as they are spelled. The dialect is that of 1.5.18, the last
// release.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "core/units.hpp"
#include "importer/formats.hpp"
#include "importer/spring.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

// The groups of a command's properties, each with those that it has.
struct Group {
  std::string_view name;
  std::span<const Taken> taken;
  std::span<const Ignored> ignored;
};

constexpr std::array hystrix_taken{
    Taken{"enabled", "circuitBreaker.enabled", as_flag},
    Taken{"requestVolumeThreshold", "circuitBreaker.requestVolumeThreshold", as_number},
    Taken{"errorThresholdPercentage", "circuitBreaker.errorThresholdPercentage", as_number},
    Taken{"sleepWindowInMilliseconds", "circuitBreaker.sleepWindowInMilliseconds", as_number},
    Taken{"forceOpen", "circuitBreaker.forceOpen", as_flag},
    Taken{"forceClosed", "circuitBreaker.forceClosed", as_flag},
};
constexpr std::array metrics_taken{
    Taken{"rollingStats.timeInMilliseconds", "metrics.rollingStats.timeInMilliseconds", as_number},
    Taken{"healthSnapshot.intervalInMilliseconds", "metrics.healthSnapshot.intervalInMilliseconds",
          as_number},
};
constexpr std::string_view only_shown =
    "concerns the published metrics; the breaker does not read it";
constexpr std::array metrics_ignored{
    Ignored{"rollingStats.numBuckets",
            "the breaker does not read it; its buckets are as long as "
            "metrics.healthSnapshot.intervalInMilliseconds"},
    Ignored{"rollingPercentile.enabled", only_shown},
    Ignored{"rollingPercentile.timeInMilliseconds", only_shown},
    Ignored{"rollingPercentile.numBuckets", only_shown},
    Ignored{"rollingPercentile.bucketSize", only_shown},
};
constexpr std::string_view hystrix_timeout = "execution.isolation.thread.timeoutInMilliseconds";
constexpr std::string_view times_out = "execution.timeout.enabled";
constexpr std::array execution_taken{
    Taken{"isolation.strategy", "execution.isolation.strategy", as_text},
    Taken{"isolation.semaphore.maxConcurrentRequests",
          "execution.isolation.semaphore.maxConcurrentRequests", as_number},
    Taken{"isolation.thread.timeoutInMilliseconds", hystrix_timeout, as_number},
    Taken{"timeout.enabled", times_out, as_flag},
};
constexpr std::string_view on_thread =
    "says how the call's thread is treated; the breaker sees the timeout";
constexpr std::array execution_ignored{
    Ignored{"isolation.thread.interruptOnTimeout", on_thread},
    Ignored{"isolation.thread.interruptOnCancel", on_thread},
    Ignored{"isolation.thread.interruptOnFutureCancel", on_thread},
};
constexpr std::string_view after_the_fact =
    "says what the caller gets instead; the breaker does not read it";
constexpr std::array fallback_ignored{
    Ignored{"enabled", after_the_fact},
    Ignored{"isolation.semaphore.maxConcurrentRequests", after_the_fact},
};
constexpr std::array request_ignored{
    Ignored{"enabled", "has no effect on what the breaker decides"}};

constexpr std::array groups{
    Group{"circuitBreaker", hystrix_taken, {}},
    Group{"metrics", metrics_taken, metrics_ignored},
    Group{"execution", execution_taken, execution_ignored},
    Group{"fallback", {}, fallback_ignored},
    Group{"requestCache", {}, request_ignored},
    Group{"requestLog", {}, request_ignored},
};

// A group's properties with their dotted names as keys: one map instead of maps in maps.
void flatten(const Node& node, const std::string& prefix, Node& flat) {
  for (const auto& child : node.children) {
    const auto name = prefix + child.key;
    if (child.is_map()) {
      flatten(child, name + ".", flat);
    } else {
      flat.children.push_back(child);
      flat.children.back().key = name;
    }
  }
}

// hystrix.threadpool.default. A command's own pool is named in code.
constexpr std::array pool_taken{
    Taken{"coreSize", "coreSize", as_number},
    Taken{"maximumSize", "maximumSize", as_number},
    Taken{"allowMaximumSizeToDivergeFromCoreSize", "allowMaximumSizeToDivergeFromCoreSize",
          as_flag},
    Taken{"maxQueueSize", "maxQueueSize", as_number},
    Taken{"queueSizeRejectionThreshold", "queueSizeRejectionThreshold", as_number},
};
constexpr std::array pool_ignored{
    Ignored{"keepAliveTimeMinutes", "has no effect on what is rejected"},
    Ignored{"metrics.rollingStats.timeInMilliseconds", only_shown},
    Ignored{"metrics.rollingStats.numBuckets", only_shown},
};

Node flattened(const Node& node) {
  Node flat{.kind = Node::Kind::map, .at = node.at, .key = node.key, .key_at = node.key_at};
  flatten(node, "", flat);
  return flat;
}

// What the files say below hystrix, in trees that live as long as what was found in them.
struct Hystrix {
  SpringProperties properties;
  Node commands{};
  Node pools{};
  const Node* standard = nullptr;  // hystrix.command.default
};

// The pool `own` of a command that the file names, over the default one.
std::optional<Error> take_pools(Draft& draft, const Node& pools, const std::string& own) {
  std::vector<const Node*> read;
  for (const auto& pool : pools.children) {
    if (pool.key == own) {
      read.insert(read.begin(), &pool);
    } else if (pool.key == "default") {
      read.push_back(&pool);
    } else {
      draft.ignored.push_back({pool.key_at, "hystrix.threadpool." + pool.key,
                               "code decides which commands run in this pool; if this one does, "
                               "copy it to hystrix.threadpool.default"});
    }
  }
  for (const auto* pool : read) {
    const auto flat = flattened(*pool);
    Fields fields(flat, "a Hystrix thread pool");
    take(draft, fields, pool_taken);
    ignore(draft, fields, pool_ignored);
    if (auto error = fields.error()) {
      return error;
    }
  }
  return std::nullopt;
}

// A command ends a call after its own timeout, a second by default, unless that is switched off.
std::optional<Error> take_timeout(Draft& draft, const Place& at) {
  const auto given = [&](std::string_view key) {
    return std::ranges::find(draft.settings, key, &DraftSetting::key);
  };
  if (const auto enabled = given(times_out);
      enabled != draft.settings.end() && enabled->value == "false") {
    draft.warnings.push_back({enabled->at, std::string(times_out),
                              "is false, so the library ends no call; here the load's own timeout "
                              "ends it, so set --timeout to the time that your client waits"});
    return std::nullopt;
  }
  const auto timeout = given(hystrix_timeout);
  if (timeout == draft.settings.end()) {
    draft.timeout = Timeout{at, std::chrono::milliseconds(1000)};
    return std::nullopt;
  }
  const auto length = parse_duration(timeout->value + "ms");
  if (!length) {
    return timeout->at.error(length.error().message, length.error().hint);
  }
  draft.timeout = Timeout{timeout->at, *length};
  return std::nullopt;
}

Result<Draft> read_command(const Node& command, const Hystrix& hystrix) {
  Draft draft{.dialect = "hystrix-1.5.18"};
  std::string pool;
  std::vector<const Node*> blocks{&command};
  if (hystrix.standard != nullptr && hystrix.standard != &command) {
    blocks.push_back(hystrix.standard);
  }
  for (const auto* block : blocks) {
    Fields names(*block, "a Hystrix command");
    for (const auto& group : groups) {
      const auto* given = names.take(group.name);
      const auto flat = given == nullptr ? Node{} : flattened(*given);
      Fields fields(flat, fmt::format("{} of a Hystrix command", group.name));
      take(draft, fields, group.taken);
      ignore(draft, fields, group.ignored);
      names.refuse(fields.error());
    }
    if (const auto own = read_value(names, "threadPoolKeyOverride", as_text); own && pool.empty()) {
      pool = *own;
    }
    if (auto error = names.error()) {
      return *error;
    }
  }
  draft.set("execution.isolation.strategy", "THREAD",
            command.key_at);  // a HystrixCommand's default
  if (auto error = take_pools(draft, hystrix.pools, pool)) {
    return *error;
  }
  if (auto error = take_timeout(draft, command.key_at)) {
    return *error;
  }
  hystrix.properties.tell(draft);
  return draft;
}

bool is_command(const Node& node) {
  return std::ranges::any_of(groups,
                             [&](const Group& group) { return node.find(group.name) != nullptr; });
}

// A command's key may have dots in it: it ends where the first group begins. Where none does, the
// command is the first part, and its keys are mistakes.
bool find_commands(const Node& node, const std::string& name,
                   std::vector<std::pair<std::string, const Node*>>& found) {
  constexpr std::size_t longest = 1000;
  if (is_command(node)) {
    found.emplace_back(name, &node);
    return true;
  }
  bool any = false;
  for (const auto& child : node.children) {
    const auto longer = fmt::format("{}.{}", name, child.key);
    any = (longer.size() < longest && find_commands(child, longer, found)) || any;
  }
  return any;
}

}  // namespace

Result<std::vector<Found>> find_hystrix(const document::Documents& documents) {
  auto properties = SpringProperties::of(documents);
  if (!properties) {
    return properties.error();
  }
  const auto hystrix = std::make_shared<Hystrix>(Hystrix{.properties = *properties});
  auto commands = hystrix->properties.under("hystrix.command");
  auto pools = hystrix->properties.under("hystrix.threadpool");
  if (!commands || !pools) {
    return commands ? pools.error() : commands.error();
  }
  hystrix->commands = *std::move(commands);
  hystrix->pools = *std::move(pools);
  std::vector<std::pair<std::string, const Node*>> found_commands;
  for (const auto& command : hystrix->commands.children) {
    if (!find_commands(command, command.key, found_commands)) {
      found_commands.emplace_back(command.key, &command);
    }
  }
  std::vector<Found> found;
  for (const auto& [name, node] : found_commands) {
    if (name == "default") {
      hystrix->standard = node;
    }
    found.push_back({name, node->key_at,
                     [hystrix, command = node] { return read_command(*command, *hystrix); }});
  }
  return found;
}

}  // namespace tripcurve::importer
