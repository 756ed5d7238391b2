#include "exporter/values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/ensure.hpp"

namespace tripcurve::exporter {
namespace {

using breaker::ValueType;

struct Unit {
  std::int64_t ns;
  const char* name;
  const char* go;
};
constexpr std::array<Unit, 6> units{{{3'600'000'000'000, "h", "time.Hour"},
                                     {60'000'000'000, "m", "time.Minute"},
                                     {1'000'000'000, "s", "time.Second"},
                                     {1'000'000, "ms", "time.Millisecond"},
                                     {1'000, "us", "time.Microsecond"},
                                     {1, "ns", "time.Nanosecond"}}};

// The largest that divides it; seconds are more usual than minutes, and above those.
const Unit& unit_of(Duration duration) {
  return *std::ranges::find_if(units.begin() + 2, units.end(),
                               [&](const Unit& unit) { return duration.count() % unit.ns == 0; });
}

bool is_time(ValueType type) {
  return type == ValueType::duration || type == ValueType::milliseconds ||
         type == ValueType::seconds;
}

}  // namespace

Value::Value(const breaker::Choice& choice, const breaker::Setting& setting)
    : choice_(&choice), setting_(&setting), key_(breaker::find_key(choice.dialect(), setting.key)) {
  ENSURE(key_ != nullptr);
}

std::optional<Duration> Value::duration() const {
  breaker::SettingsReader read(choice_->dialect().keys, choice_->settings());
  return is_time(type()) && !read.is_word(key_->name) ? std::optional(read.duration(key_->name))
                                                      : std::nullopt;
}

std::string Value::bare() const {
  breaker::SettingsReader read(choice_->dialect().keys, choice_->settings());
  if (read.is_word(key_->name)) {
    return setting_->value;
  }
  switch (type()) {
    case ValueType::whole:
    case ValueType::whole_percent:
      return std::to_string(read.whole(key_->name));
    case ValueType::number:
    case ValueType::percent:
    case ValueType::ratio:
      return fmt::format("{}", read.number(key_->name));
    case ValueType::duration:
    case ValueType::milliseconds:
    case ValueType::seconds:
      return fmt::format("{}", to_milliseconds(read.duration(key_->name)));
    case ValueType::flag:
      return read.flag(key_->name) ? "true" : "false";
    case ValueType::word:
    case ValueType::list:
    case ValueType::text:
      return setting_->value;
  }
  return setting_->value;
}

std::vector<Value> given_values(const breaker::Choice& choice) {
  std::vector<Value> values;
  for (const auto& setting : choice.settings()) {
    if (setting.given) {
      values.emplace_back(choice, setting);
    }
  }
  return values;
}

std::string one_unit(Duration duration) {
  const auto& unit = unit_of(duration);
  return fmt::format("{}{}", duration.count() / unit.ns, unit.name);
}

std::string proto_seconds(Duration duration) {
  return fmt::format("{}s", static_cast<double>(duration.count()) / 1e9);
}

std::string time_span(Duration duration) {
  constexpr std::int64_t second = 1'000'000'000;
  const auto [days, rest] = std::lldiv(duration.count(), 24 * 3600 * second);
  const auto seconds = rest / second;
  auto text = fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  // A tick is 100 ns.
  if (const auto ticks = rest % second / 100; ticks != 0) {
    text += fmt::format(".{:07}", ticks);
  }
  return days == 0 ? text : fmt::format("{}.{}", days, text);
}

std::string go_duration(Duration duration) {
  const auto& unit = unit_of(duration);
  return duration == Duration{} ? "0" : fmt::format("{} * {}", duration.count() / unit.ns, unit.go);
}

Named named_values(const breaker::Choice& choice, std::span<const Name> names,
                   const std::function<std::string(const Value&)>& write,
                   std::vector<std::string>& left_out) {
  Named all;
  for (const auto& value : given_values(choice)) {
    const auto name = std::ranges::find(names, value.name(), &Name::setting);
    if (name == names.end()) {
      left_out.emplace_back(value.name());
    } else {
      all.emplace_back(name->there, write(value));
    }
  }
  return all;
}

std::string left_out_comment(std::string_view begin, const std::vector<std::string>& left_out) {
  return left_out.empty()
             ? ""
             : fmt::format("{} this format cannot hold: {}\n", begin, fmt::join(left_out, ", "));
}

}  // namespace tripcurve::exporter
