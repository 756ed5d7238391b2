#include "cli/colour.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "core/suggest.hpp"
#include "core/text.hpp"
#include "live/line.hpp"

namespace tripcurve::cli {

void add_colour_flag(const FlagGroup& add, std::optional<std::string>& flag) {
  add("--color", flag, "WHEN", "colour for people: auto, always, never (auto)");
}

Result<Colour> colour_of(const std::optional<std::string>& flag) {
  constexpr std::array<std::string_view, 3> words{"auto", "always", "never"};
  constexpr std::array colours{Colour::automatic, Colour::always, Colour::never};
  const auto found = std::ranges::find(words, flag ? *flag : "auto");
  if (found == words.end()) {
    return Error{"--color: " + tripcurve::quoted(*flag) + " is not known",
                 did_you_mean(*flag, words)};
  }
  return colours.at(static_cast<std::size_t>(found - words.begin()));
}

live::Style style_on(int fd, Colour colour) {
  auto style = live::style_of_environment();
  switch (colour) {
    case Colour::automatic:
      style.colour = style.colour && live::is_terminal(fd);
      break;
    case Colour::always:
      style.colour = true;
      break;
    case Colour::never:
      style.colour = false;
      break;
  }
  return style;
}

std::optional<std::string> try_print(const report::MarkedText& text, Colour colour) {
  return OutputFile("", "-").try_write(live::painted(text, style_on(STDOUT_FILENO, colour)));
}

void say(const report::MarkedText& text, Colour colour) {
  say_painted(live::painted(text, style_on(STDERR_FILENO, colour)));
}

}  // namespace tripcurve::cli
