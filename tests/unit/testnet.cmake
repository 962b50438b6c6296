vuicc_test(test_text unit ${VUICC_AREA_DIR}/test_text.c LIBS vuicc::host PkgConfig::SQLITE)
vuicc_test(test_xml unit ${VUICC_AREA_DIR}/test_xml.c LIBS vuicc::host PkgConfig::SQLITE)
