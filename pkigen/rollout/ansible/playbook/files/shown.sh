# Reports whether a program shows the certificate of a file:
#
#   sh -s -- ADDRESS FILE
openssl s_client -connect "$1" </dev/null 2>/dev/null | openssl x509 | cmp - "$2"
