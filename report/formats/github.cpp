// GitHub's workflow commands: ::error file=F,line=N,col=N,title=T::message. A line feed would end
// one, and in a property a colon or a comma, so they are written as %XX (actions/toolkit,
// packages/core/src/command.ts).
#include <charconv>
#include <optional>

#include "report/formats.hpp"
#include "report/words.hpp"

namespace tripcurve::report {
namespace {

std::string escape(std::string_view text, std::string_view special) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : text) {
    if (special.find(c) == std::string_view::npos) {
      escaped += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      escaped += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return escaped;
}

std::string in_message(std::string_view text) { return escape(text, "%\r\n"); }
std::string in_property(std::string_view text) { return escape(text, "%\r\n:,"); }

// Takes ":12" off the end of `text`.
std::optional<unsigned> take_number(std::string_view& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  const auto digits = text.substr(colon + 1);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  text = text.substr(0, colon);
  return number;
}

// "file=tripcurve.yaml,line=31,col=5,"; nothing for a place that is not in a file.
std::string properties(std::string_view place) {
  auto file = place;
  const auto column = take_number(file);
  const auto line = take_number(file);
  if (!column || !line || file.empty()) {
    return "";
  }
  return "file=" + in_property(file) + ",line=" + std::to_string(*line) +
         ",col=" + std::to_string(*column) + ",";
}

std::string command(std::string_view level, std::string_view place, std::string_view title,
                    std::string_view message) {
  return "::" + std::string(level) + " " + properties(place) + "title=" + in_property(title) +
         "::" + in_message(message) + "\n";
}

std::string annotations(const std::vector<Judged>& judged) {
  std::string text;
  for (const auto& one : judged) {
    switch (one.result) {
      case Judged::Result::pass:
        break;
      case Judged::Result::fail:
        text += command("error", one.place, one.text, complaint(one));
        break;
      case Judged::Result::inconclusive:
        text += command("warning", one.place, one.text + " is inconclusive", complaint(one));
        break;
    }
  }
  return text;
}

}  // namespace

std::string to_github(const Summary& summary) {
  auto text = annotations(summary.baseline) + annotations(summary.expectations);
  for (const auto& doubt : summary.doubts) {
    text += command("warning", "", "the run's own load is in doubt", doubt);
  }
  for (const auto& warning : summary.facts.warnings) {
    text += command("warning", "", "breaker settings", warning);
  }
  return text;
}

}  // namespace tripcurve::report
