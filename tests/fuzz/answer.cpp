// Answers are read alike, however they are cut into pieces on their way.
#include <algorithm>

#include "net/answer_parser.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace tripcurve::fuzz {
namespace {

using net::AnswerParser;

struct Read {
  AnswerParser::Progress progress = AnswerParser::Progress::needs_bytes;
  std::size_t used = 0;
  std::uint16_t status = 0;
  bool keeps_alive = false;
  bool completed_by_end = false;
  friend bool operator==(const Read&, const Read&) = default;
};

Read read_in_pieces(std::string_view input, std::size_t piece, bool to_head) {
  Read read;
  AnswerParser parser;
  parser.start(to_head);
  std::size_t arrived = 0;
  while (read.progress == AnswerParser::Progress::needs_bytes && arrived < input.size()) {
    arrived = std::min(input.size(), arrived + piece);
    const auto step = parser.take(input.substr(read.used, arrived - read.used));
    require(step.used <= arrived - read.used, "no more is used than there is");
    read.used += step.used;
    read.progress = step.progress;
    (void)parser.head_status();
  }
  if (read.progress == AnswerParser::Progress::complete) {
    read.status = parser.status();
    read.keeps_alive = parser.keep_alive();
    require(read.status >= 200 && read.status <= 999, "a complete answer has a status");
  } else if (read.progress == AnswerParser::Progress::needs_bytes) {
    read.completed_by_end = parser.completed_by_end();
  }
  return read;
}

}  // namespace

void try_input(std::string_view input) {
  for (const bool to_head : {false, true}) {
    const auto whole = read_in_pieces(input, input.size(), to_head);
    const auto bytes = read_in_pieces(input, 1, to_head);
    // What is malformed may be refused at once, or when its head has ended.
    if (whole.progress == AnswerParser::Progress::complete ||
        bytes.progress == AnswerParser::Progress::complete) {
      require(whole == bytes, "pieces are complete where the whole is");
    } else if (whole.progress == bytes.progress) {
      require(whole.completed_by_end == bytes.completed_by_end,
              "the end completes pieces as it does the whole");
    }
  }
}

}  // namespace tripcurve::fuzz
