// Sentinel: a list of DegradeRules, as a datasource or the dashboard keeps it; also with the names
// of sentinel-golang.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "importer/formats.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::array taken{
    Taken{"grade", "grade", as_number},
    Taken{"count", "count", as_number},
    Taken{"timeWindow", "timeWindow", as_number},
    Taken{"minRequestAmount", "minRequestAmount", as_number},
    Taken{"statIntervalMs", "statIntervalMs", as_number},
    Taken{"slowRatioThreshold", "slowRatioThreshold", as_number},
};
constexpr std::string_view of_dashboard = "is the dashboard's own; the rule does not read it";
constexpr std::array ignored{
    Ignored{"resource", "names what the rule is for"},
    Ignored{"limitApp", "a degrade rule holds for all callers"},
    Ignored{"rtSlowRequestAmount", "is not read since Sentinel 1.8"},
    Ignored{"regex", "says which resources the rule is for"},
    Ignored{"id", of_dashboard},
    Ignored{"app", of_dashboard},
    Ignored{"ip", of_dashboard},
    Ignored{"port", of_dashboard},
    Ignored{"gmtCreate", of_dashboard},
    Ignored{"gmtModified", of_dashboard},
};

// A rule of sentinel-golang (core/circuitbreaker/rule.go).
Result<std::string> as_seconds_of_ms(const Node& node) {
  const auto ms = whole_of(node);
  if (!ms) {
    return ms.error();
  }
  if (*ms % 1000 != 0) {
    return node.at.error(fmt::format("{} ms are not whole seconds, which timeWindow is in", *ms),
                         "round it to thousands");
  }
  return std::to_string(*ms / 1000);
}
constexpr std::array go_taken{
    Taken{"strategy", "grade", as_number},
    Taken{"retryTimeoutMs", "timeWindow", as_seconds_of_ms},
    Taken{"minRequestAmount", "minRequestAmount", as_number},
    Taken{"statIntervalMs", "statIntervalMs", as_number},
};
constexpr std::array go_slow{
    Taken{"maxAllowedRtMs", "count", as_number},
    Taken{"threshold", "slowRatioThreshold", as_number},
};
constexpr std::array go_errors{Taken{"threshold", "count", as_number}};
constexpr std::array go_ignored{
    Ignored{"resource", "names what the rule is for"},
    Ignored{"id", "names the rule"},
    Ignored{"statSlidingWindowBucketCount", "the Java rule that stands in for it has one bucket"},
    Ignored{"probeNum", "the Java rule that stands in for it closes after one good call"},
};

Result<Draft> read_rule(const Node& map) {
  Draft draft{.dialect = "sentinel"};
  Fields fields(map, "a Sentinel degrade rule");
  if (map.find("retryTimeoutMs") != nullptr) {
    take(draft, fields, go_taken);
    const auto strategy = word_of(map, "strategy");
    const bool slow = strategy.empty() || strategy == "0";
    take(draft, fields, slow ? std::span<const Taken>(go_slow) : go_errors);
    if (!slow) {
      (void)fields.take("maxAllowedRtMs");
    }
    ignore(draft, fields, go_ignored);
    draft.warnings.push_back({map.at, "", "sentinel-golang is played as Sentinel's Java rule"});
  } else {
    take(draft, fields, taken);
    ignore(draft, fields, ignored);
    draft.set("count", "0", map.at);  // Java's default of a double
  }
  const auto grade = draft.value_of("grade").value_or("0");
  const auto slow = std::ranges::find(draft.settings, "slowRatioThreshold", &DraftSetting::key);
  if (grade != "0" && slow != draft.settings.end()) {
    draft.ignored.push_back({slow->at, slow->key, "is only read with grade 0"});
    draft.settings.erase(slow);
  }
  // The name is how it was found, and nothing that was left out.
  std::erase_if(draft.ignored, [](const Note& note) { return note.what == "resource"; });
  if (auto error = fields.error()) {
    return *error;
  }
  return draft;
}

}  // namespace

Result<std::vector<Found>> find_sentinel(const document::Documents& documents) {
  std::vector<Found> found;
  for (const auto& visit : all_maps(documents)) {
    const auto& map = *visit.map;
    const auto* resource = map.find("resource");
    const bool degrades =
        map.find("timeWindow") != nullptr || map.find("retryTimeoutMs") != nullptr;
    if (resource != nullptr && resource->is_scalar() && degrades) {
      found.push_back({resource->text, map.at, [&map] { return read_rule(map); }});
    }
  }
  return found;
}

}  // namespace tripcurve::importer
