// SHA-256 and HMAC-SHA-256 (OpenSSL EVP) as lower-case hex.
#pragma once
#include <string>
#include <string_view>

namespace jobgate {

std::string Sha256Hex(std::string_view bytes);
std::string HmacSha256Hex(std::string_view key, std::string_view bytes);
// Compares without telling by its time where the texts differ.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

}  // namespace jobgate
