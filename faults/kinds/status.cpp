// A status: a well-formed answer that says that something is wrong.
#include "faults/kinds/kinds.hpp"

#include <fmt/format.h>

#include <chrono>
#include <tuple>

namespace tripcurve::faults {
namespace {

constexpr Parameter status_parameters[]{
    {"retry-after", Parameter::Type::whole_seconds, "",
     "the Retry-After field: when to come again"},
    {"body", Parameter::Type::page, "text",
     "text: a line; html: the page of a gateway; problem: application/problem+json; nothing: none"},
    {"size", Parameter::Type::size, "", "a body of that many bytes instead"},
    {"header", Parameter::Type::header, "", "one more header field"},
};

void apply_status(const Values& values, Exchange& exchange) {
  const auto& [retry_after, page, size, header] =
      std::tie(values[0], values[1], values[2], values[3]);
  auto& delivery = exchange.delivery;
  delivery.size.reset();
  if (const auto* seconds = std::get_if<Duration>(&retry_after)) {
    delivery.fields += fmt::format(
        "Retry-After: {}\r\n", std::chrono::duration_cast<std::chrono::seconds>(*seconds).count());
  }
  delivery.page = std::get<Delivery::Page>(page);
  if (const auto* bytes = std::get_if<std::uint64_t>(&size)) {
    delivery.size = *bytes;
  }
  if (const auto* field = std::get_if<Header>(&header)) {
    delivery.fields += fmt::format("{}: {}\r\n", field->name, field->value);
  }
}

}  // namespace

const Kind& status_kind() {
  static constexpr Kind kind{
      .word = "503",
      .summary = "answers with a status, 200 to 599",
      .effect =
          "A complete answer with that status. Write any status from 200 to 599 in place of 503.",
      .parameters = status_parameters,
      .replaces = true,
      .apply = apply_status,
  };
  return kind;
}

}  // namespace tripcurve::faults
