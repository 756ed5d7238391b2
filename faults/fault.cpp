#include "faults/fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "faults/registry.hpp"

namespace tripcurve::faults {
namespace {

constexpr std::uint16_t ok_status = 200;
constexpr std::array<std::string_view, 4> page_words{"text", "html", "problem", "nothing"};
// Of CertificateFlaw, but for none.
constexpr std::array<std::string_view, 4> flaw_words{"expired", "early", "wrong-name", "unknown"};

template <typename T>
Result<Value> as_value(Result<T> result) {
  return result ? Result<Value>(Value(*std::move(result))) : Result<Value>(result.error());
}

Result<Extent> parse_extent(std::string_view text) {
  if (text == "start") {
    return Extent{.unit = Extent::Unit::nothing};
  }
  if (text == "head") {
    return Extent{.unit = Extent::Unit::head};
  }
  if (text == "body") {
    return Extent{.unit = Extent::Unit::share, .share = 0.5};
  }
  if (text.ends_with('%')) {
    const auto share = parse_share(text);
    if (!share) {
      return share.error();
    }
    return Extent{.unit = Extent::Unit::share, .share = share->value};
  }
  const auto size = parse_size(text);
  if (!size) {
    return Error{quoted(text) + " is no place in an answer",
                 "write head, body, 50% or 100B of the body"};
  }
  return Extent{.unit = Extent::Unit::bytes, .bytes = *size};
}

Result<Delivery::Page> parse_page(std::string_view text) {
  const auto found = std::ranges::find(page_words, text);
  if (found == page_words.end()) {
    return Error{"unknown body " + quoted(text), did_you_mean(text, page_words)};
  }
  return static_cast<Delivery::Page>(found - page_words.begin());
}

Result<CertificateFlaw> parse_flaw(std::string_view text) {
  const auto found = std::ranges::find(flaw_words, text);
  if (found == flaw_words.end()) {
    return Error{"unknown flaw " + quoted(text), did_you_mean(text, flaw_words)};
  }
  return static_cast<CertificateFlaw>(found - flaw_words.begin() + 1);
}

Result<Header> parse_field(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    return Error{quoted(text) + " is no header", "write header=X-Reason:overload"};
  }
  const auto value = trim(text.substr(colon + 1));
  if (value.find_first_of(white_space) != std::string_view::npos) {
    return Error{quoted(value) + " has a blank, which separates the parts of a phase",
                 "write a value without blanks"};
  }
  return parse_header(trim(text.substr(0, colon)), value);
}

Result<std::uint64_t> parse_body_size(std::string_view text) {
  auto size = parse_size(text);
  if (size && *size > largest_size) {
    return Error{quoted(text) + " is more than " + format_size(largest_size), "write less"};
  }
  return size;
}

Result<Duration> parse_whole_seconds(std::string_view text) {
  const auto duration = parse_duration(text);
  if (duration && *duration % std::chrono::seconds(1) != Duration::zero()) {
    return Error{quoted(text) + " is no whole number of seconds", "write 1s or 2s"};
  }
  return duration;
}

Result<Value> parse_value(Parameter::Type type, std::string_view text) {
  switch (type) {
    case Parameter::Type::duration:
      return as_value(parse_duration(text));
    case Parameter::Type::whole_seconds:
      return as_value(parse_whole_seconds(text));
    case Parameter::Type::size:
      return as_value(parse_body_size(text));
    case Parameter::Type::extent:
      return as_value(parse_extent(text));
    case Parameter::Type::page:
      return as_value(parse_page(text));
    case Parameter::Type::flaw:
      return as_value(parse_flaw(text));
    case Parameter::Type::header:
      break;
  }
  return as_value(parse_field(text));
}

std::string text_of(const Value& value) {
  struct Writer {
    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(Duration duration) const { return format_duration(duration); }
    std::string operator()(std::uint64_t size) const { return format_size(size); }
    std::string operator()(const Extent& extent) const { return extent.text(); }
    std::string operator()(Delivery::Page page) const {
      return std::string(page_words[static_cast<std::size_t>(page)]);
    }
    std::string operator()(CertificateFlaw flaw) const {
      return std::string(flaw_words[static_cast<std::size_t>(flaw) - 1]);
    }
    std::string operator()(const Header& header) const { return header.name + ":" + header.value; }
  };
  return std::visit(Writer{}, value);
}

Result<std::uint16_t> parse_status(std::string_view word) {
  std::uint16_t status = 0;
  const auto error = std::from_chars(word.data(), word.data() + word.size(), status).ec;
  if (word.size() != 3 || error != std::errc{} || status < 200 || status > 599) {
    return Error{quoted(word) + " is not a status an upstream can answer",
                 "write a status from 200 to 599"};
  }
  return status;
}

// The values that a kind's table has for what is not given.
Values defaults(const Kind& kind) {
  Values values;
  for (const auto& parameter : kind.parameters) {
    values.push_back(parameter.fallback.empty()
                         ? Value{}
                         : parse_value(parameter.type, parameter.fallback).value());
  }
  return values;
}

std::vector<std::string_view> names_of(const Kind& kind) {
  std::vector<std::string_view> names;
  for (const auto& parameter : kind.parameters) {
    names.push_back(parameter.name);
  }
  return names;
}

}  // namespace

std::size_t find_outside(std::string_view text, char sign) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == sign && depth <= 0) {
      return i;
    }
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
  }
  return std::string_view::npos;
}

std::string_view words(Parameter::Type type) {
  switch (type) {
    case Parameter::Type::duration:
      return "a duration";
    case Parameter::Type::whole_seconds:
      return "a whole number of seconds";
    case Parameter::Type::size:
      return "a size";
    case Parameter::Type::extent:
      return "start, head, body (its middle), 50% or 100B of the body";
    case Parameter::Type::page:
      return "text, html, problem or nothing";
    case Parameter::Type::flaw:
      return "expired, early, wrong-name or unknown";
    case Parameter::Type::header:
      break;
  }
  return "NAME:VALUE";
}

std::shared_ptr<const Course> course_of(const Exchange& exchange, bool injected, std::string kind) {
  if (exchange.fate != Fate::answer || exchange.delivery == Delivery{}) {
    return nullptr;
  }
  const auto& delivery = exchange.delivery;
  return std::make_shared<const Course>(
      Course{.delivery = delivery,
             .status = exchange.status,
             .injected = injected,
             .replaced = exchange.replaced,
             .kind = std::move(kind),
             .seen = seen_by_client(delivery, exchange.status, injected, false),
             .seen_by_head = seen_by_client(delivery, exchange.status, injected, true),
             .pace = pace_of(delivery, exchange.status, injected)});
}

Fault::Fault(std::uint16_t status)
    : kind_(find_kind("503")), status_(status), values_(defaults(*kind_)) {}

std::string Fault::text() const {
  auto text = status_ == 0 ? std::string(kind_->word) : std::to_string(status_);
  for (std::size_t i = 0; i < given_.size(); ++i) {
    text += fmt::format("{}{}={}", i == 0 ? "(" : ",", given_[i].first, given_[i].second);
  }
  return given_.empty() ? text : text + ")";
}

Exchange Fault::on(Exchange exchange) const {
  exchange.status = status_ == 0 ? exchange.status : status_;
  exchange.replaced = kind_->replaces;
  if (kind_->apply != nullptr) {
    kind_->apply(values_, exchange);
  }
  return exchange;
}

Result<Fault> parse_fault(std::string_view text) {
  const auto opening = text.find('(');
  const auto word = trim(text.substr(0, opening));
  const auto* kind = find_kind(word);
  if (kind == nullptr) {
    const auto known = kind_words();
    return Error{"unknown error kind " + quoted(word), did_you_mean(word, known)};
  }
  Fault fault;
  fault.kind_ = kind;
  fault.status_ = 0;
  fault.values_ = defaults(*kind);
  if (kind == find_kind("503")) {
    const auto status = parse_status(word);
    if (!status) {
      return status.error();
    }
    fault.status_ = *status;
  }
  if (opening == std::string_view::npos) {
    return fault;
  }
  if (!text.ends_with(')')) {
    return Error{quoted(text) + " opens a parenthesis and does not close it",
                 "write " + std::string(text) + ")"};
  }
  const auto names = names_of(*kind);
  std::vector<std::string> given(names.size());
  for (auto rest = trim(text.substr(opening + 1, text.size() - opening - 2)); !rest.empty();) {
    const auto one = trim(take_until(rest, ","));
    const auto equals = one.find('=');
    const auto name = trim(one.substr(0, equals));
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) {
      return Error{
          "unknown parameter " + quoted(name) + " of " + std::string(word),
          names.empty() ? "it has none: write " + std::string(word) : did_you_mean(name, names)};
    }
    const auto at = static_cast<std::size_t>(found - names.begin());
    if (equals == std::string_view::npos || trim(one.substr(equals + 1)).empty()) {
      return Error{quoted(one) + " has no value",
                   fmt::format("write {}={}", name, words(kind->parameters[at].type))};
    }
    if (!given[at].empty()) {
      return Error{quoted(text) + " gives " + std::string(name) + " twice", "keep one of them"};
    }
    auto value = parse_value(kind->parameters[at].type, trim(one.substr(equals + 1)));
    if (!value) {
      return value.error().in(fmt::format("{}: {}", word, name));
    }
    fault.values_[at] = *std::move(value);
    given[at] = text_of(fault.values_[at]);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!given[i].empty()) {
      fault.given_.emplace_back(names[i], given[i]);
    }
  }
  return fault;
}

}  // namespace tripcurve::faults
