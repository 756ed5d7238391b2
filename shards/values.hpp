// Values as the text that parts keep, exactly: a type says once of what it consists, and is written
// and read by that.
//
//   template <typename Archive>
//   void archive(Archive& archive, Stretch& stretch) {
//     archive(stretch.calls, stretch.failed);
//   }
//   const auto text = written(stretch);              // "[600,200]"
//   const auto again = read_value<Stretch>(text);    // none if it is nothing that was written so
//
// The text says nothing of what its numbers are: only the version that wrote it can read it. A list
// of what cannot be made without more knowledge is read into one of the same length.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tripcurve::shards {

class Writer {
 public:
  static constexpr bool reads = false;

  template <typename... Values>
  void operator()(Values&... values) {
    (value(values), ...);
  }

  // "[1,2.5,\"x\"]", on one line.
  [[nodiscard]] std::string text() const { return "[" + items_ + "]"; }

 private:
  template <typename Value>
  void value(Value& one);

  void put(std::int64_t number);
  void put(std::uint64_t number);
  void put(double number);
  void put(const std::string& text);
  void comma();

  std::string items_;
};

class Reader {
 public:
  static constexpr bool reads = true;

  explicit Reader(std::string_view text);

  template <typename... Values>
  void operator()(Values&... values) {
    (value(values), ...);
  }

  // Something was not what it had to be: what was read is worth nothing.
  void fail() { is_good_ = false; }
  // All that was written was read, and nothing else.
  [[nodiscard]] bool is_whole() const { return is_good_ && next_ == items_.size(); }

 private:
  template <typename Value>
  void value(Value& one);
  template <typename Item>
  Item take();
  // Of a list: no more than there are items left.
  [[nodiscard]] std::size_t length();

  std::vector<std::variant<std::int64_t, std::uint64_t, double, std::string>> items_;
  std::size_t next_ = 0;
  bool is_good_ = true;
};

template <>
double Reader::take<double>();

template <typename Value>
[[nodiscard]] std::string written(const Value& value) {
  Writer writer;
  auto copy = value;  // an archive can also be read from, so it takes what can be changed
  writer(copy);
  return writer.text();
}

template <typename Value>
[[nodiscard]] std::optional<Value> read_value(std::string_view text, Value value = {}) {
  Reader reader(text);
  reader(value);
  return reader.is_whole() ? std::optional(std::move(value)) : std::nullopt;
}

// What follows is how the two see the types that everything consists of.

template <typename Type>
inline constexpr bool is_list = false;
template <typename Item>
inline constexpr bool is_list<std::vector<Item>> = true;
template <typename Type>
inline constexpr bool is_optional = false;
template <typename Value>
inline constexpr bool is_optional<std::optional<Value>> = true;
template <typename Type>
concept Moment = requires(Type one) { one.time_since_epoch().count(); };
template <typename Type>
concept Length = !Moment<Type> && requires(Type one) { one.count(); } &&
                 std::constructible_from<Type, typename Type::rep>;

template <typename Archive, typename First, typename Second>
void archive(Archive& archive, std::pair<First, Second>& pair) {
  archive(pair.first, pair.second);
}

template <typename Archive, typename Item, std::size_t N>
void archive(Archive& archive, std::array<Item, N>& items) {
  for (auto& item : items) {
    archive(item);
  }
}

template <typename Value>
void Writer::value(Value& one) {
  using Type = std::remove_const_t<Value>;
  if constexpr (std::is_same_v<Type, std::string> || std::is_same_v<Type, double>) {
    put(one);
  } else if constexpr (std::is_enum_v<Type> || std::signed_integral<Type>) {
    put(static_cast<std::int64_t>(one));
  } else if constexpr (std::unsigned_integral<Type>) {
    put(static_cast<std::uint64_t>(one));
  } else if constexpr (Moment<Type>) {
    put(static_cast<std::int64_t>(one.time_since_epoch().count()));
  } else if constexpr (Length<Type>) {
    put(static_cast<std::int64_t>(one.count()));
  } else if constexpr (is_optional<Type>) {
    put(static_cast<std::uint64_t>(one.has_value()));
    if (one) {
      value(*one);
    }
  } else if constexpr (is_list<Type>) {
    put(static_cast<std::uint64_t>(one.size()));
    for (auto& item : one) {
      value(item);
    }
  } else {
    archive(*this, one);
  }
}

template <typename Item>
Item Reader::take() {
  if (is_good_ && next_ < items_.size()) {
    const auto& item = items_[next_++];
    if (const auto* exactly = std::get_if<Item>(&item)) {
      return *exactly;
    }
    if constexpr (std::is_same_v<Item, std::int64_t>) {
      const auto* number = std::get_if<std::uint64_t>(&item);
      if (number != nullptr && std::in_range<std::int64_t>(*number)) {
        return static_cast<std::int64_t>(*number);
      }
    }
  }
  fail();
  return {};
}

template <typename Value>
void Reader::value(Value& one) {
  if constexpr (std::is_same_v<Value, std::string> || std::is_same_v<Value, double>) {
    one = take<Value>();
  } else if constexpr (std::is_same_v<Value, bool>) {
    one = take<std::uint64_t>() != 0;
  } else if constexpr (std::is_enum_v<Value>) {
    one = static_cast<Value>(take<std::int64_t>());
  } else if constexpr (std::integral<Value>) {
    using Number = std::conditional_t<std::signed_integral<Value>, std::int64_t, std::uint64_t>;
    const auto number = take<Number>();
    if (!std::in_range<Value>(number)) {
      fail();
    }
    one = static_cast<Value>(number);
  } else if constexpr (Moment<Value>) {
    one = Value(typename Value::duration(take<std::int64_t>()));
  } else if constexpr (Length<Value>) {
    one = Value(take<std::int64_t>());
  } else if constexpr (is_optional<Value>) {
    one.reset();
    if (take<std::uint64_t>() != 0) {
      value(one.emplace());
    }
  } else if constexpr (is_list<Value>) {
    const auto count = length();
    if constexpr (std::default_initializable<typename Value::value_type>) {
      one.assign(count, {});
    } else if (count != one.size()) {
      fail();
    }
    for (auto& item : one) {
      value(item);
    }
  } else {
    archive(*this, one);
  }
}

}  // namespace tripcurve::shards
