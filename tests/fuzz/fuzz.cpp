#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::fuzz {
namespace {

// Takes a number off the front of "12:5: ..." and the colon behind it; 0 when there is none.
std::uint64_t take_number(std::string_view& rest) {
  const auto number = parse_count(take_until(rest, ":"), 1, UINT32_MAX);
  return number ? *number : 0;
}

// A line of a text, counted from 1; nothing of a line that it does not have.
std::string_view line_of(std::string_view text, std::uint64_t number) {
  std::string_view line;
  for (; number > 0 && !text.empty(); --number) {
    line = take_until(text, "\n");
  }
  return number == 0 ? line : std::string_view();
}

}  // namespace

void require(bool holds, std::string_view what, std::string_view shown) {
  if (!holds) {
    std::fprintf(stderr, "this must hold: %s\n%s\n", std::string(what).c_str(),
                 harmless(shown).c_str());
    std::abort();
  }
}

void require_same(std::string_view what, std::string_view one, std::string_view other) {
  require(one == other, what, std::string(one) + "\n" + std::string(other));
}

void require_harmless(std::string_view printed) {
  require_same("what is printed moves no cursor", printed, harmless(printed));
}

void require_place_in(std::string_view text, std::string_view name, const Error& error) {
  std::string_view rest = error.message;
  require(rest.starts_with(name) && rest.substr(name.size()).starts_with(':'),
          "a message begins with the file", error.message);
  rest.remove_prefix(name.size() + 1);
  if (rest.starts_with(' ')) {
    return;  // it is about the file as a whole
  }
  const auto line = take_number(rest);
  const auto column = take_number(rest);
  require(line > 0 && column > 0, "a message gives a line and a column", error.message);
  const auto lines = static_cast<std::uint64_t>(std::ranges::count(text, '\n')) + 1;
  require(line <= lines, "the line is in the text", error.message);
  // Behind the last byte of a line is where something is missing.
  require(column <= line_of(text, line).size() + 1, "the column is in the line", error.message);
}

}  // namespace tripcurve::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tripcurve::fuzz::try_input({reinterpret_cast<const char*>(data), size});
  return 0;
}
