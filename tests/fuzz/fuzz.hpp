// What all fuzz targets share. A target is one source that says what to do with one input: it hands
// it to the parser that it is about, and states what must hold whatever the input is. An Error is a
// good answer; an exception, a report of a sanitizer, and a requirement that does not hold are
// findings.
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace tripcurve::fuzz {

// Every target defines this one.
void try_input(std::string_view input);

// Ends the process unless it holds; `shown` is told beside it.
void require(bool holds, std::string_view what, std::string_view shown = {});

// Two texts that must be the same.
void require_same(std::string_view what, std::string_view one, std::string_view other);

// Text that is printed as it is: it has nothing in it that moves a cursor.
void require_harmless(std::string_view printed);

// The message begins with "name:LINE:COLUMN", and that place is in the text; or with "name: ",
// about the text as a whole.
void require_place_in(std::string_view text, std::string_view name, const Error& error);

// Parsing what was formatted gives the value back. `parse` and `format` are those of one grammar.
template <typename Parse, typename Format>
void require_round_trip(std::string_view what, std::string_view input, Parse parse, Format format) {
  const auto value = parse(input);
  if (!value) {
    require(!value.error().message.empty(), "an error says something", what);
    return;
  }
  const std::string text = format(*value);
  const auto again = parse(std::string_view(text));
  require(again.ok(), what, text);
  require(*again == *value, what, text);
}

}  // namespace tripcurve::fuzz
