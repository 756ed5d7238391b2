// A request to the dashboard or the metrics is read alike, however it is cut into pieces on its
// way.
#include <algorithm>

#include "serve/address.hpp"
#include "serve/page_request.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace tripcurve::fuzz {
namespace {

using Progress = serve::PageRequestReader::Progress;

struct Read {
  Progress progress = Progress::needs_bytes;
  serve::PageRequest request{};
  int refused_with = 0;
};

Read read_in_pieces(std::string_view input, std::size_t piece) {
  Read read;
  serve::PageRequestReader reader;
  while (read.progress == Progress::needs_bytes && !input.empty()) {
    read.progress = reader.take(input.substr(0, piece));
    input.remove_prefix(std::min(piece, input.size()));
    (void)reader.take_expectation();
  }
  if (read.progress == Progress::complete) {
    read.request = reader.request();
  } else if (read.progress == Progress::refused) {
    read.refused_with = reader.refusal().status;
  }
  return read;
}

}  // namespace

void try_input(std::string_view input) {
  const auto whole = read_in_pieces(input, input.size());
  const auto bytes = read_in_pieces(input, 1);
  require(whole.progress == bytes.progress, "pieces end as the whole does");
  require(whole.refused_with == bytes.refused_with, "pieces are refused as the whole is");
  require_same("the path is the same", whole.request.path, bytes.request.path);
  require_same("the body is the same", whole.request.body, bytes.request.body);
  require(whole.request.fields == bytes.request.fields, "the fields are the same");
  require(whole.request.body.size() <= serve::PageRequestReader::usual_body, "a body is short");
  for (const std::string_view own : {"127.0.0.1:9109", "0.0.0.0:80", "[::1]:9109", "shop:80"}) {
    (void)serve::is_own_name(whole.request.field("Host"), *serve::parse_address(own));
  }
}

}  // namespace tripcurve::fuzz
