#include "serve/page_request.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/text.hpp"
#include "core/units.hpp"

namespace tripcurve::serve {
namespace {

constexpr std::string_view end_of_line = "\r\n";
constexpr std::string_view end_of_head = "\r\n\r\n";

// Takes a line off the front of `rest`, and its end with it.
std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find(end_of_line);
  const auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(rest.size(), line.size() + end_of_line.size()));
  return line;
}

}  // namespace

std::size_t PageRequest::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      fields, [&](const Header& field) { return same_word(field.name, name); }));
}

std::string_view PageRequest::field(std::string_view name) const {
  const auto found = std::ranges::find_if(
      fields, [&](const Header& field) { return same_word(field.name, name); });
  return count(name) == 1 ? std::string_view(found->value) : std::string_view();
}

PageRequestReader::Progress PageRequestReader::take(std::string_view bytes) {
  if (head_is_read_) {
    return read_body(bytes);
  }
  const auto looked_at = head_.size() - std::min(head_.size(), end_of_head.size() - 1);
  const auto before = head_.size();
  head_ += bytes.substr(0, longest_head + 1 - before);
  const auto end = head_.find(end_of_head, looked_at);
  if (end == std::string::npos) {
    return head_.size() > longest_head
               ? refuse(431, "the request line and the header fields take more than 16 KiB")
               : Progress::needs_bytes;
  }
  const auto head = std::exchange(head_, {});
  if (const auto progress = read_head(std::string_view(head).substr(0, end));
      progress != Progress::needs_bytes) {
    return progress;
  }
  head_is_read_ = true;
  return read_body(bytes.substr(end + end_of_head.size() - before));
}

bool PageRequestReader::take_expectation() {
  return std::exchange(expects_continue_, false) && request_.body.size() < body_length_;
}

// Needs bytes when the head is in order.
PageRequestReader::Progress PageRequestReader::read_head(std::string_view head) {
  auto rest = head;
  if (!read_request_line(take_line(rest))) {
    return refuse(400, "this is not an HTTP/1.1 request");
  }
  while (!rest.empty()) {
    if (!read_field(take_line(rest))) {
      return refuse(400, "a header field is malformed");
    }
  }
  if (request_.count("Transfer-Encoding") > 0) {
    return refuse(411, "say the length of the body by Content-Length");
  }
  if (request_.count("Content-Length") > 0) {
    const auto length = parse_count(request_.field("Content-Length"), 0, longest_body_);
    if (!length) {
      return refuse(
          413, "a body has a Content-Length of at most " + std::to_string(longest_body_) + " here");
    }
    body_length_ = *length;
  }
  expects_continue_ = same_word(request_.field("Expect"), "100-continue");
  return Progress::needs_bytes;
}

bool PageRequestReader::read_request_line(std::string_view line) {
  const auto method = parse_method(take_until(line, " "));
  const auto path = parse_path(take_until(line, " "));
  if (!method || !path || (line != "HTTP/1.1" && line != "HTTP/1.0")) {
    return false;
  }
  request_.method = *method;
  request_.path = path->substr(0, path->find('?'));
  return true;
}

bool PageRequestReader::read_field(std::string_view line) {
  const auto name = line.substr(0, line.find(':'));
  if (name.size() == line.size()) {
    return false;
  }
  const auto field = parse_header(name, trim(line.substr(name.size() + 1)));
  if (field) {
    request_.fields.push_back(*field);
  }
  return field.ok();
}

// What follows the body is nobody's: there is one request to a connection.
PageRequestReader::Progress PageRequestReader::read_body(std::string_view bytes) {
  request_.body += bytes.substr(0, body_length_ - request_.body.size());
  return request_.body.size() < body_length_ ? Progress::needs_bytes : Progress::complete;
}

PageRequestReader::Progress PageRequestReader::refuse(int status, std::string words) {
  refusal_ = {status, std::move(words)};
  return Progress::refused;
}

}  // namespace tripcurve::serve
