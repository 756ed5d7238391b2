#include "faults/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "core/suggest.hpp"
#include "core/text.hpp"

namespace tripcurve::faults {
namespace {

// Shares that people round to make them sum up (33.3%,33.3%,33.4%) do so in decimals, not in
// binary.
constexpr double rounding = 1e-9;

// What an item is about, before its share.
struct Kind {
  Fate fate = Fate::answer;
  std::uint16_t status = 503;
  bool refuse = false;
};

constexpr std::array<std::string_view, 5> known_kinds{"503", "reset", "empty", "hang", "refuse"};

bool is_number(std::string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<Kind> parse_kind(std::string_view word) {
  if (is_number(word)) {
    std::uint16_t status = 0;
    const auto error = std::from_chars(word.data(), word.data() + word.size(), status).ec;
    if (word.size() != 3 || error != std::errc{} || status < 200 || status > 599) {
      return Error{quoted(word) + " is not a status an upstream can answer",
                   "write a status from 200 to 599"};
    }
    return Kind{.status = status};
  }
  if (word == "reset") {
    return Kind{.fate = Fate::reset};
  }
  if (word == "empty") {
    return Kind{.fate = Fate::empty};
  }
  if (word == "hang") {
    return Kind{.fate = Fate::hang};
  }
  if (word == "refuse") {
    return Kind{.refuse = true};
  }
  return Error{"unknown error kind " + quoted(word), did_you_mean(word, known_kinds)};
}

// One item of the list. With `refuse` the share says how much of it was asked for.
struct ParsedItem {
  ErrorItem item;
  bool refuse = false;
};

Result<ParsedItem> parse_item(std::string_view text, const ReadRecorded* files) {
  const auto colon = text.find(':');
  const auto word = trim(text.substr(0, colon));
  if (const auto equals = text.find('='); colon == std::string_view::npos &&
                                          equals != std::string_view::npos &&
                                          parse_kind(trim(text.substr(0, equals)))) {
    return Error{
        quoted(text) + " has a = between the error and its share",
        fmt::format("write {}:{}", trim(text.substr(0, equals)), trim(text.substr(equals + 1)))};
  }
  if (colon == std::string_view::npos && text.find_first_of("0123456789.-") == 0 &&
      !(is_number(word) && word.size() == 3)) {
    const auto share = parse_share(text);
    return share ? Result<ParsedItem>(ParsedItem{{.share = *share}}) : share.error();
  }
  const auto kind = parse_kind(word);
  if (!kind) {
    return kind.error();
  }
  if (colon == std::string_view::npos) {
    if (kind->refuse) {
      return ParsedItem{{.share = {1}}, true};
    }
    return Error{quoted(word) + " has no share", fmt::format("write {}:5%", word)};
  }
  const auto rest = text.substr(colon + 1);
  const auto sign = rest.find('@');
  const auto share = parse_share(rest.substr(0, sign));
  if (!share) {
    return share.error().in(std::string(word));
  }
  ParsedItem parsed{{kind->fate, kind->status, *share}, kind->refuse};
  if (sign == std::string_view::npos) {
    return parsed;
  }
  if (kind->refuse || kind->fate == Fate::hang) {
    return Error{quoted(text) + " has a latency, but " + std::string(word) + " never answers",
                 fmt::format("write {}:{}", word, format_share(*share))};
  }
  auto latency = files ? parse_latency_with(rest.substr(sign + 1), *files)
                       : parse_latency(rest.substr(sign + 1));
  if (!latency) {
    return latency.error().in(std::string(word));
  }
  parsed.item.latency = *latency;
  return parsed;
}

// Whether what follows a comma goes on with the percentiles of a latency: p99=400ms, max=2s.
bool goes_on_with_percentiles(std::string_view rest) {
  const auto next = trim(rest);
  const auto equals = next.find('=');
  return equals < next.find(',') &&
         (next.starts_with('p') || trim(next.substr(0, equals)) == "max");
}

// The next item: up to a comma, but for those within parentheses and between the percentiles of a
// latency.
std::string_view take_item(std::string_view& rest) {
  std::size_t end = 0;
  for (int depth = 0; end < rest.size(); ++end) {
    depth += rest[end] == '(' ? 1 : rest[end] == ')' ? -1 : 0;
    const bool in_latency = rest.substr(0, end).find('@') != std::string_view::npos;
    if (rest[end] == ',' && depth <= 0 &&
        !(in_latency && goes_on_with_percentiles(rest.substr(end + 1)))) {
      break;
    }
  }
  const auto item = trim(rest.substr(0, end));
  rest.remove_prefix(end == rest.size() ? end : end + 1);
  return item;
}

}  // namespace

std::string kind(Fate fate, std::uint16_t status) {
  switch (fate) {
    case Fate::answer:
      return std::to_string(status);
    case Fate::reset:
      return "reset";
    case Fate::empty:
      return "empty";
    case Fate::hang:
      break;
  }
  return "hang";
}

double Errors::total() const {
  if (refuse_) {
    return 1;
  }
  return cumulative_.empty() ? 0 : cumulative_.back();
}

std::string Errors::text() const {
  if (refuse_) {
    return "refuse";
  }
  if (items_.empty()) {
    return "none";
  }
  std::string text;
  for (const auto& item : items_) {
    text += fmt::format("{}{}:{}{}", text.empty() ? "" : ",", item.kind(), format_share(item.share),
                        item.latency ? "@" + item.latency->text() : "");
  }
  return text;
}

Result<Errors> parse_errors(std::string_view text) { return parse_errors_with(text, nullptr); }

Result<Errors> parse_errors_with(std::string_view text, const ReadRecorded* files) {
  text = trim(text);
  if (text.empty() || text.ends_with(',')) {
    return Error{text.empty() ? "'' names no errors" : quoted(text) + " ends in a comma",
                 "write 5%, 503:5%,reset:1%, refuse or none"};
  }
  if (text.starts_with('{') && text.ends_with('}')) {
    return Error{quoted(text) + " is in braces, which only a file has",
                 "write " + std::string(trim(text.substr(1, text.size() - 2)))};
  }
  Errors errors;
  if (text == "none") {
    return errors;
  }
  double sum = 0;
  for (auto rest = text; !rest.empty();) {
    const auto word = take_item(rest);
    if (word == "none") {
      return Error{quoted(text) + " says none beside other errors",
                   "write only none, or leave it out"};
    }
    const auto parsed = parse_item(word, files);
    if (!parsed) {
      return parsed.error();
    }
    const auto& item = parsed->item;
    if (parsed->refuse) {
      if (item.share.value != 1) {
        return Error{quoted(word) + " would close the port for some requests only",
                     fmt::format("write refuse for all, or reset:{}", format_share(item.share))};
      }
      if (word.size() != text.size()) {
        return Error{quoted(text) + " has other errors beside refuse, which lets no request in",
                     "write only refuse, or leave it out"};
      }
      errors.refuse_ = true;
      return errors;
    }
    const auto kind = item.kind();
    if (std::ranges::find(errors.items_, kind, &ErrorItem::kind) != errors.items_.end()) {
      return Error{quoted(text) + " names " + kind + " twice", "keep one of them"};
    }
    sum += item.share.value;
    errors.items_.push_back(item);
  }
  if (sum > 1 + rounding) {
    return Error{fmt::format("the shares of {} add up to {:.12g}%", quoted(text), sum * 100),
                 "the sum may be 100% at most"};
  }
  // A share of nothing is the same as not being there.
  std::erase_if(errors.items_, [](const ErrorItem& item) { return item.share.value == 0; });
  double cumulative = 0;
  for (const auto& item : errors.items_) {
    cumulative += item.share.value;
    errors.cumulative_.push_back(cumulative);
  }
  if (sum > 1 - rounding) {
    errors.cumulative_.back() = 1;
  }
  return errors;
}

}  // namespace tripcurve::faults
