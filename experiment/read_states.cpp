// through.states: where a service says itself what state its breaker is in.
#include "claims/kind.hpp"
#include "claims/source.hpp"
#include "experiment/read_parts.hpp"
#include "experiment/values.hpp"

namespace tripcurve::experiment {
namespace {

constexpr const char* source_example =
    "write states: prometheus http://127.0.0.1:8080/metrics, or a block with kind and url";

// {0: closed, 1: half_open, 2: open}, or the same as one text.
claims::Meanings read_meanings(const Node& node, Mistakes& mistakes) {
  if (!node.is_map()) {
    return read_value(node, claims::parse_meanings, mistakes).value_or(claims::Meanings{});
  }
  claims::Meanings meanings;
  for (const auto& child : node.children) {
    const auto one = read_value(
        child,
        [&](const std::string& text) { return claims::parse_meanings(child.key + ":" + text); },
        mistakes);
    if (one) {
      meanings.insert(meanings.end(), one->begin(), one->end());
    }
  }
  return meanings;
}

std::optional<claims::Source> read_source_block(const Node& node, Mistakes& mistakes) {
  const auto before = mistakes.size();
  claims::Source source;
  {
    Block block(node, "a source of states", mistakes);
    source.kind =
        block.required("kind", claims::find_kind, "write kind: prometheus").value_or(nullptr);
    source.url =
        block.required("url", claims::parse_source_url, "write url: http://127.0.0.1:8080/metrics")
            .value_or("");
    source.every = block.value("every", claims::parse_interval).value_or(source.every);
    source.breaker = block.text("breaker").value_or("");
    source.metric = block.text("metric").value_or("");
    source.state_label = block.text("label").value_or("");
    if (const auto* values = block.take("values")) {
      source.values = read_meanings(*values, mistakes);
    }
  }
  if (mistakes.size() != before) {
    return std::nullopt;
  }
  if (const auto error = claims::contradiction(source)) {
    mistakes.add(node.at, *error);
    return std::nullopt;
  }
  return source;
}

}  // namespace

std::vector<claims::Source> read_states(const Node& node, Mistakes& mistakes) {
  std::vector<claims::Source> sources;
  const auto read_one = [&](const Node& item) {
    auto source = item.is_map() ? read_source_block(item, mistakes)
                                : read_value(item, claims::parse_source, mistakes);
    if (source) {
      sources.push_back(*std::move(source));
    }
  };
  if (node.is_list()) {
    each_item(node, source_example, mistakes, read_one);
  } else {
    read_one(node);
  }
  return sources;
}

}  // namespace tripcurve::experiment
