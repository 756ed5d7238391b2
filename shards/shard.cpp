#include "shards/shard.hpp"

#include <fmt/format.h>

#include "core/text.hpp"
#include "core/units.hpp"
#include "shards/engines.hpp"

namespace tripcurve::shards {
namespace {

constexpr std::uint64_t most_shards = 100'000;
constexpr std::string_view forms =
    "write 2/8 for the second of eight, or auto where an engine numbers its processes";

Result<std::uint64_t> number_in(const std::string& name, const Variable& variable) {
  const auto text = variable(name);
  if (!text) {
    return Error{name + " is not set", "write the shard as in --shard 2/8"};
  }
  const auto number = parse_count(*text, 0, most_shards);
  return number ? number : number.error().in(name);
}

// The value of a variable that an engine may not have.
Result<std::uint64_t> number_or(std::string_view name, std::uint64_t otherwise,
                                const Variable& variable) {
  return name.empty() ? otherwise : number_in(std::string(name), variable);
}

const Engine* engine_at_work(const Variable& variable) {
  for (const auto& engine : engines()) {
    if (variable(std::string(engine.number))) {
      return &engine;
    }
  }
  return nullptr;
}

Error outside(std::uint64_t number, std::uint64_t of) {
  return Error{fmt::format("there is no shard {} of {}", number, of),
               fmt::format("the shards of {0} are 1/{0} to {0}/{0}", of)};
}

Result<Shard> shard_of(std::uint64_t number, std::uint64_t of, std::string from) {
  if (number < 1 || number > of) {
    return outside(number, of);
  }
  return Shard{static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(of), std::move(from)};
}

// `of`: as typed; 0 if not.
Result<Shard> automatic(std::uint64_t of, const Variable& variable) {
  const auto* engine = engine_at_work(variable);
  if (engine == nullptr) {
    return Error{"no engine that is known has numbered this process",
                 "write the shard as in --shard 2/8; docs/SHARDS.md names the engines"};
  }
  const auto number = number_in(std::string(engine->number), variable);
  const auto first = number_or(engine->first, engine->first_is, variable);
  const auto step = number_or(engine->step, 1, variable);
  for (const auto* read : {&number, &first, &step}) {
    if (!*read) {
      return read->error();
    }
  }
  if (of == 0 && engine->of.empty()) {
    return Error{fmt::format("{} does not say how many shards there are", engine->name),
                 "write it, as in --shard auto/8"};
  }
  const auto count = of > 0 ? Result(of) : number_in(std::string(engine->of), variable);
  if (!count) {
    return count.error();
  }
  auto from = fmt::format("{}={}", engine->number, *number);
  if (*step == 0 || *number < *first || (*number - *first) % *step != 0) {
    return Error{fmt::format("{} is none of the numbers that {} gives", from, engine->name),
                 "write the shard as in --shard 2/8"};
  }
  return shard_of((*number - *first) / *step + 1, *count, std::move(from));
}

}  // namespace

std::string Shard::text() const { return fmt::format("{}/{}", number, of); }

Result<Shard> parse_shard(std::string_view text, const Variable& variable) {
  const auto slash = text.find('/');
  const auto head = trim(text.substr(0, slash));
  std::uint64_t of = 0;
  if (slash != std::string_view::npos) {
    const auto count = parse_count(trim(text.substr(slash + 1)), 1, most_shards);
    if (!count) {
      return count.error().in(quoted(text));
    }
    of = *count;
  }
  if (head == "auto") {
    return automatic(of, variable);
  }
  const auto number = parse_count(head, 0, most_shards);
  if (!number || of == 0) {
    return Error{quoted(text) + " is not a shard", std::string(forms)};
  }
  return shard_of(*number, of, {});
}

}  // namespace tripcurve::shards
