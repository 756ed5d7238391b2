// Reading a text into trees. All of these refuse what is larger or deeper than limits.hpp says,
// what is not UTF-8, and a key that is given twice; they answer an Error with its file:line:column.
// Properties know neither of the last two mistakes, as in Java.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "document/node.hpp"

namespace tripcurve::document {

// A file has one document or several; empty ones are left out.
using Documents = std::vector<Node>;

// What becomes of a key that a map of YAML or JSON has already.
enum class Twice : std::uint8_t {
  refused,
  kept,  // beside the first one, and marked: who reads the map says what is wrong with it
};

// By the file's name, and for a name that says nothing by how the text begins.
[[nodiscard]] Result<Documents> read(const std::string& file, std::string_view text,
                                     Twice twice = Twice::refused);

// YAML 1.2 with its aliases written out and its merge keys (<<) merged.
[[nodiscard]] Result<Documents> read_yaml(const std::string& file, std::string_view text,
                                          Twice twice = Twice::refused);

// JSON, and with comments and trailing commas as .NET takes it.
[[nodiscard]] Result<Documents> read_json(const std::string& file, std::string_view text,
                                          Twice twice = Twice::refused);

// Java properties: each document is a map of full names, "a.b[0].c", to scalars, which are text
// whatever they look like. A line "#---" begins a new document, as in Spring Boot. Of a name that
// is given twice the last value counts, and is marked. A file that is not UTF-8 is Latin-1.
[[nodiscard]] Result<Documents> read_properties(const std::string& file, std::string_view text);

// nginx's configuration: a directive is a key, the words behind it are its value with blanks
// between them, and one with a block is a map, whose text the words are. Files that are included
// are not read.
[[nodiscard]] Result<Documents> read_nginx(const std::string& file, std::string_view text);

// HAProxy's configuration: a section is a map by its first word, whose text the words behind it are,
// and each of its lines is a key with the words behind it as its value.
[[nodiscard]] Result<Documents> read_haproxy(const std::string& file, std::string_view text);

}  // namespace tripcurve::document
