if(NOT TARGET vuicc_media)
  return()
endif()

vuicc_test(test_mtk_record unit ${VUICC_AREA_DIR}/test_mtk_record.c ${VUICC_AREA_DIR}/../vectors/json.c
  LIBS vuicc::media PkgConfig::SQLITE)
vuicc_test(test_mtk_out unit ${VUICC_AREA_DIR}/test_mtk_out.c LIBS vuicc::media)
vuicc_test(test_srtp unit ${VUICC_AREA_DIR}/test_srtp.c ${VUICC_AREA_DIR}/srtp_sender.c LIBS vuicc::srtp)
vuicc_test(test_srtp_relay unit ${VUICC_AREA_DIR}/test_srtp_relay.c ${VUICC_AREA_DIR}/srtp_sender.c LIBS vuicc::srtp)
