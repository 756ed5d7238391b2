#include "shards/values.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace tripcurve::shards {
namespace {

using Json = nlohmann::ordered_json;
using Limits = std::numeric_limits<double>;

// JSON has no words for these.
constexpr const char* infinite = "inf";
constexpr const char* minus_infinite = "-inf";
constexpr const char* not_a_number = "nan";

}  // namespace

void Writer::comma() { items_ += items_.empty() ? "" : ","; }

void Writer::put(std::int64_t number) {
  comma();
  items_ += fmt::format("{}", number);
}

void Writer::put(std::uint64_t number) {
  comma();
  items_ += fmt::format("{}", number);
}

void Writer::put(double number) {
  if (std::isfinite(number)) {
    comma();
    items_ += Json(number).dump();
  } else {
    put(std::string(std::isnan(number) ? not_a_number : number > 0 ? infinite : minus_infinite));
  }
}

void Writer::put(const std::string& text) {
  comma();
  items_ += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Reader::Reader(std::string_view text) {
  const auto json = Json::parse(text, nullptr, false);
  is_good_ = json.is_array();
  for (const auto& item : is_good_ ? json : Json::array()) {
    if (item.is_number_unsigned()) {
      items_.emplace_back(item.get<std::uint64_t>());
    } else if (item.is_number_integer()) {
      items_.emplace_back(item.get<std::int64_t>());
    } else if (item.is_number()) {
      items_.emplace_back(item.get<double>());
    } else if (item.is_string()) {
      items_.emplace_back(item.get<std::string>());
    } else {
      fail();
    }
  }
}

template <>
double Reader::take<double>() {
  if (is_good_ && next_ < items_.size()) {
    const auto& item = items_[next_++];
    if (const auto* number = std::get_if<double>(&item)) {
      return *number;
    }
    if (const auto* text = std::get_if<std::string>(&item)) {
      for (const auto& [word, value] :
           {std::pair(infinite, Limits::infinity()), std::pair(minus_infinite, -Limits::infinity()),
            std::pair(not_a_number, Limits::quiet_NaN())}) {
        if (*text == word) {
          return value;
        }
      }
    }
  }
  fail();
  return 0;
}

std::size_t Reader::length() {
  const auto count = take<std::uint64_t>();
  if (count > items_.size() - next_) {
    fail();
    return 0;
  }
  return static_cast<std::size_t>(count);
}

}  // namespace tripcurve::shards
