if(TARGET vuicc-storm)
  vuicc_script_test(a_storm_of_200_ues_leaves_none_without_a_key e2e /usr/bin/python3 ${VUICC_AREA_DIR}/storm.py)
endif()
