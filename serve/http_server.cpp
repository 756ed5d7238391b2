#include "serve/http_server.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <map>
#include <random>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "core/ensure.hpp"
#include "serve/page_request.hpp"
#include "serve/sockets.hpp"

namespace tripcurve::serve {
namespace {

// The time a client has, from when it is let in, to ask; then to take its answer, or a piece of an
// endless one; then to take notice of the end.
constexpr auto asking_time = std::chrono::seconds(2);
constexpr auto taking_time = std::chrono::seconds(10);
constexpr auto leaving_time = std::chrono::milliseconds(200);

constexpr int threads = HttpServer::most_streams + 4;

// 128 bits nobody can guess.
std::string fresh_token() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

Answer refusal(int status, std::string_view words) {
  return {.status = status, .body = std::string(words) + "\n"};
}

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

// One request to a connection: an idle one would hold a thread.
std::string head_of(int status, std::string_view type) {
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nConnection: close\r\n"
      "Content-Security-Policy: frame-ancestors 'none'\r\n"
      "Cross-Origin-Resource-Policy: same-origin\r\nX-Content-Type-Options: nosniff\r\n"
      "Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\n",
      status, reason(status), type);
}

bool give(ClientSocket& client, const Answer& answer, bool to_head = false) {
  auto bytes = head_of(answer.status, answer.type);
  bytes += answer.status == 204 ? "\r\n"  // which has no body
                                : fmt::format("Content-Length: {}\r\n\r\n", answer.body.size());
  if (!to_head) {
    bytes += answer.body;
  }
  return client.send(bytes, Clock::now() + taking_time);
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(Address address, const std::string& flag, std::size_t longest_body)
      : longest_body_(longest_body), listener_(std::move(address), flag) {}

  ~Impl() { stop_.request(); }  // and the threads are joined

  void get(const std::string& path, std::function<Answer()> handler) {
    routes_[path].get = std::move(handler);
  }
  void post(const std::string& path, std::function<Answer(const std::string&)> handler) {
    routes_[path].post = std::move(handler);
  }
  void api(std::function<Answer(const PageRequest&)> handler) { api_ = std::move(handler); }
  void stream(const std::string& path, std::function<Pieces()> open) {
    routes_[path].stream = std::move(open);
  }

  void start() {
    ENSURE(threads_.empty());
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this] {
        while (auto client = listener_.accept(stop_)) {
          attend(*client);
        }
      });
    }
  }

  [[nodiscard]] const Address& address() const { return listener_.address(); }
  [[nodiscard]] const std::string& token() const { return token_; }

 private:
  // What may be done at a path; empty where it may not.
  struct Route {
    std::function<Answer()> get;
    std::function<Answer(const std::string&)> post;
    std::function<Pieces()> stream;
  };

  void attend(ClientSocket& client) {
    const auto deadline = Clock::now() + asking_time;
    PageRequestReader reader(longest_body_);
    for (;;) {
      const auto bytes = client.receive(deadline);
      if (bytes.empty()) {
        return;
      }
      switch (reader.take(bytes)) {
        case PageRequestReader::Progress::needs_bytes:
          if (reader.take_expectation() &&
              !client.send("HTTP/1.1 100 Continue\r\n\r\n", deadline)) {
            return;
          }
          continue;
        case PageRequestReader::Progress::complete:
          answer(client, reader.request());
          break;
        case PageRequestReader::Progress::refused:
          give(client, refusal(reader.refusal().status, reader.refusal().words));
          break;
      }
      client.finish(Clock::now() + leaving_time);
      return;
    }
  }

  void answer(ClientSocket& client, const PageRequest& request) {
    const bool to_head = request.method == "HEAD";
    const bool reads = to_head || request.method == "GET";
    const auto route = routes_.find(request.path);
    if (const auto refused = not_let_in(request)) {
      give(client, *refused, to_head);
    } else if (route == routes_.end() && api_) {
      give(client,
           is_from_elsewhere(request) ? refusal(403, "another site may not ask for this")
                                      : made_by([&] { return api_(request); }),
           to_head);
    } else if (route == routes_.end()) {
      give(client, refusal(404, "there is nothing here"), to_head);
    } else if (reads && route->second.stream) {
      follow(client, route->second.stream, to_head);
    } else if (reads && route->second.get) {
      give(client, made_by(route->second.get), to_head);
    } else if (request.method == "POST" && route->second.post) {
      give(client, made_by([&] { return change(route->second.post, request); }));
    } else {
      give(client, refusal(405, "that cannot be done here"));
    }
  }

  // A fault in what makes an answer must not end the run.
  static Answer made_by(const std::function<Answer()>& handler) {
    try {
      return handler();
    } catch (const std::exception& error) {
      return refusal(500, error.what());
    }
  }

  [[nodiscard]] std::optional<Answer> not_let_in(const PageRequest& request) const {
    if (is_own_name(request.field("Host"), address())) {
      return std::nullopt;
    }
    return refusal(403,
                   "this server is called " + address().text() + "; open it by that name only");
  }

  // A browser names the site that asks; others need not.
  [[nodiscard]] static bool is_from_elsewhere(const PageRequest& request) {
    return request.count("Origin") > 0 &&
           request.field("Origin") != "http://" + std::string(request.field("Host"));
  }

  [[nodiscard]] Answer change(const std::function<Answer(const std::string&)>& handler,
                              const PageRequest& request) const {
    if (is_from_elsewhere(request)) {
      return refusal(403, "another site may not change this run");
    }
    if (request.field("X-Tripcurve-Token") != token_) {
      return refusal(403, "the X-Tripcurve-Token field is not this run's; load the page again");
    }
    return handler(request.body);
  }

  void follow(ClientSocket& client, const std::function<Pieces()>& open, bool to_head) {
    struct Place {
      std::atomic<int>& taken;
      const int number = ++taken;
      ~Place() { --taken; }
    };
    const Place place{streams_};
    if (place.number > most_streams) {
      give(client, refusal(503, fmt::format("{} pages follow this run already", most_streams)),
           to_head);
      return;
    }
    // Its end is that of the connection.
    const auto head = head_of(200, "text/event-stream") + "\r\n";
    if (!client.send(head, Clock::now() + taking_time) || to_head) {
      return;
    }
    const auto pieces = open();
    while (!stop_.requested()) {
      const auto piece = pieces();
      if (!piece || !client.send(*piece, Clock::now() + taking_time)) {
        return;
      }
    }
  }

  const std::size_t longest_body_;
  const std::string token_ = fresh_token();
  std::map<std::string, Route, std::less<>> routes_;
  std::function<Answer(const PageRequest&)> api_;
  Stop stop_;
  Listener listener_;
  std::atomic<int> streams_ = 0;
  std::vector<std::jthread> threads_;  // last: joined before anything they use goes away
};

HttpServer::HttpServer(const Address& address, const std::string& flag, std::size_t longest_body)
    : impl_(std::make_unique<Impl>(address, flag, longest_body)) {}
HttpServer::~HttpServer() = default;

void HttpServer::get(const std::string& path, std::function<Answer()> handler) {
  impl_->get(path, std::move(handler));
}
void HttpServer::post(const std::string& path, std::function<Answer(const std::string&)> handler) {
  impl_->post(path, std::move(handler));
}
void HttpServer::api(std::function<Answer(const PageRequest&)> handler) {
  impl_->api(std::move(handler));
}
void HttpServer::stream(const std::string& path, std::function<Pieces()> open) {
  impl_->stream(path, std::move(open));
}
void HttpServer::start() { impl_->start(); }
const Address& HttpServer::address() const { return impl_->address(); }
const std::string& HttpServer::token() const { return impl_->token(); }

}  // namespace tripcurve::serve
