vuicc_test(test_digest unit ${VUICC_AREA_DIR}/test_digest.c LIBS vuicc::http PkgConfig::SQLITE)
