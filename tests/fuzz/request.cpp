// A request to the fake upstream is read alike, however it is cut into pieces on its way.
#include <algorithm>
#include <optional>

#include "net/request_parser.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace tripcurve::fuzz {
namespace {

using net::RequestParser;

struct Read {
  net::RequestHead head{};
  RequestParser::Progress progress = RequestParser::Progress::needs_bytes;
  std::size_t used = 0;
  std::optional<std::uint64_t> ordinal{};
  std::optional<net::Pass> pass{};
};

Read read_in_pieces(std::string_view input, std::size_t piece) {
  constexpr std::uint64_t body_limit = 256;
  Read read;
  RequestParser parser(read.head, RequestParser::Headers::keep, body_limit);
  std::size_t arrived = 0;
  while (read.progress == RequestParser::Progress::needs_bytes && arrived < input.size()) {
    arrived = std::min(input.size(), arrived + piece);
    const auto step = parser.take(input.substr(read.used, arrived - read.used));
    require(step.used <= arrived - read.used, "no more is used than there is");
    read.used += step.used;
    read.progress = step.progress;
    (void)parser.take_expectation();
  }
  if (read.progress == RequestParser::Progress::complete) {
    read.ordinal = parser.ordinal();
    read.pass = parser.pass();
  } else if (read.progress == RequestParser::Progress::refused) {
    require(parser.refusal().status >= 400, "a refusal has a status");
    require(!parser.refusal().reason.empty(), "a refusal has a reason");
  }
  return read;
}

}  // namespace

void try_input(std::string_view input) {
  const auto whole = read_in_pieces(input, input.size());
  const auto bytes = read_in_pieces(input, 1);
  // What is malformed may be refused at once, or when its head has ended.
  const bool is_complete = whole.progress == RequestParser::Progress::complete;
  require(is_complete == (bytes.progress == RequestParser::Progress::complete),
          "pieces are complete when the whole is");
  if (!is_complete) {
    return;
  }
  require(whole.used == bytes.used, "pieces end where the whole does");
  require_same("the method is the same", whole.head.method, bytes.head.method);
  require_same("the path is the same", whole.head.path, bytes.head.path);
  require(whole.head.headers == bytes.head.headers, "the headers are the same");
  require(whole.ordinal == bytes.ordinal && whole.pass == bytes.pass,
          "ordinal and leave are the same");
}

}  // namespace tripcurve::fuzz
