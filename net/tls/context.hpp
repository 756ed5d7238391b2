// What the connections of one side have in common when they speak TLS: versions, certificates, and
// whom to trust.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <string>

#include "core/result.hpp"
#include "net/tls/certificates.hpp"
#include "net/tls/trust.hpp"

namespace tripcurve::net {

// Of a server that shows this certificate and speaks HTTP/1.1 over it. Throws std::system_error
// when OpenSSL does not take the certificate.
[[nodiscard]] boost::asio::ssl::context server_context(const Certificate& certificate);

// Of a client that speaks HTTP/1.1. An Error when the file of authorities cannot be read.
[[nodiscard]] Result<boost::asio::ssl::context> client_context(const Trust& trust);

// Tells a client's side of a connection which server it wants: a name or an address. It asks for it
// (SNI, which has no addresses), and has the certificate be for it.
void set_server(SSL* connection, const std::string& host);

}  // namespace tripcurve::net
