// One connection to a client or to a service, plain or with TLS: what is said to it goes the same
// way in both.
//
// Nothing here blocks. Lives on one thread, that of the socket's executor, and must outlive what is
// pending. Asio's and Beast's operations take it as a stream.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace tripcurve::net {

class Stream {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Code = boost::system::error_code;
  using executor_type = Socket::executor_type;

  explicit Stream(Socket socket) : socket_(std::move(socket)) {}

  [[nodiscard]] Socket& socket() { return tls_ ? tls_->next_layer() : socket_; }
  [[nodiscard]] bool is_open() const {
    return tls_ ? tls_->next_layer().is_open() : socket_.is_open();
  }
  [[nodiscard]] executor_type get_executor() { return socket().get_executor(); }

  void start();

  // From now on all goes through TLS, and first a handshake is due. `context` must outlive it.
  void begin_tls(boost::asio::ssl::context& context);
  [[nodiscard]] bool has_tls() const { return tls_ != nullptr; }
  // With TLS only.
  [[nodiscard]] SSL* tls_handle() { return tls_->native_handle(); }
  template <typename Token>
  auto async_handshake(boost::asio::ssl::stream_base::handshake_type side, Token&& token) {
    return tls_->async_handshake(side, std::forward<Token>(token));
  }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return tls_ ? tls_->async_read_some(buffers, std::forward<Token>(token))
                : socket_.async_read_some(buffers, std::forward<Token>(token));
  }
  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return tls_ ? tls_->async_write_some(buffers, std::forward<Token>(token))
                : socket_.async_write_some(buffers, std::forward<Token>(token));
  }

  // How many of the bytes were taken. `error` is would_block when it can take no more before
  // async_wait_write() calls; show the rest of the bytes again then, at the same place.
  [[nodiscard]] std::size_t write_some(boost::asio::const_buffer bytes, Code& error) {
    return tls_ ? write_tls(bytes, error) : socket_.write_some(bytes, error);
  }
  template <typename Handler>
  void async_wait_write(Handler handler) {
    if (!tls_) {
      socket_.async_wait(Socket::wait_write, std::move(handler));
      return;
    }
    boost::asio::async_write(
        *tls_, boost::asio::buffer(outbox_),
        [this, handler = std::move(handler)](const Code& error, std::size_t bytes) mutable {
          written_ = bytes;
          failure_ = error;
          handler(error, bytes);
        });
  }

  // This side has no more to say: FIN, and with TLS its own end before.
  void shutdown_send(Code& error);

  // Something that was written has not reached the other machine yet.
  [[nodiscard]] bool has_unsent();

  // RST, at once: what has not reached the client never does.
  void reset();
  void close();

 private:
  using Tls = boost::asio::ssl::stream<Socket>;

  // With TLS, bytes are taken when they are written: the first time they are only looked at.
  [[nodiscard]] std::size_t write_tls(boost::asio::const_buffer bytes, Code& error);

  Socket socket_;             // without TLS
  std::shared_ptr<Tls> tls_;  // its end may be under way when this goes
  std::string outbox_;        // of TLS, while it is written
  std::size_t written_ = 0;   // of the outbox, and not yet told
  Code failure_;              // of writing it
};

}  // namespace tripcurve::net
