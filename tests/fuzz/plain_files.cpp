// JSON, Java properties and nginx's configuration as trees: each input is read as all of them.
#include "document/template.hpp"
#include "tests/fuzz/documents.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace tripcurve::fuzz {

void try_input(std::string_view input) {
  try_document([](const std::string& file,
                  std::string_view text) { return document::read_json(file, text); },
               input);
  try_document(document::read_properties, input);
  try_document(document::read_nginx, input);
  if (document::is_template(input)) {
    (void)document::hint_for_line(input);
  }
}

}  // namespace tripcurve::fuzz
