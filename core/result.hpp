// What a person typed is either right, and becomes a value, or wrong, and becomes an Error that
// says what was read and what would work. Nothing a person types ends in an exception.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace tripcurve {

// `message` quotes what was read and says what is wrong with it; `hint` says what would work.
struct Error {
  std::string message;
  std::string hint;

  // The same error with the place in front: "--latency: a duration needs a unit, got '20'".
  [[nodiscard]] Error in(const std::string& place) const { return {place + ": " + message, hint}; }
};

// A value or an Error. Asking for the one that is not there is a bug and throws
// std::bad_variant_access.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
  Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  [[nodiscard]] bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] const T& value() const& { return std::get<0>(content_); }
  [[nodiscard]] T&& value() && { return std::get<0>(std::move(content_)); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] const Error& error() const { return std::get<1>(content_); }

 private:
  std::variant<T, Error> content_;
};

}  // namespace tripcurve
