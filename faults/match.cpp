#include "faults/match.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"

namespace tripcurve::faults {
namespace {

// Where a star stands in the pattern and how far what it stands for reaches.
struct Star {
  std::size_t after = std::string_view::npos;  // in the pattern; npos: none was met yet
  std::size_t reach = 0;                       // in the path

  [[nodiscard]] bool met() const { return after != std::string_view::npos; }
};

// A star that was met can take a character more when what follows does not fit. Only the last of
// either kind ever needs to: whatever an earlier one could take, the last one can as well, and the
// slashes between two stars of different segments leave the first of them no choice.
bool fits(std::string_view pattern, std::string_view path) {
  Star within;  // '*'
  Star across;  // '**'
  std::size_t p = 0;
  std::size_t at = 0;
  for (;;) {
    if (pattern.substr(p).starts_with("**")) {
      p += 2;
      across = {p, at};
      within = {};
    } else if (p < pattern.size() && pattern[p] == '*') {
      within = {++p, at};
    } else if (p < pattern.size() && at < path.size() && pattern[p] == path[at]) {
      ++p;
      ++at;
    } else if (p == pattern.size() && at == path.size()) {
      return true;
    } else if (within.met() && within.reach < path.size() && path[within.reach] != '/') {
      at = ++within.reach;
      p = within.after;
    } else if (across.met() && across.reach < path.size()) {
      at = ++across.reach;
      p = across.after;
    } else {
      return false;
    }
  }
}

// Takes the part behind the first '?' off the end of `path`.
std::string_view take_query(std::string_view& path) {
  const auto mark = path.find('?');
  const auto query = mark == std::string_view::npos ? std::string_view() : path.substr(mark + 1);
  path = path.substr(0, mark);
  return query;
}

// Whether `query` has the parameter: with that value, or where `wanted` names none, with any.
bool has_parameter(std::string_view query, std::string_view wanted) {
  const bool any_value = wanted.find('=') == std::string_view::npos;
  while (!query.empty()) {
    const auto one = take_until(query, "&");
    if (one == wanted || (any_value && one.substr(0, one.find('=')) == wanted)) {
      return true;
    }
  }
  return false;
}

bool has_all_parameters(std::string_view query, std::string_view wanted) {
  while (!wanted.empty()) {
    if (!has_parameter(query, take_until(wanted, "&"))) {
      return false;
    }
  }
  return true;
}

bool is_like(std::string_view pattern, std::string_view path) {
  const auto wanted = take_query(pattern);
  const auto query = take_query(path);
  return fits(pattern, path) && has_all_parameters(query, wanted);
}

bool brings(const Request& request, const Header& wanted) {
  return std::ranges::any_of(request.headers, [&](const Header& header) {
    return same_word(header.name, wanted.name) && header.value == wanted.value;
  });
}

}  // namespace

bool Match::matches(const Request& request) const {
  return (!method || *method == request.method) && (!path || is_like(*path, request.path)) &&
         std::ranges::all_of(headers,
                             [&](const Header& header) { return brings(request, header); });
}

std::string Match::text() const {
  std::string text = method.value_or("");
  const auto add = [&](const std::string& word) { text += (text.empty() ? "" : " ") + word; };
  if (path) {
    add(*path);
  }
  for (const auto& [name, value] : headers) {
    add(name + "=" + value);
  }
  return text;
}

Result<std::string> parse_path_pattern(std::string_view text) {
  auto path = parse_path(text);
  if (!path) {
    return path.error();
  }
  auto before = text;
  if (const auto query = take_query(before); before.size() < text.size()) {
    if (query.find('*') != std::string_view::npos) {
      return Error{quoted(text) + " has a star behind its '?', where there are no patterns",
                   "name a parameter alone, for any value: " + std::string(before) + "?currency"};
    }
    const auto padded = "&" + std::string(query) + "&";
    if (padded.find("&&") != std::string::npos || padded.find("&=") != std::string::npos) {
      return Error{quoted(text) + " has a parameter without a name",
                   "write " + std::string(before) + "?currency=EUR, or leave it out"};
    }
  }
  if (text.find("***") != std::string_view::npos) {
    return Error{quoted(text) + " has three stars in a row",
                 "write * for a run within one segment, ** for one across segments"};
  }
  return path;
}

Result<Match> parse_match(std::string_view text) {
  Match match;
  for (auto rest = trim(text); !rest.empty(); rest = trim(rest)) {
    const auto word = take_until(rest, white_space);
    const auto equals = word.find('=');
    if (word.starts_with('/')) {
      if (match.path || !match.headers.empty()) {
        return Error{
            quoted(text) + (match.path ? " has two paths" : " has its path behind a header"),
            "write METHOD /path header=value"};
      }
      auto path = parse_path_pattern(word);
      if (!path) {
        return path.error();
      }
      match.path = *std::move(path);
    } else if (word.find("://") != std::string_view::npos) {
      return parse_path(word).error();  // a whole URL, perhaps with an = in it
    } else if (equals != std::string_view::npos) {
      auto header = parse_header(word.substr(0, equals), word.substr(equals + 1));
      if (!header) {
        return header.error();
      }
      match.headers.push_back(*std::move(header));
    } else if (match.empty()) {
      auto method = parse_method(word);
      if (!method && !leading_method(word).empty()) {
        return word == leading_method(word) ? method.error() : parse_path(word).error();
      }
      if (!method) {
        return Error{quoted(word) + " is neither a method nor a path",
                     "write /" + std::string(word) + ", or POST /" + std::string(word)};
      }
      match.method = *std::move(method);
    } else if (match.path && !match.method && word == leading_method(word)) {
      return Error{quoted(word) + " in " + quoted(text) + " is a method, which comes first",
                   "write " + std::string(word) + " " + *match.path};
    } else {
      return Error{quoted(word) + " in " + quoted(text) + " is neither a path nor a header",
                   "write METHOD /path header=value"};
    }
  }
  if (match.empty()) {
    return Error{quoted(text) + " names no requests", "write /payments, or POST /pay/**"};
  }
  return match;
}

}  // namespace tripcurve::faults
