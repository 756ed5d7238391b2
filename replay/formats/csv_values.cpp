#include "replay/formats/csv_values.hpp"

#include <cstring>

#include "core/text.hpp"

namespace tripcurve::replay {
namespace {

Result<char> parse_separator(std::string_view text) {
  if (text == "tab") {
    return '\t';
  }
  if (text.size() == 1 && text.front() != '"') {
    return text.front();
  }
  return text == "comma" ? Result<char>(',')
                         : Error{"a separator is no " + tripcurve::quoted(text),
                                 "write separator=; or separator=tab or separator=comma"};
}

}  // namespace

bool take_quoted_value(const char*& at, const char* end, char separator, std::string_view& value) {
  const auto* const begin = at + 1;
  const auto* close = begin;
  for (;; close += 2) {
    close =
        static_cast<const char*>(std::memchr(close, '"', static_cast<std::size_t>(end - close)));
    if (close == nullptr) {
      return false;
    }
    if (close + 1 == end || close[1] != '"') {
      break;
    }
    if (close + 2 == end) {
      return false;
    }
  }
  value = {begin, static_cast<std::size_t>(close - begin)};
  if (close + 1 != end && close[1] != separator) {
    return false;
  }
  at = close + 1 == end ? nullptr : close + 2;
  return true;
}

std::vector<std::string> values_of(std::string_view line, char separator) {
  std::vector<std::string> values;
  const auto* const end = line.data() + line.size();
  std::string_view value;
  for (const auto* at = line.data(); at != nullptr;) {
    if (!take_value(at, end, separator, value)) {
      return {};
    }
    values.emplace_back(trim(value));
  }
  return values;
}

char likely_separator(std::string_view line) {
  return line.find(',') != std::string_view::npos    ? ','
         : line.find('\t') != std::string_view::npos ? '\t'
         : line.find(';') != std::string_view::npos  ? ';'
                                                     : ',';
}

Result<char> separator_of(const FormatOptions& options, std::string_view first_line) {
  const auto given = option(options, "separator");
  return given ? parse_separator(*given) : likely_separator(first_line);
}

}  // namespace tripcurve::replay
