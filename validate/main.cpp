// What scripts/validate runs:
//
//   tripcurve-validate icsa2020 [PLAYS [SEED]]    the numbers of that paper, as CSV
//   tripcurve-validate document [TIMES]           docs/validation.md; exits 1 if something does not
//   hold
#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string_view>

#include "validate/cases.hpp"
#include "validate/document.hpp"
#include "validate/icsa2020.hpp"

namespace {

using namespace tripcurve::validate;

constexpr std::uint32_t usual_plays = 10'000;
constexpr std::uint32_t usual_times = 20;
constexpr int does_not_hold = 1;
constexpr int wrong_usage = 2;
constexpr int cannot_write = 4;

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

int print_document(std::uint32_t times) {
  const auto sections = all_sections({.times = times});
  fmt::print("{}", document_of(sections));
  const auto mistakes = mistakes_of(sections);
  for (const auto& mistake : mistakes) {
    fmt::print(stderr, "{}\n", mistake);
  }
  return mistakes.empty() ? 0 : does_not_hold;
}

template <typename Number>
std::optional<Number> read(std::span<char*> arguments, std::size_t which, Number otherwise,
                           Number least) {
  if (which >= arguments.size()) {
    return otherwise;
  }
  const std::string_view text = arguments[which];
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= least
             ? std::optional(number)
             : std::nullopt;
}

std::optional<int> obey(std::span<char*> arguments) {
  const std::string_view command = arguments.empty() ? "" : arguments[0];
  if (command == "icsa2020" && arguments.size() <= 3) {
    const auto plays = read(arguments, 1, usual_plays, 2U);
    const auto seed = read<std::uint64_t>(arguments, 2, 1, 0);
    if (plays && seed) {
      print_icsa(*plays, *seed);
      return 0;
    }
  }
  if (command == "document" && arguments.size() <= 2) {
    if (const auto times = read(arguments, 1, usual_times, 1U)) {
      return print_document(*times);
    }
  }
  return std::nullopt;
}

}  // namespace

int main(int count, char** texts) {
  const auto code = obey(std::span(texts, static_cast<std::size_t>(count)).subspan(1));
  if (!code) {
    fmt::print(stderr,
               "usage: tripcurve-validate icsa2020 [PLAYS [SEED]]\n"
               "       tripcurve-validate document [TIMES]\n"
               "PLAYS and TIMES say how much is simulated: a whole number, {} and {} if it is left "
               "out.\n",
               usual_plays, usual_times);
    return wrong_usage;
  }
  if (std::fflush(stdout) != 0) {
    std::perror("tripcurve-validate: standard output");
    return cannot_write;
  }
  return *code;
}
