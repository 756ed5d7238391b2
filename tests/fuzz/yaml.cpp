// YAML as trees.
#include "tests/fuzz/documents.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace tripcurve::fuzz {

void try_input(std::string_view input) {
  for (const auto read : {ReadDocuments([](const std::string& file, std::string_view text) {
                            return document::read_yaml(file, text);
                          }),
                          ReadDocuments([](const std::string& file, std::string_view text) {
                            return document::read_yaml(file, text, document::Twice::kept);
                          })}) {
    try_document(read, input);
  }
}

}  // namespace tripcurve::fuzz
