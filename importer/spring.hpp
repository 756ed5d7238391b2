// How Spring Boot sees configuration files: YAML and properties alike are names with dots, which
// bind whatever their spelling; later documents override earlier ones; ${...} stands for other
// values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "document/read.hpp"
#include "importer/draft.hpp"

namespace tripcurve::importer {

class SpringProperties {
 public:
  // The documents outlive it; those whose profile is not active are left out before
  // (spring_profiles.hpp).
  static Result<SpringProperties> of(const document::Documents& documents);

  // What stands under a name as a tree: sub-names are keys, spelled as they were given. Null when
  // nothing does. A value beside a block of the same name is an Error.
  [[nodiscard]] Result<Node> under(const std::string& name) const;

  // The single value or the list that stands under a name, if there is one.
  [[nodiscard]] std::optional<Node> value_of(const std::string& name) const;

  // The keys below a name, as they are spelled.
  [[nodiscard]] std::vector<std::string> names_below(const std::string& name) const;

  // Whether the last part of a name is in brackets in the file: "a[b.c]".
  [[nodiscard]] bool is_in_brackets(const std::string& name) const;

  // The values of settings that came out of a ${...}, and those that were given twice: appended to
  // the draft's notes.
  void tell(Draft& draft) const;

 private:
  // A name's last part: what stands there, and the names below.
  struct Branch {
    const Node* value = nullptr;
    std::string spelled{};        // the value's whole name, as it is written
    std::size_t document = 0;     // that the value is from
    const Node* twice = nullptr;  // what the same document has in its place, too
    bool overrides = false;       // the value took the place of one of the same document
    bool in_brackets = false;
    const Node* list = nullptr;  // that the names below are the places of
    std::string key{};
    Place key_at{};
    std::map<std::string, Branch> below{};  // by folded key
  };

  // Where something goes: of which document it is, how deep it stands, and its name so far.
  struct Way {
    std::size_t document = 0;
    std::size_t depth = 0;
    std::string spelled{};
  };
  std::optional<Error> add(const Node& node, Branch& to, const Way& way);
  std::optional<Error> add_at(const Node& map, const Node& child, Branch& to, Way way);
  [[nodiscard]] const Branch* find(std::string_view name) const;
  [[nodiscard]] Node scalar(const Branch& branch) const;  // with a value, resolved
  [[nodiscard]] Result<Node> tree(const Branch& branch) const;
  [[nodiscard]] std::string resolved(const Node& value) const;
  // Replaces ${...} in text; false when one has neither a value nor a default.
  bool resolve(std::string& text, std::size_t depth, std::size_t& steps,
               std::string& defaults) const;

  Branch root_;
  std::size_t names_ = 0;
  mutable std::vector<Note> told_;
};

// The parts of a name: "a.b[0].[c.d]" is a, b, 0 and c.d.
[[nodiscard]] std::vector<std::string> name_parts(std::string_view name);

}  // namespace tripcurve::importer
