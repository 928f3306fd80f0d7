#!/usr/bin/env bash
# Installs what the tests need beyond npm, on Debian, as root. `npm test` never does this by itself.
set -euo pipefail

packages=(openssl qpdf poppler-utils unzip libxml2-utils chromium fonts-noto-cjk
  gcc libc6-dev gnutls-bin openjdk-17-jdk-headless libbcprov-java libbcpkix-java golang-go golang-golang-x-mod-dev botan libnss3-tools valgrind
  apache2 libapache2-mod-auth-openidc libfaketime zsh fish
  softhsm2 opensc opensc-pkcs11 p11-kit p11-kit-modules opencryptoki libtpm2-pkcs11-1 libtpm2-pkcs11-tools swtpm swtpm-tools
  tpm2-tools tpm2-abrmd libtss2-tcti-tabrmd0 libtss2-tcti-swtpm0 dbus pcscd vsmartcard-vpcd libpcsclite1 expect)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "All test tools are installed: ${packages[*]}"
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "Run as root, or install these Debian packages yourself: ${missing[*]}" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}"
echo "Installed: ${missing[*]}"
