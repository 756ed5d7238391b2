// Hystrix: hystrix.command.<key>.* over hystrix.command.default.*, as properties or as Spring YAML.
// Archaius reads the names exactly as they are spelled. The dialect is that of 1.5.18, the last
// release.
#include <algorithm>
#include <array>
#include <memory>

#include "importer/formats.hpp"
#include "importer/spring.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::string_view what = "a Hystrix command";

// The groups of a command's properties, each with those that it has.
struct Group {
  std::string_view name;
  std::span<const Taken> taken;
  std::span<const Ignored> ignored;
};

constexpr std::array breaker_taken{
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
constexpr std::string_view only_shown = "is for the metrics that people see; the breaker does not read it";
constexpr std::array metrics_ignored{
    Ignored{"rollingStats.numBuckets",
            "the breaker does not read it: its buckets are as long as "
            "metrics.healthSnapshot.intervalInMilliseconds"},
    Ignored{"rollingPercentile.enabled", only_shown},
    Ignored{"rollingPercentile.timeInMilliseconds", only_shown},
    Ignored{"rollingPercentile.numBuckets", only_shown},
    Ignored{"rollingPercentile.bucketSize", only_shown},
};
constexpr std::string_view on_thread = "how the call's thread is treated; the breaker sees the timeout";
constexpr std::array execution_ignored{
    Ignored{"isolation.thread.interruptOnTimeout", on_thread},
    Ignored{"isolation.thread.interruptOnCancel", on_thread},
    Ignored{"isolation.thread.interruptOnFutureCancel", on_thread},
};
constexpr std::string_view after_the_fact = "says what the caller gets instead; the breaker does not read it";
constexpr std::array fallback_ignored{
    Ignored{"enabled", after_the_fact},
    Ignored{"isolation.semaphore.maxConcurrentRequests", after_the_fact},
};
constexpr std::array request_ignored{Ignored{"enabled", "has no effect on what the breaker decides"}};

constexpr std::array groups{
    Group{"circuitBreaker", breaker_taken, {}},
    Group{"metrics", metrics_taken, metrics_ignored},
    Group{"execution", {}, execution_ignored},
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

// How a command is run: that decides what of it is a timeout and a limit.
struct Execution {
  std::optional<std::uint64_t> timeout, concurrent;
  std::optional<bool> timeout_enabled;
  std::optional<std::string> strategy;
};

Execution read_execution(Fields& fields) {
  return {.timeout = read_value(fields, "isolation.thread.timeoutInMilliseconds", whole_of),
          .concurrent = read_value(fields, "isolation.semaphore.maxConcurrentRequests", whole_of),
          .timeout_enabled = read_value(fields, "timeout.enabled", flag_of),
          .strategy = read_value(fields, "isolation.strategy", as_text)};
}

Result<Draft> read_command(const Node& command, const Node* standard,
                           const SpringProperties& properties) {
  Draft draft{.dialect = "hystrix-1.5.18"};
  Execution execution;
  for (const auto* block : {&command, standard}) {
    if (block == nullptr) {
      continue;
    }
    Fields names(*block, std::string(what));
    for (const auto& group : groups) {
      const auto* given = names.take(group.name);
      if (given == nullptr) {
        continue;
      }
      Node flat{.kind = Node::Kind::map, .at = given->at, .key = given->key, .key_at = given->key_at};
      flatten(*given, "", flat);
      Fields fields(flat, std::string(group.name) + " of " + std::string(what));
      take(draft, fields, group.taken);
      ignore(draft, fields, group.ignored);
      if (group.name == "execution") {
        const auto own = read_execution(fields);
        const auto keep = [](auto& value, const auto& weaker) { value = value ? value : weaker; };
        keep(execution.timeout, own.timeout);
        keep(execution.timeout_enabled, own.timeout_enabled);
        keep(execution.concurrent, own.concurrent);
        keep(execution.strategy, own.strategy);
      }
      names.refuse(fields.error());
    }
    if (auto error = names.error()) {
      return *error;
    }
  }
  if (execution.timeout_enabled.value_or(true)) {
    draft.timeout = Timeout{command.key_at, std::chrono::milliseconds(execution.timeout.value_or(1000))};
  }
  if (execution.strategy == "SEMAPHORE") {
    draft.bulkhead = Bulkhead{command.key_at, execution.concurrent.value_or(10), 0};
  }
  properties.tell(draft);
  return draft;
}

// A command's key may have dots in it: it ends where the first group begins.
void find_commands(const Node& node, const std::string& name,
                   std::vector<std::pair<std::string, const Node*>>& found) {
  constexpr std::size_t longest = 1000;
  const bool is_command = !name.empty() && std::ranges::any_of(groups, [&](const Group& group) {
    return node.find(group.name) != nullptr;
  });
  if (is_command || (!name.empty() && !node.is_map()) || name.size() > longest) {
    found.emplace_back(name, &node);
    return;
  }
  const bool leaf = std::ranges::none_of(node.children, &Node::is_map);
  if (!name.empty() && leaf) {
    found.emplace_back(name, &node);
    return;
  }
  for (const auto& child : node.children) {
    find_commands(child, name + (name.empty() ? "" : ".") + child.key, found);
  }
}

}  // namespace

Result<std::vector<Found>> find_hystrix(const document::Documents& documents) {
  const auto properties = SpringProperties::of(documents);
  if (!properties) {
    return std::vector<Found>{};
  }
  const auto shared = std::make_shared<const SpringProperties>(*properties);
  auto tree = shared->under("hystrix.command");
  if (!tree) {
    return tree.error();
  }
  const auto root = std::make_shared<const Node>(*std::move(tree));
  std::vector<std::pair<std::string, const Node*>> commands;
  find_commands(*root, "", commands);
  const auto standard = std::ranges::find(commands, "default", &std::pair<std::string, const Node*>::first);
  const auto* defaults = standard == commands.end() ? nullptr : standard->second;
  std::vector<Found> found;
  for (const auto& [name, node] : commands) {
    const auto* weaker = node == defaults ? nullptr : defaults;
    found.push_back({name, node->key_at, [shared, root, command = node, weaker] {
                       return read_command(*command, weaker, *shared);
                     }});
  }
  return found;
}

}  // namespace tripcurve::importer
