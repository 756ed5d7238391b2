#include "cli/command_line.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <vector>

#include "report/registry.hpp"

namespace tripcurve::cli {
namespace {

std::vector<std::string>& words() {
  static std::vector<std::string> all;
  return all;
}

bool plain(const std::string& word) {
  constexpr std::string_view harmless = "-_./:=,%+@";
  return !word.empty() && std::ranges::all_of(word, [&](unsigned char c) {
    return std::isalnum(c) != 0 || harmless.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

// As a shell reads it back: 'it'\''s'.
std::string for_shell(const std::string& word) {
  if (plain(word)) {
    return word;
  }
  std::string text = "'";
  for (const char c : word) {
    text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return text + "'";
}

// What decides how often it is run and where its results go, but not what it does.
bool left_out_with_value(std::string_view flag) {
  constexpr std::array<std::string_view, 5> flags{"--seed", "--repeat", "--need", "--events",
                                                  "--progress"};
  return std::ranges::find(flags, flag) != flags.end() ||
         std::ranges::find(report::formats(), flag, &report::Format::flag) !=
             report::formats().end();
}
bool left_out_alone(std::string_view flag) { return flag == "--quiet" || flag == "--github"; }

}  // namespace

void remember_command_line(int argc, const char* const* argv) {
  words().assign(argv + std::min(argc, 1), argv + argc);
}

std::string command_line_with_seed(std::uint64_t seed) {
  std::string line = "tripcurve";
  for (std::size_t i = 0; i < words().size(); ++i) {
    const auto& word = words()[i];
    const auto flag = std::string_view(word).substr(0, word.find('='));
    if (left_out_alone(flag)) {
      continue;
    }
    if (!left_out_with_value(flag)) {
      line += " " + for_shell(word);
    } else if (flag.size() == word.size()) {
      ++i;  // its value
    }
  }
  return line + " --seed " + std::to_string(seed);
}

}  // namespace tripcurve::cli
