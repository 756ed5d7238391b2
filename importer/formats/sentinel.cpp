// Sentinel: a list of DegradeRules (Java) or of circuit breaking rules (sentinel-golang), as a
// datasource or the dashboard keeps it, or DegradeRules below feign.sentinel.rules of Spring Cloud
// Alibaba.
//
// The last: SentinelFeignClientProperties.java and CircuitBreakerRuleChangeListener.java of
// spring-cloud-circuitbreaker-sentinel at 41b1fd4f; SentinelCircuitBreaker.java traces every
// exception of the call. A client without rules of its own has those of
// feign.sentinel.default-rule. What switches them off: SentinelFeignClientAutoConfiguration.java.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "core/text.hpp"
#include "importer/formats.hpp"
#include "importer/numbers.hpp"
#include "importer/spring.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::array sentinel_taken{
    Taken{"grade", "grade", as_number},
    Taken{"count", "count", as_number},
    Taken{"timeWindow", "timeWindow", as_number},
    Taken{"minRequestAmount", "minRequestAmount", as_number},
    Taken{"statIntervalMs", "statIntervalMs", as_number},
    Taken{"slowRatioThreshold", "slowRatioThreshold", as_number},
};
constexpr std::string_view of_dashboard = "belongs to the dashboard; the rule does not read it";
constexpr std::string_view of_old = "was a rule's counter before Sentinel 1.8, not a setting";
constexpr std::string_view of_flow_rules = "belongs to flow rules; a degrade rule does not read it";
constexpr std::array sentinel_ignored{
    Ignored{"resource", "names the resource of the rule"},
    Ignored{"limitApp", "is ignored: a degrade rule applies to all callers"},
    Ignored{"rtSlowRequestAmount", "has not been read since Sentinel 1.8"},
    Ignored{"regex", "says which resources the rule applies to"},
    Ignored{"passCount", of_old},
    Ignored{"cut", of_old},
    Ignored{"clusterMode", of_flow_rules},
    Ignored{"clusterConfig", of_flow_rules},
    Ignored{"strategy", of_flow_rules},
    Ignored{"refResource", of_flow_rules},
    Ignored{"controlBehavior", of_flow_rules},
    Ignored{"warmUpPeriodSec", of_flow_rules},
    Ignored{"maxQueueingTimeMs", of_flow_rules},
    Ignored{"controller", of_flow_rules},
    Ignored{"id", of_dashboard},
    Ignored{"app", of_dashboard},
    Ignored{"ip", of_dashboard},
    Ignored{"port", of_dashboard},
    Ignored{"gmtCreate", of_dashboard},
    Ignored{"gmtModified", of_dashboard},
};

// A rule of sentinel-golang (core/circuitbreaker/rule.go). What is missing is 0, as the dialect has
// it.
constexpr std::array go_taken{
    Taken{"strategy", "strategy", as_text},
    Taken{"retryTimeoutMs", "retryTimeoutMs", as_number},
    Taken{"minRequestAmount", "minRequestAmount", as_number},
    Taken{"statIntervalMs", "statIntervalMs", as_number},
    Taken{"statSlidingWindowBucketCount", "statSlidingWindowBucketCount", as_number},
    Taken{"maxAllowedRtMs", "maxAllowedRtMs", as_number},
    Taken{"threshold", "threshold", as_number},
    Taken{"probeNum", "probeNum", as_number},
};
constexpr std::array go_ignored{
    Ignored{"resource", "names the resource of the rule"},
    Ignored{"id", "names the rule"},
};
// Keys that only sentinel-golang has for such a rule.
constexpr std::array<std::string_view, 4> go_only{"retryTimeoutMs", "maxAllowedRtMs",
                                                  "statSlidingWindowBucketCount", "probeNum"};
// A rule without them is skipped with a line in its log.
constexpr std::array<std::string_view, 2> go_needed{"retryTimeoutMs", "statIntervalMs"};

bool is_of_go(const Node& map) {
  return std::ranges::any_of(go_only,
                             [&](std::string_view key) { return map.find(key) != nullptr; });
}

// Tells what is read with one choice of another key alone.
void only_with(Draft& draft, std::string_view key, bool is_read, std::string why) {
  const auto unread = std::ranges::find(draft.settings, key, &DraftSetting::key);
  if (!is_read && unread != draft.settings.end()) {
    draft.ignored.push_back({unread->at, unread->key, std::move(why)});
    draft.settings.erase(unread);
  }
}

// Rules come with what a dashboard or a store keeps beside them, and every reader of them passes
// over what it does not know.
Result<Draft> finished(Draft draft, Fields& fields) {
  for (const auto* node : fields.take_strangers()) {
    draft.ignored.push_back(
        {node->key_at, node->key, "is not a key of a degrade rule, so Sentinel ignores it"});
  }
  // The name is how it was found, and nothing that was left out.
  std::erase_if(draft.ignored, [](const Note& note) { return note.what == "resource"; });
  if (auto error = fields.error()) {
    return *error;
  }
  return draft;
}

Result<Draft> read_go_rule(const Node& map) {
  Draft draft{.dialect = "sentinel-golang"};
  Fields fields(map, "a rule of sentinel-golang");
  take(draft, fields, go_taken);
  ignore(draft, fields, go_ignored);
  for (const auto& of_java : sentinel_taken) {
    if (const auto* node = map.find(of_java.key);
        node != nullptr &&
        std::ranges::find(go_taken, of_java.key, &Taken::key) == go_taken.end()) {
      fields.refuse(node->key_at.error(
          "a rule of sentinel-golang has no key " + quoted(of_java.key),
          "it belongs to the Java library, whose rules do not have retryTimeoutMs, maxAllowedRtMs, "
          "statSlidingWindowBucketCount or probeNum"));
    }
  }
  for (const auto key : go_needed) {
    if (!draft.value_of(key)) {
      fields.refuse(
          map.at.error(fmt::format("the rule has no {}, so sentinel-golang skips it", key),
                       fmt::format("write {}, for example {}: 1000", key, key)));
    }
  }
  const auto strategy = draft.value_of("strategy").value_or("0");
  only_with(draft, "maxAllowedRtMs", strategy == "0" || strategy == "SlowRequestRatio",
            "is only used with strategy 0");
  return finished(std::move(draft), fields);
}

Result<Draft> read_java_rule(const Node& map, Spelling spelling = Spelling::exact) {
  Draft draft{.dialect = "sentinel"};
  Fields fields(map, "a Sentinel degrade rule", spelling);
  take(draft, fields, sentinel_taken);
  ignore(draft, fields, sentinel_ignored);
  draft.set("count", "0", map.at);  // Java's default of a double
  only_with(draft, "slowRatioThreshold", draft.value_of("grade").value_or("0") == "0",
            "is only used with grade 0");
  return finished(std::move(draft), fields);
}

// What stands below feign.sentinel, in a tree that lives as long as what was found in it.
struct Feign {
  SpringProperties properties;
  Node block{};
};

// What switches the rules off: Sentinel as Spring Cloud's circuit breaker, or circuit breakers in
// OpenFeign, by its present name and the one of before 2022.
constexpr std::array<const char*, 3> feign_switches{"spring.cloud.circuitbreaker.sentinel.enabled",
                                                    "spring.cloud.openfeign.circuitbreaker.enabled",
                                                    "feign.circuitbreaker.enabled"};

// feign.sentinel.enabled is of another starter, which does not read these rules.
void tell_feign_enabled(Draft& draft, const Node& block) {
  if (const auto* enabled = block.find("enabled")) {
    draft.ignored.push_back(
        {enabled->key_at, "feign.sentinel.enabled",
         "is read by spring-cloud-starter-alibaba-sentinel, which does not concern these rules"});
  }
}

// A rule that says how long it stays open: without that the library skips it.
Result<Draft> read_feign_rule(const Node& map, const Feign& feign) {
  for (const auto* name : feign_switches) {
    const auto enabled = feign.properties.value_of(name);
    if (enabled && same_word(trim(enabled->text), "false")) {
      return enabled->at.error(fmt::format("{}=false turns these rules off", name),
                               "remove the line");
    }
  }
  auto read = read_java_rule(map, Spelling::relaxed);
  if (!read) {
    return read;
  }
  Draft draft = *std::move(read);
  if (!draft.value_of("timeWindow")) {
    return map.at.error(
        "this rule of feign.sentinel.rules has no timeWindow, so Sentinel skips it",
        "write how many seconds the breaker stays open, for example timeWindow: 10");
  }
  draft.counts =
      ImportedCounts{.changes = *parse_outcome_changes("4xx=failure"),
                     .why = "Feign throws for 4xx and 5xx, and every exception of the call counts"};
  tell_feign_enabled(draft, feign.block);
  feign.properties.tell(draft);
  return draft;
}

// In properties the places of a list, user[0], are keys.
bool is_list_of_rules(const Node& client) {
  return client.is_list() ||
         (client.is_map() && std::ranges::all_of(client.children, [](const Node& rule) {
            return all_digits(rule.key);
          }));
}

Result<std::vector<Found>> find_feign(const document::Documents& documents) {
  auto properties = SpringProperties::of(documents);
  if (!properties) {
    return properties.error();
  }
  const auto feign = std::make_shared<Feign>(Feign{.properties = *std::move(properties)});
  auto block = feign->properties.under("feign.sentinel");
  if (!block) {
    return block.error();
  }
  feign->block = *std::move(block);
  std::vector<Found> found;
  const auto* rules = feign->block.find("rules");
  if (rules == nullptr) {
    return found;
  }
  for (const auto& client : rules->children) {
    if (!is_list_of_rules(client)) {
      found.push_back({client.key, client.key_at, [feign, &client]() -> Result<Draft> {
                         return client.key_at.error(
                             "the rules of " + quoted(client.key) + " are not a list",
                             "write them as a list: - {grade: 1, count: 0.5, timeWindow: 10}");
                       }});
      continue;
    }
    for (const auto& rule : client.children) {
      found.push_back({client.key, rule.is_map() ? rule.at : client.key_at,
                       [feign, &rule] { return read_feign_rule(rule, *feign); }});
    }
  }
  return found;
}

}  // namespace

Result<std::vector<Found>> find_sentinel(const document::Documents& documents) {
  std::vector<Found> found;
  for (const auto& visit : all_maps(documents)) {
    const auto& map = *visit.map;
    const auto* resource = map.find("resource");
    const bool of_go = is_of_go(map);
    const bool degrades = of_go || map.find("timeWindow") != nullptr;
    if (resource != nullptr && resource->is_scalar() && degrades) {
      found.push_back({resource->text, map.at,
                       [&map, of_go] { return of_go ? read_go_rule(map) : read_java_rule(map); }});
    }
  }
  auto of_feign = find_feign(documents);
  if (!of_feign) {
    return found.empty() ? of_feign : found;
  }
  found.insert(found.end(), of_feign->begin(), of_feign->end());
  return found;
}

}  // namespace tripcurve::importer
