// Reads a JSON document whose shape is known, value by value. The first mistake is kept with its
// path ("phases[1].counts.calls"), and after it everything reads as nothing, so that the reader of
// a whole document asks once, at the end. Not for other folders.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "report/json_tree.hpp"

namespace tripcurve::report {

class JsonReader {
 public:
  // Of the whole document. All must outlive the reader and what comes from it. `mistake` takes the
  // first one.
  JsonReader(const JsonTree& tree, std::string path, std::optional<std::string>& mistake);

  [[nodiscard]] JsonReader operator[](const char* key) const;  // that must be there
  [[nodiscard]] bool has(const char* key) const;
  [[nodiscard]] bool is_null() const;

  // Each reports a mistake when the value is of another kind.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool flag() const;
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] double number() const;
  // A duration or a point in time, of numbers in this unit; null reads as none or as zero.
  [[nodiscard]] Duration duration(Duration unit) const;
  [[nodiscard]] std::optional<Duration> milliseconds_or_null() const;
  [[nodiscard]] Duration milliseconds() const;
  [[nodiscard]] std::vector<JsonReader> items() const;                            // of an array
  [[nodiscard]] std::vector<std::pair<std::string, JsonReader>> members() const;  // of an object
  [[nodiscard]] std::vector<std::string> texts() const;
  [[nodiscard]] std::string object() const;  // as JSON text

  // One of a closed set, by its name.
  template <typename Enum, typename Names>
  [[nodiscard]] Enum one_of(const Names& all, Enum otherwise) const {
    const auto given = text();
    for (const Enum one : all) {
      if (name(one) == given) {
        return one;
      }
    }
    complain("'" + given + "' is not known");
    return otherwise;
  }

  void complain(const std::string& what) const;

 private:
  using Kind = JsonTree::Kind;

  JsonReader(const JsonReader& from, std::optional<JsonTree::Value> value, std::string path);

  [[nodiscard]] bool is(Kind kind) const { return value_ && tree_->kind(*value_) == kind; }
  [[nodiscard]] std::optional<JsonTree::Value> member(std::string_view key) const;

  const JsonTree* tree_;
  std::optional<JsonTree::Value> value_;  // none reads as nothing
  std::string path_;
  std::optional<std::string>* mistake_;
};

}  // namespace tripcurve::report
