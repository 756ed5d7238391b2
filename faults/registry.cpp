#include "faults/registry.hpp"

#include <algorithm>
#include <array>

#include "faults/kinds/kinds.hpp"

namespace tripcurve::faults {

std::span<const Kind* const> kinds() {
  static const std::array all{
      &status_kind(),         &reset_kind(),           &empty_kind(),
      &hang_kind(),           &refuse_kind(),          &truncate_kind(),
      &malformed_head_kind(), &malformed_chunk_kind(), &garbage_kind(),
      &header_flood_kind(),   &endless_kind(),         &close_kind(),
      &half_close_kind(),     &slow_close_kind(),      &slow_accept_kind(),
      &full_backlog_kind(),   &tls_certificate_kind(), &tls_hang_kind(),
      &tls_reset_kind(),      &tls_slow_kind(),
  };
  return all;
}

const Kind* find_kind(std::string_view word) {
  const bool is_number =
      !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
  if (is_number) {
    return &status_kind();
  }
  const auto found = std::ranges::find(kinds(), word, [](const Kind* kind) { return kind->word; });
  return found == kinds().end() ? nullptr : *found;
}

std::vector<std::string_view> kind_words() {
  std::vector<std::string_view> words;
  for (const auto* kind : kinds()) {
    words.push_back(kind->word);
  }
  return words;
}

}  // namespace tripcurve::faults
