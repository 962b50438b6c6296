if(NOT TARGET vuicc_http)
  return()
endif()

vuicc_test(test_digest unit ${VUICC_AREA_DIR}/test_digest.c ${VUICC_AREA_DIR}/../vectors/json.c
  LIBS vuicc::http PkgConfig::SQLITE)
vuicc_test(test_http unit ${VUICC_AREA_DIR}/test_http.c LIBS vuicc::http_curl)
