vuicc_test(test_milenage_vectors vectors
  ${VUICC_AREA_DIR}/test_milenage_vectors.c ${VUICC_AREA_DIR}/json.c LIBS vuicc::crypto PkgConfig::SQLITE)
vuicc_test(test_gba_mikey_vectors vectors
  ${VUICC_AREA_DIR}/test_gba_mikey_vectors.c ${VUICC_AREA_DIR}/json.c LIBS vuicc::crypto PkgConfig::SQLITE)
vuicc_test(test_tuak_vectors vectors
  ${VUICC_AREA_DIR}/test_tuak_vectors.c ${VUICC_AREA_DIR}/json.c LIBS vuicc::crypto PkgConfig::SQLITE)
