#include "serve/http_server.hpp"

#include <httplib.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace tripcurve::serve {
namespace {

constexpr auto write_patience = std::chrono::seconds(1);
constexpr auto read_patience = std::chrono::seconds(2);
constexpr std::size_t longest_body = 4096;
constexpr std::size_t threads = HttpServer::most_streams + 4;

// 128 bits nobody can guess.
std::string fresh_token() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

void refuse(httplib::Response& response, int status, const std::string& words) {
  response.status = status;
  response.set_content(words + "\n", "text/plain; charset=utf-8");
}

void give(httplib::Response& response, const Answer& answer) {
  response.status = answer.status;
  response.set_content(answer.body, answer.type.c_str());
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(Address address, const std::string& flag) : address_(std::move(address)) {
    // The library would let another process share the port, and with it the requests.
    server_.set_socket_options([](socket_t socket) {
      const int on = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    errno = 0;
    const int port = address_.port == 0 ? server_.bind_to_any_port(address_.host)
                     : server_.bind_to_port(address_.host, address_.port) ? address_.port
                                                                          : -1;
    if (port <= 0) {
      const int reason = errno == 0 ? EADDRNOTAVAIL : errno;  // a name that does not resolve
      throw std::system_error(reason, std::system_category(),
                              flag + ": cannot listen at " + address_.text());
    }
    address_.port = static_cast<std::uint16_t>(port);

    server_.new_task_queue = [] { return new httplib::ThreadPool(threads); };
    server_.set_keep_alive_max_count(1);  // an idle connection would hold a thread
    server_.set_keep_alive_timeout(read_patience.count());
    server_.set_read_timeout(read_patience);
    server_.set_write_timeout(write_patience);
    server_.set_payload_max_length(longest_body);
    server_.set_tcp_nodelay(true);
    server_.set_default_headers({{"Content-Security-Policy", "frame-ancestors 'none'"},
                                 {"Cross-Origin-Resource-Policy", "same-origin"},
                                 {"X-Content-Type-Options", "nosniff"},
                                 {"Referrer-Policy", "no-referrer"},
                                 {"Cache-Control", "no-store"}});
    server_.set_pre_routing_handler([this](const auto& request, auto& response) {
      return admit(request, response) ? httplib::Server::HandlerResponse::Unhandled
                                      : httplib::Server::HandlerResponse::Handled;
    });
  }

  ~Impl() {
    stopping_ = true;
    if (thread_.joinable()) {
      server_.stop();
      thread_.join();
    }
  }

  void get(const std::string& path, std::function<Answer()> handler) {
    server_.Get(path, [handler = std::move(handler)](const auto&, auto& response) {
      give(response, handler());
    });
  }

  void post(const std::string& path, std::function<Answer(const std::string&)> handler) {
    server_.Post(path, [this, handler = std::move(handler)](const auto& request, auto& response) {
      // A browser names the site that asks; others need not, but must have read our page.
      if (request.has_header("Origin") &&
          request.get_header_value("Origin") != "http://" + request.get_header_value("Host")) {
        refuse(response, 403, "another site may not change this run");
      } else if (request.get_header_value("X-Tripcurve-Token") != token_) {
        refuse(response, 403, "the X-Tripcurve-Token field is not this run's; load the page again");
      } else {
        give(response, handler(request.body));
      }
    });
  }

  void stream(const std::string& path, std::function<Pieces()> open) {
    server_.Get(path, [this, open = std::move(open)](const auto&, auto& response) {
      if (++streams_ > most_streams) {
        --streams_;
        refuse(response, 503, fmt::format("{} pages follow this run already", most_streams));
        return;
      }
      response.set_chunked_content_provider(
          "text/event-stream",
          [this, pieces = open()](std::size_t, httplib::DataSink& sink) {
            const auto piece = stopping_ ? std::nullopt : pieces();
            if (!piece) {
              sink.done();
              return true;
            }
            return sink.write(piece->data(), piece->size());
          },
          [this](bool) { --streams_; });
    });
  }

  void start() {
    thread_ = std::jthread([this] {
      server_.listen_after_bind();
      ended_ = true;
    });
    // The library forgets to stop what has not begun.
    while (!server_.is_running() && !ended_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  [[nodiscard]] const Address& address() const { return address_; }
  [[nodiscard]] const std::string& token() const { return token_; }

 private:
  bool admit(const httplib::Request& request, httplib::Response& response) const {
    if (request.get_header_value_count("Host") != 1 ||
        !is_own_name(request.get_header_value("Host"), address_)) {
      refuse(response, 403,
             "this server is called " + address_.text() + "; open it by that name only");
      return false;
    }
    return true;
  }

  Address address_;
  const std::string token_ = fresh_token();
  httplib::Server server_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> ended_ = false;
  std::atomic<int> streams_ = 0;
  std::jthread thread_;
};

HttpServer::HttpServer(const Address& address, const std::string& flag)
    : impl_(std::make_unique<Impl>(address, flag)) {}
HttpServer::~HttpServer() = default;

void HttpServer::get(const std::string& path, std::function<Answer()> handler) {
  impl_->get(path, std::move(handler));
}
void HttpServer::post(const std::string& path, std::function<Answer(const std::string&)> handler) {
  impl_->post(path, std::move(handler));
}
void HttpServer::stream(const std::string& path, std::function<Pieces()> open) {
  impl_->stream(path, std::move(open));
}
void HttpServer::start() { impl_->start(); }
const Address& HttpServer::address() const { return impl_->address(); }
const std::string& HttpServer::token() const { return impl_->token(); }

}  // namespace tripcurve::serve
