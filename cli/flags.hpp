// How a command says what may be typed after it: everywhere the same kinds of flags, and texts kept
// as they were typed. CLI11 does the work behind it; it takes longer to compile than any of our
// sources, so that only four of them include it: flags.cpp, command_tree.cpp, help.cpp and
// main.cpp.
#pragma once

#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace CLI {
class App;
}

namespace tripcurve::cli {

// Where a text goes. When nothing is typed, a string keeps its default and the others stay empty; a
// vector takes several. It must stay where it is until the command line is parsed.
using Target = std::variant<std::reference_wrapper<std::string>,
                            std::reference_wrapper<std::optional<std::string>>,
                            std::reference_wrapper<std::vector<std::string>>>;

// What a shell completes a value with: names of files, or one of these words.
struct Completion {
  bool files = false;
  std::vector<std::string> words{};

  static Completion of_files() { return {.files = true}; }
  template <typename Words>
  static Completion of(const Words& known) {
    return {.words = std::vector<std::string>(std::begin(known), std::end(known))};
  }
};

// `summary` is its line in the list of commands; `footer` ends its help, with examples.
CLI::App& add_command(CLI::App& app, std::string_view name, std::string_view summary,
                      std::string_view footer = "");

// What must stand behind the command's name, and what may.
void add_argument(CLI::App& command, std::string_view name, Target target, std::string_view meaning,
                  Completion completion = {});
void add_optional_argument(CLI::App& command, std::string_view name, Target target,
                           std::string_view meaning, Completion completion = {});

// Adds flags to one group of a command's help: add("--rate", text, "RATE", "calls per second").
class FlagGroup {
 public:
  FlagGroup(CLI::App& command, std::string title) : command_(command), title_(std::move(title)) {}

  // Takes one text, each time it is given.
  void operator()(std::string_view name, Target target, std::string_view type,
                  std::string_view meaning, Completion completion = {}) const;

  // Takes a text or none; given without one, the text is there and empty.
  void with_optional_text(std::string_view name, std::optional<std::string>& text,
                          std::string_view type, std::string_view meaning) const;

  // Takes no text: is given or not.
  void operator()(std::string_view name, bool& given, std::string_view meaning) const;

 private:
  CLI::App& command_;
  std::string title_;
};

}  // namespace tripcurve::cli
