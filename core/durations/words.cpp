#include "core/durations/words.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <utility>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::durations {

std::string percentile_name(double q) {
  auto name = "p" + format_share({q});
  name.pop_back();  // the %
  return name;
}

std::string percentile_text(double q, Duration value) {
  return percentile_name(q) + "=" + format_duration(value);
}

Result<Call> parse_call(std::string_view text) {
  const auto open = text.find('(');
  Call call{.name = trim(text.substr(0, open))};
  if (!text.ends_with(')') || text.find_first_of("()", open + 1) != text.size() - 1) {
    return Error{quoted(text) + " has parentheses that do not match",
                 fmt::format("write {}(...)", call.name)};
  }
  auto rest = text.substr(open + 1, text.size() - open - 2);
  if (trim(rest).empty()) {
    return call;
  }
  for (bool more = true; more;) {
    more = rest.find(',') != std::string_view::npos;
    call.arguments.push_back(trim(take_until(rest, ",")));
  }
  return call;
}

std::optional<std::string_view> Arguments::next(std::string_view name) {
  if (auto value = named(name)) {
    return value;
  }
  for (auto place = given_.begin(); place != given_.end(); ++place) {
    if (place->find('=') == std::string_view::npos) {
      const auto value = *place;
      given_.erase(place);
      return value;
    }
  }
  refuse({fmt::format("{} has no {}", quoted(text_), name), fmt::format("write {}", example_)});
  return std::nullopt;
}

std::optional<std::string_view> Arguments::named(std::string_view name) {
  names_.push_back(name);
  for (auto place = given_.begin(); place != given_.end(); ++place) {
    const auto equals = place->find('=');
    if (equals != std::string_view::npos && trim(place->substr(0, equals)) == name) {
      const auto value = trim(place->substr(equals + 1));
      given_.erase(place);
      return value;
    }
  }
  return std::nullopt;
}

std::optional<Duration> Arguments::duration(std::string_view name) {
  const auto text = next(name);
  if (!text) {
    return std::nullopt;
  }
  const auto value = parse_duration(*text);
  if (!value) {
    refuse(value.error().in(std::string(name) + " of " + quoted(text_)));
    return std::nullopt;
  }
  return *value;
}

std::optional<double> Arguments::number(std::string_view name, std::string_view value) {
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size() || !(number > 0) ||
      !std::isfinite(number)) {
    refuse({fmt::format("{} of {} is {}, which is not a plain number above 0", name, quoted(text_),
                        quoted(value)),
            fmt::format("write {}", example_)});
    return std::nullopt;
  }
  return number;
}

void Arguments::refuse(Error error) {
  if (!error_) {
    error_ = std::move(error);
  }
}

std::optional<Error> Arguments::error() {
  if (!error_ && !given_.empty()) {
    const auto word = trim(given_.front().substr(0, given_.front().find('=')));
    const bool is_named = given_.front().find('=') != std::string_view::npos;
    refuse(is_named
               ? Error{fmt::format("{} has no place for {}", quoted(text_), quoted(word)),
                       did_you_mean(word, names_)}
               : Error{fmt::format("{} has {} too much", quoted(text_), quoted(given_.front())),
                       fmt::format("write {}", example_)});
  }
  return error_;
}

std::string number_text(double value) { return fmt::format("{}", value); }

}  // namespace tripcurve::durations
