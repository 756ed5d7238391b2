// Linkerd: the annotations of a Service for failure accrual.
//
// Names, defaults and bounds: linkerd2 policy-controller/k8s/index/src/outbound/index.rs,
// parse_accrual_config. A duration is one number and one unit.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "core/units.hpp"
#include "importer/formats.hpp"
#include "importer/numbers.hpp"
#include "importer/values.hpp"

namespace tripcurve::importer {
namespace {

constexpr std::string_view linkerd_prefix = "balancer.linkerd.io/";
constexpr std::string_view mode_key = "balancer.linkerd.io/failure-accrual";

Result<std::string> as_penalty(const Node& node) {
  const auto text = as_text(node);
  if (!text) {
    return text;
  }
  const auto trimmed = trim(*text);
  const auto digits = trimmed.substr(0, trimmed.find_first_not_of("0123456789"));
  const auto unit = trimmed.substr(digits.size());
  const bool known = unit == "ms" || unit == "s" || unit == "m" || unit == "h" || unit == "d" ||
                     (unit.empty() && digits == "0");
  if (!all_digits(digits) || !known) {
    return node.at.error(quoted(*text) + " is not a valid duration in Linkerd",
                         "write a whole number with ms, s, m, h or d: 10s");
  }
  const auto length = parse_duration(unit == "d"    ? fmt::format("{}h", digits)
                                     : unit.empty() ? "0s"
                                                    : std::string(trimmed));
  if (!length) {
    return length.error().in(node.at.text());
  }
  return format_duration(unit == "d" ? *length * 24 : *length);
}

constexpr std::array linkerd_taken{
    Taken{"balancer.linkerd.io/failure-accrual-consecutive-max-failures", "max-failures",
          as_number},
    Taken{"balancer.linkerd.io/failure-accrual-consecutive-min-penalty", "min-penalty", as_penalty},
    Taken{"balancer.linkerd.io/failure-accrual-consecutive-max-penalty", "max-penalty", as_penalty},
    Taken{"balancer.linkerd.io/failure-accrual-consecutive-jitter-ratio", "jitter-ratio",
          as_number},
};

// The annotations that Linkerd's balancer reads: others beside them are anybody's.
Node of_linkerd(const Node& annotations) {
  Node own{.kind = Node::Kind::map, .at = annotations.at, .key_at = annotations.key_at};
  std::ranges::copy_if(annotations.children, std::back_inserter(own.children),
                       [](const Node& node) { return node.key.starts_with(linkerd_prefix); });
  return own;
}

// Linkerd's own timeouts, which count.
std::optional<Error> take_linkerd_timeout(Draft& draft, const Node& annotations) {
  const auto* node = annotations.find("timeout.linkerd.io/response");
  if (node == nullptr) {
    return std::nullopt;
  }
  const auto text = as_penalty(*node);
  if (!text) {
    return text.error();
  }
  draft.timeout = Timeout{node->at, *parse_duration(*text)};
  draft.counts =
      ImportedCounts{.at = node->key_at,
                     .changes = *parse_outcome_changes("600-999=success,connect_failed=ignored"),
                     .why = "a call that Linkerd ends by its own timeout is a failure"};
  return std::nullopt;
}

// Linkerd's other timeouts and its retries.
void tell_calls(Draft& draft, const Node& annotations) {
  for (const auto& node : annotations.children) {
    const bool retries = node.key.starts_with("retry.linkerd.io/");
    if (retries) {
      draft.ignored.push_back(
          {node.key_at, node.key,
           "in Linkerd each retry is a call through the breaker; tripcurve makes no retries"});
    } else if (node.key.starts_with("timeout.linkerd.io/") &&
               node.key != "timeout.linkerd.io/response") {
      draft.ignored.push_back({node.key_at, node.key, "is left out; /response is used"});
    } else if (node.key.starts_with("balancer.alpha.linkerd.io/")) {
      draft.ignored.push_back(
          {node.key_at, node.key, "is not an annotation of the consecutive failure accrual"});
    }
  }
}

Result<Draft> read_annotations(const Node& annotations) {
  Draft draft{.dialect = "linkerd"};
  const auto own = of_linkerd(annotations);
  const auto* mode = own.find(mode_key);
  if (mode == nullptr) {
    return own.children.front().key_at.error(
        "without balancer.linkerd.io/failure-accrual: consecutive, Linkerd has no circuit breaker",
        "add it to the annotations");
  }
  if (mode->text != "consecutive") {
    return mode->at.error(
        quoted(mode->text) + " is a kind of failure accrual that tripcurve does not have",
        mode->text == "unified" ? "it also opens by a success rate; without that it is consecutive"
                                : "known: consecutive");
  }
  Fields fields(own, "failure accrual of Linkerd");
  (void)fields.take(mode_key);
  take(draft, fields, linkerd_taken);
  for (const auto* node : fields.take_strangers()) {
    draft.ignored.push_back(
        {node->key_at, node->key, "is not an annotation of the consecutive failure accrual"});
  }
  fields.refuse(take_linkerd_timeout(draft, annotations));
  tell_calls(draft, annotations);
  if (auto error = fields.error()) {
    return *error;
  }
  draft.warnings.push_back(
      {mode->key_at, "",
       "each endpoint of the Service has its own breaker, and meanwhile Linkerd sends calls to the "
       "other endpoints; tripcurve plays one endpoint"});
  return draft;
}

std::string linkerd_name_of(const Visit& visit) {
  const auto name = word_of(*visit.map, "name");  // the metadata's
  return name.empty() ? path_of(visit) : std::string(name);
}

}  // namespace

Result<std::vector<Found>> find_linkerd(const document::Documents& documents) {
  std::vector<Found> found;
  for (const auto& visit : all_maps(documents)) {
    const auto* annotations = visit.map->find("annotations");
    if (annotations == nullptr || !annotations->is_map()) {
      continue;
    }
    const auto first = std::ranges::find_if(
        annotations->children, [](const Node& node) { return node.key.starts_with(mode_key); });
    if (first != annotations->children.end()) {
      found.push_back({linkerd_name_of(visit), first->key_at,
                       [annotations] { return read_annotations(*annotations); }});
    }
  }
  return found;
}

}  // namespace tripcurve::importer
