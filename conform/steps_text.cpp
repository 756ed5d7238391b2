#include "conform/steps_text.hpp"

#include <fmt/format.h>

#include "core/text.hpp"

namespace tripcurve::conform {

std::string explain_difference(std::string_view id, std::string_view about,
                               const std::vector<std::string>& steps, std::size_t step,
                               std::string_view got) {
  constexpr std::size_t before = 8;
  auto text = fmt::format("{}: step {} of {} differs\n", visible(id), step + 1, steps.size());
  if (!about.empty()) {
    text += fmt::format("  {}\n", visible(about));
  }
  for (auto i = step > before ? step - before : 0; i <= step; ++i) {
    text += fmt::format("  {} {:>4}  {}\n", i == step ? ">" : " ", i + 1,
                        i < steps.size() ? steps[i] : "the end");
  }
  return text + fmt::format("    got   {}\n", got);
}

}  // namespace tripcurve::conform
