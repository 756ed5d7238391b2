#include "net/stream.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>

namespace tripcurve::net {

void Stream::start() {
  // Both fail only when the client is gone already, which the first read tells.
  Code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
}

bool Stream::has_unsent() {
  int bytes = 0;
  return ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

void Stream::reset() {
  Code ignored;
  socket_.set_option(Socket::linger(true, 0), ignored);
  socket_.close(ignored);
}

void Stream::close() {
  Code ignored;
  socket_.close(ignored);
}

}  // namespace tripcurve::net
