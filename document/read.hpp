// Reading a text into trees. All of these refuse what is larger or deeper than limits.hpp says,
// what is not UTF-8, and a key that is given twice; they answer an Error with its file:line:column.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "document/node.hpp"

namespace tripcurve::document {

// A file has one document or several; empty ones are left out.
using Documents = std::vector<Node>;

// By the file's name, and for a name that says nothing by how the text begins.
[[nodiscard]] Result<Documents> read(const std::string& file, std::string_view text);

// YAML 1.2 with its aliases written out and its merge keys (<<) merged.
[[nodiscard]] Result<Documents> read_yaml(const std::string& file, std::string_view text);

// JSON, and with comments and trailing commas as .NET takes it.
[[nodiscard]] Result<Documents> read_json(const std::string& file, std::string_view text);

// Java properties: each document is a map of full names, "a.b[0].c", to scalars. A line "#---"
// begins a new document, as in Spring Boot.
[[nodiscard]] Result<Documents> read_properties(const std::string& file, std::string_view text);

}  // namespace tripcurve::document
