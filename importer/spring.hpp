// How Spring Boot sees configuration files: YAML and properties alike are names with dots, which
// bind whatever their spelling; later documents override earlier ones; ${...} stands for other
// values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "document/read.hpp"
#include "importer/draft.hpp"

namespace tripcurve::importer {

class SpringProperties {
 public:
  // Documents for a profile (spring.config.activate.on-profile, spring.profiles) are left out.
  static Result<SpringProperties> of(const document::Documents& documents);

  // What stands under a name as a tree: sub-names are keys, spelled as they were given. Null when
  // nothing does. A value beside a block of the same name is an Error.
  [[nodiscard]] Result<Node> under(const std::string& name) const;

  // The profiles that were left out, and the values of settings that came out of a ${...}: appended
  // to the draft's notes.
  void tell(Draft& draft) const;

 private:
  // A name's last part: what stands there, and the names below.
  struct Branch {
    const Node* value = nullptr;
    std::size_t document = 0;     // that the value is from
    const Node* twice = nullptr;  // another value of the same document
    const Node* list = nullptr;   // that the names below are the places of
    std::string key{};
    Place key_at{};
    std::map<std::string, Branch> below{};  // by folded key
  };

  std::optional<Error> add(const Node& node, Branch& to, std::size_t document, std::size_t depth);
  std::optional<Error> add_at(const Node& child, Branch& to, std::size_t document,
                              std::size_t depth);
  [[nodiscard]] const Node* profile() const;  // that the documents are for, or null
  [[nodiscard]] const Branch* find(std::string_view name) const;
  [[nodiscard]] Result<Node> tree(const Branch& branch) const;
  [[nodiscard]] std::string resolved(const Node& value) const;
  // Replaces ${...} in text; false when one has neither a value nor a default.
  bool resolve(std::string& text, std::size_t depth, std::size_t& steps,
               std::string& defaults) const;

  Branch root_;
  std::size_t names_ = 0;
  std::vector<Note> profiles_;
  mutable std::vector<Note> substituted_;
};

// The parts of a name: "a.b[0].[c.d]" is a, b, 0 and c.d.
[[nodiscard]] std::vector<std::string> name_parts(std::string_view name);

}  // namespace tripcurve::importer
