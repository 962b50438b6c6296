if(NOT TARGET vuicc-me)
  return()
endif()

vuicc_script_test(vuicc_me_plays_srtp_while_keys_change e2e /usr/bin/python3 ${VUICC_AREA_DIR}/me_media.py)
vuicc_script_test(vuicc_me_plays_srtp_with_a_card_in_a_reader e2e
  ${VUICC_AREA_DIR}/with-pcscd.sh /usr/bin/python3 ${VUICC_AREA_DIR}/me_media.py --reader)
set_tests_properties(vuicc_me_plays_srtp_while_keys_change vuicc_me_plays_srtp_with_a_card_in_a_reader
  PROPERTIES SKIP_RETURN_CODE 77)
