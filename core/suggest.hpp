// "Did you mean ...?" for a misspelt word.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tripcurve {

// The known word nearest to `word` (case does not count), or "" when none is near enough to be what
// was meant. A transposition, a missing, an extra or a wrong letter count one each; near enough is
// at most one per three letters.
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string_view> known);

// A hint made of it: "did you mean 'latency'?", else "known: latency, errors, on".
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string_view> known);

}  // namespace tripcurve
