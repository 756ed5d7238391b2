// A small HTTP server for the pages and numbers of one run, on threads of its own. Nothing a client
// does, or leaves undone, can make the run wait: what is served is handed over by value, each
// client has seconds to ask and seconds to take its answer, what it may ask is bounded
// (PageRequestReader), and there are only so many clients at a time. To stop takes moments whatever
// they do.
//
// A browser is let in under the server's own names only (see is_own_name), no other site may read
// from it, and what changes something (post) needs the token that only our own page was given.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "serve/address.hpp"
#include "serve/page_request.hpp"

namespace tripcurve::serve {

struct Answer {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body{};
};

// The next piece of an endless answer, or empty at its end. May wait for a second, so that a client
// that left is noticed and the server can stop.
using Pieces = std::function<std::optional<std::string>()>;

class HttpServer {
 public:
  // Binds, so the port is known; serves nothing yet. Throws std::system_error when it cannot, with
  // `flag` ("--dashboard") in its words. A request's body may have so many bytes.
  HttpServer(const Address& address, const std::string& flag,
             std::size_t longest_body = PageRequestReader::usual_body);
  ~HttpServer();  // stops and joins
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // What is served; before start() only. Handlers run on the server's threads, several at a time.
  void get(const std::string& path, std::function<Answer()> handler);
  void post(const std::string& path, std::function<Answer(const std::string& body)> handler);
  // All methods at all other paths, for programs and not for pages: without the token, but not for
  // another site.
  void api(std::function<Answer(const PageRequest& request)> handler);
  // Server-sent events. `open` is called for every client; what it returns goes when the client
  // does.
  void stream(const std::string& path, std::function<Pieces()> open);

  void start();

  [[nodiscard]] const Address& address() const;  // with the real port
  // What a post must carry in its X-Tripcurve-Token field.
  [[nodiscard]] const std::string& token() const;

  static constexpr int most_streams = 8;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tripcurve::serve
