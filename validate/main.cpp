// What scripts/validate runs:
//
//   tripcurve-validate icsa2020 [PLAYS [SEED]]    the numbers of that paper, as CSV
#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string_view>

#include "validate/icsa2020.hpp"

namespace {

using namespace tripcurve::validate;

constexpr std::uint32_t usual_plays = 10'000;
constexpr int wrong_usage = 2;

void print_icsa(std::uint32_t plays, std::uint64_t seed) {
  fmt::print("model,parameter,availability,total_time,contention_time\n");
  for (const auto& model : icsa_models()) {
    for (const auto availability : icsa_availabilities) {
      const auto mean = mean_of_plays(model, availability, plays, seed).mean;
      fmt::print("{},{},{:.1f},{:.2f},{:.2f}\n", name(model.pattern), model.value, availability,
                 mean.total, mean.contention);
    }
  }
}

template <typename Number>
std::optional<Number> read(std::span<char*> arguments, std::size_t which, Number otherwise) {
  if (which >= arguments.size()) {
    return otherwise;
  }
  const std::string_view text = arguments[which];
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                  : std::nullopt;
}

}  // namespace

int main(int count, char** texts) {
  const auto arguments = std::span(texts, static_cast<std::size_t>(count)).subspan(1);
  const auto plays = read(arguments, 1, usual_plays);
  const auto seed = read<std::uint64_t>(arguments, 2, 1);
  if (arguments.empty() || arguments.size() > 3 || std::string_view(arguments[0]) != "icsa2020" ||
      !plays || *plays < 2 || !seed) {
    fmt::print(stderr,
               "usage: tripcurve-validate icsa2020 [PLAYS [SEED]]\n"
               "PLAYS is a whole number, at least 2 ({} if it is left out).\n",
               usual_plays);
    return wrong_usage;
  }
  print_icsa(*plays, *seed);
}
