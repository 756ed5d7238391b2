// Reads one HTTP request to a server of ours, as far as its pages need one: a method, a path, a few
// fields, and a short body whose length is told. It is bounded: what is longer than a browser or a
// scraper has any use for is refused as soon as it is, so no client can make us keep it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/http.hpp"

namespace tripcurve::serve {

struct PageRequest {
  std::string method;
  std::string path;  // without its query
  std::vector<Header> fields;
  std::string body;

  // The only field of that name; empty when there is none or there are several.
  [[nodiscard]] std::string_view field(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
};

class PageRequestReader {
 public:
  static constexpr std::size_t longest_head = std::size_t{16} * 1024;  // with the request line
  static constexpr std::size_t usual_body = 4096;

  // A body is refused that is longer than `longest_body`.
  explicit PageRequestReader(std::size_t longest_body = usual_body) : longest_body_(longest_body) {}

  enum class Progress : std::uint8_t { needs_bytes, complete, refused };

  // Reads on. Not to be called again after complete or refused.
  [[nodiscard]] Progress take(std::string_view bytes);

  // True once, when the client holds the body back until it is told to go on.
  [[nodiscard]] bool take_expectation();

  // Only after complete.
  [[nodiscard]] const PageRequest& request() const { return request_; }

  // Only after refused: the answer's status and its words.
  struct Refusal {
    int status = 400;
    std::string words;
  };
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

 private:
  [[nodiscard]] Progress read_head(std::string_view head);
  [[nodiscard]] Progress read_body(std::string_view bytes);
  [[nodiscard]] bool read_request_line(std::string_view line);
  [[nodiscard]] bool read_field(std::string_view line);
  Progress refuse(int status, std::string words);

  std::size_t longest_body_;
  std::string head_;  // as far as it came, until it is read
  bool head_is_read_ = false;
  bool expects_continue_ = false;
  std::size_t body_length_ = 0;
  PageRequest request_;
  Refusal refusal_;
};

}  // namespace tripcurve::serve
