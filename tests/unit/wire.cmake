vuicc_test(test_mikey unit ${VUICC_AREA_DIR}/test_mikey.c LIBS vuicc::wire)
