#include "net/tls/context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/text.hpp"
#include "net/tls/openssl_error.hpp"

namespace tripcurve::net {
namespace {

namespace ssl = boost::asio::ssl;

// As ALPN writes a list of protocols (RFC 7301, section 3.1).
constexpr std::array<unsigned char, 9> http_1_1{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

// A client that asks for other protocols alone goes on without an agreement, as it does with a
// server that has never heard of them.
int choose_http_1_1(SSL* /*connection*/, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void* /*argument*/) {
  for (unsigned int i = 0; i < offered_size; i += 1U + offered[i]) {
    if (offered_size - i >= http_1_1.size() &&
        std::equal(http_1_1.begin(), http_1_1.end(), offered + i)) {
      *chosen = offered + i + 1;
      *size = http_1_1.front();
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_NOACK;
}

// TLS 1.2 and 1.3.
ssl::context modern(ssl::context::method method) {
  ssl::context context(method);
  if (SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION) != 1) {
    throw_openssl_error("cannot set up TLS");
  }
  return context;
}

}  // namespace

ssl::context server_context(const Certificate& certificate) {
  auto context = modern(ssl::context::tls_server);
  try {
    context.use_certificate_chain(boost::asio::buffer(certificate.chain));
    context.use_private_key(boost::asio::buffer(certificate.key), ssl::context::pem);
  } catch (const boost::system::system_error& error) {
    throw std::system_error(error.code(), "cannot use the certificate");
  }
  SSL_CTX_set_alpn_select_cb(context.native_handle(), choose_http_1_1, nullptr);
  return context;
}

Result<ssl::context> client_context(const Trust& trust) {
  auto context = modern(ssl::context::tls_client);
  if (SSL_CTX_set_alpn_protos(context.native_handle(), http_1_1.data(), http_1_1.size()) != 0) {
    throw_openssl_error("cannot set up TLS");
  }
  context.set_verify_mode(trust.anyone ? ssl::verify_none : ssl::verify_peer);
  boost::system::error_code error;
  if (!trust.ca.empty()) {
    context.add_certificate_authority(boost::asio::buffer(trust.ca));
    return context;
  }
  if (trust.ca_file.empty()) {
    context.set_default_verify_paths(error);
    if (error) {
      throw std::system_error(error, "cannot find the authorities that this machine trusts");
    }
    return context;
  }
  if (::access(trust.ca_file.c_str(), R_OK) != 0) {  // of which OpenSSL only says that it failed
    error = {errno, boost::system::system_category()};
  } else {
    context.load_verify_file(trust.ca_file, error);
  }
  if (error) {
    return Error{"cannot read certificates from " + quoted(trust.ca_file) + ": " + error.message(),
                 "name a file with the certificate of the authority in PEM"};
  }
  return context;
}

void set_server(SSL* connection, const std::string& host) {
  auto* const wanted = SSL_get0_param(connection);
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1) {
    return;
  }
  ERR_clear_error();  // of the name, which is no address
  SSL_set_hostflags(connection, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  auto name = host;
  // What the macro SSL_set_tlsext_host_name does.
  if (SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) !=
          1 ||
      SSL_set1_host(connection, name.c_str()) != 1) {
    throw_openssl_error("cannot ask for a server by its name");
  }
}

}  // namespace tripcurve::net
