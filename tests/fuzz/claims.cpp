// What a service says of its breaker: the input's first line names the source, as --states does,
// and the rest is what it answers. Each kind reads the answer, whatever the first line names.
#include "claims/kind.hpp"
#include "claims/source.hpp"
#include "core/text.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace tripcurve::fuzz {
namespace {

void read_answer(std::string_view body, const claims::Source& source) {
  const auto said = source.kind->read(body, source);
  if (!said) {
    require(!said.error().message.empty(), "a reason says something", source.kind->name);
    require_harmless(said.error().message);
  } else if (*said) {
    require(!(*said)->claim.is_empty(), "a claim may mean something", (*said)->words);
    require_harmless((*said)->words);
  }
}

}  // namespace

void try_input(std::string_view input) {
  const auto spec = take_until(input, "\n");
  const auto source = claims::parse_source(std::string(spec));
  if (source) {
    require(!claims::contradiction(*source), "what was read goes together", spec);
    read_answer(input, *source);
    const auto meanings = claims::format_meanings(source->values);
    if (!source->values.empty()) {
      const auto again = claims::parse_meanings(meanings);
      require(again.ok() && *again == source->values, "meanings are read back", meanings);
    }
  } else {
    require(!source.error().message.empty(), "an error says something", spec);
  }
  for (const auto& kind : claims::kinds()) {
    read_answer(input, {.kind = &kind, .url = "http://h/"});
  }
}

}  // namespace tripcurve::fuzz
