// A server that speaks TLS and answers as a test tells it to. One thread, a port that the system
// chose, on 127.0.0.1.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "net/tls/context.hpp"

namespace tripcurve::net::testing {

class TlsServer {
 public:
  struct Reply {
    enum class Then : std::uint8_t {
      keep,
      end,   // ends TLS, then the connection
      drop,  // closes the connection and says nothing
    };
    std::string bytes;
    Then then = Then::keep;
  };

  TlsServer(const Certificate& certificate, Reply reply)
      : context_(server_context(certificate)), reply_(std::move(reply)) {
    accept();
    thread_ = std::jthread([this] { io_.run(); });
  }
  ~TlsServer() { io_.stop(); }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] std::size_t handshakes() const { return handshakes_; }
  [[nodiscard]] std::size_t failed() const { return failed_; }
  [[nodiscard]] std::size_t requests() const { return requests_; }
  // How many clients agreed on HTTP/1.1.
  [[nodiscard]] std::size_t agreed() const { return agreed_; }

 private:
  using Tcp = boost::asio::ip::tcp;
  using Code = boost::system::error_code;

  struct Session : std::enable_shared_from_this<Session> {
    Session(TlsServer& of, Tcp::socket socket)
        : server(of), stream(std::move(socket), server.context_) {}

    void start() {
      stream.async_handshake(boost::asio::ssl::stream_base::server,
                             [self = shared_from_this()](const Code& error) {
                               ++(error ? self->server.failed_ : self->server.handshakes_);
                               if (!error) {
                                 self->server.note_protocol(self->stream.native_handle());
                                 self->read();
                               }
                             });
    }
    void read() {
      boost::asio::async_read_until(stream, inbox, "\r\n\r\n",
                                    [self = shared_from_this()](const Code& error, std::size_t n) {
                                      if (!error) {
                                        self->inbox.consume(n);
                                        ++self->server.requests_;
                                        self->answer();
                                      }
                                    });
    }
    void answer() {
      const auto& reply = server.reply_;
      boost::asio::async_write(stream, boost::asio::buffer(reply.bytes),
                               [self = shared_from_this()](const Code& error, std::size_t) {
                                 if (!error) {
                                   self->go_on();
                                 }
                               });
    }
    void go_on() {
      if (server.reply_.then == Reply::Then::keep) {
        read();
      } else if (server.reply_.then == Reply::Then::end) {
        stream.async_shutdown([self = shared_from_this()](const Code&) {});
      }
    }

    TlsServer& server;
    boost::asio::ssl::stream<Tcp::socket> stream;
    boost::asio::streambuf inbox;
  };

  void accept() {
    acceptor_.async_accept([this](const Code& error, Tcp::socket socket) {
      if (!error) {
        std::make_shared<Session>(*this, std::move(socket))->start();
        accept();
      }
    });
  }

  void note_protocol(SSL* connection) {
    const unsigned char* chosen = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(connection, &chosen, &size);
    agreed_ += std::string(reinterpret_cast<const char*>(chosen), size) == "http/1.1" ? 1U : 0U;
  }

  boost::asio::ssl::context context_;
  Reply reply_;
  std::atomic<std::size_t> handshakes_ = 0;
  std::atomic<std::size_t> failed_ = 0;
  std::atomic<std::size_t> requests_ = 0;
  std::atomic<std::size_t> agreed_ = 0;
  boost::asio::io_context io_;
  Tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::jthread thread_;
};

}  // namespace tripcurve::net::testing
