#include "through/identity.hpp"

#include <charconv>

#include <fmt/format.h>

namespace tripcurve::through {
namespace {

constexpr std::size_t half = 16;  // digits of each number

std::optional<std::uint64_t> number_after(std::string_view text, std::string_view run) {
  const auto found = text.find(run);
  if (found == std::string_view::npos) {
    return std::nullopt;
  }
  const auto digits = text.substr(found + run.size(), half);
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (error != std::errc{} || end != digits.data() + half) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

std::string identity(std::uint64_t run, std::uint64_t call) {
  return fmt::format("{:016x}{:016x}", run, call);
}

std::optional<std::uint64_t> call_in(const std::vector<Header>& headers, std::uint64_t run) {
  const auto text = fmt::format("{:016x}", run);
  for (const auto& [name, value] : headers) {
    if (const auto number = number_after(value, text)) {
      return number;
    }
  }
  return std::nullopt;
}

std::vector<Header> identity_fields(std::uint64_t run, const std::string& own) {
  const auto id = identity(run, 0);
  std::vector<Header> fields{{"traceparent", "00-" + id + "-7472697063757276-01"},
                             {"X-Request-Id", id}};
  if (!own.empty()) {
    fields.push_back({own, id});
  }
  return fields;
}

}  // namespace tripcurve::through
