vuicc_test(test_vpcd unit ${VUICC_AREA_DIR}/test_vpcd.c LIBS vuicc::vpcd)
