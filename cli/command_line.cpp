#include "cli/command_line.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <vector>

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

}  // namespace

void remember_command_line(int argc, const char* const* argv) {
  words().assign(argv + std::min(argc, 1), argv + argc);
}

std::string command_line_with_seed(std::uint64_t seed) {
  // One run of several is repeated alone.
  constexpr std::array<std::string_view, 3> replaced{"--seed", "--repeat", "--need"};
  std::string line = "tripcurve";
  for (std::size_t i = 0; i < words().size(); ++i) {
    const auto& word = words()[i];
    const auto flag = std::string_view(word).substr(0, word.find('='));
    if (std::ranges::find(replaced, flag) == replaced.end()) {
      line += " " + for_shell(word);
    } else if (flag.size() == word.size()) {
      ++i;  // its value
    }
  }
  return line + " --seed " + std::to_string(seed);
}

}  // namespace tripcurve::cli
