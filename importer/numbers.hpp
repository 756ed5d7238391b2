// Whole numbers as the readers of configuration files see them: 020 is 16 in YAML 1.1, and 20 where
// it is text.
#pragma once

#include <string>
#include <string_view>

namespace tripcurve::importer {

// Not empty, and nothing but 0 to 9.
[[nodiscard]] bool all_digits(std::string_view text);

// An unquoted scalar that is a whole number in YAML 1.1, in decimal: 020, 0o20 and 0x10 are 16,
// 1_000 is 1000. What is none stays as it is.
[[nodiscard]] std::string number_in_yaml(std::string_view text);

// The same of SnakeYAML, which reads numbers to the base 60, too: 1:30 is 90. Where the value is
// text (in quotes, in properties), Java reads the number out of it: 050 is 50.
[[nodiscard]] std::string number_in_spring(std::string_view text, bool is_text);

}  // namespace tripcurve::importer
