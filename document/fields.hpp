// The keys of a map, read by name: each is asked for once, and what nobody asked for is a mistake.
//
//   Fields fields(node, "a cluster");
//   const auto size = fields.text("size");
//   if (fields.error()) return *fields.error();  // a wrong value, a key given twice, an unknown
//   key
//
// The known keys need no list: they are the ones that were asked for, so ask for all before
// error().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "document/node.hpp"

namespace tripcurve::document {

// Which spellings of a key are the same.
enum class Spelling : std::uint8_t {
  exact,
  any_case,  // timeout, Timeout
  relaxed,   // maxAttempts, max-attempts, max_attempts, MAXATTEMPTS, as Spring Boot binds names
  proto,     // base_ejection_time, baseEjectionTime, as protobuf's JSON form
};

// Two keys that are the same have the same folded form.
[[nodiscard]] std::string folded(std::string_view key, Spelling spelling);

// What is wrong, and where; the message begins with the place.
struct Mistake {
  Place at{};
  Error error{};
};

// Keeps all mistakes; of most files only the first is told.
class Fields {
 public:
  // `what` is for messages, with its article. No value at all is a map without keys.
  Fields(const Node& map, std::string what, Spelling spelling = Spelling::exact);

  // The value of a key, or null when the map does not have it. It must outlive what is asked of it.
  [[nodiscard]] const Node* take(std::string_view key);

  // The same as text, for a key that takes a single value.
  [[nodiscard]] std::optional<std::string> text(std::string_view key);

  // The keys that nobody asked for and that are like none of those that were: they are no typos,
  // and count as asked for from now on.
  [[nodiscard]] std::vector<const Node*> take_strangers();

  // A mistake that the reader of the values found.
  void refuse(std::optional<Error> error);

  // The first mistake; when there is none so far, the first key that nobody asked for.
  [[nodiscard]] std::optional<Error> error() const;

  // All of them, those of unknown keys last.
  [[nodiscard]] std::vector<Mistake> mistakes() const;

 private:
  void refuse_at(const Place& at, Error error);

  const Node& map_;
  std::string what_;
  Spelling spelling_;
  std::vector<std::string> folded_;  // the map's keys
  std::vector<bool> taken_;
  std::vector<std::string> asked_;
  std::vector<Mistake> mistakes_;
};

}  // namespace tripcurve::document
