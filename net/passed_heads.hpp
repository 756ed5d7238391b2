// The heads of requests and answers as a proxy writes them for the other side (RFC 9110, 7.6; RFC
// 9112, 7).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/answer_parser.hpp"
#include "net/hop_by_hop.hpp"
#include "net/request_parser.hpp"
#include "net/response.hpp"

namespace tripcurve::net {

// For the service at `authority`. `parser` has read the head.
void append_request_head(std::string& out, const RequestHead& head, const HopByHop& hops,
                         const RequestParser& parser, std::string_view authority);

struct PassedAnswer {
  std::uint16_t status = 200;
  const AnswerParts& parts;
  std::uint64_t ordinal = 0;
  ConnectionHeader connection = ConnectionHeader::none;
  // How its body is passed on.
  enum class Body : std::uint8_t { as_it_comes, chunked, until_close };
  Body body = Body::as_it_comes;
};

void append_answer_head(std::string& out, const PassedAnswer& answer);

}  // namespace tripcurve::net
