// expect, baseline and outputs: what the run must show, and what is kept of it.
#include <algorithm>
#include <iterator>

#include "core/text.hpp"
#include "experiment/read_parts.hpp"
#include "report/registry.hpp"

namespace tripcurve::experiment {
namespace {

void read_that(const Node& node, const report::Scope& scope, std::vector<Placed>& all,
               Mistakes& mistakes) {
  auto expectation = read_value(node, expect::parse_expectation, mistakes);
  if (expectation) {
    expectation->scope = scope;
    expectation->place = node.at.text();
    all.push_back({*std::move(expectation), node.at});
  }
}

// {phase: outage, that: [opens >= 1, time_to_open < 1s]}
void read_scoped(const Node& node, std::vector<Placed>& all, Mistakes& mistakes) {
  if (refuse_cut_text(node, {"phase", "endpoint", "breaker", "service", "link", "that"},
                      expect::parse_expectation, "this expectation", mistakes)) {
    return;
  }
  Block block(node, "an expectation", mistakes);
  report::Scope scope;
  scope.phase = block.text("phase").value_or("");
  scope.endpoint = block.text("endpoint").value_or("");
  scope.breaker = block.text("breaker").value_or("");
  scope.service = block.text("service").value_or("");
  scope.link = expect::link_scope(block.text("link").value_or(""));
  const auto* that = block.take("that");
  if (that == nullptr) {
    if (node.is_map()) {
      block.refuse("an expectation needs 'that'", "write {phase: outage, that: time_to_open < 1s}");
    }
  } else if (that->is_list()) {
    each_item(*that, "that: [opens >= 1, time_to_open < 1s]", mistakes,
              [&](const Node& item) { read_that(item, scope, all, mistakes); });
  } else {
    read_that(*that, scope, all, mistakes);
  }
}

}  // namespace

std::vector<Placed> read_expectations(const Node& list, Mistakes& mistakes) {
  std::vector<Placed> all;
  each_item(list, "[opens >= 1, {phase: outage, that: time_to_open < 1s}]", mistakes,
            [&](const Node& item) {
              if (item.is_scalar()) {
                read_that(item, {}, all, mistakes);
              } else {
                read_scoped(item, all, mistakes);
              }
            });
  return all;
}

std::vector<std::string_view> output_formats() {
  std::vector<std::string_view> words{"events"};  // not of a result, but of what happens
  std::ranges::transform(report::formats(), std::back_inserter(words), &report::Format::name);
  return words;
}

void read_outputs(const Node& node, Experiment& experiment, Mistakes& mistakes) {
  Block block(node, "outputs", mistakes);
  const auto path_of = [](const std::string& text) {
    return text.empty() ? Result<std::string>(Error{"'' is not a file name",
                                                    "write out.json, or - for "
                                                    "standard output"})
                        : text;
  };
  const auto formats = output_formats();
  for (const auto format : formats) {
    (void)block.take(format);  // known, whether it is there or not
  }
  for (const auto& child : node.children) {
    if (std::ranges::find(formats, child.key) == formats.end()) {
      continue;
    }
    auto path = read_value(child, path_of, mistakes);
    if (!path) {
      continue;
    }
    const auto same = std::ranges::find(experiment.outputs, *path, &Output::path);
    if (same != experiment.outputs.end()) {
      mistakes.add(child.at, {quoted(*path) + " is also the file of '" + same->format + "'",
                              "give each output its own file"});
      continue;
    }
    experiment.outputs.push_back({child.key, *std::move(path)});
  }
}

}  // namespace tripcurve::experiment
