// One request over a connection of its own, to a target that is resolved. Its answer is read by
// whoever asks.
//
// Runs nothing: it lives on the thread that runs its io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <vector>

#include "net/client.hpp"

namespace tripcurve::net {

struct LoneRequest {
  using Code = boost::system::error_code;

  explicit LoneRequest(const Target& target);

  // Connects and sends it, once. `sent` is told what went wrong, or that the answer may be read.
  void send(std::function<void(const Code& error)> sent);

  boost::asio::io_context io;
  boost::beast::tcp_stream stream{io};
  boost::beast::http::request<boost::beast::http::string_body> request;  // a GET at first
  boost::beast::http::response_parser<boost::beast::http::string_body> answer;
  boost::beast::flat_buffer buffer;

 private:
  std::vector<boost::asio::ip::tcp::endpoint> endpoints_;
};

}  // namespace tripcurve::net
