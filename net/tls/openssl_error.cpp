#include "net/tls/openssl_error.hpp"

#include <openssl/err.h>

#include <boost/asio/ssl/error.hpp>
#include <system_error>

namespace tripcurve::net {

void throw_openssl_error(const char* what) {
  const boost::system::error_code error(static_cast<int>(ERR_get_error()),
                                        boost::asio::error::get_ssl_category());
  ERR_clear_error();
  throw std::system_error(error, what);
}

}  // namespace tripcurve::net
