// The words of an access log's line: between spaces, in quotes or in brackets.
#pragma once

#include <optional>
#include <string_view>

namespace tripcurve::replay {

// Takes the next word off the front of `rest`, without its quotes or brackets; none at the end of
// the line, or where a quote or bracket does not end. In quotes, what stands behind a backslash
// does not end them.
[[nodiscard]] std::optional<std::string_view> take_word(std::string_view& rest);

// Several words, of which the last is taken; none if there are fewer.
[[nodiscard]] std::optional<std::string_view> take_words(std::string_view& rest, int count);

// Of "GET /path?query HTTP/1.1" the path without its query, and without the scheme and the host of
// an absolute one; the text itself if it looks like none of these.
[[nodiscard]] std::string_view path_of_request(std::string_view request);

}  // namespace tripcurve::replay
