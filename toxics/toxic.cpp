#include "toxics/toxic.hpp"

#include <fmt/format.h>

#include "core/text.hpp"

namespace tripcurve::toxics {
namespace {

constexpr const char* example = "write it like latency(latency=100ms,jitter=20ms):5%";

// Reads "latency=100ms,jitter=20ms" into the values.
std::optional<Error> read_values(Toxic& toxic, std::string_view text) {
  std::vector<bool> given(toxic.values.size());
  for (auto rest = text; !rest.empty();) {
    auto value = trim(take_until(rest, ","));
    const auto name = trim(value.substr(0, value.find('=')));
    if (name.size() == value.size()) {
      return Error{quoted(value) + " gives no value", "write it like latency=100ms"};
    }
    const auto found = find_attribute(*toxic.kind, name);
    if (!found) {
      return found.error();
    }
    if (given[*found]) {
      return Error{std::string(name) + " is given twice", "give it once"};
    }
    given[*found] = true;
    const auto& attribute = toxic.kind->attributes[*found];
    const auto read = parse_value(attribute, trim(value.substr(value.find('=') + 1)));
    if (!read) {
      return read.error().in(attribute.name);
    }
    toxic.values[*found] = *read;
  }
  return std::nullopt;
}

}  // namespace

const char* word(Stream stream) { return stream == Stream::upstream ? "upstream" : "downstream"; }

std::string usual_name(const Toxic& toxic) {
  return fmt::format("{}_{}", toxic.kind->word, word(toxic.stream));
}

Result<Toxic> parse_toxic(std::string_view text) {
  Toxic toxic;
  auto rest = trim(text);
  for (const auto stream : {Stream::upstream, Stream::downstream}) {
    const std::string_view first = word(stream);
    if (rest.starts_with(first) && rest.substr(first.size()).starts_with(' ')) {
      toxic.stream = stream;
      rest = trim(rest.substr(first.size()));
      break;
    }
  }
  const auto opening = rest.find('(');
  const auto closing = rest.rfind(')');
  if (opening != std::string_view::npos && closing == std::string_view::npos) {
    return Error{quoted(text) + " has a '(' without its ')'", example};
  }
  const auto colon = rest.find(':', closing == std::string_view::npos ? 0 : closing);
  if (colon != std::string_view::npos) {
    const auto share = parse_share(rest.substr(colon + 1));
    if (!share) {
      return share.error().in("the share of connections in " + quoted(text));
    }
    toxic.toxicity = *share;
    rest = trim(rest.substr(0, colon));
  }
  if (opening != std::string_view::npos && !rest.ends_with(')')) {
    return Error{quoted(text) + " goes on after its ')'", example};
  }
  const auto kind = find_kind(trim(rest.substr(0, opening)));
  if (!kind) {
    return kind.error();
  }
  toxic.kind = *kind;
  toxic.values.assign(toxic.kind->attributes.size(), 0);
  toxic.name = usual_name(toxic);
  if (opening != std::string_view::npos) {
    const auto values = rest.substr(opening + 1, rest.size() - opening - 2);
    if (const auto error = read_values(toxic, values)) {
      return error->in(toxic.kind->word);
    }
  }
  if (const auto error = check(*toxic.kind, toxic.values)) {
    return error->in(toxic.kind->word);
  }
  return toxic;
}

std::string format_toxic(const Toxic& toxic) {
  std::string text = toxic.stream == Stream::upstream ? "upstream " : "";
  text += toxic.kind->word;
  for (std::size_t i = 0; i < toxic.values.size(); ++i) {
    const auto& attribute = toxic.kind->attributes[i];
    text += fmt::format("{}{}={}", i == 0 ? "(" : ",", attribute.name,
                        format_value(attribute, toxic.values[i]));
  }
  text += toxic.values.empty() ? "" : ")";
  if (toxic.toxicity < Share{1}) {
    text += ":" + format_share(toxic.toxicity);
  }
  return text;
}

}  // namespace tripcurve::toxics
