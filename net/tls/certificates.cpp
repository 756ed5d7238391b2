#include "net/tls/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstddef>

#include "net/tls/openssl_error.hpp"

namespace tripcurve::net {
namespace {

template <auto free>
struct Free {
  template <typename Object>
  void operator()(Object* object) const {
    free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using X509Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using Buffer = std::unique_ptr<BIO, Free<BIO_free>>;

constexpr long day = 24L * 60 * 60;

// What the library made, or it says why not.
template <typename Object>
Object* made(Object* object) {
  if (object == nullptr) {
    throw_openssl_error("cannot make a certificate");
  }
  return object;
}

void must(int succeeded) {
  if (succeeded <= 0) {
    throw_openssl_error("cannot make a certificate");
  }
}

// Clients keep certificates of one issuer apart by it.
void set_serial_number(X509* certificate) {
  unsigned char bytes[16];
  must(RAND_bytes(bytes, sizeof bytes));
  bytes[0] = (bytes[0] & 0x3fU) | 0x40U;  // positive, and always as long
  std::unique_ptr<BIGNUM, Free<BN_free>> number(made(BN_bin2bn(bytes, sizeof bytes, nullptr)));
  made(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)));
}

void set_name(X509_NAME* name, const std::string& common_name) {
  must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                  reinterpret_cast<const unsigned char*>(common_name.data()),
                                  static_cast<int>(common_name.size()), -1, 0));
}

void extend(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(made(X509V3_EXT_conf_nid(nullptr, &context, kind, value)));
  must(X509_add_ext(certificate, extension.get(), -1));
}

template <typename Write>
std::string in_pem(Write write) {
  const Buffer buffer(made(BIO_new(BIO_s_mem())));
  must(write(buffer.get()));
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(buffer.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string in_pem(X509* certificate) {
  return in_pem([&](BIO* buffer) { return PEM_write_bio_X509(buffer, certificate); });
}

std::string in_pem(EVP_PKEY* key) {
  return in_pem([&](BIO* buffer) {
    return PEM_write_bio_PrivateKey(buffer, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

Key new_key() { return Key(made(EVP_EC_gen("P-256"))); }

// In seconds from now.
struct Validity {
  long from = -day;
  long until = 365 * day;
};

Validity validity_of(CertificateFlaw flaw) {
  switch (flaw) {
    case CertificateFlaw::expired:
      return {-30 * day, -day};
    case CertificateFlaw::early:
      return {day, 365 * day};
    case CertificateFlaw::none:
    case CertificateFlaw::wrong_name:
    case CertificateFlaw::unknown:
      break;
  }
  return {};
}

// Everything but its issuer and its signature.
X509Certificate unsigned_certificate(const std::string& name, EVP_PKEY* key, Validity validity) {
  X509Certificate certificate(made(X509_new()));
  must(X509_set_version(certificate.get(), X509_VERSION_3));
  set_serial_number(certificate.get());
  made(X509_gmtime_adj(X509_getm_notBefore(certificate.get()), validity.from));
  made(X509_gmtime_adj(X509_getm_notAfter(certificate.get()), validity.until));
  set_name(X509_get_subject_name(certificate.get()), name);
  must(X509_set_pubkey(certificate.get(), key));
  return certificate;
}

}  // namespace

struct CertificateAuthority::Identity {
  Key key;
  X509Certificate certificate;
};

CertificateAuthority::CertificateAuthority() : own_(std::make_unique<Identity>()) {
  own_->key = new_key();
  own_->certificate = unsigned_certificate("tripcurve test authority", own_->key.get(), {});
  auto* const certificate = own_->certificate.get();
  must(X509_set_issuer_name(certificate, X509_get_subject_name(certificate)));
  extend(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  extend(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(certificate, certificate, NID_subject_key_identifier, "hash");
  must(X509_sign(certificate, own_->key.get(), EVP_sha256()));
  pem_ = in_pem(certificate);
}

CertificateAuthority::~CertificateAuthority() = default;

Certificate CertificateAuthority::issue(CertificateFlaw flaw) const {
  const bool is_elsewhere = flaw == CertificateFlaw::wrong_name;
  const auto key = new_key();
  const auto certificate = unsigned_certificate(is_elsewhere ? "elsewhere.invalid" : "localhost",
                                                key.get(), validity_of(flaw));
  const bool by_itself = flaw == CertificateFlaw::unknown;
  auto* const issuer = by_itself ? certificate.get() : own_->certificate.get();
  must(X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)));
  extend(certificate.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  extend(certificate.get(), issuer, NID_key_usage, "critical,digitalSignature");
  extend(certificate.get(), issuer, NID_ext_key_usage, "serverAuth");
  extend(certificate.get(), issuer, NID_subject_key_identifier, "hash");
  extend(certificate.get(), issuer, NID_authority_key_identifier, "keyid");
  extend(certificate.get(), issuer, NID_subject_alt_name,
         is_elsewhere ? "DNS:elsewhere.invalid" : "DNS:localhost,IP:127.0.0.1,IP:::1");
  must(X509_sign(certificate.get(), by_itself ? key.get() : own_->key.get(), EVP_sha256()));
  return {in_pem(certificate.get()) + (by_itself ? "" : pem_), in_pem(key.get())};
}

}  // namespace tripcurve::net
