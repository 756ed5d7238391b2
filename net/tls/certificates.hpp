// Certificates that are made on the fly, for servers on this machine: by an authority of their own,
// with or without a flaw that clients are to find.
//
// Makes new keys each time; no other part of the program depends on what they are.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace tripcurve::net {

// In PEM.
struct Certificate {
  std::string chain;  // the server's own first
  std::string key;
};

enum class CertificateFlaw : std::uint8_t {
  none,        // for localhost, 127.0.0.1 and ::1, from yesterday on for a year
  expired,     // until yesterday
  early,       // from tomorrow on
  wrong_name,  // for another host
  unknown,     // signed by itself, and not by the authority
};

class CertificateAuthority {
 public:
  // Throws std::system_error when the library cannot.
  CertificateAuthority();
  ~CertificateAuthority();
  CertificateAuthority(const CertificateAuthority&) = delete;
  CertificateAuthority& operator=(const CertificateAuthority&) = delete;

  // What a client has to trust, in PEM: its --cacert.
  [[nodiscard]] const std::string& pem() const { return pem_; }

  // Throws as above.
  [[nodiscard]] Certificate issue(CertificateFlaw flaw = CertificateFlaw::none) const;

 private:
  struct Identity;
  std::unique_ptr<Identity> own_;
  std::string pem_;
};

}  // namespace tripcurve::net
