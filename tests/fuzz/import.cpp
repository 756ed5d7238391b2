// A breaker out of a library's configuration: its settings are those of a choice that a person
// could write, and everything that is told of it has a place in the file.
#include "importer/import.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace tripcurve::fuzz {
namespace {

constexpr std::string_view file = "input";

void require_noted(std::string_view text, const std::vector<importer::Note>& notes) {
  for (const auto& note : notes) {
    require(!note.why.empty(), "a note says why", note.what);
    require_place_in(text, file, note.at.error(""));
  }
}

void try_import(std::string_view input, const importer::Wanted& wanted) {
  const auto imported = importer::import_breaker(std::string(file), input, wanted);
  if (!imported) {
    require(imported.error().message.starts_with(file), "a message begins with the file",
            imported.error().message);
    return;
  }
  require_place_in(input, file, imported->at.error(""));
  require_noted(input, imported->profiles);
  require_noted(input, imported->ignored);
  require_noted(input, imported->warnings);
  const auto again = breaker::parse_choice(imported->choice.text());
  require(again.ok() && *again == imported->choice, "the choice can be written",
          imported->choice.text());
  (void)imported->choice.facts();
}

}  // namespace

void try_input(std::string_view input) {
  try_import(input, {});
  if (input.find("prod") != std::string_view::npos) {
    try_import(input, {.instance = "orders", .profiles = {"prod"}});
  }
}

}  // namespace tripcurve::fuzz
