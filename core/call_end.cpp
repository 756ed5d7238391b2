#include "core/call_end.hpp"

#include <fmt/format.h>

#include "core/ensure.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve {
namespace {

struct Range {
  std::uint16_t first;
  std::uint16_t last;
};

// One item of the list: 503, 5xx or 500-503.
Result<Range> parse_range(std::string_view item) {
  const auto status = [](std::string_view text) {
    return parse_count(text, FailureStatuses::least, FailureStatuses::most);
  };
  if (item.size() == 3 && item[0] >= '1' && item[0] <= '5' && same_word(item.substr(1), "xx")) {
    const auto first = static_cast<std::uint16_t>((item[0] - '0') * 100);
    return Range{first, static_cast<std::uint16_t>(first + 99)};
  }
  auto rest = item;
  const auto first = status(take_until(rest, "-"));
  const auto last = item.find('-') == std::string_view::npos ? first : status(rest);
  if (!first || !last || *last < *first) {
    return Error{quoted(item) + " is no HTTP status",
                 "write statuses from 100 to 599, classes and ranges, such as 5xx,429"};
  }
  return Range{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

}  // namespace

FailureStatuses FailureStatuses::none() {
  FailureStatuses nothing;
  nothing.statuses_.reset();
  return nothing;
}

void FailureStatuses::add(std::uint16_t first, std::uint16_t last) {
  ENSURE(least <= first && first <= last && last <= most);
  for (std::size_t status = first; status <= last; ++status) {
    statuses_.set(status - least);
  }
}

Result<FailureStatuses> parse_failure_statuses(std::string_view text) {
  auto statuses = FailureStatuses::none();
  if (trim(text) == "none") {
    return statuses;
  }
  for (bool more = true; more;) {
    more = text.find(',') != std::string_view::npos;
    const auto range = parse_range(trim(take_until(text, ",")));
    if (!range) {
      return range.error();
    }
    statuses.add(range->first, range->last);
  }
  return statuses;
}

std::string format_failure_statuses(const FailureStatuses& statuses) {
  std::string text;
  for (std::uint16_t first = FailureStatuses::least; first <= FailureStatuses::most; ++first) {
    if (!statuses.contains(first)) {
      continue;
    }
    auto last = first;
    while (statuses.contains(static_cast<std::uint16_t>(last + 1))) {
      ++last;
    }
    text += text.empty() ? "" : ",";
    for (; first % 100 == 0 && first + 99 <= last;
         first = static_cast<std::uint16_t>(first + 100)) {
      text += fmt::format("{}xx{}", first / 100, first + 99 == last ? "" : ",");
    }
    if (first <= last) {
      text += first == last ? std::to_string(first) : fmt::format("{}-{}", first, last);
      first = last;
    }
  }
  return text.empty() ? "none" : text;
}

std::string words(CallEnd end) {
  switch (end.kind) {
    case CallEnd::Kind::answer:
      return "a " + std::to_string(end.status);
    case CallEnd::Kind::timeout:
      return "a timeout";
    case CallEnd::Kind::reset:
      return "a reset";
    case CallEnd::Kind::closed:
      return "a closed connection";
    case CallEnd::Kind::connect_failed:
      return "a failed connect";
    case CallEnd::Kind::bad_answer:
      return "a bad answer";
  }
  return "an unknown end";
}

}  // namespace tripcurve
