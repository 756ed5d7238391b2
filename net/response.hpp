// What the fake upstream says: whole HTTP/1.1 responses, as bytes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace tripcurve::net {

// Pieces of a head, one after the other; a number in decimal.
void append(std::string& out, std::initializer_list<std::string_view> pieces);
void append_number(std::string& out, std::uint64_t number);

// What the response says of its connection; nothing where it stays open as HTTP/1.1 has it anyway.
enum class ConnectionHeader : std::uint8_t { none, keep_alive, close };

struct Response {
  std::uint16_t status = 200;
  std::string_view text;                 // the body, without its newline
  std::optional<std::uint64_t> ordinal;  // for X-Tripcurve-Request
  ConnectionHeader connection = ConnectionHeader::none;
  bool to_head = false;  // headers only
};

// Does not allocate while `out` has room. 204, 205 and 304 go without the body they must not have.
void append_response(std::string& out, const Response& response);

// The head of an answer whose body follows by itself.
struct ResponseHead {
  std::uint16_t status = 200;
  std::string_view type = "text/plain";  // of the content
  std::optional<std::uint64_t> length{};
  bool chunked = false;
  std::string_view fields{};  // further ones, each with its CRLF
  ConnectionHeader connection = ConnectionHeader::none;
  std::optional<std::uint64_t> ordinal{};  // for X-Tripcurve-Request
};

// Likewise.
void append_head(std::string& out, const ResponseHead& head);

// A piece of a body in chunks; nothing for an empty one, which would end it.
void append_chunk(std::string& out, std::string_view piece);
inline constexpr std::string_view end_of_chunks = "0\r\n\r\n";

}  // namespace tripcurve::net
