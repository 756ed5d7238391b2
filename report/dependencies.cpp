#include "report/dependencies.hpp"

#include "core/units.hpp"
#include "report/layout.hpp"
#include "report/table.hpp"

namespace tripcurve::report {

std::string dependencies_text(const Summary& summary) {
  std::string text;
  for (const auto& dependency : summary.dependencies) {
    text += hang("Dependency  ", dependency.name + " at " + dependency.address);
    std::vector<std::vector<std::string>> lines{{"", "calls", "arrived", "withheld"}};
    for (const auto& phase : dependency.phases) {
      lines.push_back({phase.name + (phase.fault ? " (fault)" : ""), show_count(phase.seen.calls),
                       show_count(phase.seen.out), show_count(phase.seen.withheld)});
    }
    text += render_columns(lines) + '\n';
  }
  return text;
}

}  // namespace tripcurve::report
